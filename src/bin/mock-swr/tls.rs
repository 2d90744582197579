//! The options of TLS.

use std::path::{Path, PathBuf};

use mock_swr::Builder;

use crate::ExitError;

/// Whether the server has TLS, and whose certificate it has.
#[derive(Default)]
pub(crate) enum Tls {
    #[default]
    Off,
    /// A certificate of the server's own authority, whose certificate is written to this file.
    Generated { ca_file: Option<PathBuf> },
    /// The user's certificate.
    Given,
}

/// The options of TLS, as they are written.
#[derive(Default)]
pub(crate) struct TlsOptions {
    pub(crate) is_on: bool,
    pub(crate) ca_file: Option<PathBuf>,
    pub(crate) certificate: Option<PathBuf>,
    pub(crate) key: Option<PathBuf>,
}

impl TlsOptions {
    /// Applies the options to the builder. Each depends on others.
    pub(crate) fn apply(self, builder: Builder) -> Result<(Builder, Tls), ExitError> {
        let usage = |text: &str| Err(ExitError::usage(text));
        let needs_tls = [
            ("--ca-file", self.ca_file.is_some()),
            ("--cert", self.certificate.is_some()),
            ("--key", self.key.is_some()),
        ];
        let given = needs_tls.into_iter().find(|(_, is_given)| *is_given);
        match (self.is_on, given, self.certificate, self.key, self.ca_file) {
            (false, None, ..) => Ok((builder, Tls::Off)),
            (false, Some((option, _)), ..) => usage(&format!("{option} needs --tls")),
            (true, _, None, None, ca_file) => Ok((builder.tls(), Tls::Generated { ca_file })),
            (true, _, Some(_), Some(_), Some(_)) => usage(
                "--ca-file and --cert cannot be given together: with --cert, the server has no authority of its own",
            ),
            (true, _, Some(certificate), Some(key), None) => {
                let (certificate, key) = (read_file(&certificate)?, read_file(&key)?);
                Ok((builder.tls_with(&certificate, &key), Tls::Given))
            }
            (true, ..) => usage("--cert and --key must be given together"),
        }
    }
}

fn read_file(path: &Path) -> Result<Vec<u8>, ExitError> {
    let failed = |error| ExitError::input(format!("cannot read `{}`: {error}", path.display()));
    std::fs::read(path).map_err(failed)
}
