//! Ordinary tests with several frameworks. `.ci/run` runs them in one process, and with a process for each test.

mod client;
mod with_a_static;
mod with_a_thread_local;
mod with_rstest;
mod with_smol;
mod with_threads;
mod with_tokio;
