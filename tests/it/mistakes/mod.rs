//! Mistakes of clients and tests, and the messages about them. `snapshots/` has the full text of each message.
//!
//! The first 20 lines must contain the wrong text and the correct text. `UPDATE_SNAPSHOTS=1` rewrites the files.

/// Defines a test for each mistake: the function that makes it, the wrong text, the correct text.
macro_rules! mistakes {
    ($($name:ident: $wrong:literal, $right:literal;)*) => {
        pub(super) const NAMES: &[&str] = &[$(stringify!($name)),*];

        mod reported {
            $(#[test]
            fn $name() {
                crate::mistakes::compare(stringify!($name), &super::$name(), [$wrong, $right]);
            })*
        }
    };
}

mod of_callers;
mod of_clients;
mod of_fixtures;
mod of_plans;
mod of_verifying;

use std::path::{Path, PathBuf};
use std::process::Command;

use mock_swr::MockSwr;

use crate::support::{Response, panic_of};

const LINES: usize = 20;

/// Returns the text of a response, and the message of the panic of `act`.
fn reported(response: &Response, act: impl FnOnce()) -> String {
    format!("{}\n{}", response_text(response), panic_of(act))
}

/// Returns the status, code, message and hint of a response.
fn response_text(response: &Response) -> String {
    let body = response.json();
    let error = ["/errors/0", "/error", ""]
        .iter()
        .find_map(|pointer| body.pointer(pointer))
        .unwrap();
    let text = |names: [&str; 3]| {
        let value = names.iter().find_map(|name| error.get(name));
        value.map_or(String::new(), |value| {
            value.as_str().map_or(value.to_string(), str::to_owned)
        })
    };
    format!(
        "the client gets {} {}: {}\nx-mock-hint: {}\n",
        response.status,
        text(["errorCode", "error_code", "code"]),
        text(["errorMessage", "error_msg", "message"]),
        response.header("x-mock-hint")
    )
}

/// Returns a function that drops the server, which reports its problems.
fn dropped(swr: MockSwr) -> impl FnOnce() {
    move || drop(swr)
}

/// Returns the output of a failing test: its panic, and the reports of dropped servers.
///
/// It runs the test again in a separate process, where `act` is called.
fn output_of(test: &str, act: impl FnOnce()) -> String {
    output_with(&[], test, act)
}

/// Does the same with these environment variables.
fn output_with(variables: &[(&str, &str)], test: &str, act: impl FnOnce()) -> String {
    const ALONE: &str = "MISTAKE_ALONE";
    if std::env::var_os(ALONE).is_some() {
        act();
        // The rest of the test runs only in the parent process.
        std::process::exit(0);
    }
    let run = Command::new(std::env::current_exe().unwrap())
        .args(["--nocapture", "--exact", &format!("mistakes::{test}")])
        .envs([(ALONE, "1"), ("RUST_BACKTRACE", "0")])
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let printed = String::from_utf8(run.stderr).unwrap();
    // Removes the thread's number and the note about backtraces, which differ between runs.
    let is_stable = |line: &&str| !line.starts_with("thread ") && !line.starts_with("note: ");
    let lines: Vec<&str> = printed.trim().lines().filter(is_stable).collect();
    lines.join("\n")
}

#[track_caller]
fn compare(name: &str, report: &str, words: [&str; 2]) {
    let report = format!("{}\n", stable(report).trim_end());
    let path = snapshots().join(format!("{name}.txt"));
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, &report).unwrap();
    }
    let snapshot = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        snapshot == report,
        "the message of {name} differs from its snapshot: UPDATE_SNAPSHOTS=1 cargo test --test it mistakes\n\
         --- the snapshot\n{snapshot}\n--- now\n{report}"
    );
    let beginning: String = report.split_inclusive('\n').take(LINES).collect();
    for word in words {
        assert!(beginning.contains(word), "`{word}` is not in:\n{beginning}");
    }
}

fn snapshots() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/mistakes/snapshots")
}

/// Replaces the parts that differ between runs or versions: ports and line numbers.
fn stable(report: &str) -> String {
    let report = report.replace('\\', "/");
    let ports = without_numbers(&report, "127.0.0.1:", "PORT");
    without_numbers(&ports, ".rs:", "LINE")
}

/// Replaces the numbers after each mark with a word.
fn without_numbers(text: &str, mark: &str, word: &str) -> String {
    let mut pieces = text.split(mark);
    let mut written = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let rest = piece.trim_start_matches(|c: char| c.is_ascii_digit() || c == ':');
        let number = &piece[..piece.len() - rest.len()];
        // A colon after the number is part of the text.
        let colon = if number.ends_with(':') { ":" } else { "" };
        written += &format!("{mark}{word}{colon}{rest}");
    }
    written
}

#[test]
fn every_snapshot_has_its_mistake() {
    let names = [
        of_callers::NAMES,
        of_clients::NAMES,
        of_fixtures::NAMES,
        of_plans::NAMES,
        of_verifying::NAMES,
    ]
    .concat();
    for file in std::fs::read_dir(snapshots()).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(
            names.contains(&name),
            "no test has the snapshot {}",
            path.display()
        );
    }
}
