//! The private API that Harbor's adapter uses, on the registry's host, with a login and no token.

use serde::Serialize;

use crate::base::refusal::Denied;
use crate::base::reply::Outcome;
use crate::services::input::Input;
use crate::state::{NamespaceName, Permission, State};

#[derive(Serialize)]
struct Namespaces<'a> {
    namespaces: Vec<Namespace<'a>>,
}

#[derive(Serialize)]
struct Namespace<'a> {
    id: u64,
    name: &'a str,
    creator_name: &'a str,
    auth: u8,
    user_count: usize,
    image_count: usize,
}

fn view<'a>(
    state: &'a State,
    namespace: &'a crate::state::Namespace,
    auth: Option<Permission>,
) -> Namespace<'a> {
    Namespace {
        id: namespace.id,
        name: namespace.name.as_str(),
        creator_name: &state.user(namespace.creator).name,
        auth: auth.map_or(0, Permission::number),
        user_count: namespace.grants.len(),
        image_count: namespace.repo_count,
    }
}

pub(crate) fn list_namespaces(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let caller = input.caller()?;
    let visible = state.namespaces_held(caller).into_iter();
    let namespaces = visible
        .map(|namespace| view(state, namespace, state.held(caller, namespace, None)))
        .collect();
    Ok(Outcome::json(&Namespaces { namespaces }))
}

/// An organization that is not there is an empty object, as Harbor's own mock has it: any refusal would end its job.
pub(crate) fn show_namespace(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let caller = input.caller()?;
    let namespace = state.namespace(&input.param("namespace"));
    let reached =
        namespace.and_then(|namespace| Some((namespace, state.held(caller, namespace, None)?)));
    Ok(match reached {
        Some((namespace, auth)) => Outcome::json(&view(state, namespace, Some(auth))),
        None => Outcome::done().hint(state.why_no_namespace(caller, &input.param("namespace"))),
    })
}

pub(crate) fn create_namespace(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let name = input.fields()?.required_text("namespace", &["namespace"])?;
    let parsed =
        NamespaceName::parse(&name).map_err(|refusal| NamespaceName::refuse(refusal, &name))?;
    state.create_namespace(input.caller()?, parsed)?;
    Ok(Outcome::done())
}
