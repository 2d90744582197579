//! Property tests: any changes to tenants result in a valid world, and tenants see only what belongs to them.

use std::time::Duration;

use mock_swr::{Image, MockSwr, Op, Permission, ProblemKind, World, days};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::invariants::assert_sound;
use crate::steps::Steps;
use crate::support::Client;

const USERS: &[&str] = &[
    "admin",
    "dev",
    "acme/ops",
    "acme",
    "partner/eve",
    "PARTNER/partner",
    "third/x",
];
const ACCOUNTS: &[&str] = &["acme", "partner", "Third", "fourth"];
const NAMESPACES: &[&str] = &["one", "two"];
const REPOS: &[&str; 2] = &["web", "api/v1"];
const LEVELS: &[Option<Permission>] = &[
    None,
    Some(Permission::Read),
    Some(Permission::Write),
    Some(Permission::Manage),
];

/// A change by a client or by a test.
#[derive(Debug, Clone)]
struct Step {
    what: usize,
    user: &'static str,
    other: &'static str,
    account: &'static str,
    namespace: &'static str,
    repo: &'static str,
    level: Option<Permission>,
    is_elsewhere: bool,
}

fn step() -> impl Strategy<Value = Step> {
    let of = |words: &'static [&'static str]| select(words);
    let names = (
        of(USERS),
        of(USERS),
        of(ACCOUNTS),
        of(NAMESPACES),
        select(&REPOS[..]),
    );
    let step = (0..WAYS.len(), names, select(LEVELS), any::<bool>());
    step.prop_map(|(what, names, level, is_elsewhere)| Step {
        what,
        user: names.0,
        other: names.1,
        account: names.2,
        namespace: names.3,
        repo: names.4,
        level,
        is_elsewhere,
    })
}

type Way = fn(&MockSwr, &Step);

const WAYS: &[Way] = &[
    |swr, step| {
        _ = Client::user(swr, step.user).post(
            "/v2/manage/namespaces",
            json!({"namespace": step.namespace}),
        )
    },
    |swr, step| {
        let path = format!("/v2/manage/namespaces/{}/repos", step.namespace);
        let public = step.level.is_some();
        Client::user(swr, step.user)
            .post(&path, json!({"repository": step.repo, "is_public": public}));
    },
    |swr, step| {
        let named = swr.user(step.other).credentials();
        let unheard = json!({"user_id": "1", "user_name": format!("{}?", step.repo), "auth": 3});
        let grant = json!({"user_id": named.user_id, "user_name": named.user, "auth": 1});
        let path = format!("/v2/manage/namespaces/{}/access", step.namespace);
        Client::user(swr, step.user).post(&path, json!([unheard, grant]));
    },
    |swr, step| {
        let path = format!(
            "/v2/manage/namespaces/{}/repositories/{}/access-domains",
            step.namespace,
            step.repo.replace('/', "$")
        );
        let share = json!({"access_domain": step.account, "permit": "read", "deadline": "2026-02-01T00:00:00Z"});
        Client::user(swr, step.user).post(&path, share);
    },
    |swr, step| {
        _ = Client::user(swr, step.user)
            .delete(&format!("/v2/manage/namespaces/{}", step.namespace))
    },
    |swr, step| {
        let keys = swr.user(step.user).credentials();
        let user = json!({"id": keys.user_id, "password": keys.password});
        let body =
            json!({"auth": {"identity": {"methods": ["password"], "password": {"user": user}}}});
        Client::anonymous(swr).post("/v3/auth/tokens", body);
        Client::user(swr, step.user).post("/v2/manage/utils/secret", json!({}));
    },
    |swr, step| {
        let name = format!("{}/{}", step.namespace, step.repo);
        let repo = if step.is_elsewhere {
            swr.region("cn-east-3").seed_repo(&name)
        } else {
            swr.seed_repo(&name)
        };
        repo.image("v1");
    },
    |swr, step| {
        let namespace = swr.seed_namespace(step.namespace);
        namespace.owner(step.account);
    },
    |swr, step| {
        let namespace = swr.seed_namespace(step.namespace);
        let user = swr.user(step.user);
        let owner = swr.user(step.user).credentials().account;
        namespace.owner(&owner);
        match step.level {
            Some(level) => user.grant(step.namespace, level),
            None => user.revoke(step.namespace),
        };
    },
    |swr, step| {
        let user = swr.user(step.user);
        match step.level {
            // The administrator of the tests must remain an administrator.
            Some(level) if step.user != "admin" => _ = user.grant("*", level),
            _ => _ = user.deny([Op::ListTags, Op::CreateAgency]),
        }
    },
    |swr, step| _ = swr.user(step.user).expire(),
    |swr, step| {
        if step.user != "admin" {
            swr.user(step.user).trusts(step.account);
        }
    },
    |swr, _| swr.advance(days(1)),
    |swr, _| swr.restore(&swr.world()),
    |swr, step| {
        let file: World = swr.world().to_json().parse().unwrap();
        swr.restore(&file);
        if step.is_elsewhere {
            swr.restore(&MockSwr::start().world());
        }
    },
    |swr, step| {
        swr.advance(if step.is_elsewhere {
            Duration::MAX
        } else {
            days(u64::MAX)
        })
    },
    |swr, step| {
        let time = TIMES[step.repo.len() % TIMES.len()];
        let share = json!({step.account: {"deadline": time, "created": time, "updated": time}});
        let web = swr.seed_repo(&format!(
            "limits/{}",
            step.user.replace('/', "-").to_lowercase()
        ));
        web.image(Image::new("v1").age(days(u64::MAX)).pulls(u64::MAX))
            .set(json!({"created": time, "updated": time, "num_download": u64::MAX}));
        swr.seed_namespace("limits").owner("partner");
        if !matches!(step.account, "partner") {
            web.set(json!({"shares": share}));
        }
    },
    |swr, step| {
        let name = ["\u{0}", "\"é𝄞\\\n"][usize::from(step.is_elsewhere)].repeat(200);
        let id = name.repeat(2);
        let path = format!("/v2/manage/namespaces/{}/access", step.namespace);
        let grant = json!([{"user_id": id, "user_name": name, "auth": 7}]);
        Client::user(swr, step.user).post(&path, grant);
    },
];

const TIMES: &[&str] = &[
    "0000-01-01T00:00:00Z",
    "1969-12-31T23:59:59.999999Z",
    "9999-12-30T22:00:00Z",
    "9999-12-31T23:59:59.999999Z",
];

/// Returns a server that has received all these changes.
fn after(steps: &Steps<Step>) -> MockSwr {
    // Most clocks start at the usual time, and a few at the earliest or latest possible time.
    let start = TIMES.get(steps.len()).copied();
    let swr = MockSwr::builder()
        .frozen_at(start.unwrap_or("2026-01-31T08:00:00Z"))
        .level(ProblemKind::Unmatched, mock_swr::Level::Ignore)
        .start();
    for step in steps.iter() {
        WAYS[step.what](&swr, step);
    }
    assert_sound(&swr, &["cn-north-4"]);
    swr
}

#[test]
fn a_world_file_keeps_any_state_of_tenants() {
    proptest!(ProptestConfig::with_cases(40), |(steps in Steps::of(step(), 1..25))| {
        let swr = after(&steps);
        let text = swr.world().to_json();
        let file: World = text.parse().unwrap();
        let copy = MockSwr::builder().world(file).start();
        prop_assert_eq!(copy.world().to_json(), text);
        for user in USERS {
            prop_assert_eq!(seen(&copy, user), seen(&swr, user), "{}", user);
            prop_assert_eq!(copy.user(user).token(), swr.user(user).token());
        }
    });
}

#[test]
fn callers_see_only_repositories_of_their_account_or_shared_with_it() {
    proptest!(ProptestConfig::with_cases(40), |(steps in Steps::of(step(), 1..25))| {
        let swr = after(&steps);
        let world: Value = serde_json::from_str(&swr.world().to_json()).unwrap();
        for user in USERS {
            let account = swr.user(user).credentials().account;
            let own = |namespace: &str| {
                let owner = world["namespaces"][namespace]["owner"].as_str();
                owner.unwrap_or("acme").eq_ignore_ascii_case(&account)
            };
            let seen = seen(&swr, user);
            for namespace in &seen.namespaces {
                prop_assert!(own(namespace), "{} lists {}", user, namespace);
            }
            for name in seen.repos.iter().chain(&seen.readable) {
                let (namespace, repo) = name.split_once('/').unwrap();
                let shares = &world["namespaces"][namespace]["repos"][repo]["shares"];
                let shares = shares.as_object().into_iter().flatten();
                let is_shared = shares.into_iter().any(|(to, _)| to.eq_ignore_ascii_case(&account));
                prop_assert!(own(namespace) || is_shared, "{} sees {}", user, name);
            }
        }
    });
}

/// Returns the organizations and repositories that a user sees.
#[derive(Debug, PartialEq)]
struct Seen {
    namespaces: Vec<String>,
    repos: Vec<String>,
    readable: Vec<String>,
}

fn seen(swr: &MockSwr, user: &str) -> Seen {
    let client = Client::user(swr, user);
    let texts = |rows: &Value, key: &str| -> Vec<String> {
        let rows = rows.as_array().unwrap().iter();
        rows.map(|row| row[key].as_str().unwrap().to_owned())
            .collect()
    };
    let namespaces = texts(
        &client.get("/v2/manage/namespaces").json()["namespaces"],
        "name",
    );
    let listed = client.get("/v2/manage/repos").json();
    let repos = texts(&listed, "namespace")
        .into_iter()
        .zip(texts(&listed, "name"));
    let names = NAMESPACES
        .iter()
        .flat_map(|namespace| REPOS.map(|repo| (*namespace, repo)));
    let readable = names.filter(|(namespace, repo)| {
        let repo = repo.replace('/', "$");
        client
            .get(&format!("/v2/manage/namespaces/{namespace}/repos/{repo}"))
            .status
            == 200
    });
    Seen {
        namespaces,
        repos: repos
            .map(|(namespace, repo)| format!("{namespace}/{repo}"))
            .collect(),
        readable: readable
            .map(|(namespace, repo)| format!("{namespace}/{repo}"))
            .collect(),
    }
}
