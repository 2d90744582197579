//! Triggers of a repository.

use serde::Serialize;

use crate::base::clock::Time;
use crate::base::refusal::Denied;
use crate::base::refusal::Refusal;
use crate::base::reply::Outcome;
use crate::base::suggest::not_one_of;
use crate::services::input::{Fields, Input};
use crate::state::{
    Deployment, State, TRIGGER_NAME_RULE, Trigger, TriggerCondition, TriggerRun, is_trigger_name,
};

/// The 15 documented keys, in their order.
#[derive(Serialize)]
struct TriggerView<'a> {
    action: &'a str,
    app_type: &'a str,
    application: &'a str,
    cluster_id: &'a str,
    cluster_name: &'a str,
    cluster_ns: &'a str,
    condition: &'a str,
    container: &'a str,
    created_at: Time,
    creator_name: &'a str,
    enable: &'static str,
    name: &'a str,
    /// Always null in the list (live).
    trigger_history: Option<Vec<TriggerRunView<'a>>>,
    trigger_mode: &'a str,
    trigger_type: &'static str,
}

/// A run, with what the trigger says.
#[derive(Serialize)]
struct TriggerRunView<'a> {
    action: &'a str,
    app_type: &'a str,
    application: &'a str,
    cluster_id: &'a str,
    cluster_name: &'a str,
    cluster_ns: &'a str,
    condition: &'a str,
    container: &'a str,
    created_at: Time,
    creator_name: &'a str,
    detail: &'a str,
    result: &'static str,
    tag: &'a str,
}

impl<'a> TriggerView<'a> {
    fn of(state: &'a State, trigger: &'a Trigger) -> TriggerView<'a> {
        let deployment = &*trigger.deployment;
        TriggerView {
            action: &deployment.action,
            app_type: &deployment.app_type,
            application: &deployment.application,
            cluster_id: &deployment.cluster_id,
            cluster_name: &deployment.cluster_name,
            cluster_ns: &deployment.cluster_ns,
            condition: &trigger.condition.text,
            container: &deployment.container,
            created_at: trigger.created,
            creator_name: &state.user(trigger.creator).name,
            enable: if trigger.is_enabled { "true" } else { "false" },
            name: &trigger.name,
            trigger_history: None,
            trigger_mode: &deployment.trigger_mode,
            trigger_type: trigger.condition.kind(),
        }
    }

    fn run(&self, run: &'a TriggerRun) -> TriggerRunView<'a> {
        TriggerRunView {
            action: self.action,
            app_type: self.app_type,
            application: self.application,
            cluster_id: self.cluster_id,
            cluster_name: self.cluster_name,
            cluster_ns: self.cluster_ns,
            condition: self.condition,
            container: self.container,
            created_at: run.created,
            creator_name: self.creator_name,
            detail: &run.outcome.detail,
            result: run.outcome.as_str(),
            tag: run.tag.as_str(),
        }
    }
}

/// What creating a trigger reads.
const FIELDS: [&str; 12] = [
    "action",
    "app_type",
    "application",
    "cluster_id",
    "cluster_name",
    "cluster_ns",
    "condition",
    "container",
    "enable",
    "name",
    "trigger_mode",
    "trigger_type",
];

pub(crate) fn create(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let fields = input.fields()?;
    let required = |name| fields.required_text(name, &FIELDS);
    let name = required("name")?;
    if !is_trigger_name(&name) {
        return Err(invalid(format!(
            "`{name}` cannot be the name of a trigger: {TRIGGER_NAME_RULE}"
        )));
    }
    let deployment = read_deployment(&fields)?;
    let is_enabled = read_switch(&fields)?;
    let condition = TriggerCondition::parse(&required("trigger_type")?, &required("condition")?);
    let condition = condition.map_err(invalid)?;
    let trigger = (&*name, condition);
    state.create_trigger(
        input.caller()?,
        &input.path(),
        trigger,
        (deployment, is_enabled),
    )?;
    Ok(Outcome::empty_object())
}

fn read_deployment(fields: &Fields<'_>) -> Result<Deployment, Denied> {
    let optional = |name| fields.text(name).map(Option::unwrap_or_default);
    let one_of = |name: &str, sent: String, words: &[&str]| {
        if words.contains(&&*sent) {
            return Ok(sent);
        }
        Err(invalid(format!("{name} {}", not_one_of(&sent, words))))
    };
    let action = fields.required_text("action", &FIELDS)?;
    let app_type = fields.required_text("app_type", &FIELDS)?;
    let mode = fields.text("trigger_mode")?;
    let mode = mode.filter(|mode| !mode.is_empty());
    let deployment = Deployment {
        action: one_of("action", action, &["update"])?,
        app_type: one_of("app_type", app_type, &["deployments", "statefulsets"])?,
        application: fields.required_text("application", &FIELDS)?,
        cluster_id: optional("cluster_id")?,
        cluster_name: optional("cluster_name")?,
        cluster_ns: fields.required_text("cluster_ns", &FIELDS)?,
        container: optional("container")?,
        trigger_mode: one_of(
            "trigger_mode",
            mode.unwrap_or_else(|| "cce".to_owned()),
            &["cce", "cci"],
        )?,
    };
    if deployment.trigger_mode == "cce" && deployment.cluster_id.is_empty() {
        return Err(invalid("trigger_mode cce needs a cluster_id".to_owned()));
    }
    Ok(deployment)
}

/// A switch is a string here, not a JSON boolean.
fn read_switch(fields: &Fields<'_>) -> Result<bool, Denied> {
    match fields.required_text("enable", &FIELDS)?.as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        other => Err(invalid(format!(
            "enable must be \"true\" or \"false\", not \"{other}\""
        ))),
    }
}

/// Inferred: the live service says "Invalid param" without a detail where a workload or a cluster is unknown.
fn invalid(why: String) -> Denied {
    Denied::from(Refusal::ParameterType).hint(why)
}

pub(crate) fn list(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let triggers = state.triggers(input.caller()?, &input.path())?;
    let views = triggers.iter();
    let views: Vec<TriggerView<'_>> = views.map(|one| TriggerView::of(state, one)).collect();
    Ok(Outcome::json(&views))
}

/// With its history, the latest run first.
pub(crate) fn show(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let trigger = state.trigger(input.caller()?, &input.path(), &input.param("trigger"))?;
    let mut view = TriggerView::of(state, trigger);
    if !trigger.runs.is_empty() {
        let runs = trigger.runs.iter().rev();
        view.trigger_history = Some(runs.map(|run| view.run(run)).collect());
    }
    Ok(Outcome::json(&view))
}

/// `enable` alone can change; other keys are ignored.
pub(crate) fn update(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let is_enabled = read_switch(&input.fields()?)?;
    state.update_trigger(
        input.caller()?,
        &input.path(),
        &input.param("trigger"),
        is_enabled,
    )?;
    Ok(Outcome::empty_object())
}

pub(crate) fn delete(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    state.delete_trigger(input.caller()?, &input.path(), &input.param("trigger"))?;
    Ok(Outcome::empty())
}
