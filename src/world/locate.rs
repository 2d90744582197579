//! Where a value stands in a JSON text.

/// The line and the column, both from 1, of the value at a path of keys and indexes of a text that is JSON; `of_key` asks
/// for the last key itself. If the path leads nowhere, it is the place up to which it leads.
pub(super) fn locate(text: &str, path: &[String], of_key: bool) -> (usize, usize) {
    let mut scanner = Scanner { text, at: 0 };
    scanner.skip_space();
    let mut place = scanner.at;
    for (depth, step) in path.iter().enumerate() {
        let Some(key) = scanner.enter(step) else {
            break;
        };
        let is_last = depth + 1 == path.len();
        place = if of_key && is_last { key } else { scanner.at };
    }
    let before = &text[..place];
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    (before.matches('\n').count() + 1, place - line_start + 1)
}

/// Walks a text that has been parsed as JSON.
struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl Scanner<'_> {
    /// From the beginning of an object or an array to that of one of its values; where its key stands.
    fn enter(&mut self, step: &str) -> Option<usize> {
        let is_object = match self.peek()? {
            b'{' => true,
            b'[' => false,
            _ => return None,
        };
        for index in 0.. {
            // The opening bracket, or the comma.
            self.at += 1;
            self.skip_space();
            if matches!(self.peek()?, b'}' | b']') {
                return None;
            }
            let key = self.at;
            let is_wanted = if is_object {
                self.skip_string();
                let sent = serde_json::from_str::<String>(&self.text[key..self.at]);
                self.skip_space();
                // The colon.
                self.at += 1;
                self.skip_space();
                sent.is_ok_and(|sent| sent == step)
            } else {
                step.parse() == Ok(index)
            };
            if is_wanted {
                return Some(key);
            }
            self.skip_value();
            self.skip_space();
        }
        None
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_while(&mut self, is_skipped: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&is_skipped) {
            self.at += 1;
        }
    }

    fn skip_space(&mut self) {
        self.skip_while(|byte| byte.is_ascii_whitespace());
    }

    fn skip_string(&mut self) {
        self.at += 1;
        loop {
            self.skip_while(|byte| byte != b'"' && byte != b'\\');
            match self.peek() {
                Some(b'\\') => self.at += 2,
                Some(_) => return self.at += 1,
                None => return,
            }
        }
    }

    fn skip_value(&mut self) {
        let mut depth = 0;
        loop {
            match self.peek() {
                Some(b'"') => self.skip_string(),
                Some(b'{' | b'[') => {
                    depth += 1;
                    self.at += 1;
                }
                Some(b'}' | b']') => {
                    depth -= 1;
                    self.at += 1;
                }
                Some(b',' | b':') => self.at += 1,
                Some(byte) if byte.is_ascii_whitespace() => self.at += 1,
                Some(_) => {
                    self.skip_while(|byte| !b",]}".contains(&byte) && !byte.is_ascii_whitespace())
                }
                None => return,
            }
            if depth == 0 {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn path(steps: &[&str]) -> Vec<String> {
        steps.iter().map(|step| (*step).to_owned()).collect()
    }

    #[test]
    fn a_value_and_its_key_are_found() {
        let text = "{\"a\": [1, {\"b]\\\"\": null}],\n  \"c\": {\"\\u0064\" : \"x\"} }";
        for (steps, of_key, place) in [
            (&[][..], false, (1, 1)),
            (&["a"], true, (1, 2)),
            (&["a"], false, (1, 7)),
            (&["a", "0"], false, (1, 8)),
            (&["a", "1"], false, (1, 11)),
            (&["a", "1", "b]\""], true, (1, 12)),
            (&["a", "1", "b]\""], false, (1, 20)),
            (&["c"], true, (2, 3)),
            (&["c", "d"], true, (2, 9)),
            (&["c", "d"], false, (2, 20)),
            (&["c", "absent"], false, (2, 8)),
        ] {
            assert_eq!(locate(text, &path(steps), of_key), place, "{steps:?}");
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "\\PC{0,6}|[\"\\\\\\[\\]{}:,]{0,4}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            let key = "\\PC{0,4}|[\"\\\\\\[\\]{}:,]{0,3}";
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map(key, inner, 0..5).prop_map(|map| json!(map)),
            ]
        })
    }

    /// Every path of a value.
    fn paths(value: &Value, path: &[String], all: &mut Vec<Vec<String>>) {
        all.push(path.to_vec());
        let inner: Vec<(String, &Value)> = match value {
            Value::Array(array) => array
                .iter()
                .enumerate()
                .map(|(i, value)| (i.to_string(), value))
                .collect(),
            Value::Object(object) => object
                .iter()
                .map(|(key, value)| (key.clone(), value))
                .collect(),
            _ => Vec::new(),
        };
        for (key, value) in inner {
            paths(value, &[path, &[key]].concat(), all);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn at_the_place_that_is_told_stands_the_value(value in any_json(), pretty: bool) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
            let text = text.unwrap();
            let mut all = Vec::new();
            paths(&value, &[], &mut all);
            for path in all {
                let (line, column) = locate(&text, &path, false);
                let start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
                let rest = &text[start + column - 1..];
                let found = serde_json::Deserializer::from_str(rest).into_iter::<Value>().next();
                let steps = path.iter().try_fold(&value, |value, step| match value {
                    Value::Array(array) => array.get(step.parse::<usize>().ok()?),
                    value => value.get(step),
                });
                prop_assert_eq!(&found.unwrap().unwrap(), steps.unwrap());
            }
        }
    }
}
