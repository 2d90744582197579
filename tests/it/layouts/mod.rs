//! Images from OCI layouts, in the forms in which tools write them.

mod names;
mod writers;
mod wrong;

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use mock_swr::{Image, MockSwr};
use serde_json::{Value, json};

use crate::registry::client::{CONFIG, OCI_CONFIG, OCI_INDEX, OCI_LAYER, OCI_MANIFEST, sha256};

pub(crate) const REF_NAME: &str = "org.opencontainers.image.ref.name";
const IMAGE_NAME: &str = "io.containerd.image.name";

/// The folder of a layout. Dropping it removes the folder.
pub(crate) struct Folder {
    pub(crate) dir: PathBuf,
}

impl Folder {
    pub(crate) fn new() -> Folder {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("mock-swr-layout-{}-{number}", std::process::id());
        let folder = Folder {
            dir: std::env::temp_dir().join(name),
        };
        std::fs::create_dir_all(folder.dir.join("blobs/sha256")).unwrap();
        folder.write(
            "oci-layout",
            json!({"imageLayoutVersion": "1.0.0"}).to_string(),
        );
        folder
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.dir.join(name), content).unwrap();
    }

    /// Returns the path of a blob.
    fn path(&self, digest: &str) -> PathBuf {
        self.dir.join("blobs").join(digest.replace(':', "/"))
    }

    pub(crate) fn remove(&self, descriptor: &Value) {
        std::fs::remove_file(self.path(digest(descriptor))).unwrap();
    }

    /// Adds a blob and returns its descriptor.
    pub(crate) fn add(&self, media_type: &str, content: impl AsRef<[u8]>) -> Value {
        let (content, digest) = (content.as_ref(), sha256(&content));
        std::fs::write(self.path(&digest), content).unwrap();
        json!({"mediaType": media_type, "digest": digest, "size": content.len()})
    }

    /// Adds an image with one layer and returns its descriptor.
    pub(crate) fn image(&self, layer: &str) -> Value {
        self.image_of(layer, CONFIG)
    }

    /// Adds an image whose configuration has linux and this architecture. Returns its descriptor.
    pub(crate) fn image_for(&self, architecture: &str) -> Value {
        let config = json!({"os": "linux", "architecture": architecture});
        self.image_of(architecture, &config.to_string())
    }

    fn image_of(&self, layer: &str, config: &str) -> Value {
        let config = self.add(OCI_CONFIG, config);
        let layers = [self.add(OCI_LAYER, layer)];
        let manifest = json!({
            "schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": config, "layers": layers,
        });
        self.add(OCI_MANIFEST, manifest.to_string())
    }

    /// Adds an index to the blobs and returns its descriptor.
    pub(crate) fn index(&self, manifests: &[Value]) -> Value {
        let index = json!({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": manifests});
        self.add(OCI_INDEX, index.to_string())
    }

    /// Writes `index.json`.
    pub(crate) fn list(&self, manifests: &[Value]) {
        let index = json!({"schemaVersion": 2, "manifests": manifests});
        self.write("index.json", index.to_string());
    }

    #[track_caller]
    pub(crate) fn error(&self) -> String {
        self.error_of(Image::from_oci_layout(&self.dir))
    }

    #[track_caller]
    pub(crate) fn error_named(&self, name: &str) -> String {
        self.error_of(Image::from_oci_layout_named(&self.dir, name))
    }

    /// Returns the text of an error without the path of the folder.
    #[track_caller]
    pub(crate) fn error_of(&self, image: Result<Image, impl ToString>) -> String {
        let error = image.map(|image| format!("{image:?}")).unwrap_err();
        let error = error.to_string();
        let error = error.strip_prefix(&*self.dir.to_string_lossy());
        let error = error.unwrap().trim_start_matches(": ");
        error.to_owned()
    }

    /// Returns tag and digest of the only image.
    #[track_caller]
    fn only(&self) -> (String, String) {
        seeded(Image::from_oci_layout(&self.dir).unwrap())
    }

    /// Returns tag and digest of the image with this name.
    #[track_caller]
    fn named(&self, name: &str) -> (String, String) {
        seeded(Image::from_oci_layout_named(&self.dir, name).unwrap())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

/// Seeds an image and returns the tag and digest that it has in the repository.
#[track_caller]
fn seeded(image: Image) -> (String, String) {
    let swr = MockSwr::start();
    let web = swr.seed_repo("group/web").image(image);
    let tags = web.tags();
    assert_eq!(tags.len(), 1);
    (tags[0].clone(), web.tag(&tags[0]).digest)
}

/// Returns the descriptor with these annotations.
pub(crate) fn annotated<const N: usize>(descriptor: &Value, pairs: [(&str, &str); N]) -> Value {
    let mut descriptor = descriptor.clone();
    for (key, value) in pairs {
        descriptor["annotations"][key] = value.into();
    }
    descriptor
}

/// Returns the descriptor with this platform.
pub(crate) fn on(descriptor: &Value, os: &str, architecture: &str) -> Value {
    let mut descriptor = descriptor.clone();
    descriptor["platform"] = json!({"os": os, "architecture": architecture});
    descriptor
}

fn digest(descriptor: &Value) -> &str {
    descriptor["digest"].as_str().unwrap()
}
