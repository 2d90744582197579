//! The IAM requests that clients of SWR send on their own.

use mock_swr::{Answer, Auth, Calls, Credentials, MockSwr, Op, Permission, Refusal, World};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{self, Client, HTTP, panic_of, send};

const TOKENS: &str = "/v3/auth/tokens";
const REGIONS: &str = r#"{"regions": {"cn-east-3": {}}}"#;

fn two_regions() -> MockSwr {
    MockSwr::builder()
        .world(REGIONS.parse().unwrap())
        .frozen_at("2026-01-31T08:00:00Z")
        .start()
}

/// Returns the body of a token request of a user.
fn password(user: &Credentials, scope: Value) -> Value {
    json!({"auth": {
        "identity": {
            "methods": ["password"],
            "password": {"user": {
                "name": user.user, "password": user.password, "domain": {"name": user.account},
            }},
        },
        "scope": scope,
    }})
}

fn project(name: &str) -> Value {
    json!({"project": {"name": name}})
}

fn request_token(swr: &MockSwr, body: &Value) -> support::Response {
    Client::anonymous(swr).post(TOKENS, body.clone())
}

#[track_caller]
fn token(response: &support::Response) -> String {
    assert_eq!(response.status, 201, "{response:?}");
    response.header("x-subject-token").to_owned()
}

/// Asserts an error in the format of IAM up to v3.
#[track_caller]
fn assert_refused(response: &support::Response, code: u16, message: &str, title: &str) {
    let body = json!({"error": {"code": code, "message": message, "title": title}});
    assert_eq!((response.status, response.json()), (code, body));
}

/// Sends a request with a token in `X-Auth-Token`.
fn with(swr: &MockSwr, token: &str, path: &str) -> support::Response {
    let request = HTTP.get(format!("{}{path}", swr.endpoint()));
    send(request.header("X-Auth-Token", token)).unwrap()
}

const NAMESPACES: &str = "/v2/manage/namespaces";

#[test]
fn a_password_gets_a_project_token_that_swr_accepts() {
    let swr = two_regions();
    let dev = swr.user("dev").credentials();
    let response = request_token(&swr, &password(&dev, project("cn-north-4")));
    let token = token(&response);
    let body = response.json();
    let domain = json!({"id": dev.domain_id, "name": "acme"});
    assert_eq!(body["token"]["issued_at"], "2026-01-31T08:00:00.000000Z");
    assert_eq!(body["token"]["expires_at"], "2026-02-01T08:00:00.000000Z");
    assert_eq!(body["token"]["methods"], json!(["password"]));
    assert_eq!(
        body["token"]["project"],
        json!({"id": dev.project_id, "name": "cn-north-4", "domain": domain})
    );
    assert_eq!(body["token"].get("domain"), None);
    assert_eq!(
        body["token"]["user"],
        json!({"id": dev.user_id, "name": "dev", "password_expires_at": "", "domain": domain})
    );
    let catalog = &body["token"]["catalog"];
    assert_eq!(
        (&catalog[0]["type"], &catalog[1]["type"]),
        (&json!("iam"), &json!("swr"))
    );
    assert_eq!(catalog[1]["endpoints"][0]["url"], swr.endpoint());
    assert_eq!(catalog[1]["endpoints"][0]["region"], "cn-north-4");

    assert_eq!(with(&swr, &token, NAMESPACES).status, 200);
    swr.verify(Op::ListNamespaces.by("dev")).once();
    let bare = Client::anonymous(&swr).post(
        &format!("{TOKENS}?nocatalog=true"),
        password(&dev, project("cn-north-4")),
    );
    assert_eq!(bare.json()["token"]["catalog"], json!([]));
}

#[test]
fn users_projects_and_accounts_can_be_given_by_name_or_id() {
    let swr = two_regions();
    let eve = swr.user("partner/eve").credentials();
    let east = "cn-east-3";
    let by_id = json!({"auth": {"identity": {"methods": ["password", "totp"], "password": {
        "user": {"id": eve.user_id, "password": eve.password},
    }}, "scope": {"project": {"id": eve.project_id}, "domain": {"id": eve.domain_id}}}});
    let shown = request_token(&swr, &by_id).json();
    assert_eq!(
        shown["token"]["project"]["id"], eve.project_id,
        "the scope of a project wins"
    );
    for domain in [json!({"id": eve.domain_id}), json!({"name": "partner"})] {
        let scope = json!({"project": {"name": east, "domain": domain}});
        let shown = request_token(&swr, &password(&eve, scope)).json();
        assert_eq!(shown["token"]["project"]["name"], east);
        let shown = request_token(&swr, &password(&eve, json!({"domain": domain}))).json();
        assert_eq!(shown["token"]["domain"]["id"], eve.domain_id);
        assert_eq!(shown["token"].get("project"), None);
    }
    let unscoped = request_token(&swr, &password(&eve, Value::Null)).json();
    assert_eq!(unscoped["token"]["domain"]["name"], "partner");
}

#[test]
fn swr_refuses_a_token_for_the_account_or_for_another_region() {
    let swr = two_regions();
    let admin = swr.credentials();
    for (scope, hint) in [
        (
            json!({"domain": {"name": "acme"}}),
            "the token is for the account, not for a project",
        ),
        (
            project("cn-east-3"),
            "the token is for project `cn-east-3`, but this endpoint serves region `cn-north-4`",
        ),
    ] {
        let token = token(&request_token(&swr, &password(&admin, scope)));
        let refused = with(&swr, &token, NAMESPACES);
        refused.assert_refused(401, "SVCSTG.SWR.4010000");
        assert!(
            refused.header("x-mock-hint").starts_with(hint),
            "{refused:?}"
        );
        assert_eq!(
            with(&swr, &token, "/v3/projects").status,
            200,
            "IAM accepts the token"
        );
    }
    swr.verify(Op::ListNamespaces.by("admin"))
        .refused(Refusal::TokenScope)
        .times(2);
}

#[test]
fn a_token_can_be_validated_and_exchanged() {
    let swr = two_regions();
    let dev = swr.user("dev").credentials();
    let first = token(&request_token(
        &swr,
        &password(&dev, json!({"domain": {"name": "acme"}})),
    ));
    swr.advance(std::time::Duration::from_secs(3600));
    let rescoped = json!({"auth": {
        "identity": {"methods": ["token"], "token": {"id": first}},
        "scope": {"project": {"name": "cn-north-4", "domain": {"name": "acme"}}},
    }});
    let response = request_token(&swr, &rescoped);
    let second = token(&response);
    assert_eq!(response.json()["token"]["methods"], json!(["token"]));
    assert_eq!(
        response.json()["token"]["expires_at"],
        "2026-02-01T08:00:00.000000Z",
        "the new token expires no later than the first"
    );
    let examine = |subject: &str| {
        let request = Client::user(&swr, "dev").request(reqwest::Method::GET, TOKENS);
        send(request.header("X-Subject-Token", subject)).unwrap()
    };
    let examined = examine(&second);
    assert_eq!((examined.status, examined.json()), (200, response.json()));
    assert_eq!(examined.header("x-subject-token"), second);
    let unknown = "X-Subject-Token is invalid in the request";
    assert_refused(&examine("MIIT"), 404, unknown, "Not Found");
    assert_refused(
        &Client::user(&swr, "dev").get(TOKENS),
        404,
        unknown,
        "Not Found",
    );
    swr.user("dev").expire();
    assert_refused(&examine(&second), 404, unknown, "Not Found");
    let requires = "The request you have made requires authentication.";
    assert_refused(
        &request_token(&swr, &rescoped),
        401,
        requires,
        "Unauthorized",
    );
    assert_refused(
        &Client::anonymous(&swr).get(TOKENS),
        401,
        requires,
        "Unauthorized",
    );
}

#[test]
fn an_agency_is_assumed_by_trusted_users() {
    let swr = two_regions();
    swr.seed_repo("group/web");
    swr.user("deployers")
        .trusts("partner")
        .grant("group", Permission::Read);
    let assume = |user: &str, account: &str, agency: &str| {
        let body = json!({"auth": {
            "identity": {"methods": ["assume_role"], "assume_role": {
                "domain_name": account, "xrole_name": agency,
            }},
            "scope": {"project": {"name": "cn-north-4"}},
        }});
        Client::user(&swr, user).post(TOKENS, body)
    };
    let response = assume("partner/eve", "acme", "deployers");
    let token = token(&response);
    assert_eq!(response.json()["token"]["methods"], json!(["assume_role"]));
    assert_eq!(response.json()["token"]["user"]["name"], "deployers");
    let listed = with(&swr, &token, NAMESPACES).json();
    assert_eq!(listed["namespaces"][0]["name"], "group");
    swr.verify(Op::ListNamespaces.by("deployers")).once();

    let forbidden = "You are not authorized to perform the requested action.";
    assert_refused(
        &assume("third/joe", "acme", "deployers"),
        403,
        forbidden,
        "Forbidden",
    );
    assert_refused(
        &assume("partner/eve", "acme", "absent"),
        403,
        forbidden,
        "Forbidden",
    );
    assert_refused(
        &assume("partner/eve", "acme", "admin"),
        403,
        forbidden,
        "Forbidden",
    );
    let missing = "The requested resource could not be found.";
    assert_refused(
        &assume("partner/eve", "nowhere", "deployers"),
        404,
        missing,
        "Not Found",
    );
    let agency = swr.user("deployers").credentials();
    let wrong = "The username or password is wrong.";
    assert_refused(
        &request_token(&swr, &password(&agency, Value::Null)),
        401,
        wrong,
        "Unauthorized",
    );
    let fork = MockSwr::builder()
        .world(swr.world().to_json().parse().unwrap())
        .start();
    let body = json!({"auth": {"identity": {"methods": ["assume_role"], "assume_role": {
        "domain_id": fork.credentials().domain_id, "agency_name": "deployers",
    }}}});
    assert_eq!(
        Client::user(&fork, "partner/eve").post(TOKENS, body).status,
        201
    );
}

#[test]
fn a_refused_token_request_has_a_hint() {
    let swr = two_regions();
    let dev = swr.user("dev").credentials();
    let wrong = "The username or password is wrong.";
    let changed = |change: fn(&mut Credentials)| {
        let mut changed = dev.clone();
        change(&mut changed);
        request_token(&swr, &password(&changed, project("cn-north-4")))
    };
    for (response, hint) in [
        (
            changed(|dev| dev.password.push('!')),
            "the password that was sent is not the password of `dev`",
        ),
        (
            changed(|dev| dev.user.push('2')),
            "there is no user `dev2` in account `acme`",
        ),
        (
            changed(|dev| dev.account = "nowhere".to_owned()),
            "there is no account `nowhere`",
        ),
        (
            request_token(
                &swr,
                &json!({"auth": {"identity": {"methods": ["password"], "password": {
                    "user": {"name": "dev", "password": dev.password},
                }}}}),
            ),
            "`user.domain` is missing: a user name such as `dev` needs the account of the user",
        ),
    ] {
        assert_refused(&response, 401, wrong, "Unauthorized");
        assert!(
            response.header("x-mock-hint").starts_with(hint),
            "{response:?}"
        );
        assert!(!response.header("x-mock-hint").contains(&dev.password));
    }
    let scoped = |scope: Value| request_token(&swr, &password(&dev, scope));
    let forbidden = "You are not authorized to perform the requested action.";
    let foreign = swr.user("partner/eve").credentials();
    for scope in [
        json!({"domain": {"name": "partner"}}),
        json!({"project": {"id": foreign.project_id}}),
        json!({"project": {"name": "cn-north-4", "domain": {"name": "partner"}}}),
    ] {
        assert_refused(&scoped(scope), 403, forbidden, "Forbidden");
    }
    let missing = "The requested resource could not be found.";
    for scope in [project("eu-de"), json!({"domain": {"name": "nowhere"}})] {
        assert_refused(&scoped(scope), 404, missing, "Not Found");
    }
    for body in [
        json!({}),
        json!([]),
        json!({"auth": {"identity": {"methods": []}}}),
        json!({"auth": {"identity": {"methods": ["password"]}}}),
        json!({"auth": {"identity": {"methods": ["hw_ak_sk"]}}}),
        json!({"auth": {"identity": {"methods": "password"}}}),
        password(&dev, json!({"project": {}})),
        password(
            &dev,
            json!({"project": {"name": "cn-north-4", "domain": {}}}),
        ),
        password(&dev, json!({"domain": {"description": "mine"}})),
        json!({"auth": {"identity": {"methods": ["password"], "password": {"user": {"password": "x"}}}}}),
        json!({"auth": {"identity": {"methods": ["password"], "password": {
            "user": {"name": "dev", "domain": {}, "password": dev.password},
        }}}}),
    ] {
        let response = request_token(&swr, &body);
        assert_refused(&response, 400, "The request body is invalid", "Bad Request");
        assert!(
            !response.header("x-mock-hint").contains("struct"),
            "{response:?}"
        );
    }
    let raw = HTTP.post(format!("{}{TOKENS}", swr.endpoint())).body("{");
    assert_refused(
        &send(raw).unwrap(),
        400,
        "The request body is invalid",
        "Bad Request",
    );
    assert!(
        !swr.journal().to_string().contains(&dev.password),
        "secrets are not printed"
    );
}

#[test]
fn projects_are_named_after_regions() {
    let swr = two_regions();
    let admin = Client::admin(&swr);
    let id = swr.credentials().domain_id;
    let listed = admin.get("/v3/projects").json();
    assert_eq!(listed["projects"].as_array().unwrap().len(), 2);
    let one = admin.get("/v3/projects?name=cn-north-4").json();
    let project_id = swr.credentials().project_id;
    assert_eq!(
        one,
        json!({
            "projects": [{
                "id": project_id, "name": "cn-north-4", "domain_id": id, "parent_id": id,
                "enabled": true, "is_domain": false, "description": "",
                "links": {"self": format!("{}/v3/projects/{project_id}", swr.endpoint())},
            }],
            "links": {
                "self": format!("{}/v3/projects", swr.endpoint()), "next": null, "previous": null,
            },
        })
    );
    let count = |query: &str| {
        let listed = admin.get(&format!("/v3/projects?{query}")).json();
        listed["projects"].as_array().unwrap().len()
    };
    assert_eq!(count(&format!("domain_id={id}&enabled=true")), 2);
    assert_eq!(
        (
            count("name=eu-de"),
            count("is_domain=true"),
            count("parent_id=0")
        ),
        (0, 0, 0)
    );
    assert_eq!(
        (count("page=2&per_page=1"), count("page=3&per_page=1")),
        (1, 0)
    );
    let bad = admin.get("/v3/projects?page=0&per_page=1");
    assert_refused(&bad, 400, "The request body is invalid", "Bad Request");
    assert_eq!(
        admin.get("/v3/auth/projects").json()["projects"],
        listed["projects"]
    );
    let theirs = Client::user(&swr, "partner/eve")
        .get("/v3/projects?name=cn-north-4")
        .json();
    assert_ne!(theirs["projects"][0]["id"], project_id);
    // The Node SDK sends a body with its GET request.
    let request = admin.request(reqwest::Method::GET, "/v3/projects?name=cn-north-4");
    assert_eq!(send(request.json(&json!({}))).unwrap().json(), one);
}

#[test]
fn the_account_its_regions_and_the_caller_are_looked_up() {
    let swr = two_regions();
    let dev = swr.user("dev").credentials();
    let client = Client::user(&swr, "dev");
    let domains = client.get("/v3/auth/domains").json();
    assert_eq!(domains["domains"][0]["id"], dev.domain_id);
    assert_eq!(domains["domains"][0]["name"], "acme");
    assert_eq!(domains["domains"].as_array().unwrap().len(), 1);
    let regions = client.get("/v3/regions").json();
    assert_eq!(
        (&regions["regions"][0]["id"], &regions["regions"][1]["id"]),
        (&json!("cn-north-4"), &json!("cn-east-3"))
    );
    let own = client.get("/v5/caller-identity").json();
    assert_eq!(own["account_id"], dev.domain_id);
    assert_eq!(own["principal_id"], dev.user_id);
    for path in [
        "/v3/auth/domains",
        "/v3/regions",
        "/v3/users",
        "/v3/projects",
    ] {
        let message = "The request you have made requires authentication.";
        assert_refused(
            &Client::anonymous(&swr).get(path),
            401,
            message,
            "Unauthorized",
        );
    }
    let newer = Client::anonymous(&swr).get("/v5/caller-identity");
    assert_eq!(
        (newer.status, newer.json()["error_code"].clone()),
        (401, json!("IAM.0001"))
    );
}

#[test]
fn users_are_looked_up_by_the_administrator_and_by_themselves() {
    let swr = two_regions();
    let (dev, ops) = (swr.user("dev").credentials(), swr.user("ops").credentials());
    let eve = swr.user("partner/eve").credentials();
    swr.user("agency").trusts("partner");
    let names = |client: &Client, query: &str| {
        let listed = client.get(&format!("/v3/users{query}")).json();
        let users = listed["users"].as_array().unwrap().clone();
        users
            .iter()
            .map(|user| user["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let admin = Client::admin(&swr);
    assert_eq!(names(&admin, ""), ["admin", "dev", "ops"]);
    assert_eq!(names(&admin, "?name=dev"), ["dev"]);
    assert_eq!(names(&admin, "?name=eve"), [""; 0]);
    let client = Client::user(&swr, "dev");
    assert_eq!(names(&client, ""), ["dev"]);
    assert_eq!(names(&client, "?name=ops"), [""; 0]);

    let shown = admin.get(&format!("/v3/users/{}", dev.user_id)).json();
    assert_eq!(
        (&shown["user"]["name"], &shown["user"]["domain_id"]),
        (&json!("dev"), &json!(dev.domain_id))
    );
    assert_eq!(
        client.get(&format!("/v3/users/{}", dev.user_id)).status,
        200
    );
    let forbidden = "You are not authorized to perform the requested action.";
    let other = client.get(&format!("/v3/users/{}", ops.user_id));
    assert_refused(&other, 403, forbidden, "Forbidden");
    assert_eq!(
        other.header("x-mock-hint"),
        "`dev` is not an administrator and can look up only itself, not `ops`"
    );
    let missing = "The requested resource could not be found.";
    for id in [&*eve.user_id, "absent"] {
        assert_refused(
            &admin.get(&format!("/v3/users/{id}")),
            404,
            missing,
            "Not Found",
        );
    }
}

#[test]
fn the_details_of_a_user_have_the_documented_keys_and_the_newer_error_body() {
    let swr = two_regions();
    let (dev, ops) = (swr.user("dev").credentials(), swr.user("ops").credentials());
    let eve = swr.user("partner/eve").credentials();
    let path = |id: &str| format!("/v3.0/OS-USER/users/{id}");
    let admin = Client::admin(&swr);
    let shown = admin.get(&path(&dev.user_id));
    assert_eq!(shown.status, 200);
    let link = format!("{}{}", swr.endpoint(), path(&dev.user_id));
    assert_eq!(
        shown.json(),
        json!({"user": {
            "id": dev.user_id, "name": "dev", "domain_id": dev.domain_id, "enabled": true, "description": "",
            "is_domain_owner": false, "access_mode": "default",
            "pwd_status": false, "pwd_strength": "Strong",
            "areacode": "", "phone": "-", "email": "", "xuser_id": "", "xuser_type": "",
            "create_time": null, "update_time": null, "last_login_time": null,
            "links": {"self": link, "next": null, "previous": null},
        }})
    );
    let root = admin.get(&path(&swr.credentials().user_id));
    assert_eq!(root.json()["user"]["is_domain_owner"], true);

    let client = Client::user(&swr, "dev");
    assert_eq!(client.get(&path(&dev.user_id)).json(), shown.json());
    let refused = |response: support::Response, status: u16, code: &str, message: &str| {
        assert_eq!(response.status, status, "{response:?}");
        let body = json!({"error_code": code, "error_msg": message});
        assert_eq!(response.json(), body);
    };
    let forbidden = "You are not authorized to perform the requested action.";
    refused(client.get(&path(&ops.user_id)), 403, "IAM.0002", forbidden);
    let missing = "The requested resource could not be found.";
    for id in [&*eve.user_id, "absent"] {
        refused(admin.get(&path(id)), 404, "IAM.0004", missing);
    }
    let unknown = "The request you have made requires authentication.";
    refused(
        Client::anonymous(&swr).get(&path(&dev.user_id)),
        401,
        "IAM.0001",
        unknown,
    );
    swr.verify(Op::ShowUser).times(7);
}

#[test]
fn calls_of_iam_can_be_planned_and_asserted() {
    let swr = two_regions();
    let admin = Client::admin(&swr);
    let plans = [
        (
            Answer::from(Refusal::Throttled),
            429,
            json!({"error": {"code": 429, "message": "The request is throttled.", "title": "Too Many Requests"}}),
        ),
        (
            Answer::status(401),
            401,
            json!({"error": {
                "code": 401, "message": "The request you have made requires authentication.", "title": "Unauthorized",
            }}),
        ),
        (
            Answer::status(503),
            503,
            json!({"error": {"code": 503, "message": "Service Unavailable", "title": "Service Unavailable"}}),
        ),
        (
            Answer::code("IAM.0081"),
            403,
            json!({"error": {"code": 403, "message": "The user may use the console alone.", "title": "Forbidden"}}),
        ),
        (
            Answer::json(200, json!({"projects": []})),
            200,
            json!({"projects": []}),
        ),
    ];
    for (answer, status, body) in plans {
        swr.on(Op::ListProjects, answer);
        let response = admin.get("/v3/projects");
        assert_eq!((response.status, response.json()), (status, body));
    }
    swr.on(Op::CreateTemporaryAccessKey, Answer::code("IAM.0066"));
    let response = admin.post("/v3.0/OS-CREDENTIAL/securitytokens", json!({}));
    assert_eq!(response.status, 401);
    assert_eq!(
        response.json(),
        json!({"error_code": "IAM.0066", "error_msg": "The token has expired."})
    );
    swr.verify(Op::ListProjects.by("admin")).times(5);
    swr.verify(Calls::writes()).never();
}

#[test]
fn signed_requests_to_iam_are_verified() {
    let swr = MockSwr::builder().auth(Auth::Verified).start();
    let mut request = http::Request::get(format!("{}/v3/projects?name=cn-north-4", swr.endpoint()))
        .body("")
        .unwrap();
    swr.user("dev").sign(&mut request);
    let good = HTTP.execute(request.try_into().unwrap()).unwrap();
    assert_eq!(good.status(), 200);
    let mut request = http::Request::get(format!("{}/v3/projects", swr.endpoint()))
        .body("")
        .unwrap();
    swr.user("dev").sign(&mut request);
    *request.uri_mut() = format!("{}/v3/regions", swr.endpoint()).parse().unwrap();
    let bad = HTTP.execute(request.try_into().unwrap()).unwrap();
    assert_eq!(bad.status(), 401);
    swr.verify(Op::ListRegions)
        .refused(Refusal::SignatureWrong)
        .once();
}

#[test]
fn a_policy_denies_a_token_at_sign_in() {
    let swr = MockSwr::start();
    let dev = swr.user("dev").deny([Op::CreateToken]).credentials();
    let forbidden = "You are not authorized to perform the requested action.";
    let refused = request_token(&swr, &password(&dev, project("cn-north-4")));
    assert_refused(&refused, 403, forbidden, "Forbidden");
    swr.verify(Op::CreateToken.by("dev"))
        .refused(Refusal::PolicyDenied)
        .once();
}

#[test]
fn users_whose_names_differ_only_by_case_sign_in_separately() {
    let swr = MockSwr::start();
    for name in ["dev", "Dev"] {
        let user = swr.user(name).credentials();
        assert_eq!(
            request_token(&swr, &password(&user, project("cn-north-4"))).status,
            201
        );
        swr.verify(Op::CreateToken.by(name)).once();
    }
}

#[test]
fn no_secret_of_a_body_is_printed() {
    let swr = MockSwr::start();
    let identity = |identity: Value| json!({"auth": {"identity": identity}}).to_string();
    let iam = format!("{}{TOKENS}", swr.endpoint());
    let registry = format!("http://{}/swr/auth/v2/registry/auth/", swr.registry());
    for (url, body) in [
        (
            &iam,
            identity(json!({"methods": ["password"], "password": "hunter2"})),
        ),
        (
            &iam,
            identity(json!({"methods": ["token"], "token": "hunter2"})),
        ),
        (
            &iam,
            identity(json!({"methods": ["token"], "token": {"id": "hunter2"}})),
        ),
        (&iam, identity(json!({"methods": "hunter2"}))),
        (
            &iam,
            r#"{"auth": {"identity": {"password": {"user": {"password": "hunter2""#.to_owned(),
        ),
        (
            &registry,
            "grant_type=password&username=dev&password=hunter2".to_owned(),
        ),
    ] {
        let response = send(HTTP.post(url).body(body.clone())).unwrap();
        assert!(response.status >= 400);
        let call = swr.calls(Calls::any()).pop().unwrap();
        let report = panic_of(|| swr.verify(Op::CreateToken.json("/none", 1)).once());
        let printed = format!(
            "{} {call:?} {report} {}",
            response.header("x-mock-hint"),
            swr.journal()
        );
        // The authentication method that a client names is not a secret.
        assert_eq!(
            printed.contains("hunter2"),
            body.contains("methods\":\"hunter2"),
            "{printed}"
        );
    }
}

#[test]
fn a_policy_denies_temporary_keys_to_their_owner() {
    let swr = MockSwr::start();
    let dev = swr.user("dev").deny([Op::CreateTemporaryAccessKey]);
    let identity = json!({"methods": ["token"], "token": {"id": dev.token()}});
    let body = json!({"auth": {"identity": identity}});
    let forbidden = "You are not authorized to perform the requested action.";
    for user in ["dev", "partner/eve"] {
        let refused =
            Client::user(&swr, user).post("/v3.0/OS-CREDENTIAL/securitytokens", body.clone());
        assert_eq!(refused.status, 403, "{refused:?}");
        assert!(refused.text.contains(forbidden), "{refused:?}");
    }
}

/// Returns the endpoint of a service in the catalog of a token.
fn in_catalog(shown: &Value, service: &str) -> (String, String) {
    let services = shown["token"]["catalog"].as_array().unwrap();
    let found = services.iter().find(|known| known["type"] == service);
    let endpoint = &found.unwrap()["endpoints"][0];
    let text = |key: &str| endpoint[key].as_str().unwrap().to_owned();
    (text("region_id"), text("url"))
}

#[test]
fn a_token_for_a_region_of_a_world_opens_the_listeners_of_the_region() {
    let world = r#"{"regions": {"cn-east-3": {"namespaces": {"copy": {"repos": {"web": {}}}}}}}"#;
    let swr = MockSwr::builder().world(world.parse().unwrap()).start();
    swr.seed_namespace("group");
    let response = request_token(&swr, &password(&swr.credentials(), project("cn-east-3")));
    let (east, (region, url)) = (token(&response), in_catalog(&response.json(), "swr"));
    assert_eq!(region, "cn-east-3");
    assert_ne!(url, swr.endpoint());
    assert_eq!(url, swr.region("cn-east-3").endpoint());
    let listed = HTTP.get(format!("{url}/v2/manage/namespaces"));
    let listed = send(listed.header("x-auth-token", &east)).unwrap().json();
    assert_eq!(listed["namespaces"][0]["name"], "copy");

    let (region, iam) = in_catalog(&response.json(), "iam");
    assert_eq!((region, iam), ("cn-east-3".to_owned(), format!("{url}/v3")));
    let shown = Client::admin(&swr).request(Method::GET, TOKENS);
    let shown = send(shown.header("x-subject-token", &east)).unwrap();
    assert_eq!(
        in_catalog(&shown.json(), "swr").1,
        url,
        "both name the same listener"
    );
}

#[test]
fn validating_a_token_opens_the_listeners_of_its_region() {
    let swr = two_regions();
    let file: World = swr.world().to_json().parse().unwrap();
    let fork = MockSwr::builder().world(file).start();
    let token = swr.region("cn-east-3").user("dev").token();
    fork.user("dev");
    let shown = Client::admin(&fork).request(Method::GET, TOKENS);
    let shown = send(shown.header("x-subject-token", &token)).unwrap();
    assert_eq!(
        shown.status, 404,
        "only the other server issued the token: {shown:?}"
    );

    swr.restore(&swr.world());
    let fork = MockSwr::builder().world(swr.world()).start();
    let shown = Client::admin(&fork).request(Method::GET, TOKENS);
    let shown = send(shown.header("x-subject-token", &token))
        .unwrap()
        .json();
    let (region, url) = in_catalog(&shown, "swr");
    assert_eq!(region, "cn-east-3");
    assert_ne!(
        url,
        swr.region("cn-east-3").endpoint(),
        "each server has its own listener"
    );
    assert_eq!(url, fork.region("cn-east-3").endpoint());
}

#[test]
fn the_catalog_of_an_account_token_has_the_region_that_issued_it() {
    let swr = two_regions();
    let east = swr.region("cn-east-3");
    let request = HTTP.post(format!("{}{TOKENS}", east.endpoint()));
    let request = request.json(&password(&swr.credentials(), Value::Null));
    let (region, url) = in_catalog(&send(request).unwrap().json(), "swr");
    assert_eq!((&*region, &*url), ("cn-east-3", east.endpoint()));
}
