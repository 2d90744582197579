//! An organization of a server.

use std::sync::Arc;

use super::repo::nearest_of;
use super::{Repo, in_words, parse_account, seed_repo};
use crate::mock::MockSwr;
use crate::sites::Site;
use crate::state::{Caller, Label, Permission, RepoName, Spot, State, held};

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
    pub(super) swr: &'a MockSwr,
    pub(super) site: &'a Site,
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
        self.change(|state, name| {
            let account = state.account_named(account);
            state.give_namespace(name, account)
        });
        self
    }

    /// Puts a repository into it, if it is not there yet.
    ///
    /// # Panics
    ///
    /// If the name breaks the naming rule.
    #[track_caller]
    pub fn seed_repo(self, name: &str) -> Repo<'a> {
        seed_repo(self.swr, self.site, &format!("{}/{name}", self.name()))
    }

    /// Whether it is there.
    pub fn exists(self) -> bool {
        self.swr
            .core
            .state(self.site)
            .namespace(&self.name())
            .is_some()
    }

    /// The names of its repositories, in order.
    ///
    /// # Panics
    ///
    /// If there is no such organization.
    #[track_caller]
    pub fn repos(self) -> Vec<String> {
        let name = self.name();
        self.look(|state| {
            state
                .repos_of(&name)
                .iter()
                .map(RepoName::to_string)
                .collect()
        })
    }

    /// What a user may do in it.
    ///
    /// # Panics
    ///
    /// If there is no such organization.
    #[track_caller]
    pub fn permission_of(self, user: &str) -> Option<Permission> {
        let name = self.name();
        self.look(|state| permission_of(state, Spot::parse(&name), user))
    }

    /// Deletes it with all it holds, as somebody else might behind the client's back.
    ///
    /// # Panics
    ///
    /// If there is no such organization.
    #[track_caller]
    pub fn delete(self) {
        self.change(State::remove_namespace);
    }

    pub(super) fn name(self) -> Arc<str> {
        self.swr.names.name(self.name)
    }

    #[track_caller]
    fn look<T>(self, look: impl FnOnce(&State) -> T) -> T {
        let name = self.name();
        let found = {
            let state = self.swr.core.state(self.site);
            state.namespace(&name).map(|_| look(&state))
        };
        found.unwrap_or_else(|| no_namespace(self.swr, self.site, &name))
    }

    #[track_caller]
    fn change(self, change: impl FnOnce(&mut State, &str) -> Option<()>) {
        let name = self.name();
        let changed = self
            .swr
            .core
            .change(self.site, |state| change(state, &name));
        changed.unwrap_or_else(|| no_namespace(self.swr, self.site, &name));
    }
}

#[track_caller]
pub(super) fn no_namespace(swr: &MockSwr, site: &Site, name: &str) -> ! {
    let near = {
        let state = swr.core.state(site);
        match state.region_with(name) {
            Some(region) => format!("; it is in {region}, not in {}", site.region),
            None => nearest_of(state.namespaces().map(|known| known.name.to_string()), name),
        }
    };
    let place = in_words(swr, site);
    panic!("no organization `{name}`; make it with `{place}.seed_namespace(\"{name}\")`{near}")
}

/// What a user may do at a spot that is there.
pub(super) fn permission_of(state: &State, spot: Spot<'_>, user: &str) -> Option<Permission> {
    let caller: Caller = state.caller(state.find_user(Label::parse(user).ok()?)?);
    let repo = spot.repo.and_then(|repo| state.repo(spot.namespace, repo));
    held(&caller, state.namespace(spot.namespace)?, repo)
}
