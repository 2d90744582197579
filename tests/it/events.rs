//! Pushes, pulls and deletions by clients create events.

use mock_swr::{Answer, Auth, Event, EventKind, MockSwr, Op};
use serde_json::json;

use crate::registry::client::{Registry, docker_image};
use crate::restores::server;
use crate::support::Client;

/// Returns kind, repository, tag and digest of all events.
fn events(swr: &MockSwr) -> Vec<(EventKind, String, Option<String>, Option<String>)> {
    let parts = |event: Event| (event.kind, event.repo, event.tag, event.digest);
    swr.events().into_iter().map(parts).collect()
}

fn event(
    kind: EventKind,
    tag: Option<&str>,
    digest: Option<&str>,
) -> (EventKind, String, Option<String>, Option<String>) {
    let text = |text: Option<&str>| text.map(str::to_owned);
    (kind, "group/web".to_owned(), text(tag), text(digest))
}

#[test]
fn a_push_is_an_event_for_each_tag() {
    let swr = server();
    let client = Registry::anonymous(&swr);
    let digest = client.push_image("group/web", "v1", "layer");
    assert_eq!(
        events(&swr),
        [event(EventKind::Pushed, Some("v1"), Some(&digest))]
    );

    client.put(
        "group/web",
        &format!("{digest}?tag=v2&tag=v3"),
        &docker_image("layer"),
    );
    let more = ["v2", "v3"].map(|tag| event(EventKind::Pushed, Some(tag), Some(&digest)));
    assert_eq!(events(&swr)[1..], more);
}

#[test]
fn a_push_by_digest_is_an_event_without_a_tag() {
    let swr = server();
    let client = Registry::anonymous(&swr);
    let digest = client.push_image("group/web", "v1", "layer");
    client
        .put("group/web", &digest, &docker_image("layer"))
        .assert_status(201);
    assert_eq!(
        events(&swr)[1],
        event(EventKind::Pushed, None, Some(&digest))
    );
}

#[test]
fn a_get_of_a_manifest_is_a_pull_and_a_head_is_not() {
    let swr = server();
    swr.repo("group/web").image("v1");
    let client = Registry::anonymous(&swr);
    let digest = swr.repo("group/web").tag("v1").digest;
    client.head("/v2/group/web/manifests/v1").assert_status(200);
    client.get("/v2/group/web/manifests/v1").assert_status(200);
    client
        .get(&format!("/v2/group/web/manifests/{digest}"))
        .assert_status(200);
    assert_eq!(
        events(&swr),
        [
            event(EventKind::Pulled, Some("v1"), Some(&digest)),
            event(EventKind::Pulled, None, Some(&digest)),
        ]
    );
}

#[test]
fn deletions_at_both_doors_are_events() {
    let swr = server();
    let web = swr.repo("group/web").image("v1").image("v2").image("v3");
    let digests = ["v1", "v2", "v3"].map(|tag| web.tag(tag).digest);
    let (api, client) = (Client::admin(&swr), Registry::anonymous(&swr));
    let repo = "/v2/manage/namespaces/group/repos/web";
    assert_eq!(api.delete(&format!("{repo}/tags/v1")).status, 204);
    client
        .delete("/v2/group/web/manifests/v2")
        .assert_status(202);
    client
        .delete(&format!("/v2/group/web/manifests/{}", digests[2]))
        .assert_status(202);
    assert_eq!(api.delete(repo).status, 204);
    assert_eq!(
        events(&swr),
        [
            event(EventKind::Deleted, Some("v1"), Some(&digests[0])),
            event(EventKind::Deleted, Some("v2"), Some(&digests[1])),
            event(EventKind::Deleted, None, Some(&digests[2])),
            event(EventKind::Deleted, None, None),
        ]
    );
}

#[test]
fn copying_a_tag_by_the_api_is_a_push() {
    let swr = server();
    let digest = swr.repo("group/web").image("v1").tag("v1").digest;
    let body = json!({"source_tag": "v1", "destination_tag": "stable"});
    let url = "/v2/manage/namespaces/group/repos/web/tags";
    assert_eq!(Client::admin(&swr).post(url, body).status, 201);
    assert_eq!(
        events(&swr),
        [event(EventKind::Pushed, Some("stable"), Some(&digest))]
    );
}

#[test]
fn an_event_has_its_call_time_and_region() {
    let swr = MockSwr::builder()
        .auth(Auth::Off)
        .frozen_at("2026-01-31T08:00:00Z")
        .start();
    let east = swr.region("cn-east-3");
    east.seed_repo("group/web").image("v1");
    let client = Registry::anonymous(&swr).at_registry(east.registry());
    client.get("/v2/").assert_status(200);
    client.get("/v2/group/web/manifests/v1").assert_status(200);

    let pulled = &swr.events()[0];
    let call = swr.verify(Op::GetManifest).once();
    assert_eq!(pulled.cause(), Some(call.number()));
    assert_eq!(pulled.cause(), Some(2));
    assert_eq!(pulled.at, swr.now());
    assert_eq!(pulled.region, "cn-east-3");
    let digest = east.repo("group/web").tag("v1").digest;
    assert_eq!(
        pulled.to_string(),
        format!("pulled group/web:v1 ({digest}) in cn-east-3 by #2")
    );
}

#[test]
fn changes_by_the_test_are_not_events() {
    let swr = server();
    let web = swr.repo("group/web").image("v1").image("v2");
    web.untag("v1");
    web.delete();
    assert_eq!(swr.events(), []);
}

#[test]
fn changes_by_a_closure_during_a_call_are_not_events() {
    let swr = server();
    swr.repo("group/web").image("v1").image("v2");
    let deletes = Answer::with(|swr, _| {
        swr.repo("group/web").untag("v2");
        Answer::real()
    });
    swr.on(Op::GetManifest, deletes);
    Registry::anonymous(&swr)
        .get("/v2/group/web/manifests/v1")
        .assert_status(200);
    let kinds: Vec<EventKind> = swr.events().iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::Pulled]);
}

#[test]
fn a_refused_call_leaves_no_event_and_a_lost_response_does() {
    let swr = MockSwr::builder().auth(Auth::Off).start();
    swr.seed_repo("group/web");
    let client = Registry::anonymous(&swr);
    let refused = client.put("group/web", "v1", &docker_image("never pushed"));
    assert_eq!(refused.status, 400);
    assert_eq!(swr.events(), []);

    swr.repo("group/web").image("v2");
    swr.on(Op::GetManifest, Answer::real().lost());
    let url = format!("http://{}/v2/group/web/manifests/v2", swr.registry());
    assert!(reqwest::blocking::get(url).is_err());
    assert_eq!(swr.events().len(), 1);
}

#[test]
fn a_restore_keeps_the_events() {
    let swr = server();
    let empty = swr.world();
    Registry::anonymous(&swr).push_image("group/web", "v1", "layer");
    swr.restore(&empty);
    assert_eq!(swr.events().len(), 1);
    let fork = MockSwr::builder().world(swr.world()).start();
    assert_eq!(fork.events(), []);
}

#[test]
fn a_wait_for_an_event_ends_when_the_event_happens() {
    let swr = server();
    let registry = swr.registry().to_owned();
    let pushes = std::thread::spawn(move || {
        Registry::at(&registry, Default::default()).push_image("group/web", "v1", "layer")
    });
    swr.wait_until("the image is pushed", |swr| {
        swr.events()
            .iter()
            .any(|event| event.tag.as_deref() == Some("v1"))
    })
    .block();
    let digest = pushes.join().unwrap();
    assert_eq!(swr.repo("group/web").tag("v1").digest, digest);
}
