//! Sharing of repositories with other accounts.

use serde::Serialize;

use super::repos::{
    MARKER_PAGING, OFFSET_PAGING, RepoList, RepoListRow, RepoRow, path, read_filter,
};
use crate::base::clock::Time;
use crate::base::endpoints::Door;
use crate::base::refusal::Denied;
use crate::base::refusal::Refusal;
use crate::base::reply::Outcome;
use crate::services::input::{Fields, Input, one_of};
use crate::services::paging::{read_order, with_content_range};
use crate::state::{Deadline, RepoPath, Share, SharedBy, SharedFilter, SharedOrder, State, Terms};

#[derive(Serialize)]
struct ShareView<'a> {
    namespace: &'a str,
    repository: &'a str,
    access_domain: &'a str,
    permit: &'static str,
    deadline: &'a str,
    description: &'a str,
    creator_id: &'a str,
    creator_name: &'a str,
    created: Time,
    updated: Time,
    /// Whether the share is active.
    status: bool,
}

#[derive(Serialize)]
struct OneShare<'a> {
    exist: bool,
    #[serde(flatten)]
    share: ShareView<'a>,
}

/// The view of a share that does not exist. A client of OTC expects it with status 200, and terraform accepts it.
#[derive(Serialize)]
struct AbsentShare {
    exist: bool,
    namespace: &'static str,
    repository: &'static str,
    access_domain: &'static str,
    permit: &'static str,
    deadline: &'static str,
    description: &'static str,
    creator_id: &'static str,
    creator_name: &'static str,
    created: &'static str,
    updated: &'static str,
    status: bool,
}

const ABSENT: AbsentShare = AbsentShare {
    exist: false,
    namespace: "",
    repository: "",
    access_domain: "",
    permit: "",
    deadline: "",
    description: "",
    creator_id: "",
    creator_name: "",
    created: "0001-01-01T00:00:00Z",
    updated: "0001-01-01T00:00:00Z",
    status: false,
};

/// The maximum number of shares in a list, which has no pages.
const MAX_LISTED: usize = 100;

fn view<'a>(state: &'a State, path: &'a RepoPath<'a>, share: &'a Share) -> ShareView<'a> {
    let creator = state.user(share.creator);
    ShareView {
        namespace: &path.namespace,
        repository: &path.repo,
        access_domain: &state.account(share.account).name,
        permit: "read",
        deadline: share.terms.deadline.as_str(),
        description: &share.terms.description,
        creator_id: &creator.id,
        creator_name: &creator.name,
        created: share.created,
        updated: share.updated,
        status: state.is_active(share),
    }
}

/// The fields of requests that create or update a share.
const FIELDS: [&str; 4] = ["access_domain", "permit", "deadline", "description"];

pub(crate) fn create(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let fields = input.fields()?;
    let account = fields.required_text("access_domain", &FIELDS)?;
    state.create_share(
        input.caller()?,
        &input.path(),
        &account,
        read_terms(&fields)?,
    )?;
    Ok(Outcome::empty_object())
}

pub(crate) fn update(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let terms = read_terms(&input.fields()?)?;
    let account = input.param("access_domain");
    state.update_share(input.caller()?, &input.path(), &account, terms)?;
    Ok(Outcome::empty_object())
}

/// Reads the terms of a share. The default description is empty (documented).
fn read_terms(fields: &Fields<'_>) -> Result<Terms, Denied> {
    let permit = fields.required_text("permit", &FIELDS)?;
    one_of("permit", &permit, &[("read", ())]).map_err(|denied| Denied {
        refusal: Refusal::GrantLevel,
        ..denied
    })?;
    let deadline = fields.required_text("deadline", &FIELDS)?;
    let deadline = Deadline::parse(&deadline).map_err(|reason| {
        Denied::from(Refusal::ParameterValue)
            .explained(format!("deadline must be forever or a date: {reason}"))
    })?;
    let description = fields.text("description")?.unwrap_or_default();
    Terms::new(deadline, &description)
}

pub(crate) fn list(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let path = input.path();
    let shares = state.shares(input.caller()?, &path)?;
    let rows: Vec<ShareView<'_>> = shares
        .iter()
        .take(MAX_LISTED)
        .map(|share| view(state, &path, share))
        .collect();
    Ok(Outcome::json(&rows))
}

pub(crate) fn show(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let path = input.path();
    let account = input.param("access_domain");
    let share = state.find_share(input.caller()?, &path, &account)?;
    Ok(match share {
        None => Outcome::json(&ABSENT).hint(Some(state.why_no_share(&path, &account))),
        Some(share) => Outcome::json(&OneShare {
            exist: true,
            share: view(state, &path, share),
        }),
    })
}

pub(crate) fn delete(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let account = input.param("access_domain");
    state.delete_share(input.caller()?, &input.path(), &account)?;
    Ok(Outcome::empty())
}

/// v2: lists shared repositories by offset, in any order.
pub(crate) fn list_by_offset(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let fields = input.query()?;
    let page = OFFSET_PAGING.read(&fields)?;
    // Sources differ in the name of this column, so both names are accepted.
    let columns = [
        ("updated_at", SharedOrder::Updated),
        ("updated_time", SharedOrder::Updated),
        ("name", SharedOrder::Name),
        ("tag_count", SharedOrder::TagCount),
        ("namespace", SharedOrder::Namespace),
        ("domain_name", SharedOrder::DomainName),
    ];
    let order = read_order(&fields, &columns)?;
    let by = read_side(input, &fields, "center")?;
    let filter = read_shared_filter(&fields)?;
    let caller = input.caller()?;
    let (found, total) = state.list_shared(caller, input.registry(), by, &filter, order, page);
    let hint = match total {
        0 => state.why_no_shared_repo(caller, input.registry(), by, &filter),
        _ => None,
    };
    let registry = input.advertised.authority(Door::Registry);
    let paths: Vec<String> = found.iter().map(|row| path(&registry, row.repo)).collect();
    let rows: Vec<RepoRow<'_>> = found
        .iter()
        .zip(&paths)
        .map(|(row, path)| RepoRow::of(row.repo, path, &row.owner.name, total).status(row.status))
        .collect();
    let outcome = with_content_range(Outcome::json(&rows), page, rows.len(), total);
    Ok(outcome.hint(hint))
}

/// v3: lists shared repositories by marker, oldest first.
pub(crate) fn list_by_marker(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let fields = input.query()?;
    let page = MARKER_PAGING.read(&fields)?;
    let by = read_side(input, &fields, "shared_by")?;
    let filter = read_shared_filter(&fields)?;
    let caller = input.caller()?;
    let page = state.shared_after(caller, input.registry(), by, &filter, page);
    let hint = match page.rows.len() {
        0 => state.why_no_shared_repo(caller, input.registry(), by, &filter),
        _ => None,
    };
    let rows = page.rows.iter();
    let list = RepoList {
        repos: rows
            .map(|row| RepoListRow::of(row.repo, &row.owner.name).status(row.status))
            .collect(),
        next_marker: page.last().map(|row| row.repo.id),
    };
    Ok(Outcome::json(&list).hint(hint))
}

/// Reads which side of the shares to list. If the filter does not contain it, the query parameter is used: the SDK
/// sends it next to the filter.
fn read_side(input: &Input<'_>, fields: &Fields<'_>, name: &str) -> Result<SharedBy, Denied> {
    let side = match fields.text(name)?.or_else(|| input.query_value(name)) {
        Some(side) => side,
        None => {
            let others = [
                "filter",
                "namespace",
                "name",
                "category",
                "is_public",
                "domain_name",
                "status",
                "limit",
                "offset",
                "marker",
                "order_column",
                "order_type",
            ];
            fields.required_text(name, &[&[name], &others[..]].concat())?
        }
    };
    let sides = [("self", SharedBy::Own), ("thirdparty", SharedBy::Others)];
    one_of(name, &side, &sides)
}

fn read_shared_filter(fields: &Fields<'_>) -> Result<SharedFilter, Denied> {
    Ok(SharedFilter {
        repo: read_filter(fields)?,
        domain_name: fields.text("domain_name")?,
        status: fields.boolean("status")?,
    })
}
