//! A running server.

use std::fmt;
use std::net::SocketAddr;
use std::ops::Deref;
use std::panic::{Location, RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use parking_lot::Mutex;

use crate::base::clock::Time;
use crate::base::endpoints::Endpoints;
use crate::engine::answer::Server;
use crate::engine::core::Core;
use crate::engine::report::Report;
use crate::engine::scenario::judge::RunningStep;
use crate::fixtures::world::World;
use crate::fixtures::world::difference::differences;
use crate::mock::names::Names;

/// A running mock of Huawei Cloud SWR, on loopback.
///
/// Dropping it closes its ports and connections, and fails the test if there is a problem. Examples are a request that
/// matches no operation and a plan that never fired; [`ProblemKind`](crate::ProblemKind) lists all kinds.
///
/// Drop reports as follows:
///
/// - It panics once, with all problems in one message. The first line names the line that started the server.
/// - If the test is already panicking, it prints the problems. Without problems, it prints the last requests, unless a
///   report has already listed them.
/// - Without problems and without a panic, it prints the requests that the service refused, because the test may have
///   returned an error. It does not print them if every kind of problem is ignored.
/// - If the server was not used, it prints the line that started it: `let _ = MockSwr::start()` drops it at once.
///
/// # Examples
///
/// ```
/// use mock_swr::MockSwr;
///
/// let swr = MockSwr::start();
/// assert!(swr.endpoint().starts_with("http://127.0.0.1:"));
/// ```
#[doc(alias = "mock")]
#[doc(alias = "MockServer")]
#[doc(alias = "Server")]
#[must_use = "the server stops when this value is dropped: bind it to a name, such as `swr`"]
pub struct MockSwr {
    pub(crate) core: WatchedCore,
    pub(crate) names: Names,
    /// Where the test started the server. `None` for the mock that closures get: dropping that one neither stops the
    /// server nor fails the test.
    pub(super) started_at: Option<&'static Location<'static>>,
    /// The step of a scenario that runs.
    pub(super) step: Mutex<Option<RunningStep>>,
}

impl MockSwr {
    #[track_caller]
    pub(crate) fn owner(core: Arc<Core>) -> MockSwr {
        MockSwr {
            core: WatchedCore::new(core),
            names: Names::default(),
            started_at: Some(Location::caller()),
            step: Mutex::default(),
        }
    }

    /// The mock that a closure gets. Dropping it does not stop the server.
    pub(crate) fn view(server: &Server) -> MockSwr {
        let Ok(core) = Arc::clone(server).downcast() else {
            unreachable!("every server is a `Core`");
        };
        MockSwr {
            core: WatchedCore::new(core),
            names: Names::default(),
            started_at: None,
            step: Mutex::default(),
        }
    }

    /// Returns the URL of the management API and of IAM, such as `http://127.0.0.1:41001`. With TLS, it has `https`.
    #[doc(alias = "base_url")]
    #[doc(alias = "uri")]
    #[doc(alias = "url")]
    pub fn endpoint(&self) -> &str {
        self.home().endpoint()
    }

    /// Returns the host and port of the registry, such as `127.0.0.1:41002`: the first part of an image reference.
    #[doc(alias = "address")]
    pub fn registry(&self) -> &str {
        self.home().registry()
    }

    /// Returns the host names of the cloud's services, each with the address of the listener that serves it.
    ///
    /// Code that builds the cloud's URLs by itself can be tested unchanged: override how its client resolves these
    /// names. The list contains the names of all regions that have listeners; [`MockSwr::region`] opens those of
    /// another region. If a client calls such a name without a port, the addresses in responses are such names too.
    ///
    /// A server of `Builder::tls` has certificates for these names.
    ///
    /// # Examples
    ///
    /// ```
    /// use mock_swr::MockSwr;
    ///
    /// let swr = MockSwr::start();
    /// let mut client = reqwest::blocking::Client::builder();
    /// for (name, address) in swr.resolves() {
    ///     client = client.resolve(&name, address);
    /// }
    /// let client = client.build().unwrap();
    ///
    /// let versions = client.get("http://swr-api.cn-north-4.myhuaweicloud.com/").send().unwrap();
    /// assert!(versions.text().unwrap().contains("http://swr-api.cn-north-4.myhuaweicloud.com/v2/"));
    /// ```
    #[doc(alias = "dns")]
    pub fn resolves(&self) -> Vec<(String, SocketAddr)> {
        let all = self.core.endpoints.iter();
        all.flat_map(Endpoints::resolves).collect()
    }

    /// Returns the time of the service's clock.
    ///
    /// # Examples
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::builder().frozen_at("2026-01-31T08:00:00Z").start();
    /// assert_eq!(swr.now(), swr.now());
    /// ```
    pub fn now(&self) -> SystemTime {
        self.core.read(|state| state.clock.now().system())
    }

    /// Moves the service's clock forward. The clock of the client does not change.
    ///
    /// # Examples
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
        self.core.advance(by);
    }

    /// Sets the service's clock to a time in RFC 3339. The clock continues from there; a frozen clock stays frozen.
    ///
    /// If the clock moves forwards, the service runs the work that is due, such as deleting old tags. If it moves
    /// backwards, the service runs nothing.
    ///
    /// # Panics
    ///
    /// Panics if the text is not a time.
    ///
    /// # Examples
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// swr.set_time("2020-01-31T08:00:00Z");
    /// let token = swr.user("dev").token();
    /// swr.set_time("2020-02-02T08:00:00Z");
    /// assert_ne!(swr.user("dev").token(), token, "it has expired");
    /// ```
    #[track_caller]
    pub fn set_time(&self, rfc3339: &str) {
        match Time::parse(rfc3339) {
            Ok(time) => self.core.set_time(time),
            Err(reason) => panic!("{reason}"),
        }
    }

    /// Stops the service's clock. [`MockSwr::advance`] and [`MockSwr::set_time`] still move it.
    ///
    /// # Examples
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// swr.freeze();
    /// assert_eq!(swr.now(), swr.now());
    /// ```
    pub fn freeze(&self) {
        self.core.change(|state| state.clock.freeze());
    }

    /// Returns the state as a value, in constant time.
    ///
    /// # Examples
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
        self.core.world()
    }

    /// Replaces the state with an earlier one, or with the world of another server or file.
    ///
    /// - The journal, the plans, the courses of jobs and the listeners of regions stay. Jobs return to their state in
    ///   the world.
    /// - The clock is that of the world. A file that names no time gets the clock of the builder.
    /// - The administrator's keys and the project id stay if the builder sets them.
    /// - A user missing from the world is created again when a handle of that user is next used.
    /// - Tokens and keys that the world does not contain are unknown.
    /// - New ids are higher than all earlier ones, so no id is used twice.
    /// - Unfinished uploads of another server are dropped.
    ///
    /// # Panics
    ///
    /// Panics if the world belongs to another region, account or administrator, or contains a name that the profile of
    /// this server does not allow.
    ///
    /// # Examples
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
        if let Err(reason) = self.core.restore(world) {
            panic!("the world does not fit this server: {reason}");
        }
    }

    /// Asserts that the state has these parts. What the expected world does not mention is not compared.
    ///
    /// # Panics
    ///
    /// Panics if the state differs. The message lists the differences, not two worlds.
    ///
    /// # Examples
    ///
    /// ```
    /// use mock_swr::{MockSwr, World};
    /// use serde_json::json;
    ///
    /// let swr = MockSwr::start();
    /// swr.seed_repo("group/web").public();
    /// swr.seed_repo("group/api");
    /// let repos = json!({"web": {"is_public": true}});
    /// let expected = World::try_from(json!({"namespaces": {"group": {"repos": repos}}})).unwrap();
    /// swr.assert_world(&expected);
    /// ```
    #[track_caller]
    pub fn assert_world(&self, expected: &World) {
        let found = differences(&expected.to_value(), &self.world().to_value());
        if let Some(report) = Report::of_world(&found) {
            panic!("{}", report.finish());
        }
    }

    /// The addresses of the server's own region. Reading them is not a use of the server.
    pub(crate) fn home(&self) -> &Endpoints {
        self.core.core.endpoints.home()
    }
}

/// The core of a server, and whether the test has used it: planned, asserted, seeded or looked at something.
pub(crate) struct WatchedCore {
    core: Arc<Core>,
    is_used: AtomicBool,
}

impl WatchedCore {
    fn new(core: Arc<Core>) -> WatchedCore {
        WatchedCore {
            core,
            is_used: AtomicBool::new(false),
        }
    }

    pub(super) fn is_used(&self) -> bool {
        self.is_used.load(Ordering::Relaxed)
    }
}

impl Deref for WatchedCore {
    type Target = Arc<Core>;

    fn deref(&self) -> &Arc<Core> {
        self.is_used.store(true, Ordering::Relaxed);
        &self.core
    }
}

impl fmt::Debug for MockSwr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let home = self.home();
        let (endpoint, registry, region) = (home.endpoint(), home.registry(), &home.region);
        write!(f, "MockSwr({endpoint}, registry {registry}, {region})")
    }
}

// A test that catches a panic can keep using its server, because no lock is held while the code of a test runs.
impl UnwindSafe for MockSwr {}
impl RefUnwindSafe for MockSwr {}
