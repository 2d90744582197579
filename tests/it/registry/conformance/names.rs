//! Names with any number of segments, encodings of paths, and a full cycle of requests for each kind of caller.

use mock_swr::{MockSwr, Permission, Profile};
use serde_json::json;

use super::open;
use crate::gateway::exchange;
use crate::registry::client::{CONFIG, OCI_MANIFEST, Registry, oci_image, sha256};

/// Uploads an image in several ways, reads it, and deletes it.
fn cycle(registry: &Registry, repo: &str) {
    let chunked = registry
        .send("PATCH", &registry.begin(repo), &[], "lay")
        .location();
    let chunked = registry
        .send("PATCH", &chunked, &[("content-range", "3-4")], "er")
        .location();
    registry.get(&chunked).assert_status(204);
    let closing = format!("{chunked}?digest={}", sha256("layer"));
    let blob = registry.send("PUT", &closing, &[], "").location();
    assert_eq!(registry.get(&blob).text, "layer", "{repo}");
    registry.push_blob(repo, CONFIG);
    registry.delete(&registry.begin(repo)).assert_status(204);

    let digest = registry.push(repo, "v1", &oci_image("layer"));
    let manifest = registry.get(&format!("/v2/{repo}/manifests/v1"));
    assert_eq!(manifest.text, oci_image("layer").to_string(), "{repo}");
    registry
        .head(&format!("/v2/{repo}/manifests/{digest}"))
        .assert_status(200);
    let tags = registry.get(&format!("/v2/{repo}/tags/list"));
    assert_eq!(tags.json(), json!({"name": repo, "tags": ["v1"]}));
    registry
        .get(&format!("/v2/{repo}/referrers/{digest}"))
        .assert_status(200);

    registry
        .delete(&format!("/v2/{repo}/manifests/v1"))
        .assert_status(202);
    registry
        .delete(&format!("/v2/{repo}/manifests/{digest}"))
        .assert_status(202);
    registry.delete(&blob).assert_status(202);
    registry.get(&blob).assert_error(404, "BLOB_UNKNOWN");
}

#[test]
fn a_name_can_have_any_segments() {
    let (swr, registry) = open();
    for repo in [
        "group/web",
        "group/one/two/three/four/five",
        "blobs/uploads",
        "group/blobs/uploads",
        "group/blobs/uploads/web",
        "manifests/manifests",
        "group/manifests/v1/manifests",
        "group/tags/list",
        "tags/list/tags/list",
        "group/referrers/sha256",
        "manage/namespaces",
        "v2/v2",
        "0group/a.b_c__d---e",
    ] {
        cycle(&registry, repo);
        assert!(swr.repo(repo).exists(), "{repo}");
    }
}

#[test]
fn a_name_of_one_segment_belongs_to_library() {
    let (swr, registry) = open();
    for repo in ["web", "blobs", "manifests", "manage"] {
        cycle(&registry, repo);
        assert!(swr.repo(&format!("library/{repo}")).exists(), "{repo}");
    }
}

#[test]
fn the_cycle_works_with_a_token_and_with_a_login() {
    let swr = MockSwr::builder().profile(Profile::Oci).start();
    let scope = "repository:group/web:pull,push,delete";
    cycle(&Registry::token(&swr, "admin", scope), "group/web");
    cycle(&Registry::login(&swr, "admin"), "group/web");
}

#[test]
fn every_401_has_the_scope_that_the_method_needs() {
    let swr = MockSwr::builder().profile(Profile::Oci).start();
    let anonymous = Registry::anonymous(&swr);
    let realm = format!("http://{}/swr/auth/v2/registry/auth/", swr.registry());
    let start = format!("Bearer realm=\"{realm}\",service=\"dockyard\"");
    let digest = sha256("layer");
    for (method, path, actions) in [
        ("GET", "manifests/v1", "pull"),
        ("HEAD", "manifests/v1", "pull"),
        ("GET", "tags/list", "pull"),
        ("GET", &*format!("blobs/{digest}"), "pull"),
        ("GET", &format!("referrers/{digest}"), "pull"),
        ("POST", "blobs/uploads/", "pull,push"),
        ("PATCH", "blobs/uploads/1", "pull,push"),
        ("PUT", "blobs/uploads/1", "pull,push"),
        ("PUT", "manifests/v1", "pull,push"),
        ("DELETE", "manifests/v1", "delete"),
        ("DELETE", &format!("blobs/{digest}"), "delete"),
    ] {
        let response = anonymous.send(method, &format!("/v2/group/one/two/{path}"), &[], "");
        response.assert_status(401);
        let scope = format!("repository:group/one/two:{actions}");
        let challenge = format!("{start},scope=\"{scope}\"");
        response.assert_headers(&[("www-authenticate", &challenge)]);
    }
    anonymous
        .get("/v2/")
        .assert_headers(&[("www-authenticate", &start)]);
    anonymous
        .get("/v2/_catalog")
        .assert_headers(&[("www-authenticate", &start)]);
}

#[test]
fn a_token_has_the_permitted_actions_of_its_scope() {
    let swr = MockSwr::builder().profile(Profile::Oci).start();
    swr.seed_repo("group/web").image("v1");
    swr.user("dev").grant("group", Permission::Read);
    let dev = Registry::token(&swr, "dev", "repository:group/web:pull,push,delete");
    dev.get("/v2/group/web/manifests/v1").assert_status(200);
    let refused = dev.post("/v2/group/web/blobs/uploads/");
    refused.assert_error(401, "UNAUTHORIZED");
    let challenge = refused.header("www-authenticate");
    let ending = "scope=\"repository:group/web:pull,push\",error=\"insufficient_scope\"";
    assert!(challenge.ends_with(ending), "{challenge}");
    dev.get("/v2/group/other/tags/list")
        .assert_error(401, "UNAUTHORIZED");
}

#[test]
fn a_name_that_breaks_the_rule_is_refused() {
    let (_swr, registry) = open();
    for name in [
        "Group/web",
        "group/Web",
        "group//web",
        "group/-web",
        "group/web_",
        "group/w..b",
    ] {
        registry
            .post(&format!("/v2/{name}/blobs/uploads/"))
            .assert_error(400, "NAME_INVALID");
        registry
            .get(&format!("/v2/{name}/tags/list"))
            .assert_error(400, "NAME_INVALID");
    }
}

#[test]
fn the_ping_works_with_and_without_a_slash() {
    let (_swr, registry) = open();
    for path in ["/v2/", "/v2", "/v2/?unknown=1"] {
        let response = registry.get(path);
        response.assert_status(200);
        response.assert_headers(&[
            ("docker-distribution-api-version", "registry/2.0"),
            ("content-type", "application/json"),
        ]);
        assert_eq!(response.text, "{}");
    }
}

#[test]
fn a_path_can_be_encoded_and_have_unknown_parameters() {
    let (_swr, registry) = open();
    let digest = registry.push_image("group/web", "v1", "layer");
    let manifest = registry
        .get("/v2/group/web/manifests/v1?ns=registry.example")
        .text;
    let encoded = digest.replace(':', "%3A");
    let response = registry.get(&format!(
        "/v2/group/web/manifests/{encoded}?ns=registry.example"
    ));
    assert_eq!(response.text, manifest);
    let blob = sha256("layer").replace(':', "%3A");
    let response = registry.get(&format!("/v2/group/web/blobs/{blob}?x=1&y"));
    assert_eq!(response.text, "layer");
    let closing = format!("{}?digest={blob}&unknown=1", registry.begin("group/web"));
    registry
        .send("PUT", &closing, &[], "layer")
        .assert_status(201);
}

#[test]
fn a_response_to_head_has_the_length_of_the_body_and_no_body() {
    let (swr, registry) = open();
    registry.push_blob("group/web", "layer");
    registry.push("group/web", "v1", &oci_image("layer"));
    let manifest = oci_image("layer").to_string().len();
    for (path, status, length) in [
        ("manifests/v1", 200, manifest),
        (&*format!("blobs/{}", sha256("layer")), 200, 5),
        (
            "manifests/missing",
            404,
            registry.get("/v2/group/web/manifests/missing").text.len(),
        ),
    ] {
        let request =
            format!("HEAD /v2/group/web/{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let response = exchange(swr.registry(), request.as_bytes());
        assert!(
            response.starts_with(&format!("HTTP/1.1 {status}")),
            "{response}"
        );
        assert!(
            response.contains(&format!("content-length: {length}\r\n")),
            "{response}"
        );
        assert!(response.ends_with("\r\n\r\n"), "{response}");
    }
    assert_eq!(
        registry
            .head("/v2/group/web/manifests/v1")
            .header("content-type"),
        OCI_MANIFEST
    );
}
