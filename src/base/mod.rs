//! Values and plain functions that every other layer may use. They know nothing of the service's state.
//!
//! - [`clock`]: time and ids; [`times`]: how often something happened
//! - [`request`], [`reply`], [`endpoints`]: requests, responses and addresses as values
//! - [`refusal`]: every reason for a refusal; [`codes`]: the documented error codes; [`access`]: what a client of the
//!   registry may want
//! - [`blob`], [`digest`], [`manifest`], [`event`]: content, and what happens to it
//! - [`json`], [`redact`], [`suggest`], [`advice`]: reading strictly, hiding secrets, and what to do instead
//! - [`problem`]: what can be wrong with a test

pub(crate) mod access;
pub(crate) mod advice;
pub(crate) mod blob;
pub(crate) mod clock;
pub(crate) mod codes;
pub(crate) mod digest;
pub(crate) mod endpoints;
pub(crate) mod event;
pub(crate) mod json;
pub(crate) mod manifest;
pub(crate) mod problem;
pub(crate) mod redact;
pub(crate) mod refusal;
pub(crate) mod registry;
pub(crate) mod reply;
pub(crate) mod request;
pub(crate) mod suggest;
pub(crate) mod times;
