//! Hashing of uploads beside the reader.

use bytes::Bytes;
use sha2::digest::Update;
use tokio::task::JoinHandle;

use super::runtime::beside_the_workers;
use crate::engine::dispatch::Cut;

/// How much is hashed by the reader itself: less than handing it over would cost.
const HASHED_INLINE: usize = 64 * 1024;

/// How much may wait to be hashed before the reader waits for it.
const MAX_WAITING: usize = 1024 * 1024;

/// A hash that is worked on beside the reader, since inline it would halve the speed. A batch is handed over when there
/// is enough to hash: a client that sends slowly, or nothing at all, takes no thread meanwhile.
pub(super) struct Hashing<D> {
    /// What has been hashed; left behind empty while a batch is under way.
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
            self.hand_over().await?;
        }
        Ok(())
    }

    /// Hands over what waits, once the batch before it is done.
    async fn hand_over(&mut self) -> Result<(), Cut> {
        let mut hasher = self.hashed().await?;
        let pieces = std::mem::take(&mut self.waiting);
        self.size = 0;
        self.batch = Some(beside_the_workers(move || {
            pieces.iter().for_each(|piece| hasher.update(piece));
            hasher
        }));
        Ok(())
    }

    /// The hash up to what waits.
    async fn hashed(&mut self) -> Result<D, Cut> {
        match self.batch.take() {
            Some(batch) => batch.await.map_err(|_| Cut::Close),
            None => Ok(std::mem::take(&mut self.hasher)),
        }
    }

    pub(super) async fn finish(mut self) -> Result<D, Cut> {
        if self.size > HASHED_INLINE {
            self.hand_over().await?;
        }
        let mut hasher = self.hashed().await?;
        self.waiting.iter().for_each(|piece| hasher.update(piece));
        Ok(hasher)
    }
}
