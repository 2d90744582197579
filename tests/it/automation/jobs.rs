//! Tests set the states of synchronization jobs.

use std::time::Duration;

use mock_swr::{Auth, Course, EventKind, Job, Level, MockSwr, Op, ProblemKind, SyncState, World};
use serde_json::{Value, json};

use super::{REPO, server, tags_of};
use crate::support::{Client, panic_of};

const EAST: &str = "cn-east-3";

/// A server with an image, and with an organization in another region.
fn server_with_image() -> MockSwr {
    let swr = server();
    swr.repo("group/web").image("v1");
    swr.region(EAST).seed_namespace("copy");
    swr
}

#[track_caller]
fn start(swr: &MockSwr, tags: &[&str]) {
    let body = json!({"imageTag": tags, "remoteRegionId": EAST, "remoteNamespace": "copy"});
    let response = Client::admin(swr).post(&format!("{REPO}/sync_images"), body);
    assert_eq!(response.status, 200, "{response:?}");
}

fn poll_page(swr: &MockSwr, filter: &str) -> Vec<Value> {
    let path = format!("{REPO}/sync_job?filter={filter}");
    let rows = Client::admin(swr).get(&path).json();
    rows.as_array().unwrap().clone()
}

/// Returns the states of all jobs, latest first.
fn poll(swr: &MockSwr) -> Vec<String> {
    let rows = poll_page(swr, "limit::100|offset::0");
    let states = rows.iter().map(|row| row["status"].as_str().unwrap());
    states.map(str::to_owned).collect()
}

fn is_copied(swr: &MockSwr) -> bool {
    let web = swr.region(EAST).repo("copy/web");
    web.exists() && !web.tags().is_empty()
}

#[test]
fn each_poll_shows_the_next_state_of_the_course() {
    let swr = server_with_image();
    let job = swr.next_job([SyncState::Waiting, SyncState::Running, SyncState::Success]);
    assert_eq!(job.state(), None);
    start(&swr, &["v1"]);
    assert_eq!(job.state(), Some(SyncState::Waiting));
    assert_eq!(poll(&swr), ["waiting"]);
    swr.advance(Duration::from_secs(5));
    assert_eq!(poll(&swr), ["running"]);
    assert!(!is_copied(&swr));
    assert_eq!(poll(&swr), ["success"]);
    assert!(is_copied(&swr));
    assert_eq!(poll(&swr), ["success"]);
    assert_eq!(job.state(), Some(SyncState::Success));
    let row = &poll_page(&swr, "limit::1|offset::0")[0];
    assert_eq!(row["createdAt"], "2026-01-10T08:00:00.0Z");
    assert_eq!(row["updatedAt"], "2026-01-10T08:00:05.0Z");
    assert_eq!(tags_of(&swr, EventKind::Synced), ["v1"]);
}

#[test]
fn every_state_can_be_the_last() {
    for (state, text) in [
        (SyncState::Waiting, "waiting"),
        (SyncState::Running, "running"),
        (SyncState::Success, "success"),
        (SyncState::Failed, "failed"),
        (SyncState::Timeout, "timeout"),
        (SyncState::Cancel, "cancel"),
        (SyncState::Existed, "existed"),
    ] {
        let swr = server_with_image();
        let job = swr.next_job(state);
        start(&swr, &["v1"]);
        for _ in 0..3 {
            assert_eq!(poll(&swr), [text]);
        }
        assert_eq!(job.state(), Some(state));
        assert_eq!(is_copied(&swr), state == SyncState::Success, "{state:?}");
    }
}

#[test]
fn a_page_advances_only_its_own_jobs() {
    let swr = server_with_image();
    swr.repo("group/web").image("v2");
    let first = swr.next_job([SyncState::Waiting, SyncState::Success]);
    let second = swr.next_job([SyncState::Waiting, SyncState::Failed]);
    start(&swr, &["v1", "v2"]);
    for _ in 0..3 {
        poll_page(&swr, "limit::1|offset::0");
        assert!(
            poll_page(&swr, "limit::1|offset::2").is_empty(),
            "the page has no jobs"
        );
    }
    assert_eq!(first.state(), Some(SyncState::Waiting));
    assert_eq!(second.state(), Some(SyncState::Failed));
    poll_page(&swr, "limit::1|offset::0|order::asc");
    poll_page(&swr, "limit::1|offset::0|order::asc");
    assert_eq!(first.state(), Some(SyncState::Success));
}

#[test]
fn a_refused_or_planned_request_does_not_advance_a_job() {
    let swr = server_with_image();
    let job = swr.next_job([SyncState::Waiting, SyncState::Success]);
    start(&swr, &["v1"]);
    poll(&swr);
    swr.on(Op::ShowSyncJob, 503);
    let path = format!("{REPO}/sync_job");
    for (query, status) in [("?filter=limit::9|offset::0", 503), ("", 400)] {
        let response = Client::admin(&swr).get(&format!("{path}{query}"));
        assert_eq!(response.status, status);
    }
    assert_eq!(job.state(), Some(SyncState::Waiting));
    assert_eq!(poll(&swr), ["success"]);
}

#[test]
fn a_course_with_a_duration_follows_the_clock_and_not_the_polls() {
    let swr = server_with_image();
    let course = Course::from([SyncState::Waiting, SyncState::Running, SyncState::Success]);
    let job = swr.next_job(course.lasting(Duration::from_secs(30)));
    start(&swr, &["v1"]);
    for _ in 0..5 {
        assert_eq!(poll(&swr), ["waiting"]);
    }
    swr.advance(Duration::from_secs(29));
    assert_eq!(job.state(), Some(SyncState::Waiting));
    swr.advance(Duration::from_secs(1));
    assert_eq!(poll(&swr), ["running"]);
    swr.advance(Duration::from_secs(3600));
    assert_eq!(poll(&swr), ["success"]);
    let copied = swr.region(EAST).repo("copy/web").tag("v1");
    let taken = swr.now().duration_since(copied.updated).unwrap();
    assert_eq!(
        taken,
        Duration::from_secs(3570),
        "when the second state ended"
    );
    let row = &poll_page(&swr, "limit::1|offset::0")[0];
    assert_eq!(row["updatedAt"], "2026-01-10T08:01:00.0Z");
    let events = swr.events();
    assert!(
        events.iter().all(|event| event.cause() == Some(1)),
        "{events:?}"
    );
}

#[test]
fn a_job_stays_in_its_last_state_until_the_test_ends_it() {
    let swr = server_with_image();
    let job = swr.next_job([SyncState::Waiting, SyncState::Running]);
    start(&swr, &["v1"]);
    poll(&swr);
    for _ in 0..3 {
        assert_eq!(poll(&swr), ["running"]);
    }
    job.finish(SyncState::Success);
    assert_eq!(poll(&swr), ["success"]);
    assert!(is_copied(&swr));
    let message = panic_of(|| job.finish(SyncState::Failed));
    assert_eq!(
        message,
        "the job cannot be finished as Failed: it has already ended in state Success"
    );
}

#[test]
fn a_course_cannot_force_a_copy() {
    let swr = server_with_image();
    swr.region(EAST).seed_repo("copy/web").image("v1");
    let existed = swr.next_job([SyncState::Waiting, SyncState::Success]);
    let failed = swr.next_job([SyncState::Waiting, SyncState::Success]);
    start(&swr, &["v1", "v9"]);
    poll(&swr);
    poll(&swr);
    assert_eq!(existed.state(), Some(SyncState::Existed));
    assert_eq!(failed.state(), Some(SyncState::Failed));
}

#[test]
fn courses_are_used_in_order_and_by_repository() {
    let swr = server_with_image();
    swr.seed_repo("group/api").image("v1");
    let of_api = swr.next_job(Course::from(SyncState::Timeout).of_repo("group/api"));
    let first = swr.next_job(SyncState::Failed);
    let second = swr.next_job(SyncState::Cancel);
    start(&swr, &["v1", "v2"]);
    assert_eq!(first.state(), Some(SyncState::Failed));
    assert_eq!(second.state(), Some(SyncState::Cancel));
    assert_eq!(of_api.state(), None);
    let body = json!({"imageTag": ["v1"], "remoteRegionId": EAST, "remoteNamespace": "copy"});
    let path = "/v2/manage/namespaces/group/repos/api/sync_images";
    assert_eq!(Client::admin(&swr).post(path, body).status, 200);
    assert_eq!(of_api.state(), Some(SyncState::Timeout));
}

#[test]
fn an_unused_course_fails_the_test() {
    let swr = MockSwr::builder()
        .auth(Auth::Off)
        .level(ProblemKind::PlanLeft, Level::Warn)
        .start();
    swr.seed_repo("group/web");
    let running = Course::from([SyncState::Running, SyncState::Failed]);
    let of_web = running.clone().of_repo("group/web");
    let of_web = of_web.lasting(Duration::from_secs(60));
    let of_wed = running.clone().of_repo("group/wed");
    let line = line!() + 1;
    swr.next_job(running);
    swr.next_job(of_web);
    swr.next_job(of_wed);
    let problems = swr.problems().into_iter();
    let problems: Vec<String> = problems.map(|problem| problem.to_string()).collect();
    let at = |line: u32, column: u32| format!("at {}:{line}:{column}", file!());
    let expected = [
        format!(
            "PlanLeft: next_job([Running, Failed]) {}: no job started",
            at(line, 9)
        ),
        format!(
            "PlanLeft: next_job([Running, Failed].lasting(60s).of_repo(\"group/web\")) {}: \
             no job of this repository started",
            at(line + 1, 9)
        ),
        format!(
            "PlanLeft: next_job([Running, Failed].of_repo(\"group/wed\")) {}: \
             there is no repository `group/wed`",
            at(line + 2, 9)
        ),
    ];
    assert_eq!(problems, expected);
}

#[test]
fn a_course_that_no_job_can_use_panics_at_once() {
    let swr = server();
    for (course, message) in [
        (
            Course::from([]),
            "the course has no states: expected at least one, as in [Running, Success]",
        ),
        (
            Course::from([SyncState::Failed, SyncState::Running]),
            "a job that is in state Failed has ended, and cannot change to Running: write Failed last",
        ),
        (
            Course::from(SyncState::Success).lasting(Duration::from_secs(1)),
            "`lasting` is the time until the next state, and the course has only Success: \
             write the state before it, as in [Running, Success]",
        ),
        (
            Course::from(SyncState::Failed).of_repo("web"),
            "`web` is not the name of a repository: expected organization/repository",
        ),
    ] {
        let panic = panic_of(|| drop(swr.next_job::<SyncState>(course)));
        assert_eq!(panic, message);
    }
    assert!(swr.problems().is_empty());
}

#[test]
fn only_a_job_that_started_can_be_finished_and_only_in_a_final_state() {
    let swr = server_with_image();
    let job = swr.next_job(SyncState::Running);
    assert_eq!(
        panic_of(|| job.finish(SyncState::Failed)),
        "the job cannot be finished as Failed: no job has taken the course yet: \
         wait until `state()` returns a state"
    );
    start(&swr, &["v1"]);
    assert_eq!(
        panic_of(|| job.finish(SyncState::Waiting)),
        "the job cannot be finished as Waiting: expected a final state (Success, Failed, Timeout, Cancel or Existed), \
         got Waiting"
    );
    swr.repo("group/web").delete();
    assert_eq!(job.state(), None);
    assert_eq!(
        panic_of(|| job.finish(SyncState::Failed)),
        "the job cannot be finished as Failed: the job no longer exists: its repository was deleted, or a world without the job was restored"
    );
}

#[test]
fn a_restore_keeps_courses_and_restores_jobs() {
    let swr = server_with_image();
    let empty = swr.world();
    let job = swr.next_job([SyncState::Waiting, SyncState::Success]);
    let later = swr.next_job(SyncState::Failed);
    start(&swr, &["v1"]);
    let waiting = swr.world();
    poll(&swr);
    poll(&swr);
    assert!(is_copied(&swr));

    swr.restore(&waiting);
    assert_eq!(job.state(), Some(SyncState::Waiting));
    assert!(!is_copied(&swr));
    assert_eq!(poll(&swr), ["waiting"]);
    assert_eq!(poll(&swr), ["success"]);

    let other = server_with_image();
    start(&other, &["v1", "v1", "v1"]);
    swr.restore(&other.world());
    assert_eq!(job.state(), None, "a job of another server has the same id");

    swr.restore(&empty);
    assert_eq!(job.state(), None);
    start(&swr, &["v1"]);
    assert_eq!(
        later.state(),
        Some(SyncState::Failed),
        "the course is still set"
    );
}

#[test]
fn a_world_file_continues_jobs_and_has_no_courses_of_the_test() {
    let swr = server_with_image();
    swr.repo("group/web").image("v2");
    let states = [SyncState::Waiting, SyncState::Running, SyncState::Success];
    swr.next_job(states);
    swr.next_job(Course::from(states).lasting(Duration::from_secs(30)));
    start(&swr, &["v1", "v2"]);
    poll(&swr);
    swr.advance(Duration::from_secs(40));
    let left = swr.next_job(SyncState::Failed);
    let world: World = swr.world().to_json().to_string().parse().unwrap();
    start(&swr, &["v1"]);
    assert_eq!(left.state(), Some(SyncState::Failed));

    let other = MockSwr::builder().auth(Auth::Off).world(world).start();
    assert_eq!(poll(&other), ["running", "running"]);
    assert_eq!(poll(&other), ["running", "success"]);
    other.advance(Duration::from_secs(20));
    assert_eq!(poll(&other), ["success", "success"]);
    assert_eq!(other.region(EAST).repo("copy/web").tags(), ["v1", "v2"]);
    let causes = other.events().into_iter().map(|event| event.cause());
    assert!(
        causes.into_iter().all(|cause| cause.is_none()),
        "the calls were another server's"
    );
    assert!(other.problems().is_empty());
}

#[test]
fn a_job_that_the_test_must_end_stays_under_way_in_a_world_file() {
    let swr = server_with_image();
    let job = swr.next_job([SyncState::Waiting, SyncState::Running]);
    start(&swr, &["v1"]);
    poll(&swr);
    assert_eq!(poll(&swr), ["running"]);
    let world = swr.world();
    let saved = world.to_json();

    swr.restore(&saved.parse().unwrap());
    assert_eq!(swr.world().to_json(), saved);
    assert_eq!(poll(&swr), ["running"]);
    assert_eq!(job.state(), None, "a file may be of another server");

    swr.restore(&world);
    job.finish(SyncState::Success);
    assert_eq!(poll(&swr), ["success"]);
    assert!(is_copied(&swr));
    assert_eq!(tags_of(&swr, EventKind::Synced), ["v1"]);
}

#[test]
fn a_state_that_lasts_for_ever_is_saved_to_a_file() {
    let swr = server_with_image();
    let course = Course::from([SyncState::Running, SyncState::Success]);
    swr.next_job(course.lasting(Duration::MAX));
    start(&swr, &["v1"]);
    let saved = swr.world().to_json();
    let world: World = saved.parse().unwrap();

    let other = MockSwr::builder().auth(Auth::Off).world(world).start();
    assert_eq!(other.world().to_json(), saved);
    other.advance(Duration::MAX);
    assert_eq!(poll(&other), ["running"]);
}

#[test]
fn a_world_file_with_an_impossible_job_is_refused() {
    for (job, reason) in [
        (json!({"status": "done"}), "must be waiting, running"),
        (
            json!({"course": ["success"]}),
            "a job in state success has ended",
        ),
        (
            json!({"status": "waiting", "course": ["failed", "success"]}),
            "a job in state failed has ended",
        ),
        (
            json!({"tag": "not a tag"}),
            "it breaks the naming rule of tags",
        ),
        (json!({"lastingSeconds": -1.0}), "negative"),
    ] {
        let mut full = json!({"tag": "v1", "remoteRegionId": EAST, "remoteNamespace": "copy"});
        for (key, value) in job.as_object().unwrap() {
            full[key] = value.clone();
        }
        let world = json!({"namespaces": {"group": {"repos": {"web": {"sync_jobs": [full]}}}}});
        let error = world.to_string().parse::<World>().unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
}

#[test]
fn jobs_of_two_repositories_cannot_have_one_id() {
    let job = json!({
        "id": 2000, "tag": "v1", "status": "waiting", "course": ["success"],
        "remoteRegionId": EAST, "remoteNamespace": "copy",
    });
    let repo = json!({"images": ["v1"], "sync_jobs": [job]});
    let world = json!({"namespaces": {"group": {"repos": {"api": repo, "web": repo}}}});
    let error = world.to_string().parse::<World>().unwrap_err().to_string();
    let expected = "namespaces.group.repos.web.sync_jobs.0.id: 2000 is the id of another job";
    assert!(error.contains(expected), "{error}");
}

#[test]
fn a_job_waits_for_the_test_while_clients_poll() {
    let swr = server_with_image();
    let job: Job<SyncState> = swr.next_job(SyncState::Running);
    let ended = std::thread::scope(|scope| {
        let client = scope.spawn(|| {
            start(&swr, &["v1"]);
            loop {
                match &*poll(&swr)[0] {
                    "running" => std::thread::yield_now(),
                    ended => return ended.to_owned(),
                }
            }
        });
        swr.wait_for(Op::ShowSyncJob).times(2).block();
        job.finish(SyncState::Timeout);
        client.join().unwrap()
    });
    assert_eq!(ended, "timeout");
}

#[test]
fn jobs_of_one_poll_end_in_order_of_creation_whatever_the_order_of_the_page() {
    for order in ["asc", "desc"] {
        let swr = server_with_image();
        let first = swr.next_job([SyncState::Waiting, SyncState::Success]);
        let second = swr.next_job([SyncState::Waiting, SyncState::Success]);
        start(&swr, &["v1"]);
        start(&swr, &["v1"]);
        for _ in 0..2 {
            poll_page(&swr, &format!("limit::10|offset::0|order::{order}"));
        }
        assert_eq!(first.state(), Some(SyncState::Success), "{order}");
        assert_eq!(second.state(), Some(SyncState::Existed), "{order}");
    }
}

#[test]
fn jobs_of_two_repositories_may_have_one_id_in_a_file() {
    let job = |status: &str, course: Value| {
        let mut job =
            json!({"id": 2000, "tag": "v1", "remoteRegionId": EAST, "remoteNamespace": "copy"});
        job["status"] = json!(status);
        job["course"] = course;
        json!({"images": ["v1"], "sync_jobs": [job]})
    };
    let repos = json!({
        "api": job("success", json!([])),
        "web": job("waiting", json!(["running", "success"])),
    });
    let world = json!({"namespaces": {"group": {"repos": repos}}});
    let world: World = world.to_string().parse().unwrap();
    let swr = MockSwr::builder().auth(Auth::Off).world(world).start();
    let path = "/v2/manage/namespaces/group/repos/api/sync_job?filter=limit::10|offset::0";
    for _ in 0..2 {
        assert_eq!(Client::admin(&swr).get(path).json()[0]["status"], "success");
    }
    swr.repo("group/api").delete();
    assert_eq!(poll(&swr), ["running"]);
}

#[test]
fn a_state_of_a_file_lasts_from_the_start_unless_the_file_says_when_it_ends() {
    let job = json!({
        "tag": "v1", "remoteRegionId": EAST, "remoteNamespace": "copy",
        "status": "waiting", "course": ["running", "failed"], "lastingSeconds": 30.0,
    });
    let repos = json!({"web": {"images": ["v1"], "sync_jobs": [job]}});
    let world = json!({"namespaces": {"group": {"repos": repos}}});
    let world: World = world.to_string().parse().unwrap();
    let swr = MockSwr::builder().auth(Auth::Off).world(world).start();
    assert_eq!(poll(&swr), ["waiting"]);
    swr.advance(Duration::from_secs(30));
    assert_eq!(poll(&swr), ["running"]);
    swr.advance(Duration::from_secs(30));
    assert_eq!(poll(&swr), ["failed"]);
}

#[test]
fn a_wait_ends_when_the_time_of_a_job_has_come_without_another_call() {
    let swr = MockSwr::builder().auth(Auth::Off).start();
    swr.seed_repo("group/web").image("v1");
    swr.region(EAST).seed_namespace("copy");
    let states = [SyncState::Waiting, SyncState::Running, SyncState::Success];
    let job = swr.next_job(Course::from(states).lasting(Duration::from_millis(30)));
    start(&swr, &["v1"]);
    let has_ended = |_: &MockSwr| job.state() == Some(SyncState::Success);
    // The limit is longer than any test run, so only the job can end the wait.
    let wait = swr.wait_until("the image is copied", has_ended);
    wait.within(Duration::from_secs(24 * 3600)).block();
    assert!(is_copied(&swr));
}
