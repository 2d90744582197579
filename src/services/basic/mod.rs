//! The basic edition's management API, with one file per area. A handler reads fields, calls one method of the state,
//! and returns a view.

pub(crate) mod account;
pub(crate) mod dialect;
mod failures;
pub(crate) mod logins;
pub(crate) mod namespaces;
pub(crate) mod permissions;
pub(crate) mod quotas;
pub(crate) mod repos;
pub(crate) mod retention;
pub(crate) mod sharing;
pub(crate) mod sync;
pub(crate) mod tags;
pub(crate) mod triggers;
pub(crate) mod versions;
