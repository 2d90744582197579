//! Images that a test puts into a repository: real content, the same in every run, made in microseconds.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::clock::Time;
use crate::registry::manifests::read_manifest;
use crate::state::{
    Algorithm, Blob, DOCKER_CONFIG, DOCKER_LIST, DOCKER_MANIFEST, Digest, Manifest, OCI_CONFIG,
    OCI_MANIFEST, Place, State, TagName,
};
use crate::world::FixtureError;

/// An image to seed: a tag, and what lies under it.
///
/// Without further words it is one layer for one platform, pushed now. Its content is real: it can be pulled,
/// digests and sizes are right, and the same recipe gives the same bytes in every run; of one with an age the
/// configuration says when it was made, so that the clock must stand for that.
///
/// ```
/// use mock_swr::{Image, MockSwr, days};
///
/// let swr = MockSwr::start();
/// let old = Image::new("v1").layers(3).age(days(40)).pulls(7);
/// let web = swr.seed_repo("group/web").image(old).image("v2");
/// assert_eq!(web.tags(), ["v1", "v2"]);
/// assert_eq!(web.info().num_download, 7);
/// ```
#[derive(Debug, Clone)]
pub struct Image {
    tag: String,
    layers: usize,
    age: Duration,
    pulls: u64,
    platforms: Vec<String>,
    signed: bool,
    layout: Option<Arc<Layout>>,
}

/// The content of an OCI layout.
#[derive(Debug)]
struct Layout {
    root: Digest,
    media_type: String,
    blobs: Vec<(Digest, Bytes)>,
}

impl From<&str> for Image {
    fn from(tag: &str) -> Image {
        Image::new(tag)
    }
}

impl Image {
    /// An image under this tag.
    pub fn new(tag: &str) -> Image {
        Image {
            tag: tag.to_owned(),
            layers: 1,
            age: Duration::ZERO,
            pulls: 0,
            platforms: Vec::new(),
            signed: false,
            layout: None,
        }
    }

    /// With so many layers.
    pub fn layers(mut self, n: usize) -> Image {
        self.layers = n;
        self
    }

    /// Pushed so long ago, by the service's clock.
    pub fn age(mut self, age: Duration) -> Image {
        self.age = age;
        self
    }

    /// Pulled so often: adds to the repository's `num_download`.
    pub fn pulls(mut self, n: u64) -> Image {
        self.pulls = n;
        self
    }

    /// For these platforms, as `linux/amd64`: a docker manifest list of an image each.
    pub fn platforms<S: Into<String>>(mut self, platforms: impl IntoIterator<Item = S>) -> Image {
        self.platforms = platforms.into_iter().map(Into::into).collect();
        self
    }

    /// Signed as cosign does it: with a tag `sha256-<hex>.sig` beside it.
    pub fn signed(mut self) -> Image {
        self.signed = true;
        self
    }

    /// What an OCI image layout holds, as `skopeo copy .. oci:dir` writes it. The tag is that of the layout's first
    /// entry, or `latest`.
    ///
    /// # Errors
    ///
    /// If the folder is no layout, or a blob is not what its name says.
    ///
    /// ```
    /// let error = mock_swr::Image::from_oci_layout("no/such/layout").unwrap_err();
    /// assert!(error.to_string().contains("no/such/layout"));
    /// ```
    pub fn from_oci_layout(dir: impl AsRef<Path>) -> Result<Image, FixtureError> {
        let dir = dir.as_ref();
        let (layout, tag) =
            Layout::read(dir).map_err(|reason| FixtureError::of_file(dir, reason))?;
        Ok(Image {
            layout: Some(Arc::new(layout)),
            ..Image::new(tag.as_deref().unwrap_or("latest"))
        })
    }

    pub(crate) fn tag(&self) -> &str {
        &self.tag
    }

    /// Puts it into a repository that is there.
    pub(crate) fn put(&self, state: &mut State, place: &Place) -> Result<(), String> {
        let tag = TagName::parse(&self.tag).map_err(|_| {
            format!(
                "`{}` cannot be a tag: up to 128 of letters, digits, `_`, `.` and `-`",
                self.tag
            )
        })?;
        let created = state.clock.now().before(self.age);
        let root = match &self.layout {
            Some(layout) => layout.put(state, place)?,
            None => self.build(state, place, created)?,
        };
        state.seed_tag(place, tag, &root, created);
        if self.signed {
            self.sign(state, place, &root, created)?;
        }
        state.alter_repo(&place.namespace, &place.repo, |repo| {
            repo.num_download += self.pulls
        });
        Ok(())
    }

    /// The image by its recipe; the digest of its manifest.
    fn build(&self, state: &mut State, place: &Place, created: Time) -> Result<Digest, String> {
        if self.platforms.is_empty() {
            return self
                .build_platform(state, place, created, "linux/amd64")
                .map(|(digest, _)| digest);
        }
        let mut manifests = Vec::new();
        for platform in &self.platforms {
            let (digest, size) = self.build_platform(state, place, created, platform)?;
            let (os, architecture) = platform.split_once('/').unwrap_or(("linux", platform));
            let platform = json!({"os": os, "architecture": architecture});
            manifests.push(json!({
                "mediaType": DOCKER_MANIFEST, "digest": digest.as_str(), "size": size, "platform": platform
            }));
        }
        let list = json!({"schemaVersion": 2, "mediaType": DOCKER_LIST, "manifests": manifests});
        put_manifest(state, place, &list).map(|(digest, _)| digest)
    }

    fn build_platform(
        &self,
        state: &mut State,
        place: &Place,
        created: Time,
        platform: &str,
    ) -> Result<(Digest, usize), String> {
        let (os, architecture) = platform.split_once('/').unwrap_or(("linux", platform));
        let mut layers = Vec::new();
        let mut diff_ids = Vec::new();
        for number in 0..self.layers {
            let tar = tar_file(
                &format!("layer-{number}"),
                format!("{} {platform} {number}\n", self.tag).as_bytes(),
            );
            diff_ids
                .push(Digest::of(Algorithm::Sha256, &[Bytes::copy_from_slice(&tar)]).to_string());
            let blob = Bytes::from(gzip_stored(&tar));
            layers.push(descriptor(
                state,
                place,
                "application/vnd.docker.image.rootfs.diff.tar.gzip",
                blob,
            ));
        }
        let mut config = json!({
            "architecture": architecture, "os": os, "config": {},
            "rootfs": {"type": "layers", "diff_ids": diff_ids},
        });
        // Without an age it would be another image in every run.
        if !self.age.is_zero() {
            config["created"] = created.to_string().into();
        }
        let config = descriptor(state, place, DOCKER_CONFIG, config.to_string().into());
        let manifest = json!({
            "schemaVersion": 2, "mediaType": DOCKER_MANIFEST, "config": config, "layers": layers
        });
        put_manifest(state, place, &manifest)
    }

    fn sign(
        &self,
        state: &mut State,
        place: &Place,
        root: &Digest,
        created: Time,
    ) -> Result<(), String> {
        let payload = json!({
            "critical": {
                "identity": {"docker-reference": place.full()},
                "image": {"docker-manifest-digest": root.as_str()},
                "type": "cosign container image signature",
            },
            "optional": null,
        });
        let layer = descriptor(
            state,
            place,
            "application/vnd.dev.cosign.simplesigning.v1+json",
            payload.to_string().into(),
        );
        let config = descriptor(state, place, OCI_CONFIG, Bytes::from_static(b"{}"));
        let manifest = json!({
            "schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": config, "layers": [layer]
        });
        let (digest, _) = put_manifest(state, place, &manifest)?;
        let tag = TagName::of_signature(root)
            .map_err(|_| "a signature of sha512 has no tag".to_owned())?;
        state.seed_tag(place, tag, &digest, created);
        Ok(())
    }
}

/// Puts a blob there; its descriptor.
fn descriptor(state: &mut State, place: &Place, media_type: &str, bytes: Bytes) -> Value {
    let digest = Digest::of(Algorithm::Sha256, std::slice::from_ref(&bytes));
    let descriptor =
        json!({"mediaType": media_type, "digest": digest.as_str(), "size": bytes.len()});
    state.put_blob(place, &digest, Blob::whole(bytes));
    descriptor
}

/// Puts a manifest there; its digest and size.
fn put_manifest(
    state: &mut State,
    place: &Place,
    manifest: &Value,
) -> Result<(Digest, usize), String> {
    let bytes = Bytes::from(manifest.to_string());
    let (digest, size) = (
        Digest::of(Algorithm::Sha256, std::slice::from_ref(&bytes)),
        bytes.len(),
    );
    state.store_manifest(place, digest.clone(), Vec::new(), parse(bytes, None)?);
    Ok((digest, size))
}

fn parse(bytes: Bytes, media_type: Option<&str>) -> Result<Manifest, String> {
    read_manifest(bytes, media_type).map_err(|denied| format!("no manifest: {}", denied.detail))
}

/// A tar archive of one file.
fn tar_file(name: &str, content: &[u8]) -> Vec<u8> {
    let mut header = [0u8; 512];
    let mut field = |at: usize, text: &[u8]| header[at..at + text.len()].copy_from_slice(text);
    field(0, name.as_bytes());
    field(100, b"0000644\0");
    field(108, b"0000000\0");
    field(116, b"0000000\0");
    field(124, format!("{:011o}\0", content.len()).as_bytes());
    field(136, b"00000000000\0");
    field(148, b"        ");
    field(156, b"0");
    field(257, b"ustar\x0000");
    let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let mut tar = header.to_vec();
    tar.extend_from_slice(content);
    // To the end of the block, and two empty blocks as the archive's end.
    tar.resize(tar.len().next_multiple_of(512) + 1024, 0);
    tar
}

/// A gzip stream that holds the bytes as they are: what layers are, without a compressor.
fn gzip_stored(content: &[u8]) -> Vec<u8> {
    let mut gzip = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let mut chunks = content.chunks(0xffff).peekable();
    while let Some(chunk) = chunks.next() {
        gzip.push(u8::from(chunks.peek().is_none()));
        let length = chunk.len() as u16;
        gzip.extend_from_slice(&length.to_le_bytes());
        gzip.extend_from_slice(&(!length).to_le_bytes());
        gzip.extend_from_slice(chunk);
    }
    gzip.extend_from_slice(&crc32(content).to_le_bytes());
    gzip.extend_from_slice(&(content.len() as u32).to_le_bytes());
    gzip
}

fn crc32(content: &[u8]) -> u32 {
    !content.iter().fold(!0u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            if crc & 1 == 1 {
                (crc >> 1) ^ 0xedb8_8320
            } else {
                crc >> 1
            }
        })
    })
}

#[derive(Deserialize)]
struct LayoutIndex {
    manifests: Vec<LayoutEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LayoutEntry {
    media_type: String,
    digest: String,
    #[serde(default)]
    annotations: std::collections::BTreeMap<String, String>,
}

impl Layout {
    fn read(dir: &Path) -> Result<(Layout, Option<String>), String> {
        let index = read_file(&dir.join("index.json"))?;
        let index: LayoutIndex =
            serde_json::from_slice(&index).map_err(|error| format!("index.json: {error}"))?;
        let Some(entry) = index.manifests.into_iter().next() else {
            return Err("index.json: it lists no manifest".to_owned());
        };
        let root = Digest::parse(&entry.digest)
            .map_err(|_| format!("index.json: `{}` is no digest", entry.digest))?;
        let mut blobs = Vec::new();
        for algorithm in ["sha256", "sha512"] {
            let Ok(files) = std::fs::read_dir(dir.join("blobs").join(algorithm)) else {
                continue;
            };
            for file in files {
                let path = file.map_err(|error| error.to_string())?.path();
                let name = path
                    .file_name()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned();
                let digest = Digest::parse(&format!("{algorithm}:{name}"));
                let digest = digest
                    .map_err(|_| format!("blobs/{algorithm}/{name} is not named after a digest"))?;
                let bytes = Bytes::from(read_file(&path)?);
                if Digest::of(digest.algorithm(), std::slice::from_ref(&bytes)) != digest {
                    return Err(format!(
                        "blobs/{algorithm}/{name} is not what its name says"
                    ));
                }
                blobs.push((digest, bytes));
            }
        }
        // In the same order on every machine.
        blobs.sort_by(|(a, _), (b, _)| a.cmp(b));
        let tag = entry
            .annotations
            .get("org.opencontainers.image.ref.name")
            .cloned();
        Ok((
            Layout {
                root,
                media_type: entry.media_type,
                blobs,
            },
            tag,
        ))
    }

    fn put(&self, state: &mut State, place: &Place) -> Result<Digest, String> {
        self.put_tree(state, place, &self.root, &self.media_type)?;
        Ok(self.root.clone())
    }

    /// A manifest, and all that it refers to.
    fn put_tree(
        &self,
        state: &mut State,
        place: &Place,
        digest: &Digest,
        media_type: &str,
    ) -> Result<(), String> {
        let manifest = parse(self.blob(digest)?, Some(media_type))?;
        match &manifest.kind {
            crate::state::Kind::Image { .. } => {
                for needed in manifest.needed_blobs() {
                    let needed = Digest::parse(&needed.digest)
                        .map_err(|_| format!("`{}` is no digest", needed.digest))?;
                    state.put_blob(place, &needed, Blob::whole(self.blob(&needed)?));
                }
            }
            crate::state::Kind::List { manifests } => {
                for child in manifests {
                    let digest = Digest::parse(&child.digest)
                        .map_err(|_| format!("`{}` is no digest", child.digest))?;
                    self.put_tree(state, place, &digest, &child.media_type)?;
                }
            }
        }
        state.store_manifest(place, digest.clone(), Vec::new(), manifest);
        Ok(())
    }

    fn blob(&self, digest: &Digest) -> Result<Bytes, String> {
        let place = self.blobs.binary_search_by(|(known, _)| known.cmp(digest));
        place
            .map(|place| self.blobs[place].1.clone())
            .map_err(|_| format!("the layout lacks {digest}"))
    }
}

fn read_file(path: &Path) -> Result<Vec<u8>, String> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    std::fs::read(path).map_err(|error| format!("{name}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_is_that_of_gzip() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn a_layout_is_read_with_all_it_refers_to_and_its_mistakes_are_told() {
        let dir = std::env::temp_dir().join(format!("mock-swr-layout-{}", std::process::id()));
        let blobs = dir.join("blobs/sha256");
        std::fs::create_dir_all(&blobs).unwrap();
        let write = |content: &str| {
            let digest = Digest::of(
                Algorithm::Sha256,
                &[Bytes::copy_from_slice(content.as_bytes())],
            );
            std::fs::write(blobs.join(digest.hex()), content).unwrap();
            digest
        };
        let config = write("{}");
        let manifest = json!({
            "schemaVersion": 2,
            "config": {"mediaType": OCI_CONFIG, "digest": config.as_str(), "size": 2},
            "layers": [],
        });
        let root = write(&manifest.to_string());
        let index = json!({"manifests": [{
            "mediaType": OCI_MANIFEST, "digest": root.as_str(),
            "annotations": {"org.opencontainers.image.ref.name": "v7"},
        }]});
        std::fs::write(dir.join("index.json"), index.to_string()).unwrap();

        let swr = crate::MockSwr::start();
        let web = swr
            .seed_repo("group/web")
            .image(Image::from_oci_layout(&dir).unwrap());
        assert_eq!(web.tag("v7").digest, root.as_str());
        assert_eq!(web.content(config.as_str()), "{}");

        std::fs::write(blobs.join(config.hex()), "[]").unwrap();
        let error = Image::from_oci_layout(&dir).unwrap_err().to_string();
        assert!(error.ends_with("is not what its name says"), "{error}");
        std::fs::write(dir.join("index.json"), r#"{"manifests": []}"#).unwrap();
        let error = Image::from_oci_layout(&dir).unwrap_err().to_string();
        assert!(
            error.ends_with("index.json: it lists no manifest"),
            "{error}"
        );
        std::fs::remove_dir_all(dir).unwrap();
    }
}
