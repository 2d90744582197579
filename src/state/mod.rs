//! The simulated service: no HTTP, no JSON, no async.
//!
//! [`State`] holds everything behind an `Arc` each, copied on first write, so that cloning it, which is how a
//! [`World`](crate::World) is taken, costs nothing. Methods of the state hold the rules: names, permissions,
//! quotas, duplicates, then the change. Everything a client asks for goes through a rule; what a test seeds or
//! does behind a client's back goes past the permissions and quotas, by the methods that take no caller.
//!
//! - [`names`]: names and categories, parsed at the border
//! - [`refusal`]: every reason to say no
//! - [`accounts`]: tenants, users, callers
//! - [`namespaces`]: organizations, and who may do what in them
//! - [`repos`]: repositories, their order, and looking through them

mod accounts;
mod names;
mod namespaces;
mod refusal;
mod repos;

use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) use accounts::{ADMIN, Account, AccountNo, Caller, HOME, Quota, User, UserNo};
pub(crate) use names::{Category, NamespaceName, RepoName};
pub use namespaces::Permission;
pub(crate) use namespaces::{Namespace, Reach};
pub(crate) use refusal::Denied;
pub use refusal::Refusal;
pub(crate) use repos::{Direction, OrderBy, Repo, RepoChange, RepoFilter, Shelf};

use crate::clock::{Clock, Ids};

/// The state of the service, all accounts and regions of it.
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) clock: Clock,
    pub(crate) ids: Ids,
    accounts: Arc<Vec<Arc<Account>>>,
    users: Arc<Vec<Arc<User>>>,
    keys: Arc<BTreeMap<Arc<str>, UserNo>>,
    tokens: Arc<BTreeMap<Arc<str>, UserNo>>,
    /// The region the server itself stands in.
    pub(crate) region: Arc<str>,
    /// The project of the server's own account in that region, where it is not the one that follows from both.
    pub(crate) fixed_project: Option<Arc<str>>,
    namespaces: Arc<BTreeMap<NamespaceName, Arc<Namespace>>>,
    /// Each account's repositories.
    shelves: Arc<BTreeMap<AccountNo, Arc<Shelf>>>,
}

impl State {
    /// An empty service with one account and its administrator.
    pub(crate) fn new(clock: Clock, region: &str, account: &str, admin: &str) -> State {
        let mut state = State {
            clock,
            ids: Ids::new(),
            accounts: Arc::default(),
            users: Arc::default(),
            keys: Arc::default(),
            tokens: Arc::default(),
            region: region.into(),
            fixed_project: None,
            namespaces: Arc::default(),
            shelves: Arc::default(),
        };
        state.account_named(account);
        let admin = state.user_labelled(admin);
        state.set_admin(admin);
        state
    }

    pub(crate) fn accounts(&self) -> &[Arc<Account>] {
        &self.accounts
    }

    /// The highest id in use.
    pub(crate) fn highest_id(&self) -> u64 {
        let namespaces = self.namespaces().map(|namespace| namespace.id);
        let repos = self.shelves.values().filter_map(|shelf| shelf.last_id());
        namespaces.chain(repos).max().unwrap_or(0)
    }

    pub(crate) fn users(&self) -> &[Arc<User>] {
        &self.users
    }
}
