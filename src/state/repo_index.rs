//! The repositories of one account, in the orders that lists need.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::{RepoName, RepoState};
use crate::base::clock::Time;

/// The repositories of one account: by name for lookups, by id for pages with a marker, by last change for the default
/// order. The orders are sorted lists, so the cost of a page does not depend on its position. A change usually happens
/// at the end of a list, where it is cheap.
#[derive(Debug, Clone, Default)]
pub(crate) struct RepoIndex {
    /// The ids of repositories, by the organization's id and the repository's name.
    pub(super) by_name: BTreeMap<u64, Arc<HashMap<RepoName, u64>>>,
    /// All repositories, ascending by id.
    pub(super) rows: Vec<Arc<RepoState>>,
    /// The time of the last change and the id of each repository, ascending.
    pub(super) recent: Vec<(Time, u64)>,
    /// The total weight of the repositories (see `limits`).
    pub(super) weight: u64,
}

impl RepoIndex {
    pub(super) fn get(&self, namespace_id: u64, name: &str) -> Option<&Arc<RepoState>> {
        self.by_id(*self.by_name.get(&namespace_id)?.get(name)?)
    }

    pub(super) fn position_of(&self, id: u64) -> Result<usize, usize> {
        self.rows.binary_search_by_key(&id, |repo| repo.id)
    }

    pub(super) fn by_id(&self, id: u64) -> Option<&Arc<RepoState>> {
        self.position_of(id)
            .ok()
            .map(|position| &self.rows[position])
    }

    pub(super) fn repos(&self) -> impl Iterator<Item = &RepoState> {
        self.rows.iter().map(|repo| &**repo)
    }

    pub(super) fn insert(&mut self, repo: Arc<RepoState>) {
        let names = self.by_name.entry(repo.namespace_id).or_default();
        Arc::make_mut(names).insert(repo.name.clone(), repo.id);
        self.note_change(repo.updated, repo.id);
        self.weight += repo.weight();
        let position = self
            .position_of(repo.id)
            .unwrap_or_else(|position| position);
        self.rows.insert(position, repo);
    }

    pub(super) fn remove(&mut self, id: u64) -> Option<Arc<RepoState>> {
        let position = self.position_of(id).ok()?;
        let repo = self.rows.remove(position);
        if let Some(names) = self.by_name.get_mut(&repo.namespace_id) {
            Arc::make_mut(names).remove(&repo.name);
        }
        self.forget_change(repo.updated, id);
        self.weight -= repo.weight();
        Some(repo)
    }

    pub(super) fn alter(&mut self, id: u64, alter: impl FnOnce(&mut RepoState)) {
        let Ok(position) = self.position_of(id) else {
            return;
        };
        let repo = Arc::make_mut(&mut self.rows[position]);
        let (before, weight) = (repo.updated, repo.weight());
        alter(repo);
        let after = repo.updated;
        self.weight = self.weight + repo.weight() - weight;
        if before != after {
            self.forget_change(before, id);
            self.note_change(after, id);
        }
    }

    fn note_change(&mut self, time: Time, id: u64) {
        if let Err(position) = self.recent.binary_search(&(time, id)) {
            self.recent.insert(position, (time, id));
        }
    }

    fn forget_change(&mut self, time: Time, id: u64) {
        if let Ok(position) = self.recent.binary_search(&(time, id)) {
            self.recent.remove(position);
        }
    }
}
