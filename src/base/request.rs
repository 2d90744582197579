//! The head of a request, and the parsing of its parts.

use std::str::FromStr;

use http::header::{HeaderName, HeaderValue};
use http::request::Parts;
use http::{HeaderMap, Method};

/// The head of a request, copied into one slice: path and query, then one `name: value` per line.
///
/// The parsed head is not kept because it keeps the connection's read buffer allocated.
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

    /// Its size in bytes.
    pub(crate) fn size(&self) -> usize {
        self.text.len()
    }

    /// The path as it was sent, still percent-encoded.
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

    /// The headers in order, with the names in lower case.
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
        let lines = self.text[self.target_end as usize..].split(|&byte| byte == b'\n');
        lines.filter_map(move |line| line.strip_prefix(name.as_bytes())?.strip_prefix(b": "))
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
        // `http::Uri` accepts bytes from 0x80 in a path. If they are not UTF-8, the result is an empty string.
        std::str::from_utf8(&self.text[start as usize..end as usize]).unwrap_or_default()
    }
}

/// The decoded pairs of a query string. `+` is a space, as clients of the service write it.
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
