//! The servers, and the effect of each step on a server and on its model.

use std::collections::{BTreeMap, HashSet};
use std::net::TcpStream;
use std::thread::JoinHandle;
use std::time::Duration;

use mock_swr::{Answer, Auth, Call, Calls, EventKind, MockSwr, Op, Plan, World};
use serde_json::{Value, json};

use super::model::{ExpectedEvent, Model, NAMESPACE, Region, RegionModel, Target};
use super::{Form, Held, Recent, Step, Who};
use crate::invariants::assert_sound;
use crate::registry::client::{CONFIG, DOCKER_MANIFEST, Registry, docker_image, sha256};
use crate::restores::Chunk;
use crate::support::{self, Client, HTTP, send};

/// The limit of the stored bytes of a server.
const CONTENT_LIMIT: u64 = 64 << 10;
/// The initial world of each server. The clock is frozen, so times can be compared.
const START: &str = r#"{
    "frozen_at": "2026-01-31T08:00:00Z",
    "namespaces": {"group": {"repos": {"web": {}}}}
}"#;

/// Three servers, and the state that clients and the test keep between steps, oldest first.
pub(super) struct Servers {
    running: [Server; 3],
    snapshots: Vec<Snapshot>,
    uploads: Vec<StartedUpload>,
    chunks: Vec<BegunChunk>,
    pushes: Vec<HeldPush>,
    /// The number of servers that were started.
    started: usize,
    /// The number of versions of uploads so far.
    versions: u64,
}

/// A server and its model.
struct Server {
    /// A unique number.
    number: usize,
    swr: MockSwr,
    model: Model,
    events: Vec<ExpectedEvent>,
    /// The management endpoint and the registry of each region used so far.
    addresses: BTreeMap<Region, (String, String)>,
    /// The state after the last check, as a file.
    file: String,
    checks: usize,
}

struct Snapshot {
    world: World,
    model: Model,
    /// The number of the server that the snapshot is from.
    server: usize,
}

/// The client's view of an upload. The client sends its requests to any server.
struct StartedUpload {
    target: Target,
    location: String,
    number: u64,
    /// The chunks that any server accepted.
    sent: String,
}

/// A chunk whose first two bytes were sent.
struct BegunChunk {
    server: usize,
    upload: usize,
    /// The version of the upload that it continues.
    version: u64,
    text: &'static str,
    chunk: Chunk,
}

/// A push of a manifest whose request or response is held.
struct HeldPush {
    server: usize,
    target: Target,
    tag: &'static str,
    layer: &'static str,
    plan: Plan,
    response: JoinHandle<reqwest::Result<u16>>,
    /// The status of the response, if the service has acted already.
    status: Option<u16>,
}

impl Servers {
    pub(super) fn start() -> Servers {
        let start = |number| {
            let swr = start_from(START.parse().unwrap());
            let mut model = Model::new(swr.now());
            model.seed_repo(Target {
                region: Region::North,
                repo: "group/web",
            });
            let mut server = Server::new(number, swr, model);
            server.check();
            server
        };
        Servers {
            running: [0, 1, 2].map(start),
            snapshots: Vec::new(),
            uploads: Vec::new(),
            chunks: Vec::new(),
            pushes: Vec::new(),
            started: 3,
            versions: 0,
        }
    }

    /// Applies a step and checks all servers.
    pub(super) fn apply(&mut self, step: &Step) {
        let changed = self.apply_to_one(step);
        for (index, server) in self.running.iter_mut().enumerate() {
            if changed == Some(index) {
                server.check();
            } else {
                server.check_untouched();
            }
        }
    }

    /// Releases all held pushes, ends all chunks, and checks all servers for the last time.
    pub(super) fn finish(mut self) {
        while !self.pushes.is_empty() {
            self.apply(&Step::ReleasePush { push: 0 });
        }
        while !self.chunks.is_empty() {
            self.apply(&Step::EndChunk { chunk: 0 });
        }
        for server in &mut self.running {
            for region in Region::ALL {
                if server.model.has_region(region) {
                    server.addresses(region);
                }
            }
            server.check();
            server.fill_room();
            server.check();
            server.check_causes();
            server.swr.check();
        }
    }

    /// Returns the index of the server that the step acts on, or `None` if there is nothing to do.
    fn apply_to_one(&mut self, step: &Step) -> Option<usize> {
        let index = match *step {
            Step::SeedRepo { server, repo } => {
                self.running[server].seed_repo(repo);
                server
            }
            Step::SeedImage { server, repo, tag } => {
                self.running[server].seed_image(repo, tag);
                server
            }
            Step::DeleteRepo { server, repo, by } => {
                self.running[server].delete_repo(repo, by);
                server
            }
            Step::DeleteTag {
                server,
                repo,
                tag,
                by,
            } => {
                self.running[server].delete_tag(repo, tag, by);
                server
            }
            Step::DeleteManifest {
                server,
                repo,
                layer,
            } => {
                self.running[server].delete_manifest(repo, layer);
                server
            }
            Step::DeleteOrganization { server, region } => {
                self.running[server].delete_organization(region);
                server
            }
            Step::PushImage {
                server,
                repo,
                tag,
                layer,
            } => {
                self.running[server].push_image(repo, tag, layer);
                server
            }
            Step::PullImage { server, repo, tag } => {
                self.running[server].pull_image(repo, tag);
                server
            }
            Step::StartUpload { server, repo } => {
                self.versions += 1;
                let started = self.running[server].start_upload(repo, self.versions);
                self.uploads.extend(started);
                server
            }
            Step::AppendChunk {
                server,
                upload,
                chunk,
            } => {
                self.append_chunk(server, upload, chunk)?;
                server
            }
            Step::BeginChunk {
                server,
                upload,
                chunk,
            } => {
                self.begin_chunk(server, upload, chunk)?;
                server
            }
            Step::EndChunk { chunk } => self.end_chunk(chunk)?,
            Step::FinishUpload { server, upload } => {
                let upload = &self.uploads[self.index_of_upload(server, upload)?];
                self.running[server].finish_upload(upload);
                server
            }
            Step::CancelUpload { server, upload } => {
                let upload = &self.uploads[self.index_of_upload(server, upload)?];
                self.running[server].cancel_upload(upload);
                server
            }
            Step::HoldPush {
                server,
                repo,
                tag,
                layer,
                held,
            } => {
                let push = self.running[server].hold_push(repo, (tag, layer), held);
                self.pushes.push(push);
                server
            }
            Step::ReleasePush { push } => self.release_push(push)?,
            Step::TakeSnapshot { server, form } => {
                let snapshot = self.running[server].take_snapshot(form);
                self.snapshots.push(snapshot);
                server
            }
            Step::Restore { server, snapshot } => {
                let snapshot = &self.snapshots[self.index_of_snapshot(server, snapshot)?];
                self.running[server].restore(snapshot);
                server
            }
            Step::ReplaceByFork { server, snapshot } => {
                self.replace_by_fork(server, snapshot)?;
                server
            }
            Step::NameRegion { server, region, by } => {
                self.running[server].name_region(region, by);
                server
            }
            Step::AdvanceClock { server, hours } => {
                let by = Duration::from_secs(hours * 3600);
                self.running[server].swr.advance(by);
                self.running[server].model.advance(by);
                server
            }
            Step::FillRoom { server } => {
                let number = self.running[server].number;
                // A started chunk uses space once the server has read its bytes, and the test cannot see when.
                if self.chunks.iter().any(|chunk| chunk.server == number) {
                    return None;
                }
                self.running[server].fill_room();
                server
            }
        };
        Some(index)
    }

    /// Returns the index of the server with this number.
    fn index_of_server(&self, number: usize) -> usize {
        let index = self
            .running
            .iter()
            .position(|server| server.number == number);
        index.expect("the server is running")
    }

    /// Returns the index of an upload. Uploads that the server has come before others.
    fn index_of_upload(&self, server: usize, upload: Recent) -> Option<usize> {
        let model = &self.running[server].model;
        recent(&self.uploads, upload, |upload| {
            let StartedUpload { target, number, .. } = *upload;
            model.has_region(target.region) && model.upload(target, number).is_some()
        })
    }

    /// Returns the index of a snapshot. Snapshots of the same server come before others.
    fn index_of_snapshot(&self, server: usize, snapshot: Recent) -> Option<usize> {
        let number = self.running[server].number;
        recent(&self.snapshots, snapshot, |snapshot| {
            snapshot.server == number
        })
    }

    fn append_chunk(&mut self, server: usize, upload: Recent, chunk: &'static str) -> Option<()> {
        let index = self.index_of_upload(server, upload)?;
        let upload = &mut self.uploads[index];
        let server = &mut self.running[server];
        let client = server.registry(upload.target.region);
        let status = client.send("PATCH", &upload.location, &[], chunk).status;
        self.versions += 1;
        let id = (upload.target, upload.number);
        let expected = server.model.append(id, None, chunk, self.versions);
        assert_eq!(status, expected, "status of the chunk");
        if status == 202 {
            upload.sent.push_str(chunk);
        }
        Some(())
    }

    /// Sends the first two bytes of a chunk, if the server has the upload.
    fn begin_chunk(&mut self, server: usize, upload: Recent, text: &'static str) -> Option<()> {
        let index = self.index_of_upload(server, upload)?;
        let upload = &self.uploads[index];
        let server = &mut self.running[server];
        let (_, registry) = server.addresses(upload.target.region);
        let Some(known) = server.model.upload(upload.target, upload.number) else {
            return Some(());
        };
        let version = known.version;
        let mut chunk = Chunk::begin_at(&registry, "PATCH", &upload.location, text.len());
        chunk.send(&text.as_bytes()[..2]);
        self.chunks.push(BegunChunk {
            server: server.number,
            upload: index,
            version,
            text,
            chunk,
        });
        Some(())
    }

    fn end_chunk(&mut self, chunk: Recent) -> Option<usize> {
        let begun = self.chunks.remove(recent(&self.chunks, chunk, |_| true)?);
        let index = self.index_of_server(begun.server);
        let upload = &mut self.uploads[begun.upload];
        let status = begun.chunk.finish(&begun.text.as_bytes()[2..]);
        self.versions += 1;
        let id = (upload.target, upload.number);
        let model = &mut self.running[index].model;
        let expected = model.append(id, Some(begun.version), begun.text, self.versions);
        assert_eq!(status, expected, "status of the started chunk");
        if status == 202 {
            upload.sent.push_str(begun.text);
        }
        Some(index)
    }

    fn release_push(&mut self, push: Recent) -> Option<usize> {
        let push = self.pushes.remove(recent(&self.pushes, push, |_| true)?);
        let index = self.index_of_server(push.server);
        push.plan.release();
        let status = push.response.join().unwrap().unwrap();
        let server = &mut self.running[index];
        let expected = push
            .status
            .unwrap_or_else(|| server.put_manifest(push.target, push.tag, push.layer));
        assert_eq!(status, expected, "status of the held push");
        Some(index)
    }

    /// Drops a server and starts another one from a snapshot.
    fn replace_by_fork(&mut self, index: usize, snapshot: Recent) -> Option<()> {
        let snapshot = &self.snapshots[self.index_of_snapshot(index, snapshot)?];
        let fork = start_from(snapshot.world.clone());
        let fork = Server::new(self.started, fork, snapshot.model.clone());
        self.started += 1;
        let old = std::mem::replace(&mut self.running[index], fork);
        let (number, addresses) = old.stop();
        for (endpoint, registry) in addresses.values() {
            for host in [endpoint.trim_start_matches("http://"), registry] {
                assert!(
                    TcpStream::connect(host).is_err(),
                    "{host} still accepts connections"
                );
            }
        }
        self.chunks.retain(|chunk| chunk.server != number);
        let (ended, others) = std::mem::take(&mut self.pushes)
            .into_iter()
            .partition(|push| push.server == number);
        self.pushes = others;
        for push in ended {
            let response = push.response.join().unwrap();
            assert!(
                response.is_err(),
                "a push succeeded after its server stopped: {response:?}"
            );
        }
        Some(())
    }
}

/// Returns the index of a recent item. Preferred items come before others.
fn recent<T>(all: &[T], number: Recent, is_preferred: impl Fn(&T) -> bool) -> Option<usize> {
    let newest = (0..all.len()).rev();
    let (mut indexes, others): (Vec<usize>, _) =
        newest.partition(|index| is_preferred(&all[*index]));
    indexes.extend::<Vec<usize>>(others);
    indexes.get(number % indexes.len().max(1)).copied()
}

fn start_from(world: World) -> MockSwr {
    MockSwr::builder()
        .auth(Auth::Off)
        .content_limit(CONTENT_LIMIT)
        .world(world)
        .start()
}

impl Server {
    fn new(number: usize, swr: MockSwr, model: Model) -> Server {
        let own = (swr.endpoint().to_owned(), swr.registry().to_owned());
        Server {
            number,
            model,
            events: Vec::new(),
            addresses: BTreeMap::from([(Region::North, own)]),
            file: String::new(),
            checks: 0,
            swr,
        }
    }

    /// Stops the server. Returns its number and addresses.
    fn stop(self) -> (usize, BTreeMap<Region, (String, String)>) {
        drop(self.swr);
        (self.number, self.addresses)
    }

    /// Returns the management endpoint and the registry of a region. If needed, a client or a handle uses the region
    /// first.
    fn addresses(&mut self, region: Region) -> (String, String) {
        if !self.addresses.contains_key(&region) {
            let is_known = self.model.has_region(region);
            self.name_region(region, if is_known { Who::Client } else { Who::Handle });
        }
        self.addresses[&region].clone()
    }

    fn name_region(&mut self, region: Region, by: Who) {
        let named = match by {
            Who::Handle => {
                let handle = self.swr.region(region.name());
                Some((handle.endpoint().to_owned(), handle.registry().to_owned()))
            }
            Who::Client => self.addresses_for_client(region),
        };
        assert_eq!(
            named.is_some(),
            by == Who::Handle || self.model.has_region(region),
            "{region:?}"
        );
        let Some(named) = named else { return };
        self.model.add_region(region);
        let others = self.addresses.iter().filter(|(other, _)| **other != region);
        for (other, (endpoint, registry)) in others {
            assert!(
                *endpoint != named.0 && *registry != named.1,
                "listeners of {other:?}"
            );
        }
        let known = self
            .addresses
            .entry(region)
            .or_insert_with(|| named.clone());
        assert_eq!(*known, named, "listeners of {region:?}");
    }

    /// Returns the endpoint in the catalog of a token for the region, and the registry in a login command from there.
    fn addresses_for_client(&self, region: Region) -> Option<(String, String)> {
        let keys = self.swr.credentials();
        let user =
            json!({"name": keys.user, "password": keys.password, "domain": {"name": keys.account}});
        let body = json!({"auth": {
            "identity": {"methods": ["password"], "password": {"user": user}},
            "scope": {"project": {"name": region.name()}},
        }});
        let created = Client::anonymous(&self.swr).post("/v3/auth/tokens", body);
        if created.status != 201 {
            assert!((400..500).contains(&created.status), "{created:?}");
            return None;
        }
        let shown = created.json();
        let services = shown["token"]["catalog"].as_array().unwrap();
        let service = services.iter().find(|service| service["type"] == "swr");
        let endpoint = &service.unwrap()["endpoints"][0];
        assert_eq!(endpoint["region_id"], region.name());
        let endpoint = endpoint["url"].as_str().unwrap();
        let url = format!(
            "{endpoint}/v2/manage/utils/secret?projectname={}",
            region.name()
        );
        let login = HTTP
            .post(url)
            .header("X-Auth-Token", created.header("x-subject-token"));
        let login = send(login.json(&json!({}))).unwrap();
        let registry = login.header("x-swr-dockerlogin").rsplit(' ').next();
        Some((endpoint.to_owned(), registry.unwrap().to_owned()))
    }

    fn registry(&mut self, region: Region) -> Registry {
        let (_, registry) = self.addresses(region);
        Registry::at(&registry, Default::default())
    }

    /// Calls the management API for a repository.
    fn call_api(&mut self, method: &str, target: Target, path: &str) -> support::Response {
        let (endpoint, _) = self.addresses(target.region);
        let repo = target.short_name();
        let url = format!("{endpoint}/v2/manage/namespaces/{NAMESPACE}/repos/{repo}{path}");
        send(HTTP.request(method.parse().unwrap(), url)).unwrap()
    }

    fn expect_event(
        &mut self,
        kind: EventKind,
        target: Target,
        tag: Option<&str>,
        digest: Option<&str>,
    ) {
        self.events.push(ExpectedEvent {
            kind,
            region: target.region.name().to_owned(),
            repo: target.repo.to_owned(),
            tag: tag.map(str::to_owned),
            digest: digest.map(str::to_owned),
            at: self.model.now,
        });
    }

    fn seed_repo(&mut self, target: Target) {
        self.name_region(target.region, Who::Handle);
        self.swr.region(target.region.name()).seed_repo(target.repo);
        self.model.seed_repo(target);
    }

    fn seed_image(&mut self, target: Target, tag: &'static str) {
        self.seed_repo(target);
        let repo = self
            .swr
            .region(target.region.name())
            .repo(target.repo)
            .image(tag);
        let digest = repo.tag(tag).digest;
        let manifest = repo.content(&digest);
        let size = manifest.len() as u64;
        let parsed: Value = serde_json::from_slice(&manifest).unwrap();
        let layers = parsed["layers"].as_array().unwrap();
        let now = self.model.now;
        let model = self.model.seed_repo(target);
        for blob in layers.iter().chain([&parsed["config"]]) {
            let digest = blob["digest"].as_str().unwrap().to_owned();
            model.blobs.insert(digest, blob["size"].as_u64().unwrap());
        }
        model.manifests.insert(digest.clone(), size);
        model.set_tag(tag, &digest, now);
    }

    fn delete_repo(&mut self, target: Target, by: Who) {
        self.addresses(target.region);
        let existed = self.model.delete_repo(target);
        match by {
            Who::Client => {
                let status = self.call_api("DELETE", target, "").status;
                assert_eq!(status, if existed { 204 } else { 404 });
                if existed {
                    self.expect_event(EventKind::Deleted, target, None, None);
                }
            }
            Who::Handle if existed => {
                self.swr
                    .region(target.region.name())
                    .repo(target.repo)
                    .delete();
            }
            Who::Handle => {}
        }
    }

    fn delete_tag(&mut self, target: Target, tag: &'static str, by: Who) {
        self.addresses(target.region);
        let repo = self.model.repo_mut(target);
        let removed = repo.and_then(|repo| repo.tags.remove(tag));
        match by {
            Who::Client => {
                let status = self
                    .call_api("DELETE", target, &format!("/tags/{tag}"))
                    .status;
                assert_eq!(status, if removed.is_some() { 204 } else { 404 });
                if let Some(removed) = removed {
                    let digest = Some(&*removed.digest);
                    self.expect_event(EventKind::Deleted, target, Some(tag), digest);
                }
            }
            Who::Handle if removed.is_some() => {
                self.swr
                    .region(target.region.name())
                    .repo(target.repo)
                    .untag(tag);
            }
            Who::Handle => {}
        }
    }

    /// Deletes the manifest of an image by its digest.
    fn delete_manifest(&mut self, target: Target, layer: &str) {
        let digest = sha256(docker_image(layer).to_string());
        let client = self.registry(target.region);
        let url = format!("/v2/{}/manifests/{digest}", target.repo);
        let status = client.delete(&url).status;
        let repo = self.model.repo_mut(target);
        let removed = repo.and_then(|repo| {
            repo.tags.retain(|_, tag| tag.digest != digest);
            repo.manifests.remove(&digest)
        });
        assert_eq!(status, if removed.is_some() { 202 } else { 404 });
        if removed.is_some() {
            self.expect_event(EventKind::Deleted, target, None, Some(&digest));
        }
    }

    fn delete_organization(&mut self, region: Region) {
        self.addresses(region);
        if self.model.region(region).has_namespace {
            self.swr.region(region.name()).namespace(NAMESPACE).delete();
            *self.model.region_mut(region) = RegionModel::default();
        }
    }

    fn push_blobs(&mut self, target: Target, layer: &str) {
        let client = self.registry(target.region);
        for content in [CONFIG, layer] {
            let digest = sha256(content);
            let url = format!("/v2/{}/blobs/uploads/?digest={digest}", target.repo);
            let status = client.send("POST", &url, &[], content.to_owned()).status;
            assert_eq!(
                status,
                self.model.push_blob(target, content),
                "status of a blob"
            );
        }
    }

    fn push_image(&mut self, target: Target, tag: &'static str, layer: &str) {
        self.push_blobs(target, layer);
        let client = self.registry(target.region);
        let status = client.put(target.repo, tag, &docker_image(layer)).status;
        assert_eq!(
            status,
            self.put_manifest(target, tag, layer),
            "status of a manifest"
        );
    }

    /// Pushes a manifest to the server and to the model. Returns the status of the response.
    fn put_manifest(&mut self, target: Target, tag: &'static str, layer: &str) -> u16 {
        match self.model.put_manifest(target, tag, layer) {
            Err(status) => status,
            Ok(digest) => {
                self.expect_event(EventKind::Pushed, target, Some(tag), Some(&digest));
                201
            }
        }
    }

    fn pull_image(&mut self, target: Target, tag: &str) {
        let client = self.registry(target.region);
        let url = format!("/v2/{}/manifests/{tag}", target.repo);
        let pulled = client.get(&url);
        let repo = self.model.repo_mut(target);
        let found = repo.and_then(|repo| {
            let digest = repo.tags.get(tag)?.digest.clone();
            repo.pulls += 1;
            Some(digest)
        });
        match found {
            None => pulled.assert_status(404),
            Some(digest) => {
                pulled.assert_status(200);
                assert_eq!(sha256(&pulled.text), digest, "content of the manifest");
                self.expect_event(EventKind::Pulled, target, Some(tag), Some(&digest));
            }
        }
    }

    fn start_upload(&mut self, target: Target, version: u64) -> Option<StartedUpload> {
        let client = self.registry(target.region);
        let started = client.post(&format!("/v2/{}/blobs/uploads/", target.repo));
        if !self.model.region(target.region).has_namespace {
            started.assert_status(404);
            return None;
        }
        started.assert_status(202);
        let location = started.location();
        let number = self.note_upload(&location);
        self.model.start_upload(target, number, version);
        Some(StartedUpload {
            target,
            location,
            number,
            sent: String::new(),
        })
    }

    /// Returns the number of a new upload. Asserts that it is higher than all earlier ones.
    fn note_upload(&mut self, location: &str) -> u64 {
        let number = location.rsplit('/').next().unwrap();
        let number = u64::from_str_radix(number, 16).unwrap();
        let highest = self.model.highest_upload;
        assert!(number > highest, "upload {number} after {highest}");
        self.model.highest_upload = number;
        number
    }

    fn finish_upload(&mut self, upload: &StartedUpload) {
        let client = self.registry(upload.target.region);
        let url = format!("{}?digest={}", upload.location, sha256(&upload.sent));
        let status = client.send("PUT", &url, &[], "").status;
        let expected = self
            .model
            .finish_upload(upload.target, upload.number, &upload.sent);
        assert_eq!(status, expected, "status of a finished upload");
    }

    fn cancel_upload(&mut self, upload: &StartedUpload) {
        let client = self.registry(upload.target.region);
        let status = client.delete(&upload.location).status;
        let expected = self.model.cancel_upload(upload.target, upload.number);
        assert_eq!(status, expected, "status of a cancelled upload");
    }

    /// Pushes an image. The request or the response of its manifest is held.
    fn hold_push(
        &mut self,
        target: Target,
        (tag, layer): (&'static str, &'static str),
        held: Held,
    ) -> HeldPush {
        self.push_blobs(target, layer);
        let client = self.registry(target.region);
        let answer = match held {
            Held::Request => Answer::real().hold_request(),
            Held::Response => Answer::real().hold(),
        };
        let plan = self.swr.on(Op::PutManifest, answer);
        let before = self.swr.calls(Op::PutManifest).len();
        let url = format!("/v2/{}/manifests/{tag}", target.repo);
        let request = client.request("PUT", &url);
        let request = request
            .header("content-type", DOCKER_MANIFEST)
            .body(docker_image(layer).to_string());
        let response = std::thread::spawn(move || Ok(send(request)?.status));
        self.swr.wait_for(Op::PutManifest).times(before + 1).block();
        let status = (held == Held::Response).then(|| {
            let is_answered = |swr: &MockSwr| {
                let calls = swr.calls(Op::PutManifest);
                calls.last().is_some_and(|call| call.status().is_some())
            };
            self.swr
                .wait_until("the service has acted", is_answered)
                .block();
            self.put_manifest(target, tag, layer)
        });
        HeldPush {
            server: self.number,
            target,
            tag,
            layer,
            plan,
            response,
            status,
        }
    }

    fn take_snapshot(&mut self, form: Form) -> Snapshot {
        let world = self.swr.world();
        let (world, model) = match form {
            Form::Value => (world, self.model.clone()),
            Form::File => (
                world.to_json().parse().unwrap(),
                self.model.without_uploads(),
            ),
        };
        Snapshot {
            world,
            model,
            server: self.number,
        }
    }

    fn restore(&mut self, snapshot: &Snapshot) {
        self.swr.restore(&snapshot.world);
        if snapshot.server == self.number {
            self.model.restore(&snapshot.model);
        } else {
            let highest = snapshot.model.highest_upload;
            self.model.restore(&snapshot.model.without_uploads());
            self.model.highest_upload = self.model.highest_upload.max(highest);
        }
    }

    /// Uploads as much as the content limit allows, and cancels the upload.
    fn fill_room(&mut self) {
        if !self.model.region(Region::North).has_namespace {
            return;
        }
        let client = self.registry(Region::North);
        let send = |method, url: &str, bytes: u64| {
            let chunk = vec![b'0'; bytes as usize];
            client.send(method, url, &[], chunk)
        };
        let url = format!("/v2/{NAMESPACE}/room/blobs/uploads/");
        let room = CONTENT_LIMIT.saturating_sub(self.model.content_bytes());
        let too_much = send("POST", &url, room + 1).status;
        assert_eq!(
            too_much, 507,
            "an upload of {room} bytes and one more is refused"
        );
        let filled = send("POST", &url, room);
        assert_eq!(
            filled.status, 202,
            "an upload of {room} bytes fits in the limit"
        );
        let location = filled.location();
        self.note_upload(&location);
        let more = send("PATCH", &location, 1).status;
        assert_eq!(more, 507, "one byte after {room} bytes is refused");
        client.delete(&location).assert_status(204);
    }

    /// Compares the server with its model. Does not use regions that no step has used.
    fn check(&mut self) {
        self.read_new_ids();
        self.check_events();
        assert_eq!(self.swr.now(), self.model.now, "the clock");
        let regions = Client::anonymous(&self.swr)
            .get("/v2/manage/regions")
            .json();
        let expected = self.model.regions.iter();
        let expected: Vec<Value> = expected
            .map(|(region, _)| json!({"regionID": region.name()}))
            .collect();
        assert_eq!(regions, Value::from(expected), "the regions");
        let named: Vec<Region> = self.addresses.keys().copied().collect();
        for region in named {
            self.name_region(region, Who::Handle);
            self.check_repos(region);
            for repo in Target::REPOS {
                self.check_repo(Target { region, repo });
            }
        }
        self.check_a_blob();
        let named: Vec<&str> = self.addresses.keys().map(|region| region.name()).collect();
        assert_sound(&self.swr, &named);
        self.file = self.swr.world().to_json();
    }

    /// Asserts that nothing has changed since the last check.
    fn check_untouched(&mut self) {
        assert_eq!(
            self.swr.world().to_json(),
            self.file,
            "another server changed this one"
        );
        self.check_events();
    }

    /// Reads the ids of new repositories and tags. Asserts that they are higher than all earlier ones.
    fn read_new_ids(&mut self) {
        let Model {
            regions,
            highest_id,
            ..
        } = &mut self.model;
        let mut note = |known: &mut u64, id: u64| {
            if *known == 0 {
                assert!(id > *highest_id, "id {id} after {highest_id}");
                (*known, *highest_id) = (id, id);
            }
        };
        for (region, model) in regions {
            for (name, repo) in &mut model.repos {
                let is_new = repo.id == 0 || repo.tags.values().any(|tag| tag.id == 0);
                if is_new {
                    let handle = self.swr.region(region.name()).repo(name);
                    note(&mut repo.id, handle.info().id);
                    for (name, tag) in &mut repo.tags {
                        note(&mut tag.id, handle.tag(name).id);
                    }
                }
            }
        }
    }

    fn check_events(&self) {
        let events = self.swr.events().into_iter().map(|event| ExpectedEvent {
            kind: event.kind,
            region: event.region,
            repo: event.repo,
            tag: event.tag,
            digest: event.digest,
            at: event.at,
        });
        assert_eq!(events.collect::<Vec<_>>(), self.events, "the events");
    }

    /// Asserts that each event has a different call as its cause.
    fn check_causes(&self) {
        let calls = self.swr.calls(Calls::any());
        let mut calls: HashSet<u64> = calls.iter().map(Call::number).collect();
        for event in self.swr.events() {
            let cause = event.cause().unwrap();
            assert!(calls.remove(&cause), "{event}");
        }
    }

    /// Compares the list of repositories in the management API.
    fn check_repos(&mut self, region: Region) {
        let (endpoint, _) = self.addresses(region);
        let listed = send(HTTP.get(format!("{endpoint}/v3/manage/repos")))
            .unwrap()
            .json();
        let listed = listed["repos"].as_array().unwrap().iter();
        let shown = listed.map(|row| {
            let name = format!(
                "{}/{}",
                row["namespace_name"].as_str().unwrap(),
                row["name"].as_str().unwrap()
            );
            json!([row["id"], name, row["num_images"], row["num_download"]])
        });
        let mut repos: Vec<_> = self.model.region(region).repos.iter().collect();
        repos.sort_by_key(|(_, repo)| repo.id);
        let expected = repos
            .iter()
            .map(|(name, repo)| json!([repo.id, name, repo.tags.len(), repo.pulls]));
        assert_eq!(
            shown.collect::<Vec<_>>(),
            expected.collect::<Vec<_>>(),
            "repositories of {region:?}"
        );
    }

    /// Compares uploads, and tags by handle, in the registry and in the management API.
    fn check_repo(&mut self, target: Target) {
        let model = self.model.region(target.region);
        let repo = self.swr.region(target.region.name()).repo(target.repo);
        let uploads = model.uploads.values();
        let uploads = uploads.filter(|upload| upload.repo == target.repo);
        let uploads: Vec<u64> = uploads.map(|upload| upload.content.len() as u64).collect();
        assert_eq!(repo.uploads(), uploads, "uploads to {target:?}");
        assert_eq!(
            repo.exists(),
            self.model.repo(target).is_some(),
            "{target:?}"
        );
        let Some(model) = self.model.repo(target) else {
            return;
        };
        let names: Vec<&str> = model.tags.keys().copied().collect();
        assert_eq!(repo.tags(), names, "tags of {target:?} by the handle");
        let by_handle = |name: &str| {
            let tag = repo.tag(name);
            json!([tag.id, tag.name, tag.digest])
        };
        let by_handle: Vec<Value> = names.iter().map(|name| by_handle(name)).collect();
        let times: Vec<_> = names
            .iter()
            .map(|name| Some(repo.tag(name).updated))
            .collect();
        let expected = model.tags.iter();
        let expected: Vec<Value> = expected
            .map(|(name, tag)| json!([tag.id, name, tag.digest]))
            .collect();
        assert_eq!(by_handle, expected, "tags of {target:?} by the handle");
        let expected_times: Vec<_> = model.tags.values().map(|tag| tag.updated).collect();
        assert_eq!(times, expected_times, "times of the tags of {target:?}");

        let listed = self
            .call_api("GET", target, "/tags?order_column=tag&order_type=asc")
            .json();
        let rows = listed.as_array().unwrap().iter();
        let by_api: Vec<Value> = rows
            .map(|row| json!([row["id"], row["Tag"], row["digest"]]))
            .collect();
        assert_eq!(by_api, expected, "tags of {target:?} in the management API");
        let listed = self
            .registry(target.region)
            .get(&format!("/v2/{}/tags/list", target.repo));
        assert_eq!(
            listed.json()["tags"],
            json!(names),
            "tags of {target:?} in the registry"
        );
    }

    /// Pulls one blob of the model, a different one at each check.
    fn check_a_blob(&mut self) {
        let mut blobs = Vec::new();
        for (region, model) in &self.model.regions {
            let is_named = self.addresses.contains_key(region);
            for (repo, model) in model.repos.iter().filter(|_| is_named) {
                let target = Target {
                    region: *region,
                    repo,
                };
                blobs.extend(model.blobs.keys().map(|digest| (target, digest.clone())));
            }
        }
        self.checks += 1;
        let Some((target, digest)) = blobs.get(self.checks % blobs.len().max(1)) else {
            return;
        };
        let url = format!("/v2/{}/blobs/{digest}", target.repo);
        let pulled = send(self.registry(target.region).request("GET", &url)).unwrap();
        assert_eq!(pulled.status, 200, "{digest} of {target:?}");
        assert_eq!(pulled.header("docker-content-digest"), digest);
    }
}
