//! The network: the shared runtime, listeners, connections, and how answers go onto the wire.
//!
//! The only async code. Sockets are kept where the thread that stops a server can reach them, so that stopping
//! closes listeners and connections at once and never waits for the runtime.

mod body;
mod faults;
mod hashing;
mod wire;
mod written;

use std::collections::{HashMap, HashSet};
use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::Duration;

use http::Method;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use once_cell::sync::Lazy;
use parking_lot::Mutex;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::{AbortHandle, JoinHandle};

use body::{Sending, read};
use faults::{Fault, write_raw};
use wire::{Io, Wire};
use written::{is_left_to_hyper, write_as_made};

use crate::base::endpoints::Door;
use crate::base::endpoints::{EndpointsNo, Origin};
use crate::base::problem::ProblemKind;
use crate::base::reply::Payload;
use crate::engine::core::Core;
use crate::engine::dispatch::{self, Cut, Outgoing, Sent};
use crate::engine::plans::Progress;

/// How long an answer or a request is held if nobody lets it go.
const LONGEST_HOLD: Duration = if cfg!(test) {
    Duration::from_millis(20)
} else {
    Duration::from_secs(30)
};

static RUNTIME: Lazy<io::Result<Runtime>> = Lazy::new(|| {
    let workers = std::thread::available_parallelism().map_or(2, |cores| cores.get().clamp(2, 4));
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(workers)
        .max_blocking_threads(workers)
        .thread_name("mock-swr")
        .enable_io()
        .enable_time()
        .build()
});

fn runtime() -> io::Result<&'static Runtime> {
    RUNTIME
        .as_ref()
        .map_err(|error| io::Error::new(error.kind(), error.to_string()))
}

/// Wakes `waker` after that long, for futures that run on any executor.
pub(crate) fn wake_after(after: Duration, waker: Waker) -> Option<Alarm> {
    let sleeping = runtime().ok()?.spawn(async move {
        tokio::time::sleep(after).await;
        waker.wake();
    });
    Some(Alarm(sleeping.abort_handle()))
}

/// An alarm that is set; dropping it turns it off.
#[derive(Debug)]
pub(crate) struct Alarm(AbortHandle);

impl Drop for Alarm {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The ports this process has used: a stale pooled connection of one test must not meet the server of the next.
static USED_PORTS: Lazy<Mutex<HashSet<u16>>> = Lazy::new(Mutex::default);

/// A socket that listens and is not served yet.
#[derive(Debug)]
pub(crate) struct Bound {
    listener: TcpListener,
    pub(crate) address: SocketAddr,
}

/// Binds a port: a given one, or, for 0, one that this process has not had. After 16 tries a used one is taken,
/// since a search among all but used-up ports never ends.
pub(crate) fn bind(host: IpAddr, port: u16) -> io::Result<Bound> {
    for _ in 0..16 {
        let bound = bind_once(host, port)?;
        if USED_PORTS.lock().insert(bound.address.port()) || port != 0 {
            return Ok(bound);
        }
    }
    bind_once(host, port)
}

fn bind_once(host: IpAddr, port: u16) -> io::Result<Bound> {
    let _entered = runtime()?.enter();
    let socket = match host {
        IpAddr::V4(_) => TcpSocket::new_v4()?,
        IpAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // A given port is taken although connections of before linger on it. Not so one of the kernel's choice: Linux
    // would choose among half as many, where used ones soon come back.
    socket.set_reuseaddr(port != 0 && cfg!(unix))?;
    socket.bind((host, port).into())?;
    let address = socket.local_addr()?;
    let listener = socket.listen(BACKLOG)?;
    Ok(Bound { listener, address })
}

/// How many connections wait to be accepted.
const BACKLOG: u32 = 1024;

/// The sockets of one server.
#[derive(Debug)]
pub(crate) struct Network {
    /// Nothing once the server has stopped.
    pairs: Option<Vec<(Arc<Pair>, AbortHandle)>>,
    connections: Arc<Connections>,
}

/// The two listeners of a region, until the server stops.
type Pair = Mutex<Option<[(Origin, TcpListener); 2]>>;

/// Connections that are open; nothing once the server has stopped.
#[derive(Debug)]
struct Connections(Mutex<Option<Open>>);

#[derive(Debug, Default)]
struct Open {
    last: u64,
    connections: HashMap<u64, (Arc<Wire>, AbortHandle)>,
}

impl Network {
    pub(crate) fn new() -> Network {
        Network {
            pairs: Some(Vec::new()),
            connections: Arc::new(Connections(Mutex::new(Some(Open::default())))),
        }
    }

    /// Serves what is bound for a region.
    pub(crate) fn serve(
        &mut self,
        core: &Arc<Core>,
        site: EndpointsNo,
        api: Bound,
        registry: Bound,
    ) -> io::Result<()> {
        let Some(pairs) = &mut self.pairs else {
            return Err(io::Error::other("the server has stopped"));
        };
        let listen = |door, bound: Bound| (Origin { door, site }, bound.listener);
        let pair = [listen(Door::Api, api), listen(Door::Registry, registry)];
        let pair = Arc::new(Mutex::new(Some(pair)));
        let (core, connections) = (Arc::clone(core), Arc::clone(&self.connections));
        let accepting = runtime()?.spawn(accept(core, Arc::clone(&pair), connections));
        pairs.push((pair, accepting.abort_handle()));
        Ok(())
    }

    /// Closes everything: when it returns, ports are closed and clients see their connections end.
    pub(crate) fn stop(&mut self) {
        for (pair, accepting) in self.pairs.take().into_iter().flatten() {
            accepting.abort();
            // Sockets close after the lock is let go: whoever works with one need not wait for that.
            let listeners = pair.lock().take();
            drop(listeners);
        }
        let open = self.connections.0.lock().take();
        for (wire, serving) in open
            .into_iter()
            .flat_map(|open| open.connections.into_values())
        {
            wire.close();
            serving.abort();
        }
    }
}

async fn accept(core: Arc<Core>, pair: Arc<Pair>, connections: Arc<Connections>) {
    loop {
        let accepted = poll_fn(|context| {
            let pair = pair.lock();
            let Some(listeners) = &*pair else {
                return Poll::Ready(None);
            };
            for (origin, listener) in listeners {
                if let Poll::Ready(accepted) = listener.poll_accept(context) {
                    return Poll::Ready(Some((*origin, accepted)));
                }
            }
            Poll::Pending
        });
        match accepted.await {
            Some((origin, Ok((stream, _)))) => connections.open(&core, origin, stream),
            // Out of file descriptors, say: others may be given back.
            Some((_, Err(_))) => tokio::time::sleep(Duration::from_millis(5)).await,
            None => return,
        }
    }
}

impl Connections {
    fn open(self: &Arc<Self>, core: &Arc<Core>, origin: Origin, stream: TcpStream) {
        // Without it the answer waits for the client's delayed acknowledgement. A socket that refuses is dead.
        if stream.set_nodelay(true).is_err() {
            return;
        }
        let wire = Arc::new(Wire::of(stream));
        let mut guard = self.0.lock();
        let Some(open) = guard.as_mut() else { return };
        open.last += 1;
        let number = open.last;
        let serving = tokio::spawn(serve_connection(
            Arc::clone(core),
            origin,
            Arc::clone(&wire),
            Arc::clone(self),
            number,
        ));
        open.connections
            .insert(number, (wire, serving.abort_handle()));
    }

    fn forget(&self, number: u64) {
        if let Some(open) = self.0.lock().as_mut() {
            open.connections.remove(&number);
        }
    }
}

async fn serve_connection(
    core: Arc<Core>,
    origin: Origin,
    wire: Arc<Wire>,
    connections: Arc<Connections>,
    number: u64,
) {
    // Also when a panic ends the task: a client must not wait for ever.
    let _closing = Closing {
        wire: &wire,
        connections: &connections,
        number,
    };
    let service = service_fn(|request| serve(&core, origin, &wire, request));
    let io = TokioIo::new(Io::of(&wire));
    let served = http1::Builder::new().serve_connection(io, service).await;
    if served.is_err_and(|error| error.is_parse()) {
        core.records.note_not_http();
    }
}

/// Closes a connection when it is done with.
struct Closing<'a> {
    wire: &'a Wire,
    connections: &'a Connections,
    number: u64,
}

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.wire.close();
        self.connections.forget(self.number);
    }
}

/// One request: `dispatch` decides, this reads, waits and writes.
async fn serve(
    core: &Arc<Core>,
    origin: Origin,
    wire: &Arc<Wire>,
    request: hyper::Request<Incoming>,
) -> Result<hyper::Response<Sending>, Cut> {
    let (parts, incoming) = request.into_parts();
    let expects_continue = parts.headers.contains_key(http::header::EXPECT);
    let mut exchange = dispatch::begin(core, origin, &parts);
    let op = exchange.record.request.row().map(|row| row.op);
    if let Some(plan) = exchange.held_by() {
        hold(core, &plan).await;
    }
    let held_at_head = exchange.held_by().is_some();

    let body = read(core, incoming, &mut exchange, expects_continue).await?;
    let body = if core.plans.runs_closures(op) {
        let core = Arc::clone(core);
        let looked = on_own_thread(Arc::clone(&core), move || {
            dispatch::look_again(&core, &mut exchange, &body);
            (exchange, body)
        });
        let body;
        (exchange, body) = looked.await?;
        body
    } else {
        dispatch::look_again(core, &mut exchange, &body);
        body
    };
    if let Some(plan) = exchange.held_by().filter(|_| !held_at_head) {
        hold(core, &plan).await;
    }

    let sent = if exchange.runs_closure() {
        let (functions, core) = (Arc::clone(core), Arc::clone(core));
        on_own_thread(functions, move || dispatch::finish(&core, exchange, body)).await?
    } else if body.whole.len() > READ_INLINE {
        let core = Arc::clone(core);
        let finished = beside_the_workers(move || dispatch::finish(&core, exchange, body));
        finished.await.map_err(|_| Cut::Close)?
    } else {
        dispatch::finish(core, exchange, body)
    };
    write(core, wire, sent, &parts.method).await
}

/// Up to here a body is read by the worker itself: less than handing it over would cost.
const READ_INLINE: usize = 64 * 1024;

async fn write(
    core: &Arc<Core>,
    wire: &Arc<Wire>,
    sent: Sent,
    method: &Method,
) -> Result<hyper::Response<Sending>, Cut> {
    if !sent.delay.is_zero() {
        tokio::time::sleep(sent.delay).await;
    }
    if let Some(plan) = &sent.held_by {
        hold(core, plan).await;
    }
    let fault = |fault: Box<_>, size| Fault::new(core, wire, *fault, size);
    match sent.what {
        Outgoing::Reply(reply) => {
            let is_plain = !sent.is_planned || is_left_to_hyper(&reply, method);
            let sending = |body: Payload| {
                let size = body.len();
                Sending::of(body, sent.fault.map(|planned| fault(planned, size)))
            };
            if is_plain {
                return Ok(reply.map(sending));
            }
            write_as_made(wire, reply, method, sending).await;
            Err(Cut::Close)
        }
        Outgoing::Raw(bytes) => {
            let size = bytes.len() as u64;
            let fault = sent.fault.map(|planned| fault(planned, size));
            write_raw(wire, Sending::of(bytes.into(), fault)).await;
            Err(Cut::Close)
        }
        Outgoing::Cut(cut) => {
            wire.end(cut);
            Err(cut)
        }
    }
}

/// Runs code of the test's author, which may block for ever or call the mock, on a thread of its own. Their number is
/// bounded by server, so that no server can take the threads of another.
async fn on_own_thread<T: Send + 'static>(
    core: Arc<Core>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Cut> {
    let (done, result) = oneshot::channel();
    let permit = core.functions.acquire().await.map_err(|_| Cut::Close)?;
    permit.forget();
    let returning = Returning(Arc::clone(&core));
    std::thread::Builder::new()
        .name("mock-swr-function".to_owned())
        .spawn(move || {
            let _returning = returning;
            // The client may have left meanwhile.
            let _ = done.send(work());
        })
        .map_err(|_| Cut::Close)?;
    result.await.map_err(|_| Cut::Close)
}

/// Gives the permit of a function back.
struct Returning(Arc<Core>);

impl Drop for Returning {
    fn drop(&mut self) {
        self.0.functions.add_permits(1);
    }
}

/// Runs what takes long, but never waits for anybody, beside the workers. All servers share few threads for it, and
/// each piece of work must be bounded.
fn beside_the_workers<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> JoinHandle<T> {
    tokio::task::spawn_blocking(work)
}

async fn hold(core: &Core, plan: &Progress) {
    let mut gate = plan.gate();
    let released = tokio::time::timeout(LONGEST_HOLD, gate.wait_for(|open| *open)).await;
    if released.is_err() {
        core.note(
            ProblemKind::PlanLeft,
            format!("{plan}; what it held was not released within {LONGEST_HOLD:?}"),
        );
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use crate::{Answer, MockSwr, Op, ProblemKind};

    #[test]
    fn a_hold_that_nobody_releases_ends_and_is_a_problem() {
        for answer in [Answer::real().hold(), Answer::real().hold_request()] {
            let (swr, answer) = outwait(answer);
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
            assert!(answer.ends_with('}'), "{answer}");
            assert_noted(&swr, "what it held was not released within");
        }
    }

    #[test]
    fn a_stall_that_the_client_waits_for_ends_and_is_a_problem() {
        let (swr, answer) = outwait(Answer::real().stall_after(2));
        assert!(answer.ends_with("\r\n\r\n{\""), "{answer}");
        assert_noted(&swr, "the client waited longer than");

        let (swr, answer) = outwait(Answer::raw("HTTP").stall_after(9));
        assert_eq!(answer, "HTTP");
        assert_noted(&swr, "the client waited longer than");
    }

    /// What a client gets that waits for ever.
    fn outwait(answer: Answer) -> (MockSwr, String) {
        let swr = MockSwr::builder()
            .level(ProblemKind::PlanLeft, crate::Level::Warn)
            .start();
        swr.on(Op::ListApiVersions, answer);
        let host = swr.endpoint().trim_start_matches("http://");
        let mut client = std::net::TcpStream::connect(host).unwrap();
        client
            .write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            .unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).unwrap();
        (swr, answer)
    }

    fn assert_noted(swr: &MockSwr, text: &str) {
        let problems = swr.problems();
        assert_eq!(problems.len(), 1);
        assert!(problems[0].message.contains(text), "{}", problems[0]);
    }
}
