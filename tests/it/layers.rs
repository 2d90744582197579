//! Checks the layers of `src`: a module uses its own layer and the layers below it, and no two children of a layer use
//! each other.
//!
//! The check reads every path outside comments, strings and unit tests. A path names the module that defines the item,
//! and no file contains what hides a path ([`HIDING`]). A cycle inside one child of a layer is allowed: a folder is
//! one topic, and its files may use each other.
//!
//! [`FOREIGN`] lists which module may use which crate.

mod source;
mod the_check;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use source::{File, GUIDE, Module, begins_with, dependencies, files, guide, paths, root};

/// The layers, from top to bottom.
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

/// The layer whose files count as one unit, because they work on one value.
const UNIT: &str = "state";

/// The crates that a module and the modules inside it may use, with the reason.
#[rustfmt::skip]
const FOREIGN: [(&str, &[&str], &str); 20] = [
    ("mock", &["bytes", "http", "parking_lot", "serde_json"], "types that a test passes in and gets back"),
    ("mock::handles::info", &["serde"], "the data of repositories and tags, for snapshots"),
    ("mock::wait", &["tokio"], "whether a wait blocks the only thread of a runtime, which the report then says"),
    ("server", &["hyper", "hyper_util", "http_body_util", "tokio"], "the network: the only async layer"),
    ("server::tls", &["rcgen", "tokio_rustls"], "certificates and sessions, with the feature `tls` alone"),
    ("server", &["bytes", "http", "once_cell", "parking_lot", "sha2"], "bodies, which are hashed as they arrive"),
    ("engine", &["bytes", "http", "once_cell", "parking_lot", "serde_json", "similar"], "requests, planned responses"),
    ("engine::coverage::file", &["serde"], "the format of coverage files"),
    ("engine::scenario::file", &["serde"], "the format of scenario files"),
    ("engine::journal::values", &["serde"], "a call as data, and a body as a type of the test"),
    ("engine::core", &["tokio"], "the semaphore that bounds the threads of closures"),
    ("engine::progress", &["tokio"], "the watch channel that a held call waits on"),
    ("engine::answer", &["std::any"], "a closure receives its server, whose type is in a layer above"),
    ("engine::dispatch::service", &["std::any"], "the text of a panic"),
    ("fixtures", &["base64", "bytes", "serde", "serde_json"], "images and worlds as files"),
    ("services", &["base64", "bytes", "hmac", "http", "percent_encoding", "serde", "serde_json", "sha2"], "the APIs"),
    ("state", &["bytes", "parking_lot", "regex_lite", "sha2"], "content with its digests, patterns; no HTTP, no JSON"),
    ("operations", &["http", "once_cell"], "methods, and the index of paths"),
    ("operations::published::check", &["serde_json"], "the values that are compared with published types"),
    ("base", &["base64", "bytes", "http", "httpdate", "jiff", "once_cell", "percent_encoding", "serde", "serde_json",
        "sha2", "similar"], "values of requests and responses, times and digests"),
];

/// The syntax that would hide a path from this check.
const HIDING: [&[&str]; 6] = [
    &["#", "[", "path"],
    &["cfg_attr"],
    &["extern", "crate"],
    &["include", "!"],
    &["macro_use"],
    &["mock_swr"],
];

/// A use of one module by another, with the file that contains it.
#[derive(Debug, PartialEq, Eq)]
struct Import<'a> {
    file: &'a File,
    to: Module,
}

#[test]
fn every_module_uses_its_own_layer_and_those_below() {
    assert_eq!(upward(&files()), "");
}

#[test]
fn no_two_children_of_a_layer_use_each_other() {
    assert_eq!(cycles(&files()), "");
}

#[test]
fn every_path_names_the_module_that_defines_the_item() {
    assert_eq!(short(&files()), "");
}

#[test]
fn no_module_hides_its_paths() {
    assert_eq!(hidden(&files()), "");
}

#[test]
fn every_crate_is_used_only_where_it_is_listed() {
    assert_eq!(foreign(&files()), "");
}

#[test]
fn every_listed_crate_is_used() {
    assert_eq!(unused(&files()), "");
}

#[test]
fn the_root_contains_only_modules_and_exports() {
    assert_eq!(neither_module_nor_export(&root()), "");
}

#[test]
fn every_top_level_module_is_a_layer() {
    let found: BTreeSet<String> = files().iter().map(|file| file.module[0].clone()).collect();
    assert_eq!(found, LAYERS.map(str::to_owned).into());
}

#[test]
fn the_guide_contains_only_documentation() {
    assert_eq!(more_than_documentation(&guide()), "");
}

fn upward(files: &[File]) -> String {
    let place = |module: &[String]| {
        LAYERS
            .iter()
            .position(|layer| Some(*layer) == module.first().map(String::as_str))
    };
    let mut found = String::new();
    for Import { file, to } in imports(files) {
        // `short` reports paths that do not lead to a layer.
        if place(&to).is_some_and(|to| Some(to) < place(&file.module)) {
            let _ = writeln!(found, "{}: {}", file.path, to.join("::"));
        }
    }
    found
}

/// Returns one cycle for each layer that has one.
fn cycles(files: &[File]) -> String {
    let imports = imports(files);
    let mut found = String::new();
    for layer in LAYERS.iter().filter(|layer| **layer != UNIT) {
        let mut uses: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for Import { file, to } in &imports {
            if let ([from_layer, from, ..], [to_layer, to, ..]) = (&file.module[..], &to[..])
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

/// Returns the modules that lead back to the first module of the path.
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

/// Returns the paths that end at the root or at a layer, or that lead to an export of one.
fn short(files: &[File]) -> String {
    let modules: BTreeSet<&[String]> = files.iter().map(|file| &file.module[..]).collect();
    let mut found = String::new();
    for Import { file, to } in imports(files) {
        let is_whole = match &to[..] {
            [unit, _, ..] if unit == UNIT => true,
            [_, _, ..] => modules.contains(&to[..2]),
            _ => false,
        };
        if !is_whole {
            let path = ["crate".to_owned()].into_iter().chain(to);
            let path: Vec<String> = path.collect();
            let _ = writeln!(found, "{}: {}", file.path, path.join("::"));
        }
    }
    found
}

/// Returns the syntax that hides paths. Modules inside a file count, because their `super` is the module of the file.
fn hidden(files: &[File]) -> String {
    let mut found = String::new();
    for File { path, tokens, .. } in files {
        for at in 0..tokens.len() {
            let rest = &tokens[at..];
            if let Some(hiding) = HIDING.iter().find(|hiding| begins_with(rest, hiding)) {
                let _ = writeln!(found, "{path}: {}", hiding.join(" "));
            }
            if let [keyword, name, brace, ..] = rest
                && (keyword, brace) == (&"mod".to_owned(), &"{".to_owned())
            {
                let _ = writeln!(found, "{path}: mod {name} {{");
            }
        }
    }
    found
}

/// Returns the items of the root that are neither `mod name;` nor `pub use`. Only their documentation may precede them.
fn neither_module_nor_export(root: &File) -> String {
    let mut found = String::new();
    let mut rest = &root.tokens[..];
    while !rest.is_empty() {
        let end = rest.iter().position(|token| token == ";");
        let (item, after) = rest.split_at(end.map_or(rest.len(), |end| end + 1));
        rest = after;
        let item = without_documentation(item);
        let is_module = begins_with(item, &["mod"]) && item.len() == 3;
        let is_guide = item == ["pub", "mod", GUIDE, ";"];
        if !is_module && !is_guide && !begins_with(item, &["pub", "use"]) {
            let _ = writeln!(found, "{}", item.join(" "));
        }
    }
    found
}

/// Returns the items of the guide that are not empty modules.
fn more_than_documentation(guide: &File) -> String {
    let mut found = String::new();
    let mut rest = &guide.tokens[..];
    while !rest.is_empty() {
        let end = rest.iter().position(|token| token == "}");
        let (item, after) = rest.split_at(end.map_or(rest.len(), |end| end + 1));
        rest = after;
        let item = without_documentation(item);
        let is_empty_module = matches!(item, [r#pub, r#mod, _, open, close]
            if [r#pub, r#mod, open, close] == ["pub", "mod", "{", "}"]);
        if !is_empty_module {
            let _ = writeln!(found, "{}", item.join(" "));
        }
    }
    found
}

fn without_documentation(item: &[String]) -> &[String] {
    let attributes: [&[&str]; 3] = [
        &["#", "!", "[", "doc"],
        &["#", "[", "doc"],
        &["#", "[", "cfg", "(", "doctest"],
    ];
    let is_documentation = attributes
        .iter()
        .any(|attribute| begins_with(item, attribute));
    match item.iter().position(|token| token == "]") {
        Some(end) if is_documentation => without_documentation(&item[end + 1..]),
        _ => item,
    }
}

/// Returns the uses of crates by modules that may not use them.
fn foreign(files: &[File]) -> String {
    let mut found = String::new();
    for (file, name) in uses_of_crates(files) {
        let is_listed = |(module, crates, _): &(&str, &[&str], &str)| {
            is_inside(file, module) && crates.contains(&name.as_str())
        };
        if !FOREIGN.iter().any(is_listed) {
            let _ = writeln!(found, "{}: {name}", file.path);
        }
    }
    found
}

/// Returns the crates that are listed for modules that do not use them.
fn unused(files: &[File]) -> String {
    let uses = uses_of_crates(files);
    let mut found = String::new();
    for (module, crates, _) in FOREIGN {
        for name in crates {
            let is_use = |(file, used): &(&File, String)| is_inside(file, module) && used == name;
            if !uses.iter().any(is_use) {
                let _ = writeln!(found, "{module}: {name}");
            }
        }
    }
    found
}

fn is_inside(file: &File, module: &str) -> bool {
    let module: Vec<&str> = module.split("::").collect();
    begins_with(&file.module, &module)
}

/// Returns every use of an external crate.
fn uses_of_crates(files: &[File]) -> Vec<(&File, String)> {
    let dependencies = dependencies();
    let mut found = Vec::new();
    for file in files {
        let paths = paths(&file.tokens).into_iter();
        let crates = paths.filter_map(|path| crate_of(&path, &dependencies));
        found.extend(crates.map(|name| (file, name)));
    }
    found
}

/// Returns the crate that a path leads to. Of the standard library only `std::any` counts, under any name.
fn crate_of(path: &[String], dependencies: &[String]) -> Option<String> {
    let (first, rest) = path.split_first()?;
    if first == "std" {
        return match rest.first().map(String::as_str) {
            None => Some("std".to_owned()),
            Some(second @ ("any" | "*")) => Some(format!("std::{second}")),
            Some(_) => None,
        };
    }
    let is_foreign = first == "core" || first == "alloc" || dependencies.contains(first);
    is_foreign.then(|| first.clone())
}

/// Returns every path that begins with `crate`, `super` or `self`.
fn imports(files: &[File]) -> Vec<Import<'_>> {
    let mut found = Vec::new();
    for file in files {
        let paths = paths(&file.tokens).into_iter();
        let modules = paths.filter_map(|path| resolve(file, &path));
        found.extend(modules.map(|to| Import { file, to }));
    }
    found
}

/// Returns the path from the root of the crate, or `None` for a path that begins below its own module.
fn resolve(from: &File, written: &[String]) -> Option<Module> {
    let mut at = match written.first()?.as_str() {
        "crate" => Vec::new(),
        "super" | "self" => from.module.clone(),
        _ => return None,
    };
    for name in written {
        match name.as_str() {
            "super" => {
                at.pop();
            }
            "crate" | "self" => {}
            name => at.push(name.to_owned()),
        }
    }
    Some(at)
}
