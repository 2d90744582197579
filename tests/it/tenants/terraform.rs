//! Terraform's trigger and retention policy, replayed request by request, including changes outside terraform.

use mock_swr::{Image, MockSwr, days};
use reqwest::Method;
use serde_json::{Value, json};

use super::clients::{Go, verified};
use crate::support::Client;

const TRIGGERS: &str = "/v2/manage/namespaces/group/repos/one$two/triggers";
const RETENTIONS: &str = "/v2/manage/namespaces/group/repos/one$two/retentions";

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
