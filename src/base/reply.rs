//! Responses as plain values.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use serde::Serialize;

use crate::base::blob::Blob;

/// The body of a response.
#[derive(Debug, Clone)]
pub(crate) enum Payload {
    Bytes(Bytes),
    /// A range of a blob, sent without copying it.
    Blob(Arc<Blob>, Range<u64>),
}

impl Payload {
    pub(crate) fn len(&self) -> u64 {
        match self {
            Payload::Bytes(bytes) => bytes.len() as u64,
            Payload::Blob(_, range) => range.end - range.start,
        }
    }

    /// The pieces, in order.
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

    /// The body as one piece. Copies if there are several.
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

/// What a handler returns: a body, additional headers, and a status if it differs from that of the operation's row.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) status: Option<u16>,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Payload,
    /// A hint about a successful call, such as why a list is empty. It goes into the journal and the reports, not into
    /// the response.
    pub(crate) hint: Option<String>,
    /// The caller, if only the body of the request identified it.
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
        // Most responses are smaller, so one allocation is enough.
        let mut body = Vec::with_capacity(1024);
        // Writing structs of strings and numbers to a `Vec` does not fail.
        let _ = serde_json::to_writer(&mut body, view);
        Outcome::of(body.into())
    }

    /// `{}`, the body of most writes.
    pub(crate) fn empty_object() -> Outcome {
        Outcome::of(Bytes::from_static(b"{}"))
    }

    /// An empty body, as for most deletes.
    pub(crate) fn empty() -> Outcome {
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

/// A header value from a text that is valid in a header, such as a parsed name or digest.
pub(crate) fn text_header(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""))
}

/// A complete response.
pub(crate) type Reply = http::Response<Payload>;

pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Creates a response with a JSON body. An empty body gets no `Content-Type`.
pub(crate) fn reply(status: u16, body: impl Into<Payload>) -> Reply {
    let body = body.into();
    let has_json = has_json(&body);
    let mut reply = Reply::new(body);
    *reply.status_mut() = status_code(status);
    if has_json {
        reply.headers_mut().insert(CONTENT_TYPE, JSON);
    }
    reply
}

/// Whether a body is JSON, unless the handler names another type.
pub(crate) fn has_json(body: &Payload) -> bool {
    matches!(body, Payload::Bytes(bytes) if !bytes.is_empty())
}

pub(crate) fn status_code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
