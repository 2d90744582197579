//! The network: sockets, connections, and the runtime that serves them.
//!
//! - [`listeners`]: the listeners of one server; [`connections`]: its open connections
//! - [`serve`]: one request on a connection
//! - [`read`]: bodies of requests; [`hashing`]: digests of uploads, computed in parallel with reading
//! - [`sending`], [`pieces`]: bodies of responses; [`faults`]: planned faults while a body is sent
//! - [`verbatim`]: responses that hyper would correct, and raw bytes
//! - [`wire`]: a connection that any thread can end; [`stream`]: its bytes, plain or over TLS; [`tls`]: certificates and
//!   sessions
//! - [`hold`]: waiting until a plan is released; [`runtime`]: threads
//!
//! The thread that stops a server can access all sockets. It closes listeners and connections at once, and never waits
//! for the runtime.

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
mod stream;
pub(crate) mod tls;
mod verbatim;
mod wire;
