//! The servers that are compared: how each one starts, and how its response is set.

use std::net::SocketAddr;
use std::sync::Arc;

use http::Method;
use httptest::Expectation;
use httptest::matchers::request::method_path;
use mock_swr::{Answer, Level, MockSwr, Op, ProblemKind, World};
use once_cell::sync::Lazy;
use tokio::runtime::{Builder, Runtime};
use wiremock::matchers::{method, path};

use crate::exchange::{Call, REPO, Sample, TOKEN, api_of};
use crate::raw::{self, OwnThread, Shared};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Contestant {
    HyperShared,
    HyperOwnThread,
    HyperSha256,
    Wiremock,
    Httptest,
    Httpmock,
    Mockito,
    MockSwr,
}

pub(crate) const HYPER: &str = "raw hyper, shared runtime";
pub(crate) const HYPER_OWN_THREAD: &str = "raw hyper, own thread";
pub(crate) const HYPER_SHA256: &str = "raw hyper + sha256";
pub(crate) const WIREMOCK: &str = "wiremock";
pub(crate) const HTTPTEST: &str = "httptest";
pub(crate) const HTTPMOCK: &str = "httpmock";
pub(crate) const MOCKITO: &str = "mockito";
pub(crate) const MOCK_SWR: &str = "mock-swr";

/// The lines of most tables.
pub(crate) const ALL: &[&str] = &[
    HYPER,
    HYPER_OWN_THREAD,
    WIREMOCK,
    HTTPTEST,
    HTTPMOCK,
    MOCKITO,
    MOCK_SWR,
];

/// A running server. Dropping it stops it, except for httpmock and mockito.
pub(crate) enum Running {
    Shared(Shared),
    OwnThread(OwnThread),
    Wiremock(wiremock::MockServer),
    Httptest(httptest::Server),
    Httpmock(httpmock::MockServer),
    Mockito(mockito::Server),
    MockSwr(MockSwr),
}

/// Runs wiremock's methods, which are all async.
static WIREMOCK_CALLER: Lazy<Runtime> = Lazy::new(|| {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.expect("the runtime starts")
});

impl Contestant {
    pub(crate) fn named(name: &str) -> Contestant {
        match name {
            HYPER => Contestant::HyperShared,
            HYPER_OWN_THREAD => Contestant::HyperOwnThread,
            HYPER_SHA256 => Contestant::HyperSha256,
            WIREMOCK => Contestant::Wiremock,
            HTTPTEST => Contestant::Httptest,
            HTTPMOCK => Contestant::Httpmock,
            MOCKITO => Contestant::Mockito,
            MOCK_SWR => Contestant::MockSwr,
            other => panic!("no server is named {other}"),
        }
    }

    /// Starts a new server, not one of a pool. Raw hyper gets its response here.
    pub(crate) fn start(self, sample: &Arc<Sample>) -> Running {
        let settings = |hash| raw::Settings {
            sample: Arc::clone(sample),
            hash,
        };
        match self {
            Contestant::HyperShared => Running::Shared(Shared::start(settings(false))),
            Contestant::HyperOwnThread => Running::OwnThread(OwnThread::start(settings(false))),
            Contestant::HyperSha256 => Running::Shared(Shared::start(settings(true))),
            Contestant::Wiremock => {
                Running::Wiremock(WIREMOCK_CALLER.block_on(wiremock::MockServer::builder().start()))
            }
            Contestant::Httptest => Running::Httptest(httptest::Server::run()),
            // `bench.rs` makes its pool large enough that no server is reused.
            Contestant::Httpmock => Running::Httpmock(httpmock::MockServer::start()),
            Contestant::Mockito => Running::Mockito(mockito::Server::new_with_opts(
                mockito::ServerOpts::default(),
            )),
            Contestant::MockSwr => Running::MockSwr(start_mock_swr(World::default())),
        }
    }
}

/// Starts mock-swr with `world`. A full journal is no problem, because measurements send more requests than it keeps.
pub(crate) fn start_mock_swr(world: World) -> MockSwr {
    MockSwr::builder()
        .world(world)
        .level(ProblemKind::JournalFull, Level::Ignore)
        .start()
}

impl Running {
    pub(crate) fn address(&self) -> SocketAddr {
        match self {
            Running::Shared(server) => server.address,
            Running::OwnThread(server) => server.address,
            Running::Wiremock(server) => *server.address(),
            Running::Httptest(server) => server.addr(),
            Running::Httpmock(server) => *server.address(),
            Running::Mockito(server) => server.socket_address(),
            Running::MockSwr(swr) => api_of(swr),
        }
    }

    /// Sets the response to `call`, and `others` responses to other requests.
    ///
    /// Peers search their list of responses from one end or the other, so this response is in the middle.
    pub(crate) fn set_response(&mut self, call: Call, sample: &Sample, others: usize) {
        if let Running::MockSwr(swr) = self {
            swr.seed_repo(REPO);
            plan_others(swr, others);
            return;
        }
        for number in 0..others {
            if number == others / 2 {
                self.stub(&call.method(), call.path(), sample);
            }
            self.stub(&Method::GET, &format!("/v2/manage/other/{number}"), sample);
        }
        if others == 0 {
            self.stub(&call.method(), call.path(), sample);
        }
    }

    fn stub(&mut self, on_method: &Method, on_path: &str, sample: &Sample) {
        match self {
            Running::Shared(_) | Running::OwnThread(_) | Running::MockSwr(_) => {}
            Running::Wiremock(server) => WIREMOCK_CALLER.block_on(async {
                let body = sample.body.to_vec();
                let mut template =
                    wiremock::ResponseTemplate::new(sample.status).set_body_raw(body, "");
                for (name, value) in &sample.headers {
                    template = template.insert_header(name, value);
                }
                wiremock::Mock::given(method(on_method.clone()))
                    .and(path(on_path))
                    .respond_with(template)
                    .mount(server)
                    .await;
            }),
            Running::Httptest(server) => {
                let mut response = http::Response::new(sample.body.to_vec());
                *response.status_mut() = sample.status();
                response.headers_mut().clone_from(&sample.headers);
                let matching = method_path(on_method.to_string(), on_path.to_owned());
                server.expect(
                    Expectation::matching(matching)
                        .times(..)
                        .respond_with(response),
                );
            }
            Running::Httpmock(server) => {
                server.mock(|when, mut then| {
                    when.method(on_method.as_str()).path(on_path);
                    then = then.status(sample.status).body(&sample.body);
                    for (name, value) in sample.header_texts() {
                        then = then.header(name, value);
                    }
                });
            }
            Running::Mockito(server) => {
                let mut mock = server
                    .mock(on_method.as_str(), on_path)
                    .with_status(sample.status.into())
                    .with_body(&sample.body);
                for (name, value) in sample.header_texts() {
                    mock = mock.with_header(name, value);
                }
                mock.create();
            }
        }
    }

    /// Returns the value of `X-Auth-Token` for this server.
    pub(crate) fn token(&self) -> String {
        match self {
            Running::MockSwr(swr) => swr.user("admin").token(),
            _ => TOKEN.to_owned(),
        }
    }
}

/// Plans responses and overlays for operations that the benchmark does not call.
fn plan_others(swr: &MockSwr, count: usize) {
    let others = Op::ALL.iter().filter(|op| **op != Op::ShowRepository);
    for (number, op) in others.cycle().take(count).enumerate() {
        let answer = if number % 2 == 0 {
            Answer::status(503)
        } else {
            Answer::real().header("x-overlay", "yes")
        };
        swr.on(*op, answer.times(1).optional());
    }
}
