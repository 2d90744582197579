//! Layouts in the forms of podman, skopeo, BuildKit, containerd, crane, docker and oras.

use mock_swr::{Image, MockSwr};
use serde_json::{Value, json};

use super::{Folder, IMAGE_NAME, REF_NAME, annotated, digest, on, seeded};
use crate::registry::client::{
    DOCKER_CONFIG, DOCKER_LAYER, DOCKER_MANIFEST, OCI_CONFIG, OCI_INDEX, OCI_MANIFEST,
};

/// Adds an attestation for an image, as BuildKit writes it. Returns its descriptor.
fn attestation(folder: &Folder, image: &Value) -> Value {
    let layer = folder.add("application/vnd.in-toto+json", r#"{"_type":"statement"}"#);
    let config = folder.add(OCI_CONFIG, r#"{"architecture":"unknown","os":"unknown"}"#);
    let manifest = json!({
        "schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": config, "layers": [layer],
    });
    let descriptor = folder.add(OCI_MANIFEST, manifest.to_string());
    annotated(
        &on(&descriptor, "unknown", "unknown"),
        [
            ("vnd.docker.reference.digest", digest(image)),
            ("vnd.docker.reference.type", "attestation-manifest"),
        ],
    )
}

/// Returns the descriptor with the annotations of BuildKit, containerd and docker.
fn with_names(descriptor: &Value, name: &str, tag: &str) -> Value {
    annotated(descriptor, [(IMAGE_NAME, name), (REF_NAME, tag)])
}

/// Asserts that an image has the first manifest under its tag, and that all manifests and layers can be read.
#[track_caller]
fn assert_has_all(folder: &Folder, image: Image, tag: &str, manifests: &[&Value]) {
    let swr = MockSwr::start();
    let web = swr.seed_repo("group/web").image(image);
    assert_eq!(web.tag(tag).digest, digest(manifests[0]));
    for manifest in manifests {
        let content = web.content(digest(manifest));
        assert_eq!(
            content,
            std::fs::read(folder.path(digest(manifest))).unwrap()
        );
        let manifest: Value = serde_json::from_slice(&content).unwrap();
        for layer in manifest["layers"].as_array().into_iter().flatten() {
            assert_eq!(
                web.content(digest(layer)).len() as u64,
                layer["size"].as_u64().unwrap()
            );
        }
    }
}

#[test]
fn podman_and_skopeo_name_an_image_by_its_whole_reference() {
    let folder = Folder::new();
    let image = folder.image("layer");
    folder.list(&[annotated(&image, [(REF_NAME, "docker.io/library/web:v1")])]);
    assert_has_all(
        &folder,
        Image::from_oci_layout(&folder.dir).unwrap(),
        "v1",
        &[&image],
    );
}

#[test]
fn buildkit_writes_an_index_of_an_image_and_its_attestation() {
    let folder = Folder::new();
    let image = on(&folder.image_for("amd64"), "linux", "amd64");
    let attestation = attestation(&folder, &image);
    let index = folder.index(&[image.clone(), attestation.clone()]);
    let created = ("org.opencontainers.image.created", "2026-01-31T08:00:00Z");
    let entry = annotated(
        &with_names(&index, "docker.io/library/web:v1", "v1"),
        [created],
    );
    folder.list(&[entry]);
    let read = Image::from_oci_layout(&folder.dir).unwrap();
    assert_has_all(&folder, read, "v1", &[&index, &image, &attestation]);
    assert_eq!(
        folder.named(digest(&image)),
        ("v1".to_owned(), digest(&image).to_owned())
    );
}

#[test]
fn buildkit_lists_an_image_once_for_each_of_its_names() {
    let folder = Folder::new();
    let image = folder.image("layer");
    folder.list(&[
        with_names(&image, "docker.io/library/web:v1", "v1"),
        with_names(&image, "docker.io/library/web:latest", "latest"),
    ]);
    assert_eq!(folder.named("web:v1").0, "v1");
    assert_eq!(folder.named("latest").0, "latest");
}

#[test]
fn containerd_writes_the_digest_of_a_reference_without_a_tag() {
    let folder = Folder::new();
    let image = folder.image("layer");
    let at = format!("@{}", digest(&image));
    folder.list(&[with_names(
        &image,
        &format!("docker.io/library/web{at}"),
        &at,
    )]);
    assert_eq!(folder.only().0, "latest");
    let whole = format!("docker.io/library/web:v1{at}");
    folder.list(&[with_names(&image, &whole, &at)]);
    assert_eq!(folder.only().0, "v1");
}

#[test]
fn crane_writes_no_names_and_keeps_dockers_media_types() {
    let folder = Folder::new();
    let config = folder.add(DOCKER_CONFIG, "{}");
    let layers = [folder.add(DOCKER_LAYER, "layer")];
    let manifest = json!({
        "schemaVersion": 2, "mediaType": DOCKER_MANIFEST, "config": config, "layers": layers,
    });
    let image = folder.add(DOCKER_MANIFEST, manifest.to_string());
    folder.list(std::slice::from_ref(&image));
    assert_has_all(
        &folder,
        Image::from_oci_layout(&folder.dir).unwrap(),
        "latest",
        &[&image],
    );
}

#[test]
fn docker_saves_an_index_and_the_images_that_it_has() {
    let folder = Folder::new();
    let (here, absent) = (folder.image_for("amd64"), folder.image_for("arm64"));
    let images = [on(&here, "linux", "amd64"), on(&absent, "linux", "arm64")];
    let index = folder.index(&[
        images[0].clone(),
        images[1].clone(),
        attestation(&folder, &here),
    ]);
    folder.remove(&absent);
    let entry = with_names(&index, "docker.io/library/web:v1", "v1");
    let index_file = json!({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [entry]});
    folder.write("index.json", index_file.to_string());
    folder.write("manifest.json", "[]");
    assert_eq!(
        folder.error(),
        format!(
            "index.json: {} lists 3 manifests; missing in the layout: 1 of them, first {}; choose one of the others \
             with `Image::from_oci_layout_named`, by its digest:\n  {} linux/amd64 without a name",
            digest(&index),
            digest(&absent),
            digest(&here)
        )
    );
    assert_eq!(
        folder.named(digest(&here)),
        ("v1".to_owned(), digest(&here).to_owned())
    );
}

#[test]
fn oras_also_lists_the_children_and_the_referrers_of_an_index() {
    let folder = Folder::new();
    let images = ["amd64", "arm64"].map(|name| on(&folder.image_for(name), "linux", name));
    let index = folder.index(&images);
    let config = folder.add("application/vnd.oci.empty.v1+json", "{}");
    let signature = json!({
        "schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": config, "layers": [config],
        "artifactType": "application/x", "subject": index,
    });
    let signature = folder.add(OCI_MANIFEST, signature.to_string());
    let beside = attestation(&folder, &images[0]);
    let [one, two] = images;
    folder.list(&[
        one,
        annotated(&index, [(REF_NAME, "v1")]),
        two,
        signature.clone(),
        beside,
    ]);
    assert_eq!(folder.only(), ("v1".to_owned(), digest(&index).to_owned()));
    assert_eq!(folder.named(digest(&signature)).1, digest(&signature));
}

#[test]
fn other_files_of_a_layout_are_not_read() {
    let folder = Folder::new();
    let (web, broken) = (folder.image("web"), folder.image("broken"));
    std::fs::write(folder.path(digest(&broken)), "{}").unwrap();
    folder.list(&[
        annotated(&web, [(REF_NAME, "v1")]),
        annotated(&broken, [(REF_NAME, "v2")]),
    ]);
    let read = Image::from_oci_layout_named(&folder.dir, "v1").unwrap();
    assert_eq!(seeded(read).1, digest(&web));
    let error = folder.error_named("v2");
    assert!(error.ends_with("does not match its name"), "{error}");
}
