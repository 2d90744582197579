//! What every other layer may use: values and plain functions that know nothing of the service's state.

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
pub(crate) mod reply;
pub(crate) mod request;
pub(crate) mod suggest;
pub(crate) mod times;
