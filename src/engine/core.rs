//! One server, without its owner.
//!
//! Requests, handles and functions of a test share it. A [`MockSwr`](crate::MockSwr) holds a core and knows whether it
//! owns it: only the owner stops the server when it is dropped.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::Semaphore;

use crate::base::endpoints::{Bound, Door, EndpointTable, Endpoints, Origin};
use crate::base::event::Event;
use crate::base::problem::{Levels, Problem, ProblemKind};
use crate::base::registry::RegistryId;
use crate::engine::answer::answers::Answers;
use crate::engine::arriving::BodyRoom;
use crate::engine::calls::Calls;
use crate::engine::events::Events;
use crate::engine::journal::Records;
use crate::engine::journal::follow::Follow;
use crate::engine::plans::Plans;
use crate::engine::progress::Progress;
use crate::fixtures::world::{ServerIdentity, World};
use crate::services::auth::Auth;
use crate::state::{HOME, Label, State};

/// The network, as far as a server asks for it.
pub(crate) trait Listeners: fmt::Debug + Send + Sync {
    /// Opens a listener, on a port of its own choice. Connections wait until [`Listeners::accept`].
    fn open(&self, origin: Origin) -> io::Result<SocketAddr>;

    /// Accepts connections at all listeners that were opened.
    fn accept(&self);

    /// Closes a listener.
    fn close(&self, origin: Origin);

    /// Closes all listeners and connections: when it returns, clients see them end.
    fn stop(&self);
}

/// State, plans, journal, problems and addresses of one server.
#[derive(Debug)]
pub(crate) struct Core {
    state: Mutex<State>,
    pub(crate) plans: Plans,
    pub(crate) records: Records,
    pub(super) events: Events,
    pub(crate) auth: Auth,
    pub(crate) identity: ServerIdentity,
    pub(crate) levels: Levels,
    noted: Mutex<Vec<Problem>>,
    /// The bytes of bodies that are being received.
    pub(crate) arriving: BodyRoom,
    /// How many more functions of the test's author may run now.
    pub(crate) functions: Semaphore,
    pub(crate) endpoints: EndpointTable,
    listeners: Mutex<Box<dyn Listeners>>,
    /// Whether a report has listed the requests.
    is_reported: AtomicBool,
}

/// How many problems are kept; a client that loops makes the same one for ever.
const MAX_PROBLEMS: usize = 200;

/// How many functions of the test's author one server runs at a time, each on a thread of its own.
const MAX_FUNCTIONS: usize = 64;

impl Core {
    pub(crate) fn new(
        state: State,
        auth: Auth,
        identity: ServerIdentity,
        levels: Levels,
        (endpoints, listeners): (Endpoints, Box<dyn Listeners>),
    ) -> Core {
        Core {
            state: Mutex::new(state),
            plans: Plans::new(),
            records: Records::default(),
            events: Events::default(),
            auth,
            identity,
            levels,
            noted: Mutex::default(),
            arriving: BodyRoom::default(),
            functions: Semaphore::new(MAX_FUNCTIONS),
            endpoints: EndpointTable::new(endpoints),
            listeners: Mutex::new(listeners),
            is_reported: AtomicBool::new(false),
        }
    }

    /// Notes that a report has listed the requests, which need not be listed again.
    pub(crate) fn note_reported(&self) {
        self.is_reported.store(true, Ordering::Relaxed);
    }

    /// Whether a report has listed the requests.
    pub(crate) fn is_reported(&self) -> bool {
        self.is_reported.load(Ordering::Relaxed)
    }

    /// Notes a problem of the test.
    pub(crate) fn note(&self, kind: ProblemKind, message: String) {
        let mut noted = self.noted.lock();
        if noted.len() < MAX_PROBLEMS {
            noted.extend(self.levels.problem(kind, message));
        }
    }

    pub(crate) fn noted(&self) -> Vec<Problem> {
        self.noted.lock().clone()
    }

    /// Locks the state, after what is due has been done. Nothing else locks it.
    pub(crate) fn transact<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        let (result, was_due) = {
            let mut locked = Locked {
                state: self.state.lock(),
                events: &self.events,
            };
            let was_due = locked.state.run_due();
            locked.note_events();
            (act(&mut locked.state), was_due)
        };
        if was_due {
            self.records.notify.notify();
        }
        result
    }

    /// Looks at the state from outside of a request.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        self.transact(|state| look(state))
    }

    /// Changes the state from outside of a request.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = self.transact(change);
        self.records.notify.notify();
        result
    }

    /// Plans what the next matching calls get.
    #[track_caller]
    pub(crate) fn on(&self, calls: Calls, answers: Answers) -> Arc<Progress> {
        let after = self.records.last_number();
        let calls = self.resolve(calls);
        self.plans.add(calls, answers, after, Location::caller())
    }

    /// The calls, with users named as the journal names them: `acme/dev` is `dev` where `acme` is the server's own
    /// account, and accounts are the same in any case.
    #[track_caller]
    pub(crate) fn resolve(&self, calls: Calls) -> Calls {
        calls.rename_callers(|user| {
            let user = Label::parse(user).ok()?;
            let account = user.account?;
            self.look(|state| match state.find_account(account)? {
                HOME => Some(user.name.to_owned()),
                account => Some(format!("{}/{}", state.account(account).name, user.name)),
            })
        })
    }

    /// Moves the service's clock, and does what is due then.
    pub(crate) fn advance(&self, by: Duration) {
        self.change(|state| {
            state.clock.advance(by);
            state.run_due();
        });
    }

    /// What happened up to now, what is due by then included.
    pub(crate) fn events(&self) -> Vec<Event> {
        self.look(|_| ());
        self.events.all()
    }

    /// The state as a value.
    pub(crate) fn world(&self) -> World {
        World::of(self.look(State::clone))
    }

    /// Puts the state back as it was.
    ///
    /// # Errors
    ///
    /// If the world is of another region or account.
    pub(crate) fn restore(&self, world: &World) -> Result<(), String> {
        let mut restored = world.state(&self.identity)?;
        self.change(|state| {
            restored.follow(state);
            *state = restored;
        });
        Ok(())
    }

    /// The addresses of a region, which is created when it is first named.
    pub(crate) fn endpoints_of(&self, region: &str) -> io::Result<&Endpoints> {
        let registry = self.change(|state| state.add_region(region));
        self.listen(registry)
    }

    /// The addresses of a registry, whose listeners are opened when they are first needed.
    pub(crate) fn listen(&self, registry: RegistryId) -> io::Result<&Endpoints> {
        // Two threads that need the same registry at once open its listeners once.
        let listeners = self.listeners.lock();
        if let Some(known) = self.endpoints.find(registry) {
            return Ok(known);
        }
        let region = self.look(|state| Arc::clone(state.region(registry)));
        let origin = |door| Origin { door, registry };
        let redirects = self.identity.settings.blob_redirects;
        let bound = Bound::open(redirects, |door| listeners.open(origin(door)));
        let bound = bound.inspect_err(|_| {
            // Closing one that was not opened does nothing.
            Door::ALL
                .iter()
                .for_each(|door| listeners.close(origin(*door)));
        })?;
        let endpoints = self.endpoints.home().of_region(registry, region, bound);
        // A request must find the addresses of the listener that it arrives on.
        let endpoints = self.endpoints.add(endpoints);
        listeners.accept();
        Ok(endpoints)
    }

    /// The calls that end from here on, in the order in which they end.
    pub(crate) fn follow(&self) -> Follow {
        self.records.follow()
    }

    /// Closes listeners and connections.
    pub(crate) fn stop(&self) {
        self.listeners.lock().stop();
        self.records.end_following();
    }
}

/// The state while it is locked. The events are noted before it is unlocked, so that they have the order of what
/// happened, and are noted after a panic as well.
struct Locked<'a> {
    state: MutexGuard<'a, State>,
    events: &'a Events,
}

impl Locked<'_> {
    fn note_events(&mut self) {
        self.events.add(self.state.take_events());
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        self.note_events();
    }
}
