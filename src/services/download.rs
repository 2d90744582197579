//! Responses with a blob or a range of it.

use std::ops::Range;
use std::sync::Arc;

use http::HeaderValue;
use http::header::{ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE};

use crate::base::blob::Blob;
use crate::base::refusal::{Denied, Refusal};
use crate::base::reply::{Outcome, Payload, text_header};
use crate::base::request::number;

/// A blob or a range of it, to be sent.
pub(crate) struct Download {
    blob: Arc<Blob>,
    status: u16,
    range: Range<u64>,
}

impl Download {
    /// The whole blob, or the range in the `Range` header.
    pub(crate) fn of(blob: &Arc<Blob>, range: Option<&str>) -> Result<Download, Denied> {
        let (status, range) = match range.map(|range| parse_range(range, blob.size)) {
            None | Some(RequestedRange::Whole) => (200, 0..blob.size),
            Some(RequestedRange::Part(range)) => (206, range),
            Some(RequestedRange::Invalid) => return Err(Refusal::RangeInvalid.into()),
        };
        Ok(Download {
            blob: Arc::clone(blob),
            status,
            range,
        })
    }

    /// The number of bytes to send.
    pub(crate) fn len(&self) -> u64 {
        self.range.end - self.range.start
    }

    /// The response; `describe` adds the headers that identify the content.
    pub(crate) fn outcome(self, describe: impl FnOnce(Outcome) -> Outcome) -> Outcome {
        let length = HeaderValue::from(self.len());
        let mut outcome = Outcome::empty().status(self.status);
        if self.status == 206 {
            let Range { start, end } = self.range;
            let text = format!("bytes {start}-{}/{}", end - 1, self.blob.size);
            outcome = outcome.header(CONTENT_RANGE, text_header(&text));
        }
        outcome.body = Payload::Blob(self.blob, self.range);
        describe(outcome)
            // Set here because hyper cannot derive the length from the body of a HEAD response for an empty blob.
            .header(CONTENT_LENGTH, length)
            .header(
                CONTENT_TYPE,
                HeaderValue::from_static("application/octet-stream"),
            )
            .header(ACCEPT_RANGES, HeaderValue::from_static("bytes"))
    }
}

/// The range in a `Range` header.
#[derive(Debug, PartialEq, Eq)]
enum RequestedRange {
    Whole,
    Part(Range<u64>),
    Invalid,
}

/// Parses a `Range` header. Several ranges, or another unit than bytes, select the whole blob, which HTTP allows.
/// Invalid ranges are refused, as in distribution.
fn parse_range(header: &str, size: u64) -> RequestedRange {
    let Some(ranges) = header.strip_prefix("bytes=") else {
        return RequestedRange::Whole;
    };
    let mut ranges = ranges.split(',').map(|range| one_range(range.trim(), size));
    match (ranges.next().flatten(), ranges.next()) {
        (None, _) => RequestedRange::Invalid,
        (Some(range), None) if range.is_empty() => RequestedRange::Invalid,
        (Some(range), None) => RequestedRange::Part(range),
        (Some(_), Some(second)) if second.is_none() || ranges.any(|range| range.is_none()) => {
            RequestedRange::Invalid
        }
        (Some(_), Some(_)) => RequestedRange::Whole,
    }
}

/// Parses `0-4`, `5-` or `-5`, limited to the size of the blob.
fn one_range(range: &str, size: u64) -> Option<Range<u64>> {
    let (first, last) = range.split_once('-')?;
    match (number::<u64>(first), number::<u64>(last)) {
        (Some(first), Some(last)) if first <= last => Some(first..last.saturating_add(1).min(size)),
        (Some(first), None) if last.is_empty() => Some(first..size),
        (None, Some(last)) if first.is_empty() => Some(size.saturating_sub(last)..size),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ranges_are_read_to_their_end() {
        for (header, expected) in [
            ("bytes=0-4", RequestedRange::Part(0..5)),
            ("bytes=5-", RequestedRange::Part(5..10)),
            ("bytes=-3", RequestedRange::Part(7..10)),
            ("bytes=8-99", RequestedRange::Part(8..10)),
            ("bytes= 0-0 ", RequestedRange::Part(0..1)),
            ("bytes=0-1,4-5", RequestedRange::Whole),
            ("lines=0-4", RequestedRange::Whole),
            ("bytes=10-", RequestedRange::Invalid),
            ("bytes=-0", RequestedRange::Invalid),
            ("bytes=4-0", RequestedRange::Invalid),
            ("bytes=+0-4", RequestedRange::Invalid),
            ("bytes=0-4x", RequestedRange::Invalid),
            ("bytes=0-4/10", RequestedRange::Invalid),
            ("bytes=0-1,x", RequestedRange::Invalid),
            ("bytes=-", RequestedRange::Invalid),
            ("bytes=", RequestedRange::Invalid),
        ] {
            assert_eq!(parse_range(header, 10), expected, "{header}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn a_range_is_within_the_content_or_refused(header in "bytes=[0-9+,x -]{0,9}", size in 0u64..20) {
            let is_written = header["bytes=".len()..].split(',').all(|range| {
                let (first, last) = range.trim().split_once('-').unwrap_or(("x", ""));
                let is_good = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
                is_good(first) && is_good(last) && !(first.is_empty() && last.is_empty())
            });
            match parse_range(&header, size) {
                RequestedRange::Part(range) => prop_assert!(is_written && range.start < range.end && range.end <= size),
                RequestedRange::Whole => prop_assert!(is_written && header.contains(',')),
                RequestedRange::Invalid => {}
            }
        }
    }
}
