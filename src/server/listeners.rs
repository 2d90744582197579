//! The listeners of one server.

use std::collections::HashSet;
use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use once_cell::sync::Lazy;
use parking_lot::Mutex;
use tokio::net::{TcpListener, TcpSocket};

use super::connections::Connections;
use super::runtime::runtime;
use super::tls::TlsIdentity;
use crate::base::endpoints::Origin;
use crate::engine::core::{Core, Listeners};

/// The network of one server: its listeners and open connections.
#[derive(Debug, Clone)]
pub(crate) struct Network {
    host: IpAddr,
    listening: Arc<Mutex<Listening>>,
    connections: Arc<Connections>,
}

#[derive(Debug, Default)]
struct Listening {
    has_stopped: bool,
    /// Listeners that are open but do not accept yet.
    opened: Vec<(Origin, TcpListener)>,
    listeners: Vec<(Origin, TcpListener)>,
    /// The index of the listener that was polled last.
    turn: usize,
    /// Wakes the accepting task when a listener is added or the server stops.
    accepting: Option<Waker>,
}

impl Network {
    /// A network that serves https with an identity, and http without one.
    pub(crate) fn new(host: IpAddr, identity: Option<TlsIdentity>) -> Network {
        Network {
            host,
            listening: Arc::default(),
            connections: Arc::new(Connections::new(identity)),
        }
    }

    /// Opens a listener on a port, or on any free port for 0. Connections wait until [`Listeners::accept`].
    pub(crate) fn open_on(&self, origin: Origin, port: u16) -> io::Result<SocketAddr> {
        let (listener, address) = bind(self.host, port)?;
        let mut listening = self.listening.lock();
        if listening.has_stopped {
            return Err(io::Error::other("the server has stopped"));
        }
        listening.opened.push((origin, listener));
        Ok(address)
    }

    /// Serves the connections of all listeners, including listeners that are opened later.
    pub(crate) fn serve(&self, core: &Arc<Core>) -> io::Result<()> {
        self.accept();
        let (network, core) = (self.clone(), Arc::clone(core));
        runtime()?.spawn(async move {
            loop {
                match poll_fn(|context| network.poll_accept(&core, context)).await {
                    Some(Ok(())) => {}
                    // For example, no file descriptor is free: others may be closed soon.
                    Some(Err(_)) => tokio::time::sleep(Duration::from_millis(5)).await,
                    None => return,
                }
            }
        });
        Ok(())
    }

    /// Accepts a connection from any listener; `None` after the server has stopped. The connection is registered
    /// under the lock, so that [`Listeners::stop`] closes all connections.
    fn poll_accept(
        &self,
        core: &Arc<Core>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<()>>> {
        let mut listening = self.listening.lock();
        if listening.has_stopped {
            return Poll::Ready(None);
        }
        let count = listening.listeners.len();
        for _ in 0..count {
            // Round-robin, so that no listener starves the others.
            listening.turn = (listening.turn + 1) % count;
            let (origin, listener) = &listening.listeners[listening.turn];
            if let Poll::Ready(accepted) = listener.poll_accept(context) {
                let accepted = accepted.map(|(stream, _)| {
                    self.connections.open(core, *origin, stream);
                });
                return Poll::Ready(Some(accepted));
            }
        }
        listening.accepting = Some(context.waker().clone());
        Poll::Pending
    }
}

impl Listeners for Network {
    fn open(&self, origin: Origin) -> io::Result<SocketAddr> {
        self.open_on(origin, 0)
    }

    fn accept(&self) {
        let waker = {
            let mut listening = self.listening.lock();
            let mut opened = std::mem::take(&mut listening.opened);
            listening.listeners.append(&mut opened);
            listening.accepting.take()
        };
        waker.into_iter().for_each(Waker::wake);
    }

    fn close(&self, origin: Origin) {
        let closed = {
            let mut listening = self.listening.lock();
            let Listening {
                opened, listeners, ..
            } = &mut *listening;
            [opened, listeners].map(|listeners| {
                let place = listeners.iter().position(|(known, _)| *known == origin);
                place.map(|place| listeners.swap_remove(place))
            })
        };
        drop(closed);
    }

    fn stop(&self) {
        let (listeners, waker) = {
            let mut listening = self.listening.lock();
            listening.has_stopped = true;
            let opened = std::mem::take(&mut listening.opened);
            let listeners = std::mem::take(&mut listening.listeners);
            ((opened, listeners), listening.accepting.take())
        };
        // Sockets are closed outside the lock so that other threads do not wait.
        drop(listeners);
        waker.into_iter().for_each(Waker::wake);
        self.connections.stop();
    }
}

/// The IP address to listen on: the host itself, or the first loopback address of a name.
///
/// # Errors
///
/// If a name has no loopback address. The error says what to use instead.
pub(crate) fn resolve(host: &str) -> Result<IpAddr, String> {
    if let Ok(ip) = host.parse() {
        return Ok(ip);
    }
    let refuse = |reason: &str| {
        format!("cannot listen on `{host}`: {reason}; expected `localhost` or an IP address")
    };
    let resolved = (host, 0).to_socket_addrs();
    let mut resolved = resolved.map_err(|error| refuse(&error.to_string()))?;
    let loopback = resolved.find(|address| address.ip().is_loopback());
    loopback
        .map(|address| address.ip())
        .ok_or_else(|| refuse("the name has no loopback address"))
}

/// The ports that this process has used. They are not reused, so that a stale pooled connection of one test does not
/// reach the server of the next.
static USED_PORTS: Lazy<Mutex<HashSet<u16>>> = Lazy::new(Mutex::default);

/// Binds the given port, or, for 0, a port that this process has not used. After 16 attempts it accepts a used port,
/// because almost all ports may be used.
fn bind(host: IpAddr, port: u16) -> io::Result<(TcpListener, SocketAddr)> {
    for _ in 0..16 {
        let bound = bind_once(host, port)?;
        if USED_PORTS.lock().insert(bound.1.port()) || port != 0 {
            return Ok(bound);
        }
    }
    bind_once(host, port)
}

fn bind_once(host: IpAddr, port: u16) -> io::Result<(TcpListener, SocketAddr)> {
    let _entered = runtime()?.enter();
    let socket = match host {
        IpAddr::V4(_) => TcpSocket::new_v4()?,
        IpAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // A given port may have old connections in TIME_WAIT. For port 0 the option is off, because with it Linux chooses
    // from half as many ports and repeats them sooner.
    socket.set_reuseaddr(port != 0 && cfg!(unix))?;
    socket.bind((host, port).into())?;
    let address = socket.local_addr()?;
    let listener = socket.listen(BACKLOG)?;
    Ok((listener, address))
}

/// The maximum number of connections that wait to be accepted.
const BACKLOG: u32 = 1024;
