//! A mock of Huawei Cloud SWR (SoftWare Repository for Container) for tests.
//!
//! [`MockSwr::start`] starts a server on loopback. It serves SWR's management API at [`MockSwr::endpoint`] and an image
//! registry at [`MockSwr::registry`], both over the same state in memory. Tests plan failures by the name of an
//! operation, and assert what clients requested.
//!
//! # A first test
//!
//! ```
//! use mock_swr::{MockSwr, Op};
//!
//! let swr = MockSwr::start();
//! swr.seed_repo("group/web").image("v1"); // create it without a client
//! swr.on(Op::ListTags, 503); // plan a failure of the next call
//!
//! let tags = format!("http://{}/v2/group/web/tags/list", swr.registry());
//! let status = reqwest::blocking::get(tags).unwrap().status(); // the code under test
//!
//! assert_eq!(status, 503);
//! swr.verify(Op::ListTags.repo("group/web")).once(); // assert what it requested
//! ```
//!
//! Dropping the server stops it, and fails the test if a request matched no operation, if a planned response was never
//! used, or if a call needs something that is not simulated. README.md has longer examples, and one for async tests.
//!
//! # Types
//!
//! | to | use |
//! |---|---|
//! | start a server | [`MockSwr`]; [`Builder`] with [`Auth`] and [`Profile`] for settings; [`StartError`] |
//! | create and inspect state | [`Namespace`], [`Repo`] with [`RepoInfo`] and [`TagInfo`], [`Image`], [`Region`] |
//! | create users | [`User`], [`Permission`], [`Credentials`] |
//! | load and save state | [`World`], [`FixtureError`] |
//! | run tests from files | [`scenarios`], [`scenarios_async`], [`Scenario`] |
//! | select requests | [`Op`], [`Calls`]; [`UnknownOp`] |
//! | plan responses | [`MockSwr::on`], [`Answer`] and [`Answers`], [`Refusal`], [`Plan`], [`ScopedPlan`] |
//! | assert requests | [`MockSwr::verify`], [`Verify`] with [`Times`], [`Order`], [`Journal`], [`Call`] |
//! | wait for requests | [`MockSwr::wait_for`], [`MockSwr::wait_until`], [`Wait`] |
//! | read what changed | [`MockSwr::events`], [`Event`], [`EventKind`] |
//! | move the clock | [`MockSwr::advance`], [`days`] |
//! | decide how a job ends | [`MockSwr::next_job`], [`Course`], [`SyncState`], [`Job`] |
//! | fail the test, or not | [`MockSwr::check`], [`Problem`], [`ProblemKind`], [`Level`] |
//! | know what is simulated | [`Op::is_simulated`], [`Op::evidence`], [`Evidence`] |
//!
//! # Guides
//!
//! | task | page |
//! |---|---|
//! | find the operation to fail | [`guide::failures`] |
//! | begin, with another mock in mind | [`guide::from_other_mocks`] |
//! | read a report | [`guide::reading`] |
//! | test a kind of client | [`guide::pusher`], [`guide::cleaner`], [`guide::signers`] |
//! | test failures | [`guide::retries`], [`guide::lost_responses`], [`guide::races`], [`guide::networks`] |
//! | test https, and the endpoints of the cloud | [`guide::tls`] |
//! | set up a service | [`guide::images`], [`guide::tenants`], [`guide::credentials`], [`guide::worlds`] |
//! | write tests as files | [`guide::scenarios`] |
//! | find what the tests never met | [`guide::coverage`] |
//! | move time | [`guide::time`], [`guide::retention`] |
//! | deploy what a client pushes | [`guide::triggers`] |
//! | find mistakes in requests | [`guide::contract`] |
//! | copy images between regions, fail jobs | [`guide::jobs`] |
//! | share a server, use a test framework | [`guide::sharing`], [`guide::test_frameworks`] |
//! | use the program | [`guide::other_languages`] |
//! | know the limits | [`guide::limits`], [`guide::operations`] |
//!
//! # Layout
//!
//! The source has layers. From top to bottom: `mock`, `server`, `engine`, `fixtures`, `services`, `state`,
//! `operations`, `base`. Each uses only itself and those below it. `tests/it/layers.rs` checks that.

mod base;
mod engine;
mod fixtures;
pub mod guide;
mod mock;
mod operations;
mod server;
mod services;
mod state;

// A server, and its settings.
pub use mock::builder::Builder;
pub use mock::start_error::StartError;
pub use mock::swr::MockSwr;
pub use services::auth::Auth;
pub use state::Profile;

// Its state.
pub use base::event::{Event, EventKind};
pub use fixtures::error::FixtureError;
pub use fixtures::image::Image;
pub use fixtures::world::World;
pub use mock::handles::{Credentials, Namespace, Region, Repo, RepoInfo, TagInfo, User};
pub use state::Permission;

// Requests and their planned responses.
pub use base::refusal::Refusal;
pub use engine::answer::Answer;
pub use engine::answer::answers::Answers;
pub use engine::calls::Calls;
pub use engine::order::Order;
pub use mock::plan::{Plan, ScopedPlan};
pub use mock::scenario::Scenario;
pub use mock::scenarios::{scenarios, scenarios_async};
pub use operations::op::parse::UnknownOp;
pub use operations::op::{Evidence, Op};

// Assertions, waits and time.
pub use base::clock::days;
pub use base::job::{Course, JobState, SyncState};
pub use base::problem::{Level, Problem, ProblemKind};
pub use base::times::Times;
#[doc(hidden)]
pub use engine::coverage::report::{Coverage, OpCoverage, ResponseCoverage};
pub use engine::journal::Call;
pub use mock::job::Job;
pub use mock::verify::{Journal, Verify};
pub use mock::wait::Wait;
