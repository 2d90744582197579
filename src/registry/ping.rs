//! `GET /v2/`.

use crate::http::{Denied, Outcome};
use crate::input::Input;
use crate::state::{Refusal, State};

/// Answers whoever has a token; all others get the challenge.
pub(crate) fn show(_: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    if input.ticket.is_some() || input.caller.is_some() {
        Ok(Outcome::done())
    } else {
        Err(Refusal::CredentialsMissing.into())
    }
}
