//! Synchronization copies images to other regions.

use std::time::Duration;

use mock_swr::{Auth, Course, EventKind, Image, MockSwr, Op, Permission, SyncState, World};
use serde_json::{Value, json};

use super::{REPO, server, tags_of};
use crate::registry::client::{Registry, sha256};
use crate::support::{Client, Response};

const EAST: &str = "cn-east-3";

const RULES: &str = "/v2/manage/namespaces/group/repos/web/sync_repo";

const IMAGES: &str = "/v2/manage/namespaces/group/repos/web/sync_images";

const JOBS: &str = "/v2/manage/namespaces/group/repos/web/sync_job?filter=limit::10|offset::0";

/// A server with an empty repository, and with an organization in another region.
fn two_regions() -> MockSwr {
    let swr = server();
    swr.region(EAST).seed_namespace("copy");
    swr
}

fn target() -> Value {
    json!({"remoteRegionId": EAST, "remoteNamespace": "copy"})
}

/// Returns the body of a request: the target and these fields.
fn with(fields: Value) -> Value {
    let mut body = target();
    for (key, value) in fields.as_object().unwrap() {
        body[key] = value.clone();
    }
    body
}

#[track_caller]
fn create_rule(swr: &MockSwr, fields: Value) {
    let response = Client::admin(swr).post(RULES, with(fields));
    assert_eq!(
        (response.status, &*response.text),
        (200, "{}"),
        "{response:?}"
    );
}

#[track_caller]
fn sync(swr: &MockSwr, tags: &[&str], overrides: bool) {
    let body = with(json!({"imageTag": tags, "override": overrides}));
    let response = Client::admin(swr).post(IMAGES, body);
    assert_eq!(
        (response.status, &*response.text),
        (200, "[]"),
        "{response:?}"
    );
}

#[track_caller]
fn assert_hint(response: &Response, text: &str) {
    let hint = response.header("x-mock-hint");
    assert!(hint.contains(text), "{hint}");
}

fn push(swr: &MockSwr, tag: &str, layer: &str) -> String {
    Registry::anonymous(swr).push_image("group/web", tag, layer)
}

/// Returns the tag and the state of each job, latest first.
fn jobs(swr: &MockSwr) -> Vec<(String, String)> {
    let jobs = Client::admin(swr).get(JOBS).json();
    let text = |job: &Value, key: &str| job[key].as_str().unwrap().to_owned();
    let jobs = jobs.as_array().unwrap().iter();
    jobs.map(|job| (text(job, "tag"), text(job, "status")))
        .collect()
}

/// Returns the digest of a tag in the other region. Asserts that the management API and the registry agree on it.
#[track_caller]
fn copied(swr: &MockSwr, repo: &str, tag: &str) -> String {
    let east = swr.region(EAST);
    let digest = east.repo(repo).tag(tag).digest;
    let registry = Registry::anonymous(swr).at_registry(east.registry());
    let pulled = registry.get(&format!("/v2/{repo}/manifests/{tag}"));
    pulled.assert_status(200);
    assert_eq!(sha256(&pulled.text), digest);
    for blob in blobs_of(&pulled.json()) {
        registry
            .get(&format!("/v2/{repo}/blobs/{blob}"))
            .assert_status(200);
        assert_eq!(sha256(east.repo(repo).content(&blob)), blob);
    }
    digest
}

fn blobs_of(manifest: &Value) -> Vec<String> {
    let layers = manifest["layers"].as_array().unwrap().iter();
    let blobs = layers.chain([&manifest["config"]]);
    blobs
        .map(|blob| blob["digest"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_rule_is_created_listed_and_deleted() {
    let swr = two_regions();
    let admin = Client::admin(&swr);
    assert_eq!(admin.get(RULES).text, "[]", "never null");
    create_rule(&swr, json!({"syncAuto": true}));
    let listed = admin.get(RULES).json();
    let id = listed[0]["id"].as_u64().unwrap();
    let expected = json!([{
        "createdAt": "2026-01-10T08:00:00.0Z",
        "domainID": listed[0]["domainID"],
        "domainName": "acme",
        "id": id,
        "namespace": "group",
        "override": false,
        "remoteNamespace": "copy",
        "remoteRegionId": EAST,
        "repoName": "web",
        "syncAuto": true,
        "updatedAt": "2026-01-10T08:00:00.0Z",
    }]);
    assert_eq!(listed, expected);
    assert_eq!(listed[0]["domainID"].as_str().unwrap().len(), 32);

    let deleted = admin.delete_with(RULES, target());
    assert_eq!((deleted.status, &*deleted.text), (200, "{}"));
    assert_eq!(admin.get(RULES).text, "[]");
    let again = admin.delete_with(RULES, target());
    again.assert_refused(400, "SVCSTG.SWR.4001158");
    assert_hint(&again, "it has no rules");
}

#[test]
fn a_rule_that_is_not_automatic_exists_but_is_not_listed_and_copies_nothing() {
    let swr = two_regions();
    create_rule(&swr, json!({"syncAuto": false}));
    let admin = Client::admin(&swr);
    assert_eq!(admin.get(RULES).text, "[]");
    let duplicate = admin.post(RULES, with(json!({"syncAuto": true})));
    duplicate.assert_refused(400, "SVCSTG.SWR.4000014");
    assert_hint(&duplicate, "it is not automatic, so it is not listed");
    push(&swr, "v1", "layer");
    assert_eq!(jobs(&swr), []);
    assert_eq!(admin.delete_with(RULES, target()).status, 200);
}

#[test]
fn a_rule_copies_later_pushes_and_not_earlier_ones() {
    let swr = two_regions();
    push(&swr, "v1", "one");
    create_rule(&swr, json!({"syncAuto": true}));
    assert_eq!(jobs(&swr), []);
    let digest = push(&swr, "v2", "two");
    assert_eq!(copied(&swr, "copy/web", "v2"), digest);
    assert_eq!(swr.region(EAST).repo("copy/web").tags(), ["v2"]);
    assert_eq!(jobs(&swr), [("v2".to_owned(), "success".to_owned())]);

    let copy = json!({"source_tag": "v1", "destination_tag": "v3"});
    let tagged = Client::admin(&swr).post(&format!("{REPO}/tags"), copy);
    assert_eq!(tagged.status, 201, "a new tag is a push");
    assert_eq!(swr.region(EAST).repo("copy/web").tags(), ["v2", "v3"]);

    // Deletions are not copied.
    let deleted = Client::admin(&swr).delete(&format!("{REPO}/tags/v2"));
    assert_eq!(deleted.status, 204);
    assert_eq!(swr.region(EAST).repo("copy/web").tags(), ["v2", "v3"]);
}

#[test]
fn a_copied_repository_is_private_and_belongs_to_the_user_who_pushed() {
    let swr = MockSwr::start();
    swr.seed_repo("group/web");
    swr.user("dev").grant("group", Permission::Write);
    swr.region(EAST).seed_namespace("copy");
    create_rule(&swr, json!({"syncAuto": true}));
    Registry::token(&swr, "dev", "repository:group/web:pull,push").push_image(
        "group/web",
        "v1",
        "layer",
    );
    let info = swr.region(EAST).repo("copy/web").info();
    assert!(!info.is_public);
    assert_eq!(info.category, "other");
    assert_eq!(info.num_images, 1);
    let job = &Client::admin(&swr).get(JOBS).json()[0];
    assert_eq!(job["syncOperatorName"], "dev");
    let shown = Client::admin(&swr).get(REPO).json();
    assert_eq!(shown["num_download"], 0, "a copy is not a pull");
}

#[test]
fn a_manual_copy_needs_no_rule_and_starts_one_job_for_each_tag() {
    let swr = two_regions();
    swr.repo("group/web").image("v1");
    swr.repo("group/web").image(Image::new("v2").layers(3));
    sync(&swr, &["v1", "v2", "v1"], false);
    let east = swr.region(EAST).repo("copy/web");
    assert_eq!(east.tags(), ["v1", "v2"]);
    for tag in ["v1", "v2"] {
        let digest = swr.repo("group/web").tag(tag).digest;
        assert_eq!(copied(&swr, "copy/web", tag), digest);
    }
    let rows = Client::admin(&swr).get(JOBS).json();
    let row = &rows[0];
    let expected = json!({
        "createdAt": "2026-01-10T08:00:00.0Z",
        "domainID": row["domainID"],
        "domainName": "acme",
        "id": row["id"],
        "namespace": "group",
        "override": false,
        "remoteNamespace": "copy",
        "remoteRegionId": EAST,
        "repoName": "web",
        "status": "success",
        "syncOperatorId": row["syncOperatorId"],
        "syncOperatorName": "admin",
        "tag": "v2",
        "updatedAt": "2026-01-10T08:00:00.0Z",
    });
    assert_eq!(*row, expected);
    assert_eq!(rows.as_array().unwrap().len(), 2);
}

#[test]
fn a_tag_of_the_target_stays_unless_the_copy_overrides_it() {
    let swr = two_regions();
    let old = push(&swr, "v1", "old");
    sync(&swr, &["v1"], false);
    let new = push(&swr, "v1", "new");
    sync(&swr, &["v1"], false);
    assert_eq!(copied(&swr, "copy/web", "v1"), old);
    assert_eq!(jobs(&swr)[0].1, "existed");
    sync(&swr, &["v1"], true);
    assert_eq!(copied(&swr, "copy/web", "v1"), new);
    assert_eq!(jobs(&swr)[0].1, "success");
}

#[test]
fn a_copy_that_is_not_possible_fails_with_a_reason() {
    let swr = two_regions();
    swr.repo("group/web").image("v1");
    sync(&swr, &["v9"], false);
    assert_eq!(jobs(&swr), [("v9".to_owned(), "failed".to_owned())]);
    let calls = swr.calls(Op::ShowSyncJob);
    let hint = calls.last().unwrap().hint().unwrap();
    assert!(
        hint.contains("ended as failed: `group/web` has no tag `v9`"),
        "{hint}"
    );

    let unknown = json!({
        "imageTag": ["v1"], "remoteRegionId": EAST, "remoteNamespace": "missing",
    });
    assert_eq!(Client::admin(&swr).post(IMAGES, unknown).status, 200);
    assert_eq!(jobs(&swr)[0].1, "failed");
    swr.region(EAST).namespace("copy").owner("partner");
    sync(&swr, &["v1"], false);
    assert_eq!(jobs(&swr)[0].1, "failed");
    let details = swr.events().into_iter().filter_map(|event| event.detail);
    assert_eq!(
        details.collect::<Vec<_>>(),
        [
            "`group/web` has no tag `v9`",
            "there is no organization `missing` in cn-east-3",
            "organization `copy` in cn-east-3 belongs to another account",
        ]
    );
    assert!(!swr.region(EAST).repo("copy/web").exists());
}

#[test]
fn the_quotas_of_the_target_apply() {
    let world = json!({
        "accounts": {"acme": {"quota": {"tags": 1}}},
        "namespaces": {"group": {"repos": {"web": {"images": ["v1", "v2"]}}}},
        "regions": {EAST: {"namespaces": {"copy": {}}}},
    });
    let world: World = world.to_string().parse().unwrap();
    let swr = MockSwr::builder().auth(Auth::Off).world(world).start();
    sync(&swr, &["v1", "v2"], false);
    assert_eq!(swr.region(EAST).repo("copy/web").tags(), ["v1"]);
    assert_eq!(jobs(&swr)[0].1, "failed");
}

#[test]
fn the_event_of_a_job_has_the_target_the_result_and_the_call() {
    let swr = two_regions();
    create_rule(&swr, json!({"syncAuto": true}));
    let digest = push(&swr, "v1", "layer");
    let events = swr.events();
    let [pushed, arrived, synced] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!(pushed.kind, EventKind::Pushed);
    assert_eq!(
        (arrived.kind, &*arrived.repo),
        (EventKind::Pushed, "copy/web")
    );
    assert_eq!(arrived.region, EAST);
    assert_eq!(synced.kind, EventKind::Synced);
    assert_eq!(synced.repo, "group/web");
    assert_eq!(synced.digest, Some(digest.clone()));
    assert_eq!(synced.target_region.as_deref(), Some(EAST));
    assert_eq!(synced.target_repo.as_deref(), Some("copy/web"));
    assert_eq!(synced.result.as_deref(), Some("success"));
    assert_eq!(synced.cause(), pushed.cause());
    assert_eq!(arrived.cause(), pushed.cause());
    let cause = pushed.cause().unwrap();
    assert_eq!(
        synced.to_string(),
        format!(
            "synced group/web:v1 ({digest}) in cn-north-4 to copy/web in cn-east-3 by #{cause}: success"
        )
    );
}

/// The repositories of three regions copy each other in a ring.
#[test]
fn rings_of_rules_end() {
    let swr = server();
    let ring = ["cn-north-4", EAST, "cn-south-1"];
    for (position, region) in ring.iter().enumerate() {
        let next = ring[(position + 1) % ring.len()];
        let rule = json!({"remoteRegionId": next, "remoteNamespace": "group", "override": true});
        swr.region(region)
            .seed_repo("group/web")
            .set(json!({"sync_rules": [rule]}));
    }
    let digest = push(&swr, "v1", "layer");
    for region in ring {
        let tag = swr.region(region).repo("group/web").tag("v1");
        assert_eq!(tag.digest, digest, "{region}");
    }
    assert_eq!(tags_of(&swr, EventKind::Pushed).len(), 3);
    assert_eq!(
        tags_of(&swr, EventKind::Synced).len(),
        3,
        "the last changes nothing"
    );
}

/// Two versions of a tag follow each other around a ring.
#[test]
fn a_ring_of_rules_ends_although_two_images_travel_at_once() {
    let swr = server();
    let ring = ["cn-north-4", EAST, "cn-south-1"];
    for (position, region) in ring.iter().enumerate() {
        let next = ring[(position + 1) % ring.len()];
        let rule = json!({"remoteRegionId": next, "remoteNamespace": "group", "override": true});
        let rules = json!({"sync_rules": [rule]});
        swr.region(region).seed_repo("group/web").set(rules);
        if *region != EAST {
            let course = Course::from([SyncState::Running, SyncState::Success]);
            swr.next_job(course.lasting(Duration::from_secs(30)));
        }
    }
    let south = swr.region("cn-south-1").registry();
    let south = Registry::anonymous(&swr).at_registry(south);
    push(&swr, "v1", "one");
    south.push_image("group/web", "v1", "two");
    swr.advance(Duration::from_secs(30));
    let copies = tags_of(&swr, EventKind::Synced).len();
    assert_eq!(copies, 6, "each image goes around once");
}

#[test]
fn a_copied_image_runs_triggers_and_retention_of_the_target() {
    let swr = two_regions();
    swr.region(EAST).seed_repo("copy/web").set(json!({
        "triggers": {"deploy": {"application": "cart"}},
        "retention": {"rules": [{"template": "tag_rule", "params": {"num": "1"}}]},
    }));
    create_rule(&swr, json!({"syncAuto": true}));
    push(&swr, "v1", "one");
    swr.advance(Duration::from_secs(60));
    push(&swr, "v2", "two");
    assert_eq!(swr.region(EAST).repo("copy/web").tags(), ["v2"]);
    assert_eq!(tags_of(&swr, EventKind::Triggered), ["v1", "v2"]);
    assert_eq!(tags_of(&swr, EventKind::Retained), ["v1"]);
}

#[test]
fn a_multi_platform_image_is_copied_with_all_its_images() {
    let swr = two_regions();
    let image = Image::new("v1").platforms(["linux/amd64", "linux/arm64"]);
    swr.repo("group/web").image(image);
    sync(&swr, &["v1"], false);
    let registry = Registry::anonymous(&swr).at_registry(swr.region(EAST).registry());
    let list = registry.get("/v2/copy/web/manifests/v1").json();
    let listed = list["manifests"].as_array().unwrap();
    assert_eq!(listed.len(), 2);
    for one in listed {
        let digest = one["digest"].as_str().unwrap();
        let manifest = registry.get(&format!("/v2/copy/web/manifests/{digest}"));
        manifest.assert_status(200);
        for blob in blobs_of(&manifest.json()) {
            registry
                .get(&format!("/v2/copy/web/blobs/{blob}"))
                .assert_status(200);
        }
    }
}

#[test]
fn a_copy_shares_its_blobs_and_outlives_the_source() {
    let swr = MockSwr::builder()
        .auth(Auth::Off)
        .content_limit(3000)
        .start();
    swr.seed_repo("group/web");
    swr.region(EAST).seed_namespace("copy");
    push(&swr, "v1", &"x".repeat(2000));
    sync(&swr, &["v1"], false);
    assert_eq!(jobs(&swr)[0].1, "success", "the layer is stored once");
    swr.repo("group/web").delete();
    copied(&swr, "copy/web", "v1");
}

#[test]
fn a_target_in_the_own_region_needs_another_organization() {
    let swr = server();
    swr.seed_namespace("other");
    let own =
        |namespace: &str| json!({"remoteRegionId": "cn-north-4", "remoteNamespace": namespace});
    let admin = Client::admin(&swr);
    let refused = admin.post(RULES, own("group"));
    refused.assert_refused(400, "SVCSTG.SWR.4000014");
    let mut images = own("group");
    images["imageTag"] = json!(["v1"]);
    admin
        .post(IMAGES, images)
        .assert_refused(400, "SVCSTG.SWR.4000014");
    let mut rule = own("other");
    rule["syncAuto"] = json!(true);
    assert_eq!(admin.post(RULES, rule).status, 200);
    push(&swr, "v1", "layer");
    assert_eq!(swr.repo("other/web").tags(), ["v1"]);
}

#[test]
fn the_refusals_of_rules_and_copies() {
    let swr = two_regions();
    let admin = Client::admin(&swr);
    let unknown_region = json!({"remoteRegionId": "cn-west-9", "remoteNamespace": "copy"});
    let unknown = admin.post(RULES, unknown_region.clone());
    unknown.assert_refused(500, "SVCSTG.SWR.5001101");
    assert_eq!(unknown.json()["error_msg"], "Internal error");
    assert_hint(&unknown, "`swr.region(\"cn-west-9\")` creates a region");
    let mut images = unknown_region;
    images["imageTag"] = json!(["v1"]);
    admin
        .post(IMAGES, images)
        .assert_refused(500, "SVCSTG.SWR.5001101");

    create_rule(&swr, json!({"syncAuto": true}));
    for fields in [json!({}), json!({"override": true})] {
        admin
            .post(RULES, with(fields))
            .assert_refused(400, "SVCSTG.SWR.4000014");
    }
    for (path, body, code) in [
        (RULES, json!({"remoteRegionId": EAST}), "4001014"),
        (RULES, json!({"remoteNamespace": "copy"}), "4001014"),
        (RULES, with(json!({"syncAuto": "true"})), "4000014"),
        (RULES, with(json!({"remoteNamespace": ""})), "4001025"),
        (
            RULES,
            with(json!({"remoteNamespace": "n".repeat(65)})),
            "4001025",
        ),
        (IMAGES, target(), "4001014"),
        (IMAGES, with(json!({"imageTag": "v1"})), "4000014"),
        (IMAGES, with(json!({"imageTag": []})), "4001025"),
        (IMAGES, with(json!({"imageTag": [1]})), "4000014"),
        (IMAGES, with(json!({"imageTag": ["not a tag"]})), "4009021"),
        (
            IMAGES,
            with(json!({"imageTag": vec!["v"; 1001]})),
            "4001025",
        ),
        (
            IMAGES,
            with(json!({"imageTag": ["v1"], "override": 1})),
            "4000014",
        ),
    ] {
        let refused = admin.post(path, body);
        refused.assert_refused(400, &format!("SVCSTG.SWR.{code}"));
    }
    let none = "/v2/manage/namespaces/group/repos/none";
    for missing in [
        admin.get(&format!("{none}/sync_repo")),
        admin.post(&format!("{none}/sync_repo"), target()),
        admin.delete_with(&format!("{none}/sync_repo"), target()),
        admin.post(
            &format!("{none}/sync_images"),
            with(json!({"imageTag": ["v1"]})),
        ),
        admin.get(&format!("{none}/sync_job?filter=limit::1|offset::0")),
    ] {
        missing.assert_refused(404, "SVCSTG.SWR.4040113");
    }
    assert_eq!(jobs(&swr), []);
}

#[test]
fn a_repository_has_at_most_100_rules() {
    let swr = two_regions();
    let admin = Client::admin(&swr);
    let rule =
        |number: u32| json!({"remoteRegionId": EAST, "remoteNamespace": format!("n{number}")});
    for number in 0..100 {
        assert_eq!(admin.post(RULES, rule(number)).status, 200);
    }
    admin
        .post(RULES, rule(100))
        .assert_refused(507, "MOCKSWR.ContentLimit");
}

#[test]
fn only_administrators_synchronize_images() {
    let swr = MockSwr::start();
    swr.seed_repo("group/web").image("v1");
    swr.region(EAST).seed_namespace("copy");
    swr.user("dev").grant("group", Permission::Manage);
    swr.seed_repo("group/web").share("partner");
    let dev = Client::user(&swr, "dev");
    for refused in [
        dev.get(RULES),
        dev.post(RULES, target()),
        dev.delete_with(RULES, target()),
        dev.post(IMAGES, with(json!({"imageTag": ["v1"]}))),
        dev.get(JOBS),
    ] {
        assert_eq!(refused.status, 403, "{refused:?}");
        assert_hint(&refused, "only an administrator can synchronize images");
    }
    let partner = Client::user(&swr, "partner/eve");
    let refused = partner.post(IMAGES, with(json!({"imageTag": ["v1"]})));
    assert!(
        refused.status >= 400,
        "a shared repository is not its own: {refused:?}"
    );
    assert_eq!(jobs(&swr), []);
}

#[test]
fn the_list_of_jobs_needs_a_filter_with_limit_and_offset() {
    let swr = two_regions();
    swr.repo("group/web").image("v1").image("v2").image("v3");
    sync(&swr, &["v1", "v2", "v3"], false);
    let admin = Client::admin(&swr);
    let list = |query: &str| admin.get(&format!("{REPO}/sync_job{query}"));
    list("").assert_refused(400, "SVCSTG.SWR.4001014");
    list("?limit=1&offset=0").assert_refused(400, "SVCSTG.SWR.4001014");
    list("?filter=limit::1").assert_refused(400, "SVCSTG.SWR.4001035");
    list("?filter=offset::0|order::asc").assert_refused(400, "SVCSTG.SWR.4001035");
    list("?filter=limit::0|offset::0").assert_refused(400, "SVCSTG.SWR.4000056");
    list("?filter=limit::1|offset::0|order::up").assert_refused(400, "SVCSTG.SWR.4001025");

    let tags = |query: &str| -> (Vec<String>, String) {
        let page = list(query);
        assert_eq!(page.status, 200, "{page:?}");
        let range = page.headers["content-range"].to_str().unwrap().to_owned();
        let rows = page.json();
        let rows = rows.as_array().unwrap().iter();
        (
            rows.map(|row| row["tag"].as_str().unwrap().to_owned())
                .collect(),
            range,
        )
    };
    let page = |tags: &[&str], range: &str| {
        (
            tags.iter().map(ToString::to_string).collect::<Vec<_>>(),
            range.to_owned(),
        )
    };
    assert_eq!(
        tags("?filter=limit::2|offset::0"),
        page(&["v3", "v2"], "0-2/3")
    );
    assert_eq!(tags("?filter=limit::2|offset::2"), page(&["v1"], "2-1/3"));
    assert_eq!(
        tags("?filter=limit::2|offset::0|order::asc"),
        page(&["v1", "v2"], "0-2/3")
    );
    assert_eq!(tags("?filter=limit::2|offset::4"), page(&[], "4-0/3"));
    assert_eq!(list("?filter=limit::2|offset::4").text, "[]", "never null");
}

#[test]
fn a_world_file_keeps_rules_and_jobs() {
    let swr = two_regions();
    swr.repo("group/web").image("v1");
    create_rule(&swr, json!({"syncAuto": true, "override": true}));
    sync(&swr, &["v1", "v9"], false);
    let saved = swr.world();
    let read: World = saved.to_json().to_string().parse().unwrap();
    assert_eq!(read.to_json(), saved.to_json());
    let other = MockSwr::builder().auth(Auth::Off).world(read).start();
    assert_eq!(
        Client::admin(&other).get(JOBS).text,
        Client::admin(&swr).get(JOBS).text
    );
    push(&other, "v2", "layer");
    assert_eq!(other.region(EAST).repo("copy/web").tags(), ["v1", "v2"]);
}

#[test]
fn deleting_a_repository_deletes_its_rules_and_jobs() {
    let swr = two_regions();
    create_rule(&swr, json!({"syncAuto": true}));
    push(&swr, "v1", "layer");
    let admin = Client::admin(&swr);
    assert_eq!(admin.delete(REPO).status, 204);
    swr.seed_repo("group/web");
    assert_eq!(jobs(&swr), []);
    push(&swr, "v2", "layer");
    assert_eq!(swr.region(EAST).repo("copy/web").tags(), ["v1"]);
}

#[test]
fn a_chain_of_a_thousand_rules_ends() {
    let swr = server();
    let name = |number: usize| format!("n{number}");
    for number in 0..1000 {
        let rule = json!({"remoteRegionId": "cn-north-4", "remoteNamespace": name(number + 1)});
        swr.seed_repo(&format!("{}/web", name(number)))
            .set(json!({"sync_rules": [rule]}));
    }
    swr.seed_namespace(&name(1000));
    let client = Registry::anonymous(&swr);
    client.push_image("n0/web", "v1", "layer");
    assert!(swr.repo("n1000/web").exists());
}
