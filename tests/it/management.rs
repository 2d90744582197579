//! Organizations, repositories, quotas and versions in the management API.

use mock_swr::{MockSwr, Op, Permission, Refusal, World};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Client, Response, send};

const NAMESPACES: &str = "/v2/manage/namespaces";

#[test]
fn all_versions_are_public_and_one_version_needs_a_caller() {
    let swr = MockSwr::start();
    let listed = Client::anonymous(&swr).get("/");
    assert_eq!(listed.status, 200);
    let version = listed.json()["versions"][0].clone();
    assert_eq!(
        (&version["id"], &version["links"]["rel"]),
        (&json!("v2"), &json!("self"))
    );

    let admin = Client::admin(&swr);
    for name in ["v2", "2.26"] {
        let shown = admin.get(&format!("/{name}"));
        assert_eq!((shown.status, &shown.json()["version"]), (200, &version));
    }
    admin.get("/v9").assert_refused(404, "SVCSTG.SWR.4040083");
    Client::anonymous(&swr)
        .get("/v2")
        .assert_refused(401, "APIGW.0301");
}

#[test]
fn an_organization_shows_exactly_four_keys() {
    let swr = MockSwr::start();
    swr.seed_namespace("group");
    let shown = Client::admin(&swr).get(&format!("{NAMESPACES}/group"));
    assert_eq!(shown.status, 200);
    let id = shown.json()["id"].clone();
    assert!(id.is_u64());
    assert_eq!(
        shown.json(),
        json!({"id": id, "name": "group", "creator_name": "admin", "auth": 7})
    );
}

#[test]
fn a_missing_organization_is_404() {
    let swr = MockSwr::start();
    let admin = Client::admin(&swr);
    admin
        .get(&format!("{NAMESPACES}/group"))
        .assert_refused(404, "SVCSTG.SWR.4040058");
    admin
        .delete(&format!("{NAMESPACES}/group"))
        .assert_refused(404, "SVCSTG.SWR.4040058");
    admin
        .get(&format!("{NAMESPACES}/group/repos/web"))
        .assert_refused(404, "SVCSTG.SWR.4040058");
    swr.verify(Op::ShowNamespace)
        .refused(Refusal::NamespaceNotFound)
        .once();
}

#[test]
fn names_of_organizations_follow_the_rule() {
    let swr = MockSwr::start();
    let admin = Client::admin(&swr);
    let long = "a".repeat(65);
    for bad in ["", "1st", "Group", "a..b", "a.", "a/b", "ä", &long] {
        admin
            .post(NAMESPACES, json!({"namespace": bad}))
            .assert_refused(400, "SVCSTG.SWR.4001028");
    }
    for good in ["a", "blue-team", "a.b", "a__b"] {
        assert_eq!(
            admin.post(NAMESPACES, json!({"namespace": good})).status,
            201,
            "{good}"
        );
    }
}

#[test]
fn an_invalid_body_is_refused_with_its_error() {
    let swr = MockSwr::start();
    swr.seed_namespace("group");
    let admin = Client::admin(&swr);
    let post = |path: &str, body: &'static str| {
        send(admin.request(Method::POST, path).body(body)).unwrap()
    };

    post(NAMESPACES, "{").assert_refused(400, "SVCSTG.SWR.4001018");
    post(NAMESPACES, "[]").assert_refused(400, "SVCSTG.SWR.4001018");
    post(NAMESPACES, "{}").assert_refused(400, "SVCSTG.SWR.4001014");
    post(NAMESPACES, "").assert_refused(400, "SVCSTG.SWR.4001014");
    post(NAMESPACES, r#"{"namespace": 1}"#).assert_refused(400, "SVCSTG.SWR.4000014");
    let renamed = post(NAMESPACES, r#"{"namespaces": "a"}"#);
    renamed.assert_refused(400, "SVCSTG.SWR.4001014");
    assert_eq!(
        renamed.header("x-mock-hint"),
        "`namespaces` was sent where `namespace` is required"
    );

    let repos = "/v2/manage/namespaces/group/repos";
    post(repos, r#"{"repository": "web"}"#).assert_refused(400, "SVCSTG.SWR.4001009");
    post(repos, r#"{"repository": "web", "is_public": "false"}"#)
        .assert_refused(400, "SVCSTG.SWR.4001009");
    post(repos, r#"{"repository": "web", "is_public": null}"#)
        .assert_refused(400, "SVCSTG.SWR.4001009");
    post(repos, r#"{"is_public": false}"#).assert_refused(400, "SVCSTG.SWR.4001014");
    let category = r#"{"repository": "web", "is_public": false, "category": "games"}"#;
    post(repos, category).assert_refused(400, "SVCSTG.SWR.4001025");
    assert_eq!(swr.namespace("group").repos(), [""; 0]);
}

#[test]
fn a_name_is_in_use_if_any_account_has_it() {
    let swr = MockSwr::start();
    swr.seed_namespace("ours");
    swr.seed_namespace("theirs").owner("partner");
    let admin = Client::admin(&swr);
    for taken in ["ours", "theirs", "library"] {
        let refused = admin.post(NAMESPACES, json!({"namespace": taken}));
        refused.assert_refused(409, "SVCSTG.SWR.4090060");
        assert_eq!(refused.json()["error_msg"], "Namespace already exists");
    }
}

#[test]
fn a_sixth_organization_is_over_the_quota() {
    let swr = MockSwr::start();
    let admin = Client::admin(&swr);
    for name in ["a", "b", "c", "d", "e"] {
        assert_eq!(
            admin.post(NAMESPACES, json!({"namespace": name})).status,
            201
        );
    }
    admin
        .post(NAMESPACES, json!({"namespace": "f"}))
        .assert_refused(400, "SVCSTG.SWR.4000097");
    assert_eq!(admin.delete(&format!("{NAMESPACES}/a")).status, 204);
    assert_eq!(
        admin.post(NAMESPACES, json!({"namespace": "f"})).status,
        201
    );
}

#[test]
fn quotas_count_what_is_used() {
    let world: World =
        r#"{"accounts": {"acme": {"quota": {"namespaces": 2, "repos": 1}}}, "namespaces": {"group": {}}}"#
            .parse()
            .unwrap();
    let swr = MockSwr::builder().world(world).start();
    let admin = Client::admin(&swr);
    let quotas = || admin.get("/v2/manage/projects/0123/quotas").json();
    let row = |key: &str, limit: u32, used: u32| -> Value {
        json!({"quota_key": key, "quota_limit": limit, "used": used, "unit": ""})
    };
    assert_eq!(
        quotas(),
        json!({"quotas": [row("namespace", 2, 1), row("repository", 1, 0)]})
    );

    let body = |name: &str| json!({"repository": name, "is_public": false});
    assert_eq!(
        admin
            .post("/v2/manage/namespaces/group/repos", body("web"))
            .status,
        201
    );
    admin
        .post("/v2/manage/namespaces/group/repos", body("api"))
        .assert_refused(400, "SVCSTG.SWR.4000098");
    assert_eq!(
        quotas(),
        json!({"quotas": [row("namespace", 2, 1), row("repository", 1, 1)]})
    );
}

#[test]
fn organizations_are_listed_oldest_first_and_a_filter_wins_over_the_parameter() {
    let swr = MockSwr::start();
    swr.seed_namespace("zoo");
    swr.seed_namespace("group").seed_repo("web");
    let admin = Client::admin(&swr);
    let names = |query: &str| {
        names(
            &admin.get(&format!("{NAMESPACES}{query}")).json()["namespaces"],
            "name",
        )
    };

    assert_eq!(names(""), ["zoo", "group"]);
    assert_eq!(names("?filter=mode::visible"), ["zoo", "group"]);
    assert_eq!(names("?namespace=group"), ["group"]);
    assert_eq!(
        names("?namespace=zoo&filter=namespace%3A%3Agroup%7Cmode%3A%3Avisible"),
        ["group"]
    );
    assert_eq!(names("?filter=namespace::gro"), [""; 0]);
    admin
        .get(&format!("{NAMESPACES}?filter=namespace:group"))
        .assert_refused(400, "SVCSTG.SWR.4001035");

    let listed = admin.get(&format!("{NAMESPACES}?namespace=group")).json();
    assert_eq!(
        (
            &listed["namespaces"][0]["repo_count"],
            &listed["namespaces"][0]["access_user_count"]
        ),
        (&json!(1), &json!(1))
    );
}

#[test]
fn an_organization_with_repositories_cannot_be_deleted() {
    let swr = MockSwr::start();
    let web = swr.seed_repo("group/web");
    let admin = Client::admin(&swr);
    admin
        .delete(&format!("{NAMESPACES}/group"))
        .assert_refused(406, "SVCSTG.SWR.4060074");
    assert!(web.exists());

    let deleted = admin.delete("/v2/manage/namespaces/group/repos/web");
    assert_eq!((deleted.status, deleted.text.as_str()), (204, ""));
    assert_eq!(admin.delete(&format!("{NAMESPACES}/group")).status, 204);
    admin
        .get(&format!("{NAMESPACES}/group"))
        .assert_refused(404, "SVCSTG.SWR.4040058");
}

#[test]
fn a_repository_exists_once() {
    let swr = MockSwr::start();
    swr.seed_repo("group/web");
    let body = json!({"repository": "web", "is_public": true});
    Client::admin(&swr)
        .post("/v2/manage/namespaces/group/repos", body)
        .assert_refused(409, "SVCSTG.SWR.4090006");
    assert!(!swr.repo("group/web").info().is_public);
}

#[test]
fn names_of_repositories_follow_the_rule() {
    let swr = MockSwr::start();
    swr.seed_namespace("group");
    let admin = Client::admin(&swr);
    let make = |name: &str| {
        admin.post(
            "/v2/manage/namespaces/group/repos",
            json!({"repository": name, "is_public": false}),
        )
    };
    for bad in ["", "Web", "a//b", "/a", "a$b", "a b"] {
        make(bad).assert_refused(400, "SVCSTG.SWR.4001029");
    }
    for good in ["1st", "one/two/three"] {
        assert_eq!(make(good).status, 201, "{good}");
    }
}

#[test]
fn a_slash_of_a_repository_is_written_as_a_dollar() {
    let swr = MockSwr::start();
    swr.seed_repo("group/one/two");
    let admin = Client::admin(&swr);
    for spelling in ["one$two", "one%24two"] {
        let shown = admin.get(&format!("{NAMESPACES}/group/repos/{spelling}"));
        assert_eq!(
            (shown.status, &shown.json()["name"]),
            (200, &json!("one/two"))
        );
    }
    assert_eq!(swr.calls(Op::ShowRepository.repo("group/one/two")).len(), 2);
}

#[test]
fn an_update_sets_the_visibility_and_keeps_the_rest() {
    let swr = MockSwr::builder().frozen_at("2026-01-31T08:00:00Z").start();
    let web = swr
        .seed_repo("group/web")
        .set(json!({"category": "linux", "description": "the shop"}));
    let before = web.info();
    swr.advance(mock_swr::days(1));
    let admin = Client::admin(&swr);
    let path = format!("{NAMESPACES}/group/repos/web");

    let updated = admin.patch(&path, json!({"is_public": true}));
    assert_eq!((updated.status, updated.json()), (201, json!({})));
    let after = web.info();
    assert!(after.is_public);
    assert_eq!(
        (after.category.as_str(), after.description.as_str()),
        ("linux", "the shop")
    );
    assert_eq!(after.created, before.created);
    assert_eq!(
        after.updated.duration_since(before.updated).unwrap(),
        mock_swr::days(1)
    );

    for nothing in [json!({}), json!({"category": ""})] {
        admin
            .patch(&path, nothing)
            .assert_refused(400, "SVCSTG.SWR.4001009");
    }
    admin
        .patch(&path, json!({"is_public": true, "category": "games"}))
        .assert_refused(400, "SVCSTG.SWR.4001025");
    admin
        .patch(
            &format!("{NAMESPACES}/group/repos/api"),
            json!({"is_public": true}),
        )
        .assert_refused(404, "SVCSTG.SWR.4040113");
    assert_eq!(web.info(), after);

    let described = admin.patch(&path, json!({"description": "new"}));
    assert_eq!((described.status, described.json()), (201, json!({})));
    let described = web.info();
    assert_eq!(
        (described.is_public, described.description.as_str()),
        (true, "new")
    );
}

#[test]
fn a_description_has_at_most_30000_characters() {
    let swr = MockSwr::start();
    swr.seed_namespace("group");
    let admin = Client::admin(&swr);
    let make = |name: &str, length: usize| {
        let body =
            json!({"repository": name, "is_public": false, "description": "ü".repeat(length)});
        admin.post("/v2/manage/namespaces/group/repos", body)
    };
    assert_eq!(make("fits", 30_000).status, 201);
    make("long", 30_001).assert_refused(413, "SVCSTG.SWR.4131012");
    admin
        .patch(
            &format!("{NAMESPACES}/group/repos/fits"),
            json!({"is_public": false, "description": "ü".repeat(30_001)}),
        )
        .assert_refused(413, "SVCSTG.SWR.4131012");
    assert_eq!(swr.namespace("group").repos(), ["fits"]);
}

#[test]
fn a_missing_repository_is_404_and_the_hint_names_existing_ones() {
    let swr = MockSwr::start();
    swr.seed_repo("group/web");
    let admin = Client::admin(&swr);
    let path = format!("{NAMESPACES}/group/repos/wbe");
    let shown = admin.get(&path);
    shown.assert_refused(404, "SVCSTG.SWR.4040113");
    assert_eq!(
        shown.header("x-mock-hint"),
        "there is no repository `wbe` in organization `group`; its repositories: web"
    );
    admin
        .delete(&path)
        .assert_refused(404, "SVCSTG.SWR.4040113");
}

#[test]
fn each_permission_allows_only_its_operations() {
    let swr = MockSwr::start();
    swr.seed_repo("group/web");
    let repos = format!("{NAMESPACES}/group/repos");
    let web = format!("{repos}/web");
    type Act<'a> = &'a dyn Fn(&Client) -> Response;
    // The permission that each operation needs.
    let calls: [(&str, Option<Permission>, Act<'_>); 7] = [
        ("list", None, &|client| client.get(NAMESPACES)),
        ("show the organization", Some(Permission::Read), &|client| {
            client.get(&format!("{NAMESPACES}/group"))
        }),
        ("show", Some(Permission::Read), &|client| client.get(&web)),
        ("create", Some(Permission::Write), &|client| {
            client.post(&repos, json!({"repository": "new", "is_public": false}))
        }),
        ("update", Some(Permission::Write), &|client| {
            client.patch(&web, json!({"is_public": false}))
        }),
        ("delete", Some(Permission::Manage), &|client| {
            client.delete(&format!("{repos}/new"))
        }),
        (
            "delete the organization",
            Some(Permission::Manage),
            &|client| client.delete(&format!("{NAMESPACES}/group")),
        ),
    ];
    for held in [
        None,
        Some(Permission::Read),
        Some(Permission::Write),
        Some(Permission::Manage),
    ] {
        let user = swr.user("dev").revoke("group");
        if let Some(permission) = held {
            user.grant("group", permission);
        }
        if swr.repo("group/new").exists() {
            swr.repo("group/new").delete();
        }
        let client = Client::user(&swr, "dev");
        for (name, needed, call) in &calls {
            let response = call(&client);
            if held >= *needed {
                assert_ne!(response.status, 403, "{name} with {held:?}: {response:?}");
            } else {
                let code = if name.contains("organization") {
                    "4037017"
                } else {
                    "4037018"
                };
                let code = if *name == "create" { "4037017" } else { code };
                response.assert_refused(403, &format!("SVCSTG.SWR.{code}"));
            }
        }
    }
    Client::user(&swr, "dev")
        .post(NAMESPACES, json!({"namespace": "mine"}))
        .assert_refused(403, "SVCSTG.SWR.4037017");
    assert!(!swr.namespace("mine").exists());
}

#[test]
fn an_organization_of_another_account_reads_as_absent_and_refuses_writes() {
    let swr = MockSwr::builder()
        .world(World::named("two-tenants"))
        .start();
    let admin = Client::admin(&swr);
    let theirs = format!("{NAMESPACES}/theirs");
    admin.get(&theirs).assert_refused(404, "SVCSTG.SWR.4040058");
    admin
        .get(&format!("{theirs}/repos/app"))
        .assert_refused(404, "SVCSTG.SWR.4040058");
    admin
        .delete(&theirs)
        .assert_refused(401, "SVCSTG.SWR.4011064");
    let refused = admin.post(
        &format!("{theirs}/repos"),
        json!({"repository": "new", "is_public": false}),
    );
    refused.assert_refused(401, "SVCSTG.SWR.4011064");
    assert_eq!(
        refused.header("x-mock-hint"),
        "organization `theirs` belongs to account `partner`, but `admin` is a user of account `acme`"
    );
    let eve = Client::user(&swr, "partner/eve");
    assert_eq!(
        names(&eve.get(NAMESPACES).json()["namespaces"], "name"),
        ["theirs"]
    );
    assert_eq!(
        names(&eve.get("/v2/manage/repos").json(), "namespace"),
        ["theirs"]
    );
    assert_eq!(
        names(&admin.get("/v2/manage/repos").json(), "namespace"),
        ["ours"]
    );
}

#[test]
fn lists_contain_only_what_the_user_may_see() {
    let swr = MockSwr::builder().world(World::named("shop")).start();
    let guest = Client::user(&swr, "guest");
    let listed = guest.get(NAMESPACES).json();
    assert_eq!(names(&listed["namespaces"], "name"), ["shop"]);
    assert_eq!(listed["namespaces"][0]["auth"], 1);
    assert_eq!(
        names(&guest.get("/v2/manage/repos").json(), "name"),
        ["cart", "web/front"]
    );
    assert_eq!(
        names(&guest.get("/v3/manage/repos").json()["repos"], "name"),
        ["web/front", "cart"]
    );
    assert_eq!(
        names(
            &Client::user(&swr, "stranger")
                .get("/v2/manage/repos")
                .json(),
            "name"
        ),
        [""; 0]
    );
}

/// Returns the value of one key of each row.
#[track_caller]
pub(crate) fn names(rows: &Value, key: &str) -> Vec<String> {
    let rows = rows
        .as_array()
        .unwrap_or_else(|| panic!("expected a list, got {rows}"));
    rows.iter()
        .map(|row| {
            row[key]
                .as_str()
                .unwrap_or_else(|| panic!("no {key}: {row}"))
                .to_owned()
        })
        .collect()
}
