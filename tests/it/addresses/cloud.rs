//! Clients that call the server by the names of the cloud.

use std::net::SocketAddr;

use mock_swr::{Auth, Builder, MockSwr, Op};
use serde_json::{Value, json};

use super::{LOGINS, send};
use crate::support::Response;

fn builder() -> Builder {
    MockSwr::builder().auth(Auth::Off)
}

fn address_of(swr: &MockSwr, name: &str) -> SocketAddr {
    let mut resolves = swr.resolves().into_iter();
    let found = resolves.find(|(known, _)| known == name);
    found.unwrap_or_else(|| panic!("{name} is not resolved")).1
}

/// Sends a request to the listener of a name, with this name as `Host`.
fn call(swr: &MockSwr, name: &str, line: &str, body: &str) -> Response {
    let address = address_of(swr, name).to_string();
    let response = send(&address, line, Some(name), "", body);
    assert!(response.status < 400, "{line}: {response:?}");
    response
}

#[test]
fn the_names_of_the_cloud_resolve_to_the_listeners() {
    let swr = MockSwr::start();
    let expected = [
        (
            "swr-api.cn-north-4.myhuaweicloud.com",
            &swr.endpoint()["http://".len()..],
        ),
        (
            "iam.cn-north-4.myhuaweicloud.com",
            &swr.endpoint()["http://".len()..],
        ),
        ("iam.myhuaweicloud.com", &swr.endpoint()["http://".len()..]),
        ("swr.cn-north-4.myhuaweicloud.com", swr.registry()),
    ];
    let expected = expected.map(|(name, address)| (name.to_owned(), address.parse().unwrap()));
    assert_eq!(swr.resolves(), expected);

    let east = swr.region("cn-east-3");
    let all = swr.resolves();
    assert!(all.starts_with(&expected));
    let names: Vec<&str> = all[4..].iter().map(|(name, _)| &**name).collect();
    assert_eq!(
        names,
        [
            "swr-api.cn-east-3.myhuaweicloud.com",
            "iam.cn-east-3.myhuaweicloud.com",
            "swr.cn-east-3.myhuaweicloud.com",
        ]
    );
    assert_eq!(all[6].1.to_string(), east.registry());
}

#[test]
fn object_storage_has_a_name_if_the_server_redirects_to_it() {
    let swr = builder().blob_redirects().start();
    let web = swr.seed_repo("group/web").image("v1");
    let manifest: Value = serde_json::from_slice(&web.content("v1")).unwrap();
    let digest = manifest["config"]["digest"].as_str().unwrap();
    let get = format!("GET /v2/group/web/blobs/{digest}");
    let redirect = call(&swr, "swr.cn-north-4.myhuaweicloud.com", &get, "");
    let storage = "obs.cn-north-4.myhuaweicloud.com";
    let link = redirect.header("location");
    let path = link.strip_prefix(&format!("http://{storage}")).unwrap();
    assert_eq!(call(&swr, storage, &format!("GET {path}"), "").status, 200);
    swr.verify(Op::GetObject).once();
}

#[test]
fn a_server_on_all_addresses_resolves_to_loopback() {
    let swr = builder().host("0.0.0.0").start();
    let resolves = swr.resolves();
    assert!(
        resolves
            .iter()
            .all(|(_, address)| address.ip().is_loopback())
    );
    call(&swr, "iam.myhuaweicloud.com", "GET /", "");
}

#[test]
fn a_region_that_cannot_be_part_of_a_host_name_has_no_names() {
    let swr = builder().region("north..4").start();
    let resolves = swr.resolves();
    let names: Vec<&str> = resolves.iter().map(|(name, _)| &**name).collect();
    assert_eq!(names, ["iam.myhuaweicloud.com"]);
}

/// Returns the registry that the login commands for a `Host` name.
fn login_host(address: &str, host: &str) -> String {
    let hosts = LOGINS.map(|line| {
        let response = send(address, line, Some(host), "", "");
        let command = response.header("x-swr-dockerlogin");
        command.rsplit(' ').next().unwrap().to_owned()
    });
    assert_eq!(hosts[0], hosts[1]);
    let [host, _] = hosts;
    host
}

#[test]
fn a_login_command_names_the_registry_of_the_cloud() {
    let swr = builder().start();
    swr.region("cn-east-3");
    for region in ["cn-north-4", "cn-east-3"] {
        let registry = format!("swr.{region}.myhuaweicloud.com");
        let port = address_of(&swr, &registry).port();
        for name in [
            format!("swr-api.{region}.myhuaweicloud.com"),
            format!("SWR-API.{region}.MyHuaweiCloud.com"),
            format!("iam.{region}.myhuaweicloud.com"),
            "iam.myhuaweicloud.com".to_owned(),
        ] {
            let api = address_of(&swr, &format!("iam.{region}.myhuaweicloud.com")).to_string();
            assert_eq!(login_host(&api, &name), registry);
            assert_eq!(login_host(&api, &format!("{name}:80")), registry);
            let mapped = login_host(&api, &format!("{name}:8080"));
            assert_eq!(mapped, format!("{registry}:{port}"));
        }
    }
}

#[test]
fn a_name_of_another_region_is_a_name_like_any_other() {
    let swr = builder().start();
    let api = address_of(&swr, "iam.myhuaweicloud.com").to_string();
    let port = swr.registry().rsplit(':').next().unwrap();
    for other in [
        "swr-api.cn-east-3.myhuaweicloud.com",
        "swr-api.cn-north-4.example.com",
        "obs.myhuaweicloud.com",
    ] {
        assert_eq!(login_host(&api, other), format!("{other}:{port}"));
    }
}

#[test]
fn an_advertised_host_replaces_the_names_of_the_cloud() {
    let swr = builder().advertise("swr.test:1,2").start();
    let api = address_of(&swr, "iam.myhuaweicloud.com").to_string();
    let login = login_host(&api, "swr-api.cn-north-4.myhuaweicloud.com");
    assert_eq!(login, "swr.test:2");
}

#[test]
fn a_catalog_names_the_services_of_the_cloud() {
    let swr = builder().start();
    swr.region("cn-east-3");
    for region in ["cn-north-4", "cn-east-3"] {
        let password = swr.credentials().password;
        let login = json!({"auth": {
            "identity": {"methods": ["password"], "password": {"user": {
                "name": "admin", "password": password, "domain": {"name": "acme"},
            }}},
            "scope": {"project": {"name": region}},
        }});
        let line = "POST /v3/auth/tokens";
        let token = call(&swr, "iam.myhuaweicloud.com", line, &login.to_string()).json();
        let url = |service: usize| {
            let url = &token["token"]["catalog"][service]["endpoints"][0]["url"];
            url.as_str().unwrap().to_owned()
        };
        assert_eq!(url(0), format!("http://iam.{region}.myhuaweicloud.com/v3"));
        assert_eq!(url(1), format!("http://swr-api.{region}.myhuaweicloud.com"));
    }
}

#[test]
fn a_challenge_names_the_registry_of_the_cloud() {
    let swr = MockSwr::start();
    let name = "swr.cn-north-4.myhuaweicloud.com";
    let address = address_of(&swr, name).to_string();
    let challenge = send(&address, "GET /v2/", Some(name), "", "");
    let realm = format!("Bearer realm=\"http://{name}/swr/auth/v2/registry/auth/\"");
    let header = challenge.header("www-authenticate");
    assert!(header.starts_with(&realm), "{header}");
}
