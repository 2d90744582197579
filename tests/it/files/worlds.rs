//! World files with random changes.

use std::panic::{AssertUnwindSafe, catch_unwind};

use mock_swr::{MockSwr, World};
use proptest::prelude::*;
use serde_json::Value;

use crate::mutations::{Mutation, mutation};
use crate::support::Client;

/// Words of world files.
const WORDS: [&str; 32] = [
    "access_key",
    "account",
    "accounts",
    "acme",
    "admin",
    "blobs",
    "course",
    "created",
    "creator",
    "digest",
    "frozen_at",
    "id",
    "images",
    "last_id",
    "manifests",
    "namespaces",
    "none",
    "owner",
    "partner",
    "partner/eve",
    "permissions",
    "quota",
    "region",
    "regions",
    "repos",
    "retention",
    "secret_key",
    "shares",
    "sync_jobs",
    "tags",
    "triggers",
    "users",
];

/// A world with every kind of content, in the form that a file has after it is saved.
fn saved() -> Value {
    let world: World = r#"{
        "frozen_at": "2026-01-31T08:00:00Z",
        "users": {"dev": {"deny": ["ListTags"]}, "partner/eve": {"access_key": "AK", "secret_key": "SK"}},
        "namespaces": {"group": {"permissions": {"dev": "write"}, "repos": {"web": {
            "images": ["v1", {"tag": "v2", "layers": 2, "platforms": ["linux/amd64", "linux/arm64"]}],
            "shares": {"partner": {}}, "triggers": {"deploy": {"trigger_history": [{"tag": "v1"}]}},
            "retention": {"rules": [{"template": "tag_rule", "params": {"num": "20"}}]},
            "sync_rules": [{"remoteRegionId": "cn-east-3", "remoteNamespace": "copy"}],
            "sync_jobs": [{
                "tag": "v1", "remoteRegionId": "cn-east-3", "remoteNamespace": "copy",
                "status": "waiting", "course": ["running", "success"], "lastingSeconds": 5
            }]
        }}}, "theirs": {"owner": "partner"}},
        "regions": {"cn-east-3": {"namespaces": {"copy": {}}}}
    }"#
    .parse()
    .unwrap();
    let swr = MockSwr::builder().world(world).start();
    serde_json::from_str(&swr.world().to_json()).unwrap()
}

fn bundled(name: &str) -> Value {
    let path = format!("{}/fixtures/worlds/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Asserts that a document is an error with a place, or a world that a server loads completely or not at all.
fn assert_loaded_or_refused(document: &Value, running: &MockSwr) {
    let world = match document.to_string().parse::<World>() {
        Ok(world) => world,
        Err(error) => {
            assert!(error.to_string().starts_with("line 1, column "), "{error}");
            assert!(World::try_from(document.clone()).is_err());
            return;
        }
    };
    let before = running.world().to_json();
    let restored = catch_unwind(AssertUnwindSafe(|| running.restore(&world)));
    match restored {
        Ok(()) => {
            let saved = running.world().to_json();
            let loaded: World = saved.parse().unwrap();
            assert_eq!(loaded.to_json(), saved);
        }
        Err(panic) => {
            let reason = panic.downcast_ref::<String>().unwrap();
            assert!(
                reason.starts_with("the world does not fit this server: "),
                "{reason}"
            );
            assert_eq!(running.world().to_json(), before);
        }
    }
    let listed = Client::admin(running).get("/v2/manage/namespaces");
    assert_eq!(listed.status, 200);
    match MockSwr::builder().world(world).try_start() {
        Ok(swr) => assert!(swr.world().to_json().parse::<World>().is_ok()),
        Err(error) => assert_ne!(error.to_string(), ""),
    }
}

/// Changes a document in these places, and checks it with a running server.
fn check(mut document: Value, mutations: &[(usize, Mutation)]) {
    for (place, mutation) in mutations {
        mutation.apply(&mut document, *place);
    }
    let swr = MockSwr::start();
    swr.seed_repo("kept/web").image("v1");
    assert_loaded_or_refused(&document, &swr);
}

#[test]
fn a_world_of_another_region_leaves_a_running_server_as_it_was() {
    let swr = MockSwr::start();
    swr.seed_repo("kept/web").image("v1");
    let mut document = saved();
    document["region"] = "eu-de".into();
    assert_loaded_or_refused(&document, &swr);
    assert_eq!(swr.repo("kept/web").tags(), ["v1"]);
    assert!(!swr.namespace("group").exists());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_change_of_a_bundled_world_is_a_world_or_an_error_with_a_place(
        name in prop::sample::select(vec!["empty", "shop", "stale-images", "two-tenants", "hundred-repos"]),
        mutations in prop::collection::vec((any::<usize>(), mutation(&WORDS)), 1..3),
    ) {
        check(bundled(name), &mutations);
    }

    #[test]
    fn any_change_of_a_saved_world_is_a_world_or_an_error_with_a_place(
        mutations in prop::collection::vec((any::<usize>(), mutation(&WORDS)), 1..3),
    ) {
        check(saved(), &mutations);
    }
}
