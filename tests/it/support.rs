//! A client of the management API for the tests, and assertions on responses and panics.

use std::cell::Cell;
use std::io::Write;
use std::net::TcpStream;
use std::sync::Once;

use mock_swr::MockSwr;
use once_cell::sync::Lazy;
use reqwest::Method;
use reqwest::blocking::{Client as Http, RequestBuilder};
use reqwest::header::HeaderMap;
use serde_json::Value;

pub(crate) static HTTP: Lazy<Http> = Lazy::new(|| Http::builder().timeout(None).build().unwrap());

/// A client of the management API.
pub(crate) struct Client {
    endpoint: String,
    token: Option<String>,
}

/// A response.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Client {
    /// Returns a client with the credentials of the server's administrator.
    pub(crate) fn admin(swr: &MockSwr) -> Client {
        Client::user(swr, "admin")
    }

    pub(crate) fn user(swr: &MockSwr, name: &str) -> Client {
        Client {
            endpoint: swr.endpoint().to_owned(),
            token: Some(swr.user(name).token()),
        }
    }

    /// Returns a client of the management API in another region.
    pub(crate) fn in_region(swr: &MockSwr, name: &str, region: &str) -> Client {
        let region = swr.region(region);
        Client {
            endpoint: region.endpoint().to_owned(),
            token: Some(region.user(name).token()),
        }
    }

    /// Returns a client without credentials.
    pub(crate) fn anonymous(swr: &MockSwr) -> Client {
        Client {
            endpoint: swr.endpoint().to_owned(),
            token: None,
        }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = HTTP.request(method, format!("{}{path}", self.endpoint));
        match &self.token {
            Some(token) => request.header("X-Auth-Token", token),
            None => request,
        }
    }

    pub(crate) fn get(&self, path: &str) -> Response {
        send(self.request(Method::GET, path)).unwrap()
    }

    pub(crate) fn post(&self, path: &str, body: Value) -> Response {
        send(self.request(Method::POST, path).json(&body)).unwrap()
    }

    pub(crate) fn patch(&self, path: &str, body: Value) -> Response {
        send(self.request(Method::PATCH, path).json(&body)).unwrap()
    }

    /// Sends a DELETE request with a body, which some operations require.
    pub(crate) fn delete_with(&self, path: &str, body: Value) -> Response {
        send(self.request(Method::DELETE, path).json(&body)).unwrap()
    }

    pub(crate) fn delete(&self, path: &str) -> Response {
        send(self.request(Method::DELETE, path)).unwrap()
    }
}

/// Sends a request of the administrator and does not read the response. Dropping the stream disconnects the client.
pub(crate) fn send_and_wait(swr: &MockSwr, line: &str, body: &str) -> TcpStream {
    let mut stream = TcpStream::connect(swr.endpoint().trim_start_matches("http://")).unwrap();
    let token = swr.user("admin").token();
    let length = body.len();
    write!(
        stream,
        "{line} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {token}\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    stream
}

pub(crate) fn send(request: RequestBuilder) -> reqwest::Result<Response> {
    let response = request.send()?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Ok(Response {
        status,
        headers,
        text: response.text()?,
    })
}

impl Response {
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        match serde_json::from_str(&self.text) {
            Ok(value) => value,
            Err(error) => panic!("{error} in {self:?}"),
        }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap_or("(not text)"))
    }

    /// Returns the error code at the top level. Asserts that the older fields have the same code.
    #[track_caller]
    pub(crate) fn code(&self) -> String {
        let body = self.json();
        let code = body["error_code"]
            .as_str()
            .unwrap_or_else(|| panic!("no error_code in {self:?}"));
        if code.starts_with("SVCSTG") {
            assert_eq!(body["errors"][0]["errorCode"], code, "{self:?}");
            assert_eq!(
                body["errors"][0]["errorMessage"], body["error_msg"],
                "{self:?}"
            );
            assert_eq!(body["details"][0]["error_code"], code, "{self:?}");
        } else if code.starts_with("APIGW") {
            assert_eq!(body["request_id"], self.header("x-request-id"), "{self:?}");
        }
        code.to_owned()
    }

    /// Asserts the status and the error code.
    #[track_caller]
    pub(crate) fn assert_refused(&self, status: u16, code: &str) {
        assert_eq!(
            (self.status, self.code().as_str()),
            (status, code),
            "{self:?}"
        );
    }
}

/// Returns the message of the panic of `act`.
///
/// Asserts that the location of the panic, or the first line of its message, is in a test.
#[track_caller]
pub(crate) fn panic_of<T>(act: impl FnOnce() -> T) -> String {
    record_panic_locations();
    let Err(panic) = std::panic::catch_unwind(std::panic::AssertUnwindSafe(act)) else {
        panic!("expected a panic")
    };
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    let (text, location) = (text.unwrap(), LAST_PANIC.take().unwrap_or_default());
    assert!(
        text.starts_with("tests/") || location.starts_with("tests/"),
        "the location of the panic is not in a test: {location}"
    );
    text
}

thread_local! {
    static LAST_PANIC: Cell<Option<String>> = const { Cell::new(None) };
}

/// Records the location of each panic.
fn record_panic_locations() {
    static RECORDING: Once = Once::new();
    RECORDING.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            LAST_PANIC.set(panic.location().map(ToString::to_string));
            before(panic);
        }));
    });
}

/// Asserts that `act` panics with a message that begins with this text.
#[track_caller]
pub(crate) fn assert_advises<T>(act: impl FnOnce() -> T, beginning: &str) {
    let message = panic_of(act);
    assert!(message.starts_with(beginning), "{message}");
}
