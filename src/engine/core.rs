//! What one server is, apart from who holds it: state, plans, journal, addresses and sockets.
//!
//! Requests, handles and closures share it. [`MockSwr`](crate::MockSwr) is a core, and whether it owns it.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::Semaphore;

use crate::base::endpoints::{EndpointTable, Endpoints};
use crate::base::problem::{Level, Levels, Problem, ProblemKind};
use crate::engine::journal::Records;
use crate::engine::plans::Plans;
use crate::engine::report::Report;
use crate::fixtures::world::ServerIdentity;
use crate::mock::handles::Names;
use crate::server::{Bound, Network, bind};
use crate::services::auth::Auth;
use crate::state::State;

/// One server.
#[derive(Debug)]
pub(crate) struct Core {
    state: Mutex<State>,
    pub(crate) plans: Plans,
    pub(crate) records: Records,
    pub(crate) auth: Auth,
    pub(crate) sites: EndpointTable,
    pub(crate) home: ServerIdentity,
    pub(crate) levels: Levels,
    pub(crate) noted: Mutex<Vec<Problem>>,
    pub(crate) names: Names,
    /// How many bytes of bodies are being received.
    pub(crate) arriving: AtomicUsize,
    /// How many more functions of the test's author may run at this moment.
    pub(crate) functions: Semaphore,
    network: Mutex<Network>,
    host: IpAddr,
    /// Whether a report has listed the requests.
    told: AtomicBool,
}

/// How many problems are kept; a client that loops makes the same one for ever.
const MAX_PROBLEMS: usize = 200;

/// How many functions of the test's author one server runs at a time, each on a thread of its own.
const MAX_FUNCTIONS: usize = 64;

impl Core {
    pub(crate) fn new(
        state: State,
        auth: Auth,
        (host, site): (IpAddr, Endpoints),
        home: ServerIdentity,
        levels: Levels,
    ) -> Core {
        Core {
            state: Mutex::new(state),
            plans: Plans::new(),
            records: Records::default(),
            auth,
            sites: EndpointTable::new(site),
            home,
            levels,
            noted: Mutex::default(),
            names: Names::default(),
            arriving: AtomicUsize::new(0),
            functions: Semaphore::new(MAX_FUNCTIONS),
            network: Mutex::new(Network::new()),
            host,
            told: AtomicBool::new(false),
        }
    }

    /// The text of a report that lists requests, which need not be listed again.
    pub(crate) fn tell(&self, report: Report) -> String {
        self.told.store(true, Ordering::Relaxed);
        report.finish()
    }

    /// Whether a report has listed the requests.
    pub(crate) fn has_told(&self) -> bool {
        self.told.load(Ordering::Relaxed)
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
    pub(crate) fn state(&self, site: &Endpoints) -> MutexGuard<'_, State> {
        let mut state = self.state.lock();
        state.enter(&site.region);
        state
    }

    /// Changes the state from outside of a request.
    pub(crate) fn change<T>(&self, site: &Endpoints, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.state(site));
        self.records.bell.ring();
        result
    }

    /// Listens for the server's own region.
    pub(crate) fn listen(self: &Arc<Core>, api: Bound, registry: Bound) -> io::Result<()> {
        self.network.lock().serve(self, 0, api, registry)
    }

    /// A region with its listeners, which it gets on first mention.
    pub(crate) fn site(self: &Arc<Core>, region: &str) -> io::Result<&Endpoints> {
        // Locked until the region can be found: two threads that name it at once get the same one.
        let mut network = self.network.lock();
        let sites = &self.sites;
        if let Some(site) = sites.find(region) {
            return Ok(site);
        }
        let (api, registry) = (bind(self.host, 0)?, bind(self.host, 0)?);
        let site = Endpoints {
            region: region.into(),
            endpoint: format!("http://{}", api.address),
            registry: registry.address.to_string(),
        };
        network.serve(self, sites.count(), api, registry)?;
        let site = sites.add(site);
        self.change(site, |_| ());
        Ok(site)
    }

    /// Closes listeners and connections.
    pub(crate) fn stop(&self) {
        self.network.lock().stop();
    }
}
