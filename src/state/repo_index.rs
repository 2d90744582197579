//! One account's repositories, in the orders that lists need.

use std::collections::HashMap;
use std::sync::Arc;

use super::{RepoName, RepoState};
use crate::base::clock::Time;

/// One account's repositories: by name to find one, by id for the pager with a marker, by age of the last change
/// for the default order. The orders are plain sorted lists, so that a page anywhere costs the page, and a
/// change, which nearly always happens at the end of one, costs next to nothing.
#[derive(Debug, Clone, Default)]
pub(crate) struct RepoIndex {
    /// By the organization's id, then by name.
    pub(super) by_name: HashMap<u64, Arc<HashMap<RepoName, u64>>>,
    /// Ascending by id.
    pub(super) rows: Vec<Arc<RepoState>>,
    /// Ascending by time of the last change, then by id.
    pub(super) recent: Vec<(Time, u64)>,
    /// What all of them count for.
    pub(super) weight: u64,
}

impl RepoIndex {
    pub(super) fn get(&self, namespace_id: u64, name: &str) -> Option<&Arc<RepoState>> {
        self.by_id(*self.by_name.get(&namespace_id)?.get(name)?)
    }

    pub(super) fn place_of(&self, id: u64) -> Result<usize, usize> {
        self.rows.binary_search_by_key(&id, |repo| repo.id)
    }

    pub(super) fn by_id(&self, id: u64) -> Option<&Arc<RepoState>> {
        self.place_of(id).ok().map(|place| &self.rows[place])
    }

    pub(super) fn repos(&self) -> impl Iterator<Item = &RepoState> {
        self.rows.iter().map(|repo| &**repo)
    }

    pub(super) fn insert(&mut self, repo: Arc<RepoState>) {
        let names = self.by_name.entry(repo.namespace_id).or_default();
        Arc::make_mut(names).insert(repo.name.clone(), repo.id);
        self.note_change(repo.updated, repo.id);
        self.weight += repo.weight();
        let place = self.place_of(repo.id).unwrap_or_else(|place| place);
        self.rows.insert(place, repo);
    }

    pub(super) fn remove(&mut self, id: u64) -> Option<Arc<RepoState>> {
        let place = self.place_of(id).ok()?;
        let repo = self.rows.remove(place);
        if let Some(names) = self.by_name.get_mut(&repo.namespace_id) {
            Arc::make_mut(names).remove(&repo.name);
        }
        self.forget_change(repo.updated, id);
        self.weight -= repo.weight();
        Some(repo)
    }

    pub(super) fn alter(&mut self, id: u64, alter: impl FnOnce(&mut RepoState)) {
        let Ok(place) = self.place_of(id) else { return };
        let repo = Arc::make_mut(&mut self.rows[place]);
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
