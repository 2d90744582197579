//! Rules of repositories: what one door changes, the other obeys and shows.

use std::time::Duration;

use mock_swr::{EventKind, MockSwr, Permission, World};
use serde_json::{Value, json};

use super::{WEB, doors, login};
use crate::management::names;
use crate::registry::client::{Registry, docker_image, sha256};
use crate::support::{Client, Response};

const GROUP_ACCESS: &str = "/v2/manage/namespaces/group/access";
const WEB_ACCESS: &str = "/v2/manage/namespaces/group/repos/web/access";
const SHARES: &str = "/v2/manage/namespaces/group/repositories/web/access-domains";

const SECOND: Duration = Duration::from_secs(1);

/// Deletes a tag at one of the doors.
type Delete = fn(&Client, &Registry, &str) -> Response;

const DELETIONS: [Delete; 2] = [
    |admin, _, tag| admin.delete(&format!("{WEB}/tags/{tag}")),
    |_, docker, tag| docker.delete(&format!("/v2/group/web/manifests/{tag}")),
];

fn copy_tag(client: &Client, from: &str, to: &str) -> Response {
    let body = json!({"source_tag": from, "destination_tag": to});
    client.post(&format!("{WEB}/tags"), body)
}

/// Keeps the tags that were changed last.
fn keep(admin: &Client, count: u32) {
    let policy = json!({"algorithm": "or", "rules": [{
        "template": "tag_rule", "params": {"num": count.to_string()}, "tag_selectors": [],
    }]});
    let created = admin.post(&format!("{WEB}/retentions"), policy);
    assert_eq!(created.status, 201, "{created:?}");
}

/// The tags in the management API, which must be those of the registry.
#[track_caller]
fn tags(admin: &Client, docker: &Registry) -> Vec<String> {
    let list = format!("{WEB}/tags?order_column=tag&order_type=asc");
    let shown = names(&admin.get(&list).json(), "Tag");
    let listed = docker.get("/v2/group/web/tags/list").json();
    assert_eq!(listed["tags"], json!(shown));
    assert_eq!(admin.get(WEB).json()["num_images"], shown.len());
    shown
}

fn grant(swr: &MockSwr, user: &str, auth: u8) -> Value {
    let user = swr.user(user).credentials();
    json!([{"user_id": user.user_id, "user_name": user.user, "auth": auth}])
}

/// The status of the token endpoint.
fn ask(swr: &MockSwr, user: &str, actions: &str) -> u16 {
    let scope = format!("repository:group/web:{actions}");
    Registry::login(swr, user).request_token(&scope).status
}

fn of_world(world: Value) -> (MockSwr, Client, Registry) {
    let world: World = world.to_string().parse().unwrap();
    let swr = MockSwr::builder().world(world).start();
    let (admin, docker) = (Client::admin(&swr), login(&swr, "admin"));
    (swr, admin, docker)
}

#[test]
fn a_tag_that_a_policy_deletes_is_gone_at_both_doors() {
    let (swr, admin, docker) = doors();
    let digest = docker.push_image("group/web", "v1", "a layer");
    docker.push_image("group/web", "v2", "another layer");
    keep(&admin, 1);
    assert_eq!(tags(&admin, &docker), ["v2"]);
    docker
        .get("/v2/group/web/manifests/v1")
        .assert_error(404, "MANIFEST_UNKNOWN");
    admin
        .get(&format!("{WEB}/tags/v1"))
        .assert_refused(404, "SVCSTG.SWR.4040115");
    assert_eq!(admin.get(WEB).json()["size"], "{}another layer".len());
    let by_digest = docker.get(&format!("/v2/group/web/manifests/{digest}"));
    by_digest.assert_status(200);
    let retained = swr.events().into_iter();
    let retained = retained.filter(|event| event.kind == EventKind::Retained);
    assert_eq!(retained.count(), 1);
}

#[test]
fn a_tag_that_either_door_creates_is_the_latest_for_a_policy() {
    let (swr, admin, docker) = doors();
    docker.push_image("group/web", "v1", "a layer");
    keep(&admin, 1);
    swr.advance(SECOND);
    assert_eq!(copy_tag(&admin, "v1", "v2").status, 201);
    assert_eq!(tags(&admin, &docker), ["v2"]);
    swr.advance(SECOND);
    docker.push_image("group/web", "v1", "a layer");
    assert_eq!(tags(&admin, &docker), ["v1"]);
    let history = admin.get(&format!("{WEB}/retentions/histories")).json();
    assert_eq!(names(&history["retention_log"], "tag"), ["v2", "v1"]);
}

#[test]
fn a_tag_that_either_door_deletes_does_not_count_for_a_policy() {
    for delete in DELETIONS {
        let (swr, admin, docker) = doors();
        swr.seed_repo("group/web");
        keep(&admin, 2);
        docker.push_image("group/web", "v1", "a layer");
        docker.push_image("group/web", "v2", "a layer");
        let deleted = delete(&admin, &docker, "v2");
        assert!(deleted.status < 300, "{deleted:?}");
        docker.push_image("group/web", "v3", "a layer");
        assert_eq!(tags(&admin, &docker), ["v1", "v3"]);
    }
}

#[test]
fn a_policy_deletes_for_a_writer_what_the_writer_cannot_delete_at_either_door() {
    let (swr, admin, docker) = doors();
    docker.push_image("group/web", "v1", "a layer");
    swr.user("dev").grant("group", Permission::Write);
    let writer = Client::user(&swr, "dev");
    let writing = Registry::token(&swr, "dev", "repository:group/web:pull,push");
    writer
        .delete(&format!("{WEB}/tags/v1"))
        .assert_refused(403, "SVCSTG.SWR.4037020");
    let refused = writing.delete("/v2/group/web/manifests/v1");
    refused.assert_error(403, "DENIED");

    keep(&admin, 1);
    swr.advance(SECOND);
    writing.push_image("group/web", "v2", "a layer");
    assert_eq!(tags(&admin, &docker), ["v2"]);
    swr.advance(SECOND);
    assert_eq!(copy_tag(&writer, "v2", "v3").status, 201);
    assert_eq!(tags(&admin, &docker), ["v3"]);
}

#[test]
fn a_permission_that_the_api_grants_and_revokes_holds_at_the_registry() {
    for access in [GROUP_ACCESS, WEB_ACCESS] {
        let (swr, admin, docker) = doors();
        docker.push_image("group/web", "v1", "a layer");
        assert_eq!(ask(&swr, "dev", "pull"), 401, "{access}");

        assert_eq!(admin.post(access, grant(&swr, "dev", 1)).status, 201);
        assert_eq!(ask(&swr, "dev", "pull"), 200, "{access}");
        assert_eq!(ask(&swr, "dev", "pull,push"), 401, "{access}");
        assert_eq!(admin.patch(access, grant(&swr, "dev", 3)).status, 201);
        let writing = Registry::token(&swr, "dev", "repository:group/web:pull,push");
        writing.push_image("group/web", "v2", "a layer");
        assert_eq!(tags(&admin, &docker), ["v1", "v2"]);

        let dev = swr.user("dev").credentials().user_id;
        assert_eq!(admin.delete_with(access, json!([dev])).status, 204);
        assert_eq!(ask(&swr, "dev", "pull"), 401, "{access}");
        // A token gives no more than the permission that its owner has now.
        writing
            .get("/v2/group/web/manifests/v1")
            .assert_error(403, "DENIED");
        let image = docker_image("a layer");
        writing
            .put("group/web", "v3", &image)
            .assert_error(403, "DENIED");
        assert_eq!(tags(&admin, &docker), ["v1", "v2"]);
    }
}

#[test]
fn a_pushed_repository_names_its_pusher_and_has_the_permissions_of_its_organization() {
    let (swr, admin, _) = doors();
    swr.user("dev").grant("group", Permission::Write);
    swr.user("eve");
    let writing = Registry::token(&swr, "dev", "repository:group/web:pull,push");
    writing.push_image("group/web", "v1", "a layer");
    let dev = swr.user("dev").credentials();
    let shown = admin.get(WEB).json();
    assert_eq!(shown["creator_name"], "dev");
    assert_eq!(shown["creator_id"], dev.user_id);

    let writer = Client::user(&swr, "dev");
    assert_eq!(writer.get(WEB).status, 200);
    writer.delete(WEB).assert_refused(403, "SVCSTG.SWR.4037018");
    assert_eq!(ask(&swr, "dev", "pull,push"), 200);
    assert_eq!(ask(&swr, "dev", "delete"), 401);
    Client::user(&swr, "eve")
        .get(WEB)
        .assert_refused(403, "SVCSTG.SWR.4037018");
    assert_eq!(ask(&swr, "eve", "pull"), 401);
}

#[test]
fn what_the_owner_pushes_and_deletes_is_seen_through_a_share_at_both_doors() {
    let (swr, admin, docker) = doors();
    docker.push_image("group/web", "v1", "a layer");
    let share = json!({"access_domain": "partner", "permit": "read", "deadline": "forever"});
    Client::user(&swr, "partner/eve");
    assert_eq!(admin.post(SHARES, share).status, 201);
    docker.push_image("group/web", "v2", "another layer");

    let eve = Client::user(&swr, "partner/eve");
    let pulling = Registry::token(&swr, "partner/eve", "repository:group/web:pull");
    let shared = "/v2/manage/shared-repositories?center=thirdparty";
    assert_eq!(tags(&eve, &pulling), ["v1", "v2"]);
    assert_eq!(eve.get(shared).json()[0]["num_images"], 2);
    pulling.get("/v2/group/web/manifests/v2").assert_status(200);
    assert_eq!(admin.get(WEB).json()["num_download"], 1);

    docker
        .delete("/v2/group/web/manifests/v2")
        .assert_status(202);
    assert_eq!(tags(&eve, &pulling), ["v1"]);
    assert_eq!(eve.get(shared).json()[0]["num_images"], 1);
    pulling
        .get("/v2/group/web/manifests/v2")
        .assert_error(404, "MANIFEST_UNKNOWN");

    assert_eq!(admin.delete(&format!("{SHARES}/partner")).status, 204);
    eve.get(WEB).assert_refused(404, "SVCSTG.SWR.4040058");
    let late = pulling.get("/v2/group/web/manifests/v1");
    late.assert_error(403, "DENIED");
    assert_eq!(eve.get(shared).json(), json!([]));
}

#[test]
fn a_tag_that_either_door_deletes_makes_room_at_both_doors() {
    for delete in DELETIONS {
        let (_swr, admin, docker) = of_world(json!({
            "accounts": {"acme": {"quota": {"tags": 2}}}, "namespaces": {"group": {}},
        }));
        docker.push_image("group/web", "v1", "a layer");
        docker.push_image("group/web", "v2", "a layer");
        copy_tag(&admin, "v1", "v3").assert_refused(400, "SVCSTG.SWR.4000099");
        let image = docker_image("a layer");
        docker
            .put("group/web", "v3", &image)
            .assert_error(403, "DENIED");

        assert!(delete(&admin, &docker, "v2").status < 300);
        assert_eq!(copy_tag(&admin, "v1", "v3").status, 201);
        docker
            .put("group/web", "v4", &image)
            .assert_error(403, "DENIED");
        assert!(delete(&admin, &docker, "v3").status < 300);
        docker.put("group/web", "v4", &image).assert_status(201);
        assert_eq!(tags(&admin, &docker), ["v1", "v4"]);
    }
}

#[test]
fn a_push_uses_the_quota_of_repositories_that_the_api_shows_and_frees() {
    let (swr, admin, docker) = of_world(json!({
        "accounts": {"acme": {"quota": {"repos": 1}}}, "namespaces": {"group": {}},
    }));
    let project = swr.credentials().project_id;
    let used = || {
        let quotas = admin.get(&format!("/v2/manage/projects/{project}/quotas"));
        let quotas = quotas.json()["quotas"].clone();
        assert_eq!(quotas[1]["quota_key"], "repository");
        quotas[1]["used"].clone()
    };
    assert_eq!(used(), 0);
    docker.push_image("group/web", "v1", "a layer");
    assert_eq!(used(), 1);
    let api = Registry::token(&swr, "admin", "repository:group/api:pull,push");
    let path = format!("/v2/group/api/blobs/uploads/?digest={}", sha256("{}"));
    api.send("POST", &path, &[], "{}")
        .assert_error(403, "DENIED");

    assert_eq!(admin.delete(WEB).status, 204);
    assert_eq!(used(), 0);
    api.push_image("group/api", "v1", "a layer");
    assert_eq!(used(), 1);
    let body = json!({"repository": "web", "is_public": false});
    admin
        .post("/v2/manage/namespaces/group/repos", body)
        .assert_refused(400, "SVCSTG.SWR.4000098");
}

#[test]
fn what_is_pushed_to_a_public_repository_is_public_and_its_pulls_are_counted() {
    let (swr, admin, docker) = doors();
    let body = json!({"repository": "web", "is_public": true});
    let created = admin.post("/v2/manage/namespaces/group/repos", body);
    assert_eq!(created.status, 201);
    docker.push_image("group/web", "v1", "a layer");
    assert_eq!(copy_tag(&admin, "v1", "v2").status, 201);
    let anybody = Registry::anonymous(&swr).with_token_for("repository:group/web:pull");
    for (pulls, tag) in ["v1", "v2"].into_iter().enumerate() {
        let pulled = anybody.get(&format!("/v2/group/web/manifests/{tag}"));
        pulled.assert_status(200);
        assert_eq!(admin.get(WEB).json()["num_download"], pulls + 1);
    }
    assert_eq!(admin.get(WEB).json()["is_public"], true);
    let image = docker_image("a layer");
    let refused = anybody.put("group/web", "v3", &image);
    refused.assert_status(401);
    let refused = Client::anonymous(&swr).delete(&format!("{WEB}/tags/v1"));
    assert_eq!(refused.status, 401, "{refused:?}");
    assert_eq!(tags(&admin, &docker), ["v1", "v2"]);
}

#[test]
fn a_repository_that_is_pushed_again_after_its_deletion_has_no_old_rules_at_either_door() {
    let (swr, admin, docker) = doors();
    docker.push_image("group/web", "v1", "a layer");
    swr.user("dev").grant("group/web", Permission::Manage);
    swr.repo("group/web").public().share("partner");
    keep(&admin, 1);
    assert_eq!(ask(&swr, "dev", "pull,push,delete"), 200);
    let anybody = Registry::anonymous(&swr).with_token_for("repository:group/web:pull");
    let eve = Client::user(&swr, "partner/eve");
    assert_eq!(eve.get(WEB).status, 200);

    assert_eq!(admin.delete(WEB).status, 204);
    docker.push_image("group/web", "v1", "a layer");
    docker.push_image("group/web", "v2", "a layer");
    assert_eq!(tags(&admin, &docker), ["v1", "v2"]);
    assert_eq!(admin.get(WEB).json()["is_public"], false);
    let late = anybody.get("/v2/group/web/manifests/v1");
    late.assert_status(401);
    assert_eq!(ask(&swr, "dev", "pull"), 401);
    Client::user(&swr, "dev")
        .get(WEB)
        .assert_refused(403, "SVCSTG.SWR.4037018");
    assert_eq!(ask(&swr, "partner/eve", "pull"), 401);
    eve.get(WEB).assert_refused(404, "SVCSTG.SWR.4040058");
    assert_eq!(admin.get(WEB_ACCESS).json()["others_auths"], json!([]));
    assert_eq!(admin.get(SHARES).json(), json!([]));
}
