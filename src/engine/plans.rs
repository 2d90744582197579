//! The plans of one server, and matching calls with them.
//!
//! Plans are not part of the state. The newest plan that matches a call and has a step left answers it. The live plans
//! are counted for each operation, so a call does not pay for the plans of other operations.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use parking_lot::Mutex;

use crate::engine::answer::answers::{Answers, Step};
use crate::engine::answer::{Answer, Hold};
use crate::engine::calls::Calls;
use crate::engine::journal::Call;
use crate::engine::op_set::index_of;
use crate::engine::progress::{Place, Progress, Shape, StepShape};
use crate::operations::op::Op;

/// The plans of one server.
#[derive(Debug)]
pub(crate) struct Plans {
    /// `None` after the server has stopped.
    all: Mutex<Option<Vec<Arc<Entry>>>>,
    /// The number of live plans for each operation.
    live: Box<[AtomicI32; 256]>,
    /// The number of live plans with a closure of the test for each operation.
    with_closure: Box<[AtomicI32; 256]>,
}

/// A plan with its closures. Only [`Plans`] and calls in progress own one. A closure may own a [`Plan`](crate::Plan),
/// so a `Plan` must not keep its closures alive.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) calls: Calls,
    pub(crate) answers: Answers,
    needs_body: bool,
    pub(crate) progress: Arc<Progress>,
}

/// The answer to a call, from the step of a plan that the call has used.
#[derive(Debug, Clone)]
pub(crate) struct PlannedAnswer {
    pub(crate) answer: Answer,
    pub(crate) plan: Arc<Progress>,
}

/// The result of matching a call with the plans.
#[derive(Debug)]
pub(crate) enum Match {
    Nothing,
    Planned(Box<PlannedAnswer>),
    /// The newest plan for the operation needs the body.
    NeedsBody,
}

impl Match {
    /// The plan that matched.
    pub(crate) fn plan(&self) -> Option<&Arc<Progress>> {
        match self {
            Match::Planned(planned) => Some(&planned.plan),
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

    /// Checks that these calls can get these answers.
    pub(crate) fn check(calls: &Calls, answers: &Answers) -> Result<(), String> {
        let needs_body = calls.needs_body() || answers.needs_body();
        if needs_body && answers.resets_while_reading() {
            return Err(format!(
                "`reset_after_reading` must be planned before the body is read, but on({calls}, {answers}) needs the \
                 body: select the calls by operation, path, query, header or caller, and plan `Answer::with` separately"
            ));
        }
        Ok(())
    }

    /// Adds a plan. `after` is the number of the last call that was received before.
    ///
    /// # Panics
    ///
    /// If [`Plans::check`] returns an error.
    #[track_caller]
    pub(crate) fn add(
        &self,
        calls: Calls,
        answers: Answers,
        after: u64,
        place: Place,
    ) -> Arc<Progress> {
        if let Err(reason) = Plans::check(&calls, &answers) {
            panic!("{reason}");
        }
        let needs_body = calls.needs_body() || answers.needs_body();
        let shape = Shape {
            ops: calls.ops(),
            has_closure: calls.has_closure() || answers.has_closure(),
            is_optional: answers.optional,
            steps: answers.steps.iter().map(shape_of).collect(),
        };
        let text = format!("on({calls}, {answers})");
        let progress = Arc::new(Progress::new(text, place, after, shape));
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

    /// Drops all plans with their closures.
    pub(crate) fn end(&self) {
        // Dropped outside the lock, because a value that a closure owns may call the mock when it is dropped.
        let all = self.all.lock().take();
        drop(all);
    }

    /// Counts a plan that became live (1) or ended (-1).
    fn count(&self, progress: &Progress, change: i32) {
        for index in progress.shape.ops.indexes() {
            self.live[index].fetch_add(change, Ordering::SeqCst);
            if progress.shape.has_closure {
                self.with_closure[index].fetch_add(change, Ordering::SeqCst);
            }
        }
    }

    /// Whether the operation has no live plan.
    pub(crate) fn has_none_for(&self, op: Option<Op>) -> bool {
        self.live[index_of(op)].load(Ordering::SeqCst) == 0
    }

    /// Whether matching may run a closure of the test.
    pub(crate) fn runs_closures(&self, op: Option<Op>) -> bool {
        self.with_closure[index_of(op)].load(Ordering::SeqCst) > 0
    }

    /// Matches the head of a request, from the newest plan until one needs the body.
    pub(crate) fn match_head(&self, call: &Call) -> Match {
        for plan in self.about(call) {
            if plan.needs_body {
                return Match::NeedsBody;
            }
            if let Some(planned) = self.try_use(&plan, call) {
                return Match::Planned(Box::new(planned));
            }
        }
        Match::Nothing
    }

    /// Matches the whole request.
    pub(crate) fn match_all(&self, call: &Call) -> Match {
        let planned = self
            .about(call)
            .into_iter()
            .find_map(|plan| self.try_use(&plan, call));
        planned.map_or(Match::Nothing, |planned| Match::Planned(Box::new(planned)))
    }

    /// The live plans for the operation, newest first. They are copied, so that matching runs outside the lock.
    fn about(&self, call: &Call) -> Vec<Arc<Entry>> {
        if self.has_none_for(call.op()) {
            return Vec::new();
        }
        self.select(|plan| plan.calls.is_about(call.op()) && !plan.progress.is_spent())
            .rev()
            .collect()
    }

    /// The plans for which `holds` returns true, oldest first.
    fn select(
        &self,
        holds: impl Fn(&Entry) -> bool,
    ) -> impl DoubleEndedIterator<Item = Arc<Entry>> {
        let all = self.all.lock();
        let selected = all.iter().flatten().filter(|plan| holds(plan));
        selected.map(Arc::clone).collect::<Vec<_>>().into_iter()
    }

    fn try_use(&self, plan: &Entry, call: &Call) -> Option<PlannedAnswer> {
        if !plan.calls.matches(call) {
            return None;
        }
        let progress = &plan.progress;
        let mut position = progress.position.lock();
        let step = progress.next_step(&mut position)?;
        if progress.spent(&position) {
            self.count(progress, -1);
        }
        Some(PlannedAnswer {
            answer: plan.answers.steps[step].answer.clone(),
            plan: Arc::clone(progress),
        })
    }

    pub(crate) fn remove(&self, progress: &Progress) -> bool {
        let mut position = progress.position.lock();
        let was_left_over = progress.has_required(&position);
        if !progress.spent(&position) {
            self.count(progress, -1);
        }
        position.removed = true;
        was_left_over
    }

    /// All plans, oldest first.
    pub(crate) fn all(&self) -> Vec<Arc<Entry>> {
        self.select(|_| true).collect()
    }

    /// The plans that still have required steps.
    pub(crate) fn left_over(&self) -> Vec<Arc<Entry>> {
        self.select(|plan| plan.progress.is_left_over()).collect()
    }

    /// This plan, unless the server has ended.
    pub(crate) fn find(&self, progress: &Progress) -> Option<Arc<Entry>> {
        self.select(|plan| std::ptr::eq(&*plan.progress, progress))
            .next()
    }

    /// The plans that may still hold a call.
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
