//! One request from its head to its response, and what a test plans and asserts.
//!
//! - [`core`]: one server: its state, plans, journal, problems and addresses
//! - [`dispatch`]: the path of a request; [`arriving`]: how much of bodies is received at a time; [`hint`]: what is wrong
//!   with a path
//! - [`calls`], [`condition`], [`op_set`]: which requests are meant
//! - [`answer`]: what a planned call gets; [`plans`], [`progress`]: which plan a call gets
//! - [`journal`]: the requests and their responses; [`events`]: what happened to content
//! - [`verify`], [`wait`], [`problems`]: what a test asserts; [`report`], [`proxy`]: why an assertion failed

pub(crate) mod answer;
pub(crate) mod arriving;
pub(crate) mod calls;
pub(crate) mod condition;
pub(crate) mod core;
pub(crate) mod dispatch;
pub(crate) mod events;
pub(crate) mod hint;
pub(crate) mod journal;
pub(crate) mod op_set;
pub(crate) mod plans;
pub(crate) mod problems;
pub(crate) mod progress;
pub(crate) mod proxy;
pub(crate) mod report;
pub(crate) mod verify;
pub(crate) mod wait;
