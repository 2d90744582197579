//! The operations: one row each, and the paths that lead to them. Data only.

pub(crate) mod named_in;
pub(crate) mod op;
pub(crate) mod route;
