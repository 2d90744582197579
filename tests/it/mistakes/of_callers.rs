//! Mistakes with credentials: tokens, keys, signatures, logins, permissions.

use mock_swr::{Auth, MockSwr, Op, Permission, days};
use reqwest::blocking::RequestBuilder;
use serde_json::{Value, json};

use super::{output_of, reported};
use crate::registry::client::Registry;
use crate::support::{Client, HTTP, Response, send};

mistakes! {
    a_missing_user_is_looked_up: "no user `dev`", "swr.user(\"dev\")";
    a_token_is_of_another_region: "cn-east-3", "cn-north-4";
    a_token_is_of_the_account_not_of_a_project: "account", "scope.project";
    a_token_is_of_another_account: "`partner/eve`", "`acme`";
    a_token_has_expired: "2026-01-02T00:00:00.0Z", "2026-01-03T00:00:00.0Z";
    a_token_is_made_up: "did not issue the token", "token()";
    an_access_key_is_made_up: "AKNOBODY", "swr.credentials()";
    no_credentials_are_sent: "neither X-Auth-Token nor Authorization", "Auth::Off";
    a_signature_is_over_another_body: "an empty body", "SignatureWrong";
    a_user_may_not_do_it: "only Read", "needs Write";
    the_secret_key_is_the_key_of_the_login: "the secret key itself", "registry_login";
    a_test_looks_at_the_status_alone: "TokenInvalid", "swr.user(\"dev\").token()";
    a_login_is_sent_instead_of_a_token: "Basic", "token endpoint";
    a_token_of_the_registry_is_for_another_scope: "`pull` on `group/web`", "`push` on `group/web`";
}

const NAMESPACES: &str = "/v2/manage/namespaces";

/// Returns an IAM token of the administrator for a scope.
fn token(swr: &MockSwr, scope: &Value) -> String {
    let admin = swr.credentials();
    let body = json!({"auth": {
        "identity": {"methods": ["password"], "password": {"user": {
            "name": admin.user, "password": admin.password, "domain": {"name": admin.account},
        }}},
        "scope": scope,
    }});
    let response = Client::anonymous(swr).post("/v3/auth/tokens", body);
    response.header("x-subject-token").to_owned()
}

fn list(swr: &MockSwr, header: &str, value: &str) -> Response {
    let url = format!("{}{NAMESPACES}", swr.endpoint());
    send(HTTP.get(url).header(header, value)).unwrap()
}

fn listed(swr: &MockSwr) -> impl FnOnce() {
    || {
        swr.verify(Op::ListNamespaces).answered(200).once();
    }
}

fn a_token_is_of_another_region() -> String {
    let swr = MockSwr::start();
    swr.region("cn-east-3");
    let token = token(&swr, &json!({"project": {"name": "cn-east-3"}}));
    reported(&list(&swr, "X-Auth-Token", &token), listed(&swr))
}

fn a_token_is_of_the_account_not_of_a_project() -> String {
    let swr = MockSwr::start();
    let token = token(&swr, &json!({"domain": {"name": "acme"}}));
    reported(&list(&swr, "X-Auth-Token", &token), listed(&swr))
}

fn a_token_is_of_another_account() -> String {
    let swr = MockSwr::start();
    swr.seed_repo("group/web");
    let eve = Client::user(&swr, "partner/eve");
    let response = eve.get("/v2/manage/namespaces/group/repos/web");
    reported(&response, || {
        swr.verify(Op::ShowRepository.by("admin")).once();
    })
}

fn a_token_has_expired() -> String {
    let swr = MockSwr::builder().frozen_at("2026-01-01T00:00:00Z").start();
    let admin = Client::admin(&swr);
    swr.advance(days(2));
    reported(&admin.get(NAMESPACES), listed(&swr))
}

fn a_token_is_made_up() -> String {
    let swr = MockSwr::start();
    reported(&list(&swr, "X-Auth-Token", "secret"), listed(&swr))
}

/// The test checks only the status, as most tests do.
fn a_test_looks_at_the_status_alone() -> String {
    output_of(
        "of_callers::reported::a_test_looks_at_the_status_alone",
        || {
            let swr = MockSwr::start();
            let response = list(&swr, "X-Auth-Token", "secret");
            assert_eq!(response.status, 200);
        },
    )
}

fn an_access_key_is_made_up() -> String {
    let swr = MockSwr::start();
    let authorization =
        "SDK-HMAC-SHA256 Access=AKNOBODY, SignedHeaders=host;x-sdk-date, Signature=00";
    reported(&list(&swr, "Authorization", authorization), listed(&swr))
}

fn no_credentials_are_sent() -> String {
    let swr = MockSwr::start();
    reported(&Client::anonymous(&swr).get(NAMESPACES), listed(&swr))
}

fn a_signature_is_over_another_body() -> String {
    let swr = MockSwr::builder().auth(Auth::Verified).start();
    let mut request = http::Request::post(format!("{}{NAMESPACES}", swr.endpoint()))
        .body("")
        .unwrap();
    swr.user("admin").sign(&mut request);
    let request = request.map(|_| r#"{"namespace":"group"}"#);
    let request = RequestBuilder::from_parts(HTTP.clone(), request.try_into().unwrap());
    let response = send(request).unwrap();
    reported(&response, || {
        swr.verify(Op::CreateNamespace).answered(201).once();
    })
}

fn a_user_may_not_do_it() -> String {
    let swr = MockSwr::start();
    swr.seed_namespace("group");
    swr.user("dev").grant("group", Permission::Read);
    let dev = Client::user(&swr, "dev");
    let response = dev.post(
        "/v2/manage/namespaces/group/repos",
        json!({"repository": "web", "is_public": false}),
    );
    reported(&response, || {
        swr.verify(Op::CreateRepo).answered(201).once();
    })
}

fn the_secret_key_is_the_key_of_the_login() -> String {
    let swr = MockSwr::builder().credentials("AK", "SK").start();
    let docker = Registry::basic(&swr, ("cn-north-4@AK".to_owned(), "SK".to_owned()));
    reported(&docker.request_token(""), || {
        swr.verify(Op::CreateToken).answered(200).once();
    })
}

fn a_login_is_sent_instead_of_a_token() -> String {
    let swr = MockSwr::start();
    swr.seed_repo("group/web").image("v1");
    let response = Registry::login(&swr, "admin").get("/v2/group/web/manifests/v1");
    reported(&response, || {
        swr.verify(Op::GetManifest).answered(200).once();
    })
}

fn a_token_of_the_registry_is_for_another_scope() -> String {
    let swr = MockSwr::start();
    swr.seed_repo("group/web");
    let docker = Registry::token(&swr, "admin", "repository:group/web:pull");
    let response = docker.post("/v2/group/web/blobs/uploads/");
    reported(&response, || {
        swr.verify(Op::StartUpload).answered(202).once();
    })
}

fn a_missing_user_is_looked_up() -> String {
    let test = "of_callers::reported::a_missing_user_is_looked_up";
    output_of(test, || {
        let swr = MockSwr::start();
        let found = Client::admin(&swr).get("/v3/users?name=dev").json();
        assert!(found["users"][0]["id"].is_string(), "dev has no id");
    })
}
