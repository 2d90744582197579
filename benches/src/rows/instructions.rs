//! Instructions in user space, which valgrind counts. They do not depend on the load of the machine.

use std::collections::HashMap;
use std::fs;
use std::process::{Command, Stdio};
use std::sync::Arc;

use http::Method;

use super::size::world_of;
use super::{Column, Context, Pick, Row};
use crate::client::Connection;
use crate::contestants::{Contestant, HYPER, MOCK_SWR, Running, start_mock_swr};
use crate::exchange::{Call, Sample, api_of, request};
use crate::pushing::{Image, Wire};
use crate::registries::{Registry, TESTKIT, repo_at};

pub(crate) const ROW: Row = Row {
    key: "instructions",
    title: "instructions in user space per request",
    note: "Counted by valgrind, client included: the difference of two run lengths, divided by the difference of \
           their requests. A page has 100 repositories. Raw hyper returns the response of mock-swr.",
    lines: &[HYPER, MOCK_SWR],
    columns: &[
        Column::new("ShowRepository", 0, Pick::Median),
        Column::new("page of 100", 0, Pick::Median),
    ],
    rounds: 1,
    one_core: false,
    call: Call::Show,
    measure: |line, context| {
        vec![
            per_item(Workload::Show, line, context, 4_000),
            per_item(Workload::Page, line, context, 400),
        ]
    },
};

pub(crate) const ROW_IMAGES: Row = Row {
    key: "instructions-images",
    title: "instructions in user space per small image, without those of sha256",
    note: "The images of `images`, on one connection. Ratios are to registry-testkit, which checks nothing.",
    lines: &[TESTKIT, MOCK_SWR],
    columns: &[
        Column::new("push", 0, Pick::Median),
        Column::new("pull", 0, Pick::Median),
    ],
    measure: |line, context| {
        vec![
            per_item(Workload::Push, line, context, 400),
            per_item(Workload::Pull, line, context, 400),
        ]
    },
    ..ROW
};

/// What is repeated in one run under valgrind.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Workload {
    Show,
    Page,
    Push,
    Pull,
}

impl Workload {
    const NAMES: [(&str, Workload); 4] = [
        ("show", Workload::Show),
        ("page", Workload::Page),
        ("push", Workload::Push),
        ("pull", Workload::Pull),
    ];

    pub(crate) fn named(name: &str) -> Option<Workload> {
        let mut all = Workload::NAMES.into_iter();
        all.find(|(known, _)| *known == name).map(|(_, load)| load)
    }

    fn name(self) -> &'static str {
        Workload::NAMES[self as usize].0
    }

    /// Runs it `count` times. The preparation is the same for all counts up to `most`, so that it cancels out.
    pub(crate) fn run(self, line: &str, count: usize, most: usize) {
        match self {
            Workload::Show => show(line, count),
            Workload::Page => page(line, count),
            Workload::Push | Workload::Pull => images(self, line, count, most),
        }
    }
}

fn show(line: &str, count: usize) {
    let sample = Arc::new(Sample::parse(&Sample::capture(Call::Show)));
    let mut running = Contestant::named(line).start(&sample);
    running.set_response(Call::Show, &sample, 0);
    let request = Call::Show.request(running.address(), &running.token());
    exchange(&running, &request, count);
}

fn page(line: &str, count: usize) {
    let swr = start_mock_swr(world_of(100));
    let target = "/v2/manage/repos?limit=100&offset=0";
    let token = swr.user("admin").token();
    let request = request(&Method::GET, target, api_of(&swr), &token, "");
    let mut running = Running::MockSwr(swr);
    if line == HYPER {
        let response = exchange(&running, &request, 1);
        running = Contestant::HyperShared.start(&Arc::new(Sample::parse(&response)));
    }
    exchange(&running, &request, count);
}

/// Sends a request `count` times on one connection. Returns the first response.
fn exchange(running: &Running, request: &[u8], count: usize) -> Vec<u8> {
    let mut connection = Connection::open(running.address());
    let response = connection.exchange(request).to_vec();
    assert!(
        response.starts_with(b"HTTP/1.1 200"),
        "the request was refused"
    );
    for _ in 1..count {
        connection.exchange(request);
    }
    response
}

fn images(load: Workload, line: &str, count: usize, most: usize) {
    let image = |number| Image::numbered(repo_at(line), number);
    let images: Vec<Image> = (0..most).map(image).collect();
    let registry = Registry::start(line);
    let mut wire = Wire::open(registry.address);
    let (pushed, pulled) = match load {
        Workload::Push => (count, 0),
        _ => (most, count),
    };
    for image in &images[..pushed] {
        image.push_whole(&mut wire);
    }
    for image in &images[..pulled] {
        for step in 0..Image::PULL_REQUESTS {
            wire.exchange(&image.pull_request(step));
        }
    }
}

/// Returns the instructions of one repetition.
fn per_item(load: Workload, line: &str, context: &Context, most: usize) -> f64 {
    let most = if context.smoke { 8 } else { most };
    let few = most / 4;
    (counted(load, line, most, most) - counted(load, line, few, most)) / (most - few) as f64
}

/// Returns the instructions of one run under valgrind, without those of sha256.
fn counted(load: Workload, line: &str, count: usize, most: usize) -> f64 {
    let profile =
        std::env::temp_dir().join(format!("mock-swr-bench-{}.callgrind", std::process::id()));
    let program = std::env::current_exe().expect("the path of this program");
    let status = Command::new(VALGRIND)
        .args(["--tool=callgrind", "--quiet"])
        .arg(format!("--callgrind-out-file={}", profile.display()))
        .arg(program)
        .args(["--workload", load.name(), line])
        .args([count.to_string(), most.to_string()])
        .stdin(Stdio::null())
        .status()
        .expect("valgrind starts");
    assert!(status.success(), "the run under valgrind failed");
    let text = fs::read_to_string(&profile).expect("valgrind wrote its profile");
    fs::remove_file(&profile).expect("the profile can be removed");
    let functions = instructions_by_function(&text);
    let kept = functions
        .iter()
        .filter(|(name, _)| !name.contains("sha256"));
    kept.map(|(_, instructions)| *instructions as f64).sum()
}

/// The program, from the Debian package of the same name.
pub(crate) const VALGRIND: &str = "valgrind";

/// Reads a profile of callgrind: the instructions of each function, without those of the functions that it calls.
fn instructions_by_function(profile: &str) -> HashMap<&str, u64> {
    // `fn=(12) name` defines number 12, and `fn=(12)` refers to it.
    let mut names: HashMap<&str, &str> = HashMap::new();
    let mut instructions: HashMap<&str, u64> = HashMap::new();
    let mut current = "";
    let mut lines = profile.lines();
    while let Some(line) = lines.next() {
        if let Some((key @ ("fn" | "cfn"), function)) = line.split_once('=') {
            let (number, name) = function.split_once(' ').unwrap_or((function, ""));
            let known = names.entry(number).or_insert(name);
            if key == "fn" {
                current = known;
            }
        } else if line.starts_with("calls=") {
            // The next line is the cost of the called function.
            lines.next();
        } else if line.starts_with(|first: char| first.is_ascii_digit() || "+-*".contains(first)) {
            let cost = line.split(' ').nth(1).and_then(|cost| cost.parse().ok());
            *instructions.entry(current).or_default() += cost.unwrap_or(0);
        }
    }
    instructions
}
