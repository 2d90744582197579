//! The stream of a connection, which other threads can end.

use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::stream::Stream;
use super::tls::TlsIdentity;
use crate::engine::dispatch::Cut;
use crate::engine::unread::Unread;

/// The stream of a connection. Other threads can end it, when the server stops or for a planned fault.
#[derive(Debug)]
pub(super) struct Wire(Mutex<Connection>);

#[derive(Debug)]
struct Connection {
    /// `None` after the connection has ended.
    stream: Option<Stream>,
    /// How the connection ends when all bytes are written; `None` if it stays open.
    ending: Option<Cut>,
    /// Whether all bytes were written since the last [`Wire::begin_delivery`].
    is_written: bool,
}

impl Wire {
    pub(super) fn of(socket: TcpStream) -> Wire {
        Wire(Mutex::new(Connection {
            stream: Some(Stream::Plain(socket)),
            ending: None,
            is_written: true,
        }))
    }

    /// The first byte that the client sent, which stays unread; `None` if the connection has ended.
    pub(super) async fn first_byte(&self) -> Option<u8> {
        let first = poll_fn(|context| self.with(|stream| stream.poll_first_byte(context)));
        first.await.ok().flatten()
    }

    /// Starts TLS, and waits until the handshake is complete.
    ///
    /// # Errors
    ///
    /// If the handshake fails. The connection has then ended.
    pub(super) async fn start_tls(
        &self,
        identity: &TlsIdentity,
        hosts: Vec<String>,
    ) -> Result<(), Unread> {
        {
            let mut connection = self.0.lock();
            let Some(Stream::Plain(socket)) = connection.stream.take() else {
                return Err(Unread::Abandoned);
            };
            let handshake = identity.accept(hosts, socket)?;
            connection.stream = Some(Stream::Handshake(Box::new(handshake)));
        }
        poll_fn(|context| match self.0.lock().stream.as_mut() {
            Some(stream) => stream.poll_handshake(context),
            None => Poll::Ready(Err(Unread::Abandoned)),
        })
        .await
    }

    /// Sends the end of the bytes (`close_notify` of TLS), and closes the connection with a FIN.
    pub(super) async fn finish(&self) {
        // If this fails, the client has disconnected.
        let _ = poll_fn(|context| self.with(|stream| stream.poll_end(context))).await;
        self.close();
    }

    /// Closes the connection with a FIN. If received data is unread, the kernel decides between FIN and RST.
    pub(super) fn close(&self) {
        let stream = self.0.lock().stream.take();
        drop(stream);
    }

    /// Ends the connection with a FIN or an RST.
    pub(super) fn end(&self, cut: Cut) {
        let stream = self.0.lock().stream.take();
        let socket = stream.as_ref().and_then(Stream::socket);
        if let (Some(socket), Cut::Reset) = (socket, cut) {
            // If this fails, the client receives a FIN.
            let _ = socket.set_zero_linger();
        }
    }

    /// Ends the connection in this way when all bytes are written.
    pub(super) fn end_when_written(&self, cut: Cut) {
        self.0.lock().ending = Some(cut);
    }

    /// Notes that all bytes are written, and ends the connection if it is set to end then. Fails if the connection
    /// has ended.
    fn note_written(&self) -> io::Result<()> {
        let (is_open, ending) = {
            let mut connection = self.0.lock();
            connection.is_written = true;
            (connection.stream.is_some(), connection.ending)
        };
        match ending {
            None if is_open => Ok(()),
            None => Err(io::ErrorKind::BrokenPipe.into()),
            Some(cut) => {
                self.end(cut);
                Err(io::ErrorKind::BrokenPipe.into())
            }
        }
    }

    /// Starts to observe whether the next bytes are written and delivered.
    pub(super) fn begin_delivery(&self) {
        self.0.lock().is_written = false;
    }

    /// Whether the client's operating system has received all bytes since [`Wire::begin_delivery`]. `None` on
    /// platforms that do not report this.
    pub(super) fn has_delivered(&self) -> Option<bool> {
        let (is_written, local, peer) = {
            let connection = self.0.lock();
            let socket = connection.stream.as_ref()?.socket()?;
            let (local, peer) = (socket.local_addr().ok()?, socket.peer_addr().ok()?);
            (connection.is_written, local, peer)
        };
        Some(is_written && unacknowledged(local, peer)? == 0)
    }

    fn with<T>(&self, act: impl FnOnce(&mut Stream) -> Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        match self.0.lock().stream.as_mut() {
            Some(stream) => act(stream),
            None => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
        }
    }
}

/// The number of bytes that the client has not acknowledged, from `/proc` on Linux.
fn unacknowledged(local: SocketAddr, peer: SocketAddr) -> Option<u64> {
    let table = if local.is_ipv4() { "tcp" } else { "tcp6" };
    let table = std::fs::read_to_string(format!("/proc/net/{table}")).ok()?;
    let port = |address: SocketAddr| format!(":{:04X}", address.port());
    let (local, peer) = (port(local), port(peer));
    // The columns: number, local address, remote address, state, bytes in the send and receive queues.
    table.lines().find_map(|row| {
        let mut columns = row.split_whitespace().skip(1);
        let is_connection = columns.next()?.ends_with(&local) && columns.next()?.ends_with(&peer);
        let queues = columns.nth(1).filter(|_| is_connection)?;
        u64::from_str_radix(queues.split(':').next()?, 16).ok()
    })
}

/// The reading and writing side of a [`Wire`], for hyper and for raw bytes.
pub(super) struct Io(Arc<Wire>);

impl Io {
    pub(super) fn of(wire: &Arc<Wire>) -> Io {
        Io(Arc::clone(wire))
    }
}

impl AsyncRead for Io {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.0
            .with(|stream| Pin::new(stream).poll_read(context, buffer))
    }
}

impl AsyncWrite for Io {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.0
            .with(|stream| Pin::new(stream).poll_write(context, bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.0
            .with(|stream| Pin::new(stream).poll_write_vectored(context, slices))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// Called when all bytes are written. Ends the connection if it is set to end then.
    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.0.with(|stream| Pin::new(stream).poll_flush(context)))?;
        Poll::Ready(self.0.note_written())
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0
            .with(|stream| Pin::new(stream).poll_shutdown(context))
    }
}
