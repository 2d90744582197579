//! The states of jobs, and the courses that tests plan.

use std::fmt;
use std::time::Duration;

/// The state of a synchronization job, as [`Op::ShowSyncJob`](crate::Op::ShowSyncJob) shows it.
///
/// ```
/// use mock_swr::{MockSwr, SyncState};
///
/// let swr = MockSwr::builder().level(mock_swr::ProblemKind::PlanLeft, mock_swr::Level::Ignore).start();
/// let job = swr.next_job([SyncState::Waiting, SyncState::Running, SyncState::Timeout]);
/// assert_eq!(job.state(), None, "no job has started");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SyncState {
    /// The job has not begun.
    Waiting,
    /// The job copies the image.
    Running,
    /// The image is at the target.
    Success,
    /// The image was not copied.
    Failed,
    /// The job took too long. The image was not copied.
    Timeout,
    /// The job was stopped. The image was not copied.
    Cancel,
    /// The target has the tag, and the job does not overwrite it.
    Existed,
}

impl SyncState {
    pub(crate) const ALL: [SyncState; 7] = [
        SyncState::Waiting,
        SyncState::Running,
        SyncState::Success,
        SyncState::Failed,
        SyncState::Timeout,
        SyncState::Cancel,
        SyncState::Existed,
    ];

    /// As the API writes it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            SyncState::Waiting => "waiting",
            SyncState::Running => "running",
            SyncState::Success => "success",
            SyncState::Failed => "failed",
            SyncState::Timeout => "timeout",
            SyncState::Cancel => "cancel",
            SyncState::Existed => "existed",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<SyncState> {
        let mut all = SyncState::ALL.into_iter();
        all.find(|state| state.as_str() == text)
    }

    /// Whether a job in this state has ended.
    pub(crate) fn is_final(self) -> bool {
        match self {
            SyncState::Waiting | SyncState::Running => false,
            SyncState::Success
            | SyncState::Failed
            | SyncState::Timeout
            | SyncState::Cancel
            | SyncState::Existed => true,
        }
    }
}

/// Other crates cannot name this trait, so they cannot implement [`JobState`].
pub trait Sealed: Copy + Into<SyncState> + From<SyncState> {}

impl Sealed for SyncState {}

/// The states of one kind of job. [`SyncState`] implements it; other types cannot.
///
/// ```
/// use mock_swr::{Course, SyncState};
///
/// let course: Course<SyncState> = SyncState::Failed.into();
/// ```
pub trait JobState: Sealed {}

impl JobState for SyncState {}

/// What happens to a job: the states that clients see, one for each poll.
///
/// [`Op::ShowSyncJob`](crate::Op::ShowSyncJob) polls each job on its page. The first poll shows the first state. Each
/// later poll shows the next state, until the last one. If the last state is not final, the job stays in it until
/// [`Job::finish`](crate::Job::finish).
///
/// [`MockSwr::next_job`](crate::MockSwr::next_job) sets the course of a job. A job without a course ends at once. A
/// course cannot force the service: if the image cannot be copied, a job whose course ends in
/// [`SyncState::Success`] ends as [`SyncState::Failed`] or [`SyncState::Existed`].
///
/// ```
/// use mock_swr::{Course, SyncState};
/// use std::time::Duration;
///
/// let course = Course::from([SyncState::Running, SyncState::Success])
///     .lasting(Duration::from_secs(30))
///     .of_repo("group/web");
/// ```
#[derive(Debug, Clone)]
pub struct Course<S> {
    pub(crate) states: Vec<S>,
    pub(crate) lasting: Option<Duration>,
    pub(crate) repo: Option<String>,
}

impl<S: JobState> From<S> for Course<S> {
    fn from(state: S) -> Course<S> {
        [state].into()
    }
}

impl<S: JobState, const N: usize> From<[S; N]> for Course<S> {
    fn from(states: [S; N]) -> Course<S> {
        Course {
            states: states.into(),
            lasting: None,
            repo: None,
        }
    }
}

impl<S: JobState> From<Vec<S>> for Course<S> {
    fn from(states: Vec<S>) -> Course<S> {
        Course {
            states,
            lasting: None,
            repo: None,
        }
    }
}

impl<S: JobState> Course<S> {
    /// Each state but the last lasts this long on the service's clock, and polls do not change it.
    ///
    /// ```
    /// use mock_swr::{Course, MockSwr, SyncState};
    /// use std::time::Duration;
    ///
    /// let copying = Course::from([SyncState::Running, SyncState::Success]);
    /// let swr = MockSwr::start();
    /// let job = swr.next_job(copying.lasting(Duration::from_secs(30)));
    /// # swr.seed_repo("group/web").image("v1");
    /// # swr.region("cn-east-3").seed_namespace("copy");
    /// # reqwest::blocking::Client::new()
    /// #     .post(format!("{}/v2/manage/namespaces/group/repos/web/sync_images", swr.endpoint()))
    /// #     .header("X-Auth-Token", swr.user("admin").token())
    /// #     .body(r#"{"imageTag":["v1"],"remoteRegionId":"cn-east-3","remoteNamespace":"copy"}"#)
    /// #     .send().unwrap();
    /// // A client starts the job.
    /// assert_eq!(job.state(), Some(SyncState::Running));
    /// swr.advance(Duration::from_secs(30));
    /// assert_eq!(job.state(), Some(SyncState::Success));
    /// ```
    #[must_use]
    pub fn lasting(self, time: Duration) -> Course<S> {
        Course {
            lasting: Some(time),
            ..self
        }
    }

    /// Only a job of this repository takes the course. The repository is the source of the copy, in any region.
    ///
    /// ```
    /// use mock_swr::{Course, SyncState};
    ///
    /// let course = Course::from(SyncState::Failed).of_repo("group/web");
    /// ```
    #[must_use]
    pub fn of_repo(self, name: &str) -> Course<S> {
        Course {
            repo: Some(name.to_owned()),
            ..self
        }
    }

    /// The course in the terms of the state.
    ///
    /// # Errors
    ///
    /// If no job can take the course.
    pub(crate) fn checked(self) -> Result<Course<SyncState>, String> {
        let states: Vec<SyncState> = self.states.into_iter().map(Into::into).collect();
        let Some((last, before)) = states.split_last() else {
            return Err(
                "the course has no states: expected at least one, as in [Running, Success]"
                    .to_owned(),
            );
        };
        if let Some(early) = before.iter().find(|state| state.is_final()) {
            return Err(format!(
                "a job that is in state {early:?} has ended, and cannot change to {last:?}: \
                 write {early:?} last"
            ));
        }
        if before.is_empty() && self.lasting.is_some() {
            return Err(format!(
                "`lasting` is the time until the next state, and the course has only {last:?}: \
                 write the state before it, as in [Running, {last:?}]"
            ));
        }
        if let Some(repo) = self.repo.as_deref().filter(|repo| !repo.contains('/')) {
            return Err(format!(
                "`{repo}` is not the name of a repository: expected organization/repository"
            ));
        }
        Ok(Course {
            states,
            lasting: self.lasting,
            repo: self.repo,
        })
    }
}

impl fmt::Display for Course<SyncState> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.states)?;
        if let Some(time) = self.lasting {
            write!(f, ".lasting({time:?})")?;
        }
        match &self.repo {
            Some(repo) => write!(f, ".of_repo({repo:?})"),
            None => Ok(()),
        }
    }
}
