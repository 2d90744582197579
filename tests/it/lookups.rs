//! Successful requests that find nothing: the journal has a hint about what is missing, and the response has none.

use mock_swr::{Auth, Calls, MockSwr, Permission};
use serde_json::{Value, json};

use crate::registry::client::Registry;
use crate::support::{Client, HTTP, Response, send};

const TAGS: &str = "/manage/namespaces/group/repos/web/tags";

/// Starts a server with `group/web:v1`, and a user `dev` without permissions.
fn server() -> MockSwr {
    let swr = MockSwr::start();
    swr.seed_repo("group/web").image("v1");
    swr.user("dev");
    swr
}

fn last_hint(swr: &MockSwr) -> Option<String> {
    let calls = swr.calls(Calls::any());
    calls.last().unwrap().hint().map(str::to_owned)
}

#[track_caller]
fn assert_hint(swr: &MockSwr, response: &Response, body: &Value, hint: &str) {
    assert_eq!(response.status, 200, "{response:?}");
    assert_eq!(response.json(), *body);
    assert_eq!(response.header("x-mock-hint"), "");
    assert_eq!(last_hint(swr).as_deref(), Some(hint));
}

/// Returns the length of the list in a response, whatever its key.
fn listed(response: &Response) -> usize {
    let body = response.json();
    let lists = body
        .as_object()
        .into_iter()
        .flat_map(|object| object.values());
    let list = body
        .as_array()
        .or_else(|| lists.filter_map(Value::as_array).next());
    list.unwrap().len()
}

#[track_caller]
fn assert_empty(user: &str, path: &str, hint: &str) {
    let swr = server();
    let response = Client::user(&swr, user).get(path);
    assert_eq!(
        (response.status, listed(&response)),
        (200, 0),
        "{path}: {response:?}"
    );
    assert_eq!(response.header("x-mock-hint"), "", "{path}");
    assert_eq!(last_hint(&swr).as_deref(), Some(hint), "{path}");
}

#[test]
fn a_list_that_is_empty_for_a_missing_name_has_a_hint() {
    for (path, hint) in [
        (
            "/v3/users?name=ops",
            "there is no user `ops` in account `acme`; `swr.user(\"ops\")` creates one",
        ),
        (
            "/v3/projects?name=cn-east-3",
            "there is no project `cn-east-3`: projects are named after regions (cn-north-4), and this endpoint is in \
             cn-north-4; `swr.region(\"cn-east-3\")` creates a region",
        ),
        (
            "/v2/manage/namespaces?namespace=gruop",
            "there is no organization `gruop` in cn-north-4; organizations in cn-north-4: group; \
             `swr.seed_namespace(\"gruop\")` creates one",
        ),
        (
            "/v2/manage/namespaces?filter=namespace::gruop|mode::visible",
            "there is no organization `gruop` in cn-north-4; organizations in cn-north-4: group; \
             `swr.seed_namespace(\"gruop\")` creates one",
        ),
        (
            "/v2/manage/repos?namespace=gruop",
            "there is no organization `gruop` in cn-north-4; organizations in cn-north-4: group; \
             `swr.seed_namespace(\"gruop\")` creates one",
        ),
        (
            "/v2/manage/repos?filter=center::self|namespace::group|name::api",
            "there is no repository with `api` in its name in organization `group`; its repositories: web; \
             `swr.seed_repo(\"group/api\")` creates one",
        ),
        (
            "/v3/manage/repos?name=api",
            "there is no repository with `api` in its name in account `acme` in cn-north-4",
        ),
        (
            "/v2/manage/shared-repositories?center=self&namespace=gruop",
            "there is no organization `gruop` in cn-north-4; organizations in cn-north-4: group; \
             `swr.seed_namespace(\"gruop\")` creates one",
        ),
        (
            "/v3/manage/shared-repositories?shared_by=self&name=api",
            "there is no repository with `api` in its name in account `acme` in cn-north-4",
        ),
        (
            "/v3/manage/shared-repositories?shared_by=thirdparty&domain_name=partner",
            "there is no account `partner`; `swr.user(\"partner/eve\")` creates one, with a user",
        ),
        // The hint does not suggest creating it, because the name is invalid.
        (
            "/v2/manage/namespaces?namespace=Group",
            "there is no organization `Group` in cn-north-4; organizations in cn-north-4: group",
        ),
        (
            &format!("/v2{TAGS}?tag=-"),
            "there is no tag `-` in repository `group/web`; its tags: v1",
        ),
        (
            &format!("/v2{TAGS}?tag=v2"),
            "there is no tag `v2` in repository `group/web`; its tags: v1; `swr.repo(\"group/web\").image(\"v2\")` \
             pushes one",
        ),
        (
            &format!("/v3{TAGS}?tag=v2"),
            "there is no tag `v2` in repository `group/web`; its tags: v1; `swr.repo(\"group/web\").image(\"v2\")` \
             pushes one",
        ),
    ] {
        assert_empty("admin", path, hint);
    }
}

#[test]
fn a_list_that_is_empty_for_lack_of_permission_has_a_hint() {
    for (path, hint) in [
        (
            "/v3/users?name=admin",
            "`dev` is not an administrator, so the list contains only `dev`, not `admin`",
        ),
        (
            "/v2/manage/namespaces?namespace=group",
            "`dev` has no permission on `group` and needs Read",
        ),
        (
            "/v2/manage/repos?namespace=group&name=web",
            "`dev` has no permission on `group` and needs Read",
        ),
    ] {
        assert_empty("dev", path, hint);
    }
}

#[test]
fn the_response_about_a_missing_share_has_a_hint() {
    let swr = server();
    let admin = Client::admin(&swr);
    let shares = "/v2/manage/namespaces/group/repositories/web/access-domains/partner";
    let response = admin.get(shares);
    assert_eq!(response.json()["exist"], false);
    assert_eq!(response.header("x-mock-hint"), "");
    assert_eq!(
        last_hint(&swr).as_deref(),
        Some(
            "`group/web` is not shared with `partner`: `swr.repo(\"group/web\").share(\"partner\")`"
        )
    );

    let references = admin.get("/v2/manage/namespaces/group/repos/web/v2/references");
    assert_eq!(listed(&references), 0);
    assert_eq!(
        last_hint(&swr).as_deref(),
        Some(
            "there is no tag `v2` in repository `group/web`; its tags: v1; `swr.repo(\"group/web\").image(\"v2\")` \
             pushes one"
        )
    );

    let open = MockSwr::builder().auth(Auth::Off).start();
    open.seed_repo("group/web");
    let url = format!("http://{}/v2/group/api/tags/list", open.registry());
    assert_hint(
        &open,
        &send(HTTP.get(url)).unwrap(),
        &json!({"name": "group/api", "tags": null}),
        "there is no repository `api` in organization `group`; its repositories: web; \
         `swr.seed_repo(\"group/api\")` creates one",
    );

    let login = Registry::login(&swr, "admin");
    assert_hint(
        &swr,
        &login.get("/dockyard/v2/namespaces/gruop"),
        &json!({}),
        "there is no organization `gruop` in cn-north-4; organizations in cn-north-4: group; \
         `swr.seed_namespace(\"gruop\")` creates one",
    );
}

#[test]
fn a_list_with_results_or_without_a_name_has_no_hint() {
    let swr = server();
    let admin = Client::admin(&swr);
    for path in [
        "/v3/users?name=dev",
        "/v3/projects?name=cn-north-4",
        "/v2/manage/namespaces?namespace=group",
        "/v2/manage/repos?namespace=group&name=we",
        "/v2/manage/repos?namespace=group&limit=10&offset=10",
        "/v2/manage/shared-repositories?center=self",
        "/v3/manage/repos?category=linux",
        &format!("/v2{TAGS}?tag=v1"),
        &format!("/v3{TAGS}?tag=v"),
        // This page is after the last one.
        "/v3/manage/repos?name=web&marker=999999999",
        &format!("/v3{TAGS}?tag=v&marker=1"),
    ] {
        assert_eq!(admin.get(path).status, 200, "{path}");
        assert_eq!(last_hint(&swr), None, "{path}");
    }
    swr.user("dev").grant("group", Permission::Read);
    Client::user(&swr, "dev").get("/v2/manage/repos?namespace=group&name=web");
    assert_eq!(last_hint(&swr), None);
}

#[test]
fn the_hint_of_an_empty_list_has_no_secret_of_the_request() {
    let swr = server();
    let admin = Client::admin(&swr);
    let token = swr.user("admin").token();
    admin.get(&format!("/v3/users?name={token}"));
    let hint = last_hint(&swr).unwrap();
    assert!(!hint.contains(&token), "{hint}");
}
