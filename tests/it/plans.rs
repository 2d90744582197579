//! Planned answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use mock_swr::{Answer, Answers, Calls, Level, MockSwr, Op, ProblemKind, Refusal};
use serde_json::json;

use crate::support::{Client, assert_advises, panic_of};

const NAMESPACES: &str = "/v2/manage/namespaces";

fn statuses(client: &Client, n: usize) -> Vec<u16> {
    (0..n).map(|_| client.get(NAMESPACES).status).collect()
}

#[test]
fn a_list_of_answers_is_used_in_order_and_then_the_service_responds() {
    let swr = MockSwr::start();
    let admin = Client::admin(&swr);
    let plan = swr.on(Op::ListNamespaces, [503, 429]);
    assert_eq!(statuses(&admin, 3), [503, 429, 200]);
    assert_eq!(plan.fired(), 2);
}

#[test]
fn steps_are_used_in_order_and_a_real_one_counts() {
    let swr = MockSwr::start();
    let admin = Client::admin(&swr);
    swr.on(
        Op::ListNamespaces,
        Answer::real().times(2).then(503).then([429, 500]),
    );
    assert_eq!(statuses(&admin, 6), [200, 200, 503, 429, 500, 200]);
}

#[test]
fn the_newest_plan_wins_until_it_is_used_up() {
    let swr = MockSwr::start();
    let admin = Client::admin(&swr);
    swr.on(Op::ListNamespaces, [500, 500]);
    swr.on(Op::ListNamespaces, 503);
    assert_eq!(statuses(&admin, 4), [503, 500, 500, 200]);
}

#[test]
fn a_plan_applies_only_to_the_calls_it_selects() {
    let swr = MockSwr::start();
    let admin = Client::admin(&swr);
    let post = |name: &str| admin.post(NAMESPACES, json!({"namespace": name})).status;
    swr.on(Op::CreateNamespace.json("/namespace", "two"), 503);
    assert_eq!((post("one"), post("two"), post("two")), (201, 503, 201));

    swr.on(Op::ListNamespaces.by("dev"), 500);
    assert_eq!(admin.get(NAMESPACES).status, 200);
    assert_eq!(Client::user(&swr, "dev").get(NAMESPACES).status, 500);

    swr.on(
        Op::ShowNamespace.namespace("two").header("accept", "*/*"),
        429,
    );
    assert_eq!(admin.get(&format!("{NAMESPACES}/one")).status, 200);
    assert_eq!(admin.get(&format!("{NAMESPACES}/two")).status, 429);

    swr.on(Op::ListNamespaces.query("namespace", "one"), 503);
    assert_eq!(admin.get(NAMESPACES).status, 200);
    assert_eq!(
        admin.get(&format!("{NAMESPACES}?namespace=one")).status,
        503
    );
}

#[test]
fn a_plan_whose_calls_need_the_body_still_wins_over_an_older_one() {
    let swr = MockSwr::start();
    let admin = Client::admin(&swr);
    let older = swr.on(Op::CreateNamespace, Answer::status(500).always());
    swr.on(
        Op::CreateNamespace.json("/namespace", "group"),
        Answer::real(),
    );
    assert_eq!(
        admin.post(NAMESPACES, json!({"namespace": "other"})).status,
        500
    );
    assert_eq!(
        admin.post(NAMESPACES, json!({"namespace": "group"})).status,
        201
    );
    assert_eq!(older.fired(), 1);
    assert!(swr.namespace("group").exists() && !swr.namespace("other").exists());
}

#[test]
fn a_planned_error_has_the_format_of_the_called_api() {
    let swr = MockSwr::start();
    let admin = Client::admin(&swr);
    for (answer, status, code) in [
        (
            Answer::from(Refusal::NamespaceExists),
            409,
            "SVCSTG.SWR.4090060",
        ),
        (Answer::from(Refusal::Throttled), 429, "APIGW.0308"),
        (Answer::from(Refusal::TokenExpired), 401, "APIGW.0307"),
        (Answer::status(429), 429, "APIGW.0308"),
        (Answer::status(401), 401, "APIGW.0301"),
        (Answer::status(403), 403, "SVCSTG.SWR.4037017"),
        (Answer::status(404), 404, "SVCSTG.SWR.4040058"),
        (Answer::status(500), 500, "SVCSTG.SWR.5000008"),
        (Answer::status(503), 503, "APIGW.0201"),
        (
            Answer::code("SVCSTG.SWR.5000059"),
            500,
            "SVCSTG.SWR.5000059",
        ),
        (Answer::code("APIGW.0613"), 503, "APIGW.0613"),
    ] {
        swr.on(Op::ListNamespaces, answer);
        admin.get(NAMESPACES).assert_refused(status, code);
    }
    swr.on(Op::ShowRepository, 404);
    admin
        .get("/v2/manage/namespaces/group/repos/web")
        .assert_refused(404, "SVCSTG.SWR.4040113");
    swr.verify(Op::ListNamespaces)
        .refused(Refusal::NamespaceExists)
        .once();
}

#[test]
fn a_plan_can_be_a_complete_response() {
    let swr = MockSwr::start();
    let admin = Client::admin(&swr);
    swr.on(
        Op::ListQuotas,
        Answer::json(200, json!({"quotas": []})).header("X-Extra", "1"),
    );
    let response = admin.get("/v2/manage/projects/p/quotas");
    assert_eq!(
        (response.status, response.json(), response.header("x-extra")),
        (200, json!({"quotas": []}), "1")
    );

    let response = http::Response::builder()
        .status(418)
        .header("X-Tea", "yes")
        .body("short")
        .unwrap();
    swr.on(Op::ListQuotas, response);
    let response = admin.get("/v2/manage/projects/p/quotas");
    assert_eq!(
        (
            response.status,
            response.text.as_str(),
            response.header("x-tea")
        ),
        (418, "short", "yes")
    );
    assert_eq!(
        response.header("x-request-id"),
        "",
        "a response from an `http::Response` is sent unchanged"
    );

    swr.on(Op::ListQuotas, 204);
    assert_eq!(admin.get("/v2/manage/projects/p/quotas").text, "");
}

#[test]
fn a_real_response_can_be_changed_and_the_service_acts() {
    let swr = MockSwr::start();
    let admin = Client::admin(&swr);
    let altered = Answer::real()
        .map(|answer| *answer.body_mut() = Bytes::from_static(b"oops"))
        .header("X-Seen", "1");
    swr.on(Op::CreateNamespace, altered);
    let made = admin.post(NAMESPACES, json!({"namespace": "group"}));
    assert_eq!(
        (made.status, made.text.as_str(), made.header("x-seen")),
        (201, "oops", "1")
    );
    assert!(swr.namespace("group").exists());
}

#[test]
fn a_closure_responds_to_the_call_and_can_use_the_mock() {
    let swr = MockSwr::start();
    let admin = Client::admin(&swr);
    swr.on(
        Op::CreateNamespace,
        Answer::with(|swr, call| {
            // The closure reads and changes the state, and sends a request.
            assert_eq!(call.json().unwrap()["namespace"], "group");
            swr.seed_namespace("seeded");
            assert_eq!(
                reqwest::blocking::get(swr.endpoint()).unwrap().status(),
                200
            );
            if swr.namespace("group").exists() {
                Answer::status(500)
            } else {
                Answer::real().header("X-By", "with")
            }
        })
        .times(2),
    );
    let made = admin.post(NAMESPACES, json!({"namespace": "group"}));
    assert_eq!((made.status, made.header("x-by")), (201, "with"));
    assert_eq!(
        admin.post(NAMESPACES, json!({"namespace": "group"})).status,
        500
    );
    assert!(swr.namespace("seeded").exists());
}

#[test]
fn a_closure_selects_calls_and_runs_once_for_each() {
    let swr = MockSwr::start();
    let admin = Client::admin(&swr);
    let requests = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&requests);
    swr.on(
        Op::ListNamespaces.matching("the second call", move |call| {
            count.fetch_add(1, Ordering::SeqCst);
            call.number() == 2
        }),
        503,
    );
    assert_eq!(admin.get(NAMESPACES).status, 200);
    assert_eq!(admin.get(NAMESPACES).status, 503);
    assert_eq!(requests.load(Ordering::SeqCst), 2);
    let report = panic_of(|| {
        swr.verify(Op::ListNamespaces.matching("the third call", |call| call.number() == 3))
            .once()
    });
    assert!(
        report.starts_with("expected ListNamespaces matching the third call once"),
        "{report}"
    );
    assert!(
        report.contains("`matching`: expected the third call"),
        "{report}"
    );
}

#[test]
fn a_panic_in_a_closure_is_reported_and_the_server_continues() {
    let swr = MockSwr::builder()
        .level(ProblemKind::Panicked, Level::Warn)
        .start();
    let admin = Client::admin(&swr);
    swr.on(
        Op::ListNamespaces,
        Answer::with(|_, _| -> Answer { panic!("mine") }),
    );
    let response = admin.get(NAMESPACES);
    response.assert_refused(500, "MOCKSWR.Panicked");
    assert_eq!(response.header("x-mock-hint"), "mine");
    swr.on(Op::ListNamespaces, Answer::real().map(|_| panic!("in map")));
    assert_eq!(admin.get(NAMESPACES).text, "a panic in `map`: in map");
    let picky = swr.on(
        Op::ListNamespaces.matching("nothing", |_| panic!("in matching")),
        503,
    );
    assert_eq!(admin.get(NAMESPACES).header("x-mock-hint"), "in matching");
    picky.remove();
    assert_eq!(admin.get(NAMESPACES).status, 200);
    let kinds: Vec<ProblemKind> = swr.problems().iter().map(|problem| problem.kind).collect();
    assert_eq!(kinds, [ProblemKind::Panicked; 3]);
}

#[test]
fn an_outage_lasts_until_it_is_removed() {
    let swr = MockSwr::start();
    let admin = Client::admin(&swr);
    let outage = swr.on(Calls::any(), Answer::status(503).always());
    assert_eq!(statuses(&admin, 3), [503, 503, 503]);
    assert_eq!(
        admin.get("/nowhere").status,
        503,
        "of requests that belong to no operation too"
    );
    outage.remove();
    assert_eq!(statuses(&admin, 1), [200]);
    assert_eq!(outage.fired(), 4);
}

#[test]
fn a_plan_responds_to_an_operation_that_is_not_simulated() {
    let swr = MockSwr::start();
    swr.on(
        Op::ListInstance,
        Answer::json(200, json!({"instances": [], "total": 0})),
    );
    let response = Client::admin(&swr).get("/v2/0123/instances");
    assert_eq!(
        (response.status, response.json()["total"].clone()),
        (200, json!(0))
    );
    assert_eq!(swr.problems(), []);
}

#[test]
fn a_delay_comes_after_the_service_has_acted() {
    let swr = MockSwr::start();
    let admin = Client::admin(&swr);
    swr.on(
        Op::CreateNamespace,
        Answer::real().delay(Duration::from_millis(60)),
    );
    let begun = Instant::now();
    std::thread::scope(|scope| {
        let posting = scope.spawn(|| admin.post(NAMESPACES, json!({"namespace": "group"})).status);
        swr.wait_until("it exists", |swr| swr.namespace("group").exists())
            .block();
        assert_eq!(posting.join().unwrap(), 201);
    });
    assert!(begun.elapsed() >= Duration::from_millis(60));
}

#[test]
fn an_unused_plan_fails_the_test_and_names_its_line() {
    let (swr, started) = (MockSwr::start(), line!());
    let admin = Client::admin(&swr);
    swr.on(Op::ListNamespaces, [503, 503, 503]);
    swr.on(Op::ListQuotas, Answer::status(503).always());
    swr.on(Op::CreateRepo, Answers::from(503).optional());
    admin.get(NAMESPACES);
    let report = panic_of(|| drop(swr));
    let here = file!();
    let first = format!("{here}:{started}: mock-swr: 2 problems\n");
    assert!(report.starts_with(&first), "{report}");
    assert!(
        report.contains(&format!(
            "PlanLeft: on(ListNamespaces, 503, then 503, then 503) at {here}:"
        )),
        "{report}"
    );
    assert!(report.contains("fired 1 time"), "{report}");
    assert!(report.contains("on(ListQuotas, 503 always)"), "{report}");
}

#[test]
fn an_optional_or_removed_plan_is_not_a_problem() {
    let swr = MockSwr::start();
    swr.on(Op::CreateRepo, Answers::from(503).optional());
    swr.on(Op::CreateRepo, Answer::status(503).times(0));
    swr.on(Op::CreateRepo, 503).remove();
    assert_eq!(swr.problems(), []);
    let endless = swr.on(Op::ListNamespaces, Answer::status(503).always());
    assert_eq!(swr.problems().len(), 1);
    assert_eq!(Client::admin(&swr).get(NAMESPACES).status, 503);
    assert_eq!(swr.problems(), []);
    endless.remove();
}

#[test]
fn each_concurrent_call_uses_one_step_of_one_plan() {
    let swr = MockSwr::start();
    let admin = Client::admin(&swr);
    let plan = swr.on(Op::ListNamespaces, Answer::status(503).times(40));
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| statuses(&admin, 10)))
            .collect();
        clients
            .into_iter()
            .flat_map(|client| client.join().unwrap())
            .collect()
    });
    assert_eq!(plan.fired(), 40);
    assert_eq!(statuses.iter().filter(|status| **status == 503).count(), 40);
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 40);
}

#[test]
fn misuse_panics_at_once_with_advice() {
    assert_advises(
        || Op::ListNamespaces.path("repo", "web"),
        "no call can match ListNamespaces with {repo} = web: ListNamespaces has no path parameter `repo` (/v2/manage/",
    );
    assert_advises(
        || Op::ShowRepository.path("repo", "web"),
        "no call can match ShowRepository with {repo} = web: ShowRepository has no path parameter `repo` (/v2/manage/",
    );
    assert_advises(
        || Answer::code("SVCSTG.SWR.409006"),
        "`SVCSTG.SWR.409006` is not a documented error code; the most similar is \
         `SVCSTG.SWR.4090060`: Organization exists",
    );
    assert_advises(
        || Answer::status(99),
        "99 is not a valid status of a response: expected 200 to 999",
    );
    assert_advises(
        || Answer::status(503).always().then(200),
        "`then` after `always()` is never used: `always()` answers all further calls",
    );
    assert_advises(
        || Answer::real().header("bad name", "x"),
        "`bad name` is not a valid header name",
    );
}
