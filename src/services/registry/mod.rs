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

use crate::base::refusal::Denied;
use crate::base::refusal::Refusal;
use crate::base::reply::Outcome;
use crate::services::input::Input;
use crate::state::{RepoPath, State};

/// The repository that a request is about, if its client may do with it what the operation needs.
fn authorize<'a>(state: &State, input: &Input<'a>) -> Result<RepoPath<'a>, Denied> {
    let needs = input.request.row().and_then(|row| row.needs);
    let access = needs.ok_or(Refusal::ScopeInsufficient)?;
    state.authorize_registry(
        input.caller.as_ref(),
        input.registry_token,
        (input.registry(), input.param("name")),
        access,
    )
}

/// What the service is known to refuse, whatever is asked: POST at the token endpoint, the first version's ping.
pub(crate) fn unsupported(_: &mut State, _: &Input<'_>) -> Result<Outcome, Denied> {
    Err(Refusal::Unsupported.into())
}
