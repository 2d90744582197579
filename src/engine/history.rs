//! What a scenario file needs besides the journal and the plans: the state before the first request, and what the test
//! did between requests.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use crate::base::clock::Time;
use crate::base::job::{Course, SyncState};
use crate::fixtures::world::World;
use crate::state::State;

/// The maximum number of states that are kept: that before the first request of the server, and the newest others.
const MAX_STARTS: usize = 9;

/// The states and actions of one server that the journal does not contain.
#[derive(Debug)]
pub(crate) struct History {
    /// Whether the next request begins a part of the journal. Each request checks it, so it is cheaper than the lock.
    keeps_next: AtomicBool,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    starts: Vec<Start>,
    actions: Vec<Action>,
    /// The numbers of the last calls before the test changed the state itself.
    changes: Vec<u64>,
}

/// The state before a request.
#[derive(Debug, Clone)]
pub(crate) struct Start {
    /// The number of the last call before it.
    pub(crate) after: u64,
    pub(crate) world: World,
}

/// What a test did, and a scenario file can hold.
#[derive(Debug, Clone)]
pub(crate) struct Action {
    /// The number of the last call before it.
    pub(crate) after: u64,
    pub(crate) kind: ActionKind,
}

#[derive(Debug, Clone)]
pub(crate) enum ActionKind {
    Time(TimeChange),
    Course(Course<SyncState>),
}

/// How a test changes the service's clock.
#[derive(Debug, Clone, Copy)]
pub(crate) enum TimeChange {
    Advance(Duration),
    Set(Time),
}

impl Default for History {
    fn default() -> History {
        History {
            keeps_next: AtomicBool::new(true),
            kept: Mutex::default(),
        }
    }
}

impl History {
    /// Keeps the state before the next request, which begins a part of the journal.
    pub(crate) fn begin_part(&self) {
        self.keeps_next.store(true, Ordering::Relaxed);
    }

    /// Keeps the state before this request, if the request begins a part of the journal.
    pub(crate) fn note_request(&self, state: &State, last_number: impl FnOnce() -> u64) {
        // The load comes first, because all workers share the flag and it is rarely set.
        if self.keeps_next.load(Ordering::Relaxed) && self.keeps_next.swap(false, Ordering::Relaxed)
        {
            let start = Start {
                after: last_number(),
                world: World::of(state.clone()),
            };
            let dropped = self.kept.lock().add(start);
            // Dropped after the history is unlocked.
            drop(dropped);
        }
    }

    pub(crate) fn note_action(&self, after: u64, kind: ActionKind) {
        self.kept.lock().actions.push(Action { after, kind });
    }

    /// Notes that the test changed the state itself.
    pub(crate) fn note_change(&self, after: u64) {
        let changes = &mut self.kept.lock().changes;
        if changes.last() != Some(&after) {
            changes.push(after);
        }
    }

    /// The state before the first request after the call with this number; `None` if no such request has arrived.
    pub(crate) fn start_after(&self, number: u64) -> Option<Start> {
        let kept = self.kept.lock();
        let mut starts = kept.starts.iter();
        starts.find(|start| start.after >= number).cloned()
    }

    /// What the test did after the call with this number, in order.
    pub(crate) fn actions_since(&self, number: u64) -> Vec<Action> {
        let kept = self.kept.lock();
        let actions = kept.actions.iter();
        actions
            .filter(|action| action.after >= number)
            .cloned()
            .collect()
    }

    /// The number of the first call after this one that was followed by a change of the test.
    pub(crate) fn first_change_after(&self, number: u64) -> Option<u64> {
        let kept = self.kept.lock();
        kept.changes.iter().copied().find(|after| *after > number)
    }
}

impl Kept {
    fn add(&mut self, start: Start) -> Option<Start> {
        self.starts.push(start);
        // The first one stays, because most journals begin there.
        (self.starts.len() > MAX_STARTS).then(|| self.starts.remove(1))
    }
}
