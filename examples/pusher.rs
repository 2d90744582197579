//! A test of an image pusher: `cargo run --example pusher`.

use mock_swr::{Answer, Auth, MockSwr, Op, Refusal};
use reqwest::blocking::{Client, RequestBuilder, Response};
use serde_json::json;
use sha2::{Digest, Sha256};

const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// Code under test: ensures that a repository exists, and pushes an image without layers.
fn push(endpoint: &str, registry: &str, config: &'static str) -> reqwest::Result<()> {
    let http = Client::new();
    let repos = format!("{endpoint}/v2/manage/namespaces/group/repos");
    let repo = json!({"repository": "web", "is_public": false});
    // The status does not matter: if the repository cannot be used, the push fails.
    send_with_retries(&http.post(repos).json(&repo))?;

    let digest = format!("sha256:{:x}", Sha256::digest(config));
    let blobs = format!("http://{registry}/v2/group/web/blobs/uploads/?digest={digest}");
    send_with_retries(&http.post(blobs).body(config))?.error_for_status()?;

    let config = json!({"mediaType": CONFIG, "digest": digest, "size": config.len()});
    let manifest =
        json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": []});
    let manifests = format!("http://{registry}/v2/group/web/manifests/v1");
    send_with_retries(&http.put(manifests).body(manifest.to_string()))?.error_for_status()?;
    Ok(())
}

/// Retries while there is no response, or the service is busy.
fn send_with_retries(request: &RequestBuilder) -> reqwest::Result<Response> {
    let send = || request.try_clone().unwrap().send();
    for _ in 0..4 {
        if let Ok(response) = send()
            && response.status() != 429
        {
            return Ok(response);
        }
    }
    send()
}

fn main() {
    let swr = MockSwr::builder().auth(Auth::Off).start();
    swr.seed_namespace("group");
    // The repository is created, but the response is lost. Then the first two manifests are throttled.
    swr.on(Op::CreateRepo, Answer::real().lost());
    swr.on(Op::PutManifest, Answer::from(Refusal::Throttled).times(2));

    push(swr.endpoint(), swr.registry(), "{}").unwrap();

    assert_eq!(swr.repo("group/web").tags(), ["v1"]);
    swr.verify(Op::CreateRepo).answered(409).once();
    swr.verify(Op::PutManifest.repo("group/web")).times(3);
    swr.verify_order([Op::CreateRepo, Op::StartUpload, Op::PutManifest]);
}
