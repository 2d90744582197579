//! The `mock-swr` program: the same engine for clients in other languages.
//!
//! `serve` runs a server until a signal ends it: one line of JSON on stdout says how to reach it, stderr has the
//! request log. `operations` lists the operations.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt::Display;
use std::future::poll_fn;
use std::io::{self, ErrorKind, Write};
use std::pin::pin;
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::time::Duration;

use lexopt::Parser;
use lexopt::prelude::*;
use mock_swr::{
    Auth, Builder, Call, Calls, Journal, Level, MockSwr, Op, ProblemKind, Profile, StartError,
    World,
};
use serde::Serialize;

const HELP: &str = "\
A Huawei Cloud SWR (container image registry) for tests, on loopback and in memory.

Usage:
  mock-swr serve [options]      serve until SIGINT or SIGTERM
  mock-swr operations [--json]  list the operations, and how we know what they do
  mock-swr --help | --version

`serve` prints one line of JSON on stdout once it can be reached: endpoint, registry, access_key,
secret_key, password, project_id, domain_id, region, account, user, user_id. The request log goes to
stderr.

Options of `serve`:
  --host ADDRESS              listen on this address             [default: 127.0.0.1]
  --port N                    port of the management API         [default: any]
  --registry-port N           port of the image registry         [default: any]
  --registry-profile swr|oci  oci takes all that OCI allows      [default: swr]
  --region NAME               region the server stands in        [default: the world's, or cn-north-4]
  --account NAME              account it belongs to              [default: the world's, or acme]
  --project-id ID             the account's project              [default: the world's, or 32 hex digits]
  --access-key AK             the administrator's access key     [default: the world's, or made up]
  --secret-key SK             the administrator's secret key     [goes with --access-key]
  --auth POLICY               off, identity or verified          [default: identity]
  --world FILE                start from the state in this file  [default: nothing is there]

Exit codes: 0 ended by a signal, 1 the server could not run, 2 bad arguments or a bad world file.
";

fn main() -> ExitCode {
    let run = read_command(Parser::from_env()).and_then(|command| match command {
        Command::Serve(builder) => serve(*builder),
        Command::Operations { json } => print(&operations(json)),
        Command::Help => print(HELP),
        Command::Version => print(concat!("mock-swr ", env!("CARGO_PKG_VERSION"), "\n")),
    });
    match run {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Where stderr is closed, the exit code has to do.
            let _ = writeln!(io::stderr(), "mock-swr: {}", failure.message);
            ExitCode::from(failure.code)
        }
    }
}

/// What ends the program early.
struct Failure {
    code: u8,
    message: String,
}

impl Failure {
    /// The server cannot run as it was told to.
    fn run(message: impl Display) -> Failure {
        Failure {
            code: 1,
            message: message.to_string(),
        }
    }

    /// What it was given to start from cannot be meant.
    fn input(message: impl Display) -> Failure {
        Failure {
            code: 2,
            message: message.to_string(),
        }
    }

    /// So for the arguments themselves.
    fn usage(message: impl Display) -> Failure {
        Failure::input(format!("{message}\nTry `mock-swr --help`."))
    }
}

impl From<lexopt::Error> for Failure {
    fn from(error: lexopt::Error) -> Failure {
        Failure::usage(error)
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Failure {
        match error {
            StartError::World(_) => Failure::input(error),
            error => Failure::run(error),
        }
    }
}

enum Command {
    Serve(Box<Builder>),
    Operations { json: bool },
    Help,
    Version,
}

fn read_command(mut parser: Parser) -> Result<Command, Failure> {
    match parser.next()? {
        Some(Value(name)) if name == "serve" => read_serve(&mut parser),
        Some(Value(name)) if name == "operations" => read_operations(&mut parser),
        Some(Value(name)) => Err(Failure::usage(format!(
            "there is no command `{}`, only serve and operations",
            name.to_string_lossy()
        ))),
        Some(Long("help") | Short('h')) => Ok(Command::Help),
        Some(Long("version") | Short('V')) => Ok(Command::Version),
        Some(other) => Err(other.unexpected().into()),
        None => Err(Failure::usage("a command is missing: serve, or operations")),
    }
}

fn read_operations(parser: &mut Parser) -> Result<Command, Failure> {
    let mut json = false;
    while let Some(argument) = parser.next()? {
        match argument {
            Long("json") => json = true,
            Long("help") | Short('h') => return Ok(Command::Help),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Command::Operations { json })
}

fn read_serve(parser: &mut Parser) -> Result<Command, Failure> {
    let mut builder = MockSwr::builder();
    let (mut port, mut registry_port) = (0, 0);
    let (mut access_key, mut secret_key) = (None, None);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("host") => builder = builder.host(read_value(parser, "--host")?),
            Long("port") => port = read_value(parser, "--port")?,
            Long("registry-port") => registry_port = read_value(parser, "--registry-port")?,
            Long("registry-profile") => builder = builder.profile(read_profile(parser)?),
            Long("region") => builder = builder.region(&parser.value()?.string()?),
            Long("account") => builder = builder.account(&parser.value()?.string()?),
            Long("project-id") => builder = builder.project_id(&parser.value()?.string()?),
            Long("access-key") => access_key = Some(parser.value()?.string()?),
            Long("secret-key") => secret_key = Some(parser.value()?.string()?),
            Long("auth") => builder = builder.auth(read_auth(parser)?),
            Long("world") => {
                let world = World::load(parser.value()?).map_err(Failure::input)?;
                builder = builder.world(world);
            }
            Long("help") | Short('h') => return Ok(Command::Help),
            other => return Err(other.unexpected().into()),
        }
    }
    builder = match (access_key, secret_key) {
        (Some(access_key), Some(secret_key)) => builder.credentials(&access_key, &secret_key),
        (None, None) => builder,
        _ => {
            return Err(Failure::usage(
                "--access-key and --secret-key go together: give both, or none",
            ));
        }
    };
    Ok(Command::Serve(Box::new(builder.ports(port, registry_port))))
}

/// A value that is not any text; the message names the option, which lexopt's does not.
fn read_value<T>(parser: &mut Parser, option: &str) -> Result<T, Failure>
where
    T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    let parsed = parser.value()?.parse();
    parsed.map_err(|error| Failure::usage(format!("{option}: {error}")))
}

fn read_auth(parser: &mut Parser) -> Result<Auth, Failure> {
    match parser.value()?.string()?.as_str() {
        "off" => Ok(Auth::Off),
        "identity" => Ok(Auth::Identity),
        "verified" => Ok(Auth::Verified),
        other => Err(Failure::usage(format!(
            "--auth: off, identity or verified, not `{other}`"
        ))),
    }
}

fn read_profile(parser: &mut Parser) -> Result<Profile, Failure> {
    match parser.value()?.string()?.as_str() {
        "swr" => Ok(Profile::Swr),
        "oci" => Ok(Profile::Oci),
        other => Err(Failure::usage(format!(
            "--registry-profile: swr or oci, not `{other}`"
        ))),
    }
}

/// Writes to stdout. Who reads it may stop early, as `head` does.
fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    let written = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::run(format!("stdout: {error}")))
        }
        _ => Ok(()),
    }
}

/// There is no test to fail: what would be a problem of it is told in the request log.
const IGNORED: [ProblemKind; 5] = [
    ProblemKind::Unmatched,
    ProblemKind::NotSimulated,
    ProblemKind::PlanLeft,
    ProblemKind::JournalFull,
    ProblemKind::Panicked,
];

fn serve(builder: Builder) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .map_err(Failure::run)?;
    let _entered = runtime.enter();
    // Before the ready line: whoever has read that may send a signal.
    let mut signals = Signals::listen().map_err(Failure::run)?;
    let swr = IGNORED
        .into_iter()
        .fold(builder, |builder, kind| builder.level(kind, Level::Ignore))
        .try_start()?;

    let (log, written) = Log::open(&swr);
    let log = RefCell::new(log);
    print(&ready_line(&swr))?;
    runtime.block_on(async {
        // A condition that never holds is looked at with every request, for as long as the server runs.
        let following = swr.wait_until("a signal ends the run", move |_| {
            log.borrow_mut().catch_up();
            false
        });
        let mut following = pin!(following.within(Duration::MAX));
        poll_fn(|context| {
            let _ = following.as_mut().poll(context);
            signals.poll(context)
        })
        .await;
    });
    drop(swr);
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
}

fn ready_line(swr: &MockSwr) -> String {
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
    };
    json_line(serde_json::to_string(&ready))
}

/// Structs of strings always serialize.
fn json_line(json: serde_json::Result<String>) -> String {
    json.unwrap_or_default() + "\n"
}

/// The request log: one line for each request once it is answered, and what the mock has to say of it.
struct Log<'a> {
    swr: &'a MockSwr,
    /// Begins at the last look, or a little before.
    recent: Journal<'a>,
    last_number: u64,
    /// Arrived and not answered yet.
    open: VecDeque<Call>,
    lines: SyncSender<String>,
}

/// A request whose client went away is never answered: of those only so many are remembered.
const MAX_OPEN: usize = 1000;
/// A log that nobody reads holds up neither requests nor the end of the run: what waits beyond this is dropped.
const MAX_WAITING: usize = 10_000;

impl<'a> Log<'a> {
    /// The log, and what disconnects once everything is written.
    fn open(swr: &'a MockSwr) -> (Log<'a>, Receiver<()>) {
        let (lines, waiting) = sync_channel::<String>(MAX_WAITING);
        let (writing, written) = channel();
        std::thread::spawn(move || {
            let _writing = writing;
            for line in waiting {
                if writeln!(io::stderr(), "{line}").is_err() {
                    return;
                }
            }
        });
        let log = Log {
            swr,
            recent: swr.journal(),
            last_number: 0,
            open: VecDeque::new(),
            lines,
        };
        (log, written)
    }

    /// Writes what has been answered since the last look.
    fn catch_up(&mut self) {
        let from_now = self.swr.from_now();
        let recent = std::mem::replace(&mut self.recent, from_now);
        for call in recent.calls(Calls::any()) {
            // What arrived after `from_now` is seen here, and again the next time.
            if call.number() > self.last_number {
                self.last_number = call.number();
                self.open.push_back(call);
            }
        }
        let (answered, mut open) = std::mem::take(&mut self.open)
            .into_iter()
            .partition::<VecDeque<Call>, _>(|call| call.took().is_some());
        open.drain(..open.len().saturating_sub(MAX_OPEN));
        self.open = open;
        for call in answered {
            self.write(&call);
        }
    }

    fn write(&self, call: &Call) {
        let hint = call.hint().map(|hint| format!("    {hint}"));
        for line in std::iter::once(call.to_string()).chain(hint) {
            // A client's path may hold line breaks.
            let _ = self.lines.try_send(line.replace(char::is_control, "?"));
        }
    }
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

    fn poll(&mut self, context: &mut std::task::Context<'_>) -> std::task::Poll<()> {
        for signal in &mut self.0 {
            if signal.poll_recv(context).is_ready() {
                return std::task::Poll::Ready(());
            }
        }
        std::task::Poll::Pending
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

    fn poll(&mut self, context: &mut std::task::Context<'_>) -> std::task::Poll<()> {
        self.0.poll_recv(context).map(drop)
    }
}

/// A row of the table of operations.
#[derive(Serialize)]
struct Operation {
    operation: &'static str,
    method: String,
    path: &'static str,
    simulated: bool,
    evidence: &'static str,
    source: &'static str,
}

impl From<Op> for Operation {
    fn from(op: Op) -> Operation {
        let (evidence, source) = op.evidence();
        Operation {
            operation: op.name(),
            method: op.method().to_string(),
            path: op.path_template(),
            simulated: op.is_simulated(),
            evidence: evidence.as_str(),
            source,
        }
    }
}

fn operations(json: bool) -> String {
    let operations: Vec<Operation> = Op::ALL.iter().copied().map(Operation::from).collect();
    if json {
        return json_line(serde_json::to_string_pretty(&operations));
    }
    let name_width = operations
        .iter()
        .map(|row| row.operation.len())
        .max()
        .unwrap_or_default();
    let mut table = String::new();
    for row in operations {
        let simulated = if row.simulated {
            "simulated"
        } else {
            "not simulated"
        };
        table += &format!(
            "{:name_width$}  {:6}  {simulated:13}  {}  ({}: {})\n",
            row.operation, row.method, row.path, row.evidence, row.source
        );
    }
    table
}
