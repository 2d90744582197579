//! Clients in other languages, replayed request by request: the requests they send and the responses they need.

use mock_swr::{Auth, Calls, Credentials, Level, MockSwr, Op, Permission, ProblemKind};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{HTTP, Response};

/// A client that signs like golangsdk: it signs few headers and not the host, and adds project and account after
/// signing. A body ends in a line feed.
pub(super) struct Go {
    endpoint: String,
    keys: Credentials,
    /// The id that the client looked up at IAM.
    project_id: String,
    domain_id: String,
    /// The status codes that this client accepts as success. Every other code is an error to it.
    accepts: fn(&Method) -> &'static [u16],
}

impl Go {
    /// Returns the client of terraform-provider-huaweicloud.
    pub(super) fn terraform(swr: &MockSwr, user: &str) -> Go {
        let mut go = Go {
            endpoint: swr.endpoint().to_owned(),
            keys: swr.user(user).credentials(),
            project_id: String::new(),
            domain_id: String::new(),
            accepts: |method| match method.as_str() {
                "POST" | "PUT" => &[200, 201, 202],
                "PATCH" => &[200, 201, 202, 204],
                "DELETE" => &[200, 202, 204],
                _ => &[200],
            },
        };
        go.look_up();
        go
    }

    /// Returns the client of terraform-provider-opentelekomcloud.
    fn otc(swr: &MockSwr, user: &str) -> Go {
        let mut go = Go {
            accepts: |method| match method.as_str() {
                "POST" => &[201, 202],
                "PATCH" => &[201],
                "DELETE" => &[202, 204],
                _ => &[200],
            },
            ..Go::terraform(swr, user)
        };
        go.domain_id.clear();
        go
    }

    /// The client sends these requests at plan and again at apply.
    fn look_up(&mut self) {
        let projects = self.get("/v3/projects?name=cn-north-4");
        let [project] = projects["projects"].as_array().unwrap().as_slice() else {
            panic!("exactly one project: {projects}")
        };
        assert!(
            projects["links"]["next"].is_null(),
            "the client reads pages by this link"
        );
        self.project_id = project["id"].as_str().unwrap().to_owned();
        let domains = self.get("/v3/auth/domains");
        self.domain_id = domains["domains"][0]["id"].as_str().unwrap().to_owned();
    }

    pub(super) fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Response {
        // json.Encoder adds a line feed at the end.
        let body = body.map_or(String::new(), |body| format!("{body}\n"));
        let url = format!("{}{path}", self.endpoint);
        let mut request = http::Request::builder().method(&method).uri(&url);
        request = request
            .header("Accept", "application/json")
            .header("User-Agent", "terraform-provider-iac golangsdk/2.0.0");
        if !body.is_empty() {
            request = request.header("Content-Type", "application/json");
        }
        let mut request = request.body(body).unwrap();
        sign(&mut request, &self.keys);
        let headers = request.headers_mut();
        for (name, value) in [
            ("X-Project-Id", &self.project_id),
            ("X-Domain-Id", &self.domain_id),
        ] {
            if !value.is_empty() {
                headers.insert(name, value.parse().unwrap());
            }
        }
        if let Some(token) = &self.keys.security_token {
            headers.insert("X-Security-Token", token.parse().unwrap());
        }
        let response = HTTP.execute(request.try_into().unwrap()).unwrap();
        Response {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            text: response.text().unwrap(),
        }
    }

    /// Asserts a response that is a success to this client, with a JSON body unless the request is a DELETE.
    #[track_caller]
    fn done(&self, method: Method, path: &str, body: Option<&Value>) -> Value {
        let response = self.send(method.clone(), path, body);
        let accepted = (self.accepts)(&method).contains(&response.status);
        assert!(accepted, "{method} {path}: {response:?}");
        if response.text.is_empty() {
            assert!(
                response.status == 204,
                "the decoder of the client fails at an empty body: {response:?}"
            );
            return Value::Null;
        }
        response.json()
    }

    #[track_caller]
    pub(super) fn get(&self, path: &str) -> Value {
        self.done(Method::GET, path, None)
    }

    #[track_caller]
    fn post(&self, path: &str, body: Value) -> Value {
        self.done(Method::POST, path, Some(&body))
    }
}

impl Go {
    /// Replays terraform's update of permissions, of an organization or of a repository.
    ///
    /// It deletes all old grants and looks up the name of each user again, even if it knows the name. Then it creates
    /// the new grants and reads the result.
    #[track_caller]
    fn update_grants(&self, access: &str, old: &[&str], new: &[(&str, u8)]) -> Value {
        let deleted = self.send(Method::DELETE, access, Some(&json!(old)));
        assert_eq!(deleted.status, 204, "{deleted:?}");
        let grant = |(user_id, auth): &(&str, u8)| {
            let shown = self.get(&format!("/v3.0/OS-USER/users/{user_id}"));
            let name = shown["user"]["name"].as_str().unwrap();
            json!({"user_id": user_id, "user_name": name, "auth": auth})
        };
        let grants: Vec<Value> = new.iter().map(grant).collect();
        let made = self.send(Method::POST, access, Some(&json!(grants)));
        assert_eq!(made.status, 201, "{made:?}");
        self.get(access)
    }
}

/// Signs the headers that the request has so far, which are not all that are sent later. It does not use
/// [`Credentials::sign`], because that function adds its own headers.
fn sign(request: &mut http::Request<String>, keys: &Credentials) {
    use hmac::{Hmac, Mac};
    use sha2::{Digest, Sha256};

    let mut dated = http::Request::get(request.uri()).body("").unwrap();
    keys.sign(&mut dated);
    let date = dated.headers()["x-sdk-date"].clone();
    request.headers_mut().insert("x-sdk-date", date.clone());
    let mut names: Vec<&str> = request
        .headers()
        .keys()
        .map(http::HeaderName::as_str)
        .collect();
    names.sort_unstable();
    let headers: String = names
        .iter()
        .map(|name| format!("{name}:{}\n", request.headers()[*name].to_str().unwrap()))
        .collect();
    let hex = |bytes: &[u8]| {
        bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    let path = request.uri().path().replace('$', "%24");
    // A filter is sent as it is, and encoded in the signature.
    let query = request.uri().query().unwrap_or_default();
    let query = query.replace(':', "%3A").replace('|', "%7C");
    let mut query: Vec<&str> = query.split('&').collect();
    query.sort_unstable();
    let canonical = format!(
        "{}\n{path}/\n{}\n{headers}\n{}\n{}",
        request.method(),
        query.join("&"),
        names.join(";"),
        hex(&Sha256::digest(request.body()))
    );
    let date = date.to_str().unwrap();
    let text = format!(
        "SDK-HMAC-SHA256\n{date}\n{}",
        hex(&Sha256::digest(canonical))
    );
    let mut mac = Hmac::<Sha256>::new_from_slice(keys.secret_key.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    let signature = hex(&mac.finalize().into_bytes());
    let authorization = format!(
        "SDK-HMAC-SHA256 Access={}, SignedHeaders={}, Signature={signature}",
        keys.access_key,
        names.join(";")
    );
    request
        .headers_mut()
        .insert("authorization", authorization.parse().unwrap());
}

pub(super) fn verified() -> MockSwr {
    MockSwr::builder()
        .auth(Auth::Verified)
        .level(ProblemKind::ContractBroken, Level::Fail)
        .level(ProblemKind::FieldUnknown, Level::Fail)
        .start()
}

#[test]
fn terraform_plans_and_applies_an_organization_with_permissions() {
    let swr = verified();
    let dev = swr.user("dev").credentials();
    // Plan and apply are separate processes, and each looks up project and account.
    drop(Go::terraform(&swr, "admin"));
    let go = Go::terraform(&swr, "admin");
    assert_eq!(
        go.send(
            Method::POST,
            "/v2/manage/namespaces",
            Some(&json!({"namespace": "group"}))
        )
        .status,
        201
    );
    let organization = go.get("/v2/manage/namespaces/group");
    assert_eq!(organization["creator_name"], "admin");
    let access = "/v2/manage/namespaces/group/access";
    assert_eq!(go.get(access)["self_auth"]["auth"], 7);

    let user = |auth: u8| json!([{"user_id": dev.user_id, "user_name": "dev", "auth": auth}]);
    go.post(access, user(1));
    let others = |go: &Go| {
        let shown = go.get(access);
        let own = shown["self_auth"]["user_name"].clone();
        let others = shown["others_auths"].as_array().unwrap().clone();
        others
            .into_iter()
            .filter(|other| other["user_name"] != own)
            .collect::<Vec<_>>()
    };
    assert_eq!(others(&go), user(1).as_array().unwrap().clone());
    go.update_grants(access, &[&dev.user_id], &[(&dev.user_id, 7)]);
    assert_eq!(
        swr.namespace("group").permission_of("dev"),
        Some(Permission::Manage)
    );
    assert_eq!(
        go.send(Method::DELETE, "/v2/manage/namespaces/group", None)
            .status,
        204
    );
    swr.verify(Op::ListProjects).times(2);
    swr.verify(Op::ListAuthDomains).times(2);
    assert!(
        swr.ops(Calls::any())
            .starts_with(&[Op::ListProjects, Op::ListAuthDomains])
    );
}

#[test]
fn terraform_shares_a_nested_repository_and_grants_on_it() {
    let swr = verified();
    swr.seed_namespace("group");
    swr.user("partner/eve");
    let dev = swr.user("dev").credentials();
    let go = Go::terraform(&swr, "admin");
    let body = json!({"repository": "one/two", "category": "linux", "description": "", "is_public": false});
    go.post("/v2/manage/namespaces/group/repos", body);
    let repo = "/v2/manage/namespaces/group/repos/one$two";
    assert_eq!(go.get(repo)["is_public"], false);

    let shares = "/v2/manage/namespaces/group/repositories/one$two/access-domains";
    let share = json!({
        "access_domain": "partner", "permit": "read", "deadline": "2099-01-01T00:00:00Z", "description": "x",
    });
    go.post(shares, share);
    let shown = go.get(&format!("{shares}/partner"));
    assert_eq!(
        (&shown["exist"], &shown["deadline"]),
        (&json!(true), &json!("2099-01-01T00:00:00Z"))
    );
    let change = json!({"permit": "read", "deadline": "forever", "description": ""});
    assert_eq!(
        go.send(Method::PATCH, &format!("{shares}/partner"), Some(&change))
            .status,
        201
    );
    let listed = go.get("/v2/manage/shared-repositories?center=self&limit=10&offset=0");
    assert_eq!(
        listed[0]["total_range"], 1,
        "without it, the provider requests pages forever"
    );
    go.done(Method::DELETE, &format!("{shares}/partner"), None);
    // The client recognizes a deleted item by `exist` or by this code.
    assert_eq!(go.get(&format!("{shares}/partner"))["exist"], false);
    let gone = go.send(Method::DELETE, &format!("{shares}/partner"), None);
    gone.assert_refused(400, "SVCSTG.SWR.4001090");

    let access = format!("{repo}/access");
    let user = json!([{"user_id": dev.user_id, "user_name": "dev", "auth": 3}]);
    assert_eq!(go.send(Method::POST, &access, Some(&user)).status, 201);
    assert_eq!(go.get(&access)["others_auths"], user);
    assert_eq!(
        go.send(Method::DELETE, &access, Some(&json!([dev.user_id])))
            .status,
        204
    );
    assert_eq!(go.get("/v2/manage/agency")["is_agency"], false);
    assert_eq!(go.send(Method::POST, "/v2/manage/agency", None).status, 204);
    assert!(go.get("/v2/manage/overview")["namspace_num"].is_u64());
    assert_eq!(go.get("/v2/manage/regions")[0]["regionID"], "cn-north-4");
}

#[test]
fn terraform_updates_permissions_in_its_order() {
    let swr = verified();
    swr.seed_repo("group/one/two");
    let (dev, ops) = (swr.user("dev").credentials(), swr.user("ops").credentials());
    let go = Go::terraform(&swr, "admin");
    for access in [
        "/v2/manage/namespaces/group/access",
        "/v2/manage/namespaces/group/repos/one$two/access",
    ] {
        let name = |user_id: &str, name: &str, auth: u8| json!({"user_id": user_id, "user_name": name, "auth": auth});
        go.post(access, json!([name(&dev.user_id, "dev", 1)]));
        let new = [(&*ops.user_id, 3), (&*dev.user_id, 7)];
        let read = go.update_grants(access, &[&dev.user_id], &new);
        let others = read["others_auths"].as_array().unwrap().iter();
        let others: Vec<&Value> = others
            .filter(|other| other["user_name"] != read["self_auth"]["user_name"])
            .collect();
        let expected = [name(&ops.user_id, "ops", 3), name(&dev.user_id, "dev", 7)];
        assert_eq!(others, expected.iter().collect::<Vec<_>>(), "{access}");
    }
    let update = |delete, create, show| [delete, Op::ShowUser, Op::ShowUser, create, show];
    let of_namespace = update(
        Op::DeleteNamespaceAuth,
        Op::CreateNamespaceAuth,
        Op::ShowNamespaceAuth,
    );
    let of_repo = update(
        Op::DeleteUserRepositoryAuth,
        Op::CreateUserRepositoryAuth,
        Op::ShowUserRepositoryAuth,
    );
    let ops = swr.ops(Calls::any());
    assert_eq!(ops[3..8], of_namespace);
    assert_eq!(ops[9..], of_repo);
}

#[test]
fn terraform_signs_in_with_a_password_and_with_a_token() {
    let swr = MockSwr::start();
    let admin = swr.credentials();
    let post = |body: Value| {
        let response = HTTP
            .post(format!("{}/v3/auth/tokens", swr.endpoint()))
            .body(format!("{body}\n"))
            .send()
            .unwrap();
        assert_eq!(response.status(), 201);
        let token = response.headers()["X-Subject-Token"]
            .to_str()
            .unwrap()
            .to_owned();
        (token, response.json::<Value>().unwrap())
    };
    let get = |token: &str, path: &str| {
        let response = HTTP
            .get(format!("{}{path}", swr.endpoint()))
            .header("X-Auth-Token", token)
            .send()
            .unwrap();
        (
            response.status().as_u16(),
            response.json::<Value>().unwrap(),
        )
    };
    let identity = json!({"methods": ["password"], "password": {"user": {
        "name": admin.user, "password": admin.password, "domain": {"name": admin.account},
    }}});
    let project = json!({"project": {"name": "cn-north-4", "domain": {"name": admin.account}}});
    let (token, body) = post(json!({"auth": {"identity": identity, "scope": project}}));
    assert_eq!(body["token"]["project"]["id"], admin.project_id);
    let (of_account, _) =
        post(json!({"auth": {"identity": identity, "scope": {"domain": {"name": "acme"}}}}));
    assert_eq!(
        get(&of_account, "/v3/auth/domains").1["domains"][0]["id"],
        admin.domain_id
    );
    assert_eq!(
        get(&of_account, "/v3/users?name=admin").1["users"][0]["id"],
        admin.user_id
    );
    assert_eq!(get(&token, "/v2/manage/namespaces").0, 200);

    let by_token = json!({"methods": ["token"], "token": {"id": token}});
    let (second, body) = post(json!({"auth": {"identity": by_token, "scope": project}}));
    assert_eq!(body["token"]["project"]["id"], admin.project_id);
    post(json!({"auth": {"identity": by_token, "scope": {"domain": {"name": "acme"}}}}));
    assert_eq!(get(&second, "/v2/manage/namespaces").0, 200);
}

#[test]
fn a_client_of_otc_accepts_only_201_and_202_and_writes_names_in_capitals() {
    let swr = verified();
    swr.user("partner/eve");
    let dev = swr.user("dev").credentials();
    let go = Go::otc(&swr, "admin");
    go.post("/v2/manage/namespaces", json!({"namespace": "group"}));
    let access = "/v2/manage/namespaces/group/access";
    go.post(
        access,
        json!([{"user_id": dev.user_id, "user_name": "dev", "auth": 7}]),
    );
    go.done(
        Method::PATCH,
        access,
        Some(&json!([{"user_id": dev.user_id, "user_name": "dev", "auth": 1}])),
    );
    assert_eq!(
        swr.namespace("group").permission_of("dev"),
        Some(Permission::Read)
    );
    go.done(Method::DELETE, access, Some(&json!([dev.user_id])));
    let body = json!({"repository": "web", "is_public": false});
    go.post("/v2/manage/namespaces/group/repos", body);
    // The path has `repos` where the documentation has `repositories`.
    let shares = "/v2/manage/namespaces/group/repos/web/access-domains";
    let share =
        json!({"access_domain": "PARTNER", "permit": "read", "deadline": "2099-01-01T00:00:00Z"});
    go.post(shares, share.clone());
    assert_eq!(go.get(&format!("{shares}/PARTNER"))["status"], true);
    let change = json!({"permit": "read", "deadline": "forever"});
    go.done(Method::PATCH, &format!("{shares}/PARTNER"), Some(&change));
    go.done(Method::DELETE, &format!("{shares}/PARTNER"), None);
    assert_eq!(
        go.get("/v2/manage/repos?limit=10&offset=10"),
        json!([]),
        "the client stops at an empty page"
    );
    go.done(
        Method::DELETE,
        "/v2/manage/namespaces/group/repos/web",
        None,
    );
    go.done(Method::DELETE, "/v2/manage/namespaces/group", None);
    let gone = go.send(Method::GET, "/v2/manage/namespaces/group", None);
    assert_eq!(
        (gone.status, gone.json()["errors"][0]["errorCode"].clone()),
        (404, json!("SVCSTG.SWR.4040058"))
    );
}

#[test]
fn a_go_client_adds_the_security_token_after_signing() {
    let swr = verified();
    let mut go = Go::terraform(&swr, "admin");
    go.keys = swr.user("admin").temporary_credentials();
    assert_eq!(go.get("/v2/manage/namespaces"), json!({"namespaces": []}));
    go.keys.security_token = None;
    go.send(Method::GET, "/v2/manage/namespaces", None)
        .assert_refused(401, "APIGW.0301");
}
