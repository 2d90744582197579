//! Looking through repositories.

use std::cmp::Ordering;

use super::{Caller, Repo, State};

/// Which repositories a list is about.
#[derive(Debug, Clone, Default)]
pub(crate) struct RepoFilter {
    pub(crate) namespace: Option<String>,
    /// A part of the name.
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

    pub(super) fn admits(&self, repo: &Repo) -> bool {
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

/// What a list of repositories is sorted by.
#[derive(Debug, Clone, Copy)]
pub(crate) enum OrderBy {
    Name,
    UpdatedTime,
    TagCount,
    Namespace,
    IsPublic,
}

impl OrderBy {
    fn compare(self, a: &Repo, b: &Repo) -> Ordering {
        match self {
            OrderBy::Name => a.name.cmp(&b.name),
            OrderBy::UpdatedTime => a.updated.cmp(&b.updated),
            OrderBy::TagCount => a.num_images().cmp(&b.num_images()),
            OrderBy::Namespace => a.namespace.cmp(&b.namespace),
            OrderBy::IsPublic => a.is_public.cmp(&b.is_public),
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
    /// A page of the repositories the caller sees, and how many there are in all.
    pub(crate) fn list_repos(
        &self,
        caller: &Caller,
        filter: &RepoFilter,
        order: Option<(OrderBy, Direction)>,
        offset: usize,
        limit: usize,
    ) -> (Vec<&Repo>, usize) {
        let Some(shelf) = self.shelf(caller.account) else {
            return (Vec::new(), 0);
        };
        if order.is_none() && filter.is_empty() && caller.everywhere.is_some() {
            // On the list itself: the rows before the page are not looked at.
            let ids = shelf.recent.iter().rev().skip(offset).take(limit);
            let page = ids
                .filter_map(|(_, id)| shelf.by_id(*id))
                .map(|repo| &**repo)
                .collect();
            return (page, shelf.rows.len());
        }
        let sees = self.sees(caller);
        let all = shelf.rows.iter().map(|repo| &**repo);
        let mut found: Vec<&Repo> = all
            .filter(|repo| filter.admits(repo) && sees(repo))
            .collect();
        let total = found.len();
        // Undocumented default: the latest change first.
        let (by, direction) = order.unwrap_or((OrderBy::UpdatedTime, Direction::Descending));
        sort_page(&mut found, offset, limit, |a, b| {
            direction.apply(by.compare(a, b).then(a.id.cmp(&b.id)))
        });
        (found.into_iter().skip(offset).take(limit).collect(), total)
    }

    /// The repositories the caller sees whose ids come after the marker, and the next marker if there are more.
    pub(crate) fn repos_after(
        &self,
        caller: &Caller,
        filter: &RepoFilter,
        marker: u64,
        limit: usize,
    ) -> (Vec<&Repo>, Option<u64>) {
        let Some(shelf) = self.shelf(caller.account) else {
            return (Vec::new(), None);
        };
        let start = shelf
            .place_of(marker.saturating_add(1))
            .unwrap_or_else(|place| place);
        let sees = self.sees(caller);
        let mut found = shelf.rows[start..]
            .iter()
            .map(|repo| &**repo)
            .filter(|repo| filter.admits(repo) && sees(repo));
        let page: Vec<&Repo> = found.by_ref().take(limit).collect();
        let next = found.next().and(page.last().map(|repo| repo.id));
        (page, next)
    }

    /// Whether the caller sees a repository of the account.
    pub(super) fn sees(&self, caller: &Caller) -> impl Fn(&Repo) -> bool + use<> {
        let all = caller.everywhere.is_some();
        let held: Vec<u64> = if all {
            Vec::new()
        } else {
            let namespaces = self.namespaces_held(caller);
            namespaces.iter().map(|namespace| namespace.id).collect()
        };
        let user = caller.user;
        move |repo| {
            all || held.binary_search(&repo.namespace_id).is_ok() || repo.grants.of(user).is_some()
        }
    }
}

/// Puts in order what a page shows, and only that: the rest stays as it is, before or after it.
pub(super) fn sort_page<T>(
    rows: &mut [T],
    offset: usize,
    limit: usize,
    compare: impl Fn(&T, &T) -> Ordering,
) {
    let end = offset.saturating_add(limit).min(rows.len());
    if offset >= end {
        return;
    }
    if end < rows.len() {
        rows.select_nth_unstable_by(end, &compare);
    }
    let rows = &mut rows[..end];
    if offset > 0 {
        rows.select_nth_unstable_by(offset, &compare);
    }
    rows[offset..].sort_unstable_by(&compare);
}
