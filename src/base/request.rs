//! The head of a request, and the parsing of its parts.

use std::borrow::Cow;
use std::str::FromStr;

use http::header::{HeaderName, HeaderValue};
use http::request::Parts;
use http::{HeaderMap, Method};

/// The head of a request.
///
/// It is a copy, because the parsed head keeps the connection's read buffer allocated.
#[derive(Debug)]
pub(crate) struct Head {
    method: Method,
    /// Path and query as they were sent.
    target: Box<str>,
    path_end: usize,
    /// For each header: the lengths of name and value, the name, and the value. A search skips the other headers by
    /// their lengths.
    headers: Box<[u8]>,
}

impl Head {
    pub(crate) fn copy(parts: &Parts) -> Head {
        let path = parts.uri.path();
        let target = match parts.uri.query() {
            Some(query) => [path, "?", query].concat().into(),
            None => path.into(),
        };
        let sizes = parts
            .headers
            .iter()
            .map(|(name, value)| LENGTHS + name.as_str().len() + value.len());
        let mut headers = Vec::with_capacity(sizes.sum());
        for (name, value) in &parts.headers {
            let name = name.as_str().as_bytes();
            // A name has less than 64 KiB. Hyper bounds the whole head.
            headers.extend_from_slice(&(name.len() as u16).to_ne_bytes());
            headers.extend_from_slice(&(value.len() as u32).to_ne_bytes());
            headers.extend_from_slice(name);
            headers.extend_from_slice(value.as_bytes());
        }
        Head {
            method: parts.method.clone(),
            target,
            path_end: path.len(),
            headers: headers.into_boxed_slice(),
        }
    }

    pub(crate) fn method(&self) -> &Method {
        &self.method
    }

    /// Its size in bytes.
    pub(crate) fn size(&self) -> usize {
        self.target.len() + self.headers.len()
    }

    /// The path as it was sent, still percent-encoded.
    pub(crate) fn path(&self) -> &str {
        self.target.get(..self.path_end).unwrap_or_default()
    }

    /// The query as it was sent, without its question mark.
    pub(crate) fn raw_query(&self) -> &str {
        self.target.get(self.path_end + 1..).unwrap_or_default()
    }

    /// Path and query as they were sent.
    pub(crate) fn target(&self) -> &str {
        &self.target
    }

    pub(crate) fn part(&self, (start, end): (u32, u32)) -> &str {
        let part = self.path().get(start as usize..end as usize);
        part.unwrap_or_default()
    }

    /// The headers in order, with the names in lower case.
    pub(crate) fn headers(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let pairs = self.raw_headers();
        pairs.filter_map(|(name, value)| Some((std::str::from_utf8(name).ok()?, value)))
    }

    /// The value of a header; `None` if it is not UTF-8.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.values(name).next()?).ok()
    }

    /// The value of a header; `None` if it was sent more than once or is not UTF-8.
    pub(crate) fn single_header(&self, name: &str) -> Option<&str> {
        let mut values = self.values(name);
        let value = values.next().filter(|_| values.next().is_none())?;
        std::str::from_utf8(value).ok()
    }

    fn values(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        let named = move |(known, value)| (known == name.as_bytes()).then_some(value);
        self.raw_headers().filter_map(named)
    }

    fn raw_headers(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let mut rest = &*self.headers;
        std::iter::from_fn(move || {
            let (name, after) = rest.split_first_chunk()?;
            let (value, after) = after.split_first_chunk()?;
            let (name, after) = after.split_at_checked(u16::from_ne_bytes(*name).into())?;
            let (value, after) = after.split_at_checked(u32::from_ne_bytes(*value) as usize)?;
            rest = after;
            Some((name, value))
        })
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
}

/// The size of the lengths of a header's name and value.
const LENGTHS: usize = size_of::<u16>() + size_of::<u32>();

/// The decoded pairs of a query string. `+` is a space, as clients of the service write it.
pub(crate) fn pairs(query: &str) -> impl Iterator<Item = (String, String)> {
    raw_pairs(query).map(|(name, value)| {
        (
            decode_form(name).into_owned(),
            decode_form(value).into_owned(),
        )
    })
}

/// The first value of a query parameter, decoded.
pub(crate) fn value_in(query: &str, name: &str) -> Option<String> {
    let mut pairs = raw_pairs(query);
    let (_, value) = pairs.find(|(key, _)| decode_form(key) == name)?;
    Some(decode_form(value).into_owned())
}

fn raw_pairs(query: &str) -> impl Iterator<Item = (&str, &str)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

fn decode_form(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|byte| matches!(byte, b'+' | b'%')) {
        decode(&text.replace('+', " ")).into()
    } else {
        text.into()
    }
}

/// Parses a number that consists only of digits. `str::parse` also accepts a sign.
pub(crate) fn number<N: FromStr>(text: &str) -> Option<N> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

/// Parses a hexadecimal number in lower case, the format that the mock writes.
pub(crate) fn hex_number(text: &str) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.bytes().try_fold(0_u64, |number, byte| {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            _ => return None,
        };
        Some(number.checked_mul(16)? | u64::from(digit))
    })
}

/// Percent-decodes a text. Bytes that are not UTF-8 become replacement characters.
pub(crate) fn decode(text: &str) -> String {
    percent_encoding::percent_decode_str(text)
        .decode_utf8_lossy()
        .into_owned()
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
