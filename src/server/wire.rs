//! A client's connection.

use std::fmt;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::dispatch::Cut;

/// A client's connection, which whoever stops the server, or plans a fault, can end from outside.
#[derive(Debug)]
pub(super) struct Wire(Mutex<Option<TcpStream>>);

impl Wire {
    pub(super) fn of(stream: TcpStream) -> Wire {
        Wire(Mutex::new(Some(stream)))
    }

    /// Ends it with a FIN, or, where the client has sent what nobody read, as the kernel sees fit.
    pub(super) fn close(&self) {
        let stream = self.0.lock().take();
        drop(stream);
    }

    /// Ends it with an RST.
    pub(super) fn reset(&self) {
        if let Some(stream) = self.0.lock().take() {
            // Where the kernel refuses, the client sees a FIN.
            let _ = stream.set_zero_linger();
        }
    }
}

/// What hyper reads from and writes to.
pub(super) struct Io(Arc<Wire>);

impl Io {
    pub(super) fn of(wire: &Arc<Wire>) -> Io {
        Io(Arc::clone(wire))
    }

    fn with<T>(
        &self,
        act: impl FnOnce(Pin<&mut TcpStream>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        match self.0.0.lock().as_mut() {
            Some(stream) => act(Pin::new(stream)),
            None => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
        }
    }
}

impl AsyncRead for Io {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.with(|stream| stream.poll_read(context, buffer))
    }
}

impl AsyncWrite for Io {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.with(|stream| stream.poll_write(context, bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.with(|stream| stream.poll_write_vectored(context, slices))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.with(|stream| stream.poll_flush(context))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.with(|stream| stream.poll_shutdown(context))
    }
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection was cut as planned")
    }
}

impl std::error::Error for Cut {}
