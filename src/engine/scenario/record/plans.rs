//! From plans to their format.

use http::header::{CONTENT_LENGTH, HeaderMap, TRANSFER_ENCODING};
use serde_json::{Map, Value, json};

use super::Notes;
use crate::base::redact::Redacted;
use crate::base::times::duration_text;
use crate::engine::answer::answers::Step;
use crate::engine::answer::{Answer, AnswerKind, Break, Change, Extent, Hold};
use crate::engine::calls::Calls;
use crate::engine::condition::Condition;
use crate::engine::op_set::{OpSet, UNMATCHED};
use crate::engine::plans::Entry;
use crate::engine::scenario::answers::read_answer;
use crate::engine::scenario::read::read_calls;
use crate::operations::op::{Op, TABLE};

/// A plan without its first `used` steps; `None` if no step is left, or if a file cannot select its calls. A plan that
/// the test removed has only the steps that answered a call.
pub(super) fn plan_file(plan: &Entry, used: usize, notes: &mut Notes) -> Option<Value> {
    let progress = &plan.progress;
    let end = if progress.is_removed() {
        progress.fired()
    } else {
        usize::MAX
    };
    let steps = window(&plan.answers.steps, used, end);
    if steps.is_empty() {
        return None;
    }
    let Some(calls) = calls_file(&plan.calls) else {
        notes.add_inexact_plan(plan, format!(
            "The plan at {} selects calls by a closure, by a secret or by one key twice: it is left out.",
            line_of(plan)
        ));
        return None;
    };
    let answers = steps
        .iter()
        .map(|step| answer_file(step, plan, notes))
        .collect::<Vec<_>>();
    let mut file = json!({ "calls": calls, "answers": answers });
    if plan.answers.optional {
        file["optional"] = true.into();
    }
    Some(file)
}

/// The file and line of a plan.
fn line_of(plan: &Entry) -> String {
    let place = &plan.progress.place;
    format!("{}:{}", place.file, place.line)
}

/// The steps for the calls from number `from` to before number `end`, counted from 0.
fn window(steps: &[Step], from: usize, end: usize) -> Vec<Step> {
    let mut at = 0_usize;
    let windowed = steps.iter().filter_map(|step| {
        let begin = at;
        at = at.saturating_add(step.times.unwrap_or(usize::MAX));
        let (first, last) = (begin.max(from), at.min(end));
        (first < last).then(|| Step {
            answer: step.answer.clone(),
            times: (last < usize::MAX).then(|| last - first),
        })
    });
    windowed.collect()
}

/// A selection of calls; `None` if a file cannot hold it.
pub(super) fn calls_file(calls: &Calls) -> Option<Value> {
    let mut file = ops_file(calls.ops());
    for condition in calls.conditions() {
        let (key, value) = condition_file(condition)?;
        match (file.get_mut(key), value) {
            (Some(Value::Object(known)), Value::Object(value)) if key != "json_includes" => {
                for (name, value) in value {
                    if known.get(&name).is_some_and(|other| *other != value) {
                        return None;
                    }
                    known.insert(name, value);
                }
            }
            (Some(Value::Array(known)), Value::Array(value)) if key != "json_includes" => {
                known.extend(value);
            }
            (Some(known), value) if *known == value => {}
            (Some(_), _) => return None,
            (None, value) => {
                file.insert(key.to_owned(), value);
            }
        }
    }
    let value = match file.get("op") {
        Some(Value::String(name)) if file.len() == 1 => Value::from(name.as_str()),
        _ => Value::Object(file),
    };
    let read = serde_json::from_value(value.clone()).ok()?;
    read_calls(read).is_ok().then_some(value)
}

fn ops_file(ops: OpSet) -> Map<String, Value> {
    let name = |index: usize| TABLE.get(index).map(|row| row.name);
    let missing_from = |all: OpSet| -> Vec<&str> {
        let missing = all.indexes().filter(|index| !ops.contains(*index));
        missing.filter_map(name).collect()
    };
    let (any, writes) = (Calls::any().ops(), Calls::writes().ops());
    let names: Vec<&str> = ops.indexes().filter_map(name).collect();
    let is_within = |all: OpSet| ops.indexes().all(|index| all.contains(index));
    let (kind, except) = match names.as_slice() {
        [] => (json!({ "unmatched": true }), Vec::new()),
        _ if ops.contains(UNMATCHED) => (json!({ "any": true }), missing_from(any)),
        _ if is_within(writes) && missing_from(writes).len() < names.len() => {
            (json!({ "writes": true }), missing_from(writes))
        }
        [name] => (json!({ "op": name }), Vec::new()),
        names => (json!({ "op": names }), Vec::new()),
    };
    let mut file = kind.as_object().cloned().unwrap_or_default();
    if !except.is_empty() {
        file.insert("except".to_owned(), except.into());
    }
    file
}

/// The key and the value of a condition; `None` for a closure and for a secret.
fn condition_file(condition: &Condition) -> Option<(&'static str, Value)> {
    let plain = |value: &str| Redacted::text(value).to_string() == *value;
    let named = |name: &str, value: &str| json!({ name: value });
    match condition {
        Condition::Namespace(name) => plain(name).then(|| ("namespace", json!(name))),
        Condition::Repo(name) => plain(name).then(|| ("repo", json!(name))),
        Condition::Tag(name) => plain(name).then(|| ("tag", json!(name))),
        Condition::By(name) => plain(name).then(|| ("by", json!(name))),
        Condition::Path(name, value) => {
            let shown = Redacted::parameter(name, value).to_string();
            (shown == *value).then(|| ("path", named(name, value)))
        }
        Condition::Query(name, value) => {
            let shown = Redacted::parameter(name, value).to_string();
            (shown == *value).then(|| ("query", named(name, value)))
        }
        Condition::WithoutQuery(name) => plain(name).then(|| ("without_query", json!([name]))),
        Condition::WithHeader(name) => plain(name).then(|| ("with_header", json!([name]))),
        Condition::Header(name, value) => {
            let shown = Redacted::header(name, value).to_string();
            (shown == *value).then(|| ("header", named(name, value)))
        }
        Condition::Json(pointer, value) => {
            let (shown, sent) = (
                Redacted::json_at(pointer, value).to_string(),
                value.to_string(),
            );
            (shown == sent).then(|| ("json", json!({ pointer: value })))
        }
        Condition::JsonIncludes(value) => {
            (Redacted::value(value) == *value).then(|| ("json_includes", value.clone()))
        }
        Condition::Matching(..) => None,
    }
}

fn answer_file(step: &Step, plan: &Entry, notes: &mut Notes) -> Value {
    let answer = &step.answer;
    let mut file = kind_file(answer, plan, notes);
    add_changes(&mut file, answer, plan, notes);
    add_delivery(&mut file, answer);
    if answer.hold != Hold::No {
        notes.add(format!(
            "The plan at {} holds calls, which only code can release: they are not held.",
            line_of(plan)
        ));
    }
    match step.times {
        Some(1) => {}
        Some(times) => file["times"] = times.into(),
        None => file["times"] = "always".into(),
    }
    // What an author could build in code, but a file cannot hold.
    let read = serde_json::from_value(file.clone());
    if !read.is_ok_and(|answer| read_answer(answer).is_ok()) {
        notes.add_inexact_plan(plan, format!(
            "The plan at {} answers with {answer}, which a file cannot hold: it is written as the real response.",
            line_of(plan)
        ));
        let times = file["times"].take();
        file = json!({ "real": true });
        if !times.is_null() {
            file["times"] = times;
        }
    }
    match file.as_object() {
        Some(only) if only.len() == 1 => match (only.get("status"), only.get("refusal")) {
            (Some(short), None) | (None, Some(short)) => short.clone(),
            _ => file,
        },
        _ => file,
    }
}

fn kind_file(answer: &Answer, plan: &Entry, notes: &mut Notes) -> Value {
    match &answer.kind {
        AnswerKind::Real => json!({ "real": true }),
        AnswerKind::Status(status) => json!({ "status": status }),
        AnswerKind::Refusal(refusal) => json!({ "refusal": format!("{refusal:?}") }),
        AnswerKind::Code(code) => json!({ "code": code.code }),
        AnswerKind::Json(status, body) => {
            json!({ "status": status, "json": shown_body(body, plan, notes) })
        }
        AnswerKind::Http(response) => {
            let status = response.status().as_u16();
            match serde_json::from_slice::<Value>(response.body()) {
                Ok(body) => json!({ "status": status, "json": shown_body(&body, plan, notes) }),
                Err(_) => {
                    notes.add(format!(
                        "The plan at {} answers with a body that is not JSON: the body is left out.",
                        line_of(plan)
                    ));
                    json!({ "status": status })
                }
            }
        }
        AnswerKind::With(_) => {
            notes.add_inexact_plan(
                plan,
                format!(
                    "The plan at {} answers with a closure: it is written as the real response.",
                    line_of(plan)
                ),
            );
            json!({ "real": true })
        }
        AnswerKind::Raw(bytes) => {
            let sent = String::from_utf8_lossy(bytes);
            let shown = Redacted::text(&sent).to_string();
            if shown.as_bytes() != &bytes[..] {
                notes.add(format!(
                    "The plan at {} sends bytes with a secret, or that are not text: the file has others.",
                    line_of(plan)
                ));
            }
            json!({ "raw": shown })
        }
        AnswerKind::Close => json!({ "close": true }),
        AnswerKind::Reset => json!({ "reset": true }),
        AnswerKind::ResetAfterReading(bytes) => json!({ "reset_after_reading": bytes }),
    }
}

/// The body of a planned answer, without its secrets.
fn shown_body(body: &Value, plan: &Entry, notes: &mut Notes) -> Value {
    let shown = Redacted::value(body);
    if shown != *body {
        let line = line_of(plan);
        let text = format!("The plan at {line} answers with a secret: the file has another text.");
        notes.add_inexact_plan(plan, text);
    }
    shown
}

/// Adds the headers that the test sets.
fn add_changes(file: &mut Value, answer: &Answer, plan: &Entry, notes: &mut Notes) {
    let mut headers = HeaderMap::new();
    if let AnswerKind::Http(response) = &answer.kind {
        let of_body = [CONTENT_LENGTH, TRANSFER_ENCODING];
        let own = response.headers().iter();
        headers.extend(
            own.filter(|(name, _)| !of_body.contains(name))
                .map(|(name, value)| (name.clone(), value.clone())),
        );
    }
    for change in &answer.changes {
        match change {
            Change::Header(name, value) => {
                headers.insert(name, value.clone());
            }
            Change::Map(_) => notes.add_inexact_plan(
                plan,
                format!(
                    "The plan at {} changes the response in a closure: the change is left out.",
                    line_of(plan)
                ),
            ),
        }
    }
    let mut is_exact = headers.len() == headers.keys_len();
    let mut file_headers = Map::new();
    for (name, value) in &headers {
        let Ok(text) = value.to_str() else {
            is_exact = false;
            continue;
        };
        let shown = Redacted::header(name.as_str(), text).to_string();
        is_exact &= shown == text;
        file_headers.insert(name.to_string(), shown.into());
    }
    if !is_exact {
        let line = line_of(plan);
        notes.add_inexact_plan(
            plan,
            format!("The plan at {line} sets a header that is secret, repeated or not text: the file has another one."),
        );
    }
    if !file_headers.is_empty() {
        file["header"] = file_headers.into();
    }
}

fn add_delivery(file: &mut Value, answer: &Answer) {
    if !answer.delay.is_zero() {
        file["delay"] = duration_text(answer.delay).into();
    }
    // Without a response there is nothing to deliver.
    if answer.can_send("delivery").is_err() {
        return;
    }
    let delivery = &answer.delivery;
    if delivery.corrupt {
        file["corrupt"] = true.into();
    }
    if let Some((bytes, every)) = delivery.pace {
        file["dribble"] = json!({ "bytes": bytes, "every": duration_text(every) });
    }
    match delivery.end {
        Extent::Whole => {}
        Extent::Lost => file["lost"] = true.into(),
        Extent::After(bytes, Break::Reset) => file["reset_after"] = bytes.into(),
        Extent::After(bytes, Break::Close) => file["close_after"] = bytes.into(),
        Extent::After(bytes, Break::Stall) => file["stall_after"] = bytes.into(),
    }
}

/// The selection of the calls of one operation; `None` is an unmatched request.
pub(super) fn calls_of(op: Option<Op>, conditions: Vec<Condition>) -> Option<Calls> {
    let ops = match op {
        Some(op) => OpSet::of([op]),
        None => OpSet::NONE.with(UNMATCHED),
    };
    Calls::of(ops, conditions).ok()
}
