//! A walk through a server, by an ordinary HTTP client: `cargo run --example tour`.
//!
//! It prints each request with its answer, then the journal, then the report of an assertion that fails.

use mock_swr::{MockSwr, Op};
use reqwest::Method;
use reqwest::blocking::Client;
use serde_json::{Value, json};

fn main() {
    let swr = MockSwr::builder().frozen_at("2026-01-31T08:00:00Z").start();
    let client = Shown {
        endpoint: swr.endpoint().to_owned(),
        token: swr.user("admin").token(),
    };

    println!("-- an organization, and a repository in it");
    client.send(
        Method::POST,
        "/v2/manage/namespaces",
        Some(json!({"namespace": "group"})),
    );
    client.send(
        Method::GET,
        "/v2/manage/namespaces?filter=namespace::group",
        None,
    );
    let fields = "repository=test&category=linux&description=test&is_public=false";
    client.send(
        Method::POST,
        &format!("/v2/manage/namespaces/group/repos?{fields}"),
        None,
    );
    client.send(Method::GET, "/v2/manage/namespaces/group/repos/test", None);

    println!("-- what the service refuses, and what a test plans");
    client.send(Method::DELETE, "/v2/manage/namespaces/group", None);
    swr.on(Op::ListNamespaces, 503);
    client.send(Method::GET, "/v2/manage/namespaces", None);
    client.send(Method::GET, "/v2/manage/namespaces", None);

    println!("-- the journal\n{}", swr.journal());

    println!("-- a failed assertion");
    std::panic::set_hook(Box::new(|_| {}));
    let failed = std::panic::catch_unwind(|| swr.verify(Op::CreateRepo.repo("group/web")).once());
    if let Some(report) = failed.unwrap_err().downcast_ref::<String>() {
        println!("{report}");
    }
}

/// A client that shows what it sends and gets.
struct Shown {
    endpoint: String,
    token: String,
}

impl Shown {
    fn send(&self, method: Method, path: &str, body: Option<Value>) {
        println!("{method} {path}");
        let url = format!("{}{path}", self.endpoint);
        let mut request = Client::new()
            .request(method, url)
            .header("X-Auth-Token", &self.token);
        if let Some(body) = body {
            println!("  {body}");
            request = request.json(&body);
        }
        let answer = request.send().expect("the server answers");
        println!("{}", answer.status());
        let hint = answer.headers().get("x-mock-hint").cloned();
        println!("  {}", answer.text().expect("the answer is text"));
        if let Some(hint) = hint {
            println!("  x-mock-hint: {}", hint.to_str().expect("hints are ASCII"));
        }
    }
}
