//! Random sequences of pushes, rules, jobs and clock changes. The server is checked after each step.
//!
//! No model predicts the tags. The events must explain every change of them, and the lists, counters and sizes at both
//! doors must agree with the state. A failure prints the shortest sequence that fails.

mod replay;
mod server;

use std::fmt;

use mock_swr::SyncState;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::steps::Steps;
use server::Server;

/// The repository `web` of an organization, whether it exists or not.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Target {
    region: &'static str,
    namespace: &'static str,
}

const NORTH: &str = "cn-north-4";
const EAST: &str = "cn-east-3";
const REGIONS: [&str; 2] = [NORTH, EAST];
const TARGETS: [Target; 3] = [
    Target {
        region: NORTH,
        namespace: "group",
    },
    Target {
        region: NORTH,
        namespace: "copy",
    },
    Target {
        region: EAST,
        namespace: "group",
    },
];
const TAGS: [&str; 3] = ["v1", "v2", "v3"];
const LAYERS: [&str; 2] = ["one", "two, longer"];

impl Target {
    fn full_name(self) -> String {
        format!("{}/web", self.namespace)
    }

    fn find(region: &str, full_name: &str) -> Option<Target> {
        let mut all = TARGETS.into_iter();
        all.find(|target| target.region == region && target.full_name() == full_name)
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {}", self.full_name(), self.region)
    }
}

#[derive(Debug, Clone)]
enum Step {
    PushImage(Target, &'static str, &'static str),
    /// Pushes the image of each layer by its digest, and then a list of them.
    PushList(Target, &'static str),
    CopyTag(Target, &'static str, &'static str),
    DeleteTag(Target, &'static str, Door),
    DeleteManifest(Target, &'static str),
    DeleteRepo(Target),
    CreateTrigger(Target),
    DeleteTrigger(Target),
    CreateRetention(Target, Kept),
    DeleteRetention(Target),
    CreateRule(Target, Target, Overrides),
    DeleteRule(Target, Target),
    CopyImages(Target, Target, Overrides),
    SetCourse(Vec<SyncState>, Pace),
    /// Ends one of the jobs that took a course and have not ended.
    FinishJob(usize, SyncState),
    PollJobs(Target),
    AdvanceClock(Hours),
    SetClock(Hours),
    FreezeClock,
    TakeSnapshot,
    Restore(usize),
    RestoreFile,
    StartFromFile,
    StartFromWorld,
}

#[derive(Debug, Clone, Copy)]
enum Door {
    Api,
    Registry,
}

/// What a retention policy keeps.
#[derive(Debug, Clone, Copy)]
enum Kept {
    Tags(u32),
    Days(u32),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Overrides {
    Yes,
    No,
}

/// What makes a job continue.
#[derive(Debug, Clone, Copy)]
enum Pace {
    Looks,
    Hours(Hours),
}

type Hours = u64;

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![9 => content(), 8 => rules(), 7 => jobs(), 6 => clocks_and_worlds()]
}

fn content() -> impl Strategy<Value = Step> {
    let door = || select(&[Door::Api, Door::Registry][..]);
    prop_oneof![
        10 => (target(), tag(), layer()).prop_map(|(at, tag, layer)| Step::PushImage(at, tag, layer)),
        2 => (target(), tag()).prop_map(|(at, tag)| Step::PushList(at, tag)),
        4 => (target(), tag(), tag()).prop_map(|(at, from, to)| Step::CopyTag(at, from, to)),
        3 => (target(), tag(), door()).prop_map(|(at, tag, door)| Step::DeleteTag(at, tag, door)),
        2 => (target(), layer()).prop_map(|(at, layer)| Step::DeleteManifest(at, layer)),
        1 => target().prop_map(Step::DeleteRepo),
    ]
}

fn rules() -> impl Strategy<Value = Step> {
    let kept = prop_oneof![
        (1..3u32).prop_map(Kept::Tags),
        (1..4u32).prop_map(Kept::Days)
    ];
    prop_oneof![
        2 => target().prop_map(Step::CreateTrigger),
        1 => target().prop_map(Step::DeleteTrigger),
        4 => (target(), kept).prop_map(|(at, kept)| Step::CreateRetention(at, kept)),
        1 => target().prop_map(Step::DeleteRetention),
        8 => (target(), target(), overrides())
            .prop_map(|(from, to, overrides)| Step::CreateRule(from, to, overrides)),
        1 => (target(), target()).prop_map(|(from, to)| Step::DeleteRule(from, to)),
    ]
}

fn jobs() -> impl Strategy<Value = Step> {
    let open = || select(&[SyncState::Waiting, SyncState::Running][..]);
    let last = || {
        let success = [SyncState::Success; 4].into_iter();
        select(success.chain(FINAL_STATES).collect::<Vec<_>>())
    };
    let pace = prop_oneof![Just(Pace::Looks), hours().prop_map(Pace::Hours)];
    let course = (vec(open(), 1..4), proptest::option::weighted(0.8, last()));
    let course = course.prop_map(|(states, last)| states.into_iter().chain(last).collect());
    prop_oneof![
        5 => (target(), target(), overrides())
            .prop_map(|(from, to, overrides)| Step::CopyImages(from, to, overrides)),
        6 => (course, pace).prop_map(|(states, pace)| Step::SetCourse(states, pace)),
        3 => (0..3usize, last()).prop_map(|(job, state)| Step::FinishJob(job, state)),
        4 => target().prop_map(Step::PollJobs),
    ]
}

fn clocks_and_worlds() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => hours().prop_map(Step::AdvanceClock),
        4 => (0..400u64).prop_map(Step::SetClock),
        2 => Just(Step::FreezeClock),
        4 => Just(Step::TakeSnapshot),
        4 => (0..3usize).prop_map(Step::Restore),
        2 => Just(Step::RestoreFile),
        1 => Just(Step::StartFromFile),
        1 => Just(Step::StartFromWorld),
    ]
}

const FINAL_STATES: [SyncState; 5] = [
    SyncState::Success,
    SyncState::Failed,
    SyncState::Timeout,
    SyncState::Cancel,
    SyncState::Existed,
];

fn target() -> impl Strategy<Value = Target> {
    select(&TARGETS[..])
}

fn tag() -> impl Strategy<Value = &'static str> {
    select(&TAGS[..])
}

fn layer() -> impl Strategy<Value = &'static str> {
    select(&LAYERS[..])
}

fn overrides() -> impl Strategy<Value = Overrides> {
    select(&[Overrides::Yes, Overrides::No][..])
}

fn hours() -> impl Strategy<Value = Hours> {
    select(&[1, 5, 16, 24, 60][..])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, max_shrink_iters: 1000, ..ProptestConfig::default() })]

    #[test]
    fn counters_events_and_files_stay_right_whatever_rules_and_jobs_do(steps in Steps::of(step(), 1..30)) {
        let mut server = Server::start();
        for step in steps.iter() {
            server.apply(step);
        }
        server.finish();
    }
}
