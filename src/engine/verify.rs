//! Assertions over the journal: each gives a report of why it does not hold.

use std::fmt;

use crate::base::refusal::Refusal;
use crate::base::times::{Times, times};
use crate::engine::calls::Calls;
use crate::engine::core::Core;
use crate::engine::journal::Call;
use crate::engine::report::Report;

/// The part of a server's journal after a number.
#[derive(Clone, Copy)]
pub(crate) struct JournalPart<'a> {
    pub(crate) core: &'a Core,
    pub(crate) after: u64,
}

/// The calls that are expected, and the responses that they got.
#[derive(Debug)]
pub(crate) struct Expected {
    pub(crate) calls: Calls,
    pub(crate) status: Option<u16>,
    pub(crate) refusal: Option<Refusal>,
}

impl JournalPart<'_> {
    /// The calls, in order of arrival.
    pub(crate) fn all(self) -> Vec<Call> {
        self.core.records.since(self.after)
    }

    /// Those of the calls that match.
    pub(crate) fn matching(self, calls: &Calls) -> Vec<Call> {
        let mut all = self.all();
        all.retain(|call| calls.matches(call));
        all
    }

    /// The calls that are expected, if there are that many.
    ///
    /// # Errors
    ///
    /// The report, if there are more or fewer.
    pub(crate) fn verify(self, expected: &Expected, count: Times) -> Result<Vec<Call>, Report> {
        let seen = self.all();
        let matched = seen.iter().filter(|call| expected.matches(call));
        let matched: Vec<Call> = matched.cloned().collect();
        if count.contains(matched.len()) {
            return Ok(matched);
        }
        let how_often = expected.how_often(matched.len(), &seen);
        let mut report = Report::new(format!("expected {expected} {count}, but {how_often}"));
        if matched.len() < count.at_least {
            report.nearest(&expected.calls, &seen, |call| expected.differences(call));
            self.arrived_before(&mut report, &expected.calls);
        }
        Err(self.with_requests(report, |call| expected.matches(call)))
    }

    /// Whether these calls came in this order; others may lie between.
    ///
    /// # Errors
    ///
    /// The report on the first that did not.
    pub(crate) fn verify_order(self, order: &[Calls]) -> Result<(), Report> {
        let seen = self.all();
        let mut rest = seen.iter();
        let mut last: Option<&Call> = None;
        for (place, calls) in order.iter().enumerate() {
            if let Some(found) = rest.find(|call| calls.matches(call)) {
                last = Some(found);
                continue;
            }
            let after = last.map_or("from the start".to_owned(), |call| format!("after {call}"));
            let mut report = Report::new(format!(
                "expected {calls} as number {} of the order, {after}",
                place + 1
            ));
            let names: Vec<String> = order.iter().map(Calls::to_string).collect();
            report.line(format!("the order: {}", names.join(", then ")));
            match seen.iter().find(|call| calls.matches(call)) {
                Some(earlier) => report.line(format!("it came earlier: {earlier}")),
                None => report.nearest(calls, &seen, |call| calls.differences(call)),
            }
            let counts = |call: &Call| order.iter().any(|calls| calls.matches(call));
            return Err(self.with_requests(report, counts));
        }
        Ok(())
    }

    /// Names a call that matches but came before this part of the journal.
    fn arrived_before(self, report: &mut Report, calls: &Calls) {
        let before = self.core.records.since(0).into_iter();
        let mut before = before.take_while(|call| call.number() <= self.after);
        if let Some(call) = before.find(|call| calls.matches(call)) {
            report.line(format!("it came before `from_now()`: {call}"));
        }
    }

    /// The report with the last requests, of which those that count are marked, and the plans that are left.
    pub(crate) fn with_requests(
        self,
        mut report: Report,
        counts: impl Fn(&Call) -> bool,
    ) -> Report {
        report.last_requests(self.core, self.after, counts);
        report.plans_left(self.core);
        report
    }
}

impl Expected {
    fn how_often(&self, matched: usize, seen: &[Call]) -> String {
        let otherwise = seen.iter().filter(|call| self.calls.matches(call)).count();
        match (matched, otherwise) {
            (0, 0) => "it never came".to_owned(),
            (0, count) => format!("it came {} and was answered otherwise", times(count)),
            (count, _) => format!("it came {}", times(count)),
        }
    }

    fn matches(&self, call: &Call) -> bool {
        self.calls.matches(call)
            && self
                .status
                .is_none_or(|status| call.status() == Some(status))
            && self
                .refusal
                .is_none_or(|refusal| call.refusal() == Some(refusal))
    }

    /// What a call of the right operations is not, its answer included.
    fn differences(&self, call: &Call) -> Vec<String> {
        let mut differences = self.calls.differences(call);
        if let (Some(expected), was) = (self.status, call.status())
            && was != Some(expected)
        {
            let was = was.map_or("none".to_owned(), |status| status.to_string());
            differences.push(format!("status: expected {expected}, was {was}"));
        }
        if let (Some(expected), was) = (self.refusal, call.refusal())
            && was != Some(expected)
        {
            let was = was.map_or("none".to_owned(), |refusal| format!("{refusal:?}"));
            differences.push(format!("refusal: expected {expected:?}, was {was}"));
        }
        differences
    }
}

/// The calls, and the response that is expected: `CreateRepo answered 409 refused RepoExists`.
impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.calls)?;
        if let Some(status) = self.status {
            write!(f, " answered {status}")?;
        }
        if let Some(refusal) = self.refusal {
            write!(f, " refused {refusal:?}")?;
        }
        Ok(())
    }
}
