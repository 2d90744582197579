//! Hints for requests that do not match any operation.

use http::Method;

use crate::base::advice::{Advice, Audience};
use crate::base::endpoints::Door;
use crate::base::suggest::is_similar;
use crate::operations::op::{Row, TABLE};
use crate::operations::route::{find, param_of};

/// Longer paths are not compared with the templates.
const MAX_COMPARED: usize = 512;
/// Paths with more segments are not compared.
const MAX_SEGMENTS: usize = 32;

/// The hint for a path that does not match any operation: the likely mistake, or the nearest template and a difference.
pub(crate) fn nearest(door: Door, method: &Method, path: &str, audience: Audience) -> String {
    // The cost of a comparison is quadratic in the length, and no template is that long.
    if path.len() > MAX_COMPARED {
        return format!("no such route; the path has {} bytes", path.len());
    }
    let segments = path.split('/').count() - 1;
    if segments > MAX_SEGMENTS {
        return format!("no such route; the path has {segments} segments");
    }
    if let Some(hint) = other_methods(door, method, path) {
        return hint;
    }
    if let Some(hint) = typical_mistake(door, method, path, audience) {
        return hint;
    }
    let distance = |row: &&Row| {
        let wrong_method = usize::from(row.method != *method);
        difference(row.template, path).0 * 2 + wrong_method
    };
    let Some(row) = rows(door).min_by_key(distance) else {
        return "no such route".to_owned();
    };
    format!(
        "no such route; nearest is {} {} ({}): {}",
        row.method,
        row.template,
        row.name,
        difference(row.template, path).1
    )
}

fn rows(door: Door) -> impl Iterator<Item = &'static Row> {
    TABLE.iter().filter(move |row| row.door() == door)
}

/// The hint if the path has operations with other methods: these methods, and a longer path with this method.
fn other_methods(door: Door, method: &Method, path: &str) -> Option<String> {
    let has_path = |row: &&Row| {
        find(door, &row.method, path).is_some_and(|found| std::ptr::eq(found.route.row, *row))
    };
    let methods: Vec<String> = rows(door)
        .filter(has_path)
        .map(|row| format!("{} ({})", row.method, row.name))
        .collect();
    if methods.is_empty() {
        return None;
    }
    let below = format!("{path}/{{");
    let longer = rows(door).find(|row| row.method == *method && row.template.starts_with(&below));
    let longer = longer.map_or(String::new(), |row| {
        format!("; {method} is for {} ({})", row.template, row.name)
    });
    Some(format!(
        "{path} accepts {}, not {method}{longer}",
        methods.join(", ")
    ))
}

/// The hint for a typical mistake: the first correction that leads to an operation.
fn typical_mistake(door: Door, method: &Method, path: &str, audience: Audience) -> Option<String> {
    // `/{api_version}` matches any path of one segment, so it does not count as a correction.
    let has_literal = |row: &Row| {
        row.template
            .split('/')
            .any(|part| param_of(part).is_none() && !part.is_empty())
    };
    let known = |path: &str| {
        let row = find(door, method, path)?.route.row;
        (has_literal(row) || path == "/").then_some(row.name)
    };
    let others = Door::ALL.into_iter().filter(|other| *other != door);
    let mut served = others.filter_map(|other| Some((other, find(other, method, path)?)));
    if let Some((other, found)) = served.next() {
        let [right, wrong] = [other, door].map(|door| Advice::AddressOf(door).text_for(audience));
        return Some(format!(
            "{} is served at {right}, not at {wrong}",
            found.route.row.name
        ));
    }
    if path.contains("//")
        && let Some(name) = known(&path.replace("//", "/"))
    {
        return Some(format!(
            "`//` was sent where {name} has `/`: does the client's base URL end with a slash?"
        ));
    }
    if let Some(name) = path.strip_suffix('/').and_then(known) {
        return Some(format!("the path of {name} has no trailing slash"));
    }
    for version in ["/v2", "/v3"] {
        if let Some(name) = path.strip_prefix(version).and_then(known) {
            return Some(format!(
                "extra `{version}` before the path of {name}: does the client's base URL end with it?"
            ));
        }
    }
    for prefix in ["/v2/manage", "/v2", "/v3/manage"] {
        if let Some(name) = known(&format!("{prefix}{path}")) {
            return Some(format!("the path of {name} begins with {prefix}"));
        }
    }
    slashed_repository(path).find_map(|(dollared, name)| {
        let operation = known(&dollared)?;
        let dollars = name.replace('/', "$");
        Some(format!(
            "{operation} expects `$` instead of each `/` in the name of a repository: {dollars}"
        ))
    })
}

/// Corrections of a path such as `.../repos/one/two/tags`: the path with `$` in the name of the repository, and that
/// name. The shortest name is first. The longest takes all segments, unless a later one looks like a literal.
fn slashed_repository(path: &str) -> impl Iterator<Item = (String, String)> {
    let start = ["/repos/", "/repositories/"]
        .iter()
        .find_map(|literal| Some(path.find(literal)? + literal.len()));
    let (before, rest) = path.split_at(start.unwrap_or(path.len()));
    let segments: Vec<&str> = rest.split('/').collect();
    let is_below_repository =
        |segment: &&str| below_repository().any(|literal| similar(literal, segment));
    let longest = if segments.iter().skip(1).any(is_below_repository) {
        segments.len().saturating_sub(1)
    } else {
        segments.len()
    };
    (2..=longest).map(move |end| {
        let name = segments[..end].join("/");
        let tail = segments[end..]
            .iter()
            .map(|segment| format!("/{segment}"))
            .collect::<String>();
        (format!("{before}{}{tail}", name.replace('/', "$")), name)
    })
}

/// The literals that may follow a repository in a path: `tags`, `access`, ...
fn below_repository() -> impl Iterator<Item = &'static str> {
    TABLE.iter().flat_map(|row| {
        let (_, below) = row
            .template
            .split_once("/{repository}/")
            .unwrap_or_default();
        below
            .split('/')
            .filter(|segment| !segment.is_empty() && param_of(segment).is_none())
    })
}

/// The distance of a path from a template, and a description of the first difference.
fn difference(template: &str, path: &str) -> (usize, String) {
    let wanted: Vec<&str> = template.split('/').skip(1).collect();
    let sent: Vec<&str> = path.split('/').skip(1).collect();
    // The edit distance of segments: `cost[i][j]` is the distance of `wanted[i..]` and `sent[j..]`.
    let mut cost = vec![vec![0; sent.len() + 1]; wanted.len() + 1];
    let cheapest = |cost: &[Vec<usize>], i: usize, j: usize| {
        let both = (i < wanted.len() && j < sent.len()).then(|| {
            (
                cost[i + 1][j + 1] + segment_cost(wanted[i], sent[j]),
                Edit::Both,
            )
        });
        let missing = (i < wanted.len()).then(|| (cost[i + 1][j] + 6, Edit::Missing));
        let extra = (j < sent.len()).then(|| (cost[i][j + 1] + 6, Edit::Extra));
        both.into_iter()
            .chain(missing)
            .chain(extra)
            .min_by_key(|(cost, _)| *cost)
    };
    for i in (0..=wanted.len()).rev() {
        for j in (0..=sent.len()).rev() {
            cost[i][j] = cheapest(&cost, i, j).map_or(0, |(cost, _)| cost);
        }
    }
    let (mut i, mut j) = (0, 0);
    while let Some((_, step)) = cheapest(&cost, i, j) {
        let words = match step {
            Edit::Both if segment_cost(wanted[i], sent[j]) <= 1 => {
                (i, j) = (i + 1, j + 1);
                continue;
            }
            Edit::Both => format!("expected `{}`, got `{}`", wanted[i], sent[j]),
            Edit::Missing => format!("`{}` is missing", wanted[i]),
            Edit::Extra => format!("extra `{}`", sent[j]),
        };
        return (cost[0][0], words);
    }
    (cost[0][0], String::new())
}

#[derive(Clone, Copy)]
enum Edit {
    Both,
    Missing,
    Extra,
}

/// The cost of matching a segment with that of a template. A literal costs less than a parameter.
fn segment_cost(wanted: &str, sent: &str) -> usize {
    match param_of(wanted) {
        _ if wanted == sent => 0,
        Some(_) if !sent.is_empty() && sent != "manage" => 1,
        Some(_) => 7,
        None if is_similar(wanted, sent, 0.8) => 2,
        None if similar(wanted, sent) || is_synonym(wanted, sent) => 3,
        None => 7,
    }
}

/// Terms of the console and of other registries for segments of the paths.
const SYNONYMS: [(&str, &str); 3] = [
    ("namespaces", "organizations orgs groups projects"),
    ("repos", "images"),
    ("access", "permissions auth users"),
];

fn is_synonym(wanted: &str, sent: &str) -> bool {
    let mut synonyms = SYNONYMS.iter();
    let of_wanted = synonyms.find(|(word, _)| *word == wanted);
    of_wanted.is_some_and(|(_, others)| others.split(' ').any(|other| other == sent))
}

/// Whether the segments are variants such as `repo`, `repos` and `repositories`, or one is a typo of the other.
fn similar(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    let stem = short.strip_suffix('s').unwrap_or(short);
    stem.len() >= 3 && long.starts_with(stem) || is_similar(a, b, 0.6)
}
