//! The content of a repository: blobs, manifests and tags.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::TagName;
use crate::base::clock::Time;
use crate::base::digest::Digest;
use crate::base::manifest::Manifest;
use crate::base::refusal::Refusal;

/// A tag: a name that points to a manifest.
#[derive(Debug, Clone)]
pub(crate) struct Tag {
    pub(crate) id: u64,
    pub(crate) name: TagName,
    pub(crate) digest: Digest,
    pub(crate) created: Time,
    pub(crate) updated: Time,
}

/// The content of a repository.
#[derive(Debug, Clone, Default)]
pub(crate) struct Images {
    blobs: BTreeSet<Digest>,
    manifests: BTreeMap<Digest, Arc<Manifest>>,
    /// The manifests that refer to a subject, by the subject's digest.
    referrers: BTreeMap<Digest, BTreeSet<Digest>>,
    tags: BTreeMap<TagName, Tag>,
    /// The tags that point to a manifest, by its digest.
    tags_of: BTreeMap<Digest, BTreeSet<TagName>>,
    /// The names of the tags, ascending by time of the last change, then by id.
    recent: Vec<(Time, u64, TagName)>,
    /// The sum of the sizes of all tagged images. Clients choose the sizes in manifests, so it needs more than 64 bits.
    size: u128,
    manifest_bytes: u64,
    /// The number of layers, manifests and annotations in all manifests.
    part_count: usize,
}

impl Images {
    pub(crate) fn has_blob(&self, digest: &str) -> bool {
        self.blobs.contains(digest)
    }

    pub(crate) fn blobs(&self) -> impl Iterator<Item = &Digest> {
        self.blobs.iter()
    }

    /// Links a blob to the repository. Returns whether it is new.
    pub(super) fn link(&mut self, digest: &Digest) -> bool {
        self.blobs.insert(digest.clone())
    }

    pub(super) fn unlink(&mut self, digest: &str) -> Option<Digest> {
        self.blobs.take(digest)
    }

    pub(crate) fn manifest(&self, digest: &str) -> Option<&Arc<Manifest>> {
        self.manifests.get(digest)
    }

    pub(crate) fn manifests(&self) -> impl Iterator<Item = (&Digest, &Arc<Manifest>)> {
        self.manifests.iter()
    }

    pub(super) fn put_manifest(&mut self, digest: Digest, manifest: Arc<Manifest>) {
        if let Some(subject) = &manifest.subject {
            let referrers = self.referrers.entry(subject.clone()).or_default();
            referrers.insert(digest.clone());
        }
        self.manifest_bytes += manifest.bytes.len() as u64;
        self.part_count += manifest.part_count();
        let before = self.manifests.insert(digest, manifest);
        self.uncount(before.as_deref());
    }

    fn uncount(&mut self, manifest: Option<&Manifest>) {
        if let Some(manifest) = manifest {
            self.manifest_bytes -= manifest.bytes.len() as u64;
            self.part_count -= manifest.part_count();
        }
    }

    pub(super) fn manifest_bytes(&self) -> u64 {
        self.manifest_bytes
    }

    pub(super) fn part_count(&self) -> usize {
        self.part_count
    }

    /// The number of blobs, manifests and tags.
    pub(super) fn object_count(&self) -> usize {
        self.blobs.len() + self.manifests.len() + self.tags.len()
    }

    /// Finds a manifest by tag or digest.
    pub(crate) fn resolve(&self, reference: &str) -> Option<(&Digest, &Arc<Manifest>)> {
        let digest = self
            .tags
            .get(reference)
            .map_or(reference, |tag| tag.digest.as_str());
        self.manifests.get_key_value(digest)
    }

    pub(crate) fn tag(&self, name: &str) -> Option<&Tag> {
        self.tags.get(name)
    }

    /// All tags, in byte order of their names.
    pub(crate) fn tags(&self) -> impl DoubleEndedIterator<Item = &Tag> {
        self.tags.values()
    }

    /// The tags after a name, which does not have to exist.
    pub(crate) fn tags_after(&self, last: &str) -> impl Iterator<Item = &Tag> {
        use std::ops::Bound;
        self.tags
            .range::<str, _>((Bound::Excluded(last), Bound::Unbounded))
            .map(|(_, tag)| tag)
    }

    /// All tags, the most recently changed first.
    pub(crate) fn recent_tags(&self) -> impl DoubleEndedIterator<Item = &Tag> {
        self.recent
            .iter()
            .rev()
            .map(|(_, _, name)| &self.tags[name])
    }

    pub(crate) fn tag_count(&self) -> usize {
        self.tags.len()
    }

    /// The bytes of all tagged images.
    pub(crate) fn size(&self) -> u64 {
        u64::try_from(self.size).unwrap_or(u64::MAX)
    }

    fn size_of(&self, digest: &Digest) -> u128 {
        self.manifests
            .get(digest.as_str())
            .map_or(0, |manifest| u128::from(manifest.size()))
    }

    /// Adds a tag, or replaces the tag of this name.
    pub(super) fn set_tag(&mut self, tag: Tag) {
        self.remove_tag(tag.name.as_str());
        self.size += self.size_of(&tag.digest);
        let entry = (tag.updated, tag.id, tag.name.clone());
        let position = self
            .recent
            .binary_search(&entry)
            .unwrap_or_else(|position| position);
        self.recent.insert(position, entry);
        let tags = self.tags_of.entry(tag.digest.clone()).or_default();
        tags.insert(tag.name.clone());
        self.tags.insert(tag.name.clone(), tag);
    }

    pub(super) fn remove_tag(&mut self, name: &str) -> Option<Tag> {
        let tag = self.tags.remove(name)?;
        self.size -= self.size_of(&tag.digest);
        let entry = (tag.updated, tag.id, tag.name.clone());
        if let Ok(position) = self.recent.binary_search(&entry) {
            self.recent.remove(position);
        }
        remove_from(&mut self.tags_of, &tag.digest, name);
        Some(tag)
    }

    /// Removes a manifest and the tags that point to it. Returns the tags.
    pub(super) fn remove_manifest(&mut self, digest: &str) -> Option<Vec<Tag>> {
        self.manifests.get(digest)?;
        let names: Vec<TagName> = self.tags_of(digest).cloned().collect();
        let tags = names
            .iter()
            .filter_map(|name| self.remove_tag(name.as_str()))
            .collect();
        let removed = self.manifests.remove(digest)?;
        self.uncount(Some(&removed));
        if let Some(subject) = &removed.subject {
            remove_from(&mut self.referrers, subject, digest);
        }
        Some(tags)
    }

    /// The manifests that have this one as their subject.
    pub(super) fn referrers<'a>(
        &'a self,
        subject: &str,
    ) -> impl Iterator<Item = (&'a Digest, &'a Arc<Manifest>)> + use<'a> {
        let referrers = self.referrers.get(subject).into_iter().flatten();
        referrers.filter_map(|digest| self.manifests.get_key_value(digest))
    }

    /// The names of the tags that point to a manifest.
    pub(super) fn tags_of<'a>(
        &'a self,
        digest: &str,
    ) -> impl Iterator<Item = &'a TagName> + use<'a> {
        self.tags_of.get(digest).into_iter().flatten()
    }
}

/// Removes one value from the set of a digest, and the set if it becomes empty.
fn remove_from<T: Ord + Borrow<str>>(
    all: &mut BTreeMap<Digest, BTreeSet<T>>,
    digest: &Digest,
    one: &str,
) {
    if let Some(of_digest) = all.get_mut(digest) {
        of_digest.remove(one);
        if of_digest.is_empty() {
            all.remove(digest);
        }
    }
}

/// The digest that a cosign signature's tag refers to: `sha256-<hex>.sig` refers to `sha256:<hex>`.
pub(crate) fn signed_digest(tag: &str) -> Option<Digest> {
    let hex = tag.strip_prefix("sha256-")?.strip_suffix(".sig")?;
    Digest::parse(&format!("sha256:{hex}")).ok()
}

impl TagName {
    /// The tag of a cosign signature for this digest.
    pub(crate) fn of_signature(digest: &Digest) -> Result<TagName, Refusal> {
        TagName::parse(&format!("sha256-{}.sig", digest.hex()))
    }
}
