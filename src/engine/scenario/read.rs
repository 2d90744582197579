//! From the format of a scenario file to plans and assertions.

use serde_json::Value;

use super::answers::read_answer;
use super::file::{
    CallsFile, CourseFile, EventFile, ExpectationFile, PlanFile, ScenarioFile, VerifiedFile,
};
use super::judge::{Expectation, ExpectedEvent};
use super::{PlannedAnswers, Script, Step};
use crate::base::clock::Time;
use crate::base::event::EventKind;
use crate::base::job::{Course, SyncState};
use crate::base::refusal::Refusal;
use crate::base::suggest::not_one_of;
use crate::base::times::{Times, parse_duration};
use crate::engine::answer::answers::Answers;
use crate::engine::calls::Calls;
use crate::engine::condition::Condition;
use crate::engine::history::TimeChange;
use crate::engine::op_set::{OpSet, UNMATCHED};
use crate::engine::plans::Plans;
use crate::engine::progress::Place;
use crate::engine::verify::Expected;
use crate::fixtures::error::{Within, WorldFault, position};
use crate::fixtures::forms::{NumberOr, OneOrMany, TextOr};
use crate::fixtures::schema::check_part_of_world;
use crate::fixtures::world::{World, find_op};
use crate::services::auth::Auth;
use crate::state::Profile;

/// The text of a scenario, and the name of its file.
pub(super) struct Source<'a> {
    pub(super) text: &'a str,
    pub(super) name: &'a str,
}

/// What a step adds to the steps of a scenario.
type StepParts = (
    Vec<PlanFile>,
    Vec<CourseFile>,
    Option<Value>,
    ExpectationFile,
);

impl Source<'_> {
    pub(super) fn script(&self, file: ScenarioFile) -> Result<Script, WorldFault> {
        let world = match file.world {
            None => World::default(),
            Some(TextOr::Text(name)) => World::find(&name).within("world")?,
            Some(TextOr::Full(world)) => World::of_file(world).within("world")?,
        };
        let first = (file.on, file.next_job, file.input, file.expect);
        let mut steps = vec![self.step(None, first, &[])?];
        for (index, step) in file.steps.into_iter().enumerate() {
            let index = index.to_string();
            let time = read_time_change(step.advance, step.set_time);
            let time = time.within(&index).within("steps")?;
            let parts = (step.on, step.next_job, step.input, step.expect);
            let step = self.step(time, parts, &["steps", &index]);
            steps.push(step.within(&index).within("steps")?);
        }
        Ok(Script {
            world,
            auth: file
                .auth
                .map(|text| read_auth(&text))
                .transpose()
                .within("auth")?,
            profile: file
                .profile
                .map(|text| read_profile(&text))
                .transpose()
                .within("profile")?,
            steps,
        })
    }

    fn step(
        &self,
        time: Option<TimeChange>,
        (plans, courses, input, expect): StepParts,
        path: &[&str],
    ) -> Result<Step, WorldFault> {
        let plans = each(plans, |index, plan| {
            let (calls, answers) = plan.read()?;
            let place = self.place(path, "on", index);
            Ok(PlannedAnswers {
                calls,
                answers,
                place,
            })
        });
        let courses = each(courses, |index, course| {
            Ok((course.read()?, self.place(path, "next_job", index)))
        });
        Ok(Step {
            time,
            plans: plans.within("on")?,
            courses: courses.within("next_job")?,
            input,
            expect: expect.read().within("expect")?.into(),
        })
    }

    fn place(&self, path: &[&str], list: &str, index: usize) -> Place {
        let index = index.to_string();
        let path: Vec<String> = path
            .iter()
            .chain(&[list, &index])
            .map(|step| (*step).to_owned())
            .collect();
        let (line, column) = position(self.text, &path);
        Place {
            file: self.name.to_owned().into(),
            line,
            column,
        }
    }
}

/// Reads each value of a list.
fn each<T, U>(
    values: Vec<T>,
    read: impl Fn(usize, T) -> Result<U, WorldFault>,
) -> Result<Vec<U>, WorldFault> {
    let values = values.into_iter().enumerate();
    values
        .map(|(index, value)| read(index, value).within(index))
        .collect()
}

fn read_auth(text: &str) -> Result<Auth, String> {
    match text {
        "Off" => Ok(Auth::Off),
        "Identity" => Ok(Auth::Identity),
        "Verified" => Ok(Auth::Verified),
        _ => Err(not_one_of(text, &["Off", "Identity", "Verified"])),
    }
}

fn read_profile(text: &str) -> Result<Profile, String> {
    match text {
        "Swr" => Ok(Profile::Swr),
        "Oci" => Ok(Profile::Oci),
        _ => Err(not_one_of(text, &["Swr", "Oci"])),
    }
}

fn read_time_change(
    advance: Option<String>,
    set_time: Option<String>,
) -> Result<Option<TimeChange>, WorldFault> {
    match (advance, set_time) {
        (None, None) => Ok(None),
        (Some(text), None) => {
            let duration = parse_duration(&text).within("advance")?;
            Ok(Some(TimeChange::Advance(duration)))
        }
        (None, Some(text)) => {
            let time = Time::parse(&text).within("set_time")?;
            Ok(Some(TimeChange::Set(time)))
        }
        (Some(_), Some(_)) => {
            Err("a step has `advance` or `set_time`, not both".to_owned()).within("set_time")
        }
    }
}

/// Refuses `"real": false` and the like, which would say nothing.
pub(super) fn is_set(name: &str, flag: Option<bool>) -> Result<bool, WorldFault> {
    match flag {
        None => Ok(false),
        Some(true) => Ok(true),
        Some(false) => Err("expected true, got false: remove the key".to_owned()).within(name),
    }
}

impl PlanFile {
    fn read(self) -> Result<(Calls, Answers), WorldFault> {
        let calls = read_calls(self.calls).within("calls")?;
        let OneOrMany(answers) = self.answers;
        if answers.is_empty() {
            return Err("the list is empty: no call gets an answer".to_owned()).within("answers");
        }
        let steps = each(answers, |_, answer| read_answer(answer)).within("answers")?;
        let last = steps.len() - 1;
        if let Some(early) = steps.iter().position(|step| step.times.is_none())
            && early < last
        {
            let reason = "an answer after `always` is never used";
            return Err(reason.to_owned()).within(early + 1).within("answers");
        }
        let answers = Answers {
            steps,
            optional: self.optional,
        };
        Plans::check(&calls, &answers)?;
        Ok((calls, answers))
    }
}

pub(super) fn read_calls(calls: TextOr<CallsFile>) -> Result<Calls, WorldFault> {
    match calls {
        TextOr::Text(name) => Ok(Calls::from(find_op(&name)?)),
        TextOr::Full(calls) => calls.read(),
    }
}

impl CallsFile {
    fn read(self) -> Result<Calls, WorldFault> {
        let kinds = [
            self.op.is_some(),
            is_set("any", self.any)?,
            is_set("writes", self.writes)?,
            is_set("unmatched", self.unmatched)?,
        ];
        if kinds.iter().filter(|is_set| **is_set).count() != 1 {
            let reason = "expected one of `op`, `any`, `writes` and `unmatched`";
            return Err(reason.to_owned().into());
        }
        let mut ops = match (self.op, kinds) {
            (Some(OneOrMany(names)), _) if names.is_empty() => {
                let reason =
                    "the list of operations is empty; `\"any\": true` selects every request";
                return Err(reason.to_owned()).within("op");
            }
            (Some(OneOrMany(names)), _) => {
                let ops = each(names, |_, name| Ok(find_op(&name)?)).within("op")?;
                OpSet::of(ops)
            }
            (None, [_, true, ..]) => Calls::any().ops(),
            (None, [_, _, true, _]) => Calls::writes().ops(),
            (None, _) => OpSet::NONE.with(UNMATCHED),
        };
        for (index, name) in self.except.iter().enumerate() {
            let op = find_op(name).within(index).within("except")?;
            ops = ops.without(op as usize);
        }
        if ops == OpSet::NONE {
            return Err("it excludes every operation: remove names from it".to_owned())
                .within("except");
        }
        let text = |value: Option<String>, condition: fn(String) -> Condition| value.map(condition);
        let named = [
            text(self.namespace, Condition::Namespace),
            text(self.repo, Condition::Repo),
            text(self.tag, Condition::Tag),
            text(self.by, Condition::By),
            self.json_includes.map(Condition::JsonIncludes),
        ];
        let path = self.path.into_iter();
        let path = path.map(|(name, value)| Condition::Path(name, value));
        let query = self.query.into_iter();
        let query = query.map(|(name, value)| Condition::Query(name, value));
        let header = self.header.into_iter();
        let header =
            header.map(|(name, value)| Condition::Header(name.to_ascii_lowercase(), value));
        let without_query = self.without_query.into_iter().map(Condition::WithoutQuery);
        let with_header = self.with_header.into_iter();
        let with_header = with_header.map(|name| Condition::WithHeader(name.to_ascii_lowercase()));
        let json = self.json.into_iter();
        let json = json.map(|(pointer, value)| Condition::Json(pointer, value));
        let conditions = named.into_iter().flatten();
        let conditions = conditions
            .chain(path)
            .chain(query)
            .chain(without_query)
            .chain(header)
            .chain(with_header)
            .chain(json);
        Ok(Calls::of(ops, conditions.collect())?)
    }
}

impl CourseFile {
    fn read(self) -> Result<Course<SyncState>, WorldFault> {
        let words = SyncState::ALL.map(SyncState::as_str);
        let states = each(self.states, |_, text| {
            let state = SyncState::parse(&text);
            Ok(state.ok_or_else(|| not_one_of(&text, &words))?)
        });
        let mut course = Course::from(states.within("states")?);
        if let Some(text) = self.lasting {
            course = course.lasting(parse_duration(&text).within("lasting")?);
        }
        if let Some(repo) = self.of_repo {
            course = course.of_repo(&repo);
        }
        Ok(course.checked()?)
    }
}

impl ExpectationFile {
    fn read(self) -> Result<Expectation, WorldFault> {
        let verify = each(self.verify, |_, verified| verified.read());
        let order = each(self.order, |_, calls| read_calls(calls));
        let events = each(self.events, |_, event| event.read());
        if let Some(world) = &self.world {
            check_part_of_world(world).within("world")?;
        }
        Ok(Expectation {
            verify: verify.within("verify")?,
            order: order.within("order")?,
            events: events.within("events")?,
            world: self.world,
        })
    }
}

impl VerifiedFile {
    fn read(self) -> Result<(Expected, Times), WorldFault> {
        let times = match self.times {
            NumberOr::Number(count) => Times::from(usize::try_from(count).unwrap_or(usize::MAX)),
            NumberOr::Text(text) => Times::parse(&text).within("times")?,
            NumberOr::Full(()) => {
                let reason = "expected a number, or a range such as `2..`";
                return Err(reason.to_owned()).within("times");
            }
        };
        if times.is_anything() {
            let reason = "every number of calls is allowed, so nothing is asserted";
            return Err(reason.to_owned()).within("times");
        }
        let status = self.answered.map(|status| {
            let valid = u16::try_from(status).ok();
            let valid = valid.filter(|status| (100..=999).contains(status));
            valid
                .ok_or_else(|| format!("{status} is not a valid HTTP status (expected 100 to 999)"))
        });
        let refusal = self.refused.map(|name| Refusal::parse(&name));
        let expected = Expected {
            calls: read_calls(self.calls).within("calls")?,
            status: status.transpose().within("answered")?,
            refusal: refusal.transpose().within("refused")?,
        };
        Ok((expected, times))
    }
}

impl EventFile {
    fn read(self) -> Result<ExpectedEvent, WorldFault> {
        let mut kinds = EventKind::ALL.into_iter();
        let kind = kinds.find(|kind| kind.as_str() == self.kind);
        let kind =
            kind.ok_or_else(|| not_one_of(&self.kind, &EventKind::ALL.map(EventKind::as_str)));
        Ok(ExpectedEvent {
            kind: kind.within("kind")?,
            region: self.region,
            repo: self.repo,
            tag: self.tag,
            digest: self.digest,
            trigger: self.trigger,
            target_region: self.target_region,
            target_repo: self.target_repo,
            result: self.result,
            detail: self.detail,
        })
    }
}
