//! Repositories, their order, and looking through them.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use super::{
    AccountNo, Caller, Category, Denied, Images, NamespaceName, Permission, Reach, Refusal,
    RepoName, State, UserNo,
};
use crate::clock::Time;

/// The longest description, in characters.
const MAX_DESCRIPTION: usize = 30_000;

/// A repository.
#[derive(Debug, Clone)]
pub(crate) struct Repo {
    pub(crate) id: u64,
    pub(crate) namespace_id: u64,
    pub(crate) namespace: NamespaceName,
    pub(crate) name: RepoName,
    pub(crate) category: Category,
    pub(crate) description: Arc<str>,
    pub(crate) is_public: bool,
    pub(crate) num_download: u64,
    pub(crate) creator: UserNo,
    pub(crate) created: Time,
    pub(crate) updated: Time,
    pub(crate) images: Arc<Images>,
}

/// What is said of a repository when it is made or changed; what is not said stays as it is.
#[derive(Debug, Clone, Default)]
pub(crate) struct RepoChange {
    pub(crate) is_public: Option<bool>,
    pub(crate) category: Option<Category>,
    pub(crate) description: Option<String>,
}

impl RepoChange {
    fn judge(&self) -> Result<(), Refusal> {
        match &self.description {
            Some(text) if text.chars().count() > MAX_DESCRIPTION => {
                Err(Refusal::DescriptionTooLong)
            }
            _ => Ok(()),
        }
    }
}

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

    fn admits(&self, repo: &Repo) -> bool {
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

impl Repo {
    /// How many tags it has.
    pub(crate) fn num_images(&self) -> usize {
        self.images.tag_count()
    }

    /// Bytes of all tags together.
    pub(crate) fn size(&self) -> u64 {
        self.images.size()
    }
}

/// One account's repositories: by name to find one, by id for the pager with a marker, by age of the last change
/// for the default order. The orders are plain sorted lists, so that a page anywhere costs the page, and a
/// change, which nearly always happens at the end of one, costs next to nothing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shelf {
    /// By the organization's id, then by name.
    by_name: HashMap<u64, Arc<HashMap<RepoName, u64>>>,
    /// Ascending by id.
    rows: Vec<Arc<Repo>>,
    /// Ascending by time of the last change, then by id.
    recent: Vec<(Time, u64)>,
}

impl Shelf {
    fn get(&self, namespace_id: u64, name: &str) -> Option<&Arc<Repo>> {
        self.by_id(*self.by_name.get(&namespace_id)?.get(name)?)
    }

    fn place_of(&self, id: u64) -> Result<usize, usize> {
        self.rows.binary_search_by_key(&id, |repo| repo.id)
    }

    fn by_id(&self, id: u64) -> Option<&Arc<Repo>> {
        self.place_of(id).ok().map(|place| &self.rows[place])
    }

    pub(super) fn repos(&self) -> impl Iterator<Item = &Repo> {
        self.rows.iter().map(|repo| &**repo)
    }

    fn insert(&mut self, repo: Arc<Repo>) {
        let names = self.by_name.entry(repo.namespace_id).or_default();
        Arc::make_mut(names).insert(repo.name.clone(), repo.id);
        self.note_change(repo.updated, repo.id);
        let place = self.place_of(repo.id).unwrap_or_else(|place| place);
        self.rows.insert(place, repo);
    }

    fn remove(&mut self, id: u64) -> Option<Arc<Repo>> {
        let place = self.place_of(id).ok()?;
        let repo = self.rows.remove(place);
        if let Some(names) = self.by_name.get_mut(&repo.namespace_id) {
            Arc::make_mut(names).remove(&repo.name);
        }
        self.forget_change(repo.updated, id);
        Some(repo)
    }

    fn alter(&mut self, id: u64, alter: impl FnOnce(&mut Repo)) {
        let Ok(place) = self.place_of(id) else { return };
        let repo = Arc::make_mut(&mut self.rows[place]);
        let before = repo.updated;
        alter(repo);
        let after = repo.updated;
        if before != after {
            self.forget_change(before, id);
            self.note_change(after, id);
        }
    }

    fn note_change(&mut self, time: Time, id: u64) {
        if let Err(place) = self.recent.binary_search(&(time, id)) {
            self.recent.insert(place, (time, id));
        }
    }

    fn forget_change(&mut self, time: Time, id: u64) {
        if let Ok(place) = self.recent.binary_search(&(time, id)) {
            self.recent.remove(place);
        }
    }
}

impl State {
    /// Creates a repository for a caller who may write to the organization.
    pub(crate) fn create_repo(
        &mut self,
        caller: &Caller,
        namespace: &str,
        name: RepoName,
        change: RepoChange,
    ) -> Result<(), Denied> {
        self.reach(caller, namespace, Reach::Change(Permission::Write))?;
        change.judge()?;
        if self.repo(namespace, name.as_str()).is_some() {
            return Err(Refusal::RepoExists.into());
        }
        self.judge_repo_quota(caller.account)?;
        self.put_repo(namespace, name, caller.user, change);
        Ok(())
    }

    pub(super) fn judge_repo_quota(&self, account: AccountNo) -> Result<(), Denied> {
        match self.account(account).quota.repos {
            Some(limit) if self.repo_count(account) >= limit => {
                Err(Denied::from(Refusal::RepoQuota).hint(format!(
                    "account `{}` may have {limit} repositories",
                    self.account(account).name
                )))
            }
            _ => Ok(()),
        }
    }

    /// Puts a repository there, past permissions and quota. It is private and of category `other` unless told
    /// otherwise, as when a push makes one.
    pub(crate) fn put_repo(
        &mut self,
        namespace: &str,
        name: RepoName,
        creator: UserNo,
        change: RepoChange,
    ) {
        let (now, id) = (self.clock.now(), self.ids.object());
        let mut made = None;
        self.alter_namespace(namespace, |namespace| {
            namespace.repo_count += 1;
            made = Some((namespace.account, namespace.id, namespace.name.clone()));
        });
        let Some((account, namespace_id, namespace)) = made else {
            return;
        };
        let repo = Repo {
            id,
            namespace_id,
            namespace,
            name,
            category: change.category.unwrap_or(Category::Other),
            description: change.description.unwrap_or_default().into(),
            is_public: change.is_public.unwrap_or_default(),
            num_download: 0,
            creator,
            created: now,
            updated: now,
            images: Arc::default(),
        };
        self.shelf_mut(account).insert(Arc::new(repo));
    }

    /// The repository, if the caller reaches its organization so far.
    pub(crate) fn reach_repo(
        &self,
        caller: &Caller,
        namespace: &str,
        name: &str,
        reach: Reach,
    ) -> Result<&Repo, Denied> {
        let found = self.reach(caller, namespace, reach)?;
        let repo = self
            .shelf(found.account)
            .and_then(|shelf| shelf.get(found.id, name));
        repo.map(|repo| &**repo)
            .ok_or_else(|| self.no_such_repo(namespace, name))
    }

    fn no_such_repo(&self, namespace: &str, name: &str) -> Denied {
        let known = match self
            .namespace(namespace)
            .map_or(0, |namespace| namespace.repo_count)
        {
            0 => "it holds none".to_owned(),
            count @ 1..=8 => {
                let names: Vec<String> = self
                    .repos_of(namespace)
                    .iter()
                    .map(RepoName::to_string)
                    .collect();
                format!("it holds {count}: {}", names.join(", "))
            }
            count => format!("it holds {count}"),
        };
        Denied::from(Refusal::RepoNotFound).hint(format!(
            "no repository `{name}` in organization `{namespace}`; {known}"
        ))
    }

    pub(crate) fn repo(&self, namespace: &str, name: &str) -> Option<&Repo> {
        let namespace = self.namespace(namespace)?;
        self.shelf(namespace.account)?
            .get(namespace.id, name)
            .map(|repo| &**repo)
    }

    pub(crate) fn update_repo(
        &mut self,
        caller: &Caller,
        namespace: &str,
        name: &str,
        change: RepoChange,
    ) -> Result<(), Denied> {
        self.reach_repo(caller, namespace, name, Reach::Change(Permission::Write))?;
        change.judge()?;
        let now = self.clock.now();
        self.alter_repo(namespace, name, |repo| {
            repo.is_public = change.is_public.unwrap_or(repo.is_public);
            repo.category = change.category.unwrap_or(repo.category);
            if let Some(description) = change.description {
                repo.description = description.into();
            }
            repo.updated = now;
        });
        Ok(())
    }

    /// Changes a repository past every rule.
    pub(crate) fn alter_repo(
        &mut self,
        namespace: &str,
        name: &str,
        alter: impl FnOnce(&mut Repo),
    ) -> Option<()> {
        let account = self.namespace(namespace)?.account;
        let id = self.repo(namespace, name)?.id;
        self.shelf_mut(account).alter(id, alter);
        Some(())
    }

    /// Deletes a repository with all it holds, for a caller who manages the organization.
    pub(crate) fn delete_repo(
        &mut self,
        caller: &Caller,
        namespace: &str,
        name: &str,
    ) -> Result<(), Denied> {
        self.reach_repo(caller, namespace, name, Reach::Change(Permission::Manage))?;
        self.remove_repo(namespace, name);
        Ok(())
    }

    /// Takes a repository away.
    pub(crate) fn remove_repo(&mut self, namespace: &str, name: &str) -> Option<()> {
        let account = self.namespace(namespace)?.account;
        let id = self.repo(namespace, name)?.id;
        let repo = self.shelf_mut(account).remove(id)?;
        self.give_back(&repo.images);
        self.alter_namespace(namespace, |namespace| namespace.repo_count -= 1)
    }

    /// Replaces a repository's id, which only a world file does, unless another has it.
    pub(crate) fn set_repo_id(&mut self, namespace: &str, name: &str, id: u64) -> Option<()> {
        let account = self.namespace(namespace)?.account;
        let old = self.repo(namespace, name)?.id;
        if old == id {
            return Some(());
        }
        if self.shelf(account)?.by_id(id).is_some() {
            return None;
        }
        let shelf = self.shelf_mut(account);
        let mut repo = (*shelf.remove(old)?).clone();
        repo.id = id;
        shelf.insert(Arc::new(repo));
        Some(())
    }

    /// The names of an organization's repositories, in order.
    pub(crate) fn repos_of(&self, namespace: &str) -> Vec<RepoName> {
        let names = self
            .namespace(namespace)
            .and_then(|namespace| self.shelf(namespace.account)?.by_name.get(&namespace.id));
        let mut names: Vec<RepoName> = names
            .into_iter()
            .flat_map(|names| names.keys())
            .cloned()
            .collect();
        names.sort();
        names
    }

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
        if order.is_none() && filter.is_empty() && caller.is_admin {
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
            let ordering = by.compare(a, b).then(a.id.cmp(&b.id));
            match direction {
                Direction::Ascending => ordering,
                Direction::Descending => ordering.reverse(),
            }
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
    fn sees(&self, caller: &Caller) -> impl Fn(&Repo) -> bool {
        let visible: Option<Vec<u64>> = (!caller.is_admin).then(|| {
            self.visible_namespaces(caller)
                .iter()
                .map(|namespace| namespace.id)
                .collect()
        });
        move |repo| {
            visible
                .as_ref()
                .is_none_or(|visible| visible.binary_search(&repo.namespace_id).is_ok())
        }
    }

    /// Moves an organization's repositories to another account's shelf.
    pub(super) fn move_repos(&mut self, namespace_id: u64, from: AccountNo, to: AccountNo) {
        let moved: Vec<u64> = self.shelf(from).map_or_else(Vec::new, |shelf| {
            shelf
                .rows
                .iter()
                .filter(|repo| repo.namespace_id == namespace_id)
                .map(|repo| repo.id)
                .collect()
        });
        for id in moved {
            if let Some(repo) = self.shelf_mut(from).remove(id) {
                self.shelf_mut(to).insert(repo);
            }
        }
    }

    fn shelf(&self, account: AccountNo) -> Option<&Shelf> {
        self.shelves.get(&account).map(|shelf| &**shelf)
    }

    fn shelf_mut(&mut self, account: AccountNo) -> &mut Shelf {
        Arc::make_mut(Arc::make_mut(&mut self.shelves).entry(account).or_default())
    }

    /// How many repositories an account has.
    pub(crate) fn repo_count(&self, account: AccountNo) -> usize {
        self.shelf(account).map_or(0, |shelf| shelf.rows.len())
    }
}

/// Puts in order what a page shows, and only that: the rest stays as it is, before or after it.
fn sort_page<T>(rows: &mut [T], offset: usize, limit: usize, compare: impl Fn(&T, &T) -> Ordering) {
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
