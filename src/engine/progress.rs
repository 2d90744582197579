//! How far a plan is.

use std::fmt;
use std::panic::Location;

use parking_lot::Mutex;
use tokio::sync::watch;

use crate::engine::op_set::OpSet;

/// How far a plan is.
#[derive(Debug)]
pub(crate) struct Progress {
    /// `on(CreateRepo, 503)`
    text: String,
    pub(crate) at: &'static Location<'static>,
    /// The number of the last call that arrived before the plan was made.
    pub(crate) after: u64,
    pub(crate) shape: Shape,
    pub(crate) place: Mutex<Position>,
    released: watch::Sender<bool>,
}

/// What counts of the calls and answers of a plan.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) ops: OpSet,
    pub(crate) has_closure: bool,
    pub(crate) is_optional: bool,
    pub(crate) steps: Box<[StepShape]>,
}

/// What counts of a step.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StepShape {
    /// `None` for all calls that come.
    pub(crate) times: Option<usize>,
    pub(crate) holds: bool,
}

/// Where a plan is in its steps.
#[derive(Debug, Default)]
pub(crate) struct Position {
    fired: usize,
    /// The step that comes next, and how often it has been taken.
    step: usize,
    taken: usize,
    pub(crate) removed: bool,
}

impl Progress {
    pub(crate) fn new(
        text: String,
        at: &'static Location<'static>,
        after: u64,
        shape: Shape,
    ) -> Progress {
        Progress {
            text,
            at,
            after,
            shape,
            place: Mutex::default(),
            released: watch::Sender::new(false),
        }
    }

    pub(crate) fn is_holding(&self) -> bool {
        let place = self.place.lock();
        let reached = place.step + usize::from(place.taken > 0);
        !*self.released.borrow() && self.shape.steps.iter().take(reached).any(|step| step.holds)
    }

    /// Takes a step, and says which.
    pub(crate) fn next_step(&self, place: &mut Position) -> Option<usize> {
        if self.spent(place) {
            return None;
        }
        let step = place.step;
        place.fired += 1;
        place.taken += 1;
        if self.shape.steps[step].times == Some(place.taken) {
            place.step += 1;
            place.taken = 0;
        }
        Some(step)
    }

    pub(crate) fn is_spent(&self) -> bool {
        self.spent(&self.place.lock())
    }

    pub(crate) fn spent(&self, place: &Position) -> bool {
        place.removed || place.step >= self.shape.steps.len()
    }

    pub(crate) fn is_left_over(&self) -> bool {
        let place = self.place.lock();
        let step = self.shape.steps.get(place.step);
        let is_endless = step.is_some_and(|step| step.times.is_none());
        let was_used = is_endless && place.taken > 0;
        !self.shape.is_optional && !self.spent(&place) && !was_used
    }

    pub(crate) fn fired(&self) -> usize {
        self.place.lock().fired
    }

    pub(crate) fn release(&self) {
        self.released.send_replace(true);
    }

    /// Turns true when the plan is released.
    pub(crate) fn released(&self) -> watch::Receiver<bool> {
        self.released.subscribe()
    }
}

/// `on(CreateRepo, 503) at tests/push.rs:12: fired 1 time`.
impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fired = self.fired();
        let times = if fired == 1 { "time" } else { "times" };
        write!(f, "{} at {}: fired {fired} {times}", self.text, self.at)
    }
}
