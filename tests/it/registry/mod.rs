//! The protocol of the registry: the OCI conformance suite, the differences of SWR, and the requests of clients.

pub(crate) mod client;

mod conformance;

mod access;
mod challenges;
mod swr;

mod clients;
mod harbor;
mod missing;
mod redirects;
