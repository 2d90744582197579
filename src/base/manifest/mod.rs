//! Manifests of images and lists. [`read`] parses and validates them.

pub(crate) mod read;

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::base::digest::Digest;

/// A reference of a manifest to a blob or to another manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Descriptor {
    pub(crate) media_type: String,
    pub(crate) digest: String,
    pub(crate) size: u64,
}

/// The kind of a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An image, or an artifact with the structure of an image.
    Image {
        config: Descriptor,
        layers: Vec<Descriptor>,
    },
    /// A list of manifests: a Docker manifest list or an OCI index.
    List { manifests: Vec<Descriptor> },
}

/// A manifest: the bytes as they were pushed, and their parsed content.
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
    /// The size of config and layers in bytes; 0 for a list.
    pub(crate) fn size(&self) -> u64 {
        match &self.kind {
            Kind::Image { config, layers } => layers
                .iter()
                .fold(config.size, |sum, layer| sum.saturating_add(layer.size)),
            Kind::List { .. } => 0,
        }
    }

    /// The number of layers or listed manifests, plus annotations.
    pub(crate) fn part_count(&self) -> usize {
        let listed = match &self.kind {
            Kind::Image { layers, .. } => layers.len(),
            Kind::List { manifests } => manifests.len(),
        };
        listed + self.annotations.len()
    }

    /// The hex digits of the config's digest, which the management API calls `image_id`; empty for a list.
    pub(crate) fn image_id(&self) -> &str {
        match &self.kind {
            Kind::Image { config, .. } => config.digest.split_once(':').map_or("", |(_, hex)| hex),
            Kind::List { .. } => "",
        }
    }

    /// Its `artifactType`, or the media type of its config.
    pub(crate) fn artifact_type(&self) -> Option<&str> {
        let config_type = match &self.kind {
            Kind::Image { config, .. } => Some(config.media_type.as_str()),
            Kind::List { .. } => None,
        };
        self.artifact_type.as_deref().or(config_type)
    }

    /// The blobs that must exist in the repository. Non-distributable layers are stored elsewhere.
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

    /// The reason why the real service refuses it: OCI indexes and artifacts, attestations, zstd layers.
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
