//! The `mock-swr` program, run as a process.
#![cfg(unix)]

#[path = "program/coverage.rs"]
mod coverage;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStderr, ChildStdout, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use mock_swr::Op;
use reqwest::StatusCode;
use reqwest::blocking::{Client, Response};
use serde_json::{Value, json};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// A running `mock-swr serve` that has printed its ready line.
struct Program {
    child: Child,
    stdout: Option<BufReader<ChildStdout>>,
    stderr: BufReader<ChildStderr>,
    ready: Value,
}

impl Program {
    fn serve(arguments: &[&str]) -> Program {
        Program::try_serve(arguments).expect("the program starts")
    }

    /// Returns `None` if the program exits before it prints its ready line.
    fn try_serve(arguments: &[&str]) -> Option<Program> {
        Program::of(command(&[&["serve"], arguments].concat()))
    }

    fn of(mut command: Command) -> Option<Program> {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        if stdout.read_line(&mut line).unwrap() == 0 {
            child.wait().unwrap();
            return None;
        }
        Some(Program {
            child,
            stdout: Some(stdout),
            stderr,
            ready: serde_json::from_str(&line).unwrap(),
        })
    }

    fn ready_value(&self, key: &str) -> &str {
        self.ready[key].as_str().unwrap()
    }

    /// Sends a request with this access key and an invalid signature, which `--auth=identity` accepts.
    fn get(&self, path: &str, access_key: &str) -> Response {
        let authorization =
            format!("SDK-HMAC-SHA256 Access={access_key}, SignedHeaders=host, Signature=00");
        Client::new()
            .get(format!("{}{path}", self.ready_value("endpoint")))
            .header("Authorization", authorization)
            .send()
            .unwrap()
    }

    fn log_line(&mut self) -> String {
        let mut line = String::new();
        self.stderr.read_line(&mut line).unwrap();
        line
    }

    fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args([signal, &pid]).status().unwrap();
        assert!(sent.success());
    }

    /// Sends a signal and waits for the exit. Returns the exit code and the rest of the log.
    fn end_with_log(mut self, signal: &str) -> (Option<i32>, String) {
        self.signal(signal);
        let mut log = String::new();
        self.stderr.read_to_string(&mut log).unwrap();
        (self.child.wait().unwrap().code(), log)
    }

    /// Sends a signal and waits for the exit. Returns the exit code, and stdout after the ready line.
    fn end(mut self, signal: &str) -> (Option<i32>, String) {
        self.signal(signal);
        let rest = read_to_end(self.stdout.take().unwrap());
        (self.child.wait().unwrap().code(), rest)
    }
}

/// Ends the process if the test fails.
impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns the rest of stdout. Panics if the process keeps it open for more than 30 seconds.
#[track_caller]
fn read_to_end(mut stdout: BufReader<ChildStdout>) -> String {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut rest = String::new();
        sender.send(stdout.read_to_string(&mut rest).map(|_| rest))
    });
    let rest = receiver.recv_timeout(Duration::from_secs(30));
    rest.expect("the process closes stdout").unwrap()
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mock-swr"));
    command.args(arguments);
    command
}

fn run(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

/// Asserts that the program exits with this code, with this message on stderr and an empty stdout.
#[track_caller]
fn assert_fails(arguments: &[&str], code: i32, message: &str) {
    let output = run(arguments);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {stderr}");
    assert!(stderr.starts_with("mock-swr: "), "{arguments:?}: {stderr}");
    assert!(stderr.contains(message), "{arguments:?}: {stderr}");
    assert_eq!(output.stdout, b"", "{arguments:?}");
}

fn fixture(path: &str) -> String {
    format!("{}/fixtures/{path}", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_ready_line_has_the_addresses_and_the_credentials() {
    let program = Program::serve(&[]);
    let ready = program.ready.as_object().unwrap();
    let keys: Vec<&str> = ready.keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "access_key",
            "account",
            "domain_id",
            "endpoint",
            "password",
            "project_id",
            "region",
            "registry",
            "secret_key",
            "user",
            "user_id"
        ]
    );
    assert!(
        program
            .ready_value("endpoint")
            .starts_with("http://127.0.0.1:")
    );
    assert!(program.ready_value("registry").starts_with("127.0.0.1:"));
    assert_eq!(program.ready_value("project_id").len(), 32);
    assert_eq!(
        ["region", "account", "user"].map(|key| program.ready_value(key)),
        ["cn-north-4", "acme", "admin"]
    );

    let listed = program.get("/v2/manage/namespaces", program.ready_value("access_key"));
    assert_eq!(listed.json::<Value>().unwrap(), json!({"namespaces": []}));
    let pinged = reqwest::blocking::get(format!("http://{}/v2/", program.ready_value("registry")));
    assert_eq!(pinged.unwrap().status(), StatusCode::UNAUTHORIZED);

    assert_eq!(program.end("-TERM"), (Some(0), String::new()));
}

#[test]
fn other_regions_have_their_own_endpoints() {
    let program = Program::serve(&["--other-region=cn-east-3", "--other-region", "eu-de"]);
    let regions = program.ready["regions"].as_object().unwrap();
    assert_eq!(regions.keys().collect::<Vec<_>>(), ["cn-east-3", "eu-de"]);
    let key = program.ready_value("access_key");
    let listed = program
        .get("/v2/manage/regions", key)
        .json::<Value>()
        .unwrap();
    assert_eq!(
        listed,
        json!([{"regionID": "cn-north-4"}, {"regionID": "cn-east-3"}, {"regionID": "eu-de"}])
    );
    for (name, region) in regions {
        assert_ne!(region["project_id"], program.ready["project_id"], "{name}");
        let value = |key: &str| region[key].as_str().unwrap();
        let pinged = reqwest::blocking::get(format!("http://{}/v2/", value("registry")));
        assert_eq!(pinged.unwrap().status(), StatusCode::UNAUTHORIZED);
        let versions = reqwest::blocking::get(value("endpoint"));
        assert_eq!(versions.unwrap().status(), StatusCode::OK);
    }
}

#[test]
fn the_server_has_the_settings_of_its_options() {
    let program = Program::serve(&[
        "--region=eu-west-101",
        "--account=umbrella",
        "--access-key=MYACCESSKEY",
        "--secret-key=mysecret",
        "--project-id=0123456789abcdef0123456789abcdef",
        "--host=127.0.0.1",
    ]);
    let value = |key| program.ready_value(key);
    assert_eq!(
        (
            value("region"),
            value("account"),
            value("access_key"),
            value("secret_key"),
            value("project_id")
        ),
        (
            "eu-west-101",
            "umbrella",
            "MYACCESSKEY",
            "mysecret",
            "0123456789abcdef0123456789abcdef"
        )
    );
    let path = "/v2/manage/projects/0123456789abcdef0123456789abcdef/quotas";
    assert_eq!(program.get(path, "MYACCESSKEY").status(), StatusCode::OK);
}

#[test]
fn the_given_ports_are_used() {
    // Another process may take a free port, so several ports are tried.
    let serve = || {
        let (api, registry) = (free_port(), free_port());
        let program = Program::try_serve(&["--port", &api, "--registry-port", &registry])?;
        Some((api, registry, program))
    };
    let mut tries = std::iter::repeat_with(serve).take(20);
    let (api, registry, program) = tries.find_map(|served| served).unwrap();
    assert_eq!(
        program.ready_value("endpoint"),
        format!("http://127.0.0.1:{api}")
    );
    assert_eq!(
        program.ready_value("registry"),
        format!("127.0.0.1:{registry}")
    );
    let response = program.get("/v2/manage/namespaces", program.ready_value("access_key"));
    assert_eq!(response.status(), StatusCode::OK);
}

/// Returns the URL in the list of API versions, requested with this `Host`.
fn versions_url(program: &Program, host: &str) -> String {
    let versions = Client::new().get(program.ready_value("endpoint"));
    let versions: Value = versions
        .header("Host", host)
        .send()
        .unwrap()
        .json()
        .unwrap();
    let href = &versions["versions"][0]["links"]["href"];
    href.as_str().unwrap().to_owned()
}

#[test]
fn a_server_on_all_addresses_prints_loopback_and_responds_with_the_called_host() {
    let mut program = Program::serve(&["--host=0.0.0.0"]);
    assert!(
        program
            .ready_value("endpoint")
            .starts_with("http://127.0.0.1:")
    );
    assert!(program.ready_value("registry").starts_with("127.0.0.1:"));
    let url = versions_url(&program, "swr.test:18080");
    assert_eq!(url, "http://swr.test:18080/v2/");
    assert_eq!(
        program.log_line(),
        "#1 GET / -> 200 (ListApiVersions)\n",
        "no warning: callers need credentials"
    );
}

#[test]
fn responses_have_the_advertised_host_and_the_ready_line_has_the_bound_one() {
    let program = Program::serve(&[
        "--advertise=swr.test:18080,15000",
        "--other-region=cn-east-3",
    ]);
    assert!(
        program
            .ready_value("endpoint")
            .starts_with("http://127.0.0.1:")
    );
    assert!(program.ready_value("registry").starts_with("127.0.0.1:"));
    let url = versions_url(&program, "other.test:1");
    assert_eq!(url, "http://swr.test:18080/v2/");

    let keys = program.ready_value("access_key");
    let authorization = format!("SDK-HMAC-SHA256 Access={keys}, SignedHeaders=host, Signature=00");
    let login = |endpoint: &str| {
        let login = Client::new().post(format!("{endpoint}/v2/manage/utils/secret"));
        let login = login
            .header("Authorization", &authorization)
            .send()
            .unwrap();
        let command = login.headers()["x-swr-dockerlogin"].to_str().unwrap();
        command.rsplit(' ').next().unwrap().to_owned()
    };
    assert_eq!(login(program.ready_value("endpoint")), "swr.test:15000");
    let east = &program.ready["regions"]["cn-east-3"];
    let registry = east["registry"].as_str().unwrap();
    assert_eq!(
        login(east["endpoint"].as_str().unwrap()),
        registry.replace("127.0.0.1", "swr.test")
    );
}

#[test]
fn the_program_warns_if_other_machines_need_no_credentials() {
    let mut program = Program::serve(&["--auth=off", "--host=0.0.0.0"]);
    assert_eq!(
        program.log_line(),
        "mock-swr: warning: `--host 0.0.0.0` with `--auth off` lets every machine that reaches this one \
         read and change everything; use `--auth identity` or a loopback address\n"
    );
    for host in ["localhost", "127.0.0.2", "127.1", "::ffff:127.0.0.1"] {
        let arguments = ["--auth=off", "--host", host];
        let Some(mut program) = Program::try_serve(&arguments) else {
            // Not every machine has IPv6.
            assert!(host.contains(':'), "{host}");
            continue;
        };
        let url = program.ready_value("endpoint").to_owned();
        assert_eq!(reqwest::blocking::get(url).unwrap().status(), 200);
        let line = program.log_line();
        assert_eq!(
            line, "#1 GET / -> 200 (ListApiVersions by admin)\n",
            "{host}"
        );
    }
}

#[test]
fn blob_redirects_sends_downloads_to_object_storage() {
    let world = fixture("worlds/shop.json");
    let mut program = Program::serve(&["--blob-redirects", "--auth", "off", "--world", &world]);
    let blobs = format!(
        "http://{}/v2/shop/cart/blobs",
        program.ready_value("registry")
    );
    let digest = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    let upload = Client::new().post(format!("{blobs}/uploads/?digest={digest}"));
    let pushed = upload.body("{}").send().unwrap();
    assert_eq!(pushed.status(), StatusCode::CREATED);

    let blob = Client::new().get(format!("{blobs}/{digest}")).send();

    let blob = blob.unwrap();
    assert_eq!(blob.url().host_str(), Some("localhost"));
    assert_eq!(blob.text().unwrap(), "{}");
    let lines: Vec<String> = (0..3).map(|_| program.log_line()).collect();
    let ends = [
        "201 (StartUpload by admin)",
        "307 (GetBlob by admin)",
        "200 (GetObject)",
    ];
    for (line, end) in lines.iter().zip(ends) {
        assert!(line.trim_end().ends_with(end), "{lines:?}");
    }
}

/// Returns the body of the response to `GET /`, for a client that trusts a certificate.
fn get_versions(endpoint: &str, trusted: &str) -> std::io::Result<Value> {
    let mut roots = RootCertStore::empty();
    let certificate = CertificateDer::from_pem_slice(trusted.as_bytes());
    roots.add(certificate.unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let address = endpoint.strip_prefix("https://").unwrap();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let session = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = StreamOwned::new(session, TcpStream::connect(address).unwrap());
    write!(
        stream,
        "GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )?;
    let mut response = String::new();
    stream.read_to_string(&mut response)?;
    let (_, body) = response.split_once("\r\n\r\n").unwrap();
    Ok(serde_json::from_str(body).unwrap())
}

#[test]
fn tls_serves_https_and_prints_the_certificate_that_clients_must_trust() {
    let folder = temporary_folder("tls");
    let ca = folder.join("ca.pem");
    let ca = ca.to_str().unwrap();
    let mut program = Program::serve(&["--tls", "--ca-file", ca, "--other-region=eu-de"]);
    let certificate = std::fs::read_to_string(ca).unwrap();
    assert_eq!(program.ready_value("ca_certificate"), certificate);
    let endpoint = program.ready_value("endpoint");
    assert!(endpoint.starts_with("https://127.0.0.1:"), "{endpoint}");
    let resolves = program.ready["resolves"].as_object().unwrap();
    assert_eq!(resolves.len(), 7, "{resolves:?}");
    let east = &program.ready["regions"]["eu-de"];
    assert_eq!(resolves["swr.eu-de.myhuaweicloud.com"], east["registry"]);

    let versions = get_versions(endpoint, &certificate).unwrap();
    assert_eq!(
        versions["versions"][0]["links"]["href"],
        format!("{endpoint}/v2/")
    );
    let untrusted = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    assert!(get_versions(endpoint, &untrusted.cert.pem()).is_err());
    assert_eq!(program.log_line(), "#1 GET / -> 200 (ListApiVersions)\n");
    assert_eq!(
        program.log_line(),
        "a connection rejected the server's certificate (alert UnknownCA): let the client trust `ca_certificate` of \
         the first line of stdout, and call the server by loopback or by a name of the cloud in its region\n"
    );
    assert_eq!(program.end("-TERM"), (Some(0), String::new()));
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_certificate_of_the_user_is_served_and_not_printed() {
    let folder = temporary_folder("cert");
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let (certificate, key) = (path("cert.pem"), path("key.pem"));
    let signed = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    std::fs::write(&certificate, signed.cert.pem()).unwrap();
    std::fs::write(&key, signed.signing_key.serialize_pem()).unwrap();
    let program = Program::serve(&["--tls", "--cert", &certificate, "--key", &key]);
    assert_eq!(program.ready["ca_certificate"], Value::Null);
    let endpoint = program.ready_value("endpoint");
    get_versions(endpoint, &signed.cert.pem()).unwrap();

    for (arguments, message) in [
        (
            ["--cert", &key, "--key", &key],
            "the certificate has no PEM section `CERTIFICATE`",
        ),
        (
            ["--cert", &certificate, "--key", &certificate],
            "the private key is not valid PEM: ",
        ),
        (
            ["--cert", &path("none.pem"), "--key", &key],
            "cannot read `",
        ),
    ] {
        assert_fails(&[&["serve", "--tls"], &arguments[..]].concat(), 2, message);
    }
    let missing = path("missing/ca.pem");
    let message = format!("cannot write `{missing}`: ");
    assert_fails(&["serve", "--tls", "--ca-file", &missing], 1, &message);
    std::fs::remove_dir_all(folder).unwrap();
}

/// Creates a folder for the files of a test.
fn temporary_folder(name: &str) -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("mock-swr-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Returns a port that was free a moment ago.
fn free_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port().to_string()
}

#[test]
fn a_port_in_use_exits_with_1() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for option in ["--port", "--registry-port"] {
        let message = format!("port {port} of 127.0.0.1 cannot be bound");
        assert_fails(&["serve", option, &port], 1, &message);
    }
}

#[test]
fn invalid_arguments_exit_with_2() {
    for (arguments, message) in [
        (&[][..], "a command is missing"),
        (&["start"], "unknown command `start`"),
        (&["--port=1"], "invalid option '--port'"),
        (&["serve", "--prot=1"], "invalid option '--prot'"),
        (&["serve", "--ca-file=ca.pem"], "--ca-file needs --tls"),
        (&["serve", "--cert=a", "--key=b"], "--cert needs --tls"),
        (
            &["serve", "--tls", "--key=b"],
            "--cert and --key must be given together",
        ),
        (
            &["serve", "--tls", "--cert=a", "--key=b", "--ca-file=c"],
            "--ca-file and --cert cannot be given together",
        ),
        (&["serve", "extra"], "unexpected argument \"extra\""),
        (&["serve", "--port"], "missing argument for option '--port'"),
        (&["serve", "--port=70000"], "--port: cannot parse argument"),
        (
            &["serve", "--registry-port=x"],
            "--registry-port: cannot parse argument",
        ),
        (
            &["serve", "--host=10.1"],
            "cannot listen on `10.1`: the name has no loopback address",
        ),
        (&["serve", "--host=no..host"], "cannot listen on `no..host`"),
        (
            &["serve", "--advertise=swr.test:80"],
            "cannot advertise `swr.test:80`: expected HOST or HOST:API_PORT,REGISTRY_PORT",
        ),
        (
            &["serve", "--advertise"],
            "missing argument for option '--advertise'",
        ),
        (
            &["serve", "--auth=none"],
            "--auth: expected off, identity or verified, got `none`",
        ),
        (
            &["serve", "--registry-profile=docker"],
            "--registry-profile: expected swr or oci, got `docker`",
        ),
        (
            &["serve", "--other-region="],
            "--other-region: the name is empty",
        ),
        (&["serve", "--access-key=AK"], "must be given together"),
        (&["serve", "--secret-key=SK"], "must be given together"),
        (&["operations", "--xml"], "invalid option '--xml'"),
    ] {
        assert_fails(arguments, 2, message);
        assert_fails(arguments, 2, "Try `mock-swr --help`.");
    }
}

#[test]
fn a_world_that_cannot_be_loaded_exits_with_2() {
    let absent = fixture("worlds/none.json");
    assert_fails(&["serve", "--world", &absent], 2, "worlds/none.json");
    let path = std::env::temp_dir().join(format!("mock-swr-{}.json", std::process::id()));
    for (text, message) in [
        ("{", "line 1, column 1"),
        (r#"{"name": "shop"}"#, "unknown field `name`"),
        (
            r#"{"region": "ap-southeast-1"}"#,
            "its region is `ap-southeast-1`, not `cn-north-4`",
        ),
    ] {
        std::fs::write(&path, text).unwrap();
        let path = path.to_str().unwrap();
        let arguments = ["serve", "--region=cn-north-4", "--world", path];
        assert_fails(&arguments, 2, message);
    }
    std::fs::remove_file(path).unwrap();
}

#[test]
fn the_server_starts_with_the_state_of_the_world() {
    let program = Program::serve(&["--world", &fixture("worlds/shop.json")]);
    let path = "/v2/manage/namespaces/shop/repos/web$front";
    let shown = program.get(path, program.ready_value("access_key"));
    assert_eq!(shown.json::<Value>().unwrap()["name"], "web/front");
}

#[test]
fn unknown_access_keys_are_refused_unless_auth_is_off() {
    let program = Program::serve(&["--auth=identity"]);
    let refused = program.get("/v2/manage/namespaces", "NOBODYSKEY");
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);

    let program = Program::serve(&["--auth=off"]);
    let response = program.get("/v2/manage/namespaces", "NOBODYSKEY");
    assert_eq!(response.status(), StatusCode::OK);
}

#[test]
fn hints_name_options_and_files_instead_of_rust_code() {
    let swr = Program::serve(&[]);
    let (endpoint, registry) = (
        swr.ready_value("endpoint"),
        format!("http://{}", swr.ready_value("registry")),
    );
    let manage = format!("{endpoint}/v2/manage/namespaces");
    let login = json!({"auth": {"identity": {"methods": ["password"], "password": {"user": {
        "name": "dev", "password": "pass", "domain": {"name": "acme"},
    }}}}});
    let tokens = format!("{endpoint}/v3/auth/tokens");
    let admin = format!(
        "SDK-HMAC-SHA256 Access={}, SignedHeaders=host, Signature=00",
        swr.ready_value("access_key")
    );
    let client = Client::new();
    let get = |url: &str| client.get(url);
    for (request, wanted) in [
        (get(&manage), "`--auth off` disables authentication"),
        (
            get(&manage).header("X-Auth-Token", "made up"),
            "`POST /v3/auth/tokens` issues one",
        ),
        (
            get(&manage).header(
                "Authorization",
                "SDK-HMAC-SHA256 Access=AK, SignedHeaders=host, Signature=00",
            ),
            "the first line of stdout contains one",
        ),
        (client.post(&tokens).json(&login), "`--world`"),
        (
            get(&format!("{registry}/v2/manage/namespaces")),
            "`endpoint` of the first line of stdout",
        ),
        (
            get(&format!("{endpoint}/v2/group/web/manifests/v1")),
            "`registry` of the first line of stdout",
        ),
        (
            get(&format!("{endpoint}/v2/p1/instances")).header("Authorization", admin),
            "the program does not simulate it",
        ),
    ] {
        let response = request.send().unwrap();
        let hint = response.headers()["x-mock-hint"].to_str().unwrap();
        assert!(hint.contains(wanted), "{hint}");
        for rust in ["swr.", "::", "()"] {
            assert!(!hint.contains(rust), "{hint}");
        }
    }
}

#[test]
fn the_log_contains_no_secrets_of_requests() {
    const SECRET: &str = "Xy7Marked";
    let mut program = Program::serve(&["--secret-key", SECRET, "--access-key=AK"]);
    let url = format!(
        "{}/v3/auth/tokens?token={SECRET}&limit=5",
        program.ready_value("endpoint")
    );
    let request = Client::new()
        .post(url)
        .header("X-Auth-Token", SECRET)
        .body(format!(r#"{{"auth": {{"password": "{SECRET}"}}"#));
    assert_eq!(request.send().unwrap().status(), StatusCode::BAD_REQUEST);
    let log = [program.log_line(), program.log_line()].concat();
    assert!(
        log.contains("/v3/auth/tokens?token=(secret)&limit=5 -> 400"),
        "{log}"
    );
    assert!(!log.contains(SECRET), "{log}");
}

#[test]
fn auth_off_needs_no_credentials_and_the_profile_oci_accepts_an_index() {
    let program = Program::serve(&["--auth=off", "--registry-profile=oci"]);
    // SWR refuses an index, and a push to an organization that does not exist.
    assert_eq!(push_index(&program, "group/web"), StatusCode::CREATED);
    let pulled = reqwest::blocking::get(manifest_url(&program, "group/web")).unwrap();
    assert_eq!(pulled.headers()["content-type"], INDEX_TYPE);
    assert_eq!(pulled.text().unwrap(), INDEX);

    for profile in [&[][..], &["--registry-profile=swr"]] {
        let program = Program::serve(&[&["--auth=off"], profile].concat());
        let refused = push_index(&program, "group/web");
        assert_eq!(refused, StatusCode::NOT_FOUND, "{profile:?}");
    }
}

const INDEX_TYPE: &str = "application/vnd.oci.image.index.v1+json";
const INDEX: &str = r#"{"schemaVersion": 2, "manifests": []}"#;

fn push_index(program: &Program, name: &str) -> StatusCode {
    let pushed = Client::new()
        .put(manifest_url(program, name))
        .header("Content-Type", INDEX_TYPE)
        .body(INDEX)
        .send();
    pushed.unwrap().status()
}

fn manifest_url(program: &Program, name: &str) -> String {
    format!(
        "http://{}/v2/{name}/manifests/v1",
        program.ready_value("registry")
    )
}

#[test]
fn each_finished_request_is_logged_with_its_hint() {
    let mut program = Program::serve(&[]);
    let access_key = program.ready_value("access_key").to_owned();
    program.get("/v2/manage/namespaces", &access_key);
    assert_eq!(
        program.log_line(),
        "#1 GET /v2/manage/namespaces -> 200 (ListNamespaces by admin)\n"
    );
    program.get("/v2/manage/namespaces?namespace=a%0Ab", &access_key);
    assert_eq!(
        program.log_line(),
        "#2 GET /v2/manage/namespaces?namespace=a?b -> 200 (ListNamespaces by admin)\n"
    );
    assert_eq!(
        program.log_line(),
        "    there is no organization `a?b` in cn-north-4; cn-north-4 has no organizations\n"
    );

    program.get("/v2/mange/namespaces", &access_key);
    assert_eq!(
        program.log_line(),
        "#3 GET /v2/mange/namespaces -> 404 RouteNotFound (unmatched by admin)\n"
    );
    let hint = program.log_line();
    assert!(hint.starts_with("    no such route"), "{hint}");
    assert!(hint.contains("GET /v2/manage/namespaces"), "{hint}");

    assert_eq!(program.end("-INT"), (Some(0), String::new()));
}

#[test]
fn a_program_whose_log_is_not_read_exits_normally() {
    const REQUESTS: usize = 10_050;
    let program = Program::serve(&[]);
    let address = program
        .ready_value("endpoint")
        .trim_start_matches("http://");
    let stream = TcpStream::connect(address).unwrap();
    let mut sending = stream.try_clone().unwrap();
    let sender = std::thread::spawn(move || {
        let request = "GET /absent HTTP/1.1\r\nHost: swr\r\n";
        let all = format!("{request}\r\n").repeat(REQUESTS - 1);
        let last = format!("{request}Connection: close\r\n\r\n");
        sending.write_all((all + &last).as_bytes()).unwrap();
    });
    let answers = BufReader::new(stream).lines().map(Result::unwrap);
    let count = answers.filter(|line| line.starts_with("HTTP/1.1 ")).count();
    sender.join().unwrap();
    assert_eq!(count, REQUESTS);

    assert_eq!(program.end("-TERM"), (Some(0), String::new()));
}

#[test]
fn operations_are_listed_as_json_with_their_evidence() {
    let output = run(&["operations", "--json"]);
    assert_eq!(output.status.code(), Some(0));
    let rows: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert!(rows.len() >= 174, "{}", rows.len());
    assert_eq!(rows.len(), Op::ALL.len());
    for row in &rows {
        let fields = row.as_object().unwrap();
        assert_eq!(fields.len(), 6, "{row}");
        assert!(row["simulated"].is_boolean(), "{row}");
        for key in ["operation", "method", "path", "evidence", "source"] {
            assert!(
                row[key].as_str().is_some_and(|text| !text.is_empty()),
                "{row}"
            );
        }
    }
    let create = rows.iter().find(|row| row["operation"] == "CreateRepo");
    let create = create.unwrap();
    assert_eq!(create["path"], "/v2/manage/namespaces/{namespace}/repos");
    assert_eq!(
        (&create["method"], &create["simulated"]),
        (&json!("POST"), &json!(true))
    );
}

#[test]
fn operations_are_listed_as_text_one_per_line() {
    let output = run(&["operations"]);
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().count(), Op::ALL.len());
    let create = text.lines().find(|line| line.starts_with("CreateRepo "));
    let create = create.unwrap();
    let words: Vec<&str> = create.split_whitespace().take(4).collect();
    let path = "/v2/manage/namespaces/{namespace}/repos";
    assert_eq!(words, ["CreateRepo", "POST", "simulated", path]);
    let (how, source) = Op::CreateRepo.evidence();
    assert!(
        create.ends_with(&format!("({}: {source})", how.as_str())),
        "{create}"
    );
}

#[test]
fn help_and_version_are_printed_to_stdout() {
    for arguments in [
        &["--help"][..],
        &["-h"],
        &["serve", "--help"],
        &["operations", "-h"],
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(
            text.contains("mock-swr serve [options]"),
            "{arguments:?}: {text}"
        );
    }
    let output = run(&["--version"]);
    let version = concat!("mock-swr ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), version);
}

#[test]
fn refusals_are_in_the_log_and_not_summarized_at_the_end() {
    let program = Program::serve(&[]);
    program.get("/v2/manage/namespaces", "AKNOBODY");
    let (_, log) = program.end_with_log("-TERM");
    assert!(
        log.starts_with("#1 GET /v2/manage/namespaces -> 401"),
        "{log}"
    );
    assert!(!log.contains("mock-swr: "), "{log}");
}

/// A file that is removed at the end of the test.
struct TemporaryFile(std::path::PathBuf);

impl TemporaryFile {
    fn of(name: &str, content: &Value) -> TemporaryFile {
        let name = format!("mock-swr-program-{}-{name}", std::process::id());
        let file = TemporaryFile(std::env::temp_dir().join(name));
        std::fs::write(&file.0, content.to_string()).unwrap();
        file
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn check_names_the_kind_of_each_valid_file_and_the_errors_of_the_others() {
    let scenario = fixture("scenarios/throttled-push.json");
    let world = fixture("worlds/shop.json");
    let output = run(&["check", &scenario, &world]);
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(
        stdout,
        format!("{scenario}: a valid scenario\n{world}: a valid world\n")
    );

    let bad = TemporaryFile::of("bad.json", &json!({"input": 1, "expected": {}}));
    let worse = TemporaryFile::of("worse.json", &json!({"namespace": {}}));
    let output = run(&[
        "check",
        bad.path(),
        &world,
        worse.path(),
        "no/such/file.json",
    ]);
    assert_eq!(output.status.code(), Some(2));
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert_eq!(stdout, format!("{world}: a valid world\n"));
    let stderr = String::from_utf8(output.stderr).unwrap();
    let lines: Vec<&str> = stderr.lines().collect();
    assert_eq!(lines.len(), 3, "{stderr}");
    assert!(lines[0].contains("bad.json: line 1, column "), "{stderr}");
    assert!(lines[0].ends_with("did you mean `expect`?"), "{stderr}");
    assert!(lines[1].contains("did you mean `namespaces`?"), "{stderr}");
    assert!(
        lines[2].starts_with("mock-swr: no/such/file.json: "),
        "{stderr}"
    );

    assert_fails(&["check"], 2, "`check` needs the path of a file");
}

#[test]
fn a_scenario_whose_expectations_hold_exits_with_0() {
    let scenario = TemporaryFile::of(
        "good.json",
        &json!({
            "auth": "Off", "world": "shop",
            "on": [{"calls": "ListNamespaces", "answers": ["Throttled"]}],
            "expect": {"verify": [{"calls": "ListNamespaces", "times": 2}]},
        }),
    );
    let program = Program::serve(&["--scenario", scenario.path()]);
    let statuses = [(); 2].map(|()| program.get("/v2/manage/namespaces", "AK").status());
    assert_eq!(statuses.map(|status| status.as_u16()), [429, 200]);
    assert_eq!(program.end("-TERM").0, Some(0));
}

#[test]
fn a_scenario_with_something_left_over_prints_it_and_exits_with_1() {
    let scenario = TemporaryFile::of(
        "left.json",
        &json!({
            "on": [{"calls": "CreateRepo", "answers": [503]}],
            "expect": {"verify": [{"calls": "ListNamespaces", "times": 1}]},
        }),
    );
    let program = Program::serve(&["--scenario", scenario.path()]);
    let (code, log) = program.end_with_log("-TERM");
    assert_eq!(code, Some(1));
    assert!(log.contains("PlanLeft: on(CreateRepo, 503) at "), "{log}");
    assert!(log.contains("left.json:1:"), "{log}");
    assert!(
        log.contains("ExpectationUnmet: expected ListNamespaces once"),
        "{log}"
    );
    assert!(log.ends_with("mock-swr: the scenario failed\n"), "{log}");
}

#[test]
fn a_scenario_that_the_program_cannot_run_exits_with_2() {
    let steps = fixture("scenarios/retention-surprise.json");
    let reason = "the scenario `retention-surprise` has 2 steps";
    assert_fails(&["serve", "--scenario", &steps], 2, reason);
    let one = fixture("scenarios/throttled-push.json");
    let world = fixture("worlds/shop.json");
    let reason = "--world and --scenario cannot be given together";
    assert_fails(&["serve", "--scenario", &one, "--world", &world], 2, reason);
    assert_fails(
        &["serve", "--scenario", "no/such/file.json"],
        2,
        "no/such/file.json: ",
    );
}

#[test]
fn differences_from_the_published_operations_are_reported_at_the_end() {
    for (level, code) in [("default", 0), ("ignore", 0), ("warn", 0), ("fail", 1)] {
        let option = ["--auth", "off", "--contract", level];
        let program = Program::serve(&option[..if level == "default" { 2 } else { 4 }]);
        program.get("/v2/manage/repos?limit=1", "AK");
        let (ended, log) = program.end_with_log("-TERM");
        assert_eq!(ended, Some(code), "{level}: {log}");
        let found = "ContractBroken: ListReposDetails: `limit` is ignored, because `offset` was not sent (request 1)";
        assert_eq!(log.contains(found), level != "ignore", "{level}: {log}");
        let failed = "requests differ from the published operations";
        assert_eq!(log.contains(failed), level == "fail", "{level}: {log}");
    }
    let reason = "--contract: expected ignore, warn or fail, got `strict`";
    assert_fails(&["serve", "--contract", "strict"], 2, reason);
}

#[test]
fn an_unknown_parameter_and_a_scenario_that_holds_do_not_fail() {
    let scenario = fixture("scenarios/throttled-push.json");
    for arguments in [&["--auth", "off"][..], &["--scenario", &scenario]] {
        let program = Program::serve(&[arguments, &["--contract", "fail"]].concat());
        program.get("/v2/manage/namespaces?page=1", "AK");
        let (_, log) = program.end_with_log("-TERM");
        assert!(log.contains("FieldUnknown: ListNamespaces: "), "{log}");
        assert!(!log.contains("requests differ"), "{log}");
    }
}

#[test]
fn the_state_is_written_to_a_file_at_the_end() {
    let file = TemporaryFile::of("saved.json", &Value::Null);
    let world = fixture("worlds/shop.json");
    let arguments = [
        "--world",
        &world,
        "--auth",
        "off",
        "--save-world",
        file.path(),
    ];
    let program = Program::serve(&arguments);
    let url = format!("{}/v2/manage/namespaces", program.ready_value("endpoint"));
    let created = Client::new()
        .post(url)
        .json(&json!({"namespace": "added"}))
        .send();
    assert_eq!(created.unwrap().status(), 201);
    assert_eq!(program.end("-INT").0, Some(0));
    let saved = std::fs::read_to_string(&file.0).unwrap();
    let saved: Value = serde_json::from_str(&saved).unwrap();
    let names: Vec<&String> = saved["namespaces"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["added", "shop", "tools"]);

    let program = Program::serve(&["--save-world", "no/such/folder/world.json"]);
    assert_eq!(program.end("-TERM").0, Some(1));
}
