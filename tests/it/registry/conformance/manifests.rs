//! Manifests of every kind, by tag and by digest, with tags and subjects.

use serde_json::{Value, json};

use super::open;
use crate::registry::client::{
    ALGORITHMS, DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_LAYER, OCI_MANIFEST, Registry,
    descriptor, docker_image, index_of, oci_image, sha256, sha512,
};
use crate::support::Response;

const EMPTY: &str = "application/vnd.oci.empty.v1+json";

fn path(reference: &str) -> String {
    format!("/v2/group/web/manifests/{reference}")
}

/// Asserts that GET returns exactly these bytes, and that GET and HEAD have the right headers.
#[track_caller]
fn assert_stored(registry: &Registry, path: &str, text: &str, media_type: &str, digest: &str) {
    let (got, seen) = (registry.get(path), registry.head(path));
    for response in [&got, &seen] {
        response.assert_status(200);
        response.assert_headers(&[
            ("content-length", &text.len().to_string()),
            ("content-type", media_type),
            ("docker-content-digest", digest),
        ]);
    }
    assert!(got.text == text && seen.text.is_empty(), "{path}");
}

/// Sends a PUT of bytes with this media type.
fn put(registry: &Registry, reference: &str, media_type: &str, text: &str) -> Response {
    let headers = [("content-type", media_type)];
    registry.send("PUT", &path(reference), &headers, text.to_owned())
}

fn image_with(key: &str, value: Value) -> Value {
    let mut image = oci_image("layer");
    image[key] = value;
    image
}

/// Returns usual and unusual images.
fn images() -> Vec<Value> {
    let foreign = json!({
        "mediaType": "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
        "digest": sha256("never pushed"), "size": 12, "urls": ["https://layers.example/never-pushed"],
    });
    vec![
        oci_image("layer"),
        docker_image("layer"),
        image_with("layers", json!([])),
        image_with("layers", Value::Null),
        image_with("layers", json!([foreign])),
        image_with("layers", json!([descriptor("text/x-any", "layer")])),
        image_with("layers", json!([descriptor(OCI_LAYER, "absent")])),
        image_with("annotations", Value::Null),
        image_with("unknown", json!({"kept": [1, 2.50, null]})),
    ]
}

/// Returns nested, empty and incomplete indexes.
fn indexes() -> Vec<Value> {
    let image = oci_image("layer");
    let index = index_of(OCI_INDEX, &[&image]);
    let mut with_platform = index.clone();
    with_platform["manifests"][0]["platform"] = json!({"os": "linux", "architecture": "arm64"});
    vec![
        index_of(DOCKER_LIST, &[&docker_image("layer")]),
        index_of(OCI_INDEX, &[&index, &image]),
        index_of(OCI_INDEX, &[]),
        index_of(OCI_INDEX, &[&oci_image("absent")]),
        index,
        with_platform,
    ]
}

/// Returns artifacts with `artifactType`, and with the type of their configuration only.
fn artifacts() -> Vec<Value> {
    let empty = json!({"mediaType": EMPTY, "digest": sha256("{}"), "size": 2, "data": "e30="});
    vec![
        json!({
            "schemaVersion": 2, "mediaType": OCI_MANIFEST, "artifactType": "application/x-test",
            "config": empty, "layers": [descriptor("application/x-test.data", "layer")],
            "annotations": {"a": "b"},
        }),
        json!({
            "schemaVersion": 2, "mediaType": OCI_MANIFEST, "layers": [],
            "config": descriptor("application/x-test.config", "{}"),
        }),
    ]
}

#[test]
fn every_manifest_is_pulled_unchanged_by_digest_and_by_tag() {
    let (swr, registry) = open();
    for content in ["{}", "layer"] {
        registry.push_blob("group/web", content);
    }
    for manifest in [images(), indexes(), artifacts()].concat() {
        let media_type = manifest["mediaType"].as_str().unwrap();
        // Unusual spaces, because the exact bytes count.
        let text = serde_json::to_string_pretty(&manifest).unwrap() + "\n";
        let digest = sha256(&text);
        for (reference, digest) in [
            (&*digest, &digest),
            (&sha512(&text), &sha512(&text)),
            ("latest", &digest),
        ] {
            let response = put(&registry, reference, media_type, &text);
            assert_eq!(response.status, 201, "{manifest}: {response:?}");
            response.assert_headers(&[("docker-content-digest", digest), ("content-length", "0")]);
            assert_eq!(response.location(), path(digest));
            for path in [path(digest), path(reference)] {
                assert_stored(&registry, &path, &text, media_type, digest);
            }
        }
        assert_eq!(swr.repo("group/web").tags(), ["latest"]);
    }
}

#[test]
fn a_manifest_has_its_pushed_media_type_despite_the_accept_header() {
    let (_swr, registry) = open();
    let image = oci_image("layer").to_string();
    put(
        &registry,
        "v1",
        &format!("{OCI_MANIFEST}; charset=utf-8"),
        &image,
    )
    .assert_status(201);
    for accept in [
        DOCKER_MANIFEST,
        OCI_MANIFEST,
        OCI_INDEX,
        "text/plain",
        "*/*",
        "",
    ] {
        let response = registry.send("GET", &path("v1"), &[("accept", accept)], "");
        response.assert_status(200);
        response.assert_headers(&[("content-type", OCI_MANIFEST)]);
        assert_eq!(response.text, image);
    }
}

#[test]
fn a_manifest_sent_without_a_content_type_has_its_media_type() {
    let (_swr, registry) = open();
    let image = docker_image("layer").to_string();
    registry
        .send("PUT", &path("v1"), &[], image.clone())
        .assert_status(201);
    assert_stored(
        &registry,
        &path("v1"),
        &image,
        DOCKER_MANIFEST,
        &sha256(&image),
    );
}

#[test]
fn a_manifest_may_be_large_but_not_larger_than_4_mib() {
    let (swr, registry) = open();
    let padded = |size: usize| {
        let mut image = oci_image("layer");
        image["annotations"] = json!({"padding": ""});
        let padding = size - image.to_string().len();
        image["annotations"]["padding"] = "x".repeat(padding).into();
        image.to_string()
    };
    for size in [3_900_000, 4 << 20] {
        let text = padded(size);
        put(&registry, "large", OCI_MANIFEST, &text).assert_status(201);
        assert_stored(
            &registry,
            &path("large"),
            &text,
            OCI_MANIFEST,
            &sha256(&text),
        );
    }
    put(&registry, "larger", OCI_MANIFEST, &padded((4 << 20) + 1))
        .assert_error(413, "SIZE_INVALID");
    assert_eq!(swr.repo("group/web").tags(), ["large"]);
}

#[test]
fn a_manifest_that_cannot_be_parsed_is_refused() {
    let (swr, registry) = open();
    for text in [
        "",
        "{",
        "[]",
        "\"text\"",
        "{}",
        r#"{"config": 1}"#,
        r#"{"manifests": {}}"#,
    ] {
        put(&registry, "v1", OCI_MANIFEST, text).assert_error(400, "MANIFEST_INVALID");
    }
    put(
        &registry,
        "-v1",
        OCI_MANIFEST,
        &oci_image("layer").to_string(),
    )
    .assert_error(400, "MANIFEST_INVALID");
    assert!(!swr.repo("group/web").exists());
}

#[test]
fn a_manifest_under_a_wrong_digest_is_refused() {
    let (_swr, registry) = open();
    let image = oci_image("layer").to_string();
    for digest in [
        &sha256("other"),
        &sha512("other"),
        "sha256:baddigeststring",
        "md5:00",
    ] {
        put(&registry, digest, OCI_MANIFEST, &image).assert_error(400, "DIGEST_INVALID");
        registry
            .get(&path(digest))
            .assert_error(404, "MANIFEST_UNKNOWN");
    }
    registry
        .get(&path(&sha256(&image)))
        .assert_error(404, "MANIFEST_UNKNOWN");
}

#[test]
fn a_missing_manifest_is_unknown() {
    let (swr, registry) = open();
    swr.seed_repo("group/web");
    for repo in ["group/web", "group/missing", "missing/web"] {
        for reference in ["v1", &sha256("absent"), &sha512("absent")] {
            let path = format!("/v2/{repo}/manifests/{reference}");
            registry.get(&path).assert_error(404, "MANIFEST_UNKNOWN");
            registry.head(&path).assert_status(404);
        }
    }
    registry
        .delete(&path("v1"))
        .assert_error(404, "MANIFEST_UNKNOWN");
    registry
        .delete(&path(&sha256("absent")))
        .assert_error(404, "MANIFEST_UNKNOWN");
    registry
        .delete(&path("sha256:bad"))
        .assert_error(400, "DIGEST_INVALID");
}

#[test]
fn a_push_to_a_tag_moves_it_and_keeps_the_old_manifest() {
    let (swr, registry) = open();
    let first = registry.push("group/web", "v1", &oci_image("one"));
    let second = registry.push("group/web", "v1", &oci_image("two"));
    assert_eq!(swr.repo("group/web").tag("v1").digest, second);
    assert_eq!(registry.get(&path("v1")).text, oci_image("two").to_string());
    assert_eq!(
        registry.get(&path(&first)).text,
        oci_image("one").to_string()
    );
}

#[test]
fn the_response_has_the_subject_which_may_be_missing() {
    let (_swr, registry) = open();
    let subject = descriptor(OCI_MANIFEST, "missing");
    for mut manifest in [oci_image("layer"), index_of(OCI_INDEX, &[])] {
        manifest["subject"] = subject.clone();
        for reference in [&*sha256(manifest.to_string()), "v1"] {
            let response = registry.put("group/web", reference, &manifest);
            response.assert_status(201);
            response.assert_headers(&[("oci-subject", &sha256("missing"))]);
        }
    }
    let without = registry.put("group/web", "v2", &oci_image("layer"));
    assert_eq!(without.headers.get("oci-subject"), None);
}

#[test]
fn a_push_by_digest_can_set_tags() {
    let (swr, registry) = open();
    for (n, algorithm) in ALGORITHMS.iter().enumerate() {
        let manifest = oci_image(&format!("layer {n}"));
        let digest = algorithm(&manifest.to_string());
        let reference = format!("{digest}?tag=a-{n}&tag=b-{n}");
        let response = registry.put("group/web", &reference, &manifest);
        response.assert_status(201);
        let named: Vec<_> = response.headers.get_all("oci-tag").iter().collect();
        assert_eq!(named, [&format!("a-{n}"), &format!("b-{n}")]);
        for tag in [format!("a-{n}"), format!("b-{n}")] {
            let text = manifest.to_string();
            assert_stored(&registry, &path(&tag), &text, OCI_MANIFEST, &digest);
        }
    }
    assert_eq!(swr.repo("group/web").tags(), ["a-0", "a-1", "b-0", "b-1"]);

    let image = oci_image("layer");
    let refused = format!("{}?tag=good&tag=-bad", sha256(image.to_string()));
    registry
        .put("group/web", &refused, &image)
        .assert_error(400, "MANIFEST_INVALID");
    registry.get(&path("good")).assert_status(404);
}

#[test]
fn a_tag_is_deleted_without_its_manifest() {
    let (swr, registry) = open();
    let digest = registry.push("group/web", "v1", &oci_image("layer"));
    registry.push("group/web", "v2", &oci_image("layer"));
    let deleted = registry.delete(&path("v1"));
    deleted.assert_status(202);
    assert_eq!(deleted.text, "");
    registry.head(&path("v1")).assert_status(404);
    registry.head(&path(&digest)).assert_status(200);
    assert_eq!(swr.repo("group/web").tags(), ["v2"]);
}

#[test]
fn a_manifest_is_deleted_with_its_tags() {
    let (swr, registry) = open();
    let digest = registry.push("group/web", "v1", &oci_image("layer"));
    registry.push("group/web", "v2", &oci_image("layer"));
    registry.push("group/web", "other", &oci_image("other"));
    registry.delete(&path(&digest)).assert_status(202);
    for reference in [&*digest, "v1", "v2"] {
        registry.head(&path(reference)).assert_status(404);
        registry
            .get(&path(reference))
            .assert_error(404, "MANIFEST_UNKNOWN");
    }
    registry
        .delete(&path(&digest))
        .assert_error(404, "MANIFEST_UNKNOWN");
    assert_eq!(swr.repo("group/web").tags(), ["other"]);
}

#[test]
fn deleting_an_index_keeps_its_manifests() {
    let (_swr, registry) = open();
    let image = oci_image("layer");
    let part = registry.push("group/web", &sha256(image.to_string()), &image);
    let index = registry.push("group/web", "v1", &index_of(OCI_INDEX, &[&image]));
    registry.delete(&path(&index)).assert_status(202);
    registry.head(&path(&part)).assert_status(200);
}
