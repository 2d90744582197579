//! Synchronization: both doors of the source start jobs, and both doors of the target have the copies.

use mock_swr::{MockSwr, Permission, World};
use serde_json::{Value, json};

use super::{WEB, login};
use crate::management::names;
use crate::registry::client::{Registry, docker_image};
use crate::support::{Client, Response};

const EAST: &str = "cn-east-3";
const COPY: &str = "/v2/manage/namespaces/copy/repos/web";

/// The administrator's clients of two regions: `group/web` of the first is copied to `copy/web` of the second.
struct Regions {
    swr: MockSwr,
    admin: Client,
    docker: Registry,
    east_admin: Client,
    east_docker: Registry,
}

impl Regions {
    fn start() -> Regions {
        Regions::of(json!({}))
    }

    fn of(quota: Value) -> Regions {
        let world = json!({
            "accounts": {"acme": {"quota": quota}},
            "namespaces": {"group": {"repos": {"web": {}}}},
            "regions": {EAST: {"namespaces": {"copy": {}}}},
        });
        let world: World = world.to_string().parse().unwrap();
        let swr = MockSwr::builder().world(world).start();
        Regions {
            admin: Client::admin(&swr),
            docker: login(&swr, "admin"),
            east_admin: Client::in_region(&swr, "admin", EAST),
            east_docker: east_login(&swr, "admin")
                .with_token_for("repository:copy/web:pull,push,delete"),
            swr,
        }
    }

    #[track_caller]
    fn create_rule(&self, overrides: bool) {
        let rule = json!({
            "remoteRegionId": EAST, "remoteNamespace": "copy", "syncAuto": true, "override": overrides,
        });
        let created = self.admin.post(&format!("{WEB}/sync_repo"), rule);
        assert_eq!(created.status, 200, "{created:?}");
    }

    fn push(&self, tag: &str, layer: &str) -> String {
        self.docker.push_image("group/web", tag, layer)
    }

    fn copy_tag(&self, from: &str, to: &str) -> Response {
        let body = json!({"source_tag": from, "destination_tag": to, "override": true});
        self.admin.post(&format!("{WEB}/tags"), body)
    }

    /// The tag and the state of each job, in order of creation.
    fn jobs(&self) -> Vec<[String; 2]> {
        let path = format!("{WEB}/sync_job?filter=limit::100|offset::0|order::asc");
        let jobs = self.admin.get(&path).json();
        let text = |job: &Value, key: &str| job[key].as_str().unwrap().to_owned();
        let jobs = jobs.as_array().unwrap().iter();
        jobs.map(|job| [text(job, "tag"), text(job, "status")])
            .collect()
    }

    /// The tags of the copy in the management API, which must be those of the registry. Each image can be pulled.
    #[track_caller]
    fn copied(&self) -> Vec<String> {
        let shown = self.east_admin.get(COPY);
        let listed = self.east_docker.get("/v2/copy/web/tags/list").json();
        if shown.status == 404 {
            assert_eq!(listed["tags"], Value::Null);
            return Vec::new();
        }
        let list = format!("{COPY}/tags?order_column=tag&order_type=asc");
        let rows = self.east_admin.get(&list).json();
        let tags = names(&rows, "Tag");
        assert_eq!(listed["tags"], json!(tags));
        assert_eq!(shown.json()["num_images"], tags.len());
        for row in rows.as_array().unwrap() {
            let tag = row["Tag"].as_str().unwrap();
            let pulled = self
                .east_docker
                .get(&format!("/v2/copy/web/manifests/{tag}"));
            pulled.assert_status(200);
            assert_eq!(pulled.header("docker-content-digest"), row["digest"]);
            for layer in pulled.json()["layers"].as_array().unwrap() {
                let digest = layer["digest"].as_str().unwrap();
                let blob = format!("/v2/copy/web/blobs/{digest}");
                self.east_docker.get(&blob).assert_status(200);
            }
        }
        tags
    }

    fn copied_digest(&self, tag: &str) -> Value {
        self.east_admin.get(&format!("{COPY}/tags/{tag}")).json()["digest"].clone()
    }
}

/// A client of the registry in the second region.
fn east_login(swr: &MockSwr, user: &str) -> Registry {
    let east = swr.region(EAST);
    Registry::at(
        east.registry(),
        east.user(user).credentials().registry_login(),
    )
}

#[test]
fn a_push_and_a_copied_tag_start_jobs_and_both_doors_of_the_target_have_the_copies() {
    let regions = Regions::start();
    regions.create_rule(false);
    assert_eq!(regions.copied(), [""; 0]);
    let digest = regions.push("v1", "a layer");
    assert_eq!(regions.copied(), ["v1"]);
    assert_eq!(regions.copy_tag("v1", "stable").status, 201);
    assert_eq!(regions.copied(), ["stable", "v1"]);
    let expected = [["v1", "success"], ["stable", "success"]];
    assert_eq!(regions.jobs(), expected);
    for tag in ["v1", "stable"] {
        assert_eq!(regions.copied_digest(tag), digest);
    }
    let shown = regions.east_admin.get(COPY).json();
    assert_eq!(shown["size"], 2 * "{}a layer".len());
    let overview = regions.east_admin.get("/v2/manage/overview").json();
    assert_eq!(overview["image_num"], 2);
}

#[test]
fn after_a_rule_is_deleted_neither_door_starts_jobs() {
    let regions = Regions::start();
    regions.create_rule(false);
    regions.push("v1", "a layer");
    let rule = json!({"remoteRegionId": EAST, "remoteNamespace": "copy"});
    let deleted = regions.admin.delete_with(&format!("{WEB}/sync_repo"), rule);
    assert_eq!(deleted.status, 200);
    regions.push("v2", "a layer");
    assert_eq!(regions.copy_tag("v1", "v3").status, 201);
    assert_eq!(regions.copied(), ["v1"]);
    assert_eq!(regions.jobs(), [["v1", "success"]]);
}

#[test]
fn a_tag_that_either_door_of_the_target_deletes_makes_room_for_a_copy() {
    type Delete = fn(&Regions, &str) -> Response;
    let deletions: [Delete; 2] = [
        |regions, tag| regions.east_admin.delete(&format!("{COPY}/tags/{tag}")),
        |regions, tag| {
            let path = format!("/v2/copy/web/manifests/{tag}");
            regions.east_docker.delete(&path)
        },
    ];
    for delete in deletions {
        let regions = Regions::of(json!({"tags": 1}));
        regions.create_rule(false);
        regions.push("v1", "a layer");
        regions
            .docker
            .delete("/v2/group/web/manifests/v1")
            .assert_status(202);
        regions.push("v2", "a layer");
        assert_eq!(regions.copied(), ["v1"], "the target is full");
        assert!(delete(&regions, "v1").status < 300);
        assert_eq!(regions.copied(), [""; 0]);
        regions.push("v2", "a layer");
        assert_eq!(regions.copied(), ["v2"]);
        let expected = [["v1", "success"], ["v2", "failed"], ["v2", "success"]];
        assert_eq!(regions.jobs(), expected);
    }
}

#[test]
fn a_copy_uses_the_quotas_of_the_target_at_both_doors() {
    let regions = Regions::of(json!({"repos": 1, "tags": 1}));
    regions.create_rule(false);
    regions.push("v1", "a layer");
    assert_eq!(regions.copied(), ["v1"]);
    let image = docker_image("a layer");
    let pushed = regions.east_docker.put("copy/web", "v2", &image);
    pushed.assert_error(403, "DENIED");
    let tag = json!({"source_tag": "v1", "destination_tag": "v2"});
    regions
        .east_admin
        .post(&format!("{COPY}/tags"), tag)
        .assert_refused(400, "SVCSTG.SWR.4000099");
    let repo = json!({"repository": "api", "is_public": false});
    regions
        .east_admin
        .post("/v2/manage/namespaces/copy/repos", repo)
        .assert_refused(400, "SVCSTG.SWR.4000098");
}

#[test]
fn a_target_without_room_for_a_repository_gets_no_part_of_a_copy_at_either_door() {
    let regions = Regions::of(json!({"repos": 1}));
    regions.swr.region(EAST).seed_repo("copy/api");
    regions.create_rule(false);
    regions.push("v1", "a layer");
    assert_eq!(regions.copy_tag("v1", "v2").status, 201);
    assert_eq!(regions.jobs(), [["v1", "failed"], ["v2", "failed"]]);
    assert_eq!(regions.copied(), [""; 0]);
    let path = "/v2/manage/namespaces/copy/repos/api";
    assert_eq!(regions.east_admin.delete(path).status, 204);
    regions.push("v1", "a layer");
    assert_eq!(regions.copied(), ["v1"]);
}

#[test]
fn who_pushes_at_the_source_needs_a_permission_at_the_target_to_read_the_copy_at_either_door() {
    let regions = Regions::start();
    let swr = &regions.swr;
    regions.create_rule(false);
    swr.user("dev").grant("group", Permission::Write);
    let writing = Registry::token(swr, "dev", "repository:group/web:pull,push");
    writing.push_image("group/web", "v1", "a layer");
    assert_eq!(regions.copied(), ["v1"]);

    let reader = Client::in_region(swr, "dev", EAST);
    let ask = |actions: &str| {
        let scope = format!("repository:copy/web:{actions}");
        east_login(swr, "dev").request_token(&scope).status
    };
    reader.get(COPY).assert_refused(403, "SVCSTG.SWR.4037018");
    assert_eq!(ask("pull"), 401);
    let dev = swr.region(EAST).user("dev").credentials();
    let grant = json!([{"user_id": dev.user_id, "user_name": dev.user, "auth": 1}]);
    let access = "/v2/manage/namespaces/copy/access";
    assert_eq!(regions.east_admin.post(access, grant).status, 201);
    assert_eq!(reader.get(COPY).status, 200);
    assert_eq!((ask("pull"), ask("pull,push")), (200, 401));
    reader
        .delete(&format!("{COPY}/tags/v1"))
        .assert_refused(403, "SVCSTG.SWR.4037020");
    let pulling = east_login(swr, "dev").with_token_for("repository:copy/web:pull");
    pulling.get("/v2/copy/web/manifests/v1").assert_status(200);
    assert_eq!(regions.east_admin.get(COPY).json()["num_download"], 2);
}

#[test]
fn a_copy_of_a_public_and_shared_repository_is_private_at_both_doors() {
    let regions = Regions::start();
    let swr = &regions.swr;
    regions.create_rule(false);
    swr.repo("group/web").public().share("partner");
    regions.push("v1", "a layer");
    assert_eq!(regions.copied(), ["v1"]);
    let nobody = Registry::anonymous(swr);
    nobody
        .request_token("repository:group/web:pull")
        .assert_status(200);
    assert_eq!(Client::user(swr, "partner/eve").get(WEB).status, 200);

    assert_eq!(regions.east_admin.get(COPY).json()["is_public"], false);
    let nobody = nobody.at_registry(swr.region(EAST).registry());
    nobody
        .request_token("repository:copy/web:pull")
        .assert_error(401, "DENIED");
    let eve = Client::in_region(swr, "partner/eve", EAST);
    eve.get(COPY).assert_refused(404, "SVCSTG.SWR.4040058");
    let asked = east_login(swr, "partner/eve").request_token("repository:copy/web:pull");
    asked.assert_error(401, "DENIED");
}

#[test]
fn a_tag_that_either_door_of_the_target_moves_stays_unless_the_rule_overrides_it() {
    type Move = fn(&Regions);
    let moves: [Move; 2] = [
        |regions| {
            regions
                .east_docker
                .push_image("copy/web", "v1", "their own");
        },
        |regions| {
            regions
                .east_docker
                .push_image("copy/web", "own", "their own");
            let tag = json!({"source_tag": "own", "destination_tag": "v1", "override": true});
            let moved = regions.east_admin.post(&format!("{COPY}/tags"), tag);
            assert_eq!(moved.status, 201);
            regions
                .east_docker
                .delete("/v2/copy/web/manifests/own")
                .assert_status(202);
        },
    ];
    for act in moves {
        for (overrides, state) in [(false, "existed"), (true, "success")] {
            let regions = Regions::start();
            regions.create_rule(overrides);
            let digest = regions.push("v1", "a layer");
            act(&regions);
            let own = regions.copied_digest("v1");
            assert_ne!(own, digest);
            assert_eq!(regions.copy_tag("v1", "v1").status, 201);
            assert_eq!(regions.jobs()[1], ["v1", state]);
            let expected = if overrides { json!(digest) } else { own };
            assert_eq!(regions.copied_digest("v1"), expected);
            assert_eq!(regions.copied(), ["v1"]);
        }
    }
}
