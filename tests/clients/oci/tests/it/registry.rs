//! A client of oci-client for a registry without TLS.

use oci_client::client::{Client, ClientConfig, ClientProtocol};

pub(crate) fn client() -> Client {
    // oci-client needs a TLS provider even for plain HTTP. Installing it a second time returns an error.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::new(ClientConfig {
        protocol: ClientProtocol::Http,
        ..ClientConfig::default()
    })
}
