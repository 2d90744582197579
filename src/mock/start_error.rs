//! The error of a server that did not start.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;

/// The reason why a server did not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// This address and port could not be bound. Port 0 is any free port.
    Bind(IpAddr, u16, std::io::Error),
    /// The threads of the server could not be started.
    Runtime(std::io::Error),
    /// The server cannot write its coverage to this folder.
    Coverage(PathBuf, std::io::Error),
    /// The world does not fit the settings of the builder.
    World(String),
    /// The name given to [`Builder::host`](crate::Builder::host) is not the name of a loopback address.
    Host(String),
    /// The text given to [`Builder::advertise`](crate::Builder::advertise) is neither a host nor a host and two ports.
    Advertise(String),
    /// The certificates of a server with TLS cannot be used.
    Tls(String),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StartError::Bind(host, 0, error) => {
                write!(f, "no port of {host} can be bound: {error}")
            }
            StartError::Bind(host, port, error) => {
                write!(f, "port {port} of {host} cannot be bound: {error}")
            }
            StartError::Runtime(error) => {
                write!(f, "the threads of the server cannot be started: {error}")
            }
            StartError::Coverage(folder, error) => write!(
                f,
                "the coverage cannot be written to `{}`: {error}; expected a folder, which is created if it is missing",
                folder.display()
            ),
            StartError::World(reason) => write!(f, "the world does not fit the server: {reason}"),
            StartError::Host(reason) | StartError::Tls(reason) => f.write_str(reason),
            StartError::Advertise(text) => write!(
                f,
                "cannot advertise `{text}`: expected HOST or HOST:API_PORT,REGISTRY_PORT, as in \
                 `swr.test:18080,15000`, with an IPv6 address in brackets"
            ),
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            StartError::Bind(_, _, error)
            | StartError::Runtime(error)
            | StartError::Coverage(_, error) => Some(error),
            StartError::World(_)
            | StartError::Host(_)
            | StartError::Advertise(_)
            | StartError::Tls(_) => None,
        }
    }
}
