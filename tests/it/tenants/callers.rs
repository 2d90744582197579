//! Random calls of several users, in two regions and at both doors. A model of permissions, which reads only the file
//! of the state, predicts which calls are refused. A failure prints the shortest sequence that fails.

use std::fmt;

use mock_swr::{Call, Calls, Level, MockSwr, ProblemKind, Refusal, World, days};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::invariants::{assert_named, assert_sound, namespaces_in, without};
use crate::registry::client::{CONFIG, Registry, docker_image, sha256};
use crate::steps::Steps;
use crate::support::{Client, Response};

/// `admin` and `ops` are administrators of `acme`, and `partner/root` of `partner`.
const USERS: [&str; 6] = [
    "admin",
    "ops",
    "dev",
    "guest",
    "partner/root",
    "partner/eve",
];
const REGIONS: [&str; 2] = ["cn-north-4", "cn-east-3"];
const NAMESPACES: [&str; 2] = ["ours", "theirs"];
const REPOS: [&str; 2] = ["web", "api"];
const TAGS: [&str; 2] = ["v1", "v2"];
const LAYERS: [&str; 2] = ["one", "two, longer"];
const START: &str = r#"{
    "frozen_at": "2026-01-31T08:00:00Z",
    "accounts": {"acme": {"quota": {"namespaces": 5, "tags": 3}}},
    "users": {
        "ops": {"permission": "manage"}, "dev": {}, "guest": {},
        "partner/root": {"permission": "manage"}, "partner/eve": {}
    },
    "namespaces": {
        "ours": {"permissions": {"dev": "write", "guest": "read"}, "repos": {
            "web": {"images": ["v1"], "shares": {"partner": {}}},
            "api": {"is_public": true, "permissions": {"guest": "manage"}, "images": ["v2"]}
        }},
        "theirs": {"owner": "partner", "permissions": {"partner/eve": "write"}, "repos": {
            "web": {"images": ["v1"], "shares": {"acme": {"deadline": "2026-02-02T00:00:00Z"}}}
        }}
    },
    "regions": {"cn-east-3": {"namespaces": {"ours": {"repos": {"web": {"images": ["v1"]}}}}}}
}"#;

/// A repository of a region, whether it exists or not.
#[derive(Clone, Copy)]
struct Target {
    region: &'static str,
    namespace: &'static str,
    repo: &'static str,
}

impl Target {
    fn full_name(self) -> String {
        format!("{}/{}", self.namespace, self.repo)
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {}", self.full_name(), self.region)
    }
}

#[derive(Debug, Clone)]
enum Step {
    Call(&'static str, Target, Action),
    AdvanceDays(u64),
    /// Restores one of the earlier states.
    Restore(usize),
    /// Continues on a server that starts from the file of the state.
    StartFromFile,
}

/// What a caller does with a repository or with its organization.
#[derive(Debug, Clone)]
enum Action {
    ShowRepo,
    ListTags,
    CreateRepo,
    SetPublic(bool),
    DeleteRepo,
    DeleteNamespace,
    CopyTag(&'static str, &'static str),
    DeleteTag(&'static str),
    Pull(&'static str),
    Push(&'static str, &'static str),
    DeleteManifest(&'static str),
    GrantOnNamespace(&'static str, u8),
    RevokeOnNamespace(&'static str),
    GrantOnRepo(&'static str, u8),
    Share(&'static str),
    Unshare(&'static str),
    CreateRetention,
}

fn step() -> impl Strategy<Value = Step> {
    let target = (
        select(&REGIONS[..]),
        select(&NAMESPACES[..]),
        select(&REPOS[..]),
    );
    let target = target.prop_map(|(region, namespace, repo)| Target {
        region,
        namespace,
        repo,
    });
    let call = (select(&USERS[..]), target, action());
    prop_oneof![
        20 => call.prop_map(|(user, target, action)| Step::Call(user, target, action)),
        1 => (1..3u64).prop_map(Step::AdvanceDays),
        1 => (0..3usize).prop_map(Step::Restore),
        1 => Just(Step::StartFromFile),
    ]
}

fn action() -> impl Strategy<Value = Action> {
    let (user, tag) = (|| select(&USERS[..]), || select(&TAGS[..]));
    let level = || select(&[1u8, 3, 7][..]);
    let account = || select(&["acme", "partner"][..]);
    let layer = || select(&LAYERS[..]);
    prop_oneof![
        2 => Just(Action::ShowRepo),
        2 => Just(Action::ListTags),
        2 => Just(Action::CreateRepo),
        1 => any::<bool>().prop_map(Action::SetPublic),
        1 => Just(Action::DeleteRepo),
        1 => Just(Action::DeleteNamespace),
        2 => (tag(), tag()).prop_map(|(from, to)| Action::CopyTag(from, to)),
        1 => tag().prop_map(Action::DeleteTag),
        3 => tag().prop_map(Action::Pull),
        4 => (tag(), layer()).prop_map(|(tag, layer)| Action::Push(tag, layer)),
        1 => layer().prop_map(Action::DeleteManifest),
        2 => (user(), level()).prop_map(|(user, level)| Action::GrantOnNamespace(user, level)),
        1 => user().prop_map(Action::RevokeOnNamespace),
        2 => (user(), level()).prop_map(|(user, level)| Action::GrantOnRepo(user, level)),
        2 => account().prop_map(Action::Share),
        1 => account().prop_map(Action::Unshare),
        1 => Just(Action::CreateRetention),
    ]
}

/// What an action needs.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Need {
    /// This level on the repository, or on its organization if the repository does not exist.
    OnRepo(u8),
    /// `Read`, or a public repository.
    Pull,
    /// This level on the organization.
    OnNamespace(u8),
    /// `Manage` granted on the repository, or `Write` on both.
    Granting,
}

impl Action {
    fn need(&self) -> Need {
        match self {
            Action::ShowRepo | Action::ListTags => Need::OnRepo(1),
            Action::SetPublic(_) | Action::CopyTag(..) | Action::Push(..) => Need::OnRepo(3),
            Action::DeleteRepo
            | Action::DeleteTag(_)
            | Action::DeleteManifest(_)
            | Action::Share(_)
            | Action::Unshare(_)
            | Action::CreateRetention => Need::OnRepo(7),
            Action::Pull(_) => Need::Pull,
            Action::CreateRepo => Need::OnNamespace(3),
            Action::DeleteNamespace
            | Action::GrantOnNamespace(..)
            | Action::RevokeOnNamespace(_) => Need::OnNamespace(7),
            Action::GrantOnRepo(..) => Need::Granting,
        }
    }
}

/// The permissions that follow from the file of a state.
struct Rights<'a> {
    user: &'a str,
    permission: &'a Value,
    namespace: &'a Value,
    repo: &'a Value,
    today: String,
}

impl<'a> Rights<'a> {
    fn of(file: &'a Value, user: &'a str, at: Target) -> Rights<'a> {
        let namespace = &namespaces_in(file, at.region)[at.namespace];
        let now = file["frozen_at"].as_str().unwrap();
        Rights {
            user,
            permission: &file["users"][user]["permission"],
            namespace,
            repo: &namespace["repos"][at.repo],
            today: now[..10].to_owned(),
        }
    }

    fn account(&self) -> &'a str {
        self.user
            .split_once('/')
            .map_or("acme", |(account, _)| account)
    }

    fn is_own(&self) -> bool {
        self.account() == self.namespace["owner"].as_str().unwrap_or("acme")
    }

    fn on_namespace(&self) -> u8 {
        if self.is_own() {
            level(self.permission).max(level(&self.namespace["permissions"][self.user]))
        } else {
            0
        }
    }

    fn on_repo(&self) -> u8 {
        if self.is_own() {
            self.on_namespace()
                .max(level(&self.repo["permissions"][self.user]))
        } else {
            u8::from(self.is_shared())
        }
    }

    /// Whether the repository is shared with the account. A share ends with the day of its deadline.
    fn is_shared(&self) -> bool {
        let share = &self.repo["shares"][self.account()];
        let last_day = share["deadline"]
            .as_str()
            .and_then(|deadline| deadline.get(..10));
        let is_active = last_day.is_none_or(|day| day == "forever" || day >= &*self.today);
        share.is_object() && is_active
    }

    fn allow(&self, need: Need) -> bool {
        match need {
            Need::OnRepo(level) => self.on_repo() >= level,
            Need::Pull => self.on_repo() >= 1 || self.repo["is_public"] == true,
            Need::OnNamespace(level) => self.on_namespace() >= level,
            Need::Granting => {
                let is_manager = level(&self.repo["permissions"][self.user]) == 7;
                self.on_repo() >= 3 && (is_manager && self.is_own() || self.on_namespace() >= 3)
            }
        }
    }
}

/// The number of a permission in a file; 0 for none.
fn level(permission: &Value) -> u8 {
    match permission.as_str() {
        Some("read") => 1,
        Some("write") => 3,
        Some("manage") => 7,
        _ => 0,
    }
}

/// The refusals for a missing permission. The service hides organizations of other accounts from readers.
const NO_PERMISSION: [Refusal; 5] = [
    Refusal::PermissionDenied,
    Refusal::CrossAccount,
    Refusal::NamespaceNotFound,
    Refusal::LoginMissing,
    Refusal::ScopeInsufficient,
];

struct Server {
    swr: MockSwr,
    file: Value,
    states: Vec<World>,
}

impl Server {
    fn start(world: World) -> Server {
        let swr = MockSwr::builder()
            .world(world)
            .level(ProblemKind::ContractBroken, Level::Ignore)
            .start();
        Server {
            file: assert_sound(&swr, &REGIONS),
            states: vec![swr.world()],
            swr,
        }
    }

    fn apply(&mut self, step: &Step) {
        match step {
            Step::Call(user, target, action) => self.call(user, *target, action),
            Step::AdvanceDays(count) => self.swr.advance(days(*count)),
            Step::Restore(number) => {
                let state = &self.states[number % self.states.len()];
                self.swr.restore(state);
                let expected: Value = serde_json::from_str(&state.to_json()).unwrap();
                let restored: Value = serde_json::from_str(&self.swr.world().to_json()).unwrap();
                assert_eq!(without("last_id", &restored), without("last_id", &expected));
            }
            Step::StartFromFile => {
                let file = self.swr.world().to_json();
                *self = Server::start(file.parse().unwrap());
            }
        }
        self.file = assert_sound(&self.swr, &REGIONS);
        self.states.push(self.swr.world());
        if self.states.len() > 3 {
            self.states.remove(0);
        }
    }

    /// Sends the call of a user. Compares its outcome with the permissions.
    fn call(&mut self, user: &str, target: Target, action: &Action) {
        let client = Client::in_region(&self.swr, user, target.region);
        // The token of the client can be new in the state.
        let before: Value = serde_json::from_str(&self.swr.world().to_json()).unwrap();
        let rights = Rights::of(&before, user, target);
        let known = self.swr.calls(Calls::any()).len();
        let responses = self.send(&client, user, target, action);
        let calls = self.swr.calls(Calls::any()).split_off(known);
        responses.iter().for_each(assert_named);
        let refusal = calls.iter().find_map(Call::refusal);
        let what = || format!("{user}, {target:?}, {action:?}: {calls:?}");
        if rights.namespace.is_object() && !rights.allow(action.need()) {
            assert!(
                refusal.is_some_and(|refusal| NO_PERMISSION.contains(&refusal)),
                "{}",
                what()
            );
        } else if rights.repo.is_object() && !self.changes_its_own(action, user) {
            assert!(
                refusal.is_none_or(|refusal| !NO_PERMISSION.contains(&refusal)),
                "{}",
                what()
            );
        }
        // A push that is refused may have stored its blobs.
        if refusal.is_some() && !matches!(action, Action::Push(..) if rights.allow(action.need())) {
            let after: Value = serde_json::from_str(&self.swr.world().to_json()).unwrap();
            assert_eq!(
                without("last_id", &after),
                without("last_id", &before),
                "{}",
                what()
            );
        }
    }

    /// Nobody can change the own permission on a repository.
    fn changes_its_own(&self, action: &Action, user: &str) -> bool {
        matches!(action, Action::GrantOnRepo(other, _) if *other == user)
    }

    fn send(&self, client: &Client, user: &str, at: Target, action: &Action) -> Vec<Response> {
        let namespace = format!("/v2/manage/namespaces/{}", at.namespace);
        let repo = format!("{namespace}/repos/{}", at.repo);
        let shares = format!("{namespace}/repositories/{}/access-domains", at.repo);
        let grant = |other: &str, level: u8| {
            let keys = self.swr.user(other).credentials();
            json!([{"user_id": keys.user_id, "user_name": keys.user, "auth": level}])
        };
        let response = match action {
            Action::ShowRepo => client.get(&repo),
            Action::ListTags => client.get(&format!("{repo}/tags")),
            Action::CreateRepo => client.post(
                &format!("{namespace}/repos"),
                json!({"repository": at.repo, "is_public": false}),
            ),
            Action::SetPublic(public) => client.patch(&repo, json!({"is_public": public})),
            Action::DeleteRepo => client.delete(&repo),
            Action::DeleteNamespace => client.delete(&namespace),
            Action::CopyTag(from, to) => client.post(
                &format!("{repo}/tags"),
                json!({"source_tag": from, "destination_tag": to}),
            ),
            Action::DeleteTag(tag) => client.delete(&format!("{repo}/tags/{tag}")),
            Action::GrantOnNamespace(other, level) => {
                client.post(&format!("{namespace}/access"), grant(other, *level))
            }
            Action::RevokeOnNamespace(other) => {
                let id = self.swr.user(other).credentials().user_id;
                client.delete_with(&format!("{namespace}/access"), json!([id]))
            }
            Action::GrantOnRepo(other, level) => {
                client.post(&format!("{repo}/access"), grant(other, *level))
            }
            Action::Share(account) => client.post(
                &shares,
                json!({"access_domain": account, "permit": "read", "deadline": "2026-02-01T00:00:00Z"}),
            ),
            Action::Unshare(account) => client.delete(&format!("{shares}/{account}")),
            Action::CreateRetention => {
                let rule = json!({"template": "tag_rule", "params": {"num": "1"}, "tag_selectors": []});
                client.post(&format!("{repo}/retentions"), json!({"algorithm": "or", "rules": [rule]}))
            }
            Action::Pull(_) | Action::Push(..) | Action::DeleteManifest(_) => {
                return self.use_registry(user, at, action);
            }
        };
        vec![response]
    }

    /// Requests a token with the scope of the action, and uses it. Stops at the first refusal.
    fn use_registry(&self, user: &str, at: Target, action: &Action) -> Vec<Response> {
        let region = self.swr.region(at.region);
        let login = region.user(user).credentials().registry_login();
        let client = Registry::at(region.registry(), login);
        let name = at.full_name();
        let actions = match action {
            Action::Push(..) => "pull,push",
            Action::DeleteManifest(_) => "delete",
            _ => "pull",
        };
        let token = client.request_token(&format!("repository:{name}:{actions}"));
        if token.status != 200 {
            return vec![token];
        }
        let client = client.with_token_of(&token);
        let manifests = format!("/v2/{name}/manifests");
        match action {
            Action::Push(tag, layer) => {
                let blob = |content: &str| {
                    let url = format!("/v2/{name}/blobs/uploads/?digest={}", sha256(content));
                    client.send("POST", &url, &[], content.to_owned())
                };
                let mut responses = vec![blob(CONFIG), blob(layer)];
                responses.push(client.put(&name, tag, &docker_image(layer)));
                responses
            }
            Action::DeleteManifest(layer) => {
                let digest = sha256(docker_image(layer).to_string());
                vec![client.delete(&format!("{manifests}/{digest}"))]
            }
            Action::Pull(tag) => vec![client.get(&format!("{manifests}/{tag}"))],
            _ => Vec::new(),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 500, ..ProptestConfig::default() })]

    #[test]
    fn a_call_succeeds_only_with_the_permission_and_a_refused_call_changes_nothing(
        steps in Steps::of(step(), 1..40),
    ) {
        let mut server = Server::start(START.parse().unwrap());
        for step in steps.iter() {
            server.apply(step);
        }
    }
}
