//! What a world file says of accounts, their users, and who may do what.

use serde::{Deserialize, Serialize};

use super::ordered::Ordered;
use crate::clock::Time;
use crate::ops::Op;
use crate::state::{
    Account, AccountName, AccountNo, Deadline, Downflow, Grants, HOME, Label, Permission, Place,
    Quota, Share, Spot, State, Terms, UserNo,
};

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(
    deny_unknown_fields,
    default,
    expecting = "an account, as {\"quota\": {\"namespaces\": 5}}"
)]
pub(super) struct AccountFile {
    #[serde(skip_serializing_if = "Option::is_none")]
    quota: Option<QuotaFile>,
    /// Whether SWR may call other services for it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    agency: bool,
}

/// How much the account may have; without a number, as many as it likes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a quota, as {\"namespaces\": 5}")]
struct QuotaFile {
    #[serde(default = "default_namespaces")]
    namespaces: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    repos: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tags: Option<usize>,
}

fn default_namespaces() -> usize {
    Quota::default().namespaces
}

impl AccountFile {
    pub(super) fn add(&self, state: &mut State, name: &str) -> Result<(), String> {
        let name = AccountName::parse(name).map_err(|reason| format!("accounts: {reason}"))?;
        let number = state.account_named(name);
        state.alter_account(number, |account| {
            if let Some(quota) = &self.quota {
                account.quota = Quota {
                    namespaces: quota.namespaces,
                    repos: quota.repos,
                    tags: quota.tags,
                };
            }
            account.has_agency = self.agency;
        });
        Ok(())
    }

    pub(super) fn of(account: &Account) -> AccountFile {
        let Quota {
            namespaces,
            repos,
            tags,
        } = account.quota;
        AccountFile {
            quota: Some(QuotaFile {
                namespaces,
                repos,
                tags,
            }),
            agency: account.has_agency,
        }
    }
}

/// Bytes that were pulled of an account's content, by the midnight that ends the day.
pub(super) type DownflowFile = Ordered<u64>;

impl DownflowFile {
    pub(super) fn add(&self, state: &mut State, account: &str) -> Result<(), String> {
        let days = self.0.iter();
        let days = days.map(|(day, bytes)| Ok((Time::parse(day)?, *bytes)));
        let days = days.collect::<Result<_, String>>()?;
        let account = state.account_named(AccountName::parse(account)?);
        state.set_downflow(account, days);
        Ok(())
    }

    pub(super) fn of(downflow: &Downflow) -> DownflowFile {
        let days = downflow.iter();
        days.map(|(day, bytes)| (day.to_string(), *bytes)).collect()
    }
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(
    deny_unknown_fields,
    default,
    expecting = "a user, as {\"permission\": \"read\"}"
)]
pub(super) struct UserFile {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<String>,
    /// On everything of the account: an administrator manages it.
    #[serde(skip_serializing_if = "Option::is_none")]
    permission: Option<PermissionFile>,
    /// Makes it an agency, which users of this account may assume.
    #[serde(skip_serializing_if = "Option::is_none")]
    trusts: Option<String>,
    /// How often its token of each region was replaced by another: the text of that follows from it.
    #[serde(skip_serializing_if = "Ordered::is_empty")]
    tokens: Ordered<u32>,
    /// The operations that a policy of IAM denies it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    deny: Vec<String>,
}

impl UserFile {
    pub(super) fn add(&self, state: &mut State, label: &str) -> Result<(), String> {
        self.add_to(state, label)
            .map_err(|reason| format!("users.{label}: {reason}"))
    }

    fn add_to(&self, state: &mut State, label: &str) -> Result<(), String> {
        let number = state.user_labelled(Label::parse(label)?);
        if let Some(permission) = self.permission {
            state.grant_everywhere(number, permission.into());
        }
        match (&self.access_key, &self.secret_key) {
            (Some(access_key), Some(secret_key)) => {
                if state.other_holder(access_key, number).is_some() {
                    return Err(format!("access key `{access_key}` is another user's"));
                }
                state.set_keys(number, access_key, secret_key);
            }
            (None, None) => {}
            _ => return Err("access_key and secret_key go together".to_owned()),
        }
        if let Some(id) = &self.id {
            let holder = state.user_of_id(id);
            if holder.is_some_and(|holder| holder != number) {
                return Err(format!("id `{id}` is another user's"));
            }
        }
        let find = |name: &String| {
            let op = Op::ALL.iter().find(|op| op.name() == name);
            op.copied()
                .ok_or_else(|| format!("`{name}` is no operation"))
        };
        let denied: Vec<Op> = self.deny.iter().map(find).collect::<Result<_, _>>()?;
        let trusts = self.trusts.as_deref().map(AccountName::parse).transpose()?;
        let trusts = trusts.map(|name| state.account_named(name));
        state.alter_user(number, |user| {
            user.trusts = trusts.or(user.trusts);
            user.denied = denied.into();
            if let Some(id) = &self.id {
                user.id = id.as_str().into();
            }
            if let Some(password) = &self.password {
                user.password = password.as_str().into();
            }
        });
        for (region, renewals) in &self.tokens.0 {
            state.replace_token(number, &region.as_str().into(), *renewals);
        }
        Ok(())
    }

    pub(super) fn of(state: &State, number: UserNo) -> UserFile {
        let user = state.user(number);
        let trusts = user.trusts;
        UserFile {
            id: Some(user.id.to_string()),
            access_key: Some(user.access_key.to_string()),
            secret_key: Some(user.secret_key.to_string()),
            password: Some(user.password.to_string()),
            permission: Some(user.everywhere.into()),
            trusts: trusts.map(|account| state.account(account).name.to_string()),
            tokens: state
                .renewals(number)
                .filter(|(region, renewals)| *renewals > 0 || *region != state.home_region())
                .map(|(region, renewals)| (region.to_string(), renewals))
                .collect(),
            deny: user.denied.iter().map(|op| op.name().to_owned()).collect(),
        }
    }
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", try_from = "String")]
pub(super) enum PermissionFile {
    None,
    Read,
    Write,
    Manage,
}

/// By its word: derived, a number would be told as "expected value".
impl TryFrom<String> for PermissionFile {
    type Error = String;

    fn try_from(word: String) -> Result<PermissionFile, String> {
        match &*word {
            "none" => Ok(PermissionFile::None),
            "read" => Ok(PermissionFile::Read),
            "write" => Ok(PermissionFile::Write),
            "manage" => Ok(PermissionFile::Manage),
            _ => Err(format!(
                "unknown permission `{word}`, expected one of `none`, `read`, `write`, `manage`"
            )),
        }
    }
}

impl From<PermissionFile> for Option<Permission> {
    fn from(file: PermissionFile) -> Option<Permission> {
        match file {
            PermissionFile::None => None,
            PermissionFile::Read => Some(Permission::Read),
            PermissionFile::Write => Some(Permission::Write),
            PermissionFile::Manage => Some(Permission::Manage),
        }
    }
}

impl From<Option<Permission>> for PermissionFile {
    fn from(permission: Option<Permission>) -> PermissionFile {
        match permission {
            None => PermissionFile::None,
            Some(Permission::Read) => PermissionFile::Read,
            Some(Permission::Write) => PermissionFile::Write,
            Some(Permission::Manage) => PermissionFile::Manage,
        }
    }
}

/// Permissions on an organization or a repository, by user.
pub(super) type GrantsFile = Ordered<PermissionFile>;

impl GrantsFile {
    pub(super) fn give(&self, state: &mut State, spot: Spot<'_>) -> Result<(), String> {
        let owner = state.owner(spot.namespace);
        for (label, permission) in &self.0 {
            let user = user_of(state, label, owner).map_err(|reason| {
                format!(
                    "permissions.{label}: {reason}; with another account a repository is shared"
                )
            })?;
            // In the order of the file, whoever was there before.
            state.grant(spot, user, None);
            state.grant(spot, user, (*permission).into());
        }
        Ok(())
    }

    /// The creator is named even if nothing is left to it: who makes something manages it otherwise.
    pub(super) fn of(state: &State, grants: &Grants, creator: Option<UserNo>) -> GrantsFile {
        let label = |user: UserNo| state.user(user).label.to_string();
        let given = grants.iter();
        let given = given.map(|(user, permission)| (label(user), Some(permission).into()));
        let deprived = creator.filter(|user| grants.of(*user).is_none());
        given
            .chain(deprived.map(|user| (label(user), PermissionFile::None)))
            .collect()
    }
}

/// That an account may read a repository.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(
    deny_unknown_fields,
    default,
    expecting = "a share, as {\"deadline\": \"forever\"}"
)]
pub(super) struct ShareFile {
    /// Without one, for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    deadline: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    creator: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated: Option<String>,
}

impl ShareFile {
    pub(super) fn add(
        &self,
        state: &mut State,
        place: &Place,
        account: &str,
    ) -> Result<(), String> {
        let deadline = Deadline::parse(self.deadline.as_deref().unwrap_or("forever"))?;
        let terms = Terms {
            deadline,
            description: self.description.as_str().into(),
        };
        let Some(repo) = state.repo(&place.namespace, &place.repo) else {
            return Ok(());
        };
        let (owner, creator) = (state.owner_of(repo), repo.creator);
        let creator = match &self.creator {
            Some(label) => user_of(state, label, owner)?,
            None => creator,
        };
        let time = |text: &Option<String>| text.as_deref().map(Time::parse).transpose();
        let (created, updated) = (time(&self.created)?, time(&self.updated)?);
        let account = state.account_named(AccountName::parse(account)?);
        if account == owner {
            return Err("the repository is its own".to_owned());
        }
        state.put_share(place, account, creator, terms);
        state.alter_repo(&place.namespace, &place.repo, |repo| {
            if let Some(share) = repo.share_with_mut(account) {
                share.created = created.unwrap_or(share.created);
                share.updated = updated.unwrap_or(share.updated);
            }
        });
        Ok(())
    }

    pub(super) fn of(state: &State, share: &Share) -> (String, ShareFile) {
        let file = ShareFile {
            deadline: Some(share.terms.deadline.as_str().to_owned()),
            description: share.terms.description.to_string(),
            creator: Some(state.user(share.creator).label.to_string()),
            created: Some(share.created.to_string()),
            updated: Some(share.updated.to_string()),
        };
        (state.account(share.account).name.to_string(), file)
    }
}

/// A user of this account, made on first mention.
pub(super) fn user_of(
    state: &mut State,
    label: &str,
    account: AccountNo,
) -> Result<UserNo, String> {
    let user = state.user_labelled(Label::parse(label)?);
    if state.user(user).account == account {
        return Ok(user);
    }
    let name = &state.account(account).name;
    Err(format!("`{label}` is no user of account `{name}`"))
}

/// Names an account where it is not the server's own.
pub(super) fn other_account(state: &State, account: AccountNo) -> Option<String> {
    (account != HOME).then(|| state.account(account).name.to_string())
}
