//! The format of a scenario file.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::fixtures::forms::{NumberOr, OneOrMany, TextOr, some_value};
use crate::fixtures::world::WorldFile;

#[derive(Debug, Default, Deserialize)]
#[serde(
    deny_unknown_fields,
    default,
    expecting = "a scenario, which is an object"
)]
pub(super) struct ScenarioFile {
    #[serde(rename = "$schema")]
    _schema: Option<String>,
    #[serde(rename = "about")]
    _about: Option<String>,
    pub(super) world: Option<TextOr<WorldFile>>,
    pub(super) auth: Option<String>,
    pub(super) profile: Option<String>,
    pub(super) on: Vec<PlanFile>,
    pub(super) next_job: Vec<CourseFile>,
    #[serde(deserialize_with = "some_value")]
    pub(super) input: Option<Value>,
    pub(super) expect: ExpectationFile,
    pub(super) steps: Vec<StepFile>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(
    deny_unknown_fields,
    default,
    expecting = "a step, as {\"advance\": \"31d\", \"expect\": {..}}"
)]
pub(super) struct StepFile {
    #[serde(rename = "about")]
    _about: Option<String>,
    pub(super) advance: Option<String>,
    pub(super) set_time: Option<String>,
    pub(super) on: Vec<PlanFile>,
    pub(super) next_job: Vec<CourseFile>,
    #[serde(deserialize_with = "some_value")]
    pub(super) input: Option<Value>,
    pub(super) expect: ExpectationFile,
}

#[derive(Debug, Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a plan, as {\"calls\": \"CreateRepo\", \"answers\": [503]}"
)]
pub(super) struct PlanFile {
    pub(super) calls: TextOr<CallsFile>,
    pub(super) answers: OneOrMany<NumberOr<AnswerFile>>,
    #[serde(default)]
    pub(super) optional: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(
    deny_unknown_fields,
    default,
    expecting = "calls, as {\"op\": \"CreateRepo\", \"repo\": \"group/web\"}"
)]
pub(super) struct CallsFile {
    pub(super) op: Option<OneOrMany<String>>,
    pub(super) any: Option<bool>,
    pub(super) writes: Option<bool>,
    pub(super) unmatched: Option<bool>,
    pub(super) except: Vec<String>,
    pub(super) namespace: Option<String>,
    pub(super) repo: Option<String>,
    pub(super) tag: Option<String>,
    pub(super) by: Option<String>,
    pub(super) path: BTreeMap<String, String>,
    pub(super) query: BTreeMap<String, String>,
    pub(super) without_query: Vec<String>,
    pub(super) header: BTreeMap<String, String>,
    pub(super) with_header: Vec<String>,
    pub(super) json: BTreeMap<String, Value>,
    #[serde(deserialize_with = "some_value")]
    pub(super) json_includes: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(
    deny_unknown_fields,
    default,
    expecting = "an answer, as {\"refusal\": \"Throttled\", \"times\": 2}"
)]
pub(super) struct AnswerFile {
    pub(super) refusal: Option<String>,
    pub(super) status: Option<u64>,
    #[serde(deserialize_with = "some_value")]
    pub(super) json: Option<Value>,
    pub(super) code: Option<String>,
    pub(super) real: Option<bool>,
    pub(super) reset: Option<bool>,
    pub(super) close: Option<bool>,
    pub(super) raw: Option<String>,
    pub(super) reset_after_reading: Option<u64>,
    pub(super) header: BTreeMap<String, String>,
    pub(super) delay: Option<String>,
    pub(super) lost: Option<bool>,
    pub(super) reset_after: Option<u64>,
    pub(super) close_after: Option<u64>,
    pub(super) stall_after: Option<u64>,
    pub(super) dribble: Option<DribbleFile>,
    pub(super) corrupt: Option<bool>,
    pub(super) times: Option<NumberOr<()>>,
}

#[derive(Debug, Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "an object, as {\"bytes\": 10, \"every\": \"5ms\"}"
)]
pub(super) struct DribbleFile {
    pub(super) bytes: u64,
    pub(super) every: String,
}

#[derive(Debug, Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a course, as {\"states\": [\"waiting\", \"failed\"]}"
)]
pub(super) struct CourseFile {
    pub(super) states: Vec<String>,
    #[serde(default)]
    pub(super) lasting: Option<String>,
    #[serde(default)]
    pub(super) of_repo: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(
    deny_unknown_fields,
    default,
    expecting = "an expectation, as {\"verify\": [..], \"world\": {..}}"
)]
pub(super) struct ExpectationFile {
    pub(super) verify: Vec<VerifiedFile>,
    pub(super) order: Vec<TextOr<CallsFile>>,
    pub(super) events: Vec<EventFile>,
    pub(super) world: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "an assertion, as {\"calls\": \"CreateRepo\", \"times\": 2}"
)]
pub(super) struct VerifiedFile {
    pub(super) calls: TextOr<CallsFile>,
    pub(super) times: NumberOr<()>,
    #[serde(default)]
    pub(super) answered: Option<u64>,
    #[serde(default)]
    pub(super) refused: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "an event, as {\"kind\": \"pushed\", \"repo\": \"group/web\"}"
)]
pub(super) struct EventFile {
    pub(super) kind: String,
    #[serde(default)]
    pub(super) region: Option<String>,
    #[serde(default)]
    pub(super) repo: Option<String>,
    #[serde(default)]
    pub(super) tag: Option<String>,
    #[serde(default)]
    pub(super) digest: Option<String>,
    #[serde(default)]
    pub(super) trigger: Option<String>,
    #[serde(default)]
    pub(super) target_region: Option<String>,
    #[serde(default)]
    pub(super) target_repo: Option<String>,
    #[serde(default)]
    pub(super) result: Option<String>,
    #[serde(default)]
    pub(super) detail: Option<String>,
}
