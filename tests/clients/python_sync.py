"""Tests synchronization between regions with the Python SDK. python_sdk.py runs it.

Images are copied to cn-east-3: from the server's own region, and from cn-south-1, where the world file has a rule and a
job under way.
"""

import pathlib
import tempfile

import huaweicloudsdkswr.v2 as swr

from harness import test
from images import long_term_login, read_blobs
from sdk import (
    CLIENT,
    EAST,
    IMAGES,
    LAYOUT,
    READY,
    SKOPEO,
    USERS,
    assert_complete,
    assert_done,
    client_of,
    client_of_admin,
    create_namespace,
    create_repo,
    push,
    refused,
)

REPO = {"namespace": "group", "repository": "one$two"}
TARGET = {"remote_region_id": "cn-east-3", "remote_namespace": "copies"}
REGISTRY = READY["regions"]["cn-east-3"]["registry"]
SKOPEO.login(REGISTRY, *long_term_login(READY | {"region": "cn-east-3"}))


def create_rule(by=CLIENT, repo=REPO, **fields):
    body = swr.CreateImageSyncRepoRequestBody(**TARGET | fields)
    return by.create_image_sync_repo(swr.CreateImageSyncRepoRequest(body=body, **repo))


def list_rules(by=CLIENT, repo=REPO):
    request = swr.ListImageAutoSyncReposDetailsRequest(**repo)
    listed = by.list_image_auto_sync_repos_details(request)
    assert_complete(listed)
    return listed.body or []


def delete_rule(by=CLIENT, repo=REPO, **fields):
    body = swr.DeleteImageSyncRepoRequestBody(**TARGET | fields)
    return by.delete_image_sync_repo(swr.DeleteImageSyncRepoRequest(body=body, **repo))


def copy(*tags, by=CLIENT, repo=REPO, **fields):
    body = swr.CreateManualImageSyncRepoRequestBody(image_tag=list(tags), **TARGET | fields)
    copied = by.create_manual_image_sync_repo(swr.CreateManualImageSyncRepoRequest(body=body, **repo))
    assert_complete(copied)
    assert copied.raw_content == b"[]", copied.raw_content


def list_jobs(filter="limit::100|offset::0", by=CLIENT, repo=REPO):
    """Returns the rows and the Content-Range of a page."""
    listed = by.show_sync_job(swr.ShowSyncJobRequest(filter=filter, **repo))
    assert_complete(listed)
    return listed.body or [], listed.content_range


OPERATIONS = [create_rule, list_rules, delete_rule, list_jobs, lambda **fields: copy("v1", **fields)]


def results(*arguments, **fields):
    """Returns tag and status of the jobs of a page, latest first."""
    return [(job.tag, job.status) for job in list_jobs(*arguments, **fields)[0]]


def copied_tags():
    request = swr.ListRepositoryTagsRequest(namespace="copies", repository="one$two")
    return [row.tag for row in EAST.list_repository_tags(request).body or []]


def assert_copied(tag, image):
    """Asserts that a tag of the other region is an image: in its API, and with all its bytes in its registry."""
    shown = EAST.show_repo_tag(swr.ShowRepoTagRequest(namespace="copies", repository="one$two", tag=tag))
    assert_complete(shown)
    assert shown.digest == IMAGES[image]["digest"], shown
    with tempfile.TemporaryDirectory() as parent:
        folder = pathlib.Path(parent) / "layout"
        SKOPEO.copy(f"docker://{REGISTRY}/copies/one/two:{tag}", f"oci:{folder}:{tag}")
        pulled, pushed = read_blobs(folder), read_blobs(LAYOUT.folder)
    # A manifest, a configuration and two layers.
    assert len(pulled) == 4, pulled.keys()
    assert all(pushed[name] == content for name, content in pulled.items())


def seed():
    create_namespace("group")
    create_repo("group", "one/two")
    create_namespace("copies", by=EAST)


@test
def a_rule_is_created_listed_and_deleted():
    seed()
    assert list_rules() == []
    assert_done(create_rule(sync_auto=True, override=True), 200)
    assert_done(create_rule(sync_auto=True, remote_namespace="more"), 200)
    [first, second] = list_rules()
    seen = (first.namespace, first.repo_name, first.remote_region_id, first.remote_namespace)
    assert seen == ("group", "one/two", "cn-east-3", "copies"), seen
    assert (first.sync_auto, first.override, second.override) == (True, True, False), (first, second)
    assert (first.domain_id, first.domain_name) == (READY["domain_id"], READY["account"]), first
    assert second.remote_namespace == "more" and second.id != first.id, second

    assert_done(delete_rule(), 200)
    [left] = list_rules()
    assert left.to_dict() == second.to_dict(), left
    with refused(400, "SVCSTG.SWR.4001158", "Sync rule not found"):
        delete_rule()
    assert_done(delete_rule(remote_namespace="more"), 200)
    assert list_rules() == []


@test
def a_rule_copies_later_pushes_until_it_is_deleted():
    seed()
    push("group/one/two", "v1")
    create_rule(sync_auto=True)
    assert results() == []
    push("group/one/two", "v2", "two")
    assert results() == [("v2", "success")]
    assert_copied("v2", "two")
    delete_rule()
    push("group/one/two", "v3", "three")
    assert results() == [("v2", "success")]
    assert copied_tags() == ["v2"]


@test
def a_rule_that_is_not_automatic_exists_and_is_not_listed():
    seed()
    assert_done(create_rule(), 200)
    assert list_rules() == []
    push("group/one/two", "v1")
    assert results() == []
    with refused(400, "SVCSTG.SWR.4000014", "Invalid param"):
        create_rule(sync_auto=True)
    assert_done(delete_rule(), 200)


@test
def a_second_rule_for_a_target_is_refused():
    seed()
    create_rule(sync_auto=True)
    for fields in [{"sync_auto": True}, {"sync_auto": True, "override": True}, {}]:
        with refused(400, "SVCSTG.SWR.4000014", "Invalid param"):
            create_rule(**fields)
    [listed] = list_rules()
    assert listed.override is False, listed


@test
def tags_are_copied_on_request():
    seed()
    push("group/one/two", "v1", "one")
    push("group/one/two", "v2", "two")
    copy("v1", "v2")
    jobs, content_range = list_jobs()
    assert content_range == "0-2/2", content_range
    assert [(job.tag, job.status) for job in jobs] == [("v2", "success"), ("v1", "success")], jobs
    assert_copied("v1", "one")
    assert_copied("v2", "two")
    job = jobs[1]
    seen = (job.namespace, job.repo_name, job.remote_region_id, job.remote_namespace, job.override)
    assert seen == ("group", "one/two", "cn-east-3", "copies", False), seen
    seen = (job.domain_id, job.domain_name, job.sync_operator_id, job.sync_operator_name)
    assert seen == (READY["domain_id"], READY["account"], READY["user_id"], READY["user"]), seen


@test
def a_tag_of_the_target_is_replaced_only_with_override():
    seed()
    push("group/one/two", "v1", "one")
    copy("v1")
    push("group/one/two", "v1", "two")
    copy("v1")
    assert_copied("v1", "one")
    copy("v1", override=True)
    assert_copied("v1", "two")
    assert results() == [("v1", "success"), ("v1", "existed"), ("v1", "success")]


@test
def a_copy_of_an_absent_tag_or_to_an_absent_organization_fails():
    seed()
    push("group/one/two", "v1")
    copy("v9")
    copy("v1", remote_namespace="absent")
    assert results() == [("v1", "failed"), ("v9", "failed")]


@test
def jobs_are_listed_in_pages_by_filter():
    seed()
    push("group/one/two", "v1")
    push("group/one/two", "v2", "two")
    copy("v1", "v2", "v3")
    for filter, expected in [
        ("limit::2|offset::0", (["v3", "v2"], "0-2/3")),
        ("limit::2|offset::2", (["v1"], "2-1/3")),
        ("limit::2|offset::0|order::asc", (["v1", "v2"], "0-2/3")),
        ("limit::2|offset::0|order::desc", (["v3", "v2"], "0-2/3")),
        ("limit::2|offset::4", ([], "4-0/3")),
    ]:
        jobs, content_range = list_jobs(filter)
        seen = ([job.tag for job in jobs], content_range)
        assert seen == expected, (filter, seen)
    with refused(400, "SVCSTG.SWR.4001014", "Required parameter is missing"):
        list_jobs(None)
    for filter in ["limit::2", "offset::0|order::asc"]:
        with refused(400, "SVCSTG.SWR.4001035", "Invalid filter"):
            list_jobs(filter)


@test
def a_job_under_way_is_polled_until_it_ends():
    create_namespace("copies", by=EAST)
    south = client_of_admin(READY["regions"]["cn-south-1"])
    repo = {"namespace": "south", "repository": "web"}
    [rule] = list_rules(by=south, repo=repo)
    assert (rule.remote_region_id, rule.override) == ("cn-east-3", True), rule
    seen = [results(by=south, repo=repo) for _ in range(4)]
    assert seen == [[("v1", status)] for status in ["waiting", "running", "success", "success"]], seen
    source, copied = (
        client.show_repo_tag(swr.ShowRepoTagRequest(namespace=namespace, repository="web", tag="v1"))
        for client, namespace in [(south, "south"), (EAST, "copies")]
    )
    assert copied.digest == source.digest, (source, copied)


@test
def an_unknown_region_is_refused():
    seed()
    push("group/one/two", "v1")
    for act in [create_rule, lambda **fields: copy("v1", **fields)]:
        with refused(500, "SVCSTG.SWR.5001101", "Internal error"):
            act(remote_region_id="xx-nowhere-1")
    assert list_rules() == [] and results() == []


@test
def an_absent_repository_is_not_found():
    seed()
    absent = {"namespace": "group", "repository": "absent"}
    for act in OPERATIONS:
        with refused(404, "SVCSTG.SWR.4040113", "Repository does not exist"):
            act(repo=absent)


@test
def only_administrators_synchronize_images():
    seed()
    push("group/one/two", "v1")
    dev = client_of("dev")
    grants = [swr.UserAuth(user_id=USERS["dev"]["id"], user_name="dev", auth=7)]
    CLIENT.create_namespace_auth(swr.CreateNamespaceAuthRequest(namespace="group", body=grants))
    create_rule(sync_auto=True)
    for act in OPERATIONS:
        with refused(403, "SVCSTG.SWR.4037020", "No permission to operate resources in the repository"):
            act(by=dev)
    assert len(list_rules()) == 1 and results() == []
