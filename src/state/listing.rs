//! Lists of repositories.

use std::cmp::Ordering;

use super::{Caller, Page, RepoState, Rows, State, VisibleBy};
use crate::base::registry::RegistryId;

/// The filter of a list of repositories.
#[derive(Debug, Clone, Default)]
pub(crate) struct RepoFilter {
    pub(crate) namespace: Option<String>,
    /// A part of the repository's name.
    pub(crate) name: Option<String>,
    pub(crate) category: Option<String>,
    pub(crate) is_public: Option<bool>,
}

impl RepoFilter {
    fn is_empty(&self) -> bool {
        self.namespace.is_none()
            && self.name.is_none()
            && self.category.is_none()
            && self.is_public.is_none()
    }

    pub(super) fn matches(&self, repo: &RepoState) -> bool {
        self.namespace
            .as_deref()
            .is_none_or(|namespace| repo.namespace.as_str() == namespace)
            && self
                .name
                .as_deref()
                .is_none_or(|part| repo.name.as_str().contains(part))
            && self
                .category
                .as_deref()
                .is_none_or(|category| repo.category.as_str() == category)
            && self
                .is_public
                .is_none_or(|is_public| repo.is_public == is_public)
    }
}

/// The sort key of a list of repositories.
#[derive(Debug, Clone, Copy)]
pub(crate) enum RepoOrder {
    Name,
    UpdatedTime,
    TagCount,
    Namespace,
    IsPublic,
}

impl RepoOrder {
    fn compare(self, a: &RepoState, b: &RepoState) -> Ordering {
        match self {
            RepoOrder::Name => a.name.cmp(&b.name),
            RepoOrder::UpdatedTime => a.updated.cmp(&b.updated),
            RepoOrder::TagCount => a.num_images().cmp(&b.num_images()),
            RepoOrder::Namespace => a.namespace.cmp(&b.namespace),
            RepoOrder::IsPublic => a.is_public.cmp(&b.is_public),
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Direction {
    Ascending,
    Descending,
}

impl Direction {
    pub(super) fn apply(self, ordering: Ordering) -> Ordering {
        match self {
            Direction::Ascending => ordering,
            Direction::Descending => ordering.reverse(),
        }
    }
}

impl State {
    /// A page of the repositories that the caller can see, and their total number.
    pub(crate) fn list_repos(
        &self,
        caller: &Caller,
        registry: RegistryId,
        filter: &RepoFilter,
        order: Option<(RepoOrder, Direction)>,
        page: Page<usize>,
    ) -> (Vec<&RepoState>, usize) {
        let Some(repo_index) = self.registry(registry).repo_index(caller.account) else {
            return (Vec::new(), 0);
        };
        if order.is_none() && filter.is_empty() && caller.account_permission.is_some() {
            // This path does not visit the rows before the page.
            let ids = page.cut(repo_index.recent.iter().rev()).rows.into_iter();
            let repos = ids.filter_map(|(_, id)| repo_index.by_id(*id));
            return (repos.map(|repo| &**repo).collect(), repo_index.rows.len());
        }
        let sees = self.sees(caller, registry);
        let all = repo_index.rows.iter().map(|repo| &**repo);
        let found: Vec<&RepoState> = all
            .filter(|repo| filter.matches(repo) && sees(repo))
            .collect();
        let total = found.len();
        // Undocumented default: the most recently changed first.
        let (by, direction) = order.unwrap_or((RepoOrder::UpdatedTime, Direction::Descending));
        let found = sorted_page(found, page, |a, b| {
            direction.apply(by.compare(a, b).then(a.id.cmp(&b.id)))
        });
        (found, total)
    }

    /// The repositories that the caller can see, with ids after the start of the page.
    pub(crate) fn repos_after(
        &self,
        caller: &Caller,
        registry: RegistryId,
        filter: &RepoFilter,
        page: Page<u64>,
    ) -> Rows<&RepoState> {
        let Some(repo_index) = self.registry(registry).repo_index(caller.account) else {
            return page.take(std::iter::empty());
        };
        let start = repo_index
            .position_of(page.start.saturating_add(1))
            .unwrap_or_else(|position| position);
        let sees = self.sees(caller, registry);
        let repos = repo_index.rows[start..].iter().map(|repo| &**repo);
        page.take(repos.filter(|repo| filter.matches(repo) && sees(repo)))
    }

    /// Returns whether the caller can see a repository of its account.
    pub(super) fn sees(
        &self,
        caller: &Caller,
        registry: RegistryId,
    ) -> impl Fn(&RepoState) -> bool + use<> {
        let all = caller.account_permission.is_some();
        let held: Vec<u64> = if all {
            Vec::new()
        } else {
            let namespaces = self.list_namespaces(caller, registry, VisibleBy::Permission, None);
            namespaces.iter().map(|namespace| namespace.id).collect()
        };
        let user = caller.user;
        move |repo| {
            all || held.binary_search(&repo.namespace_id).is_ok() || repo.grants.of(user).is_some()
        }
    }
}

/// Cuts a page out of unsorted rows. It sorts only the rows of the page, for speed.
pub(super) fn sorted_page<T>(
    mut rows: Vec<T>,
    page: Page<usize>,
    compare: impl Fn(&T, &T) -> Ordering,
) -> Vec<T> {
    let start = page.start;
    let end = start.saturating_add(page.limit).min(rows.len());
    if start < end {
        if end < rows.len() {
            rows.select_nth_unstable_by(end, &compare);
        }
        let rows = &mut rows[..end];
        if start > 0 {
            rows.select_nth_unstable_by(start, &compare);
        }
        rows[start..].sort_unstable_by(&compare);
    }
    page.cut(rows.into_iter()).rows
}
