//! Reading the bodies of requests.

use std::error::Error as _;
use std::io;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::{Body as _, Frame, Incoming};
use sha2::{Digest as _, Sha512};

use super::hashing::Hashing;
use crate::base::digest::{Algorithm, Digest};
use crate::base::refusal::Refusal;
use crate::engine::body_memory::BodyReservation;
use crate::engine::core::Core;
use crate::engine::dispatch::{self, Body, Cut, Exchange};
use crate::engine::journal::KEPT_BODY;
use crate::services::registry::uploads::Receiving;
use crate::state::Received;

/// The gateway's limit for the size of a body.
const MAX_BODY: usize = 12 * 1024 * 1024;

/// A body over the limit is read up to this size and discarded, so that the client receives the refusal.
const MAX_DISCARDED: usize = 64 * 1024 * 1024;

/// Reads the body of a request, as far as it is needed.
pub(super) async fn read(
    core: &Arc<Core>,
    incoming: Incoming,
    exchange: &mut Exchange,
    expects_continue: bool,
) -> Result<Body, Cut> {
    if let Some(bytes) = exchange.resets_after() {
        return Ok(Body {
            unread: bytes == 0 && !incoming.is_end_stream(),
            is_partial: true,
            whole: read_part(incoming, bytes, exchange).await?,
            ..Body::default()
        });
    }
    if expects_continue && exchange.is_decided() {
        return Ok(Body {
            unread: true,
            is_partial: true,
            ..Body::default()
        });
    }
    match dispatch::receiving(core, exchange) {
        Some(receiving) => Ok(Body {
            received: receive(incoming, receiving, exchange).await?,
            ..Body::default()
        }),
        None if incoming.is_end_stream() => Ok(Body::default()),
        None => {
            let mut reservation = core.body_memory.start();
            let (whole, size) = read_body(incoming, exchange, &mut reservation).await?;
            Ok(Body {
                is_partial: whole.len() < size,
                whole,
                reservation,
                ..Body::default()
            })
        }
    }
}

/// The next piece of a body; `None` at its end. If the framing is invalid, the result is also `None` and the exchange
/// is refused. Fails if the client disconnects.
async fn next_piece(
    incoming: &mut Incoming,
    exchange: &mut Exchange,
) -> Result<Option<Bytes>, Cut> {
    while let Some(frame) = incoming.frame().await {
        match frame.map(Frame::into_data) {
            Ok(Ok(data)) => return Ok(Some(data)),
            // Trailers are ignored.
            Ok(Err(_)) => {}
            Err(error) => {
                exchange.note_framing_error(broken_framing(&error).ok_or(Cut::Close)?);
                return Ok(None);
            }
        }
    }
    Ok(None)
}

/// The error in the framing of a chunked body; `None` if the client disconnected.
fn broken_framing(error: &hyper::Error) -> Option<String> {
    let cause = error.source()?.downcast_ref::<io::Error>()?;
    let is_broken = matches!(
        cause.kind(),
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData
    );
    is_broken.then(|| cause.to_string())
}

/// The whole body, up to the gateway's limit, and the number of bytes that were sent.
async fn read_body(
    mut incoming: Incoming,
    exchange: &mut Exchange,
    reservation: &mut BodyReservation,
) -> Result<(Bytes, usize), Cut> {
    // A body whose response is decided is only kept for the journal.
    let mut limit = if exchange.is_decided() {
        KEPT_BODY + 1
    } else {
        MAX_BODY
    };
    let expected = incoming.size_hint().exact().unwrap_or(0) as usize;
    let mut body = BytesMut::new();
    let mut size = 0;
    while let Some(data) = next_piece(&mut incoming, exchange).await? {
        size += data.len();
        if size == data.len() && size == expected {
            return Ok((data, size));
        }
        let remaining = limit.saturating_sub(body.len());
        let more = &data[..data.len().min(remaining)];
        if size > MAX_BODY || !reservation.reserve(more.len()) {
            exchange.refuse(Refusal::BodyTooLarge);
            limit = KEPT_BODY + 1;
            body.truncate(limit);
        }
        if size > MAX_DISCARDED {
            break;
        }
        if body.is_empty() {
            body.reserve(expected.min(limit));
        }
        let remaining = limit.saturating_sub(body.len());
        body.extend_from_slice(&more[..more.len().min(remaining)]);
    }
    Ok((body.freeze(), size))
}

/// Reads up to `bytes` bytes of a body. Only the part for the journal is kept.
async fn read_part(
    mut incoming: Incoming,
    bytes: u64,
    exchange: &mut Exchange,
) -> Result<Bytes, Cut> {
    let mut left = bytes;
    let mut part = BytesMut::new();
    while left > 0
        && let Some(mut data) = next_piece(&mut incoming, exchange).await?
    {
        data.truncate(usize::try_from(left).unwrap_or(usize::MAX));
        left -= data.len() as u64;
        let remaining = (KEPT_BODY + 1).saturating_sub(part.len());
        part.extend_from_slice(&data[..data.len().min(remaining)]);
    }
    Ok(part.freeze())
}

/// Reads the content of an upload, and hashes it in parallel.
async fn receive(
    mut incoming: Incoming,
    mut receiving: Receiving,
    exchange: &mut Exchange,
) -> Result<Received, Cut> {
    let mut hashing = Hashing::from(std::mem::take(&mut receiving.received.hasher));
    while let Some(data) = next_piece(&mut incoming, exchange).await? {
        if !receiving.has_room_for(&data) {
            exchange.refuse(Refusal::ContentLimit);
            continue;
        }
        hashing.push(data.clone()).await?;
        receiving.push(data);
    }
    receiving.received.hasher = hashing.finish().await?;
    let real = match receiving.algorithm() {
        None => None,
        Some(Algorithm::Sha256) => Some(Digest::finish(receiving.received.hasher.clone())),
        // The client names the algorithm only when it closes the upload, so all content is hashed again.
        Some(Algorithm::Sha512) => {
            let mut hashing = Hashing::from(Sha512::new());
            for piece in receiving.pieces() {
                hashing.push(piece.clone()).await?;
            }
            Some(Digest::finish_sha512(hashing.finish().await?))
        }
    };
    Ok(receiving.finish(real))
}
