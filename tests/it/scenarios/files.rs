//! Errors in scenario files name the place and what was expected.

use mock_swr::Scenario;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::mutations::{Mutation, json_with};

#[track_caller]
fn error_of(scenario: &Value) -> String {
    scenario
        .to_string()
        .parse::<Scenario>()
        .unwrap_err()
        .to_string()
}

fn plan(calls: Value, answers: Value) -> Value {
    json!({"on": [{"calls": calls, "answers": answers}]})
}

fn expect(expectation: Value) -> Value {
    json!({ "expect": expectation })
}

#[test]
fn a_wrong_value_is_named_with_its_place_and_what_was_expected() {
    for (scenario, message) in [
        (
            json!([]),
            "must be a scenario, which is an object, not an array",
        ),
        (
            json!({"inputs": 1}),
            "unknown field `inputs`, expected one of",
        ),
        (
            json!({"world": "shops"}),
            "world: there is no bundled world `shops`; the bundled worlds are: empty, ",
        ),
        (
            json!({"world": {"namespaces": {"UPPER": {}}}}),
            "world.namespaces.UPPER: ",
        ),
        (
            json!({"auth": "off"}),
            "auth: must be Off, Identity or Verified, not `off`",
        ),
        (
            json!({"profile": "OCI"}),
            "profile: must be Swr or Oci, not `OCI`",
        ),
        (
            plan(json!("CreateRepos"), json!([503])),
            "on.0.calls: `CreateRepos` is not an operation; did you mean `CreateRepo`?",
        ),
        (
            plan(json!({}), json!([503])),
            "on.0.calls: expected one of `op`, `any`, `writes` and `unmatched`",
        ),
        (
            plan(json!({"any": true, "writes": true}), json!([503])),
            "expected one of `op`, `any`",
        ),
        (
            plan(json!({"any": false}), json!([503])),
            "on.0.calls.any: expected true, got false: remove the key",
        ),
        (
            plan(json!({"op": []}), json!([503])),
            "on.0.calls.op: the list of operations is empty",
        ),
        (
            plan(
                json!({"op": "CreateRepo", "except": ["CreateRepo"]}),
                json!([503]),
            ),
            "on.0.calls.except: it excludes every operation",
        ),
        (
            plan(json!({"op": "ListTags", "json": {"/a": 1}}), json!([503])),
            "on.0.calls: no call can match ListTags",
        ),
        (
            plan(json!({"op": "CreateRepo", "repo": "web"}), json!([503])),
            "on.0.calls: no call can match",
        ),
        (
            plan(json!("CreateRepo"), json!([])),
            "on.0.answers: the list is empty: no call gets an answer",
        ),
        (
            plan(json!("CreateRepo"), json!([99])),
            "on.0.answers.0: 99 is not a valid status of a response: expected 200 to 999",
        ),
        (
            plan(json!("CreateRepo"), json!(["Throttle"])),
            "on.0.answers.0: `Throttle` is not a refusal; did you mean `Throttled`?",
        ),
        (
            plan(json!("CreateRepo"), json!([{}])),
            "on.0.answers.0: expected one of `refusal`, `status`, `code`",
        ),
        (
            plan(json!("CreateRepo"), json!([{"status": 200, "real": true}])),
            "expected one of `refusal`, `status`",
        ),
        (
            plan(json!("CreateRepo"), json!([{"json": {}}])),
            "on.0.answers.0.json: `json` is the body of a `status`",
        ),
        (
            plan(json!("CreateRepo"), json!([{"code": "SVCSTG.SWR.1"}])),
            "on.0.answers.0.code: `SVCSTG.SWR.1` is not a documented error code",
        ),
        (
            plan(json!("CreateRepo"), json!([{"real": true, "delay": "1 s"}])),
            "on.0.answers.0.delay: `1 s` is not a duration: expected a number and ms, s, m, h or d",
        ),
        (
            plan(
                json!("CreateRepo"),
                json!([{"reset": true, "header": {"A": "b"}}]),
            ),
            "on.0.answers.0.header.A: `header` has no effect on reset",
        ),
        (
            plan(
                json!("CreateRepo"),
                json!([{"close": true, "corrupt": true}]),
            ),
            "on.0.answers.0.corrupt: `corrupt` has no effect on close",
        ),
        (
            plan(
                json!("CreateRepo"),
                json!([{"real": true, "dribble": {"bytes": 0, "every": "1ms"}}]),
            ),
            "dribble.bytes: expected pieces of at least 1 byte",
        ),
        (
            plan(
                json!("CreateRepo"),
                json!([{"real": true, "times": "ever"}]),
            ),
            "on.0.answers.0.times: expected a number or `always`",
        ),
        (
            plan(
                json!("CreateRepo"),
                json!([{"real": true, "times": "always"}, 503]),
            ),
            "on.0.answers.1: an answer after `always` is never used",
        ),
        (
            plan(
                json!({"op": "CreateRepo", "json": {"/a": 1}}),
                json!([{"reset_after_reading": 5}]),
            ),
            "on.0: `reset_after_reading` must be planned before the body is read",
        ),
        (
            expect(json!({"events": [{"kind": "deleted", "tag": null}]})),
            "expect.events.0.tag: expected a value, got null: remove the key",
        ),
        (
            plan(
                json!("CreateRepo"),
                json!([{"real": true, "lost": true, "stall_after": 5}]),
            ),
            "on.0.answers.0: expected at most one of `lost`, `reset_after`",
        ),
        (
            plan(json!("CreateRepo"), json!([{"close": true, "lost": true}])),
            "on.0.answers.0.lost: `lost` has no effect on close",
        ),
        (
            json!({"next_job": [{"states": ["done"]}]}),
            "next_job.0.states.0: must be waiting, running",
        ),
        (
            json!({"next_job": [{"states": []}]}),
            "next_job.0: the course has no states",
        ),
        (
            json!({"steps": [{"advance": "31"}]}),
            "steps.0.advance: `31` is not a duration",
        ),
        (
            json!({"steps": [{"advance": "1d", "set_time": "2026-01-01T00:00:00Z"}]}),
            "steps.0.set_time: a step has `advance` or `set_time`, not both",
        ),
        (
            json!({"steps": [{"on": [{"calls": "X", "answers": 503}]}]}),
            "steps.0.on.0.calls: `X` is not an operation",
        ),
        (
            expect(json!({"verify": [{"calls": "CreateRepo"}]})),
            "missing field `times`",
        ),
        (
            expect(json!({"verify": [{"calls": "CreateRepo", "times": "0.."}]})),
            "expect.verify.0.times: every number of calls is allowed",
        ),
        (
            expect(json!({"verify": [{"calls": "CreateRepo", "times": "3..=2"}]})),
            "expect.verify.0.times: the range `3..=2` is empty",
        ),
        (
            expect(json!({"verify": [{"calls": "CreateRepo", "times": "many"}]})),
            "`many` is not a range: expected `2..`, `..=3` or `2..=3`",
        ),
        (
            expect(json!({"verify": [{"calls": "CreateRepo", "times": 1, "answered": 12}]})),
            "expect.verify.0.answered: 12 is not a valid HTTP status",
        ),
        (
            expect(json!({"events": [{"kind": "push"}]})),
            "expect.events.0.kind: must be pushed, pulled",
        ),
        (
            expect(json!({"world": {"namespace": {}}})),
            "expect.world.namespace: unknown key `namespace`",
        ),
    ] {
        let error = error_of(&scenario);
        assert!(error.contains(message), "{message}\n---\n{error}");
        assert!(error.starts_with("line 1, column "), "{error}");
    }
}

#[test]
fn the_place_of_an_error_of_meaning_is_the_line_of_the_value() {
    let text = "{\n  \"on\": [\n    {\n      \"calls\": \"CreateRepos\",\n      \"answers\": 503\n    }\n  ]\n}";
    let error = text.parse::<Scenario>().unwrap_err().to_string();
    assert!(
        error.starts_with("line 4, column 16: on.0.calls: "),
        "{error}"
    );
}

#[test]
fn a_key_that_is_there_twice_is_refused_wherever_it_is() {
    for text in [
        r#"{"input": {"a": 1, "a": 2}}"#,
        r#"{"expect": {"world": {"namespaces": {"group": {}, "group": {}}}}}"#,
        r#"{"on": [{"calls": {"op": "CreateRepo", "json": {"/a": 1, "/a": 2}}, "answers": 503}]}"#,
    ] {
        let error = text.parse::<Scenario>().unwrap_err().to_string();
        assert!(error.contains(": duplicate key `"), "{error}");
    }
}

/// Any JSON, with the words of scenario files among the keys and values.
fn any_json() -> impl Strategy<Value = Value> {
    json_with(&[
        "world",
        "on",
        "input",
        "expect",
        "steps",
        "calls",
        "answers",
        "op",
        "CreateRepo",
        "verify",
        "times",
        "order",
        "events",
        "kind",
        "pushed",
        "namespaces",
        "repos",
        "images",
        "tags",
        "advance",
        "31d",
        "refusal",
        "Throttled",
        "status",
        "real",
        "json",
        "header",
        "always",
        "next_job",
        "states",
        "running",
        "repo",
    ])
}

proptest! {
    #[test]
    fn any_json_is_a_scenario_or_an_error_with_a_place(value in any_json()) {
        if let Err(error) = value.to_string().parse::<Scenario>() {
            prop_assert!(error.to_string().starts_with("line 1, column "), "{}", error);
        }
    }

    #[test]
    fn any_change_of_a_bundled_scenario_is_a_scenario_or_an_error_with_a_place(
        name in prop::sample::select(vec!["throttled-push", "failing-sync", "retention-surprise", "slow-registry"]),
        place in 0_usize..60,
        with in any_json(),
    ) {
        let path = format!("{}/fixtures/scenarios/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let mut scenario: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        Mutation::Replace(with).apply(&mut scenario, place);
        if let Err(error) = scenario.to_string().parse::<Scenario>() {
            prop_assert!(error.to_string().starts_with("line 1, column "), "{}", error);
        }
    }
}
