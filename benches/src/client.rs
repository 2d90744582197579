//! A thin client: two system calls per request, nothing allocated.
//!
//! It parses only the first response of a connection, and expects all others to have the same length. So even in the
//! dev profile, the measurement shows the server and not the client.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};

/// Large enough for a page of 100 repositories.
const BUFFER: usize = 256 * 1024;

pub(crate) struct Connection {
    address: SocketAddr,
    stream: TcpStream,
    buffer: Box<[u8]>,
    /// Set by the first response.
    shape: Option<Shape>,
}

/// The properties that all responses on a connection share.
#[derive(Clone, Copy)]
struct Shape {
    length: usize,
    /// Whether the server closes the connection after each response.
    closes: bool,
}

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> Connection {
        Connection {
            address,
            stream: connect(address),
            buffer: vec![0; BUFFER].into(),
            shape: None,
        }
    }

    pub(crate) fn exchange(&mut self, request: &[u8]) -> &[u8] {
        self.send(request);
        self.receive()
    }

    pub(crate) fn send(&mut self, request: &[u8]) {
        if self.shape.is_some_and(|shape| shape.closes) {
            self.stream = connect(self.address);
        }
        self.stream
            .write_all(request)
            .expect("the server reads the request");
    }

    pub(crate) fn receive(&mut self) -> &[u8] {
        let mut filled = 0;
        loop {
            let read = self
                .stream
                .read(&mut self.buffer[filled..])
                .expect("the server responds");
            assert!(read > 0, "the connection ended within a response");
            filled += read;
            let shape = self.shape.or_else(|| shape_of(&self.buffer[..filled]));
            if let Some(shape) = shape.filter(|shape| filled >= shape.length) {
                assert_eq!(
                    filled, shape.length,
                    "the response has another length than the first"
                );
                self.shape = Some(shape);
                return &self.buffer[..filled];
            }
        }
    }
}

pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("the server accepts connections");
    stream.set_nodelay(true).expect("TCP_NODELAY is set");
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .expect("the timeout is set");
    stream
}

/// Reads the shape of a response. Returns `None` while the head is incomplete.
fn shape_of(bytes: &[u8]) -> Option<Shape> {
    let (response, body_from) = parse_head(bytes)?;
    let header = |name: &str| {
        response
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let length = header("content-length").expect("the response has a Content-Length");
    Some(Shape {
        length: body_from + length.parse::<usize>().expect("Content-Length is a number"),
        closes: header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close")),
    })
}

/// The parsed head of a response.
pub(crate) struct Parsed {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
}

/// Parses the head of a response. Also returns the index of its body. Returns `None` while the head is incomplete.
pub(crate) fn parse_head(bytes: &[u8]) -> Option<(Parsed, usize)> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).expect("the head is ASCII");
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.get(9..12));
    let headers = lines.map(|line| {
        let (name, value) = line.split_once(": ").expect("a header line has a colon");
        (
            HeaderName::from_bytes(name.as_bytes()).expect("the name of the header is valid"),
            HeaderValue::from_str(value).expect("the value of the header is valid"),
        )
    });
    let parsed = Parsed {
        status: status
            .and_then(|digits| digits.parse().ok())
            .expect("the response has a status"),
        headers: headers.collect(),
    };
    Some((parsed, end + 4))
}
