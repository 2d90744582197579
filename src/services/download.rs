//! A blob, or the range of it that a client asks for, as a response.

use std::ops::Range;
use std::sync::Arc;

use http::HeaderValue;
use http::header::{ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE};

use crate::base::blob::Blob;
use crate::base::refusal::{Denied, Refusal};
use crate::base::reply::{Outcome, Payload, text_header};
use crate::base::request::number;

/// What is sent of a blob.
pub(crate) struct Download {
    blob: Arc<Blob>,
    status: u16,
    range: Range<u64>,
}

impl Download {
    /// The blob, or what the `Range` header asks for.
    pub(crate) fn of(blob: &Arc<Blob>, range: Option<&str>) -> Result<Download, Denied> {
        let (status, range) = match range.map(|range| parse_range(range, blob.size)) {
            None | Some(Asked::Whole) => (200, 0..blob.size),
            Some(Asked::Part(range)) => (206, range),
            Some(Asked::Nothing) => return Err(Refusal::RangeInvalid.into()),
        };
        Ok(Download {
            blob: Arc::clone(blob),
            status,
            range,
        })
    }

    /// How many bytes it has.
    pub(crate) fn len(&self) -> u64 {
        self.range.end - self.range.start
    }

    /// The response; `describe` adds the headers that identify the content.
    pub(crate) fn outcome(self, describe: impl FnOnce(Outcome) -> Outcome) -> Outcome {
        let length = HeaderValue::from(self.len());
        let mut outcome = Outcome::gone().status(self.status);
        if self.status == 206 {
            let Range { start, end } = self.range;
            let text = format!("bytes {start}-{}/{}", end - 1, self.blob.size);
            outcome = outcome.header(CONTENT_RANGE, text_header(&text));
        }
        outcome.body = Payload::Blob(self.blob, self.range);
        describe(outcome)
            // Nobody else can say it of an empty blob to a HEAD.
            .header(CONTENT_LENGTH, length)
            .header(
                CONTENT_TYPE,
                HeaderValue::from_static("application/octet-stream"),
            )
            .header(ACCEPT_RANGES, HeaderValue::from_static("bytes"))
    }
}

/// What a `Range` header asks for.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    Whole,
    Part(Range<u64>),
    Nothing,
}

/// One range of bytes. Several, or another unit, are as none at all, which HTTP allows; what is no range is refused, as
/// distribution does.
fn parse_range(header: &str, size: u64) -> Asked {
    let Some(ranges) = header.strip_prefix("bytes=") else {
        return Asked::Whole;
    };
    let mut ranges = ranges.split(',').map(|range| one_range(range.trim(), size));
    match (ranges.next().flatten(), ranges.next()) {
        (None, _) => Asked::Nothing,
        (Some(range), None) if range.is_empty() => Asked::Nothing,
        (Some(range), None) => Asked::Part(range),
        (Some(_), Some(second)) if second.is_none() || ranges.any(|range| range.is_none()) => {
            Asked::Nothing
        }
        (Some(_), Some(_)) => Asked::Whole,
    }
}

/// `0-4`, `5-` or `-5`, as far as there are bytes.
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
            ("bytes=0-4", Asked::Part(0..5)),
            ("bytes=5-", Asked::Part(5..10)),
            ("bytes=-3", Asked::Part(7..10)),
            ("bytes=8-99", Asked::Part(8..10)),
            ("bytes= 0-0 ", Asked::Part(0..1)),
            ("bytes=0-1,4-5", Asked::Whole),
            ("lines=0-4", Asked::Whole),
            ("bytes=10-", Asked::Nothing),
            ("bytes=-0", Asked::Nothing),
            ("bytes=4-0", Asked::Nothing),
            ("bytes=+0-4", Asked::Nothing),
            ("bytes=0-4x", Asked::Nothing),
            ("bytes=0-4/10", Asked::Nothing),
            ("bytes=0-1,x", Asked::Nothing),
            ("bytes=-", Asked::Nothing),
            ("bytes=", Asked::Nothing),
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
                Asked::Part(range) => prop_assert!(is_written && range.start < range.end && range.end <= size),
                Asked::Whole => prop_assert!(is_written && header.contains(',')),
                Asked::Nothing => {}
            }
        }
    }
}
