//! Handles for jobs whose states the test plans.

use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;
use std::sync::Arc;

use crate::base::job::{Course, JobState};
use crate::engine::core::Core;
use crate::mock::swr::MockSwr;
use crate::state::PlannedCourse;

impl MockSwr {
    /// Sets what happens to the next job: the states that clients see, one for each poll. [`Course`] has more settings.
    ///
    /// Jobs take courses in the order of these calls. A job without a course ends at once. If no job takes the course,
    /// the test fails, and the report names the line of `next_job`.
    ///
    /// # Panics
    ///
    /// Panics if no job can take the course. It must have a state, only the last state may be final, `lasting` needs
    /// two states, and `of_repo` the name of a repository.
    ///
    /// # Examples
    ///
    /// ```
    /// use mock_swr::{MockSwr, SyncState};
    /// # use reqwest::blocking::Client;
    ///
    /// let swr = MockSwr::start();
    /// swr.seed_repo("group/web").image("v1");
    /// swr.region("cn-east-3").seed_namespace("copy");
    /// let job = swr.next_job([SyncState::Running, SyncState::Failed]);
    ///
    /// // A client starts a job, and polls it.
    /// let repo = format!("{}/v2/manage/namespaces/group/repos/web", swr.endpoint());
    /// # let token = swr.token();
    /// # let client = Client::new();
    /// # let send = |request: reqwest::blocking::RequestBuilder| {
    /// #     request.header("X-Auth-Token", &token).send().unwrap()
    /// # };
    /// let body = r#"{"imageTag":["v1"],"remoteRegionId":"cn-east-3","remoteNamespace":"copy"}"#;
    /// send(client.post(format!("{repo}/sync_images")).body(body));
    /// let poll = || send(client.get(format!("{repo}/sync_job?filter=limit::10|offset::0"))).text().unwrap();
    /// assert!(poll().contains("running"));
    /// assert!(poll().contains("failed"));
    ///
    /// assert_eq!(job.state(), Some(SyncState::Failed));
    /// assert!(!swr.region("cn-east-3").repo("copy/web").exists());
    /// ```
    #[track_caller]
    pub fn next_job<S: JobState>(&self, course: impl Into<Course<S>>) -> Job<S> {
        let course = match course.into().checked() {
            Ok(course) => course,
            Err(reason) => panic!("{reason}"),
        };
        let planned = format!("next_job({course}) at {}", Location::caller());
        Job {
            core: Arc::clone(&self.core),
            course: self.core.add_course(course, planned),
            states: PhantomData,
        }
    }
}

/// The job that takes the course of [`MockSwr::next_job`].
///
/// ```
/// use mock_swr::{Level, MockSwr, ProblemKind, SyncState};
///
/// let swr = MockSwr::builder().level(ProblemKind::PlanLeft, Level::Warn).start();
/// let job = swr.next_job(SyncState::Failed);
/// assert_eq!(job.state(), None);
/// assert_eq!(swr.problems()[0].kind, ProblemKind::PlanLeft);
/// ```
#[derive(Clone)]
pub struct Job<S> {
    core: Arc<Core>,
    course: Arc<PlannedCourse>,
    states: PhantomData<fn() -> S>,
}

impl<S: JobState> Job<S> {
    /// Returns the state of the job. `None` if no job has taken the course, or if the job no longer
    /// exists: its repository was deleted, or a world without the job was restored.
    ///
    /// ```
    /// # let swr = mock_swr::MockSwr::builder()
    /// #     .level(mock_swr::ProblemKind::PlanLeft, mock_swr::Level::Ignore).start();
    /// assert_eq!(swr.next_job(mock_swr::SyncState::Timeout).state(), None);
    /// ```
    pub fn state(&self) -> Option<S> {
        let state = self.core.read(|state| state.job_state(&self.course));
        state.map(S::from)
    }

    /// Ends the job in this state, whatever is left of its course. [`SyncState::Success`](crate::SyncState::Success)
    /// copies the image first.
    ///
    /// # Panics
    ///
    /// Panics if the state is not final, if no job has taken the course, or if the job has ended or no longer exists.
    ///
    /// # Examples
    ///
    /// ```
    /// use mock_swr::{MockSwr, SyncState};
    ///
    /// let swr = MockSwr::start();
    /// swr.seed_repo("group/web").image("v1");
    /// swr.region("cn-east-3").seed_namespace("copy");
    /// let job = swr.next_job(SyncState::Running);
    /// # reqwest::blocking::Client::new()
    /// #     .post(format!("{}/v2/manage/namespaces/group/repos/web/sync_images", swr.endpoint()))
    /// #     .header("X-Auth-Token", swr.token())
    /// #     .body(r#"{"imageTag":["v1"],"remoteRegionId":"cn-east-3","remoteNamespace":"copy"}"#)
    /// #     .send().unwrap();
    /// // A client starts the job. It stays in this state until the test ends it.
    /// assert_eq!(job.state(), Some(SyncState::Running));
    /// job.finish(SyncState::Success);
    /// assert!(swr.region("cn-east-3").repo("copy/web").exists());
    /// ```
    #[track_caller]
    pub fn finish(&self, last: S) {
        let last = last.into();
        let finished = self
            .core
            .change(|state| state.finish_job(&self.course, last));
        if let Err(reason) = finished {
            panic!("the job cannot be finished as {last:?}: {reason}");
        }
    }
}

impl<S: JobState> fmt::Debug for Job<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.core.read(|state| state.job_state(&self.course));
        write!(f, "Job({state:?})")
    }
}
