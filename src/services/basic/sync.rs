//! Synchronization of a repository with other regions. Keys are in camelCase, unlike elsewhere.

use std::collections::HashSet;

use serde::Serialize;
use serde_json::Value;

use crate::base::clock::Time;
use crate::base::redact::Redacted;
use crate::base::refusal::Denied;
use crate::base::refusal::Refusal;
use crate::base::reply::Outcome;
use crate::services::input::{Fields, Input, one_of};
use crate::services::paging::{OFFSET, Paging, with_content_range};
use crate::state::{Caller, Direction, RepoPath, State, SyncJob, SyncRule, SyncTarget, TagName};

/// What rules and jobs both show: the source and the target of a copy.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CopyView<'a> {
    created_at: Time,
    #[serde(rename = "domainID")]
    domain_id: &'a str,
    domain_name: &'a str,
    id: u64,
    namespace: &'a str,
    #[serde(rename = "override")]
    overrides: bool,
    remote_namespace: &'a str,
    remote_region_id: &'a str,
    repo_name: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RuleView<'a> {
    #[serde(flatten)]
    copy: CopyView<'a>,
    sync_auto: bool,
    updated_at: Time,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JobView<'a> {
    #[serde(flatten)]
    copy: CopyView<'a>,
    status: &'static str,
    sync_operator_id: &'a str,
    sync_operator_name: &'a str,
    tag: &'a str,
    updated_at: Time,
}

impl<'a> CopyView<'a> {
    fn of(
        state: &'a State,
        (caller, path): (&Caller, &'a RepoPath<'_>),
        (id, created_at): (u64, Time),
        (target, overrides): (&'a SyncTarget, bool),
    ) -> CopyView<'a> {
        let account = state.account(caller.account);
        CopyView {
            created_at,
            domain_id: &account.id,
            domain_name: &account.name,
            id,
            namespace: &path.namespace,
            overrides,
            remote_namespace: &target.namespace,
            remote_region_id: &target.region,
            repo_name: &path.repo,
        }
    }
}

impl<'a> JobView<'a> {
    fn of(
        state: &'a State,
        (caller, path): (&Caller, &'a RepoPath<'_>),
        job: &'a SyncJob,
    ) -> JobView<'a> {
        let operator = state.user(job.operator);
        JobView {
            copy: CopyView::of(
                state,
                (caller, path),
                (job.id, job.created),
                (&job.target, job.overrides),
            ),
            status: job.state.as_str(),
            sync_operator_id: &operator.id,
            sync_operator_name: &operator.name,
            tag: job.tag.as_str(),
            updated_at: job.updated,
        }
    }
}

impl<'a> RuleView<'a> {
    fn of(
        state: &'a State,
        (caller, path): (&Caller, &'a RepoPath<'_>),
        rule: &'a SyncRule,
    ) -> RuleView<'a> {
        RuleView {
            copy: CopyView::of(
                state,
                (caller, path),
                (rule.id, rule.created),
                (&rule.target, rule.overrides),
            ),
            sync_auto: rule.is_automatic,
            updated_at: rule.updated,
        }
    }
}

pub(crate) fn create(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let fields = input.fields()?;
    let target = read_target(&fields, &RULE_FIELDS)?;
    let is_automatic = fields.boolean("syncAuto")?.unwrap_or_default();
    let overrides = fields.boolean("override")?.unwrap_or_default();
    let kind = (is_automatic, overrides);
    state.create_sync_rule(input.caller()?, &input.path(), target, kind)?;
    Ok(Outcome::empty_object())
}

/// All automatic rules, or an empty array: clients break on null.
pub(crate) fn list(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let (caller, path) = (input.caller()?, input.path());
    let rules = state.sync_rules(caller, &path)?;
    let views: Vec<RuleView<'_>> = rules
        .map(|rule| RuleView::of(state, (caller, &path), rule))
        .collect();
    Ok(Outcome::json(&views))
}

/// Deletes the rule that the body names.
pub(crate) fn delete(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let target = read_target(&input.fields()?, &TARGET_FIELDS)?;
    state.delete_sync_rule(input.caller()?, &input.path(), &target)?;
    Ok(Outcome::empty_object())
}

/// Starts the jobs. The array in the response is always empty.
pub(crate) fn start(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let fields = input.fields()?;
    let target = read_target(&fields, &IMAGE_FIELDS)?;
    let tags = read_tags(&fields)?;
    let overrides = fields.boolean("override")?.unwrap_or_default();
    state.sync_tags(input.caller()?, &input.path(), target, (tags, overrides))?;
    Ok(Outcome::json(&[(); 0]))
}

const PAGING: Paging<usize> = Paging {
    style: OFFSET,
    default: 100,
    max: 1000,
};

/// A page of the jobs, or an empty array. A poll moves each job on the page to its next state.
pub(crate) fn list_jobs(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let fields = input.required_filter(&["limit", "offset"])?;
    let page = PAGING.read(&fields)?;
    let directions = [
        ("desc", Direction::Descending),
        ("asc", Direction::Ascending),
    ];
    // Inferred: the latest job is first by default.
    let direction = match fields.text("order")? {
        Some(sent) => one_of("order", &sent, &directions)?,
        None => Direction::Descending,
    };
    let (caller, path) = (input.caller()?, input.path());
    let (jobs, total) = state.poll_sync_jobs(caller, &path, (page, direction))?;
    let views: Vec<JobView<'_>> = jobs
        .iter()
        .map(|job| JobView::of(state, (caller, &path), job))
        .collect();
    let outcome = with_content_range(Outcome::json(&views), page, views.len(), total);
    Ok(outcome.hint(jobs.first().and_then(why_not_copied)))
}

fn why_not_copied(job: &SyncJob) -> Option<String> {
    let reason = job.reason.as_ref()?;
    let (id, tag, status) = (job.id, &job.tag, job.state.as_str());
    Some(format!(
        "job {id} of tag `{tag}` ended as {status}: {reason}"
    ))
}

const TARGET_FIELDS: [&str; 2] = ["remoteRegionId", "remoteNamespace"];

const RULE_FIELDS: [&str; 4] = ["remoteRegionId", "remoteNamespace", "syncAuto", "override"];

const IMAGE_FIELDS: [&str; 4] = ["imageTag", "remoteRegionId", "remoteNamespace", "override"];

/// The longest name of an organization.
const MAX_NAMESPACE: usize = 64;

fn read_target(fields: &Fields<'_>, known: &[&str]) -> Result<SyncTarget, Denied> {
    let region = fields.required_text("remoteRegionId", known)?;
    let namespace = fields.required_text("remoteNamespace", known)?;
    if namespace.is_empty() || namespace.chars().count() > MAX_NAMESPACE {
        return Err(Denied::from(Refusal::ParameterValue).explained(format!(
            "remoteNamespace must have 1 to {MAX_NAMESPACE} characters"
        )));
    }
    Ok(SyncTarget {
        region: region.into(),
        namespace: namespace.into(),
    })
}

/// The most tags of one request. The service publishes no limit.
const MAX_TAGS: usize = 1000;

/// The tags, each once.
fn read_tags(fields: &Fields<'_>) -> Result<Vec<TagName>, Denied> {
    let sent = match fields {
        Fields::Json(body) => body.get("imageTag"),
        Fields::Text(_) => None,
    };
    let sent = match sent {
        None | Some(Value::Null) => {
            return Err(fields.missing(Refusal::ParameterMissing, "imageTag", &IMAGE_FIELDS));
        }
        Some(Value::Array(tags)) => tags,
        Some(other) => {
            return Err(Denied::from(Refusal::ParameterType).explained(format!(
                "imageTag must be an array of strings, not {}",
                Redacted::json_at("/imageTag", other)
            )));
        }
    };
    // Inferred: the service refuses an empty list.
    if sent.is_empty() || sent.len() > MAX_TAGS {
        return Err(Denied::from(Refusal::ParameterValue).explained(format!(
            "imageTag must have 1 to {MAX_TAGS} tags, not {}",
            sent.len()
        )));
    }
    let mut tags = Vec::with_capacity(sent.len());
    let mut seen = HashSet::new();
    for tag in sent {
        let Value::String(text) = tag else {
            return Err(Denied::from(Refusal::ParameterType).explained(format!(
                "imageTag must be an array of strings, and {} is in it",
                Redacted::json_at("/imageTag", tag)
            )));
        };
        let tag = TagName::parse(text).map_err(|refusal| TagName::refuse(refusal, text))?;
        if seen.insert(tag.clone()) {
            tags.push(tag);
        }
    }
    Ok(tags)
}
