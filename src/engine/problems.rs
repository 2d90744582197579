//! The problems of a test, and the reports at its end.

use std::sync::Arc;

use crate::base::problem::{Level, Problem, ProblemKind};
use crate::base::times::counted;
use crate::engine::core::Core;
use crate::engine::journal::{Call, KEPT};
use crate::engine::plans::Entry;
use crate::engine::progress::Progress;
use crate::engine::report::{MAX_LINES, Report, why_unused};
use crate::engine::scenario::judge::RunningStep;
use crate::state::{PlannedCourse, State};

const ALLOW_UNMATCHED: &str =
    "  to allow unmatched requests: MockSwr::builder().level(ProblemKind::Unmatched, Level::Warn)";

/// Added to the report of a scoped plan that ends before any request.
const ENDS_AT_ONCE: &str =
    "  `let _ = ..scoped()` ends a plan at once: bind it to a name, such as `_outage`";

impl Core {
    /// All problems so far, including those of [`Level::Warn`].
    /// `step` is the step of a scenario that runs.
    pub(crate) fn problems(&self, step: Option<&RunningStep>) -> Vec<Problem> {
        let mut problems = self.noted();
        let mut add = |kind, message| problems.extend(self.levels.problem(kind, message));
        let left = self.plans.left_over();
        let seen = if left.is_empty() {
            Vec::new()
        } else {
            self.records.since(0)
        };
        for plan in left {
            add(ProblemKind::PlanLeft, left_over(&plan, &seen));
        }
        for message in self.read(courses_left) {
            add(ProblemKind::PlanLeft, message);
        }
        let unmet = step.map(|step| self.unmet_expectations(step));
        for report in unmet.into_iter().flatten() {
            add(ProblemKind::ExpectationUnmet, report);
        }
        let lost = self.records.lost();
        if lost > 0 {
            let message =
                format!("the journal keeps {KEPT}; the oldest {lost} requests were dropped");
            add(ProblemKind::JournalFull, message);
        }
        let lost = self.events.lost();
        if lost > 0 {
            let message = format!("10,000 events are kept; the oldest {lost} were dropped");
            add(ProblemKind::JournalFull, message);
        }
        problems
    }

    /// Ends a plan. Returns the report if it has unused steps and these fail the test; only prints them otherwise.
    pub(crate) fn end_plan(&self, progress: &Progress) -> Option<String> {
        // None if the server has ended, which has reported the plan.
        let plan = self.plans.find(progress);
        if !self.remove(progress) {
            return None;
        }
        let seen = self.records.since(0);
        let message = left_over(&*plan?, &seen);
        let problem = self.levels.problem(ProblemKind::PlanLeft, message)?;
        if problem.level != Level::Fail {
            eprintln!("mock-swr: {problem}");
            return None;
        }
        let line = progress.place.line();
        let mut report = Report::new(format!(
            "{line}: mock-swr: the scoped plan has unused steps"
        ));
        for line in format!("  {problem}").lines() {
            report.line(line);
        }
        let is_first = seen
            .last()
            .is_none_or(|call| call.number() <= progress.after);
        if is_first {
            report.line(ENDS_AT_ONCE);
        }
        report.last_requests(self, progress.after, |_| false);
        Some(report.finish_and_note(self))
    }

    /// The report if the test fails, with an additional line. Prints the other problems to stderr, unless the program
    /// does that: its stderr may not be read.
    pub(crate) fn failure(&self, step: Option<&RunningStep>, line: Option<&str>) -> Option<String> {
        let (failing, others): (Vec<Problem>, Vec<Problem>) = self
            .problems(step)
            .into_iter()
            .partition(|problem| problem.level == Level::Fail);
        if !self.is_program() {
            for problem in others {
                eprintln!("mock-swr: {problem}");
            }
        }
        if failing.is_empty() {
            return None;
        }
        let count = if failing.len() == 1 {
            "1 problem".to_owned()
        } else {
            format!("{} problems", failing.len())
        };
        let mut report = Report::new(format!("mock-swr: {count}"));
        for problem in failing.iter().take(MAX_LINES / 2) {
            for line in format!("  {problem}").lines() {
                report.line(line);
            }
        }
        if failing
            .iter()
            .any(|problem| problem.kind == ProblemKind::Unmatched)
        {
            report.line(ALLOW_UNMATCHED);
        }
        if let Some(line) = line {
            report.line(line);
        }
        report.last_requests(self, 0, |_| false);
        Some(report.finish_and_note(self))
    }

    /// The last requests, under a headline if there is one, unless a report has listed them.
    pub(crate) fn unlisted_requests(&self, headline: Option<&str>) -> Option<String> {
        if self.is_reported() {
            return None;
        }
        let mut report = headline.map_or_else(Report::default, |line| Report::new(line.to_owned()));
        report.last_requests(self, 0, |_| false);
        report.plans_left(self);
        Some(report.finish())
    }

    /// The refused requests, which may explain the error of a test, unless a report has listed them. They are printed
    /// for passing tests too, because an error that the test returns is not visible here. The program has a log.
    pub(crate) fn refusals(&self) -> Option<String> {
        if self.is_program() || self.is_reported() || self.levels.are_silent() {
            return None;
        }
        let refused = self.records.refused();
        if refused.is_empty() {
            return None;
        }
        let count = counted(refused.len(), "request");
        let mut report = Report::new(format!("mock-swr: the service refused {count}:"));
        report.requests(&refused, |_| false);
        Some(report.finish())
    }
}

/// The message about a plan with unused steps, and why they are unused.
fn left_over(plan: &Entry, seen: &[Call]) -> String {
    let why = why_unused(plan, seen);
    let why = why
        .lines()
        .map(|line| format!("\n    {}", line.trim_start()));
    std::iter::once(plan.progress.to_string())
        .chain(why)
        .collect()
}

/// The courses that no job took, each with the reason.
fn courses_left(state: &State) -> Vec<String> {
    let pending = state.pending_courses().iter();
    let message = |pending: &Arc<PlannedCourse>| {
        let planned = &pending.planned;
        match &pending.course.repo {
            None => format!("{planned}: no job started"),
            Some(repo) if state.has_repo(repo) => {
                format!("{planned}: no job of this repository started")
            }
            Some(repo) => format!("{planned}: there is no repository `{repo}`"),
        }
    };
    pending.map(message).collect()
}
