//! `GET /v2/`.

use crate::http::{Denied, Outcome};
use crate::input::Input;
use crate::state::{Refusal, State};

/// Answers those who are known; all others get the challenge.
///
/// Nobody has a registry token yet, so under any policy but `Off` the challenge is all there is.
pub(crate) fn show(_: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    match input.caller {
        Some(_) => Ok(Outcome::done()),
        None => Err(Refusal::CredentialsMissing.into()),
    }
}
