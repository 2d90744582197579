//! The registry by its protocol: what the OCI conformance suite asks, what SWR does differently, and what clients
//! send.

pub(crate) mod client;

mod conformance;

mod access;
mod challenges;
mod swr;

mod clients;
mod harbor;
mod missing;
mod redirects;
