//! Images of an OCI layout.

use std::path::Path;

use bytes::Bytes;
use serde::Deserialize;

use super::parse;
use crate::state::{Blob, Digest, Kind, Place, State};

/// The content of an OCI layout.
#[derive(Debug)]
pub(super) struct Layout {
    root: Digest,
    media_type: String,
    blobs: Vec<(Digest, Bytes)>,
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
    pub(super) fn read(dir: &Path) -> Result<(Layout, Option<String>), String> {
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

    pub(super) fn put(&self, state: &mut State, place: &Place) -> Result<Digest, String> {
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
            Kind::Image { .. } => {
                for needed in manifest.needed_blobs() {
                    let needed = Digest::parse(&needed.digest)
                        .map_err(|_| format!("`{}` is no digest", needed.digest))?;
                    state.put_blob(place, &needed, Blob::whole(self.blob(&needed)?));
                }
            }
            Kind::List { manifests } => {
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
    use serde_json::json;

    use super::*;
    use crate::image::Image;
    use crate::state::{Algorithm, OCI_CONFIG, OCI_MANIFEST};

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
