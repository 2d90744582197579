//! Servers that start from the file of an input.

use std::cell::Cell;
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::str::FromStr;
use std::sync::Once;

use mock_swr::{MockSwr, Scenario, StartError, World, days};
use serde_json::Value;

use crate::{Server, Settings, rules};

/// An input and its value, if it is text that is a valid file. The message of an invalid file is not empty: it quotes the
/// input.
pub fn parsed<T: FromStr<Err: Display>>(input: &[u8]) -> Option<(&str, T)> {
    let text = std::str::from_utf8(input).ok()?;
    match text.parse() {
        Ok(value) => Some((text, value)),
        Err(error) => {
            assert!(!error.to_string().is_empty());
            None
        }
    }
}

/// Starts a server from the world in a text, which is valid. Checks what the server shows, now and later.
pub fn run_world(text: &str, world: World) {
    let value: Value = serde_json::from_str(text).unwrap();
    if let Err(error) = World::try_from(value) {
        panic!("the text is a world, and its value is not: {error}");
    }
    let text = world.to_json();
    let read: World = text
        .parse()
        .unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(read.to_json(), text, "the file of the file");
    let Some(swr) = started(Settings::Swr.builder().world(world).try_start()) else {
        return;
    };
    let mut server = Server::of(swr);
    for later in [0, 1, 400] {
        server.swr.advance(days(later));
        server.send_lists();
        rules::check_world(&server.swr);
        server.check();
    }
}

/// Runs a scenario without a client.
pub fn run_scenario(scenario: &Scenario) {
    if scenario.steps() > 1 {
        // The expectations do not hold, because there is no client.
        return expecting_a_panic(|| scenario.run(|_, _| ()));
    }
    if let Some(swr) = started(scenario.try_start(Settings::Swr.builder())) {
        let _ = swr.problems();
        swr.check();
    }
}

/// The server, unless the world of the file does not fit its settings.
fn started(result: Result<MockSwr, StartError>) -> Option<MockSwr> {
    match result {
        Ok(swr) => Some(swr),
        Err(StartError::World(reason)) => {
            assert!(!reason.is_empty());
            None
        }
        Err(error) => panic!("{error}"),
    }
}

thread_local! {
    static IS_EXPECTED: Cell<bool> = const { Cell::new(false) };
}

/// Runs something that may panic at its own line, as a test that fails. A panic elsewhere ends the process.
fn expecting_a_panic(run: impl FnOnce()) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let fail = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let is_here = panic
                .location()
                .is_some_and(|location| location.file() == file!());
            if !(is_here && IS_EXPECTED.get()) {
                fail(panic);
            }
        }));
    });
    IS_EXPECTED.set(true);
    let _ = catch_unwind(AssertUnwindSafe(run));
    IS_EXPECTED.set(false);
}
