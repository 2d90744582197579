//! The pieces of a body that is being sent.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::base::reply::Payload;

/// The pieces that are not sent yet.
pub(super) struct Pieces {
    first: Option<Bytes>,
    rest: VecDeque<Bytes>,
    pub(super) left: u64,
}

impl Pieces {
    pub(super) fn of(payload: Payload) -> Pieces {
        let left = payload.len();
        match payload {
            Payload::Bytes(bytes) => Pieces {
                first: Some(bytes).filter(|bytes| !bytes.is_empty()),
                rest: VecDeque::new(),
                left,
            },
            blob @ Payload::Blob(..) => Pieces {
                first: None,
                rest: blob.pieces(),
                left,
            },
        }
    }

    pub(super) fn next(&mut self) -> Option<Bytes> {
        let piece = self.first.take().or_else(|| self.rest.pop_front())?;
        self.left -= piece.len() as u64;
        Some(piece)
    }

    /// The next piece, or at most `bytes` bytes of it.
    pub(super) fn up_to(&mut self, bytes: u64) -> Option<Bytes> {
        let mut piece = self.next()?;
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        if piece.len() > bytes {
            let rest = piece.split_off(bytes);
            self.left += rest.len() as u64;
            self.first = Some(rest);
        }
        Some(piece)
    }
}
