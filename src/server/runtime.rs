//! The runtime that all servers of a process share, and what runs beside it.

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

/// Runs code of the test's author, which may block for ever or call the mock, on a thread of its own. Their number is
/// bounded by server, so that no server can take the threads of another.
pub(super) async fn on_own_thread<T: Send + 'static>(
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
pub(super) fn beside_the_workers<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> JoinHandle<T> {
    tokio::task::spawn_blocking(work)
}
