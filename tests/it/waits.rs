//! Waits, lists and assertions see a call only after it is matched with its plan.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mock_swr::{Answer, Answers, Call, Calls, Journal, MockSwr, Op, Plan};
use serde_json::json;

use crate::support::{Client, panic_of};

const NAMESPACES: &str = "/v2/manage/namespaces";

/// Creates the organization, which is the call that these tests wait for.
fn create(admin: &Client) -> u16 {
    admin.post(NAMESPACES, json!({"namespace": "group"})).status
}

/// Returns plans of each kind: matched at the head, with the body or by a closure; immediate, from a closure, or held.
fn plans() -> Vec<(Calls, Answers)> {
    let by_head = || Calls::from(Op::CreateNamespace);
    let by_body = || Op::CreateNamespace.json("/namespace", "group");
    let by_function = || Op::CreateNamespace.matching("a body", |call| !call.body().is_empty());
    let answers = || {
        [
            Answer::status(503),
            Answer::with(|_, _| 503),
            Answer::status(503).hold(),
            Answer::status(503).hold_request(),
        ]
    };
    [by_head(), by_body(), by_function()]
        .iter()
        .flat_map(|calls| answers().map(|answer| (calls.clone(), answer.into())))
        .collect()
}

/// Waits for a planned call and checks at once, often enough to show a race.
fn for_each_plan(wait: impl Fn(Journal<'_>), check: impl Fn(&MockSwr, &Plan)) {
    for (calls, answers) in plans() {
        let swr = MockSwr::start();
        let admin = Client::admin(&swr);
        for _ in 0..40 {
            let plan = swr.on(calls.clone(), answers.clone());
            let later = swr.from_now();
            std::thread::scope(|scope| {
                let client = scope.spawn(|| create(&admin));
                wait(later);
                check(&swr, &plan);
                plan.release();
                assert_eq!(client.join().unwrap(), 503);
            });
        }
    }
}

fn wait_for_create(later: Journal<'_>) {
    later.wait_for(Op::CreateNamespace).block();
}

#[test]
fn after_a_wait_the_call_has_used_its_plan() {
    for_each_plan(wait_for_create, |_, plan| assert_eq!(plan.fired(), 1));
}

#[test]
fn after_a_wait_the_call_is_planned() {
    for_each_plan(wait_for_create, |swr, _| {
        assert!(swr.calls(Op::CreateNamespace).last().unwrap().planned());
    });
}

#[test]
fn after_a_wait_the_plan_is_not_reported_as_unused() {
    for_each_plan(wait_for_create, |swr, _| swr.check());
}

#[test]
fn a_plan_that_is_removed_after_a_wait_still_responds() {
    // The client gets 503, and not the response of the service without a plan.
    for_each_plan(wait_for_create, |_, plan| plan.remove());
}

#[test]
fn a_condition_over_the_journal_sees_calls_that_have_used_their_plans() {
    for (calls, answers) in plans() {
        let swr = MockSwr::start();
        let admin = Client::admin(&swr);
        for _ in 0..40 {
            let plan = swr.on(calls.clone(), answers.clone());
            let before = swr.ops(Op::CreateNamespace).len();
            std::thread::scope(|scope| {
                let client = scope.spawn(|| create(&admin));
                swr.wait_until("one more call", |swr| {
                    swr.calls(Op::CreateNamespace).len() > before
                })
                .block();
                assert_eq!(plan.fired(), 1);
                swr.verify(Op::CreateNamespace).times(before + 1);
                assert_eq!(swr.ops(Op::CreateNamespace).len(), before + 1);
                plan.release();
                assert_eq!(client.join().unwrap(), 503);
            });
        }
    }
}

#[tokio::test]
async fn an_awaited_call_has_used_its_plan() {
    let swr = MockSwr::start();
    let http = reqwest::Client::new();
    for calls in [
        Op::CreateNamespace.namespace("group"),
        Calls::from(Op::CreateNamespace),
    ] {
        for round in 1..=40 {
            let plan = swr.on(calls.clone(), 503);
            let url = format!("{}{NAMESPACES}", swr.endpoint());
            let later = swr.from_now();
            let client = tokio::spawn(http.post(url).json(&json!({"namespace": "group"})).send());
            later.wait_for(Op::CreateNamespace).await;
            assert_eq!(plan.fired(), 1, "round {round}");
            assert_eq!(client.await.unwrap().unwrap().status(), 503);
        }
    }
}

/// Sends the head of a call and the first bytes of its body. Returns the connection.
fn half_sent(swr: &MockSwr, head: &str, body: &str) -> TcpStream {
    let mut stream = TcpStream::connect(swr.endpoint().strip_prefix("http://").unwrap()).unwrap();
    let token = swr.user("admin").token();
    write!(
        stream,
        "{head} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {token}\r\nContent-Length: 22\r\n\r\n{body}"
    )
    .unwrap();
    stream
}

const POST: &str = "POST /v2/manage/namespaces";
const BODY: &str = r#"{"namespace": "group"}"#;

#[test]
fn a_call_whose_plan_needs_the_body_is_seen_when_the_body_is_received() {
    let swr = MockSwr::start();
    let plan = swr.on(Op::CreateNamespace.namespace("group"), 503);
    let mut stream = half_sent(&swr, POST, &BODY[..9]);
    // The second call arrives later, and is visible before the first.
    let waiting = swr.on(Op::ListNamespaces, 503);
    let mut other = half_sent(&swr, "GET /v2/manage/namespaces", "");
    swr.wait_for(Op::ListNamespaces).block();
    assert_eq!((plan.fired(), waiting.fired()), (0, 1));
    swr.verify(Op::CreateNamespace).never();

    stream.write_all(&BODY.as_bytes()[9..]).unwrap();
    swr.wait_for(Op::CreateNamespace).block();
    assert_eq!(plan.fired(), 1);
    let numbers: Vec<u64> = swr.calls(Calls::any()).iter().map(Call::number).collect();
    assert!(numbers.is_sorted() && numbers.len() == 2, "{numbers:?}");
    other.write_all(&[b' '; 22]).unwrap();
}

#[test]
fn a_report_lists_calls_that_are_still_being_received() {
    let swr = MockSwr::start();
    let plan = swr.on(Op::CreateNamespace.namespace("group"), 503);
    let stream = half_sent(&swr, POST, &BODY[..9]);
    let list = Client::admin(&swr).get(NAMESPACES);
    assert_eq!(list.status, 200);
    let report = loop {
        let report = panic_of(|| swr.verify(Op::CreateNamespace).once());
        if report.contains("being received") {
            break report;
        }
    };
    assert!(report.contains("it was never called"), "{report}");
    assert!(
        report.contains("POST /v2/manage/namespaces -> being received (CreateNamespace by admin)"),
        "{report}"
    );
    plan.remove();
    drop(stream);
}

#[test]
fn a_call_of_a_client_that_disconnects_in_its_body_uses_no_plan_and_counts() {
    let swr = MockSwr::start();
    let plan = swr.on(Op::CreateNamespace.namespace("group"), 503);
    drop(half_sent(&swr, POST, &BODY[..9]));
    swr.wait_for(Op::CreateNamespace).block();
    let call = swr.verify(Op::CreateNamespace).once();
    assert!(call.aborted());
    assert!(!call.planned());
    assert_eq!(call.status(), None);
    assert_eq!(plan.fired(), 0);
    plan.remove();
}

#[test]
fn a_held_call_of_a_client_that_disconnects_ends_as_aborted() {
    for answer in [
        Answer::real().hold_request(),
        Answer::status(503).hold_request(),
    ] {
        let swr = MockSwr::start();
        swr.on(Op::CreateNamespace, answer);
        let stream = half_sent(&swr, POST, BODY);
        swr.wait_for(Op::CreateNamespace).block();
        let call = swr.verify(Op::CreateNamespace).once();
        assert!(call.planned() && !call.aborted());
        drop(stream);
        swr.wait_until("it has ended", |_| call.aborted()).block();
        assert!(!swr.namespace("group").exists());
    }
}

#[test]
fn calls_without_a_possible_plan_are_seen_at_their_head() {
    let swr = MockSwr::builder()
        .level(mock_swr::ProblemKind::Unmatched, mock_swr::Level::Ignore)
        .start();
    let plan = swr.on(Op::CreateNamespace.namespace("group"), 503);
    let long = format!("POST /v2/manage/namespaces?{}", "x".repeat(40_000));
    for head in [
        "POST /v2/unknown",
        "POST /v2/manage/namespaces/group/repos",
        &long,
    ] {
        let later = swr.from_now();
        let _stream = half_sent(&swr, head, "");
        later.wait_for(Calls::any()).block();
    }
    plan.remove();
}

#[test]
fn a_wait_for_a_body_is_explained_if_the_request_is_held() {
    let swr = MockSwr::start();
    let held = swr.on(Op::CreateNamespace, Answer::real().hold_request());
    let mut stream = half_sent(&swr, POST, BODY);
    swr.wait_for(Op::CreateNamespace).block();
    let report = panic_of(|| {
        swr.wait_for(Op::CreateNamespace.namespace("group"))
            .within(Duration::ZERO)
            .block();
    });
    assert!(
        report.contains("the body of #1 is not read before `release()`, because `hold_request` holds the request"),
        "{report}"
    );
    held.release();
    swr.wait_for(Op::CreateNamespace.namespace("group")).block();
    let mut head = [0; 12];
    stream.read_exact(&mut head).unwrap();
    assert_eq!(&head, b"HTTP/1.1 201");
}

#[test]
fn a_plan_that_needs_the_body_of_another_operation_causes_no_delay() {
    let swr = MockSwr::start();
    let plan = swr.on(Op::CreateNamespace, Answer::reset_after_reading(0));
    let of_another = swr.on(Op::UpdateRepo.json("/is_public", true), 503);
    swr.on(Op::CreateNamespace.namespace("group"), 503).remove();
    // The client sends no byte of the body, so only the head can end the call.
    let mut stream = half_sent(&swr, POST, "");
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let error = stream.read(&mut [0]).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    assert_eq!(plan.fired(), 1);
    of_another.remove();
}

#[test]
fn a_closure_with_the_mock_is_dropped_when_the_server_stops() {
    struct DropFlag(Arc<AtomicBool>);
    impl Drop for DropFlag {
        fn drop(&mut self) {
            self.0.store(true, Ordering::SeqCst);
        }
    }
    let is_dropped = Arc::new(AtomicBool::new(false));
    let swr = MockSwr::start();
    let admin = Client::admin(&swr);
    let outage = swr.on(Op::ListNamespaces, Answer::status(503).always());
    let (flag, ends) = (DropFlag(Arc::clone(&is_dropped)), outage.clone());
    swr.on(
        Op::CreateNamespace,
        Answer::with(move |swr, _| {
            let _ = &flag;
            ends.remove();
            swr.seed_namespace("seeded");
            Answer::real()
        }),
    );
    assert_eq!(admin.get(NAMESPACES).status, 503);
    assert_eq!(create(&admin), 201);
    assert_eq!(admin.get(NAMESPACES).status, 200);
    assert!(swr.namespace("seeded").exists());
    assert!(!is_dropped.load(Ordering::SeqCst));
    drop(swr);
    assert!(is_dropped.load(Ordering::SeqCst));
    // The handle of a plan outlives its server.
    assert_eq!(outage.fired(), 1);
    outage.remove();
}

#[test]
fn a_closure_that_outlives_the_server_keeps_no_port_open_and_opens_none() {
    let (stopped, has_stopped) = std::sync::mpsc::channel::<()>();
    let (sender, receiver) = std::sync::mpsc::channel::<bool>();
    let (has_stopped, sender) = (
        std::sync::Mutex::new(has_stopped),
        std::sync::Mutex::new(sender),
    );
    let swr = MockSwr::start();
    swr.on(
        Op::CreateNamespace,
        Answer::with(move |swr, _| {
            let _ = has_stopped.lock().unwrap().recv();
            let region = std::panic::AssertUnwindSafe(|| swr.region("cn-east-3").endpoint().len());
            let _ = sender
                .lock()
                .unwrap()
                .send(std::panic::catch_unwind(region).is_err());
            503
        }),
    );
    let _stream = half_sent(&swr, POST, BODY);
    swr.wait_for(Op::CreateNamespace).block();
    drop(swr);
    stopped.send(()).unwrap();
    assert!(
        receiver.recv().unwrap(),
        "a stopped server opens no listener"
    );
}
