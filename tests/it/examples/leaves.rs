//! A JSON text as the list of its leaves, and the comparison of two such lists.
//!
//! Unlike a JSON value of `serde_json`, the list keeps the order of the keys.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Value, json};

/// The values that contain no other value, each with its JSON pointer, in the order of the text.
#[derive(Debug, Default)]
pub(super) struct Leaves(Vec<(String, Value)>);

impl Leaves {
    pub(super) fn of(value: impl Into<Value>) -> Leaves {
        Leaves(vec![(String::new(), value.into())])
    }

    /// Adds the leaves of a value that is at `pointer`.
    pub(super) fn add(&mut self, pointer: &str, below: Leaves) {
        let below = below.0.into_iter();
        self.0
            .extend(below.map(|(rest, value)| (format!("{pointer}{rest}"), value)));
    }

    pub(super) fn pointers(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(pointer, _)| pointer.as_str())
    }

    pub(super) fn get(&self, pointer: &str) -> Option<&Value> {
        let found = self.0.iter().find(|(known, _)| known == pointer);
        found.map(|(_, value)| value)
    }
}

impl<'de> Deserialize<'de> for Leaves {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Leaves, D::Error> {
        struct AnyJson;
        impl<'de> Visitor<'de> for AnyJson {
            type Value = Leaves;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON value")
            }

            fn visit_unit<E>(self) -> Result<Leaves, E> {
                Ok(Leaves::of(Value::Null))
            }

            fn visit_bool<E>(self, value: bool) -> Result<Leaves, E> {
                Ok(Leaves::of(value))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Leaves, E> {
                Ok(Leaves::of(value))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Leaves, E> {
                Ok(Leaves::of(value))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Leaves, E> {
                Ok(Leaves::of(value))
            }

            fn visit_str<E>(self, value: &str) -> Result<Leaves, E> {
                Ok(Leaves::of(value))
            }

            fn visit_seq<S: SeqAccess<'de>>(self, mut rows: S) -> Result<Leaves, S::Error> {
                let mut leaves = Leaves::default();
                let mut number = 0;
                while let Some(row) = rows.next_element()? {
                    leaves.add(&format!("/{number}"), row);
                    number += 1;
                }
                Ok(if number == 0 {
                    Leaves::of(json!([]))
                } else {
                    leaves
                })
            }

            fn visit_map<M: MapAccess<'de>>(self, mut object: M) -> Result<Leaves, M::Error> {
                let mut leaves = Leaves::default();
                let mut is_empty = true;
                while let Some((key, value)) = object.next_entry::<String, Leaves>()? {
                    leaves.add(&format!("/{key}"), value);
                    is_empty = false;
                }
                Ok(if is_empty {
                    Leaves::of(json!({}))
                } else {
                    leaves
                })
            }
        }
        deserializer.deserialize_any(AnyJson)
    }
}

/// What is known of the differences between an example and our response, by JSON pointer.
pub(super) struct Known<'a> {
    /// Values that each server chooses.
    pub(super) server_decides: &'a [String],
    /// Values, or all values below, that differ for a reason.
    pub(super) differs: &'a BTreeMap<String, String>,
}

impl Known<'_> {
    /// Returns everything that is wrong with our response, or with what is known.
    pub(super) fn findings(&self, theirs: &Leaves, ours: &Leaves) -> Vec<String> {
        let mut findings = Vec::new();
        let mut used = Vec::new();
        let added = ours
            .pointers()
            .filter(|pointer| theirs.get(pointer).is_none());
        for pointer in theirs.pointers().chain(added) {
            let (their, our) = (theirs.get(pointer), ours.get(pointer));
            if self.same(pointer, their, our) {
                continue;
            }
            match self.difference_at(pointer) {
                Some(known) => used.push(known),
                None => findings.push(format!(
                    "{pointer}: the example has {}, the mock {}",
                    shown(their),
                    shown(our)
                )),
            }
        }
        for known in self.differs.keys().filter(|known| !used.contains(known)) {
            findings.push(format!(
                "{known}: no longer differs; delete it from `differs`"
            ));
        }
        for decided in self.server_decides {
            if theirs.get(decided).is_none() {
                findings.push(format!(
                    "{decided}: `server_decides` names no value of the example"
                ));
            }
        }
        let order = |leaves: &Leaves| -> Vec<String> {
            let same = leaves
                .pointers()
                .filter(|at| self.difference_at(at).is_none());
            same.map(str::to_owned).collect()
        };
        if findings.is_empty() && order(theirs) != order(ours) {
            let order = order(ours).join(", ");
            findings.push(format!("the keys of the mock are in the order {order}"));
        }
        findings
    }

    /// Returns the known difference that contains this pointer.
    fn difference_at(&self, pointer: &str) -> Option<&String> {
        self.differs.keys().find(|known| {
            pointer
                .strip_prefix(known.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    fn same(&self, pointer: &str, theirs: Option<&Value>, ours: Option<&Value>) -> bool {
        let decides = self.server_decides.iter().any(|decided| decided == pointer);
        theirs == ours
            || decides
                && theirs
                    .zip(ours)
                    .is_some_and(|(theirs, ours)| fits(theirs, ours))
    }
}

fn shown(value: Option<&Value>) -> String {
    value.map_or("nothing".to_owned(), Value::to_string)
}

/// Whether our value has the type of theirs, and each word of a text has the same format.
fn fits(theirs: &Value, ours: &Value) -> bool {
    match (theirs, ours) {
        (Value::String(theirs), Value::String(ours)) => {
            let (theirs, ours): (Vec<&str>, Vec<&str>) =
                (theirs.split(' ').collect(), ours.split(' ').collect());
            let mut pairs = theirs.iter().zip(&ours);
            theirs.len() == ours.len() && pairs.all(|(their, our)| word_fits(their, our))
        }
        (Value::Number(theirs), Value::Number(ours)) => theirs.is_f64() == ours.is_f64(),
        _ => false,
    }
}

/// Whether our word is also a time, a digest, or hex digits of the same length. For other words, all words fit.
fn word_fits(theirs: &str, ours: &str) -> bool {
    let is_time = |word: &str| word.parse::<jiff::Timestamp>().is_ok();
    let hex_digits = |word: &str| {
        let digits = word.trim_start_matches("sha256:");
        let is_hex = digits
            .bytes()
            .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        (is_hex && digits.len() >= 32).then_some((digits.len(), digits.len() == word.len()))
    };
    match hex_digits(theirs) {
        Some(digits) => hex_digits(ours) == Some(digits),
        None => !ours.is_empty() && (!is_time(theirs) || is_time(ours)),
    }
}

/// Compares two texts, and returns the findings.
fn compare(theirs: &str, ours: &str, server_decides: &[&str], differs: &[&str]) -> Vec<String> {
    let read = |text| serde_json::from_str::<Leaves>(text).unwrap();
    let differs = differs
        .iter()
        .map(|at| ((*at).to_owned(), "a reason".to_owned()));
    let known = Known {
        server_decides: &server_decides
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>(),
        differs: &differs.collect(),
    };
    known.findings(&read(theirs), &read(ours))
}

#[test]
fn equal_texts_have_no_findings() {
    let text =
        r#"{"a": [1, {"b": null}], "c": {}, "d": [], "e": "x", "f": 1.5, "g": -1, "h": true}"#;
    assert_eq!(compare(text, text, &[], &[]), [""; 0]);
}

#[test]
fn each_difference_is_found() {
    let theirs = r#"{"id": 1, "rows": [{"name": "a"}], "list": []}"#;
    for (ours, finding) in [
        (
            r#"{"id": 2, "rows": [{"name": "a"}], "list": []}"#,
            "/id: the example has 1, the mock 2",
        ),
        (
            r#"{"id": "1", "rows": [{"name": "a"}], "list": []}"#,
            "/id: the example has 1, the mock \"1\"",
        ),
        (
            r#"{"rows": [{"name": "a"}], "list": []}"#,
            "/id: the example has 1, the mock nothing",
        ),
        (
            r#"{"id": 1, "rows": [{"name": "a"}], "list": null}"#,
            "/list: the example has [], the mock null",
        ),
        (
            r#"{"id": 1, "rows": [{"name": "a", "new": 1}], "list": []}"#,
            "/rows/0/new: the example has nothing, the mock 1",
        ),
        (
            r#"{"rows": [{"name": "a"}], "id": 1, "list": []}"#,
            "the keys of the mock are in the order /rows/0/name, /id, /list",
        ),
    ] {
        assert_eq!(compare(theirs, ours, &[], &[]), [finding], "{ours}");
    }
}

#[test]
fn a_value_that_the_server_decides_has_the_type_and_format_of_the_example() {
    let hex = "0123456789abcdef0123456789abcdef";
    let digest = format!("sha256:{hex}{hex}");
    for (theirs, ours, fits) in [
        ("1", "2", true),
        ("1", "1.5", false),
        ("1", "\"1\"", false),
        ("true", "false", false),
        ("\"abc\"", "\"xyz\"", true),
        ("\"abc\"", "\"\"", false),
        ("\"a b\"", "\"c d\"", true),
        ("\"a b\"", "\"c\"", false),
        (
            "\"2026-01-31T08:00:00Z\"",
            "\"2026-02-01T08:00:00.5Z\"",
            true,
        ),
        ("\"2026-01-31T08:00:00Z\"", "\"2026-02-01\"", false),
        (
            &format!("\"{hex}\""),
            &format!("\"{}\"", hex.replace('0', "f")),
            true,
        ),
        (&format!("\"{hex}\""), &format!("\"{hex}00\""), false),
        (
            &format!("\"{digest}\""),
            &format!("\"{digest}\"").replace('0', "f"),
            true,
        ),
        (&format!("\"{digest}\""), &format!("\"{hex}{hex}\""), false),
    ] {
        let findings = compare(theirs, ours, &[""], &[]);
        assert_eq!(findings.is_empty(), fits, "{theirs} {ours}");
    }
}

#[test]
fn a_known_difference_must_exist() {
    let (theirs, ours) = (
        r#"{"a": 1, "b": {"c": 1, "d": 2}}"#,
        r#"{"b": {"d": 3}, "a": 1}"#,
    );
    assert_eq!(compare(theirs, ours, &[], &["/b"]), [""; 0]);
    assert_eq!(
        compare(theirs, ours, &[], &["/a", "/b"]),
        ["/a: no longer differs; delete it from `differs`"]
    );
    assert_eq!(
        compare(theirs, theirs, &["/x"], &[]),
        ["/x: `server_decides` names no value of the example"]
    );
}
