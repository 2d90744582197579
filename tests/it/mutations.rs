//! Random JSON, and random changes of JSON.

use proptest::prelude::*;
use serde_json::Value;

/// A change of one value of a document.
#[derive(Debug, Clone)]
pub(crate) enum Mutation {
    Replace(Value),
    Remove,
    RenameTo(&'static str),
    /// Replaces the value by another one of the document.
    CopyFrom(usize),
}

/// Generates any JSON, with these words among the keys and values.
pub(crate) fn json_with(words: &[&'static str]) -> impl Strategy<Value = Value> + use<> {
    let words = prop::sample::select(words.to_vec());
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0_u64..1000).prop_map(Value::from),
        words.clone().prop_map(Value::from),
        "[ -~]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 5, move |inner| {
        let key = words.clone().prop_map(str::to_owned);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..5)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

/// Generates any change, with these words among the new keys and values.
pub(crate) fn mutation(words: &[&'static str]) -> impl Strategy<Value = Mutation> + use<> {
    let extreme = prop::sample::select(vec![
        Value::from(-1),
        Value::from(u64::MAX),
        Value::from(1e300),
        Value::from(0.5),
        Value::from("2026-13-01T00:00:00Z"),
        Value::from("9999-12-31T23:59:59Z"),
    ]);
    prop_oneof![
        4 => json_with(words).prop_map(Mutation::Replace),
        2 => extreme.prop_map(Mutation::Replace),
        1 => Just(Mutation::Remove),
        1 => prop::sample::select(words.to_vec()).prop_map(Mutation::RenameTo),
        2 => any::<usize>().prop_map(Mutation::CopyFrom),
    ]
}

impl Mutation {
    /// Changes the value with this number, counted in depth-first order. A higher number starts again from the root.
    pub(crate) fn apply(&self, document: &mut Value, place: usize) {
        let mut pointers = Vec::new();
        collect_pointers(document, "", &mut pointers);
        let pointer = &pointers[place % pointers.len()];
        let replacement = match self {
            Mutation::Replace(value) => value.clone(),
            Mutation::CopyFrom(other) => {
                let other = &pointers[other % pointers.len()];
                document.pointer(other).unwrap().clone()
            }
            Mutation::Remove | Mutation::RenameTo(_) => return self.change_key(document, pointer),
        };
        *document.pointer_mut(pointer).unwrap() = replacement;
    }

    fn change_key(&self, document: &mut Value, pointer: &str) {
        let Some((parent, key)) = pointer.rsplit_once('/') else {
            return;
        };
        let key = key.replace("~1", "/").replace("~0", "~");
        match document.pointer_mut(parent).unwrap() {
            Value::Object(object) => {
                let value = object.remove(&key).unwrap();
                if let Mutation::RenameTo(name) = self {
                    object.insert((*name).to_owned(), value);
                }
            }
            Value::Array(items) => {
                items.remove(key.parse().unwrap());
            }
            _ => unreachable!("only objects and arrays have values"),
        }
    }
}

/// Collects the pointers to all values, in depth-first order.
fn collect_pointers(value: &Value, pointer: &str, all: &mut Vec<String>) {
    all.push(pointer.to_owned());
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect_pointers(item, &format!("{pointer}/{index}"), all);
            }
        }
        Value::Object(object) => {
            for (key, value) in object {
                let key = key.replace('~', "~0").replace('/', "~1");
                collect_pointers(value, &format!("{pointer}/{key}"), all);
            }
        }
        _ => {}
    }
}
