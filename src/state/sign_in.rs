//! Authentication at IAM: by password, by an existing token, or as an agency of another account.

use std::sync::Arc;

use super::{AccountName, AccountNo, Caller, Scope, State, Token, UserNo, UserState};
use crate::base::advice::Advice;
use crate::base::refusal::{Denied, Refusal};
use crate::base::registry::RegistryId;
use crate::operations::op::Op;

/// The id or the name by which a client refers to an object.
#[derive(Debug, Clone, Default)]
pub(crate) struct IdOrName {
    pub(crate) id: Option<String>,
    pub(crate) name: Option<String>,
}

impl IdOrName {
    fn matches(&self, id: &str, name: &str) -> bool {
        match (&self.id, &self.name) {
            (Some(requested), _) => requested == id,
            (None, Some(requested)) => requested.eq_ignore_ascii_case(name),
            (None, None) => false,
        }
    }

    fn as_str(&self) -> &str {
        let text = self.id.as_deref().or(self.name.as_deref());
        text.unwrap_or_default()
    }
}

/// The scope that a client requests for a token.
#[derive(Debug, Clone)]
pub(crate) enum RequestedScope {
    Project {
        project: IdOrName,
        account: Option<IdOrName>,
    },
    Domain(IdOrName),
    /// No scope in the request, which means the account.
    None,
}

impl State {
    /// The user with this password. Without an account, the client must name the user by id.
    pub(crate) fn sign_in(
        &self,
        user: &IdOrName,
        account: Option<&IdOrName>,
        password: &str,
    ) -> Result<UserNo, Denied> {
        let wrong = |hint: String| Denied::from(Refusal::PasswordWrong).hint(hint);
        let in_account = account
            .map(|account| self.named_account(account))
            .transpose();
        let in_account = in_account.map_err(|denied| wrong(denied.hint.unwrap_or_default()))?;
        let is_in = |known: &UserState| {
            in_account == Some(known.account) || user.id.is_some() && account.is_none()
        };
        let found = match (&user.id, &user.name, in_account) {
            (Some(id), _, _) => self.user_of_id(id),
            // An exact match comes first: tests may create users with names that differ only in case.
            (None, Some(name), Some(account)) => self
                .find_user_named(account, name)
                .or_else(|| self.directory.user_in_any_case(account, name)),
            (None, _, _) => None,
        };
        let found = found.filter(|found| is_in(self.user(*found)));
        let found = found.ok_or_else(|| {
            if in_account.is_none() && user.id.is_none() {
                return wrong(format!(
                    "`user.domain` is missing: a user name such as `{}` needs the account of the user",
                    user.as_str()
                ));
            }
            wrong(format!(
                "there is no user `{}`{}; {}",
                user.as_str(),
                account.map_or_else(String::new, |account| format!(
                    " in account `{}`",
                    account.as_str()
                )),
                self.advise(Advice::CreateUser)
            ))
        })?;
        let known = self.user(found);
        if known.trusts.is_some() {
            return Err(wrong(format!(
                "`{}` is an agency, which has no password",
                known.label
            ))
            .by(&known.label));
        }
        if *known.password != *password {
            return Err(wrong(format!(
                "the password that was sent is not the password of `{}`",
                known.label
            ))
            .by(&known.label));
        }
        Ok(found)
    }

    /// The agency of an account, if it trusts the caller's account.
    pub(crate) fn assume(
        &self,
        caller: &Caller,
        account: &IdOrName,
        agency: &str,
    ) -> Result<UserNo, Denied> {
        let account = self.named_account(account)?;
        let unknown = |hint: String| {
            Denied::from(Refusal::AgencyUnknown)
                .detail(agency)
                .hint(hint)
        };
        let name = &self.account(account).name;
        let found = self.find_user_named(account, agency);
        let found = found.filter(|found| self.user(*found).trusts.is_some());
        let found = found.ok_or_else(|| {
            unknown(format!(
                "account `{name}` has no agency `{agency}`; {}",
                self.advise(Advice::CreateAgency {
                    account: name,
                    name: agency,
                })
            ))
        })?;
        match self.user(found).trusts {
            Some(trusted) if trusted == caller.account => Ok(found),
            _ => Err(unknown(format!(
                "agency `{agency}` of `{name}` does not trust the account of `{}`",
                caller.label
            ))),
        }
    }

    /// Issues a token for a scope.
    pub(crate) fn issue_token(
        &mut self,
        user: UserNo,
        scope: Scope,
        method: &'static str,
        parent: Option<&Token>,
    ) -> (Arc<str>, Token) {
        let mut token = self.new_token(user, scope, method);
        // A token that was issued for another token expires with it.
        if let Some(parent) = parent {
            token.expires = parent.expires;
        }
        (self.add_token(token.clone()), token)
    }

    /// The requested scope, if the user can get a token for it. `registry` is the one that received the request.
    pub(crate) fn authorize_scope(
        &self,
        user: UserNo,
        registry: RegistryId,
        requested: &RequestedScope,
    ) -> Result<Scope, Denied> {
        let own = self.user(user).account;
        let (project, account) = match requested {
            RequestedScope::None => return Ok(Scope::Domain),
            RequestedScope::Domain(account) => {
                self.authorize_account(user, self.named_account(account)?)?;
                return Ok(Scope::Domain);
            }
            RequestedScope::Project { project, account } => (project, account),
        };
        if let Some(account) = account {
            self.authorize_account(user, self.named_account(account)?)?;
        }
        if let Some((account, region)) = project.id.as_deref().and_then(|id| self.find_project(id))
        {
            self.authorize_account(user, account)?;
            return Ok(Scope::Project(Arc::clone(region)));
        }
        let mut regions = self.regions();
        let region = regions.find(|region| project.matches(&self.project_id(own, region), region));
        let region = region.ok_or_else(|| {
            Denied::from(Refusal::ProjectUnknown)
                .detail(project.as_str())
                .hint(self.why_no_project(registry, project.as_str()))
        })?;
        Ok(Scope::Project(Arc::clone(region)))
    }

    /// Refuses an operation that an IAM policy denies to the user.
    pub(crate) fn authorize_policy(&self, user: UserNo, op: Op) -> Result<(), Denied> {
        let user = self.user(user);
        if !user.denied.contains(&op) {
            return Ok(());
        }
        let detail = format!("a policy denies {op:?} to {}", user.label);
        let denied = Denied::from(Refusal::PolicyDenied).by(&user.label);
        Err(denied.explained(detail))
    }

    fn authorize_account(&self, user: UserNo, account: AccountNo) -> Result<(), Denied> {
        let user = self.user(user);
        if user.account == account {
            return Ok(());
        }
        Err(Denied::from(Refusal::PermissionDenied).hint(format!(
            "`{}` is not a user of account `{}`",
            user.label,
            self.account(account).name
        )))
    }

    fn named_account(&self, named: &IdOrName) -> Result<AccountNo, Denied> {
        let found = match (&named.id, &named.name) {
            (Some(id), _) => self.directory.account_of_id(id),
            (None, Some(name)) => AccountName::parse(name)
                .ok()
                .and_then(|name| self.find_account(name)),
            (None, None) => None,
        };
        found.ok_or_else(|| {
            Denied::from(Refusal::DomainUnknown)
                .detail(named.as_str())
                .hint(self.no_account(named.as_str()))
        })
    }
}
