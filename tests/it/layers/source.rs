//! The source as the check reads it: files with their modules, tokens and paths.

use std::fs;
use std::path::{Path, PathBuf};

/// The names of a module from the root of the crate. The list is empty for the root itself.
pub(super) type Module = Vec<String>;

/// A file of `src`, without its comments, strings and unit tests.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct File {
    /// The path below `src`.
    pub(super) path: String,
    pub(super) module: Module,
    pub(super) tokens: Vec<String>,
}

/// Returns the files that belong to a layer.
pub(super) fn files() -> Vec<File> {
    let mut files = all_files();
    files.retain(|file| !file.module.is_empty() && file.module != [GUIDE]);
    files
}

/// Returns `lib.rs`.
pub(super) fn root() -> File {
    let mut files = all_files().into_iter();
    files.find(|file| file.module.is_empty()).unwrap()
}

/// The module that belongs to no layer, because it contains only documentation.
pub(super) const GUIDE: &str = "guide";

/// Returns `guide.rs`.
pub(super) fn guide() -> File {
    let mut files = all_files().into_iter();
    files.find(|file| file.module == [GUIDE]).unwrap()
}

fn all_files() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut texts = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let relative = path.strip_prefix(&root).unwrap();
            if path.is_dir() {
                // The program is a separate crate.
                folders.extend(Some(path.clone()).filter(|_| relative != Path::new("bin")));
            } else {
                texts.push((relative.to_owned(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    texts.sort();
    read(texts)
}

/// Reads the contents of files and drops the files of unit tests.
pub(super) fn read(texts: Vec<(PathBuf, String)>) -> Vec<File> {
    let mut unit_tests: Vec<Module> = Vec::new();
    let mut files = Vec::new();
    for (path, text) in texts {
        let module = module_of(&path);
        let (tokens, tests) = without_unit_tests(&tokens(&without_comments_and_strings(&text)));
        let tests = tests
            .into_iter()
            .map(|name| [&module[..], &[name]].concat());
        unit_tests.extend(tests);
        let path = path.to_str().unwrap().to_owned();
        files.push(File {
            path,
            module,
            tokens,
        });
    }
    files.retain(|file| {
        !unit_tests
            .iter()
            .any(|tests| file.module.starts_with(tests))
    });
    files
}

fn module_of(path: &Path) -> Module {
    let path = path.with_extension("");
    let parts = path.iter().map(|part| part.to_str().unwrap().to_owned());
    parts
        .filter(|part| part != "mod" && part != "lib")
        .collect()
}

/// Returns the tokens without `#[cfg(test)] mod name {..}`, and the names of the modules in separate files that have
/// this attribute.
///
/// All other code that is built for tests only is read like other code.
fn without_unit_tests(tokens: &[String]) -> (Vec<String>, Vec<String>) {
    const MARK: [&str; 8] = ["#", "[", "cfg", "(", "test", ")", "]", "mod"];
    let (mut kept, mut names) = (Vec::new(), Vec::new());
    let mut rest = tokens;
    while let Some((first, after)) = rest.split_first() {
        if !begins_with(rest, &MARK) {
            kept.push(first.clone());
            rest = after;
            continue;
        }
        let (name, after) = rest[MARK.len()..].split_first().unwrap();
        if after[0] == ";" {
            names.push(name.clone());
        }
        rest = after_block(after);
    }
    (kept, names)
}

/// Returns the tokens after the block, or after the semicolon, at the start of the tokens.
fn after_block(tokens: &[String]) -> &[String] {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate() {
        match token.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &tokens[at + 1..];
        }
    }
    &[]
}

pub(super) fn begins_with(tokens: &[String], expected: &[&str]) -> bool {
    tokens.len() >= expected.len() && tokens.iter().zip(expected).all(|(a, b)| a == b)
}

/// Returns every path of more than one name, and every path of a `use`. Each path in braces is returned separately.
pub(super) fn paths(tokens: &[String]) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut rest = tokens;
    while let Some((first, after)) = rest.split_first() {
        let begins_path = is_word(first) && after.first().is_some_and(|next| next == "::");
        // `use<'a>` lists the lifetimes that a type captures.
        let is_use = first == "use" && after.first().is_some_and(|next| next != "<");
        rest = match (is_use, begins_path) {
            (true, _) => tree(&mut Vec::new(), after, &mut found),
            (_, true) => tree(&mut Vec::new(), rest, &mut found),
            _ => after,
        };
    }
    found
}

/// Reads a path that begins with `prefix`, and returns what comes after it.
fn tree<'a>(
    prefix: &mut Vec<String>,
    tokens: &'a [String],
    found: &mut Vec<Vec<String>>,
) -> &'a [String] {
    let (first, mut rest) = tokens.split_first().unwrap();
    if first == "::" {
        return tree(prefix, rest, found);
    }
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

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Returns the words and signs of the text. A raw identifier is returned without its prefix.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        if let Some(raw) = rest
            .strip_prefix("r#")
            .filter(|raw| raw.starts_with(is_part))
        {
            rest = raw;
            continue;
        }
        let length = match first {
            _ if is_part(first) => rest.find(|c| !is_part(c)).unwrap_or(rest.len()),
            ':' if rest.starts_with("::") => 2,
            other => other.len_utf8(),
        };
        tokens.push(rest[..length].to_owned());
        rest = rest[length..].trim_start();
    }
    tokens
}

/// Returns the text without comments and with empty strings.
fn without_comments_and_strings(text: &str) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = length_of_comment_or_string(rest);
        if length > 0 {
            code.push(' ');
        } else {
            code.push(first);
        }
        rest = &rest[length.max(first.len_utf8())..];
    }
    code
}

/// Returns the length of the comment, string or character literal at the start of the text.
fn length_of_comment_or_string(text: &str) -> usize {
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
    // A lifetime has no closing quote.
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

/// Returns the crates that the library may use, by their names in paths.
pub(super) fn dependencies() -> Vec<String> {
    let manifest = include_str!("../../../Cargo.toml");
    let (_, after) = manifest.split_once("\n[dependencies]\n").unwrap();
    let lines = after.lines().take_while(|line| !line.starts_with('['));
    let names = lines.filter_map(|line| Some(line.split_once(" = ")?.0.replace('-', "_")));
    names.collect()
}
