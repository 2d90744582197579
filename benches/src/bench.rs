//! mock-swr, its peers and raw hyper, side by side in one run.
//!
//! Every figure comes from a process of its own: the program starts itself again for each line of a table, one
//! line after the other, and that several rounds over. So all share the machine's good and bad moments, and
//! nobody inherits another's threads, memory or ports.
//!
//! - [`client`]: the thin client that all are asked with
//! - [`exchange`]: the requests, and mock-swr's answers, which all give
//! - [`raw`], [`contestants`]: raw hyper; all of them
//! - [`registries`], [`pushing`]: the registries that are compared; the client that they are asked with
//! - [`measure`]: CPU, memory, medians
//! - [`rows`]: what is measured, one file per table
//! - [`table`]: how it is printed

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
use rows::{Context, ROWS, Row};

const USAGE: &str = "\
usage: bench [--smoke] [--only ROW]... [--rounds N]

  --smoke      few repetitions, all rows: does everything still work?
  --only ROW   these tables only
  --rounds N   how often each line is measured, in place of what the row says
";

/// What the program was asked for.
struct Options {
    smoke: bool,
    only: Vec<String>,
    rounds: Option<usize>,
    /// In a process that measures: the row and the line.
    line: Option<(String, String)>,
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
    match &options.line {
        Some((row, line)) => measure_line(&options, row, line),
        None => return run(&options),
    }
    ExitCode::SUCCESS
}

fn read_options() -> Result<Options, String> {
    let mut options = Options {
        smoke: false,
        only: Vec::new(),
        rounds: None,
        line: None,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
        match argument.as_str() {
            "--smoke" => options.smoke = true,
            "--only" => options.only.push(value()?),
            "--rounds" => {
                options.rounds = Some(value()?.parse().map_err(|_| "--rounds needs a number")?);
            }
            "--line" => options.line = Some((value()?, value()?)),
            _ => return Err(format!("what is {argument}?")),
        }
    }
    let unknown = options.only.iter().find(|key| row(key).is_none());
    match unknown {
        Some(key) => Err(format!("there is no row {key}")),
        None => Ok(options),
    }
}

fn row(key: &str) -> Option<&'static Row> {
    ROWS.into_iter().find(|row| row.key == key)
}

/// All tables.
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
        let sample = Sample::capture(row.ask);
        let mut figures: Vec<(&str, Vec<Vec<f64>>)> = Vec::new();
        for line in row.lines {
            match registries::absent(line) {
                None => figures.push((line, Vec::new())),
                Some(why) => println!("{}: {line} is left out; {why}", row.key),
            }
        }
        for _ in 0..rounds {
            for (line, figures) in &mut figures {
                match ask_for_line(options, row, line, &sample) {
                    Some(measured) => figures.push(measured),
                    None => {
                        eprintln!("{}, {line}: broken", row.key);
                        broken = true;
                    }
                }
            }
        }
        println!("{}", table::render(row, &figures));
    }
    ExitCode::from(u8::from(broken))
}

/// What a process of its own measures.
fn ask_for_line(options: &Options, row: &Row, line: &str, sample: &[u8]) -> Option<Vec<f64>> {
    let program = std::env::current_exe().expect("a program");
    let mut measuring = Command::new(program)
        .args(["--line", row.key, line])
        .args(options.smoke.then_some("--smoke"))
        // Else httpmock's pool hands out its 25 servers again and again.
        .env("HTTPMOCK_MAX_SERVERS", "10000")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a process");
    let mut stdin = measuring.stdin.take().expect("a pipe");
    stdin.write_all(sample).expect("a process that listens");
    drop(stdin);
    let output = measuring.wait_with_output().expect("an end");
    let text = String::from_utf8(output.stdout).expect("a text");
    let figures = text.lines().find_map(|line| line.strip_prefix(FIGURES))?;
    let figures: Result<Vec<f64>, _> = figures.split_whitespace().map(str::parse).collect();
    figures.ok().filter(|_| output.status.success())
}

const FIGURES: &str = "figures:";

fn measure_line(options: &Options, key: &str, line: &str) {
    let mut answer = Vec::new();
    std::io::stdin()
        .read_to_end(&mut answer)
        .expect("an answer");
    let context = Context {
        sample: Arc::new(Sample::parse(&answer)),
        smoke: options.smoke,
    };
    let row = row(key).expect("a row");
    if row.one_core {
        measure::hold_to_one_core();
    }
    let figures = (row.measure)(line, &context);
    assert_eq!(figures.len(), row.columns.len(), "a figure per column");
    let texts: Vec<String> = figures.iter().map(f64::to_string).collect();
    println!("{FIGURES} {}", texts.join(" "));
}
