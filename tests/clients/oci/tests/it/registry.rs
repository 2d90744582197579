//! Clients of oci-client for a registry.

use mock_swr::MockSwr;
use oci_client::client::{Certificate, CertificateEncoding, Client, ClientConfig, ClientProtocol};

/// A client for a registry without TLS.
pub(crate) fn client() -> Client {
    configured(ClientConfig {
        protocol: ClientProtocol::Http,
        ..ClientConfig::default()
    })
}

/// A client with the default protocol, https, that trusts the certificate authority of a server.
pub(crate) fn https_client(swr: &MockSwr) -> Client {
    let authority = Certificate {
        encoding: CertificateEncoding::Pem,
        data: swr.ca_certificate().into(),
    };
    configured(ClientConfig {
        extra_root_certificates: vec![authority],
        ..ClientConfig::default()
    })
}

fn configured(config: ClientConfig) -> Client {
    // oci-client needs a TLS provider even for plain HTTP. Installing it a second time returns an error.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::new(config)
}
