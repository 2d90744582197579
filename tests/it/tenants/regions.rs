//! Regions: each region has its own organizations and listeners, and all regions share the accounts.

use std::net::TcpStream;

use mock_swr::{MockSwr, Op, Permission, Refusal, World, days};
use serde_json::{Value, json};

use crate::registry::client::{Registry, docker_image};
use crate::support::{self, Client, HTTP, panic_of, send};

/// Sends a user's request, signed with the long-term keys, which are valid in every region.
fn signed(endpoint: &str, swr: &MockSwr, user: &str, path: &str) -> support::Response {
    let mut request = http::Request::get(format!("{endpoint}{path}"))
        .body("")
        .unwrap();
    swr.user(user).sign(&mut request);
    let response = HTTP.execute(request.try_into().unwrap()).unwrap();
    support::Response {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        text: response.text().unwrap(),
    }
}

fn names(response: &support::Response) -> Vec<Value> {
    let namespaces = response.json()["namespaces"].as_array().unwrap().clone();
    namespaces
        .iter()
        .map(|namespace| namespace["name"].clone())
        .collect()
}

#[test]
fn each_region_has_separate_organizations_and_listeners() {
    let swr = MockSwr::start();
    let east = swr.region("cn-east-3");
    swr.seed_repo("group/web").image("v1");
    east.seed_repo("group/web").image("v2").image("v3");
    east.seed_namespace("copy");
    let ports = [
        swr.endpoint(),
        east.endpoint(),
        &format!("http://{}", swr.registry()),
        &format!("http://{}", east.registry()),
    ];
    for (place, port) in ports.iter().enumerate() {
        assert!(!ports[..place].contains(port), "{ports:?}");
    }
    assert_eq!(
        swr.region("cn-east-3").endpoint(),
        east.endpoint(),
        "the same one"
    );
    assert_eq!(
        swr.region("cn-north-4").endpoint(),
        swr.endpoint(),
        "its own"
    );

    let list = |endpoint: &str| names(&signed(endpoint, &swr, "admin", "/v2/manage/namespaces"));
    assert_eq!(list(swr.endpoint()), ["group"]);
    assert_eq!(list(east.endpoint()), ["group", "copy"]);
    let web = signed(
        east.endpoint(),
        &swr,
        "admin",
        "/v2/manage/namespaces/group/repos/web",
    )
    .json();
    assert_eq!(web["path"], format!("{}/group/web", east.registry()));
    assert_eq!(
        (swr.repo("group/web").tags(), east.repo("group/web").tags()),
        (
            vec!["v1".to_owned()],
            vec!["v2".to_owned(), "v3".to_owned()]
        )
    );

    east.repo("group/web").delete();
    assert!(swr.repo("group/web").exists());
    swr.namespace("group").delete();
    assert_eq!(list(east.endpoint()), ["group", "copy"]);
    let calls = swr.verify(Op::ListNamespaces.by("admin")).times(3);
    let printed = |place: usize| calls[place].to_string();
    assert!(
        printed(0).ends_with("(ListNamespaces by admin)"),
        "{}",
        printed(0)
    );
    assert!(
        printed(1).ends_with("(ListNamespaces by admin in cn-east-3)"),
        "{}",
        printed(1)
    );
}

#[test]
fn a_push_goes_to_the_region_whose_registry_it_is_sent_to() {
    let swr = MockSwr::start();
    let east = swr.region("cn-east-3");
    swr.seed_namespace("group");
    east.seed_namespace("group");
    let login = east.credentials().registry_login();
    let docker =
        Registry::at(east.registry(), login).with_token_for("repository:group/web:pull,push");
    docker.push_image("group/web", "v1", "a layer");
    assert_eq!(east.repo("group/web").tags(), ["v1"]);
    assert!(!swr.repo("group/web").exists());
    docker
        .put("group/web", "v2", &docker_image("a layer"))
        .assert_status(201);
    // A challenge names the registry that received the request.
    let challenged = Registry::at(east.registry(), (String::new(), String::new())).get("/v2/");
    assert!(
        challenged
            .header("www-authenticate")
            .contains(east.registry()),
        "{challenged:?}"
    );
}

#[test]
fn accounts_users_and_time_are_in_every_region_and_permissions_in_one() {
    let swr = MockSwr::builder().frozen_at("2026-01-31T08:00:00Z").start();
    let east = swr.region("cn-east-3");
    swr.seed_namespace("group");
    east.seed_namespace("group");
    swr.user("dev").grant("group", Permission::Read);
    assert_eq!(
        swr.namespace("group").permission_of("dev"),
        Some(Permission::Read)
    );
    assert_eq!(east.namespace("group").permission_of("dev"), None);
    let show = |endpoint: &str| signed(endpoint, &swr, "dev", "/v2/manage/namespaces/group").status;
    assert_eq!((show(swr.endpoint()), show(east.endpoint())), (200, 403));
    swr.advance(days(1));
    let late = signed(east.endpoint(), &swr, "dev", "/v2");
    assert_eq!(late.header("date"), "Sun, 01 Feb 2026 08:00:00 GMT");

    // A token belongs to the project of one region.
    let with = |endpoint: &str, token: &str| {
        let request = HTTP.get(format!("{endpoint}/v2/manage/namespaces"));
        send(request.header("X-Auth-Token", token)).unwrap()
    };
    let here = swr.user("admin").token();
    assert_eq!(with(swr.endpoint(), &here).status, 200);
    let refused = with(east.endpoint(), &here);
    refused.assert_refused(401, "SVCSTG.SWR.4010000");
    assert_eq!(
        refused.header("x-mock-hint"),
        "the token is for project `cn-north-4`, but this endpoint serves region `cn-east-3`"
    );
    let body = json!({"auth": {
        "identity": {"methods": ["token"], "token": {"id": here}},
        "scope": {"project": {"id": east.credentials().project_id}},
    }});
    let made = Client::anonymous(&swr).post("/v3/auth/tokens", body);
    assert_eq!(made.json()["token"]["project"]["name"], "cn-east-3");
    assert_eq!(
        with(east.endpoint(), made.header("x-subject-token")).status,
        200
    );
}

#[test]
fn a_hint_names_the_region_that_has_the_missing_resource() {
    let swr = MockSwr::start();
    let east = swr.region("cn-east-3");
    east.seed_repo("copy/web");
    let response = signed(swr.endpoint(), &swr, "admin", "/v2/manage/namespaces/copy");
    response.assert_refused(404, "SVCSTG.SWR.4040058");
    assert_eq!(
        response.header("x-mock-hint"),
        "there is no organization `copy` in cn-north-4, but there is one in cn-east-3; cn-north-4 has no organizations"
    );
    swr.verify(Op::ShowNamespace)
        .refused(Refusal::NamespaceNotFound)
        .once();
}

#[test]
fn a_world_contains_all_regions() {
    let swr = MockSwr::start();
    let east = swr.region("cn-east-3");
    swr.seed_repo("group/web").image("v1");
    east.seed_repo("group/web").image("v2");
    let before = swr.world();
    let file: World = before.to_json().parse().unwrap();
    assert_eq!(file.to_json(), before.to_json());

    let fork = MockSwr::builder().world(file).start();
    assert_eq!(fork.region("cn-east-3").repo("group/web").tags(), ["v2"]);
    assert_eq!(fork.repo("group/web").tags(), ["v1"]);
    east.repo("group/web").delete();
    swr.region("cn-south-1").seed_namespace("later");
    swr.restore(&before);
    // No request has read the new region since the restore, but it still has listeners.
    assert_eq!(
        signed(east.endpoint(), &swr, "admin", "/v2/manage/regions").json(),
        json!([{"regionID": "cn-north-4"}, {"regionID": "cn-east-3"}, {"regionID": "cn-south-1"}])
    );
    assert_eq!(east.repo("group/web").tags(), ["v2"]);
    let south = swr.region("cn-south-1");
    assert!(!south.namespace("later").exists());
    let listed = signed(south.endpoint(), &swr, "admin", "/v2/manage/namespaces");
    assert_eq!(names(&listed), [""; 0]);
}

/// Creates a login with this operation, and returns it with the response of the first region's token endpoint to it.
fn made_login(swr: &MockSwr, operation: &str) -> (support::Response, (String, String)) {
    let path = format!("/v2/manage/utils/{operation}");
    let made = Client::admin(swr).post(&path, json!({}));
    assert_eq!(made.status, 200, "{made:?}");
    let command: Vec<&str> = made.header("x-swr-dockerlogin").split(' ').collect();
    let login = (command[3].to_owned(), command[5].to_owned());
    let opened = Registry::at(swr.registry(), login.clone()).request_token("");
    (opened, login)
}

#[test]
fn a_login_for_a_project_of_another_region_is_valid_for_that_registry_only() {
    let swr = MockSwr::start();
    let east = swr.region("cn-east-3");
    for (project, north, at_east) in [
        ("cn-north-4", 200, 401),
        ("cn-north-4_shop", 200, 401),
        ("cn-east-3", 401, 200),
        ("cn-east-3_shop", 401, 200),
    ] {
        let (at_north, login) = made_login(&swr, &format!("secret?projectname={project}"));
        assert!(login.0.starts_with(&format!("{project}@")), "{login:?}");
        assert_eq!(at_north.status, north, "{project} at cn-north-4");
        if north == 401 {
            at_north.assert_unauthenticated();
            assert_eq!(
                at_north.header("x-mock-hint"),
                format!(
                    "`{project}` is not a project of cn-north-4, the region of this registry: call CreateSecret \
                     with projectname=cn-north-4"
                )
            );
        }
        let response = Registry::at(east.registry(), login).request_token("");
        assert_eq!(response.status, at_east, "{project} at cn-east-3");
    }
}

#[test]
fn a_login_for_a_missing_project_is_refused() {
    let swr = MockSwr::start();
    swr.region("cn-east-3");
    for project in ["eu-west-101", "cn-north", "cn-north-40", "shop"] {
        let path = format!("/v2/manage/utils/secret?projectname={project}");
        let refused = Client::admin(&swr).post(&path, json!({}));
        refused.assert_refused(400, "SVCSTG.SWR.4001025");
        assert_eq!(refused.header("x-swr-dockerlogin"), "");
        assert_eq!(
            refused.header("x-mock-hint"),
            format!(
                "there is no project `{project}`: projects are named after regions (cn-north-4, cn-east-3), and \
                 this endpoint is in cn-north-4; `swr.region(\"{project}\")` creates a region"
            )
        );
    }
}

#[test]
fn registry_credentials_of_one_region_are_refused_in_another() {
    let swr = MockSwr::start();
    let east = swr.region("cn-east-3");
    for repo in [swr.seed_repo("group/web"), east.seed_repo("group/web")] {
        repo.image("v1");
    }
    let scope = "repository:group/web:pull";
    let manifest = "/v2/group/web/manifests/v1";
    let here = swr.credentials().registry_login();
    let token = Registry::at(swr.registry(), here.clone()).with_token_for(scope);
    assert_eq!(token.get(manifest).status, 200);
    let response = token.at_registry(east.registry()).get(manifest);
    assert_eq!(response.status, 401);
    assert_eq!(
        response.header("x-mock-hint"),
        "the token is for the registry of cn-north-4, but was sent to the registry of cn-east-3"
    );

    let refused = |login: (String, String), hint: &str| {
        let response = Registry::at(east.registry(), login).request_token(scope);
        assert_eq!(response.status, 401);
        assert!(
            response.header("x-mock-hint").starts_with(hint),
            "{response:?}"
        );
    };
    refused(
        here,
        "`cn-north-4` is not a project of cn-east-3, the region of this registry: log in as cn-east-3@",
    );
    let (opened, login) = made_login(&swr, "secret");
    assert_eq!(opened.status, 200);
    refused(
        login,
        "`cn-north-4` is not a project of cn-east-3, the region of this registry: call CreateSecret with \
         projectname=cn-east-3",
    );
    let (_, login) = made_login(&swr, "authorizationtoken");
    refused(
        login,
        "`cn-north-4` is not a project of cn-east-3, the region of this registry: call \
         CreateAuthorizationToken at the endpoint of cn-east-3",
    );

    let (user, key) = east.credentials().registry_login();
    let sub = (user.replace("cn-east-3@", "cn-east-3_shop@"), key.clone());
    assert_eq!(
        Registry::at(east.registry(), sub)
            .request_token(scope)
            .status,
        200,
        "of a sub-project"
    );
    assert_eq!(
        Registry::at(east.registry(), (user, key))
            .request_token(scope)
            .status,
        200
    );
}

#[test]
fn a_user_handle_of_a_region_grants_and_signs_in_there() {
    let swr = MockSwr::start();
    let east = swr.region("cn-east-3");
    swr.seed_repo("group/web");
    let web = east.seed_repo("group/web").image("v1");
    let dev = east.user("dev").grant("group/web", Permission::Read);
    assert_eq!(web.permission_of("dev"), Some(Permission::Read));
    assert_eq!(swr.repo("group/web").permission_of("dev"), None);
    let list = |endpoint: &str, token: String| {
        let request = HTTP.get(format!("{endpoint}/v2/manage/repos"));
        send(request.header("X-Auth-Token", token)).unwrap()
    };
    assert_eq!(list(east.endpoint(), dev.token()).json()[0]["name"], "web");
    assert_eq!(dev.token(), dev.token());
    list(swr.endpoint(), dev.token()).assert_refused(401, "SVCSTG.SWR.4010000");
    assert!(dev.docker_config().contains(east.registry()));
    dev.revoke("group/web");
    assert_eq!(list(east.endpoint(), dev.token()).json(), json!([]));
    let message = panic_of(|| {
        east.user("partner/eve")
            .grant("group/web", Permission::Read)
    });
    assert!(
        message.contains("swr.region(\"cn-east-3\").repo(\"group/web\").share(\"partner\")"),
        "{message}"
    );
}

#[test]
fn a_pull_is_counted_in_its_region() {
    let swr = MockSwr::builder().frozen_at("2026-01-31T08:00:00Z").start();
    let east = swr.region("cn-east-3");
    east.seed_repo("group/web").image("v1");
    let docker = Registry::at(east.registry(), east.credentials().registry_login())
        .with_token_for("repository:group/web:pull");
    let manifest = docker.get("/v2/group/web/manifests/v1").json();
    let digest = manifest["layers"][0]["digest"].as_str().unwrap();
    assert_eq!(
        docker.get(&format!("/v2/group/web/blobs/{digest}")).status,
        200
    );
    let pulled = |swr: &MockSwr, endpoint: &str| {
        signed(endpoint, swr, "admin", "/v2/manage/overview").json()["downflow_size"].clone()
    };
    let there = pulled(&swr, east.endpoint());
    assert_ne!(there, 0.0);
    assert_eq!(pulled(&swr, swr.endpoint()), 0.0);
    let file: World = swr.world().to_json().parse().unwrap();
    let copy = MockSwr::builder().world(file).start();
    assert_eq!(pulled(&copy, copy.region("cn-east-3").endpoint()), there);
    assert_eq!(pulled(&copy, copy.endpoint()), 0.0);
}

#[test]
fn regions_open_during_calls_of_other_regions() {
    let swr = MockSwr::start();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..100 {
                // Each request opens a new connection: the test checks that every connection is accepted.
                let client = reqwest::blocking::Client::new();
                client.get(swr.endpoint()).send().unwrap();
            }
        });
        for number in 0..50 {
            let region = swr.region(&format!("cn-{number}"));
            assert!(TcpStream::connect(region.registry()).is_ok());
        }
    });
}
