//! The types that a test uses.
//!
//! - [`builder`], [`start`], [`start_error`]: settings, start, and why a server did not start
//! - [`swr`]: a running server; `tls`: its certificates
//! - [`handles`]: read and change the content of a server
//! - [`names`]: the names that handles refer to by number, so that handles are `Copy`
//! - [`plan`], [`closures`]: planned answers; [`job`]: planned courses of jobs
//! - [`verify`], [`narrow`], [`wait`], [`events`]: the requests that the server received, and their effects
//! - [`problems`]: whether the test fails; [`scenario`], [`scenarios`]: tests from files

pub(crate) mod builder;
mod closures;
mod events;
pub(crate) mod handles;
pub(crate) mod job;
mod names;
mod narrow;
pub(crate) mod plan;
mod problems;
pub(crate) mod scenario;
pub(crate) mod scenarios;
mod start;
pub(crate) mod start_error;
pub(crate) mod swr;
#[cfg(feature = "tls")]
mod tls;
pub(crate) mod verify;
pub(crate) mod wait;
