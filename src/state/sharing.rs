//! Sharing of repositories with other accounts.

use std::sync::Arc;

use super::listing::sorted_page;
use super::{
    Account, AccountName, AccountNo, Caller, Direction, Page, Permission, RepoFilter, RepoPath,
    RepoState, Rows, State, UserNo,
};
use crate::base::clock::Time;
use crate::base::refusal::{Denied, Refusal};
use crate::base::registry::RegistryId;

/// The maximum number of accounts that one repository can be shared with (manual).
const MAX_SHARES: usize = 500;

/// The longest description of a share, in characters.
const MAX_DESCRIPTION: usize = 1000;

/// A share: the permission of another account to read a repository.
#[derive(Debug, Clone)]
pub(crate) struct Share {
    pub(crate) account: AccountNo,
    pub(crate) terms: Terms,
    pub(crate) creator: UserNo,
    pub(crate) created: Time,
    pub(crate) updated: Time,
}

/// The attributes of a new or changed share.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    pub(crate) deadline: Deadline,
    pub(crate) description: Arc<str>,
}

impl Terms {
    /// Creates terms from a client's request.
    ///
    /// # Errors
    ///
    /// If the description is too long.
    pub(crate) fn new(deadline: Deadline, description: &str) -> Result<Terms, Denied> {
        if description.chars().count() > MAX_DESCRIPTION {
            return Err(Denied::from(Refusal::DescriptionTooLong).explained(format!(
                "a description can have at most {MAX_DESCRIPTION} characters"
            )));
        }
        Ok(Terms {
            deadline,
            description: description.into(),
        })
    }
}

/// How long a share is active.
#[derive(Debug, Clone)]
pub(crate) enum Deadline {
    Forever,
    /// Until the end of the day of this time. The text is kept, because clients compare what they read with what they
    /// wrote.
    Day(Arc<str>, Time),
}

impl Deadline {
    /// Parses `forever` or a time in RFC 3339.
    pub(crate) fn parse(text: &str) -> Result<Deadline, String> {
        if text == "forever" {
            return Ok(Deadline::Forever);
        }
        Time::parse(text).map(|time| Deadline::Day(text.into(), time))
    }

    pub(crate) fn as_str(&self) -> &str {
        match self {
            Deadline::Forever => "forever",
            Deadline::Day(text, _) => text,
        }
    }

    fn is_active(&self, now: Time) -> bool {
        match self {
            Deadline::Forever => true,
            Deadline::Day(_, time) => now < time.next_midnight(),
        }
    }
}

/// The shares of one repository, oldest first.
pub(crate) type Shares = Vec<Share>;

/// The side of the shares that a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SharedBy {
    /// Repositories of the caller's account that it shares with others.
    Own,
    /// Repositories of other accounts that are shared with the caller's account, including expired shares.
    Others,
}

/// The filter of a list of shared repositories.
#[derive(Debug, Clone, Default)]
pub(crate) struct SharedFilter {
    pub(crate) repo: RepoFilter,
    pub(crate) domain_name: Option<String>,
    pub(crate) status: Option<bool>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum SharedOrder {
    Updated,
    Name,
    TagCount,
    Namespace,
    DomainName,
}

/// A row of a list of shared repositories.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SharedRepo<'a> {
    pub(crate) repo: &'a RepoState,
    pub(crate) owner: &'a Account,
    /// Whether the share is active; always `false` for repositories of the caller's own account.
    pub(crate) status: bool,
}

impl RepoState {
    /// The share with an account, whether it is active or expired.
    pub(super) fn share_with(&self, account: AccountNo) -> Option<&Share> {
        self.shares.iter().find(|share| share.account == account)
    }

    pub(crate) fn share_with_mut(&mut self, account: AccountNo) -> Option<&mut Share> {
        let mut shares = self.shares.iter_mut();
        shares.find(|share| share.account == account)
    }
}

impl State {
    /// Whether the repository has an active share with this account.
    pub(super) fn is_shared_with(&self, repo: &RepoState, account: AccountNo) -> bool {
        let share = repo.share_with(account);
        share.is_some_and(|share| self.is_active(share))
    }

    pub(crate) fn is_active(&self, share: &Share) -> bool {
        share.terms.deadline.is_active(self.clock.now())
    }

    /// Shares a private repository with an account, if the caller manages the repository.
    pub(crate) fn create_share(
        &mut self,
        caller: &Caller,
        path: &RepoPath<'_>,
        account: &str,
        terms: Terms,
    ) -> Result<(), Denied> {
        let repo = self.shareable(caller, path)?;
        let unknown = |hint: String| {
            Denied::from(Refusal::DomainInvalid)
                .detail(account)
                .hint(hint)
        };
        let to = self.account_by_name(account);
        let to = to.ok_or_else(|| unknown(self.no_account(account)))?;
        if to == caller.account {
            return Err(unknown(format!(
                "account `{account}` owns `{}`: share it with another account",
                path.full()
            )));
        }
        if repo.is_public {
            return Err(Denied::from(Refusal::ParameterValue)
                .explained("only a private repository can be shared"));
        }
        if repo.share_with(to).is_some() {
            return Err(Denied::from(Refusal::ShareExists).detail(account));
        }
        if repo.shares.len() >= MAX_SHARES {
            return Err(Denied::from(Refusal::ParameterValue).explained(format!(
                "the repository is already shared with {MAX_SHARES} accounts"
            )));
        }
        self.check_weight()?;
        self.put_share(path, to, caller.user, terms);
        Ok(())
    }

    /// Shares a repository without any checks.
    pub(crate) fn put_share(
        &mut self,
        path: &RepoPath<'_>,
        account: AccountNo,
        creator: UserNo,
        terms: Terms,
    ) -> Option<()> {
        let now = self.clock.now();
        self.alter_repo(path, |repo| {
            repo.shares.retain(|share| share.account != account);
            repo.shares.push(Share {
                account,
                terms,
                creator,
                created: now,
                updated: now,
            });
        })
    }

    /// The shares of a repository, if the caller manages it.
    pub(crate) fn shares(&self, caller: &Caller, path: &RepoPath<'_>) -> Result<&Shares, Denied> {
        Ok(&self.shareable(caller, path)?.shares)
    }

    /// The share with an account, if the caller manages the repository.
    pub(crate) fn find_share(
        &self,
        caller: &Caller,
        path: &RepoPath<'_>,
        account: &str,
    ) -> Result<Option<&Share>, Denied> {
        let repo = self.shareable(caller, path)?;
        let account = self.account_by_name(account);
        Ok(account.and_then(|account| repo.share_with(account)))
    }

    pub(crate) fn update_share(
        &mut self,
        caller: &Caller,
        path: &RepoPath<'_>,
        account: &str,
        terms: Terms,
    ) -> Result<(), Denied> {
        let account = self.shared_account(caller, path, account)?;
        let now = self.clock.now();
        self.alter_repo(path, |repo| {
            if let Some(share) = repo.share_with_mut(account) {
                share.terms = terms;
                share.updated = now;
            }
        });
        Ok(())
    }

    pub(crate) fn delete_share(
        &mut self,
        caller: &Caller,
        path: &RepoPath<'_>,
        account: &str,
    ) -> Result<(), Denied> {
        let account = self.shared_account(caller, path, account)?;
        self.end_share(path, account);
        Ok(())
    }

    /// Removes a share without any checks.
    pub(crate) fn end_share(&mut self, path: &RepoPath<'_>, account: AccountNo) {
        self.alter_repo(path, |repo| {
            repo.shares.retain(|share| share.account != account);
        });
    }

    pub(super) fn account_by_name(&self, name: &str) -> Option<AccountNo> {
        self.find_account(AccountName::parse(name).ok()?)
    }

    fn shareable(&self, caller: &Caller, path: &RepoPath<'_>) -> Result<&RepoState, Denied> {
        self.authorize_repo(caller, path, Permission::Manage)
    }

    fn shared_account(
        &self,
        caller: &Caller,
        path: &RepoPath<'_>,
        account: &str,
    ) -> Result<AccountNo, Denied> {
        let share = self.find_share(caller, path, account)?;
        let share = share.ok_or_else(|| {
            Denied::from(Refusal::ShareNotFound)
                .detail(account)
                .hint(format!("`{}` is not shared with `{account}`", path.full()))
        })?;
        Ok(share.account)
    }

    /// A page of the shared repositories, and their total number.
    pub(crate) fn list_shared(
        &self,
        caller: &Caller,
        registry: RegistryId,
        by: SharedBy,
        filter: &SharedFilter,
        order: Option<(SharedOrder, Direction)>,
        page: Page<usize>,
    ) -> (Vec<SharedRepo<'_>>, usize) {
        let found: Vec<SharedRepo<'_>> = self.shared(caller, registry, by, filter).collect();
        let total = found.len();
        let (by, direction) = order.unwrap_or((SharedOrder::Updated, Direction::Descending));
        let found = sorted_page(found, page, |a, b| {
            let ordering = match by {
                SharedOrder::Updated => a.repo.updated.cmp(&b.repo.updated),
                SharedOrder::Name => a.repo.name.cmp(&b.repo.name),
                SharedOrder::TagCount => a.repo.num_images().cmp(&b.repo.num_images()),
                SharedOrder::Namespace => a.repo.namespace.cmp(&b.repo.namespace),
                SharedOrder::DomainName => a.owner.name.cmp(&b.owner.name),
            };
            direction.apply(ordering.then(a.repo.id.cmp(&b.repo.id)))
        });
        (found, total)
    }

    /// The shared repositories with ids after the start of the page.
    pub(crate) fn shared_after(
        &self,
        caller: &Caller,
        registry: RegistryId,
        by: SharedBy,
        filter: &SharedFilter,
        page: Page<u64>,
    ) -> Rows<SharedRepo<'_>> {
        let mut found: Vec<SharedRepo<'_>> = self
            .shared(caller, registry, by, filter)
            .filter(|row| row.repo.id > page.start)
            .collect();
        found.sort_by_key(|row| row.repo.id);
        page.take(found.into_iter())
    }

    fn shared<'a>(
        &'a self,
        caller: &Caller,
        registry: RegistryId,
        by: SharedBy,
        filter: &SharedFilter,
    ) -> impl Iterator<Item = SharedRepo<'a>> {
        let now = self.clock.now();
        let account = caller.account;
        let sees = self.sees(caller, registry);
        let repo_indexes = self
            .registry(registry)
            .repo_indexes
            .iter()
            .filter(move |(owner, _)| (**owner == account) == (by == SharedBy::Own));
        let rows = repo_indexes
            .flat_map(|(owner, repo_index)| repo_index.repos().map(|repo| (*owner, repo)));
        let shared = rows.filter(|(_, repo)| !repo.shares.is_empty());
        shared
            .filter_map(move |(owner, repo)| {
                let status = match by {
                    SharedBy::Own => sees(repo).then_some(false)?,
                    SharedBy::Others => repo.share_with(account)?.terms.deadline.is_active(now),
                };
                let owner = self.account(owner);
                Some(SharedRepo {
                    repo,
                    owner,
                    status,
                })
            })
            .filter(move |row| {
                filter.matches(row) && (by == SharedBy::Own || filter.matches_status(row.status))
            })
    }
}

impl SharedFilter {
    fn matches(&self, row: &SharedRepo<'_>) -> bool {
        self.repo.matches(row.repo)
            && self
                .domain_name
                .as_deref()
                .is_none_or(|name| row.owner.name.eq_ignore_ascii_case(name))
    }

    fn matches_status(&self, status: bool) -> bool {
        self.status.is_none_or(|wanted| wanted == status)
    }
}
