//! What is sent back, as plain values.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use serde::Serialize;

use crate::base::blob::Blob;

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

impl From<Vec<u8>> for Payload {
    fn from(bytes: Vec<u8>) -> Payload {
        Payload::Bytes(bytes.into())
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
    /// Who the request is from, where only its body said so.
    pub(crate) signed_in: Option<Arc<str>>,
}

impl Outcome {
    fn of(body: Bytes) -> Outcome {
        Outcome {
            status: None,
            headers: Vec::new(),
            body: body.into(),
            hint: None,
            signed_in: None,
        }
    }

    pub(crate) fn hint(mut self, hint: Option<String>) -> Outcome {
        self.hint = hint;
        self
    }

    pub(crate) fn signed_in(mut self, label: Arc<str>) -> Outcome {
        self.signed_in = Some(label);
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
