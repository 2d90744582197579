//! Triggers, retention policies and synchronization of a repository.

mod jobs;
mod properties;
mod retention;
mod sync;
mod triggers;

use mock_swr::{Auth, EventKind, MockSwr};

/// A server without authentication, with a frozen clock and an empty repository.
fn server() -> MockSwr {
    let swr = MockSwr::builder()
        .auth(Auth::Off)
        .frozen_at("2026-01-10T08:00:00Z")
        .start();
    swr.seed_repo("group/web");
    swr
}

const REPO: &str = "/v2/manage/namespaces/group/repos/web";

/// Returns the tags of all events of one kind, in order.
fn tags_of(swr: &MockSwr, kind: EventKind) -> Vec<String> {
    let events = swr.events().into_iter();
    let events = events.filter(|event| event.kind == kind);
    events.filter_map(|event| event.tag).collect()
}
