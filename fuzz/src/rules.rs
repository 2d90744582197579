//! What is true after every input.

use std::collections::HashMap;
use std::sync::LazyLock;

use mock_swr::{Call, MockSwr, Refusal, World};
use serde_json::Value;

use crate::http1::{Request, Response};

/// The documented codes with their statuses.
static CODES: LazyLock<HashMap<String, u64>> = LazyLock::new(|| {
    let rows: Vec<Value> =
        serde_json::from_str(include_str!("../../fixtures/errors.json")).unwrap();
    let pairs = rows.iter().map(|row| {
        let code = row["code"].as_str().unwrap().to_owned();
        (code, row["status"].as_u64().unwrap())
    });
    pairs.collect()
});

/// Codes that the tables document with one status, and that the service returns with several.
const SEVERAL_STATUSES: [&str; 3] = ["APIGW.0201", "IAM.0006", "IAM.0011"];

/// The codes of the OCI distribution specification.
const OCI_CODES: [&str; 14] = [
    "BLOB_UNKNOWN",
    "BLOB_UPLOAD_INVALID",
    "BLOB_UPLOAD_UNKNOWN",
    "DIGEST_INVALID",
    "MANIFEST_BLOB_UNKNOWN",
    "MANIFEST_INVALID",
    "MANIFEST_UNKNOWN",
    "NAME_INVALID",
    "NAME_UNKNOWN",
    "SIZE_INVALID",
    "UNAUTHORIZED",
    "DENIED",
    "UNSUPPORTED",
    "TOOMANYREQUESTS",
];

/// The failures that a request can cause without a bug: an operation that is not simulated, a full server, and a region
/// that does not exist.
const FAILURES: [Refusal; 3] = [
    Refusal::NotSimulated,
    Refusal::ContentLimit,
    Refusal::SyncRegionUnknown,
];

/// A refusal has a reason, and no failure is a bug of the mock.
pub(crate) fn check_call(call: &Call) {
    let Some(status) = call.status() else {
        return;
    };
    match call.refusal() {
        Some(refusal) => {
            assert!(status >= 400, "{call} is refused with {refusal:?}");
            assert!(
                status < 500 || FAILURES.contains(&refusal),
                "{call}: {:?}",
                call.hint()
            );
        }
        None => assert!(status < 400, "{call} has no reason"),
    }
}

/// An error has a documented code with its status.
pub(crate) fn check_response(request: &Request<'_>, response: &Response) {
    let is_of_mock = response.header("x-request-id").is_some()
        || response.header("docker-distribution-api-version").is_some();
    for (name, value) in &response.headers {
        assert!(
            !value.is_empty(),
            "`{name}` is empty: {request:?} {response:?}"
        );
    }
    if response.status < 400 || request.method == "HEAD" || !is_of_mock {
        return;
    }
    let is_json = response
        .header("content-type")
        .is_some_and(|media_type| media_type.contains("json"));
    if !is_json {
        return;
    }
    let body: Value = serde_json::from_slice(&response.body)
        .unwrap_or_else(|error| panic!("{error}: {response:?}"));
    check_code(&body, response.status);
}

/// Neither the response nor the hint for the test's author has one of these secrets.
pub(crate) fn check_secrets<'a>(
    call: &Call,
    response: &Response,
    secrets: impl Iterator<Item = &'a String>,
) {
    let body = String::from_utf8_lossy(&response.body);
    let hint = call.hint().unwrap_or_default();
    for secret in secrets {
        let is_hidden = ![&*body, hint]
            .iter()
            .any(|text| text.contains(secret.as_str()));
        assert!(is_hidden, "{call} shows `{secret}`: {response:?} {hint}");
    }
}

#[track_caller]
fn check_code(body: &Value, status: u16) {
    if let Some(code) = body["errors"][0]["code"].as_str() {
        assert!(OCI_CODES.contains(&code), "{status} {body}");
    } else if let Some(code) = body["error_code"].as_str() {
        if let Some(known) = CODES.get(code) {
            assert!(
                *known == u64::from(status) || SEVERAL_STATUSES.contains(&code),
                "{status} {body}"
            );
        } else {
            assert!(code.starts_with("MOCKSWR."), "{status} {body}");
        }
    } else {
        assert_eq!(body["error"]["code"], status, "{body}");
        assert!(body["error"]["message"].is_string(), "{body}");
    }
}

/// The server found no problem of its own.
pub(crate) fn check_problems(swr: &MockSwr) {
    let problems = swr.problems();
    assert!(problems.is_empty(), "{problems:?}");
}

/// The state survives a round trip through a file, and restoring it changes nothing.
pub(crate) fn check_world(swr: &MockSwr) {
    let world = swr.world();
    let text = world.to_json();
    let read: World = text
        .parse()
        .unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(read.to_json(), text, "the file of the file");
    swr.restore(&world);
    assert_eq!(swr.world().to_json(), text, "the restored state");
}
