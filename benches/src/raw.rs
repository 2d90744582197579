//! Raw hyper: the floor. It gives one and the same answer to every request.

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

/// What a server answers, and whether it hashes what it is sent.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) sample: Arc<Sample>,
    pub(crate) hash: bool,
}

/// Of the same make as mock-swr's.
pub(crate) static RUNTIME: Lazy<Runtime> = Lazy::new(|| {
    let workers = thread::available_parallelism().map_or(2, |cores| cores.get().clamp(2, 4));
    Builder::new_multi_thread()
        .worker_threads(workers)
        .enable_all()
        .build()
        .expect("no runtime")
});

/// A server as a task on the shared runtime.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) address: SocketAddr,
    accepting: Option<JoinHandle<()>>,
}

impl Shared {
    pub(crate) fn start(answer: Answer) -> Shared {
        let (bound, address) = bind();
        let _entered = RUNTIME.enter();
        let listener = TcpListener::from_std(bound).expect("no listener");
        Shared {
            address,
            accepting: Some(tokio::spawn(accept(listener, answer))),
        }
    }
}

impl Drop for Shared {
    /// Returns once the listener is closed.
    fn drop(&mut self) {
        if let Some(accepting) = self.accepting.take() {
            accepting.abort();
            // It always errs: it has been aborted.
            let _ = RUNTIME.block_on(accepting);
        }
    }
}

/// A server with a thread and a runtime of its own, as all peers have.
#[derive(Debug)]
pub(crate) struct OwnThread {
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl OwnThread {
    pub(crate) fn start(answer: Answer) -> OwnThread {
        let (bound, address) = bind();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build();
            runtime.expect("no runtime").block_on(async {
                let listener = TcpListener::from_std(bound).expect("no listener");
                tokio::select! {
                    () = accept(listener, answer) => {}
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
            thread.join().expect("the server panicked");
        }
    }
}

fn bind() -> (Bound, SocketAddr) {
    let bound = Bound::bind(("127.0.0.1", 0)).expect("no port");
    bound.set_nonblocking(true).expect("a blocking listener");
    let address = bound.local_addr().expect("no address");
    (bound, address)
}

async fn accept(listener: TcpListener, answer: Answer) {
    while let Ok((stream, _)) = listener.accept().await {
        let answer = answer.clone();
        tokio::spawn(async move {
            // A client may disconnect at any time.
            let _ = serve(stream, answer).await;
        });
    }
}

async fn serve(stream: TcpStream, answer: Answer) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let service = service_fn(|request| respond(request, &answer));
    http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await
        .map_err(io::Error::other)
}

async fn respond(
    request: Request<Incoming>,
    answer: &Answer,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let body = request.into_body();
    if answer.hash {
        std::hint::black_box(hash(body).await);
    } else if !body.is_end_stream() {
        std::hint::black_box(body.collect().await.is_ok());
    }
    let sample = &answer.sample;
    let mut response = Response::new(Full::new(sample.body.clone()));
    *response.status_mut() = sample.status();
    response.headers_mut().clone_from(&sample.headers);
    Ok(response)
}

/// Collects the body and hashes it as it comes in.
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
