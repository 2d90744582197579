//! Who may do what: permissions on everything of an account, on an organization, on a single repository.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::sync::Arc;

use super::{Caller, NamespaceState, RepoPath, RepoState, State, UserNo, UserState};
use crate::base::advice::Advice;
use crate::base::refusal::{Denied, Refusal};
use crate::base::registry::RegistryId;

/// What a user may do with an organization or a repository; each level includes those before it.
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

    pub(crate) fn of_number(number: u64) -> Option<Permission> {
        match number {
            1 => Some(Permission::Read),
            3 => Some(Permission::Write),
            7 => Some(Permission::Manage),
            _ => None,
        }
    }
}

/// The permissions that were given in one place, in the order in which they were given: clients compare it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Grants(Arc<Given>);

#[derive(Debug, Clone, Default)]
struct Given {
    /// The place in the order, and the permission.
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

    /// Gives a permission, in place of the one there is, or takes it away.
    pub(super) fn set(&mut self, user: UserNo, permission: Option<Permission>) {
        if self.of(user) == permission {
            return;
        }
        let given = Arc::make_mut(&mut self.0);
        match (given.by_user.get_mut(&user), permission) {
            (Some((_, held)), Some(permission)) => *held = permission,
            (Some((place, _)), None) => {
                given.in_order.remove(place);
                given.by_user.remove(&user);
            }
            (None, Some(permission)) => {
                given.last += 1;
                given.in_order.insert(given.last, user);
                given.by_user.insert(user, (given.last, permission));
            }
            (None, None) => {}
        }
    }
}

/// What a permission is granted on.
#[derive(Debug, Clone, Copy)]
pub(crate) enum GrantTarget<'a> {
    Namespace(RegistryId, &'a str),
    Repo(&'a RepoPath<'a>),
}

impl<'a> GrantTarget<'a> {
    /// The organization that it is or belongs to.
    pub(crate) fn namespace(self) -> (RegistryId, &'a str) {
        match self {
            GrantTarget::Namespace(registry, name) => (registry, name),
            GrantTarget::Repo(path) => (path.registry, &path.namespace),
        }
    }
}

/// `group`, or `group/web`
impl fmt::Display for GrantTarget<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GrantTarget::Namespace(_, name) => f.write_str(name),
            GrantTarget::Repo(path) => f.write_str(&path.full()),
        }
    }
}

/// What a client wants for a user, whom it names by id and name.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) level: Permission,
}

/// Shows that a caller may give permissions on a target: only [`State::authorize_granting`] makes one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Granting<'a> {
    caller: &'a Caller,
    target: GrantTarget<'a>,
}

fn not_granted(name: &str, label: &str, target: GrantTarget<'_>) -> Denied {
    Denied::from(Refusal::GrantNotFound)
        .detail(name)
        .hint(format!("`{label}` has no permission granted on `{target}`"))
}

impl State {
    /// Gives permissions to users who have none here: all of them, or none. Users of whom nobody has heard are made.
    pub(crate) fn create_grants(
        &mut self,
        granting: Granting<'_>,
        wanted: &[Wanted],
    ) -> Result<(), Denied> {
        let Granting { caller, target } = granting;
        let (mut ids, mut names) = (HashSet::new(), HashSet::new());
        for Wanted { id, name, .. } in wanted {
            // Inferred: a body that names a user twice says nothing clear.
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
        for Wanted { id, name, level } in wanted {
            let known = self.user_of_id(id);
            let user = known.unwrap_or_else(|| self.add_user(caller.account, id, name));
            self.grant(target, user, Some(*level));
        }
        Ok(())
    }

    /// Changes permissions of users who have one here, and leaves the others alone.
    pub(crate) fn update_grants(
        &mut self,
        granting: Granting<'_>,
        wanted: &[Wanted],
    ) -> Result<(), Denied> {
        let mut named = Vec::new();
        for Wanted { id, name, level } in wanted {
            let user = self.named_grantee(granting.caller.account, id, name)?;
            named.push((user, &**name, Some(*level)));
        }
        self.change_grants(granting, &named)
    }

    /// Takes permissions away from users who have one here, known by their ids.
    pub(crate) fn delete_grants(
        &mut self,
        granting: Granting<'_>,
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

    /// Of users who have one here: all of them, or none.
    fn change_grants(
        &mut self,
        granting: Granting<'_>,
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

    /// Refuses a caller who may give nothing on a target: who manages it may, and on a repository already who may write
    /// to the organization (vendor's OpenAPI).
    pub(crate) fn authorize_granting<'a>(
        &self,
        caller: &'a Caller,
        target: GrantTarget<'a>,
    ) -> Result<Granting<'a>, Denied> {
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
        Ok(Granting { caller, target })
    }

    /// On a repository nobody gives or takes what is one's own (vendor's OpenAPI).
    fn authorize_grantee(&self, granting: Granting<'_>, user: UserNo) -> Result<(), Denied> {
        let Granting { caller, target } = granting;
        if matches!(target, GrantTarget::Repo(_)) && user == caller.user {
            return Err(Denied::from(Refusal::PermissionDenied).hint(format!(
                "`{}` cannot change its own permission on `{target}`",
                caller.label
            )));
        }
        Ok(())
    }

    /// What a user was given on a target itself.
    fn granted(&self, target: GrantTarget<'_>, user: UserNo) -> Option<Permission> {
        match target {
            GrantTarget::Namespace(registry, name) => {
                self.namespace(registry, name)?.grants.of(user)
            }
            GrantTarget::Repo(path) => self.repo(path)?.grants.of(user),
        }
    }

    /// The highest of what a user holds on the whole account, on the organization, and on the repository. Of another
    /// account nobody holds anything, but to read what is shared with that.
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
            .everywhere
            .max(namespace.grants.of(caller.user))
            .max(on_repo)
    }

    /// Refuses a caller who may less than this.
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
            return Err(denied.hint(self.not_theirs(caller, namespace, repo)));
        }
        let held = held.map_or("no permission".to_owned(), |held| format!("only {held:?}"));
        let target = repo.map_or_else(|| namespace.name.to_string(), RepoState::full_name);
        Err(denied.hint(format!(
            "`{}` has {held} on `{target}` and needs {needed:?}",
            caller.label
        )))
    }

    /// Whose an organization is, and what a caller of another account has of it.
    pub(super) fn not_theirs(
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
            Some((repo, Some(share))) if self.holds(share) => format!(
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

    /// A repository, and what the caller holds on it, for a caller of its account: to others it is no business who may
    /// do what.
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
            return Err(self.foreign(caller, found, None, Permission::Read));
        }
        Ok((repo, self.held(caller, found, Some(repo))))
    }

    /// Gives a user a permission, or takes it away, past every rule.
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
