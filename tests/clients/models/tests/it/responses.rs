//! Tests every response of every operation that the crate has and the mock simulates.

use std::collections::{BTreeMap, BTreeSet};

use mock_swr::{Calls, Op};
use serde_json::{Value, json};

use crate::definitions::{DEFINITIONS, Definition};
use crate::differences::{Findings, RESPONSES};
use crate::models::{Decoded, decode_response};
use crate::requests;
use crate::server::{AUTO, Client, Response, filled, policy, signature};

/// One call, on its own server.
pub(crate) struct Case {
    op: Op,
    user: &'static str,
    target: String,
    body: Value,
}

fn case(op: Op, target: impl Into<String>) -> Case {
    Case {
        op,
        user: "admin",
        target: target.into(),
        body: Value::Null,
    }
}

impl Case {
    fn by(self, user: &'static str) -> Case {
        Case { user, ..self }
    }
}

/// At least one call of each operation, and more where responses have more than one shape.
fn cases() -> Vec<Case> {
    let mut cases = reads();
    cases.extend(writes_without_body());
    cases.extend(requests::bodies(&filled()).into_iter().map(|body| Case {
        op: body.op,
        user: "admin",
        target: body.target,
        body: body.value,
    }));
    cases
}

fn reads() -> Vec<Case> {
    let mut reads = reads_of_namespaces_and_repos();
    reads.extend(reads_of_tags());
    reads.extend(reads_of_shares());
    reads.extend(reads_of_automation());
    reads.extend(reads_of_the_account());
    reads
}

fn reads_of_namespaces_and_repos() -> Vec<Case> {
    let namespace = "/v2/manage/namespaces/group";
    vec![
        case(Op::ListNamespaces, "/v2/manage/namespaces"),
        case(
            Op::ListNamespaces,
            "/v2/manage/namespaces?filter=namespace::group",
        ),
        case(
            Op::ListNamespaces,
            "/v2/manage/namespaces?filter=mode::visible",
        )
        .by("guest"),
        case(Op::ShowNamespace, namespace),
        case(Op::ShowNamespace, namespace).by("dev"),
        case(Op::ShowNamespace, namespace).by("ops"),
        case(Op::ShowNamespaceAuth, format!("{namespace}/access")),
        case(Op::ShowNamespaceAuth, format!("{namespace}/access")).by("dev"),
        case(Op::ShowRepository, format!("{namespace}/repos/one$two")),
        case(Op::ShowRepository, format!("{namespace}/repos/one$two")).by("guest"),
        case(
            Op::ShowUserRepositoryAuth,
            format!("{namespace}/repos/one$two/access"),
        ),
        case(
            Op::ShowUserRepositoryAuth,
            format!("{namespace}/repos/one$two/access"),
        )
        .by("guest"),
        case(Op::ListReposDetails, "/v2/manage/repos"),
        case(Op::ShowRepository, "/v2/manage/namespaces/theirs/repos/app"),
        case(Op::ListReposDetails, "/v2/manage/repos?offset=1&limit=1"),
        case(Op::ListReposDetails, "/v2/manage/repos?offset=100&limit=10"),
        case(Op::ListRepoDetails, "/v3/manage/repos"),
        case(Op::ListRepoDetails, "/v3/manage/repos?limit=1"),
    ]
}

fn reads_of_tags() -> Vec<Case> {
    let repo = "/v2/manage/namespaces/group/repos/one$two";
    let signature = signature(&filled());
    vec![
        case(Op::ListRepositoryTags, format!("{repo}/tags")),
        case(
            Op::ListRepositoryTags,
            format!("{repo}/tags?offset=1&limit=1"),
        ),
        case(
            Op::ListRepositoryTags,
            "/v2/manage/namespaces/theirs/repos/app/tags",
        ),
        case(Op::ListRepositoryTag, format!("/v3{}/tags", &repo[3..])),
        case(
            Op::ListRepositoryTag,
            format!("/v3{}/tags?with_manifest=true&limit=1", &repo[3..]),
        ),
        case(Op::ListReferences, format!("{repo}/{signature}/references")),
        case(
            Op::ListReferences,
            format!("{repo}/{signature}/references?limit=1"),
        ),
        case(Op::ListReferences, format!("{repo}/v2/references")),
    ]
}

fn reads_of_shares() -> Vec<Case> {
    let shares = "/v2/manage/namespaces/group/repositories/one$two/access-domains";
    vec![
        case(Op::ListRepoDomains, shares),
        case(Op::ListRepoDomains, shares.replace("one$two", "web")),
        case(Op::ShowAccessDomain, format!("{shares}/partner")),
        // The repository is not shared with this account, so `exist` is false.
        case(Op::ShowAccessDomain, format!("{shares}/other")),
        case(
            Op::ListSharedReposDetails,
            "/v2/manage/shared-repositories?center=self",
        ),
        case(
            Op::ListSharedReposDetails,
            "/v2/manage/shared-repositories?center=thirdparty",
        ),
    ]
}

fn reads_of_automation() -> Vec<Case> {
    let empty = AUTO.replace("auto", "web");
    vec![
        case(Op::ListTriggersDetails, format!("{AUTO}/triggers")),
        case(Op::ListTriggersDetails, format!("{empty}/triggers")),
        case(Op::ShowTrigger, format!("{AUTO}/triggers/all")),
        case(Op::ShowTrigger, format!("{AUTO}/triggers/none")),
        case(Op::ListRetentions, format!("{AUTO}/retentions")),
        case(Op::ListRetentions, format!("{empty}/retentions")),
        case(Op::ShowRetention, policy(&filled())),
        case(
            Op::ListRetentionHistories,
            format!("{AUTO}/retentions/histories"),
        ),
        case(
            Op::ListRetentionHistories,
            format!("{empty}/retentions/histories?limit=10&offset=0"),
        ),
        case(
            Op::ListImageAutoSyncReposDetails,
            format!("{AUTO}/sync_repo"),
        ),
        case(
            Op::ListImageAutoSyncReposDetails,
            format!("{empty}/sync_repo"),
        ),
        case(
            Op::ShowSyncJob,
            format!("{AUTO}/sync_job?filter=limit::10|offset::0|order::asc"),
        ),
        case(
            Op::ShowSyncJob,
            format!("{empty}/sync_job?filter=limit::10|offset::0"),
        ),
    ]
}

fn reads_of_the_account() -> Vec<Case> {
    vec![
        case(Op::ListApiVersions, "/"),
        case(Op::ShowApiVersion, "/v2"),
        case(Op::CheckAgency, "/v2/manage/agency"),
        case(Op::ListQuotas, "/v2/manage/projects/any/quotas"),
        case(
            Op::ShowShareFeatureGates,
            "/v2/manage/projects/any/feature-gates",
        ),
        case(Op::ShowDomainOverview, "/v2/manage/overview"),
        case(
            Op::ShowDomainResourceReports,
            "/v2/manage/reports/store/daily",
        ),
        case(
            Op::ShowDomainResourceReports,
            "/v2/manage/reports/downflow/monthly",
        ),
    ]
}

fn writes_without_body() -> Vec<Case> {
    let namespaces = "/v2/manage/namespaces";
    vec![
        case(Op::CreateAgency, "/v2/manage/agency"),
        case(Op::CreateSecret, "/v2/manage/utils/secret"),
        case(
            Op::CreateAuthorizationToken,
            "/v2/manage/utils/authorizationtoken",
        ),
        case(Op::DeleteNamespaces, format!("{namespaces}/empty")),
        case(Op::DeleteRepo, format!("{namespaces}/group/repos/web")),
        case(
            Op::DeleteRepoTag,
            format!("{namespaces}/group/repos/one$two/tags/v1"),
        ),
        case(
            Op::DeleteRepoDomains,
            format!("{namespaces}/group/repositories/one$two/access-domains/partner"),
        ),
        case(Op::DeleteRetention, policy(&filled())),
        case(Op::DeleteTrigger, format!("{AUTO}/triggers/all")),
    ]
}

#[test]
fn every_response_decodes_in_its_model_without_loss() {
    let mut findings = Findings::default();
    let mut sent: BTreeMap<Op, BTreeSet<String>> = BTreeMap::new();
    for Case {
        op,
        user,
        target,
        body,
    } in cases()
    {
        let swr = filled();
        let now = swr.from_now();
        let response = Client::of(&swr, user).call(op, &target, &body);
        assert_eq!(now.ops(Calls::any()), [op], "{target}");

        let definition = Definition::of(op);
        check(definition, &response, &mut findings);
        if let Some(schema) = definition.response_schema() {
            let keys = definition.keys_of(schema, &response.json());
            sent.entry(op).or_default().extend(keys);
        }
    }
    for (op, sent) in sent {
        let definition = Definition::of(op);
        let documented = definition.keys(definition.response_schema().unwrap());
        let missing: Vec<&String> = documented.difference(&sent).collect();
        for key in &missing {
            // If a value is missing, the keys inside it are missing too.
            let is_part_of = |whole: &String| {
                let rest = key.strip_prefix(whole.as_str());
                rest.is_some_and(|rest| rest.starts_with(['.', '[']))
            };
            if !missing.iter().any(|whole| is_part_of(whole)) {
                findings.add(op, format!("{key} has no value in any response"));
            }
        }
    }
    findings.assert_listed(RESPONSES);
}

#[test]
fn every_simulated_operation_of_the_crate_has_a_case() {
    let covered: BTreeSet<Op> = cases().iter().map(|case| case.op).collect();
    let simulated = DEFINITIONS
        .iter()
        .map(Definition::op)
        .filter(|op| op.is_simulated());
    assert_eq!(
        covered,
        simulated.collect(),
        "the operations that responses.rs and requests.rs have cases for"
    );
}

/// Compares a successful response with its definition.
fn check(definition: &Definition, response: &Response, findings: &mut Findings) {
    let op = definition.op();
    assert!((200..300).contains(&response.status), "{op}: {response:?}");
    if response.status != definition.status {
        findings.add(
            op,
            format!(
                "the status is {}, not {}",
                response.status, definition.status
            ),
        );
    }
    for name in definition.response_headers() {
        if !response.headers.contains_key(name) {
            findings.add(op, format!("the header {name} is absent"));
        }
    }
    if definition.response_schema().is_some() {
        let body = response.json();
        let repaired = decode(op, body, findings);
        assert!(
            matches!(decode_response(op.name(), &repaired), Decoded::Model(_)),
            "{op}: {repaired}"
        );
    } else if !["", "{}"].contains(&response.text.as_str()) {
        findings.add(
            op,
            format!("the body is {}, but none is documented", response.text),
        );
    }
}

/// Decodes a body and notes the values that the model rejects or loses. Returns a body that the model accepts.
fn decode(op: Op, mut body: Value, findings: &mut Findings) -> Value {
    loop {
        match decode_response(op.name(), &body) {
            Decoded::NoModel => {
                panic!("{op} has a response, but no model: name it in Cargo.toml or in build.rs")
            }
            Decoded::Model(kept) => {
                compare(op, "body", &body, &kept, findings);
                return body;
            }
            Decoded::Failed { pointer, reason } => {
                let refused = body.pointer(&pointer).cloned().unwrap_or_default();
                findings.add(op, format!("{} is {refused}: {reason}", path_of(&pointer)));
                body = with_replacement(op, &body, &pointer);
            }
        }
    }
}

/// Replaces a value that its model rejects with one that it accepts.
fn with_replacement(op: Op, body: &Value, pointer: &str) -> Value {
    let replacements = [json!(""), json!(1), json!(false), json!([]), json!({})];
    let replaced = replacements.into_iter().map(|replacement| {
        let mut body = body.clone();
        *body.pointer_mut(pointer).unwrap() = replacement;
        body
    });
    let mut accepted = replaced.filter(|body| match decode_response(op.name(), body) {
        Decoded::Failed { pointer: next, .. } => next != pointer,
        Decoded::Model(_) | Decoded::NoModel => true,
    });
    accepted
        .next()
        .unwrap_or_else(|| panic!("{op}: the model accepts no value at {pointer} of {body}"))
}

/// Converts `/namespaces/0/auth` to `body.namespaces[].auth`.
fn path_of(pointer: &str) -> String {
    let segments = pointer.split('/').skip(1);
    segments.fold("body".to_owned(), |path, segment| {
        match segment.parse::<usize>() {
            Ok(_) => format!("{path}[]"),
            Err(_) => format!("{path}.{segment}"),
        }
    })
}

/// Notes the differences between the sent value and the value as the model encodes it again.
fn compare(op: Op, path: &str, sent: &Value, kept: &Value, findings: &mut Findings) {
    match (sent, kept) {
        (Value::Object(sent), Value::Object(kept)) => {
            for (key, value) in sent {
                match kept.get(key) {
                    Some(kept) => compare(op, &format!("{path}.{key}"), value, kept, findings),
                    None => findings.add(op, format!("{path}.{key} is not in the model")),
                }
            }
            for key in kept.keys().filter(|key| !sent.contains_key(*key)) {
                findings.add(op, format!("{path}.{key} is added by the model"));
            }
        }
        (Value::Array(sent), Value::Array(kept)) if sent.len() == kept.len() => {
            for (sent, kept) in sent.iter().zip(kept) {
                compare(op, &format!("{path}[]"), sent, kept, findings);
            }
        }
        _ if sent == kept => {}
        // `0` and `0.0` are the same number.
        (Value::Number(sent), Value::Number(kept)) if sent.as_f64() == kept.as_f64() => {}
        _ => findings.add(op, format!("{path} is {sent}, and {kept} in the model")),
    }
}
