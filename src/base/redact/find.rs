//! Finding the secrets in texts, JSON and requests.

use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::names::{SECRET_PARTS, is_secret, is_secret_text};
use super::{MIN_SEARCHED, Redacted, SECRET};
use crate::base::request::{Head, decode};

/// The name of a value is searched for within this many bytes before its separator.
const MAX_NAME: usize = 128;

/// The schemes of `Authorization` that stay visible.
const SCHEMES: [&str; 5] = [
    "Basic",
    "Bearer",
    "AWS4-HMAC-SHA256",
    "SDK-HMAC-SHA256",
    "V11-HMAC-SHA256",
];

/// The ranges of the secrets in a free text, in order. A secret follows `name=`, `name:`, `"name":` or `name::`,
/// follows a scheme of `Authorization`, or is between `user:` and `@` of a URL.
pub(super) fn secrets_in(text: &str) -> Vec<Range<usize>> {
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
            // A value that ends with a separator is also a name, as in `sk= token="..."`.
            let is_name = text[..secret.end].ends_with(['=', ':']);
            from = secret.end - usize::from(is_name);
            secrets.push(secret);
        }
    }
    secrets
}

/// Whether the character ends an unquoted value.
fn ends_value(c: char) -> bool {
    c.is_whitespace() || "&;,|\"'`<>(){}[]".contains(c)
}

/// The value after a separator, if the word before it is the name of a secret.
fn after_name(text: &str, separator: usize) -> Option<Range<usize>> {
    // The limit keeps the total cost linear in the number of separators.
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

/// The value after a scheme such as `Bearer `.
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

/// Splits an `Authorization` value into its scheme and the rest.
pub(super) fn scheme_of(value: &str) -> Option<(&'static str, &str)> {
    SCHEMES.iter().find_map(|scheme| {
        let (start, rest) = value.split_once(' ')?;
        start
            .eq_ignore_ascii_case(scheme)
            .then_some((*scheme, rest))
    })
}

/// The secrets of a request.
pub(super) fn secrets_of(head: &Head, body: &[u8]) -> Vec<String> {
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

/// Notes the secret values of a query or a form, as sent and decoded.
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

/// Replaces the secrets of a value and adds them to `found`. `inside` a secret value, every string and number is
/// secret.
pub(super) fn hide_secrets(value: &mut Value, inside: bool, found: &mut Vec<String>) {
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

/// Whether a whole value is secret, because of its key or of the value that contains it.
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

/// Whether a text that is neither JSON nor a form may contain a secret.
pub(super) fn may_hide_secrets(text: &str) -> bool {
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
