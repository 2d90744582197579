//! The published operations and models, and the comparison of a response with them.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use once_cell::sync::Lazy;
use serde::Deserialize;
use serde_json::Value;

use super::types::check::{Difference, DifferenceKind, FieldPath, TypeCheck};
use super::types::{self, Field, Presence, Rule, Type};
use crate::support::Response;

/// The content of `fixtures/operations.json`.
pub(super) static PUBLISHED: Lazy<Published> =
    Lazy::new(|| serde_json::from_str(include_str!("../../../fixtures/operations.json")).unwrap());

/// The content of `fixtures/optional.json`: the keys that may be absent from a response or null in it.
pub(super) static OPTIONAL: Lazy<Vec<Optional>> =
    Lazy::new(|| serde_json::from_str(include_str!("../../../fixtures/optional.json")).unwrap());

/// Keys that live responses have and no model has: model, key, type, source.
const LIVE: &[(&str, &str, &str, &str)] = &[
    (
        "ShowNamespace",
        "access_user_count",
        "int",
        "live calls 2026-04/05: on each row of ListNamespaces",
    ),
    (
        "ShowNamespace",
        "repo_count",
        "int",
        "live calls 2026-04/05: on each row of ListNamespaces",
    ),
    (
        "ShowShareFeatureGatesResponse",
        "enable_cosign_signature",
        "bool",
        GATES,
    ),
    (
        "ShowShareFeatureGatesResponse",
        "enable_enterprise_edition_link",
        "bool",
        GATES,
    ),
    (
        "ShowShareFeatureGatesResponse",
        "enable_customize_validity_period",
        "bool",
        GATES,
    ),
    (
        "ShowShareFeatureGatesResponse",
        "swr_util_download_url",
        "str",
        GATES,
    ),
];
const GATES: &str = "live calls 2026-04/05: 16 gates";

/// Lists that the cases cannot fill: model, key, reason. Every other list must have entries, or it is not checked.
const EMPTY: &[(&str, &str, &str)] = &[(
    "CreateManualImageSyncRepoResponse",
    "body",
    "documented as the tags that failed, and never seen with any: jobs report failures",
)];

#[derive(Deserialize)]
pub(super) struct Published {
    pub(super) operations: Vec<Operation>,
    pub(super) models: BTreeMap<String, Model>,
}

pub(super) type Model = BTreeMap<String, Key>;

#[derive(Deserialize)]
pub(super) struct Operation {
    #[serde(rename = "operation")]
    pub(super) name: String,
    pub(super) edition: String,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) path_params: BTreeMap<String, Value>,
    pub(super) query: BTreeMap<String, Key>,
    pub(super) body: Option<Key>,
    response: String,
    response_headers: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct Key {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) required: bool,
}

impl Key {
    pub(super) fn optional(kind: &str) -> Key {
        Key {
            kind: kind.to_owned(),
            required: false,
        }
    }
}

#[derive(Debug, Deserialize, PartialEq, Eq)]
pub(super) struct Optional {
    pub(super) model: String,
    pub(super) key: String,
    pub(super) may_be: MayBe,
    pub(super) reason: String,
}

#[derive(Debug, Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum MayBe {
    Absent,
    Null,
}

impl Published {
    pub(super) fn operation(&self, name: &str) -> Option<&Operation> {
        self.operations
            .iter()
            .find(|operation| operation.name == name)
    }

    pub(super) fn model(&self, name: &str) -> &Model {
        self.models
            .get(name)
            .unwrap_or_else(|| panic!("{name} is neither a type nor a model"))
    }
}

/// Returns the differences between a response and the model of its operation, one per line.
pub(super) fn findings(operation: &Operation, response: &Response) -> Vec<String> {
    let headers = operation.response_headers.iter();
    let absent = headers.filter(|name| response.header(name).is_empty());
    let mut findings: Vec<String> = absent
        .map(|name| format!("header.{name} is absent"))
        .collect();
    let text = &*response.text;
    match (body_of(operation), serde_json::from_str(text)) {
        // The response to a write is `{}`, and the response to a deletion has no body.
        (None, _) if matches!(text, "" | "{}") => {}
        (None, _) => findings.push(format!("body is `{text}`; its model has no keys")),
        (Some(_), Err(error)) => findings.push(format!("body is not JSON: {error}")),
        (Some(expected), Ok(body)) => {
            let mut check = TypeCheck {
                broken_rule: |_, _| None,
                allows_null: false,
                report: &mut |difference| {
                    findings.push(describe(&difference));
                    ControlFlow::Continue(())
                },
            };
            let _ = check.value((expected, Rule::Any), &body, &FieldPath::Whole);
            let root = (&*operation.response, &FieldPath::Whole);
            note_empty_lists(expected, root, &body, &mut findings);
        }
    }
    findings
}

/// The type of the body of a response; `None` if it has no keys.
fn body_of(operation: &Operation) -> Option<Type> {
    let model = model(&operation.response, &operation.response_headers);
    match model.fields {
        [] => None,
        // The key `body` stands for the whole response body.
        [field] if field.name == "body" => Some(field.kind),
        _ => Some(Type::Model(model)),
    }
}

/// The model with this name, without the keys that the response sends as headers.
fn model(name: &str, headers: &[String]) -> &'static types::Model {
    let in_body = PUBLISHED.model(name).iter();
    let in_body = in_body.filter(|(key, _)| !headers.contains(key));
    let published = in_body.map(|(key, published)| (&**key, &*published.kind));
    let live = LIVE.iter().filter(|live| live.0 == name);
    let fields = published.chain(live.map(|live| (live.1, live.2)));
    let fields: Vec<Field> = fields.map(|(key, kind)| field(name, key, kind)).collect();
    Box::leak(Box::new(types::Model {
        name: name.to_owned().leak(),
        fields: fields.leak(),
    }))
}

/// A key of a response. It is always present, unless it is listed.
fn field(model: &str, key: &str, kind: &str) -> Field {
    let is_live = LIVE.iter().any(|live| (live.0, live.1) == (model, key));
    let listed = OPTIONAL.iter();
    let mut listed = listed.filter(|one| (&*one.model, &*one.key) == (model, key));
    let presence = match listed.next().map(|one| one.may_be) {
        Some(MayBe::Absent) => Presence::Optional,
        Some(MayBe::Null) => Presence::Nullable,
        None if is_live => Presence::Optional,
        None => Presence::Required,
    };
    Field {
        presence,
        ..Field::new(
            key.to_owned().leak(),
            kind_of(kind, &|name| self::model(name, &[])),
        )
    }
}

/// Parses a type as the SDK writes it. In the SDK, the `object` of a dict is any value.
pub(super) fn kind_of(kind: &str, model: &dyn Fn(&str) -> &'static types::Model) -> Type {
    let leak = |of| -> &'static Type { Box::leak(Box::new(kind_of(of, model))) };
    if let Some(of) = within(kind, "list[", "]") {
        return Type::List(leak(of));
    }
    if kind == "dict(str, object)" {
        return Type::Dict(&Type::Any);
    }
    if let Some(of) = within(kind, "dict(str, ", ")") {
        return Type::Dict(leak(of));
    }
    match kind {
        "str" => Type::Str,
        "int" => Type::Int,
        "float" => Type::Float,
        "bool" => Type::Bool,
        "object" => Type::Object,
        name => Type::Model(model(name)),
    }
}

fn describe(difference: &Difference<'_>) -> String {
    let place = in_body(difference.path);
    match &difference.kind {
        DifferenceKind::Type { sent, expected } => match expected {
            Type::List(_) => format!("{place} is {sent}, not a list"),
            Type::Dict(_) => format!("{place} is {sent}, not a dict"),
            Type::Model(model) => format!("{place} is {sent}, not a {}", model.name),
            _ => format!("{place} is {sent}, not of type {expected}"),
        },
        DifferenceKind::Value { sent, expected } => format!("{place} is {sent}, not {expected:?}"),
        DifferenceKind::Name { sent, rule } => format!("{place} is {sent}: {rule}"),
        DifferenceKind::Missing(_) => format!("{place} is absent"),
        DifferenceKind::Unknown { model, .. } => format!("{place} is no key of {}", model.name),
    }
}

fn in_body(place: &FieldPath<'_>) -> String {
    let place = place.to_string();
    let is_key = !place.is_empty() && !place.starts_with('[');
    format!("body{}{place}", if is_key { "." } else { "" })
}

/// An empty list or object shows nothing about its elements, so each must have some in one of the calls.
fn note_empty_lists(
    kind: Type,
    (model, place): (&str, &FieldPath<'_>),
    value: &Value,
    findings: &mut Vec<String>,
) {
    let key = match place {
        FieldPath::Whole => "body",
        place => place.keys().last().copied().unwrap_or_default(),
    };
    let is_known = EMPTY.iter().any(|empty| (empty.0, empty.1) == (model, key));
    let what = match (is_empty_of(kind, value), is_known) {
        (true, false) => Some("is empty, so nothing of it is checked"),
        (false, true) => Some("holds something now: take it from EMPTY"),
        _ => None,
    };
    findings.extend(what.map(|what| format!("{} {what}", in_body(place))));
    match (kind, value) {
        (Type::List(of), Value::Array(values)) => {
            for (index, value) in values.iter().enumerate() {
                let place = FieldPath::Index(place, index);
                note_empty_lists(*of, ("", &place), value, findings);
            }
        }
        (Type::Dict(of), Value::Object(object)) => {
            for (key, value) in object {
                note_empty_lists(*of, ("", &FieldPath::Key(place, key)), value, findings);
            }
        }
        (Type::Model(model), Value::Object(object)) => {
            for field in model.fields {
                if let Some(value) = object.get(field.name) {
                    let place = FieldPath::Key(place, field.name);
                    note_empty_lists(field.kind, (model.name, &place), value, findings);
                }
            }
        }
        _ => {}
    }
}

/// Whether the value is a list or an object of this type, and has no elements.
fn is_empty_of(kind: Type, value: &Value) -> bool {
    match (kind, value) {
        (Type::List(_), Value::Array(values)) => values.is_empty(),
        (Type::Object | Type::Dict(_) | Type::Model(_), Value::Object(object)) => object.is_empty(),
        _ => false,
    }
}

fn within<'a>(kind: &'a str, open: &str, close: &str) -> Option<&'a str> {
    kind.strip_prefix(open)?.strip_suffix(close)
}
