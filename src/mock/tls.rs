//! Servers with TLS.

use std::io;
use std::path::Path;

use crate::mock::builder::Builder;
use crate::mock::swr::MockSwr;
use crate::server::tls::{TlsIdentity, ca_certificate};

impl Builder {
    /// Serves https instead of http, on all listeners. Default: http.
    ///
    /// Every URL that the server hands out then begins with `https://`. The certificate is issued by a certificate
    /// authority of this process, which clients must trust: see [`MockSwr::ca_certificate`]. It is valid for
    /// `localhost`, `127.0.0.1`, `::1`, the address of [`host`](Builder::host), the host of
    /// [`advertise`](Builder::advertise), and the cloud's names for the region ([`MockSwr::resolves`]). The connection
    /// carries HTTP/1.1, over TLS 1.2 or 1.3.
    ///
    /// This method needs the feature `tls`. See the guide [Testing https](crate::guide::tls).
    ///
    /// # Examples
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::builder().tls().start();
    /// assert!(swr.endpoint().starts_with("https://127.0.0.1:"));
    /// ```
    #[doc(alias = "https")]
    pub fn tls(mut self) -> Builder {
        self.identity = Some(TlsIdentity::generated());
        self
    }

    /// Serves https with this certificate, followed by those of its issuers, and this private key, both in PEM.
    #[doc(hidden)]
    pub fn tls_with(mut self, certificates: &[u8], key: &[u8]) -> Builder {
        self.identity = Some(TlsIdentity::given(certificates, key));
        self
    }
}

impl MockSwr {
    /// Returns the certificate that clients must trust, in PEM.
    ///
    /// All servers of a process have the same certificate authority, so one client can call them all. Its private key
    /// is never written and ends with the process.
    ///
    /// This method needs the feature `tls`.
    ///
    /// # Panics
    ///
    /// Panics if the certificate authority cannot be created, because the system provides no random numbers.
    ///
    /// # Examples
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::builder().tls().start();
    /// assert!(swr.ca_certificate().starts_with("-----BEGIN CERTIFICATE-----"));
    /// ```
    #[track_caller]
    pub fn ca_certificate(&self) -> &str {
        match ca_certificate() {
            Ok(certificate) => certificate,
            Err(reason) => panic!("{reason}"),
        }
    }

    /// Writes [`MockSwr::ca_certificate`] to a file, for clients that read it from a path.
    ///
    /// This method needs the feature `tls`.
    ///
    /// # Errors
    ///
    /// Returns an error if the file cannot be written.
    ///
    /// # Examples
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::builder().tls().start();
    /// let path = std::env::temp_dir().join("mock-swr-example-ca.pem");
    /// swr.write_ca(&path).unwrap();
    /// assert_eq!(std::fs::read_to_string(&path).unwrap(), swr.ca_certificate());
    /// # std::fs::remove_file(path).unwrap();
    /// ```
    pub fn write_ca(&self, path: impl AsRef<Path>) -> io::Result<()> {
        let path = path.as_ref();
        std::fs::write(path, self.ca_certificate()).map_err(|error| {
            let path = path.display();
            io::Error::new(error.kind(), format!("cannot write `{path}`: {error}"))
        })
    }
}
