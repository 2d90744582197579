//! The image registry: the OCI distribution API over the same state as the management API.
//!
//! - [`ping`], [`token`]: getting in
//! - [`blobs`], [`uploads`]: content
//! - [`manifests`], [`tags`], [`referrers`]: what it means
//! - [`dockyard`]: the private API that Harbor uses
//! - [`dialect`], [`challenge`]: how the registry phrases its errors, and what a 401 asks for

pub(crate) mod blobs;
mod challenge;
pub(crate) mod dialect;
pub(crate) mod dockyard;
pub(crate) mod manifests;
pub(crate) mod ping;
pub(crate) mod referrers;
pub(crate) mod tags;
pub(crate) mod token;
pub(crate) mod uploads;

use crate::base::access::Access;
use crate::base::refusal::Denied;
use crate::base::refusal::Refusal;
use crate::base::reply::Outcome;
use crate::services::input::Input;
use crate::state::{Images, Place, Profile, RepoScope, State, Ticket};

/// The repository a request is about, once it is clear that the caller may.
///
/// The token is a ceiling: what the caller may now is asked as well.
fn admit(state: &State, input: &Input<'_>) -> Result<Place, Denied> {
    let needs = input.request.row().and_then(|row| row.needs);
    let access = needs.ok_or(Refusal::ScopeInsufficient)?;
    let name = input.param("name");
    let place = state.place(&name)?;
    if let Some(ticket) = input.ticket
        && !ticket.reaches(&name, access)
    {
        return Err(outside_scope(state, ticket, &name, access));
    }
    state.may(input.caller.as_ref(), &place, access)?;
    Ok(place)
}

/// The token of the registry was issued for something else.
fn outside_scope(state: &State, ticket: &Ticket, name: &str, access: Access) -> Denied {
    let held = |grant: &RepoScope| match grant.actions.join(",") {
        actions if actions.is_empty() => format!("nothing on `{}`", grant.name),
        actions => format!("`{actions}` on `{}`", grant.name),
    };
    let held: Vec<String> = ticket.access.iter().map(held).collect();
    let held = if held.is_empty() {
        "the ping".to_owned()
    } else {
        held.join(", ")
    };
    let note = if state.settings.profile == Profile::Swr && access == Access::Push {
        " (as at the real service, the challenge of a push names no action)"
    } else {
        ""
    };
    Denied::from(Refusal::ScopeInsufficient).hint(format!(
        "the token does not allow `{}` on `{name}`, only {held}: ask for the scope `{}`{note}",
        format!("{access:?}").to_lowercase(),
        challenge::scope(name, access)
    ))
}

/// What the repository holds, which is nothing where it is not there.
fn images<'a>(state: &'a State, place: &Place, unknown: Refusal) -> Result<&'a Images, Denied> {
    state.content(place).ok_or_else(|| unknown.into())
}

/// What the service is known to refuse, whatever is asked: POST at the token endpoint, the first version's ping.
pub(crate) fn unsupported(_: &mut State, _: &Input<'_>) -> Result<Outcome, Denied> {
    Err(Refusal::Unsupported.into())
}
