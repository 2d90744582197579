//! Repositories.

use std::sync::Arc;

use super::{
    AccountNo, Caller, Category, Grants, Images, NamespaceName, Permission, RepoIndex, RepoName,
    RepoPath, Shares, State, UserNo,
};
use crate::base::clock::Time;
use crate::base::event::EventKind;
use crate::base::refusal::{Denied, Refusal};

/// The longest description, in characters.
const MAX_DESCRIPTION: usize = 30_000;

/// A repository.
#[derive(Debug, Clone)]
pub(crate) struct RepoState {
    pub(crate) id: u64,
    pub(crate) namespace_id: u64,
    pub(crate) namespace: NamespaceName,
    pub(crate) name: RepoName,
    pub(crate) category: Category,
    pub(crate) description: Arc<str>,
    pub(crate) is_public: bool,
    pub(crate) num_download: u64,
    pub(crate) creator: UserNo,
    pub(crate) created: Time,
    pub(crate) updated: Time,
    pub(crate) images: Arc<Images>,
    pub(crate) grants: Grants,
    pub(crate) shares: Shares,
}

/// What is said of a repository when it is made or changed; what is not said stays as it is.
#[derive(Debug, Clone, Default)]
pub(crate) struct RepoChange {
    pub(crate) is_public: Option<bool>,
    pub(crate) category: Option<Category>,
    pub(crate) description: Option<String>,
}

impl RepoChange {
    fn check(&self) -> Result<(), Refusal> {
        match &self.description {
            Some(text) if text.chars().count() > MAX_DESCRIPTION => {
                Err(Refusal::DescriptionTooLong)
            }
            _ => Ok(()),
        }
    }
}

impl RepoState {
    pub(crate) fn path(&self) -> RepoPath {
        RepoPath {
            namespace: self.namespace.to_string(),
            repo: self.name.to_string(),
        }
    }

    /// How many tags it has.
    pub(crate) fn num_images(&self) -> usize {
        self.images.tag_count()
    }

    /// Bytes of all tags together.
    pub(crate) fn size(&self) -> u64 {
        self.images.size()
    }
}

impl State {
    /// Creates a repository for a caller who may write to the organization.
    pub(crate) fn create_repo(
        &mut self,
        caller: &Caller,
        namespace: &str,
        name: RepoName,
        change: RepoChange,
    ) -> Result<(), Denied> {
        self.authorize_namespace(caller, namespace, Permission::Write)?;
        change.check()?;
        self.check_weight()?;
        if self.repo(namespace, name.as_str()).is_some() {
            return Err(Refusal::RepoExists.into());
        }
        self.check_repo_quota(caller.account)?;
        self.put_repo(namespace, name, caller.user, change);
        Ok(())
    }

    pub(super) fn check_repo_quota(&self, account: AccountNo) -> Result<(), Denied> {
        match self.account(account).quota.repos {
            Some(limit) if self.repo_count(account) >= limit => {
                Err(Denied::from(Refusal::RepoQuota).hint(format!(
                    "account `{}` may have {limit} repositories",
                    self.account(account).name
                )))
            }
            _ => Ok(()),
        }
    }

    /// Puts a repository there, past permissions and quota. It is private and of category `other` unless told
    /// otherwise, as when a push makes one.
    pub(crate) fn put_repo(
        &mut self,
        namespace: &str,
        name: RepoName,
        creator: UserNo,
        change: RepoChange,
    ) {
        let (now, id) = (self.clock.now(), self.ids.object());
        let mut made = None;
        self.alter_namespace(namespace, |namespace| {
            namespace.repo_count += 1;
            made = Some((namespace.account, namespace.id, namespace.name.clone()));
        });
        let Some((account, namespace_id, namespace)) = made else {
            return;
        };
        let repo = RepoState {
            id,
            namespace_id,
            namespace,
            name,
            category: change.category.unwrap_or(Category::Other),
            description: change.description.unwrap_or_default().into(),
            is_public: change.is_public.unwrap_or_default(),
            num_download: 0,
            creator,
            created: now,
            updated: now,
            images: Arc::default(),
            grants: Grants::default(),
            shares: Shares::default(),
        };
        self.alter_repo_index(account, |repo_index| repo_index.insert(Arc::new(repo)));
    }

    /// The repository, if the caller may do this with it. One of another account can be read where it is shared.
    pub(crate) fn authorize_repo(
        &self,
        caller: &Caller,
        namespace: &str,
        name: &str,
        needed: Permission,
    ) -> Result<&RepoState, Denied> {
        let found = self
            .namespace(namespace)
            .ok_or_else(|| self.no_such_namespace(namespace))?;
        let repo = self.repo(namespace, name);
        if found.account != caller.account && self.held(caller, found, repo) < Some(needed) {
            return Err(self.foreign(caller, found, repo, needed));
        }
        self.authorize(caller, found, repo, needed)?;
        repo.ok_or_else(|| self.no_such_repo(namespace, name))
    }

    pub(super) fn no_such_repo(&self, namespace: &str, name: &str) -> Denied {
        let known = self.repos_known(namespace);
        Denied::from(Refusal::RepoNotFound).hint(format!(
            "no repository `{name}` in organization `{namespace}`; {known}"
        ))
    }

    /// How many repositories an organization holds, and which, if they are few.
    pub(super) fn repos_known(&self, namespace: &str) -> String {
        match self
            .namespace(namespace)
            .map_or(0, |namespace| namespace.repo_count)
        {
            0 => "it holds none".to_owned(),
            count @ 1..=8 => {
                let names: Vec<String> = self
                    .repos_of(namespace)
                    .iter()
                    .map(RepoName::to_string)
                    .collect();
                format!("it holds {count}: {}", names.join(", "))
            }
            count => format!("it holds {count}"),
        }
    }

    pub(crate) fn repo(&self, namespace: &str, name: &str) -> Option<&RepoState> {
        let namespace = self.namespace(namespace)?;
        self.repo_index(namespace.account)?
            .get(namespace.id, name)
            .map(|repo| &**repo)
    }

    pub(crate) fn update_repo(
        &mut self,
        caller: &Caller,
        namespace: &str,
        name: &str,
        change: RepoChange,
    ) -> Result<(), Denied> {
        self.authorize_repo(caller, namespace, name, Permission::Write)?;
        change.check()?;
        if change.description.is_some() {
            self.check_weight()?;
        }
        let now = self.clock.now();
        self.alter_repo(namespace, name, |repo| {
            repo.is_public = change.is_public.unwrap_or(repo.is_public);
            repo.category = change.category.unwrap_or(repo.category);
            if let Some(description) = change.description {
                repo.description = description.into();
            }
            repo.updated = now;
        });
        Ok(())
    }

    /// Changes a repository past every rule.
    pub(crate) fn alter_repo(
        &mut self,
        namespace: &str,
        name: &str,
        alter: impl FnOnce(&mut RepoState),
    ) -> Option<()> {
        let account = self.namespace(namespace)?.account;
        let id = self.repo(namespace, name)?.id;
        self.alter_repo_index(account, |repo_index| repo_index.alter(id, alter));
        Some(())
    }

    /// Deletes a repository with all it holds, for a caller who manages the organization.
    pub(crate) fn delete_repo(
        &mut self,
        caller: &Caller,
        namespace: &str,
        name: &str,
    ) -> Result<(), Denied> {
        self.authorize_repo(caller, namespace, name, Permission::Manage)?;
        self.remove_repo(namespace, name);
        Ok(())
    }

    /// Takes a repository away.
    pub(crate) fn remove_repo(&mut self, namespace: &str, name: &str) -> Option<()> {
        let account = self.namespace(namespace)?.account;
        let id = self.repo(namespace, name)?.id;
        let repo = self.alter_repo_index(account, |repo_index| repo_index.remove(id))?;
        self.give_back(&format!("{namespace}/{name}"), &repo.images);
        let path = RepoPath {
            namespace: namespace.to_owned(),
            repo: name.to_owned(),
        };
        self.note_event(EventKind::Deleted, &path, (None, None));
        self.alter_namespace(namespace, |namespace| namespace.repo_count -= 1)
    }

    /// Replaces a repository's id, which only a world file does, unless another has it.
    pub(crate) fn set_repo_id(&mut self, namespace: &str, name: &str, id: u64) -> Option<()> {
        let account = self.namespace(namespace)?.account;
        let old = self.repo(namespace, name)?.id;
        if old == id {
            return Some(());
        }
        let mut repo_indexes = self.here.repo_indexes.values();
        if repo_indexes.any(|repo_index| repo_index.by_id(id).is_some()) {
            return None;
        }
        self.alter_repo_index(account, |repo_index| {
            let mut repo = (*repo_index.remove(old)?).clone();
            repo.id = id;
            repo_index.insert(Arc::new(repo));
            Some(())
        })
    }

    /// The names of an organization's repositories, in order.
    pub(crate) fn repos_of(&self, namespace: &str) -> Vec<RepoName> {
        let names = self.namespace(namespace).and_then(|namespace| {
            self.repo_index(namespace.account)?
                .by_name
                .get(&namespace.id)
        });
        let mut names: Vec<RepoName> = names
            .into_iter()
            .flat_map(|names| names.keys())
            .cloned()
            .collect();
        names.sort();
        names
    }

    /// Moves an organization's repositories to another account, as whose user's they go on.
    pub(super) fn move_repos(&mut self, namespace_id: u64, from: AccountNo, to: UserNo) {
        let moved: Vec<u64> = self.repo_index(from).map_or_else(Vec::new, |repo_index| {
            repo_index
                .rows
                .iter()
                .filter(|repo| repo.namespace_id == namespace_id)
                .map(|repo| repo.id)
                .collect()
        });
        for id in moved {
            if let Some(mut repo) = self.alter_repo_index(from, |repo_index| repo_index.remove(id))
            {
                let moved = Arc::make_mut(&mut repo);
                (moved.grants, moved.shares) = Default::default();
                moved.creator = to;
                self.alter_repo_index(self.user(to).account, |repo_index| repo_index.insert(repo));
            }
        }
    }

    pub(super) fn repo_index(&self, account: AccountNo) -> Option<&RepoIndex> {
        self.here
            .repo_indexes
            .get(&account)
            .map(|repo_index| &**repo_index)
    }

    fn alter_repo_index<T>(
        &mut self,
        account: AccountNo,
        alter: impl FnOnce(&mut RepoIndex) -> T,
    ) -> T {
        let repo_indexes = Arc::make_mut(&mut self.here.repo_indexes);
        let repo_index = Arc::make_mut(repo_indexes.entry(account).or_default());
        let before = repo_index.weight;
        let result = alter(repo_index);
        let after = repo_index.weight;
        self.reweigh(before, after);
        result
    }

    /// The account that a repository belongs to.
    pub(crate) fn owner_of(&self, repo: &RepoState) -> AccountNo {
        self.owner(repo.namespace.as_str())
    }

    /// How many repositories an account has.
    pub(crate) fn repo_count(&self, account: AccountNo) -> usize {
        self.repo_index(account)
            .map_or(0, |repo_index| repo_index.rows.len())
    }
}
