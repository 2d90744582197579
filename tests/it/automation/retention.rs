//! Retention policies delete old tags, and the management API and the registry agree on it.

use std::time::Duration;

use mock_swr::{EventKind, Image, MockSwr, Permission, World, days};
use serde_json::{Value, json};

use super::{REPO, server, tags_of};
use crate::registry::client::{Registry, docker_image};
use crate::support::{Client, Response};

const RETENTIONS: &str = "/v2/manage/namespaces/group/repos/web/retentions";

fn policy(template: &str, params: Value, selectors: Value) -> Value {
    json!({"algorithm": "or", "rules": [
        {"template": template, "params": params, "tag_selectors": selectors},
    ]})
}

fn keep(num: u32) -> Value {
    policy("tag_rule", json!({"num": num.to_string()}), json!([]))
}

fn keep_days(days: u32) -> Value {
    policy("date_rule", json!({"days": days.to_string()}), json!([]))
}

#[track_caller]
fn create(swr: &MockSwr, policy: Value) -> u64 {
    let response = Client::admin(swr).post(RETENTIONS, policy);
    assert_eq!(response.status, 201, "{response:?}");
    response.json()["id"].as_u64().unwrap()
}

/// Returns the tags. Asserts that the management API and the registry list the same tags.
#[track_caller]
fn tags(swr: &MockSwr) -> Vec<String> {
    let shown = swr.repo("group/web").tags();
    let listed = Registry::anonymous(swr)
        .get("/v2/group/web/tags/list")
        .json();
    assert_eq!(listed["tags"], json!(shown));
    shown
}

/// Returns the deleted tags and the times of their deletion, latest first.
fn history(swr: &MockSwr) -> Vec<(String, String)> {
    let log = Client::admin(swr).get(&format!("{RETENTIONS}/histories"));
    let log = log.json();
    let rows = log["retention_log"].as_array().unwrap().iter();
    let text = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
    rows.map(|row| (text(row, "tag"), text(row, "created_at")))
        .collect()
}

#[track_caller]
fn push(swr: &MockSwr, tag: &str) {
    let client = Registry::anonymous(swr);
    client.push_image("group/web", tag, "layer");
}

#[test]
fn the_worked_example_of_the_manual_deletes_one_tag() {
    let swr = server();
    for (age, tag) in [(4, "v1"), (3, "v1.0.0"), (2, "v2"), (1, "v2.0.0")] {
        swr.repo("group/web").image(Image::new(tag).age(days(age)));
    }
    let selectors = json!([{"kind": "regexp", "pattern": "^v2.*"}]);
    let id = create(&swr, policy("tag_rule", json!({"num": "1"}), selectors));
    assert_eq!(tags(&swr), ["v1.0.0", "v2", "v2.0.0"]);

    let log = Client::admin(&swr)
        .get(&format!("{RETENTIONS}/histories"))
        .json();
    assert_eq!(log["total"], 1);
    let row = &log["retention_log"][0];
    assert_eq!(row["namespace"], "group");
    assert_eq!(row["repo"], "web");
    assert_eq!(row["tag"], "v1");
    assert_eq!(row["retention_id"], id);
    assert_eq!(row["created_at"], "2026-01-10T08:00:00.0Z");
    assert_eq!(
        row["rule_type"],
        r#"{"template":"tag_rule","params":{"num":"1"},"tag_selectors":[{"kind":"regexp","pattern":"^v2.*"}]}"#
    );
    assert_eq!(tags_of(&swr, EventKind::Retained), ["v1"]);
    assert_eq!(
        swr.events().last().unwrap().cause(),
        Some(1),
        "the creation of the policy caused the event"
    );
}

#[test]
fn a_label_protects_one_tag_which_does_not_count() {
    let swr = server();
    for (age, tag) in [(3, "stable"), (2, "v1"), (1, "v2")] {
        swr.repo("group/web").image(Image::new(tag).age(days(age)));
    }
    let selectors = json!([{"kind": "label", "pattern": "stable"}]);
    create(&swr, policy("tag_rule", json!({"num": "1"}), selectors));
    assert_eq!(tags(&swr), ["stable", "v2"]);
}

#[test]
fn a_push_evaluates_the_policy_of_the_repository() {
    let swr = server();
    create(&swr, keep(2));
    for (hours, tag) in [(0, "v1"), (1, "v2"), (1, "v3")] {
        swr.advance(Duration::from_secs(hours * 3600));
        push(&swr, tag);
    }
    assert_eq!(tags(&swr), ["v2", "v3"]);
    let client = Registry::anonymous(&swr);
    client.get("/v2/group/web/manifests/v1").assert_status(404);
    // The remaining tags have the same digest.
    client.get("/v2/group/web/manifests/v2").assert_status(200);

    swr.advance(Duration::from_secs(3600));
    let copy = json!({"source_tag": "v2", "destination_tag": "v4"});
    assert_eq!(
        Client::admin(&swr)
            .post(&format!("{REPO}/tags"), copy)
            .status,
        201
    );
    assert_eq!(tags(&swr), ["v3", "v4"], "a copied tag counts as a push");
}

#[test]
fn tags_pushed_at_the_same_time_are_ordered_by_id() {
    let swr = server();
    let digest = Registry::anonymous(&swr).push_image("group/web", "v1", "layer");
    let all = format!("{digest}?tag=v3&tag=v2");
    Registry::anonymous(&swr).put("group/web", &all, &docker_image("layer"));
    create(&swr, keep(1));
    assert_eq!(tags(&swr), ["v2"], "the last tag has the highest id");
}

#[test]
fn tags_that_are_too_old_are_deleted_at_midnight() {
    let swr = server();
    create(&swr, keep_days(30));
    push(&swr, "v1");
    swr.advance(days(3));
    push(&swr, "v2");
    swr.advance(days(27));
    assert_eq!(
        tags(&swr),
        ["v1", "v2"],
        "a tag of exactly 30 days is not older than 30 days"
    );
    swr.advance(days(1));
    assert_eq!(tags(&swr), ["v2"]);
    swr.advance(days(3));
    assert_eq!(tags(&swr), [""; 0]);
    let deleted = [("v2", "2026-02-13"), ("v1", "2026-02-10")];
    let deleted = deleted.map(|(tag, day)| (tag.to_owned(), format!("{day}T00:00:00.0Z")));
    assert_eq!(history(&swr), deleted);

    let events = swr.events();
    let retained = events
        .iter()
        .filter(|event| event.kind == EventKind::Retained);
    let causes: Vec<_> = retained.map(mock_swr::Event::cause).collect();
    assert_eq!(causes, [None, None], "the service itself");
}

#[test]
fn the_cost_of_advancing_the_clock_depends_on_changes_not_on_days() {
    let swr = server();
    create(&swr, keep_days(365));
    for tag in ["v1", "v2", "v3"] {
        push(&swr, tag);
        swr.advance(days(100));
    }
    swr.advance(Duration::MAX);
    assert_eq!(tags(&swr), [""; 0]);
    let days: Vec<String> = history(&swr).into_iter().map(|(_, time)| time).collect();
    assert_eq!(days.len(), 3);
    assert!(
        days.is_sorted_by(|later, earlier| later > earlier),
        "{days:?}"
    );
}

#[test]
fn a_policy_is_evaluated_for_seeded_tags_at_the_next_midnight() {
    let swr = server();
    create(&swr, keep(1));
    let web = swr.repo("group/web");
    web.image(Image::new("v1").age(days(2))).image("v2");
    assert_eq!(tags(&swr), ["v1", "v2"]);
    swr.advance(Duration::from_secs(16 * 3600));
    assert_eq!(tags(&swr), ["v2"]);
    assert_eq!(history(&swr)[0].1, "2026-01-11T00:00:00.0Z");
}

#[test]
fn a_policy_can_be_read_updated_and_deleted_and_its_history_stays() {
    let swr = server();
    let admin = Client::admin(&swr);
    assert_eq!(admin.get(RETENTIONS).text, "[]");
    let empty = admin.get(&format!("{RETENTIONS}/histories"));
    assert_eq!(empty.json(), json!({"retention_log": [], "total": 0}));

    let id = create(&swr, keep(3));
    let one = format!("{RETENTIONS}/{id}");
    let mut shown = keep(3);
    shown["id"] = json!(id);
    shown["scope"] = json!("");
    assert_eq!(admin.get(&one).json(), shown);
    assert_eq!(admin.get(RETENTIONS).json(), json!([shown]));

    for (hour, tag) in ["v1", "v2", "v3"].into_iter().enumerate() {
        swr.advance(Duration::from_secs(hour as u64));
        push(&swr, tag);
    }
    let updated = admin.patch(&one, keep(1));
    assert_eq!((updated.status, &*updated.text), (201, "{}"));
    assert_eq!(tags(&swr), ["v3"], "the update evaluates the policy");
    assert_eq!(admin.get(&one).json()["rules"][0]["params"]["num"], "1");

    let deleted = admin.delete(&one);
    assert_eq!((deleted.status, &*deleted.text), (200, "{}"));
    assert_eq!(admin.get(RETENTIONS).text, "[]");
    push(&swr, "v4");
    assert_eq!(tags(&swr), ["v3", "v4"]);
    assert_eq!(history(&swr).len(), 2);
    admin.get(&one).assert_refused(400, "SVCSTG.SWR.4000306");
    admin.delete(&one).assert_refused(400, "SVCSTG.SWR.4000306");
    admin
        .patch(&one, keep(1))
        .assert_refused(400, "SVCSTG.SWR.4000306");
}

#[test]
fn a_repository_has_one_policy_and_its_template_cannot_change() {
    let swr = server();
    let admin = Client::admin(&swr);
    let id = create(&swr, keep(3));
    let second = admin.post(RETENTIONS, keep_days(1));
    second.assert_refused(400, "SVCSTG.SWR.4000014");
    assert!(second.header("x-mock-hint").contains("delete that first"));
    let changed = admin.patch(&format!("{RETENTIONS}/{id}"), keep_days(1));
    changed.assert_refused(400, "SVCSTG.SWR.4000014");
    assert_eq!(admin.get(RETENTIONS).json()[0]["rules"], keep(3)["rules"]);
}

#[test]
fn a_malformed_policy_is_refused_and_changes_nothing() {
    let swr = server();
    let admin = Client::admin(&swr);
    let with = |pointer: &str, value: Value| {
        let mut policy = policy(
            "tag_rule",
            json!({"num": "1"}),
            json!([{"kind": "label", "pattern": "x"}]),
        );
        *policy.pointer_mut(pointer).unwrap() = value;
        policy
    };
    let rule = keep(1)["rules"][0].clone();
    let many: Vec<Value> = vec![json!({"kind": "label", "pattern": "x"}); 101];
    for (policy, hint) in [
        (with("/algorithm", json!("and")), "algorithm"),
        (with("/rules", json!([])), "one rule, not 0"),
        (with("/rules", json!([rule, rule])), "one rule, not 2"),
        (with("/rules", json!([1])), "JSON object"),
        (with("/rules/0/template", json!("size_rule")), "template"),
        (with("/rules/0/params", json!({"num": 1})), "in quotes"),
        (
            with("/rules/0/params", json!({"num": "0"})),
            "up to \"1000\"",
        ),
        (
            with("/rules/0/params", json!({"num": "1001"})),
            "up to \"1000\"",
        ),
        (with("/rules/0/params", json!({"days": "1"})), "\"num\""),
        (with("/rules/0/params", json!([])), "JSON object"),
        (with("/rules/0/tag_selectors", Value::Null), "JSON array"),
        (with("/rules/0/tag_selectors", json!(many)), "up to 100"),
        (with("/rules/0/tag_selectors/0/kind", json!("glob")), "kind"),
        (
            with(
                "/rules/0/tag_selectors/0",
                json!({"kind": "regexp", "pattern": "("}),
            ),
            "regular expression",
        ),
        (with("/rules/0/tag_selectors/0", json!("x")), "JSON object"),
    ] {
        let response = admin.post(RETENTIONS, policy.clone());
        assert_eq!(response.status, 400, "{policy}: {response:?}");
        let received = response.header("x-mock-hint");
        assert!(received.contains(hint), "{policy}: {received}");
    }
    for missing in [json!({"algorithm": "or"}), json!({"rules": [rule]})] {
        let response = admin.post(RETENTIONS, missing);
        response.assert_refused(400, "SVCSTG.SWR.4001014");
    }
    assert_eq!(admin.get(RETENTIONS).text, "[]");
}

#[test]
fn readers_see_a_policy_and_managers_change_it() {
    let swr = server();
    let swr = {
        drop(swr);
        MockSwr::start()
    };
    swr.seed_repo("group/web");
    swr.user("dev").grant("group", Permission::Read);
    swr.user("ops").grant("group", Permission::Write);
    let (dev, ops) = (Client::user(&swr, "dev"), Client::user(&swr, "ops"));
    for user in [&dev, &ops] {
        user.post(RETENTIONS, keep(1))
            .assert_refused(403, "SVCSTG.SWR.4037020");
        assert_eq!(user.get(RETENTIONS).text, "[]");
    }
    let id = create(&swr, keep(1));
    let one = format!("{RETENTIONS}/{id}");
    assert_eq!(dev.get(&one).status, 200);
    ops.patch(&one, keep(2))
        .assert_refused(403, "SVCSTG.SWR.4037020");
    ops.delete(&one).assert_refused(403, "SVCSTG.SWR.4037020");
    swr.user("eve");
    let eve = Client::user(&swr, "eve");
    eve.get(&one).assert_refused(403, "SVCSTG.SWR.4037020");
    let missing = "/v2/manage/namespaces/group/repos/other/retentions";
    Client::admin(&swr)
        .get(missing)
        .assert_refused(404, "SVCSTG.SWR.4040113");
}

#[test]
fn the_history_is_paged_and_keeps_its_total() {
    let swr = server();
    for age in 1..=12 {
        let image = Image::new(&format!("v{age}")).age(days(age));
        swr.repo("group/web").image(image);
    }
    create(&swr, keep(1));
    let page = |query: &str| -> Response {
        Client::admin(&swr).get(&format!("{RETENTIONS}/histories?{query}"))
    };
    let count = |response: &Response| response.json()["retention_log"].as_array().unwrap().len();
    for (query, rows) in [
        ("limit=10&offset=0", 10),
        ("limit=10&offset=10", 1),
        ("limit=10&offset=20", 0),
        ("filter=limit::10|offset::10", 1),
        ("", 11),
    ] {
        let response = page(query);
        assert_eq!((response.status, count(&response)), (200, rows), "{query}");
        assert_eq!(response.json()["total"], 11, "{query}");
    }
}

#[test]
fn a_restored_world_continues_its_policy() {
    let swr = server();
    create(&swr, keep_days(30));
    push(&swr, "v1");
    let before = swr.world();
    swr.advance(days(40));
    assert_eq!(tags(&swr), [""; 0]);

    swr.restore(&before);
    assert_eq!(tags(&swr), ["v1"]);
    assert!(history(&swr).is_empty());
    swr.advance(days(40));
    assert_eq!(
        history(&swr),
        [("v1".to_owned(), "2026-02-10T00:00:00.0Z".to_owned())]
    );

    let file: World = before.to_json().parse().unwrap();
    assert_eq!(file.to_json(), before.to_json());
    let fork = MockSwr::builder()
        .auth(mock_swr::Auth::Off)
        .world(file)
        .start();
    assert_eq!(fork.repo("group/web").tags(), ["v1"]);
    fork.advance(days(40));
    assert_eq!(fork.repo("group/web").tags(), [""; 0]);
    let copy: World = fork.world().to_json().parse().unwrap();
    assert_eq!(copy.to_json(), fork.world().to_json(), "with its history");
}

#[test]
fn policies_of_one_midnight_run_in_the_order_of_their_creation_also_in_a_world_file() {
    let swr = server();
    swr.seed_repo("group/api").image("v1");
    swr.repo("group/web").image("v1");
    create(&swr, keep_days(1));
    let api = RETENTIONS.replace("/web/", "/api/");
    assert_eq!(Client::admin(&swr).post(&api, keep_days(1)).status, 201);
    let file: World = swr.world().to_json().parse().unwrap();
    let other = MockSwr::builder()
        .auth(mock_swr::Auth::Off)
        .world(file)
        .start();
    for swr in [&swr, &other] {
        swr.advance(days(3));
        let repos = swr.events().into_iter().map(|event| event.repo);
        assert_eq!(repos.collect::<Vec<_>>(), ["group/web", "group/api"]);
    }
    assert_eq!(other.world().to_json(), swr.world().to_json());
}

#[test]
fn a_clock_that_is_set_forwards_evaluates_at_each_midnight_on_the_way() {
    let swr = server();
    create(&swr, keep_days(30));
    push(&swr, "v1");
    swr.set_time("2026-01-15T12:00:00Z");
    push(&swr, "v2");
    swr.set_time("2026-03-01T12:00:00Z");
    assert_eq!(tags(&swr), [""; 0]);
    let deleted = [("v2", "2026-02-15"), ("v1", "2026-02-10")];
    let deleted = deleted.map(|(tag, day)| (tag.to_owned(), format!("{day}T00:00:00.0Z")));
    assert_eq!(history(&swr), deleted);
}

#[test]
fn a_clock_that_is_set_backwards_does_nothing_and_evaluates_at_the_next_midnight() {
    let swr = server();
    create(&swr, keep(1));
    let web = swr.repo("group/web");
    web.image(Image::new("v1").age(days(2))).image("v2");
    swr.set_time("2026-01-01T22:00:00Z");
    assert_eq!(tags(&swr), ["v1", "v2"]);
    swr.advance(Duration::from_secs(2 * 3600));
    assert_eq!(tags(&swr), ["v2"]);
    assert_eq!(history(&swr)[0].1, "2026-01-02T00:00:00.0Z");
}

#[test]
fn a_server_that_starts_from_a_world_at_an_earlier_time_evaluates_at_its_next_midnight() {
    let swr = server();
    create(&swr, keep(1));
    let web = swr.repo("group/web");
    web.image(Image::new("v1").age(days(20))).image("v2");
    let fork = MockSwr::builder()
        .auth(mock_swr::Auth::Off)
        .world(swr.world())
        .frozen_at("2026-01-01T22:00:00Z")
        .start();
    assert_eq!(tags(&fork), ["v1", "v2"]);
    fork.advance(Duration::from_secs(2 * 3600));
    assert_eq!(tags(&fork), ["v2"]);
    assert_eq!(history(&fork)[0].1, "2026-01-02T00:00:00.0Z");
}

#[test]
fn a_policy_is_deleted_with_its_repository() {
    let swr = server();
    create(&swr, keep_days(1));
    push(&swr, "v1");
    assert_eq!(Client::admin(&swr).delete(REPO).status, 204);
    push(&swr, "v1");
    swr.advance(days(10));
    assert_eq!(tags(&swr), ["v1"]);
    assert_eq!(Client::admin(&swr).get(RETENTIONS).text, "[]");
}

#[test]
fn a_world_file_defines_a_policy_with_the_keys_of_the_api() {
    let world = r#"{"namespaces": {"group": {"repos": {"web": {
        "images": [{"tag": "v1", "age_seconds": 864000}, "v2"],
        "retention": {"rules": [{"template": "date_rule", "params": {"days": "7"}}]}
    }}}}}"#;
    let world: World = world.parse().unwrap();
    let swr = MockSwr::builder()
        .auth(mock_swr::Auth::Off)
        .world(world)
        .start();
    assert_eq!(
        swr.repo("group/web").tags(),
        ["v1", "v2"],
        "not before midnight"
    );
    swr.advance(days(1));
    assert_eq!(swr.repo("group/web").tags(), ["v2"]);
}
