//! Organizations.

use serde::Serialize;

use crate::base::refusal::Denied;
use crate::base::reply::Outcome;
use crate::services::input::Input;
use crate::state::{Caller, NamespaceName, NamespaceState, Permission, State, VisibleBy};

#[derive(Serialize)]
struct NamespaceList<'a> {
    namespaces: Vec<NamespaceRow<'a>>,
}

/// A row of the list: the keys of ShowNamespace, and two keys that only responses of the live service contain.
#[derive(Serialize)]
struct NamespaceRow<'a> {
    #[serde(flatten)]
    namespace: NamespaceView<'a>,
    access_user_count: usize,
    repo_count: usize,
}

#[derive(Serialize)]
pub(crate) struct NamespaceView<'a> {
    id: u64,
    name: &'a str,
    creator_name: &'a str,
    auth: u8,
}

pub(crate) fn create(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let name = input.fields()?.required_text("namespace", &["namespace"])?;
    let parsed =
        NamespaceName::parse(&name).map_err(|refusal| NamespaceName::refuse(refusal, &name))?;
    state.create_namespace(input.caller()?, input.registry(), parsed)?;
    Ok(Outcome::empty_object())
}

pub(crate) fn list(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let caller = input.caller()?;
    let query = input.query()?;
    let wanted = query.text("namespace")?;
    let seen = match query.text("mode")?.as_deref() {
        Some("visible") => VisibleBy::Anything,
        _ => VisibleBy::Permission,
    };
    let found = state.list_namespaces(caller, input.registry(), seen, wanted.as_deref());
    let namespaces: Vec<NamespaceRow<'_>> = found
        .into_iter()
        .map(|namespace| NamespaceRow {
            namespace: view(state, namespace, caller),
            access_user_count: namespace.grants.len(),
            repo_count: namespace.repo_count,
        })
        .collect();
    let missed = wanted.filter(|_| namespaces.is_empty());
    let hint = missed.and_then(|name| state.why_no_namespace(caller, input.registry(), &name));
    Ok(Outcome::json(&NamespaceList { namespaces }).hint(hint))
}

pub(crate) fn show(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let caller = input.caller()?;
    let namespace = state.authorize_namespace(
        caller,
        input.registry(),
        &input.param("namespace"),
        Permission::Read,
    )?;
    Ok(Outcome::json(&view(state, namespace, caller)))
}

pub(crate) fn delete(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    state.delete_namespace(input.caller()?, input.registry(), &input.param("namespace"))?;
    Ok(Outcome::empty())
}

pub(crate) fn view<'a>(
    state: &'a State,
    namespace: &'a NamespaceState,
    caller: &Caller,
) -> NamespaceView<'a> {
    NamespaceView {
        id: namespace.id,
        name: namespace.name.as_str(),
        creator_name: &state.user(namespace.creator).name,
        auth: state
            .held(caller, namespace, None)
            .map_or(0, Permission::number),
    }
}
