//! What the check reports, and what it ignores.

use super::source::{File, read};
use super::*;

fn file(path: &str, text: &str) -> Vec<File> {
    read(vec![(path.into(), text.to_owned())])
}

fn files(texts: &[(&str, &str)]) -> Vec<File> {
    let texts = texts
        .iter()
        .map(|(path, text)| (path.into(), (*text).to_owned()));
    read(texts.collect())
}

#[test]
fn finds_an_upward_path() {
    let files = file(
        "state/tags.rs",
        "use crate::{base::clock::Time, engine::{core, journal::Call}};",
    );
    assert_eq!(
        upward(&files),
        "state/tags.rs: engine::core\nstate/tags.rs: engine::journal::Call\n"
    );
}

#[test]
fn finds_an_upward_path_in_the_midst_of_code() {
    let files = file(
        "base/clock.rs",
        "fn f() -> crate::state::State { panic!(\"{}\", super::super::mock::X) }",
    );
    assert_eq!(
        upward(&files),
        "base/clock.rs: state::State\nbase/clock.rs: mock::X\n"
    );
}

#[test]
fn finds_an_upward_path_that_is_written_with_a_raw_identifier() {
    let files = file("base/a.rs", "use crate::r#mock::swr;");
    assert_eq!(upward(&files), "base/a.rs: mock::swr\n");
}

#[test]
fn finds_a_cycle_of_three() {
    let files = files(&[
        ("engine/a.rs", "use super::b::B;"),
        ("engine/b/mod.rs", "mod inner; use crate::engine::c::C;"),
        ("engine/c.rs", "fn f() { super::a::f() }"),
    ]);
    assert_eq!(cycles(&files), "engine: a -> b -> c -> a\n");
}

#[test]
fn ignores_a_cycle_inside_a_child_of_a_layer() {
    let files = files(&[
        ("engine/a/mod.rs", "mod b; use b::B; pub(super) struct A;"),
        ("engine/a/b.rs", "use super::A;"),
    ]);
    assert_eq!((cycles(&files), short(&files)), Default::default());
}

#[test]
fn finds_a_path_to_an_item_that_the_root_exports() {
    let files = file(
        "base/a.rs",
        "fn f(swr: &crate::MockSwr) -> super::super::Answer { crate::* }",
    );
    assert_eq!(
        short(&files),
        "base/a.rs: crate::MockSwr\nbase/a.rs: crate::Answer\nbase/a.rs: crate::*\n"
    );
}

#[test]
fn finds_another_name_for_the_root() {
    for text in [
        "use crate as root;",
        "use crate::{self as root};",
        "use super::super as up;",
        "use {super::super::{self as up}};",
    ] {
        assert_eq!(
            short(&file("base/a.rs", text)),
            "base/a.rs: crate\n",
            "{text}"
        );
    }
}

#[test]
fn finds_another_name_for_a_layer_and_for_the_unit() {
    let text = "use crate::engine as one; use crate::{state::{self as two}}; use super as three;";
    assert_eq!(
        short(&file("server/a.rs", text)),
        "server/a.rs: crate::engine\nserver/a.rs: crate::state\nserver/a.rs: crate::server\n"
    );
}

#[test]
fn finds_a_path_to_an_export_of_a_layer() {
    let files = files(&[
        ("engine/a.rs", "use super::*; use crate::state::State;"),
        ("engine/mod.rs", "mod a; pub(crate) use a::A;"),
        (
            "server/b.rs",
            "use crate::engine::A; use crate::engine::a::A;",
        ),
        ("state/mod.rs", ""),
    ]);
    assert_eq!(
        short(&files),
        "engine/a.rs: crate::engine::*\nserver/b.rs: crate::engine::A\n"
    );
}

#[test]
fn finds_syntax_that_hides_a_path() {
    for (text, found) in [
        ("mod inner { use super::super::b::B; }", "mod inner {"),
        ("#[cfg(test)] pub mod inner { }", "mod inner {"),
        ("#[path = \"../mock/swr.rs\"] mod swr;", "# [ path"),
        (
            "#[cfg_attr(all(), path = \"../mock/swr.rs\")] mod swr;",
            "cfg_attr",
        ),
        ("include!(\"../mock/swr.rs\");", "include !"),
        ("std::include! { \"../mock/swr.rs\" }", "include !"),
        ("extern crate self as me;", "extern crate"),
        ("fn f() { ::mock_swr::MockSwr::start(); }", "mock_swr"),
        ("#[macro_use] mod macros;", "macro_use"),
    ] {
        let found = format!("base/a.rs: {found}\n");
        assert_eq!(hidden(&file("base/a.rs", text)), found, "{text}");
    }
}

#[test]
fn ignores_text_that_only_looks_like_a_path() {
    let text = "mod a; const A: &str = include_str!(\"a\"); let path = r#type; extern \"C\" { }";
    assert_eq!(hidden(&file("base/a.rs", text)), "");
}

#[test]
fn ignores_comments_strings_and_unit_tests() {
    let text = "//! [`crate::mock`]\n/* crate::mock /* crate::mock */ */\n\
                const S: &str = \"crate::mock \\\" crate::mock\";\n\
                const R: &str = r#\"crate::mock \"\"#; const C: char = '\"';\n\
                #[cfg(test)]\nmod tests {\n    use crate::mock::MockSwr;\n}\n";
    let files = file("base/a.rs", text);
    assert_eq!(imports(&files), []);
    assert_eq!(hidden(&files), "");
}

#[test]
fn reads_the_code_after_a_lifetime_and_after_a_unit_test() {
    let text = "fn f<'a>(x: &'a str) {}\n#[cfg(test)]\nmod tests { fn f() { '}'; } }\nuse crate::mock::swr;";
    assert_eq!(upward(&file("base/a.rs", text)), "base/a.rs: mock::swr\n");
}

#[test]
fn ignores_a_file_only_if_it_is_declared_as_unit_tests() {
    let declared = ("base/a/mod.rs", "#[cfg(test)]\nmod tests;");
    let tests = ("base/a/tests.rs", "use crate::mock::swr;");
    let below = ("base/a/tests/inner.rs", "use crate::mock::swr;");
    assert_eq!(upward(&files(&[declared, tests, below])), "");
    for other in [
        "mod tests;",
        "#[cfg(test)] mod others;",
        "#[cfg(test)] pub mod tests;",
    ] {
        let files = files(&[("base/a/mod.rs", other), tests]);
        assert_eq!(upward(&files), "base/a/tests.rs: mock::swr\n", "{other}");
    }
}

#[test]
fn finds_items_that_the_root_may_not_contain() {
    let items = |text| neither_module_nor_export(&file("lib.rs", text)[0]);
    let allowed = "#![doc = include_str!(\"a\")]\nmod base;\npub use base::{a::A, b};\n\
                   #[doc(hidden)]\npub use base::c;";
    assert_eq!(items(allowed), "");
    assert_eq!(items("mod base; use base::a;"), "use base :: a ;\n");
    assert_eq!(items("mod base { }"), "mod base { }\n");
    assert_eq!(
        items("pub fn f() { base::a() }"),
        "pub fn f ( ) { base :: a ( ) }\n"
    );
    assert_eq!(
        items("#[macro_use]\nmod base;"),
        "# [ macro_use ] mod base ;\n"
    );
}

#[test]
fn finds_an_external_crate_that_a_layer_may_not_use() {
    for (text, found) in [
        ("use http::StatusCode;", "http"),
        ("use serde_json as json;", "serde_json"),
        ("use {hyper::body::Body, std::fmt};", "hyper"),
        ("async fn f() { ::tokio::task::yield_now().await }", "tokio"),
        ("#[derive(serde::Serialize)] struct A;", "serde"),
        ("use std::{any::Any, fmt};", "std::any"),
        ("fn f(x: &dyn core::any::Any) {}", "core"),
        ("use std as other;", "std"),
        ("use std::*;", "std::*"),
    ] {
        let files = file("state/a.rs", text);
        let found = format!("state/a.rs: {found}\n");
        assert_eq!(foreign(&files), found, "{text}");
    }
}

#[test]
fn ignores_a_crate_that_is_listed_for_the_module_or_its_parent() {
    let text = "use tokio::sync::watch; use bytes::Bytes; use std::fmt; use super::http::Http;";
    assert_eq!(foreign(&file("engine/progress.rs", text)), "");
    assert_eq!(
        foreign(&file("engine/plans.rs", text)),
        "engine/plans.rs: tokio\n"
    );
}

#[test]
fn finds_a_listed_crate_that_is_no_longer_used() {
    let unused = unused(&file("engine/progress.rs", "use tokio::sync::watch;"));
    assert!(!unused.contains("engine::progress: tokio\n"), "{unused}");
    assert!(unused.contains("mock::wait: tokio\n"), "{unused}");
}
