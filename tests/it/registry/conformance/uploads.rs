//! Uploads in five forms, chunks, mounts.

use std::io::Cursor;

use reqwest::blocking::Body;

use super::open;
use crate::gateway::exchange;
use crate::registry::client::{ALGORITHMS, Registry, sha256, sha512};
use crate::support::Response;

/// Uploads content to a repository with a digest. Returns the last response.
type Form = fn(&Registry, &str, &str, &str) -> Response;

const FORMS: [(&str, Form); 5] = [
    ("whole", whole),
    ("put", put),
    ("stream", stream),
    ("chunks", chunks),
    ("last-in-put", last_in_put),
];

fn whole(registry: &Registry, repo: &str, content: &str, digest: &str) -> Response {
    let path = format!("/v2/{repo}/blobs/uploads/?digest={digest}");
    let headers = [("content-type", "application/octet-stream")];
    registry.send("POST", &path, &headers, content.to_owned())
}

fn put(registry: &Registry, repo: &str, content: &str, digest: &str) -> Response {
    let path = format!("{}?digest={digest}", registry.begin(repo));
    registry.send("PUT", &path, &[], content.to_owned())
}

fn stream(registry: &Registry, repo: &str, content: &str, digest: &str) -> Response {
    let body = Body::new(Cursor::new(content.to_owned()));
    let response = registry.send("PATCH", &registry.begin(repo), &[], body);
    assert_in_progress(&response, content.len());
    registry.send(
        "PUT",
        &format!("{}?digest={digest}", response.location()),
        &[],
        "",
    )
}

fn chunks(registry: &Registry, repo: &str, content: &str, digest: &str) -> Response {
    let end = send_chunks(registry, registry.begin(repo), content, content.len());
    registry.send("PUT", &format!("{end}?digest={digest}"), &[], "")
}

fn last_in_put(registry: &Registry, repo: &str, content: &str, digest: &str) -> Response {
    let last = content.len() * 2 / 3;
    let end = send_chunks(registry, registry.begin(repo), content, last);
    let path = format!("{end}?digest={digest}");
    chunk(registry, "PUT", &path, content, last, content.len())
}

/// Sends the content up to `end` in two or three chunks. Returns the location at which the upload continues.
fn send_chunks(registry: &Registry, mut location: String, content: &str, end: usize) -> String {
    let size = content.len().div_ceil(3).max(1);
    for start in (0..end).step_by(size) {
        let stop = end.min(start + size);
        let response = chunk(registry, "PATCH", &location, content, start, stop);
        assert_in_progress(&response, stop);
        location = response.location();
    }
    location
}

fn chunk(
    registry: &Registry,
    method: &str,
    path: &str,
    content: &str,
    start: usize,
    stop: usize,
) -> Response {
    let range = format!("{start}-{}", stop.saturating_sub(1));
    let headers = [
        ("content-type", "application/octet-stream"),
        ("content-range", &*range),
    ];
    // An empty chunk has no valid Content-Range.
    let headers = &headers[..1 + usize::from(start < stop)];
    registry.send(method, path, headers, content[start..stop].to_owned())
}

#[track_caller]
fn assert_in_progress(response: &Response, size: usize) {
    response.assert_status(202);
    let range = format!("0-{}", size.saturating_sub(1));
    response.assert_headers(&[("range", &range), ("content-length", "0")]);
    let id = response.header("docker-upload-uuid");
    assert!(
        !id.is_empty() && response.location().ends_with(id),
        "{response:?}"
    );
}

/// Asserts that GET returns the blob, and that GET and HEAD have the right headers.
#[track_caller]
pub(super) fn assert_stored(registry: &Registry, location: &str, content: &str, digest: &str) {
    let (got, seen) = (registry.get(location), registry.head(location));
    for response in [&got, &seen] {
        response.assert_status(200);
        response.assert_headers(&[
            ("content-length", &content.len().to_string()),
            ("content-type", "application/octet-stream"),
            ("docker-content-digest", digest),
            ("etag", &format!("\"{digest}\"")),
            ("accept-ranges", "bytes"),
        ]);
    }
    assert_eq!((&*got.text, &*seen.text), (content, ""));
}

#[test]
fn every_form_of_upload_stores_every_content_with_both_algorithms() {
    let (swr, registry) = open();
    for (form, upload) in FORMS {
        let repo = format!("group/{form}");
        for content in ["some content of a blob", "{}", ""] {
            for algorithm in ALGORITHMS {
                let digest = algorithm(content);
                let response = upload(&registry, &repo, content, &digest);
                response.assert_status(201);
                response
                    .assert_headers(&[("docker-content-digest", &digest), ("content-length", "0")]);
                assert_eq!(response.location(), format!("/v2/{repo}/blobs/{digest}"));
                assert_stored(&registry, &response.location(), content, &digest);
            }
        }
        assert_eq!(swr.repo(&repo).uploads(), [0; 0]);
    }
}

#[test]
fn every_form_of_upload_refuses_a_wrong_digest() {
    let (_swr, registry) = open();
    let content = "some content of a blob";
    for (form, upload) in FORMS {
        let repo = format!("group/{form}");
        for wrong in [
            &sha256("other"),
            &sha512("other"),
            &sha256(content).to_uppercase(),
            "sha256:baddigeststring",
            "md5:9a0364b9e99bb480dd25e1f0284c8555",
            "baddigeststring",
        ] {
            upload(&registry, &repo, content, wrong).assert_error(400, "DIGEST_INVALID");
        }
        for algorithm in ALGORITHMS {
            let path = format!("/v2/{repo}/blobs/{}", algorithm(content));
            registry.head(&path).assert_status(404);
        }
    }
}

#[test]
fn an_upload_is_not_closed_without_a_digest() {
    let (swr, registry) = open();
    let location = registry.begin("group/web");
    registry
        .send("PUT", &location, &[], "")
        .assert_error(400, "DIGEST_INVALID");
    assert_eq!(swr.repo("group/web").uploads(), [0]);
}

#[test]
fn a_large_blob_is_pulled_unchanged() {
    let (_swr, registry) = open();
    let content = "0123456789abcdef".repeat(1 << 16);
    for algorithm in ALGORITHMS {
        let digest = algorithm(&content);
        let response = chunks(&registry, "group/web", &content, &digest);
        response.assert_status(201);
        assert_stored(&registry, &response.location(), &content, &digest);
    }
}

#[test]
fn a_new_upload_has_a_location_and_is_empty() {
    let (_swr, registry) = open();
    for path in [
        "/v2/group/web/blobs/uploads/",
        "/v2/group/web/blobs/uploads",
    ] {
        let response = registry.post(path);
        assert_in_progress(&response, 0);
        assert!(
            response
                .location()
                .starts_with("/v2/group/web/blobs/uploads/")
        );
    }
}

#[test]
fn a_chunk_out_of_order_is_refused_and_the_upload_continues() {
    let (_swr, registry) = open();
    let content = "some content of a blob";
    let digest = sha256(content);
    for (received, bad_start) in [(0, 5), (8, 12), (8, 0)] {
        let mut location = registry.begin("group/web");
        if received > 0 {
            location = chunk(&registry, "PATCH", &location, content, 0, received).location();
        }
        let closing = format!("{location}?digest={digest}");
        for (method, path) in [("PATCH", &location), ("PUT", &closing)] {
            let response = chunk(&registry, method, path, content, bad_start, content.len());
            response.assert_error(416, "BLOB_UPLOAD_INVALID");
            let status = registry.get(&location);
            status.assert_status(204);
            status.assert_headers(&[("range", &*format!("0-{}", received.max(1) - 1))]);
            assert_eq!(status.location(), location);
        }
        let closed = chunk(&registry, "PUT", &closing, content, received, content.len());
        closed.assert_status(201);
        assert_stored(&registry, &closed.location(), content, &digest);
    }
}

#[test]
fn a_cancelled_upload_is_unknown() {
    let (swr, registry) = open();
    let location = registry.begin("group/web");
    registry
        .send("PATCH", &location, &[], "some")
        .assert_status(202);
    assert_eq!(swr.repo("group/web").uploads(), [4]);

    let cancelled = registry.delete(&location);
    cancelled.assert_status(204);
    assert_eq!(cancelled.text, "");
    assert_eq!(swr.repo("group/web").uploads(), [0; 0]);
    registry
        .get(&location)
        .assert_error(404, "BLOB_UPLOAD_UNKNOWN");
    registry
        .delete(&location)
        .assert_error(404, "BLOB_UPLOAD_UNKNOWN");
    let late = registry.send("PATCH", &location, &[], "late");
    late.assert_error(404, "BLOB_UPLOAD_UNKNOWN");
    let late = format!("{location}?digest={}", sha256(""));
    registry
        .send("PUT", &late, &[], "")
        .assert_error(404, "BLOB_UPLOAD_UNKNOWN");
}

#[test]
fn a_chunk_of_a_client_that_disconnects_is_not_accepted() {
    let (swr, registry) = open();
    let location = registry.begin("group/web");
    registry
        .send("PATCH", &location, &[], "some")
        .assert_status(202);
    let head = format!("PATCH {location} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n");
    exchange(swr.registry(), (head + "more").as_bytes());
    let status = registry.get(&location);
    status.assert_status(204);
    status.assert_headers(&[("range", "0-3")]);
    let path = format!("{location}?digest={}", sha256("something"));
    let closed = registry.send("PUT", &path, &[("content-range", "4-8")], "thing");
    closed.assert_status(201);
    assert_stored(
        &registry,
        &closed.location(),
        "something",
        &sha256("something"),
    );
}

#[test]
fn an_upload_belongs_to_its_repository() {
    let (_swr, registry) = open();
    let location = registry.begin("group/web");
    let elsewhere = location.replace("group/web", "group/api");
    registry
        .get(&elsewhere)
        .assert_error(404, "BLOB_UPLOAD_UNKNOWN");
    registry.get(&location).assert_status(204);
    let nonsense = registry.get("/v2/group/web/blobs/uploads/nonsense");
    nonsense.assert_error(404, "BLOB_UPLOAD_UNKNOWN");
}

#[test]
fn a_blob_of_another_repository_is_mounted() {
    let (swr, registry) = open();
    let digest = registry.push_blob("group/one/two", "shared");
    let encoded = digest.replace(':', "%3A");
    for (n, query) in [
        format!("mount={digest}&from=group/one/two"),
        format!("from=group%2Fone%2Ftwo&mount={encoded}&origin=registry.example"),
        // Without a source, from any repository.
        format!("mount={digest}"),
    ]
    .iter()
    .enumerate()
    {
        let target = format!("group/target-{n}");
        let response = registry.post(&format!("/v2/{target}/blobs/uploads/?{query}"));
        response.assert_status(201);
        response.assert_headers(&[("docker-content-digest", &digest)]);
        assert_eq!(response.location(), format!("/v2/{target}/blobs/{digest}"));
        assert_stored(&registry, &response.location(), "shared", &digest);
        assert_eq!(swr.repo(&target).uploads(), [0; 0]);
    }
}

#[test]
fn a_mount_of_a_missing_blob_becomes_an_upload() {
    let (_swr, registry) = open();
    registry.push_blob("group/other", "shared");
    let digest = sha256("shared");
    for query in [
        format!("mount={digest}&from=group/web"),
        format!("mount={digest}&from=nowhere/at/all"),
        format!("mount={}", sha256("unknown")),
    ] {
        let response = registry.post(&format!("/v2/group/web/blobs/uploads/?{query}"));
        assert_in_progress(&response, 0);
        registry
            .head(&format!("/v2/group/web/blobs/{digest}"))
            .assert_status(404);
        let path = format!("{}?digest={}", response.location(), sha256("uploaded"));
        let closed = registry.send("PUT", &path, &[], "uploaded");
        closed.assert_status(201);
        assert_stored(
            &registry,
            &closed.location(),
            "uploaded",
            &sha256("uploaded"),
        );
    }
}

#[test]
fn a_mount_by_a_malformed_digest_is_refused() {
    let (_swr, registry) = open();
    let response = registry.post("/v2/group/web/blobs/uploads/?mount=sha256:bad&from=group/api");
    response.assert_error(400, "DIGEST_INVALID");
}
