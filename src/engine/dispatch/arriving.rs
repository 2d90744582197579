//! The room that bodies take while they are received.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::engine::core::Core;

/// Bytes of a body that came in more than one piece.
#[derive(Debug, Default)]
pub(crate) struct Arriving {
    /// `None` where nothing is counted yet.
    core: Option<Arc<Core>>,
    bytes: usize,
}

/// How many bytes of bodies one server receives at a time, but for what comes in one piece, and for uploads, which
/// `content_limit` binds.
const MAX_ARRIVING: usize = if cfg!(test) {
    1024 * 1024
} else {
    256 * 1024 * 1024
};

impl Arriving {
    pub(crate) fn at(core: &Arc<Core>) -> Arriving {
        Arriving {
            core: Some(Arc::clone(core)),
            bytes: 0,
        }
    }

    /// Whether there is room for so much more.
    pub(crate) fn take(&mut self, bytes: usize) -> bool {
        let Some(core) = &self.core else { return false };
        let before = core.arriving.fetch_add(bytes, Ordering::Relaxed);
        self.bytes += bytes;
        before + bytes <= MAX_ARRIVING
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        if let Some(core) = &self.core {
            core.arriving.fetch_sub(self.bytes, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;

    use super::{MAX_ARRIVING, Ordering};
    use crate::{Auth, MockSwr, Op, Refusal};

    const SIZE: usize = MAX_ARRIVING / 2 + 100_000;

    /// Sends a body but for its last byte.
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
    fn bodies_that_are_received_at_a_time_have_so_much_room_in_all() {
        let swr = MockSwr::builder().auth(Auth::Off).start();
        let first = send_most(&swr);
        while swr.core.arriving.load(Ordering::Relaxed) < SIZE - 1 {
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
