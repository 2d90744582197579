//! The APIs in front of the state: what handlers read and show, who calls, and how each API refuses.
//!
//! - [`bindings`]: which function handles which operation; [`request`], [`input`], [`paging`]: what it reads
//! - [`auth`]: who sends a request
//! - [`basic`], [`iam`], [`registry`], [`storage`]: the handlers; [`download`]: blobs as responses
//! - [`dialect`], [`chains`]: how each API phrases its errors; [`gateway`], [`enterprise`]: the dialects of what has no
//!   handlers

pub(crate) mod auth;
pub(crate) mod basic;
pub(crate) mod bindings;
pub(crate) mod chains;
pub(crate) mod dialect;
pub(crate) mod download;
pub(crate) mod enterprise;
pub(crate) mod gateway;
pub(crate) mod iam;
pub(crate) mod input;
pub(crate) mod paging;
pub(crate) mod registry;
pub(crate) mod request;
pub(crate) mod storage;
