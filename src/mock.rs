//! A server: starting it, reaching it, what is wrong with it, stopping it.

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::panic::{Location, RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use parking_lot::{Mutex, MutexGuard};

use crate::answers::Answers;
use crate::auth::Auth;
use crate::builder::Builder;
use crate::calls::Calls;
use crate::handles::{Credentials, Names};
use crate::journal::{Call, Records};
use crate::plan::{Entry, Plans};
use crate::problem::{Level, Levels, Problem, ProblemKind};
use crate::report::{MAX_LINES, Report, why_left};
use crate::server::{Network, bind};
use crate::sites::{Site, Sites};
use crate::state::{ADMIN, State};
use crate::world::{Home, World};

/// A Huawei Cloud SWR of one's own, on loopback.
///
/// Dropping it closes its ports and connections, and fails the test if something is wrong: a request that
/// belongs to no operation, a plan that never fired, and so on (see [`ProblemKind`]). All of it is in one panic;
/// while the test is already panicking it is only printed, or else, if no assertion has told it, what was asked last
/// and why it was refused.
///
/// ```
/// use mock_swr::MockSwr;
///
/// let swr = MockSwr::start();
/// assert!(swr.endpoint().starts_with("http://127.0.0.1:"));
/// ```
#[must_use = "the server stops when this value is dropped"]
#[derive(Debug)]
pub struct MockSwr {
    pub(crate) core: Arc<Core>,
    pub(crate) names: Names,
    pub(crate) network: Mutex<Network>,
    pub(crate) host: IpAddr,
}

/// What requests and handles share.
#[derive(Debug)]
pub(crate) struct Core {
    state: Mutex<State>,
    pub(crate) plans: Plans,
    pub(crate) records: Records,
    pub(crate) auth: Auth,
    pub(crate) sites: Sites,
    pub(crate) home: Home,
    pub(crate) levels: Levels,
    pub(crate) noted: Mutex<Vec<Problem>>,
    /// Whether a report has told what was asked.
    told: AtomicBool,
}

/// How many problems are kept; a client that loops makes the same one for ever.
const MAX_PROBLEMS: usize = 200;
const LET_PASS: &str =
    "  to let such a request pass: MockSwr::builder().level(ProblemKind::Unmatched, Level::Warn)";

impl Core {
    pub(crate) fn new(state: State, auth: Auth, sites: Sites, home: Home, levels: Levels) -> Core {
        Core {
            state: Mutex::new(state),
            plans: Plans::new(),
            records: Records::default(),
            auth,
            sites,
            home,
            levels,
            noted: Mutex::default(),
            told: AtomicBool::new(false),
        }
    }

    /// The text of a report on what was asked, which need not be told again.
    pub(crate) fn tell(&self, report: Report) -> String {
        self.told.store(true, Ordering::Relaxed);
        report.finish()
    }

    /// Notes a problem of the test.
    pub(crate) fn note(&self, kind: ProblemKind, message: String) {
        let level = self.levels.of(kind);
        let mut noted = self.noted.lock();
        if level != Level::Ignore && noted.len() < MAX_PROBLEMS {
            noted.push(Problem {
                kind,
                level,
                message,
            });
        }
    }

    /// The state, as it looks from a region.
    pub(crate) fn state(&self, site: &Site) -> MutexGuard<'_, State> {
        let mut state = self.state.lock();
        state.enter(&site.region);
        state
    }

    /// Changes the state from outside of a request.
    pub(crate) fn change<T>(&self, site: &Site, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.state(site));
        self.records.bell.ring();
        result
    }
}

impl MockSwr {
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
        let entry = self
            .core
            .plans
            .add(calls.into(), answers.into(), Location::caller());
        Plan {
            entry,
            core: Arc::clone(&self.core),
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
    /// a handle next speaks of it; tokens and keys that were given out since are unknown.
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
            let why = why_left(&plan, &core.plans, &seen);
            let why = why
                .lines()
                .map(|line| format!("\n    {}", line.trim_start()));
            let message = std::iter::once(plan.to_string()).chain(why).collect();
            add(ProblemKind::PlanLeft, message);
        }
        let lost = core.records.lost();
        if lost > 0 {
            let message = format!(
                "the journal keeps {} requests; the first {lost} are lost",
                crate::journal::CAPACITY
            );
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
        if let Some(report) = self.judge() {
            panic!("{report}");
        }
    }

    pub(crate) fn home(&self) -> &Site {
        self.core.sites.home()
    }

    /// The state, as it looks from the server's own region.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.core.state(self.home())
    }

    /// A region, with listeners of its own, which it gets here on first mention.
    pub(crate) fn site(&self, region: &str) -> io::Result<&Site> {
        // Held until the region can be found: two that ask at once get the same one.
        let mut network = self.network.lock();
        let sites = &self.core.sites;
        if let Some(site) = sites.find(region) {
            return Ok(site);
        }
        let (api, registry) = (bind(self.host, 0)?, bind(self.host, 0)?);
        let site = Site {
            region: region.into(),
            endpoint: format!("http://{}", api.address),
            registry: registry.address.to_string(),
        };
        network.serve(&self.core, sites.count(), api, registry)?;
        let site = sites.add(site);
        self.core.change(site, |_| ());
        Ok(site)
    }

    /// The report, if the test fails; what is only to be reported is printed.
    fn judge(&self) -> Option<String> {
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
        let seen = self.core.records.since(0);
        report.last_requests((&seen, 0), &self.core.records, |_| false);
        Some(self.core.tell(report))
    }

    /// What a test that panics by itself may have stumbled over: what was refused, and what is held.
    fn look_back(&self) -> Option<String> {
        let core = &self.core;
        let seen = core.records.since(0);
        let is_refused = |call: &Call| call.refusal().is_some() && !call.planned();
        let is_telling = seen.iter().any(is_refused) || !core.plans.holding().is_empty();
        if core.told.load(Ordering::Relaxed) || !is_telling {
            return None;
        }
        let mut report = Report::new("mock-swr: what was asked before the panic".to_owned());
        report.last_requests((&seen, 0), &core.records, |_| false);
        report.plans_left(core);
        Some(report.finish())
    }
}

impl Drop for MockSwr {
    fn drop(&mut self) {
        self.network.lock().stop();
        if !std::thread::panicking() {
            return self.check();
        }
        if let Some(report) = self.judge().or_else(|| self.look_back()) {
            eprintln!("{report}");
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
    entry: Arc<Entry>,
    core: Arc<Core>,
}

impl Plan {
    /// How many calls it has answered.
    pub fn fired(&self) -> usize {
        self.entry.fired()
    }

    /// Lets go of what is held, and of what would be held later.
    pub fn release(&self) {
        self.entry.release();
    }

    /// Ends it; whether it has fired is not judged. What it holds stays held until released.
    pub fn remove(&self) {
        self.core.plans.remove(&self.entry);
    }
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Plan({})", self.entry)
    }
}
