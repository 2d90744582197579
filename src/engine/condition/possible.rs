//! Detects conditions that no call can meet. With them, `never()` would always pass.

use http::Method;
use http::header::{HeaderName, HeaderValue};
use serde_json::Value;

use super::{Condition, not_included, split_name};
use crate::operations::named_in::{NamedIn, Resource};
use crate::operations::op::Row;
use crate::operations::route::can_have_value;
use crate::state::Label;

/// The maximum number of reasons in a message.
const EXPLAINED: usize = 2;

/// The reason why no request can meet all conditions; `None` if one can. A row of `None` is an unmatched request.
pub(crate) fn why_impossible<'a>(
    rows: impl Iterator<Item = Option<&'a Row>>,
    conditions: &[Condition],
) -> Option<String> {
    let mut reasons: Vec<String> = Vec::new();
    let mut count = 0;
    for row in rows {
        let reason = obstacle(row, conditions)?;
        count += 1;
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    let more = reasons.len().saturating_sub(EXPLAINED);
    reasons.truncate(EXPLAINED);
    let reasons = reasons.join("; ");
    match (count, more) {
        (0, _) => None,
        (_, 0) => Some(reasons),
        (_, more) => Some(format!("{reasons}; and {more} more reasons")),
    }
}

/// The reason why no request of this operation can meet the conditions.
fn obstacle(row: Option<&Row>, conditions: &[Condition]) -> Option<String> {
    let alone = conditions.iter().find_map(|condition| {
        condition
            .malformed()
            .or_else(|| condition.unsatisfiable(row))
    });
    alone.or_else(|| contradiction(row, conditions))
}

impl Condition {
    /// The reason why the condition is invalid for every operation.
    fn malformed(&self) -> Option<String> {
        match self {
            Condition::Namespace(name) if name.contains('/') => Some(format!(
                "the name of an organization has no slash; use `repo(\"{name}\")` for a repository"
            )),
            Condition::Repo(name) if !name.contains('/') => Some(format!(
                "`{name}` has no organization; expected a name such as `repo(\"group/{name}\")`"
            )),
            Condition::By(name) => Label::parse(name).err(),
            Condition::Header(name, value) => malformed_header(name, value),
            Condition::WithHeader(name) => malformed_header(name, ""),
            Condition::Json(pointer, _) => malformed_pointer(pointer),
            Condition::JsonIncludes(value) if !value.is_object() && !value.is_array() => Some(
                "expected an object or a list; use `json(\"\", ..)` to compare the whole body"
                    .to_owned(),
            ),
            Condition::Namespace(_)
            | Condition::Repo(_)
            | Condition::Tag(_)
            | Condition::Path(..)
            | Condition::Query(..)
            | Condition::WithoutQuery(_)
            | Condition::JsonIncludes(_)
            | Condition::Matching(..) => None,
        }
    }

    /// The reason why no request of this operation can meet the condition.
    fn unsatisfiable(&self, row: Option<&Row>) -> Option<String> {
        match self {
            Condition::Namespace(name) => unnamed(row, Resource::Namespace, name),
            Condition::Repo(name) => {
                let (namespace, repo) = split_name(name);
                unnamed(row, Resource::Repo, repo)
                    .or_else(|| unnamed(row, Resource::Namespace, namespace))
            }
            Condition::Tag(name) => unnamed(row, Resource::Tag, name),
            Condition::Path(name, value) => match row {
                Some(row) if row.has_param(name) => impossible_value(name, value),
                Some(row) => Some(format!(
                    "{} has no path parameter `{name}` ({})",
                    row.name, row.template
                )),
                None => Some("an unmatched request has no path parameters".to_owned()),
            },
            Condition::Json(..) | Condition::JsonIncludes(_) => {
                let row = row.filter(|row| matches!(row.method, Method::GET | Method::HEAD))?;
                Some(format!(
                    "{} is a {} request without a body; use `query` or `path`",
                    row.name, row.method
                ))
            }
            Condition::By(_)
            | Condition::Query(..)
            | Condition::WithoutQuery(_)
            | Condition::Header(..)
            | Condition::WithHeader(_)
            | Condition::Matching(..) => None,
        }
    }
}

/// The reason why no request of this operation can name this resource.
fn unnamed(row: Option<&Row>, what: Resource, name: &str) -> Option<String> {
    let places = what.named_in(row);
    if places.is_empty() {
        return row.map(|row| names_other(row, what));
    }
    let reasons: Option<Vec<String>> = places
        .into_iter()
        .map(|place| match place {
            // At the registry, parts of a name may be empty.
            NamedIn::Path("name") => None,
            NamedIn::Path("reference") if name.contains(':') => Some(format!(
                "a tag has no colon; use `path(\"reference\", \"{name}\")` for a digest"
            )),
            NamedIn::Path(param) => impossible_value(param, name),
            NamedIn::Query(_) | NamedIn::Body(_) => None,
        })
        .collect();
    reasons?.into_iter().next()
}

/// The message that an operation does not name this kind of resource, and which kinds it names.
fn names_other(row: &Row, what: Resource) -> String {
    let named = Resource::ALL
        .into_iter()
        .filter(|other| !other.named_in(Some(row)).is_empty());
    let methods: Vec<String> = named.map(|other| format!("`{}`", other.method())).collect();
    let instead = if methods.is_empty() {
        "`path`, `query` or `matching`".to_owned()
    } else {
        methods.join(" or ")
    };
    format!(
        "{} does not name {} ({} {}); use {instead}",
        row.name,
        what.noun(),
        row.method,
        row.template
    )
}

impl Resource {
    /// The method of [`Calls`](crate::Calls) for this resource.
    fn method(self) -> &'static str {
        match self {
            Resource::Namespace => "namespace",
            Resource::Repo => "repo",
            Resource::Tag => "tag",
        }
    }

    fn noun(self) -> &'static str {
        match self {
            Resource::Namespace => "an organization",
            Resource::Repo => "a repository",
            Resource::Tag => "a tag",
        }
    }
}

fn impossible_value(param: &str, value: &str) -> Option<String> {
    if can_have_value(param, value) {
        return None;
    }
    Some(if value.is_empty() {
        format!("the path parameter `{param}` is never empty")
    } else {
        let slashed = value.replace('$', "/");
        format!("`$` in the path parameter `{param}` is decoded as a slash: write `{slashed}`")
    })
}

fn malformed_header(name: &str, value: &str) -> Option<String> {
    if HeaderName::from_bytes(name.as_bytes()).is_err() {
        return Some(format!("`{name}` is not a valid header name"));
    }
    if HeaderValue::from_bytes(value.as_bytes()).is_err() {
        return Some(format!(
            "the value of `{name}` has a control character, which is not valid in a header"
        ));
    }
    let is_trimmed = value.trim_matches([' ', '\t']) == value;
    (!is_trimmed).then(|| {
        format!("the value of `{name}` begins or ends with a space, which HTTP strips: remove it")
    })
}

fn malformed_pointer(pointer: &str) -> Option<String> {
    if !pointer.is_empty() && !pointer.starts_with('/') {
        return Some(format!(
            "the JSON pointer `{pointer}` must begin with a slash: `/{pointer}`"
        ));
    }
    let is_escape = |rest: &str| rest.starts_with(['0', '1']);
    let is_broken = pointer.split('~').skip(1).any(|rest| !is_escape(rest));
    is_broken.then(|| {
        format!(
            "the JSON pointer `{pointer}` has a lone `~`: write `~0` for a tilde, `~1` for a slash"
        )
    })
}

/// The message about two conditions that no request of this operation can meet together.
fn contradiction(row: Option<&Row>, conditions: &[Condition]) -> Option<String> {
    conditions.iter().enumerate().find_map(|(index, later)| {
        let mut earlier = conditions[..index].iter();
        let earlier = earlier.find(|earlier| contradict(row, earlier, later))?;
        Some(format!("`{later}` contradicts `{earlier}`"))
    })
}

fn contradict(row: Option<&Row>, a: &Condition, b: &Condition) -> bool {
    let (of_a, of_b) = (facts(row, a), facts(row, b));
    let differ = |(key, value): &(Fact, String)| {
        of_b.iter()
            .any(|(other, others)| other == key && others != value)
    };
    of_a.iter().any(differ) || bodies_differ(row, a, b) || excludes(a, b) || excludes(b, a)
}

/// Whether one condition requires the query parameter that the other one excludes.
fn excludes(a: &Condition, b: &Condition) -> bool {
    matches!((a, b), (Condition::WithoutQuery(a), Condition::Query(b, _)) if a == b)
}

/// A property that has only one value in a request.
#[derive(PartialEq, Eq)]
enum Fact {
    Named(Resource),
    Param(String),
    Caller,
}

/// The properties that a condition requires of a request of this operation.
fn facts(row: Option<&Row>, condition: &Condition) -> Vec<(Fact, String)> {
    let named = |what: Resource, name: &str| {
        let key = match what.named_in(row)[..] {
            // The `name` of the registry names two resources.
            [NamedIn::Path("name")] => Fact::Named(what),
            [NamedIn::Path(param)] => Fact::Param(param.to_owned()),
            _ => Fact::Named(what),
        };
        (key, name.to_owned())
    };
    let of_repo = |name: &str| {
        let (namespace, repo) = split_name(name);
        vec![
            named(Resource::Namespace, namespace),
            named(Resource::Repo, repo),
        ]
    };
    match condition {
        Condition::Namespace(name) => vec![named(Resource::Namespace, name)],
        Condition::Repo(name) => of_repo(name),
        Condition::Tag(name) => vec![named(Resource::Tag, name)],
        Condition::By(name) => vec![(Fact::Caller, name.clone())],
        Condition::Path(param, value) if param == "name" => of_repo(value),
        Condition::Path(param, value) => vec![(Fact::Param(param.clone()), value.clone())],
        Condition::Query(..)
        | Condition::WithoutQuery(_)
        | Condition::Header(..)
        | Condition::WithHeader(_)
        | Condition::Json(..)
        | Condition::JsonIncludes(_)
        | Condition::Matching(..) => Vec::new(),
    }
}

/// Whether no body can meet both conditions.
fn bodies_differ(row: Option<&Row>, a: &Condition, b: &Condition) -> bool {
    let exact = |condition: &Condition| match condition {
        Condition::Json(pointer, value) => Some((pointer.clone(), value.clone())),
        Condition::Namespace(name) => in_body(row, Resource::Namespace, name),
        Condition::Repo(name) => in_body(row, Resource::Repo, split_name(name).1),
        Condition::Tag(name) => in_body(row, Resource::Tag, name),
        Condition::By(_)
        | Condition::Path(..)
        | Condition::Query(..)
        | Condition::WithoutQuery(_)
        | Condition::Header(..)
        | Condition::WithHeader(_)
        | Condition::JsonIncludes(_)
        | Condition::Matching(..) => None,
    };
    match (a, b) {
        (Condition::JsonIncludes(a), Condition::JsonIncludes(b)) => exclude(a, b),
        (Condition::JsonIncludes(part), other) | (other, Condition::JsonIncludes(part)) => {
            exact(other).is_some_and(|(pointer, value)| {
                let part = part.pointer(&pointer);
                part.is_some_and(|part| !not_included("", part, &value).is_empty())
            })
        }
        (a, b) => match (exact(a), exact(b)) {
            (Some(a), Some(b)) => is_other_within(&a, &b) || is_other_within(&b, &a),
            _ => false,
        },
    }
}

/// The field of the body that names this resource, and its value.
fn in_body(row: Option<&Row>, what: Resource, name: &str) -> Option<(String, Value)> {
    match what.named_in(row)[..] {
        [NamedIn::Body(field)] => Some((format!("/{field}"), Value::from(name))),
        _ => None,
    }
}

/// Whether the inner pointer is within the outer value, which has another value there.
fn is_other_within(outer: &(String, Value), inner: &(String, Value)) -> bool {
    let rest = inner.0.strip_prefix(&outer.0);
    let rest = rest.filter(|rest| rest.is_empty() || rest.starts_with('/'));
    rest.is_some_and(|rest| outer.1.pointer(rest) != Some(&inner.1))
}

/// Whether no value can include both.
fn exclude(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => a
            .iter()
            .any(|(key, a)| b.get(key).is_some_and(|b| exclude(a, b))),
        (a, b) => a != b,
    }
}
