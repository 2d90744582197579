//! Raw hyper: the lower bound. It returns the same response to every request.

use std::convert::Infallible;
use std::io;
use std::net::{SocketAddr, TcpListener as Bound};
use std::sync::Arc;
use std::thread;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use once_cell::sync::Lazy;
use sha2::{Digest, Sha256};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::exchange::Sample;

/// The response of a server, and whether it hashes request bodies.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) sample: Arc<Sample>,
    pub(crate) hash: bool,
}

/// Configured like the runtime of mock-swr.
pub(crate) static RUNTIME: Lazy<Runtime> = Lazy::new(|| {
    let workers = thread::available_parallelism().map_or(2, |cores| cores.get().clamp(2, 4));
    Builder::new_multi_thread()
        .worker_threads(workers)
        .enable_all()
        .build()
        .expect("the runtime starts")
});

/// A server as a task on the shared runtime.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) address: SocketAddr,
    accepting: Option<JoinHandle<()>>,
}

impl Shared {
    pub(crate) fn start(settings: Settings) -> Shared {
        let (bound, address) = bind();
        let _entered = RUNTIME.enter();
        let listener = TcpListener::from_std(bound).expect("the listener starts");
        Shared {
            address,
            accepting: Some(tokio::spawn(accept(listener, settings))),
        }
    }
}

impl Drop for Shared {
    /// Returns once the listener is closed.
    fn drop(&mut self) {
        if let Some(accepting) = self.accepting.take() {
            accepting.abort();
            // The result is always an error, because the task was aborted.
            let _ = RUNTIME.block_on(accepting);
        }
    }
}

/// A server with its own thread and runtime, as all peers have.
#[derive(Debug)]
pub(crate) struct OwnThread {
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl OwnThread {
    pub(crate) fn start(settings: Settings) -> OwnThread {
        let (bound, address) = bind();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build();
            runtime.expect("the runtime starts").block_on(async {
                let listener = TcpListener::from_std(bound).expect("the listener starts");
                tokio::select! {
                    () = accept(listener, settings) => {}
                    _ = stopped => {}
                }
            });
        });
        OwnThread {
            address,
            stop: Some(stop),
            thread: Some(thread),
        }
    }
}

impl Drop for OwnThread {
    /// Returns once the thread has ended.
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the server does not panic");
        }
    }
}

fn bind() -> (Bound, SocketAddr) {
    let bound = Bound::bind(("127.0.0.1", 0)).expect("a port is free");
    bound
        .set_nonblocking(true)
        .expect("the listener is set to nonblocking");
    let address = bound.local_addr().expect("the listener has an address");
    (bound, address)
}

async fn accept(listener: TcpListener, settings: Settings) {
    while let Ok((stream, _)) = listener.accept().await {
        let settings = settings.clone();
        tokio::spawn(async move {
            // A client may disconnect at any time.
            let _ = serve(stream, settings).await;
        });
    }
}

async fn serve(stream: TcpStream, settings: Settings) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let service = service_fn(|request| respond(request, &settings));
    http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await
        .map_err(io::Error::other)
}

async fn respond(
    request: Request<Incoming>,
    settings: &Settings,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let body = request.into_body();
    if settings.hash {
        std::hint::black_box(hash(body).await);
    } else if !body.is_end_stream() {
        std::hint::black_box(body.collect().await.is_ok());
    }
    let sample = &settings.sample;
    let mut response = Response::new(Full::new(sample.body.clone()));
    *response.status_mut() = sample.status();
    response.headers_mut().clone_from(&sample.headers);
    Ok(response)
}

/// Collects the body and hashes it as it arrives.
async fn hash(mut body: Incoming) -> (Vec<u8>, [u8; 32]) {
    let mut collected = Vec::with_capacity(body.size_hint().lower() as usize);
    let mut hasher = Sha256::new();
    while let Some(Ok(frame)) = body.frame().await {
        if let Ok(data) = frame.into_data() {
            hasher.update(&data);
            collected.extend_from_slice(&data);
        }
    }
    (collected, hasher.finalize().into())
}
