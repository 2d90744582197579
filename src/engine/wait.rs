//! Waits for calls, and the reports of waits that time out.

use std::panic::Location;
use std::time::Duration;

use crate::engine::calls::Calls;
use crate::engine::core::Core;
use crate::engine::report::Report;
use crate::engine::verify::JournalPart;

/// The calls that a test waits for, and their number.
pub(crate) struct AwaitedCalls<'a> {
    pub(crate) part: JournalPart<'a>,
    pub(crate) calls: Calls,
    pub(crate) times: usize,
}

impl AwaitedCalls<'_> {
    pub(crate) fn have_arrived(&self) -> bool {
        self.part.matching(&self.calls).len() >= self.times
    }

    /// The report of a wait for calls that timed out.
    pub(crate) fn report(&self, wait: &TimedOut) -> Report {
        let calls = &self.calls;
        let often = match self.times {
            1 => String::new(),
            times => format!(" {times} times"),
        };
        let TimedOut { within, at, .. } = wait;
        let mut report = wait.headed(format!(
            "{calls} was not called{often} within {within:?}; the wait is at {at}"
        ));
        let seen = self.part.all();
        report.nearest(calls, &seen, |call| calls.differences(call));
        let mut held = seen.iter().filter(|call| {
            calls.needs_body() && calls.is_about(call.op()) && call.is_held_at_head()
        });
        if let Some(held) = held.next() {
            report.line(format!(
                "  the body of #{} is not read before `release()`, because `hold_request` holds the request",
                held.number()
            ));
        }
        self.part.with_requests(report, |call| calls.matches(call))
    }
}

/// A wait that timed out.
pub(crate) struct TimedOut {
    pub(crate) within: Duration,
    pub(crate) at: &'static Location<'static>,
    /// Whether the wait blocked the only thread of a runtime.
    pub(crate) blocked_clients: bool,
}

impl TimedOut {
    /// The report of a wait for a condition that timed out.
    pub(crate) fn report(&self, core: &Core, condition: &str) -> Report {
        let TimedOut { within, at, .. } = self;
        let report = self.headed(format!(
            "the condition was still false after {within:?}: {condition}; the wait is at {at}"
        ));
        JournalPart { core, after: 0 }.with_requests(report, |_| false)
    }

    fn headed(&self, headline: String) -> Report {
        let mut report = Report::new(headline);
        if self.blocked_clients {
            report.line("  `.block()` blocks the clients that share its thread: use `.await`");
        }
        report
    }
}
