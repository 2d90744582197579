//! A tour of a server with an HTTP client: `cargo run --example tour`.
//!
//! It prints requests with their responses, the journal, and two failure reports. README.md and the guide quote it.

use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};

use mock_swr::{MockSwr, Op};
use reqwest::Method;
use reqwest::blocking::Client;
use serde_json::{Value, json};

fn main() {
    // The tour catches two panics and prints their messages itself.
    set_hook(Box::new(|_| {}));
    print!("{}", walk());
}

/// Returns the output of the tour.
pub(crate) fn walk() -> String {
    let swr = MockSwr::builder().frozen_at("2026-01-31T08:00:00Z").start();
    let mut client = Recorder {
        endpoint: swr.endpoint().to_owned(),
        token: swr.token(),
        out: String::new(),
    };

    let namespaces = "/v2/manage/namespaces";
    let repos = "/v2/manage/namespaces/group/repos";

    client.heading("create an organization");
    let namespace = json!({"namespace": "group"});
    client.send(Method::POST, namespaces, Some(namespace));

    client.heading("a hint");
    let misspelt = json!({"repo": "web", "is_public": false});
    client.send(Method::POST, repos, Some(misspelt));

    client.heading("a failed assertion");
    let failed = catch_unwind(|| swr.verify(Op::CreateRepo.repo("group/web")).once());
    client.out += &message(failed);

    client.heading("a planned failure");
    swr.on(Op::ListNamespaces, 503);
    client.send(Method::GET, namespaces, None);
    client.send(Method::GET, namespaces, None);

    client.heading("the journal");
    client.out += &swr.journal().to_string();

    client.heading("a planned failure that the client never met");
    swr.on(Op::DeleteRepo, 503);
    let failed = catch_unwind(AssertUnwindSafe(|| drop(swr)));
    client.out += &message(failed);
    client.out
}

/// Returns the message of a caught panic.
fn message<T>(failed: std::thread::Result<T>) -> String {
    let panic = failed.err().expect("the call panics");
    let message = panic.downcast_ref::<String>();
    format!("{}\n", message.expect("the message is text").trim_end())
}

/// Returns the beginning of a long text.
fn shortened(text: &str) -> String {
    match text.get(..110) {
        Some(start) if text.len() > 113 => format!("{start}..."),
        _ => text.to_owned(),
    }
}

/// A client that writes its requests and responses to `out`.
struct Recorder {
    endpoint: String,
    token: String,
    out: String,
}

impl Recorder {
    fn heading(&mut self, text: &str) {
        let gap = if self.out.is_empty() { "" } else { "\n" };
        let _ = writeln!(self.out, "{gap}-- {text}");
    }

    fn send(&mut self, method: Method, path: &str, body: Option<Value>) {
        let url = format!("{}{path}", self.endpoint);
        let mut request = Client::new()
            .request(method.clone(), url)
            .header("X-Auth-Token", &self.token);
        let mut sent = format!("{method} {path}");
        if let Some(body) = body {
            sent += &format!(" {body}");
            request = request.json(&body);
        }
        let response = request.send().expect("the server responds");
        let status = response.status();
        let hint = response.headers().get("x-mock-hint").cloned();
        let body = response.text().expect("the body is text");
        let _ = writeln!(self.out, "{sent}\n  {status}\n  {}", shortened(body.trim()));
        if let Some(hint) = hint {
            let hint = hint.to_str().expect("hints are ASCII");
            let _ = writeln!(self.out, "  x-mock-hint: {hint}");
        }
    }
}
