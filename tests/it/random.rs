//! Random sequences of steps on three servers. Each server is compared with a small model of it after each step.
//!
//! A step is an action of a client, or of a test through a handle. Each part of an upload or of a held push is a
//! separate step, so restores and deletions also happen between the parts. A failure prints the shortest sequence that
//! fails.

mod model;
mod servers;

use proptest::prelude::*;
use proptest::sample::select;

use crate::steps::Steps;
use model::{Region, Target};
use servers::Servers;

/// The position of an item: 0 is the newest. Items of the step's own server come before others.
type Recent = usize;

#[derive(Debug, Clone)]
enum Step {
    SeedRepo {
        server: usize,
        repo: Target,
    },
    SeedImage {
        server: usize,
        repo: Target,
        tag: &'static str,
    },
    DeleteRepo {
        server: usize,
        repo: Target,
        by: Who,
    },
    DeleteTag {
        server: usize,
        repo: Target,
        tag: &'static str,
        by: Who,
    },
    DeleteManifest {
        server: usize,
        repo: Target,
        layer: &'static str,
    },
    DeleteOrganization {
        server: usize,
        region: Region,
    },
    PushImage {
        server: usize,
        repo: Target,
        tag: &'static str,
        layer: &'static str,
    },
    PullImage {
        server: usize,
        repo: Target,
        tag: &'static str,
    },
    StartUpload {
        server: usize,
        repo: Target,
    },
    AppendChunk {
        server: usize,
        upload: Recent,
        chunk: &'static str,
    },
    BeginChunk {
        server: usize,
        upload: Recent,
        chunk: &'static str,
    },
    EndChunk {
        chunk: Recent,
    },
    FinishUpload {
        server: usize,
        upload: Recent,
    },
    CancelUpload {
        server: usize,
        upload: Recent,
    },
    HoldPush {
        server: usize,
        repo: Target,
        tag: &'static str,
        layer: &'static str,
        held: Held,
    },
    ReleasePush {
        push: Recent,
    },
    TakeSnapshot {
        server: usize,
        form: Form,
    },
    Restore {
        server: usize,
        snapshot: Recent,
    },
    ReplaceByFork {
        server: usize,
        snapshot: Recent,
    },
    NameRegion {
        server: usize,
        region: Region,
        by: Who,
    },
    AdvanceClock {
        server: usize,
        hours: u64,
    },
    FillRoom {
        server: usize,
    },
}

/// Whether a handle or a client acts.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Who {
    Handle,
    Client,
}

/// Which half of a call is held.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Held {
    Request,
    Response,
}

/// Whether a snapshot is written to a file and read again.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Form {
    Value,
    File,
}

const TAGS: [&str; 2] = ["v1", "v2"];
const LAYERS: [&str; 3] = ["one", "two, longer", "three, the longest"];

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => seeds(),
        6 => deletions(),
        14 => pushes(),
        30 => uploads(),
        22 => states(),
    ]
}

fn seeds() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (server(), target()).prop_map(|(server, repo)| Step::SeedRepo { server, repo }),
        1 => (server(), target(), tag())
            .prop_map(|(server, repo, tag)| Step::SeedImage { server, repo, tag }),
    ]
}

fn deletions() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (server(), target(), who())
            .prop_map(|(server, repo, by)| Step::DeleteRepo { server, repo, by }),
        3 => (server(), target(), tag(), who())
            .prop_map(|(server, repo, tag, by)| Step::DeleteTag { server, repo, tag, by }),
        3 => (server(), target(), layer())
            .prop_map(|(server, repo, layer)| Step::DeleteManifest { server, repo, layer }),
        1 => (server(), region())
            .prop_map(|(server, region)| Step::DeleteOrganization { server, region }),
    ]
}

fn pushes() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (server(), target(), tag(), layer())
            .prop_map(|(server, repo, tag, layer)| Step::PushImage { server, repo, tag, layer }),
        2 => (server(), target(), tag())
            .prop_map(|(server, repo, tag)| Step::PullImage { server, repo, tag }),
        4 => (server(), target(), tag(), layer(), select(&[Held::Request, Held::Request, Held::Response][..]))
            .prop_map(|(server, repo, tag, layer, held)| Step::HoldPush { server, repo, tag, layer, held }),
        4 => recent().prop_map(|push| Step::ReleasePush { push }),
    ]
}

fn uploads() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (server(), target()).prop_map(|(server, repo)| Step::StartUpload { server, repo }),
        9 => (server(), recent(), layer())
            .prop_map(|(server, upload, chunk)| Step::AppendChunk { server, upload, chunk }),
        6 => (server(), recent(), layer())
            .prop_map(|(server, upload, chunk)| Step::BeginChunk { server, upload, chunk }),
        4 => recent().prop_map(|chunk| Step::EndChunk { chunk }),
        3 => (server(), recent()).prop_map(|(server, upload)| Step::FinishUpload { server, upload }),
        1 => (server(), recent()).prop_map(|(server, upload)| Step::CancelUpload { server, upload }),
    ]
}

fn states() -> impl Strategy<Value = Step> {
    let form = || select(&[Form::Value, Form::Value, Form::Value, Form::File][..]);
    prop_oneof![
        6 => (server(), form()).prop_map(|(server, form)| Step::TakeSnapshot { server, form }),
        6 => (server(), recent()).prop_map(|(server, snapshot)| Step::Restore { server, snapshot }),
        2 => (server(), recent())
            .prop_map(|(server, snapshot)| Step::ReplaceByFork { server, snapshot }),
        4 => (server(), region(), who())
            .prop_map(|(server, region, by)| Step::NameRegion { server, region, by }),
        1 => (server(), 1..40u64).prop_map(|(server, hours)| Step::AdvanceClock { server, hours }),
        1 => server().prop_map(|server| Step::FillRoom { server }),
    ]
}

/// Generates the number of a server. The first one is most frequent, so that it receives many steps.
fn server() -> impl Strategy<Value = usize> {
    select(&[0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2][..])
}

fn region() -> impl Strategy<Value = Region> {
    select(&Region::ALL[..])
}

fn target() -> impl Strategy<Value = Target> {
    let region = select(
        &[
            Region::North,
            Region::North,
            Region::North,
            Region::East,
            Region::South,
        ][..],
    );
    let repo = select(&Target::REPOS[..]);
    (region, repo).prop_map(|(region, repo)| Target { region, repo })
}

fn tag() -> impl Strategy<Value = &'static str> {
    select(&TAGS[..])
}

fn layer() -> impl Strategy<Value = &'static str> {
    select(&LAYERS[..])
}

fn who() -> impl Strategy<Value = Who> {
    select(&[Who::Handle, Who::Client][..])
}

fn recent() -> impl Strategy<Value = Recent> {
    select(&[0, 0, 0, 1, 2, 3][..])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, max_shrink_iters: 500, ..ProptestConfig::default() })]

    #[test]
    fn servers_match_their_models_after_any_steps(steps in Steps::of(step(), 1..60)) {
        let mut servers = Servers::start();
        for step in steps.iter() {
            servers.apply(step);
        }
        servers.finish();
    }
}
