//! Organizations.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{
    AccountNo, Caller, Contents, Grants, HOME, NamespaceName, Permission, Profile, RepoIndex,
    RepoState, State, UserNo,
};
use crate::base::clock::Time;
use crate::base::refusal::{Denied, Refusal};

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

/// By what a caller sees an organization.
#[derive(Debug, Clone, Copy)]
pub(crate) enum SeenBy {
    /// A permission on it.
    Permission,
    /// That, or a permission on a repository of it.
    Anything,
}

impl State {
    /// Creates an organization for a caller who may.
    pub(crate) fn create_namespace(
        &mut self,
        caller: &Caller,
        name: NamespaceName,
    ) -> Result<(), Denied> {
        if !caller.is_admin() {
            return Err(Denied::from(Refusal::PermissionDenied).hint(format!(
                "only an administrator may create organizations, and `{}` is none",
                caller.label
            )));
        }
        // `library` is the service's own (manual of OTC).
        if name.as_str() == "library" || self.here.namespaces.contains_key(&name) {
            return Err(Refusal::NamespaceExists.into());
        }
        let limit = self.account(caller.account).quota.namespaces;
        if self.namespaces_of(caller.account).count() >= limit {
            return Err(Denied::from(Refusal::NamespaceQuota).hint(format!(
                "account `{}` may have {limit} organizations",
                self.account(caller.account).name
            )));
        }
        self.check_weight()?;
        self.put_namespace(name, caller.account, caller.user);
        Ok(())
    }

    /// Puts an organization there, past permissions and quota.
    pub(crate) fn put_namespace(
        &mut self,
        name: NamespaceName,
        account: AccountNo,
        creator: UserNo,
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
        let before = Arc::make_mut(&mut self.here.namespaces).insert(name, Arc::new(namespace));
        let ids = Arc::make_mut(&mut self.here.namespace_ids);
        let mut before_weight = 0;
        if let Some(before) = before {
            ids.remove(&before.id);
            before_weight = before.weight();
        }
        ids.insert(id);
        self.reweigh(before_weight, weight);
    }

    /// The organization, if the caller may do this with it. Another account's reads as absent, and refuses writes.
    pub(crate) fn authorize_namespace(
        &self,
        caller: &Caller,
        name: &str,
        needed: Permission,
    ) -> Result<&NamespaceState, Denied> {
        let namespace = self
            .namespace(name)
            .ok_or_else(|| self.no_such_namespace(name))?;
        if namespace.account != caller.account {
            return Err(self.foreign(caller, namespace, None, needed));
        }
        self.authorize(caller, namespace, None, needed)?;
        Ok(namespace)
    }

    pub(super) fn foreign(
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
        Denied::from(refusal).hint(self.not_theirs(caller, namespace, repo))
    }

    pub(crate) fn no_such_namespace(&self, name: &str) -> Denied {
        let known: Vec<&str> = self
            .here
            .namespaces
            .keys()
            .take(8)
            .map(NamespaceName::as_str)
            .collect();
        let known = if known.is_empty() {
            "none".to_owned()
        } else {
            known.join(", ")
        };
        let elsewhere = match self.region_with(name) {
            Some(region) => format!(", but in {region}"),
            None => String::new(),
        };
        Denied::from(Refusal::NamespaceNotFound).hint(format!(
            "no organization `{name}` in {}{elsewhere}; there are: {known}",
            self.region
        ))
    }

    pub(crate) fn namespace(&self, name: &str) -> Option<&NamespaceState> {
        self.here.namespaces.get(name).map(|namespace| &**namespace)
    }

    /// The account that an organization belongs to; the server's own, if there is none.
    pub(crate) fn owner(&self, name: &str) -> AccountNo {
        let namespace = self.namespace(name);
        namespace.map_or(HOME, |namespace| namespace.account)
    }

    /// Changes an organization past every rule.
    pub(crate) fn alter_namespace(
        &mut self,
        name: &str,
        alter: impl FnOnce(&mut NamespaceState),
    ) -> Option<()> {
        let namespace = Arc::make_mut(&mut self.here.namespaces).get_mut(name)?;
        let namespace = Arc::make_mut(namespace);
        let before = namespace.weight();
        alter(namespace);
        let after = namespace.weight();
        self.reweigh(before, after);
        Some(())
    }

    /// The name, by the rule of the profile.
    pub(crate) fn namespace_name(&self, text: &str) -> Result<NamespaceName, Refusal> {
        match self.settings.profile {
            Profile::Swr => NamespaceName::parse(text),
            Profile::Oci => NamespaceName::parse_oci(text),
        }
    }

    /// Whether the names that there are fit the profile.
    pub(crate) fn check_names(&self) -> Result<(), String> {
        let mut namespaces = self.contents().flat_map(Contents::namespaces);
        let wrong = namespaces.find(|known| self.namespace_name(known.name.as_str()).is_err());
        wrong.map_or(Ok(()), |wrong| {
            Err(format!(
                "organization `{}` begins with a digit, as Profile::Oci alone lets it",
                wrong.name
            ))
        })
    }

    /// Replaces the id of an organization that holds nothing yet, unless another one has that.
    pub(crate) fn set_namespace_id(&mut self, name: &str, id: u64) -> Option<()> {
        let before = self.namespace(name)?.id;
        if before == id {
            return Some(());
        }
        if self.here.namespace_ids.contains(&id) {
            return None;
        }
        let ids = Arc::make_mut(&mut self.here.namespace_ids);
        ids.remove(&before);
        ids.insert(id);
        self.alter_namespace(name, |namespace| namespace.id = id)
    }

    pub(crate) fn namespaces(&self) -> impl Iterator<Item = &NamespaceState> {
        self.here.namespaces()
    }

    pub(crate) fn namespaces_of(
        &self,
        account: AccountNo,
    ) -> impl Iterator<Item = &NamespaceState> {
        self.namespaces()
            .filter(move |namespace| namespace.account == account)
    }

    /// Those of the caller's account that the caller sees, oldest first, or the one of them with this name.
    pub(crate) fn list_namespaces(
        &self,
        caller: &Caller,
        seen: SeenBy,
        name: Option<&str>,
    ) -> Vec<&NamespaceState> {
        let through: BTreeSet<u64> = match seen {
            SeenBy::Permission => BTreeSet::new(),
            SeenBy::Anything => {
                let repos = self.repo_index(caller.account).into_iter();
                let repos = repos.flat_map(RepoIndex::repos);
                let granted = repos.filter(|repo| repo.grants.of(caller.user).is_some());
                granted.map(|repo| repo.namespace_id).collect()
            }
        };
        let own = self.namespaces_of(caller.account);
        let named = own.filter(|namespace| name.is_none_or(|name| namespace.name.as_str() == name));
        let mut found: Vec<&NamespaceState> = named
            .filter(|namespace| {
                self.held(caller, namespace, None).is_some() || through.contains(&namespace.id)
            })
            .collect();
        found.sort_by_key(|namespace| namespace.id);
        found
    }

    /// Deletes an organization that holds nothing, for a caller who manages it.
    pub(crate) fn delete_namespace(&mut self, caller: &Caller, name: &str) -> Result<(), Denied> {
        let namespace = self.authorize_namespace(caller, name, Permission::Manage)?;
        if namespace.repo_count > 0 {
            return Err(Denied::from(Refusal::NamespaceNotEmpty).hint(format!(
                "`{name}` still holds repositories: {}",
                namespace.repo_count
            )));
        }
        self.remove_namespace(name);
        Ok(())
    }

    /// Takes an organization away with all it holds.
    pub(crate) fn remove_namespace(&mut self, name: &str) -> Option<()> {
        for repo in self.repos_of(name) {
            self.remove_repo(name, repo.as_str());
        }
        self.cancel_uploads_of(name);
        let removed = Arc::make_mut(&mut self.here.namespaces).remove(name)?;
        Arc::make_mut(&mut self.here.namespace_ids).remove(&removed.id);
        self.reweigh(removed.weight(), 0);
        Some(())
    }

    /// Gives an organization with all it holds to the root of another account. What was granted and shared is no more.
    pub(crate) fn give_namespace(&mut self, name: &str, account: AccountNo) -> Option<()> {
        let namespace = self.namespace(name)?;
        let (from, id) = (namespace.account, namespace.id);
        if from == account {
            return Some(());
        }
        let creator = self.root_of(account);
        self.alter_namespace(name, |namespace| {
            namespace.account = account;
            namespace.creator = creator;
            namespace.grants = Grants::default();
            namespace.grants.set(creator, Some(Permission::Manage));
        });
        self.cancel_uploads_of(name);
        self.move_repos(id, from, creator);
        Some(())
    }
}
