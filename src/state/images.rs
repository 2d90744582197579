//! What a repository holds: blobs, manifests, tags.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;

use super::{Digest, Refusal, TagName};
use crate::base::clock::Time;

/// What a manifest refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Descriptor {
    pub(crate) media_type: String,
    pub(crate) digest: String,
    pub(crate) size: u64,
}

/// What a manifest is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One image, or an artifact in its form.
    Image {
        config: Descriptor,
        layers: Vec<Descriptor>,
    },
    /// A list of manifests: docker's, or an OCI index.
    List { manifests: Vec<Descriptor> },
}

/// A manifest: the bytes as they were pushed, and what they say.
#[derive(Debug, Clone)]
pub(crate) struct Manifest {
    pub(crate) bytes: Bytes,
    pub(crate) media_type: String,
    pub(crate) kind: Kind,
    pub(crate) subject: Option<Digest>,
    pub(crate) artifact_type: Option<String>,
    pub(crate) annotations: BTreeMap<String, String>,
}

pub(crate) const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub(crate) const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub(crate) const OCI_CONFIG: &str = "application/vnd.oci.image.config.v1+json";
pub(crate) const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
pub(crate) const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
pub(crate) const DOCKER_CONFIG: &str = "application/vnd.docker.container.image.v1+json";

impl Manifest {
    /// Bytes of configuration and layers together; of a list none of its own.
    pub(crate) fn size(&self) -> u64 {
        match &self.kind {
            Kind::Image { config, layers } => layers
                .iter()
                .fold(config.size, |sum, layer| sum.saturating_add(layer.size)),
            Kind::List { .. } => 0,
        }
    }

    /// Layers or manifests, and annotations.
    fn part_count(&self) -> usize {
        let listed = match &self.kind {
            Kind::Image { layers, .. } => layers.len(),
            Kind::List { manifests } => manifests.len(),
        };
        listed + self.annotations.len()
    }

    /// The configuration's digest without its algorithm: what the management API calls `image_id`.
    pub(crate) fn image_id(&self) -> &str {
        match &self.kind {
            Kind::Image { config, .. } => config.digest.split_once(':').map_or("", |(_, hex)| hex),
            Kind::List { .. } => "",
        }
    }

    /// Blobs it cannot do without; layers that may not be distributed are elsewhere.
    pub(crate) fn needed_blobs(&self) -> impl Iterator<Item = &Descriptor> {
        let (config, layers) = match &self.kind {
            Kind::Image { config, layers } => (Some(config), &layers[..]),
            Kind::List { .. } => (None, &[][..]),
        };
        let distributable = layers.iter().filter(|layer| {
            !layer.media_type.contains("nondistributable") && !layer.media_type.contains("foreign")
        });
        config.into_iter().chain(distributable)
    }

    /// Why the real service would not take it: OCI indexes and artifacts, attestations, zstd layers.
    pub(crate) fn refused_by_swr(&self) -> Option<&'static str> {
        match &self.kind {
            Kind::List { .. } if self.media_type == OCI_INDEX => Some("an OCI image index"),
            Kind::List { .. } => None,
            Kind::Image { config, .. }
                if config.media_type != OCI_CONFIG && config.media_type != DOCKER_CONFIG =>
            {
                Some("an OCI artifact")
            }
            Kind::Image { layers, .. } => layers.iter().find_map(|layer| {
                if layer.media_type.ends_with("+zstd") {
                    Some("an image with zstd layers")
                } else if layer.media_type.contains("in-toto") {
                    Some("an attestation of BuildKit")
                } else {
                    None
                }
            }),
        }
    }
}

/// A name that stands for a manifest.
#[derive(Debug, Clone)]
pub(crate) struct Tag {
    pub(crate) id: u64,
    pub(crate) name: TagName,
    pub(crate) digest: Digest,
    pub(crate) created: Time,
    pub(crate) updated: Time,
}

/// What a repository holds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Images {
    blobs: BTreeSet<Digest>,
    manifests: BTreeMap<Digest, Arc<Manifest>>,
    /// The manifests that name one as their subject.
    referrers: BTreeMap<Digest, BTreeSet<Digest>>,
    tags: BTreeMap<TagName, Tag>,
    /// The tags that stand for a manifest.
    tags_of: BTreeMap<Digest, BTreeSet<TagName>>,
    /// The tags' names, by time of the last change and id.
    recent: Vec<(Time, u64, TagName)>,
    /// A client may name any sizes: this holds their sum.
    size: u128,
    manifest_bytes: u64,
    /// Layers, manifests and annotations of all manifests.
    part_count: usize,
}

impl Images {
    pub(crate) fn has_blob(&self, digest: &str) -> bool {
        self.blobs.contains(digest)
    }

    pub(crate) fn blobs(&self) -> impl Iterator<Item = &Digest> {
        self.blobs.iter()
    }

    /// Links a blob; says whether it was not linked before.
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

    /// Blobs, manifests and tags.
    pub(super) fn object_count(&self) -> usize {
        self.blobs.len() + self.manifests.len() + self.tags.len()
    }

    /// By tag or digest.
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

    /// In the order of their bytes.
    pub(crate) fn tags(&self) -> impl DoubleEndedIterator<Item = &Tag> {
        self.tags.values()
    }

    /// Those after a name, which need not exist.
    pub(crate) fn tags_after(&self, last: &str) -> impl Iterator<Item = &Tag> {
        use std::ops::Bound;
        self.tags
            .range::<str, _>((Bound::Excluded(last), Bound::Unbounded))
            .map(|(_, tag)| tag)
    }

    /// The latest change first.
    pub(crate) fn recent_tags(&self) -> impl DoubleEndedIterator<Item = &Tag> {
        self.recent
            .iter()
            .rev()
            .map(|(_, _, name)| &self.tags[name])
    }

    pub(crate) fn tag_count(&self) -> usize {
        self.tags.len()
    }

    /// Bytes of all tags' images together.
    pub(crate) fn size(&self) -> u64 {
        u64::try_from(self.size).unwrap_or(u64::MAX)
    }

    fn size_of(&self, digest: &Digest) -> u128 {
        self.manifests
            .get(digest.as_str())
            .map_or(0, |manifest| u128::from(manifest.size()))
    }

    /// Points a tag at a manifest. One that was there keeps its id and the time of its making.
    pub(super) fn set_tag(&mut self, tag: Tag) {
        self.remove_tag(tag.name.as_str());
        self.size += self.size_of(&tag.digest);
        let entry = (tag.updated, tag.id, tag.name.clone());
        let place = self
            .recent
            .binary_search(&entry)
            .unwrap_or_else(|place| place);
        self.recent.insert(place, entry);
        let tags = self.tags_of.entry(tag.digest.clone()).or_default();
        tags.insert(tag.name.clone());
        self.tags.insert(tag.name.clone(), tag);
    }

    pub(super) fn remove_tag(&mut self, name: &str) -> Option<Tag> {
        let tag = self.tags.remove(name)?;
        self.size -= self.size_of(&tag.digest);
        let entry = (tag.updated, tag.id, tag.name.clone());
        if let Ok(place) = self.recent.binary_search(&entry) {
            self.recent.remove(place);
        }
        remove_from(&mut self.tags_of, &tag.digest, name);
        Some(tag)
    }

    /// Takes a manifest away, with the tags that stand for it.
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

    /// Manifests that name this one as their subject.
    pub(crate) fn referrers(
        &self,
        subject: &str,
    ) -> impl Iterator<Item = (&Digest, &Arc<Manifest>)> {
        let referrers = self.referrers.get(subject).into_iter().flatten();
        referrers.filter_map(|digest| self.manifests.get_key_value(digest))
    }

    /// The tags that stand for a manifest.
    pub(super) fn tags_of(&self, digest: &str) -> impl Iterator<Item = &TagName> {
        self.tags_of.get(digest).into_iter().flatten()
    }
}

/// Takes one out of those that belong to a digest.
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

/// The digest that the tag of a cosign signature is about: `sha256-<hex>.sig` is about `sha256:<hex>`.
pub(crate) fn signed_digest(tag: &str) -> Option<Digest> {
    let hex = tag.strip_prefix("sha256-")?.strip_suffix(".sig")?;
    Digest::parse(&format!("sha256:{hex}")).ok()
}

impl TagName {
    /// The tag under which a signature of this digest lies.
    pub(crate) fn of_signature(digest: &Digest) -> Result<TagName, Refusal> {
        TagName::parse(&format!("sha256-{}.sig", digest.hex()))
    }
}
