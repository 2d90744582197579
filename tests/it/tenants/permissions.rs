//! Permissions on whole accounts, on organizations and on single repositories.

use mock_swr::{Auth, MockSwr, Op, Permission, Refusal, World};
use serde_json::{Value, json};

use crate::registry::client::Registry;
use crate::support::{Client, panic_of};

const ACCESS: &str = "/v2/manage/namespaces/group/access";
const WEB: &str = "/v2/manage/namespaces/group/repos/web";
const WEB_ACCESS: &str = "/v2/manage/namespaces/group/repos/web/access";

/// Starts a server with `group/web`, which has an image, and `group/api`. Returns it with the administrator's client.
fn group() -> (MockSwr, Client) {
    let swr = MockSwr::start();
    swr.seed_repo("group/web").image("v1");
    swr.seed_repo("group/api");
    let admin = Client::admin(&swr);
    (swr, admin)
}

/// Returns a permission of a user as the API shows it.
fn grant(swr: &MockSwr, user: &str, auth: u8) -> Value {
    let user = swr.user(user).credentials();
    json!({"user_id": user.user_id, "user_name": user.user, "auth": auth})
}

fn id(swr: &MockSwr, user: &str) -> String {
    swr.user(user).credentials().user_id
}

#[test]
fn permissions_on_an_organization_are_granted_updated_and_revoked() {
    let (swr, admin) = group();
    let (dev, ops) = (grant(&swr, "dev", 3), grant(&swr, "ops", 1));
    assert_eq!(admin.post(ACCESS, json!([ops, dev])).status, 201);

    let shown = admin.get(ACCESS).json();
    let own = grant(&swr, "admin", 7);
    assert_eq!(shown["self_auth"], own);
    assert_eq!(
        shown["others_auths"],
        json!([own, ops, dev]),
        "grants are in order of creation and include the caller"
    );
    assert_eq!(
        (&shown["name"], &shown["creator_name"]),
        (&json!("group"), &json!("admin"))
    );
    let group = swr.namespace("group");
    assert_eq!(group.permission_of("ops"), Some(Permission::Read));

    assert_eq!(
        admin.patch(ACCESS, json!([grant(&swr, "ops", 7)])).status,
        201
    );
    assert_eq!(group.permission_of("ops"), Some(Permission::Manage));
    assert_eq!(
        group.permission_of("dev"),
        Some(Permission::Write),
        "other permissions stay"
    );

    let taken = admin.delete_with(ACCESS, json!([id(&swr, "ops")]));
    assert_eq!((taken.status, &*taken.text), (204, ""));
    assert_eq!(group.permission_of("ops"), None);
    assert_eq!(admin.get(ACCESS).json()["others_auths"], json!([own, dev]));
}

#[test]
fn permissions_on_a_repository_are_granted_updated_and_revoked() {
    let (swr, admin) = group();
    let dev = grant(&swr, "dev", 1);
    assert_eq!(admin.post(WEB_ACCESS, json!([dev])).status, 201);
    let shown = admin.get(WEB_ACCESS).json();
    assert_eq!(shown["name"], "web");
    assert_eq!(shown["id"], admin.get(WEB).json()["id"]);
    assert_eq!(shown["self_auth"], grant(&swr, "admin", 7));
    assert_eq!(
        shown["others_auths"],
        json!([dev]),
        "the list does not contain the caller"
    );
    assert_eq!(
        Client::user(&swr, "dev").get(WEB_ACCESS).json()["others_auths"],
        json!([])
    );

    assert_eq!(
        admin
            .patch(WEB_ACCESS, json!([grant(&swr, "dev", 7)]))
            .status,
        201
    );
    assert_eq!(
        swr.repo("group/web").permission_of("dev"),
        Some(Permission::Manage)
    );
    assert_eq!(swr.repo("group/api").permission_of("dev"), None);
    assert_eq!(swr.namespace("group").permission_of("dev"), None);
    assert_eq!(
        admin
            .delete_with(WEB_ACCESS, json!([id(&swr, "dev")]))
            .status,
        204
    );
    assert_eq!(swr.repo("group/web").permission_of("dev"), None);
    assert_eq!(admin.get(WEB_ACCESS).json()["others_auths"], json!([]));
}

#[test]
fn a_list_of_grants_with_an_invalid_one_is_refused_completely() {
    let (swr, admin) = group();
    let good = grant(&swr, "ops", 1);
    swr.user("dev")
        .grant("group", Permission::Read)
        .grant("group/web", Permission::Read);
    let eve = grant(&swr, "partner/eve", 1);
    let dev = grant(&swr, "dev", 3);
    let but = |key: &str, value: Value| {
        let mut changed = grant(&swr, "new", 1);
        changed[key] = value;
        changed
    };
    let without = |key: &str| {
        let mut changed = grant(&swr, "new", 1);
        changed.as_object_mut().unwrap().remove(key);
        changed
    };
    let cases = [
        (dev, 409, "SVCSTG.SWR.4090076", "SVCSTG.SWR.4090089"),
        (
            but("auth", json!(5)),
            400,
            "SVCSTG.SWR.4001065",
            "SVCSTG.SWR.4001066",
        ),
        (
            but("auth", json!("7")),
            400,
            "SVCSTG.SWR.4000014",
            "SVCSTG.SWR.4000014",
        ),
        (
            without("auth"),
            400,
            "SVCSTG.SWR.4001014",
            "SVCSTG.SWR.4001014",
        ),
        (
            without("user_id"),
            400,
            "SVCSTG.SWR.4001014",
            "SVCSTG.SWR.4001014",
        ),
        (
            without("user_name"),
            400,
            "SVCSTG.SWR.4001014",
            "SVCSTG.SWR.4001014",
        ),
        (
            but("user_name", json!("old")),
            400,
            "SVCSTG.SWR.4001067",
            "SVCSTG.SWR.4001067",
        ),
        (
            but("user_id", json!("")),
            400,
            "SVCSTG.SWR.4001067",
            "SVCSTG.SWR.4001067",
        ),
        (
            but("user_id", json!(5)),
            400,
            "SVCSTG.SWR.4000014",
            "SVCSTG.SWR.4000014",
        ),
        (
            but("user_id", json!("0123")),
            400,
            "SVCSTG.SWR.4001067",
            "SVCSTG.SWR.4001067",
        ),
        (eve, 400, "SVCSTG.SWR.4001067", "SVCSTG.SWR.4001067"),
        (
            json!("dev"),
            400,
            "SVCSTG.SWR.4000014",
            "SVCSTG.SWR.4000014",
        ),
    ];
    for (bad, status, on_namespace, on_repo) in cases {
        for (path, code) in [(ACCESS, on_namespace), (WEB_ACCESS, on_repo)] {
            let body = json!([good, bad]);
            let response = admin.post(path, body.clone());
            assert_eq!(
                (response.status, &*response.code()),
                (status, code),
                "{path} {body}"
            );
        }
    }
    for path in [ACCESS, WEB_ACCESS] {
        admin
            .post(path, good.clone())
            .assert_refused(400, "SVCSTG.SWR.4001018");
    }
    assert_eq!(swr.namespace("group").permission_of("ops"), None);
    assert_eq!(swr.repo("group/web").permission_of("ops"), None);
}

#[test]
fn a_missing_permission_cannot_be_updated_or_revoked() {
    let (swr, admin) = group();
    swr.user("dev")
        .grant("group", Permission::Read)
        .grant("group/web", Permission::Read);
    for (path, code) in [
        (ACCESS, "SVCSTG.SWR.4040078"),
        (WEB_ACCESS, "SVCSTG.SWR.4040091"),
    ] {
        let both = json!([grant(&swr, "dev", 7), grant(&swr, "ops", 7)]);
        admin.patch(path, both).assert_refused(404, code);
        for absent in [id(&swr, "ops"), "nobody".to_owned()] {
            let both = json!([id(&swr, "dev"), absent]);
            admin.delete_with(path, both).assert_refused(404, code);
        }
        admin
            .delete_with(path, json!([7]))
            .assert_refused(400, "SVCSTG.SWR.4000014");
        admin
            .delete_with(path, json!({}))
            .assert_refused(400, "SVCSTG.SWR.4001018");
    }
    assert_eq!(
        swr.repo("group/web").permission_of("dev"),
        Some(Permission::Read)
    );
}

#[test]
fn a_grant_accepts_a_user_that_is_missing_in_iam() {
    let (swr, admin) = group();
    let ghost =
        json!({"user_id": "0f9e8d7c6b5a49382716f5e4d3c2b1a0", "user_name": "ghost", "auth": 3});
    assert_eq!(admin.post(ACCESS, json!([ghost])).status, 201);
    assert_eq!(admin.get(ACCESS).json()["others_auths"][1], ghost);
    assert_eq!(
        swr.namespace("group").permission_of("ghost"),
        Some(Permission::Write)
    );
    assert_eq!(id(&swr, "ghost"), "0f9e8d7c6b5a49382716f5e4d3c2b1a0");
    let fork = MockSwr::builder()
        .world(swr.world().to_json().parse().unwrap())
        .start();
    assert_eq!(id(&fork, "ghost"), "0f9e8d7c6b5a49382716f5e4d3c2b1a0");
}

#[test]
fn granting_needs_the_manage_permission() {
    let (swr, _) = group();
    let ops = json!([grant(&swr, "ops", 1)]);
    let dev = swr.user("dev");
    let client = Client::user(&swr, "dev");
    let all = |path: &str| {
        [
            client.post(path, ops.clone()),
            client.patch(path, ops.clone()),
            client.delete_with(path, json!([id(&swr, "ops")])),
        ]
    };
    let refused = |path: &str, code: &str| {
        for response in all(path) {
            response.assert_refused(403, code);
        }
    };
    // Without a permission, then with Read and Write.
    client.get(ACCESS).assert_refused(403, "SVCSTG.SWR.4037017");
    refused(ACCESS, "SVCSTG.SWR.4037017");
    refused(WEB_ACCESS, "SVCSTG.SWR.4037020");
    dev.grant("group", Permission::Read);
    assert_eq!(client.get(ACCESS).status, 200);
    refused(ACCESS, "SVCSTG.SWR.4037017");
    refused(WEB_ACCESS, "SVCSTG.SWR.4037020");
    dev.revoke("group").grant("group/web", Permission::Write);
    refused(WEB_ACCESS, "SVCSTG.SWR.4037020");

    // With Write on the organization, a user may grant permissions on its repositories only.
    dev.revoke("group/web").grant("group", Permission::Write);
    refused(ACCESS, "SVCSTG.SWR.4037017");
    assert_eq!(
        all(WEB_ACCESS).map(|response| response.status),
        [201, 201, 204]
    );
    // The same applies with Manage on the repository only.
    dev.revoke("group").grant("group/web", Permission::Manage);
    client.get(ACCESS).assert_refused(403, "SVCSTG.SWR.4037017");
    assert_eq!(
        all(WEB_ACCESS).map(|response| response.status),
        [201, 201, 204]
    );
    dev.grant("group", Permission::Manage);
    assert_eq!(all(ACCESS).map(|response| response.status), [201, 201, 204]);

    // On a repository, a caller cannot change their own permission.
    let own = json!([grant(&swr, "dev", 7)]);
    client
        .patch(WEB_ACCESS, own.clone())
        .assert_refused(403, "SVCSTG.SWR.4037020");
    client
        .post(WEB_ACCESS, own)
        .assert_refused(403, "SVCSTG.SWR.4037020");
}

#[test]
fn the_higher_of_two_permissions_counts_and_only_for_its_repository() {
    let (swr, _) = group();
    let dev = swr.user("dev");
    let client = Client::user(&swr, "dev");
    let (web, api) = (swr.repo("group/web"), swr.repo("group/api"));
    dev.grant("group", Permission::Write)
        .grant("group/web", Permission::Read);
    assert_eq!(web.permission_of("dev"), Some(Permission::Write));
    dev.grant("group", Permission::Read)
        .grant("group/web", Permission::Manage);
    assert_eq!(web.permission_of("dev"), Some(Permission::Manage));
    assert_eq!(api.permission_of("dev"), Some(Permission::Read));
    dev.revoke("group");
    assert_eq!(api.permission_of("dev"), None);

    // A permission on one repository makes its organization visible, and nothing else in the organization.
    let names = |path: &str| {
        let rows = client.get(path).json();
        let rows = rows.as_array().cloned().unwrap_or_default();
        rows.iter()
            .map(|row| row["name"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(names("/v2/manage/repos"), ["web"]);
    assert_eq!(
        client.get("/v3/manage/repos").json()["repos"][0]["name"],
        "web"
    );
    assert_eq!(
        client.get("/v2/manage/namespaces").json(),
        json!({"namespaces": []})
    );
    let visible = client
        .get("/v2/manage/namespaces?filter=mode::visible")
        .json();
    assert_eq!(visible["namespaces"][0]["name"], "group");
    assert_eq!(visible["namespaces"][0]["auth"], 0);
    client
        .get("/v2/manage/namespaces/group")
        .assert_refused(403, "SVCSTG.SWR.4037017");
    client
        .get("/v2/manage/namespaces/group/repos/api")
        .assert_refused(403, "SVCSTG.SWR.4037018");
    assert_eq!(client.get(WEB).status, 200);
    let body = json!({"repository": "new", "is_public": false});
    client
        .post("/v2/manage/namespaces/group/repos", body)
        .assert_refused(403, "SVCSTG.SWR.4037017");
}

#[test]
fn a_permission_on_a_repository_allows_the_same_in_the_api_and_in_the_registry() {
    let (swr, _) = group();
    let dev = swr.user("dev");
    let client = Client::user(&swr, "dev");
    let token_status = |repo: &str, actions: &str| {
        let scope = format!("repository:{repo}:{actions}");
        Registry::login(&swr, "dev").request_token(&scope).status
    };
    let describe = || {
        client
            .patch(WEB, json!({"is_public": false, "description": "x"}))
            .status
    };
    let delete_tag = || client.delete(&format!("{WEB}/tags/v1")).status;
    for (permission, seen, pull, push, delete) in [
        (None, 403, 401, 401, 401),
        (Some(Permission::Read), 200, 200, 401, 401),
        (Some(Permission::Write), 200, 200, 200, 401),
        (Some(Permission::Manage), 200, 200, 200, 200),
    ] {
        if let Some(permission) = permission {
            dev.grant("group/web", permission);
        }
        assert_eq!(client.get(WEB).status, seen, "{permission:?}");
        assert_eq!(token_status("group/web", "pull"), pull, "{permission:?}");
        assert_eq!(
            token_status("group/web", "pull,push"),
            push,
            "{permission:?}"
        );
        assert_eq!(
            token_status("group/web", "delete"),
            delete,
            "{permission:?}"
        );
        assert_eq!(token_status("group/api", "pull"), 401, "another repository");
        assert_eq!(describe() == 201, push == 200, "{permission:?}");
        assert_eq!(delete_tag() == 204, delete == 200, "{permission:?}");
    }
}

#[test]
fn permissions_on_the_account_apply_to_all_of_its_resources_only() {
    let (swr, _) = group();
    swr.seed_namespace("theirs").owner("partner");
    let guest = swr.user("guest").grant("*", Permission::Read);
    let client = Client::user(&swr, "guest");
    let count = |path: &str| client.get(path).json().as_array().unwrap().len();
    assert_eq!(count("/v2/manage/repos"), 2);
    assert_eq!(
        client.get("/v2/manage/namespaces").json()["namespaces"][0]["auth"],
        1
    );
    assert_eq!(
        Registry::login(&swr, "guest")
            .request_token("repository:group/web:pull")
            .status,
        200
    );
    assert_eq!(
        Registry::login(&swr, "guest")
            .request_token("repository:group/web:push")
            .status,
        401
    );
    client
        .post("/v2/manage/namespaces", json!({"namespace": "mine"}))
        .assert_refused(403, "SVCSTG.SWR.4037017");
    client.delete(WEB).assert_refused(403, "SVCSTG.SWR.4037018");
    client
        .get("/v2/manage/namespaces/theirs")
        .assert_refused(404, "SVCSTG.SWR.4040058");

    guest.grant("*", Permission::Manage);
    assert_eq!(
        client
            .post("/v2/manage/namespaces", json!({"namespace": "mine"}))
            .status,
        201
    );
    assert_eq!(client.delete(WEB).status, 204);
    client
        .delete("/v2/manage/namespaces/theirs")
        .assert_refused(401, "SVCSTG.SWR.4011064");

    guest.revoke("*");
    assert_eq!(count("/v2/manage/repos"), 0);
    assert_eq!(
        swr.namespace("mine").permission_of("guest"),
        Some(Permission::Manage),
        "its creator"
    );
}

#[test]
fn an_action_denied_by_a_policy_is_refused_with_an_encoded_message() {
    let (swr, admin) = group();
    let denied = swr
        .user("admin")
        .deny([Op::ShowNamespaceAuth, Op::GetManifest]);
    let response = admin.get(ACCESS);
    response.assert_refused(403, "SVCSTG.SWR.4030170");
    let body = response.json();
    assert_eq!(body["error_msg"], "Insufficient permissions");
    let encoded = body["encoded_authorization_message"].as_str().unwrap();
    assert!(!encoded.is_empty(), "{body}");
    assert_eq!(body["errors"][0]["encoded_authorization_message"], encoded);
    assert_eq!(
        response.header("x-mock-hint"),
        "a policy denies ShowNamespaceAuth to admin"
    );
    swr.verify(Op::ShowNamespaceAuth.by("admin"))
        .refused(Refusal::PolicyDenied)
        .once();
    Registry::token(&swr, "admin", "repository:group/web:pull")
        .get("/v2/group/web/manifests/v1")
        .assert_error(403, "DENIED");

    let fork = MockSwr::builder()
        .world(swr.world().to_json().parse().unwrap())
        .start();
    Client::admin(&fork)
        .get(ACCESS)
        .assert_refused(403, "SVCSTG.SWR.4030170");
    denied.deny([]);
    assert_eq!(admin.get(ACCESS).status, 200);

    // Other errors have no message to decode.
    let other = admin.get("/v2/manage/namespaces/absent").json();
    assert_eq!(other["encoded_authorization_message"], "");
    assert_eq!(
        other["errors"][0].get("encoded_authorization_message"),
        None
    );
}

#[test]
fn a_refused_grant_creates_no_user() {
    let (swr, admin) = group();
    let unheard =
        |name: &str| json!({"user_id": format!("id of {name}"), "user_name": name, "auth": 1});
    let before = swr.world().to_json();
    for (body, code) in [
        (
            json!([unheard("one"), {"user_id": "two", "auth": 1}]),
            "SVCSTG.SWR.4001014",
        ),
        (
            json!([unheard("one"), unheard("a/b")]),
            "SVCSTG.SWR.4001067",
        ),
        (
            json!([unheard("one"), unheard("one")]),
            "SVCSTG.SWR.4090076",
        ),
        (
            json!([unheard("one"), grant(&swr, "admin", 1)]),
            "SVCSTG.SWR.4090076",
        ),
    ] {
        let refused = admin.post(ACCESS, body.clone());
        assert_eq!(refused.code(), code, "{body}: {refused:?}");
        let refused = admin.patch(ACCESS, body.clone());
        assert!(refused.status >= 400, "{body}: {refused:?}");
        assert_eq!(swr.world().to_json(), before, "{body}");
    }
    let copy: World = before.parse().unwrap();
    assert_eq!(copy.to_json(), before);
    assert_eq!(admin.post(ACCESS, json!([unheard("one")])).status, 201);
    assert_eq!(
        swr.namespace("group").permission_of("one"),
        Some(Permission::Read)
    );
}

#[test]
fn the_own_account_can_be_named_or_left_out() {
    let (swr, _) = group();
    swr.user("acme/dev").grant("group", Permission::Read);
    for label in ["dev", "acme/dev", "ACME/dev"] {
        assert_eq!(
            swr.namespace("group").permission_of(label),
            Some(Permission::Read)
        );
        assert_eq!(swr.user(label).token(), swr.user("dev").token());
    }
    let before = swr.world();
    swr.seed_namespace("other").owner("partner").owner("acme");
    swr.user("acme/dev");
    let root = swr.namespace("other").permission_of("admin");
    assert_eq!(root, Some(Permission::Manage));
    let world = swr.world().to_json();
    assert_eq!(
        world.matches("\"dev\":").count() - 1,
        1,
        "expected one user: {world}"
    );
    let file: World = world.parse().unwrap();
    assert_eq!(file.to_json(), world);
    let file: World = r#"{"users": {"acme/dev": {"permission": "read"}},
        "namespaces": {"group": {"permissions": {"dev": "write"}}}}"#
        .parse()
        .unwrap();
    swr.restore(&file);
    assert_eq!(
        swr.namespace("group").permission_of("dev"),
        Some(Permission::Write)
    );
    swr.restore(&before);

    for (wrong, advice) in [
        ("", "`` cannot be a user"),
        (
            "a/b/c",
            "`a/b/c` cannot be a user: expected `dev`, or `partner/dev` for a user of another account",
        ),
        ("partner/", "`partner/` cannot be a user"),
    ] {
        assert!(panic_of(|| swr.user(wrong)).starts_with(advice));
    }
    assert!(
        panic_of(|| swr.namespace("group").owner("a/b")).starts_with("`a/b` cannot be an account")
    );
    assert!(panic_of(|| swr.user("dev").trusts("")).starts_with("`` cannot be an account"));
}

#[test]
fn resources_in_an_organization_of_another_account_belong_to_it() {
    let swr = MockSwr::start();
    let theirs = swr.seed_namespace("theirs").owner("partner");
    theirs.seed_repo("web").share("acme");
    swr.seed_repo("moved/web").share("third");
    swr.namespace("moved").owner("partner");
    let partner = swr.user("partner/partner").credentials();
    for namespace in ["theirs", "moved"] {
        let path = format!("/v2/manage/namespaces/{namespace}/repos/web");
        let shown = Client::user(&swr, "partner/partner").get(&path).json();
        assert_eq!(shown["creator_id"], partner.user_id, "{namespace}");
        assert_eq!(shown["domain_id"], partner.domain_id, "{namespace}");
    }
    let shares = Client::user(&swr, "partner/partner")
        .get("/v2/manage/namespaces/theirs/repositories/web/access-domains")
        .json();
    assert_eq!(shares[0]["creator_name"], "partner");
    let world = swr.world().to_json();
    assert_eq!(world.parse::<World>().unwrap().to_json(), world);
}

#[test]
fn a_policy_denies_every_operation_of_callers() {
    let swr = MockSwr::builder().auth(Auth::Off).start();
    swr.user("admin").deny([Op::ListNamespaces]);
    Client::anonymous(&swr)
        .get("/v2/manage/namespaces")
        .assert_refused(403, "SVCSTG.SWR.4030170");
    swr.user("admin").deny([]);
    assert_eq!(
        Client::anonymous(&swr).get("/v2/manage/namespaces").status,
        200
    );
}

#[test]
fn no_two_users_have_the_same_id() {
    let (swr, admin) = group();
    let taken = MockSwr::start().user("dev").credentials().user_id;
    let grant = json!([{"user_id": taken, "user_name": "developer", "auth": 7}]);
    assert_eq!(admin.post(ACCESS, grant).status, 201);
    assert_ne!(id(&swr, "dev"), taken);
    let world = swr.world().to_json();
    assert_eq!(world.parse::<World>().unwrap().to_json(), world);

    let root = json!([{"user_id": "1", "user_name": "acme", "auth": 1}]);
    assert_eq!(admin.post(ACCESS, root).status, 201);
    let group = swr.namespace("group");
    assert_eq!(group.permission_of("acme"), Some(Permission::Read));

    let (one, other) = (swr.user("red team/one"), swr.user("red/team one"));
    assert_ne!(one.credentials().access_key, other.credentials().access_key);
}
