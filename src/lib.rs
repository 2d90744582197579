#![doc = include_str!("../README.md")]

// The layers, from top to bottom: mock, server, engine, fixtures, services, state, operations, base. Each uses those
// below it; `tests/it/layers.rs` checks that.
mod base;
mod engine;
mod fixtures;
mod mock;
mod operations;
mod server;
mod services;
mod state;

pub use base::clock::days;
pub use base::event::{Event, EventKind};
pub use base::problem::{Level, Problem, ProblemKind};
pub use base::refusal::Refusal;
pub use base::times::Times;
pub use engine::answer::Answer;
pub use engine::answer::answers::Answers;
pub use engine::calls::Calls;
pub use engine::journal::Call;
#[doc(hidden)]
pub use engine::journal::follow::Follow;
pub use fixtures::error::FixtureError;
pub use fixtures::image::Image;
pub use fixtures::world::World;
pub use mock::builder::Builder;
pub use mock::handles::{Credentials, Namespace, Region, Repo, RepoInfo, TagInfo, User};
pub use mock::plan::Plan;
pub use mock::start_error::StartError;
pub use mock::swr::MockSwr;
pub use mock::verify::{Journal, Verify};
pub use mock::wait::Wait;
pub use operations::op::{Evidence, Op};
pub use services::auth::Auth;
pub use state::{Permission, Profile};
