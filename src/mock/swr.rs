//! A server: starting it, reaching it, what is wrong with it, stopping it.

use std::fmt;
use std::panic::{Location, RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use parking_lot::MutexGuard;

use crate::base::endpoints::Endpoints;
use crate::base::problem::{Level, Problem, ProblemKind};
use crate::base::times::counted;
use crate::engine::answer::answers::Answers;
use crate::engine::calls::Calls;
use crate::engine::core::Core;
use crate::engine::journal::KEPT;
use crate::engine::plans::Progress;
use crate::engine::report::{MAX_LINES, Report, why_left};
use crate::fixtures::world::World;
use crate::mock::builder::Builder;
use crate::mock::handles::Credentials;
use crate::state::{ADMIN, State};

/// A Huawei Cloud SWR of one's own, on loopback.
///
/// Dropping it closes its ports and connections, and fails the test if something is wrong: a request that
/// belongs to no operation, a plan that never fired, and so on (see [`ProblemKind`]). All of it is in one panic;
/// while the test is already panicking it is only printed, or else, if no report has listed them, the last requests. A
/// test that returns an error does not panic: the requests that the service refused are printed, whether the test
/// passes or not, unless every kind of problem is ignored.
///
/// ```
/// use mock_swr::MockSwr;
///
/// let swr = MockSwr::start();
/// assert!(swr.endpoint().starts_with("http://127.0.0.1:"));
/// ```
#[must_use = "the server stops when this value is dropped"]
pub struct MockSwr {
    pub(crate) core: Arc<Core>,
    /// Dropping a view, as closures get it, neither stops the server nor judges the test.
    is_owner: bool,
}

const LET_PASS: &str =
    "  to let such a request pass: MockSwr::builder().level(ProblemKind::Unmatched, Level::Warn)";

/// Said where dropping the server panics.
const HIDES: &str = "  if the test returned an error, this panic hides it: `unwrap()` in place of `?` shows the error";

impl MockSwr {
    pub(crate) fn owner(core: Arc<Core>) -> MockSwr {
        MockSwr {
            core,
            is_owner: true,
        }
    }

    /// The mock for a closure, which does not keep the server alive beyond its owner.
    pub(crate) fn view(core: &Arc<Core>) -> MockSwr {
        MockSwr {
            core: Arc::clone(core),
            is_owner: false,
        }
    }

    /// A server with the defaults: region `cn-north-4`, account `acme` with administrator `admin`, nothing in it.
    ///
    /// It takes no time, and works in a plain `#[test]` as in any async one.
    ///
    /// # Panics
    ///
    /// If no port can be bound.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// # drop(swr);
    /// ```
    #[track_caller]
    pub fn start() -> MockSwr {
        MockSwr::builder().start()
    }

    /// A server with something else than the defaults.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::builder().region("cn-east-3").account("umbrella").start();
    /// assert_eq!(swr.credentials().region, "cn-east-3");
    /// ```
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Where management and IAM are served: `http://127.0.0.1:41001`.
    pub fn endpoint(&self) -> &str {
        &self.core.sites.home().endpoint
    }

    /// Where images are served, as the host of an image reference: `127.0.0.1:41002`, without a scheme.
    pub fn registry(&self) -> &str {
        &self.core.sites.home().registry
    }

    /// Those of the account's administrator.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::builder().credentials("AK", "SK").start();
    /// assert_eq!(swr.credentials().access_key, "AK");
    /// ```
    pub fn credentials(&self) -> Credentials {
        Credentials::of(&self.state(), ADMIN)
    }

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
    #[track_caller]
    pub fn on(&self, calls: impl Into<Calls>, answers: impl Into<Answers>) -> Plan {
        let core = &self.core;
        let after = core.records.last_number();
        let calls = self.resolve(calls);
        let progress = core
            .plans
            .add(calls, answers.into(), after, Location::caller());
        Plan {
            progress,
            core: Arc::clone(core),
        }
    }

    /// The service's time.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::builder().frozen_at("2026-01-31T08:00:00Z").start();
    /// assert_eq!(swr.now(), swr.now());
    /// ```
    pub fn now(&self) -> SystemTime {
        self.state().clock.now().system()
    }

    /// Moves the service's time; the client's own does not move.
    ///
    /// ```
    /// use mock_swr::{MockSwr, days};
    ///
    /// let swr = MockSwr::builder().frozen_at("2026-01-01T00:00:00Z").start();
    /// let before = swr.now();
    /// swr.advance(days(31));
    /// assert_eq!(swr.now().duration_since(before).unwrap(), days(31));
    /// ```
    pub fn advance(&self, by: Duration) {
        self.core
            .change(self.home(), |state| state.clock.advance(by));
    }

    /// The state as a value, in no time, whatever its size.
    ///
    /// ```
    /// use mock_swr::MockSwr;
    ///
    /// let swr = MockSwr::start();
    /// swr.seed_repo("group/web");
    /// let fork = MockSwr::builder().world(swr.world()).start();
    /// assert!(fork.repo("group/web").exists());
    /// ```
    pub fn world(&self) -> World {
        World::of(self.state().clone())
    }

    /// Puts the state back as it was. Journal and plans stay, and so do the regions that have listeners and what the
    /// builder said of the administrator's keys and project. A user of whom the world does not know is made again when
    /// a handle next speaks of it; tokens and keys that were given out since are unknown. Ids and numbers go on after those
    /// that were given out: none is given out a second time. A world of another server brings no uploads under way.
    ///
    /// # Panics
    ///
    /// If the world is that of another region or account.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// let empty = swr.world();
    /// swr.seed_repo("group/web");
    /// swr.restore(&empty);
    /// assert!(!swr.repo("group/web").exists());
    /// ```
    #[track_caller]
    pub fn restore(&self, world: &World) {
        match world.state(&self.core.home) {
            Ok(mut restored) => self.core.change(self.home(), |state| {
                for site in self.core.sites.iter() {
                    restored.add_region(&site.region);
                }
                restored.follow(state);
                *state = restored;
            }),
            Err(reason) => panic!("the world does not fit this server: {reason}"),
        }
    }

    /// All that would fail the test, and what is only reported, up to now.
    ///
    /// ```
    /// use mock_swr::{Level, MockSwr, ProblemKind};
    ///
    /// let swr = MockSwr::builder().level(ProblemKind::Unmatched, Level::Warn).start();
    /// reqwest::blocking::get(format!("{}/v2/namespaces", swr.endpoint())).unwrap();
    /// assert_eq!(swr.problems()[0].kind, ProblemKind::Unmatched);
    /// ```
    pub fn problems(&self) -> Vec<Problem> {
        let core = &self.core;
        let mut problems = core.noted.lock().clone();
        let mut add = |kind, message| {
            let level = core.levels.of(kind);
            if level != Level::Ignore {
                problems.push(Problem {
                    kind,
                    level,
                    message,
                });
            }
        };
        let left = core.plans.left_over();
        let seen = if left.is_empty() {
            Vec::new()
        } else {
            core.records.since(0)
        };
        for plan in left {
            let why = why_left(&plan, &seen);
            let why = why
                .lines()
                .map(|line| format!("\n    {}", line.trim_start()));
            let message = std::iter::once(plan.progress.to_string())
                .chain(why)
                .collect();
            add(ProblemKind::PlanLeft, message);
        }
        let lost = core.records.lost();
        if lost > 0 {
            let message = format!("the journal keeps {KEPT}; the first {lost} requests are lost");
            add(ProblemKind::JournalFull, message);
        }
        problems
    }

    /// Fails the test here if something is wrong, as dropping the server does later.
    ///
    /// # Panics
    ///
    /// If there is a problem whose level is [`Level::Fail`].
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// swr.check();
    /// ```
    #[track_caller]
    pub fn check(&self) {
        if let Some(report) = self.judge(None) {
            panic!("{report}");
        }
    }

    pub(crate) fn home(&self) -> &Endpoints {
        self.core.sites.home()
    }

    /// The state, as it looks from the server's own region.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.core.state(self.home())
    }

    /// The report, if the test fails, with this line in it; what is only to be reported is printed.
    fn judge(&self, line: Option<&str>) -> Option<String> {
        let (failing, others): (Vec<Problem>, Vec<Problem>) = self
            .problems()
            .into_iter()
            .partition(|problem| problem.level == Level::Fail);
        for problem in others {
            eprintln!("mock-swr: {problem}");
        }
        if failing.is_empty() {
            return None;
        }
        let count = if failing.len() == 1 {
            "1 problem".to_owned()
        } else {
            format!("{} problems", failing.len())
        };
        let mut report = Report::new(format!("mock-swr: {count}"));
        for problem in failing.iter().take(MAX_LINES / 2) {
            for line in format!("  {problem}").lines() {
                report.line(line);
            }
        }
        if failing
            .iter()
            .any(|problem| problem.kind == ProblemKind::Unmatched)
        {
            report.line(LET_PASS);
        }
        if let Some(line) = line {
            report.line(line);
        }
        report.last_requests(0, &self.core, |_| false);
        Some(self.core.tell(report))
    }

    /// What a test that panics by itself may have stumbled over, unless a report has told it.
    fn look_back(&self) -> Option<String> {
        let core = &self.core;
        if core.has_told() {
            return None;
        }
        let mut report = Report::new("mock-swr: the requests before the panic".to_owned());
        report.last_requests(0, core, |_| false);
        report.plans_left(core);
        Some(report.finish())
    }

    /// What a test that returns an error may have stumbled over, unless a report has told it. Nobody can know here
    /// whether the test does: one that passes prints it as well.
    fn refusals(&self) -> Option<String> {
        let core = &self.core;
        if core.has_told() || core.levels.are_silent() {
            return None;
        }
        let refused = core.records.refused();
        if refused.is_empty() {
            return None;
        }
        let count = counted(refused.len(), "request");
        let mut report = Report::new(format!("mock-swr: the service refused {count}:"));
        report.requests(&refused, |_| false);
        Some(report.finish())
    }
}

impl fmt::Debug for MockSwr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Endpoints {
            region,
            endpoint,
            registry,
        } = self.home();
        write!(f, "MockSwr({endpoint}, registry {registry}, {region})")
    }
}

impl Drop for MockSwr {
    fn drop(&mut self) {
        if !self.is_owner {
            return;
        }
        self.core.stop();
        let is_panicking = std::thread::panicking();
        let failure = self.judge(Some(HIDES).filter(|_| !is_panicking));
        let aside = match failure {
            Some(_) => None,
            None if is_panicking => self.look_back(),
            None => self.refusals(),
        };
        self.core.plans.end();
        match failure {
            Some(report) if !is_panicking => panic!("{report}"),
            failure => {
                for report in failure.into_iter().chain(aside) {
                    eprintln!("{report}");
                }
            }
        }
    }
}

// A test that catches a panic may go on with its server: no lock is held while code of others runs.
impl UnwindSafe for MockSwr {}
impl RefUnwindSafe for MockSwr {}

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
    pub fn remove(&self) {
        self.core.plans.remove(&self.progress);
    }
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Plan({})", self.progress)
    }
}
