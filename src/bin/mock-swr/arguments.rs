//! Parsing of the command line.

use std::net::IpAddr;
use std::path::PathBuf;

use lexopt::Parser;
use lexopt::prelude::*;
use mock_swr::{Auth, Builder, Level, MockSwr, Profile, Scenario, World};

use crate::ExitError;
use crate::tls::{Tls, TlsOptions};

pub(crate) enum Command {
    Serve(Box<ServeOptions>),
    Check(Vec<PathBuf>),
    Coverage(CoverageOptions),
    Operations { json: bool },
    Help,
    Version,
}

pub(crate) fn read_command(mut parser: Parser) -> Result<Command, ExitError> {
    match parser.next()? {
        Some(Value(name)) if name == "serve" => read_serve(&mut parser),
        Some(Value(name)) if name == "check" => read_check(&mut parser),
        Some(Value(name)) if name == "coverage" => read_coverage(&mut parser),
        Some(Value(name)) if name == "operations" => read_operations(&mut parser),
        Some(Value(name)) => Err(ExitError::usage(format!(
            "unknown command `{}`; expected serve, check, coverage or operations",
            name.to_string_lossy()
        ))),
        Some(Long("help") | Short('h')) => Ok(Command::Help),
        Some(Long("version") | Short('V')) => Ok(Command::Version),
        Some(other) => Err(other.unexpected().into()),
        None => Err(ExitError::usage(
            "a command is missing; expected serve, check, coverage or operations",
        )),
    }
}

/// The options of `serve`.
pub(crate) struct ServeOptions {
    pub(crate) builder: Builder,
    pub(crate) scenario: Option<Scenario>,
    /// What happens if a request differs from the published operation.
    pub(crate) contract: Level,
    /// The file to write the state to at the end.
    pub(crate) saved: Option<PathBuf>,
    pub(crate) other_regions: Vec<String>,
    pub(crate) tls: Tls,
    /// The host, if other machines can reach it without credentials.
    pub(crate) exposed: Option<String>,
}

/// The options of `coverage`.
pub(crate) struct CoverageOptions {
    pub(crate) folder: PathBuf,
    pub(crate) format: Format,
    /// The percentage of possible responses that must be met.
    pub(crate) at_least: Option<u8>,
}

/// The format of the report.
#[derive(Clone, Copy)]
pub(crate) enum Format {
    Text,
    Markdown,
    Json,
}

fn read_coverage(parser: &mut Parser) -> Result<Command, ExitError> {
    let (mut folder, mut format, mut at_least) = (None, None, None);
    while let Some(argument) = parser.next()? {
        let chosen = match argument {
            Value(path) if folder.is_none() => {
                folder = Some(path.into());
                continue;
            }
            Long("at-least") => {
                at_least = Some(read_percentage(parser)?);
                continue;
            }
            Long("markdown") => Format::Markdown,
            Long("json") => Format::Json,
            Long("help") | Short('h') => return Ok(Command::Help),
            other => return Err(other.unexpected().into()),
        };
        if format.replace(chosen).is_some() {
            return Err(ExitError::usage(
                "`coverage` prints one format: give --markdown or --json once",
            ));
        }
    }
    let folder = folder
        .ok_or_else(|| ExitError::usage("`coverage` needs the folder that the tests wrote to"))?;
    Ok(Command::Coverage(CoverageOptions {
        folder,
        format: format.unwrap_or(Format::Text),
        at_least,
    }))
}

fn read_percentage(parser: &mut Parser) -> Result<u8, ExitError> {
    match read_value(parser, "--at-least")? {
        percentage @ 0..=100 => Ok(percentage),
        other => Err(ExitError::usage(format!(
            "--at-least: expected a percentage from 0 to 100, got {other}"
        ))),
    }
}

fn read_check(parser: &mut Parser) -> Result<Command, ExitError> {
    let mut files = Vec::new();
    while let Some(argument) = parser.next()? {
        match argument {
            Value(file) => files.push(file.into()),
            Long("help") | Short('h') => return Ok(Command::Help),
            other => return Err(other.unexpected().into()),
        }
    }
    if files.is_empty() {
        return Err(ExitError::usage("`check` needs the path of a file"));
    }
    Ok(Command::Check(files))
}

fn read_operations(parser: &mut Parser) -> Result<Command, ExitError> {
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

fn read_serve(parser: &mut Parser) -> Result<Command, ExitError> {
    let mut builder = MockSwr::builder();
    let (mut port, mut registry_port) = (0, 0);
    let (mut access_key, mut secret_key) = (None, None);
    let (mut host, mut auth) = (None, Auth::default());
    let mut other_regions = Vec::new();
    let (mut has_world, mut scenario, mut saved) = (false, None, None);
    let mut contract = Level::Warn;
    let mut tls = TlsOptions::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("host") => host = Some(parser.value()?.string()?),
            Long("advertise") => builder = builder.advertise(&parser.value()?.string()?),
            Long("port") => port = read_value(parser, "--port")?,
            Long("registry-port") => registry_port = read_value(parser, "--registry-port")?,
            Long("registry-profile") => {
                builder = builder.profile(read_word(parser, "--registry-profile", &PROFILE)?)
            }
            Long("blob-redirects") => builder = builder.blob_redirects(),
            Long("region") => builder = builder.region(&parser.value()?.string()?),
            Long("other-region") => other_regions.push(read_region(parser)?),
            Long("account") => builder = builder.account(&parser.value()?.string()?),
            Long("project-id") => builder = builder.project_id(&parser.value()?.string()?),
            Long("access-key") => access_key = Some(parser.value()?.string()?),
            Long("secret-key") => secret_key = Some(parser.value()?.string()?),
            Long("auth") => auth = read_word(parser, "--auth", &AUTH)?,
            Long("world") => {
                let world = World::load(parser.value()?).map_err(ExitError::input)?;
                builder = builder.world(world);
                has_world = true;
            }
            Long("scenario") => scenario = Some(read_scenario(parser)?),
            Long("contract") => contract = read_word(parser, "--contract", &CONTRACT)?,
            Long("coverage") => builder = builder.coverage(PathBuf::from(parser.value()?)),
            Long("tls") => tls.is_on = true,
            Long("ca-file") => tls.ca_file = Some(parser.value()?.into()),
            Long("cert") => tls.certificate = Some(parser.value()?.into()),
            Long("key") => tls.key = Some(parser.value()?.into()),
            Long("save-world") => saved = Some(parser.value()?.into()),
            Long("help") | Short('h') => return Ok(Command::Help),
            other => return Err(other.unexpected().into()),
        }
    }
    builder = match (access_key, secret_key) {
        (Some(access_key), Some(secret_key)) => builder.credentials(&access_key, &secret_key),
        (None, None) => builder,
        _ => {
            return Err(ExitError::usage(
                "--access-key and --secret-key must be given together",
            ));
        }
    };
    if has_world && scenario.is_some() {
        return Err(ExitError::usage(
            "--world and --scenario cannot be given together: a scenario has its own world",
        ));
    }
    if let Some(host) = &host {
        builder = builder.host(host);
    }
    let (builder, tls) = tls.apply(builder)?;
    Ok(Command::Serve(Box::new(ServeOptions {
        builder: builder.ports(port, registry_port).auth(auth),
        scenario,
        contract,
        saved,
        other_regions,
        tls,
        exposed: host.filter(|host| auth == Auth::Off && is_exposed(host)),
    })))
}

/// Whether other machines can reach this host. The server resolves a name only to a loopback address.
fn is_exposed(host: &str) -> bool {
    let ip = host.parse::<IpAddr>();
    ip.is_ok_and(|ip| !ip.to_canonical().is_loopback())
}

/// Parses the value of an option, and adds the name of the option to lexopt's message, which omits it.
fn read_value<T>(parser: &mut Parser, option: &str) -> Result<T, ExitError>
where
    T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    let parsed = parser.value()?.parse();
    parsed.map_err(|error| ExitError::usage(format!("{option}: {error}")))
}

fn read_scenario(parser: &mut Parser) -> Result<Scenario, ExitError> {
    let scenario = Scenario::load(parser.value()?).map_err(ExitError::input)?;
    match scenario.steps() {
        1 => Ok(scenario),
        steps => Err(ExitError::input(format!(
            "the scenario `{}` has {steps} steps: only tests in Rust can run several",
            scenario.name()
        ))),
    }
}

fn read_region(parser: &mut Parser) -> Result<String, ExitError> {
    match parser.value()?.string()? {
        name if name.is_empty() => Err(ExitError::usage("--other-region: the name is empty")),
        name => Ok(name),
    }
}

const AUTH: [(&str, Auth); 3] = [
    ("off", Auth::Off),
    ("identity", Auth::Identity),
    ("verified", Auth::Verified),
];

const CONTRACT: [(&str, Level); 3] = [
    ("ignore", Level::Ignore),
    ("warn", Level::Warn),
    ("fail", Level::Fail),
];

const PROFILE: [(&str, Profile); 2] = [("swr", Profile::Swr), ("oci", Profile::Oci)];

/// Reads the value of an option that has one of these words.
fn read_word<T: Copy>(
    parser: &mut Parser,
    option: &str,
    words: &[(&str, T)],
) -> Result<T, ExitError> {
    let sent = parser.value()?.string()?;
    let found = words.iter().find(|(word, _)| *word == sent);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let (last, first) = words.split_last().unwrap_or((&"", &[]));
        let first = first.join(", ");
        ExitError::usage(format!(
            "{option}: expected {first} or {last}, got `{sent}`"
        ))
    })
}
