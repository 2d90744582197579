//! Hashing of uploads in parallel with reading them.

use bytes::Bytes;
use sha2::digest::Update;
use tokio::task::JoinHandle;

use super::runtime::on_blocking_thread;
use crate::engine::dispatch::Cut;

/// The reader hashes up to this many bytes itself, because moving them to another thread would cost more.
const HASHED_INLINE: usize = 64 * 1024;

/// If more bytes than this wait to be hashed, the reader waits.
const MAX_WAITING: usize = 1024 * 1024;

/// A hash that is computed on another thread in batches, because hashing in the reader would halve the speed.
///
/// A batch starts only when enough bytes have been received. A slow or silent client therefore occupies no thread.
pub(super) struct Hashing<D> {
    /// The hash of all finished batches; a default value while a batch is running.
    hasher: D,
    batch: Option<JoinHandle<D>>,
    waiting: Vec<Bytes>,
    size: usize,
}

impl<D> From<D> for Hashing<D> {
    fn from(hasher: D) -> Hashing<D> {
        Hashing {
            hasher,
            batch: None,
            waiting: Vec::new(),
            size: 0,
        }
    }
}

impl<D: Update + Default + Send + 'static> Hashing<D> {
    pub(super) async fn push(&mut self, piece: Bytes) -> Result<(), Cut> {
        self.size += piece.len();
        self.waiting.push(piece);
        let is_idle = self.batch.as_ref().is_none_or(JoinHandle::is_finished);
        if self.size > MAX_WAITING || (is_idle && self.size > HASHED_INLINE) {
            self.start_batch().await?;
        }
        Ok(())
    }

    /// Starts a batch with all waiting pieces, after the previous batch has finished.
    async fn start_batch(&mut self) -> Result<(), Cut> {
        let mut hasher = self.hashed().await?;
        let pieces = std::mem::take(&mut self.waiting);
        self.size = 0;
        self.batch = Some(on_blocking_thread(move || {
            pieces.iter().for_each(|piece| hasher.update(piece));
            hasher
        }));
        Ok(())
    }

    /// The hash without the waiting pieces.
    async fn hashed(&mut self) -> Result<D, Cut> {
        match self.batch.take() {
            Some(batch) => batch.await.map_err(|_| Cut::Close),
            None => Ok(std::mem::take(&mut self.hasher)),
        }
    }

    pub(super) async fn finish(mut self) -> Result<D, Cut> {
        if self.size > HASHED_INLINE {
            self.start_batch().await?;
        }
        let mut hasher = self.hashed().await?;
        self.waiting.iter().for_each(|piece| hasher.update(piece));
        Ok(hasher)
    }
}
