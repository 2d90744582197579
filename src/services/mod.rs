//! The APIs in front of the state: authentication, handlers, and the errors of each API.
//!
//! - [`bindings`]: the handler of each operation; [`request`], [`input`], [`paging`]: what handlers read
//! - [`auth`]: authentication of requests
//! - [`basic`], [`iam`], [`registry`], [`storage`]: the handlers; [`download`]: responses with a blob
//! - [`dialect`], [`chains`]: the error texts of each API; [`gateway`], [`enterprise`]: error texts of APIs without
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
