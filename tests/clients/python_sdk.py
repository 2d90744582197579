"""Drives the official Python SDK through every simulated operation it knows.

Called by run.sh as `python_sdk.py READY OPERATIONS`: the ready line of `mock-swr serve`, and the file that
`mock-swr operations --json` wrote.
"""

import contextlib
import json
import re
import sys
import traceback

import huaweicloudsdkswr.v2 as swr
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException

READY = json.loads(sys.argv[1])
with open(sys.argv[2]) as file:
    OPERATIONS = json.load(file)

CALLED = set()


class Client:
    """The SDK's client, which notes what is called."""

    def __init__(self, access_key, secret_key):
        credentials = BasicCredentials(access_key, secret_key, READY["project_id"])
        builder = swr.SwrClient.new_builder().with_credentials(credentials)
        self.sdk = builder.with_endpoint(READY["endpoint"]).build()

    def __getattr__(self, method):
        CALLED.add(method)
        return getattr(self.sdk, method)


CLIENT = Client(READY["access_key"], READY["secret_key"])


# What an answer must be.

JSON_TYPES = {"str": str, "int": int, "bool": bool}


def assert_complete(answer, status=200, absent=()):
    """Asserts that all the model declares was answered, in the type it declares, but what is said to be absent.

    The SDK converts what it reads, so that "5" passes for 5, and takes what is missing for None: hence the look
    at the bytes that came in.
    """
    assert answer.status_code == status, answer.status_code
    document = json.loads(answer.raw_content)
    model = type(answer)
    if "body" in model.openapi_types:
        # An empty array is None to the SDK, whoever sends it.
        decoded = answer.body or []
        assert_value(model.openapi_types["body"], document, decoded, model.__name__)
    else:
        assert_model(model, document, answer, model.__name__, absent)


def assert_model(model, sent, decoded, where, absent=()):
    assert isinstance(sent, dict), f"{where} is no object: {sent!r}"
    for attribute, kind in model.openapi_types.items():
        key = model.attribute_map[attribute]
        value = getattr(decoded, attribute)
        if attribute in absent:
            assert key not in sent and value is None, f"{where}.{attribute} is {value!r}"
            continue
        assert key in sent, f"{where}.{key} is missing"
        assert_value(kind, sent[key], value, f"{where}.{key}")


def assert_value(kind, sent, decoded, where):
    item = re.fullmatch(r"list\[(.*)\]", kind)
    if item:
        assert isinstance(sent, list), f"{where} is no array: {sent!r}"
        assert len(sent) == len(decoded), where
        for place, (one_sent, one_decoded) in enumerate(zip(sent, decoded)):
            assert_value(item[1], one_sent, one_decoded, f"{where}[{place}]")
    elif kind in JSON_TYPES:
        assert type(sent) is JSON_TYPES[kind], f"{where} is no {kind}: {sent!r}"
        assert decoded == sent, f"{where} was read as {decoded!r} from {sent!r}"
    else:
        model = getattr(swr, kind)
        assert isinstance(decoded, model), f"{where} is no {kind}: {decoded!r}"
        assert_model(model, sent, decoded, where)


def assert_done(answer, status):
    """Asserts an answer that says nothing but that it is done."""
    assert answer.status_code == status, answer.status_code
    expected = b"" if status == 204 else b"{}"
    assert answer.raw_content == expected, answer.raw_content


REQUEST_IDS = set()


@contextlib.contextmanager
def refused(status, code, message):
    """Asserts that what is done within is refused so, as the SDK understands it."""
    try:
        yield
    except ClientRequestException as error:
        seen = (error.status_code, error.error_code, error.error_msg)
        assert seen == (status, code, message), seen
        assert re.fullmatch("[0-9a-f]{32}", error.request_id), error.request_id
        assert error.request_id not in REQUEST_IDS, "two answers have the same request id"
        REQUEST_IDS.add(error.request_id)
    else:
        raise AssertionError(f"expected {status} {code}, but it was answered")


# Requests, in as few words as the tests below need.


def create_namespace(name):
    body = swr.CreateNamespaceRequestBody(namespace=name)
    return CLIENT.create_namespace(swr.CreateNamespaceRequest(body=body))


def show_namespace(name):
    return CLIENT.show_namespace(swr.ShowNamespaceRequest(namespace=name))


def list_namespaces(**query):
    answer = CLIENT.list_namespaces(swr.ListNamespacesRequest(**query))
    assert_complete(answer)
    return [namespace.name for namespace in answer.namespaces]


def delete_namespace(name):
    return CLIENT.delete_namespaces(swr.DeleteNamespacesRequest(namespace=name))


def create_repo(namespace, name, is_public=False, **fields):
    body = swr.CreateRepoRequestBody(repository=name, is_public=is_public, **fields)
    return CLIENT.create_repo(swr.CreateRepoRequest(namespace=namespace, body=body))


def show_repo(namespace, name):
    return CLIENT.show_repository(swr.ShowRepositoryRequest(namespace=namespace, repository=name))


def update_repo(namespace, name, is_public=False, **fields):
    body = swr.UpdateRepoRequestBody(is_public=is_public, **fields)
    return CLIENT.update_repo(swr.UpdateRepoRequest(namespace=namespace, repository=name, body=body))


def delete_repo(namespace, name):
    return CLIENT.delete_repo(swr.DeleteRepoRequest(namespace=namespace, repository=name))


def list_repos(**query):
    """The names and the Content-Range of a page of the v2 list."""
    answer = CLIENT.list_repos_details(swr.ListReposDetailsRequest(**query))
    assert_complete(answer)
    repos = answer.body or []
    total = answer.content_range.rpartition("/")[2]
    assert all(repo.total_range == int(total) for repo in repos), answer.content_range
    return [repo.name for repo in repos], answer.content_range


def list_repos_v3(is_last=True, **query):
    """A page of the v3 list."""
    answer = CLIENT.list_repo_details(swr.ListRepoDetailsRequest(**query))
    assert_complete(answer, absent=["next_marker"] if is_last else [])
    return answer


def clear():
    """Deletes everything."""
    while repos := CLIENT.list_repos_details(swr.ListReposDetailsRequest()).body:
        for repo in repos:
            delete_repo(repo.namespace, repo.name.replace("/", "$"))
    for name in list_namespaces():
        delete_namespace(name)


# The tests. Each begins with nothing there.

TESTS = []


def test(function):
    TESTS.append(function)
    return function


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
    # The filter takes the place of the other parameters.
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
    answer = CLIENT.list_quotas(swr.ListQuotasRequest())
    assert_complete(answer)
    [quota] = answer.quotas
    assert (quota.quota_key, quota.quota_limit, quota.used) == ("namespace", 5, 1), quota


@test
def an_organization_is_deleted_once_it_is_empty():
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
def what_is_not_said_of_a_repository_has_a_default_and_stays():
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
    """Five repositories in two organizations, the oldest first."""
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
    # Each alone is ignored.
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
    # Each alone is ignored.
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


@test
def an_unknown_access_key_is_refused_by_the_gateway():
    stranger = Client("NOBODYSKEY", "secret")
    message = "Incorrect IAM authentication information: Unauthorized"
    with refused(401, "APIGW.0301", message):
        stranger.list_namespaces(swr.ListNamespacesRequest())


@test
def every_simulated_operation_the_sdk_knows_was_called():
    simulated = {
        re.sub("(?<!^)(?=[A-Z])", "_", operation["operation"]).lower()
        for operation in OPERATIONS
        if operation["simulated"]
    }
    missed = {method for method in simulated - CALLED if hasattr(swr.SwrClient, method)}
    assert not missed, sorted(missed)
    assert CALLED <= simulated, sorted(CALLED - simulated)


def main():
    failed = 0
    for run in TESTS:
        try:
            clear()
            run()
            print(f"{run.__name__} ok")
        except Exception:
            failed += 1
            print(f"{run.__name__} FAILED")
            traceback.print_exc(file=sys.stdout)
    print(f"{len(TESTS) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
