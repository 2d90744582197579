//! The store in which equal blobs lie once.

use std::sync::Arc;

use super::index::Index;
use crate::base::blob::Blob;
use crate::base::digest::Digest;

/// The blobs of all repositories, equal ones once, given back when no repository has them any more; and what all content
/// takes.
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

    /// Bytes of all blobs and manifests; a manifest counts in each repository that has it.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes + self.manifest_bytes
    }

    /// What the manifests of a repository took before and take now.
    pub(super) fn count_manifests(&mut self, before: u64, after: u64) {
        self.manifest_bytes = self.manifest_bytes + after - before;
    }

    pub(super) fn hold(&mut self, digest: &Digest, blob: impl FnOnce() -> Blob) {
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

    pub(super) fn let_go(&mut self, digest: &Digest) {
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
