//! What the service does by itself with a repository: triggers, a retention policy, and synchronization.

use std::sync::Arc;

use super::due::DueKey;
use super::limits::{OBJECT, PART};
use super::retention::{Retention, RetentionEntry};
use super::sync::{SyncJob, SyncRule};
use super::triggers::Trigger;
use super::{RepoPath, State};

/// The triggers, the retention policy and the synchronization of one repository, with their histories.
#[derive(Debug, Clone, Default)]
pub(crate) struct Automation {
    /// In order of creation.
    pub(crate) triggers: Vec<Trigger>,
    pub(crate) retention: Option<Retention>,
    /// The tags that retention deleted, oldest first. They outlive the policy.
    pub(crate) retention_log: Vec<RetentionEntry>,
    /// The scheduled work that evaluates the policy.
    pub(super) due: Option<DueKey>,
    /// In order of creation.
    pub(crate) sync_rules: Vec<SyncRule>,
    /// By id, and therefore in order of creation.
    pub(crate) sync_jobs: Vec<SyncJob>,
    /// The weight of all of this.
    weight: u64,
}

impl Automation {
    pub(super) fn weight(&self) -> u64 {
        self.weight
    }

    pub(super) fn highest_id(&self) -> Option<u64> {
        let retention = self.retention.iter().map(|retention| retention.id);
        let log = self.retention_log.iter().map(|entry| entry.id);
        let rules = self.sync_rules.iter().map(|rule| rule.id);
        let jobs = self.sync_jobs.last().map(|job| job.id);
        retention.chain(log).chain(rules).chain(jobs).max()
    }

    fn reweigh(&mut self) {
        let triggers = self.triggers.iter().map(Trigger::weight);
        let retention = self.retention.as_ref().map_or(0, Retention::weight);
        let log = PART * self.retention_log.len() as u64;
        let rules: u64 = self.sync_rules.iter().map(SyncRule::weight).sum();
        self.weight = triggers.sum::<u64>() + retention + log + rules + self.weight_of_jobs();
    }
}

/// The weight of the texts of a trigger, a policy or a rule.
pub(super) fn weight_of(texts: usize) -> u64 {
    OBJECT + texts as u64
}

impl State {
    /// Changes the automation of a repository. `None` if the repository does not exist.
    pub(crate) fn alter_automation<T>(
        &mut self,
        path: &RepoPath<'_>,
        alter: impl FnOnce(&mut Automation) -> T,
    ) -> Option<T> {
        let mut result = None;
        self.alter_repo(path, |repo| {
            let automation = Arc::make_mut(&mut repo.automation);
            result = Some(alter(automation));
            automation.reweigh();
        });
        result
    }
}
