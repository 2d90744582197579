//! The open connections of one server.

use std::collections::HashMap;
use std::sync::Arc;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use tokio::net::TcpStream;
use tokio::task::AbortHandle;

use super::serve::serve;
use super::wire::{Io, Wire};
use crate::base::endpoints::Origin;
use crate::engine::core::Core;

/// The open connections of one server; `None` after the server has stopped.
#[derive(Debug)]
pub(super) struct Connections(Mutex<Option<Open>>);

#[derive(Debug, Default)]
struct Open {
    last: u64,
    connections: HashMap<u64, (Arc<Wire>, AbortHandle)>,
}

impl Default for Connections {
    fn default() -> Connections {
        Connections(Mutex::new(Some(Open::default())))
    }
}

impl Connections {
    pub(super) fn open(self: &Arc<Self>, core: &Arc<Core>, origin: Origin, stream: TcpStream) {
        // Without it the response waits for the client's delayed acknowledgement. If it fails, the socket is closed.
        if stream.set_nodelay(true).is_err() {
            return;
        }
        let wire = Arc::new(Wire::of(stream));
        let mut guard = self.0.lock();
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
        let open = self.0.lock().take();
        let connections = open
            .into_iter()
            .flat_map(|open| open.connections.into_values());
        for (wire, serving) in connections {
            wire.close();
            serving.abort();
        }
    }

    fn forget(&self, number: u64) {
        if let Some(open) = self.0.lock().as_mut() {
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
    let service = service_fn(|request| serve(&core, origin, &wire, request));
    let io = TokioIo::new(Io::of(&wire));
    let served = http1::Builder::new().serve_connection(io, service).await;
    if served.is_err_and(|error| error.is_parse()) {
        core.records.note_not_http();
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
