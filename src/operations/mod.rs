//! The operations, as data: [`op`] has one row for each, [`route`] finds the row of a path, [`named_in`] says where a
//! request names its organization, repository and tag.

pub(crate) mod named_in;
pub(crate) mod op;
pub(crate) mod route;
