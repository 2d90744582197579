//! A handle to an organization.

use std::sync::Arc;

use super::missing::no_namespace;
use super::{Region, Repo, parse_account, parse_label};
use crate::base::registry::RegistryId;
use crate::state::{NamespaceState, Permission, RepoName, State};

/// A handle to an organization. It holds no state: each method reads or changes the server.
///
/// # Examples
///
/// ```
/// use mock_swr::MockSwr;
///
/// let swr = MockSwr::start();
/// let group = swr.seed_namespace("group");
/// group.seed_repo("web");
/// assert_eq!(group.repos(), ["web"]);
/// ```
#[derive(Clone, Copy)]
pub struct Namespace<'a> {
    pub(super) region: Region<'a>,
    pub(super) name: usize,
}

impl<'a> Namespace<'a> {
    /// Moves the organization and its repositories to another account, which is created if it does not exist.
    ///
    /// The root user of that account becomes the creator. Earlier permissions and shares are removed.
    ///
    /// # Panics
    ///
    /// Panics if the organization does not exist, or if the name of the account is empty or has a slash.
    ///
    /// # Examples
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// swr.seed_namespace("theirs").owner("partner");
    /// assert_eq!(swr.namespace("theirs").permission_of("admin"), None);
    /// ```
    #[track_caller]
    pub fn owner(self, account: &str) -> Namespace<'a> {
        let account = parse_account(account);
        self.change(|state, registry, name| {
            let account = state.account_named(account);
            state.transfer_namespace(registry, name, account)
        });
        self
    }

    /// Creates a repository in the organization, unless it exists, and returns a handle to it.
    ///
    /// The organization is created as well, unless it exists.
    ///
    /// # Panics
    ///
    /// Panics if a name breaks the naming rule.
    ///
    /// # Examples
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// swr.seed_namespace("group").seed_repo("web").image("v1");
    /// ```
    #[track_caller]
    pub fn seed_repo(self, name: &str) -> Repo<'a> {
        self.region.seed_repo(&format!("{}/{name}", self.name()))
    }

    /// Returns whether the organization exists.
    ///
    /// # Examples
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// assert!(!swr.namespace("group").exists());
    /// ```
    #[must_use = "`exists` asserts nothing: use `assert!(..)`"]
    pub fn exists(self) -> bool {
        let name = self.name();
        let registry = self.region.registry_id();
        self.region
            .read(|state| state.namespace(registry, &name).is_some())
    }

    /// Returns the names of the repositories, sorted, without the name of the organization.
    ///
    /// # Panics
    ///
    /// Panics if the organization does not exist.
    ///
    /// # Examples
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// assert!(swr.seed_namespace("group").repos().is_empty());
    /// ```
    #[track_caller]
    pub fn repos(self) -> Vec<String> {
        self.read(|state, namespace| {
            let repos = state.repos_of(self.region.registry_id(), namespace.name.as_str());
            repos.iter().map(RepoName::to_string).collect()
        })
    }

    /// Returns the permission of a user on the organization; `None` for a user without one or who does not exist.
    ///
    /// # Panics
    ///
    /// Panics if the organization does not exist, or if the name of the user is empty or has more than one slash.
    ///
    /// # Examples
    ///
    /// ```
    /// use mock_swr::{MockSwr, Permission};
    ///
    /// let swr = MockSwr::start();
    /// let group = swr.seed_namespace("group");
    /// assert_eq!(group.permission_of("admin"), Some(Permission::Manage));
    /// assert_eq!(group.permission_of("dev"), None);
    /// ```
    #[track_caller]
    pub fn permission_of(self, user: &str) -> Option<Permission> {
        let user = parse_label(user);
        self.read(|state, namespace| {
            let caller = state.caller(state.find_user(user)?);
            state.held(&caller, namespace, None)
        })
    }

    /// Deletes the organization and its repositories, without a request.
    ///
    /// # Panics
    ///
    /// Panics if the organization does not exist.
    ///
    /// # Examples
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// swr.seed_repo("group/web");
    /// swr.namespace("group").delete();
    /// assert!(!swr.repo("group/web").exists());
    /// ```
    #[track_caller]
    pub fn delete(self) {
        self.change(State::remove_namespace);
    }

    pub(super) fn name(self) -> Arc<str> {
        self.region.name_of(self.name)
    }

    #[track_caller]
    fn read<T>(self, read: impl FnOnce(&State, &NamespaceState) -> T) -> T {
        let name = self.name();
        let found = self.region.read(|state| {
            let namespace = state.namespace(self.region.registry_id(), &name)?;
            Some(read(state, namespace))
        });
        match found {
            Some(found) => found,
            None => no_namespace(self.region, &name),
        }
    }

    #[track_caller]
    fn change(self, change: impl FnOnce(&mut State, RegistryId, &str) -> Option<()>) {
        let (registry, name) = (self.region.registry_id(), self.name());
        let changed = self.region.change(|state| change(state, registry, &name));
        if changed.is_none() {
            no_namespace(self.region, &name);
        }
    }
}
