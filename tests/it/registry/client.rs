//! A client of the registry for the tests, assertions on responses, and content to push.

use mock_swr::MockSwr;
use reqwest::Method;
use reqwest::blocking::{Body, RequestBuilder};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256, Sha512};

use crate::support::{HTTP, Response, send};

pub(crate) const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub(crate) const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub(crate) const OCI_CONFIG: &str = "application/vnd.oci.image.config.v1+json";
pub(crate) const OCI_LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
pub(crate) const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
pub(crate) const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
pub(crate) const DOCKER_CONFIG: &str = "application/vnd.docker.container.image.v1+json";
pub(crate) const DOCKER_LAYER: &str = "application/vnd.docker.image.rootfs.diff.tar.gzip";
/// The configuration of every image in these tests.
pub(crate) const CONFIG: &str = "{}";
pub(crate) const TOKEN: &str = "/swr/auth/v2/registry/auth/";

/// A client of a registry.
pub(crate) struct Registry {
    base: String,
    login: Option<(String, String)>,
    bearer: Option<String>,
}

impl Registry {
    /// Returns a client without credentials.
    pub(crate) fn anonymous(swr: &MockSwr) -> Registry {
        Registry {
            base: format!("http://{}", swr.registry()),
            login: None,
            bearer: None,
        }
    }

    /// Returns a client that sends this user and key with Basic authentication.
    pub(crate) fn basic(swr: &MockSwr, login: (String, String)) -> Registry {
        Registry {
            login: Some(login),
            ..Registry::anonymous(swr)
        }
    }

    /// Returns a client of the registry at an address, which sends this user and key with Basic authentication.
    pub(crate) fn at(registry: &str, login: (String, String)) -> Registry {
        Registry {
            base: format!("http://{registry}"),
            login: Some(login),
            bearer: None,
        }
    }

    /// Returns a client that sends the login of a user with Basic authentication.
    pub(crate) fn login(swr: &MockSwr, user: &str) -> Registry {
        Registry::basic(swr, swr.user(user).credentials().registry_login())
    }

    /// Returns a client with a token for this scope, requested with the login of a user.
    #[track_caller]
    pub(crate) fn token(swr: &MockSwr, user: &str, scope: &str) -> Registry {
        Registry::login(swr, user).with_token_for(scope)
    }

    /// Returns a client with a token for this scope, requested with the credentials of this client.
    #[track_caller]
    pub(crate) fn with_token_for(self, scope: &str) -> Registry {
        let response = self.request_token(scope);
        self.with_token_of(&response)
    }

    /// Returns a client with the token in this response.
    #[track_caller]
    pub(crate) fn with_token_of(self, response: &Response) -> Registry {
        response.assert_status(200);
        let token = response.json()["token"].as_str().unwrap().to_owned();
        Registry {
            login: None,
            bearer: Some(token),
            ..self
        }
    }

    /// Returns a client that sends the same credentials to another registry.
    pub(crate) fn at_registry(self, registry: &str) -> Registry {
        Registry {
            base: format!("http://{registry}"),
            ..self
        }
    }

    /// Requests a token, without a scope if `scope` is empty.
    pub(crate) fn request_token(&self, scope: &str) -> Response {
        let scope = match scope {
            "" => String::new(),
            scope => format!("&scope={scope}"),
        };
        self.get(&format!("{TOKEN}?service=dockyard{scope}"))
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let request = HTTP.request(method, format!("{}{path}", self.base));
        match (&self.login, &self.bearer) {
            (Some((user, key)), _) => request.basic_auth(user, Some(key)),
            (None, Some(token)) => request.bearer_auth(token),
            (None, None) => request,
        }
    }

    /// Sends a request with these headers and this body.
    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Response {
        let request = self.request(method, path).body(body);
        let request = headers.iter().fold(request, |request, (name, value)| {
            request.header(*name, *value)
        });
        send(request).unwrap()
    }

    pub(crate) fn get(&self, path: &str) -> Response {
        self.send("GET", path, &[], "")
    }

    pub(crate) fn head(&self, path: &str) -> Response {
        self.send("HEAD", path, &[], "")
    }

    pub(crate) fn post(&self, path: &str) -> Response {
        self.send("POST", path, &[], "")
    }

    pub(crate) fn delete(&self, path: &str) -> Response {
        self.send("DELETE", path, &[], "")
    }

    /// Starts an upload and returns the location at which it continues.
    #[track_caller]
    pub(crate) fn begin(&self, repo: &str) -> String {
        let response = self.post(&format!("/v2/{repo}/blobs/uploads/"));
        response.assert_status(202);
        response.location()
    }

    /// Uploads a blob in one request and returns its digest.
    #[track_caller]
    pub(crate) fn push_blob(&self, repo: &str, content: &str) -> String {
        let digest = sha256(content);
        let path = format!("/v2/{repo}/blobs/uploads/?digest={digest}");
        self.send("POST", &path, &[], content.to_owned())
            .assert_status(201);
        digest
    }

    /// Sends a PUT of a manifest. The Content-Type is its `mediaType`.
    pub(crate) fn put(&self, repo: &str, reference: &str, manifest: &Value) -> Response {
        let path = format!("/v2/{repo}/manifests/{reference}");
        let media_type = manifest["mediaType"].as_str().unwrap_or(OCI_MANIFEST);
        let headers = [("content-type", media_type)];
        self.send("PUT", &path, &headers, manifest.to_string())
    }

    /// Pushes a manifest and returns its digest.
    #[track_caller]
    pub(crate) fn push(&self, repo: &str, reference: &str, manifest: &Value) -> String {
        let response = self.put(repo, reference, manifest);
        response.assert_status(201);
        response.header("docker-content-digest").to_owned()
    }

    /// Pushes a docker image whose layer has this content, and returns the digest of its manifest.
    #[track_caller]
    pub(crate) fn push_image(&self, repo: &str, tag: &str, layer: &str) -> String {
        self.push_blob(repo, CONFIG);
        self.push_blob(repo, layer);
        self.push(repo, tag, &docker_image(layer))
    }
}

impl Response {
    #[track_caller]
    pub(crate) fn assert_status(&self, status: u16) {
        assert_eq!(self.status, status, "{self:?}");
    }

    /// Asserts an error response in the format of the distribution specification.
    #[track_caller]
    pub(crate) fn assert_error(&self, status: u16, code: &str) {
        self.assert_status(status);
        assert_eq!(self.header("content-type"), "application/json", "{self:?}");
        assert_eq!(self.json()["errors"][0]["code"], code, "{self:?}");
    }

    /// Asserts the recorded 401 response to a request without a token: exactly these 61 bytes.
    #[track_caller]
    pub(crate) fn assert_unauthenticated(&self) {
        self.assert_status(401);
        assert_eq!(
            self.header("content-type"),
            "application/json;charset=UTF-8"
        );
        assert_eq!(self.header("content-length"), "61", "{self:?}");
        let body = r#"{"errors":[{"code":"DENIED","message":"Authenticate Error"}]}"#;
        assert_eq!(self.text, body, "{self:?}");
    }

    /// Asserts the status and the only error: code, message and detail.
    #[track_caller]
    pub(crate) fn assert_error_body(&self, status: u16, error: Value) {
        self.assert_status(status);
        assert_eq!(self.json(), json!({"errors": [error]}), "{self:?}");
    }

    /// Asserts headers.
    #[track_caller]
    pub(crate) fn assert_headers(&self, headers: &[(&str, &str)]) {
        for (name, value) in headers {
            assert_eq!(self.header(name), *value, "{name} of {self:?}");
        }
    }

    /// Returns the `Location` header, which must be a path on the same host.
    #[track_caller]
    pub(crate) fn location(&self) -> String {
        let location = self.header("location");
        assert!(location.starts_with("/v2/"), "{self:?}");
        location.to_owned()
    }
}

/// The two digest algorithms.
pub(crate) const ALGORITHMS: [fn(&str) -> String; 2] =
    [|content| sha256(content), |content| sha512(content)];

pub(crate) fn sha256(content: impl AsRef<[u8]>) -> String {
    format!("sha256:{}", hex(&Sha256::digest(content)))
}

pub(crate) fn sha512(content: impl AsRef<[u8]>) -> String {
    format!("sha512:{}", hex(&Sha512::digest(content)))
}

fn hex(hash: &[u8]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn descriptor(media_type: &str, content: &str) -> Value {
    json!({"mediaType": media_type, "digest": sha256(content), "size": content.len()})
}

/// Returns an OCI image with one layer.
pub(crate) fn oci_image(layer: &str) -> Value {
    json!({
        "schemaVersion": 2, "mediaType": OCI_MANIFEST,
        "config": descriptor(OCI_CONFIG, CONFIG), "layers": [descriptor(OCI_LAYER, layer)],
    })
}

/// Returns a docker image with one layer.
pub(crate) fn docker_image(layer: &str) -> Value {
    json!({
        "schemaVersion": 2, "mediaType": DOCKER_MANIFEST,
        "config": descriptor(DOCKER_CONFIG, CONFIG), "layers": [descriptor(DOCKER_LAYER, layer)],
    })
}

/// Returns an OCI index, or a docker manifest list, of these manifests.
pub(crate) fn index_of(media_type: &str, manifests: &[&Value]) -> Value {
    let entry = |manifest: &&Value| {
        descriptor(
            manifest["mediaType"].as_str().unwrap_or_default(),
            &manifest.to_string(),
        )
    };
    let manifests: Vec<Value> = manifests.iter().map(entry).collect();
    json!({"schemaVersion": 2, "mediaType": media_type, "manifests": manifests})
}
