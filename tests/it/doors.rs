//! The management API and the registry work on one state: rules that involve both, in both directions.

mod rules;
mod sync;

use mock_swr::{Image, MockSwr, Op, Permission, Profile, World, days};
use serde_json::{Value, json};

use crate::management::names;
use crate::registry::client::{DOCKER_LIST, OCI_MANIFEST, Registry, docker_image, index_of};
use crate::support::Client;

const WEB: &str = "/v2/manage/namespaces/group/repos/web";

/// Starts a server with an organization. Returns it with a management client and a registry client with full access.
fn doors() -> (MockSwr, Client, Registry) {
    let swr = MockSwr::builder().frozen_at("2026-01-31T08:00:00Z").start();
    swr.seed_namespace("group");
    let (admin, registry) = (Client::admin(&swr), login(&swr, "admin"));
    (swr, admin, registry)
}

fn login(swr: &MockSwr, user: &str) -> Registry {
    Registry::token(swr, user, "repository:group/web:pull,push,delete")
}

#[test]
fn a_pushed_image_is_shown_with_digest_size_and_counters() {
    let (swr, admin, docker) = doors();
    let digest = docker.push_image("group/web", "v1", "a layer");
    let manifest = docker_image("a layer").to_string();

    let shown = admin.get(&format!("{WEB}/tags/v1")).json();
    let registry = swr.registry();
    assert_eq!(
        (&shown["digest"], &shown["manifest"]),
        (&json!(digest), &json!(manifest))
    );
    assert_eq!(
        shown["image_id"],
        docker_image("a layer")["config"]["digest"]
            .as_str()
            .unwrap()[7..]
    );
    assert_eq!(
        (&shown["size"], &shown["schema"], &shown["tag_type"]),
        (&json!(2 + 7), &json!(2), &json!(0))
    );
    assert_eq!(shown["path"], format!("{registry}/group/web:v1"));

    let repo = admin.get(WEB).json();
    assert_eq!(
        (&repo["num_images"], &repo["size"], &repo["num_download"]),
        (&json!(1), &json!(9), &json!(0))
    );
    assert_eq!(
        (&repo["category"], &repo["is_public"]),
        (&json!("other"), &json!(false))
    );
    let listed = admin.get("/v2/manage/repos").json();
    assert_eq!(
        (&listed[0]["tags"], &listed[0]["num_images"]),
        (&json!(["v1"]), &json!(1))
    );
    assert_eq!(swr.repo("group/web").tag("v1").digest, digest);
}

#[test]
fn a_repository_created_by_the_api_accepts_a_push_and_keeps_its_attributes() {
    let (swr, admin, docker) = doors();
    let body = json!({"repository": "web", "is_public": true, "category": "linux"});
    assert_eq!(
        admin.post("/v2/manage/namespaces/group/repos", body).status,
        201
    );
    docker.push_image("group/web", "v1", "a layer");
    let info = swr.repo("group/web").info();
    assert_eq!(
        (info.category.as_str(), info.is_public, info.num_images),
        ("linux", true, 1)
    );
}

#[test]
fn a_pull_is_counted_and_a_head_is_not() {
    let (_swr, admin, docker) = doors();
    let digest = docker.push_image("group/web", "v1", "a layer");
    docker.head("/v2/group/web/manifests/v1").assert_status(200);
    assert_eq!(admin.get(WEB).json()["num_download"], 0);
    docker.get("/v2/group/web/manifests/v1").assert_status(200);
    docker
        .get(&format!("/v2/group/web/manifests/{digest}"))
        .assert_status(200);
    assert_eq!(admin.get(WEB).json()["num_download"], 2);
}

#[test]
fn a_tag_copied_by_the_api_can_be_pulled() {
    let (_swr, admin, docker) = doors();
    docker.push_image("group/web", "v1", "a layer");
    let copy = json!({"source_tag": "v1", "destination_tag": "stable"});
    assert_eq!(admin.post(&format!("{WEB}/tags"), copy.clone()).status, 201);
    let pulled = docker.get("/v2/group/web/manifests/stable");
    assert_eq!(
        (pulled.status, pulled.text),
        (200, docker_image("a layer").to_string())
    );

    docker.push_image("group/web", "v2", "another");
    let moved = json!({"source_tag": "v2", "destination_tag": "stable"});
    admin
        .post(&format!("{WEB}/tags"), moved.clone())
        .assert_refused(409, "SVCSTG.SWR.4090006");
    let moved = json!({"source_tag": "v2", "destination_tag": "stable", "override": true});
    assert_eq!(admin.post(&format!("{WEB}/tags"), moved).status, 201);
    assert_eq!(
        docker.get("/v2/group/web/manifests/stable").text,
        docker_image("another").to_string()
    );
    let missing = json!({"source_tag": "v9", "destination_tag": "x"});
    admin
        .post(&format!("{WEB}/tags"), missing)
        .assert_refused(404, "SVCSTG.SWR.4040115");
    let bad = json!({"source_tag": "v1", "destination_tag": "-x"});
    admin
        .post(&format!("{WEB}/tags"), bad)
        .assert_refused(400, "SVCSTG.SWR.4009021");
}

#[test]
fn a_second_push_of_a_tag_moves_it_and_keeps_its_id() {
    let (swr, admin, docker) = doors();
    docker.push_image("group/web", "v1", "a layer");
    let before = admin.get(&format!("{WEB}/tags/v1")).json();
    swr.advance(days(1));
    // A token expires after 15 minutes.
    let digest = login(&swr, "admin").push_image("group/web", "v1", "another");
    let after = Client::admin(&swr).get(&format!("{WEB}/tags/v1")).json();
    assert_eq!(
        (&after["id"], &after["created"]),
        (&before["id"], &before["created"])
    );
    assert_eq!(
        (&after["digest"], &after["updated"]),
        (&json!(digest), &json!("2026-02-01T08:00:00.0Z"))
    );
    assert_eq!(
        Client::admin(&swr).get(WEB).json()["updated"],
        "2026-02-01T08:00:00.0Z"
    );
    assert_eq!(Client::admin(&swr).get(WEB).json()["num_images"], 1);
}

#[test]
fn a_tag_deleted_by_the_api_is_missing_in_the_registry() {
    let (swr, admin, docker) = doors();
    let digest = docker.push_image("group/web", "v1", "a layer");
    let deleted = admin.delete(&format!("{WEB}/tags/v1"));
    assert_eq!((deleted.status, deleted.text.as_str()), (204, ""));
    docker
        .get("/v2/group/web/manifests/v1")
        .assert_error(404, "MANIFEST_UNKNOWN");
    docker
        .get(&format!("/v2/group/web/manifests/{digest}"))
        .assert_status(200);
    let info = swr.repo("group/web").info();
    assert_eq!((info.num_images, info.size), (0, 0));
    admin
        .delete(&format!("{WEB}/tags/v1"))
        .assert_refused(404, "SVCSTG.SWR.4040115");
    assert_eq!(admin.get(&format!("{WEB}/tags")).json(), json!([]));
}

#[test]
fn a_tag_deleted_in_the_registry_is_missing_in_the_api() {
    let (_swr, admin, docker) = doors();
    let digest = docker.push_image("group/web", "v1", "a layer");
    docker.push_image("group/web", "v1.0", "a layer");
    docker
        .delete("/v2/group/web/manifests/v1")
        .assert_status(202);
    assert_eq!(
        names(&admin.get(&format!("{WEB}/tags")).json(), "Tag"),
        ["v1.0"]
    );
    docker
        .delete(&format!("/v2/group/web/manifests/{digest}"))
        .assert_status(202);
    assert_eq!(admin.get(&format!("{WEB}/tags")).json(), json!([]));
    assert_eq!(admin.get(WEB).json()["num_images"], 0);
}

#[test]
fn deleting_a_repository_by_the_api_deletes_its_content() {
    let (_swr, admin, docker) = doors();
    docker.push_image("group/web", "v1", "a layer");
    let upload = docker.begin("group/web");
    assert_eq!(admin.delete(WEB).status, 204);
    docker
        .get("/v2/group/web/manifests/v1")
        .assert_error(404, "MANIFEST_UNKNOWN");
    docker.get(&upload).assert_error(404, "BLOB_UPLOAD_UNKNOWN");
    let digest = crate::registry::client::sha256("a layer");
    docker
        .head(&format!("/v2/group/web/blobs/{digest}"))
        .assert_status(404);
    assert_eq!(admin.delete("/v2/manage/namespaces/group").status, 204);
}

#[test]
fn an_organization_with_pushed_images_cannot_be_deleted() {
    let (_swr, admin, docker) = doors();
    docker.push_image("group/web", "v1", "a layer");
    admin
        .delete("/v2/manage/namespaces/group")
        .assert_refused(406, "SVCSTG.SWR.4060074");
}

#[test]
fn a_repository_made_public_by_the_api_can_be_pulled_without_credentials() {
    let (swr, admin, docker) = doors();
    docker.push_image("group/web", "v1", "a layer");
    let anonymous = Registry::anonymous(&swr);
    anonymous
        .request_token("repository:group/web:pull")
        .assert_error(401, "DENIED");
    assert_eq!(admin.patch(WEB, json!({"is_public": true})).status, 201);
    let reader = anonymous.with_token_for("repository:group/web:pull");
    reader.get("/v2/group/web/manifests/v1").assert_status(200);
    assert_eq!(admin.patch(WEB, json!({"is_public": false})).status, 201);
    assert_ne!(
        reader.get("/v2/group/web/manifests/v1").status,
        200,
        "a token does not replace the permission"
    );
}

#[test]
fn a_permission_allows_the_same_in_the_api_and_in_the_registry() {
    let (swr, _admin, docker_admin) = doors();
    docker_admin.push_image("group/web", "v1", "a layer");
    let dev = swr.user("dev").grant("group", Permission::Read);
    let client = Client::user(&swr, "dev");
    let token_status = |actions: &str| {
        Registry::login(&swr, "dev")
            .request_token(&format!("repository:group/web:{actions}"))
            .status
    };

    assert_eq!(
        (
            token_status("pull"),
            token_status("push"),
            token_status("delete")
        ),
        (200, 401, 401)
    );
    assert_eq!(client.get(&format!("{WEB}/tags/v1")).status, 200);
    let copy = json!({"source_tag": "v1", "destination_tag": "x"});
    client
        .post(&format!("{WEB}/tags"), copy.clone())
        .assert_refused(403, "SVCSTG.SWR.4037020");

    dev.grant("group", Permission::Write);
    assert_eq!(
        (token_status("pull,push"), token_status("delete")),
        (200, 401)
    );
    assert_eq!(client.post(&format!("{WEB}/tags"), copy).status, 201);
    client
        .delete(&format!("{WEB}/tags/x"))
        .assert_refused(403, "SVCSTG.SWR.4037020");

    dev.grant("group", Permission::Manage);
    assert_eq!(token_status("pull,push,delete"), 200);
    assert_eq!(client.delete(&format!("{WEB}/tags/x")).status, 204);
}

#[test]
fn a_revoked_permission_stops_a_push_in_progress() {
    let (swr, _admin, _) = doors();
    let dev = swr.user("dev").grant("group", Permission::Write);
    let docker = Registry::token(&swr, "dev", "repository:group/web:pull,push");
    docker.push_blob("group/web", "{}");
    docker.push_blob("group/web", "a layer");
    dev.revoke("group");
    docker
        .put("group/web", "v1", &docker_image("a layer"))
        .assert_error(403, "DENIED");
    assert!(swr.repo("group/web").tags().is_empty());
    Client::user(&swr, "dev")
        .get(WEB)
        .assert_refused(403, "SVCSTG.SWR.4037018");
}

#[test]
fn a_quota_applies_in_the_api_and_in_the_registry() {
    let world: World = r#"{
        "accounts": {"acme": {"quota": {"repos": 1, "tags": 2}}},
        "namespaces": {"group": {}}
    }"#
    .parse()
    .unwrap();
    let swr = MockSwr::builder().world(world).start();
    let (admin, docker) = (Client::admin(&swr), login(&swr, "admin"));
    docker.push_image("group/web", "v1", "a layer");
    let second = json!({"repository": "api", "is_public": false});
    admin
        .post("/v2/manage/namespaces/group/repos", second)
        .assert_refused(400, "SVCSTG.SWR.4000098");
    let api = Registry::token(&swr, "admin", "repository:group/api:pull,push");
    api.send(
        "POST",
        &format!(
            "/v2/group/api/blobs/uploads/?digest={}",
            crate::registry::client::sha256("x")
        ),
        &[],
        "x",
    )
    .assert_error(403, "DENIED");

    let copy = |to: &str| json!({"source_tag": "v1", "destination_tag": to});
    assert_eq!(admin.post(&format!("{WEB}/tags"), copy("v2")).status, 201);
    admin
        .post(&format!("{WEB}/tags"), copy("v3"))
        .assert_refused(400, "SVCSTG.SWR.4000099");
    docker
        .put("group/web", "v3", &docker_image("a layer"))
        .assert_error(403, "DENIED");
    assert_eq!(swr.repo("group/web").tags(), ["v1", "v2"]);
}

#[test]
fn seeded_images_can_be_shown_and_pulled() {
    let (swr, admin, docker) = doors();
    let image = Image::new("v1").layers(3).age(days(40)).pulls(7);
    let web = swr
        .seed_repo("group/web")
        .image(image)
        .image(Image::new("multi").platforms(["linux/amd64", "linux/arm64"]));

    let manifest = docker.get("/v2/group/web/manifests/v1");
    assert_eq!(
        manifest.header("docker-content-digest"),
        web.tag("v1").digest
    );
    let manifest = manifest.json();
    let layers = manifest["layers"].as_array().unwrap();
    assert_eq!(layers.len(), 3);
    for blob in layers.iter().chain([&manifest["config"]]) {
        let digest = blob["digest"].as_str().unwrap();
        let pulled = docker.head(&format!("/v2/group/web/blobs/{digest}"));
        assert_eq!(
            (pulled.status, pulled.header("content-length")),
            (200, blob["size"].to_string().as_str())
        );
        assert_eq!(crate::registry::client::sha256(web.content(digest)), digest);
    }
    let shown = admin.get(&format!("{WEB}/tags/v1")).json();
    assert_eq!(shown["updated"], "2025-12-22T08:00:00.0Z");
    assert_eq!(admin.get(WEB).json()["num_download"], 7 + 1);
    let list = admin.get(&format!("{WEB}/tags/multi")).json();
    assert_eq!(
        (&list["tag_type"], &list["image_id"], &list["size"]),
        (&json!(1), &json!(""), &json!(0))
    );
    assert_eq!(
        docker
            .get("/v2/group/web/manifests/multi")
            .header("content-type"),
        DOCKER_LIST
    );
}

#[test]
fn a_signature_is_listed_by_the_api_and_can_be_pulled() {
    let (swr, admin, docker) = doors();
    let web = swr
        .seed_repo("group/web")
        .image(Image::new("v1").signed())
        .image("plain");
    let digest = web.tag("v1").digest;
    let signature = format!("sha256-{}.sig", &digest[7..]);
    docker
        .get(&format!("/v2/group/web/manifests/{signature}"))
        .assert_status(200);

    let accessories = admin.get(&format!("{WEB}/v1/accessories")).json();
    assert_eq!(
        (
            &accessories["total"],
            &accessories["accessories"][0]["sig_tag"]
        ),
        (&json!(1), &json!(signature))
    );
    assert_eq!(accessories["accessories"][0]["target_digest"], digest);
    let none = admin.get(&format!("{WEB}/plain/accessories")).json();
    assert_eq!(none, json!({"total": 0, "accessories": null}));
    let references = admin.get(&format!("{WEB}/{signature}/references")).json();
    assert_eq!(references, json!({"has_more": false, "tags": ["v1"]}));
    assert_eq!(
        admin.get(&format!("{WEB}/v1/references")).json(),
        json!({"has_more": false, "tags": []})
    );
}

#[test]
fn a_login_issued_by_the_api_is_accepted_by_the_registry_until_it_expires() {
    let (swr, ..) = doors();
    let post = |path: &str| {
        let admin = Client::admin(&swr);
        crate::support::send(admin.request(reqwest::Method::POST, path)).unwrap()
    };
    for (path, lifetime) in [
        ("/v2/manage/utils/secret", 6 * 3600),
        ("/v2/manage/utils/secret?duration_seconds=900", 900),
        ("/v2/manage/utils/authorizationtoken", 24 * 3600),
    ] {
        let secret = post(path);
        assert_eq!(secret.status, 200);
        let command: Vec<&str> = secret.header("x-swr-dockerlogin").split(' ').collect();
        let ["docker", "login", "-u", user, "-p", key, host] = command[..] else {
            panic!("{secret:?}")
        };
        assert_eq!(host, swr.registry());
        assert!(secret.json()["auths"][host]["auth"].is_string());
        assert!(secret.header("x-swr-expireat").ends_with('Z'));
        let registry = Registry::basic(&swr, (user.to_owned(), key.to_owned()));
        swr.advance(std::time::Duration::from_secs(lifetime - 1));
        registry
            .request_token("repository:group/web:pull,push")
            .assert_status(200);
        swr.advance(std::time::Duration::from_secs(1));
        registry
            .request_token("repository:group/web:pull,push")
            .assert_unauthenticated();
    }
    for bad in ["899", "86401", "soon"] {
        post(&format!("/v2/manage/utils/secret?duration_seconds={bad}"))
            .assert_refused(400, "SVCSTG.SWR.4001025");
    }
    swr.verify(mock_swr::Calls::writes()).never();
    swr.verify(Op::CreateSecret).times(5);
}

#[test]
fn pushed_content_is_restored_from_a_world() {
    let (swr, _admin, docker) = doors();
    docker.push_image("group/web", "v1", "a layer");
    let location = docker.begin("group/web");
    docker
        .send("PATCH", &location, &[], "half")
        .assert_status(202);
    let text = swr.world().to_json();
    let back = MockSwr::builder().world(text.parse().unwrap()).start();
    assert_eq!(back.world().to_json(), text);
    let pulled = Registry::token(&back, "admin", "repository:group/web:pull");
    assert_eq!(
        pulled.get("/v2/group/web/manifests/v1").text,
        docker_image("a layer").to_string()
    );
    assert_eq!(
        back.repo("group/web").tag("v1"),
        swr.repo("group/web").tag("v1")
    );
    let fork = MockSwr::builder().world(swr.world()).start();
    assert_eq!(
        fork.repo("group/web").uploads(),
        [4],
        "a snapshot contains uploads in progress"
    );
}

/// Starts a server with a repository of four tags, pushed on different days, and one signature.
fn tagged() -> MockSwr {
    let swr = MockSwr::builder().frozen_at("2026-01-31T08:00:00Z").start();
    let web = swr.seed_repo("group/web");
    for (tag, age) in [("v2", 4), ("v10", 3), ("v1", 2), ("latest", 1)] {
        web.image(Image::new(tag).age(days(age)));
    }
    swr
}

#[test]
fn tags_are_listed_by_offset_in_any_order() {
    let swr = tagged();
    let admin = Client::admin(&swr);
    for (query, expected, range) in [
        ("", vec!["latest", "v1", "v10", "v2"], "0-4/4"),
        ("?limit=2&offset=1", vec!["v1", "v10"], "1-2/4"),
        ("?limit=2&offset=9", vec![], "9-0/4"),
        ("?limit=2", vec!["latest", "v1", "v10", "v2"], "0-4/4"),
        (
            "?order_column=updated_at&order_type=asc",
            vec!["v2", "v10", "v1", "latest"],
            "0-4/4",
        ),
        (
            "?order_column=tag&order_type=asc",
            vec!["latest", "v1", "v10", "v2"],
            "0-4/4",
        ),
        (
            "?order_column=tag&order_type=desc",
            vec!["v2", "v10", "v1", "latest"],
            "0-4/4",
        ),
        (
            "?order_column=tag",
            vec!["latest", "v1", "v10", "v2"],
            "0-4/4",
        ),
        ("?tag=v1", vec!["v1"], "0-1/1"),
        ("?filter=tag::v10", vec!["v10"], "0-1/1"),
        (
            "?filter=limit::1|offset::3|order_column::tag|order_type::asc",
            vec!["v2"],
            "3-1/4",
        ),
    ] {
        let listed = admin.get(&format!("{WEB}/tags{query}"));
        assert_eq!(names(&listed.json(), "Tag"), expected, "{query}");
        assert_eq!(listed.header("content-range"), range, "{query}");
    }
    for (query, code) in [
        ("?limit=1001&offset=0", "4000056"),
        ("?order_column=updated_time&order_type=asc", "4001096"),
        ("?filter=tag", "4001035"),
    ] {
        admin
            .get(&format!("{WEB}/tags{query}"))
            .assert_refused(400, &format!("SVCSTG.SWR.{code}"));
    }
    admin
        .get("/v2/manage/namespaces/group/repos/api/tags")
        .assert_refused(404, "SVCSTG.SWR.4040113");
}

#[test]
fn tags_are_listed_by_marker_to_the_end() {
    let swr = tagged();
    let admin = Client::admin(&swr);
    let list = |query: &str| {
        admin
            .get(&format!(
                "/v3/manage/namespaces/group/repos/web/tags?{query}"
            ))
            .json()
    };
    for order in [
        "",
        "&order_column=tag&order_type=asc",
        "&order_column=updated_at&order_type=asc",
    ] {
        let whole = names(&list(order)["tags"], "tag");
        let mut seen = Vec::new();
        let mut page = list(&format!("limit=3{order}"));
        loop {
            seen.extend(names(&page["tags"], "tag"));
            let Some(marker) = page.get("nextMarker").and_then(Value::as_str) else {
                break;
            };
            assert_eq!(page["has_more"], true);
            page = list(&format!("limit=3&marker={marker}{order}"));
        }
        assert_eq!((seen, &page["has_more"]), (whole, &json!(false)));
    }
    assert_eq!(names(&list("tag=v1")["tags"], "tag"), ["v1", "v10"]);
    assert_eq!(list("limit=1")["tags"][0]["manifest"], "");
    assert!(
        list("limit=1&with_manifest=true")["tags"][0]["manifest"]
            .as_str()
            .unwrap()
            .starts_with('{')
    );
}

#[test]
fn the_configuration_of_a_tag_is_its_blob() {
    let swr = tagged();
    let admin = Client::admin(&swr);
    let config = admin.get(&format!("{WEB}/tags/v1/config")).json();
    let config: Value = serde_json::from_str(config.as_str().unwrap()).unwrap();
    assert_eq!(
        (&config["os"], &config["rootfs"]["type"]),
        (&json!("linux"), &json!("layers"))
    );
    admin
        .get(&format!("{WEB}/tags/v9/config"))
        .assert_refused(404, "SVCSTG.SWR.4040115");
}

#[test]
fn a_tag_deleted_by_a_handle_is_missing_for_clients() {
    let swr = tagged();
    let web = swr.repo("group/web");
    web.untag("v10");
    assert_eq!(web.tags(), ["latest", "v1", "v2"]);
    login(&swr, "admin")
        .get("/v2/group/web/manifests/v10")
        .assert_error(404, "MANIFEST_UNKNOWN");
    let content = web.content("v1");
    assert_eq!(
        crate::registry::client::sha256(&content),
        web.tag("v1").digest
    );
    crate::support::assert_advises(
        || web.tag("v9"),
        "there is no tag `v9` in repository `group/web`; its tags: latest, v1, v2",
    );
    crate::support::assert_advises(
        || web.image("-v"),
        "cannot create image `-v` in `group/web`: `-v` cannot be a tag",
    );
}

#[test]
fn plans_and_assertions_work_for_the_registry_too() {
    let swr = MockSwr::builder().profile(Profile::Oci).start();
    let docker = Registry::token(&swr, "admin", "repository:group/web:pull,push");
    swr.on(
        Op::PutManifest.repo("group/web").tag("v1"),
        mock_swr::Refusal::Throttled,
    );
    docker.push_blob("group/web", "{}");
    docker.push_blob("group/web", "a layer");
    let image = docker_image("a layer");
    let throttled = docker.put("group/web", "v1", &image);
    throttled.assert_error(429, "TOOMANYREQUESTS");
    assert_eq!(throttled.header("retry-after"), "1");
    docker
        .put(
            "group/web",
            "v1",
            &index_of(
                OCI_MANIFEST.replace("manifest", "index").as_str(),
                &[&image],
            ),
        )
        .assert_status(201);
    swr.verify(Op::PutManifest.namespace("group").by("admin"))
        .times(2);
    swr.verify_order([Op::GetRegistryToken, Op::StartUpload, Op::PutManifest]);
    swr.verify(Op::GetRegistryToken.by("admin")).once();
}
