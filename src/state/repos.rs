//! Repositories.

use std::sync::Arc;

use super::{
    AccountNo, Automation, Caller, Category, Grants, Images, NamespaceName, Permission, RepoIndex,
    RepoName, RepoPath, Shares, State, UserNo,
};
use crate::base::clock::Time;
use crate::base::event::EventKind;
use crate::base::refusal::{Denied, Refusal};
use crate::base::registry::RegistryId;

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
    pub(crate) automation: Arc<Automation>,
}

/// The attributes of a new or changed repository. `None` leaves an attribute as it is.
#[derive(Debug, Clone, Default, PartialEq)]
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
    pub(crate) fn path(&self, registry: RegistryId) -> RepoPath<'_> {
        RepoPath {
            registry,
            namespace: self.namespace.as_str().into(),
            repo: self.name.as_str().into(),
        }
    }

    /// The full name, such as `group/web`.
    pub(crate) fn full_name(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }

    /// The number of its tags.
    pub(crate) fn num_images(&self) -> usize {
        self.images.tag_count()
    }

    /// The bytes of all tagged images.
    pub(crate) fn size(&self) -> u64 {
        self.images.size()
    }
}

impl State {
    /// Creates a repository, if the caller can write to the organization.
    pub(crate) fn create_repo(
        &mut self,
        caller: &Caller,
        registry: RegistryId,
        namespace: &str,
        (name, change): (RepoName, RepoChange),
    ) -> Result<(), Denied> {
        self.authorize_namespace(caller, registry, namespace, Permission::Write)?;
        change.check()?;
        self.check_weight()?;
        let path = RepoPath {
            registry,
            namespace: namespace.into(),
            repo: name.as_str().into(),
        };
        if self.repo(&path).is_some() {
            return Err(Refusal::RepoExists.into());
        }
        self.check_repo_quota(registry, caller.account)?;
        self.put_repo(registry, namespace, name, (caller.user, change));
        Ok(())
    }

    pub(super) fn check_repo_quota(
        &self,
        registry: RegistryId,
        account: AccountNo,
    ) -> Result<(), Denied> {
        match self.account(account).quota.repos {
            Some(limit) if self.repo_count(registry, account) >= limit => {
                Err(Denied::from(Refusal::RepoQuota).hint(format!(
                    "account `{}` can have at most {limit} repositories",
                    self.account(account).name
                )))
            }
            _ => Ok(()),
        }
    }

    /// Creates a repository, bypassing permissions and quotas. By default, it is private and has category `other`.
    pub(crate) fn put_repo(
        &mut self,
        registry: RegistryId,
        namespace: &str,
        name: RepoName,
        (creator, change): (UserNo, RepoChange),
    ) {
        let (now, id) = (self.clock.now(), self.ids.object());
        let mut owner = None;
        self.alter_namespace(registry, namespace, |namespace| {
            namespace.repo_count += 1;
            owner = Some((namespace.account, namespace.id, namespace.name.clone()));
        });
        let Some((account, namespace_id, namespace)) = owner else {
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
            automation: Arc::default(),
        };
        self.alter_repo_index(registry, account, |repo_index| {
            repo_index.insert(Arc::new(repo));
        });
    }

    /// The repository, if the caller has the permission. Callers of another account can read a repository that is
    /// shared with it.
    pub(crate) fn authorize_repo(
        &self,
        caller: &Caller,
        path: &RepoPath<'_>,
        needed: Permission,
    ) -> Result<&RepoState, Denied> {
        let (registry, namespace) = (path.registry, &path.namespace);
        let found = self
            .namespace(registry, namespace)
            .ok_or_else(|| self.no_such_namespace(registry, namespace))?;
        let repo = self.repo(path);
        if found.account != caller.account && self.held(caller, found, repo) < Some(needed) {
            return Err(self.foreign_account(caller, found, repo, needed));
        }
        self.authorize(caller, found, repo, needed)?;
        repo.ok_or_else(|| self.no_such_repo(path))
    }

    /// The refusal for a repository that does not exist.
    pub(super) fn no_such_repo(&self, path: &RepoPath<'_>) -> Denied {
        let known = self.repos_known(path.registry, &path.namespace);
        let RepoPath {
            namespace, repo, ..
        } = path;
        Denied::from(Refusal::RepoNotFound).hint(format!(
            "there is no repository `{repo}` in organization `{namespace}`; {known}"
        ))
    }

    /// The part of a hint that lists the repositories of an organization, or counts them if they are many.
    pub(super) fn repos_known(&self, registry: RegistryId, namespace: &str) -> String {
        match self
            .namespace(registry, namespace)
            .map_or(0, |namespace| namespace.repo_count)
        {
            0 => "it has no repositories".to_owned(),
            1..=8 => {
                let names: Vec<String> = self
                    .repos_of(registry, namespace)
                    .iter()
                    .map(RepoName::to_string)
                    .collect();
                format!("its repositories: {}", names.join(", "))
            }
            count => format!("it has {count} repositories"),
        }
    }

    pub(crate) fn repo(&self, path: &RepoPath<'_>) -> Option<&RepoState> {
        let registry = self.registry(path.registry);
        let namespace = registry.namespaces.get(&*path.namespace)?;
        let index = registry.repo_indexes.get(&namespace.account)?;
        index.get(namespace.id, &path.repo).map(|repo| &**repo)
    }

    pub(crate) fn update_repo(
        &mut self,
        caller: &Caller,
        path: &RepoPath<'_>,
        change: RepoChange,
    ) -> Result<(), Denied> {
        self.authorize_repo(caller, path, Permission::Write)?;
        change.check()?;
        if change.description.is_some() {
            self.check_weight()?;
        }
        let now = self.clock.now();
        self.alter_repo(path, |repo| {
            repo.is_public = change.is_public.unwrap_or(repo.is_public);
            repo.category = change.category.unwrap_or(repo.category);
            if let Some(description) = change.description {
                repo.description = description.into();
            }
            repo.updated = now;
        });
        Ok(())
    }

    /// Changes a repository without any checks.
    pub(crate) fn alter_repo(
        &mut self,
        path: &RepoPath<'_>,
        alter: impl FnOnce(&mut RepoState),
    ) -> Option<()> {
        let (account, id) = self.key_of(path)?;
        self.alter_repo_index(path.registry, account, |repo_index| {
            repo_index.alter(id, alter);
        });
        Some(())
    }

    /// The account and the id of a repository: its key in the registry.
    fn key_of(&self, path: &RepoPath<'_>) -> Option<(AccountNo, u64)> {
        let account = self.namespace(path.registry, &path.namespace)?.account;
        Some((account, self.repo(path)?.id))
    }

    /// Deletes a repository with its content, if the caller manages it.
    pub(crate) fn delete_repo(
        &mut self,
        caller: &Caller,
        path: &RepoPath<'_>,
    ) -> Result<(), Denied> {
        self.authorize_repo(caller, path, Permission::Manage)?;
        self.remove_repo(path);
        Ok(())
    }

    /// Removes a repository without any checks.
    pub(crate) fn remove_repo(&mut self, path: &RepoPath<'_>) -> Option<()> {
        let (account, id) = self.key_of(path)?;
        let repo = self.alter_repo_index(path.registry, account, |index| index.remove(id))?;
        self.release_content(path, &repo.images);
        if let Some(key) = repo.automation.due {
            self.unschedule(key);
        }
        for job in &repo.automation.sync_jobs {
            self.forget_job(path, job.id);
        }
        self.note_event(EventKind::Deleted, path, (None, None));
        self.alter_namespace(path.registry, &path.namespace, |namespace| {
            namespace.repo_count -= 1;
        })
    }

    /// Replaces the id of a repository by the id in a world file. Returns `None` if another repository has this id.
    pub(crate) fn set_repo_id(&mut self, path: &RepoPath<'_>, id: u64) -> Option<()> {
        let (account, old) = self.key_of(path)?;
        if old == id {
            return Some(());
        }
        let mut repo_indexes = self.registry(path.registry).repo_indexes.values();
        if repo_indexes.any(|repo_index| repo_index.by_id(id).is_some()) {
            return None;
        }
        self.alter_repo_index(path.registry, account, |repo_index| {
            let mut repo = (*repo_index.remove(old)?).clone();
            repo.id = id;
            repo_index.insert(Arc::new(repo));
            Some(())
        })
    }

    /// The names of an organization's repositories, sorted.
    pub(crate) fn repos_of(&self, registry: RegistryId, namespace: &str) -> Vec<RepoName> {
        let registry = self.registry(registry);
        let namespace = registry.namespaces.get(namespace);
        let names = namespace.and_then(|namespace| {
            let index = registry.repo_index(namespace.account)?;
            index.by_name.get(&namespace.id)
        });
        let mut names: Vec<RepoName> = names
            .into_iter()
            .flat_map(|names| names.keys())
            .cloned()
            .collect();
        names.sort();
        names
    }

    /// Moves an organization's repositories to the account of another user, who becomes their creator.
    pub(super) fn move_repos(
        &mut self,
        registry: RegistryId,
        namespace_id: u64,
        (from, to): (AccountNo, UserNo),
    ) {
        let index = self.registry(registry).repo_index(from);
        let moved: Vec<u64> = index.map_or_else(Vec::new, |repo_index| {
            repo_index
                .rows
                .iter()
                .filter(|repo| repo.namespace_id == namespace_id)
                .map(|repo| repo.id)
                .collect()
        });
        for id in moved {
            let removed = self.alter_repo_index(registry, from, |index| index.remove(id));
            if let Some(mut repo) = removed {
                let moved = Arc::make_mut(&mut repo);
                (moved.grants, moved.shares) = Default::default();
                moved.creator = to;
                let account = self.user(to).account;
                self.alter_repo_index(registry, account, |index| index.insert(repo));
            }
        }
    }

    fn alter_repo_index<T>(
        &mut self,
        registry: RegistryId,
        account: AccountNo,
        alter: impl FnOnce(&mut RepoIndex) -> T,
    ) -> T {
        let repo_indexes = Arc::make_mut(&mut self.registry_mut(registry).repo_indexes);
        let repo_index = Arc::make_mut(repo_indexes.entry(account).or_default());
        let before = repo_index.weight;
        let result = alter(repo_index);
        let after = repo_index.weight;
        self.update_weight(before, after);
        result
    }

    /// The number of an account's repositories.
    pub(crate) fn repo_count(&self, registry: RegistryId, account: AccountNo) -> usize {
        self.registry(registry)
            .repo_index(account)
            .map_or(0, |repo_index| repo_index.rows.len())
    }
}
