//! The server, what each step does to it, and what must be true after each step.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use mock_swr::{Auth, Course, Job, Level, MockSwr, ProblemKind, SyncState, World};
use reqwest::Method;
use serde_json::{Value, json};

use super::replay::{Arrival, JobEnd, Replay, Tags};
use super::{Door, Kept, LAYERS, Overrides, Pace, REGIONS, Step, TARGETS, Target};
use crate::invariants::{array, assert_sound, namespaces_in, size_of, without};
use crate::registry::client::{DOCKER_LIST, Registry, docker_image, index_of, sha256};
use crate::support::{HTTP, Response, send};

/// The most bytes of images that a server holds.
const CONTENT_LIMIT: u64 = 64 << 10;
const START: &str = r#"{
    "namespaces": {"group": {"repos": {"web": {}}}, "copy": {}},
    "regions": {"cn-east-3": {"namespaces": {"group": {}}}}
}"#;
const MEGABYTE: f64 = 1024.0 * 1024.0;
const JOBS: &str = "/sync_job?filter=limit::100|offset::0|order::asc";

pub(super) struct Server {
    swr: MockSwr,
    /// The tags that the events describe.
    tags: Tags,
    /// The repositories that have a trigger.
    triggers: BTreeSet<Target>,
    /// The state after the last check, as a file.
    file: Value,
    /// How many events were checked.
    events: usize,
    jobs: Vec<Job<SyncState>>,
    snapshots: Vec<Snapshot>,
    /// Whether the state came from another server or a file, so that some jobs have no handle that ends them.
    is_replaced: bool,
    checks: usize,
}

struct Snapshot {
    world: World,
    tags: Tags,
    triggers: BTreeSet<Target>,
    file: Value,
}

/// What a step did, as far as the check must know it.
enum Done {
    /// The client pushed this. Nothing else changed except by the service.
    Pushed(Vec<Arrival>),
    /// The state was replaced.
    Replaced,
}

impl Server {
    pub(super) fn start() -> Server {
        let swr = start_from(START.parse().unwrap());
        swr.set_time("2026-01-10T08:00:00Z");
        Server {
            file: file_of(&swr),
            tags: Tags::new(),
            triggers: BTreeSet::new(),
            events: 0,
            jobs: Vec::new(),
            snapshots: Vec::new(),
            is_replaced: false,
            checks: 0,
            swr,
        }
    }

    pub(super) fn apply(&mut self, step: &Step) {
        let done = self.act(step);
        self.check(done);
    }

    /// Compares the server with one from its file, ends all jobs and deletes everything.
    pub(super) fn finish(mut self) {
        self.swr.freeze();
        self.check(Done::Pushed(Vec::new()));
        self.check_future();
        // A job that ends can start another one, which takes another course.
        while let Some(target) = self.has_course() {
            self.poll(target);
            self.swr.advance(hours(24 * 30));
            self.check(Done::Pushed(Vec::new()));
        }
        for target in TARGETS {
            let region = self.swr.region(target.region);
            region.namespace(target.namespace).delete();
        }
        self.check_room();
        self.swr.check();
    }

    fn act(&mut self, step: &Step) -> Done {
        match step {
            Step::PushImage(at, tag, layer) => {
                self.registry(*at).push_image(&at.full_name(), tag, layer);
                let digest = sha256(docker_image(layer).to_string());
                return Done::Pushed(vec![pushed(*at, Some(tag), digest)]);
            }
            Step::PushList(at, tag) => return Done::Pushed(self.push_list(*at, tag)),
            Step::CopyTag(at, from, to) => return self.copy_tag(*at, from, to),
            Step::DeleteTag(at, tag, door) => self.delete_tag(*at, tag, *door),
            Step::DeleteManifest(at, layer) => {
                let digest = sha256(docker_image(layer).to_string());
                let url = format!("/v2/{}/manifests/{digest}", at.full_name());
                let is_known = self.manifests(*at).contains(&digest);
                self.registry(*at)
                    .delete(&url)
                    .assert_status(if is_known { 202 } else { 404 });
            }
            Step::DeleteRepo(at) => {
                let existed = self.repo(*at).is_some();
                let status = self.call(Method::DELETE, *at, "", None).status;
                assert_eq!(status, if existed { 204 } else { 404 });
                self.triggers.remove(at);
            }
            Step::CreateTrigger(at) => self.create_trigger(*at),
            Step::DeleteTrigger(at) => {
                let status = self.call(Method::DELETE, *at, "/triggers/deploy", None);
                let existed = self.triggers.remove(at);
                assert_eq!(status.status, if existed { 204 } else { 404 });
            }
            Step::CreateRetention(at, kept) => self.create_retention(*at, *kept),
            Step::DeleteRetention(at) => self.delete_retention(*at),
            Step::CreateRule(from, to, overrides) => {
                let rule = json!({"syncAuto": true, "override": *overrides == Overrides::Yes});
                self.call(
                    Method::POST,
                    *from,
                    "/sync_repo",
                    Some(with_target(*to, rule)),
                );
            }
            Step::DeleteRule(from, to) => {
                let rule = with_target(*to, json!({}));
                self.call(Method::DELETE, *from, "/sync_repo", Some(rule));
            }
            Step::CopyImages(from, to, overrides) => {
                let images =
                    json!({"imageTag": ["v1", "v2"], "override": *overrides == Overrides::Yes});
                let images = with_target(*to, images);
                self.call(Method::POST, *from, "/sync_images", Some(images));
            }
            Step::SetCourse(states, pace) => {
                let course = Course::from(states.clone());
                self.jobs.push(self.swr.next_job(match pace {
                    Pace::Hours(count) if states.len() > 1 => course.lasting(hours(*count)),
                    _ => course,
                }));
            }
            Step::FinishJob(number, state) => self.finish_job(*number, *state),
            Step::PollJobs(at) => self.poll(*at),
            Step::AdvanceClock(count) => self.swr.advance(hours(*count)),
            Step::SetClock(count) => {
                let (day, hour) = (1 + count / 24, count % 24);
                let time = format!("2026-01-{day:02}T{hour:02}:00:00Z");
                self.swr.set_time(&time);
            }
            Step::FreezeClock => self.swr.freeze(),
            Step::TakeSnapshot => self.snapshots.push(self.snapshot()),
            Step::Restore(number) => return self.restore(*number),
            Step::RestoreFile => {
                let world = self.swr.world().to_json().parse().unwrap();
                self.swr.restore(&world);
                // The handles do not find the jobs of a file.
                self.is_replaced = true;
                return Done::Replaced;
            }
            Step::StartFromFile => {
                self.replace(self.swr.world().to_json().parse().unwrap());
                return Done::Replaced;
            }
            Step::StartFromWorld => {
                self.replace(self.swr.world());
                return Done::Replaced;
            }
        }
        Done::Pushed(Vec::new())
    }

    fn push_list(&self, at: Target, tag: &str) -> Vec<Arrival> {
        let (client, name) = (self.registry(at), at.full_name());
        let images = LAYERS.map(docker_image);
        let mut arrivals = Vec::new();
        for (layer, image) in LAYERS.iter().zip(&images) {
            let digest = sha256(image.to_string());
            client.push_image(&name, &digest, layer);
            arrivals.push(pushed(at, None, digest));
        }
        let list = index_of(DOCKER_LIST, &[&images[0], &images[1]]);
        let digest = client.push(&name, tag, &list);
        arrivals.push(pushed(at, Some(tag), digest));
        arrivals
    }

    fn copy_tag(&self, at: Target, from: &str, to: &str) -> Done {
        let body = json!({"source_tag": from, "destination_tag": to, "override": true});
        let status = self.call(Method::POST, at, "/tags", Some(body)).status;
        let digest = self.tags.get(&at).and_then(|tags| tags.get(from));
        assert_eq!(status, if digest.is_some() { 201 } else { 404 });
        let digest = digest.into_iter().cloned();
        Done::Pushed(digest.map(|digest| pushed(at, Some(to), digest)).collect())
    }

    fn delete_tag(&self, at: Target, tag: &str, door: Door) {
        let status = match door {
            Door::Api => {
                let path = format!("/tags/{tag}");
                self.call(Method::DELETE, at, &path, None).status
            }
            Door::Registry => {
                let url = format!("/v2/{}/manifests/{tag}", at.full_name());
                self.registry(at).delete(&url).status
            }
        };
        let existed = self
            .tags
            .get(&at)
            .is_some_and(|tags| tags.contains_key(tag));
        let deleted = match door {
            Door::Api => 204,
            Door::Registry => 202,
        };
        assert_eq!(status, if existed { deleted } else { 404 });
    }

    fn create_trigger(&mut self, at: Target) {
        let trigger = json!({
            "name": "deploy", "trigger_type": "all", "condition": ".*", "action": "update",
            "app_type": "deployments", "application": "cart", "trigger_mode": "cci",
            "cluster_ns": "shop", "enable": "true",
        });
        let status = self
            .call(Method::POST, at, "/triggers", Some(trigger))
            .status;
        let is_new = self.repo(at).is_some() && self.triggers.insert(at);
        assert_eq!(status == 201, is_new, "{status}");
    }

    fn create_retention(&self, at: Target, kept: Kept) {
        let (template, params) = match kept {
            Kept::Tags(count) => ("tag_rule", json!({"num": count.to_string()})),
            Kept::Days(count) => ("date_rule", json!({"days": count.to_string()})),
        };
        let rule = json!({"template": template, "params": params, "tag_selectors": []});
        let policy = json!({"algorithm": "or", "rules": [rule]});
        self.call(Method::POST, at, "/retentions", Some(policy));
    }

    fn delete_retention(&self, at: Target) {
        let policy = self.repo(at).and_then(|repo| repo.get("retention"));
        if let Some(policy) = policy {
            let path = format!("/retentions/{}", policy["id"]);
            assert_eq!(self.call(Method::DELETE, at, &path, None).status, 200);
        }
    }

    fn finish_job(&self, number: usize, state: SyncState) {
        let open = self
            .jobs
            .iter()
            .filter(|job| job.state().is_some_and(is_open));
        let open: Vec<_> = open.collect();
        if let Some(job) = open.get(number % open.len().max(1)) {
            job.finish(state);
            assert!(job.state().is_some_and(|state| !is_open(state)));
        }
    }

    /// Asserts that the client gets the states of the jobs after the look.
    fn poll(&self, at: Target) {
        let listed = self.call(Method::GET, at, JOBS, None);
        let file = file_of(&self.swr);
        let Some(repo) = repo_in(&file, at) else {
            return assert_eq!(listed.status, 404);
        };
        let state = |job: &Value, key: &str| json!([job["id"], job[key]]);
        let listed = listed.json();
        let listed = listed.as_array().unwrap().iter();
        let listed: Vec<Value> = listed.map(|job| state(job, "status")).collect();
        // Jobs that the looks started are not in the response.
        let jobs = array(repo, "sync_jobs").iter().take(listed.len());
        let jobs: Vec<Value> = jobs.map(|job| state(job, "status")).collect();
        assert_eq!(listed, jobs, "the jobs of {at:?}");
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot {
            world: self.swr.world(),
            tags: self.tags.clone(),
            triggers: self.triggers.clone(),
            file: self.file.clone(),
        }
    }

    /// Restores one of the newest snapshots.
    fn restore(&mut self, number: usize) -> Done {
        let mut newest = self.snapshots.iter().rev();
        let Some(snapshot) = newest.nth(number) else {
            return Done::Pushed(Vec::new());
        };
        self.swr.restore(&snapshot.world);
        self.tags.clone_from(&snapshot.tags);
        self.triggers.clone_from(&snapshot.triggers);
        self.file.clone_from(&snapshot.file);
        Done::Replaced
    }

    /// Starts another server from a world. Its tests have set no courses, and it has had no events.
    fn replace(&mut self, world: World) {
        self.swr = start_from(world);
        self.events = 0;
        self.jobs.clear();
        self.is_replaced = true;
    }

    fn check(&mut self, done: Done) {
        let file = file_of(&self.swr);
        let events = self.swr.events();
        let pushed = match done {
            Done::Pushed(pushed) => pushed,
            Done::Replaced => {
                // New ids stay above all earlier ones.
                let (before, after) = (without("last_id", &self.file), without("last_id", &file));
                if let Some(difference) = difference("", &before, &after) {
                    panic!("the state that was restored differs: {difference}");
                }
                assert_eq!(events[self.events..], [], "a restore is no event");
                Vec::new()
            }
        };
        let mut replay = Replay::new(&mut self.tags, pushed);
        events[self.events..]
            .iter()
            .for_each(|event| replay.add(event));
        replay.finish();
        let expected = replay.arrivals.iter();
        let expected = expected
            .filter(|arrival| arrival.tag.is_some() && self.triggers.contains(&arrival.target));
        let expected: Vec<_> = expected.cloned().collect();
        assert_eq!(replay.triggered, expected, "the runs of triggers");
        let mut ended = replay.ended;
        ended.sort();
        assert_eq!(ended, ended_jobs(&self.file, &file), "the ends of jobs");
        self.events = events.len();
        let changed = TARGETS.map(|at| repo_in(&self.file, at) != repo_in(&file, at));
        let changed = TARGETS.into_iter().zip(changed);
        let changed: Vec<Target> = changed.filter(|(_, is)| *is).map(|(at, _)| at).collect();
        self.file = file;
        self.check_jobs();
        self.check_tags();
        for target in &changed {
            self.check_content(*target);
        }
        for region in REGIONS {
            if changed.iter().any(|target| target.region == region) {
                self.check_lists(region);
            }
        }
        if !changed.is_empty() {
            self.check_a_pull();
            assert_sound(&self.swr, &REGIONS);
        }
    }

    /// A job that has not ended has a next state, or the test must end it.
    fn check_jobs(&self) {
        let now = self.swr.now();
        for (target, open, job) in jobs_of(&self.file) {
            if !open {
                assert_eq!(job.get("course"), None, "{target:?}: {job}");
                assert_eq!(job.get("due"), None, "{target:?}: {job}");
            }
            if let Some(due) = job.get("due") {
                assert!(open && time(due) > now, "{target:?}: {job}");
            } else if job.get("course").is_none() && open {
                let of_test = |job: &&Job<SyncState>| job.state().is_some_and(is_open);
                let is_known = self.jobs.iter().any(|job| of_test(&job));
                assert!(is_known || self.is_replaced, "{target:?}: {job}");
            }
        }
    }

    /// The tags of the state and of the events.
    fn check_tags(&self) {
        let mut tags = Tags::new();
        for target in TARGETS {
            let shown = self.repo(target).and_then(|repo| repo["tags"].as_object());
            for (name, tag) in shown.into_iter().flatten() {
                let digest = tag["digest"].as_str().unwrap().to_owned();
                tags.entry(target).or_default().insert(name.clone(), digest);
            }
        }
        assert_eq!(tags, self.tags, "what the events describe");
    }

    /// The content of a repository, by handle and in the registry.
    fn check_content(&self, target: Target) {
        let tags = self.tags.get(&target).into_iter().flat_map(BTreeMap::keys);
        let names: Vec<&String> = tags.collect();
        let url = format!("/v2/{}/tags/list", target.full_name());
        let listed = self.registry(target).get(&url).json();
        assert_eq!(
            json!(array(&listed, "tags")),
            json!(names),
            "registry of {target:?}"
        );
    }

    /// The lists and counters of a region in the management API.
    fn check_lists(&self, region: &str) {
        let targets = TARGETS.iter().filter(|target| target.region == region);
        let known: Vec<&Target> = targets
            .filter(|target| self.repo(**target).is_some())
            .collect();
        let sizes = known.iter().map(|target| {
            let repo = self.swr.region(region).repo(&target.full_name());
            let tags = repo.tags();
            let sizes = tags.iter().map(|tag| size_of(&repo.content(tag)));
            (sizes.sum::<u64>(), tags)
        });
        let sizes: Vec<_> = sizes.collect();

        let listed = self
            .get(region, "/v2/manage/repos?order_column=name&order_type=asc")
            .json();
        let rows = listed.as_array().unwrap().iter();
        let mut rows: Vec<Value> = rows.map(row_of_list).collect();
        rows.sort_by_key(ToString::to_string);
        let expected = known
            .iter()
            .zip(&sizes)
            .map(|(target, (size, tags))| json!([target.namespace, size, tags.len(), tags]));
        let mut expected: Vec<Value> = expected.collect();
        expected.sort_by_key(ToString::to_string);
        assert_eq!(rows, expected, "repositories of {region}");

        let overview = self.get(region, "/v2/manage/overview").json();
        let namespaces = TARGETS.iter().filter(|target| target.region == region);
        let images: usize = sizes.iter().map(|(_, tags)| tags.len()).sum();
        let bytes: u64 = sizes.iter().map(|(size, _)| size).sum();
        for (key, expected) in [
            ("namspace_num", json!(namespaces.count())),
            ("repo_num", json!(known.len())),
            ("image_num", json!(images)),
        ] {
            assert_eq!(overview[key], expected, "{key} of {region}");
        }
        let space = overview["store_space"].as_f64();
        assert_eq!(space, Some(bytes as f64 / MEGABYTE), "size of {region}");
        let listed = self.get(region, "/v2/manage/namespaces").json();
        for row in listed["namespaces"].as_array().unwrap() {
            let is_known = known.iter().any(|target| target.namespace == row["name"]);
            assert_eq!(row["repo_count"], usize::from(is_known), "{row}");
        }
    }

    /// Pulls the image of one tag, of another one at each check.
    fn check_a_pull(&mut self) {
        let tags = self.tags.iter();
        let tags: Vec<(Target, &String, &String)> = tags
            .flat_map(|(target, tags)| tags.iter().map(|(tag, digest)| (*target, tag, digest)))
            .collect();
        self.checks += 1;
        let Some((target, tag, digest)) = tags.get(self.checks % tags.len().max(1)) else {
            return;
        };
        let (client, name) = (self.registry(*target), target.full_name());
        let head = client.head(&format!("/v2/{name}/manifests/{tag}"));
        head.assert_status(200);
        assert_eq!(head.header("docker-content-digest"), *digest);
        let manifest = self.swr.region(target.region).repo(&name).content(tag);
        let manifest: Value = serde_json::from_slice(&manifest).unwrap();
        for blob in array(&manifest, "layers")
            .iter()
            .chain(manifest.get("config"))
        {
            let digest = blob["digest"].as_str().unwrap();
            client
                .head(&format!("/v2/{name}/blobs/{digest}"))
                .assert_status(200);
        }
        let shown = self.call(Method::GET, *target, &format!("/tags/{tag}"), None);
        assert_eq!(shown.json()["digest"], **digest);
    }

    /// A repository with a job that has a next state.
    fn has_course(&self) -> Option<Target> {
        let jobs = jobs_of(&self.file).into_iter();
        let mut jobs = jobs.filter(|(_, _, job)| job.get("course").is_some());
        jobs.next().map(|(target, ..)| target)
    }

    /// A server that starts from the file of this one shows the same, now and later.
    fn check_future(&self) {
        let saved = self.swr.world();
        let other = start_from(saved.to_json().parse().unwrap());
        let fork = start_from(saved);
        for later in [0, 3, 30, 24 * 30] {
            for swr in [&fork, &other] {
                swr.advance(hours(later));
            }
            // Tokens of users expire at times that a file does not contain.
            let files = [&fork, &other].map(|swr| without("users", &file_of(swr)));
            if let Some(difference) = difference("", &files[0], &files[1]) {
                panic!(
                    "a server that started from a file differs after {later} hours: {difference}"
                );
            }
        }
        // Polling changes jobs, so it comes last.
        for target in TARGETS {
            for path in ["/tags", "/sync_repo", "/retentions", "/triggers", JOBS] {
                let shown = [&fork, &other].map(|swr| {
                    let answer = call(swr, Method::GET, target, path, None);
                    let own = swr.region(target.region).registry();
                    (answer.status, answer.text.replace(own, "registry"))
                });
                assert_eq!(shown[0], shown[1], "{path} of {target:?}");
            }
        }
    }

    /// Fills the server with content, which must fit exactly.
    fn check_room(&self) {
        let client = self.registry(TARGETS[0]);
        self.swr.seed_namespace("group");
        let start = |bytes: u64| {
            let content = vec![b'0'; bytes as usize];
            client.send("POST", "/v2/group/web/blobs/uploads/", &[], content)
        };
        start(CONTENT_LIMIT + 1).assert_status(507);
        start(CONTENT_LIMIT).assert_status(202);
    }

    fn registry(&self, at: Target) -> Registry {
        Registry::at(self.swr.region(at.region).registry(), Default::default())
    }

    fn call(&self, method: Method, at: Target, path: &str, body: Option<Value>) -> Response {
        call(&self.swr, method, at, path, body)
    }

    fn get(&self, region: &str, path: &str) -> Response {
        let endpoint = self.swr.region(region).endpoint();
        send(HTTP.get(format!("{endpoint}{path}"))).unwrap()
    }

    fn repo(&self, at: Target) -> Option<&Value> {
        repo_in(&self.file, at)
    }

    fn manifests(&self, at: Target) -> Vec<String> {
        let manifests = self.repo(at).and_then(|repo| repo["manifests"].as_object());
        manifests
            .into_iter()
            .flat_map(|all| all.keys().cloned())
            .collect()
    }
}

fn start_from(world: World) -> MockSwr {
    MockSwr::builder()
        .auth(Auth::Off)
        .content_limit(CONTENT_LIMIT)
        .level(ProblemKind::PlanLeft, Level::Ignore)
        .world(world)
        .start()
}

/// A call of the management API, about a repository.
fn call(swr: &MockSwr, method: Method, at: Target, path: &str, body: Option<Value>) -> Response {
    let endpoint = swr.region(at.region).endpoint();
    let url = format!(
        "{endpoint}/v2/manage/namespaces/{}/repos/web{path}",
        at.namespace
    );
    let request = HTTP.request(method, url);
    let answer = match body {
        Some(body) => send(request.json(&body)),
        None => send(request),
    };
    let answer = answer.unwrap();
    assert!(answer.status < 500, "{answer:?}");
    answer
}

fn with_target(target: Target, mut body: Value) -> Value {
    body["remoteRegionId"] = json!(target.region);
    body["remoteNamespace"] = json!(target.namespace);
    body
}

fn pushed(target: Target, tag: Option<&str>, digest: String) -> Arrival {
    Arrival {
        target,
        tag: tag.map(str::to_owned),
        digest,
    }
}

fn hours(count: u64) -> Duration {
    Duration::from_secs(count * 3600)
}

fn is_open(state: SyncState) -> bool {
    matches!(state, SyncState::Waiting | SyncState::Running)
}

fn time(text: &Value) -> SystemTime {
    let time: jiff::Timestamp = text.as_str().unwrap().parse().unwrap();
    time.into()
}

fn row_of_list(row: &Value) -> Value {
    let mut tags = array(row, "tags").to_vec();
    tags.sort_by_key(ToString::to_string);
    json!([row["namespace"], row["size"], row["num_images"], tags])
}

fn file_of(swr: &MockSwr) -> Value {
    serde_json::from_str(&swr.world().to_json()).unwrap()
}

/// The first difference between two files.
fn difference(path: &str, left: &Value, right: &Value) -> Option<String> {
    match (left, right) {
        (Value::Object(fields), Value::Object(others)) => {
            let keys: BTreeSet<&String> = fields.keys().chain(others.keys()).collect();
            let mut keys = keys.into_iter();
            keys.find_map(|key| difference(&format!("{path}/{key}"), &left[key], &right[key]))
        }
        (Value::Array(items), Value::Array(others)) if items.len() == others.len() => {
            let mut pairs = items.iter().zip(others).enumerate();
            pairs.find_map(|(index, (left, right))| {
                difference(&format!("{path}/{index}"), left, right)
            })
        }
        _ => (left != right).then(|| format!("{path} is {left} and {right}")),
    }
}

fn repo_in(file: &Value, at: Target) -> Option<&Value> {
    namespaces_in(file, at.region)[at.namespace]["repos"].get("web")
}

fn array_of<'a>(value: Option<&'a Value>, key: &str) -> &'a [Value] {
    value.map_or(&[], |value| array(value, key))
}

/// The jobs of all repositories, and whether each has not ended.
fn jobs_of(file: &Value) -> Vec<(Target, bool, &Value)> {
    let all = TARGETS.into_iter().flat_map(|target| {
        let jobs = array_of(repo_in(file, target), "sync_jobs").iter();
        jobs.map(move |job| (target, job))
    });
    let is_open = |job: &Value| job["status"] == "waiting" || job["status"] == "running";
    all.map(|(target, job)| (target, is_open(job), job))
        .collect()
}

/// The jobs that have ended since an earlier file, sorted.
fn ended_jobs(before: &Value, after: &Value) -> Vec<JobEnd> {
    let ended = |file| {
        let ended = jobs_of(file).into_iter().filter(|(_, open, _)| !open);
        ended.map(|(target, _, job)| ((target, job["id"].as_u64()), job))
    };
    let known: BTreeMap<_, &Value> = ended(before).collect();
    let new = ended(after).filter(|(key, _)| !known.contains_key(key));
    let text = |job: &Value, key: &str| job[key].as_str().unwrap().to_owned();
    let new = new.map(|((target, _), job)| {
        let to = format!(
            "{}/web in {}",
            text(job, "remoteNamespace"),
            text(job, "remoteRegionId")
        );
        (target, text(job, "tag"), to, text(job, "status"))
    });
    let mut new: Vec<JobEnd> = new.collect();
    new.sort();
    new
}
