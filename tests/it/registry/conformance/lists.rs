//! Lists: tags, referrers, repositories.

use mock_swr::MockSwr;
use reqwest::Url;
use serde_json::{Value, json};

use super::open;
use crate::registry::client::{
    OCI_CONFIG, OCI_INDEX, OCI_MANIFEST, Registry, descriptor, index_of, oci_image, sha256, sha512,
};
use crate::support::Response;

const TAGS: &str = "/v2/group/web/tags/list";

fn with_tags(tags: &[&str]) -> (MockSwr, Registry) {
    let (swr, registry) = open();
    for tag in tags {
        swr.seed_repo("group/web").image(*tag);
    }
    (swr, registry)
}

/// Returns the target of the `Link` of a response.
#[track_caller]
fn next(response: &Response) -> Option<String> {
    let link = response.headers.get("link")?.to_str().unwrap();
    let target = link
        .strip_prefix('<')
        .unwrap()
        .strip_suffix(">; rel=\"next\"");
    Some(target.unwrap_or_else(|| panic!("{link}")).to_owned())
}

/// Returns the names on each page, following the links.
fn follow(registry: &Registry, first: &str, key: &str) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut path = Some(first.to_owned());
    while let Some(current) = path {
        let response = registry.get(&current);
        response.assert_status(200);
        path = next(&response);
        pages.push(serde_json::from_value(response.json()[key].clone()).unwrap());
    }
    pages
}

#[test]
fn tags_are_listed_in_the_order_of_their_bytes() {
    let (_swr, registry) = with_tags(&["v1", "B", "_x", "a", "10", "9", "v1.0", "v1-rc"]);
    let response = registry.get(TAGS);
    response.assert_status(200);
    response.assert_headers(&[("content-type", "application/json")]);
    let tags = ["10", "9", "B", "_x", "a", "v1", "v1-rc", "v1.0"];
    assert_eq!(response.json(), json!({"name": "group/web", "tags": tags}));
    assert_eq!(next(&response), None);
}

#[test]
fn tags_start_after_last_which_need_not_exist() {
    let (_swr, registry) = with_tags(&["a", "b", "c", "d"]);
    for (query, tags, more) in [
        ("last=b", &["c", "d"][..], false),
        ("last=bb", &["c", "d"], false),
        ("last=A", &["a", "b", "c", "d"], false),
        ("last=d", &[], false),
        ("last=z", &[], false),
        ("last=a&n=2", &["b", "c"], true),
        ("n=2&last=aa&unknown=1", &["b", "c"], true),
        ("n=4", &["a", "b", "c", "d"], false),
        ("n=100", &["a", "b", "c", "d"], false),
        ("n=0", &[], false),
        ("n=0&last=a", &[], false),
    ] {
        let response = registry.get(&format!("{TAGS}?{query}"));
        response.assert_status(200);
        assert_eq!(response.json()["tags"], json!(tags), "{query}");
        assert_eq!(next(&response).is_some(), more, "{query}");
    }
}

#[test]
fn each_page_of_tags_links_to_the_next() {
    let (_swr, registry) = with_tags(&["a", "b.1", "c_1", "d-1", "e"]);
    let pages = follow(&registry, &format!("{TAGS}?n=2"), "tags");
    assert_eq!(pages, [&["a", "b.1"][..], &["c_1", "d-1"], &["e"]]);

    let link = next(&registry.get(&format!("{TAGS}?n=2"))).unwrap();
    let url = Url::parse(&format!("http://registry{link}")).unwrap();
    assert_eq!(url.path(), TAGS);
    let pairs: Vec<_> = url.query_pairs().into_owned().collect();
    assert_eq!(
        pairs,
        [("last", "b.1"), ("n", "2")].map(|(a, b)| (a.to_owned(), b.to_owned()))
    );
}

#[test]
fn an_invalid_number_of_tags_is_refused() {
    let (_swr, registry) = with_tags(&["a"]);
    for n in ["-1", "x", "1.5", ""] {
        registry
            .get(&format!("{TAGS}?n={n}"))
            .assert_error(400, "UNSUPPORTED");
        registry
            .get(&format!("/v2/_catalog?n={n}"))
            .assert_error(400, "UNSUPPORTED");
    }
}

#[test]
fn a_repository_without_tags_has_an_empty_list_and_a_missing_one_is_unknown() {
    let (swr, registry) = open();
    swr.seed_repo("group/web");
    let response = registry.get(TAGS);
    response.assert_status(200);
    assert_eq!(response.json(), json!({"name": "group/web", "tags": []}));
    for repo in ["group/missing", "missing/web"] {
        registry
            .get(&format!("/v2/{repo}/tags/list"))
            .assert_error(404, "NAME_UNKNOWN");
    }
}

#[test]
fn the_catalog_lists_repositories_page_by_page() {
    let (swr, registry) = open();
    for repo in ["group/web", "group/one/two", "other/app", "group-2/web"] {
        swr.seed_repo(repo);
    }
    let all = ["group-2/web", "group/one/two", "group/web", "other/app"];
    let response = registry.get("/v2/_catalog");
    response.assert_status(200);
    response.assert_headers(&[("content-type", "application/json")]);
    assert_eq!(response.json(), json!({"repositories": all}));
    assert_eq!(next(&response), None);

    let pages = follow(&registry, "/v2/_catalog?n=3", "repositories");
    assert_eq!(pages, [&all[..3], &all[3..]]);
    let response = registry.get("/v2/_catalog?last=group/one");
    assert_eq!(response.json(), json!({"repositories": all[1..]}));
    let response = registry.get("/v2/_catalog?n=0");
    assert_eq!(
        (response.json(), next(&response)),
        (json!({"repositories": []}), None)
    );
}

fn referrers(registry: &Registry, digest: &str, query: &str) -> Response {
    let response = registry.get(&format!("/v2/group/web/referrers/{digest}{query}"));
    response.assert_status(200);
    response.assert_headers(&[("content-type", OCI_INDEX)]);
    let body = response.json();
    assert_eq!(
        (&body["schemaVersion"], &body["mediaType"]),
        (&json!(2), &json!(OCI_INDEX))
    );
    response
}

/// Pushes a manifest with this subject. Returns the entry that the list of referrers should have.
fn push_referrer(registry: &Registry, subject: &Value, mut manifest: Value, kind: &str) -> Value {
    manifest["subject"] = subject.clone();
    let digest = registry.push("group/web", &sha256(manifest.to_string()), &manifest);
    let mut entry = json!({
        "mediaType": manifest["mediaType"], "digest": digest, "size": manifest.to_string().len(),
    });
    if !kind.is_empty() {
        entry["artifactType"] = kind.into();
    }
    if let Some(annotations) = manifest.get("annotations") {
        entry["annotations"] = annotations.clone();
    }
    entry
}

#[test]
fn a_manifest_without_referrers_has_an_empty_index() {
    let (swr, registry) = open();
    let are_none = || {
        for digest in [sha256("unknown"), sha512("unknown")] {
            let response = referrers(&registry, &digest, "");
            assert_eq!(response.json()["manifests"], json!([]));
        }
    };
    are_none();
    swr.seed_repo("group/web");
    are_none();
    registry
        .get("/v2/group/web/referrers/sha256:bad")
        .assert_error(400, "DIGEST_INVALID");
    registry
        .get("/v2/group/web/referrers/v1")
        .assert_error(400, "DIGEST_INVALID");
}

#[test]
fn referrers_are_listed_with_type_and_annotations_until_they_are_deleted() {
    let (_swr, registry) = open();
    let subject = descriptor(OCI_MANIFEST, &oci_image("layer").to_string());
    let mut artifact = oci_image("signature");
    artifact["artifactType"] = "application/x-signature".into();
    artifact["annotations"] = json!({"signed": "yes", "by": "somebody"});
    let mut index = index_of(OCI_INDEX, &[]);
    index["artifactType"] = "application/x-index".into();
    let mut entries = vec![
        push_referrer(&registry, &subject, artifact, "application/x-signature"),
        push_referrer(&registry, &subject, oci_image("image"), OCI_CONFIG),
        push_referrer(&registry, &subject, index, "application/x-index"),
        push_referrer(&registry, &subject, index_of(OCI_INDEX, &[]), ""),
    ];
    push_referrer(
        &registry,
        &descriptor(OCI_MANIFEST, "other"),
        oci_image("layer"),
        OCI_CONFIG,
    );
    registry.push("group/web", "v1", &oci_image("layer"));

    let by_digest = |entry: &Value| entry["digest"].to_string();
    entries.sort_by_key(by_digest);
    let digest = subject["digest"].as_str().unwrap();
    let response = referrers(&registry, digest, "");
    assert_eq!(response.json()["manifests"], json!(entries));
    assert_eq!(response.headers.get("oci-filters-applied"), None);

    while let Some(gone) = entries.pop() {
        let gone = gone["digest"].as_str().unwrap();
        registry
            .delete(&format!("/v2/group/web/manifests/{gone}"))
            .assert_status(202);
        let response = referrers(&registry, digest, "");
        assert_eq!(response.json()["manifests"], json!(entries));
    }
}

#[test]
fn referrers_can_be_filtered_by_type() {
    let (_swr, registry) = open();
    let subject = descriptor(OCI_MANIFEST, "missing");
    let mut artifact = oci_image("signature");
    artifact["artifactType"] = "application/x-signature+json".into();
    let artifact = push_referrer(
        &registry,
        &subject,
        artifact,
        "application/x-signature+json",
    );
    let image = push_referrer(&registry, &subject, oci_image("image"), OCI_CONFIG);
    push_referrer(&registry, &subject, index_of(OCI_INDEX, &[]), "");
    for (wanted, entries) in [
        ("application/x-signature%2Bjson", json!([artifact])),
        (&OCI_CONFIG.replace('+', "%2B"), json!([image])),
        ("application/x-none", json!([])),
    ] {
        let query = format!("?artifactType={wanted}");
        let response = referrers(&registry, &sha256("missing"), &query);
        response.assert_headers(&[("oci-filters-applied", "artifactType")]);
        assert_eq!(response.json()["manifests"], entries, "{wanted}");
    }
}

#[test]
fn a_manifest_with_a_sha512_digest_has_referrers() {
    let (_swr, registry) = open();
    let subject = json!({"mediaType": OCI_MANIFEST, "digest": sha512("subject"), "size": 7});
    let entry = push_referrer(&registry, &subject, oci_image("layer"), OCI_CONFIG);
    let response = referrers(&registry, &sha512("subject"), "");
    assert_eq!(response.json()["manifests"], json!([entry]));
}
