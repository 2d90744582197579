//! The state as a value and as a file, seeding, handles, and the clock.

use std::time::{Duration, UNIX_EPOCH};

use mock_swr::{MockSwr, Op, Permission, Profile, World, days};
use serde_json::json;

use crate::support::{Client, panic_of};

#[test]
fn seeding_bypasses_quotas_and_is_not_in_the_journal() {
    let swr = MockSwr::start();
    for number in 0..20 {
        swr.seed_namespace(&format!("group{number}"))
            .seed_repo("web");
    }
    assert_eq!(
        Client::admin(&swr).get("/v2/manage/repos").json()[0]["total_range"],
        20
    );
    assert_eq!(swr.journal().calls(mock_swr::Calls::any()).len(), 1);
    let id = swr.repo("group3/web").info().id;
    assert_eq!(
        swr.seed_repo("group3/web").info().id,
        id,
        "seeding keeps existing content"
    );
}

#[test]
fn handles_and_clients_see_each_others_changes() {
    let swr = MockSwr::start();
    let (group, web) = (swr.namespace("group"), swr.repo("group/web"));
    assert!(!group.exists() && !web.exists());
    let admin = Client::admin(&swr);
    admin.post("/v2/manage/namespaces", json!({"namespace": "group"}));
    admin.post(
        "/v2/manage/namespaces/group/repos",
        json!({"repository": "web", "is_public": true, "category": "lang"}),
    );
    assert!(group.exists() && web.exists());
    let info = web.info();
    assert_eq!(
        (info.name.as_str(), info.category.as_str(), info.is_public),
        ("web", "lang", true)
    );

    web.set(
        json!({"num_download": 9, "created": "2020-01-01T00:00:00Z", "creator": "dev", "id": 77}),
    );
    let shown = admin.get("/v2/manage/namespaces/group/repos/web").json();
    assert_eq!(
        (
            &shown["num_download"],
            &shown["created"],
            &shown["creator_name"],
            &shown["id"]
        ),
        (
            &json!(9),
            &json!("2020-01-01T00:00:00.0Z"),
            &json!("dev"),
            &json!(77)
        )
    );
    web.delete();
    admin
        .get("/v2/manage/namespaces/group/repos/web")
        .assert_refused(404, "SVCSTG.SWR.4040113");
    group.seed_repo("a").public();
    group.delete();
    admin
        .get("/v2/manage/namespaces/group")
        .assert_refused(404, "SVCSTG.SWR.4040058");
    assert_eq!(admin.get("/v2/manage/repos").json(), json!([]));
}

#[test]
fn permissions_are_granted_revoked_and_listed() {
    let swr = MockSwr::start();
    let group = swr.seed_namespace("group");
    let web = group.seed_repo("web");
    assert_eq!(
        (group.permission_of("admin"), group.permission_of("dev")),
        (Some(Permission::Manage), None)
    );
    let dev = swr
        .user("dev")
        .grant("group", Permission::Read)
        .grant("group", Permission::Write);
    assert_eq!(
        (group.permission_of("dev"), web.permission_of("dev")),
        (Some(Permission::Write), Some(Permission::Write))
    );
    assert_eq!(
        group.permission_of("acme/dev"),
        Some(Permission::Write),
        "both names mean the same user"
    );
    dev.revoke("group");
    assert_eq!(group.permission_of("dev"), None);

    group.owner("partner");
    assert_eq!(
        (
            group.permission_of("admin"),
            group.permission_of("partner/partner")
        ),
        (None, Some(Permission::Manage))
    );
    assert_eq!(
        Client::user(&swr, "partner/partner")
            .get("/v2/manage/namespaces/group/repos/web")
            .status,
        200
    );
}

#[test]
fn later_changes_do_not_affect_a_world() {
    let swr = MockSwr::start();
    swr.seed_repo("group/web");
    let before = swr.world();
    let admin = Client::admin(&swr);
    admin.delete("/v2/manage/namespaces/group/repos/web");
    admin.post("/v2/manage/namespaces", json!({"namespace": "new"}));
    let fork = MockSwr::builder().world(before.clone()).start();
    assert!(fork.repo("group/web").exists() && !fork.namespace("new").exists());
    assert_eq!(
        Client::admin(&fork)
            .get("/v2/manage/namespaces/group/repos/web")
            .status,
        200
    );

    swr.restore(&before);
    assert!(swr.repo("group/web").exists() && !swr.namespace("new").exists());
    swr.verify(Op::DeleteRepo).once();
    assert_eq!(
        admin.get("/v2/manage/namespaces/group/repos/web").status,
        200,
        "existing tokens stay valid"
    );
}

#[test]
fn a_world_is_the_same_after_saving_and_loading() {
    let swr = MockSwr::builder()
        .world(World::named("shop"))
        .frozen_at("2026-01-31T08:00:00Z")
        .start();
    swr.seed_namespace("theirs").owner("partner");
    swr.user("dev").grant("tools", Permission::Manage);
    swr.advance(days(2));
    swr.seed_repo("shop/late");
    let text = swr.world().to_json();
    let back = MockSwr::builder().world(text.parse().unwrap()).start();
    assert_eq!(back.world().to_json(), text);
    assert_eq!(
        (back.now(), back.credentials()),
        (swr.now(), swr.credentials())
    );
    assert_eq!(back.repo("shop/late").info(), swr.repo("shop/late").info());
    let list = |swr: &MockSwr| {
        let text = Client::admin(swr).get("/v2/manage/repos").text;
        text.replace(swr.registry(), "registry")
    };
    assert_eq!(list(&back), list(&swr));
    assert_eq!(
        back.seed_repo("shop/new").info().id,
        swr.seed_repo("shop/new").info().id,
        "ids continue after the existing ones"
    );
}

#[test]
fn a_file_with_a_mistake_is_refused_with_its_line_and_the_expected_keys() {
    for (text, expected) in [
        (
            "{\n  \"namespace\": {}\n}",
            "line 2, column 13: unknown field `namespace`, expected one of `$schema`, `about`",
        ),
        (
            r#"{"namespaces": {"group": {"repos": {"web": {"colour": 1}}}}}"#,
            "unknown field `colour`, expected one of `id`, `category`",
        ),
        (
            r#"{"namespaces": {"Group": {}}}"#,
            "line 1, column 17: namespaces.Group: the name breaks the naming rule of organizations",
        ),
        (
            r#"{"namespaces": {"group": {"repos": {"W": {}}}}}"#,
            "namespaces.group.repos.W: the name breaks the naming rule",
        ),
        (
            r#"{"namespaces": {"group": {"permissions": {"dev": "admin"}}}}"#,
            "unknown permission `admin`, expected one of `none`, `read`, `write`, `manage`",
        ),
        (
            r#"{"namespaces": {"group": {"repos": {"web": {"category": "games"}}}}}"#,
            "line 1, column 57: namespaces.group.repos.web.category: must be app_server, linux, framework_app",
        ),
        (
            r#"{"namespaces": {"group": {"repos": {"web": {"id": 5}, "api": {"id": 5}}}}}"#,
            "namespaces.group.repos.api.id: 5 is the id of another repository",
        ),
        (
            r#"{"namespaces": {"group": {}, "group": {}}}"#,
            "duplicate key `group`",
        ),
        (
            r#"{"users": {"dev": {"access_key": "AK"}}}"#,
            "users.dev: access_key and secret_key must be set together",
        ),
        (
            r#"{"users": {"dev": {"id": "1"}, "ops": {"id": "1"}}}"#,
            "users.ops.id: `1` is the id of another user",
        ),
        (
            r#"{"users": {"dev": {"deny": ["CreateRepository"]}}}"#,
            "line 1, column 29: users.dev.deny.0: `CreateRepository` is not an operation; did you mean `CreateRepo`?",
        ),
        (
            r#"{"namespaces": {"group": {"permissions": {"partner/eve": "read"}}}}"#,
            "namespaces.group.permissions.partner/eve: `partner/eve` is not a user of account `acme`; use `shares`",
        ),
        (
            r#"{"namespaces": {"group": {"repos": {"web": {"shares": {"partner": {"deadline": "soon"}}}}}}}"#,
            "namespaces.group.repos.web.shares.partner.deadline: `soon` is not an RFC 3339 time",
        ),
        (
            r#"{"namespaces": {"group": {"owner": "partner", "creator": "dev"}}}"#,
            "namespaces.group.creator: `dev` is not a user of account `partner`",
        ),
        (
            r#"{"namespaces": {"group": {"repos": {"web": {"creator": "partner/eve"}}}}}"#,
            "namespaces.group.repos.web.creator: `partner/eve` is not a user of account `acme`",
        ),
        (
            r#"{"namespaces": {"group": {"repos": {"web": {"shares": {"ACME": {}}}}}}}"#,
            "namespaces.group.repos.web.shares.ACME: the repository already belongs to this account",
        ),
        (
            r#"{"namespaces": {"one": {"id": 7}, "two": {"id": 7}}}"#,
            "namespaces.two.id: 7 is the id of another organization",
        ),
        (
            r#"{"namespaces": {"one": {"repos": {"a": {"id": 7}}},
                "two": {"owner": "partner", "repos": {"b": {"id": 7}}}}}"#,
            "namespaces.two.repos.b.id: 7 is the id of another repository",
        ),
        (
            r#"{"namespaces": {"one": {"owner": "a/b"}}}"#,
            "namespaces.one.owner: `a/b` cannot be an account",
        ),
        (
            r#"{"users": {"a/b/c": {}}}"#,
            "users.a/b/c: `a/b/c` cannot be a user",
        ),
        (
            r#"{"users": {"partner/": {}}}"#,
            "users.partner/: `partner/` cannot be a user",
        ),
        (
            r#"{"accounts": {"": {}}}"#,
            "line 1, column 15: accounts.: `` cannot be an account",
        ),
        (
            r#"{"account": "a/b"}"#,
            "line 1, column 13: account: `a/b` cannot be an account",
        ),
        (
            r#"{"user": "partner/eve"}"#,
            "line 1, column 10: user: the administrator `eve` must be a user of account `acme`",
        ),
        (
            r#"{"namespaces": {"group": {"permissions": {"dev": 7}}}}"#,
            "line 1, column 50: invalid type: integer `7`, expected a string",
        ),
        (
            r#"{"users": {"dev": 7}}"#,
            r#"invalid type: integer `7`, expected a user such as {"permission": "read"}"#,
        ),
        (
            r#"{"namespaces": {"group": {"created": "soon"}}}"#,
            "namespaces.group.created: `soon` is not an RFC 3339 time",
        ),
        (
            r#"{"downflow": {"acme": {"today": 1}}}"#,
            "downflow.acme.today: `today` is not an RFC 3339 time",
        ),
        (
            r#"{"frozen_at": "now", "namespaces": {}}"#,
            "line 1, column 15: frozen_at: `now` is not an RFC 3339 time",
        ),
        (
            "{\"users\": {\"dev\": {\"access_key\": \"AK\", \"secret_key\": \"SK\"}, \
             \"ops\": {\"access_key\": \"AK\", \"secret_key\": \"S2\"}}}",
            "line 1, column 83: users.ops.access_key: `AK` is the access key of another user",
        ),
        (
            "{\"namespaces\": {\"group\": {\"repos\": {\"web\": {\"tags\": {\n\x20 \"v1\": {\"digest\": \"sha256:1\"}\n\
             }}}}}}",
            "line 2, column 20: namespaces.group.repos.web.tags.v1.digest: `sha256:1` is not a digest",
        ),
        (
            r#"{"namespaces": {"group": {"repos": {"web": {"tags": {".v": {"digest": "sha256:1"}}}}}}}"#,
            "line 1, column 54: namespaces.group.repos.web.tags..v: the name breaks the naming rule of tags",
        ),
        (
            r#"{"namespaces": {"group": {"repos": {"web": {"images": ["v1", ".v"]}}}}}"#,
            "line 1, column 62: namespaces.group.repos.web.images.1: ",
        ),
        (
            r#"{"blobs": {"sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad": "YWI="}}"#,
            "line 1, column 87: blobs.sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad: \
             the bytes have the digest sha256:fb8e20fc",
        ),
        (
            r#"{"regions": {"eu-de": {"namespaces": {"a": {"repos": {"b": {"created": "x"}}}}}}}"#,
            "line 1, column 72: regions.eu-de.namespaces.a.repos.b.created: `x` is not an RFC 3339 time",
        ),
        (
            r#"{"users": {"dev": {"password": 12345}}}"#,
            "line 1, column 36: invalid type: integer `(secret)`, expected a string",
        ),
        (
            r#"{"users": {"dev": {"deny": ["ListRepos"]}}}"#,
            "`ListRepos` is not an operation; did you mean `ListRepo",
        ),
        (
            "[]",
            "line 1, column 1: must be a world, which is an object, not an array",
        ),
        (
            r#"{"namespaces": {"group": [7]}}"#,
            "line 1, column 26: namespaces.group: must be an organization such as {\"repos\": {\"web\": {}}}, \
             not an array",
        ),
        (
            r#"{"namespaces": {"group": {"repos": {"web": []}}}}"#,
            "namespaces.group.repos.web: must be ",
        ),
        (
            r#"{"users": {"dev": []}}"#,
            "users.dev: must be a user such as {\"permission\": \"read\"}, not an array",
        ),
        ("{", "EOF while parsing"),
    ] {
        let error = text.parse::<World>().unwrap_err();
        assert!(error.to_string().contains(expected), "{text}: {error}");
        assert!(error.to_string().starts_with("line "), "{text}: {error}");
        assert_eq!(format!("{error:?}"), error.to_string());
    }
    let message = panic_of(|| World::named("shoe"));
    assert_eq!(
        message,
        "there is no bundled world `shoe`; the bundled worlds are: empty, hundred-repos, shop, stale-images, two-tenants"
    );
}

#[test]
fn a_world_of_another_region_account_or_administrator_does_not_fit() {
    let world = MockSwr::builder()
        .region("cn-east-3")
        .account("umbrella")
        .user("ada")
        .start()
        .world();
    for (builder, expected) in [
        (
            MockSwr::builder().region("cn-north-4"),
            "its region is `cn-east-3`, not `cn-north-4`",
        ),
        (
            MockSwr::builder().account("acme"),
            "its account is `umbrella`, not `acme`",
        ),
        (
            MockSwr::builder().user("admin"),
            "its administrator is `ada`, not `admin`",
        ),
    ] {
        let error = builder.world(world.clone()).try_start().unwrap_err();
        assert!(error.to_string().ends_with(expected), "{error}");
    }
    let swr = MockSwr::start();
    let message = panic_of(|| swr.restore(&world));
    assert!(
        message.starts_with("the world does not fit this server: its region is"),
        "{message}"
    );
    assert_eq!(
        MockSwr::builder().world(world).start().credentials().region,
        "cn-east-3"
    );
}

#[test]
fn the_clock_is_frozen_or_follows_the_wall_clock_and_can_be_advanced() {
    let swr = MockSwr::builder().frozen_at("2026-01-31T08:00:00Z").start();
    let admin = Client::admin(&swr);
    assert_eq!(
        admin.get("/v2").header("date"),
        "Sat, 31 Jan 2026 08:00:00 GMT"
    );
    swr.advance(days(1));
    assert_eq!(
        admin.get("/v2").header("date"),
        "Sun, 01 Feb 2026 08:00:00 GMT"
    );
    swr.seed_repo("group/web");
    // The token was valid for a day.
    let admin = Client::admin(&swr);
    let shown = admin.get("/v2/manage/namespaces/group/repos/web").json();
    assert_eq!(shown["created"], "2026-02-01T08:00:00.0Z");

    let wall = MockSwr::start();
    let before = wall.now();
    wall.advance(days(1000));
    let moved = wall.now().duration_since(before).unwrap();
    assert!(moved >= days(1000) && moved < days(1001), "{moved:?}");
}

#[test]
fn two_runs_respond_with_the_same_bytes() {
    let run = || {
        let swr = MockSwr::builder()
            .frozen_at("2026-01-31T08:00:00Z")
            .world(World::named("shop"))
            .start();
        let admin = Client::admin(&swr);
        let answers = [
            admin.post("/v2/manage/namespaces", json!({"namespace": "group"})),
            admin.get("/v2/manage/namespaces"),
            admin.get("/v2/manage/repos"),
            admin.get("/v2/manage/namespaces/none"),
        ];
        let text: String = answers
            .iter()
            .map(|response| format!("{response:?}"))
            .collect();
        text.replace(swr.registry(), "registry")
    };
    assert_eq!(run(), run());
}

#[test]
fn a_world_file_has_images_as_recipes() {
    let world: World = r#"{"namespaces": {"group": {"repos": {"web": {"images": [
        "v1",
        {"tag": "v2", "layers": 2, "age_seconds": 86400, "pulls": 3, "signed": true},
        {"tag": "multi", "platforms": ["linux/amd64", "linux/arm64"]}
    ]}}}}}"#
        .parse()
        .unwrap();
    let swr = MockSwr::builder()
        .world(world)
        .frozen_at("2026-01-31T08:00:00Z")
        .start();
    let web = swr.repo("group/web");
    let signature = format!("sha256-{}.sig", &web.tag("v2").digest[7..]);
    assert_eq!(
        web.tags(),
        [
            "multi".to_owned(),
            signature,
            "v1".to_owned(),
            "v2".to_owned()
        ]
    );
    assert_eq!(web.info().num_download, 3);
    assert_eq!(
        swr.now().duration_since(web.tag("v2").updated).unwrap(),
        days(1)
    );

    let recipe = |recipe: &str| {
        format!(
            r#"{{"namespaces": {{"group": {{"repos": {{"web": {{"images": [{recipe}]}}}}}}}}}}"#
        )
    };
    for (text, expected) in [
        (
            r#"{"tag": "v1", "layer": 2}"#,
            "unknown field `layer`, expected one of `tag`, `layers`",
        ),
        (
            r#""-v""#,
            "namespaces.group.repos.web.images.0: `-v` cannot be a tag",
        ),
        ("7", "expected a string or an object"),
        (
            r#"{"tag": "v1", "layers": 1000000000}"#,
            "images.0.layers: expected at most 1000, got 1000000000",
        ),
    ] {
        let error = recipe(text).parse::<World>().unwrap_err();
        assert!(error.to_string().contains(expected), "{text}: {error}");
        assert!(error.to_string().starts_with("line "), "{text}: {error}");
    }
}

#[test]
fn content_in_a_file_must_match_its_digest() {
    let digest = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    let file = |blobs: &str, repo: &str| {
        format!(
            r#"{{"blobs": {blobs}, "namespaces": {{"group": {{"repos": {{"web": {repo}}}}}}}}}"#
        )
    };
    for (blobs, repo, expected) in [
        (
            format!(r#"{{"{digest}": "e30="}}"#),
            format!(r#"{{"blobs": ["{digest}"]}}"#),
            "",
        ),
        (
            format!(r#"{{"{digest}": "W10="}}"#),
            "{}".to_owned(),
            "the bytes have the digest sha256:4f53cda1",
        ),
        (
            format!(r#"{{"{digest}": "?"}}"#),
            "{}".to_owned(),
            "Invalid",
        ),
        (
            "{}".to_owned(),
            format!(r#"{{"blobs": ["{digest}"]}}"#),
            "are not in `blobs`",
        ),
        (
            "{}".to_owned(),
            r#"{"blobs": ["md5:1"]}"#.to_owned(),
            "`md5:1` is not a digest",
        ),
        (
            "{}".to_owned(),
            format!(r#"{{"tags": {{"v1": {{"digest": "{digest}"}}}}}}"#),
            "tags.v1.digest: there is no manifest sha256:44136f",
        ),
    ] {
        match file(&blobs, &repo).parse::<World>() {
            Ok(world) => {
                assert_eq!(expected, "");
                let swr = MockSwr::builder().world(world).start();
                assert_eq!(swr.repo("group/web").content(digest), "{}");
            }
            Err(error) => assert!(
                !expected.is_empty() && error.to_string().contains(expected),
                "{error}"
            ),
        }
    }
}

#[test]
fn only_profile_oci_allows_names_that_begin_with_a_digit() {
    let oci = || MockSwr::builder().profile(Profile::Oci);
    let swr = oci().start();
    swr.seed_repo("2026/web").image("v1");
    let file: World = swr.world().to_json().parse().unwrap();
    for world in [swr.world(), file] {
        let fork = oci().world(world.clone()).start();
        assert_eq!(fork.repo("2026/web").tags(), ["v1"]);
        let error = MockSwr::builder().world(world).try_start().unwrap_err();
        assert_eq!(
            error.to_string(),
            "the world does not fit the server: organization `2026` begins with a digit, which only Profile::Oci allows"
        );
    }
    let swr = MockSwr::start();
    assert!(panic_of(|| swr.seed_namespace("2026")).contains("a letter first"));
}

#[test]
fn a_loaded_world_is_saved_with_its_images() {
    let text = r#"{"namespaces": {"group": {"repos": {"web": {"images": [
        "v1", {"tag": "v2", "layers": 2, "age_seconds": 60, "pulls": 3, "platforms": ["linux/arm64"], "signed": true}
    ]}}}}}"#;
    let file: World = text.parse().unwrap();
    let copy: World = file.to_json().parse().unwrap();
    assert_eq!(copy.to_json(), file.to_json());
    let start = |world: World| {
        let builder = MockSwr::builder().frozen_at("2026-01-31T08:00:00Z");
        builder.world(world).start().world().to_json()
    };
    assert_eq!(start(copy), start(file));
}

#[test]
fn the_administrator_of_the_builder_survives_a_restore() {
    let id = "0123456789abcdef0123456789abcdef";
    let builder = MockSwr::builder().credentials("AK", "SK").project_id(id);
    let swr = builder.start();
    swr.restore(&World::named("shop"));
    let keys = swr.credentials();
    assert_eq!(
        (&*keys.access_key, &*keys.secret_key, &*keys.project_id),
        ("AK", "SK", id)
    );
}

#[test]
fn a_world_must_fit_its_builder() {
    let world = |text: &str| text.parse::<World>().unwrap();
    let at_home = r#"{"regions": {"cn-east-3": {"namespaces": {"group": {}}}}}"#;
    let dev = r#"{"users": {"dev": {"access_key": "AK", "secret_key": "SK"}}}"#;
    for (builder, reason) in [
        (
            MockSwr::builder().region("cn-east-3").world(world(at_home)),
            "regions.cn-east-3: it is the server's own region: its content belongs at the top level of the file",
        ),
        (
            MockSwr::builder()
                .credentials("AK", "other")
                .world(world(dev)),
            "access key `AK` belongs to its user `dev`",
        ),
        (
            MockSwr::builder().account("a/b"),
            "`a/b` cannot be an account",
        ),
        (
            MockSwr::builder().user("partner/eve"),
            "the administrator `eve` must be a user of account `acme`",
        ),
    ] {
        let error = builder.try_start().unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
    let swr = MockSwr::builder().user("acme/boss").start();
    assert_eq!(swr.credentials().user, "boss");
    let fork = MockSwr::builder()
        .account("ACME")
        .user("boss")
        .world(swr.world());
    assert_eq!(fork.start().credentials().account, "acme");
}

#[test]
fn values_at_the_end_of_their_range_are_saved_and_loaded() {
    let most = u64::MAX;
    let (first, last) = ("0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z");
    let (long, longer) = ("n".repeat(64), "r".repeat(128));
    let quota = json!({"namespaces": most, "repos": most, "tags": most});
    let image = json!({"tag": "t".repeat(128), "age_seconds": most, "pulls": most});
    let share = json!({"deadline": last, "created": first, "updated": last});
    let repo = json!({
        "id": most, "num_download": most, "created": first, "updated": last,
        "images": [image], "shares": {"partner": share},
    });
    for (name, value) in [
        ("frozen_at", json!(first)),
        ("frozen_at", json!(last)),
        ("ahead_seconds", json!(1e300)),
        ("ahead_seconds", json!(-1e300)),
        ("ahead_seconds", json!(0.000_001)),
        ("about", json!("\u{0}")),
    ] {
        let mut file = json!({
            "last_id": most, "accounts": {"acme": {"quota": quota}},
            "users": {"dev": {"tokens": {"cn-north-4": u32::MAX, "eu-de": 0}}},
            "namespaces": {&*long: {"id": most, "created": last, "repos": {&*longer: repo}}},
            "downflow": {"acme": {first: most, last: most}},
        });
        file[name] = value;
        let swr = MockSwr::builder()
            .auth(mock_swr::Auth::Off)
            .world(file.to_string().parse().unwrap())
            .start();
        let web = swr.repo(&format!("{long}/{longer}"));
        // Counters do not overflow.
        let client = crate::registry::client::Registry::anonymous(&swr);
        client
            .get(&format!(
                "/v2/{long}/{longer}/manifests/{}",
                "t".repeat(128)
            ))
            .assert_status(200);
        let manifest: serde_json::Value =
            serde_json::from_slice(&web.content(&"t".repeat(128))).unwrap();
        let blob = manifest["config"]["digest"].as_str().unwrap();
        client
            .get(&format!("/v2/{long}/{longer}/blobs/{blob}"))
            .assert_status(200);
        assert_eq!(web.info().num_download, most);
        swr.user("dev").expire();
        assert_ne!(swr.user("dev").token(), "");
        assert_eq!(Client::admin(&swr).get("/v2/manage/overview").status, 200);

        let text = swr.world().to_json();
        let copy = MockSwr::builder().world(text.parse().unwrap()).start();
        assert_eq!(copy.world().to_json(), text);
    }
}

#[test]
fn a_clock_far_ahead_or_behind_is_saved_as_it_was_loaded() {
    for ahead in [
        4_323_871_039.410_687,
        -4_323_871_039.410_687,
        61_011_110_241.743_5,
    ] {
        let world = json!({"ahead_seconds": ahead}).to_string();
        let swr = MockSwr::builder().world(world.parse().unwrap()).start();
        let saved: serde_json::Value = serde_json::from_str(&swr.world().to_json()).unwrap();
        assert_eq!(saved["ahead_seconds"], ahead);
    }
}

#[test]
fn a_clock_advanced_to_its_limit_is_saved_to_a_file() {
    for by in [Duration::MAX, days(u64::MAX), days(3_000_000)] {
        let swr = MockSwr::start();
        swr.advance(by);
        swr.advance(by);
        swr.seed_repo("group/web").image("v1");
        let text = swr.world().to_json();
        let copy = MockSwr::builder().world(text.parse().unwrap()).start();
        assert_eq!(copy.world().to_json(), text);
        assert_eq!(copy.now(), swr.now());
        assert_eq!(Client::admin(&copy).get("/v2/manage/repos").status, 200);
    }
}

#[test]
fn ids_and_times_at_the_end_of_their_range_are_handled() {
    let text = r#"{"namespaces": {"group": {"id": 18446744073709551615}}}"#;
    let swr = MockSwr::builder().world(text.parse().unwrap()).start();
    let admin = Client::admin(&swr);
    let made = admin.post("/v2/manage/namespaces", json!({"namespace": "next"}));
    assert_eq!(made.status, 201, "{made:?}");
    swr.advance(days(3_000_000));
    let listed = Client::admin(&swr).get("/v2/manage/namespaces");
    assert_eq!(listed.status, 200);
    assert_eq!(listed.header("date"), "Wed, 29 Dec 9999 23:59:59 GMT");
}

#[test]
fn resources_of_a_file_without_an_id_or_key_get_unused_ones() {
    let text = r#"{"namespaces": {
        "a": {"repos": {"one": {}, "two": {"id": 1002}}}, "b": {"id": 1001}, "c": {"id": 1003}
    }}"#;
    let swr = MockSwr::builder().world(text.parse().unwrap()).start();
    assert_eq!(swr.repo("a/two").info().id, 1002);
    assert!(swr.repo("a/one").info().id > 1003);

    let key = MockSwr::start().user("dev").credentials().access_key;
    let ops = json!({"access_key": key, "secret_key": "SK"});
    let text = format!(r#"{{"users": {{"ops": {ops}, "dev": {{}}}}}}"#);
    let swr = MockSwr::builder().world(text.parse().unwrap()).start();
    assert_eq!(swr.user("ops").credentials().access_key, key);
    assert_ne!(swr.user("dev").credentials().access_key, key);
}

#[test]
fn a_world_file_keeps_a_clock_that_was_set_behind_the_wall_clock_and_frozen() {
    let swr = MockSwr::start();
    swr.set_time("2020-01-31T08:00:00Z");
    let now = swr.now();
    assert!(swr.now() >= now, "the clock continues from that time");
    let start = UNIX_EPOCH + days(18_292) + Duration::from_secs(8 * 3600);
    let since = now.duration_since(start).unwrap();
    assert!(since < Duration::from_secs(3600), "{since:?}");

    let file: World = swr.world().to_json().parse().unwrap();
    let fork = MockSwr::builder().world(file).start();
    let apart = fork.now().duration_since(now).unwrap();
    assert!(apart < Duration::from_secs(3600), "{apart:?}");

    swr.freeze();
    let frozen = swr.now();
    assert_eq!(swr.now(), frozen);
    swr.advance(days(1));
    assert_eq!(swr.now(), frozen + days(1));
    swr.set_time("2020-01-01T00:00:00Z");
    assert_eq!(
        swr.now(),
        UNIX_EPOCH + days(18_262),
        "the clock stays frozen"
    );
}

#[test]
fn a_text_that_is_not_a_time_is_refused_by_the_clock() {
    let swr = MockSwr::start();
    let panic = panic_of(|| swr.set_time("tomorrow"));
    assert!(
        panic.contains("`tomorrow` is not an RFC 3339 time"),
        "{panic}"
    );
}

#[test]
fn a_file_names_each_account_user_and_rule_once() {
    let in_repo = |text: &str| {
        format!(r#"{{"namespaces": {{"group": {{"repos": {{"web": {{{text}}}}}}}}}}}"#)
    };
    let rule = r#"{"remoteRegionId": "cn-east-3", "remoteNamespace": "copy"}"#;
    for (text, place, reason) in [
        (
            r#"{"accounts": {"partner": {}, "Partner": {}}}"#.to_owned(),
            "accounts.Partner",
            "names the same account in another spelling",
        ),
        (
            r#"{"users": {"dev": {}, "acme/dev": {}}}"#.to_owned(),
            "users.acme/dev",
            "names the same user in another spelling",
        ),
        (
            r#"{"downflow": {"acme": {}, "ACME": {}}}"#.to_owned(),
            "downflow.ACME",
            "names the same account in another spelling",
        ),
        (
            r#"{"namespaces": {"group": {"permissions": {"dev": "read", "acme/dev": "write"}}}}"#
                .to_owned(),
            "namespaces.group.permissions.acme/dev",
            "names the same user in another spelling",
        ),
        (
            in_repo(r#""shares": {"partner": {}, "PARTNER": {}}"#),
            "namespaces.group.repos.web.shares.PARTNER",
            "names the same account in another spelling",
        ),
        (
            in_repo(&format!(r#""sync_rules": [{rule}, {rule}]"#)),
            "namespaces.group.repos.web.sync_rules.1",
            "an earlier rule has the same target",
        ),
    ] {
        let error = text.parse::<World>().unwrap_err().to_string();
        assert!(error.contains(&format!("{place}: ")), "{error}");
        assert!(error.contains(reason), "{error}");
    }
}

#[test]
fn names_that_headers_cannot_carry_are_refused() {
    let rule = "expected 1 to 128 of a-z A-Z 0-9 - _ .";
    for (text, reason) in [
        (
            r#"{"region": "cn\n"}"#,
            r"region: `cn\n` cannot be a region",
        ),
        (
            r#"{"regions": {"": {}}}"#,
            "regions.: `` cannot be a region",
        ),
        (
            r#"{"project_id": "é"}"#,
            "project_id: `é` cannot be the id of a project",
        ),
        (
            r#"{"users": {"dev": {"access_key": "A K", "secret_key": "SK"}}}"#,
            "users.dev.access_key: `A K` cannot be an access key",
        ),
        (
            r#"{"users": {"dev": {"tokens": {"a/b": 1}}}}"#,
            "users.dev.tokens.a/b: `a/b` cannot be a region",
        ),
    ] {
        let error = text.parse::<World>().unwrap_err().to_string();
        assert!(error.contains(&format!("{reason}: {rule}")), "{error}");
    }

    let builders = [
        MockSwr::builder().region("a b"),
        MockSwr::builder().credentials("a b", "SK"),
        MockSwr::builder().project_id("a b"),
    ];
    for builder in builders {
        let error = builder.try_start().unwrap_err().to_string();
        assert!(error.contains("`a b` cannot be "), "{error}");
        assert!(error.ends_with(rule), "{error}");
    }

    let swr = MockSwr::start();
    let message = panic_of(|| swr.region("cn east"));
    assert_eq!(
        message,
        format!("`cn east` cannot be a region: {rule}, such as `cn-east-3`")
    );
    assert_eq!(swr.region("cn-east-3").credentials().region, "cn-east-3");
}
