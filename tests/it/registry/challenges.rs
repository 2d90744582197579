//! Challenges: a token for exactly the challenged scope is valid for the challenged request, as clients expect.

use std::collections::HashMap;

use mock_swr::{Auth, MockSwr, Op, Permission, Profile};
use serde_json::{Value, json};

use super::client::{CONFIG, Registry, docker_image, sha256};
use crate::support::Response;

const PROFILES: [Profile; 2] = [Profile::Swr, Profile::Oci];

/// The challenge of a 401, as a client parses it.
#[derive(Debug, Clone, Default, PartialEq)]
struct Challenge {
    scheme: String,
    realm: String,
    service: String,
    scope: String,
    error: String,
}

impl Challenge {
    /// Reads the header as clients do: a scheme, then quoted parameters.
    #[track_caller]
    fn of(response: &Response) -> Challenge {
        assert_eq!(response.status, 401, "{response:?}");
        let header = response.header("www-authenticate");
        let (scheme, params) = header
            .split_once(' ')
            .unwrap_or_else(|| panic!("the 401 has no challenge: {response:?}"));
        let mut challenge = Challenge {
            scheme: scheme.to_owned(),
            ..Challenge::default()
        };
        let mut rest = params;
        while let Some((name, after)) = rest.split_once("=\"") {
            let (value, after) = after.split_once('"').expect("the value is quoted");
            let value = value.to_owned();
            match name.trim_start_matches(',') {
                "realm" => challenge.realm = value,
                "service" => challenge.service = value,
                "scope" => challenge.scope = value,
                "error" => challenge.error = value,
                other => panic!("unknown parameter {other} in {header}"),
            }
            rest = after;
        }
        assert!(rest.is_empty(), "{header}");
        challenge
    }
}

/// Returns a client of a user with the credentials that the challenge requires: the login, or a token for exactly the
/// challenged scope.
#[track_caller]
fn client_for(challenge: &Challenge, swr: &MockSwr, who: &str) -> Registry {
    let login = Registry::login(swr, who);
    match challenge.scheme.as_str() {
        "Basic" => login,
        "Bearer" => {
            let base = format!("http://{}", swr.registry());
            let path = challenge
                .realm
                .strip_prefix(&base)
                .expect("the realm is on this host");
            let mut query = format!("?service={}", challenge.service);
            if !challenge.scope.is_empty() {
                query += &format!("&scope={}", challenge.scope.replace(' ', "%20"));
            }
            let response = login.get(&format!("{path}{query}"));
            login.with_token_of(&response)
        }
        scheme => panic!("unknown scheme {scheme}"),
    }
}

/// A request that succeeds for every authorized caller.
struct Request {
    method: String,
    path: String,
    headers: Vec<(&'static str, &'static str)>,
    body: String,
    /// The status for an authorized caller: 404 if the service lacks the operation.
    success_status: u16,
}

impl Request {
    fn send_by(&self, who: &Registry) -> Response {
        who.send(&self.method, &self.path, &self.headers, self.body.clone())
    }
}

/// Returns all operations of the registry, which are the end of the table without object storage.
fn operations() -> impl Iterator<Item = Op> {
    let all = Op::ALL.iter().copied();
    all.skip_while(|op| *op != Op::Ping)
        .take_while(|op| *op != Op::GetObject)
}

/// Returns a request for an operation, on `group/web` with an image `v1`. A new operation needs one here.
fn request(op: Op, profile: Profile, swr: &MockSwr) -> Request {
    let all = Registry::token(swr, "admin", "repository:group/web:pull,push,delete");
    let image = docker_image("layer").to_string();
    let (blob, manifest) = (sha256("layer"), sha256(&image));
    let oci = |status| if profile == Profile::Oci { status } else { 404 };
    let upload = || all.begin("group/web");
    let (path, success_status) = match op {
        Op::Ping | Op::HeadPing => ("/v2/".to_owned(), 200),
        Op::GetRegistryToken => (op.path_template().to_owned(), 200),
        Op::PostRegistryToken | Op::PingV1 => (op.path_template().to_owned(), 404),
        Op::ListDockyardNamespaces | Op::ListDockyardRepos => (op.path_template().to_owned(), 200),
        Op::ShowDockyardNamespace => ("/dockyard/v2/namespaces/group".to_owned(), 200),
        Op::CreateDockyardNamespace => (op.path_template().to_owned(), 201),
        Op::ListCatalog => (op.path_template().to_owned(), oci(200)),
        Op::StartUpload => ("/v2/group/web/blobs/uploads/".to_owned(), 202),
        Op::ShowUpload | Op::CancelUpload => (upload(), 204),
        Op::UploadChunk => (upload(), 202),
        Op::FinishUpload => (format!("{}?digest={}", upload(), sha256("chunk")), 201),
        Op::GetBlob | Op::HeadBlob => (format!("/v2/group/web/blobs/{blob}"), 200),
        Op::DeleteBlob => (format!("/v2/group/web/blobs/{blob}"), 202),
        Op::GetManifest | Op::HeadManifest => ("/v2/group/web/manifests/v1".to_owned(), 200),
        Op::PutManifest => ("/v2/group/web/manifests/v2".to_owned(), 201),
        Op::DeleteManifest => (format!("/v2/group/web/manifests/{manifest}"), 202),
        Op::ListTags => ("/v2/group/web/tags/list".to_owned(), 200),
        Op::ListReferrers => (format!("/v2/group/web/referrers/{manifest}"), oci(200)),
        op => panic!("{op:?} has no request in this test: add one"),
    };
    let (headers, body) = match op {
        Op::UploadChunk | Op::FinishUpload => (vec![], "chunk".to_owned()),
        Op::PutManifest => {
            let media_type = "application/vnd.docker.distribution.manifest.v2+json";
            (vec![("content-type", media_type)], image)
        }
        Op::CreateDockyardNamespace => {
            let body = json!({"namespace": "made"}).to_string();
            (vec![("content-type", "application/json")], body)
        }
        _ => (vec![], String::new()),
    };
    Request {
        method: op.method().to_string(),
        path,
        headers,
        body,
        success_status,
    }
}

fn with_image(profile: Profile) -> MockSwr {
    let swr = MockSwr::builder().profile(profile).start();
    swr.seed_namespace("group");
    let admin = Registry::token(&swr, "admin", "repository:group/web:pull,push");
    admin.push_image("group/web", "v1", "layer");
    swr
}

/// Returns whether the operation is a push. In profile `Swr`, its challenge has no action, as observed at the service.
fn is_push(op: Op) -> bool {
    use Op::{CancelUpload, FinishUpload, PutManifest, ShowUpload, StartUpload, UploadChunk};
    let pushes = [
        StartUpload,
        ShowUpload,
        UploadChunk,
        FinishUpload,
        CancelUpload,
        PutManifest,
    ];
    pushes.contains(&op)
}

#[test]
fn a_token_for_exactly_the_challenged_scope_is_valid_for_every_operation() {
    for profile in PROFILES {
        let mut challenged = 0;
        for op in operations() {
            let swr = with_image(profile);
            let request = request(op, profile, &swr);
            let first = request.send_by(&Registry::anonymous(&swr));
            if first.status == request.success_status {
                continue;
            }
            challenged += 1;
            let challenge = Challenge::of(&first);
            assert_eq!(challenge.error, "", "{op:?}: no token was sent");
            let second = request.send_by(&client_for(&challenge, &swr, "admin"));
            if profile == Profile::Swr && is_push(op) {
                assert_eq!(challenge.scope, "repository:group/web:", "{op:?}");
                assert_eq!(second.status, 401, "{op:?}: {second:?}");
                let advice = "request the scope `repository:group/web:pull,push` (like the real service, the mock \
                              names \
                              no action in the challenge of a push)";
                let hint = second.header("x-mock-hint");
                assert!(hint.ends_with(advice), "{op:?}: {hint}");
                let pusher = Registry::token(&swr, "admin", "repository:group/web:pull,push");
                let third = request.send_by(&pusher);
                assert_eq!(third.status, request.success_status, "{op:?}: {third:?}");
            } else {
                assert_eq!(
                    second.status, request.success_status,
                    "{op:?} {challenge:?}: {second:?}"
                );
            }
        }
        assert_eq!(challenged, operations().count() - 3, "{profile:?}");
    }
}

#[test]
fn a_challenge_has_the_actions_of_the_operation() {
    for profile in PROFILES {
        for op in operations() {
            let swr = with_image(profile);
            let request = request(op, profile, &swr);
            let expected = match (op, profile) {
                (Op::DeleteBlob | Op::DeleteManifest, _) => "repository:group/web:delete",
                (op, Profile::Swr) if is_push(op) => "repository:group/web:",
                (op, _) if is_push(op) => "repository:group/web:pull,push",
                (op, _) if op.path_template().contains("{name}") => "repository:group/web:pull",
                _ => continue,
            };
            let challenge = Challenge::of(&request.send_by(&Registry::anonymous(&swr)));
            assert_eq!(challenge.scope, expected, "{profile:?} {op:?}");
        }
    }
}

#[test]
fn the_challenge_of_a_mount_has_both_repositories() {
    let swr = with_image(Profile::Oci);
    let mount = |from: &str| {
        let digest = sha256("layer");
        format!("/v2/group/copy/blobs/uploads/?mount={digest}&from={from}")
    };
    let scope = |path: &str| Challenge::of(&Registry::anonymous(&swr).post(path)).scope;
    let both = "repository:group/copy:pull,push repository:group/web:pull";
    assert_eq!(scope(&mount("group/web")), both);
    assert_eq!(scope(&mount("group%2Fweb")), both);
    // A challenge does not repeat an invalid name.
    let target = "repository:group/copy:pull,push";
    assert_eq!(scope(&mount("")), target);
    assert_eq!(scope(&mount("group/web%22,error=%22x")), target);
    assert_eq!(scope(&mount("Group%20Web")), target);
    assert_eq!(
        scope("/v2/group/copy/blobs/uploads/?from=group/web"),
        target
    );

    let challenge = Challenge::of(&Registry::anonymous(&swr).post(&mount("group/web")));
    let client = client_for(&challenge, &swr, "admin");
    client.post(&mount("group/web")).assert_status(201);
    client
        .head(&format!("/v2/group/copy/blobs/{}", sha256("layer")))
        .assert_status(200);
}

#[test]
fn a_mount_is_challenged_if_a_wider_token_would_include_its_source() {
    let swr = with_image(Profile::Oci);
    swr.seed_repo("group/copy");
    swr.user("dev").grant("group/copy", Permission::Write);
    let mount = format!(
        "/v2/group/copy/blobs/uploads/?mount={}&from=group/web",
        sha256("layer")
    );
    let narrow = Registry::token(&swr, "admin", "repository:group/copy:pull,push");
    let refused = narrow.post(&mount);
    let challenge = Challenge::of(&refused);
    assert_eq!(challenge.error, "insufficient_scope");
    assert_eq!(
        refused.header("x-mock-hint"),
        "the token does not allow `pull` on `group/web`, only `pull,push` on `group/copy`: request the scope \
         `repository:group/web:pull`"
    );
    client_for(&challenge, &swr, "admin")
        .post(&mount)
        .assert_status(201);
    // A user who may not pull from the source uploads the blob instead.
    let dev = Registry::token(&swr, "dev", "repository:group/copy:pull,push");
    dev.post(&mount).assert_status(202);
    client_for(&challenge, &swr, "dev")
        .post(&mount)
        .assert_status(202);
}

#[test]
fn an_invalid_name_is_not_repeated_in_a_challenge() {
    for profile in PROFILES {
        let swr = MockSwr::builder().profile(profile).start();
        for name in ["group/we%22b", "group/%20web", "group/w%C3%A9b"] {
            let response = Registry::anonymous(&swr).get(&format!("/v2/{name}/tags/list"));
            let challenge = Challenge::of(&response);
            assert_eq!(challenge.scope, "", "{profile:?} {name}");
            let named = client_for(&challenge, &swr, "admin");
            named
                .get(&format!("/v2/{name}/tags/list"))
                .assert_error(400, "NAME_INVALID");
        }
    }
}

/// The client of the OCI conformance suite (`api.go`). It has one token for each repository and kind of method, and
/// replaces it once after a 401.
struct Suite<'a> {
    swr: &'a MockSwr,
    tokens: HashMap<(String, &'static str), Registry>,
    log: Vec<String>,
}

impl Suite<'_> {
    fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Response {
        let kind = match method {
            "GET" | "HEAD" => "pull",
            "DELETE" => "delete",
            _ => "push",
        };
        let repo = path
            .split('/')
            .skip(2)
            .take(2)
            .collect::<Vec<_>>()
            .join("/");
        let key = (repo, kind);
        let anonymous = Registry::anonymous(self.swr);
        let who = self.tokens.get(&key).unwrap_or(&anonymous);
        let mut response = who.send(method, path, headers, body.to_owned());
        if response.status == 401 {
            let challenge = Challenge::of(&response);
            let named = client_for(&challenge, self.swr, "admin");
            response = named.send(method, path, headers, body.to_owned());
            self.tokens.insert(key, named);
        }
        // The location of an upload ends in a number that differs between runs.
        let is_upload = path.contains("/uploads/") && !path.contains("/uploads/?");
        let path = if is_upload { "an upload" } else { path };
        self.log
            .push(format!("{method} {path}: {}", response.status));
        response
    }

    fn plain(&mut self, method: &str, path: &str) -> Response {
        self.send(method, path, &[], "")
    }

    fn begin(&mut self, repo: &str) -> String {
        self.plain("POST", &format!("/v2/{repo}/blobs/uploads/"))
            .location()
    }

    fn push_blob(&mut self, repo: &str, content: &str) -> String {
        let digest = sha256(content);
        let path = format!("/v2/{repo}/blobs/uploads/?digest={digest}");
        self.send("POST", &path, &[], content);
        digest
    }

    /// Sends a chunk out of order, with `PATCH` or the closing `PUT`. Then it reads the offset and continues.
    fn out_of_order(&mut self, repo: &str, method: &str) {
        let at = self.begin(repo);
        self.send("PATCH", &at, &[("content-range", "0-3")], "0123");
        let closing = format!("{at}?digest={}", sha256("01234567"));
        let path = if method == "PUT" { &closing } else { &at };
        self.send(method, path, &[("content-range", "8-9")], "89");
        let progress = self.plain("GET", &at);
        progress.assert_headers(&[("range", "0-3")]);
        self.send("PUT", &closing, &[("content-range", "4-7")], "4567");
    }

    /// Sends the requests of the suite that need a token, in its order. Returns the log.
    fn run(mut self) -> Vec<String> {
        let (repo, repo2) = ("conformance/repo1", "conformance/repo2");
        self.plain("GET", "/v2/");
        self.plain("GET", &format!("/v2/{repo}/tags/list"));
        self.plain("GET", &format!("/v2/{repo}/blobs/{}", sha256("never")));
        let blob = self.push_blob(repo, "whole");
        self.plain("HEAD", &format!("/v2/{repo}/blobs/{blob}"));
        self.plain("DELETE", &format!("/v2/{repo}/blobs/{blob}"));
        for source in [format!("&from={repo2}"), String::new()] {
            let blob = self.push_blob(repo2, "mounted");
            let mount = format!("/v2/{repo}/blobs/uploads/?mount={blob}{source}");
            self.plain("POST", &mount);
            self.plain("GET", &format!("/v2/{repo}/blobs/{blob}"));
            self.plain("DELETE", &format!("/v2/{repo}/blobs/{blob}"));
            self.plain("DELETE", &format!("/v2/{repo2}/blobs/{blob}"));
        }
        let missing = format!("mount={}&from={repo2}", sha256("missing"));
        self.plain("POST", &format!("/v2/{repo}/blobs/uploads/?{missing}"));
        let cancelled = self.begin(repo);
        self.plain("DELETE", &cancelled);
        self.out_of_order(repo, "PATCH");
        self.out_of_order(repo, "PUT");
        self.push_blob(repo, CONFIG);
        self.push_blob(repo, "layer");
        let manifest: Value = docker_image("layer");
        let media_type = manifest["mediaType"].as_str().unwrap();
        let (text, digest) = (manifest.to_string(), sha256(manifest.to_string()));
        for reference in [&*digest, "tag"] {
            let path = format!("/v2/{repo}/manifests/{reference}");
            self.send("PUT", &path, &[("content-type", media_type)], &text);
            self.plain("HEAD", &path);
            self.plain("GET", &path);
        }
        self.plain("GET", &format!("/v2/{repo}/referrers/{digest}"));
        self.plain("DELETE", &format!("/v2/{repo}/manifests/tag"));
        self.plain("DELETE", &format!("/v2/{repo}/manifests/{digest}"));
        self.log
    }
}

#[test]
fn the_conformance_suite_gets_the_same_responses_with_and_without_auth() {
    let run = |auth: Auth| {
        let swr = MockSwr::builder().profile(Profile::Oci).auth(auth).start();
        let suite = Suite {
            swr: &swr,
            tokens: HashMap::new(),
            log: Vec::new(),
        };
        suite.run()
    };
    let without = run(Auth::Off);
    let is_mount = |line: &&String| line.contains("?mount=");
    let mounts: Vec<&str> = without
        .iter()
        .filter(is_mount)
        .map(|line| &line[line.len() - 3..])
        .collect();
    assert_eq!(mounts, ["201", "201", "202"]);
    assert_eq!(run(Auth::Identity), without);
}
