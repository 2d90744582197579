//! Mistakes in custom signers, and the hints about them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use mock_swr::{Auth, Calls, Credentials, MockSwr};
use sha2::{Digest, Sha256};

use super::verified;
use crate::registry::client::Registry;
use crate::support::{HTTP, Response, send};

#[test]
fn the_hint_of_a_wrong_signature_names_the_line_that_differs() {
    const PATH: &str = "the client signed the path `/v2/manage/namespaces/";
    const READ: &str = "but the service expects `/v2/manage/namespaces/a%24b/repos/`: ";
    const ENCODED: &str = "its segments are percent-encoded, except letters, digits and `-_.~`";
    const SLASH: &str = "a canonical path ends in a slash";
    const QUERY: &str = ", but the service expects `a=1&x=a%3Ab`";
    const SORTED: &str = "pairs are sorted, names and values percent-encoded, each with its `=`";
    const NAMES: &str =
        ", but the service expects `host;x-note;x-project-id;x-sdk-date`: header names are in ";
    const BODY_SIGNED: &str = "the client signed another body: the one it sent, ";
    const EMPTY_SIGNED: &str = "the client signed an empty body, but sent 15 bytes";
    const TITLES: &str = "Host;X-Note;X-Project-Id;X-Sdk-Date";
    // In the order in which they are sent.
    const REORDERED: &str = "x-note;host;x-sdk-date;x-project-id";

    fn reorder(headers: &str) -> String {
        let mut lines: Vec<&str> = headers.split_inclusive('\n').collect();
        lines.sort_by_key(|line| REORDERED.find(line.split(':').next().unwrap()));
        lines.concat()
    }
    fn title_lines(headers: &str) -> String {
        let mut headers = headers.to_owned();
        for title in TITLES.split(';') {
            headers = headers.replace(&format!("{}:", title.to_lowercase()), &format!("{title}:"));
        }
        headers
    }

    type Spoil = fn(&mut Draft);
    let cases: Vec<(Spoil, String)> = vec![
        (
            |draft| draft.path = draft.path.replace("/repos/", "/repos"),
            format!("{PATH}a%24b/repos`, {READ}{SLASH}"),
        ),
        (
            |draft| draft.path = draft.path.replace("%24", "$"),
            format!("{PATH}a$b/repos/`, {READ}{ENCODED}"),
        ),
        (
            |draft| draft.path = "/v2/manage/namespaces/a$b/repos".to_owned(),
            format!("{PATH}a$b/repos`, {READ}{ENCODED}, and {SLASH}"),
        ),
        (
            |draft| draft.path = draft.path.replace('%', "%25"),
            format!("{PATH}a%2524b/repos/`, {READ}its segments are percent-encoded once"),
        ),
        (
            |draft| draft.query = "x=a:b&a=1".to_owned(),
            format!("the client signed the query `x=a:b&a=1`{QUERY}: {SORTED}"),
        ),
        (
            |draft| draft.query = "a=1&x=a:b".to_owned(),
            format!("the client signed the query `a=1&x=a:b`{QUERY}: {SORTED}"),
        ),
        (
            |draft| draft.query.clear(),
            format!("the client left out the query{QUERY}"),
        ),
        (
            |draft| draft.hash = hash(""),
            EMPTY_SIGNED.to_owned(),
        ),
        (
            |draft| draft.hash = hash(BODY.trim_end()),
            format!("{BODY_SIGNED}without the final line feed"),
        ),
        (
            |draft| draft.hash = hash(&format!("{BODY}\n")),
            format!("{BODY_SIGNED}with one more line feed at the end"),
        ),
        (
            |draft| draft.hash = "UNSIGNED-PAYLOAD".to_owned(),
            "the client signed UNSIGNED-PAYLOAD in place of the hash of the body, but did not ".to_owned(),
        ),
        (
            |draft| draft.method = "post".to_owned(),
            "the client signed the method `post`, but the service expects `POST`: it is in upper case".to_owned(),
        ),
        (
            |draft| {
                let (host, rest) = draft.headers.split_once('\n').unwrap();
                let (host, _port) = host.rsplit_once(':').unwrap();
                draft.headers = format!("{host}\n{rest}");
            },
            "the client signed the Host `127.0.0.1`, but the service expects `127.0.0.1:".to_owned(),
        ),
        (
            |draft| draft.headers = draft.headers.replace("x-note:n\n", "x-note:n \n"),
            "the client signed header `x-note` with spaces around its value, which the service trims".to_owned(),
        ),
        (
            |draft| draft.headers = draft.headers.replace(":n\n", ": n \n"),
            "the client signed header `x-note` with spaces around its value, which the service trims".to_owned(),
        ),
        (
            |draft| {
                let lines = draft.headers.lines().map(|line| line.replacen(':', ": ", 1) + "\n");
                draft.headers = lines.collect();
            },
            "the client signed a space after each header's colon".to_owned(),
        ),
        (
            |draft| draft.names = TITLES.to_owned(),
            format!("the client signed the SignedHeaders `{TITLES}`{NAMES}lower case"),
        ),
        (
            |draft| draft.headers = title_lines(&draft.headers),
            format!("the client signed the header lines `{TITLES}`{NAMES}lower case"),
        ),
        (
            |draft| {
                draft.headers = title_lines(&draft.headers);
                draft.names = TITLES.to_owned();
                draft.listed = TITLES.to_owned();
            },
            format!("the client signed the headers `{TITLES}`{NAMES}lower case"),
        ),
        (
            |draft| {
                draft.headers = reorder(&draft.headers);
                draft.names = REORDERED.to_owned();
            },
            format!("the client signed the headers `{REORDERED}`{NAMES}the order in which"),
        ),
        (
            |draft| draft.listed = REORDERED.to_owned(),
            "the client signed the headers `host;x-note;x-project-id;x-sdk-date`, but the service \
             expects `x-note;host;x-sdk-date;x-project-id`: header names are in the order in which"
                .to_owned(),
        ),
        (
            |draft| draft.gap.clear(),
            "the client signed no empty line between the headers and SignedHeaders".to_owned(),
        ),
        (
            |draft| draft.write = |bytes| hex(bytes).to_uppercase(),
            "the signature is in upper-case hex, but the service expects lower-case hex".to_owned(),
        ),
        (
            |draft| draft.write = |bytes| STANDARD.encode(bytes),
            "the signature is in base64, but the service expects lower-case hex".to_owned(),
        ),
        (
            |draft| draft.write = |_| String::new(),
            "Authorization contains no Signature of 64 hex digits".to_owned(),
        ),
        (
            |draft| {
                draft.path.pop();
                draft.hash = hash("");
                draft.write = |bytes| STANDARD.encode(bytes);
            },
            format!(
                "the signature is in base64, but the service expects lower-case hex; and {PATH}a%24b/repos`, \
                 {READ}{SLASH}; and {EMPTY_SIGNED}"
            ),
        ),
        (
            |draft| draft.secret_key.push('x'),
            "the secret key is wrong, or the client did not sign this canonical request: \
             POST\\n/v2/manage".to_owned(),
        ),
    ];
    let swr = verified();
    for (number, (spoil, beginning)) in cases.iter().enumerate() {
        // Each mistake has its own user, because five wrong signatures lock a key.
        let user = format!("user-{number}");
        let response = send_drafted(&swr, &user, &[], spoil);
        response.assert_refused(401, "APIGW.0301");
        let hint = response.header("x-mock-hint");
        assert!(hint.starts_with(beginning), "not {beginning}, but {hint}");
        assert!(!hint.contains(&swr.user(&user).credentials().secret_key));
    }
    let right = send_drafted(&swr, "dev", &[], |_| {});
    assert_ne!(right.status, 401, "{right:?}");
}

#[test]
fn the_hint_names_the_owner_of_the_secret_key_and_not_the_key() {
    let swr = verified();
    let other = swr.user("partner/eve").credentials();
    let response = send_drafted(&swr, "dev", &[], |draft| {
        draft.secret_key = other.secret_key.clone();
    });
    response.assert_refused(401, "APIGW.0301");
    assert_eq!(
        response.header("x-mock-hint"),
        "the client signed with the secret key of user `partner/eve`, but the access key belongs to `dev`"
    );
}

#[test]
fn the_hint_compares_the_secret_keys_of_the_first_thousand_users() {
    let swr = verified();
    for n in 0..1010 {
        swr.user(&format!("user-{n}"));
    }
    let hint = |other: &str| {
        let other = swr.user(other).credentials();
        let response = send_drafted(&swr, "user-0", &[], |draft| {
            draft.secret_key = other.secret_key.clone();
        });
        response.assert_refused(401, "APIGW.0301");
        response.header("x-mock-hint").to_owned()
    };
    let known = hint("user-990");
    assert!(
        known.starts_with("the client signed with the secret key of user `user-990`"),
        "{known}"
    );
    let unknown = hint("user-1005");
    assert!(
        unknown.starts_with(
            "the secret key is wrong, or the client did not sign this canonical request"
        ),
        "{unknown}"
    );
}

#[test]
fn the_hint_reports_a_promised_hash_that_differs_from_the_body() {
    let swr = verified();
    let promise = [("x-sdk-content-sha256", &*hash("other"))];
    let hint = |spoil: fn(&mut Draft)| {
        let response = send_drafted(&swr, "dev", &promise, spoil);
        response.assert_refused(401, "APIGW.0301");
        response.header("x-mock-hint").to_owned()
    };
    assert_eq!(
        hint(|_| {}),
        "the client signed the hash of the body, but the service expects the value of X-Sdk-Content-Sha256"
    );
    // The second signature matches the promised hash, but the body does not.
    for signed in ["a third", "other"] {
        let response = send_drafted(&swr, "dev", &promise, |draft| draft.hash = hash(signed));
        response.assert_refused(401, "APIGW.0301");
        assert_eq!(
            response.header("x-mock-hint"),
            "the hash in X-Sdk-Content-Sha256 is not the hash of the body"
        );
    }
}

#[test]
fn a_secret_in_place_of_a_name_is_reported_as_its_owners() {
    let swr = verified();
    let keys = swr.credentials();
    let hints = || {
        let calls = swr.calls(Calls::any());
        let last = calls.last().unwrap();
        format!("{last} {}", last.hint().unwrap_or_default())
    };
    let api = |access_key: &str| {
        let text = format!("SDK-HMAC-SHA256 Access={access_key}, SignedHeaders=host, Signature=0");
        let request = HTTP.get(format!("{}/v2/manage/namespaces", swr.endpoint()));
        send(request.header("Authorization", text)).unwrap()
    };
    for (sent, expected) in [
        (
            &*keys.secret_key,
            "the secret key of `admin` was sent in place of its access key",
        ),
        (
            &*keys.password,
            "the password of `admin` was sent in place of its access key",
        ),
        ("MOCKX", "no user of this server has access key MOCKX;"),
        (
            "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY",
            "no user of this server has the access key that was sent;",
        ),
        (
            "AK SignedHeaders=host",
            "no user of this server has the access key that was sent;",
        ),
    ] {
        let response = api(sent);
        assert_eq!(response.status, 401);
        assert!(
            response.header("x-mock-hint").starts_with(expected),
            "{response:?}"
        );
        assert!(sent.len() < 10 || !hints().contains(sent), "{}", hints());
    }

    let (name, key) = keys.registry_login();
    let at_registry = |user: &str, key: &str| {
        let response = Registry::basic(&swr, (user.to_owned(), key.to_owned())).request_token("");
        assert_eq!(response.status, 401);
        response.header("x-mock-hint").to_owned()
    };
    for (user, password, expected) in [
        (&*key, &*name, "user and key of the login are swapped"),
        (
            &*key,
            &*key,
            "the user of the login does not have the form region@access-key",
        ),
        (
            "admin",
            &*key,
            "`admin` does not have the form region@access-key",
        ),
        (
            &*format!("cn-north-4@{}", keys.secret_key),
            &*key,
            "the secret key of `admin` was sent in place of its access key",
        ),
        (
            &*format!("{key}@{}", keys.access_key),
            &*key,
            "the name before `@` is not a project of cn-north-4",
        ),
    ] {
        let hint = at_registry(user, password);
        assert!(hint.starts_with(expected), "{hint}");
        for secret in [&key, &keys.secret_key] {
            assert!(
                !hint.contains(secret) && !hints().contains(secret),
                "{hint}"
            );
        }
    }
}

#[test]
fn the_hint_of_a_locked_key_has_the_end_of_the_lock() {
    let swr = MockSwr::builder()
        .auth(Auth::Verified)
        .frozen_at("2026-01-31T08:00:00Z")
        .start();
    let spoil = |draft: &mut Draft| draft.secret_key.push('x');
    for _ in 0..5 {
        send_drafted(&swr, "dev", &[], spoil);
    }
    let locked = send_drafted(&swr, "dev", &[], |_| {});
    let access_key = swr.user("dev").credentials().access_key;
    assert_eq!(
        locked.header("x-mock-hint"),
        format!(
            "access key {access_key} is locked after 5 wrong signatures in a row, until 2026-01-31T08:05:00.0Z \
             on the service's clock, which `advance` moves"
        )
    );
}

#[test]
fn a_signed_secret_header_is_not_in_a_hint() {
    let swr = verified();
    for (number, padding) in ["", " ", "x"].into_iter().enumerate() {
        let token = ("x-security-token", "t0ken");
        let response = send_drafted(&swr, &format!("user-{number}"), &[token], |draft| {
            draft.names.push_str(";x-security-token");
            draft.listed = draft.names.clone();
            let line = format!("x-security-token:t0ken{padding}\n");
            draft.headers.push_str(&line);
            if padding.is_empty() {
                draft.gap.clear();
            }
        });
        response.assert_refused(401, "APIGW.0301");
        assert!(
            !response.header("x-mock-hint").contains("t0ken"),
            "{response:?}"
        );
    }
}

/// The parts of a signature. They start as the service expects them, and tests change them.
struct Draft {
    method: String,
    path: String,
    query: String,
    /// One line for each header.
    headers: String,
    /// The text between the headers and their names.
    gap: String,
    names: String,
    hash: String,
    secret_key: String,
    /// The `SignedHeaders` of `Authorization`.
    listed: String,
    write: fn(&[u8]) -> String,
}

const BODY: &str = "{\"name\":\"web\"}\n";

impl Draft {
    fn of(request: &http::Request<&'static str>, keys: &Credentials) -> Draft {
        let header = |name: &str| request.headers()[name].to_str().unwrap();
        let names = "host;x-note;x-project-id;x-sdk-date";
        let headers = names
            .split(';')
            .map(|name| format!("{name}:{}\n", header(name)));
        Draft {
            method: "POST".to_owned(),
            path: "/v2/manage/namespaces/a%24b/repos/".to_owned(),
            query: "a=1&x=a%3Ab".to_owned(),
            headers: headers.collect(),
            gap: "\n".to_owned(),
            names: names.to_owned(),
            hash: hash(request.body()),
            secret_key: keys.secret_key.clone(),
            listed: names.to_owned(),
            write: hex,
        }
    }

    /// Returns the value of `Authorization`.
    fn sign(&self, access_key: &str, date: &str) -> String {
        let canonical = [
            &*self.method,
            &*self.path,
            &*self.query,
            &*[&*self.headers, &*self.gap, &*self.names].concat(),
            &*self.hash,
        ];
        let canonical = hash(&canonical.join("\n"));
        let mut hmac = Hmac::<Sha256>::new_from_slice(self.secret_key.as_bytes()).unwrap();
        hmac.update(format!("SDK-HMAC-SHA256\n{date}\n{canonical}").as_bytes());
        format!(
            "SDK-HMAC-SHA256 Access={access_key}, SignedHeaders={}, Signature={}",
            self.listed,
            (self.write)(&hmac.finalize().into_bytes())
        )
    }
}

fn hash(text: &str) -> String {
    hex(&Sha256::digest(text))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Sends a request that `user` signs with a changed draft. Returns the response.
fn send_drafted(
    swr: &MockSwr,
    user: &str,
    headers: &[(&str, &str)],
    change: impl FnOnce(&mut Draft),
) -> Response {
    let keys = swr.user(user).credentials();
    let url = format!(
        "{}/v2/manage/namespaces/a$b/repos?x=a:b&a=1",
        swr.endpoint()
    );
    let mut request = http::Request::post(url).header("x-note", "n");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(BODY).unwrap();
    // Adds the headers that a signature needs.
    swr.user(user).sign(&mut request);
    let mut draft = Draft::of(&request, &keys);
    change(&mut draft);
    let date = request.headers()["x-sdk-date"].to_str().unwrap();
    let authorization = draft.sign(&keys.access_key, date).parse().unwrap();
    request.headers_mut().insert("authorization", authorization);
    super::send(request)
}
