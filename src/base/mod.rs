//! What every other layer may use: values and plain functions that know nothing of the service.

pub(crate) mod advice;
pub(crate) mod clock;
pub(crate) mod codes;
pub(crate) mod http;
pub(crate) mod json;
pub(crate) mod problem;
pub(crate) mod redact;
pub(crate) mod sites;
pub(crate) mod times;
