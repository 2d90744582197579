//! Testing an image pusher: `cargo run --example pusher`.

use mock_swr::{Answer, Auth, MockSwr, Op, Refusal};
use reqwest::blocking::{Client, RequestBuilder, Response};
use serde_json::json;
use sha2::{Digest, Sha256};

const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// What is tested: makes sure of a repository, and pushes an image without layers.
fn push(endpoint: &str, registry: &str, config: &'static str) -> reqwest::Result<()> {
    let http = Client::new();
    let repos = format!("{endpoint}/v2/manage/namespaces/group/repos");
    let repo = json!({"repository": "web", "is_public": false});
    // One that is there already will do: whatever the answer is, the push says whether it can be used.
    patiently(&http.post(repos).json(&repo))?;

    let digest = format!("sha256:{:x}", Sha256::digest(config));
    let blobs = format!("http://{registry}/v2/group/web/blobs/uploads/?digest={digest}");
    patiently(&http.post(blobs).body(config))?.error_for_status()?;

    let config = json!({"mediaType": CONFIG, "digest": digest, "size": config.len()});
    let manifest =
        json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": []});
    let manifests = format!("http://{registry}/v2/group/web/manifests/v1");
    patiently(&http.put(manifests).body(manifest.to_string()))?.error_for_status()?;
    Ok(())
}

/// Tries again while there is no answer, or the service is busy.
fn patiently(request: &RequestBuilder) -> reqwest::Result<Response> {
    let send = || request.try_clone().unwrap().send();
    for _ in 0..4 {
        if let Ok(answer) = send()
            && answer.status() != 429
        {
            return Ok(answer);
        }
    }
    send()
}

fn main() {
    let swr = MockSwr::builder().auth(Auth::Off).start();
    swr.seed_namespace("group");
    // The repository is made, but the client never hears of it; the first two manifests come at a bad time.
    swr.on(Op::CreateRepo, Answer::real().lost());
    swr.on(Op::PutManifest, Answer::from(Refusal::Throttled).times(2));

    push(swr.endpoint(), swr.registry(), "{}").unwrap();

    assert_eq!(swr.repo("group/web").tags(), ["v1"]);
    swr.verify(Op::CreateRepo).answered(409).once();
    swr.verify(Op::PutManifest.repo("group/web")).times(3);
    swr.verify_order([Op::CreateRepo, Op::StartUpload, Op::PutManifest]);
}
