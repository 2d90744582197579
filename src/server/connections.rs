//! The open connections of one server.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use tokio::net::TcpStream;
use tokio::task::AbortHandle;

use super::sending::Sending;
use super::serve::{refuse_plain, serve};
use super::tls::TlsIdentity;
use super::wire::{Io, Wire};
use crate::base::endpoints::Origin;
use crate::engine::core::Core;
use crate::engine::dispatch::Cut;
use crate::engine::unread::Unread;

/// The open connections of one server.
#[derive(Debug)]
pub(super) struct Connections {
    /// `None` if the server serves http without TLS.
    identity: Option<TlsIdentity>,
    /// `None` after the server has stopped.
    open: Mutex<Option<Open>>,
}

#[derive(Debug, Default)]
struct Open {
    last: u64,
    connections: HashMap<u64, (Arc<Wire>, AbortHandle)>,
}

impl Connections {
    pub(super) fn new(identity: Option<TlsIdentity>) -> Connections {
        Connections {
            identity,
            open: Mutex::new(Some(Open::default())),
        }
    }

    pub(super) fn open(self: &Arc<Self>, core: &Arc<Core>, origin: Origin, stream: TcpStream) {
        // Without it the response waits for the client's delayed acknowledgement. If it fails, the socket is closed.
        if stream.set_nodelay(true).is_err() {
            return;
        }
        let wire = Arc::new(Wire::of(stream));
        let mut guard = self.open.lock();
        let Some(open) = guard.as_mut() else { return };
        open.last += 1;
        let number = open.last;
        let serving = tokio::spawn(serve_connection(
            Arc::clone(core),
            origin,
            Arc::clone(&wire),
            Arc::clone(self),
            number,
        ));
        open.connections
            .insert(number, (wire, serving.abort_handle()));
    }

    /// Closes all connections, and refuses new ones.
    pub(super) fn stop(&self) {
        let open = self.open.lock().take();
        let connections = open
            .into_iter()
            .flat_map(|open| open.connections.into_values());
        for (wire, serving) in connections {
            wire.close();
            serving.abort();
        }
    }

    fn forget(&self, number: u64) {
        if let Some(open) = self.open.lock().as_mut() {
            open.connections.remove(&number);
        }
    }
}

async fn serve_connection(
    core: Arc<Core>,
    origin: Origin,
    wire: Arc<Wire>,
    connections: Arc<Connections>,
    number: u64,
) {
    // Closes the connection even if the task panics, so that the client does not wait forever.
    let _closing = Closing {
        wire: &wire,
        connections: &connections,
        number,
    };
    let served = match &connections.identity {
        None => serve_requests(&wire, |request| serve(&core, origin, &wire, request)).await,
        Some(identity) => serve_tls(&core, origin, &wire, identity).await,
    };
    if let Err(why) = served {
        core.note_unread(why);
    }
}

/// The first byte of a TLS handshake.
const HANDSHAKE: u8 = 0x16;

/// Serves a connection to a server with TLS. A client that speaks plain HTTP is told so.
async fn serve_tls(
    core: &Arc<Core>,
    origin: Origin,
    wire: &Arc<Wire>,
    identity: &TlsIdentity,
) -> Result<(), Unread> {
    match wire.first_byte().await {
        None => Ok(()),
        Some(HANDSHAKE) => {
            let hosts = core.endpoints.get(origin).hosts();
            wire.start_tls(identity, hosts).await?;
            serve_requests(wire, |request| serve(core, origin, wire, request)).await
        }
        Some(_) => serve_requests(wire, |request| refuse_plain(core, request)).await,
    }
}

/// Serves the requests of a connection.
///
/// # Errors
///
/// If the client sends something that is not a request of HTTP/1.1.
async fn serve_requests<S>(
    wire: &Arc<Wire>,
    serve: impl Fn(hyper::Request<Incoming>) -> S,
) -> Result<(), Unread>
where
    S: Future<Output = Result<hyper::Response<Sending>, Cut>>,
{
    let io = TokioIo::new(Io::of(wire));
    let mut connection = http1::Builder::new().serve_connection(io, service_fn(serve));
    match Pin::new(&mut connection).await {
        Err(error) if error.is_parse() => Err(Unread::of(&connection.into_parts().read_buf)),
        _ => Ok(()),
    }
}

/// Closes a connection when it is dropped.
struct Closing<'a> {
    wire: &'a Wire,
    connections: &'a Connections,
    number: u64,
}

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.wire.close();
        self.connections.forget(self.number);
    }
}
