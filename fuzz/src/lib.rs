//! Servers that receive the inputs of a fuzzer, and the rules that hold after each input.

mod files;
mod http1;
mod json;
mod rules;

use std::net::TcpStream;
use std::sync::{Mutex, PoisonError};

use mock_swr::{Auth, Builder, Call, Calls, Level, MockSwr, ProblemKind, Profile, World};
use serde_json::Value;
use sha2::{Digest, Sha256};

pub use files::{parsed, run_scenario, run_world};
pub use http1::{Connection, Request, Response};
pub use json::mutate;

/// The lists that the targets `filters` and `paging` share.
pub const FILTERED_LISTS: [&str; 8] = [
    "/v2/manage/namespaces",
    "/v2/manage/repos",
    "/v3/manage/repos",
    "/v2/manage/shared-repositories",
    "/v3/manage/shared-repositories",
    "/v2/manage/namespaces/group/repos/web/tags",
    "/v3/manage/namespaces/group/repos/web/tags",
    "/v2/manage/namespaces/group/repos/web/sync_job",
];

const WORLD: &str = include_str!("../world.json");

/// A server is replaced after this number of inputs, so that its journal stays short.
const INPUTS: usize = 100;

/// How a server is configured.
#[derive(Debug, Clone, Copy)]
pub enum Settings {
    /// The registry of SWR. Requests need no credentials.
    Swr,
    /// A registry with all operations of the OCI specification. Requests need no credentials.
    Oci,
    /// The registry of SWR. Tokens and signatures are verified.
    Verified,
}

/// A server and a connection to each of its listeners. Each input starts with the same state.
pub struct Server {
    pub swr: MockSwr,
    start: World,
    /// The state of `start`, as [`state_of`] shows it.
    start_state: Value,
    /// The state before the last request of a sequence.
    state: Value,
    api: Connection,
    registry: Connection,
    inputs: usize,
    known_calls: u64,
    /// What refusals and hints must not show.
    secrets: Vec<String>,
    last_call: Option<Call>,
    /// Whether the service performed any call of the input.
    has_success: bool,
    /// Whether the last call was refused.
    is_refused: bool,
}

/// Runs one input on a server of this process. Panics if the server breaks a rule.
pub fn with_server(settings: Settings, run: impl FnOnce(&mut Server)) {
    static SERVERS: Mutex<[Option<Server>; 3]> = Mutex::new([None, None, None]);
    let mut servers = SERVERS.lock().unwrap_or_else(PoisonError::into_inner);
    let server = &mut servers[settings as usize];
    if server.as_ref().is_none_or(|server| server.inputs == INPUTS) {
        let world: World = WORLD.parse().unwrap();
        *server = Some(Server::of(settings.builder().world(world).start()));
    }
    let server = server.as_mut().unwrap();
    run(server);
    server.finish_input();
}

impl Settings {
    /// A builder whose server ignores the problems that every hostile request causes.
    fn builder(self) -> Builder {
        let builder = MockSwr::builder().content_limit(1 << 20);
        let builder = match self {
            Settings::Swr => builder.auth(Auth::Off),
            Settings::Oci => builder.auth(Auth::Off).profile(Profile::Oci),
            Settings::Verified => builder.auth(Auth::Verified),
        };
        let expected = [
            ProblemKind::Unmatched,
            ProblemKind::NotSimulated,
            ProblemKind::PlanLeft,
            ProblemKind::ExpectationUnmet,
            ProblemKind::ContractBroken,
            ProblemKind::FieldUnknown,
        ];
        let ignore = |builder: Builder, kind| builder.level(kind, Level::Ignore);
        expected.into_iter().fold(builder, ignore)
    }
}

impl Server {
    fn of(swr: MockSwr) -> Server {
        let [api, registry] = [api_host(&swr), swr.registry()].map(Connection::to);
        let state = state_of(&swr);
        let admin = swr.user("admin");
        let (keys, token) = (admin.credentials(), admin.token());
        let (_, login_key) = keys.registry_login();
        let secrets = [keys.secret_key, keys.password, login_key, token];
        // A short one can be a part of other words.
        let secrets = secrets.into_iter().filter(|secret| secret.len() > 15);
        Server {
            secrets: secrets.collect(),
            last_call: None,
            start_state: state.clone(),
            state,
            start: swr.world(),
            api,
            registry,
            inputs: 0,
            known_calls: 0,
            has_success: false,
            is_refused: false,
            swr,
        }
    }

    /// Sends a request to the management API and checks the response.
    pub fn send_api(&mut self, request: &Request<'_>) -> Response {
        let response = self.api.exchange(request);
        self.check_last(request, &response);
        response
    }

    /// Sends a request to the registry and checks the response.
    pub fn send_registry(&mut self, request: &Request<'_>) -> Response {
        let response = self.registry.exchange(request);
        self.check_last(request, &response);
        response
    }

    /// Sends bytes on a connection of their own. Returns what the server writes until it closes the connection.
    pub fn send_raw(&mut self, is_registry: bool, bytes: &[u8]) -> Vec<u8> {
        let host = if is_registry {
            self.swr.registry()
        } else {
            api_host(&self.swr)
        };
        let received = http1::write_and_read(&TcpStream::connect(host).unwrap(), bytes);
        for call in self.new_calls() {
            rules::check_call(&call);
        }
        received
    }

    /// Reads the lists that show the whole state.
    pub fn send_lists(&mut self) {
        const REPO: &str = "/v2/manage/namespaces/group/repos/web";
        let lists = [
            "",
            "/access",
            "/tags",
            "/triggers",
            "/retentions",
            "/sync_repo",
            "/sync_job?filter=limit::9|offset::0",
        ];
        let of_repo = lists.map(|list| format!("{REPO}{list}"));
        let others = [
            "/v2/manage/namespaces",
            "/v2/manage/repos",
            "/v2/manage/overview",
            "/v2/manage/shared-repositories",
        ];
        for target in of_repo.iter().map(String::as_str).chain(others) {
            self.send_api(&Request::get(target));
        }
        self.send_api(&Request::new("POST", "/v2/manage/utils/secret").body(b"{}"));
        for target in ["/v2/_catalog", "/v2/group/web/tags/list"] {
            self.send_registry(&Request::get(target));
        }
    }

    /// The digests of the blobs of a repository.
    pub fn blobs(&self, repo: &str) -> Vec<String> {
        let repo = self.swr.repo(repo);
        let manifests = repo.tags().into_iter().map(|tag| repo.content(&tag));
        let digests = manifests.flat_map(|manifest| {
            let manifest: Value = serde_json::from_slice(&manifest).unwrap();
            let layers = manifest["layers"].as_array().cloned().unwrap_or_default();
            let parts = layers.into_iter().chain(manifest.get("config").cloned());
            parts
                .map(|part| part["digest"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        });
        digests.collect()
    }

    /// Checks a response, and that the journal describes it.
    fn check_last(&mut self, request: &Request<'_>, response: &Response) {
        rules::check_response(request, response);
        // hyper refuses some requests before the mock receives them.
        if let Some(call) = self.new_calls().last() {
            rules::check_call(call);
            assert_eq!(call.status(), Some(response.status), "{call}");
        }
    }

    fn new_calls(&mut self) -> Vec<Call> {
        let mut calls = self.swr.calls(Calls::any());
        calls.retain(|call| call.number() > self.known_calls);
        self.known_calls = calls.last().map_or(self.known_calls, Call::number);
        self.last_call = calls.last().cloned();
        let is_error = |call: &Call| call.status().is_some_and(|status| status >= 400);
        self.is_refused = calls.last().is_some_and(is_error);
        self.has_success |= !calls.iter().all(is_error);
        calls
    }

    /// Checks that the response to the last request has no secret, except for those in the input of the fuzzer, which
    /// can find secrets by itself.
    pub fn check_hidden(&self, response: &Response, input: &[u8]) {
        let input = String::from_utf8_lossy(input);
        let secrets = self
            .secrets
            .iter()
            .filter(|secret| !input.contains(secret.as_str()));
        if let Some(call) = self.last_call.as_ref().filter(|_| response.status >= 400) {
            rules::check_secrets(call, response, secrets);
        }
    }

    /// Checks that the last request changed nothing if it was refused.
    pub fn check_refused(&mut self) {
        let before = std::mem::replace(&mut self.state, state_of(&self.swr));
        if std::mem::take(&mut self.is_refused) {
            assert_eq!(self.state, before, "a refused call changed the state");
        }
    }

    /// Checks the server after an input, and restores its first state.
    fn finish_input(&mut self) {
        if state_of(&self.swr) != self.start_state {
            assert!(
                self.has_success,
                "a refused call changed the state: {}",
                self.swr.world().to_json()
            );
            rules::check_world(&self.swr);
        }
        self.check();
        self.swr.restore(&self.start);
        self.has_success = false;
        self.state.clone_from(&self.start_state);
        self.inputs += 1;
    }

    /// Checks that the server has no problem, and responds.
    fn check(&mut self) {
        rules::check_problems(&self.swr);
        let token = self.swr.user("admin").token();
        let lines = format!("X-Auth-Token: {token}\r\n");
        let shown = self.send_api(&Request::get("/v2/manage/regions").with(&lines));
        assert_eq!(
            shown.status, 200,
            "the server responds after the input: {shown:?}"
        );
    }
}

/// The state without the ids that a refused call may use up.
fn state_of(swr: &MockSwr) -> Value {
    let mut state: Value = serde_json::from_str(&swr.world().to_json()).unwrap();
    state.as_object_mut().unwrap().remove("last_id");
    state
}

fn api_host(swr: &MockSwr) -> &str {
    swr.endpoint().trim_start_matches("http://")
}

/// Percent-encodes all bytes except letters and digits.
pub fn escaped(bytes: &[u8]) -> String {
    let byte = |byte: &u8| match byte {
        b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => char::from(*byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    bytes.iter().map(byte).collect()
}

/// Makes header lines of a text. Lines that hyper refuses, and those that change the framing, are left out.
pub fn header_lines(text: &str) -> String {
    let lines = text.split(['\r', '\n']).filter(|line| is_header(line));
    lines.map(|line| format!("{line}\r\n")).collect()
}

fn is_header(line: &str) -> bool {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let Some((name, value)) = line.split_once(':') else {
        return false;
    };
    let framing = [
        "content-length",
        "transfer-encoding",
        "connection",
        "expect",
        "upgrade",
    ];
    let is_framing = framing.iter().any(|known| name.eq_ignore_ascii_case(known));
    !name.is_empty()
        && !is_framing
        && name.bytes().all(is_token)
        && !value.bytes().any(|byte| byte < b' ' || byte == 0x7f)
}

/// The digest of the content.
pub fn sha256(content: &[u8]) -> String {
    let digest = Sha256::digest(content);
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}
