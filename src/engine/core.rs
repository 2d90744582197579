//! One server, shared by everything that uses it.
//!
//! Requests, handles and a test's closures share a core. A [`MockSwr`](crate::MockSwr) owns a core or only refers to
//! one. Dropping the owner stops the server.

use std::fmt;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::Semaphore;

use crate::base::advice::Audience;
use crate::base::clock::Time;
use crate::base::endpoints::{Bound, Door, EndpointTable, Endpoints, Origin};
use crate::base::event::Event;
use crate::base::job::{Course, SyncState};
use crate::base::problem::{Levels, Problem, ProblemKind};
use crate::base::registry::RegistryId;
use crate::base::times::duration_text;
use crate::engine::answer::answers::Answers;
use crate::engine::body_memory::BodyMemory;
use crate::engine::calls::Calls;
use crate::engine::contract::Contract;
use crate::engine::coverage::Recorder;
use crate::engine::events::Events;
use crate::engine::history::{ActionKind, History, TimeChange};
use crate::engine::journal::Records;
use crate::engine::log::Log;
use crate::engine::plans::Plans;
use crate::engine::progress::{Place, Progress};
use crate::engine::unread::Unread;
use crate::fixtures::world::{ServerIdentity, World};
use crate::services::auth::Auth;
use crate::state::{HOME, Label, PlannedCourse, State};

/// The network operations that a server needs.
pub(crate) trait Listeners: fmt::Debug + Send + Sync {
    /// Opens a listener on any free port. Connections wait until [`Listeners::accept`].
    fn open(&self, origin: Origin) -> io::Result<SocketAddr>;

    /// Accepts connections on all open listeners.
    fn accept(&self);

    /// Closes a listener.
    fn close(&self, origin: Origin);

    /// Closes all listeners and connections before it returns.
    fn stop(&self);
}

/// The state, plans, journal, problems and addresses of one server.
#[derive(Debug)]
pub(crate) struct Core {
    state: Mutex<State>,
    pub(crate) plans: Plans,
    pub(crate) records: Records,
    pub(super) events: Events,
    pub(crate) history: History,
    log: Option<Arc<Log>>,
    pub(crate) auth: Auth,
    pub(crate) identity: ServerIdentity,
    pub(crate) levels: Levels,
    pub(crate) contract: Contract,
    noted: Mutex<Vec<Problem>>,
    /// Counts the responses; `None` if the test does not record its coverage.
    pub(crate) coverage: Option<Recorder>,
    /// The bytes of bodies that are being received.
    pub(crate) body_memory: BodyMemory,
    /// Limits how many closures of the test run at the same time.
    pub(crate) closures: Semaphore,
    pub(crate) endpoints: EndpointTable,
    listeners: Mutex<Box<dyn Listeners>>,
    /// Whether a report has listed the requests.
    is_reported: AtomicBool,
}

/// The maximum number of problems that are kept. A client in a loop can cause the same problem without end.
const MAX_PROBLEMS: usize = 200;

/// The maximum number of closures of the test that one server runs at the same time, each on its own thread.
const MAX_CLOSURES: usize = 64;

impl Core {
    pub(crate) fn new(
        state: State,
        auth: Auth,
        identity: ServerIdentity,
        levels: Levels,
        (endpoints, listeners): (Endpoints, Box<dyn Listeners>),
        log: Option<Arc<Log>>,
    ) -> Core {
        Core {
            state: Mutex::new(state),
            plans: Plans::new(),
            records: Records::new(log.clone()),
            events: Events::default(),
            history: History::default(),
            log,
            auth,
            identity,
            contract: Contract::of(&levels),
            levels,
            noted: Mutex::default(),
            coverage: None,
            body_memory: BodyMemory::default(),
            closures: Semaphore::new(MAX_CLOSURES),
            endpoints: EndpointTable::new(endpoints),
            listeners: Mutex::new(listeners),
            is_reported: AtomicBool::new(false),
        }
    }

    /// Whether the program started the server. It prints by itself, because its stderr may not be read.
    pub(crate) fn is_program(&self) -> bool {
        self.identity.settings.audience == Audience::Program
    }

    /// Records that a report has listed the requests, so that later reports can omit them.
    pub(crate) fn note_reported(&self) {
        self.is_reported.store(true, Ordering::Relaxed);
    }

    /// Whether a report has listed the requests.
    pub(crate) fn is_reported(&self) -> bool {
        self.is_reported.load(Ordering::Relaxed)
    }

    /// Records a problem.
    pub(crate) fn note(&self, kind: ProblemKind, message: String) {
        let mut noted = self.noted.lock();
        if noted.len() < MAX_PROBLEMS {
            noted.extend(self.levels.problem(kind, message));
        }
    }

    /// Records a connection on which no request could be read. It is not a problem of the test.
    pub(crate) fn note_unread(&self, why: Unread) {
        self.records
            .note_unread(why, self.identity.settings.audience);
    }

    pub(crate) fn noted(&self) -> Vec<Problem> {
        self.noted.lock().clone()
    }

    /// Locks the state and runs the due work first. This is the only function that locks the state.
    pub(crate) fn transact<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        let (result, was_due) = {
            let mut locked = Locked {
                state: self.state.lock(),
                events: &self.events,
            };
            let was_due = locked.state.run_due();
            locked.move_events();
            (act(&mut locked.state), was_due)
        };
        if was_due {
            self.records.notify.notify();
        }
        result
    }

    /// Reads the state outside of a request.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        self.transact(|state| read(state))
    }

    /// Changes the state outside of a request.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        self.ensure(|state| {
            self.history.note_change(self.records.last_number());
            change(state)
        })
    }

    /// Creates what the test refers to, such as a user or a token. A test that starts from a world does it again, so it
    /// is not part of the history.
    pub(crate) fn ensure<T>(&self, ensure: impl FnOnce(&mut State) -> T) -> T {
        let result = self.transact(ensure);
        self.records.notify.notify();
        result
    }

    /// Does what a scenario file can hold, and notes it. No request comes between the two.
    fn act<T>(&self, action: ActionKind, act: impl FnOnce(&mut State) -> T) -> T {
        self.ensure(|state| {
            self.history.note_action(self.records.last_number(), action);
            act(state)
        })
    }

    /// Plans the responses to the next matching calls.
    #[track_caller]
    pub(crate) fn on(&self, calls: Calls, answers: Answers) -> Arc<Progress> {
        self.on_at(calls, answers, Location::caller().into())
    }

    /// Plans the responses, for a plan that is written at this place.
    #[track_caller]
    pub(crate) fn on_at(&self, calls: Calls, answers: Answers, place: Place) -> Arc<Progress> {
        let after = self.records.last_number();
        let calls = self.resolve(calls);
        let plan = self.plans.add(calls, answers, after, place);
        self.log(|| format!("planned: {}", plan.written()));
        plan
    }

    /// Releases the calls that a plan holds, now and later.
    pub(crate) fn release(&self, plan: &Progress) {
        plan.release();
        self.log(|| format!("released: {}", plan.written()));
    }

    /// Ends a plan. Returns whether it had required steps left.
    pub(crate) fn remove(&self, plan: &Progress) -> bool {
        let was_left_over = self.plans.remove(plan);
        self.log(|| format!("removed: {}", plan.written()));
        was_left_over
    }

    /// The calls, with the names of users as in the journal: `acme/dev` becomes `dev` if `acme` is the server's own
    /// account. Accounts are found ignoring case.
    #[track_caller]
    pub(crate) fn resolve(&self, calls: Calls) -> Calls {
        calls.rename_callers(|user| {
            let user = Label::parse(user).ok()?;
            let account = user.account?;
            self.read(|state| match state.find_account(account)? {
                HOME => Some(user.name.to_owned()),
                account => Some(format!("{}/{}", state.account(account).name, user.name)),
            })
        })
    }

    /// Moves the service's clock and runs the due work.
    pub(crate) fn advance(&self, by: Duration) {
        self.act(ActionKind::Time(TimeChange::Advance(by)), |state| {
            state.clock.advance(by);
            state.run_due();
        });
        self.log(|| format!("the clock is advanced by {}", duration_text(by)));
    }

    /// Sets the service's clock, and runs the work that is due then.
    pub(crate) fn set_time(&self, time: Time) {
        let action = ActionKind::Time(TimeChange::Set(time));
        self.act(action, |state| state.set_time(time));
        self.log(|| format!("the clock is set to {time}"));
    }

    /// Sets the course of the next job. `planned` is the call of the test, and where it is.
    pub(crate) fn add_course(
        &self,
        course: Course<SyncState>,
        planned: String,
    ) -> Arc<PlannedCourse> {
        let action = ActionKind::Course(course.clone());
        self.act(action, |state| state.add_course(course, planned))
    }

    /// All events so far, including those of due work.
    pub(crate) fn events(&self) -> Vec<Event> {
        self.read(|_| ());
        self.events.all()
    }

    /// The events after the first `count` of all events.
    pub(crate) fn events_after(&self, count: u64) -> Vec<Event> {
        self.read(|_| ());
        self.events.after(count)
    }

    /// The state as a value.
    pub(crate) fn world(&self) -> World {
        World::of(self.read(State::clone))
    }

    /// Replaces the state by a world.
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

    /// The addresses of a region. The region is created if it is new.
    pub(crate) fn endpoints_of(&self, region: &str) -> io::Result<&Endpoints> {
        let registry = self.ensure(|state| state.add_region(region));
        self.listen(registry)
    }

    /// The addresses of a registry. Its listeners are opened when they are first needed.
    pub(crate) fn listen(&self, registry: RegistryId) -> io::Result<&Endpoints> {
        // The lock prevents two threads from opening the listeners of one registry twice.
        let listeners = self.listeners.lock();
        if let Some(known) = self.endpoints.find(registry) {
            return Ok(known);
        }
        let region = self.read(|state| Arc::clone(state.region(registry)));
        let origin = |door| Origin { door, registry };
        let redirects = self.identity.settings.blob_redirects;
        let scheme = self.endpoints.home().scheme;
        let bound = Bound::open(scheme, redirects, |door| listeners.open(origin(door)));
        let bound = bound.inspect_err(|_| {
            // Closing a listener that is not open does nothing.
            Door::ALL
                .iter()
                .for_each(|door| listeners.close(origin(*door)));
        })?;
        let endpoints = self.endpoints.home().of_region(registry, region, bound);
        // Add the addresses before accepting connections, because requests look them up.
        let endpoints = self.endpoints.add(endpoints);
        listeners.accept();
        Ok(endpoints)
    }

    /// Writes a line to the log, if the server has one.
    pub(crate) fn log(&self, line: impl FnOnce() -> String) {
        if let Some(log) = &self.log {
            log.write(line());
        }
    }

    /// Waits briefly until the lines of the log are written.
    pub(crate) fn flush_log(&self) {
        if let Some(log) = &self.log {
            log.flush();
        }
    }

    /// Writes to the log that a plan holds the call with this number.
    pub(crate) fn log_hold(&self, number: u64) {
        self.log(|| match self.records.arrived_since(number - 1).first() {
            Some(call) => format!("{call} is held"),
            None => format!("#{number} is held"),
        });
    }

    /// Closes all listeners and connections, writes the coverage, and ends the log.
    pub(crate) fn stop(&self) {
        self.listeners.lock().stop();
        self.records.abort_all();
        self.write_coverage();
        if let Some(log) = &self.log {
            log.end();
        }
    }

    /// Writes the responses so far to the folder of the coverage, if the test records it.
    pub(crate) fn write_coverage(&self) {
        let Some(Err(error)) = self.coverage.as_ref().map(Recorder::write) else {
            return;
        };
        // An error must not change the result of a test, nor wait for an stderr that is not read.
        match &self.log {
            Some(log) => log.write(error),
            None => drop(writeln!(io::stderr(), "{error}")),
        }
    }
}

/// The locked state. Events are moved to the server's list before the state is unlocked, also after a panic, so that
/// they stay in order.
struct Locked<'a> {
    state: MutexGuard<'a, State>,
    events: &'a Events,
}

impl Locked<'_> {
    fn move_events(&mut self) {
        self.events.add(self.state.take_events());
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        self.move_events();
    }
}
