//! What narrows the calls that are meant.

mod possible;

pub(crate) use possible::why_never;

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
    Header(String, String),
    Json(String, Value),
    JsonIncludes(Value),
    Matching(String, Arc<dyn Fn(&Call) -> bool + Send + Sync>),
}

impl Condition {
    /// Whether it can be decided of such requests only once the body is read.
    pub(crate) fn needs_body(&self, row: Option<&Row>) -> bool {
        match self {
            Condition::By(_)
            | Condition::Path(..)
            | Condition::Query(..)
            | Condition::Header(..) => false,
            Condition::Json(..) | Condition::JsonIncludes(_) | Condition::Matching(..) => true,
            Condition::Namespace(_) | Condition::Repo(_) | Condition::Tag(_) => {
                let mut places = self.resources().iter().flat_map(|what| what.named_in(row));
                places.any(|place| matches!(place, NamedIn::Body(_)))
            }
        }
    }

    /// What a request must name for it to hold.
    fn resources(&self) -> &'static [Resource] {
        match self {
            Condition::Namespace(_) => &[Resource::Namespace],
            Condition::Repo(_) => &[Resource::Namespace, Resource::Repo],
            Condition::Tag(_) => &[Resource::Tag],
            Condition::By(_)
            | Condition::Path(..)
            | Condition::Query(..)
            | Condition::Header(..)
            | Condition::Json(..)
            | Condition::JsonIncludes(_)
            | Condition::Matching(..) => &[],
        }
    }

    pub(crate) fn holds(&self, call: &Call) -> bool {
        self.differences(call).is_empty()
    }

    /// All that differs; nothing, if it holds.
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
                    "caller: expected `{wanted}`, it was {}",
                    caller.map_or("nobody".to_owned(), |caller| format!("`{caller}`"))
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
            Condition::Json(pointer, wanted) => match json_body(call) {
                Ok(body) => match body.pointer(pointer) {
                    Some(sent) if sent == wanted => Vec::new(),
                    Some(sent) => vec![differ(pointer, wanted, sent)],
                    None => vec![format!(
                        "body {pointer}: expected {}, sent none in {}{}",
                        Redacted::json_at(pointer, wanted),
                        Redacted::body(call.body()),
                        place_of(&body, wanted)
                            .map_or(String::new(), |place| format!("; it stands at {place}"))
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

/// How far what was sent is from what was expected, by a difference in words: 0 to 1.
pub(crate) fn unlikeness(difference: &str) -> f32 {
    let parts = difference.split_once("expected ");
    let parts = parts.and_then(|(_, rest)| rest.split_once(", sent "));
    match parts {
        // Comparing costs the square of the length.
        Some((wanted, sent)) if difference.len() < 500 => {
            1.0 - similar::TextDiff::from_chars(wanted, sent).ratio()
        }
        _ => 1.0,
    }
}

/// Where a value stands in a body.
fn place_of(body: &Value, wanted: &Value) -> Option<String> {
    let within = |(key, value): (String, &Value)| {
        let rest = match value == wanted {
            true => Some(String::new()),
            false => place_of(value, wanted),
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
            .map(|(place, value)| (place.to_string(), value))
            .find_map(within),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

fn json_body(call: &Call) -> Result<Value, String> {
    if call.body_is_cut() {
        return Err(
            "body: only its first 64 KiB are kept, so its JSON cannot be judged".to_owned(),
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

/// What `wanted` has and `sent` has not, or has otherwise; arrays are compared whole.
fn not_included(place: &str, wanted: &Value, sent: &Value) -> Vec<String> {
    match (wanted, sent) {
        (Value::Object(wanted), Value::Object(sent)) => {
            let within = |(key, wanted): (&String, &Value)| {
                let place = format!("{place}/{}", escaped(key));
                match sent.get(key) {
                    Some(sent) => not_included(&place, wanted, sent),
                    None => vec![format!(
                        "body {place}: expected {}, sent none",
                        Redacted::json_at(&place, wanted)
                    )],
                }
            };
            wanted.iter().flat_map(within).collect()
        }
        (wanted, sent) if wanted == sent => Vec::new(),
        _ => vec![differ(place, wanted, sent)],
    }
}

/// A key as a JSON pointer has it.
fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The difference of two values at a place of a body.
fn differ(place: &str, wanted: &Value, sent: &Value) -> String {
    let shown = |value: &Value| Redacted::json_at(place, value);
    let difference = Redacted::difference(
        "",
        (&wanted.to_string(), shown(wanted)),
        (&sent.to_string(), shown(sent)),
    );
    format!("body {place}: {difference}")
}

/// How the text that was sent differs from the one that is expected, each as it may be shown.
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

/// Organization and repository of a name at the registry; one of a single segment belongs to `library`.
fn split_name(name: &str) -> (&str, &str) {
    name.split_once('/').unwrap_or(("library", name))
}

fn full_repo_of(call: &Call) -> Option<String> {
    let namespace = name_of(call, Resource::Namespace)?;
    Some(format!("{namespace}/{}", name_of(call, Resource::Repo)?))
}

/// As a failure speaks of it: `of repo group/web`.
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
