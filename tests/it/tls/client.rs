//! A client that speaks TLS by rustls, without a runtime.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use mock_swr::MockSwr;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

pub(super) type Stream = StreamOwned<ClientConnection, TcpStream>;

/// The settings of a client that trusts a certificate authority, or nobody.
pub(super) struct Trust(ClientConfig);

impl Trust {
    pub(super) fn of(swr: &MockSwr) -> Trust {
        Trust::in_pem(swr.ca_certificate())
    }

    pub(super) fn in_pem(certificate: &str) -> Trust {
        let certificate = CertificateDer::from_pem_slice(certificate.as_bytes());
        Trust::in_roots([certificate.unwrap()])
    }

    pub(super) fn nobody() -> Trust {
        Trust::in_roots([])
    }

    fn in_roots(certificates: impl IntoIterator<Item = CertificateDer<'static>>) -> Trust {
        let mut roots = RootCertStore::empty();
        for certificate in certificates {
            roots.add(certificate).unwrap();
        }
        let provider = Arc::new(ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        Trust(config)
    }

    /// Offers these protocols by ALPN.
    pub(super) fn offering(mut self, protocols: &[&str]) -> Trust {
        let protocols = protocols.iter().map(|name| name.as_bytes().to_vec());
        self.0.alpn_protocols = protocols.collect();
        self
    }

    /// Connects to an address, completes the handshake and expects a certificate for this name.
    pub(super) fn connect(&self, address: &str, name: &str) -> std::io::Result<Stream> {
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let session = ClientConnection::new(Arc::new(self.0.clone()), name).unwrap();
        let mut stream = StreamOwned::new(session, TcpStream::connect(address).unwrap());
        while stream.conn.is_handshaking() {
            if let Err(error) = stream.conn.complete_io(&mut stream.sock) {
                // Sends the alert that says what the client rejects.
                let _ = stream.conn.write_tls(&mut stream.sock);
                return Err(error);
            }
        }
        Ok(stream)
    }
}

/// Host and port of a URL.
pub(super) fn authority(url: &str) -> &str {
    url.strip_prefix("https://").unwrap()
}

/// The bytes received on a connection, and how it ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Received {
    pub(super) text: String,
    pub(super) end: End,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    /// With `close_notify` and FIN.
    Complete,
    /// With FIN alone.
    Cut,
    Reset,
}

/// Reads until the server ends the connection.
pub(super) fn receive(stream: &mut Stream) -> Received {
    let mut bytes = Vec::new();
    let end = match stream.read_to_end(&mut bytes) {
        Ok(_) => End::Complete,
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => End::Cut,
        Err(error) if error.kind() == ErrorKind::ConnectionReset => End::Reset,
        Err(error) => panic!("{error}"),
    };
    Received {
        text: String::from_utf8_lossy(&bytes).into_owned(),
        end,
    }
}

/// Sends a request without a body on a new connection to the API, and reads until the server ends the connection.
pub(super) fn send(swr: &MockSwr, line: &str) -> Received {
    let mut stream = connect(swr);
    send_on(&mut stream, line);
    receive(&mut stream)
}

/// Connects to the API.
pub(super) fn connect(swr: &MockSwr) -> Stream {
    let address = authority(swr.endpoint());
    Trust::of(swr).connect(address, "127.0.0.1").unwrap()
}

/// Sends a request without a body, after which the server closes the connection.
pub(super) fn send_on(stream: &mut Stream, line: &str) {
    write!(
        stream,
        "{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
}
