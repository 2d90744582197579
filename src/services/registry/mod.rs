//! The image registry: the OCI distribution API over the same state as the management API.
//!
//! - [`ping`], [`token`]: the version check and the token endpoint
//! - [`blobs`], [`uploads`]: blobs
//! - [`manifests`], [`tags`], [`referrers`]: manifests and lists
//! - [`dockyard`]: the private API for Harbor
//! - [`dialect`], [`challenge`]: error texts, and the challenge of a 401

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

/// The repository in the path, if the client has the access that the operation needs.
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

/// The handler of operations that the service always refuses: POST at the token endpoint, and the ping of version 1.
pub(crate) fn unsupported(_: &mut State, _: &Input<'_>) -> Result<Outcome, Denied> {
    Err(Refusal::Unsupported.into())
}
