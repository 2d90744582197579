//! The table of published requests. `UPDATE_PUBLISHED=1 cargo test --test it oracle` writes it to
//! `src/operations/published/tables.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use once_cell::sync::Lazy;
use serde::Deserialize;
use serde_json::Value;

use super::published::{Key, Operation, PUBLISHED, within};

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
    filters: Vec<Filter>,
    pairs: Vec<Pairs>,
    beside_filter: Vec<Named>,
    query_form: Vec<Sourced>,
    optional: Vec<Optional>,
    values: Vec<Values>,
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Filter {
    operation: String,
    keys: Vec<String>,
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
struct Named {
    operation: String,
    name: String,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sourced {
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
            let key = Key {
                kind: parameter.kind.clone(),
                required: false,
            };
            fields.push(self.field(name, &parameter.name, &key));
        }
        list(&mut text, "query", fields);

        let filter = CONTRACT.filters.iter().find(|one| one.operation == *name);
        let keys = filter.map_or(&[][..], |filter| &filter.keys);
        let keys = keys.iter().map(|key| {
            let kind = type_in_query(name, key);
            let key_type = Key {
                kind,
                required: false,
            };
            self.field(name, key, &key_type)
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
        let mut text = format!("Field::new(\"{name}\", {})", self.kind(&key.kind));
        let is_optional = CONTRACT
            .optional
            .iter()
            .any(|one| one.model == of && one.key == name);
        if key.required && !is_optional {
            text += ".required()";
        }
        if let Some(rule) = rule_of(&format!("{of}.{name}")) {
            let _ = write!(text, ".rule({rule})");
        }
        text
    }

    fn kind(&mut self, kind: &str) -> String {
        if let Some(of) = within(kind, "list[", "]") {
            return format!("Type::List(&{})", self.kind(of));
        }
        if let Some(of) = within(kind, "dict(str, ", ")") {
            return format!("Type::Dict(&{})", self.kind(of));
        }
        match kind {
            "str" => "Type::Str".to_owned(),
            "int" => "Type::Int".to_owned(),
            "float" => "Type::Float".to_owned(),
            "bool" => "Type::Bool".to_owned(),
            "object" => "Type::Object".to_owned(),
            model => format!("Type::Model(&{})", self.model(model)),
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
                let key = Key {
                    kind: field.kind.clone(),
                    required: false,
                };
                fields.push(self.field(name, &field.key, &key));
            }
            let fields = fields.iter().map(|field| format!("        {field},\n"));
            let text = format!(
                "static {constant}: Model = Model {{\n    name: \"{name}\",\n    fields: &[\n{}    ],\n}};\n",
                fields.collect::<String>()
            );
            self.models.insert(name.to_owned(), text);
        }
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
    let name = CONTRACT.names.iter().find(|one| one.of == of)?;
    let name = match &*name.name {
        "namespace" => "Namespace",
        "repository" => "Repo",
        "tag" => "Tag",
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
fn every_row_of_the_contract_is_about_something_published_and_has_a_source() {
    let operations = || {
        let parameters = CONTRACT
            .parameters
            .iter()
            .map(|one| (&one.operation, &one.source));
        let filters = CONTRACT
            .filters
            .iter()
            .map(|one| (&one.operation, &one.source));
        let pairs = CONTRACT
            .pairs
            .iter()
            .map(|one| (&one.operation, &one.source));
        let beside = CONTRACT
            .beside_filter
            .iter()
            .map(|one| (&one.operation, &one.source));
        let forms = CONTRACT
            .query_form
            .iter()
            .map(|one| (&one.operation, &one.source));
        parameters
            .chain(filters)
            .chain(pairs)
            .chain(beside)
            .chain(forms)
    };
    for (operation, source) in operations() {
        assert!(PUBLISHED.operation(operation).is_some(), "{operation}");
        assert!(!source.is_empty(), "{operation}");
    }
    let known: BTreeSet<String> = known().collect();
    let values = CONTRACT.values.iter().map(|one| (&one.of, &one.source));
    let names = CONTRACT.names.iter().map(|one| (&one.of, &one.source));
    for (of, source) in values.chain(names) {
        assert!(known.contains(of), "{of} is not published");
        assert!(!source.is_empty(), "{of}");
    }
    for field in &CONTRACT.fields {
        assert!(
            PUBLISHED.models.contains_key(&field.model),
            "{}",
            field.model
        );
        assert!(!field.source.is_empty(), "{}.{}", field.model, field.key);
    }
    for optional in &CONTRACT.optional {
        let key = &PUBLISHED.model(&optional.model)[&optional.key];
        assert!(key.required, "{}.{}", optional.model, optional.key);
        assert!(!optional.source.is_empty());
    }
}

/// Every `Model.field`, `Operation.parameter` and `Operation.filter-key`.
fn known() -> impl Iterator<Item = String> {
    let models = PUBLISHED.models.iter();
    let fields =
        models.flat_map(|(name, model)| model.keys().map(move |key| format!("{name}.{key}")));
    let parameters = PUBLISHED.operations.iter().flat_map(|operation| {
        let names = operation.query.keys();
        let names = names.chain(operation.path_params.keys());
        names.map(|name| format!("{}.{name}", operation.name))
    });
    let filters = CONTRACT.filters.iter().flat_map(|filter| {
        let keys = filter.keys.iter();
        keys.map(|key| format!("{}.{key}", filter.operation))
    });
    fields.chain(parameters).chain(filters)
}
