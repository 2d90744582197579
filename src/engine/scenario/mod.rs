//! Scenarios: a server, planned answers and expectations, from a file.
//!
//! - [`file`]: the format; [`read`], [`answers`]: from the format to plans and assertions
//! - [`judge`]: whether the expectations hold
//! - [`record`]: from the journal and the plans of a test to the format

mod answers;
mod file;
pub(crate) mod judge;
mod read;
pub(crate) mod record;

use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use serde_json::Value;

use crate::base::job::{Course, SyncState};
use crate::engine::answer::answers::Answers;
use crate::engine::calls::Calls;
use crate::engine::history::TimeChange;
use crate::engine::progress::Place;
use crate::fixtures::error::{FixtureError, Within, WorldFault, parse_strict, read_text};
use crate::fixtures::forms::UniqueKeys;
use crate::fixtures::world::World;
use crate::services::auth::Auth;
use crate::state::Profile;
use file::ScenarioFile;
use judge::Expectation;

/// A scenario of a file.
#[derive(Debug, Clone)]
pub(crate) struct Script {
    pub(crate) world: World,
    pub(crate) auth: Option<Auth>,
    pub(crate) profile: Option<Profile>,
    /// At least one.
    pub(crate) steps: Vec<Step>,
}

/// A part of a scenario: what changes before it, what the runner gets, and what must be true in the end.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) time: Option<TimeChange>,
    pub(crate) plans: Vec<PlannedAnswers>,
    pub(crate) courses: Vec<(Course<SyncState>, Place)>,
    pub(crate) input: Option<Value>,
    pub(crate) expect: Arc<Expectation>,
}

#[derive(Debug, Clone)]
pub(crate) struct PlannedAnswers {
    pub(crate) calls: Calls,
    pub(crate) answers: Answers,
    pub(crate) place: Place,
}

/// The scenarios that are part of the crate.
const BUNDLED: [(&str, &str); 11] = [
    (
        "expired-token",
        include_str!("../../../fixtures/scenarios/expired-token.json"),
    ),
    (
        "failing-sync",
        include_str!("../../../fixtures/scenarios/failing-sync.json"),
    ),
    (
        "lost-response",
        include_str!("../../../fixtures/scenarios/lost-response.json"),
    ),
    (
        "name-taken",
        include_str!("../../../fixtures/scenarios/name-taken.json"),
    ),
    (
        "oci-index-refused",
        include_str!("../../../fixtures/scenarios/oci-index-refused.json"),
    ),
    (
        "permission-lost",
        include_str!("../../../fixtures/scenarios/permission-lost.json"),
    ),
    (
        "quota-full",
        include_str!("../../../fixtures/scenarios/quota-full.json"),
    ),
    (
        "repository-deleted",
        include_str!("../../../fixtures/scenarios/repository-deleted.json"),
    ),
    (
        "retention-surprise",
        include_str!("../../../fixtures/scenarios/retention-surprise.json"),
    ),
    (
        "slow-registry",
        include_str!("../../../fixtures/scenarios/slow-registry.json"),
    ),
    (
        "throttled-push",
        include_str!("../../../fixtures/scenarios/throttled-push.json"),
    ),
];

impl Script {
    /// The bundled scenario of this name.
    pub(crate) fn find(name: &str) -> Result<Script, String> {
        let found = BUNDLED.iter().find(|(known, _)| *known == name);
        let (_, text) = found.ok_or_else(|| {
            let names = BUNDLED.map(|(name, _)| name).join(", ");
            format!("there is no bundled scenario `{name}`; the bundled scenarios are: {names}")
        })?;
        let script = Script::parse(text, name);
        script.map_err(|error| format!("the bundled scenario `{name}` is invalid: {error}"))
    }

    pub(crate) fn load(path: &Path) -> Result<Script, FixtureError> {
        let text = read_text(path)?;
        let script = Script::parse(&text, &path.display().to_string());
        script.map_err(|error| error.in_file(path))
    }

    /// Reads a scenario. `name` is the file that plans are reported with.
    pub(crate) fn parse(text: &str, name: &str) -> Result<Script, FixtureError> {
        serde_json::from_str::<UniqueKeys>(text)
            .map_err(|error| FixtureError::of_json(&error, text))?;
        let (file, value) = parse_strict::<ScenarioFile>(text)?;
        let in_text = |fault: WorldFault| fault.in_text(text);
        refuse_nulls(&value).map_err(in_text)?;
        let source = read::Source { text, name };
        source.script(file).map_err(in_text)
    }
}

/// Keys below which `null` has a meaning, or which are checked by themselves.
const MAY_BE_NULL: [&str; 4] = ["input", "json", "json_includes", "world"];

/// Refuses `null` in place of a setting, because it would be read as no setting.
fn refuse_nulls(value: &Value) -> Result<(), WorldFault> {
    match value {
        Value::Object(object) => {
            let settings = object.iter();
            let mut settings = settings.filter(|(key, _)| !MAY_BE_NULL.contains(&key.as_str()));
            settings.try_for_each(|(key, value)| match value {
                Value::Null => {
                    Err("expected a value, got null: remove the key".to_owned()).within(key)
                }
                value => refuse_nulls(value).within(key),
            })
        }
        Value::Array(items) => {
            let mut items = items.iter().enumerate();
            items.try_for_each(|(index, item)| refuse_nulls(item).within(index))
        }
        _ => Ok(()),
    }
}

impl FromStr for Script {
    type Err = FixtureError;

    fn from_str(text: &str) -> Result<Script, FixtureError> {
        Script::parse(text, "scenario")
    }
}
