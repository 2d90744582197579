//! What a test waits for, and the report that it did not happen.

use std::panic::Location;
use std::time::Duration;

use crate::engine::calls::Calls;
use crate::engine::core::Core;
use crate::engine::report::Report;
use crate::engine::verify::JournalPart;

/// How many calls of a part of the journal a test waits for.
pub(crate) struct AwaitedCalls<'a> {
    pub(crate) part: JournalPart<'a>,
    pub(crate) calls: Calls,
    pub(crate) times: usize,
}

impl AwaitedCalls<'_> {
    pub(crate) fn have_arrived(&self) -> bool {
        self.part.matching(&self.calls).len() >= self.times
    }

    /// Why the wait at this line did not end in time.
    pub(crate) fn report(&self, wait: &TimedOut) -> Report {
        let calls = &self.calls;
        let often = match self.times {
            1 => String::new(),
            times => format!(" {times} times"),
        };
        let TimedOut { within, at, .. } = wait;
        let mut report = wait.headed(format!(
            "{calls} did not come{often} within {within:?}, waited for at {at}"
        ));
        let seen = self.part.all();
        report.nearest(calls, &seen, |call| calls.differences(call));
        let mut held = seen.iter().filter(|call| {
            calls.needs_body() && calls.is_about(call.op()) && call.is_held_at_head()
        });
        if let Some(held) = held.next() {
            report.line(format!(
                "  the body of #{} is read after `release()`: `hold_request` holds its head",
                held.number()
            ));
        }
        self.part.with_requests(report, |call| calls.matches(call))
    }
}

/// A wait whose time is up.
pub(crate) struct TimedOut {
    pub(crate) within: Duration,
    pub(crate) at: &'static Location<'static>,
    /// It blocked the only thread of a runtime.
    pub(crate) blocked_clients: bool,
}

impl TimedOut {
    /// Why the wait for a condition did not end in time.
    pub(crate) fn report(&self, core: &Core, condition: &str) -> Report {
        let TimedOut { within, at, .. } = self;
        let report = self.headed(format!(
            "not so within {within:?}: {condition}, waited for at {at}"
        ));
        JournalPart { core, after: 0 }.with_requests(report, |_| false)
    }

    fn headed(&self, headline: String) -> Report {
        let mut report = Report::new(headline);
        if self.blocked_clients {
            report.line("  `.block()` stops the clients that share its thread: `.await` it");
        }
        report
    }
}
