//! Uploads of blobs.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{HeaderName, LOCATION, RANGE};

use super::authorize;
use super::blobs::CONTENT_DIGEST;
use super::challenge::mount_source;
use crate::base::blob::Blob;
use crate::base::digest::{Algorithm, Digest};
use crate::base::digits::hex_32;
use crate::base::refusal::Denied;
use crate::base::refusal::Refusal;
use crate::base::reply::{Outcome, text_header};
use crate::base::request::{hex_number, number};
use crate::services::input::Input;
use crate::services::request::Request;
use crate::state::{ChunkRange, Received, RepoPath, Reservation, State};

const UPLOAD_ID: HeaderName = HeaderName::from_static("docker-upload-uuid");

/// POST: starts an upload, stores a blob from the body, or mounts a blob of another repository.
pub(crate) fn start(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let path = authorize(state, input)?;
    let caller = input.caller()?;
    if let Some(mount) = input.query_value("mount") {
        let digest = Digest::named(&mount)?;
        let from = mount_source(input.request);
        if state.mount(
            caller,
            input.registry_token,
            &path,
            &digest,
            from.as_deref(),
        )? {
            return Ok(created(input, &digest));
        }
    }
    let received = input.take_received();
    if input.query_value("digest").is_some() {
        let digest = state.finish_upload(caller, &path, None, received)?;
        return Ok(created(input, &digest));
    }
    let (number, size) = state.start_upload(&path, received)?;
    Ok(upload_status(input, number, size).status(202))
}

/// PATCH: appends a chunk.
pub(crate) fn append(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let (path, number) = find_upload(state, input)?;
    let size = state.append(&path, number, read_chunk(input)?)?;
    Ok(upload_status(input, number, size))
}

/// PUT: appends the last chunk, if there is one, and stores the blob under the digest that the client names.
pub(crate) fn finish(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let (path, number) = find_upload(state, input)?;
    let last = read_chunk(input)?;
    let digest = state.finish_upload(input.caller()?, &path, Some(number), last)?;
    Ok(created(input, &digest))
}

/// GET: shows how many bytes were received.
pub(crate) fn show(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let (path, number) = find_upload(state, input)?;
    let size = state.upload(&path, number)?.blob.size;
    Ok(upload_status(input, number, size))
}

/// DELETE: cancels the upload.
pub(crate) fn cancel(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let (path, number) = find_upload(state, input)?;
    state.cancel_upload(&path, number)?;
    Ok(Outcome::empty())
}

/// The upload in the path, if it exists. This is checked before the rest of the request.
fn find_upload<'a>(state: &State, input: &Input<'a>) -> Result<(RepoPath<'a>, u64), Denied> {
    let path = authorize(state, input)?;
    let number = upload_number(&input.param("upload")).ok_or(Refusal::UploadUnknown)?;
    state.upload(&path, number)?;
    Ok((path, number))
}

/// The received chunk, with the client's `Content-Range`.
fn read_chunk(input: &Input<'_>) -> Result<Received, Denied> {
    let range = input.header("content-range").map(read_range).transpose();
    Ok(Received {
        range: range.map_err(|hint| Denied::from(Refusal::UploadRange).hint(hint))?,
        ..input.take_received()
    })
}

/// Parses a `Content-Range`, with or without the unit and the total size.
fn read_range(header: &str) -> Result<ChunkRange, String> {
    let range = header.strip_prefix("bytes ").unwrap_or(header);
    let (range, total) = match range.split_once('/') {
        Some((range, "*")) => (range, None),
        Some((range, total)) => (range, Some(total)),
        None => (range, None),
    };
    let ends = range.split_once('-');
    let ends = ends.and_then(|(first, last)| Some((number::<u64>(first)?, number::<u64>(last)?)));
    let total = total.map(number::<u64>);
    let (Some((first, last)), false) = (ends, total == Some(None)) else {
        return Err(format!(
            "Content-Range `{header}` is not a range: expected a form such as `0-99` or `bytes 0-99/1000`"
        ));
    };
    Ok(ChunkRange {
        text: header.to_owned(),
        first,
        last,
        total: total.flatten(),
    })
}

/// Parses the number of an upload at the end of its path: 32 hex digits.
pub(crate) fn upload_number(text: &str) -> Option<u64> {
    hex_number(text).filter(|_| text.len() == 32)
}

fn upload_status(input: &Input<'_>, number: u64, size: u64) -> Outcome {
    let number = hex_32(number);
    let number = std::str::from_utf8(&number).unwrap_or_default();
    let location = ["/v2/", &input.param("name"), "/blobs/uploads/", number].concat();
    Outcome::empty()
        .header(LOCATION, text_header(&location))
        // An empty upload also gets `0-0`, because clients cannot parse `0--1`.
        .header(RANGE, text_header(&format!("0-{}", size.saturating_sub(1))))
        .header(UPLOAD_ID, text_header(number))
}

fn created(input: &Input<'_>, digest: &Digest) -> Outcome {
    let location = ["/v2/", &input.param("name"), "/blobs/", digest.as_str()].concat();
    Outcome::empty()
        .status(201)
        .header(LOCATION, text_header(&location))
        .header(CONTENT_DIGEST, text_header(digest.as_str()))
}

/// The content of an upload while it is being received.
#[derive(Debug)]
pub(crate) struct Receiving {
    pub(crate) received: Received,
}

/// Starts to receive the content of a request.
pub(crate) fn receive(state: &State, request: &Request) -> Receiving {
    let number = request.param("upload");
    let number = number.and_then(|text| upload_number(&text));
    let path = request.registry_name();
    let path = path.and_then(|name| state.path(request.origin.registry, name).ok());
    let begun = number.and_then(|number| state.upload(&path?, number).ok());
    let mut received = Received {
        named: request.query_value("digest"),
        reservation: state.reserve_content(),
        ..Received::default()
    };
    if let Some(upload) = begun {
        received.hasher = upload.hasher.clone();
        received.upload = Some(Arc::clone(upload));
    }
    Receiving { received }
}

impl Receiving {
    /// Reserves space for a piece. If the limit is exceeded, it drops the content and returns `false`.
    pub(crate) fn has_room_for(&mut self, piece: &Bytes) -> bool {
        let has_room = self.received.reservation.try_reserve(piece.len() as u64);
        if !has_room {
            self.received.blob = Blob::default();
            self.received.reservation = Reservation::default();
        }
        has_room
    }

    /// Appends a piece. The caller hashes it.
    pub(crate) fn push(&mut self, piece: Bytes) {
        self.received.blob.push(piece);
    }

    /// The algorithm of the digest that the client names, if it names one.
    pub(crate) fn algorithm(&self) -> Option<Algorithm> {
        let named = Digest::parse(self.received.named.as_deref()?);
        named.ok().map(|named| named.algorithm())
    }

    /// The whole content of the upload, including earlier chunks.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = &Bytes> {
        let upload = self.received.upload.iter();
        let chunks = upload.flat_map(|upload| &upload.blob.chunks);
        chunks.chain(&self.received.blob.chunks)
    }

    /// Finishes receiving. `real` is the digest of the whole content, if the client names a digest.
    pub(crate) fn finish(mut self, real: Option<Digest>) -> Received {
        self.received.blob.compact();
        self.received.real = real;
        self.received
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_content_range_is_parsed_completely() {
        for (good, total) in [
            ("4-8", None),
            ("bytes 4-8", None),
            ("bytes 4-8/9", Some(9)),
            ("bytes 4-8/*", None),
            ("4-8/8", Some(8)),
        ] {
            let text = good.to_owned();
            let (first, last) = (4, 8);
            let expected = ChunkRange {
                text,
                first,
                last,
                total,
            };
            assert_eq!(read_range(good), Ok(expected), "{good}");
        }
        for bad in [
            "",
            "4",
            "4-",
            "-8",
            "4-8x",
            "x4-8",
            "+4-8",
            "4-+8",
            "4-8-9",
            "4-8/",
            "4-8/x",
            "bytes=4-8",
            "bytes bytes 4-8",
            "4 - 8",
        ] {
            assert!(read_range(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn an_accepted_content_range_matches_the_content(
            header in "(bytes )?[0-9]{1,2}-[0-9]{1,2}(/[0-9*]{1,2})?|[0-9/* -]{0,8}", size in 0u64..30, sent in 0u64..30,
        ) {
            if read_range(&header).and_then(|range| range.check(size, sent)).is_ok() {
                let range = header.strip_prefix("bytes ").unwrap_or(&header);
                let range = range.split('/').next().unwrap();
                prop_assert_eq!(range, format!("{:0a$}-{:0b$}", size, size + sent - 1,
                    a = range.find('-').unwrap(), b = range.len() - range.find('-').unwrap() - 1));
            }
        }

        #[test]
        fn a_written_upload_number_parses_to_the_same_number(text in "[0-9a-fA-F+]{30,34}", number in any::<u64>()) {
            if let Some(number) = upload_number(&text) {
                prop_assert_eq!(format!("{number:032x}"), text);
            }
            prop_assert_eq!(upload_number(&format!("{number:032x}")), Some(number));
        }
    }
}
