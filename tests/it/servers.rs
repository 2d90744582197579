//! Several servers at a time, and stopping them.

use std::collections::HashSet;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::mpsc;

use mock_swr::{
    Answer, Answers, Call, Calls, Journal, Level, MockSwr, Namespace, Op, Plan, ProblemKind, Repo,
    User, Verify, Wait, World,
};
use once_cell::sync::Lazy;
use reqwest::blocking::Response;
use serde_json::json;

use crate::management::names;
use crate::support::{Client, panic_of};

fn is_refused(host: &str) -> bool {
    TcpStream::connect(host).is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
}

fn hosts(swr: &MockSwr) -> [String; 2] {
    [
        swr.endpoint().strip_prefix("http://").unwrap().to_owned(),
        swr.registry().to_owned(),
    ]
}

#[test]
fn two_hundred_servers_at_once_each_have_their_own_state() {
    let servers: Vec<MockSwr> = (0..200).map(|_| MockSwr::start()).collect();
    std::thread::scope(|scope| {
        for part in servers.chunks(25) {
            scope.spawn(move || {
                for swr in part {
                    let name = format!("group-{}", swr.registry().rsplit(':').next().unwrap());
                    let made = Client::admin(swr)
                        .post("/v2/manage/namespaces", json!({"namespace": name}));
                    assert_eq!(made.status, 201);
                }
            });
        }
    });
    let ports: HashSet<String> = servers.iter().flat_map(hosts).collect();
    assert_eq!(ports.len(), 400);
    for swr in &servers {
        let listed = Client::admin(swr).get("/v2/manage/namespaces").json();
        let own = format!("group-{}", swr.registry().rsplit(':').next().unwrap());
        assert_eq!(names(&listed["namespaces"], "name"), [own]);
        assert_eq!(swr.calls(Calls::any()).len(), 2);
    }
}

#[test]
fn ports_and_connections_are_closed_when_drop_returns() {
    let swr = MockSwr::builder()
        .level(ProblemKind::Unmatched, Level::Ignore)
        .start();
    let hosts = hosts(&swr);
    let mut idle: Vec<TcpStream> = hosts
        .iter()
        .map(|host| TcpStream::connect(host).unwrap())
        .collect();
    // After a response, the server has accepted the connection.
    for stream in &mut idle {
        stream
            .write_all(b"GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n")
            .unwrap();
        assert!(stream.read(&mut [0; 4096]).unwrap() > 0);
    }
    drop(swr);
    assert!(hosts.iter().all(|host| is_refused(host)));
    for mut stream in idle {
        let end = stream.read(&mut [0; 16]);
        assert!(
            matches!(&end, Ok(0))
                || end.is_err_and(|error| error.kind() == ErrorKind::ConnectionReset)
        );
    }
}

#[test]
fn no_port_is_used_twice() {
    let mut seen = HashSet::new();
    for _ in 0..500 {
        let swr = MockSwr::start();
        assert!(hosts(&swr).into_iter().all(|host| seen.insert(host)));
    }
}

#[test]
fn a_thousand_servers_leave_no_files_and_threads() {
    // Runs in a separate process, because other tests open and close files and threads too.
    let script = "servers::a_thousand_servers_start_and_stop";
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", script, "--nocapture"])
        .env("MOCK_SWR_ALONE", "1")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
}

#[test]
fn a_thousand_servers_start_and_stop() {
    let alone = std::env::var_os("MOCK_SWR_ALONE").is_some();
    let count =
        |what: &str| std::fs::read_dir(format!("/proc/self/{what}")).map_or(0, Iterator::count);
    let one_by_one = |n: usize| {
        for _ in 0..n {
            let swr = MockSwr::start();
            assert_eq!(swr.calls(Calls::any()).len(), 0);
        }
    };
    one_by_one(1);
    let before = (count("fd"), count("task"));
    one_by_one(1000);
    let held: Vec<MockSwr> = (0..100).map(|_| MockSwr::start()).collect();
    if alone {
        assert_eq!(
            (count("fd"), count("task")),
            (before.0 + 200, before.1),
            "each server uses two file descriptors and no thread"
        );
    }
    drop(held);
    if alone {
        assert_eq!((count("fd"), count("task")), before);
    }
}

#[test]
fn a_server_stops_during_requests() {
    let swr = MockSwr::start();
    let endpoint = swr.endpoint().to_owned();
    swr.on(Op::ListApiVersions, Answer::real().hold().always());
    let clients: Vec<_> = (0..4)
        .map(|_| {
            let url = format!("{endpoint}/");
            std::thread::spawn(move || reqwest::blocking::get(url).and_then(Response::text))
        })
        .collect();
    swr.wait_for(Op::ListApiVersions).times(4).block();
    drop(swr);
    for client in clients {
        assert!(
            client.join().unwrap().is_err(),
            "held requests end with the server"
        );
    }
}

#[test]
fn a_server_closes_its_ports_in_a_panic() {
    let (sender, receiver) = mpsc::channel();
    let panicked = std::thread::spawn(move || {
        let swr = MockSwr::start();
        sender.send(hosts(&swr)).unwrap();
        panic!("the panic of the test");
    });
    let hosts = receiver.recv().unwrap();
    assert!(panicked.join().is_err());
    assert!(hosts.iter().all(|host| is_refused(host)));
}

#[tokio::test]
async fn a_server_starts_and_stops_on_one_async_thread() {
    for _ in 0..200 {
        let swr = MockSwr::start();
        assert_eq!(
            reqwest::get(format!("{}/", swr.endpoint()))
                .await
                .unwrap()
                .status(),
            200
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_moves_between_threads_and_stops_on_another() {
    let swr = Arc::new(MockSwr::start());
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let swr = Arc::clone(&swr);
            tokio::spawn(async move {
                reqwest::get(format!("{}/", swr.endpoint()))
                    .await
                    .unwrap()
                    .status()
                    .as_u16()
            })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), 200);
    }
    swr.verify(Op::ListApiVersions).times(8);
    tokio::task::spawn_blocking(move || drop(swr))
        .await
        .unwrap();
}

#[test]
fn given_ports_can_be_reused_and_ports_in_use_are_errors() {
    let first = MockSwr::start();
    let port = |host: &str| host.rsplit(':').next().unwrap().parse::<u16>().unwrap();
    let (api, registry) = (port(first.endpoint()), port(first.registry()));
    let error = MockSwr::builder().ports(api, 0).try_start().unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with(&format!("port {api} of 127.0.0.1 cannot be bound")),
        "{error}"
    );
    drop(first);
    let again = MockSwr::builder().ports(api, registry).start();
    assert_eq!(
        (port(again.endpoint()), port(again.registry())),
        (api, registry)
    );
}

#[test]
fn check_fails_for_a_server_that_is_never_dropped() {
    static SHARED: Lazy<MockSwr> = Lazy::new(MockSwr::start);
    SHARED.check();
    let plan = SHARED.on(Op::ListQuotas, 503);
    assert!(panic_of(|| SHARED.check()).contains("PlanLeft"));
    plan.remove();
    SHARED.check();
}

#[test]
fn check_fails_for_a_server_that_a_closure_owns() {
    let swr = Arc::new(MockSwr::start());
    let owned = Arc::clone(&swr);
    let plan = swr.on(
        Op::ListQuotas,
        Answer::with(move |_, _| Answer::status(503).header("X-At", owned.endpoint())),
    );
    assert!(panic_of(|| swr.check()).contains("PlanLeft"));
    plan.remove();
    swr.check();
}

#[test]
fn public_types_are_send_sync_and_static() {
    fn owned<T: Send + Sync + 'static>() {}
    fn shared<T: Send + Sync>() {}
    fn sent<T: Send>() {}
    fn unwind_safe<T: std::panic::UnwindSafe + std::panic::RefUnwindSafe>() {}
    fn copied<T: Copy>() {}
    owned::<MockSwr>();
    owned::<Calls>();
    owned::<Answer>();
    owned::<Answers>();
    owned::<Plan>();
    owned::<World>();
    owned::<Call>();
    shared::<Journal<'_>>();
    shared::<Verify<'_>>();
    sent::<Wait<'_>>();
    unwind_safe::<MockSwr>();
    copied::<Namespace<'_>>();
    copied::<Repo<'_>>();
    copied::<User<'_>>();
    copied::<Journal<'_>>();
    fn cloned<T: Clone>() {}
    cloned::<mock_swr::Builder>();
    cloned::<World>();
    cloned::<Plan>();
}
