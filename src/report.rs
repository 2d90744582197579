//! How a failure is told: what was expected, the nearest request with the difference, the last requests in
//! order, the plans left over. The cause stands within the first 20 lines.

use std::fmt;

use serde_json::Value;

use crate::calls::Calls;
use crate::journal::{Call, Records};
use crate::mock::Core;
use crate::ops::Op;

/// How many lines a report may have.
pub(crate) const MAX_LINES: usize = 20;
/// How many of the last requests are shown.
const LAST: usize = 6;
const MAX_WIDTH: usize = 400;

/// A text that hides a secret.
pub(crate) struct Redacted(String);

const SECRET_HEADERS: [&str; 7] = [
    "authorization",
    "cookie",
    "proxy-authorization",
    "set-cookie",
    "x-auth-token",
    "x-security-token",
    "x-subject-token",
];
const SECRET_KEYS: [&str; 5] = ["auth", "password", "secret", "securitytoken", "token"];

impl Redacted {
    /// A header's value; of `Authorization` the scheme is shown.
    pub(crate) fn header(name: &str, value: &str) -> Redacted {
        if !SECRET_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
            return Redacted(value.to_owned());
        }
        match value.split_once(' ') {
            Some((scheme, _)) if name.eq_ignore_ascii_case("authorization") => {
                Redacted(format!("{scheme} (secret)"))
            }
            _ => Redacted("(secret)".to_owned()),
        }
    }

    /// A body, in one line.
    pub(crate) fn body(body: &[u8]) -> Redacted {
        let text = match serde_json::from_slice::<Value>(body) {
            Ok(mut value) => {
                hide_secrets(&mut value);
                value.to_string()
            }
            Err(_) => String::from_utf8_lossy(body).into_owned(),
        };
        Redacted(shorten(&text))
    }
}

fn hide_secrets(value: &mut Value) {
    match value {
        Value::Object(object) => object.iter_mut().for_each(|(key, value)| {
            let is_secret = SECRET_KEYS.contains(&key.to_ascii_lowercase().as_str());
            match value {
                Value::String(text) if is_secret => *text = "(secret)".to_owned(),
                other => hide_secrets(other),
            }
        }),
        Value::Array(array) => array.iter_mut().for_each(hide_secrets),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

impl fmt::Display for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A line of at most so many characters.
fn shorten(line: &str) -> String {
    match line.char_indices().nth(MAX_WIDTH) {
        Some((end, _)) => format!("{}..", &line[..end]),
        None => line.to_owned(),
    }
}

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
        matched: impl Fn(&Call) -> bool,
    ) {
        let about = || {
            seen.iter()
                .filter(|call| calls.is_about(call.op()) && !matched(call))
        };
        let Some(nearest) = about().min_by_key(|call| calls.differences(call).len()) else {
            self.no_such_call(calls, seen);
            return;
        };
        self.line(format!("nearest: {nearest}"));
        for difference in calls.differences(nearest) {
            self.line(format!("  {difference}"));
        }
        if let Some(hint) = nearest.hint() {
            self.line(format!("  {hint}"));
        }
    }

    /// No call of these operations at all: a sibling's, or one that missed its path?
    fn no_such_call(&mut self, calls: &Calls, seen: &[Call]) {
        for op in Op::ALL.iter().filter(|op| calls.is_about(Some(**op))) {
            let sibling = sibling(*op);
            let count = sibling.map_or(0, |sibling| {
                seen.iter()
                    .filter(|call| call.op() == Some(sibling))
                    .count()
            });
            if let (Some(sibling), true) = (sibling, count > 0) {
                self.line(format!(
                    "its sibling {sibling} ({} {}) was called {}; {op} is {} {}",
                    sibling.method(),
                    sibling.path_template(),
                    times(count),
                    op.method(),
                    op.path_template()
                ));
            }
        }
        for call in seen.iter().filter(|call| call.op().is_none()).rev().take(2) {
            self.line(format!("unmatched: {call}"));
            if let Some(hint) = call.hint() {
                self.line(format!("  {hint}"));
            }
        }
    }

    pub(crate) fn last_requests(&mut self, seen: &[Call], records: &Records) {
        match seen.len() {
            0 => self.line("no request was received"),
            count => self.line(format!("the last of {}:", requests(count))),
        }
        for call in &seen[seen.len().saturating_sub(LAST)..] {
            self.line(format!("  {call}"));
        }
        if records.not_http() > 0 {
            self.line(format!(
                "  {} connections sent something other than HTTP",
                records.not_http()
            ));
        }
    }

    pub(crate) fn plans_left(&mut self, core: &Core) {
        for plan in core.plans.left_over() {
            self.line(format!("plan left over: {plan}"));
        }
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

/// The operation whose name differs by a single `s`.
fn sibling(op: Op) -> Option<Op> {
    let bare = |op: Op| op.name().replace('s', "");
    Op::ALL
        .iter()
        .copied()
        .find(|other| *other != op && bare(*other) == bare(op))
}

pub(crate) fn times(count: usize) -> String {
    match count {
        0 => "never".to_owned(),
        1 => "once".to_owned(),
        count => format!("{count} times"),
    }
}

fn requests(count: usize) -> String {
    if count == 1 {
        "1 request".to_owned()
    } else {
        format!("{count} requests")
    }
}
