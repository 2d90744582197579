//! Hints for lookups that find nothing. The responses of the service do not give the reason.

use super::names::{Label, RepoName, TagName};
use super::permissions::Permission;
use super::tags::no_such_tag;
use super::{Caller, HOME, Page, RepoFilter, RepoPath, SharedBy, SharedFilter, State};
use crate::base::advice::Advice;
use crate::base::manifest::{Kind, Manifest};
use crate::base::refusal::{Denied, Refusal};
use crate::base::registry::RegistryId;

impl State {
    /// The hint for a list of users without this name.
    pub(crate) fn why_no_user(&self, caller: &Caller, name: &str) -> String {
        if !caller.is_admin() {
            return format!(
                "`{0}` is not an administrator, so the list contains only `{0}`, not `{name}`",
                caller.label
            );
        }
        let account = &self.account(caller.account).name;
        let label = match caller.account {
            HOME => name.to_owned(),
            _ => format!("{account}/{name}"),
        };
        match Label::parse(&label).ok().map(|label| self.find_user(label)) {
            Some(Some(_)) => {
                format!("`{label}` is an agency, and the list of users does not contain agencies")
            }
            Some(None) => format!(
                "there is no user `{name}` in account `{account}`; {}",
                self.advise(Advice::CreateUserNamed(&label))
            ),
            None => format!("`{name}` is not a valid user name"),
        }
    }

    /// The hint for a project that does not exist.
    pub(crate) fn why_no_project(&self, registry: RegistryId, name: &str) -> String {
        let regions: Vec<&str> = self.regions().map(|region| &**region).collect();
        format!(
            "there is no project `{name}`: projects are named after regions ({}), and this endpoint is in {}; {}",
            regions.join(", "),
            self.region(registry),
            self.advise(Advice::CreateRegion(name))
        )
    }

    /// The hint for an organization that the caller cannot see; `None` if it can.
    pub(crate) fn why_no_namespace(
        &self,
        caller: &Caller,
        registry: RegistryId,
        name: &str,
    ) -> Option<String> {
        let denied = self
            .authorize_namespace(caller, registry, name, Permission::Read)
            .err()?;
        let exists = self.namespace(registry, name).is_some()
            || self.other_region_with(registry, name).is_some();
        let hint = denied.hint?;
        let profile = self.registry(registry).profile;
        if exists || profile.parse_namespace(name).is_err() {
            return Some(hint);
        }
        let at = &self.expression_for(registry);
        let advice = self.advise(Advice::CreateNamespace { at, name });
        Some(format!("{hint}; {advice}"))
    }

    /// The hint for an empty list of repositories; `None` if the names in the filter are not the reason.
    pub(crate) fn why_no_repo(
        &self,
        caller: &Caller,
        registry: RegistryId,
        filter: &RepoFilter,
    ) -> Option<String> {
        let named = RepoFilter {
            namespace: filter.namespace.clone(),
            name: filter.name.clone(),
            ..RepoFilter::default()
        };
        let first = Page { start: 0, limit: 1 };
        if !self
            .repos_after(caller, registry, &named, first)
            .rows
            .is_empty()
        {
            return None;
        }
        let namespace = filter.namespace.as_deref();
        let unseen = namespace.and_then(|name| self.why_no_namespace(caller, registry, name));
        if unseen.is_some() {
            return unseen;
        }
        let part = filter.name.as_deref()?;
        let no_repo = format!("there is no repository with `{part}` in its name in");
        let Some(namespace) = namespace else {
            let account = &self.account(caller.account).name;
            let region = self.region(registry);
            return Some(format!("{no_repo} account `{account}` in {region}"));
        };
        let known = self.repos_known(registry, namespace);
        let hint = format!("{no_repo} organization `{namespace}`; {known}");
        if RepoName::parse(part).is_err() {
            return Some(hint);
        }
        let (at, name) = (
            &self.expression_for(registry),
            &format!("{namespace}/{part}"),
        );
        let advice = self.advise(Advice::CreateRepo { at, name });
        Some(format!("{hint}; {advice}"))
    }

    /// The hint for an empty list of shared repositories, if the names in the filter are the reason.
    pub(crate) fn why_no_shared_repo(
        &self,
        caller: &Caller,
        registry: RegistryId,
        by: SharedBy,
        filter: &SharedFilter,
    ) -> Option<String> {
        if let Some(account) = &filter.domain_name
            && self.account_by_name(account).is_none()
        {
            return Some(self.no_account(account));
        }
        match (by, &filter.repo.namespace) {
            (SharedBy::Own, _) => self.why_no_repo(caller, registry, &filter.repo),
            (SharedBy::Others, Some(name)) if self.namespace(registry, name).is_none() => {
                self.why_no_namespace(caller, registry, name)
            }
            (SharedBy::Others, _) => None,
        }
    }

    /// The hint for a tag that does not exist; `None` if it exists.
    pub(crate) fn why_no_tag(&self, path: &RepoPath<'_>, tag: &str) -> Option<String> {
        let repo = self.repo(path)?;
        if repo.images.tag(tag).is_some() {
            return None;
        }
        let hint = no_such_tag(repo, tag).hint?;
        if TagName::parse(tag).is_err() {
            return Some(hint);
        }
        let (at, repo) = (&self.expression_for(path.registry), &path.full());
        let advice = self.advise(Advice::CreateTag { at, repo, tag });
        Some(format!("{hint}; {advice}"))
    }

    /// The hint for an empty list of tags with `part` in their names; `None` if one exists.
    pub(crate) fn why_no_tag_with(&self, path: &RepoPath<'_>, part: &str) -> Option<String> {
        let repo = self.repo(path)?;
        let mut names = repo.images.tags().map(|tag| tag.name.as_str());
        if names.any(|name| name.contains(part)) {
            return None;
        }
        self.why_no_tag(path, part)
    }

    /// The hint for a list of tags of a repository that does not exist.
    pub(crate) fn why_no_tag_list(&self, path: &RepoPath<'_>) -> Option<String> {
        let hint = self.no_such_repo(path).hint?;
        if RepoName::parse(&path.repo).is_err() {
            return Some(hint);
        }
        let (at, name) = (&self.expression_for(path.registry), &path.full());
        let advice = self.advise(Advice::CreateRepo { at, name });
        Some(format!("{hint}; {advice}"))
    }

    /// The hint for a share that does not exist.
    pub(crate) fn why_no_share(&self, path: &RepoPath<'_>, account: &str) -> String {
        let repo = path.full();
        format!(
            "`{repo}` is not shared with `{account}`: {}",
            self.advise(Advice::Share {
                namespace: &path.namespace,
                repo: &path.repo,
                with: account,
            })
        )
    }

    /// The Rust expression for a registry's region in a test: `swr` or `swr.region("cn-east-3")`.
    fn expression_for(&self, registry: RegistryId) -> String {
        if registry == RegistryId::HOME {
            "swr".to_owned()
        } else {
            format!("swr.region(\"{}\")", self.region(registry))
        }
    }

    /// The refusal for a manifest that does not exist.
    pub(crate) fn no_manifest(&self, path: &RepoPath<'_>, reference: &str) -> Denied {
        let hint = if reference.contains(':') {
            format!("{reference} {}", self.why_missing(path, reference))
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

    /// The refusal for a blob that does not exist.
    pub(crate) fn no_blob(&self, path: &RepoPath<'_>, digest: &str) -> Denied {
        let hint = format!("{digest} {}", self.why_missing(path, digest));
        Denied::from(Refusal::BlobUnknown).detail(digest).hint(hint)
    }

    /// The refusal for a manifest that is pushed before the content that it refers to.
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
        let reason = self.why_missing(path, absent);
        Denied::from(Refusal::ManifestBlobUnknown)
            .detail(absent)
            .hint(format!(
                "the {form} refers to {absent}, which {reason}{note}"
            ))
    }

    /// The part of a hint that says whether a digest exists in the repository as something else.
    fn why_missing(&self, path: &RepoPath<'_>, digest: &str) -> String {
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
