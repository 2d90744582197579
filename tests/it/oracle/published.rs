//! The published operations and models, and the comparison of a response with them.

use std::collections::BTreeMap;

use once_cell::sync::Lazy;
use serde::Deserialize;
use serde_json::Value;

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
    pub(super) method: String,
    pub(super) path: String,
    pub(super) path_params: BTreeMap<String, Value>,
    response: String,
    response_headers: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct Key {
    #[serde(rename = "type")]
    kind: String,
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

    fn model(&self, name: &str) -> &Model {
        self.models
            .get(name)
            .unwrap_or_else(|| panic!("{name} is neither a type nor a model"))
    }
}

/// Returns the differences between a response and the model of its operation, one per line.
pub(super) fn findings(operation: &Operation, response: &Response) -> Vec<String> {
    let mut checker = Checker {
        headers: &operation.response_headers,
        findings: Vec::new(),
    };
    for name in &operation.response_headers {
        if response.header(name).is_empty() {
            checker.note("header", name, "is absent");
        }
    }
    checker.body(&operation.response, &response.text);
    checker.findings
}

struct Checker<'a> {
    /// The keys of the model that the response sends as headers.
    headers: &'a [String],
    findings: Vec<String>,
}

impl Checker<'_> {
    fn body(&mut self, response: &str, text: &str) {
        let model = PUBLISHED.model(response);
        if !model.keys().any(|key| self.is_in_body(key)) {
            // The response to a write is `{}`, and the response to a deletion has no body.
            if !matches!(text, "" | "{}") {
                self.note("body", "", &format!("is `{text}`; its model has no keys"));
            }
            return;
        }
        match serde_json::from_str(text) {
            Err(error) => self.note("body", "", &format!("is not JSON: {error}")),
            // The key `body` stands for the whole response body.
            Ok(whole) if model.contains_key("body") => {
                self.key(response, "body", &model["body"].kind, Some(&whole), "");
            }
            Ok(whole) => self.model(response, &whole, "body"),
        }
    }

    fn is_in_body(&self, key: &str) -> bool {
        !self.headers.iter().any(|header| header == key)
    }

    fn model(&mut self, name: &str, value: &Value, place: &str) {
        let Some(object) = value.as_object() else {
            return self.note(place, "", &format!("is {value}, not a {name}"));
        };
        let model = PUBLISHED.model(name);
        for (key, published) in model {
            if self.is_in_body(key) {
                self.key(name, key, &published.kind, object.get(key), place);
            }
        }
        for (key, value) in object {
            if model.contains_key(key) && self.is_in_body(key) {
                continue;
            }
            match LIVE.iter().find(|live| (live.0, live.1) == (name, key)) {
                Some((_, _, kind, _)) => self.key(name, key, kind, Some(value), place),
                None => self.note(place, key, &format!("is no key of {name}")),
            }
        }
    }

    fn key(&mut self, model: &str, key: &str, kind: &str, value: Option<&Value>, place: &str) {
        let may_be = OPTIONAL
            .iter()
            .find(|optional| (&*optional.model, &*optional.key) == (model, key))
            .map(|optional| optional.may_be);
        let empty_is_known = EMPTY.iter().any(|empty| (empty.0, empty.1) == (model, key));
        match value {
            None if may_be == Some(MayBe::Absent) => {}
            None => self.note(place, key, "is absent"),
            Some(Value::Null) if may_be == Some(MayBe::Null) => {}
            Some(value) if is_empty(value) && !empty_is_known => {
                self.note(place, key, "is empty, so nothing of it is checked");
            }
            Some(value) if !is_empty(value) && empty_is_known => {
                self.note(place, key, "holds something now: take it from EMPTY");
            }
            Some(value) => self.value(kind, value, &join(place, key)),
        }
    }

    fn value(&mut self, kind: &str, value: &Value, place: &str) {
        if let Some(kind) = within(kind, "list[", "]") {
            let Some(rows) = value.as_array() else {
                return self.note(place, "", &format!("is {value}, not a list"));
            };
            for (number, row) in rows.iter().enumerate() {
                self.value(kind, row, &format!("{place}[{number}]"));
            }
            return;
        }
        if let Some(kind) = within(kind, "dict(str, ", ")") {
            let Some(entries) = value.as_object() else {
                return self.note(place, "", &format!("is {value}, not a dict"));
            };
            for (key, entry) in entries {
                self.value(kind, entry, &join(place, key));
            }
            return;
        }
        let fits = match kind {
            "int" => value.is_i64() || value.is_u64(),
            "float" => value.is_number(),
            "str" => value.is_string(),
            "bool" => value.is_boolean(),
            "object" => value.is_object(),
            model => return self.model(model, value, place),
        };
        if !fits {
            self.note(place, "", &format!("is {value}, not of type {kind}"));
        }
    }

    fn note(&mut self, place: &str, key: &str, what: &str) {
        self.findings.push(format!("{} {what}", join(place, key)));
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Array(rows) => rows.is_empty(),
        Value::Object(entries) => entries.is_empty(),
        _ => false,
    }
}

fn join(place: &str, key: &str) -> String {
    if place.is_empty() || key.is_empty() {
        format!("{place}{key}")
    } else {
        format!("{place}.{key}")
    }
}

fn within<'a>(kind: &'a str, open: &str, close: &str) -> Option<&'a str> {
    kind.strip_prefix(open)?.strip_suffix(close)
}
