//! What a test holds.

pub(crate) mod builder;
mod closures;
mod events;
pub(crate) mod handles;
mod names;
pub(crate) mod plan;
mod problems;
pub(crate) mod start_error;
pub(crate) mod swr;
pub(crate) mod verify;
pub(crate) mod wait;
