//! The operations as data.
//!
//! [`op`] has one row for each operation, and [`route`] finds the row for a path. [`named_in`] finds the organization,
//! repository and tag that a request names.

pub(crate) mod named_in;
pub(crate) mod op;
pub(crate) mod route;
