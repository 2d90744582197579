//! Strict reading of JSON from clients and files.
//!
//! serde also accepts an array for a struct, with the fields in order. Here only an object is accepted. Error messages
//! give the path of the wrong value, and never the value itself, which may be a secret.

use std::fmt;

use serde::de::value::{BorrowedStrDeserializer, StrDeserializer};
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, Expected, MapAccess, SeqAccess, Unexpected,
    Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Value};

/// Deserializes a value.
pub(crate) fn read<'de, T: Deserialize<'de>>(value: &'de Value) -> Result<T, JsonError> {
    T::deserialize(Strict(value))
}

/// An error with the path of the wrong value: `auth.identity.methods`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JsonError {
    /// The keys and indexes of the path, innermost first.
    place: Vec<String>,
    message: String,
}

impl JsonError {
    /// The path, outermost key first, and the message.
    pub(crate) fn into_parts(mut self) -> (Vec<String>, String) {
        self.place.reverse();
        (self.place, self.message)
    }

    fn within(mut self, step: String) -> JsonError {
        self.place.push(step);
        self
    }
}

/// `auth.identity must be an object with methods, not an array`.
impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, step) in self.place.iter().rev().enumerate() {
            let dot = if number > 0 { "." } else { "" };
            write!(f, "{dot}{step}")?;
        }
        let space = if self.place.is_empty() { "" } else { " " };
        write!(f, "{space}{}", self.message)
    }
}

impl std::error::Error for JsonError {}

impl Error for JsonError {
    fn custom<T: fmt::Display>(message: T) -> JsonError {
        JsonError {
            place: Vec::new(),
            message: message.to_string(),
        }
    }

    fn invalid_type(sent: Unexpected<'_>, expected: &dyn Expected) -> JsonError {
        JsonError::custom(format_args!(
            "must be {}, not {}",
            named(expected),
            kind(sent)
        ))
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> JsonError {
        JsonError::custom(format_args!("must be {}", named(expected)))
    }

    fn missing_field(field: &'static str) -> JsonError {
        JsonError::custom("is missing").within(field.to_owned())
    }
}

/// The expectation of serde, in the terms of JSON.
fn named(expected: &dyn Expected) -> String {
    let expected = expected.to_string();
    let named = match &*expected {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number from 0",
        "a sequence" => "an array",
        "a map" => "an object",
        other => other,
    };
    named.to_owned()
}

fn kind(sent: Unexpected<'_>) -> &'static str {
    match sent {
        Unexpected::Unit => "null",
        Unexpected::Bool(_) => "a boolean",
        Unexpected::Str(_) => "a string",
        Unexpected::Seq => "an array",
        Unexpected::Map => "an object",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) | Unexpected::Float(_) => "a number",
        _ => "that",
    }
}

/// The deserializer of one value.
struct Strict<'de>(&'de Value);

impl Strict<'_> {
    fn unexpected(&self) -> Unexpected<'_> {
        match self.0 {
            Value::Null => Unexpected::Unit,
            Value::Bool(flag) => Unexpected::Bool(*flag),
            Value::Number(number) => Unexpected::Float(number.as_f64().unwrap_or_default()),
            Value::String(text) => Unexpected::Str(text),
            Value::Array(_) => Unexpected::Seq,
            Value::Object(_) => Unexpected::Map,
        }
    }
}

impl<'de> Deserializer<'de> for Strict<'de> {
    type Error = JsonError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(flag) => visitor.visit_bool(*flag),
            Value::Number(number) => match (number.as_u64(), number.as_i64()) {
                (Some(number), _) => visitor.visit_u64(number),
                (None, Some(number)) => visitor.visit_i64(number),
                (None, None) => visitor.visit_f64(number.as_f64().unwrap_or_default()),
            },
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Array(values) => visitor.visit_seq(Elements(values.iter().enumerate())),
            Value::Object(object) => visitor.visit_map(Members::of(object)),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, JsonError> {
        match self.0 {
            Value::Object(object) => visitor.visit_map(Members::of(object)),
            _ => Err(JsonError::invalid_type(self.unexpected(), &visitor)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, JsonError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, JsonError> {
        match self.0 {
            Value::String(text) => visitor.visit_enum(StrDeserializer::new(text)),
            _ => Err(JsonError::invalid_type(self.unexpected(), &visitor)),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier ignored_any
    }
}

/// The members of an object.
struct Members<'de> {
    rest: serde_json::map::Iter<'de>,
    current: Option<(&'de String, &'de Value)>,
}

impl<'de> Members<'de> {
    fn of(object: &'de Map<String, Value>) -> Members<'de> {
        Members {
            rest: object.iter(),
            current: None,
        }
    }
}

impl<'de> MapAccess<'de> for Members<'de> {
    type Error = JsonError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, JsonError> {
        self.current = self.rest.next();
        let key = self.current.map(|(key, _)| key);
        key.map(|key| seed.deserialize(BorrowedStrDeserializer::new(key)))
            .transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, JsonError> {
        let (key, value) = self
            .current
            .take()
            .ok_or_else(|| JsonError::custom("a value without a key"))?;
        let read = seed.deserialize(Strict(value));
        read.map_err(|wrong| wrong.within(key.clone()))
    }
}

/// The elements of an array.
struct Elements<'de>(std::iter::Enumerate<std::slice::Iter<'de, Value>>);

impl<'de> SeqAccess<'de> for Elements<'de> {
    type Error = JsonError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, JsonError> {
        let Some((number, value)) = self.0.next() else {
            return Ok(None);
        };
        let read = seed.deserialize(Strict(value));
        read.map(Some)
            .map_err(|wrong| wrong.within(number.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::read;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(expecting = "an object with a name")]
    struct Outer {
        name: String,
        inner: Option<Inner>,
        #[serde(default)]
        many: Vec<Inner>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(expecting = "an object with a size")]
    struct Inner {
        size: u64,
    }

    #[test]
    fn an_error_gives_the_path_and_not_the_value() {
        for (value, expected) in [
            (
                json!(["secret"]),
                "must be an object with a name, not an array",
            ),
            (json!({}), "name is missing"),
            (json!({"name": 7}), "name must be a string, not a number"),
            (
                json!({"name": "secret", "inner": [1]}),
                "inner must be an object with a size, not an array",
            ),
            (
                json!({"name": "secret", "inner": {"size": "secret"}}),
                "inner.size must be a whole number from 0, not a string",
            ),
            (
                json!({"name": "secret", "many": [{"size": 1}, [2]]}),
                "many.1 must be an object with a size, not an array",
            ),
            (
                json!({"name": "secret", "many": [{"size": -1}]}),
                "many.0.size must be a whole number from 0",
            ),
            (
                json!({"name": "secret", "many": {}}),
                "many must be an array, not an object",
            ),
        ] {
            let wrong = read::<Outer>(&value).unwrap_err().to_string();
            assert_eq!(wrong, expected, "{value}");
        }
    }

    #[test]
    fn valid_json_is_read_as_serde_reads_it() {
        for value in [
            json!({"name": "web", "inner": {"size": 1}, "many": [{"size": 2}], "more": [null, 1.5, true]}),
            json!({"name": "web", "inner": null}),
        ] {
            let read: Outer = read(&value).unwrap();
            assert_eq!(read, serde_json::from_value(value).unwrap());
        }
    }
}
