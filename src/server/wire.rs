//! A client's connection.

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::engine::dispatch::Cut;

/// A client's connection, which whoever stops the server, or plans a fault, can end from outside.
#[derive(Debug)]
pub(super) struct Wire(Mutex<Socket>);

#[derive(Debug)]
struct Socket {
    /// Nothing once it has ended.
    stream: Option<TcpStream>,
    /// How it ends when all that was given to it has been written.
    ending: Option<Cut>,
    /// Whether it has been, since somebody last wanted to know.
    is_written: bool,
}

impl Wire {
    pub(super) fn of(stream: TcpStream) -> Wire {
        Wire(Mutex::new(Socket {
            stream: Some(stream),
            ending: None,
            is_written: true,
        }))
    }

    /// Ends it with a FIN, or, where the client has sent what nobody read, as the kernel sees fit.
    pub(super) fn close(&self) {
        let stream = self.0.lock().stream.take();
        drop(stream);
    }

    /// Ends it: with a FIN, or with an RST.
    pub(super) fn end(&self, cut: Cut) {
        let stream = self.0.lock().stream.take();
        if let (Some(stream), Cut::Reset) = (&stream, cut) {
            // Where the kernel refuses, the client sees a FIN.
            let _ = stream.set_zero_linger();
        }
    }

    /// Has it end so, once all that was given to it has been written.
    pub(super) fn end_when_written(&self, cut: Cut) {
        self.0.lock().ending = Some(cut);
    }

    /// All that was given to it has been written. Fails if that, or whatever else, is its end.
    fn written(&self) -> io::Result<()> {
        let (is_open, ending) = {
            let mut socket = self.0.lock();
            socket.is_written = true;
            (socket.stream.is_some(), socket.ending)
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

    /// From here on it counts what is written.
    pub(super) fn begin_delivery(&self) {
        self.0.lock().is_written = false;
    }

    /// Whether all that was given to it since then lies with the client's operating system. Not all tell.
    pub(super) fn has_delivered(&self) -> Option<bool> {
        let (is_written, local, peer) = {
            let socket = self.0.lock();
            let stream = socket.stream.as_ref()?;
            let (local, peer) = (stream.local_addr().ok()?, stream.peer_addr().ok()?);
            (socket.is_written, local, peer)
        };
        Some(is_written && unacknowledged(local, peer)? == 0)
    }

    fn with<T>(
        &self,
        act: impl FnOnce(Pin<&mut TcpStream>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        match self.0.lock().stream.as_mut() {
            Some(stream) => act(Pin::new(stream)),
            None => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
        }
    }
}

/// How many bytes the other side has not acknowledged, where Linux tells it.
fn unacknowledged(local: SocketAddr, peer: SocketAddr) -> Option<u64> {
    let table = if local.is_ipv4() { "tcp" } else { "tcp6" };
    let table = std::fs::read_to_string(format!("/proc/net/{table}")).ok()?;
    let port = |address: SocketAddr| format!(":{:04X}", address.port());
    let (local, peer) = (port(local), port(peer));
    // A row: number, local and remote address, state, what waits to be sent and to be read.
    table.lines().find_map(|row| {
        let mut columns = row.split_whitespace().skip(1);
        let is_it = columns.next()?.ends_with(&local) && columns.next()?.ends_with(&peer);
        let queues = columns.nth(1).filter(|_| is_it)?;
        u64::from_str_radix(queues.split(':').next()?, 16).ok()
    })
}

/// What hyper, and whoever writes raw bytes, reads from and writes to.
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
        self.0.with(|stream| stream.poll_read(context, buffer))
    }
}

impl AsyncWrite for Io {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.0.with(|stream| stream.poll_write(context, bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.0
            .with(|stream| stream.poll_write_vectored(context, slices))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// Called when all has been written; a connection that is to end then, ends.
    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.0.with(|stream| stream.poll_flush(context)))?;
        Poll::Ready(self.0.written())
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.with(|stream| stream.poll_shutdown(context))
    }
}
