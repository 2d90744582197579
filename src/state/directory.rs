//! Indexes of accounts, projects and users.

use std::sync::Arc;

use super::index::Index;
use super::{Account, AccountName, AccountNo, UserNo, UserState};

/// Finds accounts, users and projects by every name and id that a client can send, in constant time.
#[derive(Debug, Clone, Default)]
pub(super) struct Directory {
    accounts: Index<Arc<str>, AccountNo>,
    account_ids: Index<Arc<str>, AccountNo>,
    projects: Index<Arc<str>, (AccountNo, Arc<str>)>,
    users: Index<Arc<str>, UserNo>,
    /// By name in lower case. If several users match, it contains the first.
    users_in_any_case: Index<Arc<str>, UserNo>,
    user_ids: Index<Arc<str>, UserNo>,
    keys: Index<Arc<str>, UserNo>,
}

/// The key of a user: its account and its name.
fn key_of(account: AccountNo, name: &str) -> String {
    format!("{account}/{name}")
}

impl Directory {
    pub(super) fn add_account(&mut self, number: AccountNo, account: &Account) {
        let name = account.name.to_ascii_lowercase();
        self.accounts.insert(name.into(), number);
        self.account_ids.insert(Arc::clone(&account.id), number);
    }

    pub(super) fn account(&self, name: AccountName<'_>) -> Option<AccountNo> {
        let name = name.as_str().to_ascii_lowercase();
        self.accounts.get(&*name).copied()
    }

    pub(super) fn account_of_id(&self, id: &str) -> Option<AccountNo> {
        self.account_ids.get(id).copied()
    }

    pub(super) fn add_project(&mut self, id: Arc<str>, account: AccountNo, region: &Arc<str>) {
        self.projects.insert(id, (account, Arc::clone(region)));
    }

    pub(super) fn remove_project(&mut self, id: &str) {
        self.projects.remove(id);
    }

    pub(super) fn project(&self, id: &str) -> Option<&(AccountNo, Arc<str>)> {
        self.projects.get(id)
    }

    pub(super) fn add_user(&mut self, number: UserNo, user: &UserState) {
        let name = key_of(user.account, &user.name);
        let in_any_case = name.to_ascii_lowercase();
        if self.users_in_any_case.get(&*in_any_case).is_none() {
            self.users_in_any_case.insert(in_any_case.into(), number);
        }
        self.users.insert(name.into(), number);
        self.user_ids.insert(Arc::clone(&user.id), number);
        self.keys.insert(Arc::clone(&user.access_key), number);
    }

    /// Updates the id and the access key of a user. Its name never changes.
    pub(super) fn rename_user(&mut self, number: UserNo, before: &UserState, user: &UserState) {
        if before.id != user.id {
            self.user_ids.remove(&*before.id);
            self.user_ids.insert(Arc::clone(&user.id), number);
        }
        if before.access_key != user.access_key {
            self.keys.remove(&*before.access_key);
            self.keys.insert(Arc::clone(&user.access_key), number);
        }
    }

    pub(super) fn user(&self, account: AccountNo, name: &str) -> Option<UserNo> {
        self.users.get(&*key_of(account, name)).copied()
    }

    pub(super) fn user_in_any_case(&self, account: AccountNo, name: &str) -> Option<UserNo> {
        let name = key_of(account, name).to_ascii_lowercase();
        self.users_in_any_case.get(&*name).copied()
    }

    pub(super) fn user_of_id(&self, id: &str) -> Option<UserNo> {
        self.user_ids.get(id).copied()
    }

    pub(super) fn key_owner(&self, access_key: &str) -> Option<UserNo> {
        self.keys.get(access_key).copied()
    }
}
