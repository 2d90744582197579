//! Jobs under way, and the courses that tests set for them.
//!
//! The record of a job is part of its repository ([`super::sync`]). This module keeps the states that follow, and what
//! moves the job to the next one.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::due::{DueKey, Work};
use super::{Cause, NamespaceName, RepoName, RepoPath, State};
use crate::base::clock::Time;
use crate::base::job::{Course, SyncState};

/// The repository of a job, and the job's id.
#[derive(Debug, Clone)]
pub(crate) struct JobKey {
    region: Arc<str>,
    namespace: NamespaceName,
    repo: RepoName,
    pub(super) id: u64,
}

/// A job that has not ended.
#[derive(Debug, Clone)]
pub(crate) struct RunningJob {
    key: JobKey,
    /// The states that polls or time show next. Before the first poll, the first is the state of the record.
    pub(crate) rest: VecDeque<SyncState>,
    /// How long each state lasts; `None` if polls make the job continue.
    pub(crate) lasting: Option<Duration>,
    /// The scheduled work that makes the job continue.
    due: Option<DueKey>,
    /// The call that started the job.
    cause: Cause,
    /// The repositories through which copies reached the source of the job, by rules. A world file does not contain
    /// them.
    chain: Arc<Vec<JobKey>>,
}

/// A course that a test set. The job that took it refers to it, so that no other job is mistaken for that one.
#[derive(Debug)]
pub(crate) struct PlannedCourse {
    pub(crate) course: Course<SyncState>,
    /// The call of `next_job`, and where it is.
    pub(crate) planned: String,
    /// The job that took the course.
    job: OnceLock<JobKey>,
}

/// The courses that no job has taken, and all jobs that have not ended.
#[derive(Debug, Clone, Default)]
pub(super) struct Jobs {
    /// In the order in which the test set them.
    pending: Vec<Arc<PlannedCourse>>,
    /// By the id of the job.
    running: BTreeMap<u64, RunningJob>,
    /// The chain of the copy that is being made, with its source; empty otherwise.
    chain: Arc<Vec<JobKey>>,
}

/// The maximum number of copies in a chain of rules. The service publishes no limit.
const MAX_CHAIN: usize = 1000;

impl JobKey {
    fn is_of(&self, region: &str, path: &RepoPath<'_>) -> bool {
        *self.region == *region
            && self.namespace.as_str() == path.namespace
            && self.repo.as_str() == path.repo
    }
}

impl Jobs {
    /// Replaces the courses by those of the state before. They belong to the test, not to the state.
    pub(super) fn take_courses(&mut self, before: &Jobs) {
        self.pending.clone_from(&before.pending);
    }

    /// Drops the numbers of another server's calls.
    pub(super) fn forget_server(&mut self) {
        for job in self.running.values_mut() {
            job.cause = Cause::Due;
        }
    }

    /// Takes the first course for a job of this repository.
    fn take_course(&mut self, key: &JobKey) -> Option<Arc<PlannedCourse>> {
        let repo = format!("{}/{}", key.namespace, key.repo);
        let position = self.pending.iter().position(|pending| {
            let of_repo = pending.course.repo.as_ref();
            of_repo.is_none_or(|of_repo| *of_repo == repo)
        })?;
        let taken = self.pending.remove(position);
        // Only a pending course is taken, so it has no job yet.
        let _ = taken.job.set(key.clone());
        Some(taken)
    }
}

impl RunningJob {
    /// When the next state begins, if time makes the job continue.
    pub(crate) fn due(&self) -> Option<Time> {
        self.due.map(DueKey::at)
    }
}

impl State {
    /// Sets the course of the next job.
    pub(crate) fn add_course(
        &mut self,
        course: Course<SyncState>,
        planned: String,
    ) -> Arc<PlannedCourse> {
        let planned = Arc::new(PlannedCourse {
            course,
            planned,
            job: OnceLock::new(),
        });
        let jobs = Arc::make_mut(&mut self.jobs);
        jobs.pending.push(Arc::clone(&planned));
        planned
    }

    /// The courses that no job has taken, in the order in which the test set them.
    pub(crate) fn pending_courses(&self) -> &[Arc<PlannedCourse>] {
        &self.jobs.pending
    }

    /// The state of the job that took a course; `None` if no job took it, or if the job no longer exists.
    pub(crate) fn job_state(&self, course: &PlannedCourse) -> Option<SyncState> {
        let key = course.job.get()?;
        let path = self.path_of_job(key)?;
        let job = self.repo(&path)?.sync_job(key.id)?;
        let own = job.course.as_deref()?;
        std::ptr::eq(own, course).then_some(job.state)
    }

    /// Ends the job that took a course.
    ///
    /// # Errors
    ///
    /// If no job took it, if the job has ended or was deleted, or if the state is not final.
    pub(crate) fn finish_job(
        &mut self,
        course: &PlannedCourse,
        last: SyncState,
    ) -> Result<(), String> {
        if !last.is_final() {
            return Err(format!(
                "expected a final state (Success, Failed, Timeout, Cancel or Existed), got {last:?}"
            ));
        }
        let key = course
            .job
            .get()
            .ok_or("no job has taken the course yet: wait until `state()` returns a state")?;
        match self.job_state(course) {
            None => Err(
                "the job no longer exists: its repository was deleted, or a world without the job \
                     was restored"
                    .into(),
            ),
            Some(now) if now.is_final() => Err(format!("it has already ended in state {now:?}")),
            Some(_) => {
                self.end_job(key, last);
                Ok(())
            }
        }
    }

    /// Starts a job that is recorded in its repository, with the next course of the test.
    pub(super) fn start_job(&mut self, path: &RepoPath<'_>, id: u64) {
        let Some(key) = self.key_of_job(path, id) else {
            return;
        };
        let planned = Arc::make_mut(&mut self.jobs).take_course(&key);
        let course = match &planned {
            Some(planned) => planned.course.clone(),
            None => SyncState::Success.into(),
        };
        self.alter_sync_job(path, id, |job| job.course = planned);
        let mut rest = VecDeque::from(course.states);
        let first = rest.front().copied().filter(|state| !state.is_final());
        if let Some(first) = first {
            self.set_job_state(path, id, first);
        }
        let now = self.clock.now();
        let due = match (first, course.lasting) {
            // As scheduled work, so that a chain of jobs needs no recursion.
            (None, _) => Some(now),
            (Some(_), Some(time)) => {
                rest.pop_front();
                Some(now.after(time))
            }
            (Some(_), None) => None,
        };
        self.run_job(key, rest, (course.lasting, due));
    }

    /// Continues a job of a world file.
    pub(crate) fn resume_job(
        &mut self,
        path: &RepoPath<'_>,
        id: u64,
        rest: VecDeque<SyncState>,
        pace: (Option<Duration>, Option<Time>),
    ) {
        if let Some(key) = self.key_of_job(path, id) {
            self.run_job(key, rest, pace);
        }
    }

    fn key_of_job(&self, path: &RepoPath<'_>, id: u64) -> Option<JobKey> {
        let repo = self.repo(path)?;
        Some(JobKey {
            region: Arc::clone(self.region(path.registry)),
            namespace: repo.namespace.clone(),
            repo: repo.name.clone(),
            id,
        })
    }

    fn run_job(
        &mut self,
        key: JobKey,
        rest: VecDeque<SyncState>,
        (lasting, due): (Option<Duration>, Option<Time>),
    ) {
        let id = key.id;
        let due = due.map(|at| self.schedule(at, id, Work::ContinueJob(id)));
        let cause = match self.cause() {
            // A job of a world file.
            Cause::Test => Cause::Due,
            cause => cause,
        };
        let job = RunningJob {
            key,
            rest,
            lasting,
            due,
            cause,
            chain: Arc::clone(&self.jobs.chain),
        };
        Arc::make_mut(&mut self.jobs).running.insert(id, job);
    }

    pub(crate) fn running_job(&self, id: u64) -> Option<&RunningJob> {
        self.jobs.running.get(&id)
    }

    /// Whether the rules of a repository run for the copy that is being made. A chain that comes back to a repository
    /// ends there, also if it carries another image than before. Inferred: how the service ends such chains.
    pub(super) fn continues_chain(&self, path: &RepoPath<'_>) -> bool {
        let chain = &self.jobs.chain;
        let region = self.region(path.registry);
        chain.len() < MAX_CHAIN && !chain.iter().any(|passed| passed.is_of(region, path))
    }

    /// Shows a client the next state of a job of this repository, unless time makes the job continue.
    pub(super) fn poll_job(&mut self, path: &RepoPath<'_>, id: u64) {
        let region = self.region(path.registry);
        let job = self.jobs.running.get(&id);
        let continues = |job: &RunningJob| {
            job.due.is_none() && !job.rest.is_empty() && job.key.is_of(region, path)
        };
        if job.is_some_and(continues) {
            self.continue_job(id);
        }
    }

    /// Changes a job to the next state of its course.
    pub(super) fn continue_job(&mut self, id: u64) {
        let jobs = Arc::make_mut(&mut self.jobs);
        let Some(job) = jobs.running.get_mut(&id) else {
            return;
        };
        job.due = None;
        let Some(next) = job.rest.pop_front() else {
            return;
        };
        let (key, lasting) = (job.key.clone(), job.lasting);
        if next.is_final() {
            return self.end_job(&key, next);
        }
        let due = lasting.filter(|_| !job.rest.is_empty());
        let Some(path) = self.path_of_job(&key) else {
            return;
        };
        self.set_job_state(&path, id, next);
        let at = due.map(|time| self.clock.now().after(time));
        let due = at.map(|at| self.schedule(at, id, Work::ContinueJob(id)));
        if let Some(job) = Arc::make_mut(&mut self.jobs).running.get_mut(&id) {
            job.due = due;
        }
    }

    /// Ends a job. What it does is done for the call that started it.
    fn end_job(&mut self, key: &JobKey, last: SyncState) {
        let Some(path) = self.path_of_job(key) else {
            return;
        };
        let Some(job) = self.forget_job(&path, key.id) else {
            return;
        };
        let mut chain = (*job.chain).clone();
        chain.push(key.clone());
        Arc::make_mut(&mut self.jobs).chain = Arc::new(chain);
        let now = self.cause();
        self.begin(job.cause);
        self.end_sync_job(&path, key.id, last);
        self.begin(now);
        Arc::make_mut(&mut self.jobs).chain = Arc::default();
    }

    /// Removes a job of this repository from those that have not ended.
    pub(super) fn forget_job(&mut self, path: &RepoPath<'_>, id: u64) -> Option<RunningJob> {
        let region = self.region(path.registry);
        let known = self.jobs.running.get(&id)?;
        if !known.key.is_of(region, path) {
            return None;
        }
        let job = Arc::make_mut(&mut self.jobs).running.remove(&id)?;
        if let Some(due) = job.due {
            self.unschedule(due);
        }
        Some(job)
    }

    fn path_of_job(&self, key: &JobKey) -> Option<RepoPath<'static>> {
        Some(RepoPath {
            registry: self.find_region(&key.region)?,
            namespace: key.namespace.as_str().to_owned().into(),
            repo: key.repo.as_str().to_owned().into(),
        })
    }
}
