//! oci-client, for a registry without TLS.

use oci_client::client::{Client, ClientConfig, ClientProtocol};

pub(crate) fn client() -> Client {
    // Nothing is encrypted, but the client does not start without somebody who could. A second time it is there already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::new(ClientConfig {
        protocol: ClientProtocol::Http,
        ..ClientConfig::default()
    })
}
