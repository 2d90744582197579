//! Organizations.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{
    AccountNo, Caller, Grants, HOME, NamespaceName, Permission, RepoIndex, RepoPath, RepoState,
    State, UserNo,
};
use crate::base::clock::Time;
use crate::base::refusal::{Denied, Refusal};
use crate::base::registry::RegistryId;

/// An organization. Its name is unique in the region, across all accounts.
#[derive(Debug, Clone)]
pub(crate) struct NamespaceState {
    pub(crate) id: u64,
    pub(crate) name: NamespaceName,
    pub(crate) account: AccountNo,
    pub(crate) creator: UserNo,
    pub(crate) created: Time,
    pub(crate) grants: Grants,
    pub(crate) repo_count: usize,
}

/// Which permission makes an organization visible to a caller.
#[derive(Debug, Clone, Copy)]
pub(crate) enum VisibleBy {
    /// A permission on the organization.
    Permission,
    /// A permission on the organization or on one of its repositories.
    Anything,
}

impl State {
    /// Creates an organization, if the caller is an administrator and has quota left.
    pub(crate) fn create_namespace(
        &mut self,
        caller: &Caller,
        registry: RegistryId,
        name: NamespaceName,
    ) -> Result<(), Denied> {
        if !caller.is_admin() {
            return Err(Denied::from(Refusal::PermissionDenied).hint(format!(
                "`{}` is not an administrator: only an administrator can create organizations",
                caller.label
            )));
        }
        // `library` is reserved by the service (manual of OTC).
        if name.as_str() == "library" || self.namespace(registry, name.as_str()).is_some() {
            return Err(Refusal::NamespaceExists.into());
        }
        let limit = self.account(caller.account).quota.namespaces;
        if self.namespaces_of(registry, caller.account).count() >= limit {
            return Err(Denied::from(Refusal::NamespaceQuota).hint(format!(
                "account `{}` can have at most {limit} organizations",
                self.account(caller.account).name
            )));
        }
        self.check_weight()?;
        self.put_namespace(registry, name, (caller.account, caller.user));
        Ok(())
    }

    /// Creates an organization, bypassing permissions and quotas.
    pub(crate) fn put_namespace(
        &mut self,
        registry: RegistryId,
        name: NamespaceName,
        (account, creator): (AccountNo, UserNo),
    ) {
        let mut grants = Grants::default();
        grants.set(creator, Some(Permission::Manage));
        let id = self.ids.object();
        let namespace = NamespaceState {
            id,
            name: name.clone(),
            account,
            creator,
            created: self.clock.now(),
            grants,
            repo_count: 0,
        };
        let weight = namespace.weight();
        let registry = self.registry_mut(registry);
        let before = Arc::make_mut(&mut registry.namespaces).insert(name, Arc::new(namespace));
        let ids = Arc::make_mut(&mut registry.namespace_ids);
        let mut before_weight = 0;
        if let Some(before) = before {
            ids.remove(&before.id);
            before_weight = before.weight();
        }
        ids.insert(id);
        self.update_weight(before_weight, weight);
    }

    /// The organization, if the caller has the permission. For a caller of another account, a read finds no
    /// organization, and a write is refused.
    pub(crate) fn authorize_namespace(
        &self,
        caller: &Caller,
        registry: RegistryId,
        name: &str,
        needed: Permission,
    ) -> Result<&NamespaceState, Denied> {
        let namespace = self
            .namespace(registry, name)
            .ok_or_else(|| self.no_such_namespace(registry, name))?;
        if namespace.account != caller.account {
            return Err(self.foreign_account(caller, namespace, None, needed));
        }
        self.authorize(caller, namespace, None, needed)?;
        Ok(namespace)
    }

    /// The refusal for a caller of another account.
    pub(super) fn foreign_account(
        &self,
        caller: &Caller,
        namespace: &NamespaceState,
        repo: Option<&RepoState>,
        needed: Permission,
    ) -> Denied {
        let refusal = match needed {
            Permission::Read => Refusal::NamespaceNotFound,
            Permission::Write | Permission::Manage => Refusal::CrossAccount,
        };
        Denied::from(refusal).hint(self.why_foreign(caller, namespace, repo))
    }

    /// The refusal for an organization that does not exist.
    pub(crate) fn no_such_namespace(&self, registry: RegistryId, name: &str) -> Denied {
        let region = self.region(registry);
        let known: Vec<&str> = self
            .registry(registry)
            .namespaces
            .keys()
            .take(8)
            .map(NamespaceName::as_str)
            .collect();
        let known = if known.is_empty() {
            format!("{region} has no organizations")
        } else {
            format!("organizations in {region}: {}", known.join(", "))
        };
        let other = match self.other_region_with(registry, name) {
            Some(region) => format!(", but there is one in {region}"),
            None => String::new(),
        };
        Denied::from(Refusal::NamespaceNotFound).hint(format!(
            "there is no organization `{name}` in {region}{other}; {known}"
        ))
    }

    pub(crate) fn namespace(&self, registry: RegistryId, name: &str) -> Option<&NamespaceState> {
        let found = self.registry(registry).namespaces.get(name);
        found.map(|namespace| &**namespace)
    }

    /// The account of an organization; the server's own account if the organization does not exist.
    pub(crate) fn owner(&self, registry: RegistryId, name: &str) -> AccountNo {
        let namespace = self.namespace(registry, name);
        namespace.map_or(HOME, |namespace| namespace.account)
    }

    /// Changes an organization without any checks.
    pub(crate) fn alter_namespace(
        &mut self,
        registry: RegistryId,
        name: &str,
        alter: impl FnOnce(&mut NamespaceState),
    ) -> Option<()> {
        let namespaces = &mut self.registry_mut(registry).namespaces;
        let namespace = Arc::make_mut(namespaces).get_mut(name)?;
        let namespace = Arc::make_mut(namespace);
        let before = namespace.weight();
        alter(namespace);
        let after = namespace.weight();
        self.update_weight(before, after);
        Some(())
    }

    /// Refuses names that break the rule of their registry's profile.
    pub(super) fn check_names(&self) -> Result<(), String> {
        for registry in self.registries() {
            let is_wrong = |known: &&NamespaceState| {
                let parsed = registry.profile.parse_namespace(known.name.as_str());
                parsed.is_err()
            };
            if let Some(wrong) = registry.namespaces().find(is_wrong) {
                return Err(format!(
                    "organization `{}` begins with a digit, which only Profile::Oci allows",
                    wrong.name
                ));
            }
        }
        Ok(())
    }

    /// Replaces the id of an empty organization. Returns `None` if another organization has this id.
    pub(crate) fn set_namespace_id(
        &mut self,
        registry: RegistryId,
        name: &str,
        id: u64,
    ) -> Option<()> {
        let before = self.namespace(registry, name)?.id;
        if before == id {
            return Some(());
        }
        let ids = &mut self.registry_mut(registry).namespace_ids;
        if ids.contains(&id) {
            return None;
        }
        let ids = Arc::make_mut(ids);
        ids.remove(&before);
        ids.insert(id);
        self.alter_namespace(registry, name, |namespace| namespace.id = id)
    }

    pub(crate) fn namespaces_of(
        &self,
        registry: RegistryId,
        account: AccountNo,
    ) -> impl Iterator<Item = &NamespaceState> {
        self.registry(registry)
            .namespaces()
            .filter(move |namespace| namespace.account == account)
    }

    /// The organizations of the caller's account that the caller can see, oldest first, or only the one with this name.
    pub(crate) fn list_namespaces(
        &self,
        caller: &Caller,
        registry: RegistryId,
        seen: VisibleBy,
        name: Option<&str>,
    ) -> Vec<&NamespaceState> {
        let with_visible_repo: BTreeSet<u64> = match seen {
            VisibleBy::Permission => BTreeSet::new(),
            VisibleBy::Anything => {
                let index = self.registry(registry).repo_index(caller.account);
                let repos = index.into_iter();
                let repos = repos.flat_map(RepoIndex::repos);
                let granted = repos.filter(|repo| repo.grants.of(caller.user).is_some());
                granted.map(|repo| repo.namespace_id).collect()
            }
        };
        let own = self.namespaces_of(registry, caller.account);
        let named = own.filter(|namespace| name.is_none_or(|name| namespace.name.as_str() == name));
        let mut found: Vec<&NamespaceState> = named
            .filter(|namespace| {
                self.held(caller, namespace, None).is_some()
                    || with_visible_repo.contains(&namespace.id)
            })
            .collect();
        found.sort_by_key(|namespace| namespace.id);
        found
    }

    /// Deletes an empty organization, if the caller manages it.
    pub(crate) fn delete_namespace(
        &mut self,
        caller: &Caller,
        registry: RegistryId,
        name: &str,
    ) -> Result<(), Denied> {
        let namespace = self.authorize_namespace(caller, registry, name, Permission::Manage)?;
        if namespace.repo_count > 0 {
            return Err(Denied::from(Refusal::NamespaceNotEmpty).hint(format!(
                "organization `{name}` still contains repositories: {}",
                namespace.repo_count
            )));
        }
        self.remove_namespace(registry, name);
        Ok(())
    }

    /// Removes an organization with its repositories and uploads, without any checks.
    pub(crate) fn remove_namespace(&mut self, registry: RegistryId, name: &str) -> Option<()> {
        for repo in self.repos_of(registry, name) {
            self.remove_repo(&RepoPath {
                registry,
                namespace: name.into(),
                repo: repo.as_str().into(),
            });
        }
        self.cancel_uploads_of(registry, name);
        let registry = self.registry_mut(registry);
        let removed = Arc::make_mut(&mut registry.namespaces).remove(name)?;
        Arc::make_mut(&mut registry.namespace_ids).remove(&removed.id);
        self.update_weight(removed.weight(), 0);
        Some(())
    }

    /// Moves an organization with its content to the root of another account. All grants and shares are removed.
    pub(crate) fn transfer_namespace(
        &mut self,
        registry: RegistryId,
        name: &str,
        account: AccountNo,
    ) -> Option<()> {
        let namespace = self.namespace(registry, name)?;
        let (from, id) = (namespace.account, namespace.id);
        if from == account {
            return Some(());
        }
        let creator = self.root_of(account);
        self.alter_namespace(registry, name, |namespace| {
            namespace.account = account;
            namespace.creator = creator;
            namespace.grants = Grants::default();
            namespace.grants.set(creator, Some(Permission::Manage));
        });
        self.cancel_uploads_of(registry, name);
        self.move_repos(registry, id, (from, creator));
        Some(())
    }
}
