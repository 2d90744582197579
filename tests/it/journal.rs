//! The journal: assertions, order, waits.

use std::sync::Arc;
use std::time::Duration;

use mock_swr::{Call, Calls, MockSwr, Op, Refusal};
use reqwest::Method;
use serde_json::json;

use crate::support::{Client, panic_of, send};

const NAMESPACES: &str = "/v2/manage/namespaces";

/// Starts a server and makes four calls: create a group, list, create it again, show a missing one.
fn server_with_calls() -> MockSwr {
    let swr = MockSwr::start();
    let admin = Client::admin(&swr);
    admin.post(NAMESPACES, json!({"namespace": "group"}));
    admin.get(&format!("{NAMESPACES}?filter=namespace::group"));
    Client::user(&swr, "dev").post(NAMESPACES, json!({"namespace": "group"}));
    admin.get(&format!("{NAMESPACES}/nothing"));
    swr
}

#[test]
fn calls_are_selected_by_operation_caller_resource_path_query_header_and_body() {
    let swr = server_with_calls();
    for (calls, count) in [
        (Calls::any(), 4),
        (Calls::writes(), 2),
        (Calls::writes().by("admin"), 1),
        (Calls::any().except([Op::CreateNamespace]), 2),
        (Calls::unmatched(), 0),
        (Calls::from([Op::CreateNamespace, Op::ShowNamespace]), 3),
        (Op::CreateNamespace.by("dev"), 1),
        // The name of the server's own account ignores case.
        (Op::CreateNamespace.by("acme/dev"), 1),
        (Op::CreateNamespace.by("ACME/dev"), 1),
        (Op::CreateNamespace.by("partner/dev"), 0),
        (Calls::any().namespace("group"), 3),
        (Op::ListNamespaces.namespace("group"), 1),
        (
            Op::ShowNamespace
                .namespace("nothing")
                .path("namespace", "nothing"),
            1,
        ),
        (Op::ListNamespaces.query("filter", "namespace::group"), 1),
        (
            Op::CreateNamespace.header("Content-Type", "application/json"),
            2,
        ),
        (Op::CreateNamespace.header("content-type", "text/plain"), 0),
        (Op::CreateNamespace.json("/namespace", "group"), 2),
        (Op::CreateNamespace.json("/namespace", "grou"), 0),
        (Op::CreateNamespace.json_includes(json!({})), 2),
        (
            Op::CreateNamespace.json_includes(json!({"namespace": "group"})),
            2,
        ),
        (
            Op::CreateNamespace.json_includes(json!({"namespace": "group", "more": 1})),
            0,
        ),
        (
            Op::CreateNamespace.matching("a later call", |call| call.number() > 1),
            1,
        ),
    ] {
        assert_eq!(swr.calls(&calls).len(), count, "{calls}");
        swr.verify(calls).times(count);
    }
}

#[test]
fn verify_counts_statuses_and_refusals() {
    let swr = server_with_calls();
    swr.verify(Op::CreateNamespace).answered(201).once();
    swr.verify(Op::CreateNamespace).answered(403).once();
    swr.verify(Op::CreateNamespace)
        .refused(Refusal::PermissionDenied)
        .once();
    swr.verify(Op::CreateNamespace)
        .refused(Refusal::NamespaceExists)
        .never();
    assert_eq!(swr.verify(Op::CreateNamespace).times(2).len(), 2);
    swr.verify(Calls::any()).times(4..);
    swr.verify(Calls::any()).times(..=4);
    swr.verify(Calls::any()).times(1..=4);
    swr.verify(Calls::any()).times(4..5);
    for expected in [3.into(), (5..).into(), (..=3).into(), (1..4).into()] {
        let expected: mock_swr::Times = expected;
        panic_of(|| swr.verify(Calls::any()).times(expected));
    }
}

#[test]
fn a_call_has_its_request_and_its_outcome() {
    let swr = MockSwr::builder().frozen_at("2026-01-31T08:00:00Z").start();
    swr.seed_repo("group/one/two");
    let admin = Client::admin(&swr);
    let path = format!("{NAMESPACES}/group/repos/one%24two?x=a%20b&x=c&y=1+2");
    let body = json!({"is_public": true});
    send(
        admin
            .request(Method::PATCH, &path)
            .header("X-Extra", "é")
            .json(&body),
    )
    .unwrap();

    let call: Call = swr.verify(Op::UpdateRepo).once();
    assert_eq!(
        (call.number(), call.op(), call.method()),
        (1, Some(Op::UpdateRepo), &Method::PATCH)
    );
    assert_eq!(call.path(), "/v2/manage/namespaces/group/repos/one%24two");
    assert_eq!(
        (
            call.param("namespace"),
            call.param("repository"),
            call.param("tag")
        ),
        (Some("group"), Some("one/two"), None)
    );
    assert_eq!(
        (call.query("x"), call.query("y"), call.query("z")),
        (Some("a b"), Some("1 2"), None)
    );
    assert_eq!(call.headers()["x-extra"].as_bytes(), "é".as_bytes());
    assert_eq!(
        (call.json(), call.body()),
        (Some(body), &b"{\"is_public\":true}"[..])
    );
    assert_eq!(
        (call.caller(), call.status(), call.refusal(), call.hint()),
        (Some("admin"), Some(201), None, None)
    );
    assert!(!call.planned() && !call.unread() && call.took().is_some());
    assert_eq!(call.at(), swr.now());
}

#[test]
fn secrets_are_never_printed() {
    let swr = MockSwr::start();
    let token = swr.user("admin").token();
    let request = Client::admin(&swr)
        .request(Method::POST, NAMESPACES)
        .header(
            "Authorization",
            "SDK-HMAC-SHA256 Access=AK, SignedHeaders=host, Signature=5167",
        )
        .json(&json!({"namespace": "group", "password": "pass1234"}));
    send(request).unwrap();
    let secret_key = swr.credentials().secret_key;
    let call = swr.verify(Op::CreateNamespace).once();
    let report = panic_of(|| {
        swr.verify(Op::CreateNamespace.header("X-Auth-Token", &token))
            .never()
    });
    for printed in [
        format!("{call:?}{call}{}", swr.journal()),
        format!("{:?}", swr.credentials()),
        report,
    ] {
        for secret in [token.as_str(), "5167", "pass1234", &secret_key] {
            assert!(!printed.contains(secret), "{printed}");
        }
    }
    assert_eq!(
        call.headers()["x-auth-token"],
        token,
        "a test can read the values of headers"
    );
}

#[test]
fn an_order_is_by_arrival_and_allows_other_calls_in_between() {
    let swr = server_with_calls();
    swr.verify_order([Op::CreateNamespace, Op::ShowNamespace]);
    swr.verify_order([
        Op::CreateNamespace.by("admin"),
        Op::CreateNamespace.by("dev"),
    ]);
    assert_eq!(
        swr.ops(Calls::writes()),
        [Op::CreateNamespace, Op::CreateNamespace]
    );
    let report = panic_of(|| swr.verify_order([Op::ShowNamespace, Op::ListNamespaces]));
    assert!(
        report.starts_with("expected ListNamespaces as call 2 of the order, after #4 GET"),
        "{report}"
    );
    assert!(report.contains("it was called earlier: #2 GET"), "{report}");
}

#[test]
fn from_now_ignores_earlier_calls() {
    let swr = server_with_calls();
    let later = swr.from_now();
    later.verify(Calls::any()).never();
    Client::admin(&swr).get(NAMESPACES);
    assert_eq!(later.verify(Op::ListNamespaces).once().number(), 5);
    assert_eq!(
        (later.ops(Calls::any()), later.calls(Calls::any()).len()),
        (vec![Op::ListNamespaces], 1)
    );
    assert_eq!(later.to_string().lines().count(), 1);
    assert_eq!(
        swr.journal()
            .to_string()
            .lines()
            .filter(|line| line.starts_with('#'))
            .count(),
        5
    );
}

#[test]
fn a_wait_ends_when_the_request_arrives() {
    let swr = Arc::new(MockSwr::start());
    let client = {
        let swr = Arc::clone(&swr);
        std::thread::spawn(move || {
            swr.wait_for(Op::ListNamespaces).times(2).block();
            Client::admin(&swr)
                .get(&format!("{NAMESPACES}/group"))
                .status
        })
    };
    let admin = Client::admin(&swr);
    admin.get(NAMESPACES);
    admin.get(NAMESPACES);
    swr.wait_for(Op::ShowNamespace.namespace("group")).block();
    assert_eq!(client.join().unwrap(), 404);
    // A wait for an earlier call ends at once.
    swr.wait_for(Op::ShowNamespace)
        .within(Duration::ZERO)
        .block();
}

#[test]
fn a_wait_that_times_out_reports_the_received_calls() {
    let swr = server_with_calls();
    let wait = || {
        swr.wait_for(Op::CreateRepo)
            .within(Duration::from_millis(10))
            .block()
    };
    let report = panic_of(wait);
    let (line, rest) = report.split_once(": ").unwrap();
    assert!(line.starts_with(&format!("{}:", file!())), "{report}");
    assert!(
        rest.starts_with("CreateRepo was not called within 10ms\n"),
        "{report}"
    );
    assert!(report.contains("received 4 requests:"), "{report}");
    let report = panic_of(|| {
        swr.wait_until("pigs fly", |_| false)
            .within(Duration::from_millis(10))
            .block()
    });
    let (line, rest) = report.split_once(": ").unwrap();
    assert!(line.starts_with(&format!("{}:", file!())), "{report}");
    assert!(
        rest.starts_with("the condition was still false after 10ms: pigs fly\n"),
        "{report}"
    );
}

#[test]
fn a_wait_works_on_any_executor() {
    let swr = MockSwr::start();
    let url = format!("{}/", swr.endpoint());
    let client = std::thread::spawn(|| reqwest::blocking::get(url).unwrap().status().as_u16());
    // A minimal executor: poll, park, poll.
    struct Unpark(std::thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Arc::new(Unpark(std::thread::current())).into();
    let mut context = std::task::Context::from_waker(&waker);
    let mut wait = std::pin::pin!(swr.wait_for(Op::ListApiVersions));
    while wait.as_mut().poll(&mut context).is_pending() {
        std::thread::park();
    }
    assert_eq!(client.join().unwrap(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_works_on_many_threads_and_times_out() {
    let swr = Arc::new(MockSwr::start());
    let waiting = {
        let swr = Arc::clone(&swr);
        tokio::spawn(async move { swr.wait_for(Op::ListApiVersions).times(3).await })
    };
    for _ in 0..3 {
        assert_eq!(
            reqwest::get(format!("{}/", swr.endpoint()))
                .await
                .unwrap()
                .status(),
            200
        );
    }
    waiting.await.unwrap();
    let in_vain = {
        let swr = Arc::clone(&swr);
        tokio::spawn(async move {
            swr.wait_for(Op::CreateRepo)
                .within(Duration::from_millis(10))
                .await
        })
    };
    assert!(in_vain.await.unwrap_err().is_panic());
}

#[test]
fn the_journal_keeps_the_newest_calls_and_reports_the_overflow() {
    use mock_swr::{Level, ProblemKind};
    let swr = MockSwr::builder()
        .level(ProblemKind::JournalFull, Level::Warn)
        .start();
    let admin = Client::admin(&swr);
    for _ in 0..10_003 {
        admin.get("/v2");
    }
    let calls = swr.calls(Calls::any());
    assert_eq!(
        (calls.len(), calls[0].number(), calls[9_999].number()),
        (10_000, 4, 10_003)
    );
    let [problem] = &swr.problems()[..] else {
        panic!("{:?}", swr.problems())
    };
    assert_eq!(
        (problem.kind, problem.level),
        (ProblemKind::JournalFull, Level::Warn)
    );
    assert!(
        problem
            .message
            .contains("the oldest 3 requests were dropped"),
        "{problem}"
    );
}

#[test]
fn a_body_is_kept_up_to_64_kib_and_a_matcher_says_so() {
    let swr = MockSwr::start();
    let long = "a".repeat(70_000);
    Client::admin(&swr).post(NAMESPACES, json!({"namespace": long}));
    let call = swr.verify(Op::CreateNamespace).answered(400).once();
    assert_eq!((call.body().len(), call.json()), (64 * 1024, None));
    let report = panic_of(|| {
        swr.verify(Op::CreateNamespace.json("/namespace", "group"))
            .once()
    });
    assert!(
        report.contains("the journal keeps only the first 64 KiB"),
        "{report}"
    );
}
