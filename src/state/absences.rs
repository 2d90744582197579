//! Why a look-up found nothing, in words for the test's author: the response of the service does not say.

use super::names::{Label, RepoName, TagName};
use super::permissions::Permission;
use super::tags::no_such_tag;
use super::{Caller, HOME, Page, RepoFilter, RepoPath, SharedBy, SharedFilter, State};
use crate::base::advice::Advice;
use crate::base::registry::RegistryId;

impl State {
    /// Why the caller's list of users has none of this name.
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
                self.advise(Advice::MakeUserNamed(&label))
            ),
            None => format!("`{name}` is not a valid user name"),
        }
    }

    /// Why there is no project of this name.
    pub(crate) fn why_no_project(&self, registry: RegistryId, name: &str) -> String {
        let regions: Vec<&str> = self.regions().map(|region| &**region).collect();
        format!(
            "there is no project `{name}`: projects are named after regions ({}), and this endpoint is in {}; {}",
            regions.join(", "),
            self.region(registry),
            self.advise(Advice::MakeRegion(name))
        )
    }

    /// Why the caller does not see the organization, if it does not.
    pub(crate) fn why_no_namespace(
        &self,
        caller: &Caller,
        registry: RegistryId,
        name: &str,
    ) -> Option<String> {
        let denied = self
            .authorize_namespace(caller, registry, name, Permission::Read)
            .err()?;
        let is_somewhere = self.namespace(registry, name).is_some()
            || self.other_region_with(registry, name).is_some();
        let hint = denied.hint?;
        let profile = self.registry(registry).profile;
        if is_somewhere || profile.parse_namespace(name).is_err() {
            return Some(hint);
        }
        let at = &self.expression_for(registry);
        let advice = self.advise(Advice::MakeNamespace { at, name });
        Some(format!("{hint}; {advice}"))
    }

    /// Why a list of the caller's repositories that is narrowed by names is empty, if they are the reason.
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
        let advice = self.advise(Advice::MakeRepo { at, name });
        Some(format!("{hint}; {advice}"))
    }

    /// The same of a list of shared ones.
    pub(crate) fn why_none_shared(
        &self,
        caller: &Caller,
        registry: RegistryId,
        by: SharedBy,
        filter: &SharedFilter,
    ) -> Option<String> {
        if let Some(account) = &filter.domain_name
            && self.account_called(account).is_none()
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

    /// Why the repository has no such tag, if it has none.
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
        let advice = self.advise(Advice::MakeTag { at, repo, tag });
        Some(format!("{hint}; {advice}"))
    }

    /// Why the repository has no tag with this part in its name, if it has none.
    pub(crate) fn why_no_tag_with(&self, path: &RepoPath<'_>, part: &str) -> Option<String> {
        let repo = self.repo(path)?;
        let mut names = repo.images.tags().map(|tag| tag.name.as_str());
        if names.any(|name| name.contains(part)) {
            return None;
        }
        self.why_no_tag(path, part)
    }

    /// That the organization has no such repository.
    pub(crate) fn why_no_tags(&self, path: &RepoPath<'_>) -> Option<String> {
        let hint = self.no_such_repo(path).hint?;
        if RepoName::parse(&path.repo).is_err() {
            return Some(hint);
        }
        let (at, name) = (&self.expression_for(path.registry), &path.full());
        let advice = self.advise(Advice::MakeRepo { at, name });
        Some(format!("{hint}; {advice}"))
    }

    /// Why the repository is not shared with the account.
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

    /// The Rust expression for a registry's region in a test.
    fn expression_for(&self, registry: RegistryId) -> String {
        if registry == RegistryId::HOME {
            "swr".to_owned()
        } else {
            format!("swr.region(\"{}\")", self.region(registry))
        }
    }
}
