//! Guesses of what a client signed for each line of the canonical request.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::super::signature::{
    Authorization, SignedParts, UNSIGNED, canonical_paths, canonical_queries, encode, header_lines,
    hex, listed_headers, payload_hashes,
};
use crate::base::redact::Redacted;
use crate::base::request::{decode, pairs};

/// The highest total weight of the faults in one combination of guesses: two common faults, or one rare fault.
pub(super) const MAX_WEIGHT: usize = 2;
const COMMON: usize = 1;
/// A rare fault is not combined with other faults, because there are many rare faults.
const RARE: usize = 2;

/// A possible text of a line.
pub(super) struct Guess {
    pub(super) text: String,
    pub(super) weight: usize,
    /// The difference from the canonical line; `None` if it is valid.
    pub(super) fault: Option<String>,
}

/// All guesses for one line, the valid ones first.
pub(super) struct LineGuesses(pub(super) Vec<Guess>);

impl LineGuesses {
    fn valid(texts: Vec<String>) -> LineGuesses {
        let guess = |text| Guess {
            text,
            weight: 0,
            fault: None,
        };
        LineGuesses(texts.into_iter().map(guess).collect())
    }

    fn add(&mut self, weight: usize, text: String, fault: String) {
        if self.0.iter().all(|known| known.text != text) {
            self.0.push(Guess {
                text,
                weight,
                fault: Some(fault),
            });
        }
    }

    /// Adds a common fault: the text, and its difference from the most likely valid text.
    fn add_text(&mut self, what: &str, text: String, rule: &str) {
        let read = &self.0[0].text;
        let fault = differs(what, &text, read, rule);
        self.add(COMMON, text, fault);
    }
}

pub(super) fn method_line(method: &str) -> LineGuesses {
    let mut line = LineGuesses::valid(vec![method.to_owned()]);
    line.add_text("method", method.to_ascii_lowercase(), "it is in upper case");
    line
}

pub(super) fn path_line(path: &str) -> LineGuesses {
    const SLASH: &str = "a canonical path ends in a slash";
    const ENCODED: &str = "its segments are percent-encoded, except letters, digits and `-_.~`";
    const ONCE: &str = "its segments are percent-encoded once";

    let valid = canonical_paths(path);
    let mut line = LineGuesses::valid(valid.clone());
    for form in &valid {
        line.add_text("path", without_slash(form).to_owned(), SLASH);
    }
    let twice = valid.iter().map(|form| {
        let segments: Vec<String> = form.split('/').map(encode).collect();
        (segments.join("/"), ONCE)
    });
    let plain = [path.to_owned(), decode(path)].map(|text| (text, ENCODED));
    for (text, rule) in plain.into_iter().chain(twice) {
        let bare = without_slash(&text);
        line.add_text("path", format!("{bare}/"), rule);
        line.add_text("path", bare.to_owned(), &format!("{rule}, and {SLASH}"));
    }
    line
}

fn without_slash(path: &str) -> &str {
    path.strip_suffix('/').unwrap_or(path)
}

pub(super) fn query_line(query: &str) -> LineGuesses {
    const RULE: &str = "pairs are sorted, names and values percent-encoded, each with its `=`";

    let mut line = LineGuesses::valid(canonical_queries(query));
    let mut raw: Vec<&str> = query.split('&').collect();
    raw.sort_unstable();
    let mut plain: Vec<String> = pairs(query)
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let sent = plain.join("&");
    plain.sort_unstable();
    for text in [query.to_owned(), raw.join("&"), sent, plain.join("&")] {
        line.add_text("query", text, RULE);
    }
    for form in canonical_queries(query) {
        line.add_text("query", form.replace("%20", "+"), "a space is written %20");
    }
    let read = quote(&line.0[0].text, "");
    line.add(
        COMMON,
        String::new(),
        format!("the client left out the query, but the service expects `{read}`"),
    );
    line
}

/// Guesses for the lines of the headers, the empty line, and the line of their names.
pub(super) fn header_part(request: &SignedParts<'_>, authorization: &Authorization) -> LineGuesses {
    let headers = Headers {
        request,
        listed: &authorization.signed_headers,
        values: request
            .headers
            .iter()
            .rev()
            .map(|(name, value)| (&**name, value.trim()))
            .collect(),
    };
    let (lines, names) = (headers.lines(headers.listed), headers.listed.join(";"));
    let mut part = LineGuesses::valid(vec![format!("{lines}\n{names}")]);
    let fault = "the client signed no empty line between the headers and SignedHeaders";
    part.add(RARE, format!("{lines}{names}"), fault.to_owned());
    headers.add_values(&mut part);
    for other in headers.spellings() {
        let (other_lines, other_names) = (headers.lines(&other), other.join(";"));
        let rule = spelling_rule(&other, headers.listed);
        for (what, text) in [
            ("headers", format!("{other_lines}\n{other_names}")),
            ("header lines", format!("{other_lines}\n{names}")),
            ("SignedHeaders", format!("{lines}\n{other_names}")),
        ] {
            part.add(RARE, text, differs(what, &other_names, &names, rule));
        }
    }
    part
}

/// The signed headers.
struct Headers<'a> {
    request: &'a SignedParts<'a>,
    /// Their names in lower case, in the order of `SignedHeaders`.
    listed: &'a [String],
    /// The first value of each name, which is in lower case.
    values: BTreeMap<&'a str, &'a str>,
}

impl Headers<'_> {
    fn lines(&self, names: &[String]) -> String {
        header_lines(names, |name| self.value(name))
    }

    fn value(&self, name: &str) -> String {
        let value = self.values.get(&*name.to_ascii_lowercase());
        value.copied().unwrap_or_default().to_owned()
    }

    /// Adds guesses with other values of the same headers.
    fn add_values(&self, part: &mut LineGuesses) {
        let names = self.listed.join(";");
        let text = |value: &dyn Fn(&str) -> String| {
            format!("{}\n{names}", header_lines(self.listed, value))
        };
        let spaced = text(&|name| format!(" {}", self.value(name)));
        let fault = "the client signed a space after each header's colon";
        part.add(RARE, spaced, fault.to_owned());
        // Replaces the value of one header.
        let with = |other: &str, value: &str| {
            text(&|name| {
                if name == other {
                    value.to_owned()
                } else {
                    self.value(name)
                }
            })
        };
        let host = self.value("host");
        if let Some((bare, _)) = host.rsplit_once(':') {
            let fault = differs("Host", bare, &host, "it includes the port");
            part.add(COMMON, with("host", bare), fault);
        }
        let distinct: BTreeSet<&String> = self.listed.iter().collect();
        for padded in distinct {
            let value = self.value(padded);
            for value in [
                format!(" {value}"),
                format!("{value} "),
                format!(" {value} "),
            ] {
                let fault = format!(
                    "the client signed header `{padded}` with spaces around its value, which the service trims"
                );
                part.add(RARE, with(padded, &value), fault);
            }
        }
    }

    /// The names in other orders and other cases.
    fn spellings(&self) -> Vec<Vec<String>> {
        let authorization = self.request.header("authorization");
        let (_, parameters) = authorization
            .and_then(|text| text.split_once(' '))
            .unwrap_or_default();
        let written: Vec<String> = listed_headers(parameters).map(str::to_owned).collect();
        let (mut sorted, mut sent) = (written.clone(), written.clone());
        sorted.sort_by_key(|name| name.to_ascii_lowercase());
        let headers = self.request.headers.iter().map(|(name, _)| name);
        sent.sort_by_key(|name| {
            headers
                .clone()
                .position(|sent| name.eq_ignore_ascii_case(sent))
        });
        let cases = |names: Vec<String>| {
            let lower = names.iter().map(|name| name.to_ascii_lowercase()).collect();
            let title = names.iter().map(|name| title_case(name)).collect();
            [names, lower, title]
        };
        let spellings = [written, sorted, sent].into_iter().flat_map(cases);
        spellings.filter(|names| names != self.listed).collect()
    }
}

/// Capitalizes each word: `X-Sdk-Date`.
fn title_case(name: &str) -> String {
    let words = name.split('-').map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first
            .into_iter()
            .chain(letters.map(|letter| letter.to_ascii_lowercase()))
            .collect::<String>()
    });
    words.collect::<Vec<_>>().join("-")
}

fn spelling_rule(names: &[String], listed: &[String]) -> &'static str {
    let mut letters = names.iter().flat_map(|name| name.bytes());
    let is_lower = !letters.any(|letter| letter.is_ascii_uppercase());
    let mut pairs = names.iter().zip(listed);
    let is_in_order = pairs.all(|(name, listed)| name.eq_ignore_ascii_case(listed));
    match (is_lower, is_in_order) {
        (_, true) => "header names are in lower case",
        (true, false) => "header names are in the order in which Authorization lists them",
        (false, false) => {
            "header names are in lower case and in the order in which Authorization lists them"
        }
    }
}

pub(super) fn hash_line(request: &SignedParts<'_>) -> LineGuesses {
    let body = request.body;
    let (start, end) = body.split_at(body.len() - usize::from(body.ends_with(b"\n")));
    // The body can be long, so one pass computes all three hashes.
    let hash = Sha256::new_with_prefix(start);
    let without = hash.clone();
    let whole = hash.chain_update(end);
    let with = whole.clone().chain_update("\n");
    let [without, whole, with] = [without, whole, with].map(|hash| hex(&hash.finalize()));

    let mut line = LineGuesses::valid(payload_hashes(request, &whole));
    let mut add = |text: String, fault: &str| line.add(COMMON, text, fault.to_owned());
    add(
        whole,
        "the client signed the hash of the body, but the service expects the value of X-Sdk-Content-Sha256",
    );
    add(
        hex(&Sha256::digest(b"")),
        &format!(
            "the client signed an empty body, but sent {} bytes",
            body.len()
        ),
    );
    add(
        without,
        "the client signed another body: the one it sent, without the final line feed",
    );
    add(
        with,
        "the client signed another body: the one it sent, with one more line feed at the end",
    );
    add(
        UNSIGNED.to_owned(),
        "the client signed UNSIGNED-PAYLOAD in place of the hash of the body, but did not send it in \
         X-Sdk-Content-Sha256",
    );
    line
}

fn differs(what: &str, signed: &str, read: &str, rule: &str) -> String {
    format!(
        "the client signed the {what} `{}`, but the service expects `{}`: {rule}",
        quote(signed, read),
        quote(read, signed)
    )
}

/// The text without secrets. Of a long text, it is the part around the first difference from the other text.
fn quote(text: &str, other: &str) -> String {
    const MAX_QUOTED: usize = 100;
    let [text, other] = [text, other].map(|text| Redacted::text(text).to_string());
    let chars: Vec<char> = text.chars().collect();
    if chars.len() <= MAX_QUOTED {
        return text;
    }
    let same = chars
        .iter()
        .zip(other.chars())
        .take_while(|(one, two)| **one == *two)
        .count();
    let start = same
        .saturating_sub(MAX_QUOTED / 2)
        .min(chars.len() - MAX_QUOTED);
    let end = start + MAX_QUOTED;
    let part: String = chars[start..end].iter().collect();
    let before = if start > 0 { ".." } else { "" };
    let after = if end < chars.len() { ".." } else { "" };
    format!("{before}{part}{after}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn a_quote_is_short_and_shows_the_difference(
            same in "\\PC{0,150}",
            one in "[a-m]\\PC{0,150}",
            two in "[n-z]\\PC{0,150}",
        ) {
            let [one, two] = [one, two].map(|end| format!("{same}{end}"));
            let (first, second) = (quote(&one, &two), quote(&two, &one));
            prop_assert!(first.chars().count() <= 104 && second.chars().count() <= 104);
            prop_assert_ne!(first, second);
        }
    }
}
