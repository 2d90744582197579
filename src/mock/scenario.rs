//! Scenarios from files.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread;

use serde_json::Value;

use crate::base::times::counted;
use crate::engine::scenario::{Script, Step};
use crate::fixtures::error::FixtureError;
use crate::mock::builder::Builder;
use crate::mock::start_error::StartError;
use crate::mock::swr::MockSwr;

/// A scenario of a file: a server, planned answers, an input for the code under test, and what must be true in the end.
///
/// The guide to [folders of scenarios](crate::guide::scenarios) describes the file.
///
/// # Examples
///
/// ```
/// use mock_swr::Scenario;
///
/// let scenario: Scenario = r#"{
///     "about": "a list is throttled once",
///     "auth": "Off",
///     "on": [{"calls": "ListNamespaces", "answers": ["Throttled"]}],
///     "input": {"attempts": 2},
///     "expect": {"verify": [{"calls": "ListNamespaces", "times": 2}]}
/// }"#.parse().unwrap();
/// let swr = scenario.start();
///
/// // Code under test.
/// let url = format!("{}/v2/manage/namespaces", swr.endpoint());
/// let attempts = scenario.input()["attempts"].as_u64().unwrap();
/// let last = (0..attempts).map(|_| reqwest::blocking::get(&url).unwrap().status()).last();
///
/// assert_eq!(last.unwrap(), 200);
/// swr.check(); // the expectations of the scenario hold
/// ```
#[derive(Clone)]
pub struct Scenario {
    name: String,
    script: Arc<Script>,
    /// The step whose input it has.
    step: usize,
}

impl Scenario {
    /// Loads a scenario file.
    ///
    /// # Errors
    ///
    /// Returns an error if the file cannot be read, is not JSON, or has an unknown key or an invalid value. The error
    /// names the line.
    ///
    /// # Examples
    ///
    /// ```
    /// use mock_swr::Scenario;
    ///
    /// let error = Scenario::load("no/such/file.json").unwrap_err();
    /// assert!(error.to_string().contains("no/such/file.json"));
    /// ```
    pub fn load(path: impl AsRef<Path>) -> Result<Scenario, FixtureError> {
        let path = path.as_ref();
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        Ok(Scenario {
            name: name.into_owned(),
            script: Arc::new(Script::load(path)?),
            step: 0,
        })
    }

    /// Returns a scenario that is part of the crate, by its name.
    ///
    /// - `expired-token`: a token expires between two calls
    /// - `failing-sync`: a copy to another region fails
    /// - `lost-response`: a repository is created, but the response is lost
    /// - `name-taken`: another account owns the organization
    /// - `oci-index-refused`: the service refuses an OCI image index
    /// - `permission-lost`: the manifest of a push is refused after the layers have been uploaded
    /// - `quota-full`: the account has as many organizations as it may have
    /// - `repository-deleted`: the deletion of a tag is refused as if the repository were gone
    /// - `retention-surprise`: a retention policy deletes a tag that a client wants to pull
    /// - `slow-registry`: the registry responds late and slowly
    /// - `throttled-push`: a push is throttled twice
    ///
    /// Their files are in `fixtures/scenarios` of the repository. The input says what the client must do, such as
    /// `{"push": "group/web:v2"}`.
    ///
    /// # Panics
    ///
    /// Panics if no scenario has this name.
    ///
    /// # Examples
    ///
    /// ```
    /// use mock_swr::Scenario;
    ///
    /// let scenario = Scenario::named("throttled-push");
    /// assert_eq!(scenario.input()["push"], "group/web:v2");
    /// ```
    #[track_caller]
    pub fn named(name: &str) -> Scenario {
        match Script::find(name) {
            Ok(script) => Scenario {
                name: name.to_owned(),
                script: Arc::new(script),
                step: 0,
            },
            Err(reason) => panic!("{reason}"),
        }
    }

    /// Returns the name of the file without its extension.
    ///
    /// ```
    /// # use mock_swr::Scenario;
    /// let scenario: Scenario = "{}".parse().unwrap();
    /// assert_eq!(scenario.name(), "scenario");
    /// ```
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the input of the scenario, or of the step that runs; `null` if it has none.
    ///
    /// ```
    /// # use mock_swr::Scenario;
    /// let scenario: Scenario = r#"{"input": {"image": "group/web:v1"}}"#.parse().unwrap();
    /// assert_eq!(scenario.input()["image"], "group/web:v1");
    /// ```
    pub fn input(&self) -> &Value {
        const NULL: &Value = &Value::Null;
        self.current().input.as_ref().unwrap_or(NULL)
    }

    /// Starts a server with the state and the plans of the scenario. [`MockSwr::check`] and Drop fail if an
    /// expectation does not hold.
    ///
    /// # Panics
    ///
    /// Panics if the server cannot start, or if the scenario has several steps, which [`Scenario::run`] runs.
    ///
    /// # Examples
    ///
    /// ```
    /// use mock_swr::Scenario;
    ///
    /// let scenario: Scenario = r#"{"world": "shop"}"#.parse().unwrap();
    /// assert!(scenario.start().repo("shop/cart").exists());
    /// ```
    #[track_caller]
    pub fn start(&self) -> MockSwr {
        match self.try_start(MockSwr::builder()) {
            Ok(swr) => swr,
            Err(error) => panic!("mock-swr cannot start: {error}"),
        }
    }

    /// As [`Scenario::start`], with the settings of a builder. The world, and `auth` and `profile` of the scenario,
    /// replace those of the builder.
    ///
    /// # Errors
    ///
    /// Returns an error in the cases of [`Builder::try_start`].
    ///
    /// # Panics
    ///
    /// Panics if the scenario has several steps.
    ///
    /// # Examples
    ///
    /// ```
    /// use mock_swr::{MockSwr, Scenario};
    ///
    /// let scenario: Scenario = r#"{"world": "shop"}"#.parse().unwrap();
    /// let swr = scenario.try_start(MockSwr::builder().credentials("AK", "SK")).unwrap();
    /// assert_eq!(swr.credentials().access_key, "AK");
    /// ```
    #[track_caller]
    pub fn try_start(&self, builder: Builder) -> Result<MockSwr, StartError> {
        let steps = self.script.steps.len();
        assert!(
            steps == 1,
            "the scenario `{}` has {steps} steps: `run` runs them one after the other",
            self.name
        );
        let swr = self.server(builder)?;
        swr.begin(&self.script.steps[0]);
        Ok(swr)
    }

    /// Returns the number of steps.
    ///
    /// ```
    /// # use mock_swr::Scenario;
    /// let scenario: Scenario = r#"{"steps": [{"advance": "1d"}]}"#.parse().unwrap();
    /// assert_eq!(scenario.steps(), 2);
    /// ```
    pub fn steps(&self) -> usize {
        self.script.steps.len()
    }

    /// Runs all steps on one server. The closure is called for each step that has an input.
    ///
    /// # Panics
    ///
    /// Panics with the reports of what failed.
    ///
    /// # Examples
    ///
    /// ```
    /// use mock_swr::Scenario;
    ///
    /// let scenario: Scenario = r#"{
    ///     "world": {"namespaces": {"group": {"repos": {"web": {
    ///         "images": [{"tag": "v1", "age_seconds": 86400}, "v2"],
    ///         "retention": {"rules": [{"template": "tag_rule", "params": {"num": "1"}}]}
    ///     }}}}},
    ///     "steps": [{"advance": "1d", "expect": {"events": [{"kind": "retained", "tag": "v1"}]}}]
    /// }"#.parse().unwrap();
    /// scenario.run(|_, _| unreachable!("no step has an input"));
    /// ```
    #[track_caller]
    pub fn run(&self, run: impl Fn(&MockSwr, &Scenario)) {
        if let Some(failure) = self.failure(&run) {
            panic!("scenario `{}`:\n{failure}", self.name);
        }
    }

    fn current(&self) -> &Step {
        &self.script.steps[self.step]
    }

    #[track_caller]
    fn server(&self, builder: Builder) -> Result<MockSwr, StartError> {
        let mut builder = builder.world(self.script.world.clone());
        if let Some(auth) = self.script.auth {
            builder = builder.auth(auth);
        }
        if let Some(profile) = self.script.profile {
            builder = builder.profile(profile);
        }
        builder.try_start()
    }

    /// Each step, as a scenario with its input.
    fn cases(&self) -> impl Iterator<Item = Scenario> {
        let count = self.script.steps.len();
        (0..count).map(|step| Scenario {
            step,
            ..self.clone()
        })
    }

    /// Runs the steps until one fails. Returns what failed.
    pub(super) fn failure(&self, run: &impl Fn(&MockSwr, &Scenario)) -> Option<String> {
        let run = async |swr: &MockSwr, case: &Scenario| run(swr, case);
        let failure = pin!(self.failure_async(&run));
        match failure.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(failure) => failure,
            Poll::Pending => unreachable!("nothing in a closure that is not async can wait"),
        }
    }

    /// As [`Scenario::failure`], for an async closure.
    pub(super) async fn failure_async(
        &self,
        run: &impl AsyncFn(&MockSwr, &Scenario),
    ) -> Option<String> {
        let swr = match self.server(MockSwr::builder()) {
            Ok(swr) => swr,
            Err(error) => return Some(format!("mock-swr cannot start: {error}")),
        };
        for case in self.cases() {
            swr.begin(case.current());
            let ended = match case.current().input {
                None => Ok(()),
                Some(_) => caught(run(&swr, &case)).await,
            };
            if let Some(failure) = case.failed_step(&swr, &ended) {
                return Some(swr.end_with(failure));
            }
        }
        swr.end()
    }

    /// Why a step failed: a panic of the runner, and the expectations that do not hold.
    fn failed_step(&self, swr: &MockSwr, ended: &thread::Result<()>) -> Option<String> {
        let panic = text_of_panic(ended).map(|text| format!("panic: {text}"));
        let unmet = swr.step().map(|step| swr.core.unmet_expectations(&step));
        let unmet = unmet.into_iter().flatten();
        let failures: Vec<String> = panic.into_iter().chain(unmet).collect();
        if failures.is_empty() {
            return None;
        }
        let step = match self.script.steps.len() {
            1 => String::new(),
            count => format!("step {} of {count}:\n", self.step + 1),
        };
        Some(format!("{step}{}", failures.join("\n")))
    }
}

impl MockSwr {
    fn begin(&self, step: &Step) {
        let running = self.core.begin_step(step);
        *self.step.lock() = Some(running);
    }
}

impl std::str::FromStr for Scenario {
    type Err = FixtureError;

    fn from_str(text: &str) -> Result<Scenario, FixtureError> {
        Ok(Scenario {
            name: "scenario".to_owned(),
            script: Arc::new(text.parse()?),
            step: 0,
        })
    }
}

impl fmt::Debug for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let steps = counted(self.script.steps.len(), "step");
        write!(f, "Scenario({}, {steps})", self.name)
    }
}

/// The text of a panic; `None` if there was none.
fn text_of_panic(ended: &thread::Result<()>) -> Option<String> {
    let panic = ended.as_ref().err()?;
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    Some(
        text.unwrap_or("(the panic value is not a string)")
            .to_owned(),
    )
}

/// The end of a future, or its panic.
async fn caught(future: impl Future<Output = ()>) -> thread::Result<()> {
    let mut future = Box::pin(future);
    std::future::poll_fn(move |context| {
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(())) => Poll::Ready(Ok(())),
            Err(panic) => Poll::Ready(Err(panic)),
        }
    })
    .await
}
