#![doc = include_str!("../README.md")]

mod answer;
mod auth;
mod basic;
mod calls;
mod clock;
mod dispatch;
mod errors;
mod handles;
mod http;
mod image;
mod input;
mod journal;
mod mock;
mod ops;
mod page;
mod plan;
mod registry;
mod report;
mod route;
mod server;
mod state;
mod verify;
mod world;

pub use answer::{Answer, Answers};
pub use auth::Auth;
pub use calls::Calls;
pub use clock::days;
pub use handles::{Credentials, Namespace, Repo, RepoInfo, TagInfo, User};
pub use image::Image;
pub use journal::Call;
pub use mock::{Builder, Level, MockSwr, Plan, Problem, ProblemKind, StartError};
pub use ops::{Evidence, Op};
pub use state::{Permission, Profile, Refusal};
pub use verify::{Journal, Times, Verify, Wait};
pub use world::{FixtureError, World};
