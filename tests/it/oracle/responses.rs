//! Compares every response of every simulated operation with its published model.

use std::collections::BTreeSet;

use mock_swr::{Calls, Image, MockSwr, Op, Permission};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};

use super::published::{OPTIONAL, PUBLISHED, findings};
use crate::support::{Client, Response, send};

/// A call: operation, status, target, body.
pub(crate) type Case = (Op, u16, String, Value);

/// At least one call of each operation, and more where its response has more than one shape.
pub(crate) fn cases() -> Vec<Case> {
    let no_body = || Value::Null;
    let repo = "/v2/manage/namespaces/group/repos/one$two";
    let signature = signature();
    let namespace = "/v2/manage/namespaces/group";
    let shared = format!("{namespace}/repositories/one$two/access-domains");
    let grant = |swr: &MockSwr, user: &str, auth: u8| {
        let user = swr.user(user).credentials();
        json!([{"user_id": user.user_id, "user_name": user.user, "auth": auth}])
    };
    let users = filled();
    let (dev, ops) = (grant(&users, "dev", 3), grant(&users, "ops", 1));
    let dev_id = json!([users.user("dev").credentials().user_id]);
    let share = json!({"access_domain": "other", "permit": "read", "deadline": "forever"});
    let cases = [
        (Op::ListApiVersions, 200, "/".to_owned(), no_body()),
        (Op::ShowApiVersion, 200, "/v2".to_owned(), no_body()),
        (
            Op::ListNamespaces,
            200,
            "/v2/manage/namespaces".to_owned(),
            no_body(),
        ),
        (
            Op::CreateNamespace,
            201,
            "/v2/manage/namespaces".to_owned(),
            json!({"namespace": "fresh"}),
        ),
        (
            Op::ShowNamespace,
            200,
            "/v2/manage/namespaces/group".to_owned(),
            no_body(),
        ),
        (
            Op::DeleteNamespaces,
            204,
            "/v2/manage/namespaces/empty".to_owned(),
            no_body(),
        ),
        (
            Op::CreateRepo,
            201,
            "/v2/manage/namespaces/group/repos".to_owned(),
            json!({"repository": "fresh", "is_public": true}),
        ),
        (
            Op::ShowRepository,
            200,
            "/v2/manage/namespaces/group/repos/one$two".to_owned(),
            no_body(),
        ),
        (
            Op::UpdateRepo,
            201,
            "/v2/manage/namespaces/group/repos/web".to_owned(),
            json!({"is_public": true, "category": "linux", "description": "of late"}),
        ),
        (
            Op::DeleteRepo,
            204,
            "/v2/manage/namespaces/group/repos/web".to_owned(),
            no_body(),
        ),
        (
            Op::ListReposDetails,
            200,
            "/v2/manage/repos".to_owned(),
            no_body(),
        ),
        (
            Op::ListReposDetails,
            200,
            "/v2/manage/repos?offset=1&limit=1".to_owned(),
            no_body(),
        ),
        (
            Op::ListRepoDetails,
            200,
            "/v3/manage/repos".to_owned(),
            no_body(),
        ),
        (
            Op::ListRepoDetails,
            200,
            "/v3/manage/repos?limit=1".to_owned(),
            no_body(),
        ),
        (
            Op::ListQuotas,
            200,
            "/v2/manage/projects/any/quotas".to_owned(),
            no_body(),
        ),
        (
            Op::ListRepositoryTags,
            200,
            format!("{repo}/tags"),
            no_body(),
        ),
        (
            Op::ListRepositoryTags,
            200,
            format!("{repo}/tags?limit=1&offset=1"),
            no_body(),
        ),
        (
            Op::CreateRepoTag,
            201,
            format!("{repo}/tags"),
            json!({"source_tag": "v1", "destination_tag": "v9"}),
        ),
        (Op::ShowRepoTag, 200, format!("{repo}/tags/v1"), no_body()),
        (Op::DeleteRepoTag, 204, format!("{repo}/tags/v1"), no_body()),
        (
            Op::ListRepositoryTag,
            200,
            format!("/v3{}/tags?with_manifest=true", &repo[3..]),
            no_body(),
        ),
        (
            Op::ListRepositoryTag,
            200,
            format!("/v3{}/tags?with_manifest=true&limit=1", &repo[3..]),
            no_body(),
        ),
        (
            Op::ListReferences,
            200,
            format!("{repo}/{signature}/references"),
            no_body(),
        ),
        (
            Op::ListReferences,
            200,
            format!("{repo}/{signature}/references?limit=1"),
            no_body(),
        ),
        (
            Op::ListRepoAccessories,
            200,
            format!("{repo}/v1/accessories"),
            no_body(),
        ),
        (
            Op::ListRepoAccessories,
            200,
            format!("{repo}/v2/accessories"),
            no_body(),
        ),
        (
            Op::CreateSecret,
            200,
            "/v2/manage/utils/secret".to_owned(),
            no_body(),
        ),
        (
            Op::CreateAuthorizationToken,
            200,
            "/v2/manage/utils/authorizationtoken".to_owned(),
            no_body(),
        ),
        (
            Op::CheckAgency,
            200,
            "/v2/manage/agency".to_owned(),
            no_body(),
        ),
        (
            Op::CreateAgency,
            204,
            "/v2/manage/agency".to_owned(),
            no_body(),
        ),
        (
            Op::ShowNamespaceAuth,
            200,
            format!("{namespace}/access"),
            no_body(),
        ),
        (
            Op::CreateNamespaceAuth,
            201,
            format!("{namespace}/access"),
            ops.clone(),
        ),
        (
            Op::UpdateNamespaceAuth,
            201,
            format!("{namespace}/access"),
            dev.clone(),
        ),
        (
            Op::DeleteNamespaceAuth,
            204,
            format!("{namespace}/access"),
            dev_id.clone(),
        ),
        (
            Op::ShowUserRepositoryAuth,
            200,
            format!("{repo}/access"),
            no_body(),
        ),
        (
            Op::CreateUserRepositoryAuth,
            201,
            format!("{repo}/access"),
            ops,
        ),
        (
            Op::UpdateUserRepositoryAuth,
            201,
            format!("{repo}/access"),
            dev,
        ),
        (
            Op::DeleteUserRepositoryAuth,
            204,
            format!("{repo}/access"),
            dev_id,
        ),
        (Op::ListRepoDomains, 200, shared.clone(), no_body()),
        (Op::CreateRepoDomains, 201, shared.clone(), share.clone()),
        (
            Op::ShowAccessDomain,
            200,
            format!("{shared}/partner"),
            no_body(),
        ),
        (
            Op::ShowAccessDomain,
            200,
            format!("{shared}/other"),
            no_body(),
        ),
        (
            Op::UpdateRepoDomains,
            201,
            format!("{shared}/partner"),
            share,
        ),
        (
            Op::DeleteRepoDomains,
            204,
            format!("{shared}/partner"),
            no_body(),
        ),
        (
            Op::ListSharedReposDetails,
            200,
            "/v2/manage/shared-repositories?center=self".to_owned(),
            no_body(),
        ),
        (
            Op::ListSharedRepoDetails,
            200,
            "/v3/manage/shared-repositories?shared_by=self".to_owned(),
            no_body(),
        ),
        (
            Op::ListSharedRepoDetails,
            200,
            "/v3/manage/shared-repositories?shared_by=thirdparty".to_owned(),
            no_body(),
        ),
        (
            Op::ShowShareFeatureGates,
            200,
            "/v2/manage/projects/any/feature-gates".to_owned(),
            no_body(),
        ),
        (
            Op::ShowDomainOverview,
            200,
            "/v2/manage/overview".to_owned(),
            no_body(),
        ),
        (
            Op::ShowDomainResourceReports,
            200,
            "/v2/manage/reports/store/daily".to_owned(),
            no_body(),
        ),
        (
            Op::ShowDomainResourceReports,
            200,
            "/v2/manage/reports/downflow/monthly".to_owned(),
            no_body(),
        ),
        (
            Op::ListSyncRegions,
            200,
            "/v2/manage/regions".to_owned(),
            no_body(),
        ),
    ];
    cases.into_iter().chain(automation_cases()).collect()
}

/// Returns the calls of the operations on triggers, retention policies and synchronization.
fn automation_cases() -> Vec<(Op, u16, String, Value)> {
    let repo = "/v2/manage/namespaces/group/repos/one$two";
    let web = "/v2/manage/namespaces/group/repos/web";
    let trigger = json!({
        "name": "second", "trigger_type": "tag", "condition": "v1", "action": "update", "app_type": "statefulsets",
        "application": "app", "cluster_id": "id", "cluster_ns": "ns", "enable": "false",
    });
    let retention = |num: &str| {
        json!({"algorithm": "or", "rules": [
            {"template": "tag_rule", "params": {"num": num}, "tag_selectors": [{"kind": "label", "pattern": "v1"}]},
        ]})
    };
    let mut images = sync_target("copy");
    images["imageTag"] = json!(["v1"]);
    let filled = filled();
    let policy = Client::admin(&filled).get(&format!("{repo}/retentions"));
    let policy = format!("{repo}/retentions/{}", policy.json()[0]["id"]);
    let run = format!("{repo}/triggers/cart");
    vec![
        (
            Op::ListTriggersDetails,
            200,
            format!("{repo}/triggers"),
            Value::Null,
        ),
        (Op::CreateTrigger, 201, format!("{repo}/triggers"), trigger),
        (Op::ShowTrigger, 200, run.clone(), Value::Null),
        (
            Op::UpdateTrigger,
            201,
            run.clone(),
            json!({"enable": "false"}),
        ),
        (Op::DeleteTrigger, 204, run, Value::Null),
        (
            Op::ListRetentions,
            200,
            format!("{repo}/retentions"),
            Value::Null,
        ),
        (
            Op::CreateRetention,
            201,
            format!("{web}/retentions"),
            retention("5"),
        ),
        (Op::ShowRetention, 200, policy.clone(), Value::Null),
        (Op::UpdateRetention, 201, policy.clone(), retention("7")),
        (Op::DeleteRetention, 200, policy, Value::Null),
        (
            Op::ListRetentionHistories,
            200,
            format!("{repo}/retentions/histories"),
            Value::Null,
        ),
        (
            Op::ListImageAutoSyncReposDetails,
            200,
            format!("{repo}/sync_repo"),
            Value::Null,
        ),
        (
            Op::CreateImageSyncRepo,
            200,
            format!("{repo}/sync_repo"),
            sync_target("other"),
        ),
        (
            Op::DeleteImageSyncRepo,
            200,
            format!("{repo}/sync_repo"),
            sync_target("copy"),
        ),
        (
            Op::CreateManualImageSyncRepo,
            200,
            format!("{repo}/sync_images"),
            images,
        ),
        (
            Op::ShowSyncJob,
            200,
            format!("{repo}/sync_job?filter=limit::10|offset::0"),
            Value::Null,
        ),
    ]
}

/// Creates at least one item of each kind, so that no list is empty.
pub(super) fn filled() -> MockSwr {
    fill(MockSwr::start())
}

pub(crate) fn fill(swr: MockSwr) -> MockSwr {
    swr.seed_namespace("empty");
    swr.seed_repo("group/web").public().image("v1");
    let two = swr.seed_repo("group/one/two");
    two.image(Image::new("v1").signed()).image("v2");
    two.share("partner");
    swr.user("other/eve");
    swr.user("dev")
        .grant("group", Permission::Read)
        .grant("group/one/two", Permission::Read);
    swr.seed_namespace("theirs").owner("partner");
    swr.seed_repo("theirs/app").image("v1").share("acme");
    // Adds a tag to the signed image.
    let copied = json!({"source_tag": "v1", "destination_tag": "v1.0"});
    let path = "/v2/manage/namespaces/group/repos/one$two/tags";
    assert_eq!(Client::admin(&swr).post(path, copied).status, 201);
    let kept = json!([{"kind": "label", "pattern": "v1"}]);
    let rule = json!({"template": "tag_rule", "params": {"num": "100"}, "tag_selectors": kept});
    two.set(json!({
        "triggers": {"cart": {"cluster_id": "id", "trigger_history": [{"tag": "v1"}]}},
        "retention": {"rules": [rule]},
        "retention_log": [{"tag": "v0", "rule": rule}],
        "sync_rules": [sync_target("copy")],
        "sync_jobs": [{"tag": "v1", "remoteRegionId": "cn-east-3", "remoteNamespace": "copy"}],
    }));
    swr.region("cn-east-3").seed_namespace("copy");
    swr
}

fn sync_target(namespace: &str) -> Value {
    json!({"remoteRegionId": "cn-east-3", "remoteNamespace": namespace})
}

/// Returns the tag of the signature of `v1`.
fn signature() -> String {
    let tags = filled().repo("group/one/two").tags();
    tags.into_iter().find(|tag| tag.ends_with(".sig")).unwrap()
}

#[test]
fn every_response_fits_its_published_model() {
    for (op, status, target, body) in cases() {
        let swr = filled();
        let now = swr.from_now();
        let request = Client::admin(&swr).request(op.method(), &target);
        let response = match &body {
            Value::Null => send(request),
            body => send(request.json(body)),
        }
        .unwrap();

        assert_eq!(now.ops(Calls::any()), [op], "{target}");
        assert_eq!(response.status, status, "{op} {target}: {response:?}");
        let published = PUBLISHED.operation(op.name()).unwrap();
        let findings = findings(published, &response);
        assert!(findings.is_empty(), "{op} {target}: {findings:#?}");
    }
}

#[test]
fn every_simulated_operation_that_is_published_has_a_case() {
    let without: Vec<&Op> = Op::ALL
        .iter()
        .filter(|op| op.is_simulated() && PUBLISHED.operation(op.name()).is_some())
        .filter(|op| cases().iter().all(|(of, ..)| of != *op))
        .collect();
    assert!(without.is_empty(), "add to `cases`: {without:?}");
}

#[test]
fn a_next_marker_is_checked_if_present() {
    let swr = filled();
    let page = Client::admin(&swr).get("/v3/manage/repos?limit=1").json();
    assert!(page["nextMarker"].is_u64(), "{page}");
}

#[test]
fn an_optional_key_is_listed_once_with_a_reason_and_is_in_its_model() {
    let mut seen = BTreeSet::new();
    for optional in &*OPTIONAL {
        let model = PUBLISHED.models.get(&optional.model);
        assert!(
            model.is_some_and(|model| model.contains_key(&optional.key)),
            "the model has no such key: {optional:?}"
        );
        assert!(
            !optional.reason.trim().is_empty(),
            "the reason is empty: {optional:?}"
        );
        assert!(
            seen.insert((&optional.model, &optional.key)),
            "listed twice: {optional:?}"
        );
    }
}

#[test]
fn a_difference_from_a_model_is_found() {
    let namespace = json!({"id": 1, "name": "group", "creator_name": "admin", "auth": 7});
    let but = |key: &str, value: Value| {
        let mut changed = namespace.clone();
        changed[key] = value;
        changed
    };
    let without = |key: &str| {
        let mut changed = namespace.clone();
        changed.as_object_mut().unwrap().remove(key);
        changed
    };
    let list = |row: Value| json!({ "namespaces": [row] });
    let cases = [
        // A flat object.
        (Op::ShowNamespace, namespace.clone(), ""),
        (
            Op::ShowNamespace,
            but("id", json!("1")),
            "body.id is \"1\", not of type int",
        ),
        (
            Op::ShowNamespace,
            but("id", json!(1.5)),
            "body.id is 1.5, not of type int",
        ),
        (
            Op::ShowNamespace,
            but("name", json!(null)),
            "body.name is null, not of type str",
        ),
        (Op::ShowNamespace, without("auth"), "body.auth is absent"),
        (
            Op::ShowNamespace,
            but("extra", json!(1)),
            "body.extra is no key of ShowNamespaceResponse",
        ),
        // Only rows of the list may have the keys that only live responses have.
        (
            Op::ShowNamespace,
            but("repo_count", json!(1)),
            "body.repo_count is no key of ShowNamespaceResponse",
        ),
        (
            Op::ListNamespaces,
            list(but("repo_count", json!("1"))),
            "body.namespaces[0].repo_count is \"1\", not of type int",
        ),
        (
            Op::ShowNamespace,
            json!([]),
            "body is [], not a ShowNamespaceResponse",
        ),
        // Rows of a list.
        (Op::ListNamespaces, list(namespace.clone()), ""),
        (
            Op::ListNamespaces,
            list(without("id")),
            "body.namespaces[0].id is absent",
        ),
        (
            Op::ListNamespaces,
            list(json!(1)),
            "body.namespaces[0] is 1, not a ShowNamespace",
        ),
        (
            Op::ListNamespaces,
            json!({"namespaces": {"a": 1}}),
            "body.namespaces is {\"a\":1}, not a list",
        ),
        (
            Op::ListNamespaces,
            json!({"namespaces": []}),
            "body.namespaces is empty, so nothing of it is checked",
        ),
        (
            Op::ListNamespaces,
            json!({"namespaces": null}),
            "body.namespaces is null, not a list",
        ),
        // A response that is an array.
        (Op::ListSyncRegions, json!([{"regionID": "cn-east-3"}]), ""),
        (
            Op::ListSyncRegions,
            json!([{"regionID": 3}]),
            "body[0].regionID is 3, not of type str",
        ),
        (
            Op::ListSyncRegions,
            json!({"regions": 1}),
            "body is {\"regions\":1}, not a list",
        ),
        (
            Op::ListSyncRegions,
            json!([]),
            "body is empty, so nothing of it is checked",
        ),
        // Numbers with a fraction.
        (
            Op::ShowDomainResourceReports,
            json!([{"date": "2026-09-01", "value": 0}]),
            "",
        ),
        (
            Op::ShowDomainResourceReports,
            json!([{"date": "2026-09-01", "value": "0"}]),
            "body[0].value is \"0\", not of type float",
        ),
        // Optional keys: a key that may be absent may not be null, and a key that may be null may not be absent.
        (
            Op::ListReferences,
            json!({"has_more": false, "tags": ["v1"]}),
            "",
        ),
        (
            Op::ListReferences,
            json!({"has_more": false, "tags": ["v1"], "next_marker": null}),
            "body.next_marker is null, not of type str",
        ),
        (
            Op::ListReferences,
            json!({"has_more": 0, "tags": ["v1"]}),
            "body.has_more is 0, not of type bool",
        ),
        (
            Op::ListRepoAccessories,
            json!({"total": 0, "accessories": null}),
            "",
        ),
        (
            Op::ListRepoAccessories,
            json!({"total": 0}),
            "body.accessories is absent",
        ),
        // A model without keys.
        (Op::CreateNamespace, json!({}), ""),
        (
            Op::CreateNamespace,
            json!({"id": 1}),
            "body is `{\"id\":1}`; its model has no keys",
        ),
    ];
    for (op, body, finding) in cases {
        check_finding(op, &response_of(body.to_string(), &[]), finding);
    }
}

#[test]
fn headers_and_dicts_of_a_model_are_checked_too() {
    let login = json!({"auths": {"127.0.0.1:5000": {"auth": "YTpi"}}}).to_string();
    let both = ["x-swr-dockerlogin", "x-swr-expireat"];
    check_finding(Op::CreateSecret, &response_of(login.clone(), &both), "");
    check_finding(
        Op::CreateSecret,
        &response_of(login, &both[..1]),
        "header.X-Swr-Expireat is absent",
    );
    check_finding(
        Op::CreateSecret,
        &response_of(json!({"auths": {"host": {"auth": 1}}}).to_string(), &both),
        "body.auths.host.auth is 1, not of type str",
    );
    check_finding(
        Op::CreateSecret,
        &response_of(json!({"auths": ["host"]}).to_string(), &both),
        "body.auths is [\"host\"], not a dict",
    );
    check_finding(
        Op::CreateSecret,
        &response_of("broken".to_owned(), &both),
        "body is not JSON: expected value at line 1 column 1",
    );
}

fn response_of(text: String, headers: &[&'static str]) -> Response {
    let value = HeaderValue::from_static("something");
    let headers: HeaderMap = headers
        .iter()
        .map(|name| (HeaderName::from_static(name), value.clone()))
        .collect();
    Response {
        status: 200,
        headers,
        text,
    }
}

/// Asserts that `finding` is the only finding. An empty text means no findings.
#[track_caller]
fn check_finding(op: Op, response: &Response, finding: &str) {
    let found = findings(PUBLISHED.operation(op.name()).unwrap(), response);
    assert_eq!(found.join("; "), finding, "{op} {}", response.text);
}
