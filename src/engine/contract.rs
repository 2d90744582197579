//! The contract: the comparison of requests with the published operations.
//!
//! Its findings are problems of the kinds [`ProblemKind::ContractBroken`] and [`ProblemKind::FieldUnknown`]. They never
//! change a response. Operations that the published SDK does not contain are not compared: those of the registry and of
//! IAM.

use serde_json::Value;

use crate::base::problem::ProblemKind;
use crate::base::redact::Redacted;
use crate::base::suggest::most_similar;
use crate::operations::published::check::{Comparison, Difference, DifferenceKind, Place};
use crate::operations::published::{Field, Name, Operation, Presence, Rule, Type, field};
use crate::services::input::{Content, parse_filter};
use crate::services::request::Request;
use crate::state::{NamespaceName, RepoName, TagName};

/// The maximum number of findings of one request.
const MAX_FINDINGS: usize = 20;

/// The maximum number of characters of a value in a finding.
const MAX_VALUE: usize = 80;

/// A difference between a request and the published operation.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) kind: ProblemKind,
    pub(super) text: String,
}

/// Compares a request with its published operation. `is_success` is whether the service performed it: then the names
/// in its path are valid.
pub(super) fn findings(request: &Request, content: &Content, is_success: bool) -> Vec<Finding> {
    let Some(operation) = request.row().and_then(|row| row.published) else {
        return Vec::new();
    };
    let mut check = Check {
        operation,
        findings: Vec::new(),
    };
    if !is_success {
        check.path(request);
    }
    let pairs: Vec<(String, String)> = request.query_pairs().collect();
    check.query(&pairs, content);
    check.body(&pairs, content);
    check.findings
}

struct Check {
    operation: &'static Operation,
    findings: Vec<Finding>,
}

/// Where a field is in the request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    Path,
    Query,
    Filter,
    Body,
}

impl Source {
    /// What the fields are called there.
    fn noun(self) -> &'static str {
        match self {
            Source::Path => "path parameter",
            Source::Query => "query parameter",
            Source::Filter => "filter key",
            Source::Body => "field",
        }
    }
}

impl Check {
    fn path(&mut self, request: &Request) {
        for field in self.operation.path {
            let sent = request.param(field.name).unwrap_or_default();
            self.text(Source::Path, field, &sent);
        }
    }

    fn query(&mut self, pairs: &[(String, String)], content: &Content) {
        let operation = self.operation;
        // The fields that can be sent in the query in place of a body.
        let body = match operation.body {
            Some(Type::Model(model)) if operation.has_query_form && content.is_empty() => {
                model.fields
            }
            _ => &[],
        };
        let filter = pairs.iter().find(|(name, _)| name == "filter");
        for (index, (name, value)) in pairs.iter().enumerate() {
            let published = field(operation.query, name).or_else(|| field(body, name));
            if pairs[..index].iter().any(|(before, _)| before == name) {
                self.broken(format!(
                    "the query parameter `{name}` was sent twice; only the first one is used"
                ));
            } else if let Some(field) = published {
                let is_used = name == "filter" || operation.beside_filter.contains(&&**name);
                if filter.is_some() && !is_used {
                    self.broken(format!(
                        "the query parameter `{name}` is ignored, because `filter` replaces it"
                    ));
                }
                self.text(Source::Query, field, value);
            } else {
                let fields = operation
                    .query
                    .iter()
                    .chain(body)
                    .copied()
                    .collect::<Vec<_>>();
                let sent = |name: &str| pairs.iter().any(|(sent, _)| sent == name);
                self.unknown(Source::Query, name, &fields, sent);
            }
        }
        match filter.map(|(_, filter)| parse_filter(filter)) {
            None => self.present(pairs, body),
            Some(Ok(keys)) => {
                self.filter(&keys);
                let all: Vec<(String, String)> = [pairs, &keys].concat();
                self.present(&all, body);
            }
            Some(Err(denied)) => self.broken(denied.detail),
        }
    }

    /// Checks the keys of a filter.
    fn filter(&mut self, keys: &[(String, String)]) {
        let known = self.operation.filter;
        for (name, value) in keys {
            match field(known, name) {
                Some(field) => self.text(Source::Filter, field, value),
                None => {
                    let sent = |name: &str| keys.iter().any(|(sent, _)| sent == name);
                    self.unknown(Source::Filter, name, known, sent);
                }
            }
        }
    }

    /// Checks which parameters were sent: those that are required, and those that need each other.
    fn present(&mut self, sent: &[(String, String)], body: &'static [Field]) {
        let is_sent = |name: &str| sent.iter().any(|(sent, _)| sent == name);
        let expects_body = sent.iter().any(|(name, _)| field(body, name).is_some());
        let body = if expects_body { body } else { &[] };
        for field in self.operation.query.iter().chain(body) {
            if field.presence == Presence::Required && !is_sent(field.name) {
                self.missing(Source::Query, field.name, field);
            }
        }
        for [a, b] in self.operation.pairs {
            let (alone, other) = match (is_sent(a), is_sent(b)) {
                (true, false) => (a, b),
                (false, true) => (b, a),
                _ => continue,
            };
            self.broken(format!(
                "`{alone}` is ignored, because `{other}` was not sent"
            ));
        }
    }

    fn body(&mut self, pairs: &[(String, String)], content: &Content) {
        let is_empty = content.is_empty();
        let Some(kind) = self.operation.body else {
            // Many clients send `{}` with every POST.
            let is_ignored = !is_empty && content.bytes.trim_ascii() != b"{}";
            if is_ignored {
                self.broken("a body was sent and ignored: the operation has none".to_owned());
            }
            return;
        };
        let is_in_query = self.operation.has_query_form && !pairs.is_empty();
        match content.json().filter(|_| !is_empty) {
            None if is_in_query => {}
            None => self.broken(format!("no body was sent; published as {kind}")),
            Some(Err(error)) => self.broken(format!("the body is not JSON: {error}")),
            Some(Ok(body)) => self.compare(Source::Body, |comparison| {
                comparison.value(kind, body, &Place::Whole);
            }),
        }
    }

    /// Compares a value that was sent as text with its field.
    fn text(&mut self, source: Source, field: &Field, text: &str) {
        let value = match field.kind {
            Type::Int => text
                .parse::<i64>()
                .map_or_else(|_| text.into(), Value::from),
            Type::Bool => text
                .parse::<bool>()
                .map_or_else(|_| text.into(), Value::from),
            _ => text.into(),
        };
        let place = Place::Key(&Place::Whole, field.name);
        self.compare(source, |comparison| comparison.field(field, &value, &place));
    }

    fn compare(&mut self, source: Source, compare: impl FnOnce(&mut Comparison<'_>)) {
        let mut report = |difference: Difference<'_>| self.difference(source, &difference);
        let is_name = |name, text: &str| rule_of_name(name, text).is_none();
        compare(&mut Comparison {
            is_name,
            report: &mut report,
        });
    }

    fn difference(&mut self, source: Source, difference: &Difference<'_>) {
        let place = difference.place;
        let what = match place {
            Place::Whole => "the body".to_owned(),
            place => format!("the {} `{place}`", source.noun()),
        };
        match &difference.kind {
            DifferenceKind::Type { sent, expected } => {
                let sent = shown(source, place, sent);
                self.broken(format!("{what} is {sent}; published as {expected}"));
            }
            DifferenceKind::Rule { sent, rule } => {
                let rule = text_of_rule(*rule, sent);
                let sent = shown(source, place, sent);
                self.broken(format!("{what} is {sent}; {rule}"));
            }
            DifferenceKind::Missing(field) => self.missing(source, &place.to_string(), field),
            DifferenceKind::Unknown { model, object } => {
                let sent = |name: &str| object.contains_key(name);
                self.unknown(source, place.key(), model.fields, sent);
            }
        }
    }

    fn missing(&mut self, source: Source, place: &str, field: &Field) {
        let (noun, kind) = (source.noun(), field.kind);
        self.broken(format!(
            "the {noun} `{place}` ({kind}) is required and was not sent"
        ));
    }

    /// A name that is similar to a published one is a mistake. Any other name can be newer than the published file.
    fn unknown(
        &mut self,
        source: Source,
        name: &str,
        known: &[Field],
        sent: impl Fn(&str) -> bool,
    ) {
        if self.findings.len() >= MAX_FINDINGS {
            return;
        }
        let noun = source.noun();
        let absent = known.iter().filter(|field| !sent(field.name));
        let shown = Redacted::text(&cut(name));
        let kind_of = |name: &str| field(known, name).map_or(Type::Str, |field| field.kind);
        match most_similar(absent.map(|field| field.name), name, 0.6) {
            Some(near) => self.broken(format!(
                "the {noun} `{shown}` is not published; did you mean `{near}` ({})?",
                kind_of(near)
            )),
            None => {
                let names: Vec<&str> = known.iter().map(|field| field.name).collect();
                let names = match &names[..] {
                    [] => "none is published".to_owned(),
                    names => format!("published are {}", names.join(", ")),
                };
                let text = format!("the {noun} `{shown}` is not published; {names}");
                self.note(ProblemKind::FieldUnknown, &text);
            }
        }
    }

    fn broken(&mut self, text: String) {
        self.note(ProblemKind::ContractBroken, &text);
    }

    fn note(&mut self, kind: ProblemKind, text: &str) {
        if self.findings.len() < MAX_FINDINGS {
            let text = format!("{}: {text}", self.operation.name);
            self.findings.push(Finding { kind, text });
        }
    }
}

/// The value of a field, without secrets and in bounded length.
fn shown(source: Source, place: &Place<'_>, value: &Value) -> String {
    let key = place.key();
    let text = match (source, value) {
        (Source::Body, value) => Redacted::json_at(&format!("/{key}"), value).to_string(),
        (_, Value::String(text)) => format!("`{}`", Redacted::parameter(key, text)),
        (_, value) => format!("`{value}`"),
    };
    cut(&text)
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(MAX_VALUE) {
        Some((end, _)) => format!("{}..", &text[..end]),
        None => text.to_owned(),
    }
}

fn text_of_rule(rule: Rule, sent: &Value) -> String {
    match rule {
        Rule::Any => String::new(),
        Rule::OneOf(words) => {
            let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
            format!("published are {}", words.join(", "))
        }
        Rule::OneNumberOf(numbers) => {
            let numbers: Vec<String> = numbers.iter().map(i64::to_string).collect();
            format!("published are {}", numbers.join(", "))
        }
        Rule::Name(name) => rule_of_name(name, sent.as_str().unwrap_or_default())
            .unwrap_or_default()
            .to_owned(),
    }
}

/// The rule of a kind of name, if the text breaks it.
fn rule_of_name(name: Name, text: &str) -> Option<&'static str> {
    let (is_valid, rule) = match name {
        Name::Namespace => (NamespaceName::parse(text).is_ok(), NamespaceName::RULE),
        Name::Repo => (RepoName::parse(text).is_ok(), RepoName::RULE),
        Name::Tag => (TagName::parse(text).is_ok(), TagName::RULE),
    };
    (!is_valid).then_some(rule)
}
