//! The progress of a plan through its steps.

use std::borrow::Cow;
use std::fmt;
use std::panic::Location;

use parking_lot::Mutex;
use tokio::sync::watch;

use crate::engine::op_set::OpSet;

/// A plan without its closures, and its position.
#[derive(Debug)]
pub(crate) struct Progress {
    /// `on(CreateRepo, 503)`
    text: String,
    pub(crate) place: Place,
    /// The number of the last call that arrived before the plan was created.
    pub(crate) after: u64,
    pub(crate) shape: Shape,
    pub(crate) position: Mutex<Position>,
    released: watch::Sender<bool>,
}

/// Where a plan is written: in a test, or in a scenario file.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) file: Cow<'static, str>,
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl From<&'static Location<'static>> for Place {
    fn from(location: &'static Location<'static>) -> Place {
        Place {
            file: location.file().into(),
            line: location.line() as usize,
            column: location.column() as usize,
        }
    }
}

impl Place {
    /// `tests/push.rs:12`, the beginning of a message that an editor can jump from.
    pub(crate) fn line(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// The properties of the calls and answers of a plan, without the closures.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) ops: OpSet,
    pub(crate) has_closure: bool,
    pub(crate) is_optional: bool,
    pub(crate) steps: Box<[StepShape]>,
}

/// The properties of a step.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StepShape {
    /// `None` for all further calls.
    pub(crate) times: Option<usize>,
    pub(crate) holds: bool,
}

/// The current position of a plan in its steps.
#[derive(Debug, Default)]
pub(crate) struct Position {
    fired: usize,
    /// The next step, and how many calls have already used it.
    step: usize,
    taken: usize,
    pub(crate) removed: bool,
}

impl Progress {
    pub(crate) fn new(text: String, place: Place, after: u64, shape: Shape) -> Progress {
        Progress {
            text,
            place,
            after,
            shape,
            position: Mutex::default(),
            released: watch::Sender::new(false),
        }
    }

    /// `on(CreateRepo, 503) at tests/push.rs:12:9`
    pub(crate) fn written(&self) -> String {
        format!("{} at {}", self.text, self.place)
    }

    pub(crate) fn is_holding(&self) -> bool {
        let position = self.position.lock();
        let reached = position.step + usize::from(position.taken > 0);
        !*self.released.borrow() && self.shape.steps.iter().take(reached).any(|step| step.holds)
    }

    /// Uses the next step for a call, and returns the index of the step.
    pub(crate) fn next_step(&self, position: &mut Position) -> Option<usize> {
        if self.spent(position) {
            return None;
        }
        let step = position.step;
        position.fired += 1;
        position.taken += 1;
        if self.shape.steps[step].times == Some(position.taken) {
            position.step += 1;
            position.taken = 0;
        }
        Some(step)
    }

    pub(crate) fn is_spent(&self) -> bool {
        self.spent(&self.position.lock())
    }

    pub(crate) fn spent(&self, position: &Position) -> bool {
        position.removed || position.step >= self.shape.steps.len()
    }

    pub(crate) fn is_left_over(&self) -> bool {
        self.has_required(&self.position.lock())
    }

    /// Whether steps are left that must be used.
    pub(crate) fn has_required(&self, position: &Position) -> bool {
        let step = self.shape.steps.get(position.step);
        let is_endless = step.is_some_and(|step| step.times.is_none());
        let was_used = is_endless && position.taken > 0;
        !self.shape.is_optional && !self.spent(position) && !was_used
    }

    pub(crate) fn fired(&self) -> usize {
        self.position.lock().fired
    }

    pub(crate) fn is_removed(&self) -> bool {
        self.position.lock().removed
    }

    pub(crate) fn release(&self) {
        self.released.send_replace(true);
    }

    /// A receiver that becomes true when the plan is released.
    pub(crate) fn released(&self) -> watch::Receiver<bool> {
        self.released.subscribe()
    }
}

/// `on(CreateRepo, 503) at tests/push.rs:12: fired 1 time`.
impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fired = self.fired();
        let times = if fired == 1 { "time" } else { "times" };
        write!(f, "{} at {}: fired {fired} {times}", self.text, self.place)
    }
}
