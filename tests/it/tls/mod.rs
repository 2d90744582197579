//! Servers with TLS: addresses, certificates, faults, and clients that speak something else.

mod client;
mod faults;
mod names;
mod strangers;

use mock_swr::{Auth, Builder, MockSwr};

/// A server with TLS that needs no credentials.
fn builder() -> Builder {
    MockSwr::builder().tls().auth(Auth::Off)
}
