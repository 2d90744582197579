//! Repositories shared with other accounts.

use mock_swr::{MockSwr, Permission, days};
use serde_json::{Value, json};

use crate::registry::client::Registry;
use crate::support::{Client, panic_of};

const SHARES: &str = "/v2/manage/namespaces/group/repositories/web/access-domains";
const OTHER_SPELLING: &str = "/v2/manage/namespaces/group/repos/web/access-domains";
const WEB: &str = "/v2/manage/namespaces/group/repos/web";

/// Starts a server with an image in `group/web`. Returns it with clients of the administrator and of `partner/eve`.
fn group() -> (MockSwr, Client, Client) {
    let swr = MockSwr::builder().frozen_at("2026-01-30T12:00:00Z").start();
    swr.seed_repo("group/web").image("v1");
    swr.seed_repo("group/one/two");
    let eve = Client::user(&swr, "partner/eve");
    let admin = Client::admin(&swr);
    (swr, admin, eve)
}

fn share(deadline: &str) -> Value {
    json!({"access_domain": "partner", "permit": "read", "deadline": deadline})
}

#[test]
fn a_share_is_created_shown_updated_and_deleted() {
    let (_swr, admin, _) = group();
    assert_eq!(admin.get(SHARES).json(), json!([]));
    let made = admin.post(SHARES, share("2026-01-31T00:00:00Z"));
    assert_eq!((made.status, &*made.text), (201, "{}"));

    let user_id = admin.get(WEB).json()["creator_id"].clone();
    let expected = json!({
        "namespace": "group", "repository": "web", "access_domain": "partner", "permit": "read",
        "deadline": "2026-01-31T00:00:00Z", "description": "", "creator_id": user_id,
        "creator_name": "admin", "created": "2026-01-30T12:00:00.0Z",
        "updated": "2026-01-30T12:00:00.0Z", "status": true,
    });
    assert_eq!(admin.get(SHARES).json(), json!([expected]));
    let mut shown = expected.clone();
    shown["exist"] = json!(true);
    assert_eq!(admin.get(&format!("{SHARES}/partner")).json(), shown);
    // A provider of OTC writes names in upper case and uses the path with `repos`.
    assert_eq!(
        admin.get(&format!("{OTHER_SPELLING}/PARTNER")).json(),
        shown
    );

    let mut changed = share("forever");
    changed["description"] = json!("for ever");
    assert_eq!(
        admin.patch(&format!("{SHARES}/partner"), changed).status,
        201
    );
    let after = admin.get(&format!("{SHARES}/partner")).json();
    assert_eq!(
        (&after["deadline"], &after["description"]),
        (&json!("forever"), &json!("for ever"))
    );
    assert_eq!(
        admin
            .patch(&format!("{SHARES}/partner"), share("forever"))
            .status,
        201
    );
    assert_eq!(
        admin.get(&format!("{SHARES}/partner")).json()["description"],
        "",
        "a description that is left out is empty"
    );

    let ended = admin.delete(&format!("{SHARES}/partner"));
    assert_eq!((ended.status, &*ended.text), (204, ""));
    assert_eq!(admin.get(SHARES).json(), json!([]));
}

#[test]
fn a_share_lets_the_other_account_read_and_pull_only() {
    let (swr, admin, eve) = group();
    let registry = Registry::login(&swr, "partner/eve");
    let token_status = |actions: &str| {
        registry
            .request_token(&format!("repository:group/web:{actions}"))
            .status
    };
    eve.get(WEB).assert_refused(404, "SVCSTG.SWR.4040058");
    assert_eq!(token_status("pull"), 401);

    assert_eq!(admin.post(SHARES, share("forever")).status, 201);
    assert_eq!(eve.get(WEB).json()["name"], "web");
    assert_eq!(
        eve.get(WEB).json()["domain_id"],
        admin.get(WEB).json()["domain_id"]
    );
    assert_eq!(eve.get(&format!("{WEB}/tags")).json()[0]["Tag"], "v1");
    assert_eq!(token_status("pull"), 200);
    let pulled = Registry::token(&swr, "partner/eve", "repository:group/web:pull")
        .get("/v2/group/web/manifests/v1");
    assert_eq!(pulled.status, 200);
    assert_eq!(swr.repo("group/web").info().num_download, 1);

    assert_eq!((token_status("push"), token_status("delete")), (401, 401));
    eve.delete(WEB).assert_refused(401, "SVCSTG.SWR.4011064");
    eve.delete(&format!("{WEB}/tags/v1"))
        .assert_refused(401, "SVCSTG.SWR.4011064");
    eve.get(SHARES).assert_refused(401, "SVCSTG.SWR.4011064");
    eve.get("/v2/manage/namespaces/group/repos/one$two")
        .assert_refused(404, "SVCSTG.SWR.4040058");
    eve.get("/v2/manage/namespaces/group")
        .assert_refused(404, "SVCSTG.SWR.4040058");
    eve.get(&format!("{WEB}/access"))
        .assert_refused(404, "SVCSTG.SWR.4040058");
    assert_eq!(
        eve.get("/v2/manage/repos").json(),
        json!([]),
        "the repository belongs to another account"
    );

    assert_eq!(admin.delete(&format!("{SHARES}/partner")).status, 204);
    eve.get(WEB).assert_refused(404, "SVCSTG.SWR.4040058");
    assert_eq!(token_status("pull"), 401);
}

#[test]
fn a_share_is_valid_until_the_end_of_its_day_by_the_services_clock() {
    let (swr, admin, _) = group();
    admin.post(SHARES, share("2026-01-31T00:00:00Z"));
    let token_status = || {
        Registry::login(&swr, "partner/eve")
            .request_token("repository:group/web:pull")
            .status
    };
    let status = |path: &str| {
        let list = Client::user(&swr, "partner/eve").get(path).json();
        let rows = list
            .get("repos")
            .unwrap_or(&list)
            .as_array()
            .unwrap()
            .clone();
        rows.iter()
            .map(|row| row["status"].clone())
            .collect::<Vec<_>>()
    };
    let lists = [
        "/v2/manage/shared-repositories?center=thirdparty",
        "/v3/manage/shared-repositories?shared_by=thirdparty",
    ];
    swr.advance(days(1));
    assert_eq!(token_status(), 200, "12:00 of the last day");
    for list in lists {
        assert_eq!(status(list), [true], "{list}");
    }
    swr.advance(days(1) / 2);
    assert_eq!(token_status(), 401, "00:00 of the next day");
    for list in lists {
        assert_eq!(status(list), [false], "{list}: it stays listed");
        assert_eq!(status(&format!("{list}&status=true")), [false; 0], "{list}");
        assert_eq!(status(&format!("{list}&status=false")), [false], "{list}");
    }
    let shown = Client::admin(&swr).get(SHARES).json();
    assert_eq!(shown[0]["status"], false);
}

#[test]
fn shared_repositories_are_listed_from_both_sides() {
    let (swr, admin, eve) = group();
    swr.repo("group/web").share("partner");
    swr.repo("group/one/two").share("partner").share("third");
    swr.seed_namespace("alpha").owner("another");
    swr.seed_repo("alpha/app")
        .image("v1")
        .image("v2")
        .share("partner");
    let names = |client: &Client, query: &str| {
        let rows = client
            .get(&format!("/v2/manage/shared-repositories?{query}"))
            .json();
        let rows = rows.as_array().unwrap().clone();
        rows.iter()
            .map(|row| row["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        names(&admin, "center=self&order_column=name&order_type=asc"),
        ["one/two", "web"]
    );
    assert_eq!(names(&admin, "center=thirdparty"), [""; 0]);
    for (order, expected) in [
        ("name", ["app", "one/two", "web"]),
        ("namespace", ["app", "web", "one/two"]),
        ("domain_name", ["web", "one/two", "app"]),
        ("tag_count", ["one/two", "web", "app"]),
    ] {
        let query = format!("center=thirdparty&order_column={order}&order_type=asc");
        assert_eq!(names(&eve, &query), expected, "{order}");
    }
    assert_eq!(
        names(&eve, "filter=center::thirdparty|namespace::alpha"),
        ["app"]
    );
    assert_eq!(
        names(&eve, "center=thirdparty&filter=namespace::alpha"),
        ["app"]
    );
    assert_eq!(names(&eve, "center=thirdparty&name=wo"), ["one/two"]);
    assert_eq!(
        names(&eve, "center=thirdparty&domain_name=another"),
        ["app"]
    );
    assert_eq!(names(&eve, "center=self"), [""; 0]);

    let order = "order_column=name&order_type=asc";
    let page = eve.get(&format!(
        "/v2/manage/shared-repositories?center=thirdparty&limit=1&offset=2&{order}"
    ));
    assert_eq!(page.header("content-range"), "2-1/3");
    let row = &page.json()[0];
    assert_eq!(
        (&row["domain_name"], &row["namespace"]),
        (&json!("acme"), &json!("group"))
    );
    assert_eq!(
        (&row["total_range"], &row["tags"]),
        (&json!(3), &json!(["v1"]))
    );

    let first = eve
        .get("/v3/manage/shared-repositories?shared_by=thirdparty&limit=2")
        .json();
    let marker = first["nextMarker"].as_u64().unwrap();
    let last = eve
        .get(&format!(
            "/v3/manage/shared-repositories?shared_by=thirdparty&limit=2&marker={marker}"
        ))
        .json();
    assert_eq!(last["repos"][0]["name"], "app");
    assert_eq!(last["repos"][0]["namespace_name"], "alpha");
    assert_eq!(last.get("nextMarker"), None);
    // The permissions of a user limit shared repositories too.
    assert_eq!(names(&Client::user(&swr, "dev"), "center=self"), [""; 0]);
}

#[test]
fn an_invalid_share_is_refused() {
    let (swr, admin, _) = group();
    let but = |key: &str, value: Value| {
        let mut changed = share("forever");
        changed[key] = value;
        changed
    };
    let without = |key: &str| {
        let mut changed = share("forever");
        changed.as_object_mut().unwrap().remove(key);
        changed
    };
    for (body, code) in [
        (but("access_domain", json!("nobody")), "SVCSTG.SWR.4001041"),
        (but("access_domain", json!("acme")), "SVCSTG.SWR.4001041"),
        (but("permit", json!("write")), "SVCSTG.SWR.4001066"),
        (but("deadline", json!("tomorrow")), "SVCSTG.SWR.4001025"),
        (but("deadline", json!(5)), "SVCSTG.SWR.4000014"),
        (without("access_domain"), "SVCSTG.SWR.4001014"),
        (without("permit"), "SVCSTG.SWR.4001014"),
        (without("deadline"), "SVCSTG.SWR.4001014"),
        (json!([]), "SVCSTG.SWR.4001018"),
    ] {
        admin.post(SHARES, body).assert_refused(400, code);
    }
    let long = but("description", json!("x".repeat(1001)));
    admin
        .post(SHARES, long)
        .assert_refused(413, "SVCSTG.SWR.4131012");
    assert_eq!(admin.get(SHARES).json(), json!([]));

    assert_eq!(admin.post(SHARES, share("forever")).status, 201);
    admin
        .post(SHARES, share("forever"))
        .assert_refused(409, "SVCSTG.SWR.4090089");
    admin
        .post(OTHER_SPELLING, share("forever"))
        .assert_refused(409, "SVCSTG.SWR.4090089");

    let absent = format!("{SHARES}/absent");
    assert_eq!(admin.get(&absent).json()["exist"], false);
    admin
        .patch(&absent, share("forever"))
        .assert_refused(400, "SVCSTG.SWR.4001090");
    admin
        .delete(&absent)
        .assert_refused(400, "SVCSTG.SWR.4001090");
    let missing = SHARES.replace("web", "absent");
    admin
        .get(&missing)
        .assert_refused(404, "SVCSTG.SWR.4040113");
    admin
        .post(&missing, share("forever"))
        .assert_refused(404, "SVCSTG.SWR.4040113");

    swr.seed_repo("group/open").public();
    let open = SHARES.replace("web", "open");
    admin
        .post(&open, share("forever"))
        .assert_refused(400, "SVCSTG.SWR.4001025");
    for list in [
        "/v2/manage/shared-repositories",
        "/v3/manage/shared-repositories",
    ] {
        admin.get(list).assert_refused(400, "SVCSTG.SWR.4001014");
        let query = "center=everybody&shared_by=everybody";
        admin
            .get(&format!("{list}?{query}"))
            .assert_refused(400, "SVCSTG.SWR.4001025");
    }
}

#[test]
fn sharing_a_repository_needs_the_manage_permission() {
    let (swr, _, _) = group();
    let dev = swr.user("dev").grant("group", mock_swr::Permission::Write);
    let client = Client::user(&swr, "dev");
    client
        .post(SHARES, share("forever"))
        .assert_refused(403, "SVCSTG.SWR.4037020");
    client.get(SHARES).assert_refused(403, "SVCSTG.SWR.4037020");
    client
        .delete(&format!("{SHARES}/partner"))
        .assert_refused(403, "SVCSTG.SWR.4037020");
    dev.grant("group/web", mock_swr::Permission::Manage);
    assert_eq!(client.post(SHARES, share("forever")).status, 201);
    assert_eq!(client.get(SHARES).json()[0]["creator_name"], "dev");
}

#[test]
fn a_shared_blob_can_be_mounted_and_is_part_of_the_world() {
    let (swr, _, _) = group();
    swr.repo("group/web").share("partner");
    let fork = MockSwr::builder()
        .world(swr.world().to_json().parse().unwrap())
        .start();
    fork.advance(days(1));
    assert_eq!(fork.world().to_json().matches("\"shares\"").count(), 1);
    let eve = Client::user(&fork, "partner/eve");
    assert_eq!(eve.get(WEB).status, 200);
    fork.seed_namespace("theirs").owner("partner");
    let layer = eve.get(&format!("{WEB}/tags/v1")).json()["image_id"]
        .as_str()
        .unwrap()
        .to_owned();
    fork.user("partner/eve")
        .grant("theirs", mock_swr::Permission::Write);
    let scopes = "repository:theirs/app:pull,push&scope=repository:group/web:pull";
    let mounted = Registry::token(&fork, "partner/eve", scopes).post(&format!(
        "/v2/theirs/app/blobs/uploads/?mount=sha256:{layer}&from=group/web"
    ));
    assert_eq!(mounted.status, 201, "{mounted:?}");
}

#[test]
fn a_repository_is_not_shared_with_its_owner() {
    let swr = MockSwr::start();
    let web = swr.seed_repo("group/web");
    for own in ["acme", "ACME"] {
        let message = panic_of(|| web.share(own));
        assert_eq!(
            message,
            format!(
                "invalid setting for `group/web`: shares.{own}: the repository already belongs to this account"
            )
        );
    }
    assert!(panic_of(|| web.share("a/b")).contains("`a/b` cannot be an account"));
    let shares =
        Client::admin(&swr).get("/v2/manage/namespaces/group/repositories/web/access-domains");
    assert_eq!(shares.json(), json!([]));
    Client::user(&swr, "dev")
        .get("/v2/manage/namespaces/group/repos/web")
        .assert_refused(403, "SVCSTG.SWR.4037018");
}

#[test]
fn names_of_accounts_ignore_case() {
    let swr = MockSwr::start();
    let web = swr.seed_repo("group/web");
    web.share("Partner").share("PARTNER");
    let admin = Client::admin(&swr);
    let shares = admin
        .get("/v2/manage/namespaces/group/repositories/web/access-domains")
        .json();
    assert_eq!(shares.as_array().unwrap().len(), 1, "{shares}");
    let list = |filter: &str| {
        let path = format!("/v2/manage/shared-repositories?center=self&{filter}");
        admin.get(&path).json().as_array().unwrap().len()
    };
    assert_eq!(
        (list("domain_name=ACME"), list("domain_name=partner")),
        (1, 0)
    );
    assert_eq!(
        (list("status=true"), list("status=false")),
        (1, 1),
        "the field is always false for own repositories"
    );
}

#[test]
fn a_hint_explains_the_share_of_another_account() {
    let swr = MockSwr::builder().frozen_at("2026-01-31T08:00:00Z").start();
    let web = swr.seed_repo("group/web").image("v1");
    let eve = Registry::login(&swr, "partner/eve");
    let hint = |scope: &str| {
        let response = eve.request_token(scope);
        assert_eq!(response.status, 401, "{response:?}");
        let hint = response.header("x-mock-hint").to_owned();
        let whose = "organization `group` belongs to account `acme`, but `partner/eve` is a user of account \
                     `partner`";
        hint.strip_prefix(whose).expect(&hint).to_owned()
    };
    let pull = "repository:group/web:pull";
    let not_shared = "; `group/web` is not shared with account `partner`: `swr.repo(\"group/web\").share(\"partner\")`";
    assert_eq!(hint(pull), not_shared);
    assert_eq!(web.permission_of("partner/eve"), None);

    web.set(json!({"shares": {"partner": {"deadline": "2026-01-31T00:00:00Z"}}}));
    assert_eq!(eve.request_token(pull).status, 200);
    assert_eq!(web.permission_of("partner/eve"), Some(Permission::Read));
    assert_eq!(
        hint("repository:group/web:push"),
        "; `group/web` is shared with account `partner` for reading only"
    );

    swr.advance(days(1));
    assert_eq!(
        hint(pull),
        "; the share of `group/web` with account `partner` expired after 2026-01-31T00:00:00Z"
    );
    assert_eq!(web.permission_of("partner/eve"), None);

    web.share("partner");
    assert_eq!(eve.request_token(pull).status, 200);
    web.unshare("PARTNER").unshare("partner").unshare("nobody");
    assert_eq!(hint(pull), not_shared);
}

#[test]
fn permissions_are_hidden_from_other_accounts() {
    let swr = MockSwr::start();
    swr.seed_repo("group/web").share("partner");
    Client::user(&swr, "partner/eve")
        .get("/v2/manage/namespaces/group/repos/web/access")
        .assert_refused(404, "SVCSTG.SWR.4040058");
}

#[test]
fn a_blob_is_mounted_from_any_repository_that_the_caller_may_pull() {
    let swr = MockSwr::start();
    swr.seed_namespace("theirs").owner("partner");
    for (name, open) in [("shared", true), ("public", true), ("private", false)] {
        let repo = swr.seed_repo(&format!("group/{name}")).image(name);
        match name {
            "shared" => drop(repo.share("partner")),
            "public" => drop(repo.public()),
            _ => {}
        }
        let manifest: Value = serde_json::from_slice(&repo.content(name)).unwrap();
        let digest = manifest["layers"][0]["digest"].as_str().unwrap();
        // For a private repository, the login itself is already refused.
        let source = if open {
            format!("&scope=repository:group/{name}:pull")
        } else {
            String::new()
        };
        let scopes = format!("repository:theirs/web:pull,push{source}");
        let docker = Registry::token(&swr, "partner/partner", &scopes);
        let mounted = docker.send(
            "POST",
            &format!("/v2/theirs/web/blobs/uploads/?mount={digest}"),
            &[],
            "",
        );
        assert_eq!(mounted.status, if open { 201 } else { 202 }, "{name}");
    }
}

#[test]
fn a_shared_tag_has_the_account_of_its_owner() {
    let swr = MockSwr::start();
    swr.seed_repo("group/web").image("v1").share("partner");
    let own = swr.credentials().domain_id;
    let eve = Client::user(&swr, "partner/eve");
    for path in [WEB.to_owned(), format!("{WEB}/tags/v1")] {
        assert_eq!(eve.get(&path).json()["domain_id"], own, "{path}");
    }
    let tags = eve.get(&format!("{WEB}/tags")).json();
    assert_eq!(tags[0]["domain_id"], own);
}
