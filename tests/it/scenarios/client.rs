//! A small client that does what the input of a scenario says.

use mock_swr::MockSwr;
use reqwest::StatusCode;
use reqwest::blocking::{Client, RequestBuilder, Response};
use serde_json::{Value, json};

use crate::registry::client::{CONFIG, OCI_INDEX, Registry, docker_image, sha256};

/// Acts as the input says, and returns whether it succeeded.
pub(super) fn act(swr: &MockSwr, input: &Value) -> bool {
    let text = |key: &str| input[key].as_str();
    let attempts = input["attempts"].as_u64().unwrap_or(1);
    if let Some(image) = text("push") {
        return push(swr, image, attempts);
    }
    if let Some(image) = text("push_index") {
        return push_index(swr, image);
    }
    if let Some(image) = text("pull") {
        return pull(swr, image);
    }
    if let Some(name) = text("create_namespace") {
        let body = json!({"namespace": name});
        return create(swr, "namespaces", &body, attempts).is_success();
    }
    if let Some(name) = text("create_repo") {
        let (namespace, repo) = name.split_once('/').unwrap();
        let body = json!({"repository": repo, "is_public": false});
        let path = format!("namespaces/{namespace}/repos");
        let status = create(swr, &path, &body, attempts);
        return status.is_success() || status == StatusCode::CONFLICT;
    }
    if let Some(name) = text("delete_tags_of") {
        return delete_tags(swr, name);
    }
    if let Some(image) = text("replicate") {
        return replicate(swr, image, input);
    }
    if let Some(password) = text("list_with_password") {
        return list(swr, password);
    }
    panic!("the client does not know {input}")
}

/// Sends a request until it is neither throttled nor failed.
fn retried(attempts: u64, request: impl Fn() -> RequestBuilder) -> Option<Response> {
    let mut last = None;
    for _ in 0..attempts {
        last = request().send().ok();
        let is_temporary =
            |response: &Response| response.status() == 429 || response.status().is_server_error();
        if last
            .as_ref()
            .is_some_and(|response| !is_temporary(response))
        {
            break;
        }
    }
    last
}

fn push(swr: &MockSwr, image: &str, attempts: u64) -> bool {
    let (repo, tag) = image.split_once(':').unwrap();
    let registry = Registry::anonymous(swr);
    registry.push_blob(repo, CONFIG);
    registry.push_blob(repo, "layer");
    let manifest = docker_image("layer");
    let url = format!("http://{}/v2/{repo}/manifests/{tag}", swr.registry());
    let put = || {
        let media_type = manifest["mediaType"].as_str().unwrap();
        let request = Client::new().put(&url).header("Content-Type", media_type);
        request.body(manifest.to_string())
    };
    retried(attempts, put).is_some_and(|response| response.status() == 201)
}

fn push_index(swr: &MockSwr, image: &str) -> bool {
    let (repo, tag) = image.split_once(':').unwrap();
    let index = json!({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": []});
    Registry::anonymous(swr).put(repo, tag, &index).status == 201
}

fn pull(swr: &MockSwr, image: &str) -> bool {
    let (repo, tag) = image.split_once(':').unwrap();
    let pulled = Registry::anonymous(swr).get(&format!("/v2/{repo}/manifests/{tag}"));
    pulled.status == 200 && sha256(&pulled.text) == pulled.header("docker-content-digest")
}

fn create(swr: &MockSwr, path: &str, body: &Value, attempts: u64) -> StatusCode {
    let url = format!("{}/v2/manage/{path}", swr.endpoint());
    let response = retried(attempts, || Client::new().post(&url).json(body));
    response.unwrap().status()
}

/// Deletes all tags. A tag that is gone counts as deleted.
fn delete_tags(swr: &MockSwr, name: &str) -> bool {
    let (namespace, repo) = name.split_once('/').unwrap();
    let url = format!(
        "{}/v2/manage/namespaces/{namespace}/repos/{repo}/tags",
        swr.endpoint()
    );
    let tags: Value = Client::new().get(&url).send().unwrap().json().unwrap();
    tags.as_array().unwrap().iter().all(|tag| {
        let name = tag["Tag"].as_str().or_else(|| tag["tag"].as_str()).unwrap();
        let status = Client::new()
            .delete(format!("{url}/{name}"))
            .send()
            .unwrap()
            .status();
        status.is_success() || status == StatusCode::NOT_FOUND
    })
}

/// Copies an image to another region, and polls until the job ends.
fn replicate(swr: &MockSwr, image: &str, input: &Value) -> bool {
    let (name, tag) = image.split_once(':').unwrap();
    let (namespace, repo) = name.split_once('/').unwrap();
    let url = format!(
        "{}/v2/manage/namespaces/{namespace}/repos/{repo}",
        swr.endpoint()
    );
    let body = json!({
        "imageTag": [tag], "remoteRegionId": input["region"], "remoteNamespace": input["namespace"],
    });
    Client::new()
        .post(format!("{url}/sync_images"))
        .json(&body)
        .send()
        .unwrap();
    loop {
        let jobs = format!("{url}/sync_job?filter=limit::10|offset::0");
        let jobs: Value = Client::new().get(jobs).send().unwrap().json().unwrap();
        match jobs[0]["status"].as_str().unwrap() {
            "waiting" | "running" => {}
            status => return status == "success",
        }
    }
}

/// Lists repositories with a token, which it keeps between the steps of a scenario.
fn list(swr: &MockSwr, password: &str) -> bool {
    thread_local!(static TOKEN: std::cell::RefCell<Option<String>> = const { std::cell::RefCell::new(None) });
    let get = |token: &str| {
        let url = format!("{}/v2/manage/repos", swr.endpoint());
        Client::new()
            .get(url)
            .header("X-Auth-Token", token)
            .send()
            .unwrap()
            .status()
    };
    let known = TOKEN.take();
    let status = known.as_ref().map(|token| get(token));
    if status == Some(StatusCode::OK) {
        TOKEN.set(known);
        return true;
    }
    let body = json!({"auth": {
        "identity": {"methods": ["password"], "password": {"user": {
            "name": "admin", "password": password, "domain": {"name": "acme"},
        }}},
        "scope": {"project": {"name": "cn-north-4"}},
    }});
    let url = format!("{}/v3/auth/tokens", swr.endpoint());
    let response = Client::new().post(url).json(&body).send().unwrap();
    let token = response.headers()["X-Subject-Token"]
        .to_str()
        .unwrap()
        .to_owned();
    let status = get(&token);
    TOKEN.set(Some(token));
    status == StatusCode::OK
}
