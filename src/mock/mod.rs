//! What a test holds.

pub(crate) mod builder;
pub(crate) mod handles;
pub(crate) mod swr;
pub(crate) mod verify;
pub(crate) mod wait;
