//! The report of a failure, in at most 20 lines.
//!
//! It contains the expectation, the nearest request with its differences, the last requests in order, and unused plans.

use std::sync::Arc;

use crate::base::endpoints::Endpoints;
use crate::base::redact::shorten;
use crate::base::times::{counted, times};
use crate::engine::calls::Calls;
use crate::engine::condition::dissimilarity;
use crate::engine::core::Core;
use crate::engine::journal::Call;
use crate::engine::plans::Entry;
use crate::engine::proxy;
use crate::operations::op::Op;

/// The maximum number of lines of a report.
pub(crate) const MAX_LINES: usize = 20;
/// The maximum number of last requests that are shown.
const LAST: usize = 6;
/// The maximum number of differences of a request that are shown.
const DIFFERENCES: usize = 10;
/// The maximum number of requests that are compared with the expectation.
const MAX_COMPARED: usize = 1000;

/// The lines of a report, limited in width and number.
#[derive(Default)]
pub(crate) struct Report(Vec<String>);

impl Report {
    pub(crate) fn new(headline: String) -> Report {
        Report(vec![headline])
    }

    /// The report of a state that differs from an expected world; `None` if nothing differs.
    pub(crate) fn of_world(differences: &[String]) -> Option<Report> {
        let places = counted(differences.len(), "place");
        let mut report = Report::new(format!(
            "the world differs from what is expected in {places}:"
        ));
        for difference in differences {
            report.line(format!("  {difference}"));
        }
        (!differences.is_empty()).then_some(report)
    }

    pub(crate) fn line(&mut self, line: impl AsRef<str>) {
        self.0.push(shorten(&line.as_ref().replace('\n', " ")));
    }

    /// Adds the request that is nearest to the expectation, and its differences.
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
                let distance =
                    |all: &[String]| all.iter().map(|one| dissimilarity(one)).sum::<f32>();
                let count = a.len().cmp(&b.len());
                count.then_with(|| distance(a).total_cmp(&distance(b)))
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

    /// Adds the hint of a call, unless the report already has it.
    fn hint(&mut self, indent: &str, call: &Call) {
        let hint = call.hint().filter(|_| !call.planned()).map(shorten);
        let Some(hint) = hint.filter(|hint| !self.0.iter().any(|line| line.contains(hint))) else {
            return;
        };
        self.line(format!("{indent}{hint}"));
    }

    /// Adds possible reasons why no call of these operations was received: calls of an operation with a similar name,
    /// and unmatched requests.
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
                    "  the similarly named {sibling} was called {often}: it is {method} {path}"
                ));
            }
        }
        for call in seen.iter().filter(|call| call.op().is_none()).rev().take(2) {
            self.line(format!("unmatched: {call}"));
            self.hint("  ", call);
        }
    }

    /// Adds the last requests after a number, with their hints. Requests that are still being received are included.
    /// Those for which `counts` returns true are marked.
    pub(crate) fn last_requests(
        &mut self,
        core: &Core,
        after: u64,
        counts: impl Fn(&Call) -> bool,
    ) {
        let (records, audience) = (&core.records, core.identity.settings.audience);
        let seen = records.arrived_since(after);
        let since = match after {
            0 => String::new(),
            after => format!(" after #{after}"),
        };
        let shown = &seen[seen.len().saturating_sub(LAST)..];
        let last = match seen.len() {
            count if count > LAST => format!(", the last {LAST}"),
            _ => String::new(),
        };
        let legend = if shown.iter().any(&counts) {
            " (* matches)"
        } else {
            ""
        };
        match seen.len() {
            0 if after > 0 => self.line(format!("no request was received{since}")),
            0 => self.nothing_received(core.endpoints.home()),
            count => self.line(format!(
                "received {}{since}{last}{legend}:",
                counted(count, "request")
            )),
        }
        self.requests(shown, counts);
        for (why, count) in records.unread() {
            let (connections, text) = (counted(count, "connection"), why.text_for(audience));
            self.line(format!("  {connections} {text}"));
        }
    }

    /// Adds the last of these requests, with their hints. Those for which `counts` returns true are marked.
    pub(crate) fn requests(&mut self, calls: &[Call], counts: impl Fn(&Call) -> bool) {
        for call in &calls[calls.len().saturating_sub(LAST)..] {
            let mark = if counts(call) { "*" } else { " " };
            self.line(format!("{mark} {call}"));
            self.hint("      ", call);
        }
    }

    /// Adds possible reasons why no request was received: a wrong address, or a proxy.
    fn nothing_received(&mut self, endpoints: &Endpoints) {
        self.line(
            "no request was received: does the client use `swr.endpoint()` or `swr.registry()`?",
        );
        let host = endpoints.registry();
        let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
        let variable = |name: &str| std::env::var(name).ok();
        if let Some(variable) = proxy::proxy_variable(endpoints.scheme, host, variable) {
            self.line(format!(
                "  `{variable}` is set and `NO_PROXY` does not list {host}, so clients may send requests to the proxy: \
                 set `NO_PROXY={host}`, or build the client without a proxy"
            ));
        }
    }

    /// Adds the plans with unused steps, and the plans that still hold a call.
    pub(crate) fn plans_left(&mut self, core: &Core) {
        for plan in core.plans.left_over() {
            self.line(format!("plan left over: {}", plan.progress));
        }
        for plan in core.plans.holding() {
            self.line(format!(
                "the plan is still holding a call; use `release()`: {}",
                plan.progress
            ));
        }
    }

    /// The text of a report that lists requests. Later reports do not list them again.
    pub(crate) fn finish_and_note(self, core: &Core) -> String {
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

/// The reason why a plan has unused steps. Only calls that were received after it was created can use it.
pub(crate) fn why_unused(plan: &Entry, seen: &[Call]) -> String {
    // Closures of the test do not run while the server is dropped.
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
                "another plan answered #{} (the newest matching plan wins): {other}",
                lost.number()
            ),
            None => format!(
                "the call matches now, but did not match when it was compared with the plans: {lost}"
            ),
        });
    } else if let Some(last) = candidates.last() {
        let count = counted(candidates.len(), "call");
        report.line(format!(
            "only {count} matched after the plan was created, the last: {last}"
        ));
    } else if let Some(early) = matching(before).last() {
        report.line(format!(
            "the call was received before the plan was created: {early}"
        ));
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
