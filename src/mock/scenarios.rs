//! Running a folder of scenarios.

use std::panic::Location;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use parking_lot::Mutex;

use crate::base::times::counted;
use crate::engine::progress::Place;
use crate::mock::scenario::Scenario;
use crate::mock::swr::MockSwr;

/// Runs every scenario file of a folder, each on its own server, in parallel. The closure is called for each step that
/// has an input.
///
/// Files that do not end in `.json` are ignored. If the environment variable `MOCK_SWR_SCENARIO` is set, only the file
/// of this name, without `.json`, runs. A folder without that file panics.
///
/// # Panics
///
/// Panics once, with the reports of all scenarios that failed. It also panics if the folder has no scenario, or if a
/// file is invalid.
///
/// # Examples
///
/// ```
/// use mock_swr::scenarios;
///
/// # let dir = std::env::temp_dir().join(format!("scenarios-{}", std::process::id()));
/// # std::fs::create_dir_all(&dir).unwrap();
/// # std::fs::write(dir.join("a.json"), r#"{"auth": "Off", "world": "shop", "input": 2,
/// #     "expect": {"verify": [{"calls": "ListNamespaces", "times": 2}]}}"#).unwrap();
/// scenarios(&dir, |swr, case| {
///     let url = format!("{}/v2/manage/namespaces", swr.endpoint());
///     for _ in 0..case.input().as_u64().unwrap() {
///         reqwest::blocking::get(&url).unwrap();
///     }
/// });
/// # std::fs::remove_dir_all(dir).unwrap();
/// ```
#[track_caller]
pub fn scenarios(dir: impl AsRef<Path>, run: impl Fn(&MockSwr, &Scenario) + Sync) {
    let files = files_of(dir.as_ref());
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..workers.min(files.len()) {
            scope.spawn(|| {
                while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let failure = match Scenario::load(path) {
                        Ok(scenario) => scenario.failure(&run),
                        Err(error) => Some(error.to_string()),
                    };
                    let failure = failure.map(|failure| (path.clone(), failure));
                    failures.lock().extend(failure);
                }
            });
        }
    });
    if let Some(report) = report(files.len(), failures.into_inner()) {
        panic!("{report}");
    }
}

/// As [`scenarios`], one file after the other, for async code. It needs no particular executor.
///
/// # Panics
///
/// As [`scenarios`]. It reads the folder at once, before the first `.await`. The report of failed scenarios begins with
/// the line that called it, because a panic within `.await` names a line of the crate.
///
/// # Examples
///
/// ```
/// # let dir = std::env::temp_dir().join(format!("scenarios-async-{}", std::process::id()));
/// # std::fs::create_dir_all(&dir).unwrap();
/// # std::fs::write(dir.join("a.json"), r#"{"auth": "Off", "input": {},
/// #     "expect": {"verify": [{"calls": "ListNamespaces", "times": 1}]}}"#).unwrap();
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// mock_swr::scenarios_async(&dir, async |swr, _| {
///     let url = format!("{}/v2/manage/namespaces", swr.endpoint());
///     reqwest::get(url).await.unwrap();
/// }).await;
/// # });
/// # std::fs::remove_dir_all(dir).unwrap();
/// ```
#[track_caller]
pub fn scenarios_async(
    dir: impl AsRef<Path>,
    run: impl AsyncFn(&MockSwr, &Scenario),
) -> impl Future<Output = ()> {
    let files = files_of(dir.as_ref());
    let called_at = Place::from(Location::caller());
    async move {
        let mut failures = Vec::new();
        for path in &files {
            let failure = match Scenario::load(path) {
                Ok(scenario) => scenario.failure_async(&run).await,
                Err(error) => Some(error.to_string()),
            };
            failures.extend(failure.map(|failure| (path.clone(), failure)));
        }
        if let Some(report) = report(files.len(), failures) {
            panic!("{}: {report}", called_at.line());
        }
    }
}

/// The scenario files of a folder, in order of their names.
#[track_caller]
fn files_of(dir: &Path) -> Vec<PathBuf> {
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) => panic!("the folder {} cannot be read: {error}", dir.display()),
    };
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "json")
    });
    files.sort();
    assert!(
        !files.is_empty(),
        "the folder {} has no scenario: expected files that end in .json",
        dir.display()
    );
    let Ok(name) = std::env::var(ONLY) else {
        return files;
    };
    let is_named = |path: &PathBuf| path.file_stem().is_some_and(|stem| *stem == *name);
    files.retain(is_named);
    assert!(
        !files.is_empty(),
        "{ONLY} is `{name}`, and the folder {} has no file {name}.json",
        dir.display()
    );
    files
}

/// The environment variable that names the only file to run.
const ONLY: &str = "MOCK_SWR_SCENARIO";

/// The report of the scenarios that failed; `None` if all of them passed.
fn report(count: usize, mut failures: Vec<(PathBuf, String)>) -> Option<String> {
    failures.sort();
    let (first, _) = failures.first()?;
    let name = first.file_stem().unwrap_or_default().to_string_lossy();
    let mut text = format!(
        "{} of {count} failed; to run one alone: {ONLY}={name}",
        counted(failures.len(), "scenario")
    );
    for (path, failure) in &failures {
        text += &format!("\n\n{}:\n{failure}", path.display());
    }
    Some(text)
}
