//! Requests that SWR accepts and refuses, in profile `Swr`.

use mock_swr::{Answer, Auth, MockSwr, Op, Refusal, World};
use serde_json::json;

use super::client::{
    CONFIG, DOCKER_LIST, OCI_INDEX, Registry, descriptor, docker_image, index_of, oci_image, sha256,
};
use crate::support::Client;

/// Starts a registry without authentication, with the organization `group`, and a client of it.
fn open() -> (MockSwr, Registry) {
    let swr = MockSwr::builder().auth(Auth::Off).start();
    swr.seed_namespace("group");
    let registry = Registry::anonymous(&swr);
    (swr, registry)
}

/// Starts a registry without authentication from a world, and a client of it.
fn of_world(world: &str) -> (MockSwr, Registry) {
    let world: World = world.parse().unwrap();
    let swr = MockSwr::builder().auth(Auth::Off).world(world).start();
    let registry = Registry::anonymous(&swr);
    (swr, registry)
}

#[test]
fn a_missing_repository_has_null_tags() {
    let (swr, registry) = open();
    let response = registry.get("/v2/group/missing/tags/list");
    response.assert_status(200);
    assert_eq!(
        response.json(),
        json!({"name": "group/missing", "tags": null})
    );
    swr.seed_repo("group/web");
    let response = registry.get("/v2/group/web/tags/list");
    assert_eq!(response.json(), json!({"name": "group/web", "tags": []}));
    registry
        .get("/v2/missing/web/tags/list")
        .assert_error(404, "NAME_UNKNOWN");
}

#[test]
fn the_catalog_referrers_and_version_1_are_missing() {
    let (swr, registry) = open();
    swr.seed_repo("group/web").image("v1");
    let digest = swr.repo("group/web").tag("v1").digest;
    for path in [
        "/v2/_catalog",
        "/v1/_ping",
        &format!("/v2/group/web/referrers/{digest}"),
    ] {
        registry.get(path).assert_error(404, "UNSUPPORTED");
    }
    swr.check();
}

#[test]
fn an_oci_index_is_refused_with_a_hint() {
    let (swr, registry) = open();
    registry.push_image("group/web", "v1", "layer");
    let index = index_of(OCI_INDEX, &[&docker_image("layer")]);
    for reference in ["v2", &sha256(index.to_string())] {
        let response = registry.put("group/web", reference, &index);
        response.assert_error_body(
            400,
            json!({
                "code": "MANIFEST_INVALID", "detail": null,
                "message": "Invalid image, fail to parse 'manifest.json'",
            }),
        );
        let hint = response.header("x-mock-hint");
        for part in [
            "an OCI image index",
            "oci-mediatypes=false",
            "provenance=false",
            "Oci",
        ] {
            assert!(hint.contains(part), "{hint}");
        }
    }
    assert_eq!(swr.repo("group/web").tags(), ["v1"]);
    registry
        .get("/v2/group/web/manifests/v2")
        .assert_error(404, "MANIFEST_UNKNOWN");
}

#[test]
fn artifacts_attestations_and_zstd_layers_are_refused() {
    let (swr, registry) = open();
    registry.push_blob("group/web", CONFIG);
    registry.push_blob("group/web", "layer");
    let mut artifact = oci_image("layer");
    artifact["config"]["mediaType"] = "application/vnd.oci.empty.v1+json".into();
    let mut chart = oci_image("layer");
    chart["config"]["mediaType"] = "application/vnd.cncf.helm.config.v1+json".into();
    let of_layer = |media_type: &str| {
        let mut image = oci_image("layer");
        image["layers"] = json!([descriptor(media_type, "layer")]);
        image
    };
    for (manifest, name) in [
        (artifact, "artifact"),
        (chart, "artifact"),
        (
            of_layer("application/vnd.oci.image.layer.v1.tar+zstd"),
            "zstd",
        ),
        (of_layer("application/vnd.in-toto+json"), "attestation"),
    ] {
        let response = registry.put("group/web", "v1", &manifest);
        response.assert_error(400, "MANIFEST_INVALID");
        assert!(
            response.header("x-mock-hint").contains(name),
            "{response:?}"
        );
    }
    assert_eq!(swr.repo("group/web").tags(), [""; 0]);
}

#[test]
fn docker_images_and_lists_single_oci_images_and_signatures_are_accepted() {
    let (swr, registry) = open();
    let docker = registry.push_image("group/web", "docker", "layer");
    registry.push("group/web", "oci", &oci_image("layer"));
    let list = index_of(DOCKER_LIST, &[&docker_image("layer")]);
    registry.push("group/web", "list", &list);
    let mut signature = oci_image("layer");
    signature["config"]["mediaType"] = "application/vnd.oci.empty.v1+json".into();
    let tag = format!("{}.sig", docker.replace(':', "-"));
    registry.push("group/web", &tag, &signature);

    assert_eq!(
        swr.repo("group/web").tags(),
        ["docker", "list", "oci", &tag]
    );
    for (tag, manifest) in [
        ("docker", docker_image("layer")),
        ("oci", oci_image("layer")),
        ("list", list),
        (&tag, signature),
    ] {
        let response = registry.get(&format!("/v2/group/web/manifests/{tag}"));
        assert_eq!(response.text, manifest.to_string());
        response.assert_headers(&[("content-type", manifest["mediaType"].as_str().unwrap())]);
    }
}

#[test]
fn a_manifest_must_have_its_blobs_in_its_own_repository() {
    let (swr, registry) = open();
    registry.push_blob("group/web", CONFIG);
    registry.push_blob("group/other", "layer");
    let unknown = |response: crate::support::Response, digest: String| {
        response.assert_error(400, "MANIFEST_BLOB_UNKNOWN");
        assert_eq!(response.json()["errors"][0]["detail"], digest);
    };
    unknown(
        registry.put("group/web", "v1", &docker_image("layer")),
        sha256("layer"),
    );
    let image = docker_image("layer");
    let list = index_of(DOCKER_LIST, &[&image]);
    unknown(
        registry.put("group/web", "v1", &list),
        sha256(image.to_string()),
    );
    assert_eq!(swr.repo("group/web").tags(), [""; 0]);

    let mut foreign = image.clone();
    foreign["layers"] = json!([{
        "mediaType": "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        "digest": sha256("elsewhere"), "size": 9, "urls": ["https://layers.example/elsewhere"],
    }]);
    registry.push("group/web", "v1", &foreign);
    assert_eq!(swr.repo("group/web").tags(), ["v1"]);
}

#[test]
fn a_push_to_a_missing_organization_is_refused() {
    let (swr, registry) = open();
    registry
        .post("/v2/missing/web/blobs/uploads/")
        .assert_error(404, "NAME_UNKNOWN");
    registry
        .put("missing/web", "v1", &docker_image("layer"))
        .assert_error(404, "NAME_UNKNOWN");
    assert!(!swr.namespace("missing").exists());
    registry
        .post("/v2/web/blobs/uploads/")
        .assert_error(400, "NAME_INVALID");
}

#[test]
fn a_first_push_creates_a_private_repository_of_category_other() {
    let (swr, registry) = open();
    registry.begin("group/one/two");
    assert!(!swr.repo("group/one/two").exists());
    registry.push_image("group/one/two", "v1", "layer");
    let shown = Client::admin(&swr)
        .get("/v2/manage/namespaces/group/repos/one$two")
        .json();
    assert_eq!(
        (&shown["is_public"], &shown["category"]),
        (&json!(false), &json!("other"))
    );
    assert_eq!(
        (&shown["num_images"], &shown["num_download"]),
        (&json!(1), &json!(0))
    );
}

#[test]
fn the_management_api_shows_what_was_pushed_and_pulled() {
    let (swr, registry) = open();
    let digest = registry.push_image("group/web", "v1", "layer");
    for (method, reference) in [
        ("HEAD", "v1"),
        ("GET", "v1"),
        ("GET", &*digest),
        ("GET", "no"),
    ] {
        registry.send(
            method,
            &format!("/v2/group/web/manifests/{reference}"),
            &[],
            "",
        );
    }
    let admin = Client::admin(&swr);
    let repo = admin.get("/v2/manage/namespaces/group/repos/web").json();
    assert_eq!(
        (&repo["num_download"], &repo["size"]),
        (&json!(2), &json!(7))
    );
    let tag = admin
        .get("/v2/manage/namespaces/group/repos/web/tags/v1")
        .json();
    assert_eq!(tag["digest"], digest);
    assert_eq!(tag["manifest"], docker_image("layer").to_string());
    assert_eq!(tag["image_id"], sha256(CONFIG).replace("sha256:", ""));

    admin
        .delete("/v2/manage/namespaces/group/repos/web/tags/v1")
        .assert_status(204);
    registry
        .get("/v2/group/web/manifests/v1")
        .assert_error(404, "MANIFEST_UNKNOWN");
}

#[test]
fn a_planned_refusal_has_the_format_of_the_registry() {
    let (swr, registry) = open();
    let throttled = Answer::from(Refusal::Throttled).header("Retry-After", "7");
    swr.on(Op::PutManifest.repo("group/web"), throttled);
    registry.push_blob("group/web", CONFIG);
    registry.push_blob("group/web", "layer");
    let response = registry.put("group/web", "v1", &docker_image("layer"));
    response.assert_error_body(
        429,
        json!({"code": "TOOMANYREQUESTS", "message": "too many requests", "detail": null}),
    );
    response.assert_headers(&[("retry-after", "7")]);
    assert_eq!(swr.repo("group/web").tags(), [""; 0]);
    registry.push("group/web", "v1", &docker_image("layer"));

    swr.on(Op::GetManifest, [429, 503]);
    let throttled = registry.get("/v2/group/web/manifests/v1");
    throttled.assert_error(429, "TOOMANYREQUESTS");
    throttled.assert_headers(&[("retry-after", "1")]);
    registry
        .get("/v2/group/web/manifests/v1")
        .assert_error(503, "UNSUPPORTED");
    swr.verify(Op::PutManifest.tag("v1")).times(2);
}

#[test]
fn a_quota_of_repositories_applies_to_pushes() {
    let (swr, registry) = of_world(
        r#"{"accounts": {"acme": {"quota": {"repos": 1}}}, "namespaces": {"group": {"repos": {"web": {}}}}}"#,
    );
    registry.push_image("group/web", "v1", "layer");
    let path = format!("/v2/group/new/blobs/uploads/?digest={}", sha256("layer"));
    registry
        .send("POST", &path, &[], "layer")
        .assert_error(403, "DENIED");
    let mount = format!("mount={}&from=group/web", sha256("layer"));
    registry
        .post(&format!("/v2/group/new/blobs/uploads/?{mount}"))
        .assert_error(403, "DENIED");
    assert_eq!(swr.namespace("group").repos(), ["web"]);
}

#[test]
fn a_quota_of_tags_applies_to_pushes() {
    let (swr, registry) =
        of_world(r#"{"accounts": {"acme": {"quota": {"tags": 2}}}, "namespaces": {"group": {}}}"#);
    registry.push_image("group/web", "v1", "layer");
    registry.push("group/web", "v2", &docker_image("layer"));
    let refused = registry.put("group/web", "v3", &docker_image("layer"));
    refused.assert_error(403, "DENIED");
    assert!(
        refused.header("x-mock-hint").contains("2 tags"),
        "{refused:?}"
    );
    // An existing tag can move, and a push by digest needs no tag.
    registry.push("group/web", "v2", &oci_image("layer"));
    let other = docker_image(CONFIG);
    registry.push("group/web", &sha256(other.to_string()), &other);
    assert_eq!(swr.repo("group/web").tags(), ["v1", "v2"]);
}

#[test]
fn a_server_stores_no_more_than_its_content_limit() {
    let swr = MockSwr::builder()
        .auth(Auth::Off)
        .content_limit(1000)
        .start();
    swr.seed_namespace("group");
    let registry = Registry::anonymous(&swr);
    let refused = |response: crate::support::Response| {
        response.assert_error(507, "DENIED");
        assert!(
            response.header("x-mock-hint").contains("content_limit"),
            "{response:?}"
        );
    };
    let large = "x".repeat(600);
    let digest = registry.push_blob("group/web", &large);

    let other = "y".repeat(600);
    let path = format!("/v2/group/web/blobs/uploads/?digest={}", sha256(&other));
    refused(registry.send("POST", &path, &[], other.clone()));
    let location = registry.begin("group/web");
    refused(registry.send("PATCH", &location, &[], other.clone()));
    registry
        .send("PATCH", &location, &[], "z".repeat(300))
        .assert_status(202);
    refused(registry.send("PATCH", &location, &[], "z".repeat(300)));
    assert_eq!(swr.repo("group/web").uploads(), [300]);

    // Deletions and cancelled uploads free space.
    registry.delete(&location).assert_status(204);
    registry
        .delete(&format!("/v2/group/web/blobs/{digest}"))
        .assert_status(202);
    registry.push_blob("group/web", &other);
    swr.repo("group/web").delete();
    registry.push_blob("group/web", &large);
}

#[test]
fn equal_blobs_are_stored_once() {
    let swr = MockSwr::builder()
        .auth(Auth::Off)
        .content_limit(1000)
        .start();
    swr.seed_namespace("group");
    let registry = Registry::anonymous(&swr);
    let large = "x".repeat(600);
    let digest = registry.push_blob("group/web", &large);
    for repo in ["group/one", "group/two"] {
        let mount = format!("/v2/{repo}/blobs/uploads/?mount={digest}&from=group/web");
        registry.post(&mount).assert_status(201);
    }
    registry.push_blob("group/web", &"y".repeat(300));
    registry
        .delete(&format!("/v2/group/web/blobs/{digest}"))
        .assert_status(202);
    assert_eq!(
        registry.get(&format!("/v2/group/two/blobs/{digest}")).text,
        large
    );
}

#[test]
fn uploads_in_progress_can_be_read() {
    let (swr, registry) = open();
    let web = swr.seed_repo("group/web");
    let (first, second) = (registry.begin("group/web"), registry.begin("group/web"));
    registry.begin("group/other");
    registry
        .send("PATCH", &second, &[], "layer")
        .assert_status(202);
    assert_eq!(web.uploads(), [0, 5]);
    registry.delete(&first).assert_status(204);
    let closing = format!("{second}?digest={}", sha256("layer"));
    registry.send("PUT", &closing, &[], "").assert_status(201);
    assert_eq!(web.uploads(), [0; 0]);
}

#[test]
fn concurrent_pushes_all_succeed() {
    let (swr, registry) = open();
    let tags: Vec<String> = (0..8).map(|n| format!("v{n}")).collect();
    std::thread::scope(|scope| {
        for tag in &tags {
            let layer = format!("layer of {tag}");
            let registry = &registry;
            scope.spawn(move || registry.push_image("group/web", tag, &layer));
        }
    });
    assert_eq!(swr.repo("group/web").tags(), tags);
    for tag in &tags {
        let layer = format!("layer of {tag}");
        let manifest = registry.get(&format!("/v2/group/web/manifests/{tag}"));
        assert_eq!(manifest.text, docker_image(&layer).to_string());
        let blob = registry.get(&format!("/v2/group/web/blobs/{}", sha256(&layer)));
        assert_eq!(blob.text, layer);
    }
}

#[test]
fn layers_of_a_seeded_image_can_be_pulled() {
    let (swr, registry) = open();
    let web = swr.seed_repo("group/web").image("v1");
    let manifest = registry.get("/v2/group/web/manifests/v1").json();
    for part in [&manifest["config"], &manifest["layers"][0]] {
        let digest = part["digest"].as_str().unwrap();
        let response = registry.head(&format!("/v2/group/web/blobs/{digest}"));
        response.assert_status(200);
        response.assert_headers(&[("content-length", &part["size"].to_string())]);
        assert_eq!(sha256(web.content(digest)), digest);
    }
}
