//! Synchronization: copies of images to another region.
//!
//! A rule copies each tag that is pushed from now on. A job is one copy, of a rule or by hand. An image that arrives is
//! a push at the target, so quotas, retention policies, triggers and rules of the target apply. A copy that changes
//! nothing has no effects (inferred).

use std::sync::Arc;

use super::automation::weight_of;
use super::limits::OBJECT;
use super::{
    Automation, Caller, Direction, Page, Permission, PlannedCourse, RepoPath, RepoState, State,
    TagName, UserNo,
};
use crate::base::advice::Advice;
use crate::base::clock::Time;
use crate::base::job::SyncState;
use crate::base::refusal::{Denied, Refusal};

/// The most rules of a repository. The service publishes no limit.
const MAX_RULES: usize = 100;

/// Where an image is copied to: an organization of a region. The repository keeps its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SyncTarget {
    pub(crate) region: Arc<str>,
    /// As the client wrote it. The service does not check it.
    pub(crate) namespace: Arc<str>,
}

/// A rule of a repository that copies pushed images.
#[derive(Debug, Clone)]
pub(crate) struct SyncRule {
    pub(crate) id: u64,
    pub(crate) target: Arc<SyncTarget>,
    /// A rule that is not automatic copies nothing, and is not listed (live).
    pub(crate) is_automatic: bool,
    pub(crate) overrides: bool,
    pub(crate) created: Time,
    pub(crate) updated: Time,
}

/// A copy of one tag.
#[derive(Debug, Clone)]
pub(crate) struct SyncJob {
    pub(crate) id: u64,
    pub(crate) target: Arc<SyncTarget>,
    pub(crate) overrides: bool,
    pub(crate) tag: TagName,
    pub(crate) state: SyncState,
    /// The user who started the job. Inferred: for a job of a rule, the user who pushed.
    pub(crate) operator: UserNo,
    pub(crate) created: Time,
    pub(crate) updated: Time,
    /// Why the image was not copied, if the service decided that.
    pub(crate) reason: Option<Arc<str>>,
    /// The course that the test set for it. A world file does not contain it.
    pub(crate) course: Option<Arc<PlannedCourse>>,
}

impl SyncRule {
    pub(super) fn weight(&self) -> u64 {
        weight_of(self.target.namespace.len())
    }
}

impl Automation {
    /// The weight of the jobs. Each shares its target with others.
    pub(super) fn weight_of_jobs(&self) -> u64 {
        OBJECT * self.sync_jobs.len() as u64
    }

    /// Adds a job in the order of ids, which is the order of creation.
    pub(crate) fn add_sync_job(&mut self, job: SyncJob) {
        let place = self.sync_jobs.partition_point(|known| known.id < job.id);
        self.sync_jobs.insert(place, job);
    }
}

impl RepoState {
    pub(crate) fn sync_job(&self, id: u64) -> Option<&SyncJob> {
        let jobs = &self.automation.sync_jobs;
        let place = jobs.binary_search_by_key(&id, |job| job.id).ok()?;
        jobs.get(place)
    }

    fn sync_rule(&self, target: &SyncTarget) -> Option<&SyncRule> {
        let mut rules = self.automation.sync_rules.iter();
        rules.find(|rule| *rule.target == *target)
    }
}

impl State {
    /// Creates a rule. Whether the organization of the target exists is not checked (live).
    pub(crate) fn create_sync_rule(
        &mut self,
        caller: &Caller,
        path: &RepoPath<'_>,
        target: SyncTarget,
        (is_automatic, overrides): (bool, bool),
    ) -> Result<(), Denied> {
        let repo = self.authorize_sync(caller, path)?;
        self.check_sync_target(path, &target)?;
        if let Some(known) = repo.sync_rule(&target) {
            let how = match known.is_automatic {
                true => "",
                false => "; it is not automatic, so it is not listed",
            };
            return Err(Denied::from(Refusal::SyncRuleExists).hint(format!(
                "`{}` has a rule to `{}` in {}{how}",
                path.full(),
                target.namespace,
                target.region
            )));
        }
        self.check_weight()?;
        if repo.automation.sync_rules.len() >= MAX_RULES {
            return Err(Denied::from(Refusal::ContentLimit).hint(format!(
                "a repository of this server has at most {MAX_RULES} rules"
            )));
        }
        let (id, now) = (self.ids.object(), self.clock.now());
        self.put_sync_rule(
            path,
            SyncRule {
                id,
                target: Arc::new(target),
                is_automatic,
                overrides,
                created: now,
                updated: now,
            },
        );
        Ok(())
    }

    /// The automatic rules of a repository, in order of creation.
    pub(crate) fn sync_rules(
        &self,
        caller: &Caller,
        path: &RepoPath<'_>,
    ) -> Result<impl Iterator<Item = &SyncRule>, Denied> {
        let repo = self.authorize_sync(caller, path)?;
        let rules = repo.automation.sync_rules.iter();
        Ok(rules.filter(|rule| rule.is_automatic))
    }

    /// Deletes a rule. Its jobs and the copied images stay.
    pub(crate) fn delete_sync_rule(
        &mut self,
        caller: &Caller,
        path: &RepoPath<'_>,
        target: &SyncTarget,
    ) -> Result<(), Denied> {
        let repo = self.authorize_sync(caller, path)?;
        if repo.sync_rule(target).is_none() {
            return Err(no_such_rule(repo, target));
        }
        self.alter_automation(path, |automation| {
            automation.sync_rules.retain(|rule| *rule.target != *target);
        });
        Ok(())
    }

    /// Adds a rule, or replaces the one to its target, bypassing permissions.
    pub(crate) fn put_sync_rule(&mut self, path: &RepoPath<'_>, rule: SyncRule) {
        self.alter_automation(path, |automation| {
            let rules = &mut automation.sync_rules;
            match rules.iter_mut().find(|known| known.target == rule.target) {
                Some(known) => *known = rule,
                None => rules.push(rule),
            }
        });
    }

    /// Starts one job for each tag. Tags that do not exist are accepted, and their jobs fail (live).
    pub(crate) fn sync_tags(
        &mut self,
        caller: &Caller,
        path: &RepoPath<'_>,
        target: SyncTarget,
        (tags, overrides): (Vec<TagName>, bool),
    ) -> Result<(), Denied> {
        self.authorize_sync(caller, path)?;
        self.check_sync_target(path, &target)?;
        self.check_weight()?;
        let target = Arc::new(target);
        for tag in tags {
            self.start_sync_job(path, (&target, overrides), tag, caller.user);
        }
        Ok(())
    }

    /// Starts the jobs of the automatic rules for a pushed tag.
    pub(super) fn run_sync_rules(&mut self, path: &RepoPath<'_>, tag: &TagName, operator: UserNo) {
        let Some(repo) = self.repo(path) else { return };
        let rules = &repo.automation.sync_rules;
        if rules.is_empty() || !self.continues_chain(path) {
            return;
        }
        let rules = rules.iter();
        let rules = rules.filter(|rule| rule.is_automatic);
        let targets: Vec<(Arc<SyncTarget>, bool)> = rules
            .map(|rule| (Arc::clone(&rule.target), rule.overrides))
            .collect();
        for (target, overrides) in targets {
            self.start_sync_job(path, (&target, overrides), tag.clone(), operator);
        }
    }

    fn start_sync_job(
        &mut self,
        path: &RepoPath<'_>,
        (target, overrides): (&Arc<SyncTarget>, bool),
        tag: TagName,
        operator: UserNo,
    ) {
        let (id, now) = (self.ids.object(), self.clock.now());
        let job = SyncJob {
            id,
            target: Arc::clone(target),
            overrides,
            tag,
            state: SyncState::Waiting,
            operator,
            created: now,
            updated: now,
            reason: None,
            course: None,
        };
        self.alter_automation(path, |automation| automation.add_sync_job(job));
        self.start_job(path, id);
    }

    /// A page of the jobs of a repository in order of creation, and how many there are in all. Each job on the page is
    /// in the state that this poll shows.
    pub(crate) fn poll_sync_jobs(
        &mut self,
        caller: &Caller,
        path: &RepoPath<'_>,
        (page, direction): (Page<usize>, Direction),
    ) -> Result<(Vec<SyncJob>, usize), Denied> {
        let repo = self.authorize_sync(caller, path)?;
        let jobs = &repo.automation.sync_jobs;
        let total = jobs.len();
        let ids = jobs.iter().map(|job| job.id);
        let ids = match direction {
            Direction::Ascending => page.cut(ids).rows,
            Direction::Descending => page.cut(ids.rev()).rows,
        };
        // In order of creation, so that the order of the page does not decide which copy is first.
        let mut polled = ids.clone();
        polled.sort_unstable();
        for id in polled {
            self.poll_job(path, id);
        }
        let repo = self.repo(path);
        let jobs = ids.iter().filter_map(|id| repo?.sync_job(*id).cloned());
        Ok((jobs.collect(), total))
    }

    pub(super) fn set_job_state(&mut self, path: &RepoPath<'_>, id: u64, state: SyncState) {
        let known = self.repo(path).and_then(|repo| repo.sync_job(id));
        if known.is_some_and(|known| known.state != state) {
            let now = self.clock.now();
            self.alter_sync_job(path, id, |job| (job.state, job.updated) = (state, now));
        }
    }

    pub(super) fn alter_sync_job(
        &mut self,
        path: &RepoPath<'_>,
        id: u64,
        alter: impl FnOnce(&mut SyncJob),
    ) {
        self.alter_automation(path, |automation| {
            let jobs = &mut automation.sync_jobs;
            if let Ok(place) = jobs.binary_search_by_key(&id, |job| job.id) {
                alter(&mut jobs[place]);
            }
        });
    }

    /// Ends a job. If it is to succeed, the image is copied now, and the copy decides in which state the job ends.
    pub(super) fn end_sync_job(&mut self, path: &RepoPath<'_>, id: u64, wanted: SyncState) {
        let job = self.repo(path).and_then(|repo| repo.sync_job(id));
        let Some(job) = job.cloned() else { return };
        let copied = match wanted {
            SyncState::Success => self.copy_image(path, &job).map(Some),
            _ => Ok(None),
        };
        let (state, digest, reason) = match copied {
            Ok(digest) => (wanted, digest, None),
            Err(not_copied) => (not_copied.state, None, Some(not_copied.reason)),
        };
        self.note_synced(path, (&job, digest.as_ref()), (state, reason.as_deref()));
        let reason = reason.map(Arc::from);
        self.alter_sync_job(path, id, |job| job.reason = reason);
        self.set_job_state(path, id, state);
    }

    /// The repository, for a caller who may synchronize it. Only the account and its administrators may (manual).
    fn authorize_sync(&self, caller: &Caller, path: &RepoPath<'_>) -> Result<&RepoState, Denied> {
        let repo = self.authorize_repo(caller, path, Permission::Manage)?;
        if caller.is_admin() {
            return Ok(repo);
        }
        Err(Denied::from(Refusal::PermissionDenied).hint(format!(
            "`{}` is not an administrator: only an administrator can synchronize images",
            caller.label
        )))
    }

    fn check_sync_target(&self, path: &RepoPath<'_>, target: &SyncTarget) -> Result<(), Denied> {
        let SyncTarget { region, namespace } = target;
        let Some(registry) = self.find_region(region) else {
            let regions: Vec<&str> = self.regions().take(8).map(|region| &**region).collect();
            return Err(Denied::from(Refusal::SyncRegionUnknown).hint(format!(
                "there is no region `{region}`; the regions: {}; {}",
                regions.join(", "),
                self.advise(Advice::CreateRegion(region))
            )));
        };
        // Inferred: which error the service has for it.
        if registry == path.registry && **namespace == *path.namespace {
            return Err(Denied::from(Refusal::ParameterType)
                .explained("an image cannot be copied to its own repository"));
        }
        Ok(())
    }
}

fn no_such_rule(repo: &RepoState, target: &SyncTarget) -> Denied {
    let rules = repo.automation.sync_rules.iter().take(8);
    let known: Vec<String> = rules
        .map(|rule| format!("`{}` in {}", rule.target.namespace, rule.target.region))
        .collect();
    let known = if known.is_empty() {
        "it has no rules".to_owned()
    } else {
        format!("its rules: {}", known.join(", "))
    };
    Denied::from(Refusal::SyncRuleNotFound).hint(format!(
        "there is no rule to `{}` in {} in repository `{}`; {known}",
        target.namespace,
        target.region,
        repo.full_name()
    ))
}
