//! The lines that a user of wiremock, httpmock or mockito writes first. Each test sends real requests.

use std::time::Duration;

use http::StatusCode;
use mock_swr::{Answer, Answers, Calls, Image, MockSwr, Op, Order, Refusal, Times, days};
use serde_json::json;

use crate::support::{Client, panic_of};

const NAMESPACES: &str = "/v2/manage/namespaces";
const REPOS: &str = "/v2/manage/namespaces/group/repos";

/// Starts a server that is used by every test, and its first client.
#[track_caller]
fn started() -> (MockSwr, Client) {
    let swr = MockSwr::start();
    let admin = Client::admin(&swr);
    (swr, admin)
}

#[test]
fn the_administrator_has_a_handle_and_a_token() {
    let swr = MockSwr::builder().user("ops").start();

    let url = format!("{}{NAMESPACES}", swr.endpoint());
    let request = reqwest::blocking::Client::new()
        .get(url)
        .header("X-Auth-Token", swr.token());

    assert_eq!(request.send().unwrap().status(), 200);
    swr.verify(Op::ListNamespaces).by("ops").once();
    assert_eq!(swr.admin().credentials(), swr.credentials());
    assert!(swr.admin().docker_config().contains("127.0.0.1:"));
}

#[test]
fn an_image_is_a_tag() {
    let swr = MockSwr::start();
    let tag = String::from("v2");
    let web = swr.seed_repo("group/web");

    web.image("v1")
        .image(&tag)
        .image(tag)
        .image(format!("v{}", 3))
        .image(Image::new("v4").age(days(1)));

    let mut tags = web.tags();
    tags.sort();
    assert_eq!(tags, ["v1", "v2", "v3", "v4"]);
}

#[test]
fn an_answer_is_a_number_a_status_or_a_response() {
    let (swr, admin) = started();
    let teapot = http::Response::builder()
        .status(418)
        .body("short and stout")
        .unwrap();

    swr.on(Op::ListNamespaces, 503);
    assert_eq!(admin.get(NAMESPACES).status, 503);
    swr.on(Op::ListNamespaces, StatusCode::BAD_GATEWAY);
    assert_eq!(admin.get(NAMESPACES).status, 502);
    swr.on(Op::ListNamespaces, Refusal::Throttled);
    assert_eq!(admin.get(NAMESPACES).status, 429);
    swr.on(
        Op::ListNamespaces,
        Answer::json(200, json!({"namespaces": []})).delay(Duration::from_millis(1)),
    );
    assert_eq!(admin.get(NAMESPACES).json(), json!({"namespaces": []}));
    swr.on(Op::ListNamespaces, teapot);
    assert_eq!(admin.get(NAMESPACES).text, "short and stout");
}

#[test]
fn answers_are_an_array_a_vec_a_slice_or_a_tuple() {
    let (swr, admin) = started();
    let statuses =
        |count: usize| -> Vec<u16> { (0..count).map(|_| admin.get(NAMESPACES).status).collect() };
    let outages = vec![StatusCode::BAD_GATEWAY; 2];

    swr.on(Op::ListNamespaces, [500, 503]);
    assert_eq!(statuses(3), [500, 503, 200]);
    swr.on(Op::ListNamespaces, outages.as_slice());
    assert_eq!(statuses(3), [502, 502, 200]);
    swr.on(Op::ListNamespaces, outages);
    assert_eq!(statuses(3), [502, 502, 200]);
    swr.on(
        Op::ListNamespaces,
        (
            503,
            Refusal::Throttled,
            Answer::real(),
            StatusCode::CONFLICT,
        ),
    );
    assert_eq!(statuses(5), [503, 429, 200, 409, 200]);
    swr.on(
        Op::ListNamespaces,
        [Answer::from(503).times(2), Answer::real().then(500)],
    );
    assert_eq!(statuses(5), [503, 503, 200, 500, 200]);
    swr.on(
        Op::ListNamespaces,
        (503, [500, 502], Answer::status(429).always()),
    )
    .remove();
    assert_eq!(statuses(1), [200]);
}

#[test]
fn a_change_of_answers_applies_to_every_step_so_far() {
    let (swr, admin) = started();
    let mapped = |response: &mut http::Response<bytes::Bytes>| *response.body_mut() = "{}".into();
    let busy = Answers::from([429, 503])
        .header("Retry-After", "7")
        .map(mapped)
        .delay(Duration::from_millis(1));

    swr.on(Op::ListNamespaces, busy.then(500));

    for status in [429, 503] {
        let response = admin.get(NAMESPACES);
        assert_eq!(response.status, status);
        assert_eq!(response.header("Retry-After"), "7");
        assert_eq!(response.text, "{}");
    }
    let last = admin.get(NAMESPACES);
    assert_eq!(last.status, 500);
    assert!(!last.headers.contains_key("Retry-After"));
    assert_ne!(last.text, "{}");
}

#[test]
fn every_fault_applies_to_answers_too() {
    let (swr, admin) = started();
    let get =
        || reqwest::blocking::get(swr.endpoint()).and_then(reqwest::blocking::Response::bytes);
    let intact = get().unwrap();
    let real = || Answer::real().times(1);

    swr.on(Op::ListApiVersions, real().lost());
    assert!(get().is_err());
    for cut in [
        real().reset_after(3),
        real().close_after(3),
        real().dribble(1, Duration::ZERO).close_after(3),
    ] {
        swr.on(Op::ListApiVersions, cut);
        assert!(get().is_err());
    }
    swr.on(Op::ListApiVersions, real().corrupt());
    assert_ne!(get().unwrap(), intact);
    for held in [
        real().hold(),
        real().hold_request(),
        real().stall_after(u64::MAX),
    ] {
        swr.on(Op::ListApiVersions, held).release();
        assert_eq!(get().unwrap(), intact);
    }
    assert_eq!(admin.get(NAMESPACES).status, 200);
}

#[test]
fn a_verification_is_narrowed_after_the_operation() {
    let (swr, admin) = started();
    swr.seed_namespace("group");
    admin.post(REPOS, json!({"repository": "web", "is_public": true}));
    admin.get("/v2/manage/repos?limit=10");
    admin.get("/v2/manage/repos");

    let call = swr
        .verify(Op::CreateRepo)
        .namespace("group")
        .repo("group/web")
        .by("acme/admin")
        .once();
    swr.verify(Op::CreateRepo)
        .json("/is_public", true)
        .json_includes(json!({"repository": "web"}))
        .once();
    swr.verify(Op::CreateRepo)
        .with_header("X-Auth-Token")
        .header("accept", "*/*")
        .once();
    swr.verify(Op::CreateRepo)
        .path("namespace", "group")
        .matching("a body", |call| !call.body().is_empty())
        .once();
    swr.verify(Op::CreateRepo).repo("group/api").never();
    swr.verify(Op::ListReposDetails).query("limit", "10").once();
    swr.verify(Op::ListReposDetails)
        .without_query("limit")
        .once();
    swr.verify(Calls::any()).except([Op::CreateRepo]).times(2);

    assert_eq!(call.header("content-TYPE"), Some("application/json"));
    assert_eq!(call.header("x-missing"), None);
    assert_eq!(
        call.json_as::<serde_json::Value>().unwrap()["repository"],
        "web"
    );
    assert!(call.json_as::<Vec<u8>>().is_err());
    assert!(call.body_text().contains("\"web\""));
}

#[test]
fn the_number_of_calls_is_a_number_or_any_range() {
    let (swr, admin) = started();
    admin.get(NAMESPACES);
    admin.get(NAMESPACES);

    swr.verify(Op::ListNamespaces).times(2);
    swr.verify(Op::ListNamespaces).times(1..);
    swr.verify(Op::ListNamespaces).times(..3);
    swr.verify(Op::ListNamespaces).times(..=2);
    swr.verify(Op::ListNamespaces).times(1..3);
    swr.verify(Op::ListNamespaces).times(1..=2);

    assert!(panic_of(|| swr.verify(Op::ListNamespaces).times(..2)).contains("at most 1 times"));
    assert_eq!(
        panic_of(|| Times::from(..0)),
        "the range 0..0 is empty: it allows no number of calls"
    );
}

#[test]
fn an_order_mixes_operations_and_calls() {
    let (swr, admin) = started();
    swr.seed_namespace("group");
    admin.get(NAMESPACES);
    admin.post(REPOS, json!({"repository": "web", "is_public": true}));
    let order = vec![Op::ListNamespaces, Op::CreateRepo];

    swr.verify_order((Op::ListNamespaces, Op::CreateRepo.repo("group/web")));
    swr.verify_order([Op::ListNamespaces, Op::CreateRepo]);
    swr.verify_order(order.as_slice());
    swr.verify_order(order);
    swr.verify_order((Calls::any(), [Op::CreateRepo, Op::DeleteRepo]));
    swr.from_now().verify(Calls::any()).never();

    let report = panic_of(|| swr.verify_order((Op::CreateRepo, Op::ListNamespaces)));
    assert!(
        report.starts_with("expected ListNamespaces as call 2 of the order"),
        "{report}"
    );
    let empty = panic_of(|| swr.verify_order(Vec::<Op>::new()));
    assert_eq!(
        empty,
        "the order is empty: name the calls that must have been made"
    );
    assert_eq!(
        format!("{:?}", Order::from([Op::ListTags])),
        "Order(ListTags)"
    );
}

#[test]
fn a_list_of_operations_is_an_array_a_vec_or_a_slice() {
    let (swr, admin) = started();
    let reads = vec![Op::ListNamespaces, Op::ListQuotas];
    swr.on(reads.as_slice(), 503);

    assert_eq!(admin.get(NAMESPACES).status, 503);

    swr.verify(&reads[..]).once();
    swr.verify(reads).once();
    swr.verify([Op::ListNamespaces, Op::ListQuotas]).once();
    let none = panic_of(|| swr.verify(Vec::<Op>::new()).never());
    assert_eq!(
        none,
        "the list of operations is empty; `Calls::any()` selects every request"
    );
}

#[test]
fn an_operation_is_parsed_from_its_name() {
    for op in Op::ALL {
        assert_eq!(op.name().parse::<Op>().as_ref(), Ok(op));
    }
    let error = |name: &str| name.parse::<Op>().unwrap_err().to_string();
    assert_eq!(
        error("ListRepos"),
        "`ListRepos` is not an operation; did you mean `ListReposDetails`?"
    );
    assert_eq!(
        error("PutManifset"),
        "`PutManifset` is not an operation; did you mean `PutManifest`?"
    );
    assert_eq!(error(""), "`` is not an operation");
    assert_eq!(
        error(&"x".repeat(100_000)).len(),
        100_000 + "`` is not an operation".len()
    );
}

#[test]
fn what_handles_and_calls_return_is_serialized_for_snapshots() {
    let swr = MockSwr::builder().frozen_at("2026-01-31T08:00:00Z").start();
    let web = swr.seed_repo("group/web").image("v1");
    let url = format!("{}/v2/manage/repos?limit=10&token=hidden", swr.endpoint());
    let request = reqwest::blocking::Client::new().get(url);
    request
        .header("X-Auth-Token", swr.token())
        .header("X-Twice", "1")
        .header("X-Twice", "2")
        .send()
        .unwrap();

    let info = serde_json::to_value(web.info()).unwrap();
    assert_eq!(info["namespace"], "group");
    assert_eq!(info["updated"], "2026-01-31T08:00:00.0Z");
    let tag = serde_json::to_value(web.tag("v1")).unwrap();
    assert_eq!(tag["name"], "v1");
    assert_eq!(tag["created"], "2026-01-31T08:00:00.0Z");

    let call = serde_json::to_value(swr.verify(Op::ListReposDetails).once()).unwrap();
    assert_eq!(call["op"], "ListReposDetails");
    assert_eq!(call["target"], "/v2/manage/repos?limit=10&token=(secret)");
    assert_eq!(call["headers"]["x-auth-token"], "(secret)");
    assert_eq!(call["headers"]["x-twice"], json!(["1", "2"]));
    assert_eq!(call["caller"], "admin");
    assert_eq!(call["status"], 200);
    assert_eq!(call["body"], json!(null));
    assert_eq!(call["at"], "2026-01-31T08:00:00.0Z");
}

#[test]
fn a_scoped_plan_ends_with_its_block() {
    let (swr, admin) = started();
    {
        let outage = swr.on(Calls::any(), Answer::status(503).always()).scoped();
        assert_eq!(admin.get(NAMESPACES).status, 503);
        assert_eq!(outage.fired(), 1);
    }
    assert_eq!(admin.get(NAMESPACES).status, 200);
    let unneeded = swr.on(Op::CreateRepo, 503).scoped();
    unneeded.remove();
    drop(unneeded);
    drop(
        swr.on(Op::CreateRepo, Answers::from(503).optional())
            .scoped(),
    );
    swr.check();
}

#[test]
fn a_scoped_plan_releases_the_calls_that_it_holds() {
    let swr = MockSwr::start();
    let held = swr.on(Op::ListApiVersions, Answer::real().hold()).scoped();
    let url = swr.endpoint().to_owned();
    let client = std::thread::spawn(move || reqwest::blocking::get(url).unwrap().status());
    swr.wait_for(Op::ListApiVersions).block();

    drop(held);

    assert_eq!(client.join().unwrap(), 200);
}

#[test]
fn a_scoped_plan_that_is_left_over_panics_at_the_end_of_its_block() {
    let (swr, admin) = started();
    let line = line!() + 2;
    let report = panic_of(|| {
        let _busy = swr.on(Op::ListNamespaces, [503, 503]).scoped();
        admin.get(NAMESPACES);
    });
    let first = format!(
        "{}:{line}: mock-swr: the scoped plan has unused steps\n",
        file!()
    );
    assert!(report.starts_with(&first), "{report}");
    assert!(
        report.contains("on(ListNamespaces, 503, then 503)"),
        "{report}"
    );
    assert!(
        report.contains("only 1 call matched after the plan was created"),
        "{report}"
    );
    // It has been reported once.
    swr.check();
    assert_eq!(admin.get(NAMESPACES).status, 200);
}

#[test]
fn a_scoped_plan_does_not_abort_a_panicking_test() {
    let swr = MockSwr::start();
    let report = panic_of(|| {
        let _unused = swr.on(Op::ListNamespaces, 503).scoped();
        panic!("the test fails first");
    });
    assert_eq!(report, "the test fails first");
    swr.check();
}

#[test]
fn a_server_that_ends_before_its_scoped_plan_reports_it_alone() {
    let swr = MockSwr::start();
    let unused = swr.on(Op::ListNamespaces, 503).scoped();
    let report = panic_of(|| drop(swr));
    assert!(
        report.contains("PlanLeft: on(ListNamespaces, 503)"),
        "{report}"
    );
    drop(unused);
}
