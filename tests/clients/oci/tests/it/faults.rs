//! Tests of transfers that fail on the connection.

use mock_swr::{Answer, MockSwr, Op};
use oci_client::client::{Config, ImageLayer};
use oci_client::errors::OciDistributionError;
use oci_client::manifest::IMAGE_LAYER_GZIP_MEDIA_TYPE;

use crate::oci::{login, reference};
use crate::registry::client;

/// Pushes an image with one layer in one chunk.
async fn push(swr: &MockSwr, tag: &str) -> Result<(), OciDistributionError> {
    let layer = ImageLayer::oci_v1_gzip(vec![7; 300_000], None);
    let image = reference(swr, &format!("group/web:{tag}"));
    let config = Config::oci_v1("{}", None);
    client()
        .push(&image, &[layer], config, &login(swr), None)
        .await
        .map(drop)
}

async fn pull(swr: &MockSwr) -> Result<usize, OciDistributionError> {
    let image = reference(swr, "group/web:v1");
    let pulled = client()
        .pull(&image, &login(swr), vec![IMAGE_LAYER_GZIP_MEDIA_TYPE])
        .await?;
    Ok(pulled.layers[0].data.len())
}

#[tokio::test]
async fn a_truncated_or_corrupt_blob_fails_the_pull() {
    let swr = MockSwr::start();
    swr.seed_repo("group/web");
    push(&swr, "v1").await.unwrap();
    for (answer, expected) in [
        (Answer::real().close_after(1), "truncated"),
        (Answer::real().reset_after(1), "truncated"),
        (Answer::real().corrupt(), "wrong digest"),
    ] {
        let text = format!("{answer:?}");
        let fault = swr.on(Op::GetBlob, answer.always());
        let error = pull(&swr).await.unwrap_err();
        assert_eq!(kind(&error), expected, "{text}: {error:?}");
        fault.remove();
    }
    assert_eq!(pull(&swr).await.unwrap(), 300_000);
}

fn kind(error: &OciDistributionError) -> &'static str {
    match error {
        OciDistributionError::DigestError(_) => "wrong digest",
        OciDistributionError::RequestError(error) if error.is_body() || error.is_decode() => {
            "truncated"
        }
        OciDistributionError::RequestError(error) if error.is_request() => "not sent",
        _ => "other",
    }
}

#[tokio::test]
async fn a_reset_upload_stores_nothing_and_can_be_retried() {
    let swr = MockSwr::start();
    let web = swr.seed_repo("group/web");
    let fault = swr.on(
        Op::UploadChunk.repo("group/web"),
        Answer::reset_after_reading(100_000).always(),
    );

    let error = push(&swr, "v1").await.unwrap_err();

    assert_eq!(kind(&error), "not sent", "{error:?}");
    assert!(web.tags().is_empty());
    assert!(web.uploads().iter().all(|&size| size == 0));
    swr.verify(Op::UploadChunk).answered(202).never();
    fault.remove();
    push(&swr, "v1").await.unwrap();
    assert_eq!(web.tags(), ["v1"]);
}
