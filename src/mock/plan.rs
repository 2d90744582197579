//! Plans, as a test holds them.

use std::fmt;
use std::sync::Arc;

use crate::engine::answer::answers::Answers;
use crate::engine::calls::Calls;
use crate::engine::core::Core;
use crate::engine::progress::Progress;
use crate::mock::swr::MockSwr;

impl MockSwr {
    /// Plans what the next matching calls get, in place of authentication and rules; [`Answer::real`] goes
    /// through them.
    ///
    /// The newest plan that is about a call answers it and uses up one step; a plan that is used up lets the call
    /// through to older ones and then to the service. A plan left over fails the test and names this line.
    ///
    /// [`Answer::real`]: crate::Answer::real
    ///
    /// ```
    /// use mock_swr::{MockSwr, Op, Refusal};
    ///
    /// let swr = MockSwr::start();
    /// let client = reqwest::blocking::Client::new();
    /// let list = || client.get(format!("{}/v2/manage/namespaces", swr.endpoint()))
    ///     .header("X-Auth-Token", swr.user("admin").token()).send().unwrap().status();
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

/// What [`MockSwr::on`] planned. Dropping it does nothing.
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
    /// How many calls it has answered.
    pub fn fired(&self) -> usize {
        self.progress.fired()
    }

    /// Lets go of what is held, and of what would be held later.
    pub fn release(&self) {
        self.progress.release();
    }

    /// Ends it; whether it has fired is not judged. What it holds stays held until released.
    #[doc(alias = "scope")]
    pub fn remove(&self) {
        self.core.plans.remove(&self.progress);
    }
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Plan({})", self.progress)
    }
}
