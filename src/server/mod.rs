//! The network: sockets, connections, and the runtime that serves them.
//!
//! - [`listeners`]: the listeners of one server; [`connections`]: what they accepted
//! - [`serve`]: one request on a connection
//! - [`read`]: bodies of requests; [`hashing`]: uploads, beside the reader
//! - [`sending`], [`pieces`]: bodies of responses; [`faults`]: those that do not go out as they should
//! - [`verbatim`]: responses that hyper would correct, and raw bytes
//! - [`wire`]: the socket, which any thread can close
//! - [`hold`]: waiting for a plan; [`runtime`]: threads
//!
//! Sockets are kept where the thread that stops a server can reach them, so that stopping closes listeners and
//! connections at once and never waits for the runtime.

mod connections;
mod faults;
mod hashing;
mod hold;
pub(crate) mod listeners;
mod pieces;
mod read;
pub(crate) mod runtime;
mod sending;
mod serve;
mod verbatim;
mod wire;
