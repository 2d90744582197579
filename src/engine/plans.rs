//! The table of live plans.
//!
//! Plans stand beside the state, not in it. A table counts the live plans of each operation, so that those for
//! other operations cost a call nothing. The newest plan that is about a call and has a step left answers it.

use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use parking_lot::Mutex;

use crate::engine::answer::answers::{Answers, Step};
use crate::engine::answer::{Answer, Hold};
use crate::engine::calls::Calls;
use crate::engine::journal::Call;
use crate::engine::op_set::place_of;
use crate::engine::progress::{Progress, Shape, StepShape};
use crate::operations::op::Op;

/// The plans of one server.
#[derive(Debug)]
pub(crate) struct Plans {
    /// `None` once the server has stopped.
    all: Mutex<Option<Vec<Arc<Entry>>>>,
    /// How many live plans are about each operation.
    live: Box<[AtomicI32; 256]>,
    /// And how many of those run code of the test's author.
    with_closure: Box<[AtomicI32; 256]>,
}

/// A plan with its functions. Only the table, and calls under way, hold one: a function may own a
/// [`Plan`](crate::Plan), and must not keep itself alive by it.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) calls: Calls,
    answers: Answers,
    needs_body: bool,
    pub(crate) progress: Arc<Progress>,
}

/// A step that a plan gave to a call.
#[derive(Debug, Clone)]
pub(crate) struct Taken {
    pub(crate) answer: Answer,
    pub(crate) plan: Arc<Progress>,
}

/// What matching a call with the plans found.
#[derive(Debug)]
pub(crate) enum Match {
    Nothing,
    Taken(Box<Taken>),
    /// The newest plan cannot say before the body is read.
    NeedsBody,
}

impl Match {
    /// The plan that a step was taken of.
    pub(crate) fn plan(&self) -> Option<&Arc<Progress>> {
        match self {
            Match::Taken(taken) => Some(&taken.plan),
            Match::Nothing | Match::NeedsBody => None,
        }
    }
}

impl Plans {
    pub(crate) fn new() -> Plans {
        let zeros = || Box::new([const { AtomicI32::new(0) }; 256]);
        Plans {
            all: Mutex::new(Some(Vec::new())),
            live: zeros(),
            with_closure: zeros(),
        }
    }

    /// Adds a plan that is made after the call of that number.
    #[track_caller]
    pub(crate) fn add(
        &self,
        calls: Calls,
        answers: Answers,
        after: u64,
        at: &'static Location<'static>,
    ) -> Arc<Progress> {
        let needs_body = calls.needs_body() || answers.needs_body();
        // Misuse by the author: by then the body has been read.
        assert!(
            !(needs_body && answers.dies_while_reading()),
            "`reset_after_reading` is decided before the body is read, on({calls}, {answers}) after it: name the calls \
             by operation, path, query, header or caller, and plan it apart from `Answer::with`"
        );
        let shape = Shape {
            ops: calls.ops(),
            has_closure: calls.has_closure() || answers.has_closure(),
            is_optional: answers.optional,
            steps: answers.steps.iter().map(shape_of).collect(),
        };
        let text = format!("on({calls}, {answers})");
        let progress = Arc::new(Progress::new(text, at, after, shape));
        let entry = Arc::new(Entry {
            calls,
            answers,
            needs_body,
            progress: Arc::clone(&progress),
        });
        if let Some(all) = &mut *self.all.lock() {
            if !progress.is_spent() {
                self.count(&progress, 1);
            }
            all.push(entry);
        }
        progress
    }

    /// Drops all plans, and with them their functions and what those own.
    pub(crate) fn end(&self) {
        // Dropped outside the lock: what a function owns may call the mock when it is dropped.
        let all = self.all.lock().take();
        drop(all);
    }

    /// A plan has come alive (1) or ended (-1).
    fn count(&self, progress: &Progress, change: i32) {
        for place in progress.shape.ops.places() {
            self.live[place].fetch_add(change, Ordering::SeqCst);
            if progress.shape.has_closure {
                self.with_closure[place].fetch_add(change, Ordering::SeqCst);
            }
        }
    }

    /// Whether no live plan is about an operation.
    pub(crate) fn has_none_for(&self, op: Option<Op>) -> bool {
        self.live[place_of(op)].load(Ordering::SeqCst) == 0
    }

    /// Whether matching may run code of the test's author.
    pub(crate) fn runs_closures(&self, op: Option<Op>) -> bool {
        self.with_closure[place_of(op)].load(Ordering::SeqCst) > 0
    }

    /// Matches the head of a request: down to the newest plan that needs the body.
    pub(crate) fn match_head(&self, call: &Call) -> Match {
        for plan in self.about(call) {
            if plan.needs_body {
                return Match::NeedsBody;
            }
            if let Some(taken) = self.try_take(&plan, call) {
                return Match::Taken(Box::new(taken));
            }
        }
        Match::Nothing
    }

    /// Matches the whole request.
    pub(crate) fn match_all(&self, call: &Call) -> Match {
        let taken = self
            .about(call)
            .into_iter()
            .find_map(|plan| self.try_take(&plan, call));
        taken.map_or(Match::Nothing, |taken| Match::Taken(Box::new(taken)))
    }

    /// Live plans about the operation, newest first. The lock is let go before anything is judged.
    fn about(&self, call: &Call) -> Vec<Arc<Entry>> {
        if self.has_none_for(call.op()) {
            return Vec::new();
        }
        self.select(|plan| plan.calls.is_about(call.op()) && !plan.progress.is_spent())
            .rev()
            .collect()
    }

    /// Plans for which this holds, oldest first.
    fn select(
        &self,
        holds: impl Fn(&Entry) -> bool,
    ) -> impl DoubleEndedIterator<Item = Arc<Entry>> {
        let all = self.all.lock();
        let selected = all.iter().flatten().filter(|plan| holds(plan));
        selected.map(Arc::clone).collect::<Vec<_>>().into_iter()
    }

    fn try_take(&self, plan: &Entry, call: &Call) -> Option<Taken> {
        if !plan.calls.matches(call) {
            return None;
        }
        let progress = &plan.progress;
        let mut place = progress.place.lock();
        let step = progress.next_step(&mut place)?;
        if progress.spent(&place) {
            self.count(progress, -1);
        }
        Some(Taken {
            answer: plan.answers.steps[step].answer.clone(),
            plan: Arc::clone(progress),
        })
    }

    pub(crate) fn remove(&self, progress: &Progress) {
        let mut place = progress.place.lock();
        if !progress.spent(&place) {
            self.count(progress, -1);
        }
        place.removed = true;
    }

    /// Plans that should have fired and did not.
    pub(crate) fn left_over(&self) -> Vec<Arc<Entry>> {
        self.select(|plan| plan.progress.is_left_over()).collect()
    }

    /// Plans that may keep a client waiting until they are released.
    pub(crate) fn holding(&self) -> Vec<Arc<Entry>> {
        self.select(|plan| plan.progress.is_holding()).collect()
    }
}

fn shape_of(step: &Step) -> StepShape {
    StepShape {
        times: step.times,
        holds: step.answer.hold != Hold::No,
    }
}
