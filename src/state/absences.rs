//! Why a look-up found nothing, in words for the test's author: the response of the service does not say.

use super::names::{Label, RepoName, TagName};
use super::permissions::Permission;
use super::tags::no_such_tag;
use super::{Caller, HOME, Page, RepoFilter, RepoPath, SharedBy, SharedFilter, State};
use crate::base::advice::Advice;

impl State {
    /// Why the caller's list of users has none of this name.
    pub(crate) fn why_no_user(&self, caller: &Caller, name: &str) -> String {
        if !caller.is_admin() {
            return format!(
                "`{0}` is not an administrator, so the list holds `{0}` alone, not `{name}`",
                caller.label
            );
        }
        let account = &self.account(caller.account).name;
        let label = match caller.account {
            HOME => name.to_owned(),
            _ => format!("{account}/{name}"),
        };
        match Label::parse(&label).ok().map(|label| self.find_user(label)) {
            Some(Some(_)) => format!("`{label}` is an agency, which is not listed with the users"),
            Some(None) => format!(
                "there is no user `{name}` in account `{account}`; {}",
                self.advise(Advice::MakeUserNamed(&label))
            ),
            None => format!("`{name}` cannot be a user"),
        }
    }

    /// Why there is no project of this name.
    pub(crate) fn why_no_project(&self, name: &str) -> String {
        let regions: Vec<&str> = self.regions.iter().map(|region| &**region).collect();
        format!(
            "there is no project `{name}`: projects are named after regions ({}), and this endpoint is in {}; {}",
            regions.join(", "),
            self.region,
            self.advise(Advice::MakeRegion(name))
        )
    }

    /// Why the caller does not see the organization, if it does not.
    pub(crate) fn why_no_namespace(&self, caller: &Caller, name: &str) -> Option<String> {
        let denied = self
            .authorize_namespace(caller, name, Permission::Read)
            .err()?;
        let is_somewhere = self.namespace(name).is_some() || self.region_with(name).is_some();
        let hint = denied.hint?;
        if is_somewhere || self.namespace_name(name).is_err() {
            return Some(hint);
        }
        let at = &self.spoken();
        let advice = self.advise(Advice::MakeNamespace { at, name });
        Some(format!("{hint}; {advice}"))
    }

    /// Why a list of the caller's repositories that is narrowed by names is empty, if they are the reason.
    pub(crate) fn why_no_repo(&self, caller: &Caller, filter: &RepoFilter) -> Option<String> {
        let named = RepoFilter {
            namespace: filter.namespace.clone(),
            name: filter.name.clone(),
            ..RepoFilter::default()
        };
        let first = Page { start: 0, limit: 1 };
        if !self.repos_after(caller, &named, first).rows.is_empty() {
            return None;
        }
        let namespace = filter.namespace.as_deref();
        let unseen = namespace.and_then(|name| self.why_no_namespace(caller, name));
        if unseen.is_some() {
            return unseen;
        }
        let part = filter.name.as_deref()?;
        let no_repo = format!("no repository with `{part}` in its name in");
        let Some(namespace) = namespace else {
            let account = &self.account(caller.account).name;
            return Some(format!("{no_repo} account `{account}` in {}", self.region));
        };
        let known = self.repos_known(namespace);
        let hint = format!("{no_repo} organization `{namespace}`; {known}");
        if RepoName::parse(part).is_err() {
            return Some(hint);
        }
        let (at, name) = (&self.spoken(), &format!("{namespace}/{part}"));
        let advice = self.advise(Advice::MakeRepo { at, name });
        Some(format!("{hint}; {advice}"))
    }

    /// The same of a list of shared ones.
    pub(crate) fn why_none_shared(
        &self,
        caller: &Caller,
        by: SharedBy,
        filter: &SharedFilter,
    ) -> Option<String> {
        if let Some(account) = &filter.domain_name
            && self.account_called(account).is_none()
        {
            return Some(self.no_account(account));
        }
        match (by, &filter.repo.namespace) {
            (SharedBy::Own, _) => self.why_no_repo(caller, &filter.repo),
            (SharedBy::Others, Some(name)) if self.namespace(name).is_none() => {
                self.why_no_namespace(caller, name)
            }
            (SharedBy::Others, _) => None,
        }
    }

    /// Why the repository has no such tag, if it has none.
    pub(crate) fn why_no_tag(&self, path: &RepoPath, tag: &str) -> Option<String> {
        let repo = self.repo(&path.namespace, &path.repo)?;
        if repo.images.tag(tag).is_some() {
            return None;
        }
        let hint = no_such_tag(repo, tag).hint?;
        if TagName::parse(tag).is_err() {
            return Some(hint);
        }
        let (at, repo) = (&self.spoken(), &path.full());
        let advice = self.advise(Advice::MakeTag { at, repo, tag });
        Some(format!("{hint}; {advice}"))
    }

    /// Why the repository has no tag with this part in its name, if it has none.
    pub(crate) fn why_no_tag_with(&self, path: &RepoPath, part: &str) -> Option<String> {
        let repo = self.repo(&path.namespace, &path.repo)?;
        let mut names = repo.images.tags().map(|tag| tag.name.as_str());
        if names.any(|name| name.contains(part)) {
            return None;
        }
        self.why_no_tag(path, part)
    }

    /// That the organization has no such repository.
    pub(crate) fn why_no_tags(&self, path: &RepoPath) -> Option<String> {
        let hint = self.no_such_repo(&path.namespace, &path.repo).hint?;
        if RepoName::parse(&path.repo).is_err() {
            return Some(hint);
        }
        let (at, name) = (&self.spoken(), &path.full());
        let advice = self.advise(Advice::MakeRepo { at, name });
        Some(format!("{hint}; {advice}"))
    }

    /// Why the repository is not shared with the account.
    pub(crate) fn why_no_share(&self, path: &RepoPath, account: &str) -> String {
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

    /// How a test speaks of the region.
    fn spoken(&self) -> String {
        if self.region == *self.home_region() {
            "swr".to_owned()
        } else {
            format!("swr.region(\"{}\")", self.region)
        }
    }
}
