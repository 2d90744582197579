//! Both flavours of the runtime. Only a wait differs from a plain test: `.await` in place of `.block()`.

use mock_swr::{Answer, MockSwr, Op};

use crate::client::create_repo_async;

/// Creates a repository in a task, and looks at the server while the request is held.
async fn hold_a_request() {
    let swr = MockSwr::start();
    swr.seed_namespace("group");
    let held = swr.on(Op::CreateRepo, Answer::real().hold_request());
    let (endpoint, token) = (swr.endpoint().to_owned(), swr.user("admin").token());

    let client = tokio::spawn(create_repo_async(endpoint, token, "group/web"));
    swr.wait_for(Op::CreateRepo).await;
    assert!(!swr.repo("group/web").exists());
    held.release();

    assert_eq!(client.await.unwrap(), 201);
    assert!(swr.repo("group/web").exists());
}

#[tokio::test]
async fn a_request_is_held_on_a_runtime_with_one_thread() {
    hold_a_request().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_is_held_on_a_runtime_with_several_threads() {
    hold_a_request().await;
}
