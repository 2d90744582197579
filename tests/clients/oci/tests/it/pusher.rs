//! Pushes an image: ensures through the management API that its repository exists, then pushes to the registry.
//! Retries errors that may be temporary.

use std::time::Duration;

use mock_swr::Credentials;
use oci_client::client::{Client, Config, ImageLayer};
use oci_client::errors::OciDistributionError;
use oci_client::manifest::{OciImageManifest, OciManifest};
use oci_client::{Reference, secrets::RegistryAuth};
use reqwest::StatusCode;
use serde_json::json;

use crate::registry;

pub(crate) type Error = Box<dyn std::error::Error + Send + Sync>;

const TRIES: usize = 5;
const PAUSE: Duration = Duration::from_millis(5);

/// Pushes an image as `organization/repository:tag` and returns its digest.
pub(crate) fn push(
    endpoint: &str,
    registry: &str,
    credentials: &Credentials,
    image: &str,
) -> Result<String, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(push_async(endpoint, registry, credentials, image))
}

pub(crate) async fn push_async(
    endpoint: &str,
    registry: &str,
    credentials: &Credentials,
    image: &str,
) -> Result<String, Error> {
    let reference: Reference = format!("{registry}/{image}").parse()?;
    ensure_repo(endpoint, credentials, reference.repository()).await?;

    let layer = ImageLayer::oci_v1_gzip(image.to_owned(), None);
    let config = Config::oci_v1("{}", None);
    let manifest = OciImageManifest::build(std::slice::from_ref(&layer), &config, None);

    let client = registry::client();
    let (user, key) = credentials.registry_login();
    let login = RegistryAuth::Basic(user, key);
    client.store_auth_if_needed(registry, &login).await;
    for (content, descriptor) in [
        (layer.data, &manifest.layers[0]),
        (config.data, &manifest.config),
    ] {
        client
            .push_blob(&reference, content, &descriptor.digest)
            .await?;
    }
    push_manifest(&client, &reference, &manifest.into()).await
}

/// Ensures that the repository exists. Treats 409 as success, because an earlier request whose response was lost may
/// have created it.
async fn ensure_repo(endpoint: &str, credentials: &Credentials, name: &str) -> Result<(), Error> {
    let (namespace, repo) = name
        .split_once('/')
        .ok_or("the image has no organization")?;
    let http = reqwest::Client::new();
    let create = http
        .post(format!("{endpoint}/v2/manage/namespaces/{namespace}/repos"))
        .header("Authorization", authorization(credentials))
        .json(&json!({"repository": repo, "is_public": false}))
        .build()?;
    for _ in 0..TRIES {
        let request = create.try_clone().ok_or("the request has a stream")?;
        match http.execute(request).await {
            Ok(response) if response.status() == StatusCode::CONFLICT => return Ok(()),
            Ok(response) if !response.status().is_server_error() => {
                response.error_for_status()?;
                return Ok(());
            }
            _ => tokio::time::sleep(PAUSE).await,
        }
    }
    Err("the repository could not be created".into())
}

/// Returns an `Authorization` header without a valid signature. The default `Auth` checks only the access key.
pub(crate) fn authorization(credentials: &Credentials) -> String {
    let access_key = &credentials.access_key;
    format!("SDK-HMAC-SHA256 Access={access_key}, SignedHeaders=host, Signature=00")
}

/// Pushes the manifest. Retries only the manifest after a 429, because the blobs are already stored.
async fn push_manifest(
    client: &Client,
    reference: &Reference,
    manifest: &OciManifest,
) -> Result<String, Error> {
    for _ in 0..TRIES {
        match client.push_manifest(reference, manifest).await {
            Ok(url) => {
                let (_, digest) = url.rsplit_once('/').ok_or("an address without a path")?;
                return Ok(digest.to_owned());
            }
            Err(OciDistributionError::ServerError { code: 429, .. }) => {
                tokio::time::sleep(PAUSE).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err("the service is still throttling".into())
}
