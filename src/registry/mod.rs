//! The image registry. For now it answers the ping; all else comes with images.

pub(crate) mod error;
pub(crate) mod ping;
