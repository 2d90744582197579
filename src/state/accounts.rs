//! Accounts, their users, and who a caller is.

use std::sync::Arc;

use super::State;
use crate::clock::id_of;

/// An account's place in the list of accounts. The first is the server's own.
pub(crate) type AccountNo = usize;
/// A user's place in the list of users. The first is the server's administrator.
pub(crate) type UserNo = usize;

pub(crate) const HOME: AccountNo = 0;
pub(crate) const ADMIN: UserNo = 0;

/// An account: what a bill goes to, and the wall between tenants.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) id: Arc<str>,
    pub(crate) name: Arc<str>,
    pub(crate) quota: Quota,
}

/// How much an account may have in one region.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quota {
    pub(crate) namespaces: usize,
    /// Without a number, as many as one likes: the service's default.
    pub(crate) repos: Option<usize>,
    /// In one repository; without a number as well.
    pub(crate) tags: Option<usize>,
}

impl Default for Quota {
    fn default() -> Quota {
        Quota {
            namespaces: 5,
            repos: None,
            tags: None,
        }
    }
}

/// A user of an account.
#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) id: Arc<str>,
    pub(crate) name: Arc<str>,
    pub(crate) account: AccountNo,
    /// Holds manage on everything of the account, as its root and its SWR administrators do.
    pub(crate) is_admin: bool,
    pub(crate) access_key: Arc<str>,
    pub(crate) secret_key: Arc<str>,
    token: Arc<str>,
    /// `dev`, or `partner/dev` of another account than the server's: the name tests use.
    pub(crate) label: Arc<str>,
}

/// Who sent a request, once that is known.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) user: UserNo,
    pub(crate) account: AccountNo,
    pub(crate) is_admin: bool,
    pub(crate) label: Arc<str>,
}

impl State {
    pub(crate) fn account(&self, number: AccountNo) -> &Account {
        &self.accounts[number]
    }

    pub(crate) fn user(&self, number: UserNo) -> &User {
        &self.users[number]
    }

    pub(crate) fn caller(&self, number: UserNo) -> Caller {
        let user = self.user(number);
        Caller {
            user: number,
            account: user.account,
            is_admin: user.is_admin,
            label: Arc::clone(&user.label),
        }
    }

    /// The caller as things stand now; nobody, if the user is no more.
    pub(crate) fn renew(&self, caller: &Caller) -> Option<Caller> {
        let number = match self.users.get(caller.user) {
            Some(user) if user.label == caller.label => caller.user,
            _ => self.find_user(&caller.label)?,
        };
        Some(self.caller(number))
    }

    /// The account of that name, made on first mention.
    pub(crate) fn account_named(&mut self, name: &str) -> AccountNo {
        if let Some(number) = self
            .accounts
            .iter()
            .position(|account| &*account.name == name)
        {
            return number;
        }
        let id = id_of(&format!("account {name}")).into();
        let account = Account {
            id,
            name: name.into(),
            quota: Quota::default(),
        };
        Arc::make_mut(&mut self.accounts).push(Arc::new(account));
        self.accounts.len() - 1
    }

    pub(crate) fn set_quota(&mut self, account: AccountNo, quota: Quota) {
        Arc::make_mut(&mut Arc::make_mut(&mut self.accounts)[account]).quota = quota;
    }

    /// The user that tests call `dev` or `partner/dev`, made on first mention: without rights, unless the user
    /// has the account's name and so is its root.
    pub(crate) fn user_labelled(&mut self, label: &str) -> UserNo {
        if let Some(number) = self.find_user(label) {
            return number;
        }
        let (account, name) = match label.split_once('/') {
            Some((account, name)) => (self.account_named(account), name),
            None => (HOME, label),
        };
        let account_name = &self.account(account).name;
        let id = id_of(&format!("user {account_name} {name}"));
        let user = User {
            name: name.into(),
            account,
            is_admin: &**account_name == name,
            access_key: format!("MOCK{}", id[..16].to_ascii_uppercase()).into(),
            secret_key: format!("{}{}", id_of(&format!("secret {id}")), &id[..8]).into(),
            token: format!("MIIT{}", id_of(&format!("token {id}"))).into(),
            label: label.into(),
            id: id.into(),
        };
        let number = self.users.len();
        Arc::make_mut(&mut self.keys).insert(Arc::clone(&user.access_key), number);
        Arc::make_mut(&mut self.tokens).insert(Arc::clone(&user.token), number);
        Arc::make_mut(&mut self.users).push(Arc::new(user));
        number
    }

    pub(crate) fn set_admin(&mut self, number: UserNo) {
        Arc::make_mut(&mut Arc::make_mut(&mut self.users)[number]).is_admin = true;
    }

    pub(crate) fn set_keys(&mut self, number: UserNo, access_key: &str, secret_key: &str) {
        let keys = Arc::make_mut(&mut self.keys);
        let user = Arc::make_mut(&mut Arc::make_mut(&mut self.users)[number]);
        keys.remove(&*user.access_key);
        keys.insert(access_key.into(), number);
        user.access_key = access_key.into();
        user.secret_key = secret_key.into();
    }

    /// Without making the user: `acme/dev` and `dev` are one in a mock of account `acme`.
    pub(crate) fn find_user(&self, label: &str) -> Option<UserNo> {
        let home = &*self.account(HOME).name;
        let label = label
            .strip_prefix(home)
            .and_then(|rest| rest.strip_prefix('/'))
            .unwrap_or(label);
        self.users.iter().position(|user| &*user.label == label)
    }

    /// Whose access key it is.
    pub(crate) fn holder_of_key(&self, access_key: &str) -> Option<UserNo> {
        self.keys.get(access_key).copied()
    }

    /// Whose token it is.
    pub(crate) fn holder_of_token(&self, token: &str) -> Option<UserNo> {
        self.tokens.get(token).copied()
    }

    /// A user's token, which follows from who the user is: clients keep theirs over a restored world.
    pub(crate) fn token_of(&self, number: UserNo) -> &str {
        &self.user(number).token
    }

    /// The project of an account in a region.
    pub(crate) fn project_id(&self, account: AccountNo, region: &str) -> String {
        match &self.fixed_project {
            Some(id) if account == HOME && region == &*self.region => id.to_string(),
            _ => id_of(&format!("project {} {region}", self.account(account).id)),
        }
    }
}
