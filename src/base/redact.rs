//! Hides secrets in everything that is printed.
//!
//! A value is secret because of the name it is sent under ([`is_secret`]), in a header, a query, a form or JSON. Texts
//! that a client or a test's author wrote freely are searched for such names ([`secrets_in`]). A hint may repeat any part
//! of a request, so the secrets of its request are replaced in it wherever they occur ([`Redacted::of_request`]).

use std::fmt;
use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::base::request::{Head, decode};

/// The most characters of a line.
const MAX_WIDTH: usize = 400;
/// What is printed in place of a secret.
const SECRET: &str = "(secret)";
/// A secret shorter than this is not searched for in hints: it may be any word.
const MIN_SEARCHED: usize = 6;
/// How far before a separator the name of its value is looked for.
const MAX_NAME: usize = 128;

/// A text in which secrets are replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Redacted(String);

/// What a name contains that holds a secret, in lower case and without punctuation.
const SECRET_PARTS: [&str; 4] = ["password", "passwd", "passphrase", "passcode"];
/// How such a name ends.
const SECRET_ENDS: [&str; 14] = [
    "accesskeysecret",
    "apikey",
    "assertion",
    "authorization",
    "cookie",
    "jwt",
    "privatekey",
    "pwd",
    "registryauth",
    "secret",
    "secretaccesskey",
    "secretkey",
    "signature",
    "token",
];
/// Names that hold a secret if nothing stands before or after them.
const SECRET_NAMES: [&str; 2] = ["auth", "sk"];

/// The schemes of `Authorization` that are printed.
const SCHEMES: [&str; 5] = [
    "Basic",
    "Bearer",
    "AWS4-HMAC-SHA256",
    "SDK-HMAC-SHA256",
    "V11-HMAC-SHA256",
];

/// Whether a header, a parameter or a key of this name holds a secret.
fn is_secret(name: &str) -> bool {
    let bare: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    SECRET_NAMES.contains(&&*bare)
        || SECRET_PARTS.iter().any(|part| bare.contains(part))
        || SECRET_ENDS.iter().any(|end| bare.ends_with(end))
}

/// Whether this value of a header, a parameter or a key is secret. `auth` is also the number of a permission.
fn is_secret_text(name: &str, value: &str) -> bool {
    let is_level = || value.len() <= 3 && value.bytes().all(|byte| byte.is_ascii_digit());
    is_secret(name) && !(name.eq_ignore_ascii_case("auth") && is_level())
}

impl Redacted {
    /// A header's value; of `Authorization` the scheme is shown.
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

    /// Path and query, decoded for reading, in one line.
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

    /// A body, in one line.
    pub(crate) fn body(body: &[u8]) -> Redacted {
        let text = match serde_json::from_slice::<Value>(body) {
            Ok(value) => Redacted::json(&value).0,
            Err(_) => {
                let text = String::from_utf8_lossy(body);
                if is_form(&text) {
                    redacted_pairs(&text)
                } else if may_hide_secrets(&text) {
                    format!("({} bytes, perhaps secret)", body.len())
                } else {
                    text.into_owned()
                }
            }
        };
        Redacted(shorten(&text))
    }

    /// A JSON value.
    pub(crate) fn json(value: &Value) -> Redacted {
        let mut value = value.clone();
        hide_secrets(&mut value, false, &mut Vec::new());
        Redacted(value.to_string())
    }

    /// A JSON value that stands at this pointer of a body.
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

    /// A text that a client or an author wrote.
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

    /// A text of the mock's own about a request: what is secret in the request is replaced wherever it occurs.
    pub(crate) fn of_request(text: &str, head: &Head, body: &[u8]) -> Redacted {
        let mut secrets = secrets_of(head, body);
        secrets.retain(|secret| secret.len() >= MIN_SEARCHED);
        Redacted::without(text, secrets)
    }

    /// A text about a JSON document, which may repeat a secret of it.
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
            // In JSON a secret may be written otherwise than it was sent.
            let written = Value::from(secret.as_str()).to_string();
            let text = replace_word(&text, &written[1..written.len() - 1]);
            replace_word(&text, secret)
        });
        Redacted(shown)
    }

    /// `expected .., sent ..`, of two values that differ: where secrets are hidden, with the lengths of the values.
    pub(crate) fn difference(
        quote: &str,
        wanted: (&str, Redacted),
        sent: (&str, Redacted),
    ) -> String {
        let told = |(value, shown): &(&str, Redacted)| {
            let length = if *value == shown.0 {
                String::new()
            } else {
                format!(" of {} bytes", value.len())
            };
            format!("{quote}{shown}{quote}{length}")
        };
        let verdict = if wanted.1 == sent.1 {
            "; they differ"
        } else {
            ""
        };
        format!("expected {}, sent {}{verdict}", told(&wanted), told(&sent))
    }
}

impl fmt::Display for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The scheme of an `Authorization` and what follows it.
fn scheme_of(value: &str) -> Option<(&'static str, &str)> {
    SCHEMES.iter().find_map(|scheme| {
        let (start, rest) = value.split_once(' ')?;
        start
            .eq_ignore_ascii_case(scheme)
            .then_some((*scheme, rest))
    })
}

/// The pairs of a query or a form, decoded for reading.
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

/// Broken JSON, or whatever else, that names something secret.
fn may_hide_secrets(text: &str) -> bool {
    let text = decode(text).to_ascii_lowercase();
    let words = [
        "auth",
        "cookie",
        "jwt",
        "pwd",
        "secret",
        "signature",
        "token",
        "\\u",
    ];
    let mut words = words.into_iter().chain(SECRET_PARTS);
    words.any(|word| text.contains(word)) || !secrets_in(&text).is_empty()
}

/// Replaces the secrets of a value, and notes them; `inside` a secret every string and number is one.
fn hide_secrets(value: &mut Value, inside: bool, found: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            if inside {
                found.push(std::mem::replace(text, SECRET.to_owned()));
            } else {
                let secrets = secrets_in(text).into_iter();
                found.extend(secrets.map(|secret| text[secret].to_owned()));
                *text = Redacted::text(text).0;
            }
        }
        Value::Number(number) if inside => {
            found.push(number.to_string());
            *value = Value::from(SECRET);
        }
        Value::Array(array) => array
            .iter_mut()
            .for_each(|value| hide_secrets(value, inside, found)),
        Value::Object(object) => object.iter_mut().for_each(|(key, value)| {
            let inside = is_secret_value(key, value, inside);
            hide_secrets(value, inside, found);
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Whether all of a value is secret because of its key, or of what it stands in.
fn is_secret_value(key: &str, value: &Value, inside: bool) -> bool {
    match value {
        // `{"token": {"id": "..", "duration_seconds": 900}}`
        Value::Number(_) if key.ends_with("_seconds") => false,
        _ if inside => true,
        Value::String(text) => is_secret_text(key, text),
        // IAM's `{"auth": {"identity": ..}}` and `{"password": {"user": {"name": .., "password": ..}}}`.
        _ if key.eq_ignore_ascii_case("auth") => false,
        Value::Object(object) if object.contains_key("user") => false,
        _ => is_secret(key),
    }
}

/// Where the secrets of a free text stand, in order: after `name=`, `name:`, `"name":` and `name::`, after a scheme of
/// `Authorization`, and between `user:` and `@` of a URL.
fn secrets_in(text: &str) -> Vec<Range<usize>> {
    let mut secrets = Vec::new();
    let mut from = 0;
    while let Some(place) = text[from..].find(['=', ':', ' ']) {
        let place = from + place;
        let secret = match &text[place..=place] {
            " " => after_scheme(text, from, place),
            ":" if text[place..].starts_with("://") => in_user_info(text, place + 3),
            _ => after_name(text, place),
        };
        from = place + 1;
        if let Some(secret) = secret.filter(|secret| !secret.is_empty()) {
            // A value that ends in a separator is a name as well, as in `sk= token="..."`.
            let is_name = text[..secret.end].ends_with(['=', ':']);
            from = secret.end - usize::from(is_name);
            secrets.push(secret);
        }
    }
    secrets
}

/// What ends a value that has no quotes.
fn ends_value(c: char) -> bool {
    c.is_whitespace() || "&;,|\"'`<>(){}[]".contains(c)
}

/// The value after a separator, if what stands before that is the name of a secret.
fn after_name(text: &str, separator: usize) -> Option<Range<usize>> {
    // So that the cost of all separators together stays linear.
    let mut starts = separator.saturating_sub(MAX_NAME)..separator;
    let window = starts.find(|&start| text.is_char_boundary(start))?;
    let before = text[window..separator].trim_end_matches(['"', '\'', '`', '\\', ' ', ':']);
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || "-_.%$".contains(c);
    let name = before.rsplit(|c| !is_of_name(c)).next()?;
    let name = decode(name);
    if !is_secret(&name) {
        return None;
    }
    let rest = text[separator + 1..].trim_start_matches([':', ' ', '\\']);
    let (quote, rest) = match rest.chars().next() {
        Some(quote @ ('"' | '\'' | '`')) => (Some(quote), &rest[1..]),
        _ => (None, rest),
    };
    let is_line = ["authorization", "cookie"]
        .iter()
        .any(|end| name.to_ascii_lowercase().ends_with(end));
    let length = match quote {
        Some(quote) => rest.find([quote, '\\']),
        None if is_line => rest.find(['\r', '\n']),
        None => rest.find(ends_value),
    };
    let start = text.len() - rest.len();
    let secret = start..start + length.unwrap_or(rest.len());
    is_secret_text(&name, &text[secret.clone()]).then_some(secret)
}

/// The value after `Bearer ` and the like.
fn after_scheme(text: &str, from: usize, space: usize) -> Option<Range<usize>> {
    let word = text[from..space].rsplit(ends_value).next()?;
    if !SCHEMES
        .iter()
        .any(|scheme| word.eq_ignore_ascii_case(scheme))
    {
        return None;
    }
    let start = space + 1;
    let value = text[start..].split(ends_value).next()?;
    let is_word = value.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_challenge = value.starts_with("realm=");
    (value.len() >= MIN_SEARCHED && !is_word && !is_challenge).then(|| start..start + value.len())
}

/// The password of `user:password@host`.
fn in_user_info(text: &str, start: usize) -> Option<Range<usize>> {
    let authority = text[start..]
        .split(|c: char| c.is_whitespace() || "/?#\"".contains(c))
        .next()?;
    let (user_info, _) = authority.rsplit_once('@')?;
    let (user, _) = user_info.split_once(':')?;
    Some(start + user.len() + 1..start + user_info.len())
}

/// The secrets of a request.
fn secrets_of(head: &Head, body: &[u8]) -> Vec<String> {
    let mut secrets = Vec::new();
    for (name, value) in head.headers() {
        note_header(name, &String::from_utf8_lossy(value), &mut secrets);
    }
    note_text(&decode(head.path()), &mut secrets);
    note_pairs(head.raw_query(), &mut secrets);
    match serde_json::from_slice::<Value>(body) {
        Ok(mut value) => hide_secrets(&mut value, false, &mut secrets),
        Err(_) => {
            let text = String::from_utf8_lossy(body);
            note_pairs(&text, &mut secrets);
            note_text(&text, &mut secrets);
        }
    }
    secrets
}

fn note_header(name: &str, value: &str, secrets: &mut Vec<String>) {
    if !is_secret_text(name, value) {
        return note_text(value, secrets);
    }
    secrets.push(value.to_owned());
    let Some((scheme, rest)) = scheme_of(value) else {
        // The values of cookies.
        let values = value.split(';').filter_map(|pair| pair.split_once('='));
        return secrets.extend(values.map(|(_, value)| value.trim().to_owned()));
    };
    secrets.push(rest.to_owned());
    if scheme == "Basic" {
        let login = STANDARD.decode(rest.trim()).unwrap_or_default();
        let login = String::from_utf8_lossy(&login);
        secrets.extend(login.split_once(':').map(|(_, key)| key.to_owned()));
    }
    note_text(rest, secrets);
}

/// The secret values of a query or a form, as they were sent and decoded.
fn note_pairs(text: &str, secrets: &mut Vec<String>) {
    for pair in text.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or(("", pair));
        if is_secret_text(&decode(name), value) {
            secrets.extend([
                value.to_owned(),
                decode(value),
                decode(&value.replace('+', " ")),
            ]);
        } else {
            note_text(&decode(value), secrets);
        }
    }
}

fn note_text(text: &str, secrets: &mut Vec<String>) {
    let found = secrets_in(text).into_iter();
    secrets.extend(found.map(|secret| text[secret].to_owned()));
}

/// Replaces a secret, but not where it is a part of a longer word.
fn replace_word(text: &str, secret: &str) -> String {
    let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let mut shown = String::with_capacity(text.len());
    let mut end = 0;
    for (start, _) in text.match_indices(secret) {
        let after = start + secret.len();
        let stands_alone =
            !is_word(text[..start].chars().next_back()) && !is_word(text[after..].chars().next());
        if stands_alone && start >= end {
            shown += &text[end..start];
            shown += SECRET;
            end = after;
        }
    }
    shown + &text[end..]
}

/// A line of at most so many characters.
pub(crate) fn shorten(line: &str) -> String {
    match line.char_indices().nth(MAX_WIDTH) {
        Some((end, _)) => format!("{}..", &line[..end]),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_name_says_of_its_value() {
        for name in [
            "password",
            "old_password",
            "X-Auth-Token",
            "adminPass-word",
            "SK",
            "secretAccessKey",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in [
            "",
            "name",
            "access_key",
            "user_id",
            "auths",
            "token_type",
            "x-amz-credential",
        ] {
            assert!(!is_secret(name), "{name}");
        }
    }

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
