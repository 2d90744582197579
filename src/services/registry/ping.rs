//! `GET` and `HEAD /v2/`.

use crate::base::refusal::Denied;
use crate::base::reply::Outcome;
use crate::services::input::Input;
use crate::state::State;

/// Answers whoever has a token, whatever it is good for; all others got the challenge.
pub(crate) fn show(_: &mut State, _: &Input<'_>) -> Result<Outcome, Denied> {
    Ok(Outcome::done())
}
