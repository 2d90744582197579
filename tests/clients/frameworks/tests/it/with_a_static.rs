//! Tests that share one server. Each has its own organization and user, and ends with `check`.

use std::sync::LazyLock;

use mock_swr::{Answers, MockSwr, Op, Permission};

use crate::client::create_repo;

static SWR: LazyLock<MockSwr> = LazyLock::new(MockSwr::start);

/// Creates a repository as a user with this permission. Returns the status.
fn create_as(user: &str, namespace: &str, permission: Permission) -> u16 {
    SWR.seed_namespace(namespace);
    let token = SWR.user(user).grant(namespace, permission).token();
    create_repo(SWR.endpoint(), &token, &format!("{namespace}/web")).as_u16()
}

#[test]
fn a_writer_creates_a_repository() {
    let calls = SWR.from_now();
    assert_eq!(create_as("writer", "first", Permission::Write), 201);
    calls.verify(Op::CreateRepo.by("writer")).once();
    SWR.check();
}

#[test]
fn a_reader_does_not() {
    let calls = SWR.from_now();
    assert_eq!(create_as("reader", "second", Permission::Read), 403);
    calls
        .verify(Op::CreateRepo.by("reader"))
        .answered(403)
        .once();
    SWR.check();
}

#[test]
fn a_plan_for_one_user_does_not_affect_the_others() {
    // `check` in another test would report a plan that is not used up yet, so the plan is optional.
    let failures = Answers::from([503, 503, 503]).optional();
    let plan = SWR.on(Op::CreateRepo.by("unlucky"), failures);
    assert_eq!(create_as("unlucky", "third", Permission::Write), 503);
    assert_eq!(plan.fired(), 3);
    SWR.check();
}
