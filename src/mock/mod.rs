//! What a test holds: [`swr`] is the server, [`builder`] starts it.
//!
//! - [`handles`]: what is in the server; [`names`]: so that a handle can be copied
//! - [`plan`], [`closures`]: planned responses
//! - [`verify`], [`wait`], [`events`]: what was requested and what happened
//! - [`problems`]: whether the test fails; [`start_error`]: why a server does not start

pub(crate) mod builder;
mod closures;
mod events;
pub(crate) mod handles;
mod names;
pub(crate) mod plan;
mod problems;
pub(crate) mod start_error;
pub(crate) mod swr;
pub(crate) mod verify;
pub(crate) mod wait;
