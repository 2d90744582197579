//! The types that a test uses: [`builder`] starts a server, [`swr`] is a running one.
//!
//! - [`handles`]: read and change the content of a server
//! - [`names`]: the names that handles refer to by number, so that handles are `Copy`
//! - [`plan`], [`closures`]: planned answers
//! - [`verify`], [`wait`], [`events`]: the requests that the server received, and their effects
//! - [`problems`]: whether the test fails
//! - [`start_error`]: why a server did not start

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
