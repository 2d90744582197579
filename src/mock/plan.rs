//! Planned answers.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use crate::engine::answer::answers::Answers;
use crate::engine::calls::Calls;
use crate::engine::core::Core;
use crate::engine::progress::Progress;
use crate::mock::swr::MockSwr;

impl MockSwr {
    /// Plans the answers to the next matching calls.
    ///
    /// The newest plan that matches a call answers it and uses one step. When all steps of a plan are used, calls go to
    /// older plans, and then to the service. If a plan has unused steps at the end, the test fails and the report
    /// names the line of `on`.
    ///
    /// A planned answer replaces authentication and all rules of the service. [`Answer::real`](crate::Answer::real)
    /// applies them.
    ///
    /// # Examples
    ///
    /// ```
    /// use mock_swr::{MockSwr, Op, Refusal};
    ///
    /// let swr = MockSwr::start();
    /// let client = reqwest::blocking::Client::new();
    /// let list = || client.get(format!("{}/v2/manage/namespaces", swr.endpoint()))
    ///     .header("X-Auth-Token", swr.token()).send().unwrap().status();
    ///
    /// swr.on(Op::ListNamespaces, Refusal::Throttled);
    /// assert_eq!(list(), 429);
    /// assert_eq!(list(), 200);
    /// ```
    #[doc(alias = "mount")]
    #[doc(alias = "mock")]
    #[doc(alias = "respond_with")]
    #[track_caller]
    pub fn on(&self, calls: impl Into<Calls>, answers: impl Into<Answers>) -> Plan {
        Plan {
            progress: self.core.on(calls.into(), answers.into()),
            core: Arc::clone(&self.core),
        }
    }
}

/// The planned answers that [`MockSwr::on`] returns. Dropping a `Plan` does not end it.
///
/// # Examples
///
/// ```
/// use mock_swr::{Answer, Calls, MockSwr};
///
/// let swr = MockSwr::start();
/// let outage = swr.on(Calls::any(), Answer::status(503).always());
/// assert_eq!(outage.fired(), 0);
/// outage.remove();
/// ```
#[derive(Clone)]
pub struct Plan {
    progress: Arc<Progress>,
    core: Arc<Core>,
}

impl Plan {
    /// Returns how many calls the plan has answered.
    #[doc(alias = "hits")]
    #[must_use = "`fired` asserts nothing: compare the number, or use `verify`"]
    pub fn fired(&self) -> usize {
        self.progress.fired()
    }

    /// Releases held calls, now and later.
    pub fn release(&self) {
        self.core.release(&self.progress);
    }

    /// Ends the plan. Unused steps no longer fail the test. Held calls stay held until [`Plan::release`].
    #[doc(alias = "delete")]
    #[doc(alias = "scope")]
    pub fn remove(&self) {
        self.core.remove(&self.progress);
    }

    /// Limits the plan to a block: dropping the returned guard ends the plan, and fails the test if steps are unused.
    ///
    /// # Examples
    ///
    /// ```
    /// use mock_swr::{Answer, Calls, MockSwr};
    ///
    /// let swr = MockSwr::start();
    /// let status = || reqwest::blocking::get(swr.endpoint()).unwrap().status();
    /// {
    ///     let _outage = swr.on(Calls::any(), Answer::status(503).always()).scoped();
    ///     assert_eq!(status(), 503);
    /// }
    /// assert_ne!(status(), 503);
    /// ```
    #[doc(alias = "mount_as_scoped")]
    #[doc(alias = "scope")]
    pub fn scoped(self) -> ScopedPlan {
        ScopedPlan(self)
    }
}

/// A plan that ends with a block: see [`Plan::scoped`].
///
/// Dropping it ends the plan and releases its held calls. If the plan has unused steps, dropping it panics, and the
/// first line of the message names the line of `on`. While the test is already panicking, it only prints the message.
/// The [`Level`](crate::Level) of [`ProblemKind::PlanLeft`](crate::ProblemKind::PlanLeft) applies.
///
/// The methods of [`Plan`] are available: after [`Plan::remove`], unused steps do not fail the test.
#[must_use = "the plan ends when this value is dropped: bind it to a name, such as `_outage`"]
pub struct ScopedPlan(Plan);

impl Deref for ScopedPlan {
    type Target = Plan;

    fn deref(&self) -> &Plan {
        &self.0
    }
}

impl Drop for ScopedPlan {
    fn drop(&mut self) {
        let Plan { progress, core } = &self.0;
        let failure = core.end_plan(progress);
        if progress.is_holding() {
            core.release(progress);
        }
        match failure {
            Some(report) if !std::thread::panicking() => panic!("{report}"),
            Some(report) => eprintln!("{report}"),
            None => {}
        }
    }
}

impl fmt::Debug for ScopedPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ScopedPlan({})", self.progress)
    }
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Plan({})", self.progress)
    }
}
