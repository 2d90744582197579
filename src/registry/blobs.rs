//! Blobs.

use std::ops::Range;
use std::sync::Arc;

use http::HeaderValue;
use http::header::{ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderName};

use super::{admit, digest, images};
use crate::http::{Denied, Outcome, Payload, text_header};
use crate::input::Input;
use crate::state::{Digest, Refusal, State};

pub(crate) const CONTENT_DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");

/// GET and HEAD: whole, or a range of it.
pub(crate) fn get(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let place = admit(state, input)?;
    let digest = digest(&input.param("digest"))?;
    let images = images(state, &place, Refusal::BlobUnknown)?;
    let blob = state
        .store()
        .get(digest.as_str())
        .filter(|_| images.has_blob(digest.as_str()));
    let blob = Arc::clone(blob.ok_or_else(|| state.no_blob(&place, digest.as_str()))?);
    if is_known(input, &digest) {
        return Ok(describe(Outcome::gone().status(304), &digest));
    }
    let (status, range) = match input
        .header("range")
        .map(|range| parse_range(range, blob.size))
    {
        None | Some(Asked::Whole) => (200, 0..blob.size),
        Some(Asked::Part(range)) => (206, range),
        Some(Asked::Nothing) => return Err(Refusal::RangeInvalid.into()),
    };
    let size = blob.size;
    if input.record.head.method() == http::Method::GET {
        state.count_downflow(&place.namespace, range.end - range.start);
    }
    let mut outcome = Outcome::gone().status(status);
    if status == 206 {
        let text = format!("bytes {}-{}/{size}", range.start, range.end - 1);
        outcome = outcome.header(CONTENT_RANGE, text_header(&text));
    }
    let length = HeaderValue::from(range.end - range.start);
    outcome.body = Payload::Blob(blob, range);
    Ok(describe(outcome, &digest)
        // Nobody else can say it of an empty blob to a HEAD.
        .header(CONTENT_LENGTH, length)
        .header(
            CONTENT_TYPE,
            HeaderValue::from_static("application/octet-stream"),
        )
        .header(ACCEPT_RANGES, HeaderValue::from_static("bytes")))
}

/// With what identifies the content.
pub(super) fn describe(outcome: Outcome, digest: &Digest) -> Outcome {
    outcome
        .header(CONTENT_DIGEST, text_header(digest.as_str()))
        .header(ETAG, text_header(&["\"", digest.as_str(), "\""].concat()))
}

/// Whether the client says that it has the content.
pub(super) fn is_known(input: &Input<'_>, digest: &Digest) -> bool {
    input.header("if-none-match").is_some_and(|tags| {
        tags.split(',').any(|tag| {
            let tag = tag.trim().trim_start_matches("W/").trim_matches('"');
            tag == digest.as_str() || tag == "*"
        })
    })
}

/// What a `Range` header asks for.
enum Asked {
    Whole,
    Part(Range<u64>),
    Nothing,
}

/// One range of bytes; several, or another unit, are as none at all, which HTTP allows.
fn parse_range(header: &str, size: u64) -> Asked {
    let Some(range) = header
        .strip_prefix("bytes=")
        .filter(|range| !range.contains(','))
    else {
        return Asked::Whole;
    };
    let Some((first, last)) = range.trim().split_once('-') else {
        return Asked::Whole;
    };
    let range = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => first..last.saturating_add(1).min(size),
        (Ok(first), Err(_)) if last.is_empty() => first..size,
        (Err(_), Ok(last)) if first.is_empty() => size.saturating_sub(last)..size,
        (Ok(_), Ok(_)) => return Asked::Nothing,
        _ => return Asked::Whole,
    };
    if range.is_empty() {
        Asked::Nothing
    } else {
        Asked::Part(range)
    }
}

pub(crate) fn delete(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let place = admit(state, input)?;
    let digest = digest(&input.param("digest"))?;
    state.delete_blob(&place, &digest)?;
    Ok(Outcome::gone())
}
