//! The body of a response that is being sent.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::body::{Frame, SizeHint};

use super::faults::Fault;
use super::pieces::Pieces;
use crate::base::reply::Payload;
use crate::engine::dispatch::Cut;

/// The body of a response that is being sent, in pieces and without copying.
pub(super) struct Sending {
    pieces: Pieces,
    fault: Option<Box<Fault>>,
}

impl Sending {
    pub(super) fn of(payload: Payload, fault: Option<Fault>) -> Sending {
        Sending {
            pieces: Pieces::of(payload),
            fault: fault.map(Box::new),
        }
    }
}

impl hyper::body::Body for Sending {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        let Sending { pieces, fault } = &mut *self;
        let piece = match fault {
            None => pieces.next(),
            Some(fault) => ready!(fault.poll_piece(pieces, context)),
        };
        Poll::Ready(piece.map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.left == 0
    }

    /// The size of the whole body, even if a fault cuts it: `Content-Length` of the head must not change.
    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.pieces.left)
    }
}
