//! Verification of request signatures.

mod mistakes;

use std::time::Duration;

use mock_swr::{Auth, MockSwr, Op, Refusal};
use reqwest::blocking::Client as Http;
use serde_json::json;

use crate::support::{Client, Response};

const NAMESPACES: &str = "/v2/manage/namespaces";

fn verified() -> MockSwr {
    MockSwr::builder().auth(Auth::Verified).start()
}

/// Returns a request that creates `group`, signed by a user.
fn signed(swr: &MockSwr, user: &str) -> http::Request<&'static str> {
    let url = format!("{}{NAMESPACES}?x=a%20b&a=1", swr.endpoint());
    let mut request = http::Request::post(url)
        .header("Content-Type", "application/json")
        .body(r#"{"namespace":"group"}"#)
        .unwrap();
    swr.user(user).sign(&mut request);
    request
}

fn send(request: http::Request<&'static str>) -> Response {
    let response = Http::new().execute(request.try_into().unwrap()).unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Response {
        status,
        headers,
        text: response.text().unwrap(),
    }
}

#[test]
fn a_valid_signature_identifies_the_caller() {
    let swr = verified();
    assert_eq!(send(signed(&swr, "admin")).status, 201);
    swr.verify(Op::CreateNamespace.by("admin"))
        .answered(201)
        .once();
    send(signed(&swr, "dev")).assert_refused(403, "SVCSTG.SWR.4037017");
    assert_eq!(
        Client::admin(&swr).get(NAMESPACES).status,
        200,
        "a token needs no signature"
    );
    Client::anonymous(&swr)
        .get(NAMESPACES)
        .assert_refused(401, "APIGW.0301");
}

#[test]
fn a_wrong_signature_is_refused_with_a_hint() {
    let swr = verified();
    type Spoil = fn(&mut http::Request<&'static str>);
    let cases: [(Spoil, &str); 5] = [
        (
            |request| *request.body_mut() = r#"{"namespace":"other"}"#,
            "the secret key is wrong, or the client did not sign this canonical request: \
             POST\\n/v2/manage/namespaces/\\na=1&x=a%20b\\n",
        ),
        (
            |request| {
                *request.uri_mut() = request
                    .uri()
                    .to_string()
                    .replace("a=1", "a=2")
                    .parse()
                    .unwrap()
            },
            "the secret key is wrong, or the client did not sign this canonical request: \
             POST\\n/v2/manage/namespaces/\\na=2&x=a%20b\\n",
        ),
        (
            |request| drop(request.headers_mut().remove("x-project-id")),
            "SignedHeaders lists `x-project-id`, but that header was not sent",
        ),
        (
            |request| drop(request.headers_mut().remove("x-sdk-date")),
            "X-Sdk-Date was not sent",
        ),
        (
            |request| {
                drop(
                    request
                        .headers_mut()
                        .insert("x-sdk-date", "yesterday".parse().unwrap()),
                )
            },
            "X-Sdk-Date must have the form 20260131T080000Z, not `yesterday`",
        ),
    ];
    for (spoil, hint) in cases {
        let mut request = signed(&swr, "admin");
        spoil(&mut request);
        let response = send(request);
        response.assert_refused(401, "APIGW.0301");
        assert!(
            response.header("x-mock-hint").starts_with(hint),
            "{}",
            response.header("x-mock-hint")
        );
        assert!(!swr.namespace("group").exists());
    }
    swr.verify(Op::CreateNamespace)
        .refused(Refusal::SignatureWrong)
        .times(3);
    swr.verify(Op::CreateNamespace)
        .refused(Refusal::SignatureExpired)
        .times(2);
}

#[test]
fn a_date_more_than_15_minutes_from_the_wall_clock_is_refused() {
    let swr = MockSwr::builder()
        .auth(Auth::Verified)
        .frozen_at("2020-01-01T00:00:00Z")
        .start();
    assert_eq!(
        send(signed(&swr, "admin")).status,
        201,
        "clients sign with the wall clock"
    );
    let mut old = signed(&swr, "admin");
    old.headers_mut()
        .insert("x-sdk-date", "20200101T000000Z".parse().unwrap());
    let response = send(old);
    response.assert_refused(401, "APIGW.0301");
    assert!(
        response
            .header("x-mock-hint")
            .ends_with("minutes behind the wall clock: at most 15 are accepted"),
        "{}",
        response.header("x-mock-hint")
    );
}

#[test]
fn a_date_with_a_leap_second_is_refused() {
    let swr = verified();
    let mut request = signed(&swr, "admin");
    request
        .headers_mut()
        .insert("x-sdk-date", "20200101T000060Z".parse().unwrap());
    let response = send(request);
    response.assert_refused(401, "APIGW.0301");
    assert_eq!(
        response.header("x-mock-hint"),
        "X-Sdk-Date must have the form 20260131T080000Z, not `20200101T000060Z`"
    );
}

#[test]
fn five_wrong_signatures_lock_a_key_for_five_minutes() {
    let swr = MockSwr::builder()
        .auth(Auth::Verified)
        .frozen_at("2026-01-31T08:00:00Z")
        .start();
    let wrong = || {
        let mut request = signed(&swr, "admin");
        *request.body_mut() = "{}";
        send(request).json()["error_msg"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let prefix = "Incorrect IAM authentication information: ";
    for _ in 0..5 {
        assert_eq!(wrong(), format!("{prefix}verify aksk signature fail"));
    }
    let locked = format!("{prefix}AK access failed to reach the limit,forbidden.");
    assert_eq!(wrong(), locked);
    assert_eq!(send(signed(&swr, "admin")).json()["error_msg"], locked);
    assert_eq!(
        send(signed(&swr, "dev")).status,
        403,
        "another key is not locked"
    );
    swr.advance(Duration::from_secs(300));
    assert_eq!(send(signed(&swr, "admin")).status, 201);
    swr.verify(Op::CreateNamespace)
        .refused(Refusal::AccessKeyLocked)
        .times(2);
}

#[test]
fn a_valid_signature_resets_the_count_of_wrong_ones() {
    let swr = verified();
    swr.seed_namespace("group");
    for _ in 0..3 {
        for _ in 0..4 {
            let mut request = signed(&swr, "admin");
            *request.body_mut() = "{}";
            send(request).assert_refused(401, "APIGW.0301");
        }
        send(signed(&swr, "admin")).assert_refused(409, "SVCSTG.SWR.4090060");
    }
}

#[test]
fn a_plan_responds_before_the_signature_is_verified() {
    let swr = verified();
    swr.on(Op::CreateNamespace, mock_swr::Answer::json(200, json!({})));
    let mut request = signed(&swr, "admin");
    *request.body_mut() = "another body";
    assert_eq!(send(request).status, 200);
}

#[test]
fn a_request_can_be_signed_again() {
    let swr = verified();
    let mut request = signed(&swr, "dev");
    swr.user("admin").temporary_credentials().sign(&mut request);
    swr.user("admin").sign(&mut request);
    swr.user("admin").sign(&mut request);
    assert_eq!(send(request).status, 201);
}

#[test]
fn a_valid_token_needs_no_signature() {
    let swr = verified();
    let mut request = signed(&swr, "dev");
    let token = swr.user("admin").token().parse().unwrap();
    request.headers_mut().insert("x-auth-token", token);
    let date = "20200101T000000Z".parse().unwrap();
    request.headers_mut().insert("x-sdk-date", date);
    assert_eq!(send(request).status, 201);
    swr.verify(Op::CreateNamespace.by("admin")).once();
}
