//! Organizations, and who may do what in them.

use std::sync::Arc;

use super::{AccountNo, Caller, Denied, NamespaceName, Refusal, State, UserNo};
use crate::clock::Time;

/// What a user may do with an organization or a repository; each level includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// `1` on the wire: see and pull.
    Read = 1,
    /// `3` on the wire: also push, create repositories, change their attributes.
    Write = 3,
    /// `7` on the wire: also delete, grant and share.
    Manage = 7,
}

impl Permission {
    /// As the API writes it: 1, 3 or 7.
    pub(crate) fn number(self) -> u8 {
        self as u8
    }
}

/// An organization. Its name is unique in the region, across all accounts.
#[derive(Debug, Clone)]
pub(crate) struct Namespace {
    pub(crate) id: u64,
    pub(crate) name: NamespaceName,
    pub(crate) account: AccountNo,
    pub(crate) creator: UserNo,
    pub(crate) created: Time,
    /// In the order in which they were given.
    pub(crate) grants: Vec<(UserNo, Permission)>,
    pub(crate) repo_count: usize,
}

impl Namespace {
    /// What a user may do here; nobody of another account may anything.
    pub(crate) fn permission_of(&self, caller: &Caller) -> Option<Permission> {
        if caller.account != self.account {
            return None;
        }
        if caller.is_admin {
            return Some(Permission::Manage);
        }
        self.grants
            .iter()
            .find(|(user, _)| *user == caller.user)
            .map(|(_, permission)| *permission)
    }

    /// Refuses a caller who may less than this.
    pub(crate) fn allow(&self, caller: &Caller, needed: Permission) -> Result<(), Denied> {
        let held = self.permission_of(caller);
        if held >= Some(needed) {
            return Ok(());
        }
        let held = held.map_or("no permission".to_owned(), |held| format!("only {held:?}"));
        Err(Denied::from(Refusal::PermissionDenied).hint(format!(
            "`{}` has {held} on `{}` and needs {needed:?}",
            caller.label, self.name
        )))
    }
}

/// What a caller wants of an organization: another account's reads as absent and refuses writes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reach {
    Look,
    Change(Permission),
}

impl State {
    /// Creates an organization for a caller who may.
    pub(crate) fn create_namespace(
        &mut self,
        caller: &Caller,
        name: NamespaceName,
    ) -> Result<(), Denied> {
        if !caller.is_admin {
            return Err(Denied::from(Refusal::PermissionDenied).hint(format!(
                "only an administrator may create organizations, and `{}` is none",
                caller.label
            )));
        }
        // `library` is the service's own (manual of OTC).
        if name.as_str() == "library" || self.namespaces.contains_key(&name) {
            return Err(Refusal::NamespaceExists.into());
        }
        let limit = self.account(caller.account).quota.namespaces;
        if self.namespaces_of(caller.account).count() >= limit {
            return Err(Denied::from(Refusal::NamespaceQuota).hint(format!(
                "account `{}` may have {limit} organizations",
                self.account(caller.account).name
            )));
        }
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
        let namespace = Namespace {
            id: self.ids.object(),
            name: name.clone(),
            account,
            creator,
            created: self.clock.now(),
            grants: vec![(creator, Permission::Manage)],
            repo_count: 0,
        };
        Arc::make_mut(&mut self.namespaces).insert(name, Arc::new(namespace));
    }

    /// The organization, if the caller reaches it.
    pub(crate) fn reach(
        &self,
        caller: &Caller,
        name: &str,
        reach: Reach,
    ) -> Result<&Namespace, Denied> {
        let namespace = self
            .namespace(name)
            .ok_or_else(|| self.no_such_namespace(name))?;
        if namespace.account != caller.account {
            let owner = &self.account(namespace.account).name;
            let refusal = match reach {
                Reach::Look => Refusal::NamespaceNotFound,
                Reach::Change(_) => Refusal::CrossAccount,
            };
            return Err(Denied::from(refusal).hint(format!(
                "organization `{name}` belongs to account `{owner}`, not to that of `{}`",
                caller.label
            )));
        }
        let needed = match reach {
            Reach::Look => Permission::Read,
            Reach::Change(permission) => permission,
        };
        namespace.allow(caller, needed)?;
        Ok(namespace)
    }

    pub(crate) fn no_such_namespace(&self, name: &str) -> Denied {
        let known: Vec<&str> = self
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
        Denied::from(Refusal::NamespaceNotFound).hint(format!(
            "no organization `{name}` in {}; there are: {known}",
            self.region
        ))
    }

    pub(crate) fn namespace(&self, name: &str) -> Option<&Namespace> {
        self.namespaces.get(name).map(|namespace| &**namespace)
    }

    /// Changes an organization past every rule.
    pub(crate) fn alter_namespace(
        &mut self,
        name: &str,
        alter: impl FnOnce(&mut Namespace),
    ) -> Option<()> {
        let namespace = Arc::make_mut(&mut self.namespaces).get_mut(name)?;
        alter(Arc::make_mut(namespace));
        Some(())
    }

    pub(crate) fn namespaces(&self) -> impl Iterator<Item = &Namespace> {
        self.namespaces.values().map(|namespace| &**namespace)
    }

    pub(crate) fn namespaces_of(&self, account: AccountNo) -> impl Iterator<Item = &Namespace> {
        self.namespaces()
            .filter(move |namespace| namespace.account == account)
    }

    /// Those that the caller may see, oldest first.
    pub(crate) fn visible_namespaces(&self, caller: &Caller) -> Vec<&Namespace> {
        let mut visible: Vec<&Namespace> = self
            .namespaces_of(caller.account)
            .filter(|namespace| namespace.permission_of(caller).is_some())
            .collect();
        visible.sort_by_key(|namespace| namespace.id);
        visible
    }

    /// Deletes an organization that holds nothing, for a caller who manages it.
    pub(crate) fn delete_namespace(&mut self, caller: &Caller, name: &str) -> Result<(), Denied> {
        let namespace = self.reach(caller, name, Reach::Change(Permission::Manage))?;
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
        Arc::make_mut(&mut self.namespaces).remove(name).map(drop)
    }

    /// Gives an organization with all it holds to another account.
    pub(crate) fn give_namespace(&mut self, name: &str, account: AccountNo) -> Option<()> {
        let namespace = self.namespace(name)?;
        let (from, id) = (namespace.account, namespace.id);
        if from == account {
            return Some(());
        }
        let root = format!("{0}/{0}", self.account(account).name);
        let creator = self.user_labelled(&root);
        self.alter_namespace(name, |namespace| {
            namespace.account = account;
            namespace.creator = creator;
            namespace.grants = vec![(creator, Permission::Manage)];
        });
        self.move_repos(id, from, account);
        Some(())
    }

    /// Gives a user a permission, or takes it away.
    pub(crate) fn grant(
        &mut self,
        name: &str,
        user: UserNo,
        permission: Option<Permission>,
    ) -> Option<()> {
        self.alter_namespace(name, |namespace| {
            let place = namespace
                .grants
                .iter()
                .position(|(grantee, _)| *grantee == user);
            match (place, permission) {
                (Some(place), Some(permission)) => namespace.grants[place].1 = permission,
                (Some(place), None) => drop(namespace.grants.remove(place)),
                (None, Some(permission)) => namespace.grants.push((user, permission)),
                (None, None) => {}
            }
        })
    }
}
