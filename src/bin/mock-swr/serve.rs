//! The `serve` command: runs a server until it receives a signal.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::task::Poll;

use mock_swr::{Builder, Level, MockSwr, Problem, ProblemKind, Scenario, StartError};
use serde::Serialize;

use crate::arguments::ServeOptions;
use crate::tls::Tls;
use crate::{ExitError, json_line, print, print_to_stderr};

pub(crate) fn serve(options: ServeOptions) -> Result<(), ExitError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .map_err(ExitError::run)?;
    let _entered = runtime.enter();
    // Before the ready line, because its reader may send a signal at once.
    let mut signals = Signals::listen().map_err(ExitError::run)?;
    let swr = start(options.builder, options.scenario.as_ref(), options.contract)?;

    if let Some(host) = options.exposed {
        // If stderr is closed, the warning is lost.
        let _ = writeln!(
            io::stderr(),
            "mock-swr: warning: `--host {host}` with `--auth off` lets every machine that reaches this one read and \
             change everything; use `--auth identity` or a loopback address"
        );
    }
    if let Tls::Generated {
        ca_file: Some(path),
    } = &options.tls
    {
        swr.write_ca(path).map_err(ExitError::run)?;
    }
    print(&ready_line(&swr, &options.other_regions, &options.tls))?;
    runtime.block_on(poll_fn(|context| signals.poll(context)));
    let saved = options.saved.map_or(Ok(()), |path| swr.world().save(path));
    let problems = swr.problems();
    // Writes the end of the log.
    drop(swr);
    let failure = failure(&problems, options.contract);
    print_to_stderr(lines_of(&problems));
    saved.map_err(ExitError::run)?;
    failure.map_or(Ok(()), |failure| Err(ExitError::run(failure)))
}

/// The lines of the problems.
fn lines_of(problems: &[Problem]) -> Vec<String> {
    let texts = problems
        .iter()
        .map(|problem| format!("mock-swr: {problem}"));
    let lines = texts.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>());
    lines
        .map(|line| line.replace(char::is_control, "?"))
        .collect()
}

/// Why the program fails, if it does.
fn failure(problems: &[Problem], contract: Level) -> Option<&'static str> {
    let (found, others): (Vec<&Problem>, Vec<&Problem>) = problems
        .iter()
        .partition(|problem| is_contract(problem.kind));
    let is_broken = found
        .iter()
        .any(|problem| problem.kind == ProblemKind::ContractBroken);
    if !others.is_empty() {
        Some("the scenario failed")
    } else if is_broken && contract == Level::Fail {
        Some("requests differ from the published operations")
    } else {
        None
    }
}

fn is_contract(kind: ProblemKind) -> bool {
    matches!(
        kind,
        ProblemKind::ContractBroken | ProblemKind::FieldUnknown
    )
}

/// Starts the server. Without a scenario, most problems are ignored, because there is no test to fail. The request log
/// shows the hints.
fn start(
    builder: Builder,
    scenario: Option<&Scenario>,
    contract: Level,
) -> Result<MockSwr, StartError> {
    let builder =
        ProblemKind::ALL
            .iter()
            .fold(builder.started_by_program().log(true), |builder, kind| {
                let is_noted = if is_contract(*kind) {
                    contract != Level::Ignore
                } else {
                    scenario.is_some()
                };
                builder.level(*kind, if is_noted { Level::Warn } else { Level::Ignore })
            });
    match scenario {
        None => builder.try_start(),
        Some(scenario) => scenario.try_start(builder),
    }
}

/// The addresses of the server, and the credentials of the administrator.
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
    regions: BTreeMap<&'a str, OtherRegion<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ca_certificate: Option<&'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    resolves: BTreeMap<String, SocketAddr>,
}

/// The addresses and the project of another region.
#[derive(Serialize)]
struct OtherRegion<'a> {
    endpoint: &'a str,
    registry: &'a str,
    project_id: String,
}

fn ready_line(swr: &MockSwr, other_regions: &[String], tls: &Tls) -> String {
    let regions = other_regions.iter().map(|name| {
        let region = swr.region(name);
        let other_region = OtherRegion {
            endpoint: region.endpoint(),
            registry: region.registry(),
            project_id: region.credentials().project_id,
        };
        (&**name, other_region)
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
        ca_certificate: match tls {
            Tls::Generated { .. } => Some(swr.ca_certificate()),
            Tls::Off | Tls::Given => None,
        },
        // After `regions`, which opens the listeners.
        resolves: match tls {
            Tls::Off => BTreeMap::new(),
            Tls::Generated { .. } | Tls::Given => swr.resolves().into_iter().collect(),
        },
    };
    json_line(serde_json::to_string(&ready))
}

/// The signals that end the program.
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

/// The signal that ends the program.
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
