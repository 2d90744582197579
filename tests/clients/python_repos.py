"""Tests organizations, repositories, tags and logins with the Python SDK. python_sdk.py runs it."""

import base64
import datetime
import json
import re
import tempfile

import huaweicloudsdkswr.v2 as swr
from huaweicloudsdkcore.auth.credentials import BasicCredentials

from harness import test
from images import OCI_MANIFEST, Skopeo, read_blobs
from sdk import (
    CLIENT,
    IMAGES,
    LAYOUT,
    READY,
    SKOPEO,
    Client,
    assert_complete,
    assert_done,
    create_namespace,
    create_repo,
    delete_namespace,
    delete_repo,
    list_namespaces,
    list_repos,
    list_repos_v3,
    push,
    refused,
    show_namespace,
    show_repo,
    update_repo,
)


def list_tags(**query):
    """Returns the names and the Content-Range of a page of the v2 list."""
    request = swr.ListRepositoryTagsRequest(namespace="group", repository="web", **query)
    response = CLIENT.list_repository_tags(request)
    assert_complete(response)
    return [row.tag for row in response.body or []], response.content_range


def list_tags_v3(is_last=True, **query):
    """Returns a page of the v3 list."""
    request = swr.ListRepositoryTagRequest(namespace="group", repository="web", **query)
    response = CLIENT.list_repository_tag(request)
    assert_complete(response, absent=["next_marker"] if is_last else [])
    assert response.has_more is not is_last, response
    return response


def show_tag(tag, repo="web"):
    return CLIENT.show_repo_tag(swr.ShowRepoTagRequest(namespace="group", repository=repo, tag=tag))


def create_tag(source, destination, **fields):
    body = swr.CreateRepoTagRequestBody(source_tag=source, destination_tag=destination, **fields)
    return CLIENT.create_repo_tag(swr.CreateRepoTagRequest(namespace="group", repository="web", body=body))


def delete_tag(tag):
    return CLIENT.delete_repo_tag(swr.DeleteRepoTagRequest(namespace="group", repository="web", tag=tag))


@test
def the_versions_are_listed_and_shown():
    listed = CLIENT.list_api_versions(swr.ListApiVersionsRequest())
    assert_complete(listed)
    [version] = listed.versions
    assert (version.id, version.status) == ("v2", "CURRENT"), version
    assert version.links.href == READY["endpoint"] + "/v2/", version
    shown = CLIENT.show_api_version(swr.ShowApiVersionRequest(api_version="v2"))
    assert_complete(shown)
    assert shown.version == version, shown


@test
def an_unknown_version_is_not_found():
    with refused(404, "SVCSTG.SWR.4040083", "URL not found"):
        CLIENT.show_api_version(swr.ShowApiVersionRequest(api_version="v9"))


@test
def an_organization_is_created_shown_and_deleted():
    assert_done(create_namespace("group"), 201)
    shown = show_namespace("group")
    assert_complete(shown)
    seen = (shown.name, shown.creator_name, shown.auth)
    assert seen == ("group", READY["user"], 7), seen
    assert_done(delete_namespace("group"), 204)
    assert_no_namespace(lambda: show_namespace("group"))


@test
def organizations_are_listed_oldest_first_and_by_filter():
    for name in ["zeta", "alpha"]:
        create_namespace(name)
    assert list_namespaces() == ["zeta", "alpha"]
    assert list_namespaces(namespace="alpha") == ["alpha"]
    assert list_namespaces(namespace="alph") == []
    assert list_namespaces(filter="namespace::alpha") == ["alpha"]
    assert list_namespaces(filter="mode::visible") == ["zeta", "alpha"]
    assert list_namespaces(filter="namespace::zeta|mode::visible") == ["zeta"]
    # A filter overrides the other parameters.
    assert list_namespaces(namespace="zeta", filter="namespace::alpha") == ["alpha"]
    with refused(400, "SVCSTG.SWR.4001035", "Invalid filter"):
        list_namespaces(filter="alpha")


def assert_no_namespace(act):
    with refused(404, "SVCSTG.SWR.4040058", "Namespace does not exists"):
        act()


@test
def an_absent_organization_is_not_found():
    assert_no_namespace(lambda: show_namespace("absent"))
    assert_no_namespace(lambda: delete_namespace("absent"))
    assert_no_namespace(lambda: create_repo("absent", "web"))
    assert_no_namespace(lambda: show_repo("absent", "web"))


@test
def an_organization_that_exists_is_not_created_again():
    create_namespace("group")
    with refused(409, "SVCSTG.SWR.4090060", "Namespace already exists"):
        create_namespace("group")
    assert list_namespaces() == ["group"]


@test
def a_bad_name_of_an_organization_is_refused():
    for name in ["1-start-with-number", "end-with-2-dot.", "biGger-3-one"]:
        with refused(400, "SVCSTG.SWR.4001028", "Invalid namespace name"):
            create_namespace(name)


@test
def the_sixth_organization_is_over_quota():
    for number in range(5):
        create_namespace(f"group-{number}")
    with refused(400, "SVCSTG.SWR.4000097", "Namespace quota exceeded"):
        create_namespace("group-5")
    delete_namespace("group-0")
    assert_done(create_namespace("group-5"), 201)


@test
def the_quota_is_listed_with_its_use():
    create_namespace("group")
    response = CLIENT.list_quotas(swr.ListQuotasRequest())
    assert_complete(response)
    [quota] = response.quotas
    assert (quota.quota_key, quota.quota_limit, quota.used) == ("namespace", 5, 1), quota


@test
def an_organization_is_deleted_only_if_it_is_empty():
    create_namespace("group")
    create_repo("group", "web")
    with refused(406, "SVCSTG.SWR.4060074", "Namespace still contains images"):
        delete_namespace("group")
    assert_done(delete_repo("group", "web"), 204)
    assert_done(delete_namespace("group"), 204)


@test
def a_repository_is_created_shown_updated_and_deleted():
    create_namespace("group")
    created = create_repo("group", "web", is_public=True, category="linux", description="a shop")
    assert_done(created, 201)
    before = show_repo("group", "web")
    assert_complete(before)
    assert described(before) == ("web", "linux", "a shop", True), before
    assert before.path == before.internal_path == f"{READY['registry']}/group/web", before
    assert before.ns_id == show_namespace("group").id, before
    assert before.creator_name == READY["user"], before
    assert (before.num_images, before.num_download, before.size) == (0, 0, 0), before

    assert_done(update_repo("group", "web", category="database", description=""), 201)
    after = show_repo("group", "web")
    assert_complete(after)
    assert described(after) == ("web", "database", "", False), after
    assert (after.id, after.created) == (before.id, before.created), after
    assert after.updated > before.updated, after

    assert_done(delete_repo("group", "web"), 204)
    assert_no_repo(lambda: show_repo("group", "web"))


def described(repo):
    return repo.name, repo.category, repo.description, repo.is_public


@test
def omitted_fields_have_defaults_at_creation_and_stay_at_an_update():
    create_namespace("group")
    create_repo("group", "web")
    assert described(show_repo("group", "web")) == ("web", "other", "", False)
    update_repo("group", "web", category="lang", description="kept")
    update_repo("group", "web", is_public=True)
    assert described(show_repo("group", "web")) == ("web", "lang", "kept", True)


@test
def a_nested_repository_has_dollars_in_paths_and_slashes_elsewhere():
    create_namespace("group")
    create_repo("group", "one/two")
    shown = show_repo("group", "one$two")
    assert_complete(shown)
    assert shown.name == "one/two", shown
    assert shown.path == f"{READY['registry']}/group/one/two", shown
    assert_done(update_repo("group", "one$two", is_public=True), 201)
    assert show_repo("group", "one$two").is_public
    assert list_repos(name="one/two")[0] == ["one/two"]
    assert_done(delete_repo("group", "one$two"), 204)
    assert list_repos() == ([], "0-0/0")


def assert_no_repo(act):
    with refused(404, "SVCSTG.SWR.4040113", "Repository does not exist"):
        act()


@test
def an_absent_repository_is_not_found():
    create_namespace("group")
    assert_no_repo(lambda: show_repo("group", "absent"))
    assert_no_repo(lambda: update_repo("group", "absent"))
    assert_no_repo(lambda: delete_repo("group", "absent"))


@test
def a_repository_that_exists_is_not_created_again():
    create_namespace("group")
    create_repo("group", "web", description="the first")
    with refused(409, "SVCSTG.SWR.4090006", "Repository already exists"):
        create_repo("group", "web", description="the second")
    assert show_repo("group", "web").description == "the first"


@test
def bad_fields_of_a_repository_are_refused():
    create_namespace("group")
    for name in ["Web", "web/", "-web", "a//b"]:
        with refused(400, "SVCSTG.SWR.4001029", "Invalid repository name"):
            create_repo("group", name)
    with refused(400, "SVCSTG.SWR.4001025", "Invalid parameter value"):
        create_repo("group", "web", category="pictures")
    with refused(400, "SVCSTG.SWR.4001009", "is_public must be true or false"):
        create_repo("group", "web", is_public="false")
    with refused(413, "SVCSTG.SWR.4131012", "Description is too long"):
        create_repo("group", "web", description="x" * 30001)
    assert list_repos() == ([], "0-0/0")


def seed_repos():
    """Creates five repositories in two organizations, oldest first."""
    create_namespace("blue")
    create_namespace("red")
    create_repo("blue", "web", category="linux")
    create_repo("blue", "web/front", category="linux", is_public=True)
    create_repo("red", "cart", category="database")
    create_repo("red", "web", category="database", is_public=True)
    create_repo("red", "api")


@test
def repositories_are_listed_by_filter():
    seed_repos()
    everything = ["api", "web", "cart", "web/front", "web"]
    assert list_repos() == (everything, "0-5/5")
    for query, names in [
        ({"namespace": "blue"}, ["web/front", "web"]),
        ({"name": "web"}, ["web", "web/front", "web"]),
        ({"category": "database"}, ["web", "cart"]),
        ({"namespace": "red", "name": "web"}, ["web"]),
        ({"filter": "namespace::red|name::a"}, ["api", "cart"]),
        ({"filter": "category::linux|name::front"}, ["web/front"]),
        ({"namespace": "blue", "filter": "namespace::red"}, ["api", "web", "cart"]),
        ({"namespace": "absent"}, []),
    ]:
        found = list_repos(**query)
        assert found == (names, f"0-{len(names)}/{len(names)}"), (query, found)


@test
def repositories_are_listed_in_order():
    seed_repos()
    update_repo("blue", "web")
    for column, direction, names in [
        ("name", "asc", ["api", "cart", "web", "web", "web/front"]),
        ("name", "desc", ["web/front", "web", "web", "cart", "api"]),
        ("updated_time", "asc", ["web/front", "cart", "web", "api", "web"]),
        ("updated_time", "desc", ["web", "api", "web", "cart", "web/front"]),
    ]:
        found, _ = list_repos(order_column=column, order_type=direction)
        assert found == names, (column, direction, found)
        found, _ = list_repos(filter=f"order_column::{column}|order_type::{direction}")
        assert found == names, (column, direction, found)
    # A column or a direction alone is ignored.
    assert list_repos(order_column="name") == list_repos(order_type="asc") == list_repos()
    with refused(400, "SVCSTG.SWR.4001096", "param order column error"):
        list_repos(order_column="updated_at", order_type="desc")


@test
def repositories_are_paged_by_offset():
    seed_repos()
    by_name = {"order_column": "name", "order_type": "asc"}
    for offset, names, content_range in [
        ("0", ["api", "cart"], "0-2/5"),
        ("2", ["web", "web"], "2-2/5"),
        ("4", ["web/front"], "4-1/5"),
        ("6", [], "6-0/5"),
    ]:
        found = list_repos(limit="2", offset=offset, **by_name)
        assert found == (names, content_range), (offset, found)
    found = list_repos(filter="limit::2|offset::1|order_column::name|order_type::asc")
    assert found == (["cart", "web"], "1-2/5"), found
    # A limit or an offset alone is ignored.
    assert list_repos(limit="2") == list_repos(offset="2") == list_repos()
    for limit in ["0", "1001", "many"]:
        with refused(400, "SVCSTG.SWR.4000056", "Invalid page size"):
            list_repos(limit=limit, offset="0")


@test
def repositories_are_paged_by_marker_to_the_end():
    seed_repos()
    pages, marker = [], None
    for is_last in [False, False, True]:
        page = list_repos_v3(is_last, limit=2, marker=marker)
        pages.append([(repo.namespace_name, repo.name) for repo in page.repos])
        marker = page.next_marker
    assert pages == [
        [("blue", "web"), ("blue", "web/front")],
        [("red", "cart"), ("red", "web")],
        [("red", "api")],
    ], pages
    first = list_repos_v3().repos[0]
    assert first.id == show_repo("blue", "web").id, first
    assert first.domain_name == READY["account"], first


@test
def repositories_paged_by_marker_are_listed_by_filter():
    seed_repos()
    for query, names in [
        ({"namespace": "blue"}, ["web", "web/front"]),
        ({"name": "web"}, ["web", "web/front", "web"]),
        ({"category": "database"}, ["cart", "web"]),
        ({"is_public": True}, ["web/front", "web"]),
        ({"is_public": False}, ["web", "cart", "api"]),
        ({"name": "absent"}, []),
    ]:
        found = [repo.name for repo in list_repos_v3(**query).repos]
        assert found == names, (query, found)


def seed_tags():
    """Pushes three tags of a repository, oldest first."""
    create_namespace("group")
    for tag, image in [("v2", "one"), ("v1", "two"), ("v10", "three")]:
        push("group/web", tag, image)


@test
def a_pushed_tag_is_shown_as_it_was_pushed():
    create_namespace("group")
    push("group/one/two", "v1")
    shown = show_tag("v1", repo="one$two")
    assert_complete(shown)
    digest = IMAGES["one"]["digest"]
    manifest = read_blobs(LAYOUT.folder)[hexadecimal(digest)]
    assert (shown.tag, shown.digest, shown.tag_type) == ("v1", digest, 0), shown
    assert shown.manifest.encode() == manifest, shown.manifest
    parsed = json.loads(manifest)
    assert parsed["mediaType"] == OCI_MANIFEST, parsed
    assert shown.image_id == hexadecimal(parsed["config"]["digest"]), shown
    assert shown.size == sum(part["size"] for part in [parsed["config"], *parsed["layers"]]), shown
    assert shown.path == shown.internal_path == f"{READY['registry']}/group/one/two:v1", shown
    repo = show_repo("group", "one$two")
    assert (repo.num_images, repo.size, repo.is_public) == (1, shown.size, False), repo
    assert shown.repo_id == repo.id, shown


def hexadecimal(digest):
    return digest.removeprefix("sha256:")


@test
def tags_are_listed_latest_first_in_order_and_by_filter():
    seed_tags()
    assert list_tags() == (["v10", "v1", "v2"], "0-3/3")
    for column, direction, names in [
        ("updated_at", "desc", ["v10", "v1", "v2"]),
        ("updated_at", "asc", ["v2", "v1", "v10"]),
        ("tag", "asc", ["v1", "v10", "v2"]),
        ("tag", "desc", ["v2", "v10", "v1"]),
    ]:
        found, _ = list_tags(order_column=column, order_type=direction)
        assert found == names, (column, direction, found)
        found, _ = list_tags(filter=f"order_column::{column}|order_type::{direction}")
        assert found == names, (column, direction, found)
    assert list_tags(tag="v1") == list_tags(filter="tag::v1") == (["v1"], "0-1/1")
    assert list_tags(tag="v3") == ([], "0-0/0")
    # A second push of an existing tag moves the tag to the front.
    push("group/web", "v2", "two")
    assert list_tags()[0] == ["v2", "v10", "v1"]


@test
def tags_are_paged_by_offset():
    seed_tags()
    for offset, names, content_range in [
        ("0", ["v10", "v1"], "0-2/3"),
        ("2", ["v2"], "2-1/3"),
        ("4", [], "4-0/3"),
    ]:
        found = list_tags(limit="2", offset=offset)
        assert found == (names, content_range), (offset, found)
    assert list_tags(filter="limit::1|offset::1") == (["v1"], "1-1/3")


@test
def tags_are_paged_by_marker_to_the_end():
    seed_tags()
    first = list_tags_v3(is_last=False, limit=2)
    second = list_tags_v3(limit=2, marker=first.next_marker)
    pages = [[tag.tag for tag in page.tags] for page in [first, second]]
    assert pages == [["v10", "v1"], ["v2"]], pages
    by_name = list_tags_v3(order_column="tag", order_type="asc").tags
    assert [tag.tag for tag in by_name] == ["v1", "v10", "v2"], by_name
    # Here the filter matches parts of names.
    found = list_tags_v3(tag="v1", order_column="tag", order_type="asc").tags
    assert [tag.tag for tag in found] == ["v1", "v10"], found


@test
def tags_paged_by_marker_have_their_manifests_on_request():
    seed_tags()
    for with_manifest in [None, False, True]:
        tags = list_tags_v3(with_manifest=with_manifest).tags
        for tag in tags:
            expected = show_tag(tag.tag).manifest if with_manifest else ""
            assert tag.manifest == expected, (with_manifest, tag)


@test
def a_tag_is_created_from_another_and_replaced_only_with_override():
    seed_tags()
    assert_done(create_tag("v1", "stable"), 201)
    stable = show_tag("stable")
    assert (stable.digest, stable.size) == (IMAGES["two"]["digest"], show_tag("v1").size), stable
    assert SKOPEO.list_tags(f"docker://{READY['registry']}/group/web") == ["stable", "v1", "v10", "v2"]

    for fields in [{}, {"override": False}]:
        with refused(409, "SVCSTG.SWR.4090006", "Tag already exists"):
            create_tag("v2", "stable", **fields)
    assert show_tag("stable").digest == IMAGES["two"]["digest"]
    assert_done(create_tag("v2", "stable", override=True), 201)
    assert show_tag("stable").digest == IMAGES["one"]["digest"]


def assert_no_tag(act):
    with refused(404, "SVCSTG.SWR.4040115", "Tag does not exist"):
        act()


@test
def an_absent_tag_is_not_found():
    seed_tags()
    assert_no_tag(lambda: show_tag("absent"))
    assert_no_tag(lambda: create_tag("absent", "stable"))
    assert_no_tag(lambda: delete_tag("absent"))
    assert_no_repo(lambda: show_tag("v1", repo="absent"))


@test
def a_deleted_tag_is_gone_and_the_others_stay():
    seed_tags()
    create_tag("v1", "stable")
    assert_done(delete_tag("v1"), 204)
    assert_no_tag(lambda: show_tag("v1"))
    assert list_tags()[0] == ["stable", "v10", "v2"]
    assert show_tag("stable").digest == IMAGES["two"]["digest"]
    assert show_repo("group", "web").num_images == 3


def list_accessories(tag, **query):
    request = swr.ListRepoAccessoriesRequest(namespace="group", repository="web", tag=tag, **query)
    return CLIENT.list_repo_accessories(request)


def list_references(tag, is_last=True, **query):
    request = swr.ListReferencesRequest(namespace="group", repository="web", tag=tag, **query)
    response = CLIENT.list_references(request)
    assert_complete(response, absent=["next_marker"] if is_last else [])
    assert response.has_more is not is_last, response
    return response


@test
def a_signature_is_listed_at_its_image_and_the_image_at_its_signature():
    seed_tags()
    push("group/web", "also", "one")
    signature = IMAGES["one"]["digest"].replace(":", "-") + ".sig"
    push("group/web", signature, "three")

    accessories = list_accessories("v2")
    assert_complete(accessories)
    [accessory] = accessories.accessories
    seen = (accessory.namespace_name, accessory.repo_name, accessory.sig_tag)
    assert seen == ("group", "web", signature), seen
    seen = (accessory.sig_digest, accessory.target_digest, accessories.total)
    assert seen == (IMAGES["three"]["digest"], IMAGES["one"]["digest"], 1), seen
    # An empty list is null.
    assert json.loads(list_accessories("v1").raw_content) == {"total": 0, "accessories": None}
    assert json.loads(list_accessories("v2", offset=1).raw_content) == {"total": 1, "accessories": None}

    assert sorted(list_references(signature).tags) == ["also", "v2"]
    first = list_references(signature, is_last=False, limit=1)
    second = list_references(signature, limit=1, marker=first.next_marker)
    assert sorted(first.tags + second.tags) == ["also", "v2"], (first, second)
    assert not list_references("v2").tags


@test
def a_temporary_login_has_its_command_and_its_expiry():
    secret = CLIENT.create_secret(swr.CreateSecretRequest(projectname=READY["region"]))
    assert_login(secret, rf"{READY['region']}@\w+", "[0-9a-f]{64}", r"\.\d{6}Z", hours=6)
    token = CLIENT.create_authorization_token(swr.CreateAuthorizationTokenRequest())
    assert_login(token, r"bearertoken@\w+", r"\S+", r"\.\d{3}Z", hours=24)


def assert_login(response, user, password, fraction, hours):
    """Asserts that header and body have the same login, that it lasts `hours`, and that the registry accepts it."""
    assert response.status_code == 200, response.status_code
    registry = re.escape(READY["registry"])
    command = re.fullmatch(rf"docker login -u ({user}) -p ({password}) {registry}", response.x_swr_dockerlogin)
    assert command, response.x_swr_dockerlogin
    auth = base64.b64encode(":".join(command.groups()).encode()).decode()
    assert json.loads(response.raw_content) == {"auths": {READY["registry"]: {"auth": auth}}}, response
    assert re.search(fraction, response.x_swr_expireat), response.x_swr_expireat
    expiry = datetime.datetime.strptime(response.x_swr_expireat, "%Y-%m-%dT%H:%M:%S.%f%z")
    lifetime = expiry - datetime.datetime.now(datetime.timezone.utc)
    assert abs(lifetime - datetime.timedelta(hours=hours)) < datetime.timedelta(minutes=5), lifetime
    with tempfile.TemporaryDirectory() as folder:
        Skopeo(folder).login(READY["registry"], *command.groups())


@test
def an_unknown_access_key_is_refused_by_the_gateway():
    stranger = Client(BasicCredentials("NOBODYSKEY", "secret"))
    message = "Incorrect IAM authentication information: Unauthorized"
    with refused(401, "APIGW.0301", message):
        stranger.list_namespaces(swr.ListNamespacesRequest())
