//! The contract: the comparison of requests with the published operations.
//!
//! Its findings are problems of the kinds [`ProblemKind::ContractBroken`] and [`ProblemKind::FieldUnknown`]. They never
//! change a response. Operations that the published SDK does not contain are not compared: those of the registry and of
//! IAM.

use std::collections::HashSet;
use std::ops::ControlFlow;

use parking_lot::Mutex;
use serde_json::Value;

use crate::base::problem::{Level, Levels, ProblemKind};
use crate::base::redact::{Redacted, shorten_to};
use crate::base::suggest::{is_misspelt, most_similar};
use crate::engine::journal::Record;
use crate::operations::published::check::{Difference, DifferenceKind, FieldPath, TypeCheck};
use crate::operations::published::{Field, Name, Operation, Presence, Rule, Type, field};
use crate::services::input::{Content, parse_filter};
use crate::services::request::Request;
use crate::state::{NamespaceName, RepoName, TRIGGER_NAME_RULE, TagName, is_trigger_name};

/// The maximum number of findings of one request.
const MAX_FINDINGS: usize = 20;

/// The maximum number of query parameters of one request that are compared.
const MAX_PARAMETERS: usize = 64;

/// The maximum number of different findings of a server.
const MAX_DIFFERENT: usize = 80;

/// The maximum number of characters of a name or a value in a finding.
const MAX_SHOWN: usize = 80;

/// What one server does with its findings.
#[derive(Debug)]
pub(crate) struct Contract {
    kinds: Vec<ProblemKind>,
    /// What distinguishes the findings so far.
    known: Mutex<HashSet<String>>,
}

impl Contract {
    pub(crate) fn of(levels: &Levels) -> Contract {
        let kinds = [ProblemKind::ContractBroken, ProblemKind::FieldUnknown];
        let is_used = |kind: &ProblemKind| levels.of(*kind) != Level::Ignore;
        Contract {
            kinds: kinds.into_iter().filter(is_used).collect(),
            known: Mutex::default(),
        }
    }

    /// Compares a request with its published operation. Returns the problems that no earlier request had.
    pub(crate) fn check(&self, record: &Record, content: &Content) -> Vec<(ProblemKind, String)> {
        if self.kinds.is_empty() {
            return Vec::new();
        }
        let mut problems = Vec::new();
        for finding in findings(&record.request, content, &self.kinds) {
            let mut known = self.known.lock();
            if known.len() >= MAX_DIFFERENT || !known.insert(finding.key) {
                continue;
            }
            let text = record.redacted(&finding.text);
            problems.push((finding.kind, format!("{text} (request {})", record.number)));
            if known.len() == MAX_DIFFERENT {
                let text = format!("{MAX_DIFFERENT} differences are listed; others are not");
                problems.push((finding.kind, text));
            }
        }
        problems
    }
}

/// A difference between a request and the published operation.
struct Finding {
    kind: ProblemKind,
    text: String,
    /// The operation, the place and the kind of the difference. Values and indices are not part of it.
    key: String,
}

/// The findings of a request of these kinds.
fn findings(request: &Request, content: &Content, kinds: &[ProblemKind]) -> Vec<Finding> {
    let Some(operation) = request.row().and_then(|row| row.published) else {
        return Vec::new();
    };
    let mut check = Check {
        operation,
        kinds,
        findings: Vec::new(),
    };
    let pairs: Vec<(String, String)> = request.query_pairs().take(MAX_PARAMETERS).collect();
    // Breaks after the last finding that is listed.
    let _ = check.request(request, &pairs, content);
    check.findings
}

struct Check<'a> {
    operation: &'static Operation,
    kinds: &'a [ProblemKind],
    findings: Vec<Finding>,
}

/// A part of a request that contains fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RequestPart {
    Path,
    Query,
    Filter,
    Body,
}

impl RequestPart {
    /// What a field is called there.
    fn noun(self) -> &'static str {
        match self {
            RequestPart::Path => "path parameter",
            RequestPart::Query => "query parameter",
            RequestPart::Filter => "filter key",
            RequestPart::Body => "field",
        }
    }
}

/// Names with their values, as in a query.
type Pairs = [(String, String)];

fn is_sent(pairs: &Pairs, name: &str) -> bool {
    pairs.iter().any(|(sent, _)| sent == name)
}

impl Check<'_> {
    fn request(&mut self, request: &Request, pairs: &Pairs, content: &Content) -> ControlFlow<()> {
        for field in self.operation.path {
            let sent = request.param(field.name).unwrap_or_default();
            self.text(RequestPart::Path, field, &sent)?;
        }
        let in_query = self.fields_in_query(pairs, content);
        self.query(pairs, in_query)?;
        if in_query.is_empty() {
            self.body(content)?;
        }
        ControlFlow::Continue(())
    }

    /// The fields of the body, if they are sent as query parameters in place of a body.
    fn fields_in_query(&self, pairs: &Pairs, content: &Content) -> &'static [Field] {
        match self.operation.body {
            Some(Type::Model(model))
                if self.operation.has_query_form && content.is_empty() && !pairs.is_empty() =>
            {
                model.fields
            }
            _ => &[],
        }
    }

    fn query(&mut self, pairs: &Pairs, more: &'static [Field]) -> ControlFlow<()> {
        let known: Vec<Field> = self.operation.query.iter().chain(more).copied().collect();
        self.pairs(RequestPart::Query, &known, pairs)?;
        let filter = pairs.iter().find(|(name, _)| name == "filter");
        match filter.filter(|_| field(&known, "filter").is_some()) {
            Some((_, filter)) => self.filter(filter, &known, pairs),
            None => {
                self.required(RequestPart::Query, &known, pairs)?;
                self.alone(pairs)
            }
        }
    }

    /// Checks a filter and the parameters beside it.
    fn filter(&mut self, filter: &str, known: &[Field], pairs: &Pairs) -> ControlFlow<()> {
        let keys = match parse_filter(filter) {
            Ok(keys) => keys,
            Err(denied) => {
                let text = format!("the filter is invalid: {}", cut(&denied.detail));
                return self.broken("filter", "form", text);
            }
        };
        let is_used = |name: &str| name == "filter" || self.operation.beside_filter.contains(&name);
        let (used, replaced): (Vec<_>, Vec<_>) =
            pairs.iter().cloned().partition(|(name, _)| is_used(name));
        for (name, _) in replaced
            .iter()
            .filter(|(name, _)| field(known, name).is_some())
        {
            let text =
                format!("the query parameter `{name}` is ignored, because `filter` replaces it");
            self.broken(name, "replaced", text)?;
        }
        self.pairs(RequestPart::Filter, self.operation.filter, &keys)?;
        self.required(RequestPart::Filter, self.operation.filter, &keys)?;
        self.required(RequestPart::Query, known, &[&used[..], &keys].concat())?;
        self.alone(&keys)
    }

    /// Checks names with their values.
    fn pairs(&mut self, part: RequestPart, known: &[Field], pairs: &Pairs) -> ControlFlow<()> {
        let noun = part.noun();
        for (index, (name, value)) in pairs.iter().enumerate() {
            if is_sent(&pairs[..index], name) {
                let name = cut(name);
                let text =
                    format!("the {noun} `{name}` was sent twice, and only the first one is used");
                self.broken(&name, "twice", text)?;
            } else if let Some(field) = field(known, name) {
                self.text(part, field, value)?;
            } else {
                self.unknown(part, name, (name, known), |name| is_sent(pairs, name))?;
            }
        }
        ControlFlow::Continue(())
    }

    fn required(&mut self, part: RequestPart, known: &[Field], sent: &Pairs) -> ControlFlow<()> {
        let mut known = known.iter();
        known.try_for_each(|field| {
            if field.presence == Presence::Required && !is_sent(sent, field.name) {
                self.missing(part, field.name, field)
            } else {
                ControlFlow::Continue(())
            }
        })
    }

    /// Checks for parameters that the service ignores without another one.
    fn alone(&mut self, sent: &Pairs) -> ControlFlow<()> {
        for [a, b] in self.operation.pairs {
            let (alone, other) = match (is_sent(sent, a), is_sent(sent, b)) {
                (true, false) => (a, b),
                (false, true) => (b, a),
                _ => continue,
            };
            let text = format!("`{alone}` is ignored, because `{other}` was not sent");
            self.broken(alone, "alone", text)?;
        }
        ControlFlow::Continue(())
    }

    fn body(&mut self, content: &Content) -> ControlFlow<()> {
        let Some(kind) = self.operation.body else {
            // Many clients send `{}` with every POST.
            let is_ignored = !content.is_empty() && content.bytes.trim_ascii() != b"{}";
            if !is_ignored {
                return ControlFlow::Continue(());
            }
            return self.broken(
                "",
                "ignored",
                "the body is ignored: the operation has none".to_owned(),
            );
        };
        match content.json().filter(|_| !content.is_empty()) {
            None if is_optional(kind) => ControlFlow::Continue(()),
            None => {
                let text = format!("a body is required ({kind}), and none was sent");
                self.broken("", "missing", text)
            }
            Some(Err(error)) => self.broken("", "form", format!("the body is not JSON: {error}")),
            Some(Ok(body)) => self.compare(RequestPart::Body, |check| {
                check.value((kind, Rule::Any), body, &FieldPath::Whole)
            }),
        }
    }

    /// Compares a value that was sent as text with its field.
    fn text(&mut self, part: RequestPart, field: &Field, text: &str) -> ControlFlow<()> {
        let value = match field.kind {
            Type::Int => text
                .parse::<i64>()
                .map_or_else(|_| text.into(), Value::from),
            Type::Bool => text
                .parse::<bool>()
                .map_or_else(|_| text.into(), Value::from),
            _ => text.into(),
        };
        let path = FieldPath::Key(&FieldPath::Whole, field.name);
        self.compare(part, |check| {
            check.value((field.kind, field.rule), &value, &path)
        })
    }

    fn compare(
        &mut self,
        part: RequestPart,
        compare: impl FnOnce(&mut TypeCheck<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let mut report = |difference: Difference<'_>| self.difference(part, &difference);
        compare(&mut TypeCheck {
            broken_rule,
            allows_null: true,
            report: &mut report,
        })
    }

    fn difference(&mut self, part: RequestPart, difference: &Difference<'_>) -> ControlFlow<()> {
        let path = difference.path;
        let keys = path.keys();
        let key = keys.join(".");
        let what = match path {
            FieldPath::Whole => "the body".to_owned(),
            path => format!("the {} `{}`", part.noun(), cut(&path.to_string())),
        };
        match &difference.kind {
            DifferenceKind::Type { sent, expected } => {
                let sent = shown(part, &keys, sent);
                let text = format!("{what}: expected {}, got {sent}", text_of_type(*expected));
                self.broken(&key, "type", text)
            }
            DifferenceKind::Value { sent, expected } => {
                let sent = shown(part, &keys, sent);
                let text = format!("{what}: expected {}, got {sent}", text_of_rule(*expected));
                self.broken(&key, "value", text)
            }
            DifferenceKind::Name { sent, rule } => {
                let sent = shown(part, &keys, sent);
                self.broken(&key, "name", format!("{what} is {sent}: {rule}"))
            }
            DifferenceKind::Missing(field) => self.missing(part, &path.to_string(), field),
            DifferenceKind::Unknown { model, object } => {
                let name = keys.last().copied().unwrap_or_default();
                self.unknown(part, &path.to_string(), (name, model.fields), |name| {
                    object.contains_key(name)
                })
            }
        }
    }

    fn missing(&mut self, part: RequestPart, place: &str, field: &Field) -> ControlFlow<()> {
        let (noun, kind) = (part.noun(), field.kind);
        let text = format!("the {noun} `{place}` ({kind}) is required, and was not sent");
        self.broken(field.name, "missing", text)
    }

    /// A misspelt name breaks the contract. Any other name can be newer than the published file.
    fn unknown(
        &mut self,
        part: RequestPart,
        place: &str,
        (name, known): (&str, &[Field]),
        is_sent: impl Fn(&str) -> bool,
    ) -> ControlFlow<()> {
        let (noun, place) = (part.noun(), cut(place));
        let absent = known.iter().filter(|field| !is_sent(field.name));
        let near = most_similar(absent.map(|field| field.name), name, 0.6);
        let is_misspelt = near.is_some_and(|near| is_misspelt(name, near));
        let advice = match near.and_then(|near| field(known, near)) {
            Some(field) => format!("; did you mean `{}` ({})?", field.name, field.kind),
            None if known.is_empty() => format!(": the operation has no {noun}s"),
            None => {
                let names: Vec<&str> = known.iter().map(|field| field.name).collect();
                format!("; expected {}", names.join(", "))
            }
        };
        let text = format!("the {noun} `{place}` is not published{advice}");
        let kind = if is_misspelt {
            ProblemKind::ContractBroken
        } else {
            ProblemKind::FieldUnknown
        };
        self.note(kind, (&cut(name), "unknown"), text)
    }

    fn broken(&mut self, place: &str, difference: &str, text: String) -> ControlFlow<()> {
        self.note(ProblemKind::ContractBroken, (place, difference), text)
    }

    fn note(
        &mut self,
        kind: ProblemKind,
        (place, difference): (&str, &str),
        text: String,
    ) -> ControlFlow<()> {
        if !self.kinds.contains(&kind) {
            return ControlFlow::Continue(());
        }
        let name = self.operation.name;
        self.findings.push(Finding {
            kind,
            text: format!("{name}: {text}"),
            key: format!("{name} {place} {difference}"),
        });
        if self.findings.len() < MAX_FINDINGS {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    }
}

/// Whether a body of this type can be left out.
fn is_optional(kind: Type) -> bool {
    match kind {
        Type::Model(model) => {
            let mut fields = model.fields.iter();
            fields.all(|field| field.presence == Presence::Optional)
        }
        _ => false,
    }
}

/// The value of a field, without secrets and in bounded length.
fn shown(part: RequestPart, keys: &[&str], value: &Value) -> String {
    let name = keys.last().copied().unwrap_or_default();
    let text = match (part, value) {
        (RequestPart::Body, value) if keys.is_empty() => Redacted::json(value).to_string(),
        (RequestPart::Body, value) => Redacted::json_at(&format!("/{name}"), value).to_string(),
        (_, Value::String(text)) => format!("`{}`", Redacted::parameter(name, text)),
        (_, value) => format!("`{value}`"),
    };
    cut(&text)
}

fn cut(text: &str) -> String {
    shorten_to(text, MAX_SHOWN)
}

fn text_of_type(kind: Type) -> String {
    match kind {
        Type::Model(model) => format!("a JSON object ({})", model.name),
        kind => kind.to_string(),
    }
}

fn text_of_rule(rule: Rule) -> String {
    let listed = |values: Vec<String>| match &values[..] {
        [value] => value.clone(),
        values => format!("one of {}", values.join(", ")),
    };
    match rule {
        Rule::OneOf(words) => listed(words.iter().map(|word| format!("`{word}`")).collect()),
        Rule::OneNumberOf(numbers) => listed(numbers.iter().map(i64::to_string).collect()),
        Rule::Number => "a number".to_owned(),
        Rule::Any | Rule::Name(_) => "another value".to_owned(),
    }
}

/// The rule of a kind of name, if a text breaks it.
fn broken_rule(name: Name, text: &str) -> Option<&'static str> {
    let (is_valid, rule) = match name {
        Name::Namespace => (NamespaceName::is_valid(text), NamespaceName::RULE),
        Name::Repo => (RepoName::is_valid(text), RepoName::RULE),
        Name::Tag => (TagName::is_valid(text), TagName::RULE),
        Name::Trigger => (is_trigger_name(text), TRIGGER_NAME_RULE),
    };
    (!is_valid).then_some(rule)
}
