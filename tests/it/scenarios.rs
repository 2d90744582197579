//! Scenarios from files: the runner, its failures, and the bundled files.

mod client;
mod files;
mod recorded;

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use mock_swr::{Call, MockSwr, Op, Scenario, World, scenarios, scenarios_async};
use serde_json::{Value, json};

use crate::support::panic_of;
use client::act;

/// A folder that is removed at the end of the test.
struct Folder(PathBuf);

impl Folder {
    fn of(files: &[(&str, Value)]) -> Folder {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("mock-swr-scenarios-{}-{number}", std::process::id());
        let folder = Folder(std::env::temp_dir().join(name));
        fs::create_dir_all(&folder.0).unwrap();
        for (name, content) in files {
            fs::write(folder.0.join(name), content.to_string()).unwrap();
        }
        folder
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Lists organizations as often as the input says.
fn list(swr: &MockSwr, case: &Scenario) {
    let url = format!("{}/v2/manage/namespaces", swr.endpoint());
    for _ in 0..case.input().as_u64().unwrap() {
        reqwest::blocking::get(&url).unwrap();
    }
}

/// A scenario that lists organizations, with this expectation.
fn listing(count: u64, expect: Value) -> Value {
    json!({"auth": "Off", "world": "shop", "input": count, "expect": expect})
}

fn times(count: Value) -> Value {
    json!({"verify": [{"calls": "ListNamespaces", "times": count}]})
}

#[test]
fn the_bundled_scenarios_pass_with_a_small_client() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/scenarios");
    let count = AtomicUsize::new(0);
    scenarios(folder, |swr, case| {
        count.fetch_add(1, Ordering::Relaxed);
        let succeeded = act(swr, case.input());
        assert_eq!(json!(succeeded), case.input()["succeeds"]);
    });
    assert_eq!(
        count.load(Ordering::Relaxed),
        13,
        "eleven files, two of two steps"
    );
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let input = Scenario::named(name).input().clone();
        assert_eq!(&input, Scenario::load(&path).unwrap().input(), "{name}");
    }
}

#[tokio::test]
async fn scenarios_run_one_after_the_other_in_async_code() {
    let folder = Folder::of(&[
        ("a.json", listing(1, times(json!(1)))),
        ("b.json", listing(2, times(json!(2)))),
        ("notes.txt", json!("ignored")),
    ]);
    let count = AtomicUsize::new(0);
    scenarios_async(&folder.0, async |swr, case| {
        let url = format!("{}/v2/manage/namespaces", swr.endpoint());
        for _ in 0..case.input().as_u64().unwrap() {
            reqwest::get(&url).await.unwrap();
        }
        count.fetch_add(1, Ordering::Relaxed);
    })
    .await;
    assert_eq!(count.load(Ordering::Relaxed), 2);
}

#[test]
fn a_panic_of_async_code_fails_only_its_scenario() {
    let folder = Folder::of(&[
        ("a.json", listing(1, json!({}))),
        ("b.json", listing(0, json!({}))),
    ]);
    let run = async || {
        let check = async |_: &MockSwr, case: &Scenario| {
            tokio::task::yield_now().await;
            assert_eq!(case.input(), 0, "the input");
        };
        scenarios_async(&folder.0, check).await;
    };
    let line = line!() - 2;
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let report = panic_of(|| runtime.block_on(run()));
    let first = format!("{}:{line}: 1 scenario of 2 failed", file!());
    assert!(report.starts_with(&first), "{report}");
    assert!(report.contains("a.json:\npanic: assertion `left == right` failed: the input"));
}

#[test]
fn a_folder_that_cannot_be_read_panics_at_the_line_that_names_it() {
    let run = async |_: &MockSwr, _: &Scenario| {};
    let report = panic_of(|| drop(scenarios_async("no/such/folder", run)));
    assert!(
        report.starts_with("the folder no/such/folder cannot be read"),
        "{report}"
    );
}

/// The report of a folder with one scenario.
fn report_of(scenario: Value) -> String {
    let folder = Folder::of(&[("case.json", scenario)]);
    let report = panic_of(|| scenarios(&folder.0, list));
    report.split_once("case.json:\n").unwrap().1.to_owned()
}

#[test]
fn a_failed_scenario_names_the_file_the_line_and_the_reason() {
    let folder = Folder::of(&[
        ("good.json", listing(1, times(json!("1..=2")))),
        ("more.json", listing(1, times(json!(2)))),
        ("plan.json", {
            let mut scenario = listing(1, json!({}));
            scenario["on"] = json!([{"calls": "CreateRepo", "answers": [503]}]);
            scenario
        }),
    ]);
    let report = panic_of(|| scenarios(&folder.0, list));
    assert_eq!(
        report.lines().next().unwrap(),
        "2 scenarios of 3 failed; to run one alone: MOCK_SWR_SCENARIO=more"
    );
    assert!(!report.contains("good.json"), "{report}");
    let more = "more.json:\nexpected ListNamespaces 2 times, but it was called once\n";
    assert!(report.contains(more), "{report}");
    let plan = report.split_once("plan.json:\n").unwrap().1;
    assert!(plan.contains("PlanLeft: on(CreateRepo, 503) at "), "{plan}");
    assert!(plan.contains("plan.json:1:"), "{plan}");
}

#[test]
fn every_kind_of_expectation_can_fail() {
    for (expect, reason) in [
        (
            times(json!(3)),
            "expected ListNamespaces 3 times, but it was called 2 times\n",
        ),
        (
            json!({"verify": [{"calls": "ListNamespaces", "answered": 503, "times": 1}]}),
            "expected ListNamespaces with status 503 once, but it was called 2 times with another response\n",
        ),
        (
            json!({"verify": [{"calls": "ListNamespaces", "refused": "Throttled", "times": "1.."}]}),
            "expected ListNamespaces with refusal Throttled at least 1 times",
        ),
        (
            json!({"order": ["ListNamespaces", "CreateNamespace"]}),
            "expected CreateNamespace as call 2 of the order, after #1 ",
        ),
        (
            json!({"events": [{"kind": "pushed", "repo": "shop/cart", "tag": "v1"}]}),
            "expected event 1 of the list (pushed repo shop/cart tag v1) after those before it, but it did not occur\n  \
             no event occurred",
        ),
        (
            json!({"world": {"namespaces": {"shop": {"repos": {
                "cart": {"is_public": true, "tags": ["v1"]}, "web/front": null, "none": {"is_public": true},
            }}}}}),
            "the world differs from what is expected in 4 places:\n",
        ),
        (
            json!({"world": {"namespaces": ["shop"]}}),
            "  namespaces: expected shop, got shop, tools\n",
        ),
    ] {
        let report = report_of(listing(2, expect));
        assert!(report.contains(reason), "{reason}\n---\n{report}");
        let requests = report
            .matches("#2 GET /v2/manage/namespaces -> 200")
            .count();
        assert!(requests >= 1, "the requests are listed: {report}");
    }
}

#[test]
fn the_difference_of_a_world_names_each_path() {
    let report = report_of(listing(
        0,
        json!({"world": {"namespaces": {"shop": {"repos": {
            "cart": {"is_public": true, "tags": ["v1"]}, "web/front": null, "none": {"is_public": true},
        }}}}}),
    ));
    for line in [
        "namespaces.shop.repos.cart.is_public: expected true, got false",
        "namespaces.shop.repos.cart.tags: expected v1, got none",
        "namespaces.shop.repos.web/front: expected not to exist, but it does",
        "namespaces.shop.repos.none: expected {\"is_public\":true}, got nothing",
    ] {
        assert!(report.contains(line), "{line}\n---\n{report}");
    }
}

#[test]
fn the_panic_of_a_runner_is_reported_with_the_requests() {
    let folder = Folder::of(&[("case.json", listing(1, json!({})))]);
    let report = panic_of(|| {
        scenarios(&folder.0, |swr, case| {
            list(swr, case);
            panic!("the client gave up");
        });
    });
    assert!(
        report.contains("case.json:\npanic: the client gave up\n"),
        "{report}"
    );
    assert!(
        report.contains("#1 GET /v2/manage/namespaces -> 200"),
        "{report}"
    );
}

#[test]
fn each_step_has_its_own_expectations_and_the_clock_moves_between_them() {
    let world = json!({"frozen_at": "2026-01-10T08:00:00Z", "namespaces": {"group": {"repos": {"web": {
        "images": ["v1"],
        "retention": {"rules": [{"template": "date_rule", "params": {"days": "30"}}]},
    }}}}});
    let retained = json!({"events": [{"kind": "retained", "repo": "group/web", "tag": "v1"}]});
    let mut scenario = json!({
        "auth": "Off", "world": world, "input": 2, "expect": times(json!(2)),
        "steps": [
            {"advance": "31d", "expect": retained},
            {"set_time": "2027-01-01T00:00:00Z", "input": 1, "expect": times(json!(1))},
        ],
    });
    let folder = Folder::of(&[("case.json", scenario.clone())]);
    let times_seen = AtomicUsize::new(0);
    scenarios(&folder.0, |swr, case| {
        times_seen.fetch_add(1, Ordering::Relaxed);
        list(swr, case);
    });
    assert_eq!(
        times_seen.load(Ordering::Relaxed),
        2,
        "one step has no input"
    );

    scenario["steps"][0]["advance"] = json!("29d");
    let report = report_of(scenario);
    assert!(
        report.starts_with("step 2 of 3:\nexpected event 1 of the list (retained"),
        "{report}"
    );
}

#[test]
fn the_last_entry_that_matches_a_call_answers_it() {
    let folder = Folder::of(&[("case.json", {
        let mut scenario = listing(
            2,
            json!({"verify": [
            {"calls": "ListNamespaces", "answered": 503, "times": 1},
            {"calls": "ListNamespaces", "answered": 429, "times": 1},
        ], "order": ["ListNamespaces", "ListNamespaces"]}),
        );
        scenario["on"] = json!([
            {"calls": {"any": true}, "answers": 429},
            {"calls": "ListNamespaces", "answers": [503]},
        ]);
        scenario
    })]);
    scenarios(&folder.0, |swr, case| {
        list(swr, case);
        let statuses = swr.calls(Op::ListNamespaces);
        let statuses: Vec<_> = statuses.iter().map(Call::status).collect();
        assert_eq!(statuses, [Some(503), Some(429)]);
    });
}

#[test]
fn a_course_that_no_job_takes_fails_the_scenario() {
    let mut scenario = listing(1, json!({}));
    scenario["next_job"] =
        json!([{"states": ["running", "failed"], "lasting": "30s", "of_repo": "shop/cart"}]);
    let report = report_of(scenario);
    let course = "next_job([Running, Failed].lasting(30s).of_repo(\"shop/cart\")) at ";
    assert!(report.contains(course), "{report}");
    assert!(report.contains("case.json:1:"), "{report}");
}

#[test]
fn a_folder_without_scenarios_panics() {
    let empty = Folder::of(&[]);
    let report = panic_of(|| scenarios(&empty.0, list));
    assert!(
        report.ends_with("has no scenario: expected files that end in .json"),
        "{report}"
    );
    let report = panic_of(|| scenarios("no/such/folder", list));
    assert!(
        report.starts_with("the folder no/such/folder cannot be read: "),
        "{report}"
    );
}

#[test]
fn an_invalid_file_fails_like_a_scenario() {
    let folder = Folder::of(&[
        ("bad.json", json!({"inputs": 1})),
        ("good.json", listing(1, times(json!(1)))),
    ]);
    let report = panic_of(|| scenarios(&folder.0, list));
    assert!(report.contains("bad.json: line 1, column "), "{report}");
    assert!(report.contains("unknown field `inputs`"), "{report}");
    assert!(report.starts_with("1 scenario of 2 failed"), "{report}");
}

#[test]
fn a_started_scenario_is_judged_by_check_and_by_drop() {
    let text = listing(0, times(json!(1))).to_string();
    let scenario: Scenario = text.parse().unwrap();
    let swr = scenario.start();
    let unmet = "ExpectationUnmet: expected ListNamespaces once, but it was never called";
    let report = panic_of(|| swr.check());
    assert!(report.contains(unmet), "{report}");
    let report = panic_of(|| drop(swr));
    assert!(report.contains(unmet), "{report}");

    let swr = scenario.start();
    list(&swr, &"{\"input\": 1}".parse().unwrap());
    swr.check();
}

#[test]
fn a_scenario_of_several_steps_is_run_and_not_started() {
    let scenario: Scenario = r#"{"steps": [{"advance": "1d"}]}"#.parse().unwrap();
    let message = panic_of(|| drop(scenario.start()));
    assert_eq!(
        message,
        "the scenario `scenario` has 2 steps: `run` runs them one after the other"
    );
    scenario.run(|_, _| unreachable!());
}

#[test]
fn a_world_of_a_server_is_a_fixture_of_the_next() {
    let swr = MockSwr::start();
    swr.seed_repo("group/web").image("v1");
    let folder = Folder::of(&[]);
    let path = folder.0.join("world.json");
    swr.world().save(&path).unwrap();
    let saved = World::load(&path).unwrap();
    assert!(saved == swr.world());
    swr.assert_world(&saved);
    swr.repo("group/web").image("v2");
    assert!(saved != swr.world());
    let error = swr
        .world()
        .save(folder.0.join("none/world.json"))
        .unwrap_err();
    assert!(error.to_string().contains("world.json: "), "{error}");
}

#[test]
fn an_asserted_world_is_a_part_and_the_difference_is_printed() {
    let swr = MockSwr::builder().world(World::named("shop")).start();
    let part = |value: Value| World::try_from(value).unwrap();
    swr.assert_world(&part(
        json!({"namespaces": {"shop": {"permissions": {"dev": "write"}}}}),
    ));
    let wrong = part(json!({"namespaces": {"shop": {"permissions": {"dev": "read"}}}}));
    assert_eq!(
        panic_of(|| swr.assert_world(&wrong)),
        "the world differs from what is expected in 1 place:\n  \
         namespaces.shop.permissions.dev: expected \"read\", got \"write\""
    );
    let secret = part(json!({"users": {"dev": {"access_key": "AK", "secret_key": "hidden"}}}));
    let report = panic_of(|| swr.assert_world(&secret));
    assert!(!report.contains("hidden"), "{report}");
}

/// What a server of this world reports for a part that it is expected to have.
fn differences(world: Value, part: Value) -> String {
    report_of(json!({"world": world, "input": 0, "expect": {"world": part}, "auth": "Off"}))
}

#[test]
fn what_is_expected_must_exist_even_if_nothing_of_it_is_compared() {
    let world = json!({"namespaces": {"group": {"repos": {"api": {}}}}});
    for (part, difference) in [
        (
            json!({"namespaces": {"other": {}}}),
            "namespaces.other: expected {}, got nothing",
        ),
        (
            json!({"namespaces": {"group": {"repos": {"web": {}}}}}),
            "namespaces.group.repos.web: expected {}, got nothing",
        ),
        (
            json!({"namespaces": {"group": {"repos": {"web": {"retention": null}}}}}),
            "namespaces.group.repos.web: expected {\"retention\":null}, got nothing",
        ),
        (
            json!({"namespaces": {"group": {"repos": {"api": {"tags": {"v1": {"id": 7}}}}}}}),
            "namespaces.group.repos.api.tags.v1: expected {\"id\":7}, got nothing",
        ),
        (
            json!({"namespaces": {"group": {"repos": {"api": {"retention": {"id": 1}}}}}}),
            "namespaces.group.repos.api.retention: expected {\"id\":1}, got nothing",
        ),
        (
            json!({"namespaces": {"about": {}}}),
            "namespaces.about: expected {}, got nothing",
        ),
    ] {
        let report = differences(world.clone(), part);
        assert!(report.contains(difference), "{difference}\n---\n{report}");
    }
}

#[test]
fn times_and_what_a_file_leaves_out_are_compared_by_their_meaning() {
    let scenario = json!({
        "auth": "Off", "input": 0,
        "world": {"frozen_at": "2026-01-10T08:00:00Z", "namespaces": {"group": {"repos": {"web": {}}}}},
        "expect": {"world": {
            "frozen_at": "2026-01-10T16:00:00+08:00",
            "accounts": {"acme": {"agency": false}},
            "namespaces": {"group": {
                "permissions": {"dev": "none"}, "repos": {"web": {"tags": [], "triggers": {}, "sync_jobs": []}},
            }},
        }},
    });
    let folder = Folder::of(&[("case.json", scenario)]);
    scenarios(&folder.0, list);
}

#[test]
fn a_caller_may_be_named_with_its_account_in_expectations() {
    let by = |user: &str| json!({"op": "ListNamespaces", "by": user});
    let expect = json!({
        "verify": [{"calls": by("acme/admin"), "times": 1}, {"calls": by("admin"), "times": 1}],
        "order": [by("acme/admin")],
    });
    let folder = Folder::of(&[("case.json", listing(1, expect))]);
    scenarios(&folder.0, list);
}

#[test]
fn the_report_of_a_panic_has_the_other_problems_too() {
    let folder = Folder::of(&[("case.json", json!({"auth": "Off", "input": 0}))]);
    let report = panic_of(|| {
        scenarios(&folder.0, |swr, _| {
            reqwest::blocking::get(format!("{}/v2/no/such/path", swr.endpoint())).unwrap();
            panic!("the client gave up");
        });
    });
    assert!(
        report.contains("panic: the client gave up\nmock-swr: 1 problem\n"),
        "{report}"
    );
    assert!(report.contains("Unmatched: "), "{report}");
}
