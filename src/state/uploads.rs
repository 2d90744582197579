//! Uploads under way.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::{Coming, Place, State};
use crate::base::blob::Blob;
use crate::base::refusal::{Denied, Refusal};

/// An upload that is not finished.
#[derive(Debug, Clone)]
pub(crate) struct Upload {
    /// `group/web`
    pub(crate) name: Arc<str>,
    pub(crate) blob: Blob,
    /// Of all that has come in: SHA-256 is what nearly all clients close with.
    pub(crate) hasher: Sha256,
}

/// Those of one region.
#[derive(Debug, Clone, Default)]
pub(super) struct Uploads {
    by_number: BTreeMap<u64, Arc<Upload>>,
    /// By the repository they go to.
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

    /// Of the repositories whose names begin so.
    fn below(&self, beginning: &str) -> Vec<u64> {
        let names = self
            .by_name
            .range::<str, _>((Bound::Included(beginning), Bound::Unbounded));
        let names = names.take_while(|(name, _)| name.starts_with(beginning));
        names
            .flat_map(|(_, numbers)| numbers.iter().copied())
            .collect()
    }

    pub(super) fn len(&self) -> usize {
        self.by_number.len()
    }

    /// Bytes of all.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl State {
    /// Those to a repository, oldest first.
    pub(crate) fn uploads_to<'a>(
        &'a self,
        name: &str,
    ) -> impl Iterator<Item = (u64, &'a Arc<Upload>)> {
        let uploads = &self.here.uploads;
        let numbers = uploads.by_name.get(name).into_iter().flatten();
        numbers.filter_map(|number| Some((*number, uploads.get(*number)?)))
    }

    /// Begins an upload; its number.
    pub(crate) fn start_upload(&mut self, place: &Place) -> Result<u64, Denied> {
        self.judge_weight()?;
        let number = self.ids.pass();
        let upload = Upload {
            name: place.full().into(),
            blob: Blob::default(),
            hasher: Sha256::new(),
        };
        Arc::make_mut(&mut self.here.uploads).add(number, upload);
        Ok(number)
    }

    /// An upload of this repository.
    pub(crate) fn upload(&self, number: u64, name: &str) -> Result<&Arc<Upload>, Denied> {
        let upload = self.here.uploads.get(number);
        let upload = upload.filter(|upload| *upload.name == *name);
        upload.ok_or_else(|| Refusal::UploadUnknown.into())
    }

    /// Adds a chunk; the size there is now.
    pub(crate) fn append(
        &mut self,
        number: u64,
        (chunk, coming): (Blob, Coming),
        hasher: Sha256,
    ) -> Result<u64, Denied> {
        self.judge_content(0)?;
        let uploads = Arc::make_mut(&mut self.here.uploads);
        let size = uploads.append(number, chunk, hasher);
        let size = size.ok_or(Refusal::UploadUnknown)?;
        self.note_arrival(coming);
        Ok(size)
    }

    pub(crate) fn cancel_upload(&mut self, number: u64) {
        self.take_upload(number);
        self.note_content();
    }

    /// Takes an upload away, whose content goes elsewhere.
    pub(super) fn take_upload(&mut self, number: u64) -> Option<Arc<Upload>> {
        self.here.uploads.get(number)?;
        Arc::make_mut(&mut self.here.uploads).remove(number)
    }

    /// Drops what is on its way into an organization.
    pub(super) fn cancel_uploads_of(&mut self, namespace: &str) {
        let numbers = self.here.uploads.below(&format!("{namespace}/"));
        self.cancel_uploads(&numbers);
    }

    /// Drops what is on its way to a repository.
    pub(super) fn cancel_uploads_to(&mut self, name: &str) {
        let numbers: Vec<u64> = self.uploads_to(name).map(|(number, _)| number).collect();
        self.cancel_uploads(&numbers);
    }

    fn cancel_uploads(&mut self, numbers: &[u64]) {
        for number in numbers {
            self.cancel_upload(*number);
        }
    }

    /// Gives up all uploads under way, in all regions.
    pub(super) fn drop_uploads(&mut self) {
        self.here.uploads = Arc::default();
        for contents in self.elsewhere.values_mut() {
            contents.uploads = Arc::default();
        }
    }
}
