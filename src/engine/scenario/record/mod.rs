//! A scenario file from the journal and the plans of a test.
//!
//! A step of the file begins where the test planned something or moved the clock after a request.
//!
//! - [`plans`]: planned answers; [`requests`]: the requests, as the input of a step
//! - [`expected`]: the calls that a step expects; [`changes`]: the part of the state that changed

mod changes;
mod expected;
mod plans;
mod requests;

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::base::job::{Course, SyncState};
use crate::base::times::{counted, duration_text};
use crate::engine::history::{ActionKind, TimeChange};
use crate::engine::journal::Call;
use crate::engine::plans::Entry;
use crate::engine::progress::Progress;
use crate::engine::verify::JournalPart;
use crate::fixtures::world::World;
use crate::services::auth::Auth;
use crate::state::{Profile, Settings};

/// What the file cannot hold, one sentence each, for its readers.
#[derive(Debug, Default)]
struct Notes {
    sentences: Vec<String>,
    /// Whether a server that starts from the file can end in another state.
    is_inexact: bool,
    /// The plans whose calls can get other responses.
    inexact_plans: Vec<Arc<Progress>>,
}

impl Notes {
    fn add(&mut self, sentence: String) {
        if !self.sentences.contains(&sentence) {
            self.sentences.push(sentence);
        }
    }

    /// Adds a difference that can change the state.
    fn add_inexact(&mut self, sentence: String) {
        self.is_inexact = true;
        self.add(sentence);
    }

    /// Adds a difference between a plan and the file.
    fn add_inexact_plan(&mut self, plan: &Entry, sentence: String) {
        self.inexact_plans.push(Arc::clone(&plan.progress));
        self.add_inexact(sentence);
    }

    /// Whether a server that starts from the file can answer this call with another response.
    fn is_inexact_for(&self, call: &Call) -> bool {
        let plan = call.plan();
        plan.is_some_and(|plan| {
            let mut inexact = self.inexact_plans.iter();
            inexact.any(|inexact| Arc::ptr_eq(inexact, plan))
        })
    }
}

/// What a test did before the requests of a step, and these requests.
#[derive(Debug, Default)]
struct Recorded {
    after: u64,
    time: Option<TimeChange>,
    courses: Vec<Course<SyncState>>,
    /// The plans, each with the number of earlier calls that it answered.
    plans: Vec<(Arc<Entry>, usize)>,
    calls: Vec<Call>,
}

impl JournalPart<'_> {
    /// This part of the journal as a scenario file, with the plans of the test. Secrets are replaced.
    pub(crate) fn to_scenario(self) -> Value {
        let mut notes = Notes::default();
        let calls = self.all();
        let start = self.start(&calls, &mut notes);
        let lost = self.core.records.lost();
        if lost > self.after {
            let lost = lost - self.after;
            notes.add_inexact(format!(
                "The journal dropped the oldest {}: `expect` is left out.",
                counted(lost as usize, "request")
            ));
        }
        let steps = self.steps(&calls);
        let mut files: Vec<Map<String, Value>> = steps
            .iter()
            .map(|step| self.step_file(step, lost > self.after, &mut notes))
            .collect();
        self.note_settings(&mut notes);
        if let Some(number) = self.core.history.first_change_after(self.after) {
            notes.add_inexact(format!(
                "The test changed the state itself after request #{number}: that is left out."
            ));
        }
        if let Some(last) = files.last_mut().filter(|_| !notes.is_inexact)
            && let Some(changed) = changes::between(&start, &self.core.world())
        {
            let expect = last.entry("expect").or_insert_with(|| json!({}));
            expect["world"] = changed;
        }
        self.file(files, &about(&calls, &steps, &notes), &start)
    }

    fn file(self, files: Vec<Map<String, Value>>, about: &str, start: &World) -> Value {
        let mut files = files.into_iter();
        let mut file = files.next().unwrap_or_default();
        file.insert("about".to_owned(), about.into());
        file.insert("world".to_owned(), changes::without_secrets(start));
        if self.core.auth != Auth::default() {
            file.insert("auth".to_owned(), format!("{:?}", self.core.auth).into());
        }
        let profile = self.core.identity.settings.profile;
        if profile != Profile::default() {
            file.insert("profile".to_owned(), format!("{profile:?}").into());
        }
        let steps: Vec<Value> = files.map(Value::Object).collect();
        if !steps.is_empty() {
            file.insert("steps".to_owned(), steps.into());
        }
        Value::Object(file)
    }

    /// The state before the first request.
    fn start(self, calls: &[Call], notes: &mut Notes) -> World {
        let Some(start) = self.core.history.start_after(self.after) else {
            return self.core.world();
        };
        let is_known = calls.first().is_none_or(|call| start.after < call.number());
        if !is_known {
            notes.add_inexact(format!(
                "The state before the first of these requests is no longer known: `world` is the state after request \
                 #{}.",
                start.after
            ));
        }
        start.world
    }

    /// Divides the requests where the test planned something or moved the clock.
    fn steps(self, calls: &[Call]) -> Vec<Recorded> {
        enum Begin {
            Time(TimeChange),
            Course(Course<SyncState>),
            Plan(Arc<Entry>),
        }
        let actions = self.core.history.actions_since(self.after).into_iter();
        let actions = actions.filter_map(|action| match action.kind {
            // The state before the first request has this time.
            ActionKind::Time(_) if action.after == self.after => None,
            ActionKind::Time(change) => Some((action.after, Begin::Time(change))),
            ActionKind::Course(course) => Some((action.after, Begin::Course(course))),
        });
        let plans = self.core.plans.all().into_iter();
        let plans = plans.map(|plan| (plan.progress.after.max(self.after), Begin::Plan(plan)));
        let mut begins: Vec<(u64, Begin)> = actions.chain(plans).collect();
        begins.sort_by_key(|(after, _)| *after);

        let used_before = self.used_before();
        let mut steps = vec![Recorded {
            after: self.after,
            ..Recorded::default()
        }];
        for (after, begin) in begins {
            let is_same = steps.last().is_some_and(|step| step.after == after);
            if !is_same || matches!(begin, Begin::Time(_)) {
                steps.push(Recorded {
                    after,
                    ..Recorded::default()
                });
            }
            let Some(step) = steps.last_mut() else {
                continue;
            };
            match begin {
                Begin::Time(change) => step.time = Some(change),
                Begin::Course(course) => step.courses.push(course),
                Begin::Plan(plan) => {
                    let is_of = |used: &&Arc<Progress>| Arc::ptr_eq(used, &plan.progress);
                    let used = used_before.iter().filter(is_of).count();
                    step.plans.push((plan, used));
                }
            }
        }
        for call in calls {
            let mut earlier = steps.iter_mut().rev();
            if let Some(step) = earlier.find(|step| step.after < call.number()) {
                step.calls.push(call.clone());
            }
        }
        steps
    }

    fn step_file(self, step: &Recorded, lost: bool, notes: &mut Notes) -> Map<String, Value> {
        let mut file = Map::new();
        let mut set = |key: &str, value: Value| {
            if value != json!([]) && value != json!({}) {
                file.insert(key.to_owned(), value);
            }
        };
        match step.time {
            None => {}
            Some(TimeChange::Advance(by)) => set("advance", duration_text(by).into()),
            Some(TimeChange::Set(time)) => set("set_time", time.to_string().into()),
        }
        set("next_job", step.courses.iter().map(course_file).collect());
        let plans = step.plans.iter();
        let plans = plans.filter_map(|(plan, used)| plans::plan_file(plan, *used, notes));
        set("on", plans.collect());
        if !step.calls.is_empty() {
            set("input", requests::input(&step.calls, notes));
        }
        if !lost {
            set("expect", expected::expectation(&step.calls, notes));
        }
        file
    }

    /// The plan of each call before this part of the journal that a plan answered.
    fn used_before(self) -> Vec<Arc<Progress>> {
        if self.after == 0 {
            return Vec::new();
        }
        let calls = self.core.records.since(0).into_iter();
        let before = calls.take_while(|call| call.number() <= self.after);
        before.filter_map(|call| call.plan().cloned()).collect()
    }

    /// Notes the settings of the server that a file does not have.
    fn note_settings(self, notes: &mut Notes) {
        let settings = self.core.identity.settings;
        let defaults = Settings::default();
        let builder = [
            (
                settings.blob_redirects != defaults.blob_redirects,
                "blob_redirects",
            ),
            (
                settings.content_limit != defaults.content_limit,
                "content_limit",
            ),
        ];
        for (_, method) in builder.iter().filter(|(differs, _)| *differs) {
            notes.add(format!(
                "The server was started with `Builder::{method}`: pass such a builder to `Scenario::try_start`."
            ));
        }
    }
}

fn course_file(course: &Course<SyncState>) -> Value {
    let states: Vec<&str> = course.states.iter().map(|state| state.as_str()).collect();
    let mut file = json!({ "states": states });
    if let Some(time) = course.lasting {
        file["lasting"] = duration_text(time).into();
    }
    if let Some(repo) = &course.repo {
        file["of_repo"] = repo.as_str().into();
    }
    file
}

/// The description of the file: what was recorded, and what is missing.
fn about(calls: &[Call], steps: &[Recorded], notes: &Notes) -> String {
    let plans = steps.iter().map(|step| step.plans.len()).sum();
    let planned = calls.iter().filter(|call| call.planned()).count();
    let recorded = format!(
        "Recorded from the journal of a test: {}, {}, {}.",
        counted(calls.len(), "request"),
        counted(plans, "plan"),
        counted(planned, "planned answer")
    );
    let sentences = std::iter::once(&recorded).chain(&notes.sentences);
    sentences.map(String::as_str).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use crate::{Auth, Level, MockSwr, ProblemKind, Scenario};

    #[test]
    fn a_journal_that_dropped_requests_says_so_and_expects_nothing() {
        let swr = MockSwr::builder()
            .auth(Auth::Off)
            .level(ProblemKind::JournalFull, Level::Ignore)
            .start();
        let client = reqwest::blocking::Client::new();
        for number in 0..20 {
            let url = format!("{}/v2/manage/namespaces?page={number}", swr.endpoint());
            client
                .get(url)
                .header("x-filler", "x".repeat(30_000))
                .header("x-other", "y".repeat(30_000))
                .send()
                .unwrap();
        }

        let file = swr.journal().to_scenario();

        let about = file["about"].as_str().unwrap();
        let dropped = "17 requests, 0 plans, 0 planned answers. \
                       The journal dropped the oldest 3 requests: `expect` is left out.";
        assert!(about.ends_with(dropped), "{about}");
        assert_eq!(file["input"]["requests"].as_array().unwrap().len(), 17);
        assert!(file.get("expect").is_none());
        file.to_string().parse::<Scenario>().unwrap();
        let later = swr.from_now().to_scenario();
        assert!(
            later["about"]
                .as_str()
                .unwrap()
                .ends_with(": 0 requests, 0 plans, 0 planned answers.")
        );
    }
}
