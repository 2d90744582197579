//! The image registry: the OCI distribution API over the same state as the management API.
//!
//! - [`ping`], [`token`]: getting in
//! - [`blobs`], [`uploads`]: content
//! - [`manifests`], [`tags`], [`referrers`]: what it means
//! - [`dockyard`]: the private API that Harbor uses
//! - [`error`]: how the registry says no

pub(crate) mod blobs;
pub(crate) mod dockyard;
pub(crate) mod error;
pub(crate) mod manifest;
pub(crate) mod manifests;
pub(crate) mod ping;
pub(crate) mod referrers;
pub(crate) mod tags;
pub(crate) mod token;
pub(crate) mod uploads;

use crate::http::{Denied, Outcome};
use crate::input::Input;
use crate::state::{Access, Digest, Images, Place, Refusal, RepoScope, State};

/// The repository a request is about, once it is clear that the caller may.
///
/// The token is a ceiling: what the caller may now is asked as well.
fn admit(state: &State, input: &Input<'_>, access: Access) -> Result<Place, Denied> {
    let name = input.param("name");
    let place = state.place(&name)?;
    if let Some(ticket) = input.ticket
        && !ticket.reaches(&name, access)
    {
        let scope =
            |grant: &RepoScope| format!("`{}` on `{}`", grant.actions.join(","), grant.name);
        let scopes: Vec<String> = ticket.access.iter().map(scope).collect();
        let scopes = if scopes.is_empty() {
            "nothing".to_owned()
        } else {
            scopes.join(", ")
        };
        return Err(Denied::from(Refusal::ScopeInsufficient).hint(format!(
            "the token was not issued for `{}` on `{name}`, but for {scopes}",
            format!("{access:?}").to_lowercase()
        )));
    }
    state.may(input.caller.as_ref(), &place, access)?;
    Ok(place)
}

/// What the repository holds, which is nothing where it is not there.
fn images<'a>(state: &'a State, place: &Place, unknown: Refusal) -> Result<&'a Images, Denied> {
    state.content(place).ok_or_else(|| unknown.into())
}

fn digest(text: &str) -> Result<Digest, Denied> {
    Digest::parse(text).map_err(|refusal| Denied::from(refusal).detail(text))
}

/// What the service is known to refuse, whatever is asked: POST at the token endpoint, the first version's ping.
pub(crate) fn unsupported(_: &mut State, _: &Input<'_>) -> Result<Outcome, Denied> {
    Err(Refusal::Unsupported.into())
}
