//! A service that is busy or down, or revokes access, and clients that handle it.

use std::time::Duration;

use mock_swr::{Answer, Calls, MockSwr, Op, Permission, Refusal, World};
use reqwest::blocking::RequestBuilder;
use serde_json::{Value, json};

use crate::registry::client::{Registry, docker_image};
use crate::support::{self, Client, HTTP, panic_of, send, send_and_wait};

const NAMESPACES: &str = "/v2/manage/namespaces";
const REPOS: &str = "/v2/manage/namespaces/group/repos";
const WEB_SCOPE: &str = "repository:group/web:pull,push";
const WEB: &str = "/v2/manage/namespaces/group/repos/web";

/// Sends a request up to `times` times, until the status is neither 429 nor 5xx.
fn retry(times: usize, send: impl Fn() -> support::Response) -> support::Response {
    let tries = (0..times).map(|_| send());
    let mut responses = tries.skip_while(|response| matches!(response.status, 429 | 500..=599));
    responses
        .next()
        .unwrap_or_else(|| panic!("the service was still busy after {times} requests"))
}

#[test]
fn throttling_has_the_format_of_each_api_and_a_retry_after() {
    for when in ["2", "Wed, 21 Oct 2026 07:28:00 GMT"] {
        let swr = MockSwr::start();
        swr.seed_repo("group/web").image("v1");
        let (admin, docker) = (
            Client::admin(&swr),
            Registry::token(&swr, "admin", WEB_SCOPE),
        );
        let busy = || Answer::from(Refusal::Throttled).header("Retry-After", when);

        swr.on(Op::ListNamespaces, busy());
        let response = admin.get(NAMESPACES);
        response.assert_refused(429, "APIGW.0308");
        assert_eq!(response.header("retry-after"), when);
        assert_eq!(admin.get(NAMESPACES).status, 200);

        swr.on(Op::CreateToken, busy());
        let response = Client::anonymous(&swr).post("/v3/auth/tokens", login(&swr));
        assert_eq!(
            (response.status, response.header("retry-after")),
            (429, when)
        );
        assert_eq!(response.json()["error"]["code"], 429, "{response:?}");

        swr.on(Op::GetManifest, busy());
        let response = docker.get("/v2/group/web/manifests/v1");
        response.assert_error(429, "TOOMANYREQUESTS");
        assert_eq!(response.header("retry-after"), when);
        docker.get("/v2/group/web/manifests/v1").assert_status(200);
    }
}

#[test]
fn the_service_throttles_after_the_planned_number_of_pushes() {
    let swr = MockSwr::start();
    let web = swr.seed_repo("group/web");
    let docker = Registry::token(&swr, "admin", WEB_SCOPE);
    docker.push_image("group/web", "v0", "a layer");
    swr.on(
        Op::PutManifest.repo("group/web"),
        Answer::real().times(2).then(
            Answer::from(Refusal::Throttled)
                .header("Retry-After", "0")
                .times(3),
        ),
    );
    for tag in ["v1", "v2", "v3"] {
        let put = || docker.put("group/web", tag, &docker_image("a layer"));
        assert_eq!(retry(4, put).status, 201);
    }
    assert_eq!(web.tags(), ["v0", "v1", "v2", "v3"]);
    swr.verify(Op::PutManifest.tag("v3")).answered(429).times(3);
}

#[test]
fn a_client_retries_a_series_of_failures_and_the_service_acts_once() {
    let swr = MockSwr::start();
    let admin = Client::admin(&swr);
    swr.on(
        Op::CreateNamespace,
        Answer::status(500)
            .then([502, 503, 504])
            .then([Answer::close(), Answer::reset()]),
    );
    let post = || {
        let request = admin.request(reqwest::Method::POST, NAMESPACES);
        send(request.json(&json!({"namespace": "group"})))
    };
    let outcomes: Vec<Option<u16>> = (0..7).map(|_| Some(post().ok()?.status)).collect();
    // reqwest may itself retry a request that was reset on a reused connection.
    assert_eq!(outcomes[..4], [500, 502, 503, 504].map(Some));
    assert!(outcomes[4..].contains(&Some(201)), "{outcomes:?}");
    swr.verify(Op::CreateNamespace).answered(201).once();
}

#[test]
fn an_outage_applies_to_all_calls_until_it_is_removed_and_changes_nothing() {
    let swr = MockSwr::start();
    swr.seed_repo("group/web").image("v1");
    let (admin, docker) = (
        Client::admin(&swr),
        Registry::token(&swr, "admin", WEB_SCOPE),
    );
    let before = swr.world().to_json();

    let outage = swr.on(Calls::any(), Answer::status(503).always());
    assert_eq!(admin.get(NAMESPACES).status, 503);
    assert_eq!(admin.delete(WEB).status, 503);
    assert_eq!(admin.post("/v3/auth/tokens", login(&swr)).status, 503);
    docker.get("/v2/").assert_status(503);
    docker.get("/v2/group/web/manifests/v1").assert_status(503);
    assert_eq!(outage.fired(), 5);
    assert_eq!(swr.world().to_json(), before);

    outage.remove();
    assert_eq!(admin.get(NAMESPACES).status, 200);
    docker.get("/v2/group/web/manifests/v1").assert_status(200);
    assert_eq!(outage.fired(), 5);
}

#[test]
fn an_outage_can_except_an_operation_and_end_while_a_client_retries() {
    let swr = MockSwr::start();
    let admin = Client::admin(&swr);
    let outage = swr.on(
        Calls::any().except([Op::ListQuotas]),
        Answer::status(503).always(),
    );
    assert_eq!(admin.get("/v2/manage/projects/p/quotas").status, 200);
    let response = retry(5, || {
        let response = admin.get(NAMESPACES);
        if outage.fired() == 3 {
            outage.remove();
        }
        response
    });
    assert_eq!(response.status, 200);
    swr.verify(Op::ListNamespaces).times(4);
}

/// Returns the body of a token request of the administrator.
fn login(swr: &MockSwr) -> Value {
    let admin = swr.credentials();
    let user = json!({
        "name": admin.user, "password": admin.password, "domain": {"name": admin.account},
    });
    let identity = json!({"methods": ["password"], "password": {"user": user}});
    let scope = json!({"project": {"name": admin.region}});
    json!({"auth": {"identity": identity, "scope": scope}})
}

/// A client that requests a token, and another one when the gateway reports that it has expired.
struct Renewing<'a> {
    swr: &'a MockSwr,
    token: std::cell::RefCell<String>,
}

impl Renewing<'_> {
    fn new(swr: &MockSwr) -> Renewing<'_> {
        let token = std::cell::RefCell::default();
        let client = Renewing { swr, token };
        client.renew();
        client
    }

    fn renew(&self) {
        let response = Client::anonymous(self.swr).post("/v3/auth/tokens", login(self.swr));
        assert_eq!(response.status, 201, "{response:?}");
        *self.token.borrow_mut() = response.header("x-subject-token").to_owned();
    }

    fn get(&self, path: &str) -> support::Response {
        let request = || -> RequestBuilder {
            let url = format!("{}{path}", self.swr.endpoint());
            HTTP.get(url).header("X-Auth-Token", &*self.token.borrow())
        };
        let response = send(request()).unwrap();
        if response.status != 401 || response.code() != "APIGW.0307" {
            return response;
        }
        self.renew();
        send(request()).unwrap()
    }
}

#[test]
fn a_token_is_renewed_after_a_planned_expiry() {
    let swr = MockSwr::start();
    let client = Renewing::new(&swr);
    let ends = Answer::real().times(3).then(Refusal::TokenExpired);
    swr.on(Op::ListNamespaces, ends);
    for _ in 0..5 {
        assert_eq!(client.get(NAMESPACES).status, 200);
    }
    swr.verify(Op::CreateToken).times(2);
    swr.verify(Op::ListNamespaces).times(6);
    swr.verify(Op::ListNamespaces)
        .refused(Refusal::TokenExpired)
        .once();
}

#[test]
fn a_token_is_renewed_after_a_real_expiry() {
    let swr = MockSwr::start();
    let client = Renewing::new(&swr);
    assert_eq!(client.get(NAMESPACES).status, 200);
    swr.advance(Duration::from_secs(25 * 60 * 60));
    assert_eq!(client.get(NAMESPACES).status, 200);
    swr.verify(Op::CreateToken).times(2);
    swr.verify(Op::ListNamespaces)
        .refused(Refusal::TokenExpired)
        .once();
}

#[test]
fn a_registry_token_that_expires_during_a_pull_is_challenged_and_replaced() {
    let swr = MockSwr::start();
    swr.seed_repo("group/web").image("v1");
    let docker = Registry::token(&swr, "admin", WEB_SCOPE);
    swr.on(Op::GetManifest, Answer::real().then(Refusal::TokenExpired));
    docker.get("/v2/group/web/manifests/v1").assert_status(200);
    let refused = docker.get("/v2/group/web/manifests/v1");
    refused.assert_error(401, "UNAUTHORIZED");
    let challenge = refused.header("www-authenticate");
    assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
    let docker = Registry::token(&swr, "admin", WEB_SCOPE);
    docker.get("/v2/group/web/manifests/v1").assert_status(200);
}

#[test]
fn a_held_request_is_refused_if_its_permission_is_revoked() {
    let swr = MockSwr::start();
    let web = swr.seed_repo("group/web").image("v1");
    let dev = swr.user("dev").grant("group", Permission::Manage);
    let client = Client::user(&swr, "dev");
    let held = swr.on(Op::DeleteRepo.by("dev"), Answer::real().hold_request());
    std::thread::scope(|scope| {
        let deleting = scope.spawn(|| client.delete(WEB));
        swr.wait_for(Op::DeleteRepo).block();
        dev.revoke("group");
        held.release();
        let response = deleting.join().unwrap();
        response.assert_refused(403, "SVCSTG.SWR.4037018");
    });
    assert!(web.exists());
    swr.verify(Op::DeleteRepo)
        .refused(Refusal::PermissionDenied)
        .once();
}

#[test]
fn a_push_fails_if_its_permission_is_revoked_between_blobs_and_manifest() {
    let swr = MockSwr::start();
    let web = swr.seed_repo("group/web");
    let dev = swr.user("dev").grant("group", Permission::Write);
    let docker = Registry::token(&swr, "dev", WEB_SCOPE);
    docker.push_image("group/web", "v1", "a layer");
    let held = swr.on(Op::PutManifest, Answer::real().hold_request());
    std::thread::scope(|scope| {
        let pushing = scope.spawn(|| docker.put("group/web", "v2", &docker_image("a layer")));
        swr.wait_for(Op::PutManifest.tag("v2")).block();
        dev.revoke("group");
        held.release();
        pushing.join().unwrap().assert_error(403, "DENIED");
    });
    assert_eq!(web.tags(), ["v1"]);
}

#[test]
fn a_quota_is_exceeded_by_a_plan_or_in_fact() {
    let create = |client: &Client, name: &str| {
        client.post(REPOS, json!({"repository": name, "is_public": false}))
    };
    let planned = MockSwr::start();
    planned.seed_namespace("group");
    let full = Answer::from(Refusal::RepoQuota).always();
    let quota = planned.on(Op::CreateRepo, Answer::real().then(full));

    let world: World =
        r#"{"accounts": {"acme": {"quota": {"repos": 1}}}, "namespaces": {"group": {}}}"#
            .parse()
            .unwrap();
    let real = MockSwr::builder().world(world).start();

    for swr in [&planned, &real] {
        let admin = Client::admin(swr);
        assert_eq!(create(&admin, "one").status, 201);
        for _ in 0..2 {
            create(&admin, "two").assert_refused(400, "SVCSTG.SWR.4000098");
        }
        assert_eq!(swr.namespace("group").repos(), ["one"]);
    }
    // A deletion makes room.
    quota.remove();
    assert_eq!(create(&Client::admin(&planned), "two").status, 201);
    real.repo("group/one").delete();
    assert_eq!(create(&Client::admin(&real), "two").status, 201);
}

#[test]
fn the_service_may_have_acted_before_a_client_times_out() {
    let swr = MockSwr::start();
    let admin = Client::admin(&swr);
    for (answer, then) in [
        (Answer::real().hold(), 409),
        (Answer::from(Refusal::BackendTimeout).hold(), 201),
    ] {
        swr.restore(&MockSwr::start().world());
        let held = swr.on(Op::CreateNamespace, answer);
        let body = json!({"namespace": "group"});
        let later = swr.from_now();
        let client = send_and_wait(&swr, &format!("POST {NAMESPACES}"), &body.to_string());
        let is_held = |_: &MockSwr| {
            later
                .calls(Op::CreateNamespace)
                .iter()
                .any(|call| call.status().is_some())
        };
        swr.wait_until("the response is held", is_held).block();
        drop(client);
        held.release();
        assert_eq!(admin.post(NAMESPACES, body).status, then);
    }
}

#[test]
fn an_unused_outage_fails_the_test() {
    let swr = MockSwr::start();
    swr.on(Calls::any(), Answer::status(503).always());
    let report = panic_of(|| swr.check());
    assert!(report.contains("on(any call, 503 always)"), "{report}");
    let _ = panic_of(|| drop(swr));
}
