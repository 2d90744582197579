//! A hint names the mistake and the correction.

use mock_swr::{Auth, Level, MockSwr, ProblemKind, Profile};
use reqwest::Method;
use serde_json::{Value, json};

use crate::registry::client::Registry;
use crate::support::{Client, send};

fn server() -> MockSwr {
    let swr = MockSwr::builder().auth(Auth::Off);
    let swr = swr.level(ProblemKind::Unmatched, Level::Ignore).start();
    swr.seed_repo("a/b").image("v1");
    swr
}

#[track_caller]
fn hint(swr: &MockSwr, method: &str, path: &str, body: Option<Value>) -> String {
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let request = Client::anonymous(swr).request(method, path);
    let request = match body {
        Some(body) => request.json(&body),
        None => request,
    };
    let response = send(request).unwrap();
    assert!(response.status >= 400, "{path}: {response:?}");
    response.header("x-mock-hint").to_owned()
}

#[test]
fn the_hint_names_the_wrong_part_of_an_unmatched_path() {
    let swr = server();
    for (method, path, wanted) in [
        (
            "GET",
            "/v2/manage/namespaces/a/repositories/b/tags",
            "expected `repos`, got `repositories`",
        ),
        (
            "GET",
            "/v2/manage/namespaces/a/repositories/b",
            "expected `repos`, got `repositories`",
        ),
        (
            "GET",
            "/v2/manage/namespaces/a/repository/b/tags",
            "expected `repos`, got `repository`",
        ),
        (
            "GET",
            "/v2/manage/namespaces/a/repo/b/tags",
            "expected `repos`, got `repo`",
        ),
        (
            "DELETE",
            "/v2/manage/namespaces/a/repositories/b/tags/v1",
            "expected `repos`, got `repositories`",
        ),
        (
            "POST",
            "/v2/manage/namespaces/a/repositories",
            "expected `repos`, got `repositories`",
        ),
        (
            "GET",
            "/v2/manage/namespaces/a/repos/b/tag",
            "expected `tags`, got `tag`",
        ),
        (
            "GET",
            "/v2/manage/namespace/a",
            "expected `namespaces`, got `namespace`",
        ),
        (
            "GET",
            "/v2/manage/organizations",
            "expected `namespaces`, got `organizations`",
        ),
        (
            "GET",
            "/v2/manage/orgs/a/repos/b",
            "expected `namespaces`, got `orgs`",
        ),
        ("GET", "/v2/namespaces/a/repos/b", "`manage` is missing"),
        (
            "GET",
            "/v2/mange/namespaces",
            "expected `manage`, got `mange`",
        ),
        (
            "GET",
            "/v2/manage/repositories",
            "expected `repos`, got `repositories`",
        ),
        (
            "GET",
            "/v2/manage/shared-repos",
            "expected `shared-repositories`, got `shared-repos`",
        ),
        (
            "GET",
            "/v2/manage/namespaces/a/permissions",
            "expected `access`, got `permissions`",
        ),
        (
            "POST",
            "/v2/manage/utils/secrets",
            "expected `secret`, got `secrets`",
        ),
        ("POST", "/v3/auth/token", "expected `tokens`, got `token`"),
        ("GET", "/v3/user", "expected `users`, got `user`"),
        (
            "GET",
            "/v2/manage/namespaces/a/repos/b/tags/v1/x",
            "extra `x`",
        ),
        (
            "GET",
            "/v2/manage/namespaces/",
            "the path of ListNamespaces has no trailing slash",
        ),
    ] {
        let hint = hint(&swr, method, path, None);
        assert!(hint.contains(wanted), "{method} {path}: {hint}");
    }
}

#[test]
fn the_hint_names_the_missing_field_of_a_body_and_no_valid_one() {
    let swr = server();
    let namespaces = "/v2/manage/namespaces";
    let repos = "/v2/manage/namespaces/a/repos";
    let access = "/v2/manage/namespaces/a/access";
    let tags = "/v2/manage/namespaces/a/repos/b/tags";
    let shares = "/v2/manage/namespaces/a/repositories/b/access-domains";
    for (path, body, wanted) in [
        (
            namespaces,
            json!({}),
            "`namespace` is missing; the fields are namespace",
        ),
        (
            namespaces,
            json!({"name_space": "x"}),
            "`name_space` was sent where `namespace` is required",
        ),
        (
            namespaces,
            json!({"namespace": null}),
            "`namespace` was sent as null",
        ),
        (
            repos,
            json!({"repo": "x", "is_public": true}),
            "`repo` was sent where `repository` is required",
        ),
        (
            repos,
            json!({"repository": "x"}),
            "`is_public` is missing; the fields are repository, is_public, category, description",
        ),
        (
            repos,
            json!({"repository": "x", "isPublic": true}),
            "`isPublic` was sent where `is_public` is required",
        ),
        (
            access,
            json!([{"user_name": "dev", "auth": 1}]),
            "`user_id` is missing; the fields are user_id, user_name, auth",
        ),
        (
            access,
            json!([{"user_id": "1", "auth": 1}]),
            "`user_name` is missing",
        ),
        (
            access,
            json!([{"user_id": "1", "user_name": "dev"}]),
            "`auth` is missing",
        ),
        (
            access,
            json!([{"user_id": "1", "user_name": "dev", "auths": 7}]),
            "`auths` was sent where `auth` is required",
        ),
        (
            access,
            json!([{"userid": "1", "user_name": "dev", "auth": 7}]),
            "`userid` was sent where `user_id` is required",
        ),
        (
            tags,
            json!({"source_tag": "v1"}),
            "`destination_tag` is missing",
        ),
        (
            tags,
            json!({"source": "v1", "destination_tag": "v2"}),
            "`source` was sent where `source_tag` is required",
        ),
        (
            shares,
            json!({"permit": "read", "deadline": "forever"}),
            "`access_domain` is missing",
        ),
        (
            shares,
            json!({"access_domain": "x", "deadline": "forever"}),
            "`permit` is missing",
        ),
    ] {
        let hint = hint(&swr, "POST", path, Some(body.clone()));
        assert!(hint.contains(wanted), "{body}: {hint}");
    }
}

#[test]
fn the_hint_lists_the_valid_values_instead_of_a_refused_one() {
    let swr = server();
    let repos = "/v2/manage/namespaces/a/repos";
    let shares = "/v2/manage/namespaces/a/repositories/b/access-domains";
    let words = "app_server, linux, framework_app, database, lang, other, windows, arm or arms";
    for (method, path, body, wanted) in [
        (
            "POST",
            repos,
            Some(json!({"repository": "x", "is_public": true, "category": "Linux"})),
            &*format!("category must be {words}, not `Linux`; did you mean `linux`?"),
        ),
        (
            "GET",
            "/v2/manage/repos?order_column=updated_at&order_type=asc",
            None,
            "order_column must be name, updated_time, tag_count, namespace or is_public, not `updated_at`; \
             did you mean `updated_time`?",
        ),
        (
            "GET",
            "/v2/manage/repos?order_column=name&order_type=ascending",
            None,
            "order_type must be asc or desc, not `ascending`",
        ),
        (
            "GET",
            "/v2/manage/namespaces/a/repos/b/tags?order_column=updated&order_type=asc",
            None,
            "order_column must be updated_at or tag, not `updated`; did you mean `updated_at`?",
        ),
        (
            "GET",
            "/v2/manage/shared-repositories?center=third-party",
            None,
            "center must be self or thirdparty, not `third-party`; did you mean `thirdparty`?",
        ),
        (
            "GET",
            "/v2/manage/shared-repositories?centre=self",
            None,
            "`centre` was sent where `center` is required",
        ),
        (
            "GET",
            "/v2/manage/reports/stores/daily",
            None,
            "resource_type must be store or downflow, not `stores`; did you mean `store`?",
        ),
        (
            "GET",
            "/v2/manage/reports/store/dayly",
            None,
            "frequency must be daily or monthly, not `dayly`; did you mean `daily`?",
        ),
        (
            "POST",
            shares,
            Some(json!({"access_domain": "x", "permit": "write", "deadline": "forever"})),
            "permit must be read, not `write`",
        ),
        (
            "POST",
            "/v2/manage/namespaces/a/access",
            Some(json!([{"user_id": "1", "user_name": "dev", "auth": 2}])),
            "auth must be 7 (manage), 3 (write) or 1 (read), not 2",
        ),
        (
            "POST",
            "/v2/manage/namespaces/a/repos/b/tags",
            Some(json!({"source_tag": "v1", "destination_tag": ".v2"})),
            "`.v2` cannot be a tag: expected up to 128 of A-Z a-z 0-9 _ . -, with a letter, digit or `_` first",
        ),
    ] {
        let hint = hint(&swr, method, path, body);
        assert!(hint.contains(wanted), "{method} {path}: {hint}");
    }
}

#[test]
fn an_explaining_detail_is_also_the_hint_and_a_repeating_one_is_not() {
    let swr = MockSwr::builder()
        .auth(Auth::Off)
        .profile(Profile::Oci)
        .start();
    let refused = Client::anonymous(&swr).get("/v2/manage/repos?limit=x&offset=0");
    let hint = refused.header("x-mock-hint");
    assert_eq!(hint, "limit must be 1 to 1000, not `x`");
    assert_eq!(refused.json()["errors"][0]["detail"], hint);

    let refused = Registry::anonymous(&swr).get("/v2/_catalog?n=a%20b");
    assert_eq!(refused.json()["errors"][0]["detail"], "a b");
    assert_eq!(refused.header("x-mock-hint"), "");
}
