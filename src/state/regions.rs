//! Regions: each has its organizations, repositories and uploads; accounts, users, keys and blobs are in all of them.
//!
//! A state looks at one region at a time: [`State::enter`] before anything else is asked of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::uploads::Uploads;
use super::{AccountNo, NamespaceName, NamespaceState, RepoIndex, RepoState, State};
use crate::base::clock::Time;

/// Bytes that were pulled of an account's content, by the midnight that ends the day.
pub(crate) type Downflow = BTreeMap<Time, u64>;

/// What lies in one region.
#[derive(Debug, Clone, Default)]
pub(super) struct Contents {
    pub(super) namespaces: Arc<BTreeMap<NamespaceName, Arc<NamespaceState>>>,
    /// Each account's repositories.
    pub(super) repo_indexes: Arc<BTreeMap<AccountNo, Arc<RepoIndex>>>,
    pub(super) uploads: Arc<Uploads>,
    /// The ids of organizations.
    pub(super) namespace_ids: Arc<BTreeSet<u64>>,
    pub(super) downflow: Arc<BTreeMap<AccountNo, Downflow>>,
}

impl Contents {
    pub(super) fn namespaces(&self) -> impl Iterator<Item = &NamespaceState> {
        self.namespaces.values().map(|namespace| &**namespace)
    }

    pub(super) fn upload_count(&self) -> usize {
        self.uploads.len()
    }

    pub(super) fn repos(&self) -> impl Iterator<Item = &RepoState> {
        self.repo_indexes
            .values()
            .flat_map(|repo_index| repo_index.repos())
    }
}

impl State {
    /// Looks at a region from now on; one that is not known is made.
    pub(crate) fn enter(&mut self, region: &Arc<str>) {
        if *region == self.region {
            return;
        }
        self.add_region(region);
        let there = self.elsewhere.remove(region).unwrap_or_default();
        let left = std::mem::replace(&mut self.here, there);
        let region = std::mem::replace(&mut self.region, Arc::clone(region));
        self.elsewhere.insert(region, left);
    }

    /// Makes a region known, if it is not.
    pub(crate) fn add_region(&mut self, name: &str) {
        if self.regions.iter().any(|known| **known == *name) {
            return;
        }
        let region: Arc<str> = name.into();
        Arc::make_mut(&mut self.regions).push(Arc::clone(&region));
        for account in 0..self.accounts().len() {
            self.note_project(account, &region);
        }
    }

    /// The server's own.
    pub(crate) fn home_region(&self) -> &Arc<str> {
        // There is one from the beginning.
        &self.regions[0]
    }

    /// The other region that has an organization of this name.
    pub(crate) fn region_with(&self, namespace: &str) -> Option<&str> {
        let mut others = self.elsewhere.iter();
        let found = others.find(|(_, contents)| contents.namespaces.contains_key(namespace));
        found.map(|(region, _)| &**region)
    }

    /// The region that a project belongs to: a project has the region's name, or is below that (`cn-north-4_shop`).
    pub(crate) fn region_of_project(&self, project: &str) -> Option<&Arc<str>> {
        let is_of = |region: &&Arc<str>| {
            let below = project.strip_prefix(&***region);
            below.is_some_and(|below| below.is_empty() || below.starts_with('_'))
        };
        self.regions
            .iter()
            .filter(is_of)
            .max_by_key(|region| region.len())
    }

    pub(super) fn contents(&self) -> impl Iterator<Item = &Contents> {
        std::iter::once(&self.here).chain(self.elsewhere.values())
    }
}
