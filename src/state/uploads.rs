//! Unfinished uploads.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::{RepoPath, Reservation, State};
use crate::base::blob::Blob;
use crate::base::digest::Digest;
use crate::base::refusal::{Denied, Refusal};
use crate::base::registry::RegistryId;

/// An unfinished upload.
#[derive(Debug, Clone)]
pub(crate) struct Upload {
    /// The name of the repository, such as `group/web`.
    pub(crate) name: Arc<str>,
    pub(crate) blob: Blob,
    /// The SHA-256 of the content so far: nearly all clients finish with a SHA-256 digest.
    pub(crate) hasher: Sha256,
}

/// The content that one request brings to an upload. It is hashed while it is read.
#[derive(Debug, Default)]
pub(crate) struct Received {
    pub(crate) blob: Blob,
    /// The bytes that are reserved until the content is stored.
    pub(crate) reservation: Reservation,
    /// The hash of the upload's content followed by this content.
    pub(crate) hasher: Sha256,
    /// The upload at the time the request arrived. The hash continues after its content.
    pub(crate) upload: Option<Arc<Upload>>,
    /// The `Content-Range` of the request.
    pub(crate) range: Option<ChunkRange>,
    /// The digest that the client names.
    pub(crate) named: Option<String>,
    /// The actual digest of the whole content, by the algorithm of the named digest.
    pub(crate) real: Option<Digest>,
}

impl Received {
    /// Whether the hash continues after exactly this content. An upload that is in use is changed only in a copy.
    /// Pointer equality therefore detects another chunk or a restored world, even if the size is the same.
    fn follows(&self, upload: &Arc<Upload>) -> bool {
        match &self.upload {
            Some(known) => Arc::ptr_eq(known, upload),
            None => upload.blob.size == 0,
        }
    }

    /// The digest of the content, if it equals the digest that the client names.
    pub(super) fn checked_digest(&self) -> Result<Digest, Denied> {
        let named = self.named.as_deref().unwrap_or_default();
        let digest = Digest::parse(named).map_err(|refusal| Denied::from(refusal).detail(named))?;
        match &self.real {
            Some(real) if *real == digest => Ok(digest),
            real => {
                let real = real.as_ref().map_or("", Digest::as_str);
                Err(Denied::from(Refusal::DigestInvalid).explained(format!(
                    "the client named {digest}, but the content that it sent has {real}"
                )))
            }
        }
    }
}

/// The bytes of an upload that a chunk contains, according to the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChunkRange {
    /// The header's value.
    pub(crate) text: String,
    pub(crate) first: u64,
    pub(crate) last: u64,
    /// The size of the whole upload, if the client states it.
    pub(crate) total: Option<u64>,
}

impl ChunkRange {
    /// Refuses a range that does not begin where the upload ends, or does not cover the bytes that were sent.
    pub(crate) fn check(&self, size: u64, sent: u64) -> Result<(), String> {
        let ChunkRange {
            text,
            first,
            last,
            total,
        } = self;
        let named = last
            .checked_sub(*first)
            .and_then(|more| more.checked_add(1));
        let is_within = total.is_none_or(|total| *last < total);
        if *first != size {
            Err(format!(
                "the upload has {size} bytes, but Content-Range is `{text}`: the chunk must begin at {size}"
            ))
        } else if named != Some(sent) || !is_within {
            Err(format!(
                "Content-Range is `{text}`, but {sent} bytes were sent"
            ))
        } else {
            Ok(())
        }
    }
}

/// The unfinished uploads of one registry.
#[derive(Debug, Clone, Default)]
pub(super) struct Uploads {
    by_number: BTreeMap<u64, Arc<Upload>>,
    /// The numbers of uploads by repository.
    by_name: BTreeMap<Arc<str>, BTreeSet<u64>>,
    bytes: u64,
}

impl Uploads {
    fn get(&self, number: u64) -> Option<&Arc<Upload>> {
        self.by_number.get(&number)
    }

    fn add(&mut self, number: u64, upload: Upload) {
        let of_name = self.by_name.entry(Arc::clone(&upload.name)).or_default();
        of_name.insert(number);
        self.bytes += upload.blob.size;
        self.by_number.insert(number, Arc::new(upload));
    }

    fn append(&mut self, number: u64, chunk: Blob, hasher: Sha256) -> Option<u64> {
        let upload = Arc::make_mut(self.by_number.get_mut(&number)?);
        self.bytes += chunk.size;
        upload.blob.extend(chunk);
        upload.hasher = hasher;
        Some(upload.blob.size)
    }

    fn remove(&mut self, number: u64) -> Option<Arc<Upload>> {
        let upload = self.by_number.remove(&number)?;
        self.bytes -= upload.blob.size;
        if let Some(of_name) = self.by_name.get_mut(&upload.name) {
            of_name.remove(&number);
            if of_name.is_empty() {
                self.by_name.remove(&upload.name);
            }
        }
        Some(upload)
    }

    /// The numbers of uploads to repositories with this prefix in their names.
    fn with_prefix(&self, prefix: &str) -> Vec<u64> {
        let names = self
            .by_name
            .range::<str, _>((Bound::Included(prefix), Bound::Unbounded));
        let names = names.take_while(|(name, _)| name.starts_with(prefix));
        names
            .flat_map(|(_, numbers)| numbers.iter().copied())
            .collect()
    }

    pub(super) fn len(&self) -> usize {
        self.by_number.len()
    }

    /// The bytes of all uploads.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl State {
    /// The uploads to a repository, oldest first.
    pub(crate) fn uploads_to<'a>(
        &'a self,
        path: &RepoPath<'_>,
    ) -> impl Iterator<Item = (u64, &'a Arc<Upload>)> + use<'a> {
        let uploads = &self.registry(path.registry).uploads;
        let numbers = uploads.by_name.get(&*path.full()).into_iter().flatten();
        numbers.filter_map(|number| Some((*number, uploads.get(*number)?)))
    }

    /// Starts an upload with its first chunk. Returns its number and its size.
    pub(crate) fn start_upload(
        &mut self,
        path: &RepoPath<'_>,
        first: Received,
    ) -> Result<(u64, u64), Denied> {
        self.check_weight()?;
        self.check_content(0)?;
        let number = self.ids.serial();
        let upload = Upload {
            name: path.full().into(),
            blob: Blob::default(),
            hasher: Sha256::new(),
        };
        let registry = self.registry_mut(path.registry);
        Arc::make_mut(&mut registry.uploads).add(number, upload);
        Ok((number, self.add_chunk(path.registry, number, first)?))
    }

    /// The upload to this repository with this number.
    pub(crate) fn upload(&self, path: &RepoPath<'_>, number: u64) -> Result<&Arc<Upload>, Denied> {
        let upload = self.registry(path.registry).uploads.get(number);
        let name = (&*path.namespace, &*path.repo);
        let upload = upload.filter(|upload| upload.name.split_once('/') == Some(name));
        upload.ok_or_else(|| Refusal::UploadUnknown.into())
    }

    /// Appends a chunk that continues an upload. Returns the size of the upload.
    pub(crate) fn append(
        &mut self,
        path: &RepoPath<'_>,
        number: u64,
        chunk: Received,
    ) -> Result<u64, Denied> {
        self.check_chunk(path, number, &chunk)?;
        self.add_chunk(path.registry, number, chunk)
    }

    /// Refuses a chunk that does not continue the upload, which stays as it is.
    pub(super) fn check_chunk(
        &self,
        path: &RepoPath<'_>,
        number: u64,
        chunk: &Received,
    ) -> Result<(), Denied> {
        let upload = self.upload(path, number)?;
        let denied = |hint| Err(Denied::from(Refusal::UploadRange).hint(hint));
        if let Some(range) = &chunk.range
            && let Err(hint) = range.check(upload.blob.size, chunk.blob.size)
        {
            return denied(hint);
        }
        // Of two chunks that were sent at the same time, the later one was hashed without the other.
        if !chunk.follows(upload) {
            return denied(
                "another chunk of this upload arrived at the same time, or `restore` changed its content"
                    .to_owned(),
            );
        }
        Ok(())
    }

    fn add_chunk(
        &mut self,
        registry: RegistryId,
        number: u64,
        chunk: Received,
    ) -> Result<u64, Denied> {
        self.check_content(0)?;
        // Without this second reference, the upload is changed in place and not copied.
        drop(chunk.upload);
        let uploads = Arc::make_mut(&mut self.registry_mut(registry).uploads);
        let size = uploads.append(number, chunk.blob, chunk.hasher);
        let size = size.ok_or(Refusal::UploadUnknown)?;
        self.commit_reservation(chunk.reservation);
        Ok(size)
    }

    /// Cancels an upload to this repository.
    pub(crate) fn cancel_upload(&mut self, path: &RepoPath<'_>, number: u64) -> Result<(), Denied> {
        self.upload(path, number)?;
        self.cancel_uploads(path.registry, &[number]);
        Ok(())
    }

    /// Removes and returns an upload.
    pub(super) fn take_upload(&mut self, registry: RegistryId, number: u64) -> Option<Arc<Upload>> {
        self.registry(registry).uploads.get(number)?;
        Arc::make_mut(&mut self.registry_mut(registry).uploads).remove(number)
    }

    /// Cancels all uploads to an organization.
    pub(super) fn cancel_uploads_of(&mut self, registry: RegistryId, namespace: &str) {
        let uploads = &self.registry(registry).uploads;
        let numbers = uploads.with_prefix(&format!("{namespace}/"));
        self.cancel_uploads(registry, &numbers);
    }

    /// Cancels all uploads to a repository.
    pub(super) fn cancel_uploads_to(&mut self, path: &RepoPath<'_>) {
        let numbers: Vec<u64> = self.uploads_to(path).map(|(number, _)| number).collect();
        self.cancel_uploads(path.registry, &numbers);
    }

    fn cancel_uploads(&mut self, registry: RegistryId, numbers: &[u64]) {
        for number in numbers {
            self.take_upload(registry, *number);
        }
        self.update_content_usage();
    }

    /// Cancels all uploads in all registries.
    pub(super) fn drop_uploads(&mut self) {
        for registry in Arc::make_mut(&mut self.registries) {
            registry.uploads = Arc::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_must_match_its_content_range() {
        let range = |first, last, total| ChunkRange {
            text: "the header".to_owned(),
            first,
            last,
            total,
        };
        for (first, last, total) in [(4, 8, None), (4, 8, Some(9)), (4, 8, Some(100))] {
            assert_eq!(range(first, last, total).check(4, 5), Ok(()));
        }
        for (first, last, total) in [
            (5, 9, None),
            (3, 7, None),
            (4, 9, None),
            (4, 7, None),
            (8, 4, None),
            (4, u64::MAX, None),
            (4, 8, Some(8)),
        ] {
            let checked = range(first, last, total).check(4, 5);
            assert!(checked.is_err(), "{first}-{last}/{total:?}");
        }
    }
}
