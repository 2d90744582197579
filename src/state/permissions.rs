//! Permissions on an account, an organization or a repository, and their checks.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::sync::Arc;

use super::{Caller, NamespaceState, RepoPath, RepoState, State, UserNo, UserState};
use crate::base::advice::Advice;
use crate::base::refusal::{Denied, Refusal};
use crate::base::registry::RegistryId;

/// The permission of a user on an organization or a repository. Each level includes those before it.
///
/// ```
/// use mock_swr::{MockSwr, Permission};
///
/// let swr = MockSwr::start();
/// let web = swr.seed_repo("group/web");
/// swr.user("dev").grant("group", Permission::Write);
/// assert!(web.permission_of("dev") >= Some(Permission::Read));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// Read and pull (`1` in the API).
    Read = 1,
    /// Also push, create repositories and change their attributes (`3` in the API).
    Write = 3,
    /// Also delete, grant permissions and share (`7` in the API).
    Manage = 7,
}

impl Permission {
    /// Its number in the API: 1, 3 or 7.
    pub(crate) fn number(self) -> u8 {
        self as u8
    }

    pub(crate) fn of_number(number: u64) -> Option<Permission> {
        match number {
            1 => Some(Permission::Read),
            3 => Some(Permission::Write),
            7 => Some(Permission::Manage),
            _ => None,
        }
    }
}

/// The permissions granted on one organization or repository. Clients compare their order, so it is kept.
#[derive(Debug, Clone, Default)]
pub(crate) struct Grants(Arc<GrantTable>);

#[derive(Debug, Clone, Default)]
struct GrantTable {
    /// The position in the order, and the permission.
    by_user: BTreeMap<UserNo, (u64, Permission)>,
    in_order: BTreeMap<u64, UserNo>,
    last: u64,
}

impl Grants {
    pub(crate) fn of(&self, user: UserNo) -> Option<Permission> {
        let (_, permission) = self.0.by_user.get(&user)?;
        Some(*permission)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (UserNo, Permission)> {
        let users = self.0.in_order.values();
        users.filter_map(|user| Some((*user, self.of(*user)?)))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.by_user.len()
    }

    /// Sets the permission of a user; `None` removes it.
    pub(super) fn set(&mut self, user: UserNo, permission: Option<Permission>) {
        if self.of(user) == permission {
            return;
        }
        let table = Arc::make_mut(&mut self.0);
        match (table.by_user.get_mut(&user), permission) {
            (Some((_, held)), Some(permission)) => *held = permission,
            (Some((position, _)), None) => {
                table.in_order.remove(position);
                table.by_user.remove(&user);
            }
            (None, Some(permission)) => {
                table.last += 1;
                table.in_order.insert(table.last, user);
                table.by_user.insert(user, (table.last, permission));
            }
            (None, None) => {}
        }
    }
}

/// The organization or repository that a permission is granted on.
#[derive(Debug, Clone, Copy)]
pub(crate) enum GrantTarget<'a> {
    Namespace(RegistryId, &'a str),
    Repo(&'a RepoPath<'a>),
}

impl<'a> GrantTarget<'a> {
    /// The organization itself, or the organization of the repository.
    pub(crate) fn namespace(self) -> (RegistryId, &'a str) {
        match self {
            GrantTarget::Namespace(registry, name) => (registry, name),
            GrantTarget::Repo(path) => (path.registry, &path.namespace),
        }
    }
}

/// Writes `group` or `group/web`.
impl fmt::Display for GrantTarget<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GrantTarget::Namespace(_, name) => f.write_str(name),
            GrantTarget::Repo(path) => f.write_str(&path.full()),
        }
    }
}

/// The permission that a client requests for a user.
#[derive(Debug)]
pub(crate) struct GrantRequest {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) level: Permission,
}

/// Proof that a caller can grant permissions on a target. Only [`State::authorize_granting`] creates it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GrantAuthority<'a> {
    caller: &'a Caller,
    target: GrantTarget<'a>,
}

/// The refusal for a user without a permission on the target.
fn not_granted(name: &str, label: &str, target: GrantTarget<'_>) -> Denied {
    Denied::from(Refusal::GrantNotFound)
        .detail(name)
        .hint(format!("`{label}` has no permission granted on `{target}`"))
}

impl State {
    /// Grants permissions to users who have none on the target, to all users or to none. Unknown users are created.
    pub(crate) fn create_grants(
        &mut self,
        granting: GrantAuthority<'_>,
        wanted: &[GrantRequest],
    ) -> Result<(), Denied> {
        let GrantAuthority { caller, target } = granting;
        let (mut ids, mut names) = (HashSet::new(), HashSet::new());
        for GrantRequest { id, name, .. } in wanted {
            // Inferred: a body that names one user twice is ambiguous.
            if !ids.insert(id) || !names.insert(name) {
                return Err(Denied::from(Refusal::GrantExists).detail(name));
            }
            if let Some(user) = self.named_grantee(caller.account, id, name)? {
                self.authorize_grantee(granting, user)?;
                if self.granted(target, user).is_some() {
                    return Err(Denied::from(Refusal::GrantExists).detail(name));
                }
            }
        }
        self.check_weight()?;
        for GrantRequest { id, name, level } in wanted {
            let known = self.user_of_id(id);
            let user = known.unwrap_or_else(|| self.add_user(caller.account, id, name));
            self.grant(target, user, Some(*level));
        }
        Ok(())
    }

    /// Changes the permissions of users who already have one on the target.
    pub(crate) fn update_grants(
        &mut self,
        granting: GrantAuthority<'_>,
        wanted: &[GrantRequest],
    ) -> Result<(), Denied> {
        let mut named = Vec::new();
        for GrantRequest { id, name, level } in wanted {
            let user = self.named_grantee(granting.caller.account, id, name)?;
            named.push((user, &**name, Some(*level)));
        }
        self.change_grants(granting, &named)
    }

    /// Removes the permissions of users, given by their ids.
    pub(crate) fn delete_grants(
        &mut self,
        granting: GrantAuthority<'_>,
        ids: &[String],
    ) -> Result<(), Denied> {
        let account = granting.caller.account;
        let own = |user: &UserNo| self.user(*user).account == account;
        let named = ids
            .iter()
            .map(|id| (self.user_of_id(id).filter(own), &**id, None));
        let named: Vec<_> = named.collect();
        self.change_grants(granting, &named)
    }

    /// Changes or removes permissions on the target, those of all users or none.
    fn change_grants(
        &mut self,
        granting: GrantAuthority<'_>,
        named: &[(Option<UserNo>, &str, Option<Permission>)],
    ) -> Result<(), Denied> {
        let target = granting.target;
        let mut changes = Vec::new();
        for &(user, name, permission) in named {
            let user = user.ok_or_else(|| not_granted(name, name, target))?;
            self.authorize_grantee(granting, user)?;
            if self.granted(target, user).is_none() {
                let UserState { name, label, .. } = self.user(user);
                return Err(not_granted(name, label, target));
            }
            changes.push((user, permission));
        }
        for (user, permission) in changes {
            self.grant(target, user, permission);
        }
        Ok(())
    }

    /// Refuses a caller who cannot grant permissions on the target. An organization requires `Manage`. A repository
    /// requires `Manage` on the repository or `Write` on its organization (vendor's OpenAPI).
    pub(crate) fn authorize_granting<'a>(
        &self,
        caller: &'a Caller,
        target: GrantTarget<'a>,
    ) -> Result<GrantAuthority<'a>, Denied> {
        match target {
            GrantTarget::Namespace(registry, name) => {
                self.authorize_namespace(caller, registry, name, Permission::Manage)?;
            }
            GrantTarget::Repo(path) => {
                let repo = self.authorize_repo(caller, path, Permission::Write)?;
                if repo.grants.of(caller.user) < Some(Permission::Manage) {
                    let (registry, name) = target.namespace();
                    self.authorize_namespace(caller, registry, name, Permission::Write)?;
                }
            }
        }
        Ok(GrantAuthority { caller, target })
    }

    /// Refuses a caller who changes its own permission on a repository (vendor's OpenAPI).
    fn authorize_grantee(&self, granting: GrantAuthority<'_>, user: UserNo) -> Result<(), Denied> {
        let GrantAuthority { caller, target } = granting;
        if matches!(target, GrantTarget::Repo(_)) && user == caller.user {
            return Err(Denied::from(Refusal::PermissionDenied).hint(format!(
                "`{}` cannot change its own permission on `{target}`",
                caller.label
            )));
        }
        Ok(())
    }

    /// The permission granted to a user on the target itself.
    fn granted(&self, target: GrantTarget<'_>, user: UserNo) -> Option<Permission> {
        match target {
            GrantTarget::Namespace(registry, name) => {
                self.namespace(registry, name)?.grants.of(user)
            }
            GrantTarget::Repo(path) => self.repo(path)?.grants.of(user),
        }
    }

    /// The effective permission of a caller: the highest of those on the account, the organization and the repository.
    /// For another account, it is `Read` on a repository that is shared with it, and otherwise `None`.
    pub(crate) fn held(
        &self,
        caller: &Caller,
        namespace: &NamespaceState,
        repo: Option<&RepoState>,
    ) -> Option<Permission> {
        if caller.account != namespace.account {
            let is_shared = repo.is_some_and(|repo| self.is_shared_with(repo, caller.account));
            return is_shared.then_some(Permission::Read);
        }
        let on_repo = repo.and_then(|repo| repo.grants.of(caller.user));
        caller
            .account_permission
            .max(namespace.grants.of(caller.user))
            .max(on_repo)
    }

    /// Refuses a caller without the permission that is needed.
    pub(super) fn authorize(
        &self,
        caller: &Caller,
        namespace: &NamespaceState,
        repo: Option<&RepoState>,
        needed: Permission,
    ) -> Result<(), Denied> {
        let held = self.held(caller, namespace, repo);
        if held >= Some(needed) {
            return Ok(());
        }
        let denied = Denied::from(Refusal::PermissionDenied);
        if caller.account != namespace.account {
            return Err(denied.hint(self.why_foreign(caller, namespace, repo)));
        }
        let held = held.map_or("no permission".to_owned(), |held| format!("only {held:?}"));
        let target = repo.map_or_else(|| namespace.name.to_string(), RepoState::full_name);
        Err(denied.hint(format!(
            "`{}` has {held} on `{target}` and needs {needed:?}",
            caller.label
        )))
    }

    /// The hint for a caller of another account: who owns the organization, and whether the repository is shared.
    pub(super) fn why_foreign(
        &self,
        caller: &Caller,
        namespace: &NamespaceState,
        repo: Option<&RepoState>,
    ) -> String {
        let own = &self.account(caller.account).name;
        let share = match repo.map(|repo| (repo, repo.share_with(caller.account))) {
            None => String::new(),
            Some((repo, None)) => format!(
                "; `{}` is not shared with account `{own}`: {}",
                repo.full_name(),
                self.advise(Advice::Share {
                    namespace: repo.namespace.as_str(),
                    repo: repo.name.as_str(),
                    with: own,
                })
            ),
            Some((repo, Some(share))) if self.is_active(share) => format!(
                "; `{}` is shared with account `{own}` for reading only",
                repo.full_name()
            ),
            Some((repo, Some(share))) => format!(
                "; the share of `{}` with account `{own}` expired after {}",
                repo.full_name(),
                share.terms.deadline.as_str()
            ),
        };
        format!(
            "organization `{}` belongs to account `{}`, but `{}` is a user of account `{own}`{share}",
            namespace.name,
            self.account(namespace.account).name,
            caller.label
        )
    }

    /// The repository and the permission of the caller on it. Callers of other accounts are refused, because the
    /// permissions of an account are not shown to others.
    pub(crate) fn repo_with_grants(
        &self,
        caller: &Caller,
        path: &RepoPath<'_>,
    ) -> Result<(&RepoState, Option<Permission>), Denied> {
        let repo = self.authorize_repo(caller, path, Permission::Read)?;
        let (registry, namespace) = (path.registry, &path.namespace);
        let found = self.namespace(registry, namespace);
        let found = found.ok_or_else(|| self.no_such_namespace(registry, namespace))?;
        if found.account != caller.account {
            return Err(self.foreign_account(caller, found, None, Permission::Read));
        }
        Ok((repo, self.held(caller, found, Some(repo))))
    }

    /// Sets or removes the permission of a user without any checks.
    pub(crate) fn grant(
        &mut self,
        target: GrantTarget<'_>,
        user: UserNo,
        permission: Option<Permission>,
    ) -> Option<()> {
        match target {
            GrantTarget::Namespace(registry, name) => {
                self.alter_namespace(registry, name, |namespace| {
                    namespace.grants.set(user, permission);
                })
            }
            GrantTarget::Repo(path) => self.alter_repo(path, |repo| {
                repo.grants.set(user, permission);
            }),
        }
    }
}
