//! The two requests that all servers receive, and the responses of mock-swr, which all servers return.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use mock_swr::MockSwr;

use crate::client::{Connection, parse_head};

/// A token in the form of mock-swr's, for servers that do not check it.
pub(crate) const TOKEN: &str = "MIIT0123456789abcdef0123456789abcdef";
pub(crate) const REPO: &str = "group/web";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    /// ShowRepository.
    Show,
    /// CreateRepo with a description of 1 MiB. The service parses it, and refuses it as too long.
    Upload,
}

const DESCRIPTION: usize = 1024 * 1024;

impl Call {
    pub(crate) fn method(self) -> Method {
        match self {
            Call::Show => Method::GET,
            Call::Upload => Method::POST,
        }
    }

    pub(crate) fn path(self) -> &'static str {
        match self {
            Call::Show => "/v2/manage/namespaces/group/repos/web",
            Call::Upload => "/v2/manage/namespaces/group/repos",
        }
    }

    /// Returns the request as bytes.
    pub(crate) fn request(self, address: SocketAddr, token: &str) -> Vec<u8> {
        let body = match self {
            Call::Show => String::new(),
            Call::Upload => format!(
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

/// A response of mock-swr that the other servers return too.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    pub(crate) status: u16,
    /// All headers but `Date` and `Content-Length`, which every server adds.
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Sample {
    pub(crate) fn parse(response: &[u8]) -> Sample {
        let (head, body_from) = parse_head(response).expect("the response has a head");
        let mut headers = head.headers;
        headers.remove("date");
        headers.remove("content-length");
        Sample {
            status: head.status,
            headers,
            body: Bytes::copy_from_slice(&response[body_from..]),
        }
    }

    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).expect("the status is valid")
    }

    /// Returns the headers as text.
    pub(crate) fn header_texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.to_str().expect("the header is ASCII")))
    }

    /// Starts mock-swr and returns its response to `call`.
    pub(crate) fn capture(call: Call) -> Vec<u8> {
        let swr = MockSwr::start();
        swr.seed_repo(REPO);
        let address = api_of(&swr);
        let request = call.request(address, &swr.user("admin").token());
        Connection::open(address).exchange(&request).to_vec()
    }
}

pub(crate) fn api_of(swr: &MockSwr) -> SocketAddr {
    let address = swr.endpoint().strip_prefix("http://");
    address
        .and_then(|address| address.parse().ok())
        .expect("the endpoint has an address")
}
