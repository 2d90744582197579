//! The table of live plans.
//!
//! Plans stand beside the state, not in it. A table counts the live plans of each operation, so that those for
//! other operations cost a call nothing. The newest plan that is about a call and has a step left answers it.

use std::fmt;
use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use parking_lot::Mutex;
use tokio::sync::watch;

use crate::answer::{Answer, Hold};
use crate::answers::{Answers, Step};
use crate::calls::{Calls, place_of};
use crate::journal::Call;
use crate::ops::Op;

/// The plans of one server.
#[derive(Debug)]
pub(crate) struct Plans {
    all: Mutex<Vec<Arc<Entry>>>,
    /// How many live plans are about each operation.
    live: Box<[AtomicI32; 256]>,
    /// And how many of those run code of the test's author.
    with_closure: Box<[AtomicI32; 256]>,
}

#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) calls: Calls,
    pub(crate) answers: Answers,
    pub(crate) at: &'static Location<'static>,
    needs_body: bool,
    has_closure: bool,
    progress: Mutex<Progress>,
    gate: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct Progress {
    fired: usize,
    /// The step that comes next, and how often it has been taken.
    step: usize,
    taken: usize,
    removed: bool,
}

/// A step that a plan gave to a call.
#[derive(Debug, Clone)]
pub(crate) struct Taken {
    pub(crate) answer: Answer,
    pub(crate) plan: Arc<Entry>,
}

/// What a look at the plans found.
#[derive(Debug)]
pub(crate) enum Look {
    Nothing,
    Taken(Box<Taken>),
    /// The newest plan cannot say before the body is read.
    NeedsBody,
}

impl Plans {
    pub(crate) fn new() -> Plans {
        let zeros = || Box::new([const { AtomicI32::new(0) }; 256]);
        Plans {
            all: Mutex::default(),
            live: zeros(),
            with_closure: zeros(),
        }
    }

    #[track_caller]
    pub(crate) fn add(
        &self,
        calls: Calls,
        answers: Answers,
        at: &'static Location<'static>,
    ) -> Arc<Entry> {
        let needs_body = calls.needs_body() || answers.needs_body();
        // Misuse by the author: by then the body has been read.
        assert!(
            !(needs_body && answers.dies_while_reading()),
            "`reset_after_reading` is decided before the body is read, on({calls}, {answers}) after it: name the calls \
             by operation, path, query, header or caller, and plan it apart from `Answer::with`"
        );
        let entry = Arc::new(Entry {
            needs_body,
            has_closure: calls.has_closure() || answers.has_closure(),
            calls,
            answers,
            at,
            progress: Mutex::default(),
            gate: watch::Sender::new(false),
        });
        let mut all = self.all.lock();
        if !entry.is_spent() {
            self.count(&entry, 1);
        }
        all.push(Arc::clone(&entry));
        entry
    }

    /// A plan has come alive (1) or ended (-1).
    fn count(&self, entry: &Entry, change: i32) {
        for place in entry.calls.ops().places() {
            self.live[place].fetch_add(change, Ordering::SeqCst);
            if entry.has_closure {
                self.with_closure[place].fetch_add(change, Ordering::SeqCst);
            }
        }
    }

    /// Whether there is nothing to look for.
    pub(crate) fn is_quiet(&self, op: Option<Op>) -> bool {
        self.live[place_of(op)].load(Ordering::SeqCst) == 0
    }

    /// Whether looking may run code of the test's author.
    pub(crate) fn runs_closures(&self, op: Option<Op>) -> bool {
        self.with_closure[place_of(op)].load(Ordering::SeqCst) > 0
    }

    /// The look at the head of a request: down to the newest plan that needs the body.
    pub(crate) fn look_at_head(&self, call: &Call) -> Look {
        for plan in self.about(call) {
            if plan.needs_body {
                return Look::NeedsBody;
            }
            if let Some(taken) = self.try_take(&plan, call) {
                return Look::Taken(Box::new(taken));
            }
        }
        Look::Nothing
    }

    /// The look once the body is read.
    pub(crate) fn look_at_all(&self, call: &Call) -> Look {
        let taken = self
            .about(call)
            .into_iter()
            .find_map(|plan| self.try_take(&plan, call));
        taken.map_or(Look::Nothing, |taken| Look::Taken(Box::new(taken)))
    }

    /// Live plans about the operation, newest first. The lock is let go before anything is judged.
    fn about(&self, call: &Call) -> Vec<Arc<Entry>> {
        if self.is_quiet(call.op()) {
            return Vec::new();
        }
        let all = self.all.lock();
        all.iter()
            .rev()
            .filter(|plan| plan.calls.is_about(call.op()) && !plan.is_spent())
            .map(Arc::clone)
            .collect()
    }

    fn try_take(&self, plan: &Arc<Entry>, call: &Call) -> Option<Taken> {
        if !plan.calls.matches(call) {
            return None;
        }
        let mut progress = plan.progress.lock();
        let answer = plan.next_step(&mut progress)?;
        if plan.spent(&progress) {
            self.count(plan, -1);
        }
        Some(Taken {
            answer,
            plan: Arc::clone(plan),
        })
    }

    pub(crate) fn remove(&self, entry: &Arc<Entry>) {
        let mut progress = entry.progress.lock();
        if !entry.spent(&progress) {
            self.count(entry, -1);
        }
        progress.removed = true;
    }

    /// Plans that should have fired and did not.
    pub(crate) fn left_over(&self) -> Vec<Arc<Entry>> {
        self.all
            .lock()
            .iter()
            .filter(|plan| plan.is_left_over())
            .map(Arc::clone)
            .collect()
    }

    /// The newest plan that was made after this one and is about the call.
    pub(crate) fn newer(&self, plan: &Arc<Entry>, call: &Call) -> Option<Arc<Entry>> {
        let all: Vec<Arc<Entry>> = self.all.lock().clone();
        let newer = all.into_iter().rev();
        let mut newer = newer.take_while(|other| !Arc::ptr_eq(other, plan));
        newer.find(|other| other.fired() > 0 && !other.has_closure && other.calls.matches(call))
    }

    /// Plans that may keep a client waiting until they are released.
    pub(crate) fn holding(&self) -> Vec<Arc<Entry>> {
        let all = self.all.lock();
        let holding = all.iter().filter(|plan| plan.is_holding());
        holding.map(Arc::clone).collect()
    }
}

impl Entry {
    fn is_holding(&self) -> bool {
        let progress = self.progress.lock();
        let reached = progress.step + usize::from(progress.taken > 0);
        let holds = |step: &Step| step.answer.hold != Hold::No;
        !*self.gate.borrow() && self.answers.steps.iter().take(reached).any(holds)
    }

    fn next_step(&self, progress: &mut Progress) -> Option<Answer> {
        if self.spent(progress) {
            return None;
        }
        let step = &self.answers.steps[progress.step];
        progress.fired += 1;
        progress.taken += 1;
        if step.times == Some(progress.taken) {
            progress.step += 1;
            progress.taken = 0;
        }
        Some(step.answer.clone())
    }

    fn is_spent(&self) -> bool {
        self.spent(&self.progress.lock())
    }

    fn spent(&self, progress: &Progress) -> bool {
        progress.removed || progress.step >= self.answers.steps.len()
    }

    fn is_left_over(&self) -> bool {
        let progress = self.progress.lock();
        let is_endless = self
            .answers
            .steps
            .get(progress.step)
            .is_some_and(|step| step.times.is_none());
        let was_used = is_endless && progress.taken > 0;
        !self.answers.optional && !self.spent(&progress) && !was_used
    }

    pub(crate) fn fired(&self) -> usize {
        self.progress.lock().fired
    }

    pub(crate) fn release(&self) {
        self.gate.send_replace(true);
    }

    /// Turns true when the plan is released.
    pub(crate) fn gate(&self) -> watch::Receiver<bool> {
        self.gate.subscribe()
    }
}

/// `on(CreateRepo, 503) at tests/push.rs:12: fired 1 time`.
impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fired = self.fired();
        let times = if fired == 1 { "time" } else { "times" };
        write!(
            f,
            "on({}, {}) at {}: fired {fired} {times}",
            self.calls, self.answers, self.at
        )
    }
}
