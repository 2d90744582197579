//! The calls that a step expects.

use std::time::Duration;

use serde_json::{Value, json};

use super::Notes;
use super::plans::{calls_file, calls_of};
use crate::engine::calls::Calls;
use crate::engine::condition::names_in;
use crate::engine::journal::Call;
use crate::engine::verify::Expected;

/// The maximum number of assertions that name repositories and tags, and of entries in an order. A longer list says
/// little to a reader.
const MAX_NAMED: usize = 100;

/// An assertion, and its selection of calls as in the file.
struct Assertion {
    calls: Value,
    expected: Expected,
}

impl Assertion {
    fn is_same(&self, other: &Assertion) -> bool {
        (&self.calls, self.expected.status, self.expected.refusal)
            == (&other.calls, other.expected.status, other.expected.refusal)
    }
}

/// What must be true of the calls of a step: how often each was received, and in which order.
pub(super) fn expectation(calls: &[Call], notes: &mut Notes) -> Value {
    let named: Vec<Assertion> = calls
        .iter()
        .map(|call| assertion(call, named_calls(call), notes))
        .collect();
    let mut distinct = distinct(&named);
    let all: Vec<Assertion>;
    if distinct.len() > MAX_NAMED {
        all = calls
            .iter()
            .map(|call| assertion(call, plain_calls(call), notes))
            .collect();
        distinct = self::distinct(&all);
    }
    let verify = distinct.into_iter().map(|assertion| {
        let count = calls.iter().filter(|call| assertion.expected.matches(call));
        verified(assertion, count.count())
    });
    let verify: Vec<Value> = verify.collect();
    let mut file = json!({});
    if !verify.is_empty() {
        file["verify"] = verify.into();
    }
    if let Some(order) = order(calls, &named, notes) {
        file["order"] = order.into();
    }
    file
}

fn distinct(assertions: &[Assertion]) -> Vec<&Assertion> {
    let mut distinct: Vec<&Assertion> = Vec::new();
    for assertion in assertions {
        if distinct.len() > MAX_NAMED {
            break;
        }
        if !distinct.iter().any(|known| known.is_same(assertion)) {
            distinct.push(assertion);
        }
    }
    distinct
}

fn assertion(call: &Call, (calls, file): (Calls, Value), notes: &Notes) -> Assertion {
    let (status, refusal) = if notes.is_inexact_for(call) {
        (None, None)
    } else {
        (call.status(), call.refusal())
    };
    Assertion {
        calls: file,
        expected: Expected {
            calls,
            status,
            refusal,
        },
    }
}

fn verified(assertion: &Assertion, count: usize) -> Value {
    let mut file = json!({ "calls": assertion.calls, "times": count });
    if let Some(status) = assertion.expected.status {
        file["answered"] = status.into();
    }
    if let Some(refusal) = assertion.expected.refusal {
        file["refused"] = format!("{refusal:?}").into();
    }
    file
}

/// The selection of this call by its operation and by what it names.
fn named_calls(call: &Call) -> (Calls, Value) {
    let conditions = call.op().map_or(Vec::new(), |_| names_in(call));
    let named = calls_of(call.op(), conditions).filter(|calls| calls.matches(call));
    let named = named.and_then(|calls| Some((calls_file(&calls)?, calls)));
    match named {
        Some((file, calls)) => (calls, file),
        None => plain_calls(call),
    }
}

/// The selection of this call by its operation.
fn plain_calls(call: &Call) -> (Calls, Value) {
    let calls = call.op().map_or_else(Calls::unmatched, Calls::from);
    let file = calls_file(&calls).unwrap_or_default();
    (calls, file)
}

/// The calls in order, without repetitions. Requests that overlapped have an order by chance.
fn order(calls: &[Call], named: &[Assertion], notes: &mut Notes) -> Option<Vec<Value>> {
    let mut order: Vec<Value> = named
        .iter()
        .map(|assertion| assertion.calls.clone())
        .collect();
    order.dedup();
    if order.len() < 2 {
        return None;
    }
    if let Some((earlier, later)) = overlapping(calls) {
        notes.add(format!(
            "Requests #{earlier} and #{later} overlapped, so their order is chance: `order` is left out."
        ));
        return None;
    }
    if order.len() > MAX_NAMED {
        notes.add(format!(
            "`order` would have more than {MAX_NAMED} entries: it is left out."
        ));
        return None;
    }
    Some(order)
}

/// The numbers of two requests of which the later one arrived before the response of the earlier one was decided.
fn overlapping(calls: &[Call]) -> Option<(u64, u64)> {
    calls.windows(2).find_map(|pair| {
        let [earlier, later] = pair else {
            return None;
        };
        let end = earlier.took().unwrap_or(Duration::MAX);
        let overlap = later.0.since.started_after(&earlier.0.since) < end;
        overlap.then(|| (earlier.number(), later.number()))
    })
}
