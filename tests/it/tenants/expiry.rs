//! Expiry of tokens, temporary keys, logins and registry tokens.

use std::time::Duration;

use mock_swr::{Auth, Credentials, MockSwr, Op, Permission, Refusal, World, days};
use serde_json::json;

use crate::registry::client::Registry;
use crate::support::{self, Client, HTTP};

const NAMESPACES: &str = "/v2/manage/namespaces";
const KEYS: &str = "/v3.0/OS-CREDENTIAL/securitytokens";

fn frozen(auth: Auth) -> MockSwr {
    MockSwr::builder()
        .auth(auth)
        .frozen_at("2026-01-31T08:00:00Z")
        .start()
}

/// Sends a request that is signed with these keys.
fn signed(swr: &MockSwr, keys: &Credentials) -> support::Response {
    let url = format!("{}{NAMESPACES}", swr.endpoint());
    let mut request = http::Request::get(url).body("").unwrap();
    keys.sign(&mut request);
    sent(request)
}

fn sent(request: http::Request<&'static str>) -> support::Response {
    let response = HTTP.execute(request.try_into().unwrap()).unwrap();
    support::Response {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        text: response.text().unwrap(),
    }
}

#[test]
fn a_token_expires_after_a_day_of_the_services_clock() {
    let swr = frozen(Auth::Identity);
    let admin = Client::admin(&swr);
    let token = swr.user("admin").token();
    swr.advance(days(1) - Duration::from_secs(1));
    assert_eq!(admin.get(NAMESPACES).status, 200);
    assert_eq!(swr.user("admin").token(), token);
    swr.advance(Duration::from_secs(1));
    let over = admin.get(NAMESPACES);
    over.assert_refused(401, "APIGW.0307");
    assert_eq!(
        over.header("x-mock-hint"),
        "the token of `admin` expired at 2026-02-01T08:00:00.0Z (by the service's clock or by `expire()`), \
         and it is now 2026-02-01T08:00:00.0Z"
    );
    let next = swr.user("admin").token();
    assert_ne!(next, token);
    assert_eq!(swr.user("admin").token(), next);
    assert_eq!(Client::admin(&swr).get(NAMESPACES).status, 200);
    swr.verify(Op::ListNamespaces)
        .refused(Refusal::TokenExpired)
        .once();
}

#[test]
fn temporary_keys_need_their_security_token_until_they_expire() {
    for auth in [Auth::Identity, Auth::Verified] {
        let swr = frozen(auth);
        let keys = swr.user("dev").temporary_credentials();
        assert_eq!(signed(&swr, &keys).status, 200);
        swr.verify(Op::ListNamespaces.by("dev")).once();

        let mut without = keys.clone();
        without.security_token = None;
        let refused = signed(&swr, &without);
        refused.assert_refused(401, "APIGW.0301");
        assert!(
            refused
                .header("x-mock-hint")
                .contains("X-Security-Token, which was not sent")
        );
        let mut other = keys.clone();
        other.security_token = swr.user("dev").temporary_credentials().security_token;
        signed(&swr, &other).assert_refused(401, "APIGW.0301");
        swr.verify(Op::ListNamespaces)
            .refused(Refusal::SecurityTokenWrong)
            .times(2);

        let mut wrong = keys.clone();
        wrong.secret_key = swr.user("dev").credentials().secret_key;
        let expected = if auth == Auth::Verified { 401 } else { 200 };
        assert_eq!(signed(&swr, &wrong).status, expected, "{auth:?}");

        swr.advance(days(1));
        let over = signed(&swr, &keys);
        over.assert_refused(401, "APIGW.0301");
        assert!(
            over.header("x-mock-hint")
                .starts_with("the temporary access key of `dev` expired at 2026-02-01T08:00:00.0Z"),
            "{over:?}"
        );
        swr.verify(Op::ListNamespaces)
            .refused(Refusal::TemporaryKeyExpired)
            .once();
        assert!(
            !swr.journal()
                .to_string()
                .contains(&keys.security_token.unwrap())
        );
    }
}

#[test]
fn iam_gives_temporary_keys_for_a_token_or_as_an_agency() {
    let swr = frozen(Auth::Verified);
    swr.user("deployers").trusts("partner");
    let credentials = |response: &support::Response| {
        assert_eq!(response.status, 201, "{response:?}");
        let given = response.json()["credential"].clone();
        let mut keys = swr.user("dev").credentials();
        let text = |key: &str| given[key].as_str().unwrap().to_owned();
        (keys.access_key, keys.secret_key) = (text("access"), text("secret"));
        keys.security_token = Some(text("securitytoken"));
        (keys, text("expires_at"))
    };
    let body = |token: serde_json::Value| json!({"auth": {"identity": {"methods": ["token"], "token": token}}});
    let dev = Client::user(&swr, "dev");
    let (keys, expires) = credentials(&dev.post(KEYS, body(json!({"duration_seconds": 3600}))));
    assert_eq!(expires, "2026-01-31T09:00:00.000000Z");
    assert_eq!(signed(&swr, &keys).status, 200);
    let of_admin = body(json!({"id": swr.user("admin").token()}));
    let (keys, expires) = credentials(&dev.post(KEYS, of_admin.clone()));
    assert_eq!(
        expires, "2026-01-31T08:15:00.000000Z",
        "900 seconds is the default"
    );
    assert_eq!(signed(&swr, &keys).status, 200);
    swr.verify(Op::ListNamespaces.by("admin")).once();
    let assume = json!({"auth": {"identity": {"methods": ["assume_role"], "assume_role": {
        "domain_name": "acme", "agency_name": "deployers", "duration_seconds": 900,
    }}}});
    let eve = Client::user(&swr, "partner/eve");
    let mut agency = credentials(&eve.post(KEYS, assume.clone())).0;
    agency.project_id = swr.credentials().project_id;
    assert_eq!(signed(&swr, &agency).status, 200);
    swr.verify(Op::ListNamespaces.by("deployers")).once();

    // This request is signed with the older keys.
    let mut request = http::Request::post(format!("{}{KEYS}", swr.endpoint()))
        .body(r#"{"auth": {"identity": {"methods": ["token"]}}}"#)
        .unwrap();
    swr.user("dev").sign(&mut request);
    assert_eq!(sent(request).status, 201);

    let refused = |response: support::Response, status: u16, code: &str| {
        let seen = response.json()["error_code"].as_str().unwrap().to_owned();
        assert_eq!((response.status, &*seen), (status, code), "{response:?}");
    };
    for seconds in [899, 86_401] {
        refused(
            dev.post(KEYS, body(json!({"duration_seconds": seconds}))),
            400,
            "IAM.0011",
        );
    }
    refused(
        dev.post(KEYS, json!({"auth": {"identity": {"methods": ["x"]}}})),
        400,
        "IAM.0011",
    );
    refused(dev.post(KEYS, assume), 403, "IAM.0002");
    refused(dev.post(KEYS, body(json!({"id": "MIIT"}))), 401, "IAM.0067");
    refused(
        Client::anonymous(&swr).post(KEYS, body(json!({}))),
        401,
        "IAM.0001",
    );
    swr.advance(days(1));
    let mut request = http::Request::get(format!("{}/v5/caller-identity", swr.endpoint()))
        .body("")
        .unwrap();
    keys.sign(&mut request);
    refused(sent(request), 400, "IAM.1108");
    swr.user("admin").expire();
    refused(
        Client::user(&swr, "dev").post(KEYS, of_admin),
        401,
        "IAM.0066",
    );
}

#[test]
fn expire_ends_only_the_temporary_credentials_of_a_user() {
    let swr = frozen(Auth::Identity);
    swr.seed_repo("group/web").image("v1");
    swr.user("dev").grant("group", Permission::Read);
    let (dev, admin) = (Client::user(&swr, "dev"), Client::admin(&swr));
    let keys = swr.user("dev").temporary_credentials();
    let secret = dev.post("/v2/manage/utils/secret", json!({}));
    let command: Vec<&str> = secret.header("x-swr-dockerlogin").split(' ').collect();
    let login = || Registry::basic(&swr, (command[3].to_owned(), command[5].to_owned()));
    let scope = "repository:group/web:pull";
    let docker = login().with_token_for(scope);
    let pull = |docker: &Registry| docker.get("/v2/group/web/manifests/v1").status;
    assert_eq!((pull(&docker), signed(&swr, &keys).status), (200, 200));

    swr.user("dev").expire();
    dev.get(NAMESPACES).assert_refused(401, "APIGW.0307");
    signed(&swr, &keys).assert_refused(401, "APIGW.0301");
    assert_eq!(pull(&docker), 401);
    login().request_token(scope).assert_unauthenticated();

    assert_eq!(admin.get(NAMESPACES).status, 200, "another user");
    assert_eq!(
        signed(&swr, &swr.user("dev").credentials()).status,
        200,
        "the long-term keys stay valid"
    );
    assert_eq!(pull(&Registry::token(&swr, "dev", scope)), 200);
    assert_eq!(
        Client::user(&swr, "dev").get(NAMESPACES).status,
        200,
        "the next token is valid"
    );
}

#[test]
fn temporary_keys_are_accepted_by_the_registry_until_they_expire() {
    let swr = frozen(Auth::Identity);
    swr.seed_repo("group/web").image("v1");
    let login = swr.user("admin").temporary_credentials().registry_login();
    let docker = Registry::basic(&swr, login);
    assert_eq!(
        docker.request_token("repository:group/web:pull").status,
        200
    );
    swr.advance(days(1));
    docker
        .request_token("repository:group/web:pull")
        .assert_unauthenticated();
    swr.verify(Op::GetRegistryToken)
        .refused(Refusal::LoginExpired)
        .once();
}

#[test]
fn issued_credentials_survive_a_restore_of_an_older_world() {
    let swr = frozen(Auth::Identity);
    let admin = Client::admin(&swr);
    let before = swr.world();
    swr.advance(days(2));
    admin.get(NAMESPACES).assert_refused(401, "APIGW.0307");
    swr.restore(&before);
    assert_eq!(admin.get(NAMESPACES).status, 200);
}

#[test]
fn a_project_or_account_of_another_user_is_refused() {
    let swr = frozen(Auth::Identity);
    let eve = swr.user("partner/eve").credentials();
    let get = |name: &str, value: &str| {
        let request = Client::admin(&swr).request(reqwest::Method::GET, NAMESPACES);
        support::send(request.header(name, value)).unwrap()
    };
    let own = swr.credentials();
    for (name, good, bad) in [
        ("X-Project-Id", own.project_id, &eve.project_id),
        ("X-Domain-Id", own.domain_id, &eve.domain_id),
    ] {
        assert_eq!(get(name, &good).status, 200);
        assert_eq!(get(name, "0123").status, 200, "the number is unused");
        let refused = get(name, bad);
        refused.assert_refused(403, "SVCSTG.SWR.4039001");
        assert!(
            refused
                .header("x-mock-hint")
                .contains("belongs to account `partner`"),
            "{refused:?}"
        );
    }
    let path = format!("/v2/manage/projects/{}/quotas", eve.project_id);
    Client::admin(&swr)
        .get(&path)
        .assert_refused(403, "SVCSTG.SWR.4039001");
    swr.verify(Op::ListQuotas.by("admin"))
        .refused(Refusal::ProjectForeign)
        .once();
}

#[test]
fn a_file_keeps_expired_and_valid_tokens_as_they_are() {
    let swr = frozen(Auth::Identity);
    let of = |swr: &MockSwr| ["admin", "dev", "ops"].map(|user| swr.user(user).token());
    let first = of(&swr);
    swr.user("dev").expire();
    let file: World = swr.world().to_json().parse().unwrap();
    let copy = MockSwr::builder().world(file).start();
    let again = of(&copy);
    assert_eq!((&again[0], &again[2]), (&first[0], &first[2]));
    assert_eq!(
        again[1],
        swr.user("dev").token(),
        "the next id, in both servers"
    );
    with_token(&copy, &first[1]).assert_refused(401, "APIGW.0301");
    for token in &again {
        assert_eq!(with_token(&copy, token).status, 200);
    }
    assert_eq!(copy.world().to_json(), swr.world().to_json());

    swr.advance(days(1));
    let file: World = swr.world().to_json().parse().unwrap();
    let later = MockSwr::builder().world(file).start();
    let renewed = of(&later);
    assert!(
        renewed.iter().all(|token| !again.contains(token)),
        "all had expired"
    );
    assert_eq!(renewed, of(&swr));
}

#[test]
fn the_administrators_token_is_valid_for_a_day_of_an_advanced_clock() {
    let swr = MockSwr::start();
    swr.advance(days(30) + Duration::from_millis(1500));
    let file: World = swr.world().to_json().parse().unwrap();
    let ahead = MockSwr::builder().world(file).start();
    assert_eq!(Client::admin(&ahead).get(NAMESPACES).status, 200);
    assert_eq!(ahead.user("admin").token(), swr.user("admin").token());
}

/// Returns the response to a client with this token.
fn with_token(swr: &MockSwr, token: &str) -> support::Response {
    let request = support::HTTP.get(format!("{}{NAMESPACES}", swr.endpoint()));
    support::send(request.header("X-Auth-Token", token)).unwrap()
}

#[test]
fn credentials_issued_before_a_restore_belong_to_no_other_user() {
    let swr = frozen(Auth::Identity);
    swr.seed_repo("group/web").image("v1");
    let users = ["admin", "dev"];
    let before = swr.world();
    let fork = MockSwr::builder().world(before.clone()).start();
    let given = |swr: &MockSwr, user: &str| {
        let body = json!({"auth": {"identity": {"methods": ["token"], "token": {"id": swr.user(user).token()}}}});
        let request = support::HTTP
            .post(format!("{}/v3/auth/tokens", swr.endpoint()))
            .json(&body);
        let token = support::send(request).unwrap();
        let secret = Client::user(swr, user).post("/v2/manage/utils/secret", json!({}));
        [
            token.header("x-subject-token").to_owned(),
            swr.user(user).temporary_credentials().access_key,
            secret.header("x-swr-dockerlogin").to_owned(),
        ]
    };
    let of_admin = given(&swr, users[0]);
    assert!(of_admin.iter().all(|text| text.len() > 8), "{of_admin:?}");
    assert_ne!(of_admin, given(&fork, users[1]));
    swr.restore(&before);
    let again = given(&swr, users[0]);
    assert!(of_admin.iter().all(|text| !again.contains(text)));
    let same = given(&MockSwr::builder().world(before).start(), users[0]);
    assert_eq!(
        of_admin[..2],
        same[..2],
        "these credentials are the same in every run"
    );
    for text in given(&fork, users[1]) {
        assert!(!of_admin.contains(&text) && !again.contains(&text));
    }
}

#[test]
fn calls_with_expired_credentials_have_their_owner_as_caller() {
    let swr = frozen(Auth::Identity);
    swr.seed_repo("group/web").image("v1");
    let dev = swr.user("dev").grant("group", Permission::Read);
    let (client, keys) = (Client::user(&swr, "dev"), dev.temporary_credentials());
    let docker = Registry::token(&swr, "dev", "repository:group/web:pull");
    dev.expire();
    client.get(NAMESPACES);
    signed(&swr, &keys);
    docker.get("/v2/group/web/manifests/v1");
    let listed = swr.verify(Op::ListNamespaces.by("dev"));
    listed.answered(401).times(2);
    swr.verify(Op::GetManifest.by("dev"))
        .refused(Refusal::TokenExpired)
        .once();

    // A client that signs in has no credentials yet.
    let keys = dev.credentials();
    for (password, status) in [(&*keys.password, 201), ("wrong", 401)] {
        let user = json!({"id": keys.user_id, "password": password});
        let identity = json!({"methods": ["password"], "password": {"user": user}});
        let request = support::HTTP.post(format!("{}/v3/auth/tokens", swr.endpoint()));
        let body = json!({"auth": {"identity": identity}});
        assert_eq!(support::send(request.json(&body)).unwrap().status, status);
        swr.verify(Op::CreateToken.by("dev"))
            .answered(status)
            .once();
    }
}

#[test]
fn each_region_has_a_separate_token_also_in_a_file() {
    let swr = frozen(Auth::Identity);
    let east = swr.region("cn-east-3");
    swr.user("dev");
    let half = Duration::from_secs(12 * 3600);
    swr.advance(half);
    let there = east.user("dev").token();
    swr.advance(half);
    assert_eq!(
        east.user("dev").token(),
        there,
        "the token of the own region has expired"
    );
    let here = swr.user("dev").token();
    let file: World = swr.world().to_json().parse().unwrap();
    let copy = MockSwr::builder().world(file).start();
    assert_eq!(copy.user("dev").token(), here);
    assert_eq!(copy.region("cn-east-3").user("dev").token(), there);
    assert_eq!(copy.world().to_json(), swr.world().to_json());
}
