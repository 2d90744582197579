//! The bytes of a connection: plain TCP, or TLS over TCP.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::tls::{self, Handshake, Session};
use crate::engine::unread::Unread;

/// The bytes of a connection. Dropping it closes the socket with a FIN, and sends nothing else.
#[derive(Debug)]
pub(super) enum Stream {
    Plain(TcpStream),
    /// No bytes can be read or written yet.
    Handshake(Box<Handshake>),
    Tls(Box<Session>),
}

impl Stream {
    /// The socket, below TLS; `None` during a handshake.
    pub(super) fn socket(&self) -> Option<&TcpStream> {
        match self {
            Stream::Plain(socket) => Some(socket),
            Stream::Handshake(_) => None,
            Stream::Tls(session) => Some(tls::socket(session)),
        }
    }

    /// The first byte that the client sent, which stays unread; `None` if it closed the connection.
    pub(super) fn poll_first_byte(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<Option<u8>>> {
        let Stream::Plain(socket) = self else {
            return Poll::Ready(Err(io::ErrorKind::InvalidInput.into()));
        };
        let mut byte = [0];
        let count = ready!(socket.poll_peek(context, &mut ReadBuf::new(&mut byte)))?;
        Poll::Ready(Ok((count > 0).then_some(byte[0])))
    }

    /// Completes the handshake, if one is in progress.
    pub(super) fn poll_handshake(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Unread>> {
        if let Stream::Handshake(handshake) = self {
            let session = ready!(handshake.poll(context))?;
            *self = Stream::Tls(Box::new(session));
        }
        Poll::Ready(Ok(()))
    }

    /// Tells the client that the bytes end here. TLS has a message for that; for TCP the FIN suffices.
    pub(super) fn poll_end(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Stream::Plain(_) | Stream::Handshake(_) => Poll::Ready(Ok(())),
            Stream::Tls(session) => tls::poll_end(session, context),
        }
    }
}

/// The result of reading or writing before the handshake is complete.
fn not_open<T>() -> Poll<io::Result<T>> {
    Poll::Ready(Err(io::ErrorKind::NotConnected.into()))
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(socket) => Pin::new(socket).poll_read(context, buffer),
            Stream::Handshake(_) => not_open(),
            Stream::Tls(session) => Pin::new(session).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Stream::Plain(socket) => Pin::new(socket).poll_write(context, bytes),
            Stream::Handshake(_) => not_open(),
            Stream::Tls(session) => Pin::new(session).poll_write(context, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Stream::Plain(socket) => Pin::new(socket).poll_write_vectored(context, slices),
            Stream::Handshake(_) => not_open(),
            Stream::Tls(session) => Pin::new(session).poll_write_vectored(context, slices),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(socket) => Pin::new(socket).poll_flush(context),
            Stream::Handshake(_) => not_open(),
            Stream::Tls(session) => Pin::new(session).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(socket) => Pin::new(socket).poll_shutdown(context),
            Stream::Handshake(_) => not_open(),
            Stream::Tls(session) => Pin::new(session).poll_shutdown(context),
        }
    }
}
