//! Accounts, users and callers.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{AccountName, Label, Permission, State};
use crate::base::advice::Advice;
use crate::base::clock::id_of;
use crate::base::refusal::{Denied, Refusal};
use crate::operations::op::Op;

/// The index of an account in the list of accounts. The first account is the server's own.
pub(crate) type AccountNo = usize;
/// The index of a user in the list of users. The first user is the server's administrator.
pub(crate) type UserNo = usize;

pub(crate) const HOME: AccountNo = 0;
pub(crate) const ADMIN: UserNo = 0;

/// An account: a tenant, with its own users and organizations.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) id: Arc<str>,
    pub(crate) name: Arc<str>,
    /// The id of its project in the server's own region.
    pub(crate) project_id: Arc<str>,
    pub(crate) quota: Quota,
    /// Whether SWR can call other services on its behalf.
    pub(crate) has_agency: bool,
}

/// The limits of an account in one region.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quota {
    pub(crate) namespaces: usize,
    /// Unlimited if `None`, the service's default.
    pub(crate) repos: Option<usize>,
    /// The maximum number of tags in one repository; unlimited if `None`.
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
pub(crate) struct UserState {
    pub(crate) id: Arc<str>,
    pub(crate) name: Arc<str>,
    pub(crate) account: AccountNo,
    /// The user's permission on the whole account: `Manage` for its root and its SWR administrators, `Read` for users
    /// with a guest role.
    pub(crate) account_permission: Option<Permission>,
    pub(crate) access_key: Arc<str>,
    pub(crate) secret_key: Arc<str>,
    pub(crate) password: Arc<str>,
    /// The tokens that tests read, by region.
    pub(super) tokens: BTreeMap<Arc<str>, TestToken>,
    /// The account with the users that can assume it, if it is an agency.
    pub(crate) trusts: Option<AccountNo>,
    /// The operations that an IAM policy denies to it, despite its permissions.
    pub(crate) denied: Arc<[Op]>,
    /// Its name in tests: `dev`, or `partner/dev` for a user of another account than the server's.
    pub(crate) label: Arc<str>,
}

/// A token that tests read.
#[derive(Debug, Clone)]
pub(crate) struct TestToken {
    pub(super) text: Arc<str>,
    /// How often the token was renewed.
    pub(super) renewals: u32,
    /// The token before the last renewal. It is kept so that its use is refused as expired.
    pub(super) previous: Option<Arc<str>>,
}

/// The identified sender of a request.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) user: UserNo,
    pub(crate) account: AccountNo,
    pub(crate) account_permission: Option<Permission>,
    pub(crate) label: Arc<str>,
}

impl Caller {
    pub(crate) fn is_admin(&self) -> bool {
        self.account_permission == Some(Permission::Manage)
    }
}

impl State {
    pub(crate) fn account(&self, number: AccountNo) -> &Account {
        &self.accounts[number]
    }

    pub(crate) fn user(&self, number: UserNo) -> &UserState {
        &self.users[number]
    }

    pub(crate) fn caller(&self, number: UserNo) -> Caller {
        let user = self.user(number);
        Caller {
            user: number,
            account: user.account,
            account_permission: user.account_permission,
            label: Arc::clone(&user.label),
        }
    }

    /// The caller with its current permissions; `None` if the user no longer exists.
    pub(crate) fn renew(&self, caller: &Caller) -> Option<Caller> {
        let number = match self.users.get(caller.user) {
            Some(user) if user.label == caller.label => caller.user,
            _ => self.find_user(Label::parse(&caller.label).ok()?)?,
        };
        Some(self.caller(number))
    }

    /// The account of this name, which is created if it does not exist.
    pub(crate) fn account_named(&mut self, name: AccountName<'_>) -> AccountNo {
        if let Some(number) = self.find_account(name) {
            return number;
        }
        let name = name.as_str();
        let id: Arc<str> = id_of(&format!("account {name}")).into();
        let account = Account {
            project_id: project_of(&id, self.home_region()),
            id,
            name: name.into(),
            quota: Quota::default(),
            has_agency: false,
        };
        let number = self.accounts.len();
        Arc::make_mut(&mut self.directory).add_account(number, &account);
        Arc::make_mut(&mut self.accounts).push(Arc::new(account));
        for registry in self.registry_ids() {
            let region = Arc::clone(self.region(registry));
            self.add_project(number, &region);
        }
        number
    }

    /// Adds the project of an account in a region to the directory.
    pub(super) fn add_project(&mut self, account: AccountNo, region: &Arc<str>) {
        let id = self.project_id(account, region);
        Arc::make_mut(&mut self.directory).add_project(id, account, region);
    }

    pub(crate) fn find_account(&self, name: AccountName<'_>) -> Option<AccountNo> {
        self.directory.account(name)
    }

    pub(crate) fn account_of_id(&self, id: &str) -> Option<AccountNo> {
        self.directory.account_of_id(id)
    }

    pub(crate) fn alter_account(&mut self, number: AccountNo, alter: impl FnOnce(&mut Account)) {
        alter(Arc::make_mut(
            &mut Arc::make_mut(&mut self.accounts)[number],
        ));
    }

    /// The user of this label, who is created if it does not exist. A new user has no permissions, unless it has the
    /// name of its account and is therefore its root.
    pub(crate) fn user_labelled(&mut self, label: Label<'_>) -> UserNo {
        let account = match label.account {
            Some(account) => self.account_named(account),
            None => HOME,
        };
        self.user_named(account, label.name)
    }

    /// The root of an account, who owns it.
    pub(crate) fn root_of(&mut self, account: AccountNo) -> UserNo {
        if account == HOME {
            return ADMIN;
        }
        let name = Arc::clone(&self.account(account).name);
        self.user_named(account, &name)
    }

    /// Whether a user is the owner of its account.
    pub(crate) fn is_root(&self, user: &UserState) -> bool {
        match user.account {
            HOME => user.id == self.user(ADMIN).id,
            account => user.name == self.account(account).name,
        }
    }

    fn user_named(&mut self, account: AccountNo, name: &str) -> UserNo {
        if let Some(number) = self.find_user_named(account, name) {
            return number;
        }
        let number = self.create_user(account, name);
        self.set_token(number, &Arc::clone(self.home_region()), 0);
        number
    }

    /// Creates a user with keys and a password that follow from its name.
    fn create_user(&mut self, account: AccountNo, name: &str) -> UserNo {
        let account_name = &self.account(account).name;
        let full_name = format!("{account_name}/{name}");
        let mut id = id_of(&format!("user {full_name}"));
        let key_of = |id: &str| format!("MOCK{}", id[..16].to_ascii_uppercase());
        // A client may have created a user with this id, or a world file may have assigned the key.
        while self.user_of_id(&id).is_some() || self.directory.key_owner(&key_of(&id)).is_some() {
            id = id_of(&format!("another than {id}"));
        }
        let user = UserState {
            name: name.into(),
            account,
            account_permission: (&**account_name == name).then_some(Permission::Manage),
            access_key: key_of(&id).into(),
            secret_key: format!("{}{}", id_of(&format!("secret {id}")), &id[..8]).into(),
            password: format!("{}@Aa1", id_of(&format!("password {id}"))).into(),
            tokens: BTreeMap::new(),
            trusts: None,
            denied: Arc::default(),
            label: match account {
                HOME => name.into(),
                _ => full_name.into(),
            },
            id: id.into(),
        };
        let number = self.users.len();
        Arc::make_mut(&mut self.directory).add_user(number, &user);
        self.update_weight(0, user.weight());
        Arc::make_mut(&mut self.users).push(Arc::new(user));
        number
    }

    /// The unique name of a user: `account/user`.
    pub(super) fn full_name(&self, user: UserNo) -> String {
        let user = self.user(user);
        format!("{}/{}", self.account(user.account).name, user.name)
    }

    /// Sets the permission of a user on the whole account; `None` removes it.
    pub(crate) fn grant_on_account(&mut self, number: UserNo, permission: Option<Permission>) {
        self.alter_user(number, |user| user.account_permission = permission);
    }

    pub(crate) fn alter_user(&mut self, number: UserNo, alter: impl FnOnce(&mut UserState)) {
        let before = Arc::clone(&self.users[number]);
        let user = Arc::make_mut(&mut Arc::make_mut(&mut self.users)[number]);
        alter(user);
        if before.id != user.id || before.access_key != user.access_key {
            Arc::make_mut(&mut self.directory).rename_user(number, &before, user);
        }
        let after = user.weight();
        self.update_weight(before.weight(), after);
    }

    pub(crate) fn set_keys(&mut self, number: UserNo, access_key: &str, secret_key: &str) {
        self.alter_user(number, |user| {
            user.access_key = access_key.into();
            user.secret_key = secret_key.into();
        });
    }

    /// Finds a user without creating it. In a mock of account `acme`, `acme/dev` and `dev` are the same user.
    pub(crate) fn find_user(&self, label: Label<'_>) -> Option<UserNo> {
        let account = match label.account {
            Some(account) => self.find_account(account)?,
            None => HOME,
        };
        self.find_user_named(account, label.name)
    }

    pub(super) fn find_user_named(&self, account: AccountNo, name: &str) -> Option<UserNo> {
        self.directory.user(account, name)
    }

    /// The user with this id.
    pub(crate) fn user_of_id(&self, id: &str) -> Option<UserNo> {
        self.directory.user_of_id(id)
    }

    /// The user of an account that a client names by id and name; `None` if both are unknown.
    pub(super) fn named_grantee(
        &self,
        account: AccountNo,
        id: &str,
        name: &str,
    ) -> Result<Option<UserNo>, Denied> {
        let invalid =
            |hint: String| Err(Denied::from(Refusal::UserInvalid).detail(name).hint(hint));
        if id.is_empty() || name.is_empty() {
            return invalid("user_id and user_name must not be empty".to_owned());
        }
        if name.contains('/') {
            return invalid(format!("`{name}` is not a user name: it contains a slash"));
        }
        if let Some(number) = self.user_of_id(id) {
            let UserState { label, .. } = self.user(number);
            return match self.find_user_named(account, name) {
                Some(named) if named == number => Ok(Some(number)),
                _ if self.user(number).account != account => invalid(format!(
                    "user id {id} belongs to `{label}`, a user of another account"
                )),
                _ => invalid(format!(
                    "user id {id} belongs to `{label}`, not to `{name}`"
                )),
            };
        }
        match self.find_user_named(account, name) {
            Some(known) => invalid(format!(
                "the id of user `{}` is {}, not {id}",
                self.user(known).label,
                self.user(known).id
            )),
            None => Ok(None),
        }
    }

    /// Creates a user that only a client has named, without any permissions. The service accepts any id and name, and
    /// does not check them with IAM.
    pub(super) fn add_user(&mut self, account: AccountNo, id: &str, name: &str) -> UserNo {
        let number = self.create_user(account, name);
        self.alter_user(number, |user| {
            user.id = id.into();
            user.account_permission = None;
        });
        number
    }

    /// The users that a caller can look up: an administrator sees all users of its account, others see themselves.
    /// Agencies are not listed.
    pub(crate) fn visible_users(&self, caller: &Caller, name: Option<&str>) -> Vec<&UserState> {
        let found = match name {
            Some(name) => match self.find_user_named(caller.account, name) {
                Some(number) => number..number + 1,
                None => 0..0,
            },
            None if caller.is_admin() => 0..self.users.len(),
            None => caller.user..caller.user + 1,
        };
        let seen = found.filter(|number| self.is_visible_user(caller, *number));
        let users = seen.map(|number| self.user(number));
        users.filter(|user| user.trusts.is_none()).collect()
    }

    fn is_visible_user(&self, caller: &Caller, number: UserNo) -> bool {
        let is_own = self.user(number).account == caller.account;
        is_own && (caller.is_admin() || number == caller.user)
    }

    /// The user with this id, if the caller can look it up.
    pub(crate) fn visible_user(&self, caller: &Caller, id: &str) -> Result<&UserState, Denied> {
        let unknown = Denied::from(Refusal::UserUnknown).detail(id);
        let Some(number) = self.user_of_id(id) else {
            return Err(unknown);
        };
        let user = self.user(number);
        Err(match user {
            user if self.is_visible_user(caller, number) => return Ok(user),
            user if user.account != caller.account => {
                unknown.hint(format!("`{}` is a user of another account", user.label))
            }
            user => Denied::from(Refusal::PermissionDenied).hint(format!(
                "`{}` is not an administrator and can look up only itself, not `{}`",
                caller.label, user.label
            )),
        })
    }

    /// Creates the agency with which SWR calls other services for an account. Inferred: only an administrator can do
    /// this.
    pub(crate) fn create_agency(&mut self, caller: &Caller) -> Result<(), Denied> {
        if !caller.is_admin() {
            return Err(Denied::from(Refusal::PermissionDenied).hint(format!(
                "`{}` is not an administrator: only an administrator can create the agency",
                caller.label
            )));
        }
        if self.account(caller.account).has_agency {
            return Err(Refusal::AgencyExists.into());
        }
        self.alter_account(caller.account, |account| account.has_agency = true);
        Ok(())
    }

    /// The project of an account in a region.
    pub(crate) fn project_id(&self, account: AccountNo, region: &str) -> Arc<str> {
        let account = self.account(account);
        if *region == **self.home_region() {
            Arc::clone(&account.project_id)
        } else {
            project_of(&account.id, region)
        }
    }

    /// Replaces the id of the project in the server's own account and region.
    pub(crate) fn set_project_id(&mut self, id: &str) {
        let before = Arc::clone(&self.account(HOME).project_id);
        Arc::make_mut(&mut self.directory).remove_project(&before);
        self.alter_account(HOME, |account| account.project_id = id.into());
        self.add_project(HOME, &Arc::clone(self.home_region()));
    }

    /// The id of the server's own project, if it differs from the id that follows from account and region.
    pub(crate) fn fixed_project_id(&self) -> Option<&str> {
        let Account { id, project_id, .. } = self.account(HOME);
        (*project_id != project_of(id, self.home_region())).then_some(&**project_id)
    }

    /// The hint for an account that does not exist.
    pub(super) fn no_account(&self, name: &str) -> String {
        let advice = self.advise(Advice::CreateAccount(name));
        format!("there is no account `{name}`; {advice}")
    }

    /// The account and the region of a project.
    pub(crate) fn find_project(&self, id: &str) -> Option<(AccountNo, &Arc<str>)> {
        let (account, region) = self.directory.project(id)?;
        Some((*account, region))
    }
}

/// The project id that follows from account and region.
fn project_of(account_id: &str, region: &str) -> Arc<str> {
    id_of(&format!("project {account_id} {region}")).into()
}
