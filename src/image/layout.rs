//! Images of an OCI layout.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use bytes::Bytes;
use serde::Deserialize;

use super::parse;
use crate::state::{Blob, Digest, Kind, Manifest, Place, State};
use crate::world::read_file;

/// So deep an index may hold another one.
const MAX_DEPTH: usize = 64;
/// So many blobs and manifests a layout may refer to.
const MAX_FILES: usize = 10_000;

/// The content of an OCI layout: what its first entry refers to, and nothing else.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// Those that an index refers to come before it; the last is the root.
    manifests: Vec<(Digest, Manifest)>,
    blobs: BTreeMap<Digest, Bytes>,
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
    annotations: BTreeMap<String, String>,
}

impl Layout {
    pub(super) fn read(dir: &Path) -> Result<(Layout, Option<String>), String> {
        let index = read_file(&dir.join("index.json"));
        let index = index.map_err(|reason| format!("index.json: {reason}"))?;
        let index: LayoutIndex =
            serde_json::from_slice(&index).map_err(|error| format!("index.json: {error}"))?;
        let Some(entry) = index.manifests.into_iter().next() else {
            return Err("index.json: it lists no manifest".to_owned());
        };
        let mut reader = Reader {
            dir,
            seen: BTreeSet::new(),
            layout: Layout::default(),
        };
        reader
            .read_tree(&entry.digest, &entry.media_type, 0)
            .map_err(|reason| format!("index.json: {reason}"))?;
        let tag = entry
            .annotations
            .get("org.opencontainers.image.ref.name")
            .cloned();
        Ok((reader.layout, tag))
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

/// Reads a layout, each digest once, however often it is referred to.
struct Reader<'a> {
    dir: &'a Path,
    /// Manifests.
    seen: BTreeSet<Digest>,
    layout: Layout,
}

impl Reader<'_> {
    /// A manifest, and all that it refers to.
    fn read_tree(&mut self, digest: &str, media_type: &str, depth: usize) -> Result<(), String> {
        if depth > MAX_DEPTH {
            return Err(format!("an index in an index, over {MAX_DEPTH} deep"));
        }
        let digest = parse_digest(digest)?;
        if !self.seen.insert(digest.clone()) {
            return Ok(());
        }
        let bytes = self.read_blob(&digest)?;
        let manifest =
            parse(bytes, Some(media_type)).map_err(|reason| format!("{digest}: {reason}"))?;
        match &manifest.kind {
            Kind::Image { .. } => {
                for needed in manifest.needed_blobs() {
                    let digest = parse_digest(&needed.digest)?;
                    if !self.layout.blobs.contains_key(&digest) {
                        let bytes = self.read_blob(&digest)?;
                        self.layout.blobs.insert(digest, bytes);
                    }
                }
            }
            Kind::List { manifests } => {
                for child in manifests {
                    self.read_tree(&child.digest, &child.media_type, depth + 1)?;
                }
            }
        }
        self.layout.manifests.push((digest, manifest));
        Ok(())
    }

    /// A file of the layout.
    fn read_blob(&self, digest: &Digest) -> Result<Bytes, String> {
        if self.seen.len() + self.layout.blobs.len() > MAX_FILES {
            return Err(format!("it refers to more than {MAX_FILES} blobs"));
        }
        let name = format!("blobs/{}", digest.as_str().replace(':', "/"));
        let bytes = read_file(&self.dir.join(&name));
        let bytes = Bytes::from(bytes.map_err(|reason| format!("{name}: {reason}"))?);
        if Digest::of(digest.algorithm(), std::slice::from_ref(&bytes)) != *digest {
            return Err(format!("{name} is not what its name says"));
        }
        Ok(bytes)
    }
}

fn parse_digest(text: &str) -> Result<Digest, String> {
    Digest::parse(text).map_err(|_| format!("`{text}` is no digest"))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use serde_json::json;

    use super::*;
    use crate::image::Image;
    use crate::state::{Algorithm, OCI_CONFIG, OCI_INDEX, OCI_MANIFEST};

    /// A folder for a layout, which is removed in the end.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Folder {
            let name = format!("mock-swr-layout-{name}-{}", std::process::id());
            let dir = std::env::temp_dir().join(name);
            std::fs::create_dir_all(dir.join("blobs/sha256")).unwrap();
            Folder(dir)
        }

        /// Adds a blob.
        fn add(&self, content: &str) -> Digest {
            let bytes = Bytes::copy_from_slice(content.as_bytes());
            let digest = Digest::of(Algorithm::Sha256, &[bytes]);
            std::fs::write(self.0.join("blobs/sha256").join(digest.hex()), content).unwrap();
            digest
        }

        /// Makes this the first entry.
        fn enter(&self, media_type: &str, digest: &Digest) {
            let index = json!({"schemaVersion": 2, "manifests": [{"mediaType": media_type, "digest": digest.as_str()}]});
            std::fs::write(self.0.join("index.json"), index.to_string()).unwrap();
        }

        fn error(&self) -> String {
            Image::from_oci_layout(&self.0).unwrap_err().to_string()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    fn image(folder: &Folder) -> Digest {
        let config = folder.add("{}");
        let config = json!({"mediaType": OCI_CONFIG, "digest": config.as_str(), "size": 2});
        folder.add(&json!({"schemaVersion": 2, "config": config, "layers": []}).to_string())
    }

    /// An index in an index, so deep, each of which names the next one twice.
    fn nested(folder: &Folder, depth: usize) {
        let mut inner = (OCI_MANIFEST, image(folder));
        for level in 0..depth {
            let entry = json!({"mediaType": inner.0, "digest": inner.1.as_str(), "size": 1});
            let index = json!({"schemaVersion": 2, "manifests": [entry, entry], "annotations": {"level": level.to_string()}});
            inner = (OCI_INDEX, folder.add(&index.to_string()));
        }
        folder.enter(inner.0, &inner.1);
    }

    #[test]
    fn an_index_that_is_named_twice_is_read_once() {
        let folder = Folder::new("nested");
        nested(&folder, 40);
        let swr = crate::MockSwr::start();
        let image = Image::from_oci_layout(&folder.0).unwrap();
        let web = swr.seed_repo("group/web").image(image);
        assert!(web.tag("latest").digest.starts_with("sha256:"));
    }

    #[test]
    fn indexes_are_read_to_some_depth() {
        let folder = Folder::new("deep");
        nested(&folder, MAX_DEPTH);
        assert!(Image::from_oci_layout(&folder.0).is_ok());
        nested(&folder, MAX_DEPTH + 1);
        let error = folder.error();
        assert!(error.ends_with("over 64 deep"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_not_opened() {
        let folder = Folder::new("pipes");
        let make_pipe = |path: &Path| {
            let _ = std::fs::remove_file(path);
            let made = std::process::Command::new("mkfifo").arg(path).status();
            assert!(made.unwrap().success());
        };
        let root = image(&folder);
        folder.enter(OCI_MANIFEST, &root);
        make_pipe(&folder.0.join("blobs/sha256/stray"));
        assert!(
            Image::from_oci_layout(&folder.0).is_ok(),
            "nobody refers to it"
        );

        make_pipe(&folder.0.join("blobs/sha256").join(root.hex()));
        let error = folder.error();
        assert!(error.ends_with(": it is not a file"), "{error}");
        let index = folder.0.join("index.json");
        make_pipe(&index);
        let error = folder.error();
        assert!(error.ends_with("index.json: it is not a file"), "{error}");
        let error = crate::World::load(&index).unwrap_err().to_string();
        assert!(error.ends_with("index.json: it is not a file"), "{error}");
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
        let index = json!({"schemaVersion": 2, "manifests": [{
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
