//! The table of published requests. `UPDATE_PUBLISHED=1 cargo test --test it oracle` writes it to
//! `src/operations/published/tables.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use once_cell::sync::Lazy;
use serde::Deserialize;
use serde_json::{Value, json};

use super::published::{Key, Operation, PUBLISHED, kind_of};
use super::responses::{Case, cases, filled};
use super::types::{self, Type};
use crate::support::{Client, send};

/// The content of `fixtures/contract.json`.
static CONTRACT: Lazy<Contract> =
    Lazy::new(|| serde_json::from_str(include_str!("../../../fixtures/contract.json")).unwrap());

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Contract {
    #[serde(rename = "about")]
    _about: String,
    parameters: Vec<Parameter>,
    fields: Vec<LiveField>,
    types: Vec<FieldType>,
    filters: Vec<Filter>,
    pairs: Vec<Pairs>,
    beside_filter: Vec<BesideFilter>,
    query_form: Vec<QueryForm>,
    optional: Vec<Optional>,
    values: Vec<Values>,
    numbers: Vec<Numbers>,
    names: Vec<Names>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameter {
    operation: String,
    name: String,
    #[serde(rename = "type")]
    kind: String,
    source: String,
}

/// A field that released clients send and no model has.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LiveField {
    model: String,
    key: String,
    #[serde(rename = "type")]
    kind: String,
    source: String,
}

/// The fields of an object that the SDK publishes without a type.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldType {
    /// `Model.field`.
    of: String,
    fields: BTreeMap<String, String>,
    source: String,
}

/// Parameters and filter keys that are texts with a number.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Numbers {
    of: Vec<String>,
    names: Vec<String>,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Filter {
    operation: String,
    keys: Vec<String>,
    #[serde(default)]
    required: Vec<String>,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pairs {
    operation: String,
    pairs: Vec<[String; 2]>,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BesideFilter {
    operation: String,
    name: String,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QueryForm {
    operation: String,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Optional {
    model: String,
    key: String,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Values {
    /// `Model.field` or `Operation.parameter`.
    of: String,
    values: Vec<Value>,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Names {
    of: String,
    name: String,
    source: String,
}

/// The Rust source of the table.
fn table() -> String {
    let mut writer = Writer::default();
    let mut operations: Vec<_> = PUBLISHED.operations.iter().collect();
    operations.sort_by(|a, b| a.name.cmp(&b.name));
    let rows: Vec<String> = operations
        .iter()
        .map(|operation| writer.operation(operation))
        .collect();
    let mut text = String::from(
        "//! The published requests. `UPDATE_PUBLISHED=1 cargo test --test it oracle` writes this file.\n\n\
         use super::{Field, Model, Name, Operation, Rule, Type};\n\n\
         /// An operation with no parameters and no body.\n\
         const NONE: Operation = Operation {\n    name: \"\",\n    path: &[],\n    query: &[],\n    filter: &[],\n    \
         beside_filter: &[],\n    pairs: &[],\n    body: None,\n    has_query_form: false,\n};\n\n\
         /// The operations, sorted by name.\n\
         pub(super) static OPERATIONS: &[Operation] = &[\n",
    );
    for row in rows {
        text += &row;
    }
    text += "];\n";
    for model in writer.models.values() {
        let _ = write!(text, "\n{model}");
    }
    text
}

/// Writes the rows, and the models that they need.
#[derive(Default)]
struct Writer {
    models: BTreeMap<String, String>,
}

impl Writer {
    fn operation(&mut self, operation: &Operation) -> String {
        let name = &operation.name;
        let mut text = format!("    Operation {{\n        name: \"{name}\",\n");
        let is_basic = operation.edition == "basic";
        let path = operation.path_params.keys();
        let path = path.filter_map(|param| {
            let rule = match (is_basic, &**param) {
                (true, "namespace") => "Rule::Name(Name::Namespace)".to_owned(),
                (true, "repository") => "Rule::Name(Name::Repo)".to_owned(),
                (true, "tag") => "Rule::Name(Name::Tag)".to_owned(),
                _ => rule_of(&format!("{name}.{param}"))?,
            };
            Some(format!("Field::new(\"{param}\", Type::Str).rule({rule})"))
        });
        list(&mut text, "path", path.collect());

        let query = &operation.query;
        let mut fields: Vec<String> = query
            .iter()
            .map(|(key, published)| self.field(name, key, published))
            .collect();
        let more = CONTRACT.parameters.iter();
        for parameter in more.filter(|parameter| parameter.operation == *name) {
            assert!(!query.contains_key(&parameter.name), "{name} publishes it");
            let key = Key::optional(&parameter.kind);
            fields.push(self.field(name, &parameter.name, &key));
        }
        list(&mut text, "query", fields);

        let filter = CONTRACT.filters.iter().find(|one| one.operation == *name);
        let keys = filter.into_iter().flat_map(|filter| {
            let keys = filter.keys.iter();
            keys.map(|key| (key, filter.required.contains(key)))
        });
        let keys = keys.map(|(key, required)| {
            let kind = type_in_query(name, key);
            self.field(name, key, &Key { kind, required })
        });
        list(&mut text, "filter", keys.collect());

        let beside = CONTRACT.beside_filter.iter();
        let beside = beside.filter(|beside| beside.operation == *name);
        let beside = beside.map(|beside| format!("\"{}\"", beside.name));
        list(&mut text, "beside_filter", beside.collect());
        let pairs = CONTRACT.pairs.iter().find(|one| one.operation == *name);
        let pairs = pairs.map_or(&[][..], |pairs| &pairs.pairs);
        let pairs = pairs.iter().map(|[a, b]| format!("[\"{a}\", \"{b}\"]"));
        list(&mut text, "pairs", pairs.collect());
        if let Some(body) = &operation.body {
            let kind = self.kind(&body.kind);
            let _ = writeln!(text, "        body: Some({kind}),");
        }
        if CONTRACT.query_form.iter().any(|one| one.operation == *name) {
            text += "        has_query_form: true,\n";
        }
        text + "        ..NONE\n    },\n"
    }

    fn field(&mut self, of: &str, name: &str, key: &Key) -> String {
        let place = format!("{of}.{name}");
        let untyped = CONTRACT.types.iter().find(|one| one.of == place);
        let kind = match untyped {
            Some(untyped) => self.untyped(untyped),
            None => self.kind(&key.kind),
        };
        let mut text = format!("Field::new(\"{name}\", {kind})");
        let is_optional = CONTRACT
            .optional
            .iter()
            .any(|one| one.model == of && one.key == name);
        if key.required && !is_optional {
            text += ".required()";
        }
        if let Some(rule) = rule_of(&place) {
            let _ = write!(text, ".rule({rule})");
        }
        text
    }

    /// Writes the model of an object that the SDK publishes without a type.
    fn untyped(&mut self, untyped: &FieldType) -> String {
        let name = untyped.of.replace('.', "_");
        let fields = untyped.fields.iter().map(|(name, kind)| {
            let kind = self.kind(kind);
            format!("        Field::new(\"{name}\", {kind}),\n")
        });
        let fields: String = fields.collect();
        let constant = self.write_model(&name, &untyped.of, &fields);
        format!("Type::Model(&{constant})")
    }

    fn kind(&mut self, kind: &str) -> String {
        let named = |name: &str| -> &'static types::Model {
            let name = name.to_owned().leak();
            Box::leak(Box::new(types::Model { name, fields: &[] }))
        };
        self.source_of(kind_of(kind, &named))
    }

    fn source_of(&mut self, kind: Type) -> String {
        match kind {
            Type::List(of) => format!("Type::List(&{})", self.source_of(*of)),
            Type::Dict(of) => format!("Type::Dict(&{})", self.source_of(*of)),
            Type::Model(model) => format!("Type::Model(&{})", self.model(model.name)),
            kind => format!("Type::{kind:?}"),
        }
    }

    /// Writes a model if it is new, and returns the name of its static.
    fn model(&mut self, name: &str) -> String {
        let constant = constant(name);
        if !self.models.contains_key(name) {
            self.models.insert(name.to_owned(), String::new());
            let published = PUBLISHED.model(name);
            let mut fields: Vec<String> = published
                .iter()
                .map(|(key, published)| self.field(name, key, published))
                .collect();
            for field in CONTRACT.fields.iter().filter(|field| field.model == name) {
                assert!(!published.contains_key(&field.key), "{name} publishes it");
                let key = Key::optional(&field.kind);
                fields.push(self.field(name, &field.key, &key));
            }
            let fields = fields.iter().map(|field| format!("        {field},\n"));
            let fields: String = fields.collect();
            self.write_model(name, name, &fields);
        }
        constant
    }

    fn write_model(&mut self, key: &str, name: &str, fields: &str) -> String {
        let constant = constant(key);
        let text = format!(
            "static {constant}: Model = Model {{\n    name: \"{name}\",\n    fields: &[\n{fields}    ],\n}};\n"
        );
        self.models.insert(key.to_owned(), text);
        constant
    }
}

fn list(text: &mut String, name: &str, rows: Vec<String>) {
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(text, "        {name}: &[");
    for row in rows {
        let _ = writeln!(text, "            {row},");
    }
    text.push_str("        ],\n");
}

/// The type that the query parameter of this name has; text if there is none.
fn type_in_query(operation: &str, name: &str) -> String {
    let published = PUBLISHED.operation(operation).unwrap();
    let key = published.query.get(name).map(|key| &key.kind);
    let parameters = CONTRACT.parameters.iter();
    let mut parameters = parameters.filter(|one| one.operation == operation && one.name == name);
    let kind = key.or_else(|| parameters.next().map(|one| &one.kind));
    kind.map_or("str", |kind| &**kind).to_owned()
}

fn rule_of(of: &str) -> Option<String> {
    if let Some(values) = CONTRACT.values.iter().find(|one| one.of == of) {
        let kind = if values.values.iter().all(Value::is_string) {
            "OneOf"
        } else {
            "OneNumberOf"
        };
        let values: Vec<String> = values.values.iter().map(Value::to_string).collect();
        return Some(format!("Rule::{kind}(&[{}])", values.join(", ")));
    }
    let (owner, field) = of.rsplit_once('.').unwrap();
    let is_number = |numbers: &&Numbers| {
        numbers.of.iter().any(|of| of == owner) && numbers.names.iter().any(|name| name == field)
    };
    if CONTRACT.numbers.iter().any(|numbers| is_number(&numbers)) {
        return Some("Rule::Number".to_owned());
    }
    let name = CONTRACT.names.iter().find(|one| one.of == of)?;
    let name = match &*name.name {
        "namespace" => "Namespace",
        "repository" => "Repo",
        "tag" => "Tag",
        "trigger" => "Trigger",
        other => panic!("{other} is not a kind of name"),
    };
    Some(format!("Rule::Name(Name::{name})"))
}

/// `UserAuth` as `USER_AUTH`.
fn constant(name: &str) -> String {
    let mut text = String::new();
    let mut before = ' ';
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && before.is_ascii_lowercase() {
            text.push('_');
        }
        text.push(letter.to_ascii_uppercase());
        before = letter;
    }
    text
}

#[test]
fn the_table_of_requests_is_as_published() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/operations/published/tables.rs");
    if std::env::var_os("UPDATE_PUBLISHED").is_some() {
        fs::write(&path, table()).unwrap();
        return;
    }
    assert!(
        fs::read_to_string(&path).unwrap() == table(),
        "the table is out of date: UPDATE_PUBLISHED=1 cargo test --test it oracle"
    );
}

#[test]
fn every_operation_finds_its_published_request() {
    for published in &PUBLISHED.operations {
        let found = types::find(&published.name).map(|found| found.name);
        assert_eq!(found, Some(&*published.name));
    }
    for name in ["", "A", "Zzz", "CreateRep", "CreateRepoX"] {
        assert!(types::find(name).is_none(), "{name}");
    }
}

#[test]
fn every_row_of_the_contract_is_about_something_published_and_has_a_source() {
    let parameters: BTreeSet<String> = parameters().collect();
    let fields: BTreeSet<String> = fields().collect();
    let mut rows = Rows::default();
    for row in &CONTRACT.parameters {
        rows.add(&row.operation, &row.name, &row.source);
        assert!(PUBLISHED.operation(&row.operation).is_some());
    }
    for row in &CONTRACT.fields {
        rows.add(&row.model, &row.key, &row.source);
        assert!(PUBLISHED.models.contains_key(&row.model), "{}", row.model);
    }
    for row in &CONTRACT.types {
        rows.add("type", &row.of, &row.source);
        let (model, key) = row.of.split_once('.').unwrap();
        assert_eq!(PUBLISHED.model(model)[key].kind, "object");
    }
    for row in &CONTRACT.filters {
        rows.add("filter", &row.operation, &row.source);
        let published = PUBLISHED.operation(&row.operation).unwrap();
        assert!(published.query.contains_key("filter") || row.operation == "ListNamespaces");
        assert!(row.required.iter().all(|key| row.keys.contains(key)));
    }
    for row in &CONTRACT.pairs {
        rows.add("pairs", &row.operation, &row.source);
        for name in row.pairs.iter().flatten() {
            let place = format!("{}.{name}", row.operation);
            assert!(parameters.contains(&place), "{place}");
        }
    }
    for row in &CONTRACT.beside_filter {
        rows.add("beside", &row.operation, &row.source);
        assert!(parameters.contains(&format!("{}.{}", row.operation, row.name)));
    }
    for row in &CONTRACT.query_form {
        rows.add("query form", &row.operation, &row.source);
        assert!(PUBLISHED.operation(&row.operation).unwrap().body.is_some());
    }
    for row in &CONTRACT.optional {
        rows.add(&row.model, &row.key, &row.source);
        assert!(PUBLISHED.model(&row.model)[&row.key].required);
    }
    let values = CONTRACT.values.iter().map(|row| (&row.of, &row.source));
    let names = CONTRACT.names.iter().map(|row| (&row.of, &row.source));
    for (of, source) in values.chain(names) {
        rows.add("rule", of, source);
        assert!(parameters.contains(of) || fields.contains(of), "{of}");
    }
    for row in &CONTRACT.numbers {
        for (of, name) in row
            .of
            .iter()
            .flat_map(|of| row.names.iter().map(move |name| (of, name)))
        {
            let place = format!("{of}.{name}");
            rows.add("rule", &place, &row.source);
            assert!(parameters.contains(&place), "{place}");
        }
    }
}

/// The rows so far. A second row of one kind about one thing would be ignored.
#[derive(Default)]
struct Rows(BTreeSet<(String, String)>);

impl Rows {
    #[track_caller]
    fn add(&mut self, kind: &str, about: &str, source: &str) {
        assert!(!source.is_empty(), "{kind} {about}");
        let is_new = self.0.insert((kind.to_owned(), about.to_owned()));
        assert!(is_new, "a second row for {kind} {about}");
    }
}

/// Every `Model.field`.
fn fields() -> impl Iterator<Item = String> {
    let models = PUBLISHED.models.iter();
    models.flat_map(|(name, model)| model.keys().map(move |key| format!("{name}.{key}")))
}

/// Every `Operation.parameter`, with the filter keys.
fn parameters() -> impl Iterator<Item = String> {
    let published = PUBLISHED.operations.iter().flat_map(|operation| {
        let names = operation.query.keys();
        let names = names.chain(operation.path_params.keys());
        names.map(|name| format!("{}.{name}", operation.name))
    });
    let more = CONTRACT.parameters.iter();
    let more = more.map(|parameter| format!("{}.{}", parameter.operation, parameter.name));
    let keys = CONTRACT.filters.iter().flat_map(|filter| {
        let keys = filter.keys.iter();
        keys.map(|key| format!("{}.{key}", filter.operation))
    });
    published.chain(more).chain(keys)
}

#[test]
fn the_mock_accepts_every_published_value_of_a_parameter() {
    for row in &CONTRACT.values {
        let (operation, name) = row.of.split_once('.').unwrap();
        let Some(published) = PUBLISHED.operation(operation) else {
            continue;
        };
        let more = CONTRACT.parameters.iter();
        let mut more = more.filter(|one| one.operation == operation && one.name == name);
        let is_query = published.query.contains_key(name) || more.next().is_some();
        for value in row.values.iter().map(|value| value.as_str().unwrap()) {
            let target = if published.path_params.contains_key(name) {
                published.path.replace(&format!("{{{name}}}"), value)
            } else if is_query {
                let other = match name {
                    "order_column" => "&order_type=asc",
                    "order_type" => "&order_column=ORDER",
                    _ => "",
                };
                format!("{}?{name}={value}{other}", published.path)
            } else if name == "order" {
                format!(
                    "{}?filter=limit::1|offset::0|order::{value}",
                    published.path
                )
            } else {
                format!("{}?filter={name}::{value}", published.path)
            };
            assert_accepted(&target, name);
        }
    }
}

/// Asserts that the mock accepts a request, and finds nothing in it.
fn assert_accepted(target: &str, name: &str) {
    let swr = filled();
    let column = if target.contains("/tags") {
        "tag"
    } else {
        "name"
    };
    let required = match target {
        _ if name == "center" || name == "shared_by" => "",
        target if target.contains("/v2/manage/shared") => "&center=self",
        target if target.contains("/v3/manage/shared") => "&shared_by=self",
        _ => "",
    };
    let target = target
        .replace("{namespace}", "group")
        .replace("{repository}", "web")
        .replace("{resource_type}", "store")
        .replace("{frequency}", "daily")
        .replace("ORDER", column);
    let response = Client::admin(&swr).get(&format!("{target}{required}"));
    assert_eq!(response.status, 200, "{target}: {}", response.text);
    assert_eq!(swr.problems(), [], "{target}");
}

#[test]
fn the_mock_accepts_every_published_value_of_a_field() {
    for row in &CONTRACT.values {
        let (model, key) = row.of.split_once('.').unwrap();
        if !PUBLISHED.models.contains_key(model) {
            continue;
        }
        let has_key = |case: &&Case| case.3.to_string().contains(&format!("\"{key}\":"));
        let of_model = |case: &&Case| {
            let published = PUBLISHED.operation(case.0.name());
            let body = published.and_then(|published| published.body.as_ref());
            body.is_some_and(|body| {
                body.kind.contains(model) || ["Rule", "TagSelector"].contains(&model)
            })
        };
        let cases = cases();
        let optional = ["category", "trigger_mode"].contains(&key);
        let case = cases
            .iter()
            .find(|case| of_model(case) && (optional || has_key(case)));
        let (op, status, target, body) = case.unwrap_or_else(|| panic!("no call has {}", row.of));
        for value in &row.values {
            let mut body = body.clone();
            set(&mut body, key, value);
            if optional {
                body[key] = value.clone();
            }
            if value == "date_rule" {
                set(&mut body, "params", &json!({"days": "3"}));
            }
            let swr = filled();
            let request = Client::admin(&swr).request(op.method(), target);
            let response = send(request.body(body.to_string())).unwrap();
            assert_eq!(response.status, *status, "{op} {body}: {}", response.text);
            assert_eq!(swr.problems(), [], "{op} {body}");
        }
    }
}

/// Sets every value that has this key.
fn set(value: &mut Value, name: &str, new: &Value) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                if key == name {
                    *value = new.clone();
                } else {
                    set(value, name, new);
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| set(value, name, new)),
        _ => {}
    }
}
