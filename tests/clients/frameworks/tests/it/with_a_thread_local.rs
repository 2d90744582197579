//! A server for each thread. The harness runs each test on its own thread, so each test has its own server.
//!
//! A panic while a thread-local value is dropped aborts the process. `check` reports problems before that.

use mock_swr::{MockSwr, Op};

use crate::client::create_repo;

thread_local! {
    static SWR: MockSwr = MockSwr::start();
}

/// Calls a test with the server of the thread, and reports the problems of the server.
fn with_server(test: impl FnOnce(&MockSwr)) {
    SWR.with(|swr| {
        // With `--test-threads=1`, the tests of a process share a thread, and so a server.
        let empty = swr.world();
        test(swr);
        swr.check();
        swr.restore(&empty);
    });
}

#[test]
fn a_repository_is_created() {
    with_server(|swr| {
        swr.seed_namespace("group");
        let calls = swr.from_now();
        assert_eq!(
            create_repo(swr.endpoint(), &swr.user("admin").token(), "group/web"),
            201
        );
        calls.verify(Op::CreateRepo).once();
    });
}

#[test]
fn another_test_begins_without_it() {
    with_server(|swr| {
        assert!(!swr.repo("group/web").exists());
        let calls = swr.from_now();
        assert_eq!(
            create_repo(swr.endpoint(), &swr.user("admin").token(), "group/web"),
            404
        );
        calls.verify(Op::CreateRepo).once();
    });
}
