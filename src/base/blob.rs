//! Content of blobs, stored in pieces.

use bytes::{Bytes, BytesMut};

/// Content up to this size is copied to free the connection's buffer. For larger content the copy costs more.
const SMALL: u64 = 64 * 1024;
/// Smaller pieces are merged. A piece has an overhead of 32 bytes and may hold a single byte.
const PIECE: usize = 16 * 1024;

/// Content as it was received, in pieces.
#[derive(Debug, Clone, Default)]
pub(crate) struct Blob {
    pub(crate) chunks: Vec<Bytes>,
    pub(crate) size: u64,
}

impl Blob {
    pub(crate) fn whole(bytes: Bytes) -> Blob {
        Blob {
            size: bytes.len() as u64,
            chunks: vec![bytes],
        }
    }

    /// Appends a piece, and merges it with the preceding small pieces that are not larger. Each byte is copied only a
    /// few times, and the number of small pieces stays low whatever the client sends.
    pub(crate) fn push(&mut self, piece: Bytes) {
        if piece.is_empty() {
            return;
        }
        self.size += piece.len() as u64;
        if piece.len() >= PIECE {
            self.chunks.push(piece);
            return;
        }
        let (mut size, mut first) = (piece.len(), self.chunks.len());
        while let Some(before) = first.checked_sub(1)
            && self.chunks[before].len() < PIECE
            && self.chunks[before].len() <= size
        {
            size += self.chunks[before].len();
            first = before;
        }
        let mut whole = BytesMut::with_capacity(size);
        self.chunks
            .drain(first..)
            .for_each(|chunk| whole.extend_from_slice(&chunk));
        whole.extend_from_slice(&piece);
        self.chunks.push(whole.freeze());
    }

    /// Appends another blob.
    pub(crate) fn extend(&mut self, more: Blob) {
        if self.size == 0 {
            *self = more;
            return;
        }
        more.chunks.into_iter().for_each(|chunk| self.push(chunk));
    }

    /// Copies small content into its own allocation. Received bytes are slices of the connection's buffer and keep all
    /// of it allocated.
    pub(crate) fn compact(&mut self) {
        // `push` has copied a single small piece.
        let is_compact = matches!(&self.chunks[..], [only] if only.len() < PIECE);
        if !is_compact && self.size <= SMALL && self.size > 0 {
            self.chunks = vec![self.chunks.concat().into()];
        }
    }

    pub(crate) fn to_bytes(&self) -> Bytes {
        match &self.chunks[..] {
            [] => Bytes::new(),
            [only] => only.clone(),
            chunks => chunks.concat().into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_blob_holds_the_bytes_of_its_pieces_in_order(
            sizes in vec(prop_oneof![8 => 0..4_usize, 1 => 0..40_000_usize], 0..400)
        ) {
            let (mut blob, mut content) = (Blob::default(), Vec::new());
            for (number, size) in sizes.iter().enumerate() {
                let piece = vec![number as u8; *size];
                content.extend_from_slice(&piece);
                blob.push(piece.into());
            }
            prop_assert_eq!(blob.size, content.len() as u64);
            prop_assert_eq!(blob.to_bytes(), content);
        }
    }

    #[test]
    fn many_small_pieces_become_few() {
        let mut blob = Blob::default();
        for number in 0..100_000_u32 {
            blob.push(Bytes::copy_from_slice(&[number as u8]));
        }
        assert_eq!(blob.size, 100_000);
        assert!(blob.chunks.len() < 30, "{}", blob.chunks.len());
        // The worst order for merging: each piece is smaller than the one before.
        let mut blob = Blob::default();
        for _ in 0..100 {
            for size in (1..100).rev() {
                blob.push(vec![0; size].into());
            }
        }
        let least = blob.size / blob.chunks.len() as u64;
        assert!(least >= 32, "{least} bytes a piece");
    }
}
