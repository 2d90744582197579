//! Retention policies of a repository.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::base::clock::Time;
use crate::base::refusal::Denied;
use crate::base::refusal::Refusal;
use crate::base::reply::Outcome;
use crate::base::request::number;
use crate::base::suggest::not_one_of;
use crate::services::input::{Fields, Input};
use crate::services::paging::{OFFSET_PAIR, Paging, with_content_range};
use crate::state::{
    Page, Pattern, Permission, Retention, RetentionRule, Selector, State, Template,
};

#[derive(Serialize)]
struct RetentionView<'a> {
    algorithm: &'static str,
    id: u64,
    rules: [RuleView<'a>; 1],
    scope: &'static str,
}

#[derive(Serialize)]
struct RuleView<'a> {
    template: &'static str,
    params: ParamsView,
    tag_selectors: Vec<SelectorView<'a>>,
}

/// Numbers as strings: clients break on JSON numbers.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum ParamsView {
    Days(String),
    Num(String),
}

#[derive(Serialize)]
struct SelectorView<'a> {
    kind: &'static str,
    pattern: &'a str,
}

impl<'a> RuleView<'a> {
    fn of(rule: &'a RetentionRule) -> RuleView<'a> {
        let (template, params) = match rule.template {
            Template::Days(days) => ("date_rule", ParamsView::Days(days.to_string())),
            Template::Num(num) => ("tag_rule", ParamsView::Num(num.to_string())),
        };
        let selectors = rule.selectors.iter();
        RuleView {
            template,
            params,
            tag_selectors: selectors
                .map(|selector| SelectorView {
                    kind: selector.kind(),
                    pattern: selector.pattern(),
                })
                .collect(),
        }
    }
}

impl<'a> RetentionView<'a> {
    fn of(retention: &'a Retention) -> RetentionView<'a> {
        RetentionView {
            algorithm: "or",
            id: retention.id,
            rules: [RuleView::of(&retention.rule)],
            scope: "",
        }
    }
}

#[derive(Serialize)]
struct CreatedRetention {
    /// A number: clients break on a string.
    id: u64,
}

pub(crate) fn create(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let rule = read_rule(&input.fields()?)?;
    let id = state.create_retention(input.caller()?, &input.path(), rule)?;
    Ok(Outcome::json(&CreatedRetention { id }))
}

/// The one policy of the repository, or an empty array.
pub(crate) fn list(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let repo = state.authorize_repo(input.caller()?, &input.path(), Permission::Read)?;
    let policies = repo.automation.retention.iter();
    let views: Vec<RetentionView<'_>> = policies.map(RetentionView::of).collect();
    Ok(Outcome::json(&views))
}

pub(crate) fn show(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let retention = state.retention(input.caller()?, &input.path(), read_id(input))?;
    Ok(Outcome::json(&RetentionView::of(retention)))
}

pub(crate) fn update(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let rule = read_rule(&input.fields()?)?;
    state.update_retention(input.caller()?, &input.path(), read_id(input), rule)?;
    Ok(Outcome::empty_object())
}

pub(crate) fn delete(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    state.delete_retention(input.caller()?, &input.path(), read_id(input))?;
    Ok(Outcome::empty_object())
}

/// The id of the path; what is not a number is the id of no policy.
fn read_id(input: &Input<'_>) -> u64 {
    number(&input.param("retention_id")).unwrap_or_default()
}

const FIELDS: [&str; 2] = ["algorithm", "rules"];

const RULE_FIELDS: [&str; 3] = ["template", "params", "tag_selectors"];

/// How many selectors a rule may have. The service publishes no limit.
const MAX_SELECTORS: usize = 100;

/// Inferred: which code the service has for what is wrong with a policy.
fn invalid(why: impl Into<String>) -> Denied {
    Denied::from(Refusal::ParameterType).explained(why)
}

fn read_rule(fields: &Fields<'_>) -> Result<RetentionRule, Denied> {
    let algorithm = fields.required_text("algorithm", &FIELDS)?;
    if algorithm != "or" {
        return Err(invalid(format!(
            "algorithm {}",
            not_one_of(&algorithm, &["or"])
        )));
    }
    let Fields::Json(body) = fields else {
        return Err(invalid("rules must be in the body, which is JSON"));
    };
    let rules = body.get("rules").and_then(Value::as_array);
    match rules.map(Vec::as_slice) {
        Some([Value::Object(rule)]) => read_one_rule(rule),
        Some([_]) => Err(invalid("a rule must be a JSON object")),
        Some(rules) => Err(invalid(format!(
            "a policy has one rule, not {}",
            rules.len()
        ))),
        None => Err(fields.missing(Refusal::ParameterMissing, "rules", &FIELDS)),
    }
}

fn read_one_rule(rule: &Map<String, Value>) -> Result<RetentionRule, Denied> {
    let fields = Fields::Json(rule);
    let template = fields.required_text("template", &RULE_FIELDS)?;
    let params = rule.get("params").and_then(Value::as_object);
    let params = params.ok_or_else(|| invalid("params must be a JSON object"))?;
    let template = match &*template {
        "date_rule" => Template::Days(read_param(params, "days", 365)?),
        "tag_rule" => Template::Num(read_param(params, "num", 1000)?),
        _ => {
            let rule = not_one_of(&template, &["date_rule", "tag_rule"]);
            return Err(invalid(format!("template {rule}")));
        }
    };
    let selectors = rule.get("tag_selectors").and_then(Value::as_array);
    let selectors = selectors.ok_or_else(|| invalid("tag_selectors must be a JSON array"))?;
    if selectors.len() > MAX_SELECTORS {
        return Err(invalid(format!(
            "a rule has up to {MAX_SELECTORS} selectors, not {}",
            selectors.len()
        )));
    }
    let selectors = selectors.iter().map(read_selector);
    Ok(RetentionRule {
        template,
        selectors: selectors.collect::<Result<_, _>>()?,
    })
}

/// A number as a string, the only parameter of its template.
fn read_param(params: &Map<String, Value>, name: &str, max: u32) -> Result<u32, Denied> {
    let value = match params.get(name) {
        Some(Value::String(text)) if params.len() == 1 => number::<u32>(text),
        _ => None,
    };
    let value = value.filter(|value| (1..=max).contains(value));
    value.ok_or_else(|| {
        let sent = Value::Object(params.clone());
        invalid(format!(
            "params must be {{\"{name}\":\"1\"}} up to \"{max}\", a number in quotes, not {sent}"
        ))
    })
}

fn read_selector(value: &Value) -> Result<Selector, Denied> {
    let Value::Object(selector) = value else {
        return Err(invalid("a selector must be a JSON object"));
    };
    let fields = Fields::Json(selector);
    let required = |name| fields.required_text(name, &["kind", "pattern"]);
    let (kind, pattern) = (required("kind")?, required("pattern")?);
    match &*kind {
        "label" => Ok(Selector::Label(pattern)),
        "regexp" => Pattern::parse(&pattern)
            .map(Selector::Regexp)
            .map_err(|why| invalid(format!("`{pattern}` is not a regular expression: {why}"))),
        _ => {
            let rule = not_one_of(&kind, &["label", "regexp"]);
            Err(invalid(format!("kind {rule}")))
        }
    }
}

#[derive(Serialize)]
struct HistoryView<'a> {
    retention_log: Vec<EntryView<'a>>,
    total: usize,
}

#[derive(Serialize)]
struct EntryView<'a> {
    created_at: Time,
    id: u64,
    namespace: &'a str,
    repo: &'a str,
    retention_id: u64,
    /// The rule as JSON in a string.
    rule_type: String,
    tag: &'a str,
}

const PAGING: Paging<usize> = Paging {
    style: OFFSET_PAIR,
    default: 100,
    max: 1000,
};

/// The deleted tags, the latest first. Past the end the total is the same.
pub(crate) fn histories(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let page: Page<usize> = PAGING.read(&input.query()?)?;
    let path = input.path();
    let (entries, total) = state.retention_log(input.caller()?, &path, page)?;
    let log: Vec<EntryView<'_>> = entries
        .into_iter()
        .map(|entry| EntryView {
            created_at: entry.created,
            id: entry.id,
            namespace: &path.namespace,
            repo: &path.repo,
            retention_id: entry.retention,
            rule_type: serde_json::to_string(&RuleView::of(&entry.rule)).unwrap_or_default(),
            tag: entry.tag.as_str(),
        })
        .collect();
    let count = log.len();
    let outcome = Outcome::json(&HistoryView {
        retention_log: log,
        total,
    });
    Ok(with_content_range(outcome, page, count, total))
}
