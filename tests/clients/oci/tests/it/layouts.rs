//! Tests that seed servers with OCI layouts. skopeo writes these from images in the registry.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use mock_swr::{Image, MockSwr, Profile};
use oci_client::client::{Config, ImageLayer};

use crate::oci::{login, reference};
use crate::registry::client;

/// A folder that is removed when the value is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("mock-swr-skopeo-{}-{number}", std::process::id());
        Folder(std::env::temp_dir().join(name))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Copies an OCI image from a server into a layout. `name` is its name in the layout, or empty.
fn copy(swr: &MockSwr, image: &str, dir: &Path, name: &str) {
    skopeo(swr, "--preserve-digests", image, dir, name);
}

fn skopeo(swr: &MockSwr, option: &str, image: &str, dir: &Path, name: &str) {
    let (user, key) = swr.credentials().registry_login();
    let name = if name.is_empty() {
        String::new()
    } else {
        format!(":{name}")
    };
    let copied = Command::new("skopeo")
        .args([
            "--insecure-policy",
            "copy",
            option,
            "--quiet",
            "--src-tls-verify=false",
        ])
        .args(["--src-creds", &format!("{user}:{key}")])
        .arg(format!("docker://{}/{image}", swr.registry()))
        .arg(format!("oci:{}{name}", dir.display()))
        .output()
        .expect("skopeo is installed");
    assert!(
        copied.status.success(),
        "{}",
        String::from_utf8_lossy(&copied.stderr)
    );
}

/// Pushes an OCI image with this layer and returns its digest.
async fn push(swr: &MockSwr, image: &str, layer: &'static str) -> String {
    let layers = [ImageLayer::oci_v1_gzip(layer, None)];
    let config = Config::oci_v1(
        r#"{"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":[]}}"#,
        None,
    );
    let image = reference(swr, image);
    client()
        .push(&image, &layers, config, &login(swr), None)
        .await
        .unwrap();
    let (name, tag) = (image.repository(), image.tag().unwrap());
    swr.repo(name).tag(tag).digest
}

#[tokio::test]
async fn an_image_from_a_layout_keeps_its_digest_and_gets_the_tag_in_its_name() {
    let (swr, other) = (MockSwr::start(), MockSwr::start());
    swr.seed_repo("group/web");
    let digest = push(&swr, "group/web:v1", "layer").await;
    for (name, tag) in [
        ("", "latest"),
        ("v2", "v2"),
        ("docker.io/library/web:v3", "v3"),
        ("registry.example:5000/group/web:v4", "v4"),
        (&format!("registry.example/group/web:v5@{digest}"), "v5"),
    ] {
        let folder = Folder::new();
        copy(&swr, "group/web:v1", &folder.0, name);
        let web = other
            .seed_repo("group/web")
            .image(Image::from_oci_layout(&folder.0).unwrap());
        assert_eq!(web.tag(tag).digest, digest, "{name}");
        assert_eq!(web.content(&digest), swr.repo("group/web").content(&digest));
    }
}

#[tokio::test]
async fn a_name_or_a_digest_selects_one_of_several_images() {
    let (swr, other) = (MockSwr::start(), MockSwr::start());
    swr.seed_repo("group/web");
    let folder = Folder::new();
    let mut digests = Vec::new();
    for (tag, layer) in [("v1", "one"), ("v2", "two")] {
        let image = format!("group/web:{tag}");
        digests.push(push(&swr, &image, layer).await);
        copy(
            &swr,
            &image,
            &folder.0,
            &format!("docker.io/library/web:{tag}"),
        );
    }
    let error = Image::from_oci_layout(&folder.0).unwrap_err().to_string();
    let line = format!("\n  {} linux/amd64 `docker.io/library/web:v2`", digests[1]);
    assert!(
        error.contains("it lists 2 images") && error.contains(&line),
        "{error}"
    );
    for name in ["web:v2", &digests[1]] {
        let image = Image::from_oci_layout_named(&folder.0, name).unwrap();
        let web = other.seed_repo("group/web").image(image);
        assert_eq!(web.tag("v2").digest, digests[1]);
    }
}

#[test]
fn a_layout_with_several_platforms_becomes_an_index() {
    let (swr, other) = (
        MockSwr::start(),
        MockSwr::builder().profile(Profile::Oci).start(),
    );
    swr.seed_repo("group/web")
        .image(Image::new("v1").platforms(["linux/amd64", "linux/arm64"]));
    let folder = Folder::new();
    skopeo(&swr, "--all", "group/web:v1", &folder.0, "v1");
    let web = other
        .seed_repo("group/web")
        .image(Image::from_oci_layout(&folder.0).unwrap());
    let index: serde_json::Value = serde_json::from_slice(&web.content("v1")).unwrap();
    assert_eq!(
        index["mediaType"],
        "application/vnd.oci.image.index.v1+json"
    );
    for (entry, architecture) in index["manifests"]
        .as_array()
        .unwrap()
        .iter()
        .zip(["amd64", "arm64"])
    {
        assert_eq!(entry["platform"]["architecture"], architecture);
        let digest = entry["digest"].as_str().unwrap();
        assert_eq!(
            web.content(digest).len() as u64,
            entry["size"].as_u64().unwrap()
        );
        let one = Image::from_oci_layout_named(&folder.0, digest)
            .unwrap()
            .tag(architecture);
        let alone = other.seed_repo("group/alone").image(one);
        assert_eq!(alone.tag(architecture).digest, digest);
    }
    // skopeo fails here if a part of the image is missing.
    let back = Folder::new();
    skopeo(&other, "--all", "group/web:v1", &back.0, "v1");
    let digest = web.tag("v1").digest;
    assert!(
        back.0
            .join("blobs")
            .join(digest.replace(':', "/"))
            .is_file()
    );
}
