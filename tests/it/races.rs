//! Deterministic races: a call is held, something else happens, and the held call continues. The tests are plain, async
//! on one thread or on several, or use a custom executor.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake};

use mock_swr::{Answer, Calls, MockSwr, Op, Permission};
use serde_json::json;

use crate::registry::client::{Registry, docker_image};
use crate::support::Client;

const NAMESPACES: &str = "/v2/manage/namespaces";

/// Creates an organization and returns the status.
async fn create(endpoint: String, token: String, name: &str) -> u16 {
    let request = reqwest::Client::new()
        .post(format!("{endpoint}{NAMESPACES}"))
        .header("X-Auth-Token", token)
        .json(&json!({ "namespace": name }));
    request.send().await.unwrap().status().as_u16()
}

/// Two clients create the same organization. The first request is held until the second has succeeded.
async fn race_for_a_name(swr: &MockSwr) {
    let late = swr.user("late").grant("*", Permission::Manage);
    let held = swr.on(
        Op::CreateNamespace.by("late"),
        Answer::real().hold_request(),
    );
    let endpoint = swr.endpoint().to_owned();
    let losing = tokio::spawn(create(endpoint.clone(), late.token(), "group"));
    swr.wait_for(Op::CreateNamespace.by("late")).await;

    assert_eq!(
        create(endpoint, swr.user("admin").token(), "group").await,
        201
    );
    held.release();
    assert_eq!(losing.await.unwrap(), 409);
    let creations: Vec<_> = swr
        .calls(Op::CreateNamespace)
        .iter()
        .map(|call| (call.caller().unwrap().to_owned(), call.status()))
        .collect();
    assert_eq!(
        creations,
        [
            ("late".to_owned(), Some(409)),
            ("admin".to_owned(), Some(201))
        ],
        "calls are in order of arrival"
    );
}

#[tokio::test]
async fn two_clients_race_for_a_name_on_one_thread() {
    race_for_a_name(&MockSwr::start()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_clients_race_for_a_name_on_two_threads() {
    race_for_a_name(&MockSwr::start()).await;
}

#[test]
fn two_clients_race_for_a_name_in_a_plain_test() {
    let swr = MockSwr::start();
    swr.user("late").grant("*", Permission::Manage);
    let held = swr.on(
        Op::CreateNamespace.by("late"),
        Answer::real().hold_request(),
    );
    let body = || json!({"namespace": "group"});
    std::thread::scope(|scope| {
        let losing = scope.spawn(|| Client::user(&swr, "late").post(NAMESPACES, body()));
        swr.wait_for(Op::CreateNamespace.by("late")).block();
        assert_eq!(Client::admin(&swr).post(NAMESPACES, body()).status, 201);
        held.release();
        losing
            .join()
            .unwrap()
            .assert_refused(409, "SVCSTG.SWR.4090060");
    });
}

/// A minimal executor: poll, park, poll.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(std::thread::Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Arc::new(Unpark(std::thread::current())).into();
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::park(),
        }
    }
}

#[test]
fn a_hold_and_a_wait_need_no_async_runtime_in_the_test() {
    let swr = MockSwr::start();
    let held = swr.on(Op::ListNamespaces, Answer::real().hold());
    let admin = Client::admin(&swr);
    let is_released = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let listing = scope.spawn(|| {
            let status = admin.get(NAMESPACES).status;
            (status, is_released.load(Ordering::SeqCst))
        });
        block_on(async {
            swr.wait_for(Op::ListNamespaces).await;
            swr.wait_until("it is listed", |swr| {
                let calls = swr.calls(Op::ListNamespaces);
                calls.iter().all(|call| call.status() == Some(200))
            })
            .await;
        });
        is_released.store(true, Ordering::SeqCst);
        held.release();
        let (status, was_released) = listing.join().unwrap();
        assert_eq!(status, 200);
        assert!(was_released, "the service acted, and the response was held");
    });
}

#[test]
fn a_repository_is_deleted_during_a_push() {
    let swr = MockSwr::start();
    swr.seed_namespace("group");
    let held = swr.on(Op::PutManifest, Answer::real().hold_request());
    let docker = Registry::token(&swr, "admin", "repository:group/web:pull,push");
    for content in ["{}", "a layer"] {
        docker.push_blob("group/web", content);
    }
    std::thread::scope(|scope| {
        let pushing = scope.spawn(|| docker.put("group/web", "v1", &docker_image("a layer")));
        swr.wait_for(Op::PutManifest).block();
        swr.repo("group/web").delete();
        held.release();
        // Deleting the repository also deleted the blobs pushed before.
        pushing
            .join()
            .unwrap()
            .assert_error(400, "MANIFEST_BLOB_UNKNOWN");
    });
    assert!(!swr.repo("group/web").exists());
    // A client that starts again succeeds.
    docker.push_image("group/web", "v1", "a layer");
    assert_eq!(swr.repo("group/web").tags(), ["v1"]);
}

#[test]
fn a_permission_is_revoked_between_two_calls_of_one_push() {
    let swr = MockSwr::start();
    swr.seed_namespace("group");
    let dev = swr.user("dev").grant("group", Permission::Write);
    let docker = Registry::token(&swr, "dev", "repository:group/web:pull,push");
    let held = swr.on(
        Op::StartUpload,
        Answer::real().times(1).then(Answer::real().hold_request()),
    );
    docker.push_blob("group/web", "{}");
    std::thread::scope(|scope| {
        let pushing = scope.spawn(|| docker.post("/v2/group/web/blobs/uploads/"));
        swr.wait_for(Op::StartUpload).times(2).block();
        dev.revoke("group");
        held.release();
        pushing.join().unwrap().assert_error(403, "DENIED");
    });
}

#[test]
fn several_calls_are_held_and_released_together() {
    let swr = MockSwr::start();
    swr.seed_namespace("group");
    let held = swr.on(Op::CreateRepo, Answer::real().hold_request().times(4));
    let admin = Client::admin(&swr);
    let body = json!({"repository": "web", "is_public": false});
    let path = "/v2/manage/namespaces/group/repos";
    let mut statuses = std::thread::scope(|scope| {
        let posting: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| admin.post(path, body.clone()).status))
            .collect();
        swr.wait_for(Op::CreateRepo).times(4).block();
        assert!(!swr.repo("group/web").exists());
        held.release();
        posting
            .into_iter()
            .map(|posting| posting.join().unwrap())
            .collect::<Vec<_>>()
    });
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409]);
    assert_eq!((held.fired(), swr.ops(Calls::writes()).len()), (4, 4));
}

#[test]
fn two_holds_are_released_in_any_order() {
    let swr = MockSwr::start();
    let repo = swr.seed_repo("group/web");
    let web = "/v2/manage/namespaces/group/repos/web";
    let calls = |category: &str| Op::UpdateRepo.json("/category", category);
    let (first, second) = (
        swr.on(calls("linux"), Answer::real().hold_request()),
        swr.on(calls("lang"), Answer::real().hold_request()),
    );
    let admin = Client::admin(&swr);
    std::thread::scope(|scope| {
        let patch = |category: &'static str| {
            let body = json!({"is_public": false, "category": category});
            admin.patch(web, body).status
        };
        let one = scope.spawn(move || patch("linux"));
        swr.wait_for(calls("linux")).block();
        let two = scope.spawn(move || patch("lang"));
        swr.wait_for(calls("lang")).block();
        second.release();
        assert_eq!(two.join().unwrap(), 201);
        assert_eq!(repo.info().category, "lang");
        first.release();
        assert_eq!(one.join().unwrap(), 201);
    });
    assert_eq!(
        repo.info().category,
        "linux",
        "the call that was released last wins"
    );
}
