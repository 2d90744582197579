//! Whether the expectations of a step hold.

use std::sync::Arc;

use serde_json::Value;

use super::Step;
use crate::base::event::{Event, EventKind};
use crate::base::times::Times;
use crate::engine::calls::Calls;
use crate::engine::core::Core;
use crate::engine::history::TimeChange;
use crate::engine::report::Report;
use crate::engine::verify::{Expected, JournalPart};
use crate::fixtures::world::difference::differences;

/// What must be true at the end of a step.
#[derive(Debug, Default)]
pub(crate) struct Expectation {
    pub(crate) verify: Vec<(Expected, Times)>,
    pub(crate) order: Vec<Calls>,
    pub(crate) events: Vec<ExpectedEvent>,
    /// A part of the state.
    pub(crate) world: Option<Value>,
}

/// An event. What is `None` is not compared.
#[derive(Debug)]
pub(crate) struct ExpectedEvent {
    pub(crate) kind: EventKind,
    pub(crate) region: Option<String>,
    pub(crate) repo: Option<String>,
    pub(crate) tag: Option<String>,
    pub(crate) digest: Option<String>,
    pub(crate) trigger: Option<String>,
    pub(crate) target_region: Option<String>,
    pub(crate) target_repo: Option<String>,
    pub(crate) result: Option<String>,
    pub(crate) detail: Option<String>,
}

/// Where a step begins: the numbers of the last call and of the events before it.
#[derive(Debug, Clone, Copy)]
struct StepStart {
    call: u64,
    events: u64,
}

/// The expectation of a step that has begun.
#[derive(Debug, Clone)]
pub(crate) struct RunningStep {
    expected: Arc<Expectation>,
    start: StepStart,
}

impl Core {
    /// Changes the clock, and plans the answers and the courses of a step.
    pub(crate) fn begin_step(&self, step: &Step) -> RunningStep {
        // Runs what is due, so that its events belong to the step before.
        self.read(|_| ());
        let start = StepStart {
            call: self.records.last_number(),
            events: self.events.total(),
        };
        match step.time {
            None => {}
            Some(TimeChange::Advance(duration)) => self.advance(duration),
            Some(TimeChange::Set(time)) => self.set_time(time),
        }
        for (course, place) in &step.courses {
            let planned = format!("next_job({course}) at {place}");
            self.add_course(course.clone(), planned);
        }
        for plan in &step.plans {
            let (calls, answers) = (plan.calls.clone(), plan.answers.clone());
            self.on_at(calls, answers, plan.place.clone());
        }
        RunningStep {
            expected: Arc::clone(&step.expect),
            start,
        }
    }

    /// The reports of the expectations of a step that do not hold.
    pub(crate) fn unmet_expectations(&self, step: &RunningStep) -> Vec<String> {
        let reports = self.judge(&step.expected, step.start).into_iter();
        reports.map(Report::finish).collect()
    }

    fn judge(&self, expected: &Expectation, start: StepStart) -> Vec<Report> {
        let part = JournalPart {
            core: self,
            after: start.call,
        };
        let verified = expected.verify.iter();
        let verified = verified.filter_map(|(expected, times)| {
            let calls = self.resolve(expected.calls.clone());
            let expected = Expected { calls, ..*expected };
            part.count(&expected, *times).err()
        });
        let order = expected.order.iter().cloned();
        let order: Vec<Calls> = order.map(|calls| self.resolve(calls)).collect();
        let ordered = (!order.is_empty()).then(|| part.order(&order));
        let ordered = ordered.and_then(Result::err);
        let events = self.judge_events(&expected.events, start);
        let world = expected.world.as_ref();
        let world = world.map(|world| differences(world, &self.world().to_value()));
        let world = world.and_then(|found| Report::of_world(&found));
        verified.chain(ordered).chain(events).chain(world).collect()
    }

    /// The events must occur in their order; others may come between them.
    fn judge_events(&self, expected: &[ExpectedEvent], start: StepStart) -> Option<Report> {
        let seen = self.events_after(start.events);
        let mut rest = seen.iter();
        let missing = expected
            .iter()
            .position(|event| !rest.any(|seen| event.matches(seen)))?;
        let expected = &expected[missing];
        let mut report = Report::new(format!(
            "expected event {} of the list ({}) after those before it, but it did not occur",
            missing + 1,
            expected.describe()
        ));
        if seen.is_empty() {
            report.line("  no event occurred");
        }
        for event in seen.iter().rev().take(10).rev() {
            report.line(format!("  {event}"));
        }
        Some(report)
    }
}

impl ExpectedEvent {
    /// The fields with their names, and those of an event.
    fn fields<'a>(
        &'a self,
        event: Option<&'a Event>,
    ) -> [(&'static str, &'a Option<String>, Option<&'a str>); 9] {
        let of = |get: fn(&Event) -> Option<&str>| event.and_then(get);
        [
            ("region", &self.region, of(|event| Some(&event.region))),
            ("repo", &self.repo, of(|event| Some(&event.repo))),
            ("tag", &self.tag, of(|event| event.tag.as_deref())),
            ("digest", &self.digest, of(|event| event.digest.as_deref())),
            (
                "trigger",
                &self.trigger,
                of(|event| event.trigger.as_deref()),
            ),
            (
                "target_region",
                &self.target_region,
                of(|event| event.target_region.as_deref()),
            ),
            (
                "target_repo",
                &self.target_repo,
                of(|event| event.target_repo.as_deref()),
            ),
            ("result", &self.result, of(|event| event.result.as_deref())),
            ("detail", &self.detail, of(|event| event.detail.as_deref())),
        ]
    }

    fn matches(&self, event: &Event) -> bool {
        let mut fields = self.fields(Some(event)).into_iter();
        event.kind == self.kind
            && fields.all(|(_, expected, actual)| {
                expected
                    .as_deref()
                    .is_none_or(|expected| actual == Some(expected))
            })
    }

    fn describe(&self) -> String {
        let fields = self.fields(None).into_iter();
        let fields = fields.filter_map(|(name, expected, _)| {
            let expected = expected.as_ref()?;
            Some(format!(" {name} {expected}"))
        });
        std::iter::once(self.kind.as_str().to_owned())
            .chain(fields)
            .collect()
    }
}
