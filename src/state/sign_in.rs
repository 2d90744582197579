//! Getting an identity from IAM: by password, by a token there is, as an agency of another account.

use std::sync::Arc;

use super::{AccountName, AccountNo, Caller, Scope, State, Token, UserNo, UserState};
use crate::base::advice::Advice;
use crate::base::refusal::{Denied, Refusal};
use crate::base::registry::RegistryId;
use crate::operations::op::Op;

/// Something that a client names by its id or its name.
#[derive(Debug, Clone, Default)]
pub(crate) struct IdOrName {
    pub(crate) id: Option<String>,
    pub(crate) name: Option<String>,
}

impl IdOrName {
    fn fits(&self, id: &str, name: &str) -> bool {
        match (&self.id, &self.name) {
            (Some(asked), _) => asked == id,
            (None, Some(asked)) => asked.eq_ignore_ascii_case(name),
            (None, None) => false,
        }
    }

    fn as_str(&self) -> &str {
        let text = self.id.as_deref().or(self.name.as_deref());
        text.unwrap_or_default()
    }
}

/// The scope that a client asks a token for.
#[derive(Debug, Clone)]
pub(crate) enum AskedScope {
    Project {
        project: IdOrName,
        account: Option<IdOrName>,
    },
    Domain(IdOrName),
    /// Without a word, the account.
    None,
}

impl State {
    /// The user whose password it is; without an account, the user is known by id.
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
            // Tests may have users whose names differ by case alone.
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
                self.advise(Advice::MakeUser)
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

    /// The agency of an account, if it trusts the caller's.
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
                self.advise(Advice::MakeAgency {
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

    /// Issues a token for the scope that is asked for.
    pub(crate) fn issue_token(
        &mut self,
        user: UserNo,
        scope: Scope,
        method: &'static str,
        parent: Option<&Token>,
    ) -> (Arc<str>, Token) {
        let mut token = self.new_token(user, scope, method);
        // A token made of another lives no longer than that.
        if let Some(parent) = parent {
            token.expires = parent.expires;
        }
        (self.add_token(token.clone()), token)
    }

    /// The scope that a user may get a token for. `registry` is that of the region that the request arrived in.
    pub(crate) fn authorize_scope(
        &self,
        user: UserNo,
        registry: RegistryId,
        asked: &AskedScope,
    ) -> Result<Scope, Denied> {
        let own = self.user(user).account;
        let (project, account) = match asked {
            AskedScope::None => return Ok(Scope::Domain),
            AskedScope::Domain(account) => {
                self.authorize_account(user, self.named_account(account)?)?;
                return Ok(Scope::Domain);
            }
            AskedScope::Project { project, account } => (project, account),
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
        let region = regions.find(|region| project.fits(&self.project_id(own, region), region));
        let region = region.ok_or_else(|| {
            Denied::from(Refusal::ProjectUnknown)
                .detail(project.as_str())
                .hint(self.why_no_project(registry, project.as_str()))
        })?;
        Ok(Scope::Project(Arc::clone(region)))
    }

    /// Refuses a user to whom a policy of IAM denies the operation.
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

    fn named_account(&self, asked: &IdOrName) -> Result<AccountNo, Denied> {
        let found = match (&asked.id, &asked.name) {
            (Some(id), _) => self.directory.account_of_id(id),
            (None, Some(name)) => AccountName::parse(name)
                .ok()
                .and_then(|name| self.find_account(name)),
            (None, None) => None,
        };
        found.ok_or_else(|| {
            Denied::from(Refusal::DomainUnknown)
                .detail(asked.as_str())
                .hint(self.no_account(asked.as_str()))
        })
    }
}
