//! Images that a test puts into a repository: real content, the same in every run, made in microseconds.

mod layer;
mod layout;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

use layer::{gzip_stored, tar_file};
use layout::Layout;

use crate::clock::Time;
use crate::registry::manifest::read_manifest;
use crate::state::{
    Algorithm, Blob, DOCKER_CONFIG, DOCKER_LIST, DOCKER_MANIFEST, Digest, Manifest, OCI_CONFIG,
    OCI_MANIFEST, Place, State, TagName,
};
use crate::world::FixtureError;

/// An image to seed: a tag, and what lies under it.
///
/// Without further words it is one layer for one platform, pushed now. Its content is real: it can be pulled,
/// digests and sizes are right, and the same recipe gives the same bytes in every run; of one with an age the
/// configuration says when it was made, so that the clock must stand for that.
///
/// ```
/// use mock_swr::{Image, MockSwr, days};
///
/// let swr = MockSwr::start();
/// let old = Image::new("v1").layers(3).age(days(40)).pulls(7);
/// let web = swr.seed_repo("group/web").image(old).image("v2");
/// assert_eq!(web.tags(), ["v1", "v2"]);
/// assert_eq!(web.info().num_download, 7);
/// ```
#[derive(Clone)]
pub struct Image {
    tag: String,
    layers: usize,
    age: Duration,
    pulls: u64,
    platforms: Vec<String>,
    signed: bool,
    layout: Option<Arc<Layout>>,
}

impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.layout {
            Some(_) => write!(f, "Image({}, of a layout)", self.tag),
            None => write!(f, "Image({}, {} layers)", self.tag, self.layers),
        }
    }
}

impl From<&str> for Image {
    fn from(tag: &str) -> Image {
        Image::new(tag)
    }
}

impl Image {
    /// An image under this tag.
    pub fn new(tag: &str) -> Image {
        Image {
            tag: tag.to_owned(),
            layers: 1,
            age: Duration::ZERO,
            pulls: 0,
            platforms: Vec::new(),
            signed: false,
            layout: None,
        }
    }

    /// With so many layers.
    pub fn layers(mut self, n: usize) -> Image {
        self.layers = n;
        self
    }

    /// Pushed so long ago, by the service's clock.
    pub fn age(mut self, age: Duration) -> Image {
        self.age = age;
        self
    }

    /// Pulled so often: adds to the repository's `num_download`.
    pub fn pulls(mut self, n: u64) -> Image {
        self.pulls = n;
        self
    }

    /// For these platforms, as `linux/amd64`: a docker manifest list of an image each.
    pub fn platforms<S: Into<String>>(mut self, platforms: impl IntoIterator<Item = S>) -> Image {
        self.platforms = platforms.into_iter().map(Into::into).collect();
        self
    }

    /// Signed as cosign does it: with a tag `sha256-<hex>.sig` beside it.
    pub fn signed(mut self) -> Image {
        self.signed = true;
        self
    }

    /// Under this tag in place of the one that it has, as that of a layout. Of an image that is made here the tag is
    /// part of the content.
    ///
    /// ```
    /// use mock_swr::{Image, MockSwr};
    ///
    /// let swr = MockSwr::start();
    /// let image = Image::new("v1").layers(3);
    /// let web = swr.seed_repo("group/web").image(image.clone()).image(image.tag("v2"));
    /// assert_eq!(web.tags(), ["v1", "v2"]);
    /// ```
    pub fn tag(mut self, tag: &str) -> Image {
        self.tag = tag.to_owned();
        self
    }

    /// The image of an OCI image layout, as these write it: `skopeo copy .. oci:dir`, `podman save --format oci-dir`,
    /// `docker buildx build --output type=oci,tar=false`, `crane pull --format oci`, `oras copy --to-oci-layout`, and
    /// `docker save` since version 25, unpacked.
    ///
    /// Its tag is that of the name that the layout gives it, `v1` for `docker.io/library/web:v1`, else `latest`;
    /// [`Image::tag`] gives another. An image for several platforms is an index of all of them, with their attestations.
    /// Of a layout of several images, [`Image::from_oci_layout_named`] chooses one. Signatures and other artifacts that
    /// refer to the image are left out. Up to 64 indexes are nested, and 10,000 blobs and manifests read.
    ///
    /// # Errors
    ///
    /// If the folder is not a layout of version 1.0.0, if it holds several images or one image under several tags, or if
    /// something that the image refers to is missing or is not what its descriptor says.
    ///
    /// ```
    /// let error = mock_swr::Image::from_oci_layout("no/such/layout").unwrap_err();
    /// assert!(error.to_string().contains("no/such/layout"));
    /// ```
    pub fn from_oci_layout(dir: impl AsRef<Path>) -> Result<Image, FixtureError> {
        Image::of_layout(dir.as_ref(), None)
    }

    /// One image of several in an OCI image layout: by the name that the layout gives it, by the end of that name
    /// (`web:v1`, `v1`), or by its digest. A digest can also be that of a manifest within an index, as of one platform.
    ///
    /// # Errors
    ///
    /// As [`Image::from_oci_layout`], and if nothing or more than one image has the name.
    ///
    /// ```
    /// use mock_swr::{Image, MockSwr};
    ///
    /// # use serde_json::json;
    /// # use sha2::{Digest, Sha256};
    /// # let dir = std::env::temp_dir().join(format!("mock-swr-example-{}", std::process::id()));
    /// # std::fs::create_dir_all(dir.join("blobs/sha256")).unwrap();
    /// # let blob = |media_type: &str, content: String| {
    /// #     let hash = format!("{:x}", Sha256::digest(&content));
    /// #     std::fs::write(dir.join("blobs/sha256").join(&hash), &content).unwrap();
    /// #     json!({"mediaType": media_type, "digest": format!("sha256:{hash}"), "size": content.len()})
    /// # };
    /// # let image = |name: &str| {
    /// #     let config = blob("application/vnd.oci.image.config.v1+json", format!("{{\"author\": \"{name}\"}}"));
    /// #     let manifest = json!({"schemaVersion": 2, "config": config, "layers": []});
    /// #     let mut entry = blob("application/vnd.oci.image.manifest.v1+json", manifest.to_string());
    /// #     entry["annotations"] = json!({"org.opencontainers.image.ref.name": format!("docker.io/library/{name}")});
    /// #     entry
    /// # };
    /// # let index = json!({"schemaVersion": 2, "manifests": [image("web:v1"), image("web:v2")]});
    /// # std::fs::write(dir.join("index.json"), index.to_string()).unwrap();
    /// # std::fs::write(dir.join("oci-layout"), r#"{"imageLayoutVersion": "1.0.0"}"#).unwrap();
    /// // `dir` holds docker.io/library/web:v1 and docker.io/library/web:v2.
    /// let old = Image::from_oci_layout_named(&dir, "web:v1").unwrap();
    /// let new = Image::from_oci_layout_named(&dir, "web:v2").unwrap().tag("latest");
    /// # std::fs::remove_dir_all(&dir).unwrap();
    /// let swr = MockSwr::start();
    /// let web = swr.seed_repo("group/web").image(old).image(new);
    /// assert_eq!(web.tags(), ["latest", "v1"]);
    /// ```
    pub fn from_oci_layout_named(dir: impl AsRef<Path>, name: &str) -> Result<Image, FixtureError> {
        Image::of_layout(dir.as_ref(), Some(name))
    }

    fn of_layout(dir: &Path, name: Option<&str>) -> Result<Image, FixtureError> {
        let read = Layout::read(dir, name);
        let (layout, tag) = read.map_err(|reason| FixtureError::of_file(dir, reason))?;
        Ok(Image {
            layout: Some(Arc::new(layout)),
            ..Image::new(tag.as_deref().unwrap_or("latest"))
        })
    }

    pub(crate) fn tag_name(&self) -> &str {
        &self.tag
    }

    /// Puts it into a repository that is there.
    pub(crate) fn put(&self, state: &mut State, place: &Place) -> Result<(), String> {
        let tag = TagName::parse(&self.tag).map_err(|_| {
            let rule = TagName::RULE;
            let advice = self
                .layout
                .as_ref()
                .map_or("", |_| "; `Image::tag` gives it another one");
            format!("`{}` cannot be a tag: {rule}{advice}", self.tag)
        })?;
        let created = state.clock.now().before(self.age);
        let root = match &self.layout {
            Some(layout) => layout.put(state, place)?,
            None => self.build(state, place, created)?,
        };
        state.seed_tag(place, tag, &root, created);
        if self.signed {
            self.sign(state, place, &root, created)?;
        }
        state.alter_repo(&place.namespace, &place.repo, |repo| {
            repo.num_download = repo.num_download.saturating_add(self.pulls);
        });
        Ok(())
    }

    /// The image by its recipe; the digest of its manifest.
    fn build(&self, state: &mut State, place: &Place, created: Time) -> Result<Digest, String> {
        if self.platforms.is_empty() {
            return self
                .build_platform(state, place, created, "linux/amd64")
                .map(|(digest, _)| digest);
        }
        let mut manifests = Vec::new();
        for platform in &self.platforms {
            let (digest, size) = self.build_platform(state, place, created, platform)?;
            let (os, architecture) = platform.split_once('/').unwrap_or(("linux", platform));
            let platform = json!({"os": os, "architecture": architecture});
            manifests.push(json!({
                "mediaType": DOCKER_MANIFEST, "digest": digest.as_str(), "size": size, "platform": platform
            }));
        }
        let list = json!({"schemaVersion": 2, "mediaType": DOCKER_LIST, "manifests": manifests});
        put_manifest(state, place, &list).map(|(digest, _)| digest)
    }

    fn build_platform(
        &self,
        state: &mut State,
        place: &Place,
        created: Time,
        platform: &str,
    ) -> Result<(Digest, usize), String> {
        let (os, architecture) = platform.split_once('/').unwrap_or(("linux", platform));
        let mut layers = Vec::new();
        let mut diff_ids = Vec::new();
        for number in 0..self.layers {
            let tar = tar_file(
                &format!("layer-{number}"),
                format!("{} {platform} {number}\n", self.tag).as_bytes(),
            );
            diff_ids
                .push(Digest::of(Algorithm::Sha256, &[Bytes::copy_from_slice(&tar)]).to_string());
            let blob = Bytes::from(gzip_stored(&tar));
            layers.push(descriptor(
                state,
                place,
                "application/vnd.docker.image.rootfs.diff.tar.gzip",
                blob,
            ));
        }
        let mut config = json!({
            "architecture": architecture, "os": os, "config": {},
            "rootfs": {"type": "layers", "diff_ids": diff_ids},
        });
        // Without an age it would be another image in every run.
        if !self.age.is_zero() {
            config["created"] = created.to_string().into();
        }
        let config = descriptor(state, place, DOCKER_CONFIG, config.to_string().into());
        let manifest = json!({
            "schemaVersion": 2, "mediaType": DOCKER_MANIFEST, "config": config, "layers": layers
        });
        put_manifest(state, place, &manifest)
    }

    fn sign(
        &self,
        state: &mut State,
        place: &Place,
        root: &Digest,
        created: Time,
    ) -> Result<(), String> {
        let payload = json!({
            "critical": {
                "identity": {"docker-reference": place.full()},
                "image": {"docker-manifest-digest": root.as_str()},
                "type": "cosign container image signature",
            },
            "optional": null,
        });
        let layer = descriptor(
            state,
            place,
            "application/vnd.dev.cosign.simplesigning.v1+json",
            payload.to_string().into(),
        );
        let config = descriptor(state, place, OCI_CONFIG, Bytes::from_static(b"{}"));
        let manifest = json!({
            "schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": config, "layers": [layer]
        });
        let (digest, _) = put_manifest(state, place, &manifest)?;
        let tag = TagName::of_signature(root)
            .map_err(|_| "a signature of sha512 has no tag".to_owned())?;
        state.seed_tag(place, tag, &digest, created);
        Ok(())
    }
}

/// Puts a blob there; its descriptor.
fn descriptor(state: &mut State, place: &Place, media_type: &str, bytes: Bytes) -> Value {
    let digest = Digest::of(Algorithm::Sha256, std::slice::from_ref(&bytes));
    let descriptor =
        json!({"mediaType": media_type, "digest": digest.as_str(), "size": bytes.len()});
    state.put_blob(place, &digest, Blob::whole(bytes));
    descriptor
}

/// Puts a manifest there; its digest and size.
fn put_manifest(
    state: &mut State,
    place: &Place,
    manifest: &Value,
) -> Result<(Digest, usize), String> {
    let bytes = Bytes::from(manifest.to_string());
    let (digest, size) = (
        Digest::of(Algorithm::Sha256, std::slice::from_ref(&bytes)),
        bytes.len(),
    );
    state.store_manifest(place, digest.clone(), Vec::new(), parse(bytes, None)?);
    Ok((digest, size))
}

fn parse(bytes: Bytes, media_type: Option<&str>) -> Result<Manifest, String> {
    read_manifest(bytes, media_type).map_err(|denied| format!("not a manifest: {}", denied.detail))
}
