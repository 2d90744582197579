//! Documented error codes, each planned by name and rendered in the format of its API.

use mock_swr::{Answer, Calls, Level, MockSwr, Op, Permission, ProblemKind, Refusal};
use serde::Deserialize;
use serde_json::json;

use crate::registry::client::Registry;
use crate::support::Client;

#[derive(Deserialize)]
struct Code {
    code: String,
    status: u16,
    message: String,
}

fn codes() -> Vec<Code> {
    serde_json::from_str(include_str!("../../fixtures/errors.json")).unwrap()
}

#[test]
fn every_documented_code_can_be_planned_for_every_api() {
    let swr = MockSwr::start();
    swr.seed_repo("group/web").image("v1");
    let admin = Client::admin(&swr);
    let docker = Registry::token(&swr, "admin", "repository:group/web:pull");
    for Code {
        code,
        status,
        message,
    } in codes()
    {
        swr.on(Op::ListNamespaces, Answer::code(&code));
        let response = admin.get("/v2/manage/namespaces");
        response.assert_refused(status, &code);
        assert_eq!(response.json()["error_msg"], message);

        swr.on(Op::ListUsers, Answer::code(&code));
        let error = admin.get("/v3/users").json()["error"].clone();
        assert_eq!(
            (&error["code"], &error["message"]),
            (&json!(status), &json!(message))
        );
        swr.on(Op::GetCallerIdentity, Answer::code(&code));
        let response = admin.get("/v5/caller-identity");
        assert_eq!(
            (response.status, response.json()),
            (status, json!({"error_code": code, "error_msg": message}))
        );

        swr.on(Op::GetManifest, Answer::code(&code));
        let response = docker.get("/v2/group/web/manifests/v1");
        let error = response.json()["errors"][0].clone();
        assert_eq!(
            (response.status, &error["message"]),
            (status, &json!(message))
        );
    }
    assert_eq!(admin.get("/v2/manage/namespaces").status, 200);
}

#[test]
fn a_failure_of_the_service_has_the_code_of_the_operation() {
    let swr = MockSwr::start();
    let admin = Client::admin(&swr);
    let web = "/v2/manage/namespaces/group/repos/web";
    for (op, path, code) in [
        (
            Op::ShowNamespace,
            "/v2/manage/namespaces/group",
            "SVCSTG.SWR.5000057",
        ),
        (
            Op::ListNamespaces,
            "/v2/manage/namespaces",
            "SVCSTG.SWR.5000008",
        ),
        (
            Op::ShowNamespaceAuth,
            "/v2/manage/namespaces/group/access",
            "SVCSTG.SWR.5000077",
        ),
        (Op::ShowRepository, web, "SVCSTG.SWR.5000112"),
        (
            Op::ShowDomainOverview,
            "/v2/manage/overview",
            "SVCSTG.SWR.5000007",
        ),
    ] {
        swr.on(
            op,
            [Answer::from(Refusal::ServiceFailed), Answer::from(500)],
        );
        for _ in 0..2 {
            admin.get(path).assert_refused(500, code);
        }
    }
    swr.on(Op::DeleteRepo, Refusal::ServiceFailed);
    admin.delete(web).assert_refused(500, "SVCSTG.SWR.5000049");
    swr.on(Op::UpdateRepo, Refusal::ServiceFailed);
    admin
        .patch(web, json!({"is_public": true}))
        .assert_refused(500, "SVCSTG.SWR.5000011");
}

#[test]
fn a_missing_permission_has_the_code_of_its_resource() {
    let swr = MockSwr::start();
    swr.seed_repo("group/web").image("v1");
    swr.user("dev").grant("group", Permission::Read);
    let dev = Client::user(&swr, "dev");
    let web = "/v2/manage/namespaces/group/repos/web";
    for (path, code) in [
        (
            "/v2/manage/namespaces/group".to_owned(),
            "SVCSTG.SWR.4037017",
        ),
        (web.to_owned(), "SVCSTG.SWR.4037018"),
        (format!("{web}/tags/v1"), "SVCSTG.SWR.4037020"),
    ] {
        dev.delete(&path).assert_refused(403, code);
    }
    let response = dev.post("/v2/manage/agency", json!({}));
    response.assert_refused(403, "SVCSTG.SWR.4039002");
    swr.verify(mock_swr::Calls::any())
        .refused(Refusal::PermissionDenied)
        .times(4);
}

#[test]
fn a_refusal_that_an_api_lacks_becomes_its_closest_error() {
    let swr = MockSwr::start();
    let admin = Client::admin(&swr);
    swr.on(Op::ListNamespaces, Refusal::BlobUnknown);
    let response = admin.get("/v2/manage/namespaces");
    response.assert_refused(404, "SVCSTG.SWR.4040083");

    swr.on(Op::GetCallerIdentity, Refusal::TagExists);
    let response = admin.get("/v5/caller-identity");
    assert_eq!(response.status, 409);
    assert_eq!(response.json()["error_code"], "IAM.0005");

    swr.on(Op::GetManifest, Refusal::FilterInvalid);
    let response = Registry::anonymous(&swr).get("/v2/group/web/manifests/v1");
    response.assert_error(400, "UNSUPPORTED");
}

#[test]
fn a_planned_status_is_used_even_if_real_refusals_are_always_401() {
    let swr = MockSwr::start();
    swr.on(Op::GetRegistryToken, Answer::status(403));
    let response = Registry::login(&swr, "admin").request_token("");
    response.assert_error(403, "DENIED");
    assert_eq!(swr.calls(Op::GetRegistryToken)[0].refusal(), None);

    swr.on(Op::GetRegistryToken, Answer::status(404));
    let response = Registry::login(&swr, "admin").request_token("");
    response.assert_error(404, "MANIFEST_UNKNOWN");
    assert_eq!(response.json()["errors"][0]["detail"], json!(null));
}

#[test]
fn an_unmatched_call_has_the_caller_of_its_credentials() {
    let swr = MockSwr::builder()
        .level(ProblemKind::Unmatched, Level::Ignore)
        .start();
    for path in ["/dockyard/v2/users", "/v1/search"] {
        let response = Registry::login(&swr, "dev").get(path);
        response.assert_error(404, "UNSUPPORTED");
        assert_eq!(
            swr.calls(Calls::any()).last().unwrap().caller(),
            Some("dev")
        );
    }
}
