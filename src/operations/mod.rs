//! The operations as data.
//!
//! [`op`] has one row for each operation, and [`route`] finds the row for a path. [`named_in`] finds the organization,
//! repository and tag that a request names. [`published`] has the published types of requests. [`refusals`] lists the
//! refusals that an operation can give.

pub(crate) mod named_in;
pub(crate) mod op;
pub(crate) mod published;
pub(crate) mod refusals;
pub(crate) mod route;
