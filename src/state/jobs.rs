//! Jobs under way, and the courses that tests set for them.
//!
//! The record of a job is part of its repository ([`super::sync`]). Here is what the record does not show: which states
//! follow, and what makes the job continue.

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
    /// The states that looks or time show next. Before the first look, the first is the state of the record.
    pub(crate) rest: VecDeque<SyncState>,
    /// How long each state lasts; `None` if looks make the job continue.
    pub(crate) lasting: Option<Duration>,
    /// The scheduled work that makes the job continue.
    due: Option<DueKey>,
    /// The call that started the job.
    cause: Cause,
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
            return Err(format!("{last:?} does not end a job"));
        }
        let key = course
            .job
            .get()
            .ok_or("no job has taken the course yet: wait until `state()` returns a state")?;
        match self.job_state(course) {
            None => {
                Err("its repository was deleted, or a world without the job was restored".into())
            }
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
        };
        Arc::make_mut(&mut self.jobs).running.insert(id, job);
    }

    pub(crate) fn running_job(&self, id: u64) -> Option<&RunningJob> {
        self.jobs.running.get(&id)
    }

    /// Shows a client the next state of a job, unless time makes the job continue.
    pub(super) fn look_at_job(&mut self, id: u64) {
        let job = self.jobs.running.get(&id);
        if job.is_some_and(|job| job.due.is_none()) {
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
        let cause = self.forget_job(key.id).map(|job| job.cause);
        let Some(path) = self.path_of_job(key) else {
            return;
        };
        let now = self.cause();
        self.begin(cause.unwrap_or(now));
        self.end_sync_job(&path, key.id, last);
        self.begin(now);
    }

    /// Removes a job from those that have not ended.
    pub(super) fn forget_job(&mut self, id: u64) -> Option<RunningJob> {
        if !self.jobs.running.contains_key(&id) {
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
