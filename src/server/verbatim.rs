//! Planned responses that are written unchanged, because hyper would correct, shorten or refuse them.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, DATE, TRAILER, TRANSFER_ENCODING};
use http::{Method, StatusCode, Version};
use hyper::body::Body as _;
use tokio::io::AsyncWrite;

use super::sending::Sending;
use super::wire::{Io, Wire};
use crate::base::clock::Time;
use crate::base::reply::{Payload, Reply};

/// Whether hyper writes the response unchanged.
pub(super) fn is_left_to_hyper(reply: &Reply, method: &Method) -> bool {
    let headers = reply.headers();
    let is_framed = [CONNECTION, TRAILER, TRANSFER_ENCODING]
        .iter()
        .any(|name| headers.contains_key(name));
    !is_framed
        && reply.version() == Version::HTTP_11
        && is_length_correct(reply, method)
        && status_allows_body(reply)
}

/// Whether `Content-Length`, if present, is the length of the body. A response to HEAD has a length without a body.
fn is_length_correct(reply: &Reply, method: &Method) -> bool {
    let mut lengths = reply.headers().get_all(CONTENT_LENGTH).iter();
    let Some(length) = lengths.next() else {
        return true;
    };
    let size = reply.body().len();
    let is_correct = if method == Method::HEAD || reply.status() == StatusCode::NOT_MODIFIED {
        let is_number = length
            .to_str()
            .is_ok_and(|text| text.parse::<u64>().is_ok());
        size == 0 && is_number
    } else {
        length.as_bytes() == size.to_string().as_bytes()
    };
    is_correct && lengths.next().is_none()
}

/// Whether the status allows the body and the `Content-Length` of the response.
fn status_allows_body(reply: &Reply) -> bool {
    let is_empty = reply.body().len() == 0;
    match reply.status() {
        StatusCode::NO_CONTENT => is_empty && !reply.headers().contains_key(CONTENT_LENGTH),
        StatusCode::NOT_MODIFIED => is_empty,
        status => !status.is_informational(),
    }
}

/// The bytes of the head, with the headers unchanged. `Content-Length` is added only if no header determines the
/// length of the body.
fn head(reply: &Reply, method: &Method) -> Vec<u8> {
    let version = if reply.version() == Version::HTTP_10 {
        "HTTP/1.0"
    } else {
        "HTTP/1.1"
    };
    let (status, headers) = (reply.status(), reply.headers());
    let reason = status.canonical_reason().unwrap_or("");
    let mut head = format!("{version} {} {reason}\r\n", status.as_u16()).into_bytes();
    let mut add = |name: &str, value: &[u8]| {
        head.extend_from_slice(name.as_bytes());
        head.extend_from_slice(b": ");
        head.extend_from_slice(value);
        head.extend_from_slice(b"\r\n");
    };
    for (name, value) in headers {
        add(name.as_str(), value.as_bytes());
    }
    let names_length =
        headers.contains_key(CONTENT_LENGTH) || headers.contains_key(TRANSFER_ENCODING);
    let size = reply.body().len();
    if !names_length && !status.is_informational() && (method != Method::HEAD || size > 0) {
        add("content-length", size.to_string().as_bytes());
    }
    if !headers.contains_key(DATE) {
        add("date", Time::wall().http_date().as_bytes());
    }
    head.extend_from_slice(b"\r\n");
    head
}

/// Writes a response unchanged and ends the connection, because the client could not tell where the next response
/// starts.
pub(super) async fn write_unchanged(
    wire: &Arc<Wire>,
    reply: Reply,
    method: &Method,
    sending: impl FnOnce(Payload) -> Sending,
) {
    let head = head(&reply, method);
    if write_all(&mut Io::of(wire), &head).await.is_ok() {
        let body = match *method {
            Method::HEAD => Bytes::new().into(),
            _ => reply.into_body(),
        };
        write_raw(wire, sending(body)).await;
    }
}

/// Writes bytes instead of a response, and ends the connection.
pub(super) async fn write_raw(wire: &Arc<Wire>, mut bytes: Sending) {
    let mut io = Io::of(wire);
    loop {
        let piece = poll_fn(|context| match Pin::new(&mut bytes).poll_frame(context) {
            Poll::Pending if flush(&mut io, context).is_err() => Poll::Ready(None),
            polled => polled,
        });
        let Some(Ok(frame)) = piece.await else { break };
        let Ok(piece) = frame.into_data() else {
            break;
        };
        let is_written = write_all(&mut io, &piece).await.is_ok();
        if !is_written || poll_fn(|context| Poll::Ready(flush(&mut io, context).is_err())).await {
            return;
        }
    }
    wire.finish().await;
}

async fn write_all(io: &mut Io, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        let written = poll_fn(|context| Pin::new(&mut *io).poll_write(context, bytes)).await?;
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        bytes = &bytes[written..];
    }
    Ok(())
}

/// Flushes the connection. This also ends it, if it is set to end when all bytes are written.
fn flush(io: &mut Io, context: &mut Context<'_>) -> io::Result<()> {
    match Pin::new(io).poll_flush(context) {
        Poll::Ready(flushed) => flushed,
        Poll::Pending => Ok(()),
    }
}
