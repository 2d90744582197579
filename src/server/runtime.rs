//! The runtime that all servers of a process share, and the threads for other work.

use std::io;
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

use once_cell::sync::Lazy;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::{AbortHandle, JoinHandle};

use crate::engine::core::Core;
use crate::engine::dispatch::Cut;

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

pub(super) fn runtime() -> io::Result<&'static Runtime> {
    RUNTIME
        .as_ref()
        .map_err(|error| io::Error::new(error.kind(), error.to_string()))
}

/// Wakes `waker` after a duration, for futures that run on any executor.
pub(crate) fn wake_after(after: Duration, waker: Waker) -> Option<Alarm> {
    let sleeping = runtime().ok()?.spawn(async move {
        tokio::time::sleep(after).await;
        waker.wake();
    });
    Some(Alarm(sleeping.abort_handle()))
}

/// A timer that wakes a waker; dropping it cancels it.
#[derive(Debug)]
pub(crate) struct Alarm(AbortHandle);

impl Drop for Alarm {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Runs a closure of the test on a separate thread, because it may block forever or call the mock. The number of these
/// threads is limited per server, so that no server can exhaust the threads of another.
pub(super) async fn on_own_thread<T: Send + 'static>(
    core: Arc<Core>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Cut> {
    let (done, result) = oneshot::channel();
    let permit = core.closures.acquire().await.map_err(|_| Cut::Close)?;
    permit.forget();
    let returning = Returning(Arc::clone(&core));
    std::thread::Builder::new()
        .name("mock-swr-function".to_owned())
        .spawn(move || {
            let _returning = returning;
            // Sending fails if the client has disconnected.
            let _ = done.send(work());
        })
        .map_err(|_| Cut::Close)?;
    result.await.map_err(|_| Cut::Close)
}

/// Returns the permit of a closure when it is dropped.
struct Returning(Arc<Core>);

impl Drop for Returning {
    fn drop(&mut self) {
        self.0.closures.add_permits(1);
    }
}

/// Runs long computations on blocking threads. All servers share a few of these threads, so the work must be bounded
/// and must never wait.
pub(super) fn on_blocking_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> JoinHandle<T> {
    tokio::task::spawn_blocking(work)
}
