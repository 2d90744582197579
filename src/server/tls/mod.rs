//! TLS: the certificate authority, and the sessions of connections.
//!
//! Without the feature `tls`, the types are the same but have no values, so the rest of the server needs no `cfg`.

#[cfg(not(feature = "tls"))]
mod disabled;
#[cfg(feature = "tls")]
mod enabled;

#[cfg(not(feature = "tls"))]
pub(crate) use disabled::{Handshake, Session, TlsIdentity, poll_end, socket};
#[cfg(feature = "tls")]
pub(crate) use enabled::{Handshake, Session, TlsIdentity, ca_certificate, poll_end, socket};
