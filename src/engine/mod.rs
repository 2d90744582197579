//! One request from its head to its response, and what a test plans and asserts.

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
