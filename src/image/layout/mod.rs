//! Images of an OCI layout, as podman, skopeo, BuildKit, crane, oras and docker write it.
//!
//! `index.json` lists images (`index`) under names of several forms (`name`); what one of them refers to is read from
//! the blobs (`files`).

mod files;
mod index;
mod name;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use bytes::Bytes;

use super::parse;
use crate::state::{
    Blob, DOCKER_LIST, DOCKER_MANIFEST, Digest, Kind, Manifest, OCI_INDEX, OCI_MANIFEST, Place,
    State,
};
use files::Files;
use index::{Choice, Entry, Index, list};

/// So deep an index may hold another one.
const MAX_DEPTH: usize = 64;
/// So many blobs and manifests a layout may refer to.
const MAX_FILES: usize = 10_000;

/// The content of an OCI layout: what one manifest refers to, and nothing else.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// Those that an index refers to come before it; the last is the root.
    manifests: Vec<(Digest, Manifest)>,
    blobs: BTreeMap<Digest, Bytes>,
}

impl Layout {
    /// The image of this name, or the only one, and its tag if it has one.
    pub(super) fn read(dir: &Path, name: Option<&str>) -> Result<(Layout, Option<String>), String> {
        let files = Files::open(dir)?;
        let choose = || {
            let index = files.read_index()?;
            let Choice { root, tag } = match name {
                Some(name) => index.named(&files, name)?,
                None => index.only(&files)?,
            };
            let mut reader = Reader {
                files: &files,
                seen: BTreeSet::new(),
                layout: Layout::default(),
            };
            reader.read_tree(&root.digest, &root.media_type, root.size, 0)?;
            Ok((reader.layout, tag))
        };
        choose().map_err(|reason: String| format!("index.json: {reason}"))
    }

    pub(super) fn put(&self, state: &mut State, place: &Place) -> Result<Digest, String> {
        for (digest, bytes) in &self.blobs {
            state.put_blob(place, digest, Blob::whole(bytes.clone()));
        }
        for (digest, manifest) in &self.manifests {
            state.store_manifest(place, digest.clone(), Vec::new(), manifest.clone());
        }
        let root = self.manifests.last();
        let root = root.ok_or_else(|| "the layout holds no manifest".to_owned())?;
        Ok(root.0.clone())
    }
}

/// Reads an image, each digest once, however often it is referred to.
struct Reader<'a> {
    files: &'a Files<'a>,
    /// Manifests.
    seen: BTreeSet<Digest>,
    layout: Layout,
}

impl Reader<'_> {
    /// A manifest, and all that it refers to.
    fn read_tree(
        &mut self,
        digest: &str,
        media_type: &str,
        size: u64,
        depth: usize,
    ) -> Result<(), String> {
        if depth > MAX_DEPTH {
            return Err(format!("an index in an index, over {MAX_DEPTH} deep"));
        }
        let digest = parse_digest(digest)?;
        if !self.seen.insert(digest.clone()) {
            return Ok(());
        }
        check_type(&digest, media_type)?;
        let bytes = self.read_blob(&digest, size)?;
        let manifest =
            read_manifest(bytes, media_type).map_err(|reason| format!("{digest}: {reason}"))?;
        match &manifest.kind {
            Kind::Image { .. } => {
                for needed in manifest.needed_blobs() {
                    let digest = parse_digest(&needed.digest)?;
                    if !self.layout.blobs.contains_key(&digest) {
                        let bytes = self.read_blob(&digest, needed.size)?;
                        self.layout.blobs.insert(digest, bytes);
                    }
                }
            }
            Kind::List { manifests } => {
                self.check_whole(&digest, &manifest.bytes)?;
                for child in manifests {
                    self.read_tree(&child.digest, &child.media_type, child.size, depth + 1)?;
                }
            }
        }
        self.layout.manifests.push((digest, manifest));
        Ok(())
    }

    fn read_blob(&self, digest: &Digest, size: u64) -> Result<Bytes, String> {
        if self.seen.len() + self.layout.blobs.len() > MAX_FILES {
            return Err(format!("it refers to more than {MAX_FILES} blobs"));
        }
        self.files.blob(digest, size)
    }

    /// `docker save` writes an index as it was pulled, and of its images only those that were pulled.
    fn check_whole(&self, digest: &Digest, bytes: &[u8]) -> Result<(), String> {
        let index = Index::read(bytes).map_err(|reason| format!("{digest}: {reason}"))?;
        let (there, missing): (Vec<&Entry>, Vec<&Entry>) = index
            .entries()
            .iter()
            .partition(|entry| self.files.has(&entry.digest));
        let Some(first) = missing.first() else {
            return Ok(());
        };
        let there: Vec<&Entry> = there
            .into_iter()
            .filter(|entry| !entry.is_attestation())
            .collect();
        let heading = format!(
            "{digest} lists {} manifests, and the layout lacks {} of them, {} first",
            index.entries().len(),
            missing.len(),
            first.digest
        );
        if there.is_empty() {
            return Err(heading);
        }
        let heading = heading
            + "; choose one that is there with `Image::from_oci_layout_named`, by its digest:";
        Err(list(heading, &there, self.files))
    }
}

/// Whether a descriptor is one of a manifest.
fn check_type(digest: &Digest, media_type: &str) -> Result<(), String> {
    const KNOWN: [&str; 4] = [OCI_MANIFEST, OCI_INDEX, DOCKER_MANIFEST, DOCKER_LIST];
    if KNOWN.contains(&media_type) {
        return Ok(());
    }
    Err(format!(
        "{digest} has the media type `{media_type}`, and an image has one of {}",
        KNOWN.join(", ")
    ))
}

/// A manifest that is what its descriptor says. One that does not name its own type is what the descriptor says.
fn read_manifest(bytes: Bytes, media_type: &str) -> Result<Manifest, String> {
    let manifest = parse(bytes.clone(), None)?;
    if manifest.media_type == media_type {
        return Ok(manifest);
    }
    parse(bytes, Some(media_type)).map_err(|_| {
        format!(
            "its descriptor says {media_type}, and its mediaType is {}",
            manifest.media_type
        )
    })
}

fn parse_digest(text: &str) -> Result<Digest, String> {
    Digest::parse(text).map_err(|_| format!("`{text}` is not a digest"))
}
