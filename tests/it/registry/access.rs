//! Authentication in profile `Swr`: challenges, tokens, and the requests that each permission allows.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mock_swr::{Auth, MockSwr, Op, Permission, Profile, Refusal, World};
use serde_json::{Value, json};

use super::client::{CONFIG, Registry, TOKEN, docker_image, sha256};
use crate::support::{Client, Response};

/// Starts a server with an image in `group/web`, and this permission on it for `dev`.
fn with_dev(permission: Permission) -> MockSwr {
    let swr = MockSwr::start();
    swr.seed_repo("group/web").image("v1");
    swr.user("dev").grant("group", permission);
    swr
}

fn denied(message: &str, detail: &str) -> Value {
    json!({"code": "DENIED", "message": message, "detail": detail})
}

#[test]
fn a_challenge_has_the_action_of_a_pull_or_delete_and_none_for_a_push() {
    let swr = with_dev(Permission::Read);
    let anonymous = Registry::anonymous(&swr);
    let realm = format!("http://{}{TOKEN}", swr.registry());
    let challenge = format!("Bearer realm=\"{realm}\",service=\"dockyard\"");
    let scope = |actions: &str| format!("{challenge},scope=\"repository:group/web:{actions}\"");
    let (pull, push, delete) = (scope("pull"), scope(""), scope("delete"));
    let blob = format!("/v2/group/web/blobs/{}", sha256("layer"));
    for (method, path, challenge) in [
        ("GET", "/v2/", &challenge),
        ("GET", "/v2/_catalog", &challenge),
        ("GET", "/v2/group/web/manifests/v1", &pull),
        ("GET", "/v2/group/web/tags/list", &pull),
        ("GET", &blob, &pull),
        ("POST", "/v2/group/web/blobs/uploads/", &push),
        ("PUT", "/v2/group/web/manifests/v1", &push),
        ("DELETE", "/v2/group/web/manifests/v1", &delete),
    ] {
        let response = anonymous.send(method, path, &[], "");
        response.assert_unauthenticated();
        response.assert_headers(&[("www-authenticate", challenge)]);
    }
    assert_eq!(swr.repo("group/web").tags(), ["v1"]);
}

#[test]
fn a_request_without_a_token_gets_the_recorded_401_and_with_a_bad_token_that_of_distribution() {
    let swr = with_dev(Permission::Read);
    let path = "/v2/group/web/manifests/v1";
    let with = |authorization: &str| {
        let headers = [("authorization", authorization)];
        Registry::anonymous(&swr).send("GET", path, &headers, "")
    };
    for authorization in ["Basic eDp5", "Negotiate x", "Bearer"] {
        with(authorization).assert_unauthenticated();
    }
    // The response to a HEAD has the length of the body of a GET.
    let head = Registry::anonymous(&swr).head(path);
    head.assert_status(401);
    head.assert_headers(&[
        ("content-type", "application/json;charset=UTF-8"),
        ("content-length", "61"),
    ]);
    assert_eq!(head.text, "");

    let unauthorized =
        json!({"code": "UNAUTHORIZED", "message": "authentication required", "detail": null});
    with("Bearer x").assert_error_body(401, unauthorized.clone());
    let narrow = Registry::token(&swr, "dev", "");
    narrow
        .get(path)
        .assert_error_body(401, unauthorized.clone());
    swr.on(Op::GetManifest, 401);
    narrow.get(path).assert_unauthenticated();

    let oci = MockSwr::builder().profile(Profile::Oci).start();
    Registry::anonymous(&oci)
        .get(path)
        .assert_error_body(401, unauthorized);
    Registry::basic(&oci, ("x".to_owned(), "y".to_owned()))
        .request_token("")
        .assert_unauthenticated();
}

#[test]
fn a_head_of_the_ping_has_the_headers_of_a_get_and_no_body() {
    for profile in [Profile::Swr, Profile::Oci] {
        let swr = MockSwr::builder().profile(profile).start();
        let token = || Registry::token(&swr, "admin", "");
        for path in ["/v2/", "/v2"] {
            for who in [Registry::anonymous(&swr), token()] {
                let (get, head) = (who.get(path), who.head(path));
                assert_eq!((head.status, &*head.text), (get.status, ""), "{path}");
                for (name, value) in &get.headers {
                    if name != "x-request-id" && name != "date" {
                        assert_eq!(head.headers.get(name), Some(value), "{name} of {path}");
                    }
                }
            }
        }
        swr.verify(Op::HeadPing).times(4);
        swr.verify(Op::HeadPing.by("admin")).answered(200).times(2);
        assert_eq!(swr.calls(Op::HeadPing)[0].method(), "HEAD");
        swr.on(Op::HeadPing, Refusal::Throttled);
        token().get("/v2/").assert_status(200);
        token().head("/v2/").assert_status(429);
    }
}

#[test]
fn a_login_is_accepted_only_by_the_token_endpoint() {
    let swr = with_dev(Permission::Read);
    let admin = Registry::login(&swr, "admin");
    for path in ["/v2/", "/v2/group/web/manifests/v1"] {
        let response = admin.get(path);
        response.assert_unauthenticated();
        assert!(response.header("www-authenticate").starts_with("Bearer "));
        assert!(
            response.header("x-mock-hint").contains("token endpoint"),
            "{response:?}"
        );
    }
    admin
        .with_token_for("repository:group/web:pull")
        .get("/v2/group/web/manifests/v1")
        .assert_status(200);
}

#[test]
fn the_token_endpoint_gives_the_reason_of_a_refusal() {
    let swr = MockSwr::builder()
        .world(World::named("two-tenants"))
        .start();
    swr.seed_repo("ours/app");
    let login = |user: &str, key: &str| Registry::basic(&swr, (user.to_owned(), key.to_owned()));
    let user = swr.credentials().registry_login().0;
    let nothing = denied("you do not have the permission", "");
    swr.user("other");
    for (who, scope) in [
        (login(&user, "00"), ""),
        (
            login("cn-north-4@UNKNOWN", "00"),
            "repository:ours/app:pull",
        ),
        (login("somebody", "secret"), ""),
    ] {
        who.request_token(scope).assert_unauthenticated();
    }
    for (who, scope, error) in [
        (
            Registry::anonymous(&swr),
            "repository:ours/app:pull",
            &denied("You may not login yet", "there is no X-Auth-Token"),
        ),
        (
            Registry::login(&swr, "admin"),
            "repository:missing/app:pull,push",
            &denied(
                "Image organization does not exist",
                "Failed to find namespace in missing/app",
            ),
        ),
        (
            Registry::login(&swr, "other"),
            "repository:ours/app:pull",
            &nothing,
        ),
        (
            Registry::login(&swr, "admin"),
            "repository:theirs/other:pull",
            &nothing,
        ),
        (
            Registry::login(&swr, "admin"),
            "repository:theirs/app:pull,push",
            &nothing,
        ),
    ] {
        who.request_token(scope)
            .assert_error_body(401, error.clone());
    }

    swr.on(Op::GetRegistryToken, Refusal::LoginBarred);
    let barred = Registry::login(&swr, "admin").request_token("");
    barred.assert_error_body(
        401,
        denied("Not allow to login, upload or download image", ""),
    );
}

#[test]
fn anonymous_callers_may_pull_a_public_image() {
    let swr = MockSwr::builder()
        .world(World::named("two-tenants"))
        .start();
    swr.repo("theirs/app").image("v1");
    let scope = "repository:theirs/app:pull";
    for who in [Registry::anonymous(&swr), Registry::login(&swr, "admin")] {
        who.request_token("repository:theirs/app:pull,push")
            .assert_status(401);
        let reader = who.with_token_for(scope);
        reader.get("/v2/theirs/app/manifests/v1").assert_status(200);
        reader.get("/v2/theirs/app/tags/list").assert_status(200);
        reader
            .post("/v2/theirs/app/blobs/uploads/")
            .assert_error(401, "UNAUTHORIZED");
    }
    assert_eq!(swr.repo("theirs/app").info().num_download, 2);
}

#[test]
fn the_token_endpoint_accepts_get_with_or_without_a_slash_and_no_post() {
    let swr = with_dev(Permission::Read);
    let admin = Registry::login(&swr, "admin");
    for path in [TOKEN, TOKEN.trim_end_matches('/')] {
        admin.post(path).assert_status(404);
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let body = "grant_type=password&service=dockyard";
        Registry::anonymous(&swr)
            .send("POST", path, &form, body)
            .assert_status(404);
        admin.get(path).assert_status(200);
        admin
            .get(&format!(
                "{path}?service=dockyard&account=dev&client_id=x&offline_token=true"
            ))
            .assert_status(200);
    }
}

#[test]
fn one_token_can_be_valid_for_several_repositories() {
    let swr = with_dev(Permission::Read);
    swr.seed_repo("group/api").image("v1");
    let (web, api) = ("repository:group/web:pull", "repository:group/api:pull");
    for scopes in [
        format!("{web}&scope={api}"),
        format!("{web}%20{api}"),
        format!("{web}+{api}"),
        format!(
            "{}&scope={api}",
            web.replace(':', "%3A").replace('/', "%2F")
        ),
    ] {
        let dev = Registry::token(&swr, "dev", &scopes);
        for path in ["/v2/group/web/manifests/v1", "/v2/group/api/manifests/v1"] {
            dev.get(path).assert_status(200);
        }
        dev.get("/v2/group/other/tags/list").assert_status(401);
    }
}

#[test]
fn a_token_without_a_scope_is_valid_for_the_ping_only() {
    let swr = with_dev(Permission::Read);
    let admin = Registry::token(&swr, "admin", "");
    for path in ["/v2/", "/v2"] {
        let response = admin.get(path);
        response.assert_status(200);
        assert_eq!(response.text, "{}");
    }
    let refused = admin.get("/v2/group/web/manifests/v1");
    refused.assert_error(401, "UNAUTHORIZED");
    let challenge = refused.header("www-authenticate");
    let ending = "scope=\"repository:group/web:pull\",error=\"insufficient_scope\"";
    assert!(challenge.ends_with(ending), "{challenge}");
}

/// Decodes the claims of a token.
fn claims(token: &Value) -> Value {
    let claims = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap()
}

#[test]
fn a_token_expires_after_900_seconds_of_the_services_clock() {
    let swr = MockSwr::builder().frozen_at("2026-01-31T08:00:00Z").start();
    swr.seed_repo("group/web").image("v1");
    let admin = Registry::login(&swr, "admin");
    let response = admin.request_token("repository:group/web:pull");
    response.assert_status(200);
    let body = response.json();
    assert_eq!(body["access_token"], body["token"]);
    assert_eq!(body["expires_in"], 900);
    assert!(
        body["issued_at"]
            .as_str()
            .unwrap()
            .starts_with("2026-01-31T08:00:00")
    );
    let claims = claims(&body["token"]);
    let lifetime = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    assert_eq!((&claims["iat"], lifetime), (&json!(1_769_846_400), 900));

    let key_owner = admin.with_token_of(&response);
    swr.advance(Duration::from_secs(899));
    key_owner
        .get("/v2/group/web/manifests/v1")
        .assert_status(200);
    swr.advance(Duration::from_secs(1));
    let late = key_owner.get("/v2/group/web/manifests/v1");
    late.assert_error(401, "UNAUTHORIZED");
    assert!(
        late.header("www-authenticate")
            .ends_with(",error=\"invalid_token\""),
        "{late:?}"
    );
    key_owner.get("/v2/").assert_status(401);
}

#[test]
fn a_token_of_another_server_is_unknown() {
    let (swr, other) = (MockSwr::start(), MockSwr::start());
    let response = Registry::login(&other, "admin").request_token("");
    let stranger = Registry::anonymous(&swr).with_token_of(&response);
    let refused = stranger.get("/v2/");
    refused.assert_error(401, "UNAUTHORIZED");
    assert!(
        refused
            .header("www-authenticate")
            .ends_with(",error=\"invalid_token\"")
    );
}

#[test]
fn read_allows_pulls_write_pushes_and_manage_deletions() {
    for (permission, pull, push, delete) in [
        (Permission::Read, 200, 401, 401),
        (Permission::Write, 200, 200, 401),
        (Permission::Manage, 200, 200, 200),
    ] {
        let swr = with_dev(permission);
        let dev = Registry::login(&swr, "dev");
        for (actions, status) in [
            ("pull", pull),
            ("push", push),
            ("pull,push", push),
            ("push,pull", push),
            ("delete", delete),
            ("*", delete),
        ] {
            let response = dev.request_token(&format!("repository:group/web:{actions}"));
            assert_eq!(
                response.status, status,
                "{permission:?} {actions}: {response:?}"
            );
        }
    }
}

#[test]
fn a_token_allows_only_its_actions() {
    let swr = with_dev(Permission::Manage);
    let pull = Registry::token(&swr, "dev", "repository:group/web:pull");
    pull.get("/v2/group/web/manifests/v1").assert_status(200);
    pull.post("/v2/group/web/blobs/uploads/")
        .assert_error(401, "UNAUTHORIZED");
    pull.delete("/v2/group/web/manifests/v1")
        .assert_error(401, "UNAUTHORIZED");

    let push = Registry::token(&swr, "dev", "repository:group/web:push");
    push.get("/v2/group/web/manifests/v1")
        .assert_error(401, "UNAUTHORIZED");
    push.push_image("group/web", "v2", "layer");

    let delete = Registry::token(&swr, "dev", "repository:group/web:delete");
    delete
        .post("/v2/group/web/blobs/uploads/")
        .assert_error(401, "UNAUTHORIZED");
    delete
        .delete("/v2/group/web/manifests/v1")
        .assert_status(202);
    assert_eq!(swr.repo("group/web").tags(), ["v2"]);
}

#[test]
fn a_revoked_permission_takes_effect_at_once() {
    let swr = with_dev(Permission::Write);
    let dev = Registry::token(&swr, "dev", "repository:group/web:pull,push");
    dev.push_blob("group/web", "{}");
    dev.push_blob("group/web", "layer");
    let refused = |response: Response| {
        let message = "you do not have the permission";
        response.assert_error_body(
            403,
            json!({"code": "DENIED", "message": message, "detail": null}),
        );
    };

    swr.user("dev").grant("group", Permission::Read);
    refused(dev.put("group/web", "v2", &docker_image("layer")));
    refused(dev.post("/v2/group/web/blobs/uploads/"));
    dev.get("/v2/group/web/manifests/v1").assert_status(200);

    swr.user("dev").revoke("group");
    refused(dev.get("/v2/group/web/manifests/v1"));
    assert_eq!(swr.repo("group/web").tags(), ["v1"]);
}

#[test]
fn a_blob_is_mounted_only_from_a_repository_that_the_caller_may_pull() {
    let swr = with_dev(Permission::Write);
    swr.seed_namespace("secret");
    let admin = Registry::token(&swr, "admin", "repository:secret/base:push");
    let digest = admin.push_blob("secret/base", "layer");
    let dev = Registry::token(&swr, "dev", "repository:group/web:pull,push");
    let mount = |source: &str| {
        let response = dev.post(&format!(
            "/v2/group/web/blobs/uploads/?mount={digest}{source}"
        ));
        response.status
    };
    let status_of_blob = || dev.head(&format!("/v2/group/web/blobs/{digest}")).status;
    assert_eq!((mount("&from=secret/base"), mount("")), (202, 202));
    assert_eq!(status_of_blob(), 404);
    swr.user("dev").grant("secret", Permission::Read);
    // The scope of the token does not include the source of the mount, so the client must upload the blob.
    assert_eq!(mount("&from=secret/base"), 202);
    assert_eq!(status_of_blob(), 404);
    let scopes = "repository:group/web:pull,push&scope=repository:secret/base:pull";
    let both = Registry::token(&swr, "dev", scopes);
    let path = format!("/v2/group/web/blobs/uploads/?mount={digest}&from=secret/base");
    assert_eq!((both.post(&path).status, status_of_blob()), (201, 200));
    // Without a source, the registry searches all repositories that the user may pull, whatever the scope.
    let deleting = Registry::token(&swr, "admin", "repository:group/web:delete");
    deleting
        .delete(&format!("/v2/group/web/blobs/{digest}"))
        .assert_status(202);
    assert_eq!(status_of_blob(), 404);
    assert_eq!((mount(""), status_of_blob()), (201, 200));
}

#[test]
fn write_does_not_allow_deletions_whatever_the_token_contains() {
    let swr = with_dev(Permission::Write);
    let dev = Registry::token(&swr, "dev", "repository:group/web:pull,push");
    dev.delete("/v2/group/web/manifests/v1")
        .assert_error(403, "DENIED");
    assert_eq!(swr.repo("group/web").tags(), ["v1"]);
}

#[test]
fn the_registry_accepts_a_login_of_the_management_api_until_it_expires() {
    let swr = MockSwr::builder().frozen_at("2026-01-31T08:00:00Z").start();
    swr.seed_repo("group/web").image("v1");
    let path = "/v2/manage/utils/secret?duration_seconds=900";
    let response = Client::admin(&swr).post(path, json!({}));
    let words: Vec<&str> = response.header("x-swr-dockerlogin").split(' ').collect();
    let ["docker", "login", "-u", user, "-p", key, host] = words[..] else {
        panic!("{response:?}")
    };
    assert_eq!(host, swr.registry());
    let login = Registry::basic(&swr, (user.to_owned(), key.to_owned()));

    let scope = "repository:group/web:pull,push";
    login.request_token(scope).assert_status(200);
    swr.advance(Duration::from_secs(900));
    login.request_token(scope).assert_unauthenticated();
}

#[test]
fn with_auth_off_every_caller_is_the_administrator() {
    for profile in [Profile::Swr, Profile::Oci] {
        let swr = MockSwr::builder().auth(Auth::Off).profile(profile).start();
        swr.seed_repo("group/web").image("v1");
        let somebody = || {
            let login = ("somebody".to_owned(), "secret".to_owned());
            Registry::basic(&swr, login)
        };
        let scope = "repository:group/web:pull,push";
        let elsewhere = Registry::login(&MockSwr::start(), "admin").request_token("");
        for who in [
            Registry::anonymous(&swr),
            somebody(),
            somebody().with_token_for(scope),
            Registry::anonymous(&swr).with_token_for(scope),
            Registry::anonymous(&swr).with_token_of(&elsewhere),
        ] {
            who.get("/v2/").assert_status(200);
            who.get("/v2/group/web/manifests/v1").assert_status(200);
            who.post("/v2/group/web/blobs/uploads/").assert_status(202);
        }
    }
}

#[test]
fn a_registry_token_is_valid_for_v2_only() {
    let swr = MockSwr::start();
    swr.seed_repo("group/web").image("v1");
    let docker = Registry::token(&swr, "admin", "repository:group/web:pull");
    let headers = [("content-type", "application/json")];
    let made = docker.send(
        "POST",
        "/dockyard/v2/namespaces",
        &headers,
        r#"{"namespace":"made"}"#,
    );
    assert_eq!(made.status, 401, "{made:?}");
    assert!(!swr.namespace("made").exists());
    let response = docker.request_token("repository:group/web:pull");
    assert_eq!(response.status, 401, "{response:?}");
}

#[test]
fn a_push_beyond_the_quota_creates_no_organization() {
    let quota = r#"{"accounts": {"acme": {"quota": {"repos": 0}}}}"#;
    let builder = MockSwr::builder().profile(Profile::Oci);
    let swr = builder.world(quota.parse().unwrap()).start();
    let docker = Registry::token(&swr, "admin", "repository:group/web:pull,push");
    let digest = sha256("x");
    let path = format!("/v2/group/web/blobs/uploads/?digest={digest}");
    docker
        .send("POST", &path, &[], "x")
        .assert_error(403, "DENIED");
    assert!(!swr.namespace("group").exists());
}

#[test]
fn an_upload_is_deleted_with_its_organization() {
    let swr = MockSwr::start();
    let begin = || {
        swr.seed_namespace("group");
        let docker = Registry::token(&swr, "admin", "repository:group/web:pull,push");
        let at = docker.begin("group/web");
        docker.send("PATCH", &at, &[], "abc").assert_status(202);
        assert_eq!(swr.repo("group/web").uploads(), [3]);
    };
    begin();
    swr.namespace("group").delete();
    assert!(swr.repo("group/web").uploads().is_empty());
    begin();
    swr.namespace("group").owner("partner");
    assert!(swr.repo("group/web").uploads().is_empty());
}

#[test]
fn the_sum_of_huge_sizes_stops_at_the_largest_number() {
    let swr = MockSwr::start();
    swr.seed_namespace("group");
    for repo in ["group/a", "group/b"] {
        let docker = Registry::token(&swr, "admin", &format!("repository:{repo}:pull,push"));
        docker.push_blob(repo, CONFIG);
        docker.push_blob(repo, "layer");
        let mut manifest = docker_image("layer");
        manifest["layers"][0]["size"] = json!(u64::MAX);
        docker.put(repo, "v1", &manifest).assert_status(201);
        docker.put(repo, "v2", &manifest).assert_status(201);
        swr.repo(repo).untag("v1");
    }
    for path in ["/v2/manage/overview", "/v2/manage/reports/store/daily"] {
        assert_eq!(Client::admin(&swr).get(path).status, 200, "{path}");
    }
}
