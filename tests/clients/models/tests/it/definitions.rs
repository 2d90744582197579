//! The definitions that the models are generated from: method, path, status and schemas of each operation.

use std::collections::BTreeSet;
use std::fs;
use std::sync::LazyLock;

use mock_swr::Op;
use serde_json::Value;

/// The definitions of all operations of the crate, in alphabetical order.
pub(crate) static DEFINITIONS: LazyLock<Vec<Definition>> = LazyLock::new(|| {
    let files = fs::read_dir(env!("SWR_DEFINITIONS")).unwrap();
    let paths = files.map(|file| file.unwrap().path());
    let mut definitions: Vec<Definition> = paths
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .map(|path| Definition::parse(&fs::read_to_string(path).unwrap()))
        .collect();
    definitions.sort_by(|a, b| a.name.cmp(&b.name));
    definitions
});

pub(crate) struct Definition {
    pub(crate) name: String,
    pub(crate) method: String,
    pub(crate) path: String,
    /// The documented status of a successful response.
    pub(crate) status: u16,
    /// The models that the schemas refer to.
    models: Value,
    parameters: Vec<Value>,
    response: Value,
}

impl Definition {
    fn parse(text: &str) -> Definition {
        let file: Value = serde_json::from_str(text).unwrap();
        let (path, methods) = single_entry(&file["paths"]);
        let (method, published) = single_entry(methods);
        let responses = published["responses"].as_object().unwrap();
        let mut successes = responses
            .iter()
            .filter(|(status, _)| status.starts_with('2'));
        let (status, response) = successes.next().unwrap();
        Definition {
            name: file["name"].as_str().unwrap().to_owned(),
            method: method.to_uppercase(),
            path: path.to_owned(),
            status: status.parse().unwrap(),
            models: file["definitions"].clone(),
            parameters: published["parameters"]
                .as_array()
                .cloned()
                .unwrap_or_default(),
            response: response.clone(),
        }
    }

    /// Returns the definition of a simulated operation.
    pub(crate) fn of(op: Op) -> &'static Definition {
        let found = DEFINITIONS
            .iter()
            .find(|definition| definition.name == op.name());
        found.unwrap_or_else(|| panic!("the crate has no definition of {op}"))
    }

    pub(crate) fn op(&self) -> Op {
        let found = Op::ALL.iter().find(|op| op.name() == self.name);
        *found.unwrap_or_else(|| panic!("mock-swr has no operation {}", self.name))
    }

    pub(crate) fn response_schema(&self) -> Option<&Value> {
        self.response.get("schema")
    }

    pub(crate) fn response_headers(&self) -> impl Iterator<Item = &String> {
        self.response["headers"]
            .as_object()
            .into_iter()
            .flat_map(|headers| headers.keys())
    }

    pub(crate) fn request_schema(&self) -> Option<&Value> {
        self.parameters
            .iter()
            .find(|parameter| parameter["in"] == "body")?
            .get("schema")
    }

    /// Follows references until a schema describes the value itself.
    pub(crate) fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(reference) => {
                let name = reference.strip_prefix("#/definitions/").unwrap();
                self.resolve(&self.models[name])
            }
            None => schema,
        }
    }

    /// Returns the keys of a schema, such as `body.namespaces[].id`.
    pub(crate) fn keys(&self, schema: &Value) -> BTreeSet<String> {
        let mut keys = BTreeSet::new();
        self.add_keys(schema, None, "body", &mut keys);
        keys
    }

    /// Returns the keys of a schema that a value has, except those with null.
    pub(crate) fn keys_of(&self, schema: &Value, value: &Value) -> BTreeSet<String> {
        let mut keys = BTreeSet::new();
        self.add_keys(schema, Some(value), "body", &mut keys);
        keys
    }

    fn add_keys(
        &self,
        schema: &Value,
        value: Option<&Value>,
        path: &str,
        keys: &mut BTreeSet<String>,
    ) {
        if value.is_some_and(Value::is_null) {
            return;
        }
        keys.insert(path.to_owned());
        let schema = self.resolve(schema);
        for (key, schema) in schema["properties"].as_object().into_iter().flatten() {
            let path = format!("{path}.{key}");
            match value.map(|value| value.get(key)) {
                None => self.add_keys(schema, None, &path, keys),
                Some(Some(value)) => self.add_keys(schema, Some(value), &path, keys),
                Some(None) => {}
            }
        }
        for (keyword, suffix) in [("items", "[]"), ("additionalProperties", ".*")] {
            let Some(schema) = schema.get(keyword) else {
                continue;
            };
            let path = format!("{path}{suffix}");
            match value {
                None => self.add_keys(schema, None, &path, keys),
                Some(Value::Array(values)) => {
                    values
                        .iter()
                        .for_each(|value| self.add_keys(schema, Some(value), &path, keys));
                }
                Some(Value::Object(object)) => {
                    object
                        .values()
                        .for_each(|value| self.add_keys(schema, Some(value), &path, keys));
                }
                Some(_) => {}
            }
        }
    }
}

fn single_entry(object: &Value) -> (&str, &Value) {
    let object = object.as_object().unwrap();
    assert_eq!(object.len(), 1, "a definition has one operation");
    let (key, value) = object.iter().next().unwrap();
    (key, value)
}
