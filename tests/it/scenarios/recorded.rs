//! Scenario files that are written from the journal of a test.

use std::time::Duration;

use mock_swr::{
    Answer, Answers, Auth, Calls, Level, MockSwr, Op, Permission, ProblemKind, Profile, Refusal,
    Scenario, SyncState, days,
};
use proptest::prelude::*;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Client, HTTP, send};

/// The world of most tests. The clock is frozen, so times can be compared.
const SHOP: &str = r#"{
    "frozen_at": "2026-01-31T08:00:00Z",
    "users": {"dev": {}, "partner/eve": {}},
    "namespaces": {"group": {
        "permissions": {"dev": "write"},
        "repos": {"web": {
            "images": [{"tag": "v1", "age_seconds": 86400}, "v2"],
            "retention": {"rules": [{"template": "date_rule", "params": {"days": "5"}}]}
        }}
    }}
}"#;

fn shop() -> MockSwr {
    MockSwr::builder().world(SHOP.parse().unwrap()).start()
}

fn parse(file: &Value) -> Scenario {
    match file.to_string().parse() {
        Ok(scenario) => scenario,
        Err(error) => panic!("{error}\n{file:#}"),
    }
}

/// Sends the requests of an input. Returns the statuses.
fn replay(swr: &MockSwr, input: &Value) -> Vec<Option<u16>> {
    let requests = input["requests"].as_array().unwrap().iter();
    requests.map(|request| replay_one(swr, request)).collect()
}

fn replay_one(swr: &MockSwr, request: &Value) -> Option<u16> {
    let text = |key: &str| request[key].as_str();
    let region = swr.region(text("region").unwrap_or("cn-north-4"));
    let is_registry = text("listener") == Some("registry");
    let base = if is_registry {
        format!("http://{}", region.registry())
    } else {
        region.endpoint().to_owned()
    };
    let method: Method = text("method").unwrap().parse().unwrap();
    let mut sent = HTTP.request(method, format!("{base}{}", text("target").unwrap()));
    for (name, value) in request["header"].as_object().into_iter().flatten() {
        let value = value.as_str().unwrap();
        if !value.contains("(secret)") {
            sent = sent.header(name, value);
        }
    }
    if let Some(user) = text("by") {
        let user = region.user(user);
        let (name, key) = user.credentials().registry_login();
        sent = if is_registry {
            sent.basic_auth(name, Some(key))
        } else {
            sent.header("X-Auth-Token", user.token())
        };
    }
    sent = match (&request["json"], text("body")) {
        (Value::Null, None) => sent,
        (Value::Null, Some(body)) => sent.body(body.to_owned()),
        (body, _) => sent.body(body.to_string()),
    };
    send(sent).ok().map(|response| response.status)
}

/// Runs a recorded scenario with the requests of its inputs. Asserts that they get the recorded statuses.
#[track_caller]
fn assert_replays(file: &Value) {
    parse(file).run(|swr, case| {
        let requests = case.input()["requests"].as_array().unwrap().iter();
        let recorded: Vec<Option<u16>> = requests
            .map(|request| request["status"].as_u64().map(|status| status as u16))
            .collect();
        assert_eq!(replay(swr, case.input()), recorded);
    });
}

#[test]
fn a_recorded_file_has_the_state_the_plans_the_requests_and_what_they_did() {
    let swr = shop();
    swr.on(Op::CreateRepo.repo("group/api"), Refusal::Throttled);
    let dev = Client::user(&swr, "dev");
    let body = json!({"repository": "api", "is_public": true});
    for status in [429, 201] {
        let response = dev.post("/v2/manage/namespaces/group/repos", body.clone());
        assert_eq!(response.status, status);
    }
    assert_eq!(
        dev.delete("/v2/manage/namespaces/group/repos/web/tags/v1")
            .status,
        403
    );

    let file = swr.journal().to_scenario();

    let request = |status: u16, refusal: Option<&str>| {
        let mut request = json!({
            "op": "CreateRepo",
            "method": "POST",
            "target": "/v2/manage/namespaces/group/repos",
            "by": "dev",
            "header": {"content-type": "application/json", "x-auth-token": "(secret)"},
            "json": body,
            "status": status,
        });
        if let Some(refusal) = refusal {
            request["refusal"] = refusal.into();
        }
        request
    };
    assert_eq!(
        file["about"],
        "Recorded from the journal of a test: 3 requests, 1 plan, 1 planned answer."
    );
    assert_eq!(
        file["on"],
        json!([{"calls": {"op": "CreateRepo", "repo": "group/api"}, "answers": ["Throttled"]}])
    );
    let requests = file["input"]["requests"].as_array().unwrap();
    assert_eq!(requests[0], request(429, Some("Throttled")));
    assert_eq!(requests[1], request(201, None));
    assert_eq!(requests[2]["method"], "DELETE");
    let create = json!({"op": "CreateRepo", "repo": "group/api"});
    let delete = json!({"op": "DeleteRepoTag", "repo": "group/web", "tag": "v1"});
    assert_eq!(
        file["expect"],
        json!({
            "verify": [
                {"calls": create, "answered": 429, "refused": "Throttled", "times": 1},
                {"calls": create, "answered": 201, "times": 1},
                {"calls": delete, "answered": 403, "refused": "PermissionDenied", "times": 1},
            ],
            "order": [create, delete],
            "world": {"namespaces": {"group": {"repos": {"api": {"category": "other", "is_public": true}}}}},
        })
    );
    assert_eq!(
        file["world"]["namespaces"]["group"]["repos"]["web"]["tags"]
            .as_object()
            .unwrap()
            .len(),
        2
    );
    assert!(
        file["world"]["namespaces"]["group"]["repos"]
            .get("api")
            .is_none()
    );
    assert!(file.get("steps").is_none());
    assert_replays(&file);
}

#[test]
fn a_step_begins_where_the_test_plans_something_or_moves_the_clock() {
    let swr = shop();
    swr.advance(Duration::from_secs(90));
    let admin = Client::admin(&swr);
    let tags = || {
        admin
            .get("/v2/manage/namespaces/group/repos/web/tags")
            .status
    };
    assert_eq!(tags(), 200);
    swr.on(Op::ListRepositoryTags, [503, 429]);
    assert_eq!([tags(), tags()], [503, 429]);
    swr.advance(days(6));
    assert_eq!(
        Client::admin(&swr)
            .get("/v2/manage/namespaces/group/repos/web/tags")
            .status,
        200
    );
    swr.set_time("2026-03-01T08:00:00Z");

    let file = swr.journal().to_scenario();

    assert_eq!(file["world"]["frozen_at"], "2026-01-31T08:01:30.0Z");
    assert!(file.get("on").is_none());
    let steps = file["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 3);
    assert_eq!(
        steps[0]["on"],
        json!([{"calls": "ListRepositoryTags", "answers": [503, 429]}])
    );
    assert_eq!(steps[0]["input"]["requests"].as_array().unwrap().len(), 2);
    assert_eq!(steps[1]["advance"], "6d");
    assert_eq!(steps[1]["input"]["requests"].as_array().unwrap().len(), 1);
    assert_eq!(steps[2]["set_time"], "2026-03-01T08:00:00.0Z");
    assert_eq!(
        steps[2]["expect"],
        json!({"world": {"namespaces": {"group": {"repos": {"web": {"tags": []}}}}}})
    );
    assert!(steps[2].get("input").is_none());
    assert_replays(&file);
}

#[test]
fn a_part_of_the_journal_begins_with_its_own_state_and_with_the_plans_that_are_left() {
    let swr = shop();
    swr.on(Op::ListNamespaces, [503, 502, 500]);
    let outage = swr.on(Op::ListQuotas, Answer::status(503).always());
    let admin = Client::admin(&swr);
    let get = |path: &str| admin.get(path).status;
    assert_eq!(get("/v2/manage/namespaces"), 503);
    swr.seed_repo("group/later");
    let later = swr.from_now();
    assert_eq!(
        [get("/v2/manage/namespaces"), get("/v2/manage/namespaces")],
        [502, 500]
    );
    assert_eq!(
        [503, 503],
        [(); 2].map(|()| get("/v2/manage/projects/0123/quotas"))
    );
    outage.remove();

    let file = later.to_scenario();

    assert!(
        file["world"]["namespaces"]["group"]["repos"]
            .get("later")
            .is_some()
    );
    assert_eq!(
        file["on"],
        json!([
            {"calls": "ListNamespaces", "answers": [502, 500]},
            {"calls": "ListQuotas", "answers": [{"status": 503, "times": 2}]},
        ])
    );
    assert_eq!(file["input"]["requests"].as_array().unwrap().len(), 4);
    assert_replays(&file);
}

#[test]
fn a_recording_names_what_a_file_cannot_hold() {
    let swr = MockSwr::builder()
        .world(SHOP.parse().unwrap())
        .blob_redirects()
        .level(ProblemKind::PlanLeft, Level::Ignore)
        .start();
    let page = http::Response::builder()
        .status(502)
        .body("<html>")
        .unwrap();
    let line = line!() + 1;
    let with = swr.on(Op::ListNamespaces, Answer::with(|_, _| Answer::status(418)));
    swr.on(Op::ListQuotas, Answer::real().map(|_| ()));
    swr.on(Op::CreateRepo.matching("nothing", |_| false), 503);
    swr.on(Op::ShowNamespace, Answer::real().hold());
    swr.on(Op::ShowRepository.header("x-auth-token", "T0P"), 503);
    swr.on(Op::ListRetentions, page);
    swr.on(Op::ListTags, Answer::raw([0xFF]));
    let admin = Client::admin(&swr);
    assert_eq!(admin.get("/v2/manage/namespaces").status, 418);
    swr.repo("group/web").public();

    let file = swr.journal().to_scenario();

    assert_eq!(with.fired(), 1);
    let about = file["about"].as_str().unwrap();
    let plan =
        |number: u32, text: &str| format!(" The plan at {}:{} {text}", file!(), line + number);
    for sentence in [
        plan(0, "answers with a closure: it is written as the real response."),
        plan(1, "changes the response in a closure: the change is left out."),
        plan(2, "selects calls by a closure, by a secret or by one key twice: it is left out."),
        plan(3, "holds calls, which only code can release: they are not held."),
        plan(4, "selects calls by a closure, by a secret or by one key twice: it is left out."),
        plan(5, "answers with a body that is not JSON: the body is left out."),
        plan(6, "sends bytes with a secret, or that are not text: the file has others."),
        " The server was started with `Builder::blob_redirects`: pass such a builder to `Scenario::try_start`.".into(),
        " The test changed the state itself after request #1: that is left out.".into(),
    ] {
        assert!(about.contains(&sentence), "{sentence} is not in: {about}");
    }
    assert_eq!(file["on"].as_array().unwrap().len(), 5);
    assert_eq!(file["on"][0]["answers"][0], json!({"real": true}));
    assert_eq!(file["on"][3]["answers"][0], 502);
    // The closure may have decided the status, and the state may differ in the end.
    assert_eq!(
        file["expect"],
        json!({"verify": [{"calls": "ListNamespaces", "times": 1}]})
    );
    parse(&file);
}

#[test]
fn every_answer_and_every_condition_is_written_as_it_is_read() {
    let ms = Duration::from_millis;
    let swr = MockSwr::builder()
        .auth(Auth::Off)
        .profile(Profile::Oci)
        .start();
    let http = http::Response::builder()
        .status(409)
        .header("a", "b")
        .body(r#"{"c":[1]}"#)
        .unwrap();
    let answers: Vec<(Answers, Value)> = vec![
        ([503, 429].into(), json!([503, 429])),
        (Refusal::RepoExists.into(), json!(["RepoExists"])),
        (
            Answer::status(503).times(3),
            json!([{"status": 503, "times": 3}]),
        ),
        (
            Answer::real().then(Answer::status(500).always()),
            json!([{"real": true}, {"status": 500, "times": "always"}]),
        ),
        (
            Answer::code("SVCSTG.SWR.4000098").into(),
            json!([{"code": "SVCSTG.SWR.4000098"}]),
        ),
        (
            Answer::json(200, json!({"a": null})).into(),
            json!([{"status": 200, "json": {"a": null}}]),
        ),
        (
            Answer::json(200, json!({"token": "S3CR3T"})).into(),
            json!([{"status": 200, "json": {"token": "(secret)"}}]),
        ),
        (
            http.into(),
            json!([{"status": 409, "json": {"c": [1]}, "header": {"a": "b"}}]),
        ),
        (
            Answer::from(429).header("Retry-After", "0").into(),
            json!([{"status": 429, "header": {"retry-after": "0"}}]),
        ),
        (
            Answer::real().delay(ms(1500)).into(),
            json!([{"real": true, "delay": "1500ms"}]),
        ),
        (
            Answer::real().lost().into(),
            json!([{"real": true, "lost": true}]),
        ),
        (
            Answer::real().reset_after(10).into(),
            json!([{"real": true, "reset_after": 10}]),
        ),
        (
            Answer::real().close_after(10).into(),
            json!([{"real": true, "close_after": 10}]),
        ),
        (
            Answer::real().stall_after(u64::MAX).into(),
            json!([{"real": true, "stall_after": u64::MAX}]),
        ),
        (
            Answer::real()
                .dribble(10, Duration::from_secs(2))
                .corrupt()
                .into(),
            json!([{"real": true, "corrupt": true, "dribble": {"bytes": 10, "every": "2s"}}]),
        ),
        (
            Answer::raw("HTTP/1.1 200 OK\r\n").into(),
            json!([{"raw": "HTTP/1.1 200 OK\r\n"}]),
        ),
        (Answer::reset().into(), json!([{"reset": true}])),
        (Answer::close().lost().into(), json!([{"close": true}])),
        (
            Answer::reset_after_reading(7).into(),
            json!([{"reset_after_reading": 7}]),
        ),
    ];
    let calls: Vec<(Calls, Value)> = vec![
        (Op::CreateRepo.into(), json!("CreateRepo")),
        (
            [Op::CreateRepo, Op::ListTags].into(),
            json!({"op": ["CreateRepo", "ListTags"]}),
        ),
        (Calls::any(), json!({"any": true})),
        (
            Calls::any().except([Op::ListTags]),
            json!({"any": true, "except": ["ListTags"]}),
        ),
        (Calls::writes(), json!({"writes": true})),
        (
            Calls::writes().except([Op::CreateRepo]),
            json!({"writes": true, "except": ["CreateRepo"]}),
        ),
        (Calls::unmatched(), json!({"unmatched": true})),
        (
            Op::CreateRepo
                .repo("group/web")
                .by("acme/dev")
                .json("/is_public", true),
            json!({"op": "CreateRepo", "repo": "group/web", "by": "dev", "json": {"/is_public": true}}),
        ),
        (
            Op::CreateRepo
                .namespace("group")
                .namespace("group")
                .json_includes(json!({"category": "linux"})),
            json!({"op": "CreateRepo", "namespace": "group", "json_includes": {"category": "linux"}}),
        ),
        (
            Op::ListReposDetails
                .query("limit", "1")
                .query("offset", "2")
                .header("X-A", "b")
                .header("x-a", "b"),
            json!({"op": "ListReposDetails", "query": {"limit": "1", "offset": "2"}, "header": {"x-a": "b"}}),
        ),
        (
            Op::ListReposDetails
                .without_query("limit")
                .without_query("offset")
                .with_header("X-A"),
            json!({"op": "ListReposDetails", "without_query": ["limit", "offset"], "with_header": ["x-a"]}),
        ),
        (
            Op::ShowTrigger
                .path("trigger", "t")
                .path("namespace", "group"),
            json!({"op": "ShowTrigger", "path": {"trigger": "t", "namespace": "group"}}),
        ),
        (
            Op::DeleteRepoTag.tag("v1"),
            json!({"op": "DeleteRepoTag", "tag": "v1"}),
        ),
    ];
    let mut plans = Vec::new();
    let mut expected = Vec::new();
    for (answers, file) in answers {
        plans.push(swr.on(Op::ShowNamespace, answers.optional()));
        expected.push(json!({"calls": "ShowNamespace", "answers": file, "optional": true}));
    }
    for (calls, file) in calls {
        plans.push(swr.on(calls, Answers::from(503).optional()));
        expected.push(json!({"calls": file, "answers": [503], "optional": true}));
    }
    swr.on(Op::ListTags, Answer::real().times(0));

    let file = swr.journal().to_scenario();

    assert_eq!(
        (&file["auth"], &file["profile"]),
        (&json!("Off"), &json!("Oci"))
    );
    for (index, expected) in expected.iter().enumerate() {
        assert_eq!(&file["on"][index], expected);
    }
    assert_eq!(file["on"].as_array().unwrap().len(), expected.len());
    parse(&file);
    drop(plans);
}

#[test]
fn a_recording_contains_no_secret() {
    let mark = "Xy7Marked";
    let world = format!(
        r#"{{"users": {{"dev": {{"password": "{mark}1", "access_key": "AK", "secret_key": "{mark}"}}}}}}"#
    );
    let swr = MockSwr::builder()
        .world(world.parse().unwrap())
        .credentials("ADMIN", &format!("{mark}2"))
        .level(ProblemKind::Unmatched, Level::Ignore)
        .start();
    swr.on(
        Op::ListQuotas,
        Answer::json(200, json!({"token": mark}))
            .header("Set-Cookie", mark)
            .always()
            .optional(),
    );
    let url = |rest: &str| format!("{}{rest}", swr.endpoint());
    let auth = json!({"auth": {"identity": {"methods": ["password"], "password": {"user": {
        "name": "dev", "password": format!("{mark}1"), "domain": {"name": "acme"},
    }}}}});
    send(HTTP.post(url("/v3/auth/tokens")).json(&auth)).unwrap();
    send(
        HTTP.get(url(&format!("/v2/unknown?name=a%20b&token={mark}")))
            .header("Cookie", mark),
    )
    .unwrap();
    send(
        HTTP.post(url("/v2/unknown"))
            .body(format!("user=dev&password={mark}")),
    )
    .unwrap();
    send(
        HTTP.post(url("/v2/unknown"))
            .body(format!("password: {mark}")),
    )
    .unwrap();
    let basic = HTTP
        .get(format!("http://{}/v2/", swr.registry()))
        .basic_auth("u", Some(mark));
    send(basic).unwrap();

    let file = swr.journal().to_scenario();

    assert!(!file.to_string().contains(mark), "{file:#}");
    let requests = &file["input"]["requests"];
    assert_eq!(
        requests[0]["json"]["auth"]["identity"]["password"]["user"]["password"],
        "(secret)"
    );
    assert_eq!(
        requests[1]["target"],
        "/v2/unknown?name=a%20b&token=(secret)"
    );
    assert_eq!(requests[2]["body"], "user=dev&password=(secret)");
    assert_eq!(requests[4]["header"]["authorization"], "Basic (secret)");
    assert_eq!(requests[4]["listener"], "registry");
    assert_eq!(file["world"]["users"]["dev"].get("access_key"), None);
    parse(&file);
}

#[test]
fn courses_of_jobs_are_recorded() {
    let swr = shop();
    swr.region("cn-east-3").seed_namespace("copy");
    swr.next_job([SyncState::Running, SyncState::Failed]);
    let admin = Client::admin(&swr);
    let body =
        json!({"imageTag": ["v1"], "remoteRegionId": "cn-east-3", "remoteNamespace": "copy"});
    let repo = "/v2/manage/namespaces/group/repos/web";
    assert_eq!(admin.post(&format!("{repo}/sync_images"), body).status, 200);
    let jobs = || {
        admin
            .get(&format!("{repo}/sync_job?filter=limit::10|offset::0"))
            .text
    };
    assert!(jobs().contains("running"));
    assert!(jobs().contains("failed"));

    let file = swr.journal().to_scenario();

    assert_eq!(file["next_job"], json!([{"states": ["running", "failed"]}]));
    assert_replays(&file);
}

#[test]
fn requests_that_overlap_have_no_order() {
    let swr = shop();
    let held = swr.on(Op::ListNamespaces, Answer::real().hold_request());
    let url = format!("{}/v2/manage/namespaces", swr.endpoint());
    let token = swr.user("admin").token();
    let client = std::thread::spawn(move || {
        send(HTTP.get(url).header("X-Auth-Token", token))
            .unwrap()
            .status
    });
    swr.wait_for(Op::ListNamespaces).block();
    assert_eq!(
        Client::admin(&swr)
            .get("/v2/manage/namespaces/group")
            .status,
        200
    );
    held.release();
    assert_eq!(client.join().unwrap(), 200);

    let file = swr.journal().to_scenario();

    assert_eq!(file["expect"].get("order"), None);
    let about = file["about"].as_str().unwrap();
    assert!(
        about.contains(
            " Requests #1 and #2 overlapped, so their order is chance: `order` is left out."
        ),
        "{about}"
    );
    assert_replays(&file);
}

#[test]
fn an_empty_journal_is_a_scenario_with_the_state_and_the_plans() {
    let swr = MockSwr::start();
    swr.seed_repo("group/web");
    swr.user("dev").grant("group", Permission::Read);
    let file = swr.journal().to_scenario();
    assert_eq!(
        file.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["about", "world"]
    );
    assert_eq!(
        file["world"]["namespaces"]["group"]["permissions"]["dev"],
        "read"
    );
    assert!(parse(&file).start().repo("group/web").exists());
}

/// What a random test does.
#[derive(Debug, Clone)]
enum Act {
    Request {
        by: Option<&'static str>,
        method: &'static str,
        path: String,
        body: Option<Value>,
    },
    Pull(&'static str),
    Plan(&'static str, Vec<Value>),
    Advance(u64),
    EndPlans,
}

fn act() -> impl Strategy<Value = Act> {
    let pick = prop::sample::select::<&'static str>;
    let by = prop::sample::select(vec![
        Some("admin"),
        Some("admin"),
        Some("dev"),
        Some("partner/eve"),
        None,
    ]);
    let names = || pick(vec!["group", "other", "bad name"]);
    let repos = || pick(vec!["web", "api", "a$b"]);
    let request = (names(), repos(), pick(vec!["v1", "v2", "v3"]), 0..14_usize).prop_map(|(group, repo, tag, kind)| {
        let group_path = format!("/v2/manage/namespaces/{}", group.replace(' ', "%20"));
        let repo_path = format!("{group_path}/repos/{repo}");
        match kind {
            0 => ("POST", "/v2/manage/namespaces".to_owned(), Some(json!({"namespace": group}))),
            1 => ("DELETE", group_path, None),
            2 => ("GET", group_path, None),
            3 => ("POST", format!("{group_path}/repos"), Some(json!({"repository": repo, "is_public": false}))),
            4 => ("PATCH", repo_path, Some(json!({"is_public": true, "category": "linux"}))),
            5 => ("DELETE", repo_path, None),
            6 => ("GET", format!("/v2/manage/repos?namespace={group}&limit=2"), None),
            7 => ("DELETE", format!("{repo_path}/tags/{tag}"), None),
            8 => (
                "POST",
                format!("{repo_path}/tags"),
                Some(json!({"source_tag": tag, "destination_tag": "v3", "override": true})),
            ),
            9 => ("GET", format!("{repo_path}/tags"), None),
            10 => (
                "POST",
                format!("{group_path}/access"),
                Some(json!([{"user_id": "1", "user_name": "dev", "auth": 7}])),
            ),
            11 => ("GET", "/v2/manage/namespaces".to_owned(), None),
            12 => ("POST", format!("{group_path}/repos"), Some(json!({"repo": repo}))),
            _ => (
                "POST",
                format!("{repo_path}/access-domains"),
                Some(json!({"access_domain": "partner", "permit": "read", "deadline": "forever"})),
            ),
        }
    });
    let answers = prop::collection::vec(
        prop_oneof![
            Just(json!(503)),
            Just(json!("Throttled")),
            Just(json!({"real": true})),
            Just(json!({"status": 200, "json": {}})),
        ],
        1..4,
    );
    let planned = pick(vec![
        "CreateRepo",
        "ListNamespaces",
        "DeleteRepoTag",
        "any",
        "writes",
    ]);
    prop_oneof![
        20 => (by, request).prop_map(|(by, (method, path, body))| Act::Request { by, method, path, body }),
        2 => pick(vec!["v1", "v2", "v3"]).prop_map(Act::Pull),
        3 => (planned, answers).prop_map(|(calls, answers)| Act::Plan(calls, answers)),
        1 => (1..200_u64).prop_map(Act::Advance),
        1 => Just(Act::EndPlans),
    ]
}

/// Runs the acts as a test would. Returns the recording.
fn record(acts: &[Act]) -> Value {
    let levels = MockSwr::builder().level(ProblemKind::PlanLeft, Level::Ignore);
    let swr = levels.world(SHOP.parse().unwrap()).start();
    let mut plans = Vec::new();
    for act in acts {
        match act {
            Act::Request {
                by,
                method,
                path,
                body,
            } => {
                let client =
                    by.map_or_else(|| Client::anonymous(&swr), |by| Client::user(&swr, by));
                let mut request = client.request(method.parse().unwrap(), path);
                if let Some(body) = body {
                    request = request.json(body);
                }
                send(request).unwrap();
            }
            Act::Pull(tag) => {
                let (name, key) = swr.credentials().registry_login();
                let url = format!("http://{}/v2/group/web/manifests/{tag}", swr.registry());
                send(HTTP.get(url).basic_auth(name, Some(key))).unwrap();
            }
            Act::Plan(calls, answers) => {
                let calls: Calls = match *calls {
                    "any" => Calls::any(),
                    "writes" => Calls::writes(),
                    "CreateRepo" => Op::CreateRepo.namespace("group"),
                    name => (*Op::ALL.iter().find(|op| op.name() == name).unwrap()).into(),
                };
                let answer = |answer: &Value| match answer {
                    Value::Number(_) => Answer::status(503),
                    Value::String(_) => Refusal::Throttled.into(),
                    answer if answer["real"] == true => Answer::real(),
                    _ => Answer::json(200, json!({})),
                };
                let mut steps = answers.iter().map(answer);
                let first = Answers::from(steps.next().unwrap());
                plans.push(swr.on(calls, steps.fold(first, Answers::then)));
            }
            Act::Advance(hours) => swr.advance(Duration::from_secs(hours * 3600)),
            Act::EndPlans => plans.drain(..).for_each(|plan| plan.remove()),
        }
    }
    plans.drain(..).for_each(|plan| plan.remove());
    swr.journal().to_scenario()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 300, ..ProptestConfig::default() })]

    #[test]
    fn the_recording_of_any_test_is_a_scenario_that_its_requests_fulfil(acts in prop::collection::vec(act(), 0..25)) {
        assert_replays(&record(&acts));
    }
}
