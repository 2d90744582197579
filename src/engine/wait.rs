//! Waits for calls, and the reports of waits that time out.

use std::panic::Location;
use std::time::Duration;

use crate::engine::calls::Calls;
use crate::engine::core::Core;
use crate::engine::progress::Place;
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
        let within = wait.within;
        let mut report = wait.headed(format!("{calls} was not called{often} within {within:?}"));
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
        let within = self.within;
        let report = self.headed(format!(
            "the condition was still false after {within:?}: {condition}"
        ));
        JournalPart { core, after: 0 }.with_requests(report, |_| false)
    }

    /// A report that begins with the line of the wait, because the panic of an awaited wait names a line of the crate.
    fn headed(&self, headline: String) -> Report {
        let line = Place::from(self.at).line();
        let mut report = Report::new(format!("{line}: {headline}"));
        if self.blocked_clients {
            report.line("  `.block()` blocks the clients that share its thread: use `.await`");
        }
        report
    }
}
