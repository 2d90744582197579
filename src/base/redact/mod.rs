//! Hides secrets in all printed text.
//!
//! - [`names`]: the name of a header, parameter or key decides whether its value is secret
//! - [`find`]: free text is searched for these names
//!
//! A hint may repeat any part of its request. [`Redacted::of_request`] therefore replaces the secrets of the request
//! wherever they occur in the hint.

mod find;
mod names;

use std::fmt;

use serde_json::Value;

use crate::base::request::{Head, decode};

use find::{hide_secrets, may_hide_secrets, scheme_of, secrets_in, secrets_of};
use names::is_secret_text;

/// The maximum length of a line in characters.
const MAX_WIDTH: usize = 400;
/// The text that replaces a secret.
const SECRET: &str = "(secret)";
/// Shorter secrets are not searched for in hints, because they may be equal to an ordinary word.
const MIN_SEARCHED: usize = 6;

/// A text whose secrets are replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Redacted(String);

impl Redacted {
    /// The value of a header. The scheme of `Authorization` stays visible.
    pub(crate) fn header(name: &str, value: &str) -> Redacted {
        if !is_secret_text(name, value) {
            return Redacted::text(value);
        }
        Redacted(match scheme_of(value) {
            Some((scheme, _)) => format!("{scheme} {SECRET}"),
            None => SECRET.to_owned(),
        })
    }

    /// The value of a parameter of a query, a form or a path.
    pub(crate) fn parameter(name: &str, value: &str) -> Redacted {
        if is_secret_text(name, value) {
            Redacted(SECRET.to_owned())
        } else {
            Redacted::text(value)
        }
    }

    /// Path and query, percent-decoded, in one line.
    pub(crate) fn target(target: &str) -> Redacted {
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (target, None),
        };
        let mut line = Redacted::text(&decode(path)).0;
        if let Some(query) = query {
            line.push('?');
            line += &redacted_pairs(query);
        }
        Redacted(line.replace(char::is_control, "?"))
    }

    /// Path and query as they were sent. Only a secret is replaced, with the parameter or the path that contains it.
    pub(crate) fn sent_target(target: &str) -> Redacted {
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (target, None),
        };
        let or_shown = |sent: &str, shown: String| {
            if shown == decode(sent) {
                sent.to_owned()
            } else {
                shown
            }
        };
        let mut line = or_shown(path, Redacted::text(&decode(path)).0);
        if let Some(query) = query {
            let pairs = query
                .split('&')
                .map(|pair| or_shown(pair, redacted_pairs(pair)));
            line.push('?');
            line += &pairs.collect::<Vec<_>>().join("&");
        }
        Redacted(line)
    }

    /// A body as it was sent. It is changed only if it contains a secret.
    pub(crate) fn sent_body(body: &[u8]) -> Redacted {
        let sent = String::from_utf8_lossy(body);
        let plain = match serde_json::from_slice::<Value>(body) {
            Ok(value) => value.to_string(),
            Err(_) if is_form(&sent) => decode(&sent),
            Err(_) => sent.clone().into_owned(),
        };
        let shown = Redacted::whole_body(body);
        if shown.0 == plain {
            Redacted(sent.into_owned())
        } else {
            shown
        }
    }

    /// A body, in one line.
    pub(crate) fn body(body: &[u8]) -> Redacted {
        Redacted(shorten(&Redacted::whole_body(body).0))
    }

    fn whole_body(body: &[u8]) -> Redacted {
        match serde_json::from_slice::<Value>(body) {
            Ok(value) => Redacted::json(&value),
            Err(_) => {
                let text = String::from_utf8_lossy(body);
                Redacted(if is_form(&text) {
                    redacted_pairs(&text)
                } else if may_hide_secrets(&text) {
                    format!("({} bytes, perhaps secret)", body.len())
                } else {
                    text.into_owned()
                })
            }
        }
    }

    /// A JSON value.
    pub(crate) fn json(value: &Value) -> Redacted {
        Redacted(Redacted::value(value).to_string())
    }

    /// A JSON value, still as a value.
    pub(crate) fn value(value: &Value) -> Value {
        let mut value = value.clone();
        hide_secrets(&mut value, false, &mut Vec::new());
        value
    }

    /// The JSON value at this pointer of a body.
    pub(crate) fn json_at(pointer: &str, value: &Value) -> Redacted {
        let nest = |value, key: &&str| {
            let key = key.replace("~1", "/").replace("~0", "~");
            Value::Object([(key, value)].into_iter().collect())
        };
        let keys: Vec<&str> = pointer.split('/').skip(1).collect();
        let mut whole = keys.iter().rev().fold(value.clone(), nest);
        hide_secrets(&mut whole, false, &mut Vec::new());
        Redacted(whole.pointer(pointer).unwrap_or(&whole).to_string())
    }

    /// A text that a client or the author of a test wrote.
    pub(crate) fn text(text: &str) -> Redacted {
        let mut shown = String::with_capacity(text.len());
        let mut end = 0;
        for secret in secrets_in(text) {
            shown += &text[end..secret.start];
            shown += SECRET;
            end = secret.end;
        }
        shown += &text[end..];
        Redacted(shown)
    }

    /// A text of the mock about a request. The secrets of the request are replaced wherever they occur.
    pub(crate) fn of_request(text: &str, head: &Head, body: &[u8]) -> Redacted {
        let mut secrets = secrets_of(head, body);
        secrets.retain(|secret| secret.len() >= MIN_SEARCHED);
        Redacted::without(text, secrets)
    }

    /// A text about a JSON document. The secrets of the document are replaced wherever they occur.
    pub(crate) fn of_json(text: &str, mut document: Value) -> Redacted {
        let mut secrets = Vec::new();
        hide_secrets(&mut document, false, &mut secrets);
        Redacted::without(text, secrets)
    }

    fn without(text: &str, mut secrets: Vec<String>) -> Redacted {
        secrets.retain(|secret| !secret.is_empty());
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.dedup();
        let shown = secrets.iter().fold(text.to_owned(), |text, secret| {
            // JSON may escape characters of the secret.
            let written = Value::from(secret.as_str()).to_string();
            let text = replace_word(&text, &written[1..written.len() - 1]);
            replace_word(&text, secret)
        });
        Redacted(shown)
    }

    /// `expected .., sent ..`, for two values that differ. Redacted values are shown with their lengths.
    pub(crate) fn difference(
        quote: &str,
        wanted: (&str, Redacted),
        sent: (&str, Redacted),
    ) -> String {
        let describe = |(value, shown): &(&str, Redacted)| {
            let length = if *value == shown.0 {
                String::new()
            } else {
                format!(" of {} bytes", value.len())
            };
            format!("{quote}{shown}{quote}{length}")
        };
        let note = if wanted.1 == sent.1 {
            "; they differ"
        } else {
            ""
        };
        format!(
            "expected {}, sent {}{note}",
            describe(&wanted),
            describe(&sent)
        )
    }
}

impl fmt::Display for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The pairs of a query or a form, percent-decoded.
fn redacted_pairs(text: &str) -> String {
    let pairs = text.split('&').map(|pair| match pair.split_once('=') {
        Some((name, value)) => {
            let (name, value) = (decode(name), decode(value));
            format!("{name}={}", Redacted::parameter(&name, &value))
        }
        None => Redacted::text(&decode(pair)).0,
    });
    pairs.collect::<Vec<_>>().join("&")
}

/// Whether a body looks like `name=value&name=value`.
fn is_form(text: &str) -> bool {
    let is_of_form = |c: char| c.is_ascii_alphanumeric() || "-._~*%+=&[]@:/,!".contains(c);
    text.contains('=') && text.chars().all(is_of_form)
}

/// Replaces a secret, except where it is part of a longer word.
fn replace_word(text: &str, secret: &str) -> String {
    let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let mut shown = String::with_capacity(text.len());
    let mut end = 0;
    for (start, _) in text.match_indices(secret) {
        let after = start + secret.len();
        let is_whole_word =
            !is_word(text[..start].chars().next_back()) && !is_word(text[after..].chars().next());
        if is_whole_word && start >= end {
            shown += &text[end..start];
            shown += SECRET;
            end = after;
        }
    }
    shown + &text[end..]
}

/// Cuts a line to [`MAX_WIDTH`] characters.
pub(crate) fn shorten(line: &str) -> String {
    shorten_to(line, MAX_WIDTH)
}

/// Cuts a text to this number of characters.
pub(crate) fn shorten_to(text: &str, width: usize) -> String {
    match text.char_indices().nth(width) {
        Some((end, _)) => format!("{}..", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_secret_after_two_names_in_a_row_is_hidden() {
        for text in [
            "sk= token='S3CR3T'",
            "sk=token:\"S3CR3T\"",
            "token: password= 'S3CR3T'",
        ] {
            let shown = Redacted::text(text).to_string();
            assert!(!shown.contains("S3CR3T"), "{shown}");
        }
    }

    #[test]
    fn what_was_sent_is_changed_only_where_it_has_a_secret() {
        for (sent, shown) in [
            ("/v2/a%20b?name=a%2Fb", "/v2/a%20b?name=a%2Fb"),
            ("/v2?token=S&name=a%2Fb", "/v2?token=(secret)&name=a%2Fb"),
        ] {
            assert_eq!(Redacted::sent_target(sent).to_string(), shown);
        }
        for (sent, shown) in [
            ("{ \"b\": 1, \"a\": 2 }", "{ \"b\": 1, \"a\": 2 }"),
            ("{ \"password\": \"S\" }", "{\"password\":\"(secret)\"}"),
            ("name=a%20b", "name=a%20b"),
            ("name=a%20b&token=S", "name=a b&token=(secret)"),
            ("password: S", "(11 bytes, perhaps secret)"),
            ("text\r\n", "text\r\n"),
        ] {
            assert_eq!(Redacted::sent_body(sent.as_bytes()).to_string(), shown);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn any_text_is_read_and_secrets_of_it_are_hidden(
            before in "\\PC{0,20}|[a-z:= ]{0,20}",
            name in "token|X-Auth-Token|pass_word|a_secret",
            between in "=|:|: |::|\": \"|='|\\\\\": \\\\\"",
            after in "[&\"' ,;}]\\PC{0,20}|[&\"' ,;}][a-z:= ]{0,20}|",
        ) {
            let text = format!("{before} {name}{between}S3CR3T{after}");
            let shown = Redacted::text(&text).to_string();
            prop_assert!(!shown.contains("S3CR3T"), "{shown}");
        }

        #[test]
        fn any_bytes_are_shown_in_a_line_of_bounded_length(body in prop::collection::vec(any::<u8>(), 0..600)) {
            prop_assert!(Redacted::body(&body).to_string().chars().count() <= MAX_WIDTH + 2);
        }

        #[test]
        fn the_secrets_of_a_request_are_found_wherever_a_hint_repeats_them(
            secret in "[A-Za-z0-9+/]{6,20}", text in "\\PC{0,20}",
        ) {
            let target = format!("/?token={}", secret.replace('+', "%2B"));
            let request = http::Request::get(target).header("x-auth-token", format!("{secret}2"));
            let (parts, ()) = request.body(()).unwrap().into_parts();
            let hint = format!("{text} `{secret}` {text} `{secret}2`");
            let shown = Redacted::of_request(&hint, &Head::copy(&parts), b"").to_string();
            prop_assert!(!shown.contains(&format!("`{secret}")), "{shown}");
        }
    }
}
