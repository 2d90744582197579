//! The two requests that all contestants answer, and mock-swr's answers to them, which all give.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use mock_swr::MockSwr;

use crate::client::{Connection, parse_head};

/// Looks like mock-swr's, for those who do not ask.
pub(crate) const TOKEN: &str = "MIIT0123456789abcdef0123456789abcdef";
pub(crate) const REPO: &str = "group/web";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    /// ShowRepository.
    Show,
    /// CreateRepo with a description of 1 MiB, which the service reads, and refuses as too long.
    Upload,
}

const DESCRIPTION: usize = 1024 * 1024;

impl Ask {
    pub(crate) fn method(self) -> Method {
        match self {
            Ask::Show => Method::GET,
            Ask::Upload => Method::POST,
        }
    }

    pub(crate) fn path(self) -> &'static str {
        match self {
            Ask::Show => "/v2/manage/namespaces/group/repos/web",
            Ask::Upload => "/v2/manage/namespaces/group/repos",
        }
    }

    /// The bytes of the request.
    pub(crate) fn request(self, address: SocketAddr, token: &str) -> Vec<u8> {
        let body = match self {
            Ask::Show => String::new(),
            Ask::Upload => format!(
                r#"{{"repository": "api", "is_public": false, "description": "{}"}}"#,
                "x".repeat(DESCRIPTION)
            ),
        };
        request(&self.method(), self.path(), address, token, &body)
    }
}

pub(crate) fn request(
    method: &Method,
    target: &str,
    address: SocketAddr,
    token: &str,
    body: &str,
) -> Vec<u8> {
    let content = match body.len() {
        0 => String::new(),
        length => format!("content-type: application/json\r\ncontent-length: {length}\r\n"),
    };
    let head = format!(
        "{method} {target} HTTP/1.1\r\nhost: {address}\r\nx-auth-token: {token}\r\n{content}\r\n"
    );
    (head + body).into_bytes()
}

/// An answer of mock-swr, as others can give it too.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    pub(crate) status: u16,
    /// Those that every server adds by itself left out.
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Sample {
    pub(crate) fn parse(answer: &[u8]) -> Sample {
        let (head, body_from) = parse_head(answer).expect("an answer with a head");
        let mut headers = head.headers;
        headers.remove("date");
        headers.remove("content-length");
        Sample {
            status: head.status,
            headers,
            body: Bytes::copy_from_slice(&answer[body_from..]),
        }
    }

    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).expect("a status")
    }

    /// The headers as text.
    pub(crate) fn header_texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.to_str().expect("a header in ASCII")))
    }

    /// Asks a mock-swr.
    pub(crate) fn capture(ask: Ask) -> Vec<u8> {
        let swr = MockSwr::start();
        swr.seed_repo(REPO);
        let address = api_of(&swr);
        let request = ask.request(address, &swr.user("admin").token());
        Connection::open(address).ask(&request).to_vec()
    }
}

pub(crate) fn api_of(swr: &MockSwr) -> SocketAddr {
    let address = swr.endpoint().strip_prefix("http://");
    address
        .and_then(|address| address.parse().ok())
        .expect("an address")
}
