//! The published requests of the operations: parameters and bodies with their types.
//!
//! - [`check`]: compares a JSON value with a published type
//! - [`tables`]: the published requests, written by a test from `fixtures/operations.json` and `fixtures/contract.json`
//!
//! The test that compares the responses of the mock with the published models uses these types and the same comparison.

pub(crate) mod check;
#[rustfmt::skip]
mod tables;

use std::fmt;

/// The published request of an operation.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    /// The path parameters with a published type.
    pub(crate) path: &'static [Field],
    pub(crate) query: &'static [Field],
    /// The keys of the query parameter `filter`, which replaces the other parameters.
    pub(crate) filter: &'static [Field],
    /// The parameters that the service uses beside a `filter`.
    pub(crate) beside_filter: &'static [&'static str],
    /// Parameters of which the service ignores one without the other.
    pub(crate) pairs: &'static [[&'static str; 2]],
    pub(crate) body: Option<Type>,
    /// Whether the fields of the body can be sent as query parameters in place of a body.
    pub(crate) has_query_form: bool,
}

/// A type of a parameter, a field or a body.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Type {
    Any,
    Str,
    Int,
    #[allow(dead_code, reason = "only responses have it, which tests compare")]
    Float,
    Bool,
    /// A JSON object with any keys.
    #[allow(dead_code, reason = "only responses have it, which tests compare")]
    Object,
    List(&'static Type),
    /// A JSON object with any keys, whose values have one type.
    Dict(&'static Type),
    Model(&'static Model),
}

/// A JSON object with certain fields.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) name: &'static str,
    pub(crate) fields: &'static [Field],
}

/// A field of a model, or a parameter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) kind: Type,
    pub(crate) presence: Presence,
    pub(crate) rule: Rule,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    Optional,
    Required,
    /// It must be present, and can be null.
    #[allow(dead_code, reason = "only responses have it, which tests compare")]
    Nullable,
}

/// What the value of a field must be, beside its type.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Rule {
    Any,
    OneOf(&'static [&'static str]),
    OneNumberOf(&'static [i64]),
    /// A text that is a number.
    Number,
    Name(Name),
}

/// A kind of name that a value can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Name {
    Namespace,
    Repo,
    Tag,
    Trigger,
}

/// The type as the SDK writes it, such as `list[str]`.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Any => f.write_str("any value"),
            Type::Str => f.write_str("str"),
            Type::Int => f.write_str("int"),
            Type::Float => f.write_str("float"),
            Type::Bool => f.write_str("bool"),
            Type::Object => f.write_str("object"),
            Type::List(of) => write!(f, "list[{of}]"),
            Type::Dict(of) => write!(f, "dict(str, {of})"),
            Type::Model(model) => f.write_str(model.name),
        }
    }
}

impl Field {
    pub(crate) const fn new(name: &'static str, kind: Type) -> Field {
        Field {
            name,
            kind,
            presence: Presence::Optional,
            rule: Rule::Any,
        }
    }

    pub(crate) const fn required(self) -> Field {
        let presence = Presence::Required;
        Field { presence, ..self }
    }

    pub(crate) const fn rule(self, rule: Rule) -> Field {
        Field { rule, ..self }
    }
}

/// Finds the field with this name.
pub(crate) fn field<'a>(fields: &'a [Field], name: &str) -> Option<&'a Field> {
    fields.iter().find(|field| field.name == name)
}

/// The published request of the operation with this name. The compiler evaluates it for each row of the table of
/// operations.
pub(crate) const fn find(name: &str) -> Option<&'static Operation> {
    let (mut low, mut high) = (0, tables::OPERATIONS.len());
    while low < high {
        let middle = low.midpoint(high);
        let found = &tables::OPERATIONS[middle];
        match compare(found.name.as_bytes(), name.as_bytes()) {
            0 => return Some(found),
            1.. => high = middle,
            _ => low = middle + 1,
        }
    }
    None
}

/// Negative if `a` is before `b` in the order of bytes, positive if it is after it, and 0 if they are equal.
const fn compare(a: &[u8], b: &[u8]) -> i32 {
    let mut at = 0;
    while at < a.len() && at < b.len() {
        if a[at] != b[at] {
            return a[at] as i32 - b[at] as i32;
        }
        at += 1;
    }
    a.len() as i32 - b.len() as i32
}
