//! Headers with credentials, at both doors. The first byte selects the request. The rest is header lines, in which
//! `$TOKEN`, `$SIGNED`, `$BEARER` and `$BASIC` stand for valid credentials of the administrator.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mock_swr::MockSwr;
use mock_swr_fuzz::{Request, Server, Settings, header_lines, with_server};
use serde_json::Value;

const API: [(&str, &str); 4] = [
    ("GET", "/v2/manage/namespaces"),
    ("GET", "/v3/auth/tokens"),
    ("POST", "/v3/auth/tokens"),
    ("GET", "/v3/users"),
];
const TOKEN: &str =
    "/swr/auth/v2/registry/auth?service=dockyard&scope=repository:group/web:pull,push";
const REGISTRY: [(&str, &str); 4] = [
    ("GET", "/v2/group/web/tags/list"),
    ("GET", TOKEN),
    ("POST", "/swr/auth/v2/registry/auth"),
    ("GET", "/v2/"),
];

fuzz_target!(|input: &[u8]| {
    let Some((selector, lines)) = input.split_first() else {
        return;
    };
    let (text, body) = match lines.iter().position(|byte| *byte == 0) {
        Some(end) => (&lines[..end], &lines[end + 1..]),
        None => (lines, &[][..]),
    };
    let at = usize::from(*selector) % (API.len() + REGISTRY.len());
    with_server(Settings::Verified, |server| {
        let (is_api, (method, target)) = match API.get(at) {
            Some(request) => (true, *request),
            None => (false, REGISTRY[at - API.len()]),
        };
        let request = Request::new(method, target).body(body);
        let lines = header_lines(&with_credentials(server, text, target));
        let request = request.with(&lines);
        let response = if is_api {
            server.send_api(&request)
        } else {
            server.send_registry(&request)
        };
        server.check_hidden(&response, input);
    });
});

/// Replaces the placeholders in the text.
fn with_credentials(server: &mut Server, text: &[u8], target: &str) -> String {
    let swr = &server.swr;
    let text = String::from_utf8_lossy(text);
    let replaced = |text: String, name: &str, value: &dyn Fn() -> String| {
        if text.contains(name) {
            text.replace(name, &value())
        } else {
            text
        }
    };
    let text = replaced(text.into_owned(), "$TOKEN", &|| swr.user("admin").token());
    let text = replaced(text, "$SIGNED", &|| signed(swr, target));
    let text = replaced(text, "$BASIC", &|| basic(swr));
    if text.contains("$BEARER") {
        text.replace("$BEARER", &bearer(server))
    } else {
        text
    }
}

/// The value of `Authorization` and the date of a signed request.
fn signed(swr: &MockSwr, target: &str) -> String {
    let mut request = http::Request::get(format!("{}{target}", swr.endpoint()))
        .body("")
        .unwrap();
    swr.user("admin").sign(&mut request);
    let header = |name| request.headers()[name].to_str().unwrap();
    format!(
        "{}\r\nX-Sdk-Date: {}",
        header("authorization"),
        header("x-sdk-date")
    )
}

fn basic(swr: &MockSwr) -> String {
    let config: Value = serde_json::from_str(&swr.user("admin").docker_config()).unwrap();
    config["auths"][swr.registry()]["auth"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// A token of the registry.
fn bearer(server: &mut Server) -> String {
    let lines = format!("Authorization: Basic {}\r\n", basic(&server.swr));
    let response = server.send_registry(&Request::get(TOKEN).with(&lines));
    let body: Value = serde_json::from_slice(&response.body).unwrap();
    body["token"].as_str().unwrap().to_owned()
}
