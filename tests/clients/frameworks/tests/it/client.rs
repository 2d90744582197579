//! The code under test: creates repositories, and tries again if the service is unavailable.

use reqwest::StatusCode;
use serde_json::{Value, json};

const ATTEMPTS: usize = 3;

fn url(endpoint: &str, namespace: &str) -> String {
    format!("{endpoint}/v2/manage/namespaces/{namespace}/repos")
}

fn body(repo: &str) -> Value {
    json!({"repository": repo, "is_public": false})
}

/// Creates a repository. Returns the status of the last attempt.
pub(crate) fn create_repo(endpoint: &str, token: &str, name: &str) -> StatusCode {
    let (namespace, repo) = name.split_once('/').unwrap();
    let client = reqwest::blocking::Client::new();
    let post = || {
        let post = client.post(url(endpoint, namespace));
        post.header("X-Auth-Token", token)
            .json(&body(repo))
            .send()
            .unwrap()
            .status()
    };
    let mut status = post();
    for _ in 1..ATTEMPTS {
        if status == StatusCode::SERVICE_UNAVAILABLE {
            status = post();
        }
    }
    status
}

/// Does the same in async code.
pub(crate) async fn create_repo_async(endpoint: String, token: String, name: &str) -> StatusCode {
    let (namespace, repo) = name.split_once('/').unwrap();
    let client = reqwest::Client::new();
    let post = async || {
        let post = client.post(url(&endpoint, namespace));
        post.header("X-Auth-Token", &token)
            .json(&body(repo))
            .send()
            .await
            .unwrap()
            .status()
    };
    let mut status = post().await;
    for _ in 1..ATTEMPTS {
        if status == StatusCode::SERVICE_UNAVAILABLE {
            status = post().await;
        }
    }
    status
}
