//! Connections on which the server could not read a request.

use crate::base::advice::{Advice, Audience};

/// Why the server could not read a request on a connection.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[allow(dead_code, reason = "without the feature `tls`, no handshake fails")]
pub(crate) enum Unread {
    /// The client sent neither HTTP nor TLS.
    NotHttp,
    /// The client started a TLS handshake with a server that serves http.
    ClientHello,
    /// The client spoke plain HTTP with a server that serves https.
    PlainHttp,
    /// The client sent HTTP/2.
    Http2,
    /// The client sent this alert about the server's certificate.
    CertificateRejected(String),
    /// The client closed the connection during the TLS handshake.
    Abandoned,
    /// The TLS handshake failed for this reason.
    Handshake(String),
}

impl Unread {
    /// Finds what a client sent to a server that reads HTTP/1.1.
    pub(crate) fn of(received: &[u8]) -> Unread {
        match received {
            // A record of the handshake, in any version since SSL 3.0.
            [0x16, 3, ..] => Unread::ClientHello,
            _ if received.starts_with(b"PRI * HTTP/2.0") => Unread::Http2,
            _ => Unread::NotHttp,
        }
    }

    /// What a number of connections did, and what to do about it.
    pub(crate) fn text_for(&self, audience: Audience) -> String {
        let advice = |advice: Advice<'_>| advice.text_for(audience);
        match self {
            Unread::NotHttp => "sent data that is not HTTP".to_owned(),
            Unread::ClientHello => format!(
                "started a TLS handshake, but the server serves http: use a URL with http, or {}",
                advice(Advice::EnableTls)
            ),
            Unread::PlainHttp => {
                "sent http without TLS, but the server serves https: use a URL with https"
                    .to_owned()
            }
            Unread::Http2 => {
                "sent HTTP/2, but the server serves only HTTP/1.1: let the client use HTTP/1.1"
                    .to_owned()
            }
            Unread::CertificateRejected(alert) => format!(
                "rejected the server's certificate (alert {alert}): let the client trust {}, and call the server by \
                 loopback or by a name of the cloud in its region",
                advice(Advice::CaCertificate)
            ),
            Unread::Abandoned => format!(
                "closed during the TLS handshake: does the client trust {}?",
                advice(Advice::CaCertificate)
            ),
            Unread::Handshake(reason) => format!("failed in the TLS handshake: {reason}"),
        }
    }
}
