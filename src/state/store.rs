//! The store of blobs, which keeps equal blobs once.

use std::sync::Arc;

use super::index::Index;
use crate::base::blob::Blob;
use crate::base::digest::Digest;

/// The blobs of all repositories, each stored once and counted by its uses, and the size of all content.
#[derive(Debug, Clone, Default)]
pub(crate) struct Store {
    blobs: Index<Digest, Stored>,
    bytes: u64,
    manifest_bytes: u64,
}

#[derive(Debug, Clone)]
struct Stored {
    blob: Arc<Blob>,
    uses: usize,
}

impl Store {
    pub(crate) fn get(&self, digest: &str) -> Option<&Arc<Blob>> {
        self.blobs.get(digest).map(|stored| &stored.blob)
    }

    /// The bytes of all blobs and manifests. A manifest counts once for each repository that contains it.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes + self.manifest_bytes
    }

    /// Replaces the size of a repository's manifests in the total.
    pub(super) fn count_manifests(&mut self, before: u64, after: u64) {
        self.manifest_bytes = self.manifest_bytes + after - before;
    }

    /// Counts one more repository that contains a blob, and stores the blob if it is new.
    pub(super) fn add_use(&mut self, digest: &Digest, blob: impl FnOnce() -> Blob) {
        let mut stored = match self.blobs.get(digest.as_str()) {
            Some(known) => known.clone(),
            None => {
                let blob = Arc::new(blob());
                self.bytes += blob.size;
                Stored { blob, uses: 0 }
            }
        };
        stored.uses += 1;
        self.blobs.insert(digest.clone(), stored);
    }

    /// Counts one repository fewer that contains a blob, and drops the blob after its last use.
    pub(super) fn remove_use(&mut self, digest: &Digest) {
        let Some(mut stored) = self.blobs.remove(digest.as_str()) else {
            return;
        };
        stored.uses -= 1;
        if stored.uses == 0 {
            self.bytes -= stored.blob.size;
        } else {
            self.blobs.insert(digest.clone(), stored);
        }
    }
}
