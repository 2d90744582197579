//! What is said of content that a repository does not have, or has as something else than is needed.

use super::{RepoPath, State};
use crate::base::manifest::{Kind, Manifest};
use crate::base::refusal::{Denied, Refusal};

impl State {
    /// No manifest of this tag or digest.
    pub(crate) fn no_manifest(&self, path: &RepoPath<'_>, reference: &str) -> Denied {
        let hint = if reference.contains(':') {
            format!("{reference} {}", self.lacks(path, reference))
        } else {
            let tags = self.content(path).into_iter();
            let tags = tags.flat_map(|images| images.tags().take(8));
            let tags: Vec<&str> = tags.map(|tag| tag.name.as_str()).collect();
            let path = path.full();
            let known = if tags.is_empty() {
                "it has no tags".to_owned()
            } else {
                format!("its tags: {}", tags.join(", "))
            };
            format!("there is no tag `{reference}` in {path}; {known}")
        };
        Denied::from(Refusal::ManifestUnknown)
            .detail(reference)
            .hint(hint)
    }

    /// No blob of this digest.
    pub(crate) fn no_blob(&self, path: &RepoPath<'_>, digest: &str) -> Denied {
        let hint = format!("{digest} {}", self.lacks(path, digest));
        Denied::from(Refusal::BlobUnknown).detail(digest).hint(hint)
    }

    /// A manifest is pushed before what it names.
    pub(super) fn incomplete(
        &self,
        path: &RepoPath<'_>,
        manifest: &Manifest,
        absent: &str,
    ) -> Denied {
        let is_blob = self
            .content(path)
            .is_some_and(|images| images.has_blob(absent));
        let (form, note) = match manifest.kind {
            Kind::Image { .. } => ("manifest", ""),
            Kind::List { .. } if is_blob => (
                "list",
                " (BuildKit pushes such a list as its registry cache: use `type=inline`)",
            ),
            Kind::List { .. } => ("list", ""),
        };
        let lacks = self.lacks(path, absent);
        Denied::from(Refusal::ManifestBlobUnknown)
            .detail(absent)
            .hint(format!(
                "the {form} refers to {absent}, which {lacks}{note}"
            ))
    }

    /// Where a digest is not what is needed: what it is instead.
    fn lacks(&self, path: &RepoPath<'_>, digest: &str) -> String {
        let images = self.content(path);
        let name = path.full();
        if images.is_some_and(|images| images.has_blob(digest)) {
            format!("is in {name} as a blob, not as a manifest")
        } else if images.is_some_and(|images| images.manifest(digest).is_some()) {
            format!("is in {name} as a manifest, not as a blob")
        } else {
            format!("is not in {name}")
        }
    }
}
