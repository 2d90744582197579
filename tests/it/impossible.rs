//! Conditions that no call can match panic at their line, because `never()` would always pass for them.

use mock_swr::{Calls, Level, MockSwr, Op, ProblemKind, Refusal, Times};
use serde_json::json;

use crate::gateway::exchange;
use crate::support::{Client, assert_advises, panic_of, send};

const NONE: [Op; 0] = [];

#[test]
fn an_impossible_name_panics() {
    assert_advises(
        || Op::CreateRepo.repo("web"),
        "no call can match CreateRepo of repo web: `web` has no organization; expected a name such as \
         `repo(\"group/web\")`",
    );
    assert_advises(
        || Op::CreateNamespace.namespace("group/web"),
        "no call can match CreateNamespace of namespace group/web: the name of an organization has no slash; \
         use `repo(\"group/web\")` for a repository",
    );
    assert_advises(
        || Op::ShowNamespace.namespace(""),
        "no call can match ShowNamespace of namespace : the path parameter `namespace` is never empty",
    );
    for calls in [
        || Op::ShowRepository.repo("group/"),
        || Op::ShowRepository.repo("/web"),
        || Op::ShowRepoTag.tag(""),
        || Op::PutManifest.tag(""),
        || Op::ShowTrigger.path("trigger", ""),
        || Op::GetManifest.path("name", ""),
    ] {
        let message = panic_of(calls);
        assert!(message.ends_with("is never empty"), "{message}");
    }
    assert_advises(
        || Op::ShowRepository.repo("group/one$two"),
        "no call can match ShowRepository of repo group/one$two: `$` in the path parameter `repository` is decoded as \
         a slash: write `one/two`",
    );
    panic_of(|| Op::ShowRepository.path("repository", "one$two"));
    panic_of(|| Op::ShowInstanceRepository.repo("group/one$two"));
    assert_advises(
        || Op::GetManifest.tag("sha256:0123"),
        "no call can match GetManifest of tag sha256:0123: a tag has no colon; use `path(\"reference\", \
         \"sha256:0123\")` for a digest",
    );
    assert_advises(
        || Op::CreateRepo.by("a/b/c"),
        "no call can match CreateRepo by a/b/c: `a/b/c` cannot be a user",
    );
    for user in ["", "/dev", "partner/"] {
        panic_of(|| Calls::any().by(user));
    }
}

#[test]
fn a_resource_that_no_selected_operation_names_is_refused() {
    assert_advises(
        || Op::CreateNamespace.repo("group/web"),
        "no call can match CreateNamespace of repo group/web: CreateNamespace does not name a repository (POST \
         /v2/manage/namespaces); use `namespace`",
    );
    assert_advises(
        || Op::CreateNamespace.tag("v1"),
        "no call can match CreateNamespace of tag v1: CreateNamespace does not name a tag",
    );
    assert_advises(
        || Op::ListQuotas.namespace("group"),
        "no call can match ListQuotas of namespace group: ListQuotas does not name an organization (GET \
         /v2/manage/projects/{project_id}/quotas); use `path`, `query` or `matching`",
    );
    for calls in [
        || Op::ListRetentions.tag("v1"),
        || Op::ShowNamespace.repo("group/web"),
        || Op::DeleteBlob.tag("v1"),
        || Op::GetRegistryToken.repo("group/web"),
        || Op::ListDockyardNamespaces.namespace("group"),
        || Op::ShowInstance.namespace("group"),
        || Op::CreateToken.repo("group/web"),
    ] {
        panic_of(calls);
    }
    let two = panic_of(|| Calls::from([Op::ListQuotas, Op::ShowNamespace]).tag("v1"));
    assert!(two.contains("ListQuotas does not name a tag"), "{two}");
    assert!(two.contains("ShowNamespace does not name a tag"), "{two}");
    // One operation that names the resource is enough.
    let _ = Calls::from([Op::ListQuotas, Op::DeleteRepoTag]).tag("v1");
    let _ = Calls::writes().repo("group/web");
}

#[test]
fn an_impossible_header_pointer_or_body_panics() {
    assert_advises(
        || Op::ListQuotas.header("x y", ""),
        "no call can match ListQuotas with header x y: : `x y` is not a valid header name",
    );
    panic_of(|| Op::ListQuotas.header("", "v"));
    assert_advises(
        || Op::ListQuotas.header("X-A", "one\ntwo"),
        "no call can match ListQuotas with header x-a: one\ntwo: the value of `x-a` has a control character",
    );
    assert_advises(
        || Op::ListQuotas.header("X-A", " one"),
        "no call can match ListQuotas with header x-a:  one: the value of `x-a` begins or ends with a space",
    );
    assert_advises(
        || Op::ListRepositoryTags.json("/a", 1),
        "no call can match ListRepositoryTags with body /a = 1: ListRepositoryTags is a GET request without a body; \
         use `query` or `path`",
    );
    panic_of(|| Op::HeadBlob.json_includes(json!({})));
    assert_advises(
        || Op::CreateRepo.json("repository", "web"),
        "no call can match CreateRepo with body repository = \"web\": the JSON pointer `repository` must begin with a \
         slash: `/repository`",
    );
    for pointer in ["/a~", "/a~2b", "/~~0"] {
        let message = panic_of(|| Op::CreateRepo.json(pointer, 1));
        assert!(message.contains("write `~0` for a tilde"), "{message}");
    }
    assert_advises(
        || Op::CreateRepo.json_includes(json!("web")),
        "no call can match CreateRepo with body including \"web\": expected an object or a list; \
         use `json(\"\", ..)` to compare the whole body",
    );
    assert_advises(
        || Op::ShowRepository.path("repo", "web"),
        "no call can match ShowRepository with {repo} = web: ShowRepository has no path parameter `repo` \
         (/v2/manage/namespaces/{namespace}/repos/{repository})",
    );
    panic_of(|| Calls::unmatched().path("namespace", "group"));
}

#[test]
fn conditions_that_contradict_each_other_are_refused() {
    assert_advises(
        || Op::ShowRepository.repo("a/b").namespace("c"),
        "no call can match ShowRepository of repo a/b of namespace c: `of namespace c` contradicts `of repo a/b`",
    );
    for calls in [
        || Op::CreateNamespace.namespace("a").namespace("b"),
        || Op::ShowRepository.repo("a/b").path("repository", "c"),
        || Op::DeleteRepoTag.tag("v1").path("tag", "v2"),
        || Op::GetManifest.repo("a/b").path("name", "a/c"),
        || Op::GetManifest.tag("v1").path("reference", "v2"),
        || Op::ListQuotas.by("dev").by("admin"),
        || Op::CreateRepo.json("/a", 1).json("/a", 2),
        || Op::CreateRepo.json("/a", json!({"b": 1})).json("/a/b", 2),
        || Op::CreateRepo.json("/a/b", 2).json("/a", json!({"b": 1})),
        || Op::CreateRepo.json("/a", 1).json_includes(json!({"a": 2})),
        || {
            Op::CreateRepo
                .json_includes(json!({"a": {"b": 1}}))
                .json("/a", json!({"c": 1}))
        },
        || {
            Op::CreateRepo
                .json_includes(json!({"a": 1}))
                .json_includes(json!({"a": 2}))
        },
        || Op::CreateRepo.repo("group/web").json("/repository", "api"),
    ] {
        let message = panic_of(calls);
        assert!(message.contains("contradicts"), "{message}");
    }
    let _ = Op::CreateRepo.json("/a", 1).json("/ab", 2).json("/b", 2);
    let _ = Op::CreateRepo.json("/a", json!({"b": 1})).json("/a/b", 1);
    let _ = Op::CreateRepo
        .json_includes(json!({"a": {"b": 1}}))
        .json("/a/c", 1);
    let _ = Op::ListQuotas.header("x-a", "1").header("x-a", "2");
    let _ = Op::ListQuotas.query("a", "1").query("a", "2");

    let swr = MockSwr::start();
    assert_advises(
        || swr.verify(Op::ListQuotas).answered(200).answered(404),
        "expected both status 200 and status 404: a call has only one",
    );
    assert_advises(
        || {
            swr.verify(Op::ListQuotas)
                .refused(Refusal::Throttled)
                .refused(Refusal::TokenExpired)
        },
        "expected both refusal Throttled and refusal TokenExpired: a call has only one",
    );
}

#[test]
fn an_empty_list_of_operations_an_invalid_status_and_an_empty_range_are_refused() {
    assert_advises(
        || Calls::from(Op::ListQuotas).except([Op::ListQuotas]),
        "no operation is left: `except` excludes all operations of ListQuotas",
    );
    assert_advises(
        || {
            Calls::from([Op::ListQuotas, Op::ShowRepoTag])
                .tag("v1")
                .except([Op::ShowRepoTag])
        },
        "no call can match ListQuotas of tag v1: ListQuotas does not name a tag",
    );
    assert_advises(
        || Calls::from(NONE),
        "the list of operations is empty; `Calls::any()` selects every request",
    );
    let swr = MockSwr::start();
    assert_advises(|| swr.calls(NONE), "the list of operations is empty");
    assert_advises(
        || swr.verify(NONE).never(),
        "the list of operations is empty",
    );
    assert_advises(|| swr.wait_for(NONE), "the list of operations is empty");
    assert_advises(|| swr.on(NONE, 503), "the list of operations is empty");
    assert_advises(
        || swr.verify_order([NONE]),
        "the list of operations is empty",
    );
    for status in [0, 99, 1000] {
        assert_advises(
            || swr.verify(Op::ListQuotas).answered(status),
            &format!("{status} is not a valid HTTP status (expected 100 to 999)"),
        );
    }
    for (least, most) in [(3, 2), (usize::MAX, 0)] {
        let range = least..=most;
        let text = format!("{range:?}");
        assert_advises(
            || swr.verify(Op::ListQuotas).times(range.clone()),
            &format!("the range {text} is empty: it allows no number of calls"),
        );
    }
    assert_advises(
        || Times::from(2..2),
        "the range 2..2 is empty: it allows no number of calls",
    );
}

/// Sends a request without a body.
fn send_empty(swr: &MockSwr, method: &str, path: &str) {
    let method = method.parse().unwrap();
    send(Client::admin(swr).request(method, path)).unwrap();
}

#[test]
fn calls_are_found_by_names_in_path_query_filter_and_body() {
    for (calls, method, path) in [
        (
            Op::ListNamespaces.namespace("group"),
            "GET",
            "/v2/manage/namespaces?namespace=group",
        ),
        (
            Op::CreateNamespace.namespace("group"),
            "POST",
            "/v2/manage/namespaces?namespace=group",
        ),
        (
            Op::CreateRepo.repo("group/web"),
            "POST",
            "/v2/manage/namespaces/group/repos?repository=web",
        ),
        (
            Op::ListReposDetails.repo("group/web"),
            "GET",
            "/v2/manage/repos?namespace=group&name=web",
        ),
        (
            Op::ListReposDetails.repo("group/web"),
            "GET",
            "/v2/manage/repos?filter=center::self|namespace::group|name::web",
        ),
        (
            Op::ListRepoDetails.repo("group/web"),
            "GET",
            "/v3/manage/repos?name=web&namespace=group",
        ),
        (
            Op::ListSharedReposDetails.repo("group/web"),
            "GET",
            "/v2/manage/shared-repositories?center=self&namespace=group&name=web",
        ),
        (
            Op::ListSharedRepoDetails.namespace("group"),
            "GET",
            "/v3/manage/shared-repositories?shared_by=self&namespace=group",
        ),
        (
            Op::ListRepositoryTags.tag("v1"),
            "GET",
            "/v2/manage/namespaces/group/repos/web/tags?tag=v1",
        ),
        (
            Op::ListRepositoryTag.tag("v1"),
            "GET",
            "/v3/manage/namespaces/group/repos/web/tags?tag=v1",
        ),
        (
            Op::ListRepoAccessories.tag("v1"),
            "GET",
            "/v2/manage/namespaces/group/repos/web/v1/accessories",
        ),
        // Invalid values that a client may send can be selected.
        (
            Op::CreateNamespace.namespace(""),
            "POST",
            "/v2/manage/namespaces?namespace=",
        ),
        (
            Op::ShowRepoTag.tag("sha256:01"),
            "GET",
            "/v2/manage/namespaces/group/repos/web/tags/sha256:01",
        ),
        (
            Op::ShowNamespace.path("namespace", "a/b"),
            "GET",
            "/v2/manage/namespaces/a%2Fb",
        ),
        (
            Op::ListNamespaces.query("", "v"),
            "GET",
            "/v2/manage/namespaces?=v",
        ),
        (
            Calls::unmatched().repo("group/web"),
            "GET",
            "/v2/repos?namespace=group&repository=web",
        ),
    ] {
        let swr = MockSwr::builder()
            .level(ProblemKind::Unmatched, Level::Ignore)
            .start();
        send_empty(&swr, method, path);
        swr.verify(&calls).once();
    }
}

#[test]
fn fields_that_the_service_ignores_name_no_resource() {
    let swr = MockSwr::start();
    // A filter overrides the other parameters, and a body overrides the query.
    send_empty(
        &swr,
        "GET",
        "/v2/manage/namespaces?namespace=group&filter=mode::visible",
    );
    send_empty(&swr, "GET", "/v2/manage/projects/p/quotas?namespace=group");
    Client::admin(&swr).post(
        "/v2/manage/namespaces?namespace=group",
        json!({"namespace": "other"}),
    );
    swr.verify(Calls::any().namespace("group")).never();
    swr.verify(Calls::any().namespace("other")).once();
}

#[test]
fn a_header_is_found_without_the_spaces_around_its_value() {
    let swr = MockSwr::start();
    let host = swr.endpoint().trim_start_matches("http://");
    let request = format!(
        "GET / HTTP/1.1\r\nHost: {host}\r\nX-A: \t one \t\r\nX-B:\r\nConnection: close\r\n\r\n"
    );
    exchange(host, request.as_bytes());
    swr.verify(Op::ListApiVersions.header("X-A", "one").header("X-B", ""))
        .once();
}

#[test]
fn assertions_that_always_pass_are_refused() {
    let swr = MockSwr::start();
    assert_advises(
        || swr.verify(Op::ListNamespaces).times(0..),
        "`at least 0 times` allows any number of calls: set a limit, or use `calls(..)`, which asserts nothing",
    );
    assert_advises(
        || swr.verify_order([] as [Op; 0]),
        "the order is empty: name the calls that must have been made",
    );
    assert_advises(
        || drop(swr.wait_for(Op::ListNamespaces).times(0)),
        "a wait for 0 calls ends at once: use `verify(..).never()` to assert that no call was made",
    );
    swr.verify(Op::ListNamespaces).times(..=0);
}
