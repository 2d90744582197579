//! The comparison of a JSON value with a published type.

use std::fmt;

use serde_json::{Map, Value};

use super::{Field, Model, Name, Presence, Rule, Type, field};

/// A difference between a value and its published type.
#[derive(Debug)]
pub(crate) struct Difference<'a> {
    pub(crate) place: &'a Place<'a>,
    pub(crate) kind: DifferenceKind<'a>,
}

#[derive(Debug)]
pub(crate) enum DifferenceKind<'a> {
    /// The value has another type.
    Type { sent: &'a Value, expected: Type },
    /// The value breaks the rule of its field.
    Rule { sent: &'a Value, rule: Rule },
    /// The field is absent.
    Missing(&'a Field),
    /// The model does not have the field.
    Unknown {
        model: &'a Model,
        /// The object that has the field.
        object: &'a Map<String, Value>,
    },
}

/// The place of a value, such as `rules[0].template`; empty for the whole body.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place<'a> {
    Whole,
    Key(&'a Place<'a>, &'a str),
    Index(&'a Place<'a>, usize),
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Whole => Ok(()),
            Place::Key(Place::Whole, key) => f.write_str(key),
            Place::Key(parent, key) => write!(f, "{parent}.{key}"),
            Place::Index(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

impl Place<'_> {
    /// The key of the value; empty for the whole body. An element of a list has the key of its list.
    pub(crate) fn key(&self) -> &str {
        match self {
            Place::Whole => "",
            Place::Key(_, key) => key,
            Place::Index(parent, _) => parent.key(),
        }
    }
}

/// A comparison, with what it needs from the layers above.
pub(crate) struct Comparison<'r> {
    /// Whether a text is a valid name.
    pub(crate) is_name: fn(Name, &str) -> bool,
    /// Receives each difference.
    pub(crate) report: &'r mut dyn FnMut(Difference<'_>),
}

impl Comparison<'_> {
    pub(crate) fn value(&mut self, kind: Type, value: &Value, place: &Place<'_>) {
        match (kind, value) {
            (Type::List(of), Value::Array(values)) => {
                for (index, value) in values.iter().enumerate() {
                    self.value(*of, value, &Place::Index(place, index));
                }
            }
            (Type::Dict(of), Value::Object(object)) => {
                for (key, value) in object {
                    self.value(*of, value, &Place::Key(place, key));
                }
            }
            (Type::Model(model), Value::Object(object)) => self.model(model, object, place),
            _ if is_of_type(kind, value) => {}
            _ => self.note(
                place,
                DifferenceKind::Type {
                    sent: value,
                    expected: kind,
                },
            ),
        }
    }

    fn model(&mut self, model: &Model, object: &Map<String, Value>, place: &Place<'_>) {
        for field in model.fields {
            let place = Place::Key(place, field.name);
            match (object.get(field.name), field.presence) {
                (None, Presence::Optional) | (Some(Value::Null), Presence::Nullable) => {}
                (None, Presence::Required | Presence::Nullable) => {
                    self.note(&place, DifferenceKind::Missing(field));
                }
                (Some(value), _) => self.field(field, value, &place),
            }
        }
        for key in object.keys() {
            if field(model.fields, key).is_none() {
                let kind = DifferenceKind::Unknown { model, object };
                self.note(&Place::Key(place, key), kind);
            }
        }
    }

    /// Compares a value with the type of its field, and then with its rule.
    pub(crate) fn field(&mut self, field: &Field, value: &Value, place: &Place<'_>) {
        let keeps_rule = match (field.rule, value) {
            (Rule::OneOf(words), Value::String(text)) => words.contains(&&**text),
            (Rule::OneNumberOf(numbers), Value::Number(number)) => number
                .as_i64()
                .is_some_and(|number| numbers.contains(&number)),
            (Rule::Name(name), Value::String(text)) => (self.is_name)(name, text),
            _ => true,
        };
        if keeps_rule {
            self.value(field.kind, value, place);
        } else {
            let rule = field.rule;
            self.note(place, DifferenceKind::Rule { sent: value, rule });
        }
    }

    fn note(&mut self, place: &Place<'_>, kind: DifferenceKind<'_>) {
        (self.report)(Difference { place, kind });
    }
}

fn is_of_type(kind: Type, value: &Value) -> bool {
    match kind {
        Type::Str => value.is_string(),
        Type::Int => value.is_i64() || value.is_u64(),
        Type::Float => value.is_number(),
        Type::Bool => value.is_boolean(),
        Type::Object | Type::Dict(_) | Type::Model(_) => value.is_object(),
        Type::List(_) => value.is_array(),
    }
}
