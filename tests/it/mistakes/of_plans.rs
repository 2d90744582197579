//! Mistakes in plans.

use mock_swr::{Answer, MockSwr, Op};
use serde_json::json;

use super::{dropped, output_of};
use crate::support::{Client, panic_of, send_and_wait};

mistakes! {
    a_plan_is_on_the_sibling: "ListRepositoryTag ", "ListRepositoryTags";
    a_plan_is_for_another_repository: "group/wbe", "group/web";
    a_plan_is_for_another_user: "`dev`", "`admin`";
    a_plan_is_for_calls_that_never_come: "CreateRepo", "no request was received";
    a_plan_has_more_steps_than_the_client_tries: "503, then 503", "fired 1";
    a_plan_is_shadowed_by_a_newer_one_for_all_calls: "429", "503 always";
    a_hold_is_never_released: "held", "release()";
    a_hold_is_forgotten_by_a_test_that_panics: "the client has no response", "release()";
    a_test_that_panics_has_met_a_plan: "planned at tests/it/mistakes/of_plans.rs", "left: 503";
    a_plan_is_left_by_a_test_that_returns_an_error: "fired 0 times", "this panic hides it";
    a_code_is_not_documented: "SVCSTG.SWR.4090061", "SVCSTG.SWR.4090060";
    a_step_follows_on_always: "is never used", "`always()`";
    a_list_goes_on_after_always: "503 always", "never used";
    a_scoped_plan_is_not_used_up: "503, then 503", "only 1 call matched";
    a_scoped_plan_is_dropped_at_once: "`let _ = ..scoped()`", "`_outage`";
}

const NAMESPACES: &str = "/v2/manage/namespaces";
const REPOS: &str = "/v2/manage/namespaces/group/repos";

fn a_plan_is_on_the_sibling() -> String {
    let swr = MockSwr::start();
    swr.seed_repo("group/web").image("v1");
    swr.on(Op::ListRepositoryTag, 503);
    Client::admin(&swr).get(&format!("{REPOS}/web/tags"));
    panic_of(dropped(swr))
}

fn a_plan_is_for_another_repository() -> String {
    let swr = MockSwr::start();
    swr.seed_namespace("group");
    swr.on(Op::CreateRepo.repo("group/wbe"), 503);
    Client::admin(&swr).post(REPOS, json!({"repository": "web", "is_public": false}));
    panic_of(dropped(swr))
}

fn a_plan_is_for_another_user() -> String {
    let swr = MockSwr::start();
    swr.on(Op::ListNamespaces.by("dev"), 503);
    Client::admin(&swr).get(NAMESPACES);
    panic_of(dropped(swr))
}

fn a_plan_is_for_calls_that_never_come() -> String {
    let swr = MockSwr::start();
    swr.on(Op::CreateRepo, 503);
    panic_of(dropped(swr))
}

fn a_plan_has_more_steps_than_the_client_tries() -> String {
    let swr = MockSwr::start();
    swr.on(Op::ListNamespaces, [503, 503]);
    Client::admin(&swr).get(NAMESPACES);
    panic_of(dropped(swr))
}

fn a_plan_is_shadowed_by_a_newer_one_for_all_calls() -> String {
    let swr = MockSwr::start();
    swr.on(Op::ListNamespaces, 429);
    swr.on(Op::ListNamespaces, Answer::status(503).always());
    Client::admin(&swr).get(NAMESPACES);
    panic_of(dropped(swr))
}

fn a_hold_is_never_released() -> String {
    let swr = MockSwr::start();
    swr.on(Op::ListNamespaces, Answer::real().hold_request());
    let client = send_and_wait(&swr, &format!("GET {NAMESPACES}"), "");
    swr.wait_for(Op::ListNamespaces).block();
    drop(client);
    let aborted = |swr: &MockSwr| swr.calls(Op::ListNamespaces)[0].aborted();
    swr.wait_until("the server detects the disconnect", aborted)
        .block();
    panic_of(|| swr.verify(Op::ListNamespaces).answered(200).once())
}

fn a_hold_is_forgotten_by_a_test_that_panics() -> String {
    let test = "of_plans::reported::a_hold_is_forgotten_by_a_test_that_panics";
    output_of(test, || {
        let swr = MockSwr::start();
        swr.on(Op::ListNamespaces, Answer::real().hold());
        let client = send_and_wait(&swr, &format!("GET {NAMESPACES}"), "");
        let is_held = |swr: &MockSwr| {
            swr.calls(Op::ListNamespaces)
                .iter()
                .any(|call| call.status().is_some())
        };
        swr.wait_until("the response is held", is_held).block();
        // The client still waits when the server stops.
        let _client = std::mem::ManuallyDrop::new(client);
        panic!("the client has no response");
    })
}

fn a_test_that_panics_has_met_a_plan() -> String {
    let test = "of_plans::reported::a_test_that_panics_has_met_a_plan";
    output_of(test, || {
        let swr = MockSwr::start();
        let admin = Client::admin(&swr);
        admin.get("/v2/manage/repos");
        swr.on(Op::ListNamespaces, 503);
        assert_eq!(admin.get(NAMESPACES).status, 200);
    })
}

fn a_plan_is_left_by_a_test_that_returns_an_error() -> String {
    panic_of(|| -> Result<(), String> {
        let swr = MockSwr::start();
        swr.on(Op::ListNamespaces, 503);
        Err("the client's own".to_owned())
    })
}

fn a_code_is_not_documented() -> String {
    panic_of(|| Answer::code("SVCSTG.SWR.4090061"))
}

fn a_step_follows_on_always() -> String {
    panic_of(|| Answer::status(503).always().then(Answer::real()))
}

fn a_list_goes_on_after_always() -> String {
    let swr = MockSwr::start();
    panic_of(|| swr.on(Op::ListNamespaces, (Answer::status(503).always(), 429)))
}

fn a_scoped_plan_is_not_used_up() -> String {
    let swr = MockSwr::start();
    let admin = Client::admin(&swr);
    admin.get(NAMESPACES);
    panic_of(|| {
        let _busy = swr.on(Op::ListNamespaces, [503, 503]).scoped();
        admin.get(NAMESPACES);
    })
}

fn a_scoped_plan_is_dropped_at_once() -> String {
    let swr = MockSwr::start();
    Client::admin(&swr).get(NAMESPACES);
    panic_of(|| {
        let _ = swr.on(Op::ListNamespaces, 503).scoped();
    })
}
