//! Requests for the address of a region with listeners that cannot be opened.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use http::Method;
use parking_lot::Mutex;

use super::{Arrived, Begun, Body, Exchange, Outgoing, Sent, begin, finish, match_body};
use crate::base::endpoints::{Bound, Door, Endpoints, Origin, Scheme};
use crate::base::problem::{Levels, ProblemKind};
use crate::base::registry::RegistryId;
use crate::engine::core::{Core, Listeners};
use crate::fixtures::world::ServerIdentity;
use crate::services::auth::Auth;
use crate::state::{ADMIN, State};

/// A network without sockets, which a test can make fail.
#[derive(Debug, Clone, Default)]
struct FakeNetwork(Arc<Mutex<Fake>>);

#[derive(Debug, Default)]
struct Fake {
    /// The number of next attempts that succeed, and the number that then fail.
    next: (usize, usize),
    open: Vec<Origin>,
}

impl Listeners for FakeNetwork {
    fn open(&self, origin: Origin) -> io::Result<SocketAddr> {
        let mut fake = self.0.lock();
        match &mut fake.next {
            (0, failures) if *failures > 0 => {
                *failures -= 1;
                return Err(io::Error::other("no port is left"));
            }
            (successes, _) => *successes = successes.saturating_sub(1),
        }
        fake.open.push(origin);
        Ok(([127, 0, 0, 1], 40_000 + fake.open.len() as u16).into())
    }

    fn accept(&self) {}

    fn close(&self, origin: Origin) {
        self.0.lock().open.retain(|open| *open != origin);
    }

    fn stop(&self) {}
}

/// A server with a second region without listeners, and a token for each region.
struct TestServer {
    core: Arc<Core>,
    network: FakeNetwork,
    east: RegistryId,
    tokens: [Arc<str>; 2],
}

impl TestServer {
    fn start() -> TestServer {
        let mut state = State::of_acme();
        let east = state.add_region("cn-east-3");
        let [home, other] = [RegistryId::HOME, east].map(|registry| {
            let region = Arc::clone(state.region(registry));
            state.token_of(ADMIN, &region)
        });
        let network = FakeNetwork::default();
        let open = |door| {
            network.open(Origin {
                door,
                registry: RegistryId::HOME,
            })
        };
        let bound = Bound::open(Scheme::Http, false, open).unwrap();
        let endpoints = Endpoints::new(state.home_region(), bound, None);
        let identity = ServerIdentity::of(&state);
        let listeners = Box::new(network.clone());
        let core = Core::new(
            state,
            Auth::Identity,
            identity,
            Levels::default(),
            (endpoints, listeners),
            None,
        );
        TestServer {
            core: Arc::new(core),
            network,
            east,
            tokens: [home, other],
        }
    }

    /// Makes some attempts to open a listener succeed, and later ones fail.
    fn fail(&self, successes: usize, failures: usize) {
        self.network.0.lock().next = (successes, failures);
    }

    /// Validates the token of the second region. The response contains the endpoint of that region.
    fn validate(&self) -> (u16, String) {
        let parts = http::Request::get("/v3/auth/tokens")
            .header("x-auth-token", &*self.tokens[0])
            .header("x-subject-token", &*self.tokens[1]);
        let (parts, ()) = parts.body(()).unwrap().into_parts();
        let origin = Origin {
            door: Door::Api,
            registry: RegistryId::HOME,
        };
        assert_eq!(parts.method, Method::GET);
        text_of(
            match begin(&self.core, Arrived::new(origin, &parts, false)) {
                Begun::Done(sent) => sent,
                Begun::Open(exchange) => self.complete(exchange),
            },
        )
    }

    fn complete(&self, mut exchange: Exchange) -> Sent {
        let body = Body::default();
        match_body(&self.core, &mut exchange, &body);
        finish(&self.core, exchange, body)
    }

    fn listeners_of_east(&self) -> usize {
        let fake = self.network.0.lock();
        let of_east = fake.open.iter().filter(|open| open.registry == self.east);
        of_east.count()
    }
}

/// The status, and the hint or, without a hint, the body.
fn text_of(sent: Sent) -> (u16, String) {
    let Outgoing::Reply(reply) = sent.outgoing else {
        panic!("no reply: {:?}", sent.outgoing)
    };
    let status = reply.status().as_u16();
    if let Some(hint) = reply.headers().get("x-mock-hint") {
        return (status, hint.to_str().unwrap().to_owned());
    }
    let body = reply.into_body().into_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[test]
fn a_failed_bind_is_reported_and_retried_by_the_next_request() {
    let server = TestServer::start();
    server.fail(0, 1);
    let (status, hint) = server.validate();
    let reason = "cannot open the listeners of region cn-east-3: no port is left";
    assert_eq!((status, &*hint), (500, reason));
    let problems = server.core.noted();
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].kind, ProblemKind::ListenFailed);
    assert_eq!(problems[0].message, reason);

    let (status, body) = server.validate();
    assert_eq!(status, 200, "{body}");
    assert!(body.contains("http://127.0.0.1:4000"), "{body}");
    assert_eq!(server.listeners_of_east(), 2);
    assert_eq!(server.validate().1, body, "the same addresses");
    assert_eq!(server.core.noted().len(), 1);
}

#[test]
fn a_failed_second_listener_closes_the_first() {
    let server = TestServer::start();
    server.fail(1, 1);
    assert_eq!(server.validate().0, 500);
    assert_eq!(server.listeners_of_east(), 0);
    assert_eq!(server.validate().0, 200);
    assert_eq!(server.listeners_of_east(), 2);
}

#[test]
fn a_handle_of_the_region_opens_the_same_listeners() {
    let server = TestServer::start();
    server.fail(0, 1);
    assert!(server.core.endpoints_of("cn-east-3").is_err());
    assert!(
        server.core.noted().is_empty(),
        "the handle panics with the reason"
    );
    let (_, body) = server.validate();
    let endpoints = server.core.endpoints_of("cn-east-3").unwrap();
    assert!(body.contains(endpoints.endpoint()), "{body}");
    assert_eq!(server.listeners_of_east(), 2);
}
