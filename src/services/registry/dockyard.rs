//! The private API of Harbor's adapter, on the registry's host. Its clients send a login and no token.

use serde::Serialize;

use crate::base::refusal::Denied;
use crate::base::reply::Outcome;
use crate::services::basic::namespaces::{self, NamespaceView};
use crate::services::input::Input;
use crate::state::{Caller, NamespaceName, NamespaceState, Permission, State, VisibleBy};

#[derive(Serialize)]
struct DockyardNamespaces<'a> {
    namespaces: Vec<DockyardNamespace<'a>>,
}

#[derive(Serialize)]
struct DockyardNamespace<'a> {
    #[serde(flatten)]
    namespace: NamespaceView<'a>,
    user_count: usize,
    image_count: usize,
}

fn view<'a>(
    state: &'a State,
    namespace: &'a NamespaceState,
    caller: &Caller,
) -> DockyardNamespace<'a> {
    DockyardNamespace {
        namespace: namespaces::view(state, namespace, caller),
        user_count: namespace.grants.len(),
        image_count: namespace.repo_count,
    }
}

pub(crate) fn list_namespaces(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let caller = input.caller()?;
    let namespaces = state.list_namespaces(caller, input.registry(), VisibleBy::Permission, None);
    let views = namespaces.into_iter();
    let namespaces = views
        .map(|namespace| view(state, namespace, caller))
        .collect();
    Ok(Outcome::json(&DockyardNamespaces { namespaces }))
}

/// An organization that does not exist is an empty object, as in Harbor's own mock, because a refusal would end
/// Harbor's job.
pub(crate) fn show_namespace(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let (caller, name) = (input.caller()?, input.param("namespace"));
    Ok(
        match state.authorize_namespace(caller, input.registry(), &name, Permission::Read) {
            Ok(namespace) => Outcome::json(&view(state, namespace, caller)),
            Err(_) => Outcome::empty_object().hint(state.why_no_namespace(
                caller,
                input.registry(),
                &name,
            )),
        },
    )
}

pub(crate) fn create_namespace(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let name = input.fields()?.required_text("namespace", &["namespace"])?;
    let parsed =
        NamespaceName::parse(&name).map_err(|refusal| NamespaceName::refuse(refusal, &name))?;
    state.create_namespace(input.caller()?, input.registry(), parsed)?;
    Ok(Outcome::empty_object())
}
