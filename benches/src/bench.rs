//! Measures mock-swr, its peers and raw hyper in one run.
//!
//! The program starts itself once for each line of a table, line after line, in several rounds. All lines therefore
//! share the load of the machine, and no line inherits threads, memory or ports of another.
//!
//! - [`client`]: the thin client that sends requests to all servers
//! - [`exchange`]: the requests, and the responses of mock-swr, which all servers return
//! - [`raw`], [`contestants`]: raw hyper; all servers that are compared
//! - [`registries`], [`pushing`]: the registries that are compared; the client that pushes and pulls
//! - [`measure`]: CPU, memory, medians
//! - [`rows`]: the measurements, one file per table
//! - [`table`]: prints the tables

mod client;
mod contestants;
mod exchange;
mod measure;
mod pushing;
mod raw;
mod registries;
mod rows;
mod table;

use std::io::{Read, Write};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;

use exchange::Sample;
use rows::instructions::Workload;
use rows::{Context, ROWS, Row};

const USAGE: &str = "\
usage: bench [--smoke] [--only ROW]... [--rounds N]

  --smoke      run all tables with few repetitions, to see whether everything works
  --only ROW   print this table only; may be repeated
  --rounds N   measure each line N times, instead of the number of the table
";

/// The command line.
struct Options {
    smoke: bool,
    only: Vec<String>,
    rounds: Option<usize>,
    /// The row and the line that this process measures; `None` in the process that prints the tables.
    line: Option<(String, String)>,
    /// What this process repeats while valgrind counts its instructions.
    counted: Option<Counted>,
}

/// A workload, the server that it runs with, and how often it runs of how many times at most.
struct Counted {
    load: Workload,
    line: String,
    count: usize,
    most: usize,
}

fn main() -> ExitCode {
    let options = match read_options() {
        Ok(options) => options,
        Err(problem) => {
            eprint!("{problem}\n\n{USAGE}\nrows: ");
            eprintln!("{}", ROWS.map(|row| row.key).join(" "));
            return ExitCode::from(2);
        }
    };
    if let Some(counted) = &options.counted {
        let Counted { load, line, .. } = counted;
        load.run(line, counted.count, counted.most);
    } else if let Some((row, line)) = &options.line {
        measure_line(&options, row, line);
    } else {
        return run(&options);
    }
    ExitCode::SUCCESS
}

fn read_options() -> Result<Options, String> {
    let mut options = Options {
        smoke: false,
        only: Vec::new(),
        rounds: None,
        line: None,
        counted: None,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || {
            arguments
                .next()
                .ok_or(format!("{argument} expects a value"))
        };
        match argument.as_str() {
            "--smoke" => options.smoke = true,
            "--only" => options.only.push(value()?),
            "--rounds" => {
                options.rounds = Some(value()?.parse().map_err(|_| "--rounds expects a number")?);
            }
            "--workload" => {
                options.counted = Some(Counted {
                    load: Workload::named(&value()?).ok_or("there is no such workload")?,
                    line: value()?,
                    count: value()?.parse().map_err(|_| "expected a number")?,
                    most: value()?.parse().map_err(|_| "expected a number")?,
                });
            }
            "--line" => options.line = Some((value()?, value()?)),
            _ => return Err(format!("unknown argument {argument}")),
        }
    }
    let unknown = options.only.iter().find(|key| row(key).is_none());
    match unknown {
        Some(key) => Err(format!("there is no row named {key}")),
        None => Ok(options),
    }
}

fn row(key: &str) -> Option<&'static Row> {
    ROWS.into_iter().find(|row| row.key == key)
}

/// Measures and prints all selected tables.
fn run(options: &Options) -> ExitCode {
    let profile = if cfg!(debug_assertions) {
        "dev"
    } else {
        "release"
    };
    println!("Profile: {profile}.\n");
    let mut broken = false;
    let only = &options.only;
    for row in ROWS {
        if !only.is_empty() && !only.iter().any(|key| key == row.key) {
            continue;
        }
        let usual = if options.smoke { 1 } else { row.rounds };
        let rounds = options.rounds.unwrap_or(usual);
        let sample = Sample::capture(row.call);
        let mut figures: Vec<(&str, Vec<Vec<f64>>)> = Vec::new();
        for line in row.lines {
            match rows::missing_program(row, line) {
                None => figures.push((line, Vec::new())),
                Some(why) => println!("{}: {line} is left out: {why}", row.key),
            }
        }
        for _ in 0..rounds {
            for (line, figures) in &mut figures {
                match measure_in_own_process(options, row, line, &sample) {
                    Some(measured) => figures.push(measured),
                    None => {
                        eprintln!("{}, {line}: the measurement failed", row.key);
                        broken = true;
                    }
                }
            }
        }
        if !figures.is_empty() {
            println!("{}", table::render(row, &figures));
        }
    }
    ExitCode::from(u8::from(broken))
}

/// Measures one line in its own process. Returns `None` if that process fails.
fn measure_in_own_process(
    options: &Options,
    row: &Row,
    line: &str,
    sample: &[u8],
) -> Option<Vec<f64>> {
    let program = std::env::current_exe().expect("the path of this program");
    let mut measuring = Command::new(program)
        .args(["--line", row.key, line])
        .args(options.smoke.then_some("--smoke"))
        // By default, httpmock reuses a pool of 25 servers.
        .env("HTTPMOCK_MAX_SERVERS", "10000")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts itself");
    let mut stdin = measuring.stdin.take().expect("stdin is piped");
    stdin
        .write_all(sample)
        .expect("the process reads its stdin");
    drop(stdin);
    let output = measuring.wait_with_output().expect("the process ends");
    let text = String::from_utf8(output.stdout).expect("the output is UTF-8");
    let figures = text.lines().find_map(|line| line.strip_prefix(FIGURES))?;
    let figures: Result<Vec<f64>, _> = figures.split_whitespace().map(str::parse).collect();
    figures.ok().filter(|_| output.status.success())
}

const FIGURES: &str = "figures:";

fn measure_line(options: &Options, key: &str, line: &str) {
    let mut response = Vec::new();
    std::io::stdin()
        .read_to_end(&mut response)
        .expect("stdin has the response");
    let context = Context {
        sample: Arc::new(Sample::parse(&response)),
        smoke: options.smoke,
    };
    let row = row(key).expect("the row exists");
    if row.one_core {
        measure::pin_to_one_core();
    }
    let figures = (row.measure)(line, &context);
    assert_eq!(
        figures.len(),
        row.columns.len(),
        "the measurement returns one figure per column"
    );
    let texts: Vec<String> = figures.iter().map(f64::to_string).collect();
    println!("{FIGURES} {}", texts.join(" "));
}
