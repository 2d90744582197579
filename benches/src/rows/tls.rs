use std::io::{Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;

use mock_swr::{Level, MockSwr, ProblemKind};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::{Column, Context, Pick, Row};
use crate::client::{connect, parse_head};
use crate::exchange::{Call, REPO};
use crate::measure::{median, timed};

const HTTP: &str = "mock-swr, http";
const HTTPS: &str = "mock-swr, https";

pub(crate) const ROW: Row = Row {
    key: "tls",
    title: "http and https, one core",
    note: "\"Connection\" is a new connection with its handshake (TLS 1.3, not resumed) and one ShowRepository. \
           \"Request\" is the same on an open connection. The times include the client, which also uses rustls.",
    lines: &[HTTP, HTTPS],
    columns: &[
        Column::new("connection µs", 1, Pick::Lowest),
        Column::new("request µs", 1, Pick::Lowest),
    ],
    rounds: 9,
    one_core: true,
    call: Call::Show,
    measure,
};

fn measure(line: &str, context: &Context) -> Vec<f64> {
    let builder = MockSwr::builder().level(ProblemKind::JournalFull, Level::Ignore);
    let swr = match line {
        HTTPS => builder.tls().start(),
        _ => builder.start(),
    };
    swr.seed_repo(REPO);
    let client = Client::of(&swr, line == HTTPS);
    let show = Call::Show.request(client.address, &swr.user("admin").token());
    let mut buffer = vec![0; 64 * 1024];

    let new: Vec<f64> = (0..context.times(500))
        .map(|_| timed(|| exchange(&mut client.connect(), &show, &mut buffer)))
        .collect();
    let mut stream = client.connect();
    exchange(&mut stream, &show, &mut buffer);
    let open: Vec<f64> = (0..context.times(5_000))
        .map(|_| timed(|| exchange(&mut stream, &show, &mut buffer)))
        .collect();
    vec![median(&new), median(&open)]
}

/// Connects to a server, with TLS or without.
struct Client {
    address: SocketAddr,
    tls: Option<Arc<ClientConfig>>,
}

/// A connection, with TLS or without.
trait Stream: Read + Write {}

impl<T: Read + Write> Stream for T {}

impl Client {
    fn of(swr: &MockSwr, is_tls: bool) -> Client {
        let (_, address) = swr
            .endpoint()
            .split_once("://")
            .expect("the endpoint is a URL");
        Client {
            address: address.parse().expect("the endpoint has an address"),
            tls: is_tls.then(|| config(swr.ca_certificate())),
        }
    }

    fn connect(&self) -> Box<dyn Stream> {
        let socket = connect(self.address);
        match &self.tls {
            None => Box::new(socket),
            Some(config) => {
                let name = ServerName::from(self.address.ip());
                let session = ClientConnection::new(Arc::clone(config), name);
                Box::new(StreamOwned::new(
                    session.expect("the client is set up"),
                    socket,
                ))
            }
        }
    }
}

/// A client that trusts a certificate authority.
fn config(authority: &str) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    let certificate = CertificateDer::from_pem_slice(authority.as_bytes());
    roots
        .add(certificate.expect("the certificate is PEM"))
        .expect("the certificate is valid");
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has all versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config)
}

/// Sends a request and reads its response.
fn exchange(stream: &mut Box<dyn Stream>, request: &[u8], buffer: &mut [u8]) {
    stream
        .write_all(request)
        .expect("the server reads the request");
    let (mut filled, mut end) = (0, None);
    while end.is_none_or(|end| filled < end) {
        let read = stream
            .read(&mut buffer[filled..])
            .expect("the server responds");
        assert!(read > 0, "the connection ended within a response");
        filled += read;
        end = end.or_else(|| {
            let (head, body) = parse_head(&buffer[..filled])?;
            let length = head.headers["content-length"].to_str().ok()?;
            Some(body + length.parse::<usize>().ok()?)
        });
    }
}
