//! Compares the table of operations and the responses with the operations and models of the vendor's SDK in
//! `fixtures/operations.json`.

mod published;
mod requests;
pub(crate) mod responses;
/// The types and the comparison that the crate uses for requests.
#[allow(dead_code, reason = "the crate uses the rest")]
#[path = "../../src/operations/published/mod.rs"]
mod types;

use mock_swr::{Answer, Level, MockSwr, Op, ProblemKind};
use serde_json::{Value, json};

use crate::support::{Client, send};
use published::PUBLISHED;

/// Operations that are missing from the file, each with its source.
const OUTSIDE: &[(Op, &str)] = &[
    (Op::Ping, OCI),
    (Op::StartUpload, OCI),
    (Op::ShowUpload, OCI),
    (Op::UploadChunk, OCI),
    (Op::FinishUpload, OCI),
    (Op::CancelUpload, OCI),
    (Op::GetBlob, OCI),
    (Op::HeadBlob, OCI),
    (Op::DeleteBlob, OCI),
    (Op::GetManifest, OCI),
    (Op::HeadManifest, OCI),
    (Op::PutManifest, OCI),
    (Op::DeleteManifest, OCI),
    (Op::ListTags, OCI),
    (Op::ListReferrers, OCI),
    (
        Op::ListCatalog,
        "the registry API of distribution; no part of OCI's",
    ),
    (
        Op::GetRegistryToken,
        "the challenge of the registry, and Harbor's adapter",
    ),
    (Op::HeadPing, OCI),
    (
        Op::PostRegistryToken,
        "clients that try OAuth2 before they GET",
    ),
    (Op::PingV1, "clients that still try the first version"),
    (Op::ListDockyardNamespaces, HARBOR),
    (Op::ShowDockyardNamespace, HARBOR),
    (Op::CreateDockyardNamespace, HARBOR),
    (Op::ListDockyardRepos, HARBOR),
    (
        Op::ShowRepoTagConfig,
        "API reference 2026, newer than the published file",
    ),
    (
        Op::GetObject,
        "object storage, whose API publishes it by this name",
    ),
    (Op::CreateToken, IAM),
    (Op::ValidateToken, IAM),
    (Op::ListProjects, IAM),
    (Op::ListAuthProjects, IAM),
    (Op::ListAuthDomains, IAM),
    (Op::ListRegions, IAM),
    (Op::ListUsers, IAM),
    (Op::KeystoneShowUser, IAM),
    (Op::ShowUser, IAM),
    (Op::CreateTemporaryAccessKey, IAM),
    (Op::GetCallerIdentity, IAM),
];
const IAM: &str = "IAM, whose calls clients of SWR make by themselves";
const OCI: &str = "OCI distribution specification 1.1";
const HARBOR: &str = "Harbor's adapter for SWR (c50c7dd)";

/// The number of published operations that are not simulated. Lower it when one more is simulated. Never raise it.
const NOT_SIMULATED: usize = 115;

#[test]
fn every_published_operation_is_in_the_table_as_published() {
    assert_eq!(PUBLISHED.operations.len(), 174);
    for published in &PUBLISHED.operations {
        let Some(op) = Op::ALL.iter().find(|op| op.name() == published.name) else {
            panic!("{} is not in the table", published.name);
        };
        assert_eq!(
            (op.method().as_str(), op.path_template()),
            (&*published.method, &*published.path),
            "{op}"
        );
    }
}

#[test]
fn every_operation_of_the_table_is_published_or_listed_with_its_source() {
    for op in Op::ALL {
        let published = PUBLISHED.operation(op.name()).is_some();
        let outside = OUTSIDE.iter().any(|(outside, _)| outside == op);
        assert!(
            published || outside,
            "{op} is not published: add it to OUTSIDE with its source"
        );
        assert!(!(published && outside), "{op} is published");
    }
    assert!(OUTSIDE.iter().all(|(_, source)| !source.is_empty()));
}

#[test]
fn a_template_has_the_published_parameters() {
    for published in &PUBLISHED.operations {
        let mut in_template: Vec<&str> = published
            .path
            .split('/')
            .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
            // The SDK reads the project from its credentials and publishes no parameter for it.
            .filter(|name| *name != "project_id")
            .collect();
        in_template.sort_unstable();
        let in_file: Vec<&str> = published.path_params.keys().map(String::as_str).collect();
        assert_eq!(in_template, in_file, "{}", published.name);
    }
}

#[test]
fn every_operation_has_evidence_and_a_source() {
    for op in Op::ALL {
        let (_, source) = op.evidence();
        assert!(!source.trim().is_empty(), "{op}");
    }
}

#[test]
fn the_number_of_operations_that_are_not_simulated_does_not_grow() {
    assert_eq!(
        not_simulated().count(),
        NOT_SIMULATED,
        "lower NOT_SIMULATED if fewer operations are not simulated; it must not be higher"
    );
}

/// Returns the published operations that are not simulated.
pub(crate) fn not_simulated() -> impl Iterator<Item = Op> {
    Op::ALL
        .iter()
        .copied()
        .filter(|op| !op.is_simulated() && PUBLISHED.operation(op.name()).is_some())
}

#[test]
fn an_operation_that_is_not_simulated_returns_501_and_its_name() {
    let swr = MockSwr::builder()
        .level(ProblemKind::NotSimulated, Level::Warn)
        .level(ProblemKind::ContractBroken, Level::Ignore)
        .start();
    let client = Client::admin(&swr);
    for op in not_simulated() {
        let response = call(&client, op);
        response.assert_refused(501, "MOCKSWR.NotSimulated");
        let body = response.json();
        let message = body["error_msg"].as_str().unwrap();
        let itself = format!("{op} ({} {})", op.method(), op.path_template());
        assert!(message.ends_with(&itself), "{op}: {message}");

        let problem = swr.problems().pop().unwrap();
        assert_eq!(problem.kind, ProblemKind::NotSimulated, "{op}");
        assert!(problem.message.starts_with(&itself), "{problem}");
    }
    assert_eq!(swr.problems().len(), not_simulated().count());
}

#[test]
fn a_planned_answer_replaces_an_operation_that_is_not_simulated() {
    let swr = MockSwr::builder()
        .level(ProblemKind::ContractBroken, Level::Ignore)
        .start();
    let client = Client::admin(&swr);
    for op in not_simulated() {
        let planned: Value = json!({"planned for": op.name()});
        let plan = swr.on(op, Answer::json(200, planned.clone()));
        let response = call(&client, op);
        assert_eq!((response.status, response.json()), (200, planned), "{op}");
        assert_eq!(plan.fired(), 1, "{op}");
    }
    assert_eq!(swr.problems(), []);
}

/// Calls an operation with each parameter's name as its value, and without a body.
fn call(client: &Client, op: Op) -> crate::support::Response {
    let path = op.path_template().replace(['{', '}'], "");
    send(client.request(op.method(), &path)).unwrap()
}
