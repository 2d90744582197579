//! Values that do nothing unless the test uses them. The compiler warns about each of them.

#![deny(unfulfilled_lint_expectations)]

use mock_swr::{Answer, Answers, Calls, Image, MockSwr, Op, Order};

/// Asserts that `unused_must_use` warns about a statement.
macro_rules! warns {
    ($($statement:expr;)*) => {$({
        #[expect(unused_must_use, reason = "the warning is what this test shows")]
        {
            $statement;
        }
    })*};
}

#[test]
fn the_compiler_warns_about_a_value_that_does_nothing() {
    let swr = MockSwr::start();
    let plan = swr.on(Op::ListTags, 503);
    warns! {
        MockSwr::start();
        MockSwr::builder();
        Answer::status(503);
        Answer::status(503).header("Retry-After", "0");
        Answers::from([503, 503]);
        Calls::any();
        Op::ListTags.repo("group/web");
        Order::from([Op::ListTags]);
        Image::new("v1");
        swr.verify(Op::ListTags);
        swr.verify(Op::ListTags).repo("group/web");
        swr.wait_for(Op::ListTags);
        swr.wait_until("pigs fly", |_| false);
        swr.journal();
        swr.from_now();
        swr.calls(Op::ListTags);
        swr.ops(Op::ListTags);
        swr.events();
        swr.problems();
        swr.repo("group/web").exists();
        swr.namespace("group").exists();
        plan.fired();
    }
    // Dropped at the end of its statement, it fails the test.
    let unused = crate::support::panic_of(|| warns! { swr.on(Op::ListQuotas, 503).scoped(); });
    assert!(
        unused.contains("bind it to a name, such as `_outage`"),
        "{unused}"
    );
    plan.remove();
}

#[test]
fn a_lint_of_rustc_warns_about_a_value_that_is_dropped_at_once() {
    #[expect(let_underscore_drop, reason = "the warning is what this test shows")]
    let _ = MockSwr::start();
    let swr = MockSwr::start();
    let plan = || swr.on(Op::ListTags, Answers::from(503).optional());
    #[expect(let_underscore_drop, reason = "the warning is what this test shows")]
    let _ = plan().scoped();
}

#[test]
fn a_plan_stays_when_its_handle_is_ignored() {
    let swr = MockSwr::start();
    swr.on(Op::ListApiVersions, 503);
    let _ = swr.on(Op::ListApiVersions, 429);
    let status = || {
        reqwest::blocking::get(swr.endpoint())
            .unwrap()
            .status()
            .as_u16()
    };
    assert_eq!([status(), status(), status()], [429, 503, 200]);
}
