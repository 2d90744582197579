//! Registries, one per region. Each has its own organizations, repositories and uploads; accounts, users, keys and
//! blobs are shared.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::uploads::Uploads;
use super::{
    AccountNo, NamespaceName, NamespaceState, Profile, RepoIndex, RepoPath, RepoState, State,
};
use crate::base::clock::Time;
use crate::base::registry::RegistryId;

/// The bytes that clients pulled from an account's repositories each day, by the midnight that ends the day.
pub(crate) type Downflow = BTreeMap<Time, u64>;

/// The registry of one region.
#[derive(Debug, Clone)]
pub(crate) struct Registry {
    pub(crate) region: Arc<str>,
    pub(crate) profile: Profile,
    pub(super) namespaces: Arc<BTreeMap<NamespaceName, Arc<NamespaceState>>>,
    /// The ids of organizations.
    pub(super) namespace_ids: Arc<BTreeSet<u64>>,
    /// The repositories of each account.
    pub(super) repo_indexes: Arc<BTreeMap<AccountNo, Arc<RepoIndex>>>,
    pub(super) uploads: Arc<Uploads>,
    pub(super) downflow: Arc<BTreeMap<AccountNo, Downflow>>,
}

impl Registry {
    pub(super) fn new(region: Arc<str>, profile: Profile) -> Registry {
        Registry {
            region,
            profile,
            namespaces: Arc::default(),
            namespace_ids: Arc::default(),
            repo_indexes: Arc::default(),
            uploads: Arc::default(),
            downflow: Arc::default(),
        }
    }

    pub(crate) fn namespaces(&self) -> impl Iterator<Item = &NamespaceState> {
        self.namespaces.values().map(|namespace| &**namespace)
    }

    pub(super) fn repos(&self) -> impl Iterator<Item = &RepoState> {
        let indexes = self.repo_indexes.values();
        indexes.flat_map(|repo_index| repo_index.repos())
    }

    pub(super) fn repo_index(&self, account: AccountNo) -> Option<&RepoIndex> {
        self.repo_indexes.get(&account).map(|index| &**index)
    }

    /// The bytes that clients pulled from each account's repositories.
    pub(crate) fn downflow(&self) -> &BTreeMap<AccountNo, Downflow> {
        &self.downflow
    }
}

impl State {
    pub(crate) fn registry(&self, registry: RegistryId) -> &Registry {
        &self.registries[registry.index()]
    }

    pub(super) fn registry_mut(&mut self, registry: RegistryId) -> &mut Registry {
        &mut Arc::make_mut(&mut self.registries)[registry.index()]
    }

    /// All registries. The first is the registry of the server's own region.
    pub(crate) fn registries(&self) -> impl Iterator<Item = &Registry> {
        self.registries.iter()
    }

    pub(crate) fn registry_ids(&self) -> impl Iterator<Item = RegistryId> + use<> {
        (0..self.registries.len()).map(RegistryId::at)
    }

    pub(crate) fn region(&self, registry: RegistryId) -> &Arc<str> {
        &self.registry(registry).region
    }

    pub(crate) fn home_region(&self) -> &Arc<str> {
        self.region(RegistryId::HOME)
    }

    /// All regions. The first is the server's own.
    pub(crate) fn regions(&self) -> impl Iterator<Item = &Arc<str>> {
        self.registries().map(|registry| &registry.region)
    }

    pub(crate) fn find_region(&self, region: &str) -> Option<RegistryId> {
        let found = self.regions().position(|known| **known == *region);
        found.map(RegistryId::at)
    }

    /// The registry of a region. It is created if the region is new.
    pub(crate) fn add_region(&mut self, region: &str) -> RegistryId {
        if let Some(known) = self.find_region(region) {
            return known;
        }
        let region: Arc<str> = region.into();
        let registry = Registry::new(Arc::clone(&region), self.settings.profile);
        Arc::make_mut(&mut self.registries).push(registry);
        for account in 0..self.accounts().len() {
            self.add_project(account, &region);
        }
        RegistryId::at(self.registries.len() - 1)
    }

    /// Renumbers the registries like those of another state of the server. Regions that only the other state has are
    /// added without content.
    pub(super) fn renumber_registries(&mut self, before: &State) {
        let same = |(own, known): (&Registry, &Registry)| own.region == known.region;
        let count = before.registries.len();
        if self.registries.len() >= count && self.registries().zip(before.registries()).all(same) {
            return;
        }
        for region in before.regions() {
            self.add_region(region);
        }
        // `sort_by_key` is stable: regions that the other state lacks follow in their own order.
        Arc::make_mut(&mut self.registries).sort_by_key(|registry| {
            let known = before.find_region(&registry.region);
            known.map_or(count, RegistryId::index)
        });
    }

    /// Whether a region has a repository of this name, such as `group/web`.
    pub(crate) fn has_repo(&self, name: &str) -> bool {
        let mut registries = self.registry_ids();
        registries.any(|registry| {
            RepoPath::split(registry, name).is_ok_and(|path| self.repo(&path).is_some())
        })
    }

    /// Another region with an organization of this name.
    pub(crate) fn other_region_with(&self, registry: RegistryId, namespace: &str) -> Option<&str> {
        let others = self.registry_ids().filter(|other| *other != registry);
        let mut others = others.map(|other| self.registry(other));
        let found = others.find(|other| other.namespaces.contains_key(namespace));
        found.map(|other| &*other.region)
    }

    /// The region of a project. A project has the name of its region, optionally followed by an underscore and a name
    /// of its own: `cn-north-4_shop`.
    pub(crate) fn region_of_project(&self, project: &str) -> Option<&Arc<str>> {
        let is_of = |region: &&Arc<str>| {
            let below = project.strip_prefix(&***region);
            below.is_some_and(|below| below.is_empty() || below.starts_with('_'))
        };
        let regions = self.regions().filter(is_of);
        regions.max_by_key(|region| region.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::{ADMIN, HOME, RepoChange, RepoName, RepoPath};

    fn add_namespace(state: &mut State, registry: RegistryId, name: &str) {
        let name = NamespaceName::parse(name).unwrap();
        state.put_namespace(registry, name, (HOME, ADMIN));
    }

    fn regions(state: &State) -> Vec<&str> {
        state.regions().map(|region| &**region).collect()
    }

    fn namespaces(state: &State, registry: RegistryId) -> Vec<&str> {
        let all = state.registry(registry).namespaces();
        all.map(|namespace| namespace.name.as_str()).collect()
    }

    #[test]
    fn a_restored_world_has_the_registry_numbers_of_the_server() {
        let mut server = State::of_acme();
        let (south, east) = (server.add_region("south"), server.add_region("east"));
        add_namespace(&mut server, south, "old");

        let mut world = State::of_acme();
        for region in ["west", "east", "north"] {
            let registry = world.add_region(region);
            add_namespace(&mut world, registry, &format!("of-{region}"));
        }
        add_namespace(&mut world, RegistryId::HOME, "home");
        world.follow(&server);

        assert_eq!(
            regions(&world),
            ["cn-north-4", "south", "east", "west", "north"]
        );
        assert_eq!(namespaces(&world, RegistryId::HOME), ["home"]);
        assert!(
            namespaces(&world, south).is_empty(),
            "the world has no south"
        );
        assert_eq!(namespaces(&world, east), ["of-east"]);
        let west = world.find_region("west").unwrap();
        assert_eq!(namespaces(&world, west), ["of-west"]);
    }

    #[test]
    fn a_world_shares_its_registries_with_its_server() {
        let mut server = State::of_acme();
        server.add_region("east");
        let mut world = server.clone();
        world.follow(&server);
        assert!(Arc::ptr_eq(&world.registries, &server.registries));
    }

    #[test]
    fn registries_can_contain_repositories_of_the_same_name() {
        let mut state = State::of_acme();
        let east = state.add_region("east");
        let web = |registry| RepoPath::split(registry, "group/web").unwrap();
        for registry in [RegistryId::HOME, east] {
            add_namespace(&mut state, registry, "group");
            let name = RepoName::parse("web").unwrap();
            state.put_repo(registry, "group", name, (ADMIN, RepoChange::default()));
        }
        state.alter_repo(&web(east), |repo| repo.is_public = true);
        assert!(!state.repo(&web(RegistryId::HOME)).unwrap().is_public);
        assert!(state.repo(&web(east)).unwrap().is_public);
        state.remove_repo(&web(RegistryId::HOME));
        assert!(state.repo(&web(east)).is_some());
    }
}
