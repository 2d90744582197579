//! The `mock-swr` program: the mock as a process, for clients in other languages.
//!
//! `serve` runs a server until it receives a signal. It prints one line of JSON with addresses and credentials to
//! stdout, and the request log to stderr. `check` validates files. `coverage` lists the responses that tests met.
//! `operations` lists the operations.

mod arguments;
mod check;
mod coverage;
mod operations;
mod serve;
mod tls;

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use lexopt::Parser;
use mock_swr::StartError;

use arguments::{Command, read_command};
use check::check;
use coverage::coverage;
use operations::operations;
use serve::serve;

const HELP: &str = "\
A mock of Huawei Cloud SWR (container image registry) for tests, on loopback and in memory.

Usage:
  mock-swr serve [options]      run a server until SIGINT or SIGTERM
  mock-swr check FILE...        validate world files and scenario files
  mock-swr coverage DIR [--markdown|--json] [--at-least N]
                                list the responses that tests met and never met, from the files in DIR;
                                fail if they met less than N percent
  mock-swr operations [--json]  list the operations and the evidence for their behaviour
  mock-swr --help | --version

`serve` prints one line of JSON to stdout when it accepts requests: endpoint, registry, access_key,
secret_key, password, project_id, domain_id, region, account, user and user_id. With --other-region,
`regions` has endpoint, registry and project_id of each. With --tls, `ca_certificate` is what clients
must trust, and `resolves` has the address of each name of the cloud. The request log goes to stderr.

Options of `serve`:
  --host ADDRESS              listen on this address             [default: 127.0.0.1]
  --advertise HOST            host in the URLs of responses      [default: the host of each request]
                              for mapped ports: HOST:API_PORT,REGISTRY_PORT
  --port N                    port of the management API         [default: any free port]
  --registry-port N           port of the image registry         [default: any free port]
  --tls                       serve https instead of http
  --ca-file FILE              write the certificate that clients must trust to this file
  --cert FILE --key FILE      use this certificate chain and private key, in PEM
  --registry-profile swr|oci  oci accepts all that OCI allows    [default: swr]
  --blob-redirects            redirect downloads of blobs to object storage on another port
  --region NAME               region of the server               [default: from the world, or cn-north-4]
  --other-region NAME         serve this region too; repeatable
  --account NAME              account of the administrator       [default: from the world, or acme]
  --project-id ID             project of the account             [default: from the world, or 32 hex digits]
  --access-key AK             access key of the administrator    [default: from the world, or generated]
  --secret-key SK             secret key of the administrator    [required with --access-key]
  --auth POLICY               off, identity or verified          [default: identity]
  --world FILE                start with the state in this file  [default: an empty state]
  --scenario FILE             start with the state and the planned answers of this scenario; its `auth`
                              and `profile` replace the options
  --contract LEVEL            ignore, warn or fail, if requests differ from the published operations; unknown
                              fields only warn                   [default: warn]
  --coverage DIR              write the responses that clients met to a file in DIR at the end
  --save-world FILE           write the state to this file at the end

Exit codes: 0 success, 1 the server cannot run, its scenario failed, requests differ or the coverage is too low,
2 invalid arguments or an invalid file.
";

fn main() -> ExitCode {
    let run = read_command(Parser::from_env()).and_then(|command| match command {
        Command::Serve(settings) => serve(*settings),
        Command::Check(files) => check(&files),
        Command::Coverage(options) => coverage(&options),
        Command::Operations { json } => print(&operations(json)),
        Command::Help => print(HELP),
        Command::Version => print(concat!("mock-swr ", env!("CARGO_PKG_VERSION"), "\n")),
    });
    match run {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            print_to_stderr(vec![format!("mock-swr: {}", failure.message)]);
            ExitCode::from(failure.code)
        }
    }
}

/// Prints lines to stderr. If it is closed or not read, they are lost, and the program ends.
fn print_to_stderr(lines: Vec<String>) {
    let (writing, written) = channel::<()>();
    thread::spawn(move || {
        let _writing = writing;
        for line in lines {
            if writeln!(io::stderr(), "{line}").is_err() {
                return;
            }
        }
    });
    let _ = written.recv_timeout(Duration::from_secs(1));
}

/// An error that ends the program, with its exit code.
struct ExitError {
    code: u8,
    message: String,
}

impl ExitError {
    /// The server cannot run with these options.
    fn run(message: impl Display) -> ExitError {
        ExitError {
            code: 1,
            message: message.to_string(),
        }
    }

    /// The arguments or a file are invalid.
    fn input(message: impl Display) -> ExitError {
        ExitError {
            code: 2,
            message: message.to_string(),
        }
    }

    /// The arguments are invalid. The message refers to `--help`.
    fn usage(message: impl Display) -> ExitError {
        ExitError::input(format!("{message}\nTry `mock-swr --help`."))
    }
}

impl From<lexopt::Error> for ExitError {
    fn from(error: lexopt::Error) -> ExitError {
        ExitError::usage(error)
    }
}

impl From<StartError> for ExitError {
    fn from(error: StartError) -> ExitError {
        match error {
            StartError::World(_) | StartError::Tls(_) => ExitError::input(error),
            StartError::Host(_) | StartError::Advertise(_) => ExitError::usage(error),
            error => ExitError::run(error),
        }
    }
}

/// Writes to stdout. It is not an error if the reader closes the pipe early, as `head` does.
fn print(text: &str) -> Result<(), ExitError> {
    let mut stdout = io::stdout().lock();
    let written = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(ExitError::run(format!("stdout: {error}")))
        }
        _ => Ok(()),
    }
}

/// A line of JSON. Serializing structs of strings does not fail.
fn json_line(json: serde_json::Result<String>) -> String {
    json.unwrap_or_default() + "\n"
}
