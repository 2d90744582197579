//! The version check: `GET` and `HEAD /v2/`.

use crate::base::refusal::Denied;
use crate::base::reply::Outcome;
use crate::services::input::Input;
use crate::state::State;

/// Responds with 200 to every authenticated client. Other clients have received the challenge before.
pub(crate) fn show(_: &mut State, _: &Input<'_>) -> Result<Outcome, Denied> {
    Ok(Outcome::empty_object())
}
