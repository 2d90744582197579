//! Terraform's triggers, retention policies and synchronization, replayed request by request, including changes outside
//! terraform.

use mock_swr::{Image, MockSwr, Op, days};
use reqwest::Method;
use serde_json::{Value, json};

use super::clients::{Go, verified};
use crate::support::Client;

const TRIGGERS: &str = "/v2/manage/namespaces/group/repos/one$two/triggers";
const RETENTIONS: &str = "/v2/manage/namespaces/group/repos/one$two/retentions";
const RULES: &str = "/v2/manage/namespaces/group/repos/one$two/sync_repo";
const COPIES: &str = "/v2/manage/namespaces/group/repos/one$two/sync_images";
const JOBS: &str = "/v2/manage/namespaces/group/repos/one$two/sync_job";

/// The region that images are copied to.
const EAST: &str = "cn-east-3";

fn server() -> MockSwr {
    let swr = verified();
    swr.seed_repo("group/one/two");
    swr
}

/// Sends a request of a resource, which accepts one status only.
#[track_caller]
fn send(go: &Go, status: u16, method: Method, path: &str, body: Value) -> Value {
    let body = (!body.is_null()).then_some(&body);
    let response = go.send(method, path, body);
    assert_eq!(response.status, status, "{path}: {response:?}");
    if status == 204 {
        return Value::Null;
    }
    response.json()
}

fn trigger() -> Value {
    json!({
        "action": "update",
        "app_type": "deployments",
        "application": "cart-api",
        "cluster_id": "1c2d3e4f",
        "cluster_name": "prod",
        "cluster_ns": "shop",
        "condition": "v1;v2",
        "enable": "true",
        "name": "cart",
        "trigger_type": "tag",
    })
}

/// Returns the keys that the resource reads, or `None` if the trigger was deleted, which only a 404 means.
#[track_caller]
fn read_trigger(go: &Go) -> Option<Value> {
    let response = go.send(Method::GET, &format!("{TRIGGERS}/cart"), None);
    if response.status == 404 {
        return None;
    }
    assert_eq!(response.status, 200, "{response:?}");
    let shown = response.json();
    assert!(shown["created_at"].is_string() && shown["creator_name"].is_string());
    let mut read = trigger();
    for (key, value) in read.as_object_mut().unwrap() {
        *value = shown[key].clone();
    }
    Some(read)
}

#[test]
fn terraform_applies_heals_and_destroys_a_trigger() {
    let swr = server();
    let go = Go::terraform(&swr, "admin");
    let one = format!("{TRIGGERS}/cart");
    let mut expected = trigger();
    send(&go, 201, Method::POST, TRIGGERS, trigger());
    assert_eq!(read_trigger(&go), Some(expected.clone()));

    send(&go, 201, Method::PATCH, &one, json!({"enable": "false"}));
    expected["enable"] = json!("false");
    assert_eq!(read_trigger(&go), Some(expected.clone()));

    // The trigger changes outside terraform: the plan shows the difference, and an update corrects it.
    let other = Client::admin(&swr);
    assert_eq!(other.patch(&one, json!({"enable": "true"})).status, 201);
    assert_eq!(read_trigger(&go), Some(trigger()));
    send(&go, 201, Method::PATCH, &one, json!({"enable": "false"}));
    assert_eq!(read_trigger(&go), Some(expected));

    // The trigger is deleted outside terraform: terraform creates it again.
    assert_eq!(other.delete(&one).status, 204);
    assert_eq!(read_trigger(&go), None);
    send(&go, 201, Method::POST, TRIGGERS, trigger());
    assert_eq!(read_trigger(&go), Some(trigger()));

    send(&go, 204, Method::DELETE, &one, Value::Null);
    assert_eq!(read_trigger(&go), None);
    assert_eq!(go.send(Method::DELETE, &one, None).status, 404);
}

#[test]
fn terraform_applies_a_trigger_of_cci_without_a_cluster() {
    let swr = server();
    let go = Go::terraform(&swr, "admin");
    let mut sent = trigger();
    let keys = sent.as_object_mut().unwrap();
    keys.remove("cluster_id");
    keys.remove("cluster_name");
    keys.insert("trigger_mode".to_owned(), json!("cci"));
    send(&go, 201, Method::POST, TRIGGERS, sent);
    let shown = go.get(&format!("{TRIGGERS}/cart"));
    assert_eq!(shown["trigger_mode"], "cci");
    assert_eq!(
        (&shown["cluster_id"], &shown["cluster_name"]),
        (&json!(""), &json!(""))
    );
}

#[test]
fn terraform_reads_triggers_as_a_data_source() {
    let swr = server();
    let go = Go::terraform(&swr, "admin");
    assert_eq!(go.get(TRIGGERS), json!([]), "null crashes the provider");
    send(&go, 201, Method::POST, TRIGGERS, trigger());
    let listed = go.get(TRIGGERS);
    assert_eq!(listed[0]["name"], "cart");
    assert_eq!(listed[0]["trigger_history"], Value::Null);
}

fn policy(template: &str, params: Value, selectors: Value) -> Value {
    let rule = json!({"template": template, "params": params, "tag_selectors": selectors});
    json!({"algorithm": "or", "rules": [rule]})
}

fn days_policy(days: &str) -> Value {
    policy(
        "date_rule",
        json!({"days": days}),
        json!([{"kind": "regexp", "pattern": "abc*"}]),
    )
}

/// Returns the first rule, or `None` if the policy was deleted. To this resource every failed request means that.
fn read_policy(go: &Go, one: &str) -> Option<Value> {
    let response = go.send(Method::GET, one, None);
    let is_found = response.status == 200;
    is_found.then(|| response.json()["rules"][0].clone())
}

/// Creates a policy and returns its path. The id must be a number for this.
#[track_caller]
fn create_policy(go: &Go, policy: Value) -> String {
    let created = send(go, 201, Method::POST, RETENTIONS, policy);
    format!("{RETENTIONS}/{}", created["id"].as_u64().unwrap())
}

#[test]
fn terraform_applies_heals_and_destroys_a_retention_policy() {
    let swr = server();
    let go = Go::terraform(&swr, "admin");
    let rule = |days| Some(days_policy(days)["rules"][0].clone());
    let one = create_policy(&go, days_policy("20"));
    assert_eq!(read_policy(&go, &one), rule("20"));
    send(&go, 201, Method::PATCH, &one, days_policy("30"));
    assert_eq!(read_policy(&go, &one), rule("30"));

    // The policy changes outside terraform: the plan shows the difference, and an update corrects it.
    let other = Client::admin(&swr);
    assert_eq!(other.patch(&one, days_policy("7")).status, 201);
    assert_eq!(read_policy(&go, &one), rule("7"));
    send(&go, 201, Method::PATCH, &one, days_policy("30"));
    assert_eq!(read_policy(&go, &one), rule("30"));

    // The policy is deleted outside terraform: terraform creates another policy.
    assert_eq!(other.delete(&one).status, 200);
    assert_eq!(read_policy(&go, &one), None);
    let new = create_policy(&go, policy("tag_rule", json!({"num": "5"}), json!([])));
    assert_ne!(new, one);
    assert_eq!(read_policy(&go, &new).unwrap()["params"]["num"], "5");

    // A destroy treats this code as confirmation that the policy was deleted.
    send(&go, 200, Method::DELETE, &new, Value::Null);
    assert_eq!(read_policy(&go, &new), None);
    let gone = go.send(Method::DELETE, &new, None);
    assert_eq!(gone.status, 400);
    assert_eq!(gone.json()["errors"][0]["errorCode"], "SVCSTG.SWR.4000306");
}

#[test]
fn terraform_reads_policies_and_their_history_as_data_sources() {
    let swr = server();
    for age in 1..=12 {
        let image = Image::new(&format!("v{age}")).age(days(age));
        swr.repo("group/one/two").image(image);
    }
    let go = Go::terraform(&swr, "admin");
    assert_eq!(go.get(RETENTIONS), json!([]), "null crashes the provider");
    create_policy(&go, policy("tag_rule", json!({"num": "1"}), json!([])));
    assert!(go.get(RETENTIONS)[0]["id"].is_u64());

    // The resource reads pages until a page is empty.
    let mut rows = 0;
    for offset in [0, 10, 20] {
        let page = go.get(&format!("{RETENTIONS}/histories?limit=10&offset={offset}"));
        let count = page["retention_log"].as_array().unwrap().len();
        rows += count;
        assert_eq!((count == 0, &page["total"]), (offset == 20, &json!(11)));
    }
    assert_eq!(rows, 11);
}

/// Returns a server with an image, and with an organization in another region.
fn two_regions() -> MockSwr {
    let swr = server();
    swr.repo("group/one/two").image("v1");
    swr.region(EAST).seed_namespace("copies");
    swr
}

fn target() -> Value {
    json!({"remoteRegionId": EAST, "remoteNamespace": "copies"})
}

/// Returns a rule as the resource sends it: `override` only if it is true.
fn rule(overrides: bool) -> Value {
    let mut rule = target();
    rule["syncAuto"] = json!(true);
    if overrides {
        rule["override"] = json!(true);
    }
    rule
}

/// Returns the keys that the resource reads, or `None` if the rule was deleted: a 404, or no rule for this target.
#[track_caller]
fn read_rule(go: &Go) -> Option<Value> {
    let response = go.send(Method::GET, RULES, None);
    if response.status == 404 {
        return None;
    }
    assert_eq!(response.status, 200, "{response:?}");
    let rules = response.json();
    let mut rules = rules.as_array().unwrap().iter();
    let rule = rules.find(|rule| {
        (&rule["remoteRegionId"], &rule["remoteNamespace"]) == (&json!(EAST), &json!("copies"))
    })?;
    assert!(rule["createdAt"].is_string() && rule["updatedAt"].is_string());
    Some(json!([
        rule["namespace"],
        rule["repoName"],
        rule["override"]
    ]))
}

/// Returns what `read_rule` reads from a rule with this value of `override`.
fn expected_rule(overrides: bool) -> Option<Value> {
    Some(json!(["group", "one/two", overrides]))
}

/// Replays a change of the resource: every changed argument replaces the rule.
#[track_caller]
fn replace_rule(go: &Go, overrides: bool) {
    send(go, 200, Method::DELETE, RULES, target());
    send(go, 200, Method::POST, RULES, rule(overrides));
}

#[test]
fn terraform_applies_heals_and_destroys_an_automatic_synchronization() {
    let swr = two_regions();
    let go = Go::terraform(&swr, "admin");
    // Another rule of the same repository, which terraform does not manage.
    let other = Client::admin(&swr);
    let unmanaged = json!({"remoteRegionId": EAST, "remoteNamespace": "archive", "syncAuto": true});
    assert_eq!(other.post(RULES, unmanaged).status, 200);
    assert_eq!(read_rule(&go), None);

    send(&go, 200, Method::POST, RULES, rule(false));
    assert_eq!(read_rule(&go), expected_rule(false));
    replace_rule(&go, true);
    assert_eq!(read_rule(&go), expected_rule(true));

    // The rule changes outside terraform: the plan shows the difference, and terraform replaces the rule.
    assert_eq!(other.delete_with(RULES, target()).status, 200);
    assert_eq!(other.post(RULES, rule(false)).status, 200);
    assert_eq!(read_rule(&go), expected_rule(false));
    replace_rule(&go, true);
    assert_eq!(read_rule(&go), expected_rule(true));

    // The rule is deleted outside terraform: terraform creates it again.
    assert_eq!(other.delete_with(RULES, target()).status, 200);
    assert_eq!(read_rule(&go), None);
    send(&go, 200, Method::POST, RULES, rule(true));
    assert_eq!(read_rule(&go), expected_rule(true));

    // A destroy treats this code as confirmation that the rule was deleted.
    send(&go, 200, Method::DELETE, RULES, target());
    assert_eq!(read_rule(&go), None);
    let gone = go.send(Method::DELETE, RULES, Some(&target()));
    gone.assert_refused(400, "SVCSTG.SWR.4001158");
    assert_eq!(go.get(RULES).as_array().unwrap().len(), 1);
}

#[test]
fn terraform_reads_a_rule_of_a_deleted_repository_as_deleted() {
    let swr = two_regions();
    let go = Go::terraform(&swr, "admin");
    send(&go, 200, Method::POST, RULES, rule(false));
    swr.repo("group/one/two").delete();
    assert_eq!(read_rule(&go), None);
    let gone = go.send(Method::DELETE, RULES, Some(&target()));
    gone.assert_refused(404, "SVCSTG.SWR.4040113");
}

#[test]
fn a_rule_of_terraform_copies_a_tag_that_terraform_creates() {
    let swr = two_regions();
    let go = Go::terraform(&swr, "admin");
    send(&go, 200, Method::POST, RULES, rule(false));
    let tag = json!({"source_tag": "v1", "destination_tag": "v2", "override": false});
    let tags = RULES.replace("sync_repo", "tags");
    send(&go, 201, Method::POST, &tags, tag);
    let copied = swr.region(EAST).repo("copies/one/two");
    assert_eq!(copied.tags(), ["v2"]);
    assert_eq!(
        copied.tag("v2").digest,
        swr.repo("group/one/two").tag("v1").digest
    );
}

/// Replays the apply of a manual synchronization. The resource does not read the response.
#[track_caller]
fn copy(go: &Go, tags: &[String], overrides: bool) {
    let mut body = target();
    body["imageTag"] = json!(tags);
    if overrides {
        body["override"] = json!(true);
    }
    send(go, 200, Method::POST, COPIES, body);
}

/// The resource has no read and no delete: a plan finds no changes, and a destroy sends no request.
#[test]
fn terraform_copies_tags_by_a_manual_synchronization() {
    let swr = two_regions();
    let go = Go::terraform(&swr, "admin");
    let copied = || swr.region(EAST).repo("copies/one/two");
    let tags = ["v1".to_owned()];
    copy(&go, &tags, false);
    let old = swr.repo("group/one/two").tag("v1").digest;
    assert_eq!(copied().tag("v1").digest, old);

    // The tag changes. Only a resource with `override` replaces the copy.
    swr.repo("group/one/two").image(Image::new("v1").layers(3));
    let new = swr.repo("group/one/two").tag("v1").digest;
    copy(&go, &tags, false);
    assert_eq!(copied().tag("v1").digest, old);
    copy(&go, &tags, true);
    assert_eq!(copied().tag("v1").digest, new);
    swr.verify(Op::CreateManualImageSyncRepo).times(3);
}

#[test]
fn terraform_reads_all_jobs_as_a_data_source() {
    let swr = two_regions();
    let go = Go::terraform(&swr, "admin");
    let page = |offset| go.get(&format!("{JOBS}?filter=limit::10|offset::{offset}"));
    assert_eq!(page(0), json!([]), "null crashes the provider");
    let mut tags: Vec<String> = (1..=12).map(|number| format!("v{number}")).collect();
    copy(&go, &tags, false);

    // The data source reads pages until a page is empty.
    let mut jobs = Vec::new();
    for offset in [0, 10, 20] {
        let page = page(offset).as_array().unwrap().clone();
        assert_eq!(page.is_empty(), offset == 20, "{page:?}");
        jobs.extend(page);
    }
    tags.reverse();
    let listed: Vec<&str> = jobs
        .iter()
        .map(|job| job["tag"].as_str().unwrap())
        .collect();
    assert_eq!(listed, tags);
    let job = &jobs[11];
    assert!(job["id"].is_u64());
    for (key, value) in [
        ("namespace", json!("group")),
        ("override", json!(false)),
        ("remoteNamespace", json!("copies")),
        ("remoteRegionId", json!(EAST)),
        ("repoName", json!("one/two")),
        ("status", json!("success")),
        ("syncOperatorId", json!(swr.credentials().user_id)),
        ("syncOperatorName", json!("admin")),
    ] {
        assert_eq!(job[key], value, "{key}");
    }
    assert!(job["createdAt"].is_string() && job["updatedAt"].is_string());
    assert_eq!(jobs[0]["status"], "failed", "the tag does not exist");
}
