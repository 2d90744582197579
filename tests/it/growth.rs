//! The processing time is linear in the size of the input, for every input that a client can make large.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use mock_swr::{Auth, Image, Level, MockSwr, ProblemKind, Profile, World};
use once_cell::sync::Lazy;
use serde_json::{Value, json};

use crate::layouts::{Folder, REF_NAME, annotated};
use crate::registry::client::{OCI_CONFIG, OCI_LAYER, OCI_MANIFEST, Registry, TOKEN, sha256};
use crate::support::{Client, HTTP};

/// Asserts that 16 times the size costs less than 26 times the time.
///
/// A linear cost grows up to 20 times, including sorting and memory. A quadratic cost grows 256 times. The best of
/// several rounds counts, because other work on the machine only adds time.
#[track_caller]
fn assert_linear(size: usize, mut cost: impl FnMut(usize) -> Duration) {
    let (small_size, large_size) = (size / 4, 4 * size);
    let (mut small, mut large) = (Duration::MAX, Duration::MAX);
    for round in 0..12 {
        small = small.min(cost(small_size));
        large = large.min(cost(large_size));
        if round > 0 && large < 26 * small {
            return;
        }
    }
    panic!("{small_size} cost {small:?}, {large_size} cost {large:?}");
}

/// The environment variable that marks the separate process of a test.
const ALONE: &str = "MOCK_SWR_GROWTH_ALONE";

/// Runs a test in a separate process, whose processor time contains no other test.
#[track_caller]
fn in_own_process(test: &str, run: impl FnOnce()) {
    if std::env::var_os(ALONE).is_some() {
        return run();
    }
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("growth::{test}")])
        .env(ALONE, "1")
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success(), "{printed}");
    assert!(printed.contains("1 passed"), "{printed}");
}

/// Returns the processor time of `run` in all threads of the process.
fn time<T>(run: impl FnOnce() -> T) -> Duration {
    let begun = processor_time();
    run();
    processor_time().saturating_sub(begun)
}

/// Returns the processor time of all threads on Linux, and the elapsed time on other platforms.
fn processor_time() -> Duration {
    static BEGUN: Lazy<Instant> = Lazy::new(Instant::now);
    // The kernel updates the time of a thread when the thread yields the processor.
    std::thread::yield_now();
    let Ok(threads) = std::fs::read_dir("/proc/self/task") else {
        return BEGUN.elapsed();
    };
    // The file of a thread that has ended is missing.
    let times = threads.filter_map(|thread| {
        let path = thread.ok()?.path().join("schedstat");
        let text = std::fs::read_to_string(path).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(times.sum())
}

/// Returns the permissions of `count` users that do not exist.
fn permissions(count: usize, auth: u8) -> Value {
    let permission =
        |n| json!({"user_id": format!("id-{n}"), "user_name": format!("user-{n}"), "auth": auth});
    (0..count).map(permission).collect()
}

#[test]
fn a_list_of_permissions() {
    in_own_process("a_list_of_permissions", || {
        for path in [
            "/v2/manage/namespaces/group/access",
            "/v2/manage/namespaces/group/repos/web/access",
        ] {
            let cost = |count, method: fn(&Client, &str, usize) -> u16| {
                let swr = MockSwr::start();
                swr.seed_repo("group/web");
                let admin = Client::admin(&swr);
                let create = |admin: &Client, path: &str, count| {
                    admin.post(path, permissions(count, 1)).status
                };
                let created = time(|| assert_eq!(create(&admin, path, count), 201));
                let more = time(|| assert!(method(&admin, path, count) < 300));
                created + more
            };
            assert_linear(800, |count| {
                cost(count, |admin, path, count| {
                    admin.patch(path, permissions(count, 3)).status
                })
            });
            assert_linear(800, |count| {
                cost(count, |admin, path, count| {
                    let ids: Value = (0..count).map(|n| format!("id-{n}")).collect();
                    admin.delete_with(path, ids).status
                })
            });
        }
    });
}

fn oci() -> (MockSwr, Registry) {
    let builder = MockSwr::builder().auth(Auth::Off).profile(Profile::Oci);
    let swr = builder.level(ProblemKind::Unmatched, Level::Ignore).start();
    swr.seed_repo("group/web");
    let client = Registry::anonymous(&swr);
    (swr, client)
}

fn layers(count: usize) -> Value {
    let descriptor = |media_type: &str, text: &str| json!({"mediaType": media_type, "digest": sha256(text), "size": 1});
    let layers: Vec<Value> = (0..count)
        .map(|n| descriptor(OCI_LAYER, &n.to_string()))
        .collect();
    json!({
        "schemaVersion": 2, "mediaType": OCI_MANIFEST,
        "config": descriptor(OCI_CONFIG, "{}"), "layers": layers,
    })
}

#[test]
fn the_layers_and_annotations_of_a_manifest() {
    in_own_process("the_layers_and_annotations_of_a_manifest", || {
        assert_linear(1000, |count| {
            let (_swr, client) = oci();
            let mut manifest = layers(count);
            manifest["annotations"] = (0..count)
                .map(|n| (n.to_string(), json!("")))
                .collect::<serde_json::Map<_, _>>()
                .into();
            time(|| client.push("group/web", "v1", &manifest))
        });
    });
}

/// Sends a request to the registry, and asserts the status of the response.
#[track_caller]
fn exchange(swr: &MockSwr, line: &str, headers: &str, body: &[u8], status: u16) {
    let mut stream = TcpStream::connect(swr.registry()).unwrap();
    let head = format!("{line} HTTP/1.1\r\nHost: x\r\n{headers}\r\nConnection: close\r\n\r\n");
    stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    assert_eq!(response[9..12], status.to_string(), "{response}");
}

#[test]
fn the_scopes_of_a_token_request() {
    in_own_process("the_scopes_of_a_token_request", || {
        assert_linear(150, |count| {
            let (_swr, client) = oci();
            let scopes: Vec<String> = (0..count)
                .map(|n| format!("scope=repository:group/r{n}:pull,push"))
                .collect();
            let target = format!("{TOKEN}?{}", scopes.join("&"));
            time(|| client.get(&target).assert_status(200))
        });
    });
}

#[test]
fn the_pieces_of_an_upload() {
    in_own_process("the_pieces_of_an_upload", || {
        assert_linear(4000, |count| {
            let (swr, client) = oci();
            let upload = client.begin("group/web");
            let body = [b"1\r\nx\r\n".repeat(count), b"0\r\n\r\n".to_vec()].concat();
            let line = format!("PATCH {upload}");
            let cost = time(|| exchange(&swr, &line, "Transfer-Encoding: chunked", &body, 202));
            let content = "x".repeat(count);
            let target = format!("{upload}?digest={}", sha256(&content));
            client.send("PUT", &target, &[], "").assert_status(201);
            cost + time(|| client.get(&format!("/v2/group/web/blobs/{}", sha256(&content))))
        });
    });
}

#[test]
fn a_query_and_a_filter() {
    in_own_process("a_query_and_a_filter", || {
        let target = |name: &str, separator: &str, equals: &str, count: usize| {
            let pairs = (0..count).map(|n| format!("k{n}{equals}v"));
            let pairs: Vec<String> = pairs.collect();
            format!("/v2/manage/repos?{name}{}", pairs.join(separator))
        };
        let swr = MockSwr::start();
        let admin = Client::admin(&swr);
        assert_linear(800, |count| {
            time(|| assert_eq!(admin.get(&target("", "&", "=", count)).status, 200))
        });
        assert_linear(800, |count| {
            time(|| assert_eq!(admin.get(&target("filter=", "|", "::", count)).status, 200))
        });
    });
}

#[test]
fn an_unmatched_path() {
    in_own_process("an_unmatched_path", || {
        let (swr, _) = oci();
        let admin = Client::admin(&swr);
        let cost = |count: usize| {
            let path = format!("/v2/manage/repositories{}", "/ab".repeat(count));
            time(|| assert_eq!(admin.get(&path).status, 404))
        };
        assert_linear(7, cost);
        assert_linear(40, cost);
    });
}

#[test]
fn the_fields_of_a_body_without_a_required_one() {
    in_own_process("the_fields_of_a_body_without_a_required_one", || {
        let swr = MockSwr::start();
        let admin = Client::admin(&swr);
        assert_linear(4000, |count| {
            let fields = (0..count).map(|n| (format!("namespac{n}"), json!("group")));
            let body: serde_json::Map<String, Value> = fields.collect();
            let mut refused = String::new();
            let cost = time(|| {
                let response = admin.post("/v2/manage/namespaces", body.into());
                response.assert_refused(400, "SVCSTG.SWR.4001014");
                refused = response.header("x-mock-hint").to_owned();
            });
            assert!(refused.contains("`namespac"), "{refused}");
            // Building the hint must be as fast as this too.
            assert!(cost < Duration::from_secs(5), "{cost:?}");
            cost
        });
    });
}

#[test]
fn a_world_file() {
    in_own_process("a_world_file", || {
        let file = |count: usize| {
            let numbers = 0..count as u64;
            let object = |value: fn(u64) -> (String, Value)| {
                let pairs = numbers.clone().map(value);
                pairs.collect::<serde_json::Map<_, _>>()
            };
            let grants = object(|n| (format!("u{n}"), json!("read")));
            json!({
                "accounts": object(|n| (format!("account{n}"), json!({}))),
                "users": object(|n| (format!("u{n}"), json!({"id": format!("id{n}")}))),
                "namespaces": object(|n| {
                    let repos = json!({"web": {"id": 90_000 + n}});
                    (format!("n{n}"), json!({"id": 5000 + n, "repos": repos}))
                }),
                "regions": {"cn-east-3": {"namespaces": {"group": {"permissions": grants}}}},
            })
        };
        assert_linear(400, |count| {
            let text = file(count).to_string();
            time(|| {
                let world: World = text.parse().unwrap();
                let swr = MockSwr::builder().world(world).start();
                assert!(swr.world().to_json().len() > count);
            })
        });
    });
}

/// Sends requests to the registry over one connection, without waiting between them, and returns all responses.
#[track_caller]
fn exchange_all(swr: &MockSwr, requests: &[String]) -> String {
    let stream = TcpStream::connect(swr.registry()).unwrap();
    let mut writer = stream.try_clone().unwrap();
    let mut answers = String::new();
    std::thread::scope(|scope| {
        let reading = scope.spawn(|| (&stream).read_to_string(&mut answers).unwrap());
        writer.write_all(requests.concat().as_bytes()).unwrap();
        writer
            .write_all(b"GET /v2/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            .unwrap();
        reading.join().unwrap();
    });
    answers
}

#[test]
fn the_chunks_of_an_upload() {
    in_own_process("the_chunks_of_an_upload", || {
        assert_linear(800, |count| {
            let (swr, client) = oci();
            let upload = client.begin("group/web");
            let patch = |n| {
                format!(
                    "PATCH {upload} HTTP/1.1\r\nHost: x\r\nContent-Range: {n}-{n}\r\nContent-Length: 1\r\n\r\nx"
                )
            };
            let patches: Vec<String> = (0..count).map(patch).collect();
            let mut answers = String::new();
            let cost = time(|| answers = exchange_all(&swr, &patches));
            assert_eq!(answers.matches("HTTP/1.1 202").count(), count);
            let content = "x".repeat(count);
            let target = format!("{upload}?digest={}", sha256(&content));
            let finish = time(|| client.send("PUT", &target, &[], "").assert_status(201));
            cost + finish
                + time(|| client.get(&format!("/v2/group/web/blobs/{}", sha256(&content))))
        });
    });
}

#[test]
fn the_uploads_to_a_repository() {
    in_own_process("the_uploads_to_a_repository", || {
        assert_linear(800, |count| {
            let (swr, _) = oci();
            let web = swr.repo("group/web");
            let start = "POST /v2/group/web/blobs/uploads/ HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n";
            let mut answers = String::new();
            let started = time(|| answers = exchange_all(&swr, &vec![start.to_owned(); count]));
            assert_eq!(answers.matches("HTTP/1.1 202").count(), count);
            let locations = answers
                .lines()
                .filter_map(|line| line.strip_prefix("location: "));
            let (odd, even): (Vec<_>, Vec<_>) = locations
                .map(|location| format!("DELETE {location} HTTP/1.1\r\nHost: x\r\n\r\n"))
                .enumerate()
                .partition(|(number, _)| number % 2 == 1);
            let cancel = |numbered: Vec<(usize, String)>| {
                let requests: Vec<String> =
                    numbered.into_iter().map(|(_, request)| request).collect();
                exchange_all(&swr, &requests)
            };
            let listed = time(|| assert_eq!(web.uploads().len(), count));
            let cancelled = time(|| cancel(odd));
            assert_eq!(web.uploads().len(), count - count / 2);
            let deleted = time(|| web.delete());
            assert!(
                !cancel(even).contains("HTTP/1.1 204"),
                "deleting the repository deletes its uploads"
            );
            started + listed + cancelled + deleted
        });
    });
}

/// Returns the time of a signed GET with this number of headers. If `is_wrong`, one header has another value than the
/// signed one.
fn signed(swr: &MockSwr, user: &str, headers: usize, query: &str, is_wrong: bool) -> Duration {
    let url = format!("{}/v2/manage/namespaces?{query}", swr.endpoint());
    let mut request = http::Request::get(url).header("x-note", "signed");
    for n in 0..headers {
        request = request.header(format!("x-header-{n}"), "v".repeat(40));
    }
    let mut request = request.body("").unwrap();
    swr.user(user).sign(&mut request);
    if is_wrong {
        let other = "sent".parse().unwrap();
        request.headers_mut().insert("x-note", other);
    }
    let request = request.try_into().unwrap();
    time(|| {
        let response = HTTP.execute(request).unwrap();
        assert_eq!(response.status(), if is_wrong { 401 } else { 200 });
    })
}

fn verified() -> MockSwr {
    MockSwr::builder().auth(Auth::Verified).start()
}

#[test]
fn the_signed_headers() {
    in_own_process("the_signed_headers", || {
        let swr = verified();
        for is_wrong in [false, true] {
            let mut users = (0..).map(|n| format!("user-{is_wrong}-{n}"));
            assert_linear(20, |count| {
                let user = users.next().unwrap();
                signed(&swr, &user, count, "", is_wrong)
            });
        }
    });
}

#[test]
fn the_signed_query() {
    in_own_process("the_signed_query", || {
        let swr = verified();
        for is_wrong in [false, true] {
            let mut users = (0..).map(|n| format!("user-{is_wrong}-{n}"));
            // The hint compares both sizes, then only the smaller one.
            for size in [100, 800] {
                assert_linear(size, |count| {
                    let pairs: Vec<String> = (0..count).map(|n| format!("{n}=%20")).collect();
                    let user = users.next().unwrap();
                    signed(&swr, &user, 0, &pairs.join("&"), is_wrong)
                });
            }
        }
    });
}

#[test]
fn the_header_names_in_a_signature() {
    in_own_process("the_header_names_in_a_signature", || {
        let swr = verified();
        let mut users = (0..).map(|n| format!("user-{n}"));
        for size in [50, 250] {
            assert_linear(size, |count| {
                let user = swr.user(&users.next().unwrap());
                let url = format!("{}/v2/manage/namespaces", swr.endpoint());
                let mut request = http::Request::get(url).header("a", "").body("").unwrap();
                user.sign(&mut request);
                let (access_key, names) =
                    (user.credentials().access_key, vec!["a"; count].join(";"));
                let signature = "0".repeat(64);
                let authorization = format!(
                    "SDK-HMAC-SHA256 Access={access_key}, SignedHeaders={names}, Signature={signature}"
                );
                request
                    .headers_mut()
                    .insert("authorization", authorization.parse().unwrap());
                let request = request.try_into().unwrap();
                time(|| assert_eq!(HTTP.execute(request).unwrap().status(), 401))
            });
        }
    });
}

/// Adds an image that shares its blobs with all others. Returns its descriptor.
fn small_image(folder: &Folder, number: usize) -> Value {
    let config = json!({"mediaType": OCI_CONFIG, "digest": sha256("{}"), "size": 2});
    let manifest = json!({
        "schemaVersion": 2, "config": config, "layers": [], "annotations": {"n": number.to_string()},
    });
    folder.add(OCI_MANIFEST, manifest.to_string())
}

#[test]
fn the_images_of_a_layout() {
    in_own_process("the_images_of_a_layout", || {
        assert_linear(200, |count| {
            let folder = Folder::new();
            folder.add(OCI_CONFIG, "{}");
            let image = |n: usize| {
                let name = format!("docker.io/library/web:v{n}");
                annotated(&small_image(&folder, n), [(REF_NAME, &*name)])
            };
            let mut images: Vec<Value> = (0..count).map(image).collect();
            // All images are also in an index, which is listed twice.
            let index = folder.index(&images);
            images.extend([annotated(&index, [(REF_NAME, "all")]), index.clone()]);
            folder.list(&images);
            let only = time(|| Image::from_oci_layout(&folder.dir).unwrap());
            let named = time(|| Image::from_oci_layout_named(&folder.dir, "v1").unwrap());
            let absent = time(|| folder.error_named("absent"));
            // A second index makes the layout ambiguous.
            images.push(folder.index(&[index]));
            images.push(small_image(&folder, count));
            folder.list(&images);
            let several = time(|| assert!(folder.error().contains("it lists 2 images")));
            only + named + absent + several
        });
    });
}

#[test]
fn the_indexes_of_a_layout() {
    in_own_process("the_indexes_of_a_layout", || {
        assert_linear(16, |depth| {
            let folder = Folder::new();
            let inmost = folder.image("layer");
            let mut index = inmost.clone();
            for _ in 1..depth {
                index = folder.index(&[index.clone(), index]);
            }
            folder.list(&[index.clone(), folder.image("other"), index]);
            let digest = inmost["digest"].as_str().unwrap();
            let nested = time(|| Image::from_oci_layout_named(&folder.dir, digest).unwrap());
            let several = time(|| folder.error());
            folder.list(&[folder.index(&[inmost])]);
            nested + several + time(|| Image::from_oci_layout(&folder.dir).unwrap())
        });
    });
}
