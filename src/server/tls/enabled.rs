//! TLS by rustls. The provider is always ring: the default provider of the process may be another one, or ambiguous.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use once_cell::sync::Lazy;
use parking_lot::Mutex;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use tokio::io::AsyncWrite;
use tokio::net::TcpStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::NoServerSessionStorage;
use tokio_rustls::rustls::{AlertDescription, Error, ServerConfig};
use tokio_rustls::server::TlsStream;
use tokio_rustls::{FallibleAccept, TlsAcceptor};

use crate::engine::unread::Unread;

/// What a server proves its identity with.
#[derive(Clone)]
pub(crate) enum TlsIdentity {
    /// Certificates of the process's certificate authority, for the hosts of each region.
    Generated(&'static Authority),
    /// A certificate that the user provides.
    Given(Arc<ServerConfig>),
}

impl TlsIdentity {
    /// # Errors
    ///
    /// If the certificate authority cannot be created.
    pub(crate) fn generated() -> Result<TlsIdentity, String> {
        authority().map(TlsIdentity::Generated)
    }

    /// A certificate, with those of its issuers, and its private key, both in PEM.
    ///
    /// # Errors
    ///
    /// If one of them cannot be read, or if the key belongs to another certificate.
    pub(crate) fn given(certificates: &[u8], key: &[u8]) -> Result<TlsIdentity, String> {
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificates).collect();
        let chain = chain.map_err(|error| format!("the certificate is not valid PEM: {error}"))?;
        if chain.is_empty() {
            return Err("the certificate has no PEM section `CERTIFICATE`".to_owned());
        }
        let key = PrivateKeyDer::from_pem_slice(key)
            .map_err(|error| format!("the private key is not valid PEM: {error}"))?;
        let config = config(chain, key)
            .map_err(|error| format!("the certificate and the key cannot be used: {error}"))?;
        Ok(TlsIdentity::Given(config))
    }

    /// Starts the handshake of a connection to one of these hosts.
    ///
    /// # Errors
    ///
    /// If no certificate can be created for the hosts.
    pub(crate) fn accept(
        &self,
        hosts: Vec<String>,
        socket: TcpStream,
    ) -> Result<Handshake, Unread> {
        let config = match self {
            TlsIdentity::Given(config) => Arc::clone(config),
            TlsIdentity::Generated(authority) => {
                authority.config(hosts).map_err(Unread::Handshake)?
            }
        };
        let accept = TlsAcceptor::from(config).accept(socket);
        Ok(Handshake(accept.into_fallible()))
    }
}

impl fmt::Debug for TlsIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TlsIdentity::Generated(_) => "Generated",
            TlsIdentity::Given(_) => "Given",
        })
    }
}

/// The certificate of the process's certificate authority, in PEM.
///
/// # Errors
///
/// If it cannot be created.
pub(crate) fn ca_certificate() -> Result<&'static str, String> {
    authority().map(|authority| &*authority.certificate)
}

/// The certificate authority of this process. Its key never leaves the process.
pub(crate) struct Authority {
    /// In PEM.
    certificate: String,
    issuer: Issuer<'static, KeyPair>,
    /// The settings of TLS for each list of hosts, so that servers of the same region share a certificate.
    configs: Mutex<HashMap<Vec<String>, Arc<ServerConfig>>>,
}

static AUTHORITY: Lazy<Result<Authority, rcgen::Error>> = Lazy::new(Authority::new);

fn authority() -> Result<&'static Authority, String> {
    AUTHORITY
        .as_ref()
        .map_err(|error| format!("the certificate authority cannot be created: {error}"))
}

/// How a certificate is named for people.
const ORGANIZATION: &str = "mock-swr";

impl Authority {
    fn new() -> Result<Authority, rcgen::Error> {
        let mut params = CertificateParams::default();
        name(&mut params, "mock-swr certificate authority for tests");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate()?;
        Ok(Authority {
            certificate: params.self_signed(&key)?.pem(),
            issuer: Issuer::new(params, key),
            configs: Mutex::default(),
        })
    }

    fn config(&self, hosts: Vec<String>) -> Result<Arc<ServerConfig>, String> {
        let mut configs = self.configs.lock();
        if let Some(config) = configs.get(&hosts) {
            return Ok(Arc::clone(config));
        }
        let config = self.issue(&hosts)?;
        configs.insert(hosts, Arc::clone(&config));
        Ok(config)
    }

    /// Creates a certificate for these hosts.
    fn issue(&self, hosts: &[String]) -> Result<Arc<ServerConfig>, String> {
        let failed = |error| format!("no certificate can be created for {hosts:?}: {error}");
        let create = || {
            let mut params = CertificateParams::new(hosts)?;
            name(&mut params, "mock-swr");
            params.use_authority_key_identifier_extension = true;
            params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
            let key = KeyPair::generate()?;
            let certificate = params.signed_by(&key, &self.issuer)?;
            Ok((certificate, key))
        };
        let (certificate, key) =
            create().map_err(|error: rcgen::Error| failed(error.to_string()))?;
        let key = PrivateKeyDer::try_from(key.serialize_der())
            .map_err(|error| failed(error.to_owned()))?;
        config(vec![certificate.der().clone()], key).map_err(|error| failed(error.to_string()))
    }
}

/// Sets the subject of a certificate.
fn name(params: &mut CertificateParams, common_name: &str) {
    let subject = &mut params.distinguished_name;
    *subject = rcgen::DistinguishedName::new();
    subject.push(DnType::OrganizationName, ORGANIZATION);
    subject.push(DnType::CommonName, common_name);
}

/// The settings of TLS for a certificate.
///
/// Only HTTP/1.1 is offered. Sessions are not resumed, so that every connection of every server has the same handshake.
fn config(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<Arc<ServerConfig>, Error> {
    let provider = Arc::new(ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(Arc::new(config))
}

/// A handshake in progress.
pub(crate) struct Handshake(FallibleAccept<TcpStream>);

impl Handshake {
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<Session, Unread>> {
        let accepted = Pin::new(&mut self.0).poll(context);
        accepted.map(|result| result.map_err(|(error, _)| why(&error)))
    }
}

impl fmt::Debug for Handshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Handshake")
    }
}

/// Why a handshake failed.
fn why(error: &io::Error) -> Unread {
    let error = error.get_ref().and_then(|error| error.downcast_ref());
    match error {
        Some(Error::AlertReceived(alert)) if rejects_certificate(*alert) => {
            Unread::CertificateRejected(format!("{alert:?}"))
        }
        Some(Error::NoApplicationProtocol) => Unread::Http2,
        Some(error) => Unread::Handshake(error.to_string()),
        None => Unread::Abandoned,
    }
}

fn rejects_certificate(alert: AlertDescription) -> bool {
    matches!(
        alert,
        AlertDescription::UnknownCA
            | AlertDescription::BadCertificate
            | AlertDescription::CertificateUnknown
            | AlertDescription::CertificateExpired
            | AlertDescription::UnsupportedCertificate
    )
}

/// A TLS session over a socket.
pub(crate) type Session = TlsStream<TcpStream>;

pub(crate) fn socket(session: &Session) -> &TcpStream {
    session.get_ref().0
}

/// Sends `close_notify`.
pub(crate) fn poll_end(session: &mut Session, context: &mut Context<'_>) -> Poll<io::Result<()>> {
    session.get_mut().1.send_close_notify();
    Pin::new(session).poll_flush(context)
}
