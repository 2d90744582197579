//! Operations of registry clients on blobs and manifests.

use std::borrow::Cow;
use std::sync::Arc;

use super::{
    Caller, Images, NamespaceName, Received, RegistryToken, RepoChange, RepoName, State, Store,
    TagName, signed_digest,
};
use crate::base::blob::Blob;
use crate::base::digest::Digest;
use crate::base::event::EventKind;
use crate::base::manifest::{Descriptor, Kind, Manifest};
use crate::base::refusal::{Denied, Refusal};
use crate::base::registry::RegistryId;

/// The registry and the name of a repository, split at the first slash: `group/one/two` is `one/two` of `group`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RepoPath<'a> {
    pub(crate) registry: RegistryId,
    pub(crate) namespace: Cow<'a, str>,
    pub(crate) repo: Cow<'a, str>,
}

/// The result of a pushed manifest.
#[derive(Debug)]
pub(crate) struct PushedManifest {
    pub(crate) digest: Digest,
    pub(crate) subject: Option<Digest>,
}

impl State {
    /// The path of the repository of this name. If the profile allows a name without a slash, it belongs to `library`.
    pub(crate) fn path<'a>(
        &self,
        registry: RegistryId,
        name: impl Into<Cow<'a, str>>,
    ) -> Result<RepoPath<'a>, Denied> {
        let profile = self.registry(registry).profile;
        let name = name.into();
        let path = match RepoPath::split(registry, name) {
            Ok(path) => path,
            Err(name) if !profile.is_basic() => RepoPath {
                registry,
                namespace: Cow::Borrowed("library"),
                repo: name,
            },
            Err(name) => {
                return Err(Denied::from(Refusal::RepoName).hint(format!(
                    "`{name}` cannot be a repository: expected organization/repository"
                )));
            }
        };
        // The name of an existing repository is valid.
        if self.repo(&path).is_none() {
            let RepoPath {
                namespace, repo, ..
            } = &path;
            profile
                .parse_namespace(namespace)
                .map_err(|refusal| NamespaceName::refuse(refusal, namespace))?;
            RepoName::parse(repo).map_err(|refusal| RepoName::refuse(refusal, repo))?;
        }
        Ok(path)
    }

    /// The content of a repository, if the repository exists.
    pub(crate) fn content(&self, path: &RepoPath<'_>) -> Option<&Images> {
        self.repo(path).map(|repo| &*repo.images)
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// Creates the repository of a push if it does not exist: private, with category `other`.
    pub(super) fn ensure_repo(
        &mut self,
        caller: &Caller,
        path: &RepoPath<'_>,
    ) -> Result<(), Denied> {
        self.check_weight()?;
        if self.repo(path).is_some() {
            return Ok(());
        }
        self.check_repo_quota(path.registry, caller.account)?;
        let repo =
            RepoName::parse(&path.repo).map_err(|refusal| RepoName::refuse(refusal, &path.repo))?;
        let RepoPath {
            registry,
            namespace,
            ..
        } = path;
        if self.namespace(*registry, namespace).is_none() {
            let profile = self.registry(*registry).profile;
            if !profile.creates_namespaces() {
                return Err(self.no_such_namespace(*registry, namespace));
            }
            let name = profile
                .parse_namespace(namespace)
                .map_err(|refusal| NamespaceName::refuse(refusal, namespace))?;
            self.put_namespace(*registry, name, (caller.account, caller.user));
        }
        self.put_repo(
            *registry,
            namespace,
            repo,
            (caller.user, RepoChange::default()),
        );
        Ok(())
    }

    /// Stores a blob under the digest that the client names: an upload with its last chunk, or a blob in a single
    /// request.
    pub(crate) fn finish_upload(
        &mut self,
        caller: &Caller,
        path: &RepoPath<'_>,
        number: Option<u64>,
        last: Received,
    ) -> Result<Digest, Denied> {
        if let Some(number) = number {
            self.check_chunk(path, number, &last)?;
        }
        let digest = last.checked_digest()?;
        self.check_content(0)?;
        self.ensure_repo(caller, path)?;
        let begun = number.and_then(|number| self.take_upload(path.registry, number));
        let mut blob = begun.map(|upload| upload.blob.clone()).unwrap_or_default();
        blob.extend(last.blob);
        self.link(path, &digest, || blob);
        self.commit_reservation(last.reservation);
        Ok(digest)
    }

    /// Links a blob to a repository that exists.
    pub(super) fn link(
        &mut self,
        path: &RepoPath<'_>,
        digest: &Digest,
        blob: impl FnOnce() -> Blob,
    ) {
        let mut is_new = false;
        self.alter_images(path, |images| is_new = images.link(digest));
        if is_new {
            Arc::make_mut(&mut self.store).add_use(digest, blob);
            self.update_content_usage();
        }
    }

    pub(super) fn alter_images(&mut self, path: &RepoPath<'_>, alter: impl FnOnce(&mut Images)) {
        let mut bytes = (0, 0);
        let mut has_policy = false;
        self.alter_repo(path, |repo| {
            has_policy = repo.automation.retention.is_some();
            let images = Arc::make_mut(&mut repo.images);
            bytes.0 = images.manifest_bytes();
            alter(images);
            bytes.1 = images.manifest_bytes();
        });
        if bytes.0 != bytes.1 {
            Arc::make_mut(&mut self.store).count_manifests(bytes.0, bytes.1);
            self.update_content_usage();
        }
        if has_policy {
            self.schedule_retention(path);
        }
    }

    /// Mounts a blob from another repository, if the caller can pull from there. If the client names no source, all
    /// repositories that the caller can read are searched. The token's scopes do not limit this search, because they
    /// contain only what the client requested.
    pub(crate) fn mount(
        &mut self,
        caller: &Caller,
        token: Option<&RegistryToken>,
        path: &RepoPath<'_>,
        digest: &Digest,
        from: Option<&str>,
    ) -> Result<bool, Denied> {
        let has = |images: &Images| images.has_blob(digest.as_str());
        let found = match from {
            Some(name) => {
                let source = self.mount_source(caller, token, path.registry, name)?;
                source.is_some_and(|source| self.content(&source).is_some_and(has))
            }
            None => self
                .readable_repos(caller, path.registry)
                .any(|repo| has(&repo.images)),
        };
        if !found {
            return Ok(false);
        }
        self.ensure_repo(caller, path)?;
        self.link(path, digest, Blob::default);
        Ok(true)
    }

    /// The blob of a repository with this digest.
    pub(crate) fn blob(&self, path: &RepoPath<'_>, digest: &Digest) -> Result<&Arc<Blob>, Denied> {
        let images = self.content(path).ok_or(Refusal::BlobUnknown)?;
        let blob = self.store.get(digest.as_str());
        let blob = blob.filter(|_| images.has_blob(digest.as_str()));
        blob.ok_or_else(|| self.no_blob(path, digest.as_str()))
    }

    /// The manifest of a repository with this tag or digest.
    pub(crate) fn manifest(
        &self,
        path: &RepoPath<'_>,
        reference: &str,
    ) -> Result<(&Digest, &Arc<Manifest>), Denied> {
        let images = self.content(path).ok_or(Refusal::ManifestUnknown)?;
        let found = images.resolve(reference);
        found.ok_or_else(|| self.no_manifest(path, reference))
    }

    /// The content of the repository for a list of its tags. Returns `None` if the repository does not exist, because
    /// the real service then sends a response without a list.
    pub(crate) fn images_to_list(&self, path: &RepoPath<'_>) -> Result<Option<&Images>, Denied> {
        match self.content(path) {
            Some(images) => Ok(Some(images)),
            None if self.registry(path.registry).profile.is_basic() => Ok(None),
            None => Err(Refusal::RepoNotFound.into()),
        }
    }

    /// The manifests of a repository with this subject, filtered by artifact type if one is given.
    pub(crate) fn referrers<'a>(
        &'a self,
        path: &RepoPath<'_>,
        subject: &Digest,
        artifact_type: Option<&str>,
    ) -> impl Iterator<Item = (&'a Digest, &'a Arc<Manifest>)> {
        let images = self.content(path).into_iter();
        let referrers = images.flat_map(|images| images.referrers(subject.as_str()));
        referrers.filter(move |(_, manifest)| {
            artifact_type.is_none() || manifest.artifact_type() == artifact_type
        })
    }

    /// Unlinks a blob from a repository. Other repositories keep it.
    pub(crate) fn delete_blob(
        &mut self,
        path: &RepoPath<'_>,
        digest: &Digest,
    ) -> Result<(), Denied> {
        let mut removed = None;
        self.alter_images(path, |images| removed = images.unlink(digest.as_str()));
        let removed = removed.ok_or_else(|| self.no_blob(path, digest.as_str()))?;
        Arc::make_mut(&mut self.store).remove_use(&removed);
        self.update_content_usage();
        Ok(())
    }

    /// Stores a pushed manifest under its digest and its tags.
    pub(crate) fn put_manifest(
        &mut self,
        caller: &Caller,
        path: &RepoPath<'_>,
        digest: Digest,
        tags: Vec<TagName>,
        manifest: Manifest,
    ) -> Result<PushedManifest, Denied> {
        self.check_manifest(path, &tags, &manifest)?;
        let images = self.content(path);
        if images.is_none_or(|images| images.manifest(digest.as_str()).is_none()) {
            self.check_content(manifest.bytes.len() as u64)?;
        }
        self.check_tag_quota(path, &tags)?;
        self.ensure_repo(caller, path)?;
        let subject = manifest.subject.clone();
        self.store_manifest(path, digest.clone(), Arc::new(manifest));
        if tags.is_empty() {
            self.note_event(EventKind::Pushed, path, (None, Some(digest.as_str())));
        }
        for tag in tags {
            self.push_tag(path, tag, &digest, caller.user);
        }
        self.retain(path);
        Ok(PushedManifest { digest, subject })
    }

    /// Stores a manifest in a repository that exists, without any checks and without an event.
    pub(crate) fn store_manifest(
        &mut self,
        path: &RepoPath<'_>,
        digest: Digest,
        manifest: Arc<Manifest>,
    ) {
        self.alter_images(path, |images| images.put_manifest(digest, manifest));
    }

    /// Refuses a manifest that the real service does not accept.
    fn check_manifest(
        &self,
        path: &RepoPath<'_>,
        tags: &[TagName],
        manifest: &Manifest,
    ) -> Result<(), Denied> {
        if !self.registry(path.registry).profile.is_basic() {
            return Ok(());
        }
        self.check_form(path.registry, tags, manifest)?;
        let images = self.content(path);
        let missing = |descriptor: &&Descriptor| {
            !images.is_some_and(|images| images.has_blob(&descriptor.digest))
        };
        let missing_manifest = |descriptor: &&Descriptor| {
            images.is_none_or(|images| images.manifest(&descriptor.digest).is_none())
        };
        let absent = match &manifest.kind {
            Kind::Image { .. } => manifest.needed_blobs().find(missing),
            Kind::List { manifests } => manifests.iter().find(missing_manifest),
        };
        match absent {
            None => Ok(()),
            Some(absent) => Err(self.incomplete(path, manifest, &absent.digest)),
        }
    }

    /// Refuses a form of manifest that the real service does not accept. Signatures may have any form.
    pub(super) fn check_form(
        &self,
        registry: RegistryId,
        tags: &[TagName],
        manifest: &Manifest,
    ) -> Result<(), Denied> {
        let is_signature = tags.iter().any(|tag| signed_digest(tag.as_str()).is_some());
        let is_free = is_signature || !self.registry(registry).profile.is_basic();
        match manifest.refused_by_swr().filter(|_| !is_free) {
            None => Ok(()),
            Some(form) => Err(Denied::from(Refusal::ImageRefused).hint(format!(
                "SWR does not accept {form}: push docker media types (buildx: oci-mediatypes=false, \
                 provenance=false), or start the server with profile Oci"
            ))),
        }
    }

    /// Deletes a tag, or a manifest with all its tags.
    pub(crate) fn delete_manifest(
        &mut self,
        path: &RepoPath<'_>,
        reference: &str,
    ) -> Result<(), Denied> {
        if self.tag(path, reference).is_some() {
            return self
                .untag(path, reference)
                .ok_or_else(|| Refusal::ManifestUnknown.into());
        }
        let mut removed = None;
        self.alter_images(path, |images| removed = images.remove_manifest(reference));
        removed.ok_or_else(|| self.no_manifest(path, reference))?;
        self.touch(path);
        self.note_event(EventKind::Deleted, path, (None, Some(reference)));
        Ok(())
    }

    /// Counts the pull of a manifest by tag or digest.
    pub(crate) fn count_pull(&mut self, path: &RepoPath<'_>, reference: &str, digest: &Digest) {
        let tag = Some(reference).filter(|reference| *reference != digest.as_str());
        self.note_event(EventKind::Pulled, path, (tag, Some(digest.as_str())));
        self.alter_repo(path, |repo| {
            repo.num_download = repo.num_download.saturating_add(1);
        });
    }

    /// Sets the time of the last change to now.
    pub(super) fn touch(&mut self, path: &RepoPath<'_>) {
        let now = self.clock.now();
        self.alter_repo(path, |repo| repo.updated = now);
    }

    /// Stores a blob in a repository that exists, without any checks.
    pub(crate) fn put_blob(&mut self, path: &RepoPath<'_>, digest: &Digest, blob: Blob) {
        self.link(path, digest, || blob);
    }

    /// Releases the blobs of a removed repository, and cancels its uploads.
    pub(super) fn release_content(&mut self, path: &RepoPath<'_>, images: &Images) {
        self.cancel_uploads_to(path);
        if images.object_count() > 0 {
            let store = Arc::make_mut(&mut self.store);
            images.blobs().for_each(|digest| store.remove_use(digest));
            store.count_manifests(images.manifest_bytes(), 0);
            self.update_content_usage();
        }
    }
}

impl<'a> RepoPath<'a> {
    /// Splits `group/web` at its first slash.
    ///
    /// # Errors
    ///
    /// Returns the name if it has no slash.
    pub(crate) fn split(
        registry: RegistryId,
        name: impl Into<Cow<'a, str>>,
    ) -> Result<RepoPath<'a>, Cow<'a, str>> {
        let name = name.into();
        let Some(slash) = name.find('/') else {
            return Err(name);
        };
        let (namespace, repo) = match name {
            Cow::Borrowed(name) => (name[..slash].into(), name[slash + 1..].into()),
            Cow::Owned(name) => (
                name[..slash].to_owned().into(),
                name[slash + 1..].to_owned().into(),
            ),
        };
        Ok(RepoPath {
            registry,
            namespace,
            repo,
        })
    }

    /// The full name, such as `group/web`.
    pub(crate) fn full(&self) -> String {
        [&*self.namespace, "/", &*self.repo].concat()
    }
}
