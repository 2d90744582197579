//! Tests every request body that the models can build.

use mock_swr::{MockSwr, Op};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::definitions::{DEFINITIONS, Definition};
use crate::differences::{Findings, REQUESTS};
use crate::models::{
    CreateImageSyncRepo::CreateImageSyncRepoRequestBody,
    CreateManualImageSyncRepo::CreateManualImageSyncRepoRequestBody,
    CreateNamespace::CreateNamespaceRequestBody,
    CreateNamespaceAuth,
    CreateRepo::{CreateRepoRequestBody, CreateRepoRequestBodyCategory},
    CreateRepoDomains::CreateRepoDomainsRequestBody,
    CreateRepoTag::CreateRepoTagRequestBody,
    CreateRetention,
    CreateTrigger::CreateTriggerRequestBody,
    CreateUserRepositoryAuth, Decoded,
    DeleteImageSyncRepo::DeleteImageSyncRepoRequestBody,
    UpdateNamespaceAuth,
    UpdateRepo::{UpdateRepoRequestBody, UpdateRepoRequestBodyCategory},
    UpdateRepoDomains::UpdateRepoDomainsRequestBody,
    UpdateRetention,
    UpdateTrigger::UpdateTriggerRequestBody,
    UpdateUserRepositoryAuth, decode_request,
};
use crate::server::{AUTO, CONTENT_TYPES, Client, EAST, filled, policy, target};

/// A request body with every field set.
pub(crate) struct Body {
    pub(crate) op: Op,
    pub(crate) target: String,
    pub(crate) value: Value,
    /// Reads the state that the request changed, in the form of the request body.
    read_back: fn(&Client, &Value) -> Value,
    /// Whether the service refuses a body that the model can build.
    is_refused: fn(&Value) -> bool,
}

impl Body {
    fn refused_if(self, is_refused: fn(&Value) -> bool) -> Body {
        Body { is_refused, ..self }
    }
}

fn body(
    op: Op,
    target: &str,
    model: impl Serialize,
    read_back: fn(&Client, &Value) -> Value,
) -> Body {
    Body {
        op,
        target: target.to_owned(),
        value: serde_json::to_value(model).unwrap(),
        read_back,
        is_refused: |_| false,
    }
}

const NAMESPACES: &str = "/v2/manage/namespaces";
const NAMESPACE_ACCESS: &str = "/v2/manage/namespaces/group/access";
const REPOS: &str = "/v2/manage/namespaces/group/repos";
const REPO_ACCESS: &str = "/v2/manage/namespaces/group/repos/one$two/access";
const TAGS: &str = "/v2/manage/namespaces/group/repos/one$two/tags";
const SHARES: &str = "/v2/manage/namespaces/group/repositories/one$two/access-domains";

/// Returns a body of each operation, written as a user of the models writes it.
///
/// The struct literals name every field. If the crate adds a field, this does not compile until the field is set.
pub(crate) fn bodies(swr: &MockSwr) -> Vec<Body> {
    let mut bodies = bodies_of_namespaces_and_repos();
    bodies.extend(bodies_of_shares());
    bodies.extend(bodies_of_permissions(swr));
    bodies.extend(bodies_of_triggers());
    bodies.extend(bodies_of_policies(swr));
    bodies.extend(bodies_of_synchronization());
    bodies
}

fn bodies_of_namespaces_and_repos() -> Vec<Body> {
    vec![
        body(
            Op::CreateNamespace,
            NAMESPACES,
            CreateNamespaceRequestBody {
                namespace: "fresh".to_owned(),
            },
            |client, _| json!({"namespace": client.get(&format!("{NAMESPACES}/fresh"))["name"]}),
        ),
        body(
            Op::CreateRepo,
            REPOS,
            CreateRepoRequestBody {
                category: Some(CreateRepoRequestBodyCategory::Linux),
                description: Some("created by a model".to_owned()),
                is_public: true,
                repository: "fresh/one".to_owned(),
            },
            |client, _| {
                let mut shown = client.get(&format!("{REPOS}/fresh$one"));
                shown["repository"] = shown["name"].clone();
                shown
            },
        ),
        body(
            Op::UpdateRepo,
            &format!("{REPOS}/web"),
            UpdateRepoRequestBody {
                category: Some(UpdateRepoRequestBodyCategory::Linux),
                description: Some("updated by a model".to_owned()),
                is_public: false,
            },
            |client, _| client.get(&format!("{REPOS}/web")),
        ),
        body(
            Op::CreateRepoTag,
            TAGS,
            CreateRepoTagRequestBody {
                destination_tag: "v9".to_owned(),
                override_: Some(true),
                source_tag: "v1".to_owned(),
            },
            |client, sent| {
                let digest = |tag: &str| client.get(&format!("{TAGS}/{tag}"))["digest"].clone();
                assert_eq!(digest("v9"), digest("v1"));
                // No response shows whether a tag was overwritten.
                sent.clone()
            },
        ),
    ]
}

fn bodies_of_shares() -> Vec<Body> {
    let read_new = |client: &Client, _: &Value| client.get(&format!("{SHARES}/other"));
    let read_old = |client: &Client, _: &Value| client.get(&format!("{SHARES}/partner"));
    let mut bodies = Vec::new();
    for deadline in ["forever", "2099-01-31T00:00:00Z"] {
        let created = CreateRepoDomainsRequestBody {
            access_domain: "other".to_owned(),
            deadline: deadline.to_owned(),
            description: Some("shared by a model".to_owned()),
            permit: "read".to_owned(),
        };
        bodies.push(body(Op::CreateRepoDomains, SHARES, created, read_new));
        let updated = UpdateRepoDomainsRequestBody {
            deadline: deadline.to_owned(),
            description: Some("updated by a model".to_owned()),
            permit: "read".to_owned(),
        };
        let target = format!("{SHARES}/partner");
        bodies.push(body(Op::UpdateRepoDomains, &target, updated, read_old));
    }
    bodies
}

/// Writes permissions of two users. Each operation has its own `UserAuth` type.
macro_rules! permissions {
    ($operation:ident, $swr:ident, $first:literal, $second:literal) => {
        [($first, 7), ($second, 1)].map(|(user, auth)| $operation::UserAuth {
            auth: auth.try_into().unwrap(),
            user_id: $swr.user(user).credentials().user_id,
            user_name: user.to_owned(),
        })
    };
}

fn bodies_of_permissions(swr: &MockSwr) -> Vec<Body> {
    let ids = ["dev", "ops"].map(|user| swr.user(user).credentials().user_id);
    vec![
        body(
            Op::CreateNamespaceAuth,
            NAMESPACE_ACCESS,
            permissions!(CreateNamespaceAuth, swr, "new", "newer"),
            |client, _| others(client, NAMESPACE_ACCESS),
        ),
        body(
            Op::UpdateNamespaceAuth,
            NAMESPACE_ACCESS,
            permissions!(UpdateNamespaceAuth, swr, "dev", "ops"),
            |client, _| others(client, NAMESPACE_ACCESS),
        ),
        body(
            Op::DeleteNamespaceAuth,
            NAMESPACE_ACCESS,
            &ids,
            |client, sent| without_permission(client, NAMESPACE_ACCESS, sent),
        ),
        body(
            Op::CreateUserRepositoryAuth,
            REPO_ACCESS,
            permissions!(CreateUserRepositoryAuth, swr, "new", "newer"),
            |client, _| others(client, REPO_ACCESS),
        ),
        body(
            Op::UpdateUserRepositoryAuth,
            REPO_ACCESS,
            permissions!(UpdateUserRepositoryAuth, swr, "dev", "ops"),
            |client, _| others(client, REPO_ACCESS),
        ),
        body(
            Op::DeleteUserRepositoryAuth,
            REPO_ACCESS,
            &ids,
            |client, sent| without_permission(client, REPO_ACCESS, sent),
        ),
    ]
}

fn bodies_of_triggers() -> Vec<Body> {
    let mut bodies = Vec::new();
    for (trigger_mode, cluster) in [("cce", "prod"), ("cci", "")] {
        let created = CreateTriggerRequestBody {
            action: "update".to_owned(),
            app_type: "deployments".to_owned(),
            application: "cart".to_owned(),
            cluster_id: Some(cluster.to_owned()),
            cluster_name: Some(cluster.to_owned()),
            cluster_ns: "shop".to_owned(),
            condition: "v1;v2".to_owned(),
            container: Some("app".to_owned()),
            enable: "true".to_owned(),
            name: "fresh".to_owned(),
            trigger_mode: Some(trigger_mode.to_owned()),
            trigger_type: "tag".to_owned(),
        };
        let target = format!("{AUTO}/triggers");
        let shown = |client: &Client, _: &Value| client.get(&format!("{AUTO}/triggers/fresh"));
        let created = body(Op::CreateTrigger, &target, created, shown);
        // live calls 2026-04/05: without a cluster, the creation of a trigger of CCE fails. CCE is the default mode.
        bodies.push(created.refused_if(|sent| {
            let names_a_cluster = sent["cluster_id"].as_str().is_some_and(|id| !id.is_empty());
            sent["trigger_mode"] != "cci" && !names_a_cluster
        }));
    }
    for enable in ["false", "true"] {
        let updated = UpdateTriggerRequestBody {
            enable: enable.to_owned(),
        };
        let target = format!("{AUTO}/triggers/all");
        let shown = |client: &Client, _: &Value| client.get(&format!("{AUTO}/triggers/all"));
        bodies.push(body(Op::UpdateTrigger, &target, updated, shown));
    }
    bodies
}

/// Writes a retention policy. Each operation has its own types for it.
macro_rules! policy {
    ($operation:ident, $model:ident, $template:ident, $param:literal) => {
        $operation::$model {
            algorithm: "or".to_owned(),
            rules: vec![$operation::Rule {
                params: Map::from_iter([($param.to_owned(), json!("20"))]),
                tag_selectors: [("label", "stable"), ("regexp", "^v2")]
                    .map(|(kind, pattern)| $operation::TagSelector {
                        kind: kind.to_owned(),
                        pattern: pattern.to_owned(),
                    })
                    .into(),
                template: $operation::RuleTemplate::$template,
            }],
        }
    };
}

fn bodies_of_policies(swr: &MockSwr) -> Vec<Body> {
    // Another repository than `group/auto`, which already has a policy: a repository has at most one.
    let policies = format!("{REPOS}/web/retentions");
    let created = |model: CreateRetention::CreateRetentionRequestBody| {
        body(Op::CreateRetention, &policies, model, |client, _| {
            client.get(&format!("{REPOS}/web/retentions"))[0].clone()
        })
    };
    let by_num = policy!(CreateRetention, CreateRetentionRequestBody, TagRule, "num");
    let by_days = policy!(
        CreateRetention,
        CreateRetentionRequestBody,
        DateRule,
        "days"
    );
    let updated = policy!(UpdateRetention, UpdateRetentionRequestBody, TagRule, "num");
    let updated = body(Op::UpdateRetention, &policy(swr), updated, |client, _| {
        client.get(&format!("{AUTO}/retentions"))[0].clone()
    });
    // API reference 2026-09: a policy has one rule, and the template decides the parameter.
    let is_refused = |sent: &Value| {
        let rule = &sent["rules"][0];
        let param = match rule["template"].as_str() {
            Some("date_rule") => "days",
            _ => "num",
        };
        rule["params"].get(param).is_none()
    };
    [created(by_num), created(by_days), updated]
        .map(|body| body.refused_if(is_refused))
        .into()
}

/// A repository without rules and jobs, whose name has a slash.
const RULES: &str = "/v2/manage/namespaces/group/repos/one$two/sync_repo";
const COPIES: &str = "/v2/manage/namespaces/group/repos/one$two/sync_images";
const JOBS: &str = "/v2/manage/namespaces/group/repos/one$two/sync_job";

fn bodies_of_synchronization() -> Vec<Body> {
    let copied = CreateManualImageSyncRepoRequestBody {
        image_tag: vec!["v2".to_owned(), "v1".to_owned()],
        override_: Some(true),
        remote_namespace: "copies".to_owned(),
        remote_region_id: EAST.to_owned(),
    };
    let copied = body(
        Op::CreateManualImageSyncRepo,
        COPIES,
        copied,
        |client, _| shown_copy(client),
    );
    vec![
        body(
            Op::CreateImageSyncRepo,
            RULES,
            CreateImageSyncRepoRequestBody {
                override_: Some(true),
                remote_namespace: "copies".to_owned(),
                remote_region_id: EAST.to_owned(),
                sync_auto: Some(true),
            },
            shown_rule,
        ),
        body(
            Op::DeleteImageSyncRepo,
            &format!("{AUTO}/sync_repo"),
            DeleteImageSyncRepoRequestBody {
                remote_namespace: "copies".to_owned(),
                remote_region_id: EAST.to_owned(),
            },
            |client, sent| {
                assert_eq!(client.get(&format!("{AUTO}/sync_repo")), json!([]));
                sent.clone()
            },
        ),
        // Inferred: the service refuses a body without tags.
        copied.refused_if(|sent| sent["imageTag"] == json!([])),
    ]
}

/// Returns the new rule. A rule that is not automatic is not listed, so it is deleted to prove that it exists.
fn shown_rule(client: &Client, sent: &Value) -> Value {
    let rules = client.get(RULES);
    if sent["syncAuto"] == true {
        return rules[0].clone();
    }
    assert_eq!(rules, json!([]));
    let deleted = client.call(Op::DeleteImageSyncRepo, RULES, &target());
    assert_eq!(deleted.status, 200, "{deleted:?}");
    sent.clone()
}

/// Returns the jobs of a manual copy as the body that started them.
fn shown_copy(client: &Client) -> Value {
    let jobs = client.get(&format!("{JOBS}?filter=limit::10|offset::0|order::asc"));
    let jobs = jobs.as_array().unwrap();
    let tags: Vec<&Value> = jobs.iter().map(|job| &job["tag"]).collect();
    assert!(
        jobs.iter().all(|job| job["status"] == "success"),
        "{jobs:?}"
    );
    let mut shown = jobs[0].clone();
    shown["imageTag"] = json!(tags);
    shown
}

fn others(client: &Client, target: &str) -> Value {
    client.get(target)["others_auths"].clone()
}

/// Returns those ids that have no permission.
fn without_permission(client: &Client, target: &str, ids: &Value) -> Value {
    let others = others(client, target);
    let others = others.as_array().unwrap();
    let ids = ids.as_array().unwrap().iter();
    ids.filter(|id| others.iter().all(|other| other["user_id"] != **id))
        .cloned()
        .collect()
}

#[test]
fn every_body_that_a_model_can_build_is_accepted_and_stored() {
    let mut findings = Findings::default();
    for body in bodies(&filled()) {
        let definition = Definition::of(body.op);
        for sent in variants(
            definition,
            definition.request_schema().unwrap(),
            &body.value,
        ) {
            assert_model_can_build(body.op, &sent);
            for content_type in CONTENT_TYPES {
                send(&body, &sent, content_type, &mut findings);
            }
        }
    }
    findings.assert_listed(REQUESTS);
}

#[test]
fn every_simulated_operation_with_a_body_is_tested() {
    let with_body = DEFINITIONS
        .iter()
        .filter(|definition| definition.request_schema().is_some());
    let mut expected: Vec<Op> = with_body
        .map(Definition::op)
        .filter(|op| op.is_simulated())
        .collect();
    let mut covered: Vec<Op> = bodies(&filled()).iter().map(|body| body.op).collect();
    expected.sort_unstable();
    covered.sort_unstable();
    covered.dedup();
    assert_eq!(
        covered, expected,
        "the operations that requests.rs has bodies for"
    );
}

/// Sends a body to a new server, and notes whether it is refused or not stored.
fn send(body: &Body, sent: &Value, content_type: &str, findings: &mut Findings) {
    let swr = filled();
    let client = Client::of(&swr, "admin");
    let response = client.call_as(body.op, &body.target, sent, content_type);
    if (body.is_refused)(sent) {
        assert_eq!(response.status, 400, "{sent}: {response:?}");
        return;
    }
    if response.status >= 400 {
        let code = &response.json()["error_code"];
        findings.add(
            body.op,
            format!("{sent} is refused: {} {code}", response.status),
        );
        return;
    }
    // Tests in responses.rs check the content of a successful response.
    let shown = (body.read_back)(&client, sent);
    for difference in differences(sent, &shown) {
        findings.add(body.op, difference);
    }
}

/// Returns the parts of the sent body that the service does not show.
fn differences(sent: &Value, shown: &Value) -> Vec<String> {
    match (sent, shown) {
        (Value::Object(sent), Value::Object(shown)) => sent
            .iter()
            .filter(|(key, value)| shown.get(*key) != Some(value))
            .map(|(key, value)| {
                let shown = shown.get(key).unwrap_or(&Value::Null);
                format!("{key} {value} is shown as {shown}")
            })
            .collect(),
        (Value::Array(sent), Value::Array(shown)) => sent
            .iter()
            .filter(|element| !shown.contains(element))
            .map(|element| format!("{element} is not shown"))
            .collect(),
        _ => vec![format!("{sent} is shown as {shown}")],
    }
}

/// Asserts that decoding and encoding a body with its model returns the same body. Otherwise no user of the model could
/// send it.
fn assert_model_can_build(op: Op, sent: &Value) {
    match decode_request(op.name(), sent) {
        Decoded::Model(kept) => assert_eq!(kept, *sent, "{op}"),
        Decoded::Failed { pointer, reason } => {
            panic!("{op}: the model rejects {pointer} of {sent}: {reason}")
        }
        Decoded::NoModel => {
            panic!("{op} has a body, but no model: name it in Cargo.toml or in build.rs")
        }
    }
}

/// Returns the bodies that a model can build, given one with every field set: without any of the optional fields, with
/// every value of an enumeration, and with fewer elements.
fn variants(definition: &Definition, schema: &Value, full: &Value) -> Vec<Value> {
    let schema = definition.resolve(schema);
    let mut variants = vec![full.clone()];
    match full {
        Value::Object(object) => {
            for (key, value) in object {
                // The parameters of a retention rule have no schema.
                let Some(property) = schema["properties"].get(key) else {
                    continue;
                };
                for value in self::variants(definition, property, value) {
                    variants.push(with(object, key, value));
                }
            }
            for optional in object.keys().filter(|key| is_optional(schema, key)) {
                let without = variants
                    .iter()
                    .filter_map(|variant| without(variant, optional));
                variants.extend(without.collect::<Vec<Value>>());
            }
        }
        Value::Array(elements) => {
            for count in 0..elements.len() {
                variants.push(elements[..count].into());
            }
            for (index, element) in elements.iter().enumerate() {
                for element in self::variants(definition, &schema["items"], element) {
                    let mut elements = elements.clone();
                    elements[index] = element;
                    variants.push(elements.into());
                }
            }
        }
        Value::Bool(_) => variants = vec![false.into(), true.into()],
        _ => variants.extend(schema["enum"].as_array().into_iter().flatten().cloned()),
    }
    let mut distinct: Vec<Value> = Vec::new();
    for variant in variants {
        if !distinct.contains(&variant) {
            distinct.push(variant);
        }
    }
    distinct
}

/// Returns whether the schema has a key and does not require it.
fn is_optional(schema: &Value, key: &str) -> bool {
    let required = schema["required"].as_array().into_iter().flatten();
    schema["properties"].get(key).is_some() && required.into_iter().all(|name| name != key)
}

fn with(object: &Map<String, Value>, key: &str, value: Value) -> Value {
    let mut object = object.clone();
    object.insert(key.to_owned(), value);
    object.into()
}

/// Returns the object without a key, if it has the key.
fn without(object: &Value, key: &str) -> Option<Value> {
    let mut object = object.as_object()?.clone();
    object.remove(key)?;
    Some(object.into())
}
