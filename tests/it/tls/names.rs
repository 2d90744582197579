//! The addresses that a server with TLS hands out, and the names of its certificates.

use std::io::Write;
use std::net::SocketAddr;

use mock_swr::{Auth, Builder, MockSwr, Op, Profile, StartError};
use serde_json::Value;

use super::builder;
use super::client::{Received, Trust, authority, receive};

/// Sends a request to an address, with this name for TLS and for `Host`.
fn request(swr: &MockSwr, address: &str, name: &str, host: &str, head: &str) -> Received {
    let mut stream = Trust::of(swr).connect(address, name).unwrap();
    let request = format!("{head}\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    receive(&mut stream)
}

fn address_of(swr: &MockSwr, name: &str) -> SocketAddr {
    let mut resolves = swr.resolves().into_iter();
    let found = resolves.find(|(known, _)| known == name);
    found.unwrap_or_else(|| panic!("{name} is not resolved")).1
}

/// Sends a request to a name of the cloud.
fn call(swr: &MockSwr, name: &str, head: &str) -> Received {
    let address = address_of(swr, name).to_string();
    request(swr, &address, name, name, head)
}

#[test]
fn every_address_that_the_server_hands_out_has_https() {
    let swr = builder().profile(Profile::Oci).start();
    for region in [swr.region("cn-north-4"), swr.region("cn-east-3")] {
        let endpoint = region.endpoint();
        assert!(endpoint.starts_with("https://127.0.0.1:"), "{endpoint}");
        let api = authority(endpoint);
        let versions = request(&swr, api, "127.0.0.1", api, "GET / HTTP/1.1").text;
        assert!(versions.contains(&format!("{endpoint}/v2/")), "{versions}");
        let named = request(&swr, api, "localhost", "swr.test:1", "GET / HTTP/1.1").text;
        assert!(named.contains("\"https://swr.test:1/v2/\""), "{named}");
        assert!(!region.registry().contains("://"));
    }
}

#[test]
fn a_challenge_and_a_redirect_have_https() {
    let swr = MockSwr::builder().tls().blob_redirects().start();
    let registry = swr.registry();
    let challenge = request(&swr, registry, "127.0.0.1", registry, "GET /v2/ HTTP/1.1");
    let realm = format!("realm=\"https://{registry}/swr/auth/v2/registry/auth/\"");
    assert!(challenge.text.contains(&realm), "{challenge:?}");

    let swr = builder().blob_redirects().start();
    let repo = swr.seed_repo("group/web").image("v1");
    let manifest: Value = serde_json::from_slice(&repo.content("v1")).unwrap();
    let digest = manifest["config"]["digest"].as_str().unwrap();
    let get = format!("GET /v2/group/web/blobs/{digest} HTTP/1.1");
    let registry = swr.registry();
    let redirect = request(&swr, registry, "127.0.0.1", registry, &get).text;
    let lines = redirect.lines();
    let location = lines.map(|line| line.split_once(": ").unwrap_or_default());
    let location = location.clone().find(|(name, _)| *name == "location");
    let location = location.unwrap().1.strip_prefix("https://").unwrap();
    let (storage, path) = location.split_once('/').unwrap();
    let port = storage.strip_prefix("localhost:").unwrap();
    let address = format!("127.0.0.1:{port}");
    let get = format!("GET /{path} HTTP/1.1");
    let blob = request(&swr, &address, "localhost", storage, &get);
    assert!(blob.text.starts_with("HTTP/1.1 200"), "{blob:?}");
    swr.verify(Op::GetObject).answered(200).once();
}

#[test]
fn the_certificate_of_a_region_covers_its_names_and_loopback() {
    let swr = builder().start();
    let east = swr.region("cn-east-3");
    for address in [authority(east.endpoint()), east.registry()] {
        for name in [
            "127.0.0.1",
            "::1",
            "localhost",
            "swr-api.cn-east-3.myhuaweicloud.com",
            "swr.cn-east-3.myhuaweicloud.com",
            "iam.cn-east-3.myhuaweicloud.com",
        ] {
            let connected = Trust::of(&swr).connect(address, name);
            assert!(connected.is_ok(), "{name}: {connected:?}");
        }
        for name in [
            "swr-api.cn-north-4.myhuaweicloud.com",
            "myhuaweicloud.com",
            "swr.test",
        ] {
            assert!(Trust::of(&swr).connect(address, name).is_err(), "{name}");
        }
    }
}

#[test]
fn the_certificate_covers_the_host_that_is_advertised_and_the_host_that_is_bound() {
    for (advertised, name) in [
        ("swr.test:18080,15000", "swr.test"),
        ("[fd00::5]", "fd00::5"),
        // No name of a certificate, and the other names remain valid.
        ("my_mock", "localhost"),
    ] {
        let swr = builder().advertise(advertised).start();
        let connected = Trust::of(&swr).connect(swr.registry(), name);
        assert!(connected.is_ok(), "{name}: {connected:?}");
    }
    let swr = builder().host("127.0.0.2").start();
    let connected = Trust::of(&swr).connect(swr.registry(), "127.0.0.2");
    assert!(connected.is_ok(), "{connected:?}");
}

#[test]
fn all_servers_of_a_process_have_one_certificate_authority() {
    let (first, second) = (builder().start(), builder().region("eu-de").start());
    assert_eq!(first.ca_certificate(), second.ca_certificate());
    let trust = Trust::of(&first);
    assert!(
        trust
            .connect(second.registry(), "swr.eu-de.myhuaweicloud.com")
            .is_ok()
    );
}

#[test]
fn the_certificate_authority_is_written_to_a_file() {
    let swr = builder().start();
    let folder = std::env::temp_dir().join(format!("mock-swr-ca-{}", std::process::id()));
    let error = swr.write_ca(folder.join("ca.pem")).unwrap_err();
    let expected = format!("cannot write `{}`: ", folder.join("ca.pem").display());
    assert!(error.to_string().starts_with(&expected), "{error}");
    std::fs::create_dir(&folder).unwrap();
    swr.write_ca(folder.join("ca.pem")).unwrap();
    let written = std::fs::read_to_string(folder.join("ca.pem")).unwrap();
    assert_eq!(written, swr.ca_certificate());
    std::fs::remove_dir_all(folder).unwrap();
}

const LOGIN: &str = "POST /v2/manage/utils/secret HTTP/1.1\r\nContent-Length: 0";

/// Returns the registry that the login command of a response names.
fn login_host(received: &Received) -> String {
    let command = received
        .text
        .lines()
        .find(|line| line.starts_with("x-swr-dockerlogin: "));
    let command = command.unwrap_or_else(|| panic!("{received:?}"));
    command.rsplit(' ').next().unwrap().to_owned()
}

#[test]
fn a_login_command_for_a_client_of_the_cloud_names_the_registry_of_the_cloud() {
    let swr = builder().start();
    swr.region("cn-east-3");
    for region in ["cn-north-4", "cn-east-3"] {
        let name = format!("swr-api.{region}.myhuaweicloud.com");
        let registry = format!("swr.{region}.myhuaweicloud.com");
        assert_eq!(login_host(&call(&swr, &name, LOGIN)), registry);

        let address = address_of(&swr, &name).to_string();
        let explicit = request(&swr, &address, &name, &format!("{name}:443"), LOGIN);
        assert_eq!(login_host(&explicit), registry);
        let port = address_of(&swr, &registry).port();
        let mapped = request(&swr, &address, &name, &format!("{name}:8443"), LOGIN);
        assert_eq!(login_host(&mapped), format!("{registry}:{port}"));
    }
}

#[track_caller]
fn reason(builder: Builder) -> String {
    match builder.try_start() {
        Err(StartError::Tls(reason)) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_certificate_of_the_user_replaces_the_generated_one() {
    let authority = rcgen::generate_simple_self_signed(["swr.test".to_owned()]).unwrap();
    let (certificate, key) = (authority.cert.pem(), authority.signing_key.serialize_pem());
    let builder = |certificate: &str, key: &str| {
        let builder = MockSwr::builder().auth(Auth::Off);
        builder.tls_with(certificate.as_bytes(), key.as_bytes())
    };
    let swr = builder(&certificate, &key).start();
    assert!(swr.endpoint().starts_with("https://"));
    let connected = Trust::in_pem(&certificate).connect(swr.registry(), "swr.test");
    assert!(connected.is_ok(), "{connected:?}");

    let other = rcgen::KeyPair::generate().unwrap().serialize_pem();
    let mismatch = reason(builder(&certificate, &other));
    assert!(
        mismatch.starts_with("the certificate and the key cannot be used: "),
        "{mismatch}"
    );
    let none = reason(builder("", &key));
    assert_eq!(none, "the certificate has no PEM section `CERTIFICATE`");
    let swapped = reason(builder(&key, &certificate));
    assert_eq!(swapped, "the certificate has no PEM section `CERTIFICATE`");
    let no_key = reason(builder(&certificate, "key"));
    assert!(
        no_key.starts_with("the private key is not valid PEM: "),
        "{no_key}"
    );
}
