//! Existing and missing blobs.

use super::open;
use super::uploads::assert_stored;
use crate::registry::client::{sha256, sha512};

#[test]
fn a_missing_blob_is_not_found() {
    let (swr, registry) = open();
    swr.seed_repo("group/web");
    for repo in ["group/web", "group/missing", "missing/web"] {
        for digest in [sha256("absent"), sha512("absent")] {
            let path = format!("/v2/{repo}/blobs/{digest}");
            registry.get(&path).assert_error(404, "BLOB_UNKNOWN");
            let head = registry.head(&path);
            head.assert_status(404);
            assert_eq!(head.text, "");
        }
    }
    let path = format!("/v2/group/web/blobs/{}", sha256("absent"));
    registry.delete(&path).assert_error(404, "BLOB_UNKNOWN");
}

#[test]
fn a_malformed_digest_of_a_blob_is_refused() {
    let (swr, registry) = open();
    swr.seed_repo("group/web");
    for digest in ["sha256:baddigeststring", "md5:00", "nonsense"] {
        let path = format!("/v2/group/web/blobs/{digest}");
        registry.get(&path).assert_error(400, "DIGEST_INVALID");
        registry.delete(&path).assert_error(400, "DIGEST_INVALID");
    }
}

#[test]
fn a_range_of_a_blob_is_served() {
    let (_swr, registry) = open();
    let content: String = (0..256).map(|n| format!("{n:07} ")).collect();
    let digest = registry.push_blob("group/web", &content);
    let path = format!("/v2/group/web/blobs/{digest}");
    let get = |range: &str| registry.send("GET", &path, &[("range", range)], "");
    for (range, first, last) in [
        ("bytes=500-1499", 500, 1499),
        ("bytes=500-", 500, 2047),
        ("bytes=-500", 1548, 2047),
        ("bytes=-5000", 0, 2047),
        ("bytes=2000-5000", 2000, 2047),
        ("bytes=0-0", 0, 0),
        ("bytes=2047-2047", 2047, 2047),
    ] {
        let response = get(range);
        response.assert_status(206);
        response.assert_headers(&[
            ("content-range", &format!("bytes {first}-{last}/2048")),
            ("content-length", &(last - first + 1).to_string()),
            ("content-type", "application/octet-stream"),
            ("docker-content-digest", &digest),
        ]);
        assert_eq!(response.text, content[first..=last], "{range}");
    }
    for range in [
        "bytes=500-0",
        "bytes=5000-10000",
        "bytes=2048-",
        "bytes=-0",
        "bytes=x-y",
        "bytes=0-4x",
    ] {
        get(range).assert_error(416, "SIZE_INVALID");
    }
    for ignored in ["lines=1-2", "bytes=0-1,4-5"] {
        let response = get(ignored);
        response.assert_status(200);
        assert_eq!(response.text, content, "{ignored}");
    }
}

#[test]
fn a_range_can_span_several_chunks_of_an_upload() {
    let (_swr, registry) = open();
    let mut location = registry.begin("group/web");
    for chunk in ["abcd", "efgh", "ijkl"] {
        location = registry.send("PATCH", &location, &[], chunk).location();
    }
    let path = format!("{location}?digest={}", sha256("abcdefghijkl"));
    let blob = registry.send("PUT", &path, &[], "").location();
    let response = registry.send("GET", &blob, &[("range", "bytes=2-9")], "");
    response.assert_status(206);
    assert_eq!(response.text, "cdefghij");
}

#[test]
fn content_that_the_client_has_is_304() {
    let (_swr, registry) = open();
    let digest = registry.push_image("group/web", "v1", "layer");
    let blob = format!("/v2/group/web/blobs/{}", sha256("layer"));
    for path in [&blob, "/v2/group/web/manifests/v1"] {
        let etag = registry.get(path).header("etag").to_owned();
        for known in [&etag, &format!("\"other\", W/{etag}"), "*"] {
            for method in ["GET", "HEAD"] {
                let response = registry.send(method, path, &[("if-none-match", known)], "");
                response.assert_status(304);
                response.assert_headers(&[("etag", &etag)]);
                assert_eq!(response.text, "");
            }
        }
        let other = format!("\"{}\"", sha256("other"));
        registry
            .send("GET", path, &[("if-none-match", &other)], "")
            .assert_status(200);
    }
    let etag = format!("\"{digest}\"");
    registry
        .get("/v2/group/web/manifests/v1")
        .assert_headers(&[("etag", &etag)]);
}

#[test]
fn a_deleted_blob_stays_in_other_repositories() {
    let (_swr, registry) = open();
    let digest = registry.push_blob("group/web", "shared");
    registry.push_blob("group/pushed", "shared");
    let mount = format!("/v2/group/mounted/blobs/uploads/?mount={digest}&from=group/web");
    registry.post(&mount).assert_status(201);

    let path = format!("/v2/group/web/blobs/{digest}");
    let deleted = registry.delete(&path);
    deleted.assert_status(202);
    assert_eq!(deleted.header("content-length"), "0");
    registry.head(&path).assert_status(404);
    registry.get(&path).assert_error(404, "BLOB_UNKNOWN");
    registry.delete(&path).assert_error(404, "BLOB_UNKNOWN");
    for repo in ["group/pushed", "group/mounted"] {
        assert_stored(
            &registry,
            &format!("/v2/{repo}/blobs/{digest}"),
            "shared",
            &digest,
        );
    }

    registry.push_blob("group/web", "shared");
    assert_stored(&registry, &path, "shared", &digest);
}
