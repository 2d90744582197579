//! A client that sends any bytes and reads HTTP/1.1 responses.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

/// A server that is silent for this long hangs.
const PATIENCE: Duration = Duration::from_secs(20);

/// A request whose parts can be any bytes.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    pub method: &'a str,
    pub target: &'a [u8],
    pub lines: String,
    pub body: &'a [u8],
}

impl<'a> Request<'a> {
    pub fn new(method: &'a str, target: &'a (impl AsRef<[u8]> + ?Sized)) -> Request<'a> {
        Request {
            method,
            target: target.as_ref(),
            lines: String::new(),
            body: &[],
        }
    }

    pub fn get(target: &'a (impl AsRef<[u8]> + ?Sized)) -> Request<'a> {
        Request::new("GET", target)
    }

    /// Adds header lines, each with its line break.
    pub fn with(mut self, lines: &str) -> Request<'a> {
        self.lines += lines;
        self
    }

    pub fn body(mut self, body: &'a [u8]) -> Request<'a> {
        self.body = body;
        self
    }

    fn bytes(&self, host: &str) -> Vec<u8> {
        let length = self.body.len();
        let rest = format!(
            " HTTP/1.1\r\nHost: {host}\r\n{}Content-Length: {length}\r\n\r\n",
            self.lines
        );
        [
            self.method.as_bytes(),
            b" ",
            self.target,
            rest.as_bytes(),
            self.body,
        ]
        .concat()
    }
}

/// A response.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// A connection that is opened again when the server has closed it.
pub struct Connection {
    host: String,
    stream: Option<TcpStream>,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) fn to(host: &str) -> Connection {
        Connection {
            host: host.to_owned(),
            stream: None,
            buffer: Vec::new(),
        }
    }

    /// Sends a request and reads its response.
    pub(crate) fn exchange(&mut self, request: &Request<'_>) -> Response {
        let bytes = request.bytes(&self.host);
        let mut stream = self.stream.take().unwrap_or_else(|| {
            self.buffer.clear();
            connect(&self.host)
        });
        // The server may respond and close before it has read everything.
        let _ = stream.write_all(&bytes);
        let response = self.read_response(&mut stream, request.method == "HEAD");
        let is_closed = response.header("connection") == Some("close");
        assert!(
            is_closed || self.buffer.is_empty(),
            "more than one response: {:?}",
            self.buffer.escape_ascii()
        );
        self.stream = (!is_closed).then_some(stream);
        response
    }

    fn read_response(&mut self, stream: &mut TcpStream, is_head: bool) -> Response {
        let end = loop {
            if let Some(at) = find(&self.buffer, b"\r\n\r\n") {
                break at + 4;
            }
            let is_open = self.read_more(stream);
            assert!(is_open, "no whole head: {}", self.buffer.escape_ascii());
        };
        let head: Vec<u8> = self.buffer.drain(..end).collect();
        let (status, headers) = parse_head(&head);
        let mut response = Response {
            status,
            headers,
            body: Vec::new(),
        };
        if is_head || matches!(status, 100..=199 | 204 | 304) {
            return response;
        }
        let length = response.header("content-length");
        let length: usize = length
            .unwrap_or_else(|| panic!("no Content-Length: {response:?}"))
            .parse()
            .unwrap();
        while self.buffer.len() < length {
            assert!(
                self.read_more(stream),
                "the body has {} of {length} bytes: {response:?}",
                self.buffer.len()
            );
        }
        response.body = self.buffer.drain(..length).collect();
        response
    }

    /// Reads more bytes. Returns whether the connection is open.
    fn read_more(&mut self, stream: &mut TcpStream) -> bool {
        let mut part = [0; 16 * 1024];
        let count = loop {
            match stream.read(&mut part) {
                // The timer of libFuzzer interrupts reads.
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if is_timeout(error.kind()) => panic!("the server hangs"),
                Err(_) => break 0,
                Ok(count) => break count,
            }
        };
        self.buffer.extend_from_slice(&part[..count]);
        count > 0
    }
}

fn connect(host: &str) -> TcpStream {
    let stream = TcpStream::connect(host).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

fn is_timeout(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

fn parse_head(head: &[u8]) -> (u16, Vec<(String, String)>) {
    let text = String::from_utf8_lossy(head);
    let mut lines = text.trim_end().split("\r\n");
    let status = lines.next().unwrap_or_default();
    let status = status
        .strip_prefix("HTTP/1.1 ")
        .and_then(|rest| rest.get(..3));
    let status = status.and_then(|digits| digits.parse().ok());
    let status = status.unwrap_or_else(|| panic!("not an HTTP response: {text:?}"));
    let headers = lines.map(|line| {
        let (name, value) = line
            .split_once(':')
            .unwrap_or_else(|| panic!("not a header: {line:?}"));
        (name.to_ascii_lowercase(), value.trim().to_owned())
    });
    (status, headers.collect())
}

/// Writes the bytes, ends the stream, and reads until the server closes it.
pub(crate) fn write_and_read(mut stream: &TcpStream, bytes: &[u8]) -> Vec<u8> {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(Shutdown::Write);
    let mut received = Vec::new();
    match stream.read_to_end(&mut received) {
        Err(error) if is_timeout(error.kind()) => panic!("the server hangs"),
        // A server that closes before it has read everything resets the connection.
        _ => received,
    }
}
