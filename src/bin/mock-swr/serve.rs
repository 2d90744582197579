//! Running a server until a signal ends it.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::io::{self, Write};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use mock_swr::{Level, MockSwr, ProblemKind};
use serde::Serialize;

use crate::arguments::Settings;
use crate::log::Log;
use crate::{Failure, json_line, print};

/// There is no test to fail: what would be a problem of it is told in the request log.
const IGNORED: [ProblemKind; 6] = [
    ProblemKind::Unmatched,
    ProblemKind::NotSimulated,
    ProblemKind::PlanLeft,
    ProblemKind::JournalFull,
    ProblemKind::Panicked,
    ProblemKind::ListenFailed,
];

pub(crate) fn serve(settings: Settings) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .map_err(Failure::run)?;
    let _entered = runtime.enter();
    // Before the ready line: whoever has read that may send a signal.
    let mut signals = Signals::listen().map_err(Failure::run)?;
    let swr = IGNORED
        .into_iter()
        .fold(settings.builder.started_by_program(), |builder, kind| {
            builder.level(kind, Level::Ignore)
        })
        .try_start()?;

    if let Some(host) = settings.exposed {
        // Where stderr is closed, nobody can be warned.
        let _ = writeln!(
            io::stderr(),
            "mock-swr: warning: `--host {host}` with `--auth off` lets every machine that reaches this one read and \
             change everything; use `--auth identity` or a loopback address"
        );
    }
    let (log, written) = Log::open();
    let mut ended = swr.follow();
    print(&ready_line(&swr, &settings.other_regions))?;
    runtime.block_on(poll_fn(|context| {
        if signals.poll(context).is_ready() {
            return Poll::Ready(());
        }
        log.note_lost(ended.lost());
        // A few at a time: a signal ends the run however many requests arrive.
        for _ in 0..64 {
            match ended.poll_next(context) {
                Poll::Ready(Some(call)) => log.write(&call),
                Poll::Ready(None) | Poll::Pending => return Poll::Pending,
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }));
    drop(swr);
    let context = Context::from_waker(Waker::noop());
    while let Poll::Ready(Some(call)) = ended.poll_next(&context) {
        log.write(&call);
    }
    drop(log);
    // The last lines get a moment, should somebody read them.
    let _ = written.recv_timeout(Duration::from_secs(1));
    Ok(())
}

/// How to reach the server, and as whom.
#[derive(Serialize)]
struct Ready<'a> {
    endpoint: &'a str,
    registry: &'a str,
    access_key: String,
    secret_key: String,
    password: String,
    project_id: String,
    domain_id: String,
    region: String,
    account: String,
    user: String,
    user_id: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    regions: BTreeMap<&'a str, Elsewhere<'a>>,
}

/// How to reach another region.
#[derive(Serialize)]
struct Elsewhere<'a> {
    endpoint: &'a str,
    registry: &'a str,
    project_id: String,
}

fn ready_line(swr: &MockSwr, other_regions: &[String]) -> String {
    let regions = other_regions.iter().map(|name| {
        let region = swr.region(name);
        let elsewhere = Elsewhere {
            endpoint: region.endpoint(),
            registry: region.registry(),
            project_id: region.credentials().project_id,
        };
        (&**name, elsewhere)
    });
    let credentials = swr.credentials();
    let ready = Ready {
        endpoint: swr.endpoint(),
        registry: swr.registry(),
        access_key: credentials.access_key,
        secret_key: credentials.secret_key,
        password: credentials.password,
        project_id: credentials.project_id,
        domain_id: credentials.domain_id,
        region: credentials.region,
        account: credentials.account,
        user: credentials.user,
        user_id: credentials.user_id,
        regions: regions.collect(),
    };
    json_line(serde_json::to_string(&ready))
}

/// The signals that end a run.
#[cfg(unix)]
struct Signals([tokio::signal::unix::Signal; 2]);

#[cfg(unix)]
impl Signals {
    fn listen() -> io::Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        let interrupt = signal(SignalKind::interrupt())?;
        let terminate = signal(SignalKind::terminate())?;
        Ok(Signals([interrupt, terminate]))
    }

    fn poll(&mut self, context: &mut std::task::Context<'_>) -> Poll<()> {
        for signal in &mut self.0 {
            if signal.poll_recv(context).is_ready() {
                return Poll::Ready(());
            }
        }
        Poll::Pending
    }
}

/// The signal that ends a run.
#[cfg(windows)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    fn listen() -> io::Result<Signals> {
        tokio::signal::windows::ctrl_c().map(Signals)
    }

    fn poll(&mut self, context: &mut std::task::Context<'_>) -> Poll<()> {
        self.0.poll_recv(context).map(drop)
    }
}
