//! Sends the requests of `fixtures/examples` and compares the responses with the documented and recorded ones.

mod file;
mod leaves;

use std::collections::BTreeSet;

use mock_swr::{Answer, Calls, Level, MockSwr, Op, ProblemKind};
use reqwest::Method;
use reqwest::blocking::RequestBuilder;
use serde_json::Value;

use crate::registry::client::Registry;
use crate::support::{self, Client, send};
use file::{Credentials, Evidence, Example, File, Request};
use leaves::{Known, Leaves};

/// Simulated operations that have no example, each with the reason.
const WITHOUT: &[(Op, &str)] = &[
    (Op::ListRegions, BY_CLIENTS),
    (Op::ListUsers, BY_CLIENTS),
    (Op::KeystoneShowUser, BY_CLIENTS),
    (Op::ShowUser, BY_CLIENTS),
    (Op::GetCallerIdentity, BY_CLIENTS),
    (
        Op::ShowRepoTagConfig,
        "the documents describe the response and show none",
    ),
    (Op::HeadPing, "its headers are those of Ping"),
    (Op::PingV1, "no source names it"),
    (Op::ShowUpload, OCI),
    (Op::UploadChunk, OCI),
    (Op::FinishUpload, OCI),
    (Op::CancelUpload, OCI),
    (Op::GetBlob, OCI),
    (Op::HeadBlob, OCI),
    (Op::DeleteBlob, OCI),
    (Op::ListReferrers, OCI),
    (
        Op::GetObject,
        "error texts of clients name the redirect, and no source shows a response",
    ),
];
const BY_CLIENTS: &str = "clients read a few keys, and no source shows a whole response";
const OCI: &str =
    "the specification shows no response; the tests of the registry follow its conformance suite";

#[test]
fn every_example_gets_its_response() {
    let mut findings = Vec::new();
    for file in File::all() {
        for example in &file.examples {
            let found = findings_of(example, file.op());
            let named = |finding| format!("{}, {}: {finding}", file.name, example.about);
            findings.extend(found.into_iter().map(named));
        }
    }
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}

fn findings_of(example: &Example, op: Option<Op>) -> Vec<String> {
    let swr = MockSwr::builder()
        .world(example.world())
        .level(ProblemKind::Unmatched, Level::Ignore)
        .start();
    let request = prepare(&swr, &example.request);
    if let Some(code) = &example.planned {
        swr.on(op.unwrap(), Answer::code(code));
    }
    let now = swr.from_now();
    let received = send(request).unwrap();

    let mut findings = Vec::new();
    let matched = now.ops(Calls::any());
    if matched != Vec::from_iter(op) {
        findings.push(format!("the request matched {matched:?}"));
    }
    let response = response(&swr, &received, &example.response);
    let request_id = response.get("/body/request_id");
    if request_id.is_some_and(|id| id != received.header("x-request-id")) {
        findings.push("body and header have different request ids".to_owned());
    }
    let known = Known {
        server_decides: &example.server_decides,
        differs: &example.differs,
    };
    findings.extend(known.findings(&example.response, &response));
    findings
}

/// Builds a request with its credentials, headers and body.
fn prepare(swr: &MockSwr, request: &Request) -> RequestBuilder {
    let admin = swr.credentials().user;
    let user = request.user.as_ref().unwrap_or(&admin);
    let (method, path) = (&*request.method, &*request.path);
    let api = |client: Client| client.request(Method::from_bytes(method.as_bytes()).unwrap(), path);
    let mut built = match &request.credentials {
        Credentials::ApiToken => api(Client::user(swr, user)),
        Credentials::ApiNone => api(Client::anonymous(swr)),
        Credentials::RegistryLogin => Registry::login(swr, user).request(method, path),
        Credentials::RegistryToken(scope) => {
            Registry::token(swr, user, scope).request(method, path)
        }
        Credentials::RegistryNone => Registry::anonymous(swr).request(method, path),
    };
    let fill = |text: &str| text.replace("{token}", &swr.user(user).token());
    for (name, value) in &request.headers {
        built = built.header(name, fill(value));
    }
    match &request.body {
        None => built,
        Some(Value::String(text)) => built.body(text.clone()),
        Some(body) => built.json(&fill(&body.to_string()).parse::<Value>().unwrap()),
    }
}

/// Returns the parts of our response that the example shows, with the host names of the real service.
fn response(swr: &MockSwr, received: &support::Response, example: &Leaves) -> Leaves {
    let region = swr.credentials().region;
    let hosts = [
        (
            swr.endpoint().to_owned(),
            format!("https://swr-api.{region}.myhuaweicloud.com"),
        ),
        (
            format!("http://{}", swr.registry()),
            format!("https://swr.{region}.myhuaweicloud.com"),
        ),
        (
            swr.registry().to_owned(),
            format!("swr.{region}.myhuaweicloud.com"),
        ),
    ];
    let text = |text: &str| {
        let replaced = hosts.iter();
        replaced.fold(text.to_owned(), |text, (ours, theirs)| {
            text.replace(ours, theirs)
        })
    };
    let mut leaves = Leaves::default();
    leaves.add("/status", Leaves::of(received.status));
    for pointer in example.pointers() {
        let name = pointer.strip_prefix("/headers/");
        if let Some(name) = name
            && received.headers.contains_key(name)
        {
            leaves.add(pointer, Leaves::of(text(received.header(name))));
        }
    }
    if !received.text.is_empty() {
        let body = text(&received.text);
        leaves.add(
            "/body",
            serde_json::from_str(&body).unwrap_or_else(|_| Leaves::of(body)),
        );
    }
    leaves
}

#[test]
fn every_example_says_what_it_shows_and_where_it_comes_from() {
    for file in File::all() {
        let mut seen = BTreeSet::new();
        for example in &file.examples {
            let named = format!("{}, {}", file.name, example.about);
            assert!(seen.insert(&example.about), "{named}: twice");
            assert!(
                !example.about.is_empty() && !example.source.is_empty(),
                "{named}"
            );
            assert!(
                example.differs.values().all(|reason| !reason.is_empty()),
                "{named}"
            );
        }
        if let Some(op) = file.op() {
            assert_eq!(
                file.name,
                op.name(),
                "the name of the file is the operation"
            );
        }
    }
}

#[test]
fn every_simulated_operation_has_an_example_or_a_reason_why_not() {
    let files = File::all();
    let has_example = |op: &Op| files.iter().any(|file| file.op() == Some(*op));
    let simulated = Op::ALL.iter().filter(|op| op.is_simulated());
    let without: Vec<Op> = simulated.filter(|op| !has_example(op)).copied().collect();
    let listed: Vec<Op> = WITHOUT.iter().map(|(op, _)| *op).collect();
    assert_eq!(without, listed);
    assert!(WITHOUT.iter().all(|(_, reason)| !reason.is_empty()));
}

#[test]
fn an_operation_that_claims_a_recording_has_it() {
    let files = File::all();
    let is_recorded = |op: Op| {
        let examples = files.iter().filter(|file| file.op() == Some(op));
        let mut examples = examples.flat_map(|file| &file.examples);
        examples.any(|example| example.evidence == Evidence::Recorded)
    };
    for op in Op::ALL {
        let claims = op.evidence().0 == mock_swr::Evidence::Recorded;
        assert!(!claims || is_recorded(*op), "{op}");
    }
}
