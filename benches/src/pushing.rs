//! A thin registry client. It reads responses of any length, and reuses one buffer.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::str::FromStr;

use sha2::{Digest, Sha256};

use crate::client::connect;

const BUFFER: usize = 256 * 1024;

/// A connection to a registry, with the status and location of the last response.
pub(crate) struct Wire {
    stream: TcpStream,
    buffer: Box<[u8]>,
    pub(crate) status: u16,
    /// The path and query where an upload continues.
    pub(crate) location: String,
}

impl Wire {
    pub(crate) fn open(address: SocketAddr) -> Wire {
        Wire {
            stream: connect(address),
            // Not zeros: this touches the memory now, so that it does not count as growth later.
            buffer: vec![1; BUFFER].into(),
            status: 0,
            location: String::new(),
        }
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.stream
            .write_all(bytes)
            .expect("the server reads the request");
    }

    /// Sends the same piece `times` times.
    pub(crate) fn send_repeated(&mut self, piece: &[u8], times: usize) {
        (0..times).for_each(|_| self.send(piece));
    }

    /// Reads a whole response. Returns the length of its body.
    pub(crate) fn receive(&mut self) -> usize {
        let mut filled = 0;
        let head = loop {
            filled += self.read(filled);
            if let Some(head) = read_head(&self.buffer[..filled]) {
                break head;
            }
        };
        self.status = head.status;
        if let Some(location) = head.location {
            self.location.clear();
            self.location.push_str(target_of(location));
        }
        let body_from = head.body_from;
        match head.length {
            Some(length) => {
                let mut left = length - (filled - body_from);
                while left > 0 {
                    left -= self.read(0);
                }
                length
            }
            None if matches!(head.status, 204 | 304) => 0,
            None => self.receive_chunks(filled, body_from),
        }
    }

    /// Reads a chunked body, which must fit in the buffer.
    fn receive_chunks(&mut self, mut filled: usize, body_from: usize) -> usize {
        while !self.buffer[body_from..filled].ends_with(b"0\r\n\r\n") {
            filled += self.read(filled);
        }
        filled - body_from
    }

    fn read(&mut self, from: usize) -> usize {
        let read = self.stream.read(&mut self.buffer[from..]);
        let read = read.expect("the server responds");
        assert!(read > 0, "the connection ended within a response");
        read
    }

    /// Sends a request and expects a 2xx response.
    pub(crate) fn exchange(&mut self, request: &[u8]) -> usize {
        self.send(request);
        self.receive_success()
    }

    pub(crate) fn receive_success(&mut self) -> usize {
        let length = self.receive();
        let status = self.status;
        assert!(
            (200..300).contains(&status),
            "expected a 2xx status, got {status}"
        );
        length
    }
}

/// The parts of a response's head that the client needs.
struct Head<'a> {
    status: u16,
    location: Option<&'a str>,
    /// The length of the body; `None` if it is chunked.
    length: Option<usize>,
    body_from: usize,
}

/// Reads a head in one pass. Returns `None` while it is incomplete.
fn read_head(bytes: &[u8]) -> Option<Head<'_>> {
    let mut head = Head {
        status: 0,
        location: None,
        length: None,
        body_from: 0,
    };
    loop {
        let rest = &bytes[head.body_from..];
        let line = &rest[..rest.iter().position(|byte| *byte == b'\r')?];
        head.body_from += line.len() + "\r\n".len();
        if head.body_from > bytes.len() {
            return None;
        }
        if head.status == 0 {
            head.status = line.get(9..12).and_then(parse).expect("a status");
        } else if let Some(length) = value_of(line, b"content-length: ") {
            head.length = Some(parse(length).expect("Content-Length is a number"));
        } else if let Some(location) = value_of(line, b"location: ") {
            head.location = Some(std::str::from_utf8(location).expect("Location is ASCII"));
        } else if line.is_empty() {
            return Some(head);
        }
    }
}

/// Returns the value of a header line with this name.
fn value_of<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let (start, value) = line.split_at_checked(name.len())?;
    start.eq_ignore_ascii_case(name).then_some(value)
}

fn parse<N: FromStr>(digits: &[u8]) -> Option<N> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// Returns the path and query of an address.
fn target_of(address: &str) -> &str {
    match address.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |path| &rest[path..]),
        None => address,
    }
}

/// Returns the head of a request whose body has `length` bytes.
pub(crate) fn head(method: &str, target: &str, media_type: &str, length: usize) -> Vec<u8> {
    format!(
        "{method} {target} HTTP/1.1\r\nhost: registry\r\ncontent-type: {media_type}\r\n\
         content-length: {length}\r\n\r\n"
    )
    .into_bytes()
}

pub(crate) const OCTETS: &str = "application/octet-stream";

pub(crate) fn get(target: &str) -> Vec<u8> {
    format!("GET {target} HTTP/1.1\r\nhost: registry\r\naccept: {MANIFEST}\r\n\r\n").into_bytes()
}

pub(crate) fn begin_upload(repo: &str) -> Vec<u8> {
    head("POST", &format!("/v2/{repo}/blobs/uploads/"), OCTETS, 0)
}

/// Returns the target of the PUT that closes an upload.
pub(crate) fn closing(location: &str, digest: &str) -> String {
    let separator = if location.contains('?') { '&' } else { '?' };
    format!("{location}{separator}digest={digest}")
}

pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// A blob with its digest.
struct Blob {
    content: Vec<u8>,
    digest: String,
}

impl Blob {
    fn of(content: Vec<u8>) -> Blob {
        let digest = digest(Sha256::new().chain_update(&content));
        Blob { content, digest }
    }

    fn descriptor(&self, media_type: &str) -> String {
        format!(
            r#"{{"mediaType":"application/vnd.oci.image.{media_type}","digest":"{}","size":{}}}"#,
            self.digest,
            self.content.len()
        )
    }
}

pub(crate) fn digest(hasher: Sha256) -> String {
    let hash = hasher.finalize();
    let digits = hash.iter().map(|byte| format!("{byte:02x}"));
    digits.fold("sha256:".to_owned(), |text, digits| text + &digits)
}

/// A small image: a configuration, three layers of 4 KiB, and a manifest with its own tag.
pub(crate) struct Image {
    repo: &'static str,
    tag: String,
    /// The configuration first.
    blobs: Vec<Blob>,
    manifest: String,
}

const LAYERS: usize = 3;
const LAYER: usize = 4 * 1024;

impl Image {
    /// Creates an image that shares no blob with other numbers.
    pub(crate) fn numbered(repo: &'static str, number: usize) -> Image {
        let run = format!(r#"{{"Env":["NUMBER={number}"]}}"#);
        let config = format!(
            r#"{{"architecture":"amd64","os":"linux","config":{run},"rootfs":{{"type":"layers","diff_ids":[]}}}}"#
        );
        let layer = |layer: usize| {
            let mut content = format!("{number} {layer} ").into_bytes();
            content.resize(LAYER, b'x');
            Blob::of(content)
        };
        let config = Blob::of(config.into_bytes());
        let layers: Vec<Blob> = (0..LAYERS).map(layer).collect();
        let described: Vec<String> = layers
            .iter()
            .map(|layer| layer.descriptor("layer.v1.tar"))
            .collect();
        let manifest = format!(
            r#"{{"schemaVersion":2,"mediaType":"{MANIFEST}","config":{},"layers":[{}]}}"#,
            config.descriptor("config.v1+json"),
            described.join(",")
        );
        Image {
            repo,
            tag: format!("tag-{number:05}"),
            blobs: std::iter::once(config).chain(layers).collect(),
            manifest,
        }
    }

    pub(crate) fn manifest_target(&self) -> String {
        format!("/v2/{}/manifests/{}", self.repo, self.tag)
    }

    /// Returns the request that pushes its manifest under another tag.
    pub(crate) fn tag_request(&self, tag: &str) -> Vec<u8> {
        let target = format!("/v2/{}/manifests/{tag}", self.repo);
        let mut request = head("PUT", &target, MANIFEST, self.manifest.len());
        request.extend_from_slice(self.manifest.as_bytes());
        request
    }

    /// The number of requests that push an image: two for each blob, and one for the manifest.
    pub(crate) const PUSH_REQUESTS: usize = 2 * (1 + LAYERS) + 1;

    pub(crate) fn push_request(&self, step: usize, location: &str) -> Vec<u8> {
        let Some(blob) = self.blobs.get(step / 2) else {
            return self.tag_request(&self.tag);
        };
        if step.is_multiple_of(2) {
            return begin_upload(self.repo);
        }
        let target = closing(location, &blob.digest);
        let mut request = head("PUT", &target, OCTETS, blob.content.len());
        request.extend_from_slice(&blob.content);
        request
    }

    /// The number of requests that pull it: one for the manifest, and one for each blob.
    pub(crate) const PULL_REQUESTS: usize = 1 + 1 + LAYERS;

    pub(crate) fn pull_request(&self, step: usize) -> Vec<u8> {
        match step.checked_sub(1) {
            None => get(&self.manifest_target()),
            Some(blob) => {
                let digest = &self.blobs[blob].digest;
                get(&format!("/v2/{}/blobs/{digest}", self.repo))
            }
        }
    }

    /// Pushes the whole image on one connection.
    pub(crate) fn push_whole(&self, wire: &mut Wire) {
        for step in 0..Image::PUSH_REQUESTS {
            let request = self.push_request(step, &wire.location);
            wire.exchange(&request);
        }
    }
}
