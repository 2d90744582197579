//! The types of TLS without the feature `tls`. They have no values.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::engine::unread::Unread;

#[derive(Debug, Clone)]
pub(crate) enum TlsIdentity {}

impl TlsIdentity {
    pub(crate) fn accept(
        &self,
        _hosts: Vec<String>,
        _socket: TcpStream,
    ) -> Result<Handshake, Unread> {
        match *self {}
    }
}

#[derive(Debug)]
pub(crate) enum Handshake {}

impl Handshake {
    pub(crate) fn poll(&mut self, _context: &mut Context<'_>) -> Poll<Result<Session, Unread>> {
        match *self {}
    }
}

#[derive(Debug)]
pub(crate) enum Session {}

pub(crate) fn socket(session: &Session) -> &TcpStream {
    match *session {}
}

pub(crate) fn poll_end(session: &mut Session, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
    match *session {}
}

impl AsyncRead for Session {
    fn poll_read(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
        _buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match *self {}
    }
}

impl AsyncWrite for Session {
    fn poll_write(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
        _bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match *self {}
    }

    fn poll_flush(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match *self {}
    }

    fn poll_shutdown(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match *self {}
    }
}
