//! Values and plain functions that every other layer may use. They do not depend on the service's state.
//!
//! - [`clock`]: time and ids; [`times`]: expected numbers of calls; [`digits`]: their digits
//! - [`request`], [`reply`], [`endpoints`], [`cloud`]: requests, responses, addresses and the cloud's host names
//! - [`refusal`]: every reason for a refusal; [`codes`]: the documented error codes; [`access`]: kinds of access to a
//!   repository
//! - [`blob`], [`digest`], [`manifest`], [`event`]: content, and what happened to it; [`job`]: jobs that change it
//! - [`json`]: strict reading; [`redact`]: hiding secrets; [`suggest`], [`advice`]: how to fix a mistake
//! - [`problem`]: the kinds of problems of a test, and their levels

pub(crate) mod access;
pub(crate) mod advice;
pub(crate) mod blob;
pub(crate) mod clock;
pub(crate) mod cloud;
pub(crate) mod codes;
pub(crate) mod digest;
pub(crate) mod digits;
pub(crate) mod endpoints;
pub(crate) mod event;
pub(crate) mod job;
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
