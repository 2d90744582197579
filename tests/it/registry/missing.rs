//! Hints about content that is missing, or is stored as another kind than the request needs.

use mock_swr::MockSwr;
use serde_json::json;

use super::client::{DOCKER_LAYER, DOCKER_LIST, DOCKER_MANIFEST, Registry, docker_image, sha256};

/// Starts a server with `group/web:v1`, and a client with full access to the repository.
fn with_image() -> (MockSwr, Registry) {
    let swr = MockSwr::start();
    swr.seed_namespace("group");
    let docker = Registry::token(&swr, "admin", "repository:group/web:pull,push,delete");
    docker.push_image("group/web", "v1", "layer");
    (swr, docker)
}

#[test]
fn a_push_is_refused_with_a_hint_about_the_missing_content() {
    let (swr, docker) = with_image();
    let image = docker_image("layer").to_string();
    let (blob, manifest, absent) = (sha256("layer"), sha256(image), sha256("absent"));
    let list = |media_type: &str, digest: &str| {
        let entry = json!({"mediaType": media_type, "digest": digest, "size": 5});
        json!({"schemaVersion": 2, "mediaType": DOCKER_LIST, "manifests": [entry]})
    };
    let image = |digest: &str| {
        let mut image = docker_image("layer");
        image["layers"][0]["digest"] = json!(digest);
        image
    };
    for (pushed, hint) in [
        (
            // BuildKit lists the layers of a registry cache like this, in the format of docker.
            list(DOCKER_LAYER, &blob),
            format!(
                "the list refers to {blob}, which is in group/web as a blob, not as a manifest (BuildKit pushes such \
                 a list as its registry cache: use `type=inline`)"
            ),
        ),
        (
            image(&manifest),
            format!(
                "the manifest refers to {manifest}, which is in group/web as a manifest, not as a blob"
            ),
        ),
        (
            list(DOCKER_MANIFEST, &absent),
            format!("the list refers to {absent}, which is not in group/web"),
        ),
        (
            image(&absent),
            format!("the manifest refers to {absent}, which is not in group/web"),
        ),
    ] {
        let refused = docker.put("group/web", "v2", &pushed);
        refused.assert_error(400, "MANIFEST_BLOB_UNKNOWN");
        assert_eq!(refused.header("x-mock-hint"), hint);
    }
    assert_eq!(swr.repo("group/web").tags(), ["v1"]);
}

#[test]
fn a_blob_is_not_found_as_a_manifest_nor_a_manifest_as_a_blob() {
    let (_swr, docker) = with_image();
    let image = docker_image("layer").to_string();
    let (blob, manifest, absent) = (sha256("layer"), sha256(image), sha256("absent"));
    for (kind, digest, code, hint) in [
        (
            "manifests",
            &blob,
            "MANIFEST_UNKNOWN",
            format!("{blob} is in group/web as a blob, not as a manifest"),
        ),
        (
            "manifests",
            &absent,
            "MANIFEST_UNKNOWN",
            format!("{absent} is not in group/web"),
        ),
        (
            "blobs",
            &manifest,
            "BLOB_UNKNOWN",
            format!("{manifest} is in group/web as a manifest, not as a blob"),
        ),
        (
            "blobs",
            &absent,
            "BLOB_UNKNOWN",
            format!("{absent} is not in group/web"),
        ),
    ] {
        for method in ["GET", "DELETE"] {
            let path = format!("/v2/group/web/{kind}/{digest}");
            let refused = docker.send(method, &path, &[], "");
            refused.assert_error(404, code);
            assert_eq!(refused.header("x-mock-hint"), hint, "{method} {kind}");
        }
    }
    docker
        .get(&format!("/v2/group/web/blobs/{blob}"))
        .assert_status(200);
    docker
        .get(&format!("/v2/group/web/manifests/{manifest}"))
        .assert_status(200);
}
