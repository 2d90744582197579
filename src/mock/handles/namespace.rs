//! An organization of a server.

use std::sync::Arc;

use super::repo::nearest_of;
use super::{Region, Repo, parse_account, parse_label};
use crate::base::registry::RegistryId;
use crate::state::{NamespaceState, Permission, RepoName, State};

/// An organization of a server. It holds no state: each method looks, or changes, when called.
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
    /// Gives it to another account, with all it holds: to the account's root, as if that had created it. What was
    /// granted and shared before is no more. The account is made on first mention.
    ///
    /// # Panics
    ///
    /// If there is no such organization, or the name of the account is empty or has a slash.
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
            state.give_namespace(registry, name, account)
        });
        self
    }

    /// Puts a repository into it, if it is not there yet.
    ///
    /// # Panics
    ///
    /// If the name breaks the naming rule.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// swr.seed_namespace("group").seed_repo("web").image("v1");
    /// ```
    #[track_caller]
    pub fn seed_repo(self, name: &str) -> Repo<'a> {
        self.region.seed_repo(&format!("{}/{name}", self.name()))
    }

    /// Whether it is there.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// assert!(!swr.namespace("group").exists());
    /// ```
    pub fn exists(self) -> bool {
        let name = self.name();
        let registry = self.region.registry_id();
        self.region
            .look(|state| state.namespace(registry, &name).is_some())
    }

    /// The names of its repositories, in order.
    ///
    /// # Panics
    ///
    /// If there is no such organization.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// assert!(swr.seed_namespace("group").repos().is_empty());
    /// ```
    #[track_caller]
    pub fn repos(self) -> Vec<String> {
        self.look(|state, namespace| {
            let repos = state.repos_of(self.region.registry_id(), namespace.name.as_str());
            repos.iter().map(RepoName::to_string).collect()
        })
    }

    /// What a user may do in it.
    ///
    /// # Panics
    ///
    /// If there is no such organization, or the name of the user is empty or has more than one slash.
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
        self.look(|state, namespace| {
            let caller = state.caller(state.find_user(user)?);
            state.held(&caller, namespace, None)
        })
    }

    /// Deletes it with all it holds, as somebody else might behind the client's back.
    ///
    /// # Panics
    ///
    /// If there is no such organization.
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
        self.region.spoken(self.name)
    }

    #[track_caller]
    fn look<T>(self, look: impl FnOnce(&State, &NamespaceState) -> T) -> T {
        let name = self.name();
        let found = self.region.look(|state| {
            let namespace = state.namespace(self.region.registry_id(), &name)?;
            Some(look(state, namespace))
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

#[track_caller]
pub(super) fn no_namespace(region: Region<'_>, name: &str) -> ! {
    let near = region.in_other_region(name).unwrap_or_else(|| {
        region.look(|state| {
            let known = state.registry(region.registry_id()).namespaces();
            let known = known.map(|known| known.name.to_string());
            nearest_of(known, name)
        })
    });
    let place = region.in_words();
    let or = if near.is_empty() { ";" } else { ", or" };
    panic!("no organization `{name}`{near}{or} make it with `{place}.seed_namespace(\"{name}\")`")
}
