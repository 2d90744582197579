//! The addresses in responses: the ones that the client called, that the test set, or that the listeners are bound to.

mod cloud;

use std::io::{Read, Write};
use std::net::TcpStream;

use http::{HeaderMap, HeaderName, HeaderValue};
use mock_swr::{MockSwr, Op, Profile, Region};
use serde_json::{Value, json};

use crate::support::{HTTP, Response, panic_of};

/// Sends a request with this `Host`, or an HTTP/1.0 request without one.
#[track_caller]
fn send(authority: &str, line: &str, host: Option<&str>, token: &str, body: &str) -> Response {
    let (version, host) = match host {
        Some(host) => ("1.1", format!("Host: {host}\r\n")),
        None => ("1.0", String::new()),
    };
    let length = body.len();
    let mut stream = TcpStream::connect(authority).unwrap();
    write!(
        stream,
        "{line} HTTP/{version}\r\n{host}Connection: close\r\nX-Auth-Token: {token}\r\n\
         X-Subject-Token: {token}\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (head, text) = text.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap();
    let headers = lines.map(|line| {
        let (name, value) = line.split_once(": ").unwrap();
        let name: HeaderName = name.parse().unwrap();
        (name, HeaderValue::from_str(value).unwrap())
    });
    Response {
        status: status.parse().unwrap(),
        headers: headers.collect::<HeaderMap>(),
        text: text.to_owned(),
    }
}

/// Requests to the management API and to IAM, with JSON pointers to the API's own URL in their responses.
const URLS: [(&str, &str); 17] = [
    ("GET /", "/versions/0/links/href"),
    ("GET /v2", "/version/links/href"),
    ("GET /v3/projects", "/links/self"),
    ("GET /v3/projects", "/projects/0/links/self"),
    ("GET /v3/auth/projects", "/links/self"),
    ("GET /v3/auth/projects", "/projects/0/links/self"),
    ("GET /v3/auth/domains", "/links/self"),
    ("GET /v3/auth/domains", "/domains/0/links/self"),
    ("GET /v3/regions", "/links/self"),
    ("GET /v3/regions", "/regions/0/links/self"),
    ("GET /v3/users", "/links/self"),
    ("GET /v3/users", "/users/0/links/self"),
    ("GET /v3/users/{user}", "/user/links/self"),
    ("GET /v3.0/OS-USER/users/{user}", "/user/links/self"),
    ("POST /v3/auth/tokens", "/token/catalog/0/endpoints/0/url"),
    ("POST /v3/auth/tokens", "/token/catalog/1/endpoints/0/url"),
    ("GET /v3/auth/tokens", "/token/catalog/1/endpoints/0/url"),
];

const WEB: &str = "GET /v2/manage/namespaces/group/repos/web";

/// Requests to the management API, with JSON pointers to the registry's host and port in their responses.
const PATHS: [(&str, &str, &str); 9] = [
    (WEB, "", "/path"),
    (WEB, "", "/internal_path"),
    (WEB, "/tags", "/0/path"),
    (WEB, "/tags", "/0/internal_path"),
    (WEB, "/tags/v1", "/path"),
    ("GET /v2/manage/repos", "", "/0/path"),
    ("GET /v2/manage/repos", "", "/0/internal_path"),
    (
        "GET /v2/manage/shared-repositories",
        "?center=self",
        "/0/path",
    ),
    (
        "GET /v2/manage/shared-repositories",
        "?center=self",
        "/0/internal_path",
    ),
];

const LOGINS: [&str; 2] = [
    "POST /v2/manage/utils/secret",
    "POST /v2/manage/utils/authorizationtoken",
];

/// Adds a shared repository with an image to two regions.
fn with_shared_image(swr: MockSwr) -> MockSwr {
    for region in ["cn-north-4", "cn-east-3"] {
        swr.region(region)
            .seed_repo("group/web")
            .image("v1")
            .share("partner");
    }
    swr
}

/// Asserts that all responses of a region to requests with this `Host` contain these addresses.
#[track_caller]
fn assert_addresses(region: Region<'_>, host: Option<&str>, (api, registry): (&str, &str)) {
    let endpoint = region.endpoint().trim_start_matches("http://");
    let (keys, token) = (region.credentials(), region.user("admin").token());
    let login = json!({"auth": {
        "identity": {"methods": ["password"], "password": {"user": {
            "name": "admin", "password": keys.password, "domain": {"name": "acme"},
        }}},
        "scope": {"project": {"name": keys.region}},
    }});
    let send = |line: &str| {
        let body = match line {
            "POST /v3/auth/tokens" => login.to_string(),
            _ => String::new(),
        };
        let line = line.replace("{user}", &keys.user_id);
        let response = send(endpoint, &line, host, &token, &body);
        assert!(response.status < 300, "{line}: {response:?}");
        response
    };
    let text = |line: &str, pointer: &str| {
        let json = send(line).json();
        let found = json.pointer(pointer).and_then(Value::as_str);
        found
            .unwrap_or_else(|| panic!("{line} has no {pointer}: {json}"))
            .to_owned()
    };

    for (line, pointer) in URLS {
        let url = text(line, pointer);
        let rest = url.strip_prefix(&format!("http://{api}"));
        let is_path = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        assert!(is_path, "{host:?}, {line}, {pointer}: {url}");
    }
    for (path, rest, pointer) in PATHS {
        let line = format!("{path}{rest}");
        let path = text(&line, pointer);
        let tag = if line.contains("/tags") { ":v1" } else { "" };
        assert_eq!(
            path,
            format!("{registry}/group/web{tag}"),
            "{line}, {pointer}"
        );
    }
    for line in LOGINS {
        let response = send(line);
        let command = response.header("x-swr-dockerlogin");
        assert_eq!(command.split(' ').next_back(), Some(registry), "{command}");
        let auths = response.json()["auths"].as_object().unwrap().clone();
        assert_eq!(auths.keys().collect::<Vec<_>>(), [registry]);
    }
}

/// Asserts the host of the realm that the registry's challenge names.
#[track_caller]
fn assert_realm_host(region: Region<'_>, host: Option<&str>, expected: &str) {
    let response = send(region.registry(), "GET /v2/", host, "", "");
    assert_eq!(response.status, 401, "{response:?}");
    assert_eq!(
        response.header("www-authenticate"),
        format!(
            "Bearer realm=\"http://{expected}/swr/auth/v2/registry/auth/\",service=\"dockyard\""
        ),
        "{host:?}"
    );
}

fn port(address: &str) -> &str {
    address.rsplit(':').next().unwrap()
}

fn authority(url: &str) -> &str {
    url.trim_start_matches("http://")
}

/// Values of `Host` that clients send, with and without a port, and the part before the port.
const HOSTS: [(&str, &str); 9] = [
    ("swr.test", "swr.test"),
    ("localhost:18080", "localhost"),
    ("SWR.Test.:1", "SWR.Test."),
    ("my_mock-2:65535", "my_mock-2"),
    ("10.0.0.5:8080", "10.0.0.5"),
    ("0.0.0.0:8080", "0.0.0.0"),
    ("[::1]", "[::1]"),
    ("[fd00::5]:8080", "[fd00::5]"),
    ("[::ffff:127.0.0.1]:8080", "[::ffff:127.0.0.1]"),
];

#[test]
fn responses_have_the_host_that_the_client_called() {
    let swr = with_shared_image(MockSwr::start());
    for region in [swr.region("cn-north-4"), swr.region("cn-east-3")] {
        for (host, name) in HOSTS {
            let registry = format!("{name}:{}", port(region.registry()));
            assert_addresses(region, Some(host), (host, &registry));
        }
    }
}

#[test]
fn a_challenge_names_the_host_that_the_client_called() {
    for profile in [Profile::Swr, Profile::Oci] {
        let swr = MockSwr::builder().profile(profile).start();
        for region in [swr.region("cn-north-4"), swr.region("cn-east-3")] {
            for (host, _) in HOSTS {
                assert_realm_host(region, Some(host), host);
            }
            let bound = region.registry();
            assert_realm_host(region, Some(bound), bound);
            assert_realm_host(region, None, bound);
        }
    }
}

#[test]
fn responses_have_the_bound_address_for_the_bound_host_or_no_host() {
    let swr = with_shared_image(MockSwr::start());
    for region in [swr.region("cn-north-4"), swr.region("cn-east-3")] {
        let bound = (authority(region.endpoint()), region.registry());
        assert_addresses(region, Some(bound.0), bound);
        assert_addresses(region, None, bound);
    }
}

/// Values of `Host` that do not have the form `host[:port]`, so responses must not repeat them.
fn hostile() -> Vec<String> {
    let mut hosts: Vec<String> = [
        "",
        " ",
        "a b",
        "swr.test:80 x",
        "a\"b",
        "swr.test\",error=\"x",
        "a'b",
        "$(id)",
        "a;b",
        "<b>",
        "a\\b",
        "a/b",
        "swr.test?x",
        "swr.test#x",
        "a%20b",
        "http://swr.test",
        "user@swr.test",
        "user:key@swr.test:80",
        "sw\u{e9}.test",
        "-v",
        "swr-.test",
        ".",
        ".test",
        "swr..test",
        "swr.test..",
        "swr.test:",
        "swr.test:0",
        "swr.test:080",
        "swr.test:+80",
        "swr.test:65536",
        "swr.test:http",
        "swr.test:80:80",
        "swr.test:80,81",
        ":80",
        "::1",
        "::1:80",
        "[::1",
        "[::1]80",
        "[::1]:",
        "[::1%25eth0]:80",
        "[127.0.0.1]:80",
        "[swr.test]",
        "[]",
        "[[::1]]",
        // This adds a second header.
        "swr.test\r\nHost: other.test",
        "swr.test\r\nHost: swr.test",
    ]
    .map(str::to_owned)
    .to_vec();
    hosts.push(format!("{}.test", "a".repeat(64)));
    hosts.push("a.".repeat(5_000));
    hosts.push("a".repeat(10_000));
    hosts.push(format!("swr.test:{}80", "0".repeat(10_000)));
    hosts
}

#[test]
fn responses_do_not_repeat_an_invalid_host() {
    let swr = with_shared_image(MockSwr::start());
    let home = swr.region("cn-north-4");
    let bound = (authority(home.endpoint()), home.registry());
    assert_addresses(home, Some("a\"b"), bound);
    let token = swr.user("admin").token();
    for host in hostile() {
        let versions = send(bound.0, "GET /", Some(&host), "", "").json();
        let href = &versions["versions"][0]["links"]["href"];
        assert_eq!(*href, format!("http://{}/v2/", bound.0), "{host:.40}");
        let login = send(bound.0, LOGINS[0], Some(&host), &token, "");
        let command = login.header("x-swr-dockerlogin");
        assert_eq!(command.split(' ').count(), 7, "{host:.40}: {command}");
        assert_eq!(command.split(' ').next_back(), Some(bound.1));
    }
    for profile in [Profile::Swr, Profile::Oci] {
        let swr = MockSwr::builder().profile(profile).start();
        for host in hostile() {
            assert_realm_host(swr.region("cn-north-4"), Some(&host), swr.registry());
        }
    }
}

#[test]
fn responses_have_the_advertised_host_independent_of_the_called_one() {
    let swr = with_shared_image(MockSwr::builder().advertise("swr.test").start());
    for region in [swr.region("cn-north-4"), swr.region("cn-east-3")] {
        let named = |address: &str| format!("swr.test:{}", port(address));
        let (api, registry) = (named(region.endpoint()), named(region.registry()));
        for host in [
            None,
            Some("other.test:1"),
            Some(authority(region.endpoint())),
            Some("a\"b"),
        ] {
            assert_addresses(region, host, (&api, &registry));
            assert_realm_host(region, host, &registry);
        }
    }
}

#[test]
fn advertised_ports_apply_to_the_servers_own_region() {
    for (advertised, api, registry, name) in [
        (
            "swr.test:18080,15000",
            "swr.test:18080",
            "swr.test:15000",
            "swr.test",
        ),
        (
            "[fd00::5]:1,65535",
            "[fd00::5]:1",
            "[fd00::5]:65535",
            "[fd00::5]",
        ),
    ] {
        let swr = with_shared_image(MockSwr::builder().advertise(advertised).start());
        let (home, east) = (swr.region("cn-north-4"), swr.region("cn-east-3"));
        let named = |address: &str| format!("{name}:{}", port(address));
        let (api_east, registry_east) = (named(east.endpoint()), named(east.registry()));
        for host in [None, Some("other.test:1")] {
            assert_addresses(home, host, (api, registry));
            assert_realm_host(home, host, registry);
            assert_addresses(east, host, (&api_east, &registry_east));
            assert_realm_host(east, host, &registry_east);
        }
    }
}

#[test]
fn handles_have_the_bound_address_despite_an_advertised_one() {
    let swr = MockSwr::builder().advertise("swr.test:1,2").start();
    for region in [swr.region("cn-north-4"), swr.region("cn-east-3")] {
        assert!(region.endpoint().starts_with("http://127.0.0.1:"));
        assert!(region.registry().starts_with("127.0.0.1:"));
        let config = region.user("admin").docker_config();
        let config: Value = serde_json::from_str(&config).unwrap();
        assert!(config["auths"][region.registry()].is_object(), "{config}");
    }
    let listed = HTTP.get(swr.endpoint()).send().unwrap();
    assert_eq!(listed.status(), 200);
    swr.verify(Op::ListApiVersions).once();
}

#[test]
fn a_server_on_all_addresses_uses_loopback_unless_a_client_calls_another_address() {
    let swr = with_shared_image(MockSwr::builder().host("0.0.0.0").start());
    for region in [swr.region("cn-north-4"), swr.region("cn-east-3")] {
        let bound = (authority(region.endpoint()), region.registry());
        assert!(bound.0.starts_with("127.0.0.1:"), "{bound:?}");
        assert!(bound.1.starts_with("127.0.0.1:"), "{bound:?}");
        assert_addresses(region, None, bound);
        assert_realm_host(region, None, bound.1);
        let called = format!("127.0.0.2:{}", port(bound.0));
        let registry = format!("127.0.0.2:{}", port(bound.1));
        assert_addresses(region, Some(&called), (&called, &registry));
    }
}

#[test]
fn a_server_on_a_host_name_listens_on_its_loopback_address() {
    for name in ["localhost", "127.1"] {
        let swr = MockSwr::builder().host(name).start();
        let host = swr.registry().rsplit_once(':').unwrap().0;
        assert!(["127.0.0.1", "[::1]"].contains(&host), "{host}");
        assert_eq!(HTTP.get(swr.endpoint()).send().unwrap().status(), 200);
    }
}

#[test]
fn a_host_that_cannot_be_listened_on_is_an_error() {
    for host in ["swr..test", "", "10.1"] {
        let message = panic_of(|| MockSwr::builder().host(host).start());
        let begins = format!("mock-swr cannot start: cannot listen on `{host}`: ");
        assert!(message.starts_with(&begins), "{message}");
        let ends = "; expected `localhost` or an IP address";
        assert!(message.ends_with(ends), "{message}");
    }
}

#[test]
fn a_host_that_cannot_be_advertised_is_an_error() {
    let hosts = [
        "",
        "a b",
        "-v",
        "::1",
        "[::1",
        "http://swr.test",
        "user@swr.test",
    ];
    let ports = [
        "", "80", "80,", ",80", "80,0", "80,81,82", "80,65536", "80, 81",
    ];
    let hosts = hosts.map(str::to_owned).into_iter();
    for host in hosts.chain(ports.map(|ports| format!("swr.test:{ports}"))) {
        let message = panic_of(|| MockSwr::builder().advertise(&host).start());
        assert_eq!(
            message,
            format!(
                "mock-swr cannot start: cannot advertise `{host}`: expected HOST or HOST:API_PORT,REGISTRY_PORT, as in \
                 `swr.test:18080,15000`, with an IPv6 address in brackets"
            )
        );
    }
}
