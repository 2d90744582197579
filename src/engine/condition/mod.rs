//! The conditions that narrow a selection of calls.

mod possible;

pub(crate) use possible::why_impossible;

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::base::redact::Redacted;
use crate::engine::journal::Call;
use crate::operations::named_in::{NamedIn, Resource};
use crate::operations::op::Row;
use crate::services::input::parse_filter;

#[derive(Clone)]
pub(crate) enum Condition {
    Namespace(String),
    Repo(String),
    Tag(String),
    By(String),
    Path(String, String),
    Query(String, String),
    WithoutQuery(String),
    Header(String, String),
    WithHeader(String),
    Json(String, Value),
    JsonIncludes(Value),
    Matching(String, Arc<dyn Fn(&Call) -> bool + Send + Sync>),
}

impl Condition {
    /// Whether the body must be read to decide the condition for a request of this operation.
    pub(crate) fn needs_body(&self, row: Option<&Row>) -> bool {
        match self {
            Condition::By(_)
            | Condition::Path(..)
            | Condition::Query(..)
            | Condition::WithoutQuery(_)
            | Condition::Header(..)
            | Condition::WithHeader(_) => false,
            Condition::Json(..) | Condition::JsonIncludes(_) | Condition::Matching(..) => true,
            Condition::Namespace(_) | Condition::Repo(_) | Condition::Tag(_) => {
                let mut places = self.resources().iter().flat_map(|what| what.named_in(row));
                places.any(|place| matches!(place, NamedIn::Body(_)))
            }
        }
    }

    /// The resources that a request must name to meet the condition.
    fn resources(&self) -> &'static [Resource] {
        match self {
            Condition::Namespace(_) => &[Resource::Namespace],
            Condition::Repo(_) => &[Resource::Namespace, Resource::Repo],
            Condition::Tag(_) => &[Resource::Tag],
            Condition::By(_)
            | Condition::Path(..)
            | Condition::Query(..)
            | Condition::WithoutQuery(_)
            | Condition::Header(..)
            | Condition::WithHeader(_)
            | Condition::Json(..)
            | Condition::JsonIncludes(_)
            | Condition::Matching(..) => &[],
        }
    }

    pub(crate) fn holds(&self, call: &Call) -> bool {
        self.differences(call).is_empty()
    }

    /// Describes the differences between the call and the condition; empty if the call meets it.
    pub(crate) fn differences(&self, call: &Call) -> Vec<String> {
        let compare = |what: &str, wanted: &str, sent: Option<&str>| {
            compare_shown(what, wanted, sent, Redacted::text)
        };
        match self {
            Condition::Namespace(wanted) => compare(
                "namespace",
                wanted,
                name_of(call, Resource::Namespace).as_deref(),
            ),
            Condition::Repo(wanted) => compare("repo", wanted, full_repo_of(call).as_deref()),
            Condition::Tag(wanted) => {
                compare("tag", wanted, name_of(call, Resource::Tag).as_deref())
            }
            Condition::By(wanted) => match call.caller() {
                Some(caller) if caller == wanted => Vec::new(),
                caller => vec![format!(
                    "caller: expected `{wanted}`, got {}",
                    caller.map_or("an unknown caller".to_owned(), |caller| format!(
                        "`{caller}`"
                    ))
                )],
            },
            Condition::Path(name, wanted) => {
                compare(&format!("path parameter {name}"), wanted, call.param(name))
            }
            Condition::Query(name, wanted) => {
                let mut values = call
                    .query_pairs()
                    .iter()
                    .filter(|(key, _)| key == name)
                    .map(|(_, value)| value);
                if values.any(|value| value == wanted) {
                    return Vec::new();
                }
                compare_shown(
                    &format!("query {name}"),
                    wanted,
                    call.query(name),
                    |value| Redacted::parameter(name, value),
                )
            }
            Condition::Header(name, wanted) => {
                let headers = call.headers();
                if headers
                    .get_all(name)
                    .iter()
                    .any(|value| value.as_bytes() == wanted.as_bytes())
                {
                    return Vec::new();
                }
                let sent = headers
                    .get(name)
                    .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
                compare_shown(
                    &format!("header {name}"),
                    wanted,
                    sent.as_deref(),
                    |value| Redacted::header(name, value),
                )
            }
            Condition::WithoutQuery(name) => match call.query(name) {
                Some(sent) => vec![format!(
                    "query {name}: expected none, sent `{}`",
                    Redacted::parameter(name, sent)
                )],
                None => Vec::new(),
            },
            Condition::WithHeader(name) if call.headers().contains_key(name) => Vec::new(),
            Condition::WithHeader(name) => {
                vec![format!("header {name}: expected any value, sent none")]
            }
            Condition::Json(pointer, wanted) => match json_body(call) {
                Ok(body) => match body.pointer(pointer) {
                    Some(sent) if sent == wanted => Vec::new(),
                    Some(sent) => vec![differ(pointer, wanted, sent)],
                    None => vec![format!(
                        "body {pointer}: expected {}, sent none in {}{}",
                        Redacted::json_at(pointer, wanted),
                        Redacted::body(call.body()),
                        pointer_to(&body, wanted)
                            .map_or(String::new(), |found| format!("; {found} has this value"))
                    )],
                },
                Err(problem) => vec![problem],
            },
            Condition::JsonIncludes(wanted) => match json_body(call) {
                Ok(body) => not_included("", wanted, &body),
                Err(problem) => vec![problem],
            },
            Condition::Matching(_, holds) if holds(call) => Vec::new(),
            Condition::Matching(what, _) => vec![format!("`matching`: expected {what}")],
        }
    }
}

/// How different the sent value is from the expected one, from 0 to 1. `difference` is the text that describes both.
pub(crate) fn dissimilarity(difference: &str) -> f32 {
    let parts = difference.split_once("expected ");
    let parts = parts.and_then(|(_, rest)| rest.split_once(", sent "));
    match parts {
        // The cost of a comparison is quadratic in the length.
        Some((wanted, sent)) if difference.len() < 500 => {
            1.0 - similar::TextDiff::from_chars(wanted, sent).ratio()
        }
        _ => 1.0,
    }
}

/// The JSON pointer to a value in a body, if the body contains it.
fn pointer_to(body: &Value, wanted: &Value) -> Option<String> {
    let within = |(key, value): (String, &Value)| {
        let rest = match value == wanted {
            true => Some(String::new()),
            false => pointer_to(value, wanted),
        };
        rest.map(|rest| format!("/{key}{rest}"))
    };
    match body {
        Value::Object(object) => object
            .iter()
            .map(|(key, value)| (escaped(key), value))
            .find_map(within),
        Value::Array(array) => array
            .iter()
            .enumerate()
            .map(|(index, value)| (index.to_string(), value))
            .find_map(within),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

fn json_body(call: &Call) -> Result<Value, String> {
    if call.body_is_cut() {
        return Err(
            "body: the journal keeps only the first 64 KiB, so the JSON cannot be compared"
                .to_owned(),
        );
    }
    call.json().ok_or_else(|| {
        if call.body().is_empty() {
            "body: expected JSON, sent none".to_owned()
        } else {
            format!("body: expected JSON, sent {}", Redacted::body(call.body()))
        }
    })
}

/// The parts of `wanted` that are missing from `sent` or differ. Arrays must be equal.
fn not_included(pointer: &str, wanted: &Value, sent: &Value) -> Vec<String> {
    match (wanted, sent) {
        (Value::Object(wanted), Value::Object(sent)) => {
            let within = |(key, wanted): (&String, &Value)| {
                let pointer = format!("{pointer}/{}", escaped(key));
                match sent.get(key) {
                    Some(sent) => not_included(&pointer, wanted, sent),
                    None => vec![format!(
                        "body {pointer}: expected {}, sent none",
                        Redacted::json_at(&pointer, wanted)
                    )],
                }
            };
            wanted.iter().flat_map(within).collect()
        }
        (wanted, sent) if wanted == sent => Vec::new(),
        _ => vec![differ(pointer, wanted, sent)],
    }
}

/// A key, escaped for a JSON pointer.
fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// Describes two different values at a pointer of a body.
fn differ(pointer: &str, wanted: &Value, sent: &Value) -> String {
    let shown = |value: &Value| Redacted::json_at(pointer, value);
    let difference = Redacted::difference(
        "",
        (&wanted.to_string(), shown(wanted)),
        (&sent.to_string(), shown(sent)),
    );
    format!("body {pointer}: {difference}")
}

/// Describes the difference between the expected and the sent text, both redacted by `show`.
fn compare_shown(
    what: &str,
    wanted: &str,
    sent: Option<&str>,
    show: impl Fn(&str) -> Redacted,
) -> Vec<String> {
    match sent {
        Some(sent) if sent == wanted => Vec::new(),
        Some(sent) => {
            let difference = Redacted::difference("`", (wanted, show(wanted)), (sent, show(sent)));
            vec![format!("{what}: {difference}")]
        }
        None => vec![format!("{what}: expected `{}`, sent none", show(wanted))],
    }
}

/// The name of the organization, repository or tag that a call is about.
fn name_of(call: &Call, what: Resource) -> Option<String> {
    let mut places = what.named_in(call.0.request.row()).into_iter();
    places.find_map(|place| named_in(call, what, place))
}

fn named_in(call: &Call, what: Resource, place: NamedIn) -> Option<String> {
    match place {
        NamedIn::Path(param @ "name") => {
            let (namespace, repo) = split_name(call.param(param)?);
            let name = match what {
                Resource::Namespace => namespace,
                Resource::Repo | Resource::Tag => repo,
            };
            Some(name.to_owned())
        }
        NamedIn::Path(param @ "reference") => {
            let reference = call.param(param)?;
            (!reference.contains(':')).then(|| reference.to_owned())
        }
        NamedIn::Path(param) => call.param(param).map(str::to_owned),
        NamedIn::Query(key) => match call.query("filter") {
            Some(filter) => {
                let pairs = parse_filter(filter).ok()?.into_iter();
                let mut named = pairs.filter(|(name, _)| name == key);
                named.next().map(|(_, value)| value)
            }
            None => call.query(key).map(str::to_owned),
        },
        NamedIn::Body(field) if call.body().trim_ascii().is_empty() => {
            call.query(field).map(str::to_owned)
        }
        NamedIn::Body(field) => Some(call.json()?.get(field)?.as_str()?.to_owned()),
    }
}

/// Splits a name at the registry into organization and repository. A name of one segment belongs to `library`.
fn split_name(name: &str) -> (&str, &str) {
    name.split_once('/').unwrap_or(("library", name))
}

/// The conditions on the organization or repository, and on the tag, that a call names.
pub(crate) fn names_in(call: &Call) -> Vec<Condition> {
    let namespace = || name_of(call, Resource::Namespace).map(Condition::Namespace);
    let repo = full_repo_of(call).map(Condition::Repo).or_else(namespace);
    let tag = name_of(call, Resource::Tag).map(Condition::Tag);
    repo.into_iter().chain(tag).collect()
}

fn full_repo_of(call: &Call) -> Option<String> {
    let namespace = name_of(call, Resource::Namespace)?;
    Some(format!("{namespace}/{}", name_of(call, Resource::Repo)?))
}

/// The text for reports: `of repo group/web`.
impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Condition::Namespace(name) => write!(f, "of namespace {name}"),
            Condition::Repo(name) => write!(f, "of repo {name}"),
            Condition::Tag(name) => write!(f, "of tag {name}"),
            Condition::By(user) => write!(f, "by {user}"),
            Condition::Path(name, value) => {
                write!(f, "with {{{name}}} = {}", Redacted::parameter(name, value))
            }
            Condition::Query(name, value) => {
                write!(f, "with query {name}={}", Redacted::parameter(name, value))
            }
            Condition::Header(name, value) => {
                write!(f, "with header {name}: {}", Redacted::header(name, value))
            }
            Condition::WithoutQuery(name) => write!(f, "without query {name}"),
            Condition::WithHeader(name) => write!(f, "with header {name}"),
            Condition::Json(pointer, value) => {
                write!(
                    f,
                    "with body {pointer} = {}",
                    Redacted::json_at(pointer, value)
                )
            }
            Condition::JsonIncludes(value) => {
                write!(f, "with body including {}", Redacted::json(value))
            }
            Condition::Matching(what, _) => write!(f, "matching {what}"),
        }
    }
}
