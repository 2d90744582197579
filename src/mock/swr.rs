//! A server as a test holds it.

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::base::endpoints::Endpoints;
use crate::engine::answer::Server;
use crate::engine::core::Core;
use crate::fixtures::world::World;
use crate::mock::names::Names;

/// A Huawei Cloud SWR of one's own, on loopback.
///
/// Dropping it closes its ports and connections, and fails the test if something is wrong: a request that
/// belongs to no operation, a plan that never fired, and so on (see [`ProblemKind`](crate::ProblemKind)). All of it is in one panic;
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
#[doc(alias = "mock")]
#[doc(alias = "MockServer")]
#[must_use = "the server stops when this value is dropped"]
pub struct MockSwr {
    pub(crate) core: Arc<Core>,
    pub(crate) names: Names,
    /// Dropping a view, as closures get it, neither stops the server nor judges the test.
    pub(super) is_owner: bool,
}

impl MockSwr {
    pub(crate) fn owner(core: Arc<Core>) -> MockSwr {
        MockSwr {
            core,
            names: Names::default(),
            is_owner: true,
        }
    }

    /// The mock for a closure, which does not keep the server alive beyond its owner.
    pub(crate) fn view(server: &Server) -> MockSwr {
        let Ok(core) = Arc::clone(server).downcast() else {
            unreachable!("a function is called for a server");
        };
        MockSwr {
            core,
            names: Names::default(),
            is_owner: false,
        }
    }

    /// Where management and IAM are served: `http://127.0.0.1:41001`.
    pub fn endpoint(&self) -> &str {
        self.core.endpoints.home().endpoint()
    }

    /// Where images are served, as the host of an image reference: `127.0.0.1:41002`, without a scheme.
    pub fn registry(&self) -> &str {
        self.core.endpoints.home().registry()
    }

    /// The service's time.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::builder().frozen_at("2026-01-31T08:00:00Z").start();
    /// assert_eq!(swr.now(), swr.now());
    /// ```
    pub fn now(&self) -> SystemTime {
        self.core.look(|state| state.clock.now().system())
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
        self.core.advance(by);
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
        self.core.world()
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
        if let Err(reason) = self.core.restore(world) {
            panic!("the world does not fit this server: {reason}");
        }
    }

    pub(crate) fn home(&self) -> &Endpoints {
        self.core.endpoints.home()
    }
}

impl fmt::Debug for MockSwr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let home = self.home();
        let (endpoint, registry, region) = (home.endpoint(), home.registry(), &home.region);
        write!(f, "MockSwr({endpoint}, registry {registry}, {region})")
    }
}

// A test that catches a panic may go on with its server: no lock is held while code of others runs.
impl UnwindSafe for MockSwr {}
impl RefUnwindSafe for MockSwr {}
