//! A thin client: two system calls per request, nothing allocated.
//!
//! It takes every answer on a connection to be as long as the first, and so parses only that one: what is
//! measured is the server, in the dev profile too.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};

/// Room for a page of 100 repositories.
const BUFFER: usize = 256 * 1024;

pub(crate) struct Connection {
    address: SocketAddr,
    stream: TcpStream,
    buffer: Box<[u8]>,
    /// Known from the first answer on.
    answer: Option<Shape>,
}

/// What all answers on a connection have in common.
#[derive(Clone, Copy)]
struct Shape {
    length: usize,
    /// The server ends the connection with each answer.
    closes: bool,
}

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> Connection {
        Connection {
            address,
            stream: connect(address),
            buffer: vec![0; BUFFER].into(),
            answer: None,
        }
    }

    pub(crate) fn ask(&mut self, request: &[u8]) -> &[u8] {
        self.send(request);
        self.receive()
    }

    pub(crate) fn send(&mut self, request: &[u8]) {
        if self.answer.is_some_and(|answer| answer.closes) {
            self.stream = connect(self.address);
        }
        self.stream
            .write_all(request)
            .expect("the request was not taken");
    }

    pub(crate) fn receive(&mut self) -> &[u8] {
        let mut filled = 0;
        loop {
            let read = self
                .stream
                .read(&mut self.buffer[filled..])
                .expect("no answer");
            assert!(read > 0, "the connection ended in the middle of an answer");
            filled += read;
            let shape = self.answer.or_else(|| shape(&self.buffer[..filled]));
            if let Some(shape) = shape.filter(|shape| filled >= shape.length) {
                assert_eq!(filled, shape.length, "an answer of another length");
                self.answer = Some(shape);
                return &self.buffer[..filled];
            }
        }
    }
}

pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("no connection");
    stream.set_nodelay(true).expect("no TCP_NODELAY");
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .expect("no timeout");
    stream
}

/// Once the head is there.
fn shape(bytes: &[u8]) -> Option<Shape> {
    let (answer, body_from) = parse_head(bytes)?;
    let header = |name: &str| {
        answer
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let length = header("content-length").expect("an answer without a length");
    Some(Shape {
        length: body_from + length.parse::<usize>().expect("a length"),
        closes: header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close")),
    })
}

/// An answer, taken apart.
pub(crate) struct Parsed {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
}

/// The head of an answer and where its body starts; nothing while the head is not complete.
pub(crate) fn parse_head(bytes: &[u8]) -> Option<(Parsed, usize)> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).expect("a head in ASCII");
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.get(9..12));
    let headers = lines.map(|line| {
        let (name, value) = line.split_once(": ").expect("a header");
        (
            HeaderName::from_bytes(name.as_bytes()).expect("a header's name"),
            HeaderValue::from_str(value).expect("a header's value"),
        )
    });
    let parsed = Parsed {
        status: status
            .and_then(|digits| digits.parse().ok())
            .expect("a status"),
        headers: headers.collect(),
    };
    Some((parsed, end + 4))
}
