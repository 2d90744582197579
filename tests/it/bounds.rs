//! Limits on what a server receives from clients and stores for them.

use mock_swr::{Auth, Builder, MockSwr, Profile};
use serde_json::{Value, json};

use crate::registry::client::{OCI_INDEX, Registry, sha256};
use crate::restores::Chunk;

fn open() -> Builder {
    MockSwr::builder().auth(Auth::Off).profile(Profile::Oci)
}

/// Returns an index without manifests, of about this size.
fn index(number: usize, size: usize) -> Value {
    let annotations = json!({"number": number.to_string(), "filling": "x".repeat(size)});
    json!({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [], "annotations": annotations})
}

#[test]
fn manifests_count_towards_the_content_limit() {
    let swr = open().content_limit(1 << 20).start();
    let client = Registry::anonymous(&swr);
    for number in 0..3 {
        client.push("group/web", &format!("v{number}"), &index(number, 300_000));
    }
    let refused = client.put("group/web", "v3", &index(3, 300_000));
    refused.assert_error(507, "DENIED");
    assert!(
        refused.header("x-mock-hint").contains("content_limit"),
        "{refused:?}"
    );
    client.push("group/web", "v2-again", &index(2, 300_000));

    let first = swr.repo("group/web").tag("v0").digest;
    client
        .delete(&format!("/v2/group/web/manifests/{first}"))
        .assert_status(202);
    client.push("group/web", "v3", &index(3, 300_000));
    swr.repo("group/web").delete();
    client.push("group/web", "v4", &index(4, 900_000));
}

#[test]
fn concurrent_uploads_share_the_content_limit() {
    let swr = open().content_limit(1000).start();
    swr.seed_repo("group/web");
    let client = Registry::anonymous(&swr);
    let first = client.begin("group/web");
    let mut chunk = Chunk::begin(&swr, "PATCH", &first, 601);
    chunk.send(&[b'a'; 600]);
    let send = || {
        let second = client.begin("group/web");
        let status = client.send("PATCH", &second, &[], "b".repeat(600)).status;
        client.delete(&second).assert_status(204);
        status
    };
    // Waits until the server has read the chunk.
    let mut sent = std::iter::repeat_with(send).take(10_000);
    assert!(
        sent.any(|status| status == 507),
        "both uploads fit in the limit"
    );
    assert_eq!(chunk.finish(b"a"), 202);
    assert_eq!(send(), 507);
    client.delete(&first).assert_status(204);
    assert_eq!(send(), 202);
    assert!(swr.repo("group/web").uploads().is_empty());
}

#[test]
fn an_interrupted_upload_frees_its_space() {
    let swr = open().content_limit(1000).start();
    swr.seed_repo("group/web");
    let client = Registry::anonymous(&swr);
    let upload = client.begin("group/web");
    let mut chunk = Chunk::begin(&swr, "PATCH", &upload, 1000);
    chunk.send(&[b'a'; 900]);
    drop(chunk);
    // Repeats the push until the server detects the disconnect.
    let content = "b".repeat(600);
    let target = format!("/v2/group/web/blobs/uploads/?digest={}", sha256(&content));
    let push = || client.send("POST", &target, &[], content.clone()).status;
    let mut pushes = std::iter::repeat_with(push).take(10_000);
    assert!(pushes.any(|status| status == 201));
}

#[test]
fn seeded_content_bypasses_the_content_limit() {
    let swr = open().content_limit(10).start();
    let web = swr.seed_repo("group/web").image("v1");
    assert_eq!(web.tags(), ["v1"]);
    let refused = Registry::anonymous(&swr).put("group/web", "v2", &index(0, 0));
    refused.assert_error(507, "DENIED");
}

#[test]
fn a_manifest_is_pushed_with_several_tags_at_once() {
    let swr = open().start();
    let client = Registry::anonymous(&swr);
    let manifest = index(0, 0);
    let put = |count: usize| {
        let tags: Vec<String> = (0..count).map(|n| format!("tag=t{n}")).collect();
        let reference = format!("{}?{}", sha256(manifest.to_string()), tags.join("&"));
        client.put("group/web", &reference, &manifest)
    };
    let refused = put(51);
    refused.assert_status(414);
    assert!(
        refused.header("x-mock-hint").contains("at most 50 tags"),
        "{refused:?}"
    );
    assert!(!swr.repo("group/web").exists());
    assert_eq!(put(50).headers.get_all("oci-tag").iter().count(), 50);
    assert_eq!(swr.repo("group/web").tags().len(), 50);
}
