//! The `mock-swr` program: the same engine for clients in other languages.
//!
//! `serve` runs a server until a signal ends it: one line of JSON on stdout says how to reach it, stderr has the
//! request log. `operations` lists the operations.

mod arguments;
mod log;
mod operations;
mod serve;

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use lexopt::Parser;
use mock_swr::StartError;

use arguments::{Command, read_command};
use operations::operations;
use serve::serve;

const HELP: &str = "\
A Huawei Cloud SWR (container image registry) for tests, on loopback and in memory.

Usage:
  mock-swr serve [options]      serve until SIGINT or SIGTERM
  mock-swr operations [--json]  list the operations, and how we know what they do
  mock-swr --help | --version

`serve` prints one line of JSON on stdout once it can be reached: endpoint, registry, access_key,
secret_key, password, project_id, domain_id, region, account, user, user_id, and of each other region
endpoint, registry and project_id under regions. The request log goes to stderr.

Options of `serve`:
  --host ADDRESS              listen on this address             [default: 127.0.0.1]
  --advertise HOST            host that responses hand out       [default: the host of each request]
                              for mapped ports: HOST:API_PORT,REGISTRY_PORT
  --port N                    port of the management API         [default: any]
  --registry-port N           port of the image registry         [default: any]
  --registry-profile swr|oci  oci takes all that OCI allows      [default: swr]
  --blob-redirects            redirect downloads of blobs to object storage on another port
  --region NAME               region the server stands in        [default: the world's, or cn-north-4]
  --other-region NAME         serve this region as well; may be given more than once
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
        Command::Serve(settings) => serve(*settings),
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
            StartError::Host(_) | StartError::Advertise(_) => Failure::usage(error),
            error => Failure::run(error),
        }
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

/// Structs of strings always serialize.
fn json_line(json: serde_json::Result<String>) -> String {
    json.unwrap_or_default() + "\n"
}
