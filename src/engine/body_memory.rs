//! The memory limit for bodies that are being received.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The number of bytes of all bodies that one server is receiving.
#[derive(Debug, Clone, Default)]
pub(crate) struct BodyMemory(Arc<AtomicUsize>);

/// The number of bytes of one body that is received in several pieces. Dropping it frees their share of the limit.
#[derive(Debug, Default)]
pub(crate) struct BodyReservation {
    /// `None` if nothing is counted.
    memory: Option<BodyMemory>,
    bytes: usize,
}

/// The limit for the bodies that one server receives at the same time. Bodies of a single piece do not count. Uploads
/// do not count either: `content_limit` limits them.
const MAX_BODY_MEMORY: usize = if cfg!(test) {
    1024 * 1024
} else {
    256 * 1024 * 1024
};

impl BodyMemory {
    pub(crate) fn start(&self) -> BodyReservation {
        BodyReservation {
            memory: Some(self.clone()),
            bytes: 0,
        }
    }

    #[cfg(test)]
    fn bytes(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl BodyReservation {
    /// Reserves more bytes. Returns false if that exceeds the limit.
    pub(crate) fn reserve(&mut self, bytes: usize) -> bool {
        let Some(memory) = &self.memory else {
            return false;
        };
        let before = memory.0.fetch_add(bytes, Ordering::Relaxed);
        self.bytes += bytes;
        before + bytes <= MAX_BODY_MEMORY
    }
}

impl Drop for BodyReservation {
    fn drop(&mut self) {
        if let Some(memory) = &self.memory {
            memory.0.fetch_sub(self.bytes, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;

    use super::MAX_BODY_MEMORY;
    use crate::{Auth, MockSwr, Op, Refusal};

    const SIZE: usize = MAX_BODY_MEMORY / 2 + 100_000;

    /// Sends a body without its last byte.
    fn send_most(swr: &MockSwr) -> TcpStream {
        let host = swr.endpoint().trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).unwrap();
        let head = format!(
            "POST /v2/manage/namespaces HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {SIZE}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(&vec![b' '; SIZE - 1]).unwrap();
        stream
    }

    fn end(mut stream: TcpStream) -> String {
        stream.write_all(b" ").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    #[test]
    fn bodies_received_at_the_same_time_share_one_limit() {
        let swr = MockSwr::builder().auth(Auth::Off).start();
        let first = send_most(&swr);
        while swr.core.body_memory.bytes() < SIZE - 1 {
            std::thread::yield_now();
        }
        let refused = end(send_most(&swr));
        assert!(refused.starts_with("HTTP/1.1 413"), "{refused}");
        assert!(refused.contains("256 MiB in all"), "{refused}");
        assert!(
            end(first).starts_with("HTTP/1.1 400"),
            "an empty body has no field"
        );
        assert!(end(send_most(&swr)).starts_with("HTTP/1.1 400"));
        swr.verify(Op::CreateNamespace)
            .refused(Refusal::BodyTooLarge)
            .once();
    }
}
