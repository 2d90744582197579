//! Triggers run when tags are pushed.

use mock_swr::{EventKind, MockSwr, Permission, World};
use serde_json::{Value, json};

use super::{REPO, server, tags_of};
use crate::registry::client::Registry;
use crate::support::Client;

const TRIGGERS: &str = "/v2/manage/namespaces/group/repos/web/triggers";

/// Returns the body that terraform sends to create a trigger.
fn trigger(name: &str, kind: &str, condition: &str) -> Value {
    json!({
        "name": name,
        "trigger_type": kind,
        "condition": condition,
        "action": "update",
        "app_type": "deployments",
        "application": "cart-api",
        "cluster_id": "1c2d3e4f-0000-11f1-8a9b-0255ac100100",
        "cluster_name": "prod",
        "cluster_ns": "shop",
        "enable": "true",
    })
}

#[track_caller]
fn create(swr: &MockSwr, trigger: Value) {
    let response = Client::admin(swr).post(TRIGGERS, trigger);
    assert_eq!(
        (response.status, &*response.text),
        (201, "{}"),
        "{response:?}"
    );
}

fn push(swr: &MockSwr, tag: &str) {
    Registry::anonymous(swr).push_image("group/web", tag, "layer");
}

/// Returns the tags of a trigger's runs, latest first.
fn runs(swr: &MockSwr, name: &str) -> Vec<String> {
    let shown = Client::admin(swr).get(&format!("{TRIGGERS}/{name}")).json();
    let runs = shown["trigger_history"].as_array();
    let runs = runs.into_iter().flatten();
    runs.map(|run| run["tag"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_trigger_is_created_shown_disabled_and_deleted() {
    let swr = server();
    let admin = Client::admin(&swr);
    assert_eq!(admin.get(TRIGGERS).text, "[]");
    create(&swr, trigger("cart-all", "all", ".*"));
    let mut shown = trigger("cart-all", "all", ".*");
    let server_side = json!({
        "container": "",
        "created_at": "2026-01-10T08:00:00.0Z",
        "creator_name": "admin",
        "trigger_history": null,
        "trigger_mode": "cce",
    });
    for (key, value) in server_side.as_object().unwrap() {
        shown[key] = value.clone();
    }
    let one = format!("{TRIGGERS}/cart-all");
    assert_eq!(admin.get(TRIGGERS).json(), json!([shown]));
    assert_eq!(admin.get(&one).json(), shown);

    let patch = json!({"enable": "false", "application": "other"});
    let updated = admin.patch(&one, patch);
    assert_eq!((updated.status, &*updated.text), (201, "{}"));
    shown["enable"] = json!("false");
    assert_eq!(admin.get(&one).json(), shown, "nothing else changes");

    assert_eq!(admin.delete(&one).status, 204);
    assert_eq!(admin.get(TRIGGERS).text, "[]");
    for gone in [
        admin.get(&one),
        admin.delete(&one),
        admin.patch(&one, json!({"enable": "true"})),
    ] {
        gone.assert_refused(404, "SVCSTG.SWR.4040126");
    }
}

#[test]
fn a_push_runs_the_triggers_whose_conditions_match() {
    let swr = server();
    create(&swr, trigger("all", "all", "whatever"));
    create(&swr, trigger("some", "tag", "v1;v2.0.0"));
    create(&swr, trigger("pattern", "regular", "^v2.*"));
    for tag in ["v1", "v1.0.0", "v2", "v2.0.0"] {
        push(&swr, tag);
    }
    assert_eq!(runs(&swr, "all"), ["v2.0.0", "v2", "v1.0.0", "v1"]);
    assert_eq!(runs(&swr, "some"), ["v2.0.0", "v1"]);
    assert_eq!(runs(&swr, "pattern"), ["v2.0.0", "v2"]);
    let triggered = tags_of(&swr, EventKind::Triggered);
    assert_eq!(
        triggered,
        [
            "v1", "v1", "v1.0.0", "v2", "v2", "v2.0.0", "v2.0.0", "v2.0.0"
        ]
    );
    let listed = Client::admin(&swr).get(TRIGGERS).json();
    assert!(listed[0]["trigger_history"].is_null(), "null in the list");

    let run = &Client::admin(&swr).get(&format!("{TRIGGERS}/some")).json()["trigger_history"][0];
    assert_eq!(run.as_object().unwrap().len(), 13);
    assert_eq!(run["result"], "success");
    assert_eq!(run["detail"], "");
    assert_eq!(run["application"], "cart-api");
    assert_eq!(run["condition"], "v1;v2.0.0");
    assert_eq!(run["created_at"], "2026-01-10T08:00:00.0Z");
}

#[test]
fn an_event_has_the_trigger_its_result_and_the_call() {
    let swr = server();
    create(&swr, trigger("cart-all", "all", ".*"));
    push(&swr, "v1");
    let events = swr.events();
    let [pushed, triggered] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!(pushed.kind, EventKind::Pushed);
    assert_eq!(triggered.kind, EventKind::Triggered);
    assert_eq!(triggered.trigger.as_deref(), Some("cart-all"));
    assert_eq!(triggered.result.as_deref(), Some("success"));
    assert_eq!(triggered.digest, pushed.digest);
    assert_eq!(triggered.cause(), pushed.cause());
}

#[test]
fn overwriting_and_copying_a_tag_run_triggers_and_seeding_does_not() {
    let swr = server();
    create(&swr, trigger("all", "all", ".*"));
    swr.repo("group/web").image("seeded");
    assert!(runs(&swr, "all").is_empty());
    push(&swr, "v1");
    Registry::anonymous(&swr).push_image("group/web", "v1", "another layer");
    let copy = json!({"source_tag": "v1", "destination_tag": "v2"});
    let copied = Client::admin(&swr).post(&format!("{REPO}/tags"), copy);
    assert_eq!(copied.status, 201);
    assert_eq!(runs(&swr, "all"), ["v2", "v1", "v1"]);
}

#[test]
fn a_disabled_trigger_records_nothing() {
    let swr = server();
    let mut off = trigger("all", "all", ".*");
    off["enable"] = json!("false");
    create(&swr, off);
    push(&swr, "v1");
    assert!(runs(&swr, "all").is_empty());
    let on = json!({"enable": "true"});
    assert_eq!(
        Client::admin(&swr)
            .patch(&format!("{TRIGGERS}/all"), on)
            .status,
        201
    );
    push(&swr, "v2");
    assert_eq!(runs(&swr, "all"), ["v2"]);
}

#[test]
fn a_test_sets_the_result_of_runs() {
    let swr = server();
    create(&swr, trigger("kept", "all", ".*"));
    swr.repo("group/web").set(json!({"triggers": {"cart": {
        "application": "cart", "result": "failed", "detail": "no such deployment",
    }}}));
    push(&swr, "v1");
    let shown = Client::admin(&swr).get(&format!("{TRIGGERS}/cart")).json();
    let run = &shown["trigger_history"][0];
    assert_eq!(run["result"], "failed");
    assert_eq!(run["detail"], "no such deployment");
    let results: Vec<_> = swr
        .events()
        .into_iter()
        .filter_map(|event| event.result)
        .collect();
    assert_eq!(results, ["success", "failed"]);
    let text = swr.events().last().unwrap().to_string();
    assert!(text.contains("cart: failed"), "{text}");
}

#[test]
fn a_second_trigger_with_the_same_name_is_refused() {
    let swr = server();
    create(&swr, trigger("all", "all", ".*"));
    let second = Client::admin(&swr).post(TRIGGERS, trigger("all", "tag", "v1"));
    second.assert_refused(400, "SVCSTG.SWR.4000014");
    assert_eq!(second.json()["errors"][0]["detail"], "");
    assert_eq!(
        Client::admin(&swr)
            .get(TRIGGERS)
            .json()
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn a_malformed_trigger_is_refused_and_changes_nothing() {
    let swr = server();
    let admin = Client::admin(&swr);
    let long = "a".repeat(65);
    for (key, value, hint) in [
        ("name", json!("1st"), "cannot be the name"),
        ("name", json!("ends-"), "cannot be the name"),
        ("name", json!("two__in-a-row"), "cannot be the name"),
        ("name", json!(long), "cannot be the name"),
        ("action", json!("restart"), "action"),
        ("app_type", json!("daemonsets"), "app_type"),
        ("trigger_mode", json!("aws"), "trigger_mode"),
        ("trigger_type", json!("some"), "one of all, tag, regular"),
        ("enable", json!("yes"), "enable"),
        ("enable", json!(true), "must be a string"),
        ("cluster_id", json!(""), "needs a cluster_id"),
    ] {
        let mut wrong = trigger("all", "all", ".*");
        wrong[key] = value;
        let response = admin.post(TRIGGERS, wrong.clone());
        response.assert_refused(400, "SVCSTG.SWR.4000014");
        let received = response.header("x-mock-hint");
        assert!(received.contains(hint), "{wrong}: {received}");
    }
    let unparsable = admin.post(TRIGGERS, trigger("all", "regular", "("));
    unparsable.assert_refused(400, "SVCSTG.SWR.4000014");
    for key in [
        "name",
        "action",
        "app_type",
        "application",
        "cluster_ns",
        "condition",
        "enable",
        "trigger_type",
    ] {
        let mut without = trigger("all", "all", ".*");
        without.as_object_mut().unwrap().remove(key);
        admin
            .post(TRIGGERS, without)
            .assert_refused(400, "SVCSTG.SWR.4001014");
    }
    assert_eq!(admin.get(TRIGGERS).text, "[]");
}

#[test]
fn a_trigger_of_cci_needs_no_cluster() {
    let swr = server();
    let mut cci = trigger("all", "all", ".*");
    for key in ["cluster_id", "cluster_name"] {
        cci.as_object_mut().unwrap().remove(key);
    }
    cci["trigger_mode"] = json!("cci");
    create(&swr, cci);
    let shown = Client::admin(&swr).get(&format!("{TRIGGERS}/all")).json();
    assert_eq!(shown["cluster_id"], "");
    assert_eq!(shown["trigger_mode"], "cci");
}

#[test]
fn readers_see_triggers_and_managers_change_them() {
    let swr = MockSwr::start();
    swr.seed_repo("group/web");
    swr.user("dev").grant("group", Permission::Write);
    let dev = Client::user(&swr, "dev");
    dev.post(TRIGGERS, trigger("all", "all", ".*"))
        .assert_refused(403, "SVCSTG.SWR.4037020");
    create(&swr, trigger("all", "all", ".*"));
    assert_eq!(dev.get(TRIGGERS).json().as_array().unwrap().len(), 1);
    let one = format!("{TRIGGERS}/all");
    assert_eq!(dev.get(&one).status, 200);
    dev.delete(&one).assert_refused(403, "SVCSTG.SWR.4037020");
    dev.patch(&one, json!({"enable": "false"}))
        .assert_refused(403, "SVCSTG.SWR.4037020");
    // The push of a user with Write runs it.
    let docker = Registry::token(&swr, "dev", "repository:group/web:pull,push");
    docker.push_image("group/web", "v1", "layer");
    assert_eq!(runs(&swr, "all"), ["v1"]);
}

#[test]
fn a_refused_push_runs_no_trigger() {
    let swr = server();
    create(&swr, trigger("all", "all", ".*"));
    let refused = Registry::anonymous(&swr).put("group/web", "v1", &json!({"schemaVersion": 1}));
    refused.assert_status(400);
    assert!(runs(&swr, "all").is_empty());
    assert!(swr.events().is_empty());
}

#[test]
fn a_world_file_keeps_triggers_and_their_history() {
    let swr = server();
    create(&swr, trigger("pattern", "regular", "^v"));
    swr.repo("group/web")
        .set(json!({"triggers": {"all": {"result": "failed", "detail": "down"}}}));
    push(&swr, "v1");
    let file: World = swr.world().to_json().parse().unwrap();
    assert_eq!(file.to_json(), swr.world().to_json());
    let fork = MockSwr::builder()
        .auth(mock_swr::Auth::Off)
        .world(file)
        .start();
    push(&fork, "v2");
    assert_eq!(runs(&fork, "pattern"), ["v2", "v1"]);
    assert_eq!(runs(&fork, "all"), ["v2", "v1"]);
    assert_eq!(
        runs(&swr, "all"),
        ["v1"],
        "the fork does not change the original server"
    );
}

#[test]
fn an_expensive_expression_is_refused_or_matches_in_bounded_time() {
    let swr = server();
    let refused = Client::admin(&swr).post(TRIGGERS, trigger("big", "regular", "(a{200}){200}"));
    refused.assert_refused(400, "SVCSTG.SWR.4000014");
    // An engine that backtracks needs exponential time for it.
    create(&swr, trigger("nested", "regular", "^(a+)+$"));
    push(&swr, &format!("{}b", "a".repeat(127)));
    assert!(runs(&swr, "nested").is_empty());
}
