//! Mistakes that clients and tests make, and all that is told of each: `snapshots/` holds it word for word.
//!
//! The wrong word and the right one must stand within the first 20 lines. `UPDATE_SNAPSHOTS=1` writes the files anew.

/// A table of mistakes: what makes each, the wrong word, the right one. Each is a test.
macro_rules! mistakes {
    ($($name:ident: $wrong:literal, $right:literal;)*) => {
        pub(super) const NAMES: &[&str] = &[$(stringify!($name)),*];

        mod told {
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

use crate::support::{Answer, panic_of};

const LINES: usize = 20;

/// What the client sees of an answer, and what the test's author sees of the panic that follows.
fn told(answer: &Answer, act: impl FnOnce()) -> String {
    format!("{}\n{}", seen(answer), panic_of(act))
}

/// What a client sees of an answer.
fn seen(answer: &Answer) -> String {
    let body = answer.json();
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
        answer.status,
        text(["errorCode", "error_code", "code"]),
        text(["errorMessage", "error_msg", "message"]),
        answer.header("x-mock-hint")
    )
}

/// What dropping the server tells.
fn dropped(swr: MockSwr) -> impl FnOnce() {
    move || drop(swr)
}

/// What a test prints: its own panic, and what the server has to say when it is dropped. The test runs once more,
/// alone.
fn last_words(test: &str, act: impl FnOnce()) -> String {
    last_words_in(&[], test, act)
}

/// The same, with these variables in the environment.
fn last_words_in(variables: &[(&str, &str)], test: &str, act: impl FnOnce()) -> String {
    const ALONE: &str = "MISTAKE_ALONE";
    if std::env::var_os(ALONE).is_some() {
        act();
        // What follows is for the test that runs this one.
        std::process::exit(0);
    }
    let run = Command::new(std::env::current_exe().unwrap())
        .args(["--nocapture", "--exact", &format!("mistakes::{test}")])
        .envs([(ALONE, "1"), ("RUST_BACKTRACE", "0")])
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let printed = String::from_utf8(run.stderr).unwrap();
    // Neither the thread's number nor how to get a backtrace.
    let is_told = |line: &&str| !line.starts_with("thread ") && !line.starts_with("note: ");
    let lines: Vec<&str> = printed.trim().lines().filter(is_told).collect();
    lines.join("\n")
}

#[track_caller]
fn compare(name: &str, told: &str, words: [&str; 2]) {
    let told = format!("{}\n", stable(told).trim_end());
    let path = snapshots().join(format!("{name}.txt"));
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, &told).unwrap();
    }
    let snapshot = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        snapshot == told,
        "{name} is told otherwise than its snapshot says: UPDATE_SNAPSHOTS=1 cargo test --test it mistakes\n\
         --- the snapshot\n{snapshot}\n--- now\n{told}"
    );
    let beginning: String = told.split_inclusive('\n').take(LINES).collect();
    for word in words {
        assert!(beginning.contains(word), "`{word}` is not in:\n{beginning}");
    }
}

fn snapshots() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/mistakes/snapshots")
}

/// Without what differs from run to run: ports, and the lines of these files.
fn stable(told: &str) -> String {
    let told = told.replace('\\', "/");
    let ports = without_numbers(&told, "127.0.0.1:", "PORT");
    without_numbers(&ports, ".rs:", "LINE")
}

/// With a word for the numbers that follow these marks.
fn without_numbers(text: &str, mark: &str, word: &str) -> String {
    let mut pieces = text.split(mark);
    let mut written = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let rest = piece.trim_start_matches(|c: char| c.is_ascii_digit() || c == ':');
        let number = &piece[..piece.len() - rest.len()];
        // The colon after the number is the sentence's.
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
            "nobody makes the mistake of {}",
            path.display()
        );
    }
}
