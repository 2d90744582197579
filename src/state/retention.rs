//! Retention: a policy of a repository that deletes old tags.
//!
//! Inferred where no comment says otherwise: when a policy is evaluated. That is at its creation, at each change of it, at
//! each push to the repository, and at each midnight in UTC.

use std::sync::Arc;
use std::time::Duration;

use super::automation::weight_of;
use super::due::Work;
use super::pattern::Pattern;
use super::{Caller, Images, Page, Permission, RepoPath, RepoState, State, Tag, TagName};
use crate::base::clock::{Time, days};
use crate::base::event::EventKind;
use crate::base::refusal::{Denied, Refusal};

/// A retention policy. A repository has one at most.
#[derive(Debug, Clone)]
pub(crate) struct Retention {
    pub(crate) id: u64,
    pub(crate) rule: Arc<RetentionRule>,
}

/// Which tags a policy deletes.
#[derive(Debug, Clone)]
pub(crate) struct RetentionRule {
    pub(crate) template: Template,
    /// Tags that match one of these are kept, and do not count.
    pub(crate) selectors: Vec<Selector>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Template {
    /// Deletes tags that were last changed more than this number of days ago.
    Days(u32),
    /// Keeps this number of tags, those that were changed last.
    Num(u32),
}

#[derive(Debug, Clone)]
pub(crate) enum Selector {
    /// A whole tag.
    Label(String),
    Regexp(Pattern),
}

/// A tag that a policy deleted.
#[derive(Debug, Clone)]
pub(crate) struct RetentionEntry {
    pub(crate) id: u64,
    pub(crate) retention: u64,
    /// The rule as it was then.
    pub(crate) rule: Arc<RetentionRule>,
    pub(crate) tag: TagName,
    pub(crate) created: Time,
}

impl Retention {
    pub(super) fn weight(&self) -> u64 {
        let selectors = self.rule.selectors.iter();
        weight_of(selectors.map(|selector| selector.pattern().len()).sum())
    }
}

impl Selector {
    /// As the API writes the kind.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Selector::Label(_) => "label",
            Selector::Regexp(_) => "regexp",
        }
    }

    pub(crate) fn pattern(&self) -> &str {
        match self {
            Selector::Label(label) => label,
            Selector::Regexp(pattern) => pattern.as_str(),
        }
    }

    fn matches(&self, tag: &str) -> bool {
        match self {
            Selector::Label(label) => label == tag,
            Selector::Regexp(pattern) => pattern.matches(tag),
        }
    }
}

impl RetentionRule {
    /// The tags that no selector keeps, the latest change first.
    fn candidates<'a>(&'a self, images: &'a Images) -> impl DoubleEndedIterator<Item = &'a Tag> {
        let is_kept = |tag: &str| self.selectors.iter().any(|selector| selector.matches(tag));
        let tags = images.recent_tags();
        tags.filter(move |tag| !is_kept(tag.name.as_str()))
    }

    /// The tags that are to be deleted at an instant.
    fn expired(&self, images: &Images, now: Time) -> Vec<TagName> {
        let names = |tags: &mut dyn Iterator<Item = &Tag>| {
            let names = tags.map(|tag| tag.name.clone());
            names.collect()
        };
        match self.template {
            // Inferred: a day is 24 hours.
            Template::Days(count) => {
                let limit = now.before(age(count));
                names(&mut self.candidates(images).filter(|tag| tag.updated < limit))
            }
            Template::Num(count) => names(&mut self.candidates(images).skip(count as usize)),
        }
    }

    /// The first midnight at which a tag is to be deleted; `None` if that needs another change first.
    fn next_midnight(&self, images: &Images, now: Time) -> Option<Time> {
        let from = match self.template {
            Template::Days(count) => {
                let oldest = self.candidates(images).next_back()?;
                now.max(oldest.updated.after(age(count)))
            }
            Template::Num(count) => {
                self.candidates(images).nth(count as usize)?;
                now
            }
        };
        Some(from.next_midnight())
    }
}

fn age(count: u32) -> Duration {
    days(u64::from(count))
}

impl State {
    /// Creates the policy of a repository, for a caller who manages it, and evaluates it. Returns its id.
    pub(crate) fn create_retention(
        &mut self,
        caller: &Caller,
        path: &RepoPath<'_>,
        rule: RetentionRule,
    ) -> Result<u64, Denied> {
        let repo = self.authorize_repo(caller, path, Permission::Manage)?;
        if let Some(known) = &repo.automation.retention {
            return Err(Denied::from(Refusal::RetentionExists).hint(format!(
                "`{}` has retention policy {}: delete that first",
                path.full(),
                known.id
            )));
        }
        self.check_weight()?;
        let id = self.ids.object();
        let rule = Arc::new(rule);
        self.put_retention(path, Some(Retention { id, rule }));
        self.retain(path);
        Ok(id)
    }

    /// The policy of a repository with this id.
    pub(crate) fn retention(
        &self,
        caller: &Caller,
        path: &RepoPath<'_>,
        id: u64,
    ) -> Result<&Retention, Denied> {
        let repo = self.authorize_repo(caller, path, Permission::Read)?;
        retention_of(repo, id)
    }

    /// Replaces the rule of a policy, which keeps its template, and evaluates it.
    pub(crate) fn update_retention(
        &mut self,
        caller: &Caller,
        path: &RepoPath<'_>,
        id: u64,
        rule: RetentionRule,
    ) -> Result<(), Denied> {
        let repo = self.authorize_repo(caller, path, Permission::Manage)?;
        let known = retention_of(repo, id)?;
        let (before, after) = (known.rule.template, rule.template);
        if std::mem::discriminant(&before) != std::mem::discriminant(&after) {
            // Inferred: which error the service has for it.
            return Err(Denied::from(Refusal::ParameterType)
                .explained("the template of a retention policy cannot be changed"));
        }
        self.check_weight()?;
        let rule = Arc::new(rule);
        self.put_retention(path, Some(Retention { id, rule }));
        self.retain(path);
        Ok(())
    }

    /// Deletes a policy. Its history stays.
    pub(crate) fn delete_retention(
        &mut self,
        caller: &Caller,
        path: &RepoPath<'_>,
        id: u64,
    ) -> Result<(), Denied> {
        let repo = self.authorize_repo(caller, path, Permission::Manage)?;
        retention_of(repo, id)?;
        self.put_retention(path, None);
        Ok(())
    }

    /// A page of the tags that policies of a repository deleted, the latest first, and how many there are in all.
    pub(crate) fn retention_log(
        &self,
        caller: &Caller,
        path: &RepoPath<'_>,
        page: Page<usize>,
    ) -> Result<(Vec<&RetentionEntry>, usize), Denied> {
        let repo = self.authorize_repo(caller, path, Permission::Read)?;
        let log = &repo.automation.retention_log;
        Ok((page.cut(log.iter().rev()).rows, log.len()))
    }

    /// Sets the policy of a repository, bypassing permissions.
    pub(crate) fn put_retention(&mut self, path: &RepoPath<'_>, retention: Option<Retention>) {
        self.alter_automation(path, |automation| automation.retention = retention);
        self.schedule_retention(path);
    }

    /// Deletes the tags that the policy of a repository does not keep.
    pub(super) fn retain(&mut self, path: &RepoPath<'_>) {
        let now = self.clock.now();
        let Some(repo) = self.repo(path) else { return };
        let Some(Retention { id, rule }) = repo.automation.retention.clone() else {
            return;
        };
        let expired = rule.expired(&repo.images, now);
        if expired.is_empty() {
            return;
        }
        let mut removed = Vec::new();
        self.alter_images(path, |images| {
            let tags = expired.iter();
            removed.extend(tags.filter_map(|name| images.remove_tag(name.as_str())));
        });
        self.touch(path);
        let mut entries = Vec::new();
        for tag in removed {
            let event = (Some(tag.name.as_str()), Some(tag.digest.as_str()));
            self.note_event(EventKind::Retained, path, event);
            entries.push(RetentionEntry {
                id: self.ids.object(),
                retention: id,
                rule: Arc::clone(&rule),
                tag: tag.name,
                created: now,
            });
        }
        self.alter_automation(path, |automation| automation.retention_log.extend(entries));
    }

    /// Schedules the next evaluation of every policy, as of now.
    pub(super) fn schedule_all_retentions(&mut self) {
        let mut all = Vec::new();
        for registry in self.registry_ids() {
            let repos = self.registry(registry).repos();
            let with_policy = repos.filter(|repo| repo.automation.retention.is_some());
            all.extend(with_policy.map(|repo| (registry, repo.full_name())));
        }
        for (registry, name) in all {
            if let Ok(path) = RepoPath::split(registry, name) {
                self.schedule_retention(&path);
            }
        }
    }

    /// Schedules the next evaluation that changes something. Called whenever tags or the policy have changed.
    pub(super) fn schedule_retention(&mut self, path: &RepoPath<'_>) {
        let Some(repo) = self.repo(path) else { return };
        let retention = repo.automation.retention.as_ref();
        let now = self.clock.now();
        let next = retention.and_then(|retention| retention.rule.next_midnight(&repo.images, now));
        let id = retention.map_or(0, |retention| retention.id);
        let before = repo.automation.due;
        if before.map(|key| (key.at(), key.id())) == next.map(|at| (at, id)) {
            return;
        }
        let work = Work::Retain {
            region: Arc::clone(self.region(path.registry)),
            namespace: repo.namespace.clone(),
            repo: repo.name.clone(),
        };
        if let Some(key) = before {
            self.unschedule(key);
        }
        let due = next.map(|at| self.schedule(at, id, work));
        self.alter_automation(path, |automation| automation.due = due);
    }
}

fn retention_of(repo: &RepoState, id: u64) -> Result<&Retention, Denied> {
    let known = repo.automation.retention.as_ref();
    known.filter(|known| known.id == id).ok_or_else(|| {
        let hint = match known {
            None => "the repository has no retention policy".to_owned(),
            Some(known) => format!("the retention policy of the repository is {}", known.id),
        };
        Denied::from(Refusal::RetentionNotFound).hint(hint)
    })
}
