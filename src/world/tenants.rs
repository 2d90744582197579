//! What a world file says of accounts, their users, and who may do what.

use serde::{Deserialize, Serialize};

use super::error::{Within, WorldFault};
use super::ordered::Ordered;
use crate::clock::Time;
use crate::hint::likest;
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
    pub(super) fn add(&self, state: &mut State, name: &str) -> Result<(), WorldFault> {
        let name = AccountName::parse(name).map_err(WorldFault::of_name)?;
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
    pub(super) fn add(&self, state: &mut State, account: &str) -> Result<(), WorldFault> {
        let days = self.0.iter().map(|(day, bytes)| {
            let time = Time::parse(day).map_err(WorldFault::of_name).within(day)?;
            Ok((time, *bytes))
        });
        let days = days.collect::<Result<_, WorldFault>>()?;
        let account = AccountName::parse(account).map_err(WorldFault::of_name)?;
        let account = state.account_named(account);
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
    pub(super) fn add(&self, state: &mut State, label: &str) -> Result<(), WorldFault> {
        let label = Label::parse(label).map_err(WorldFault::of_name)?;
        let number = state.user_labelled(label);
        if let Some(permission) = self.permission {
            state.grant_everywhere(number, permission.into());
        }
        match (&self.access_key, &self.secret_key) {
            (Some(access_key), Some(secret_key)) => {
                if state.other_holder(access_key, number).is_some() {
                    let reason = format!("`{access_key}` is another user's");
                    return Err(reason).within("access_key");
                }
                state.set_keys(number, access_key, secret_key);
            }
            (None, None) => {}
            _ => {
                let reason = "access_key and secret_key go together";
                return Err(reason.to_owned().into());
            }
        }
        if let Some(id) = &self.id {
            let holder = state.user_of_id(id);
            if holder.is_some_and(|holder| holder != number) {
                return Err(format!("`{id}` is another user's")).within("id");
            }
        }
        let denied = self.deny.iter().enumerate();
        let denied = denied.map(|(index, name)| find_op(name).within(index));
        let denied: Result<Vec<Op>, WorldFault> = denied.collect();
        let denied = denied.within("deny")?;
        let trusts = self.trusts.as_deref().map(AccountName::parse).transpose();
        let trusts = trusts.within("trusts")?;
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

/// An operation by its name.
fn find_op(name: &str) -> Result<Op, String> {
    let op = Op::ALL.iter().find(|op| op.name() == name);
    op.copied().ok_or_else(|| {
        // Comparing costs the square of the length.
        let short = Some(name).filter(|name| name.len() < 64);
        let mut names = Op::ALL.iter().map(|op| op.name());
        let meant = short.and_then(|name| {
            // `ListRepos` for `ListReposDetails`, `CreateRepository` for `CreateRepo`.
            let is_stem = |op: &&str| op.starts_with(name) || name.starts_with(op);
            names
                .clone()
                .find(is_stem)
                .or_else(|| likest(&mut names, name, 0.6))
        });
        let meant = meant.map_or(String::new(), |meant| format!("; is `{meant}` meant?"));
        format!("`{name}` is no operation{meant}")
    })
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
    pub(super) fn give(&self, state: &mut State, spot: Spot<'_>) -> Result<(), WorldFault> {
        let owner = state.owner(spot.namespace);
        for (label, permission) in &self.0 {
            let user = user_of(state, label, owner).map_err(|reason| {
                WorldFault::of_name(format!(
                    "{reason}; with another account a repository is shared"
                ))
            });
            let user = user.within(label)?;
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
    ) -> Result<(), WorldFault> {
        let deadline = Deadline::parse(self.deadline.as_deref().unwrap_or("forever"));
        let deadline = deadline.within("deadline")?;
        let terms = Terms {
            deadline,
            description: self.description.as_str().into(),
        };
        let Some(repo) = state.repo(&place.namespace, &place.repo) else {
            return Ok(());
        };
        let (owner, creator) = (state.owner_of(repo), repo.creator);
        let creator = match &self.creator {
            Some(label) => user_of(state, label, owner).within("creator")?,
            None => creator,
        };
        let time = |text: &Option<String>| text.as_deref().map(Time::parse).transpose();
        let created = time(&self.created).within("created")?;
        let updated = time(&self.updated).within("updated")?;
        let account = AccountName::parse(account).map_err(WorldFault::of_name)?;
        let account = state.account_named(account);
        if account == owner {
            return Err(WorldFault::of_name("the repository is its own"));
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
