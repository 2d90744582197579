//! Permissions on organizations and repositories. Request bodies are bare arrays.

use serde::Serialize;

use crate::base::refusal::Denied;
use crate::base::refusal::Refusal;
use crate::base::reply::Outcome;
use crate::services::input::{Fields, Input};
use crate::state::{GrantRequest, GrantTarget, Permission, RepoPath, State, UserNo};

#[derive(Serialize)]
struct NamespaceGrantsView<'a> {
    id: u64,
    name: &'a str,
    creator_name: &'a str,
    self_auth: GrantView<'a>,
    /// All users with a permission, including the caller (live).
    others_auths: Vec<GrantView<'a>>,
}

#[derive(Serialize)]
struct RepoGrantsView<'a> {
    id: u64,
    name: &'a str,
    self_auth: GrantView<'a>,
    others_auths: Vec<GrantView<'a>>,
}

#[derive(Serialize)]
struct GrantView<'a> {
    user_id: &'a str,
    user_name: &'a str,
    auth: u8,
}

fn view(state: &State, user: UserNo, permission: Option<Permission>) -> GrantView<'_> {
    let user = state.user(user);
    GrantView {
        user_id: &user.id,
        user_name: &user.name,
        auth: permission.map_or(0, Permission::number),
    }
}

pub(crate) fn show_of_namespace(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let caller = input.caller()?;
    let namespace = state.authorize_namespace(
        caller,
        input.registry(),
        &input.param("namespace"),
        Permission::Read,
    )?;
    let grants = namespace.grants.iter();
    Ok(Outcome::json(&NamespaceGrantsView {
        id: namespace.id,
        name: namespace.name.as_str(),
        creator_name: &state.user(namespace.creator).name,
        self_auth: view(state, caller.user, state.held(caller, namespace, None)),
        others_auths: grants
            .map(|(user, level)| view(state, user, Some(level)))
            .collect(),
    }))
}

/// Shows the permissions on a repository. The others do not include the caller (live), and permissions on the
/// organization are not repeated.
pub(crate) fn show_of_repo(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let caller = input.caller()?;
    let (repo, own) = state.repo_with_grants(caller, &input.path())?;
    let others = repo.grants.iter().filter(|(user, _)| *user != caller.user);
    Ok(Outcome::json(&RepoGrantsView {
        id: repo.id,
        name: repo.name.as_str(),
        self_auth: view(state, caller.user, own),
        others_auths: others
            .map(|(user, level)| view(state, user, Some(level)))
            .collect(),
    }))
}

pub(crate) fn create(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let path = input.path();
    let granting = state.authorize_granting(input.caller()?, target(&path))?;
    state.create_grants(granting, &read_grants(input)?)?;
    Ok(Outcome::empty_object())
}

pub(crate) fn update(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let path = input.path();
    let granting = state.authorize_granting(input.caller()?, target(&path))?;
    state.update_grants(granting, &read_grants(input)?)?;
    Ok(Outcome::empty_object())
}

/// Deletes permissions. The body is an array of user ids.
pub(crate) fn delete(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let path = input.path();
    let granting = state.authorize_granting(input.caller()?, target(&path))?;
    let id = |value: &serde_json::Value| match value {
        serde_json::Value::String(id) => Ok(id.clone()),
        other => Err(Denied::from(Refusal::ParameterType)
            .explained(format!("a user id must be a string, not {other}"))),
    };
    let ids = input.array()?.iter().map(id);
    let ids: Vec<String> = ids.collect::<Result<_, _>>()?;
    state.delete_grants(granting, &ids)?;
    Ok(Outcome::empty())
}

/// The repository in the path, or the organization if the path names no repository.
fn target<'a>(path: &'a RepoPath<'a>) -> GrantTarget<'a> {
    if path.repo.is_empty() {
        GrantTarget::Namespace(path.registry, &path.namespace)
    } else {
        GrantTarget::Repo(path)
    }
}

/// The fields of each user in a request.
const FIELDS: [&str; 3] = ["user_id", "user_name", "auth"];

/// Reads the id, name and permission of each user.
fn read_grants(input: &Input<'_>) -> Result<Vec<GrantRequest>, Denied> {
    let read = |row: &serde_json::Value| {
        let serde_json::Value::Object(row) = row else {
            return Err(Denied::from(Refusal::ParameterType)
                .explained(format!("each permission must be an object, not {row}")));
        };
        let level = row.get("auth").map(read_level).transpose()?;
        let fields = Fields::Json(row);
        Ok(GrantRequest {
            level: level
                .ok_or_else(|| fields.missing(Refusal::ParameterMissing, "auth", &FIELDS))?,
            id: fields.required_text("user_id", &FIELDS)?,
            name: fields.required_text("user_name", &FIELDS)?,
        })
    };
    input.array()?.iter().map(read).collect()
}

fn read_level(value: &serde_json::Value) -> Result<Permission, Denied> {
    let number = value.as_u64().ok_or_else(|| {
        Denied::from(Refusal::ParameterType)
            .explained(format!("auth must be a number, not {value}"))
    })?;
    Permission::of_number(number).ok_or_else(|| {
        Denied::from(Refusal::GrantLevel).explained(format!(
            "auth must be 7 (manage), 3 (write) or 1 (read), not {number}"
        ))
    })
}
