//! A model of the state that a server should have.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::{Duration, SystemTime};

use mock_swr::EventKind;

use crate::registry::client::{CONFIG, docker_image, sha256};

/// The only organization of these tests.
pub(super) const NAMESPACE: &str = "group";

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Region {
    North,
    East,
    South,
}

impl Region {
    pub(super) const ALL: [Region; 3] = [Region::North, Region::East, Region::South];

    pub(super) fn name(self) -> &'static str {
        match self {
            Region::North => "cn-north-4",
            Region::East => "cn-east-3",
            Region::South => "cn-south-1",
        }
    }
}

/// A repository of a region, whether it exists or not.
#[derive(Clone, Copy)]
pub(super) struct Target {
    pub(super) region: Region,
    pub(super) repo: &'static str,
}

impl Target {
    pub(super) const REPOS: [&str; 2] = ["group/web", "group/api"];

    /// The name within the organization: `web`.
    pub(super) fn short_name(self) -> &'static str {
        self.repo.rsplit('/').next().unwrap()
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {}", self.repo, self.region.name())
    }
}

/// The state of one server. A snapshot is a clone of it.
#[derive(Debug, Clone)]
pub(super) struct Model {
    pub(super) now: SystemTime,
    /// The regions in the order in which they were first used.
    pub(super) regions: Vec<(Region, RegionModel)>,
    /// The highest id of a repository or tag so far.
    pub(super) highest_id: u64,
    /// The highest number of an upload so far.
    pub(super) highest_upload: u64,
}

#[derive(Debug, Clone, Default)]
pub(super) struct RegionModel {
    pub(super) has_namespace: bool,
    pub(super) repos: BTreeMap<&'static str, RepoModel>,
    pub(super) uploads: BTreeMap<u64, UploadModel>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct RepoModel {
    /// 0 until the test has read it from the server.
    pub(super) id: u64,
    pub(super) pulls: u64,
    /// The size of each blob.
    pub(super) blobs: BTreeMap<String, u64>,
    /// The size of each manifest.
    pub(super) manifests: BTreeMap<String, u64>,
    pub(super) tags: BTreeMap<&'static str, TagModel>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct TagModel {
    /// 0 until the test has read it from the server.
    pub(super) id: u64,
    pub(super) digest: String,
    pub(super) updated: Option<SystemTime>,
}

#[derive(Debug, Clone)]
pub(super) struct UploadModel {
    pub(super) repo: &'static str,
    pub(super) content: String,
    /// Changes with the content. A chunk continues the version that it found when it began.
    pub(super) version: u64,
}

/// An event, without the call that caused it.
#[derive(Debug, PartialEq)]
pub(super) struct ExpectedEvent {
    pub(super) kind: EventKind,
    pub(super) region: String,
    pub(super) repo: String,
    pub(super) tag: Option<String>,
    pub(super) digest: Option<String>,
    pub(super) at: SystemTime,
}

impl Model {
    /// Returns the model of a new server, which has its own region only.
    pub(super) fn new(now: SystemTime) -> Model {
        Model {
            now,
            regions: vec![(Region::North, RegionModel::default())],
            highest_id: 0,
            highest_upload: 0,
        }
    }

    /// Returns the state in a world file, which has no uploads.
    pub(super) fn without_uploads(&self) -> Model {
        let mut file = self.clone();
        for (_, region) in &mut file.regions {
            region.uploads.clear();
        }
        file.highest_upload = 0;
        file
    }

    /// Restores a snapshot. Regions keep their order, and new numbers are higher than all earlier ones.
    pub(super) fn restore(&mut self, snapshot: &Model) {
        let mut contents: BTreeMap<Region, RegionModel> =
            snapshot.regions.iter().cloned().collect();
        for (region, content) in &mut self.regions {
            *content = contents.remove(region).unwrap_or_default();
        }
        let added = snapshot.regions.iter().map(|(region, _)| *region);
        for region in added {
            let content = contents.remove(&region);
            self.regions
                .extend(content.map(|content| (region, content)));
        }
        self.now = snapshot.now;
        self.highest_id = self.highest_id.max(snapshot.highest_id);
        self.highest_upload = self.highest_upload.max(snapshot.highest_upload);
    }

    pub(super) fn has_region(&self, region: Region) -> bool {
        self.regions.iter().any(|(known, _)| *known == region)
    }

    pub(super) fn add_region(&mut self, region: Region) {
        if !self.has_region(region) {
            self.regions.push((region, RegionModel::default()));
        }
    }

    #[track_caller]
    pub(super) fn region(&self, region: Region) -> &RegionModel {
        let found = self.regions.iter().find(|(known, _)| *known == region);
        &found.expect("the region was used before").1
    }

    #[track_caller]
    pub(super) fn region_mut(&mut self, region: Region) -> &mut RegionModel {
        let found = self.regions.iter_mut().find(|(known, _)| *known == region);
        &mut found.expect("the region was used before").1
    }

    pub(super) fn repo(&self, target: Target) -> Option<&RepoModel> {
        self.region(target.region).repos.get(target.repo)
    }

    pub(super) fn repo_mut(&mut self, target: Target) -> Option<&mut RepoModel> {
        self.region_mut(target.region).repos.get_mut(target.repo)
    }

    pub(super) fn seed_repo(&mut self, target: Target) -> &mut RepoModel {
        let region = self.region_mut(target.region);
        region.has_namespace = true;
        region.repos.entry(target.repo).or_default()
    }

    /// Removes a repository with its uploads. Returns whether it existed.
    pub(super) fn delete_repo(&mut self, target: Target) -> bool {
        let region = self.region_mut(target.region);
        let existed = region.repos.remove(target.repo).is_some();
        if existed {
            region
                .uploads
                .retain(|_, upload| upload.repo != target.repo);
        }
        existed
    }

    /// Receives a whole blob. Returns the status of the response.
    pub(super) fn push_blob(&mut self, target: Target, content: &str) -> u16 {
        let region = self.region_mut(target.region);
        if !region.has_namespace {
            return 404;
        }
        let repo = region.repos.entry(target.repo).or_default();
        repo.blobs.insert(sha256(content), content.len() as u64);
        201
    }

    /// Receives the manifest of an image. Returns the status of the response, and the digest if it is accepted.
    pub(super) fn put_manifest(
        &mut self,
        target: Target,
        tag: &'static str,
        layer: &str,
    ) -> Result<String, u16> {
        let now = self.now;
        let region = self.region_mut(target.region);
        if !region.has_namespace {
            return Err(404);
        }
        let repo = region.repos.get_mut(target.repo);
        let needed = [sha256(CONFIG), sha256(layer)];
        let is_complete = |repo: &&mut RepoModel| {
            let blobs = &repo.blobs;
            needed.iter().all(|digest| blobs.contains_key(digest))
        };
        let repo = repo.filter(is_complete).ok_or(400u16)?;
        let manifest = docker_image(layer).to_string();
        let digest = sha256(&manifest);
        repo.manifests.insert(digest.clone(), manifest.len() as u64);
        repo.set_tag(tag, &digest, now);
        Ok(digest)
    }

    pub(super) fn start_upload(&mut self, target: Target, number: u64, version: u64) {
        let upload = UploadModel {
            repo: target.repo,
            content: String::new(),
            version,
        };
        let region = self.region_mut(target.region);
        region.uploads.insert(number, upload);
    }

    pub(super) fn upload(&self, target: Target, number: u64) -> Option<&UploadModel> {
        let upload = self.region(target.region).uploads.get(&number);
        upload.filter(|upload| upload.repo == target.repo)
    }

    /// Receives a chunk that began at this version of the upload. Returns the status of the response.
    pub(super) fn append(
        &mut self,
        (target, number): (Target, u64),
        began_at: Option<u64>,
        chunk: &str,
        new_version: u64,
    ) -> u16 {
        let upload = self.region_mut(target.region).uploads.get_mut(&number);
        let Some(upload) = upload.filter(|upload| upload.repo == target.repo) else {
            return 404;
        };
        if began_at.is_some_and(|began_at| began_at != upload.version) {
            return 416;
        }
        upload.content.push_str(chunk);
        upload.version = new_version;
        202
    }

    /// Finishes the upload as a blob with this content. Returns the status of the response.
    pub(super) fn finish_upload(&mut self, target: Target, number: u64, content: &str) -> u16 {
        match self.upload(target, number) {
            None => 404,
            Some(upload) if upload.content != content => 400,
            Some(_) => {
                self.cancel_upload(target, number);
                self.push_blob(target, content)
            }
        }
    }

    /// Cancels the upload. Returns the status of the response.
    pub(super) fn cancel_upload(&mut self, target: Target, number: u64) -> u16 {
        if self.upload(target, number).is_none() {
            return 404;
        }
        self.region_mut(target.region).uploads.remove(&number);
        204
    }

    pub(super) fn advance(&mut self, by: Duration) {
        self.now += by;
    }

    /// Returns the stored bytes: equal blobs once, each manifest in each repository, and uploads.
    pub(super) fn content_bytes(&self) -> u64 {
        let regions = || self.regions.iter().map(|(_, region)| region);
        let repos = || regions().flat_map(|region| region.repos.values());
        let blobs: BTreeSet<(&String, &u64)> = repos().flat_map(|repo| &repo.blobs).collect();
        let manifests: u64 = repos().flat_map(|repo| repo.manifests.values()).sum();
        let uploads = regions().flat_map(|region| region.uploads.values());
        let uploads: u64 = uploads.map(|upload| upload.content.len() as u64).sum();
        blobs.iter().map(|(_, size)| **size).sum::<u64>() + manifests + uploads
    }
}

impl RepoModel {
    pub(super) fn set_tag(&mut self, tag: &'static str, digest: &str, now: SystemTime) {
        let tag = self.tags.entry(tag).or_default();
        digest.clone_into(&mut tag.digest);
        tag.updated = Some(now);
    }
}
