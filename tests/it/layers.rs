//! The layers of `src`: a module uses its own layer and those below it, and no two children of a layer use each other.
//!
//! Read from the paths in the source that begin with `crate`, `super` or `self`, outside comments, strings and unit
//! tests.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// From top to bottom.
const LAYERS: [&str; 8] = [
    "mock",
    "server",
    "engine",
    "fixtures",
    "services",
    "state",
    "operations",
    "base",
];

/// Its files work on one value, so they are one unit.
const UNIT: &str = "state";

type Module = Vec<String>;

/// One module uses another, and in which file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Import {
    file: String,
    from: Module,
    to: Module,
}

#[test]
fn every_module_uses_its_own_layer_and_those_below() {
    assert_eq!(upward(&imports(&source())), "");
}

#[test]
fn no_two_children_of_a_layer_use_each_other() {
    assert_eq!(cycles(&imports(&source())), "");
}

#[test]
fn every_path_names_the_module_that_defines_the_item() {
    let modules = modules();
    let mut short = String::new();
    for import in imports(&source()) {
        let names_layer_alone = import.to.len() < 2 || !modules.contains(&import.to[..2]);
        if names_layer_alone && import.to.first().is_some_and(|layer| layer != UNIT) {
            let _ = writeln!(short, "{}: {}", import.file, import.to.join("::"));
        }
    }
    assert_eq!(short, "");
}

#[test]
fn every_top_level_module_is_a_layer() {
    let found: BTreeSet<String> = modules()
        .into_iter()
        .map(|module| module[0].clone())
        .collect();
    assert_eq!(found, LAYERS.map(str::to_owned).into());
}

mod the_check {
    use super::*;

    fn file(path: &str, text: &str) -> Vec<(PathBuf, String)> {
        vec![(path.into(), text.to_owned())]
    }

    #[test]
    fn finds_an_upward_path() {
        let source = file(
            "state/tags.rs",
            "use crate::{base::clock::Time, engine::{core, journal::Call}};",
        );
        let upward = upward(&imports(&source));
        assert_eq!(
            upward,
            "state/tags.rs: engine::core\nstate/tags.rs: engine::journal::Call\n"
        );
    }

    #[test]
    fn finds_an_upward_path_in_the_midst_of_code() {
        let source = file(
            "base/clock.rs",
            "fn f() -> crate::state::State { panic!(\"{}\", super::super::mock::X) }",
        );
        assert_eq!(
            upward(&imports(&source)),
            "base/clock.rs: state::State\nbase/clock.rs: mock::X\n"
        );
    }

    #[test]
    fn finds_a_cycle_of_three() {
        let mut source = file("engine/a.rs", "use super::b::B;");
        source.extend(file(
            "engine/b/mod.rs",
            "mod inner; use crate::engine::c::C;",
        ));
        source.extend(file("engine/c.rs", "fn f() { super::a::f() }"));
        assert_eq!(cycles(&imports(&source)), "engine: a -> b -> c -> a\n");
    }

    #[test]
    fn passes_over_comments_strings_and_unit_tests() {
        let text = "//! [`crate::mock`]\n/* crate::mock /* crate::mock */ */\nconst S: &str = \"crate::mock \\\" crate::mock\";\n\
                    const R: &str = r#\"crate::mock \"\"#; const C: char = '\"';\n\
                    #[cfg(test)]\nmod tests {\n    use crate::mock::MockSwr;\n}\n";
        assert_eq!(imports(&file("base/a.rs", text)), []);
    }

    #[test]
    fn reads_what_follows_a_lifetime_and_a_unit_test() {
        let text = "fn f<'a>(x: &'a str) {}\n#[cfg(test)]\nmod tests { fn f() { '}'; } }\nuse crate::mock::swr;";
        assert_eq!(
            upward(&imports(&file("base/a.rs", text))),
            "base/a.rs: mock::swr\n"
        );
    }
}

fn upward(imports: &[Import]) -> String {
    let place = |module: &[String]| {
        LAYERS
            .iter()
            .position(|layer| Some(*layer) == module.first().map(String::as_str))
    };
    let mut found = String::new();
    for Import { file, from, to } in imports {
        if place(to) < place(from) {
            let _ = writeln!(found, "{file}: {}", to.join("::"));
        }
    }
    found
}

/// One cycle of each layer that has one.
fn cycles(imports: &[Import]) -> String {
    let mut found = String::new();
    for layer in LAYERS.iter().filter(|layer| **layer != UNIT) {
        let mut uses: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for Import { from, to, .. } in imports {
            if let ([from_layer, from, ..], [to_layer, to, ..]) = (&from[..], &to[..])
                && from_layer == layer
                && to_layer == layer
                && from != to
            {
                uses.entry(from).or_default().insert(to);
            }
        }
        if let Some(cycle) = uses
            .keys()
            .find_map(|start| way_back(&uses, &mut vec![*start]))
        {
            let _ = writeln!(found, "{layer}: {}", cycle.join(" -> "));
        }
    }
    found
}

/// A way from the first module of the path back to it.
fn way_back<'a>(
    uses: &BTreeMap<&'a str, BTreeSet<&'a str>>,
    path: &mut Vec<&'a str>,
) -> Option<Vec<&'a str>> {
    for next in uses.get(path.last()?).into_iter().flatten() {
        if next == &path[0] {
            return Some([&path[..], &[*next]].concat());
        }
        if path.contains(next) {
            continue;
        }
        path.push(next);
        let found = way_back(uses, path);
        path.pop();
        if found.is_some() {
            return found;
        }
    }
    None
}

/// The files of `src` that belong to a layer, by their path below it.
fn source() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let relative = path.strip_prefix(&root).unwrap();
            if relative == Path::new("bin") || relative == Path::new("lib.rs") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().unwrap() != "tests.rs" {
                files.push((relative.to_owned(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

/// Every module that has a file.
fn modules() -> BTreeSet<Module> {
    source().iter().map(|(path, _)| module_of(path)).collect()
}

fn module_of(path: &Path) -> Module {
    let path = path.with_extension("");
    let parts = path.iter().map(|part| part.to_str().unwrap().to_owned());
    parts.filter(|part| part != "mod").collect()
}

fn imports(source: &[(PathBuf, String)]) -> Vec<Import> {
    let mut imports = Vec::new();
    for (path, text) in source {
        let from = module_of(path);
        for written in paths(&tokens(&without_unit_tests(&without_words(text)))) {
            let Some(to) = resolve(&from, &written) else {
                continue;
            };
            let file = path.to_str().unwrap().to_owned();
            imports.push(Import {
                file,
                from: from.clone(),
                to,
            });
        }
    }
    imports
}

/// The path from the root of the crate; `None` for what is no path to a layer.
fn resolve(from: &Module, written: &[String]) -> Option<Module> {
    let mut at = match written.first()?.as_str() {
        "crate" => Vec::new(),
        _ => from.clone(),
    };
    let mut rest = written;
    while let [first, others @ ..] = rest {
        match first.as_str() {
            "super" => {
                at.pop();
            }
            "crate" | "self" => {}
            _ => break,
        }
        rest = others;
    }
    at.extend_from_slice(rest);
    // `crate::MockSwr` in a link of the documentation, or a macro, leads to no layer.
    LAYERS.contains(&at.first()?.as_str()).then_some(at)
}

/// Every path that begins with `crate`, `super` or `self`, those in braces one by one.
fn paths(tokens: &[String]) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut rest = tokens;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if ["crate", "super", "self"].contains(&first.as_str())
            && after.first().is_some_and(|next| next == "::")
        {
            rest = tree(&mut vec![first.clone()], &after[1..], &mut found);
        }
    }
    found
}

/// Reads what follows `prefix::`, and returns what comes after it.
fn tree<'a>(
    prefix: &mut Vec<String>,
    tokens: &'a [String],
    found: &mut Vec<Vec<String>>,
) -> &'a [String] {
    let (first, mut rest) = tokens.split_first().unwrap();
    if first == "{" {
        while rest[0] != "}" {
            rest = tree(prefix, rest, found);
            rest = if rest[0] == "as" { &rest[2..] } else { rest };
            rest = if rest[0] == "," { &rest[1..] } else { rest };
        }
        return &rest[1..];
    }
    prefix.push(first.clone());
    if rest.first().is_some_and(|next| next == "::") && rest.get(1).is_some_and(|next| next != "<")
    {
        rest = tree(prefix, &rest[1..], found);
    } else {
        found.push(prefix.clone());
    }
    prefix.pop();
    rest
}

fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let length = match first {
            _ if is_word(first) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            ':' if rest.starts_with("::") => 2,
            other => other.len_utf8(),
        };
        tokens.push(rest[..length].to_owned());
        rest = rest[length..].trim_start();
    }
    tokens
}

/// The text without comments, and with empty strings.
fn without_words(text: &str) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = length_of_words(rest);
        if length > 0 {
            code.push(' ');
        } else {
            code.push(first);
        }
        rest = &rest[length.max(first.len_utf8())..];
    }
    code
}

/// How long the comment, string or character is that the text begins with.
fn length_of_words(text: &str) -> usize {
    let up_to = |end: &str, from: usize| {
        text[from..]
            .find(end)
            .map_or(text.len(), |at| from + at + end.len())
    };
    if text.starts_with("//") {
        return up_to("\n", 0);
    }
    if text.starts_with("/*") {
        return length_of_block(text);
    }
    if text.starts_with('"') {
        return length_of_quoted(text, '"');
    }
    if let Some(raw) = text.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        if raw[hashes..].starts_with('"') {
            return up_to(&format!("\"{}", "#".repeat(hashes)), hashes + 2);
        }
    }
    // A lifetime has no second quote.
    let is_character =
        text.starts_with("'\\") || (text.starts_with('\'') && text.chars().nth(2) == Some('\''));
    if is_character {
        length_of_quoted(text, '\'')
    } else {
        0
    }
}

fn length_of_block(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest.starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                break;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    at
}

fn length_of_quoted(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if !is_escaped && c == quote {
            return at + 1;
        }
        is_escaped = !is_escaped && c == '\\';
    }
    text.len()
}

/// The code without its `#[cfg(test)]` modules.
fn without_unit_tests(code: &str) -> String {
    const TESTS: &str = "#[cfg(test)]\nmod tests";
    let mut rest = code;
    let mut kept = String::new();
    while let Some(start) = rest.find(TESTS) {
        kept.push_str(&rest[..start]);
        let mut depth = 0;
        let after = &rest[start + TESTS.len()..];
        let end = after.find(|c| {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            depth == 0 && matches!(c, '}' | ';')
        });
        rest = end.map_or("", |end| &after[end + 1..]);
    }
    kept + rest
}
