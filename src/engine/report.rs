//! How a failure is told: what was expected, the nearest request with the difference, the last requests in
//! order, the plans left over. The cause stands within the first 20 lines.

use std::sync::Arc;

use crate::base::redact::shorten;
use crate::base::times::{counted, times};
use crate::engine::calls::Calls;
use crate::engine::condition::unlikeness;
use crate::engine::core::Core;
use crate::engine::journal::Call;
use crate::engine::plans::Entry;
use crate::engine::proxy;
use crate::operations::op::Op;

/// How many lines a report may have.
pub(crate) const MAX_LINES: usize = 20;
/// How many of the last requests are shown.
const LAST: usize = 6;
/// How many differences of one request are shown.
const DIFFERENCES: usize = 10;
/// How many requests are compared with what was expected.
const MAX_COMPARED: usize = 1000;

/// Lines of a report, each at most so wide and all at most so many.
#[derive(Default)]
pub(crate) struct Report(Vec<String>);

impl Report {
    pub(crate) fn new(headline: String) -> Report {
        Report(vec![headline])
    }

    pub(crate) fn line(&mut self, line: impl AsRef<str>) {
        self.0.push(shorten(&line.as_ref().replace('\n', " ")));
    }

    /// The request that came nearest to what was expected, and what differs.
    pub(crate) fn nearest(
        &mut self,
        calls: &Calls,
        seen: &[Call],
        differences: impl Fn(&Call) -> Vec<String>,
    ) {
        let about = seen.iter().filter(|call| calls.is_about(call.op())).rev();
        let nearest = about
            .take(MAX_COMPARED)
            .map(|call| (call, differences(call)))
            .filter(|(_, differences)| !differences.is_empty())
            .min_by(|(_, a), (_, b)| {
                let unlike = |all: &[String]| all.iter().map(|one| unlikeness(one)).sum::<f32>();
                let count = a.len().cmp(&b.len());
                count.then_with(|| unlike(a).total_cmp(&unlike(b)))
            });
        let Some((nearest, differences)) = nearest else {
            self.no_such_call(calls, seen);
            return;
        };
        self.line(format!("nearest: {nearest}"));
        for difference in differences.iter().take(DIFFERENCES) {
            self.line(format!("  {difference}"));
        }
        if differences.len() > DIFFERENCES {
            let count = differences.len();
            self.line(format!(
                "  (the first {DIFFERENCES} of {count} differences)"
            ));
        }
        self.hint("  ", nearest);
    }

    /// What the mock said of a call, unless it is told already.
    fn hint(&mut self, indent: &str, call: &Call) {
        let hint = call.hint().filter(|_| !call.planned()).map(shorten);
        let Some(hint) = hint.filter(|hint| !self.0.iter().any(|line| line.contains(hint))) else {
            return;
        };
        self.line(format!("{indent}{hint}"));
    }

    /// No call of these operations at all: a sibling's, or one that missed its path?
    fn no_such_call(&mut self, calls: &Calls, seen: &[Call]) {
        let ops = || Op::ALL.iter().filter(|op| calls.is_about(Some(**op)));
        if let (Some(op), 1) = (ops().next(), ops().count()) {
            let (method, path) = (op.method(), op.path_template());
            self.line(format!("  {op} is {method} {path}"));
        }
        for op in ops() {
            let Some(sibling) = sibling(*op) else {
                continue;
            };
            let is_sibling = |call: &&Call| call.op() == Some(sibling);
            let count = seen.iter().filter(is_sibling).count();
            if count > 0 {
                let (method, path) = (sibling.method(), sibling.path_template());
                let often = times(count);
                self.line(format!(
                    "  its sibling {sibling} came {often}: that is {method} {path}"
                ));
            }
        }
        for call in seen.iter().filter(|call| call.op().is_none()).rev().take(2) {
            self.line(format!("unmatched: {call}"));
            self.hint("  ", call);
        }
    }

    /// The last requests after that number, those that are still being received included. Those that count are
    /// marked, and each has what the mock said of it.
    pub(crate) fn last_requests(
        &mut self,
        core: &Core,
        after: u64,
        counts: impl Fn(&Call) -> bool,
    ) {
        let records = &core.records;
        let seen = records.arrived_since(after);
        let since = match after {
            0 => String::new(),
            after => format!(" after #{after}"),
        };
        let shown = &seen[seen.len().saturating_sub(LAST)..];
        let legend = if shown.iter().any(&counts) {
            " (* counts)"
        } else {
            ""
        };
        match seen.len() {
            0 if after > 0 => self.line(format!("no request was received{since}")),
            0 => self.nothing_received(core.endpoints.home().endpoint()),
            count => self.line(format!(
                "the last of {}{since}{legend}:",
                counted(count, "request")
            )),
        }
        self.requests(shown, counts);
        if records.not_http() > 0 {
            self.line(format!(
                "  {} sent something other than HTTP: https, perhaps, where the mock speaks http",
                counted(records.not_http() as usize, "connection")
            ));
        }
    }

    /// The last of these requests, each with what the mock said of it; those that count are marked.
    pub(crate) fn requests(&mut self, calls: &[Call], counts: impl Fn(&Call) -> bool) {
        for call in &calls[calls.len().saturating_sub(LAST)..] {
            let mark = if counts(call) { "*" } else { " " };
            self.line(format!("{mark} {call}"));
            self.hint("      ", call);
        }
    }

    /// The client has another address than the server's, or something stands between them.
    fn nothing_received(&mut self, endpoint: &str) {
        self.line(
            "no request was received: is the client given `swr.endpoint()` or `swr.registry()`?",
        );
        let host = endpoint.strip_prefix("http://").unwrap_or(endpoint);
        let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
        if let Some(variable) = proxy::in_between(host, |name| std::env::var(name).ok()) {
            self.line(format!(
                "  `{variable}` is set and `NO_PROXY` does not list {host}, so clients may ask the proxy instead: set \
                 `NO_PROXY={host}`, or build the client without a proxy"
            ));
        }
    }

    /// Those that did not fire as they should have, and those that keep a client waiting.
    pub(crate) fn plans_left(&mut self, core: &Core) {
        for plan in core.plans.left_over() {
            self.line(format!("plan left over: {}", plan.progress));
        }
        for plan in core.plans.holding() {
            self.line(format!(
                "plan holds what it got, call `release()`: {}",
                plan.progress
            ));
        }
    }

    /// The text of a report that lists requests, which need not be listed again.
    pub(crate) fn tell(self, core: &Core) -> String {
        core.note_reported();
        self.finish()
    }

    pub(crate) fn finish(mut self) -> String {
        if self.0.len() > MAX_LINES {
            let more = self.0.len() - MAX_LINES + 1;
            self.0.truncate(MAX_LINES - 1);
            self.0.push(format!("({more} more lines)"));
        }
        self.0.join("\n")
    }
}

/// Why a plan did not fire as it should have. Only calls that came after it was made could have used it.
pub(crate) fn why_left(plan: &Entry, seen: &[Call]) -> String {
    // Code of the test's author is not run while the server is dropped.
    if plan.calls.has_closure() {
        return String::new();
    }
    let progress = &plan.progress;
    let later = seen.partition_point(|call| call.number() <= progress.after);
    let (before, after) = seen.split_at(later);
    let matching = |calls: &[Call]| {
        let matching = calls.iter().filter(|call| plan.calls.matches(call));
        matching.cloned().collect::<Vec<Call>>()
    };
    let candidates = matching(after);
    let is_own = |call: &Call| call.plan().is_some_and(|own| Arc::ptr_eq(own, progress));
    let mut report = Report::default();
    if let Some(lost) = candidates.iter().rfind(|call| !is_own(call)) {
        report.line(match lost.plan() {
            Some(other) => format!(
                "another plan answered #{} (the newest match wins): {other}",
                lost.number()
            ),
            None => format!("the call matches, but did not when the plans were matched: {lost}"),
        });
    } else if let Some(last) = candidates.last() {
        let count = counted(candidates.len(), "call");
        report.line(format!(
            "only {count} came after the plan was made, the last: {last}"
        ));
    } else if let Some(early) = matching(before).last() {
        report.line(format!("the call came before the plan was made: {early}"));
    } else {
        report.nearest(&plan.calls, after, |call| plan.calls.differences(call));
    }
    report.0.join("\n")
}

/// The operation whose name differs by a single `s`.
fn sibling(op: Op) -> Option<Op> {
    let bare = |op: Op| op.name().replace('s', "");
    Op::ALL
        .iter()
        .copied()
        .find(|other| *other != op && bare(*other) == bare(op))
}
