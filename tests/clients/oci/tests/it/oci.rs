//! Tests of the registry with oci-client.

use mock_swr::{MockSwr, Op, Profile, Refusal};
use oci_client::Reference;
use oci_client::client::{Config, ImageLayer};
use oci_client::errors::OciDistributionError;
use oci_client::manifest::{
    IMAGE_LAYER_GZIP_MEDIA_TYPE, OCI_IMAGE_MEDIA_TYPE, OciDescriptor, OciImageManifest,
};
use oci_client::secrets::RegistryAuth;

use crate::registry::{client, https_client};

const PROFILES: [Profile; 2] = [Profile::Swr, Profile::Oci];

pub(crate) fn reference(swr: &MockSwr, image: &str) -> Reference {
    format!("{}/{image}", swr.registry()).parse().unwrap()
}

pub(crate) fn login(swr: &MockSwr) -> RegistryAuth {
    let (user, key) = swr.credentials().registry_login();
    RegistryAuth::Basic(user, key)
}

/// Returns two layers. The larger one is sent in two chunks.
fn layers() -> [ImageLayer; 2] {
    let large: Vec<u8> = (0..5_000_000u32).map(|number| number as u8).collect();
    [
        ImageLayer::oci_v1_gzip("small", None),
        ImageLayer::oci_v1_gzip(large, None),
    ]
}

#[tokio::test]
async fn a_pulled_image_equals_the_pushed_image() {
    for profile in PROFILES {
        let swr = MockSwr::builder().profile(profile).start();
        let web = swr.seed_repo("group/web");
        let image = reference(&swr, "group/web:v1");
        let config = Config::oci_v1("{}", None);

        let pushed = client()
            .push(&image, &layers(), config, &login(&swr), None)
            .await
            .unwrap();
        let pulled = client()
            .pull(&image, &login(&swr), vec![IMAGE_LAYER_GZIP_MEDIA_TYPE])
            .await
            .unwrap();

        let digest = web.tag("v1").digest;
        assert!(pushed.manifest_url.ends_with(&digest), "{profile:?}");
        assert_eq!(pulled.digest, Some(digest));
        assert_eq!(&pulled.config.data[..], b"{}");
        for layer in layers() {
            assert!(pulled.layers.contains(&layer), "{profile:?}");
        }
        // Two chunks for the larger layer, one for the smaller layer and one for the configuration.
        swr.verify(Op::UploadChunk.repo("group/web")).times(4);
        assert_eq!(web.info().num_download, 1);
    }
}

#[tokio::test]
async fn an_image_is_pushed_and_pulled_with_https() {
    for redirects in [false, true] {
        let builder = MockSwr::builder().tls();
        let swr = match redirects {
            true => builder.blob_redirects().start(),
            false => builder.start(),
        };
        swr.seed_repo("group/web");
        let image = reference(&swr, "group/web:v1");
        let config = Config::oci_v1("{}", None);
        let client = https_client(&swr);

        let (layers, login) = (layers(), login(&swr));
        let pushed = client.push(&image, &layers, config, &login, None);
        pushed.await.unwrap();
        let pulled = client.pull(&image, &login, vec![IMAGE_LAYER_GZIP_MEDIA_TYPE]);

        assert_eq!(&pulled.await.unwrap().config.data[..], b"{}");
        let objects = if redirects { 3 } else { 0 };
        swr.verify(Op::GetObject).times(objects);
    }
}

#[tokio::test]
async fn blobs_are_pulled_through_redirects() {
    for profile in PROFILES {
        let swr = MockSwr::builder().profile(profile).blob_redirects().start();
        swr.seed_repo("group/web");
        let image = reference(&swr, "group/web:v1");
        let config = Config::oci_v1("{}", None);
        client()
            .push(&image, &layers(), config, &login(&swr), None)
            .await
            .unwrap();

        let pulled = client()
            .pull(&image, &login(&swr), vec![IMAGE_LAYER_GZIP_MEDIA_TYPE])
            .await
            .unwrap();

        for layer in layers() {
            assert!(pulled.layers.contains(&layer), "{profile:?}");
        }
        swr.verify(Op::GetBlob).answered(307).times(3);
        swr.verify(Op::GetObject.repo("group/web"))
            .answered(200)
            .times(3);
    }
}

#[tokio::test]
async fn tags_are_listed_page_by_page() {
    for profile in PROFILES {
        let swr = MockSwr::builder().profile(profile).start();
        let web = swr.seed_repo("group/web");
        web.image("v10").image("v2").image("latest");
        let (client, image) = (client(), reference(&swr, "group/web"));
        let list = async |n, last| {
            let listed = client.list_tags(&image, &login(&swr), n, last).await;
            listed.unwrap().tags
        };

        assert_eq!(list(None, None).await, ["latest", "v10", "v2"]);
        assert_eq!(list(Some(2), None).await, ["latest", "v10"]);
        assert_eq!(list(Some(2), Some("v10")).await, ["v2"]);
    }
}

#[tokio::test]
async fn oci_lists_the_referrers_of_an_image() {
    let swr = MockSwr::builder().profile(Profile::Oci).start();
    let subject = swr.seed_repo("group/web").image("v1").tag("v1").digest;

    push_sbom(&swr, &subject).await.unwrap();

    assert_eq!(referrers(&swr, &subject).await, [SBOM]);
}

#[tokio::test]
async fn swr_refuses_artifacts_and_lists_no_referrers() {
    let swr = MockSwr::start();
    let subject = swr.seed_repo("group/web").image("v1").tag("v1").digest;

    push_sbom(&swr, &subject).await.unwrap_err();

    swr.verify(Op::PutManifest)
        .refused(Refusal::ImageRefused)
        .once();
    assert_eq!(referrers(&swr, &subject).await, [""; 0]);
    // Without the referrers API, the client reads a fallback tag. It treats a missing tag as an empty list.
    swr.verify(Op::GetManifest).answered(404).once();
}

const SBOM: &str = "text/sbom";
const EMPTY_CONFIG: &str = "application/vnd.oci.empty.v1+json";

/// Pushes an artifact whose subject is the image with that digest.
async fn push_sbom(swr: &MockSwr, subject: &str) -> Result<(), OciDistributionError> {
    let layer = ImageLayer::new("packages", SBOM.to_owned(), None);
    let config = Config::new("{}", EMPTY_CONFIG.to_owned(), None);
    let mut manifest = OciImageManifest::build(std::slice::from_ref(&layer), &config, None);
    manifest.artifact_type = Some(SBOM.to_owned());
    manifest.subject = Some(OciDescriptor {
        media_type: OCI_IMAGE_MEDIA_TYPE.to_owned(),
        digest: subject.to_owned(),
        ..OciDescriptor::default()
    });
    let image = reference(swr, "group/web:sbom");
    client()
        .push(&image, &[layer], config, &login(swr), Some(manifest))
        .await
        .map(drop)
}

/// Returns the types of the artifacts that the registry lists for the image with that digest.
async fn referrers(swr: &MockSwr, subject: &str) -> Vec<String> {
    let client = client();
    client
        .store_auth_if_needed(swr.registry(), &login(swr))
        .await;
    let image = reference(swr, &format!("group/web@{subject}"));
    let index = client.pull_referrers(&image, None).await.unwrap();
    let types = index
        .manifests
        .into_iter()
        .map(|entry| entry.artifact_type.unwrap());
    types.collect()
}

#[tokio::test]
async fn anonymous_clients_pull_public_images_only() {
    for profile in PROFILES {
        let swr = MockSwr::builder().profile(profile).start();
        let open = swr.seed_repo("group/open").public().image("v1");
        swr.seed_repo("group/closed").image("v1");
        let client = client();
        let pull = async |image| {
            let image = reference(&swr, image);
            client
                .pull_manifest(&image, &RegistryAuth::Anonymous)
                .await
                .map(|(_, digest)| digest)
        };

        assert_eq!(pull("group/open:v1").await.unwrap(), open.tag("v1").digest);
        let refused = pull("group/closed:v1").await.unwrap_err();
        assert!(is_unauthorized(&refused), "{refused:?}");
    }
}

#[tokio::test]
async fn a_wrong_login_is_refused() {
    for profile in PROFILES {
        let swr = MockSwr::builder().profile(profile).start();
        swr.seed_repo("group/web").image("v1");
        let image = reference(&swr, "group/web:v1");
        let (user, _) = swr.credentials().registry_login();
        let wrong = RegistryAuth::Basic(user, "wrong".to_owned());

        let refused = client().pull_manifest(&image, &wrong).await.unwrap_err();

        assert!(is_unauthorized(&refused), "{refused:?}");
        swr.verify(Op::GetRegistryToken)
            .refused(Refusal::LoginWrong)
            .once();
    }
}

/// Returns whether the error is a 401. The client sends the request even if it received no token.
fn is_unauthorized(error: &OciDistributionError) -> bool {
    matches!(error, OciDistributionError::UnauthorizedError { .. })
}
