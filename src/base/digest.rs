//! Digests of content: sha256 and sha512.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use sha2::{Digest as _, Sha256, Sha512};

use crate::base::digits::write_hex;
use crate::base::refusal::{Denied, Refusal};

/// A digest in the form of the registry API: `sha256:` and 64 hex digits, or `sha512:` and 128.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Digest(Arc<str>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Sha256,
    Sha512,
}

impl Digest {
    pub(crate) fn parse(text: &str) -> Result<Digest, Refusal> {
        let (algorithm, hex) = text.split_once(':').ok_or(Refusal::DigestInvalid)?;
        let length = match algorithm {
            "sha256" => 64,
            "sha512" => 128,
            _ => return Err(Refusal::DigestInvalid),
        };
        let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        // Looks at all digits, because the compiler vectorizes this and not `all`.
        if hex.len() == length && hex.bytes().fold(true, |all, byte| all & is_hex(byte)) {
            Ok(Digest(text.into()))
        } else {
            Err(Refusal::DigestInvalid)
        }
    }

    /// Parses a digest that a client sent. The text becomes the detail of the refusal.
    pub(crate) fn named(text: &str) -> Result<Digest, Denied> {
        Digest::parse(text).map_err(|refusal| Denied::from(refusal).detail(text))
    }

    pub(crate) fn algorithm(&self) -> Algorithm {
        if self.0.starts_with("sha512:") {
            Algorithm::Sha512
        } else {
            Algorithm::Sha256
        }
    }

    /// The digest of all bytes that the hasher has received.
    pub(crate) fn finish(hasher: Sha256) -> Digest {
        Digest::write("sha256:", &hasher.finalize())
    }

    pub(crate) fn finish_sha512(hasher: Sha512) -> Digest {
        Digest::write("sha512:", &hasher.finalize())
    }

    pub(crate) fn of(algorithm: Algorithm, chunks: &[Bytes]) -> Digest {
        match algorithm {
            Algorithm::Sha256 => {
                let hasher = chunks.iter().fold(Sha256::new(), Sha256::chain_update);
                Digest::finish(hasher)
            }
            Algorithm::Sha512 => {
                let hasher = chunks.iter().fold(Sha512::new(), Sha512::chain_update);
                Digest::finish_sha512(hasher)
            }
        }
    }

    fn write(algorithm: &str, hash: &[u8]) -> Digest {
        let mut digits = [0; 128];
        let digits = &mut digits[..2 * hash.len()];
        write_hex(digits, hash);
        let digits = std::str::from_utf8(digits).unwrap_or_default();
        Digest([algorithm, digits].concat().into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The hex digits, without the algorithm.
    pub(crate) fn hex(&self) -> &str {
        self.0.split_once(':').map_or("", |(_, hex)| hex)
    }
}

impl Borrow<str> for Digest {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
