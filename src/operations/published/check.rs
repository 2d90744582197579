//! The comparison of a JSON value with a published type.

use std::fmt;
use std::ops::ControlFlow;

use serde_json::{Map, Value};

use super::{Field, Model, Name, Presence, Rule, Type, field};

/// A difference between a value and its published type.
#[derive(Debug)]
pub(crate) struct Difference<'a> {
    pub(crate) path: &'a FieldPath<'a>,
    pub(crate) kind: DifferenceKind<'a>,
}

#[derive(Debug)]
pub(crate) enum DifferenceKind<'a> {
    /// The value has another type.
    Type { sent: &'a Value, expected: Type },
    /// The value is not one of the published ones.
    Value { sent: &'a Value, expected: Rule },
    /// The value is not a valid name; with the rule of such names.
    Name { sent: &'a Value, rule: &'static str },
    /// The field is absent.
    Missing(&'a Field),
    /// The model does not have the field.
    Unknown {
        model: &'a Model,
        /// The object that has the field.
        object: &'a Map<String, Value>,
    },
}

/// The path of a value, such as `rules[0].template`; empty for the whole body.
#[derive(Debug, Clone, Copy)]
pub(crate) enum FieldPath<'a> {
    Whole,
    Key(&'a FieldPath<'a>, &'a str),
    Index(&'a FieldPath<'a>, usize),
}

impl fmt::Display for FieldPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FieldPath::Whole => Ok(()),
            FieldPath::Key(FieldPath::Whole, key) => f.write_str(key),
            FieldPath::Key(parent, key) => write!(f, "{parent}.{key}"),
            FieldPath::Index(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

impl<'a> FieldPath<'a> {
    /// The keys from the outermost to the innermost, without indices.
    pub(crate) fn keys(&self) -> Vec<&'a str> {
        match self {
            FieldPath::Whole => Vec::new(),
            FieldPath::Key(parent, key) => [&parent.keys()[..], &[*key]].concat(),
            FieldPath::Index(parent, _) => parent.keys(),
        }
    }
}

/// A comparison, which ends at the first difference for which `report` breaks.
pub(crate) struct TypeCheck<'r> {
    /// The rule of a kind of name, if a text breaks it.
    pub(crate) broken_rule: fn(Name, &str) -> Option<&'static str>,
    /// Whether the null of an optional field counts as absent.
    pub(crate) allows_null: bool,
    pub(crate) report: &'r mut dyn FnMut(Difference<'_>) -> ControlFlow<()>,
}

impl TypeCheck<'_> {
    /// Compares a value with a type. The rule applies to the value, or to each element of a list.
    pub(crate) fn value(
        &mut self,
        (kind, rule): (Type, Rule),
        value: &Value,
        path: &FieldPath<'_>,
    ) -> ControlFlow<()> {
        match (kind, value) {
            (Type::List(of), Value::Array(values)) => {
                let mut values = values.iter().enumerate();
                values.try_for_each(|(index, value)| {
                    self.value((*of, rule), value, &FieldPath::Index(path, index))
                })
            }
            (Type::Dict(of), Value::Object(object)) => {
                let mut values = object.iter();
                values.try_for_each(|(key, value)| {
                    self.value((*of, Rule::Any), value, &FieldPath::Key(path, key))
                })
            }
            (Type::Model(model), Value::Object(object)) => self.model(model, object, path),
            _ if is_of_type(kind, value) => self.rule(rule, value, path),
            _ => self.report(
                path,
                DifferenceKind::Type {
                    sent: value,
                    expected: kind,
                },
            ),
        }
    }

    fn model(
        &mut self,
        model: &Model,
        object: &Map<String, Value>,
        path: &FieldPath<'_>,
    ) -> ControlFlow<()> {
        for field in model.fields {
            let path = FieldPath::Key(path, field.name);
            match (object.get(field.name), field.presence) {
                (None, Presence::Optional) | (Some(Value::Null), Presence::Nullable) => {}
                (Some(Value::Null), Presence::Optional) if self.allows_null => {}
                (None, Presence::Required | Presence::Nullable) => {
                    self.report(&path, DifferenceKind::Missing(field))?;
                }
                (Some(value), _) => self.value((field.kind, field.rule), value, &path)?,
            }
        }
        let mut unknown = object
            .keys()
            .filter(|key| field(model.fields, key).is_none());
        unknown.try_for_each(|key| {
            let kind = DifferenceKind::Unknown { model, object };
            self.report(&FieldPath::Key(path, key), kind)
        })
    }

    fn rule(&mut self, rule: Rule, value: &Value, path: &FieldPath<'_>) -> ControlFlow<()> {
        let is_valid = match (rule, value) {
            (Rule::OneOf(words), Value::String(text)) => words.contains(&&**text),
            (Rule::OneNumberOf(numbers), value) => value
                .as_i64()
                .is_some_and(|number| numbers.contains(&number)),
            (Rule::Number, Value::String(text)) => {
                !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
            }
            (Rule::Name(name), Value::String(text)) => {
                return match (self.broken_rule)(name, text) {
                    None => ControlFlow::Continue(()),
                    Some(rule) => self.report(path, DifferenceKind::Name { sent: value, rule }),
                };
            }
            (Rule::Any | Rule::OneOf(_) | Rule::Number | Rule::Name(_), _) => true,
        };
        if is_valid {
            return ControlFlow::Continue(());
        }
        self.report(
            path,
            DifferenceKind::Value {
                sent: value,
                expected: rule,
            },
        )
    }

    fn report(&mut self, path: &FieldPath<'_>, kind: DifferenceKind<'_>) -> ControlFlow<()> {
        (self.report)(Difference { path, kind })
    }
}

fn is_of_type(kind: Type, value: &Value) -> bool {
    match kind {
        Type::Any => true,
        Type::Str => value.is_string(),
        Type::Int => value.is_i64() || value.is_u64(),
        Type::Float => value.is_number(),
        Type::Bool => value.is_boolean(),
        Type::Object | Type::Dict(_) | Type::Model(_) => value.is_object(),
        Type::List(_) => value.is_array(),
    }
}
