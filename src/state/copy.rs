//! Copies of images to another repository, by reference.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Caller, RepoPath, State, SyncJob, SyncTarget, UserNo};
use crate::base::blob::Blob;
use crate::base::digest::Digest;
use crate::base::job::SyncState;
use crate::base::manifest::{Kind, Manifest};
use crate::base::refusal::Denied;

/// Why an image is not copied.
pub(super) struct NotCopied {
    pub(super) state: SyncState,
    pub(super) reason: String,
}

impl From<String> for NotCopied {
    fn from(reason: String) -> NotCopied {
        NotCopied {
            state: SyncState::Failed,
            reason,
        }
    }
}

impl From<Denied> for NotCopied {
    fn from(denied: Denied) -> NotCopied {
        let refusal = denied.refusal;
        let reason = denied.hint.unwrap_or_else(|| format!("{refusal:?}"));
        NotCopied::from(reason)
    }
}

impl State {
    /// Copies the image of a job by reference: the bytes of blobs are shared. Either all of it is copied, or nothing.
    pub(super) fn copy_image(
        &mut self,
        from: &RepoPath<'_>,
        job: &SyncJob,
    ) -> Result<Digest, NotCopied> {
        let tag = std::slice::from_ref(&job.tag);
        let known = self.tag(from, job.tag.as_str());
        let known = known.map(|tag| tag.digest.clone());
        let digest = known.ok_or_else(|| format!("`{}` has no tag `{}`", from.full(), job.tag))?;
        let to = self.path_of_target(from, &job.target)?;
        if let Some(known) = self.tag(&to, job.tag.as_str()) {
            if !job.overrides {
                return Err(NotCopied {
                    state: SyncState::Existed,
                    reason: format!(
                        "`{}` in {} already has tag `{}`, and the job does not override it",
                        to.full(),
                        job.target.region,
                        job.tag
                    ),
                });
            }
            if known.digest == digest {
                return Ok(digest);
            }
        }
        let manifests = self.manifests_of(from, &digest)?;
        let mut bytes = 0;
        for (digest, manifest) in &manifests {
            self.check_form(to.registry, tag, manifest)?;
            let known = self.content(&to);
            if known.is_none_or(|images| images.manifest(digest.as_str()).is_none()) {
                bytes += manifest.bytes.len() as u64;
            }
        }
        self.check_content(bytes)?;
        self.check_tag_quota(&to, tag)?;
        // Inferred: the operator needs no permission at the target, because the account set up the copy.
        let operator = self.operator_at(&to, job.operator);
        self.ensure_repo(&operator, &to)?;
        for (digest, manifest) in manifests {
            for blob in manifest.needed_blobs() {
                if let Ok(blob) = Digest::parse(&blob.digest) {
                    self.link(&to, &blob, Blob::default);
                }
            }
            self.store_manifest(&to, digest, manifest);
        }
        self.push_tag(&to, job.tag.clone(), &digest, job.operator);
        self.retain(&to);
        Ok(digest)
    }

    /// The user who creates what a copy needs: the operator, or the root user of the account if the organization belongs
    /// to another account by now.
    fn operator_at(&mut self, to: &RepoPath<'_>, operator: UserNo) -> Caller {
        let owner = self.owner(to.registry, &to.namespace);
        let user = match self.user(operator).account == owner {
            true => operator,
            false => self.root_of(owner),
        };
        self.caller(user)
    }

    /// The repository that images are copied to. It does not have to exist, but its organization does.
    fn path_of_target(
        &self,
        from: &RepoPath<'_>,
        target: &SyncTarget,
    ) -> Result<RepoPath<'static>, String> {
        let SyncTarget { region, namespace } = target;
        let registry = self.find_region(region);
        let registry = registry.ok_or_else(|| format!("there is no region `{region}`"))?;
        let found = self.namespace(registry, namespace);
        let found =
            found.ok_or_else(|| format!("there is no organization `{namespace}` in {region}"))?;
        // Inferred: a copy does not cross accounts.
        if found.account != self.owner(from.registry, &from.namespace) {
            return Err(format!(
                "organization `{namespace}` in {region} belongs to another account"
            ));
        }
        Ok(RepoPath {
            registry,
            namespace: namespace.to_string().into(),
            repo: from.repo.to_string().into(),
        })
    }

    /// A manifest with all manifests that it lists. All their blobs must exist. Inferred: signatures and referrers are not
    /// copied with it.
    fn manifests_of(
        &self,
        path: &RepoPath<'_>,
        digest: &Digest,
    ) -> Result<Vec<(Digest, Arc<Manifest>)>, String> {
        let absent = |what: &str, digest: &str| format!("`{}` has no {what} {digest}", path.full());
        let images = self.content(path);
        let mut found: BTreeMap<Digest, Arc<Manifest>> = BTreeMap::new();
        let mut wanted = vec![digest.to_string()];
        while let Some(digest) = wanted.pop() {
            if found.contains_key(digest.as_str()) {
                continue;
            }
            let manifest = images.and_then(|images| images.resolve(&digest));
            let (digest, manifest) = manifest.ok_or_else(|| absent("manifest", &digest))?;
            let has = |digest: &str| images.is_some_and(|images| images.has_blob(digest));
            let mut blobs = manifest.needed_blobs();
            if let Some(blob) = blobs.find(|blob| !has(&blob.digest)) {
                return Err(absent("blob", &blob.digest));
            }
            if let Kind::List { manifests } = &manifest.kind {
                wanted.extend(manifests.iter().map(|listed| listed.digest.clone()));
            }
            found.insert(digest.clone(), Arc::clone(manifest));
        }
        Ok(found.into_iter().collect())
    }
}
