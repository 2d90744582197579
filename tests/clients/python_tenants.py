"""Tests permissions, repositories shared between accounts, and operations on an account, with the Python SDK.

python_sdk.py runs it. `dev` and `ops` belong to the server's own account, `eve` to another. They start without
permissions.
"""

import datetime
import json
import tempfile

import huaweicloudsdkswr.v2 as swr

from harness import test
from images import Refused, Skopeo, long_term_login
from sdk import (
    CLIENT,
    IMAGES,
    LAYOUT,
    READY,
    SKOPEO,
    USERS,
    assert_complete,
    assert_done,
    client_of,
    create_namespace,
    create_repo,
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

DEV, OPS, EVE = client_of("dev"), client_of("ops"), client_of("partner/eve")
# The names of their accounts.
HOME, PARTNER = READY["account"], "partner"
MANAGE, WRITE, READ = 7, 3, 1


def grant(label, level):
    """Returns a permission for a user, as a model of the SDK."""
    return swr.UserAuth(user_id=USERS[label]["id"], user_name=label.rpartition("/")[2], auth=level)


def ids(*labels):
    return [USERS[label]["id"] for label in labels]


def granted(rows):
    return [(row.user_name, row.auth) for row in rows]


# Permissions on an organization.


def create_namespace_auth(*grants, by=CLIENT):
    return by.create_namespace_auth(swr.CreateNamespaceAuthRequest(namespace="group", body=list(grants)))


def show_namespace_auth(by=CLIENT):
    """Returns the caller's level, and the names and levels of all users with a permission."""
    response = by.show_namespace_auth(swr.ShowNamespaceAuthRequest(namespace="group"))
    assert_complete(response)
    assert (response.name, response.creator_name) == ("group", READY["user"]), response
    return response.self_auth.auth, granted(response.others_auths)


def update_namespace_auth(*grants, by=CLIENT):
    return by.update_namespace_auth(swr.UpdateNamespaceAuthRequest(namespace="group", body=list(grants)))


def delete_namespace_auth(*user_ids, by=CLIENT):
    return by.delete_namespace_auth(swr.DeleteNamespaceAuthRequest(namespace="group", body=list(user_ids)))


def assert_namespace_denied(act):
    with refused(403, "SVCSTG.SWR.4037017", "No permission to edit or manage the namespace"):
        act()


@test
def a_permission_on_an_organization_is_granted_updated_and_revoked():
    create_namespace("group")
    creator = (READY["user"], MANAGE)
    assert_namespace_denied(lambda: show_namespace("group", by=DEV))
    assert list_namespaces(by=DEV) == []

    assert_done(create_namespace_auth(grant("dev", READ)), 201)
    # The list includes the caller.
    assert show_namespace_auth() == (MANAGE, [creator, ("dev", READ)])
    assert show_namespace("group", by=DEV).auth == READ
    assert list_namespaces(by=DEV) == ["group"]
    assert_namespace_denied(lambda: create_repo("group", "web", by=DEV))

    assert_done(update_namespace_auth(grant("dev", WRITE)), 201)
    assert show_namespace_auth(by=DEV) == (WRITE, [creator, ("dev", WRITE)])
    assert_done(create_repo("group", "web", by=DEV), 201)
    assert show_repo("group", "web").creator_name == "dev"
    assert_namespace_denied(lambda: create_namespace_auth(grant("ops", READ), by=DEV))

    assert_done(delete_namespace_auth(*ids("dev")), 204)
    assert show_namespace_auth() == (MANAGE, [creator])
    assert_namespace_denied(lambda: show_namespace("group", by=DEV))
    # dev cannot even read the repository that dev created.
    assert_repo_denied(lambda: show_repo("group", "web", by=DEV))


@test
def permissions_on_an_organization_keep_their_order_and_change_separately():
    create_namespace("group")
    creator = (READY["user"], MANAGE)
    create_namespace_auth(grant("ops", WRITE), grant("dev", MANAGE))
    assert show_namespace_auth()[1] == [creator, ("ops", WRITE), ("dev", MANAGE)]
    update_namespace_auth(grant("ops", READ))
    assert show_namespace_auth()[1] == [creator, ("ops", READ), ("dev", MANAGE)]
    # A user with MANAGE updates the permissions of others and revokes its own.
    assert_done(update_namespace_auth(grant("ops", WRITE), by=DEV), 201)
    assert_done(delete_namespace_auth(*ids("dev"), by=DEV), 204)
    assert show_namespace_auth()[1] == [creator, ("ops", WRITE)]


@test
def a_bad_permission_on_an_organization_changes_nothing():
    create_namespace("group")
    create_namespace_auth(grant("dev", READ))
    before = show_namespace_auth()
    for grants, status, code, message in [
        ([grant("ops", WRITE), grant("dev", WRITE)], 409, "4090076", "Namespace permission already exists"),
        ([grant("ops", 2)], 400, "4001065", "Invalid namespace permission"),
        ([grant("ops", "3")], 400, "4000014", "Invalid param"),
        ([swr.UserAuth(user_id=USERS["ops"]["id"], auth=READ)], 400, "4001014", "Required parameter is missing"),
        ([swr.UserAuth(user_name="ops", auth=READ)], 400, "4001014", "Required parameter is missing"),
        ([swr.UserAuth(user_id=USERS["ops"]["id"], user_name="oops", auth=READ)], 400, "4001067", "Invalid user name"),
        # Users of other accounts get access through shares, not through permissions.
        ([grant("partner/eve", READ)], 400, "4001067", "Invalid user name"),
    ]:
        with refused(status, f"SVCSTG.SWR.{code}", message):
            create_namespace_auth(*grants)
    for act in [
        lambda: update_namespace_auth(grant("dev", WRITE), grant("ops", WRITE)),
        lambda: delete_namespace_auth(*ids("dev", "ops")),
        lambda: delete_namespace_auth("0" * 32),
    ]:
        with refused(404, "SVCSTG.SWR.4040078", "Namespace permission does not exist"):
            act()
    assert show_namespace_auth() == before


@test
def permissions_on_absent_organizations_and_on_those_of_other_accounts_are_refused():
    acts = [
        lambda by: create_namespace_auth(grant("dev", READ), by=by),
        lambda by: update_namespace_auth(grant("dev", READ), by=by),
        lambda by: delete_namespace_auth(*ids("dev"), by=by),
    ]
    for act in [*acts, show_namespace_auth]:
        with refused(404, "SVCSTG.SWR.4040058", "Namespace does not exists"):
            act(by=CLIENT)
    create_namespace("group")
    with refused(404, "SVCSTG.SWR.4040058", "Namespace does not exists"):
        show_namespace_auth(by=EVE)
    for act in acts:
        assert_cross_account(lambda: act(by=EVE))


def assert_cross_account(act):
    with refused(401, "SVCSTG.SWR.4011064", "Cross-account access is not allowed"):
        act()


# Permissions on a repository.


def create_repo_auth(*grants, repo="web", by=CLIENT):
    request = swr.CreateUserRepositoryAuthRequest(namespace="group", repository=repo, body=list(grants))
    return by.create_user_repository_auth(request)


def show_repo_auth(repo="web", by=CLIENT):
    """Returns the caller's level, and the names and levels of all other users with a permission."""
    response = by.show_user_repository_auth(swr.ShowUserRepositoryAuthRequest(namespace="group", repository=repo))
    assert_complete(response)
    shown = show_repo("group", repo)
    assert (response.id, response.name) == (shown.id, shown.name), response
    return response.self_auth.auth, granted(response.others_auths)


def update_repo_auth(*grants, repo="web", by=CLIENT):
    request = swr.UpdateUserRepositoryAuthRequest(namespace="group", repository=repo, body=list(grants))
    return by.update_user_repository_auth(request)


def delete_repo_auth(*user_ids, repo="web", by=CLIENT):
    request = swr.DeleteUserRepositoryAuthRequest(namespace="group", repository=repo, body=list(user_ids))
    return by.delete_user_repository_auth(request)


def assert_repo_denied(act):
    with refused(403, "SVCSTG.SWR.4037018", "No permission to edit or manage the image"):
        act()


def assert_denied_in_repo(act):
    with refused(403, "SVCSTG.SWR.4037020", "No permission to operate resources in the repository"):
        act()


@test
def a_permission_on_a_repository_is_granted_updated_and_revoked():
    create_namespace("group")
    create_repo("group", "web/front")
    create_repo("group", "api")
    assert show_repo_auth("web$front") == (MANAGE, [])
    assert_repo_denied(lambda: show_repo("group", "web$front", by=DEV))

    assert_done(create_repo_auth(grant("dev", READ), repo="web$front"), 201)
    assert show_repo_auth("web$front") == (MANAGE, [("dev", READ)])
    assert show_repo_auth("web$front", by=DEV) == (READ, [])
    assert show_repo("group", "web$front", by=DEV).name == "web/front"
    # dev sees no other repository.
    assert list_repos(by=DEV) == (["web/front"], "0-1/1")
    assert [repo.name for repo in list_repos_v3(by=DEV).repos] == ["web/front"]
    assert_repo_denied(lambda: show_repo("group", "api", by=DEV))
    assert_repo_denied(lambda: update_repo("group", "web$front", by=DEV))

    assert_done(update_repo_auth(grant("dev", WRITE), repo="web$front"), 201)
    assert show_repo_auth("web$front", by=DEV) == (WRITE, [])
    assert_done(update_repo("group", "web$front", description="by dev", by=DEV), 201)
    assert show_repo("group", "web$front").description == "by dev"
    assert_repo_denied(lambda: delete_repo("group", "web$front", by=DEV))

    assert_done(delete_repo_auth(*ids("dev"), repo="web$front"), 204)
    assert show_repo_auth("web$front") == (MANAGE, [])
    assert_repo_denied(lambda: show_repo("group", "web$front", by=DEV))
    assert list_repos(by=DEV) == ([], "0-0/0")


@test
def a_manager_of_a_repository_grants_permissions_to_others_but_not_to_itself():
    create_namespace("group")
    create_repo("group", "web")
    create_repo_auth(grant("dev", MANAGE))
    assert_done(create_repo_auth(grant("ops", WRITE), by=DEV), 201)
    assert show_repo_auth(by=DEV) == (MANAGE, [("ops", WRITE)])
    assert show_repo_auth(by=OPS) == (WRITE, [("dev", MANAGE)])
    for act in [
        lambda: create_repo_auth(grant("dev", READ), by=DEV),
        lambda: update_repo_auth(grant("dev", READ), by=DEV),
        lambda: delete_repo_auth(*ids("dev"), by=DEV),
        # WRITE does not allow granting.
        lambda: update_repo_auth(grant("dev", READ), by=OPS),
    ]:
        assert_denied_in_repo(act)
    assert show_repo_auth() == (MANAGE, [("dev", MANAGE), ("ops", WRITE)])


@test
def a_bad_permission_on_a_repository_changes_nothing():
    create_namespace("group")
    create_repo("group", "web")
    create_repo_auth(grant("dev", READ))
    before = show_repo_auth()
    for grants, status, code, message in [
        ([grant("ops", WRITE), grant("dev", WRITE)], 409, "4090089", "Permission already exists"),
        ([grant("ops", 0)], 400, "4001066", "Invalid permission"),
        ([grant("partner/eve", READ)], 400, "4001067", "Invalid user name"),
    ]:
        with refused(status, f"SVCSTG.SWR.{code}", message):
            create_repo_auth(*grants)
    for act in [
        lambda: update_repo_auth(grant("dev", WRITE), grant("ops", WRITE)),
        lambda: delete_repo_auth(*ids("dev", "ops")),
    ]:
        with refused(404, "SVCSTG.SWR.4040091", "Permission does not exist"):
            act()
    assert show_repo_auth() == before

    for act in [
        lambda: create_repo_auth(grant("dev", READ), repo="absent"),
        lambda: show_repo_auth("absent"),
        lambda: update_repo_auth(grant("dev", READ), repo="absent"),
        lambda: delete_repo_auth(*ids("dev"), repo="absent"),
    ]:
        with refused(404, "SVCSTG.SWR.4040113", "Repository does not exist"):
            act()
    assert_cross_account(lambda: create_repo_auth(grant("dev", READ), by=EVE))


# Repositories shared with other accounts.

FOREVER, PAST, FUTURE = "forever", "2024-01-01T00:00:00Z", "2099-01-01T00:00:00Z"


def create_share(account=PARTNER, repo="web", namespace="group", by=CLIENT, **fields):
    terms = {"permit": "read", "deadline": FOREVER} | fields
    body = swr.CreateRepoDomainsRequestBody(access_domain=account, **terms)
    return by.create_repo_domains(swr.CreateRepoDomainsRequest(namespace=namespace, repository=repo, body=body))


def show_share(account=PARTNER, repo="web", by=CLIENT):
    request = swr.ShowAccessDomainRequest(namespace="group", repository=repo, access_domain=account)
    response = by.show_access_domain(request)
    assert_complete(response)
    return response


def list_shares(repo="web", by=CLIENT):
    response = by.list_repo_domains(swr.ListRepoDomainsRequest(namespace="group", repository=repo))
    assert_complete(response)
    return response.body or []


def update_share(account=PARTNER, repo="web", by=CLIENT, **fields):
    body = swr.UpdateRepoDomainsRequestBody(**{"permit": "read", "deadline": FOREVER} | fields)
    request = swr.UpdateRepoDomainsRequest(namespace="group", repository=repo, access_domain=account, body=body)
    return by.update_repo_domains(request)


def delete_share(account=PARTNER, repo="web", by=CLIENT):
    request = swr.DeleteRepoDomainsRequest(namespace="group", repository=repo, access_domain=account)
    return by.delete_repo_domains(request)


def list_shared(center, by=CLIENT, **query):
    """Returns names with the status of their share, and the Content-Range, of a page of the v2 list."""
    response = by.list_shared_repos_details(swr.ListSharedReposDetailsRequest(center=center, **query))
    assert_complete(response)
    repos = response.body or []
    assert all(repo.domain_name == HOME for repo in repos), repos
    return [(repo.name, repo.status) for repo in repos], response.content_range


def list_shared_v3(shared_by, by=CLIENT, is_last=True, **query):
    """Returns a page of the v3 list."""
    response = by.list_shared_repo_details(swr.ListSharedRepoDetailsRequest(shared_by=shared_by, **query))
    assert_complete(response, absent=["next_marker"] if is_last else [])
    return response


def described(share):
    return share.namespace, share.repository, share.access_domain, share.permit, share.deadline, share.description


@test
def a_shared_repository_can_be_read_and_pulled_by_the_other_account():
    create_namespace("group")
    push("group/web/front", "v1", "two")
    assert list_shared("thirdparty", by=EVE) == ([], "0-0/0")
    assert_hidden_from_eve("web$front")

    assert_done(create_share(repo="web$front", description="for Eve"), 201)
    share = show_share(repo="web$front")
    assert share.exist and share.status, share
    assert described(share) == ("group", "web/front", PARTNER, "read", FOREVER, "for Eve"), share
    assert (share.creator_id, share.creator_name) == (READY["user_id"], READY["user"]), share
    [listed] = list_shares("web$front")
    assert (described(listed), listed.created, listed.status) == (described(share), share.created, True), listed

    assert list_shared("thirdparty", by=EVE) == ([("web/front", True)], "0-1/1")
    [row] = list_shared_v3("thirdparty", by=EVE).repos
    assert (row.namespace_name, row.domain_name, row.status) == ("group", HOME, True), row
    shown = show_repo("group", "web$front", by=EVE)
    assert_complete(shown)
    assert (shown.name, shown.num_images, shown.is_public) == ("web/front", 1, False), shown
    tag = EVE.show_repo_tag(swr.ShowRepoTagRequest(namespace="group", repository="web$front", tag="v1"))
    assert tag.digest == IMAGES["two"]["digest"], tag
    # The list of eve's own repositories lacks it, and eve cannot update it.
    assert list_repos(by=EVE) == ([], "0-0/0")
    assert_cross_account(lambda: update_repo("group", "web$front", by=EVE))
    with tempfile.TemporaryDirectory() as folder:
        skopeo = Skopeo(folder)
        skopeo.login(READY["registry"], *long_term_login(READY | USERS["partner/eve"]))
        image = f"docker://{READY['registry']}/group/web/front"
        assert json.loads(skopeo.inspect(f"{image}:v1"))["Digest"] == IMAGES["two"]["digest"]
        try:
            skopeo.copy(f"oci:{LAYOUT.folder}:one", f"{image}:v2")
        except Refused as error:
            assert "denied" in str(error), error
        else:
            raise AssertionError("expected a refusal, but eve pushed to a repository that is shared for reading")


def assert_hidden_from_eve(repo="web"):
    with refused(404, "SVCSTG.SWR.4040058", "Namespace does not exists"):
        show_repo("group", repo, by=EVE)


@test
def a_share_is_updated_ends_at_its_deadline_and_is_deleted():
    create_namespace("group")
    create_repo("group", "web")
    create_share(description="for a while")
    before = show_share()

    # An update without a description removes the description.
    assert_done(update_share(deadline=PAST), 201)
    ended = show_share()
    assert (ended.deadline, ended.status, ended.description) == (PAST, False, ""), ended
    assert ended.created == before.created and ended.updated > before.updated, ended
    assert_hidden_from_eve()
    # The share stays in the list.
    assert list_shared("thirdparty", by=EVE) == ([("web", False)], "0-1/1")

    assert_done(update_share(deadline=FUTURE, description="for long"), 201)
    again = show_share()
    assert (again.deadline, again.status, again.description) == (FUTURE, True, "for long"), again
    assert show_repo("group", "web", by=EVE).name == "web"

    assert_done(delete_share(), 204)
    assert_hidden_from_eve()
    assert list_shares() == []
    assert list_shared("thirdparty", by=EVE) == ([], "0-0/0")
    gone = show_share()
    assert (gone.exist, gone.access_domain, gone.status) == (False, "", False), gone


@test
def a_bad_share_is_refused():
    create_namespace("group")
    create_repo("group", "web")
    create_repo("group", "open", is_public=True)
    create_share(description="the first")
    for fields, status, code, message in [
        ({}, 409, "4090089", "Access domain already exists"),
        ({"account": "nobody"}, 400, "4001041", "Invalid domain"),
        ({"account": HOME}, 400, "4001041", "Invalid domain"),
        ({"repo": "open"}, 400, "4001025", "Invalid parameter value"),
        ({"permit": "write"}, 400, "4001066", "Invalid permission"),
        ({"deadline": "tomorrow"}, 400, "4001025", "Invalid parameter value"),
        ({"deadline": None}, 400, "4001014", "Required parameter is missing"),
        ({"description": "x" * 1001}, 413, "4131012", "Description is too long"),
        ({"repo": "absent"}, 404, "4040113", "Repository does not exist"),
    ]:
        with refused(status, f"SVCSTG.SWR.{code}", message):
            create_share(**fields)
    assert_denied_in_repo(lambda: create_share(by=DEV))
    assert_cross_account(lambda: create_share(by=EVE))
    [share] = list_shares()
    assert share.description == "the first", share
    assert list_shares("open") == []


@test
def an_absent_share_is_not_found_and_only_managers_access_shares():
    create_namespace("group")
    create_repo("group", "web")
    for act in [update_share, delete_share]:
        with refused(400, "SVCSTG.SWR.4001090", "Access domain does not exist"):
            act()
    create_share()
    create_repo_auth(grant("dev", WRITE))
    for act in [show_share, list_shares, update_share, delete_share]:
        with refused(404, "SVCSTG.SWR.4040113", "Repository does not exist"):
            act(repo="absent")
        assert_denied_in_repo(lambda: act(by=DEV))
        assert_cross_account(lambda: act(by=EVE))
    assert show_share().exist
    # Account names ignore case.
    assert show_share("PARTNER").access_domain == PARTNER


def seed_shares():
    """Creates four repositories shared with eve's account, the last until a past date, and one that is not shared."""
    create_namespace("group")
    for name in ["web", "cart", "web/front"]:
        create_repo("group", name)
        create_share(repo=name.replace("/", "$"))
    create_namespace("other")
    create_repo("other", "api")
    create_repo("other", "alone")
    create_share(repo="api", namespace="other", deadline=PAST)


@test
def shared_repositories_are_listed_from_both_sides_in_order_and_by_filter():
    seed_shares()
    latest_first = [("api", False), ("web/front", True), ("cart", True), ("web", True)]
    assert list_shared("thirdparty", by=EVE) == (latest_first, "0-4/4")
    # For shares of the caller's own account, the status is always false.
    assert list_shared("self") == ([(name, False) for name, _ in latest_first], "0-4/4")
    assert list_shared("self", by=EVE) == list_shared("thirdparty") == list_shared("self", by=DEV) == ([], "0-0/0")
    for query, names in [
        ({"namespace": "other"}, ["api"]),
        ({"name": "web"}, ["web/front", "web"]),
        # A filter overrides the other parameters, but not a center that it does not name.
        ({"filter": "center::thirdparty|name::web|namespace::group"}, ["web/front", "web"]),
        ({"filter": "name::web|namespace::group"}, ["web/front", "web"]),
        ({"order_column": "name", "order_type": "asc"}, ["api", "cart", "web", "web/front"]),
        ({"order_column": "updated_at", "order_type": "asc"}, ["web", "cart", "web/front", "api"]),
        ({"limit": "2", "offset": "2"}, ["cart", "web"]),
        ({"limit": "2", "offset": "4"}, []),
    ]:
        rows, content_range = list_shared("thirdparty", by=EVE, **query)
        assert [name for name, _ in rows] == names, (query, rows)
        total = 4 if "limit" in query else len(names)
        assert content_range == f"{query.get('offset', 0)}-{len(names)}/{total}", (query, content_range)
    with refused(400, "SVCSTG.SWR.4001096", "param order column error"):
        list_shared("self", order_column="size", order_type="asc")


@test
def shared_repositories_are_paged_by_marker_and_filtered_by_status():
    seed_shares()
    first = list_shared_v3("thirdparty", by=EVE, is_last=False, limit=3)
    second = list_shared_v3("thirdparty", by=EVE, limit=3, marker=first.next_marker)
    pages = [[repo.name for repo in page.repos] for page in [first, second]]
    assert pages == [["web", "cart", "web/front"], ["api"]], pages
    for query, names in [
        ({"status": True}, ["web", "cart", "web/front"]),
        ({"status": False}, ["api"]),
        ({"name": "web"}, ["web", "web/front"]),
        ({"namespace": "other"}, ["api"]),
    ]:
        found = [repo.name for repo in list_shared_v3("thirdparty", by=EVE, **query).repos]
        assert found == names, (query, found)
    assert [repo.name for repo in list_shared_v3("self").repos] == ["web", "cart", "web/front", "api"]


@test
def the_side_of_shared_repositories_is_required():
    for list_page in [list_shared, list_shared_v3]:
        with refused(400, "SVCSTG.SWR.4001014", "Required parameter is missing"):
            list_page(None)
        with refused(400, "SVCSTG.SWR.4001025", "Invalid parameter value"):
            list_page("others")


# The account.


@test
def the_feature_gates_are_shown():
    response = CLIENT.show_share_feature_gates(swr.ShowShareFeatureGatesRequest())
    assert_complete(response)
    assert response.enable_list_v3 and response.enable_image_sync, response
    assert not response.enable_image_quota and not response.enable_sm3, response


@test
def the_project_of_another_account_is_refused():
    stranger = client_of("partner/eve", READY["project_id"])
    for act in [
        lambda: stranger.show_share_feature_gates(swr.ShowShareFeatureGatesRequest()),
        lambda: stranger.show_domain_overview(swr.ShowDomainOverviewRequest()),
    ]:
        with refused(403, "SVCSTG.SWR.4039001", "Resource does not belong to you"):
            act()


def show_overview(by=CLIENT):
    response = by.show_domain_overview(swr.ShowDomainOverviewRequest())
    assert_complete(response)
    return response


@test
def the_overview_counts_the_content_of_an_account():
    create_namespace("group")
    push("group/web", "v1", "one")
    push("group/web", "v2", "two")
    create_repo("group", "empty")
    overview = show_overview()
    assert (overview.domain_id, overview.domain_name) == (READY["domain_id"], HOME), overview
    assert (overview.namspace_num, overview.repo_num, overview.image_num) == (1, 2, 2), overview
    # store_space is in MiB.
    assert overview.store_space == show_repo("group", "web").size / 1024**2, overview
    others = show_overview(by=EVE)
    assert (others.domain_name, others.namspace_num, others.repo_num, others.image_num) == (PARTNER, 0, 0, 0), others


def show_report(resource_type, frequency, by=CLIENT):
    request = swr.ShowDomainResourceReportsRequest(resource_type=resource_type, frequency=frequency)
    response = by.show_domain_resource_reports(request)
    assert_complete(response)
    return response.body


@test
def the_reports_end_today():
    create_namespace("group")
    push("group/web", "v1")
    size = show_repo("group", "web").size / 1024**2
    for frequency, length in [("daily", 30), ("monthly", 12)]:
        report = show_report("store", frequency)
        dates = [datetime.date.fromisoformat(row.date) for row in report]
        assert len(dates) == length and dates == sorted(dates), dates
        # Midnight may have passed since the request.
        age = datetime.datetime.now(datetime.timezone.utc).date() - dates[-1]
        assert 0 <= age.days <= {"daily": 1, "monthly": 31}[frequency], dates
        assert (report[0].value, report[-1].value) == (0, size), report
        assert all(row.value == 0 for row in show_report("store", frequency, by=EVE))


@test
def the_reports_count_pulled_bytes():
    create_namespace("group")
    push("group/web", "v1")
    before = downflow()
    with tempfile.TemporaryDirectory() as folder:
        SKOPEO.copy(f"docker://{READY['registry']}/group/web:v1", f"oci:{folder}/pulled:v1")
    assert downflow() > before
    assert show_overview().downflow_size == downflow()


def downflow():
    return sum(row.value for row in show_report("downflow", "daily"))


@test
def an_unknown_report_is_refused():
    for resource_type, frequency in [("upflow", "daily"), ("store", "hourly")]:
        with refused(400, "SVCSTG.SWR.4001025", "Invalid parameter value"):
            show_report(resource_type, frequency)


@test
def the_list_of_regions_includes_the_own_region():
    response = CLIENT.list_sync_regions(swr.ListSyncRegionsRequest())
    assert_complete(response)
    assert READY["region"] in [region.region_id for region in response.body], response


@test
def the_agency_is_created_once():
    assert not has_agency()
    with refused(403, "SVCSTG.SWR.4039002", "Operation not permitted"):
        DEV.create_agency(swr.CreateAgencyRequest())
    assert not has_agency()
    assert_done(CLIENT.create_agency(swr.CreateAgencyRequest()), 204)
    assert has_agency() and has_agency(by=DEV)
    with refused(409, "SVCSTG.SWR.4090089", "Agency already exists"):
        CLIENT.create_agency(swr.CreateAgencyRequest())
    # Each account has its own agency.
    assert not has_agency(by=EVE)


def has_agency(by=CLIENT):
    response = by.check_agency(swr.CheckAgencyRequest())
    assert_complete(response)
    return response.is_agency
