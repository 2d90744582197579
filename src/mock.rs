//! A server: starting it, reaching it, what is wrong with it, stopping it.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::panic::{Location, RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use parking_lot::Mutex;

use crate::answer::Answers;
use crate::auth::Auth;
use crate::calls::Calls;
use crate::clock::{Clock, Time};
use crate::handles::{Credentials, Names};
use crate::input::Site;
use crate::journal::Records;
use crate::ops::Door;
use crate::plan::{Entry, Plans};
use crate::report::{MAX_LINES, Report};
use crate::server::{Network, bind};
use crate::state::{ADMIN, Profile, Settings, State};
use crate::world::{Home, World};

/// A Huawei Cloud SWR of one's own, on loopback.
///
/// Dropping it closes its ports and connections, and fails the test if something is wrong: a request that
/// belongs to no operation, a plan that never fired, and so on (see [`ProblemKind`]). All of it is in one panic;
/// while the test is already panicking it is only printed.
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
    network: Network,
}

/// What requests and handles share.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) state: Mutex<State>,
    pub(crate) plans: Plans,
    pub(crate) records: Records,
    pub(crate) auth: Auth,
    pub(crate) site: Site,
    pub(crate) home: Home,
    levels: Levels,
    noted: Mutex<Vec<Problem>>,
}

/// How many problems are kept; a client that loops makes the same one for ever.
const MAX_PROBLEMS: usize = 200;

impl Core {
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

    /// Changes the state from outside of a request.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.state.lock());
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
        &self.core.site.endpoint
    }

    /// Where images are served, as the host of an image reference: `127.0.0.1:41002`, without a scheme.
    pub fn registry(&self) -> &str {
        &self.core.site.registry
    }

    /// Those of the account's administrator.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::builder().credentials("AK", "SK").start();
    /// assert_eq!(swr.credentials().access_key, "AK");
    /// ```
    pub fn credentials(&self) -> Credentials {
        Credentials::of(&self.core.state.lock(), ADMIN)
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
        self.core.state.lock().clock.now().system()
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
        self.core.change(|state| state.clock.advance(by));
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
        World::of(self.core.state.lock().clone())
    }

    /// Puts the state back as it was. Journal and plans stay.
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
            Ok(restored) => self.core.change(|state| *state = restored),
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
        for plan in core.plans.left_over() {
            add(ProblemKind::PlanLeft, plan.to_string());
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
            report.line(format!("  {problem}"));
        }
        report.last_requests(&self.core.records.since(0), &self.core.records);
        Some(report.finish())
    }
}

impl Drop for MockSwr {
    fn drop(&mut self) {
        self.network.stop();
        let Some(report) = self.judge() else { return };
        if std::thread::panicking() {
            eprintln!("{report}");
        } else {
            panic!("{report}");
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

/// What can be wrong with a test, as the server sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProblemKind {
    /// A request belonged to no operation.
    Unmatched,
    /// A request was for an operation that the mock does not simulate, and no plan answered it.
    NotSimulated,
    /// A plan did not fire as often as it should have, or held something for more than 30 seconds.
    PlanLeft,
    /// More requests came than the journal keeps, so that assertions no longer see them all.
    JournalFull,
    /// A function of the test's author, or the mock itself, panicked.
    Panicked,
}

/// How a problem is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Not at all.
    Ignore,
    /// Listed and printed.
    Warn,
    /// The test fails.
    Fail,
}

/// Something wrong with the test.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// Of which kind.
    pub kind: ProblemKind,
    /// How it is taken.
    pub level: Level,
    /// What it is, and what to do about it.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.kind, self.message)
    }
}

/// The kinds that are not taken at their default, which is to fail the test.
#[derive(Debug, Clone, Default)]
struct Levels(Vec<(ProblemKind, Level)>);

impl Levels {
    fn of(&self, kind: ProblemKind) -> Level {
        self.0
            .iter()
            .rev()
            .find(|(set, _)| *set == kind)
            .map_or(Level::Fail, |(_, level)| *level)
    }
}

/// Makes a server with something else than the defaults.
///
/// ```
/// use mock_swr::{Auth, MockSwr};
///
/// let swr = MockSwr::builder().auth(Auth::Off).frozen_at("2026-01-31T08:00:00Z").start();
/// # drop(swr);
/// ```
#[must_use = "call `start` to get a server"]
#[derive(Debug, Clone, Default)]
pub struct Builder {
    region: Option<String>,
    account: Option<String>,
    user: Option<String>,
    credentials: Option<(String, String)>,
    project_id: Option<String>,
    auth: Auth,
    world: World,
    frozen_at: Option<Time>,
    levels: Levels,
    host: Option<IpAddr>,
    ports: (u16, u16),
    settings: Settings,
}

impl Builder {
    /// The region it stands in. Default: that of the world, or `cn-north-4`.
    pub fn region(mut self, name: &str) -> Builder {
        self.region = Some(name.to_owned());
        self
    }

    /// The account it belongs to. Default: that of the world, or `acme`.
    pub fn account(mut self, name: &str) -> Builder {
        self.account = Some(name.to_owned());
        self
    }

    /// The account's administrator. Default: that of the world, or `admin`.
    pub fn user(mut self, name: &str) -> Builder {
        self.user = Some(name.to_owned());
        self
    }

    /// The administrator's keys.
    pub fn credentials(mut self, access_key: &str, secret_key: &str) -> Builder {
        self.credentials = Some((access_key.to_owned(), secret_key.to_owned()));
        self
    }

    /// The project of the server's account in its region. Default: that of the world, or 32 hex digits that
    /// follow from account and region.
    ///
    /// ```
    /// use mock_swr::MockSwr;
    ///
    /// let id = "0123456789abcdef0123456789abcdef";
    /// let swr = MockSwr::builder().project_id(id).start();
    /// assert_eq!(swr.credentials().project_id, id);
    ///
    /// let fork = MockSwr::builder().world(swr.world().to_json().parse().unwrap()).start();
    /// assert_eq!(fork.credentials().project_id, id);
    /// ```
    pub fn project_id(mut self, id: &str) -> Builder {
        self.project_id = Some(id.to_owned());
        self
    }

    /// What it asks of callers. Default: [`Auth::Identity`].
    pub fn auth(mut self, auth: Auth) -> Builder {
        self.auth = auth;
        self
    }

    /// The state it starts from: of a file, a snapshot, another server. Default: empty.
    pub fn world(mut self, world: World) -> Builder {
        self.world = world;
        self
    }

    /// Has the clock stand at an instant. Default: it follows the wall clock.
    ///
    /// # Panics
    ///
    /// If it is not RFC 3339, as in `2026-01-31T08:00:00Z`.
    #[track_caller]
    pub fn frozen_at(mut self, rfc3339: &str) -> Builder {
        match Time::parse(rfc3339) {
            Ok(time) => self.frozen_at = Some(time),
            Err(reason) => panic!("{reason}"),
        }
        self
    }

    /// What the registry is like. Default: [`Profile::Swr`].
    ///
    /// ```
    /// use mock_swr::{MockSwr, Profile};
    ///
    /// let swr = MockSwr::builder().profile(Profile::Oci).start();
    /// # drop(swr);
    /// ```
    pub fn profile(mut self, profile: Profile) -> Builder {
        self.settings.profile = profile;
        self
    }

    /// The most bytes of images that it holds; a push beyond that is refused with 507. Default: 4 GiB.
    pub fn content_limit(mut self, bytes: u64) -> Builder {
        self.settings.content_limit = bytes;
        self
    }

    /// How a kind of problem is taken. It never changes an answer. Default: all fail the test.
    ///
    /// ```
    /// use mock_swr::{Level, MockSwr, ProblemKind};
    ///
    /// let swr = MockSwr::builder().level(ProblemKind::Unmatched, Level::Ignore).start();
    /// # drop(swr);
    /// ```
    pub fn level(mut self, kind: ProblemKind, level: Level) -> Builder {
        self.levels.0.push((kind, level));
        self
    }

    /// The address to listen on. Default: `127.0.0.1`.
    pub fn host(mut self, host: IpAddr) -> Builder {
        self.host = Some(host);
        self
    }

    /// The ports to listen on; 0 is any. Default: ports that this process has not used before.
    pub fn ports(mut self, api: u16, registry: u16) -> Builder {
        self.ports = (api, registry);
        self
    }

    /// Starts the server.
    ///
    /// # Panics
    ///
    /// Where [`Builder::try_start`] errs.
    #[track_caller]
    pub fn start(self) -> MockSwr {
        match self.try_start() {
            Ok(swr) => swr,
            Err(error) => panic!("mock-swr cannot start: {error}"),
        }
    }

    /// Starts the server.
    ///
    /// # Errors
    ///
    /// If a port cannot be bound, or the world is of another region or account than the builder says.
    ///
    /// ```
    /// use mock_swr::MockSwr;
    ///
    /// let first = MockSwr::start();
    /// let port = first.registry().rsplit(':').next().unwrap().parse().unwrap();
    /// assert!(MockSwr::builder().ports(0, port).try_start().is_err());
    /// ```
    pub fn try_start(self) -> Result<MockSwr, StartError> {
        let home = Home {
            region: self.region,
            account: self.account,
            user: self.user,
            frozen_at: self.frozen_at,
            settings: self.settings,
        };
        let mut state = self.world.state(&home).map_err(StartError::World)?;
        let home = Home {
            frozen_at: self.frozen_at,
            ..Home::of(&state)
        };
        if let Some(time) = self.frozen_at {
            state.clock = Clock::frozen_at(time);
        }
        if let Some((access_key, secret_key)) = &self.credentials {
            state.set_keys(ADMIN, access_key, secret_key);
        }
        if let Some(id) = &self.project_id {
            state.fixed_project = Some(id.as_str().into());
        }

        let host = self.host.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let bind = |port| bind(host, port).map_err(|error| StartError::Bind(host, port, error));
        let (api, registry) = (bind(self.ports.0)?, bind(self.ports.1)?);
        let site = Site {
            endpoint: format!("http://{}", api.address),
            registry: registry.address.to_string(),
        };
        let core = Arc::new(Core {
            state: Mutex::new(state),
            plans: Plans::new(),
            records: Records::default(),
            auth: self.auth,
            site,
            home,
            levels: self.levels,
            noted: Mutex::default(),
        });
        let network = Network::serve(&core, [(Door::Api, api), (Door::Registry, registry)])
            .map_err(StartError::Runtime)?;
        Ok(MockSwr {
            core,
            names: Names::default(),
            network,
        })
    }
}

/// Why a server did not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// This address and port cannot be bound.
    Bind(IpAddr, u16, std::io::Error),
    /// The threads that serve could not be made.
    Runtime(std::io::Error),
    /// The world does not fit what the builder says.
    World(String),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StartError::Bind(host, 0, error) => {
                write!(f, "no port of {host} can be bound: {error}")
            }
            StartError::Bind(host, port, error) => {
                write!(f, "port {port} of {host} cannot be bound: {error}")
            }
            StartError::Runtime(error) => write!(f, "its threads cannot be made: {error}"),
            StartError::World(reason) => write!(f, "the world does not fit: {reason}"),
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            StartError::Bind(_, _, error) | StartError::Runtime(error) => Some(error),
            StartError::World(_) => None,
        }
    }
}
