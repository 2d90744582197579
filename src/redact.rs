//! Hides secrets in everything that is printed.

use std::fmt;

use serde_json::Value;

/// The most characters of a line.
const MAX_WIDTH: usize = 400;

/// A text that hides a secret.
pub(crate) struct Redacted(String);

const SECRET_HEADERS: [&str; 7] = [
    "authorization",
    "cookie",
    "proxy-authorization",
    "set-cookie",
    "x-auth-token",
    "x-security-token",
    "x-subject-token",
];
const SECRET_KEYS: [&str; 5] = ["auth", "password", "secret", "securitytoken", "token"];

impl Redacted {
    /// A header's value; of `Authorization` the scheme is shown.
    pub(crate) fn header(name: &str, value: &str) -> Redacted {
        if !SECRET_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
            return Redacted(value.to_owned());
        }
        match value.split_once(' ') {
            Some((scheme, _)) if name.eq_ignore_ascii_case("authorization") => {
                Redacted(format!("{scheme} (secret)"))
            }
            _ => Redacted("(secret)".to_owned()),
        }
    }

    /// A body, in one line.
    pub(crate) fn body(body: &[u8]) -> Redacted {
        let text = match serde_json::from_slice::<Value>(body) {
            Ok(mut value) => {
                hide_secrets(&mut value);
                value.to_string()
            }
            Err(_) if may_hide_secrets(body) => format!("({} bytes, perhaps secret)", body.len()),
            Err(_) => String::from_utf8_lossy(body).into_owned(),
        };
        Redacted(shorten(&text))
    }
}

/// A form, or JSON that is broken, which names something secret.
fn may_hide_secrets(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body).to_ascii_lowercase();
    SECRET_KEYS.iter().any(|key| text.contains(key))
}

fn hide_secrets(value: &mut Value) {
    match value {
        Value::Object(object) => object.iter_mut().for_each(|(key, value)| {
            let is_secret = SECRET_KEYS.contains(&key.to_ascii_lowercase().as_str());
            match value {
                Value::String(text) if is_secret => *text = "(secret)".to_owned(),
                // {"token": {"id": ..}}
                Value::Object(inner) if is_secret && key.eq_ignore_ascii_case("token") => {
                    for hidden in inner.values_mut().filter(|value| value.is_string()) {
                        *hidden = Value::from("(secret)");
                    }
                }
                Value::Number(_) if is_secret => *value = Value::from("(secret)"),
                other => hide_secrets(other),
            }
        }),
        Value::Array(array) => array.iter_mut().for_each(hide_secrets),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

impl fmt::Display for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A line of at most so many characters.
pub(crate) fn shorten(line: &str) -> String {
    match line.char_indices().nth(MAX_WIDTH) {
        Some((end, _)) => format!("{}..", &line[..end]),
        None => line.to_owned(),
    }
}
