//! Requests and replies as plain values.

use std::collections::VecDeque;
use std::ops::Range;
use std::str::FromStr;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode};
use serde::Serialize;

use crate::state::Blob;
pub(crate) use crate::state::Denied;

/// The head of a request, copied into one slice: path and query, then one `name: value` a line.
///
/// The parsed head is not kept, since it pins the connection's read buffer.
#[derive(Debug)]
pub(crate) struct Head {
    method: Method,
    text: Box<[u8]>,
    path_end: u32,
    target_end: u32,
}

impl Head {
    pub(crate) fn copy(parts: &Parts) -> Head {
        let path = parts.uri.path();
        let query = parts.uri.query();
        let headers: usize = parts
            .headers
            .iter()
            .map(|(name, value)| name.as_str().len() + value.len() + 3)
            .sum();
        let mut text = Vec::with_capacity(path.len() + query.map_or(0, |q| q.len() + 1) + headers);
        text.extend_from_slice(path.as_bytes());
        let path_end = text.len() as u32;
        if let Some(query) = query {
            text.push(b'?');
            text.extend_from_slice(query.as_bytes());
        }
        let target_end = text.len() as u32;
        for (name, value) in &parts.headers {
            text.extend_from_slice(name.as_str().as_bytes());
            text.extend_from_slice(b": ");
            text.extend_from_slice(value.as_bytes());
            text.push(b'\n');
        }
        Head {
            method: parts.method.clone(),
            text: text.into_boxed_slice(),
            path_end,
            target_end,
        }
    }

    pub(crate) fn method(&self) -> &Method {
        &self.method
    }

    /// How many bytes it takes.
    pub(crate) fn size(&self) -> usize {
        self.text.len()
    }

    /// The path as it was sent, percent-encoding and all.
    pub(crate) fn path(&self) -> &str {
        self.str(0, self.path_end)
    }

    /// The query as it was sent, without its question mark.
    pub(crate) fn raw_query(&self) -> &str {
        self.str((self.path_end + 1).min(self.target_end), self.target_end)
    }

    /// Path and query as they were sent.
    pub(crate) fn target(&self) -> &str {
        self.str(0, self.target_end)
    }

    pub(crate) fn part(&self, (start, end): (u32, u32)) -> &str {
        self.str(start, end.min(self.path_end))
    }

    /// Each header in turn; the name in lower case.
    pub(crate) fn headers(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.text[self.target_end as usize..]
            .split(|&byte| byte == b'\n')
            .filter_map(|line| {
                let colon = line.windows(2).position(|pair| pair == b": ")?;
                Some((
                    std::str::from_utf8(&line[..colon]).ok()?,
                    &line[colon + 2..],
                ))
            })
    }

    /// A header's value, where it is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.text[self.target_end as usize..].split(|&byte| byte == b'\n');
        let mut values =
            lines.filter_map(|line| line.strip_prefix(name.as_bytes())?.strip_prefix(b": "));
        std::str::from_utf8(values.next()?).ok()
    }

    pub(crate) fn header_map(&self) -> HeaderMap {
        self.headers()
            .filter_map(|(name, value)| {
                Some((
                    HeaderName::from_bytes(name.as_bytes()).ok()?,
                    HeaderValue::from_bytes(value).ok()?,
                ))
            })
            .collect()
    }

    fn str(&self, start: u32, end: u32) -> &str {
        // `http::Uri` admits bytes from 0x80 on in a path; whoever sends those gets an empty string here.
        std::str::from_utf8(&self.text[start as usize..end as usize]).unwrap_or_default()
    }
}

/// The pairs of a query string, decoded: `+` is a space, as the service's clients write it.
pub(crate) fn pairs(query: &str) -> impl Iterator<Item = (String, String)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode_form(name), decode_form(value))
        })
}

fn decode_form(text: &str) -> String {
    decode(&text.replace('+', " "))
}

/// A number of digits and nothing else: Rust's own reading takes a sign as well.
pub(crate) fn number<N: FromStr>(text: &str) -> Option<N> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

/// The same in hexadecimal, in lower case as the mock writes it.
pub(crate) fn hex_number(text: &str) -> Option<u64> {
    let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let is_number = !text.is_empty() && text.bytes().all(is_hex);
    u64::from_str_radix(text, 16).ok().filter(|_| is_number)
}

/// Percent-decoded; bytes that are not UTF-8 become replacement characters.
pub(crate) fn decode(text: &str) -> String {
    percent_encoding::percent_decode_str(text)
        .decode_utf8_lossy()
        .into_owned()
}

/// The body of an answer.
#[derive(Debug, Clone)]
pub(crate) enum Payload {
    Bytes(Bytes),
    /// A part of a blob, served from where it lies.
    Blob(Arc<Blob>, Range<u64>),
}

impl Payload {
    pub(crate) fn len(&self) -> u64 {
        match self {
            Payload::Bytes(bytes) => bytes.len() as u64,
            Payload::Blob(_, range) => range.end - range.start,
        }
    }

    /// Each piece in turn.
    pub(crate) fn pieces(&self) -> VecDeque<Bytes> {
        let (blob, range) = match self {
            Payload::Bytes(bytes) if bytes.is_empty() => return VecDeque::new(),
            Payload::Bytes(bytes) => return [bytes.clone()].into(),
            Payload::Blob(blob, range) => (blob, range),
        };
        let mut start = 0;
        let mut pieces = VecDeque::new();
        for chunk in &blob.chunks {
            let end = start + chunk.len() as u64;
            let (from, to) = (range.start.clamp(start, end), range.end.clamp(start, end));
            if from < to {
                pieces.push_back(chunk.slice((from - start) as usize..(to - start) as usize));
            }
            start = end;
        }
        pieces
    }

    /// In one piece, which copies what is not.
    pub(crate) fn into_bytes(self) -> Bytes {
        match self {
            Payload::Bytes(bytes) => bytes,
            blob @ Payload::Blob(..) => {
                let pieces: Vec<Bytes> = blob.pieces().into();
                pieces.concat().into()
            }
        }
    }
}

impl From<Bytes> for Payload {
    fn from(bytes: Bytes) -> Payload {
        Payload::Bytes(bytes)
    }
}

/// What a handler answers: a body, headers beyond the usual ones, and a status where it differs from the row's.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) status: Option<u16>,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Payload,
    /// What the test's author may want to know of a success, such as what an empty list is for want of. It goes into
    /// the journal and the reports, not into the response.
    pub(crate) hint: Option<String>,
}

impl Outcome {
    fn of(body: Bytes) -> Outcome {
        Outcome {
            status: None,
            headers: Vec::new(),
            body: body.into(),
            hint: None,
        }
    }

    pub(crate) fn hint(mut self, hint: Option<String>) -> Outcome {
        self.hint = hint;
        self
    }

    pub(crate) fn json(view: &impl Serialize) -> Outcome {
        // Most answers are smaller, so that their memory is asked for once.
        let mut body = Vec::with_capacity(1024);
        // Views are structs of strings and numbers, and memory takes all: this does not fail.
        let _ = serde_json::to_writer(&mut body, view);
        Outcome::of(body.into())
    }

    /// `{}`: what writes answer.
    pub(crate) fn done() -> Outcome {
        Outcome::of(Bytes::from_static(b"{}"))
    }

    /// No body at all: what deletes answer.
    pub(crate) fn gone() -> Outcome {
        Outcome::of(Bytes::new())
    }

    pub(crate) fn status(mut self, status: u16) -> Outcome {
        self.status = Some(status);
        self
    }

    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Outcome {
        self.headers.push((name, value));
        self
    }
}

/// A header's value of text that is lawful there: names and digests that were parsed.
pub(crate) fn text_header(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""))
}

/// An answer as it will be written.
pub(crate) type Reply = http::Response<Payload>;

pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// A reply with a JSON body; an empty body has no type.
pub(crate) fn reply(status: u16, body: impl Into<Payload>) -> Reply {
    let body = body.into();
    let is_json = matches!(&body, Payload::Bytes(bytes) if !bytes.is_empty());
    let mut reply = Reply::new(body);
    *reply.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if is_json {
        reply.headers_mut().insert(CONTENT_TYPE, JSON);
    }
    reply
}
#[cfg(test)]
mod tests {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn a_number_is_digits_or_nothing(text in "[+-]?[0-9]{0,20}|[ -~]{0,6}") {
            let is_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            prop_assert_eq!(number::<u128>(&text).is_some(), is_digits);
        }

        #[test]
        fn a_hexadecimal_number_is_read_as_it_was_written(text in "[+]?[0-9a-fA-F]{0,17}", wanted in any::<u64>()) {
            if let Some(number) = hex_number(&text) {
                prop_assert_eq!(format!("{number:0width$x}", width = text.len()), text);
            }
            prop_assert_eq!(hex_number(&format!("{wanted:x}")), Some(wanted));
        }

        #[test]
        fn query_pairs_read_as_they_were_written(
            sent in proptest::collection::vec((any::<String>(), any::<String>()), 0..5),
            space in proptest::sample::select(&["+", "%20"][..]),
        ) {
            let encode = |text: &str| {
                utf8_percent_encode(text, NON_ALPHANUMERIC).to_string().replace("%20", space)
            };
            let query: Vec<String> = sent
                .iter()
                .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
                .collect();
            prop_assert_eq!(pairs(&query.join("&")).collect::<Vec<_>>(), sent);
        }

        #[test]
        fn any_query_is_read(query in any::<String>()) {
            prop_assert!(pairs(&query).count() <= query.split('&').count());
        }

        #[test]
        fn a_copied_head_gives_back_target_and_headers(
            path in "/[a-z%$/]{0,20}",
            query in proptest::option::of("[a-z=&:|%?]{0,20}"),
            headers in proptest::collection::vec(("x-[a-z-]{1,8}", "[ -~]{0,20}"), 0..5),
        ) {
            let target = query.as_ref().map_or(path.clone(), |query| format!("{path}?{query}"));
            let mut request = http::Request::get(&target);
            for (name, value) in &headers {
                request = request.header(name, value);
            }
            let (parts, ()) = request.body(()).unwrap().into_parts();

            let head = Head::copy(&parts);

            prop_assert_eq!((head.path(), head.target()), (&*path, &*target));
            prop_assert_eq!(head.raw_query(), query.unwrap_or_default());
            prop_assert_eq!(head.header_map(), parts.headers);
        }
    }
}
