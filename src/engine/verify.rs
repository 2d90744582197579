//! Assertions about the journal. Each returns a report if it fails.

use std::fmt;

use crate::base::refusal::Refusal;
use crate::base::times::{Times, times};
use crate::engine::calls::Calls;
use crate::engine::core::Core;
use crate::engine::journal::Call;
use crate::engine::report::Report;

/// The part of a journal after the call with this number.
#[derive(Clone, Copy)]
pub(crate) struct JournalPart<'a> {
    pub(crate) core: &'a Core,
    pub(crate) after: u64,
}

/// The expected calls and their expected responses.
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

    /// The matching calls, in order of arrival.
    pub(crate) fn matching(self, calls: &Calls) -> Vec<Call> {
        let mut all = self.all();
        all.retain(|call| calls.matches(call));
        all
    }

    /// The matching calls, if their number is the expected one.
    ///
    /// # Errors
    ///
    /// The report, if there are more or fewer.
    pub(crate) fn verify(self, expected: &Expected, count: Times) -> Result<Vec<Call>, Report> {
        let verified = self.count(expected, count);
        verified.map_err(|report| self.with_requests(report, |call| expected.matches(call)))
    }

    /// As [`JournalPart::verify`], with a report that does not list the requests.
    pub(crate) fn count(self, expected: &Expected, count: Times) -> Result<Vec<Call>, Report> {
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
            self.called_before(&mut report, &expected.calls);
        }
        Err(report)
    }

    /// Checks that these calls were received in this order. Other calls may be received in between.
    ///
    /// # Errors
    ///
    /// The report on the first call that is missing.
    pub(crate) fn verify_order(self, order: &[Calls]) -> Result<(), Report> {
        let counts = |call: &Call| order.iter().any(|calls| calls.matches(call));
        let verified = self.order(order);
        verified.map_err(|report| self.with_requests(report, counts))
    }

    /// As [`JournalPart::verify_order`], with a report that does not list the requests.
    pub(crate) fn order(self, order: &[Calls]) -> Result<(), Report> {
        let seen = self.all();
        let mut rest = seen.iter();
        let mut last: Option<&Call> = None;
        for (index, calls) in order.iter().enumerate() {
            if let Some(found) = rest.find(|call| calls.matches(call)) {
                last = Some(found);
                continue;
            }
            let after = last.map_or("from the start".to_owned(), |call| format!("after {call}"));
            let mut report = Report::new(format!(
                "expected {calls} as call {} of the order, {after}",
                index + 1
            ));
            let names: Vec<String> = order.iter().map(Calls::to_string).collect();
            report.line(format!("expected order: {}", names.join(", then ")));
            match seen.iter().find(|call| calls.matches(call)) {
                Some(earlier) => report.line(format!("it was called earlier: {earlier}")),
                None => report.nearest(calls, &seen, |call| calls.differences(call)),
            }
            return Err(report);
        }
        Ok(())
    }

    /// Adds a matching call that was received before this part of the journal.
    fn called_before(self, report: &mut Report, calls: &Calls) {
        let before = self.core.records.since(0).into_iter();
        let mut before = before.take_while(|call| call.number() <= self.after);
        if let Some(call) = before.find(|call| calls.matches(call)) {
            report.line(format!("it was called before `from_now()`: {call}"));
        }
    }

    /// Adds the last requests and the unused plans to a report. Requests for which `counts` returns true are marked.
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
        let called = seen.iter().filter(|call| self.calls.matches(call)).count();
        match (matched, called) {
            (0, 0) => "it was never called".to_owned(),
            (0, count) => format!("it was called {} with another response", times(count)),
            (count, _) => format!("it was called {}", times(count)),
        }
    }

    pub(crate) fn matches(&self, call: &Call) -> bool {
        self.calls.matches(call)
            && self
                .status
                .is_none_or(|status| call.status() == Some(status))
            && self
                .refusal
                .is_none_or(|refusal| call.refusal() == Some(refusal))
    }

    /// Describes the differences between a call and the expectation, including its response.
    fn differences(&self, call: &Call) -> Vec<String> {
        let mut differences = self.calls.differences(call);
        if let (Some(expected), was) = (self.status, call.status())
            && was != Some(expected)
        {
            let was = was.map_or("none".to_owned(), |status| status.to_string());
            differences.push(format!("status: expected {expected}, got {was}"));
        }
        if let (Some(expected), was) = (self.refusal, call.refusal())
            && was != Some(expected)
        {
            let was = was.map_or("none".to_owned(), |refusal| format!("{refusal:?}"));
            differences.push(format!("refusal: expected {expected:?}, got {was}"));
        }
        differences
    }
}

/// The text for reports: `CreateRepo with status 409 and refusal RepoExists`.
impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.calls)?;
        let status = self.status.map(|status| format!("status {status}"));
        let refusal = self.refusal.map(|refusal| format!("refusal {refusal:?}"));
        let response: Vec<String> = status.into_iter().chain(refusal).collect();
        if !response.is_empty() {
            write!(f, " with {}", response.join(" and "))?;
        }
        Ok(())
    }
}
