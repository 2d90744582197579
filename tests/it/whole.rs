//! An input is read whole or refused: what is said twice agrees, and an object is an object.

use mock_swr::{Auth, MockSwr, Profile};
use reqwest::Method;
use serde_json::{Value, json};

use crate::registry::client::{
    DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST, Registry, sha256,
};
use crate::support::{Client, send};

fn server(profile: Profile) -> MockSwr {
    let swr = MockSwr::builder().auth(Auth::Off).profile(profile).start();
    swr.seed_repo("group/web").image("v1");
    swr
}

/// The manifest of a seeded image, altered.
fn altered(swr: &MockSwr, alter: impl Fn(&mut Value)) -> String {
    let manifest = swr.repo("group/web").content("v1");
    let mut manifest = serde_json::from_slice(&manifest).unwrap();
    alter(&mut manifest);
    manifest.to_string()
}

#[test]
fn a_manifest_that_is_not_whole_is_refused_and_not_stored() {
    for profile in [Profile::Swr, Profile::Oci] {
        let swr = server(profile);
        let registry = Registry::nobody(&swr);
        let set = |key: &'static str, value: Value| altered(&swr, move |m| m[key] = value.clone());
        let without = |key: &'static str| {
            altered(&swr, move |m| drop(m.as_object_mut().unwrap().remove(key)))
        };
        for (content_type, manifest, hint) in [
            (
                "text/plain",
                set("x", json!(1)),
                "Content-Type is text/plain, and the manifest's mediaType",
            ),
            (OCI_INDEX, set("x", json!(1)), "Content-Type is "),
            (
                DOCKER_MANIFEST,
                set("mediaType", json!(OCI_INDEX)),
                "Content-Type is ",
            ),
            (
                DOCKER_MANIFEST,
                set("schemaVersion", json!(1)),
                "schemaVersion must be 2, not 1",
            ),
            (
                DOCKER_MANIFEST,
                set("schemaVersion", json!("2")),
                "schemaVersion must be a whole number from 0, not a string",
            ),
            (
                DOCKER_MANIFEST,
                without("schemaVersion"),
                "schemaVersion is missing",
            ),
            (
                DOCKER_MANIFEST,
                without("config"),
                "config is missing in a manifest of application/vnd.docker",
            ),
            (
                DOCKER_MANIFEST,
                set("config", json!([1])),
                "config must be a descriptor",
            ),
            (
                DOCKER_MANIFEST,
                set("manifests", json!([])),
                "manifests must not be in a manifest of application/vnd.docker",
            ),
            (
                DOCKER_MANIFEST,
                "[2]".to_owned(),
                "must be a manifest, which is an object, not an array",
            ),
            (DOCKER_MANIFEST, "{".to_owned(), "the manifest is no JSON: "),
        ] {
            let headers = [("content-type", content_type)];
            let answer = registry.send("PUT", "/v2/group/web/manifests/v2", &headers, manifest);
            answer.fails(400, "MANIFEST_INVALID");
            let told = answer.header("x-mock-hint");
            assert!(told.starts_with(hint), "{told}");
            assert!(!told.contains("struct"), "{told}");
            assert_eq!(swr.repo("group/web").tags(), ["v1"]);
        }
    }
}

#[test]
fn an_index_does_not_pass_for_an_image_where_indexes_are_refused() {
    let swr = server(Profile::Swr);
    let registry = Registry::nobody(&swr);
    let image = swr.repo("group/web").tag("v1").digest;
    let entry = json!({"mediaType": DOCKER_MANIFEST, "digest": image, "size": 1});
    for own in [Some(OCI_INDEX), None] {
        let mut index = json!({"schemaVersion": 2, "manifests": [entry]});
        if let Some(own) = own {
            index["mediaType"] = own.into();
        }
        for content_type in [OCI_MANIFEST, DOCKER_MANIFEST, DOCKER_LIST, OCI_INDEX] {
            let headers = [("content-type", content_type)];
            let put = |tag: &str| {
                let path = format!("/v2/group/web/manifests/{tag}");
                registry
                    .send("PUT", &path, &headers, index.to_string())
                    .status
            };
            // A docker list without a type of its own is what it is said to be.
            let is_list = own.is_none() && content_type == DOCKER_LIST;
            assert_eq!(put("v2") == 201, is_list, "{content_type} {own:?}");
        }
    }
}

#[test]
fn a_chunk_is_what_its_range_says_or_the_upload_stays_as_it_was() {
    let swr = server(Profile::Oci);
    let registry = Registry::nobody(&swr);
    let at = registry.begin("group/web");
    let at = registry
        .send("PATCH", &at, &[("content-range", "0-3")], "0123")
        .location();
    for (range, hint) in [
        ("4-6", "Content-Range is `4-6`, and 4 bytes were sent"),
        ("4-8", "Content-Range is `4-8`, and 4 bytes were sent"),
        ("4-", "Content-Range `4-` is not a range"),
        ("4-7x", "Content-Range `4-7x` is not a range"),
        (
            "bytes 4-7/7",
            "Content-Range is `bytes 4-7/7`, and 4 bytes were sent",
        ),
        ("0-3", "the upload has 4 bytes; the chunk is 0-3"),
    ] {
        for method in ["PATCH", "PUT"] {
            let path = format!("{at}?digest={}", sha256("01234567"));
            let answer = registry.send(method, &path, &[("content-range", range)], "4567");
            answer.fails(416, "BLOB_UPLOAD_INVALID");
            assert!(answer.header("x-mock-hint").starts_with(hint), "{answer:?}");
        }
    }
    let path = format!("{at}?digest={}", sha256("01234567"));
    let closed = registry.send("PUT", &path, &[("content-range", "bytes 4-7/8")], "4567");
    closed.is(201);
    let blob = registry.send("GET", &closed.location(), &[], "");
    assert_eq!(blob.text, "01234567");
}

#[test]
fn an_array_is_no_object_for_iam_either() {
    let swr = MockSwr::start();
    let nobody = Client::nobody(&swr);
    for (body, hint) in [
        (json!([{}]), "must be an object with auth, not an array"),
        (
            json!({"auth": [{"methods": ["password"]}]}),
            "auth must be an object with identity, not an array",
        ),
        (
            json!({"auth": {"identity": {"methods": ["password"], "password": [["admin", "secret"]]}}}),
            "auth.identity.password must be an object with user, not an array",
        ),
        (
            json!({"auth": {"identity": {"methods": "password"}}}),
            "auth.identity.methods must be an array, not a string",
        ),
    ] {
        let answer = nobody.post("/v3/auth/tokens", body);
        assert_eq!(answer.status, 400, "{answer:?}");
        let told = answer.header("x-mock-hint");
        assert_eq!(told, format!("IAM cannot read the body: {hint}"));
    }
}

#[test]
fn a_number_has_digits_and_nothing_else() {
    let swr = MockSwr::start();
    swr.seed_repo("group/web").image("v1");
    let admin = Client::admin(&swr);
    for path in [
        "/v2/manage/repos?offset=0&limit=%2B5",
        "/v2/manage/repos?offset=%2B0&limit=5",
        "/v3/manage/repos?limit=5&marker=%2B1",
        "/v3/manage/namespaces/group/repos/web/tags?marker=%2Bff",
        "/v2/manage/namespaces/group/repos/web/v1/accessories?offset=%2B0",
    ] {
        assert_eq!(admin.get(path).status, 400, "{path}");
    }
    for lifetime in ["%2B900", "900.0", "0x900", ""] {
        let path =
            format!("/v2/manage/utils/secret?projectname=cn-north-4&duration_seconds={lifetime}");
        let answer = send(admin.request(Method::POST, &path)).unwrap();
        assert_eq!(answer.status, 400, "{path}");
    }
    let tags = Registry::token(&swr, "admin", "repository:group/web:pull")
        .get("/v2/group/web/tags/list?n=%2B1");
    tags.is(400);
}
