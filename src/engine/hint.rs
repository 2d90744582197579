//! What is wrong with a path that belongs to no operation.

use http::Method;

use crate::base::advice::{Advice, Audience};
use crate::base::endpoints::Door;
use crate::base::suggest::is_like;
use crate::operations::op::{Row, TABLE};
use crate::operations::route::{find, param_of};

/// The longest path that is compared with the templates.
const MAX_COMPARED: usize = 512;
/// The most segments of such a path.
const MAX_SEGMENTS: usize = 32;

/// What is wrong with a path that belongs to no operation: the nearest template and what differs.
pub(crate) fn nearest(door: Door, method: &Method, path: &str, audience: Audience) -> String {
    // Comparing costs the square of the length, and nobody means so long a path.
    if path.len() > MAX_COMPARED {
        return format!("no such route, and a path of {} bytes", path.len());
    }
    let segments = path.split('/').count() - 1;
    if segments > MAX_SEGMENTS {
        return format!("no such route, and a path of {segments} segments");
    }
    if let Some(hint) = other_methods(door, method, path) {
        return hint;
    }
    if let Some(hint) = mended(door, method, path, audience) {
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

/// The path belongs to operations, but not with this method: which they are, and where the method leads nearby.
fn other_methods(door: Door, method: &Method, path: &str) -> Option<String> {
    let takes = |row: &&Row| {
        find(door, &row.method, path).is_some_and(|found| std::ptr::eq(found.route.row, *row))
    };
    let methods: Vec<String> = rows(door)
        .filter(takes)
        .map(|row| format!("{} ({})", row.method, row.name))
        .collect();
    if methods.is_empty() {
        return None;
    }
    let below = format!("{path}/{{");
    let meant = rows(door).find(|row| row.method == *method && row.template.starts_with(&below));
    let meant = meant.map_or(String::new(), |row| {
        format!("; that is for {} ({})", row.template, row.name)
    });
    Some(format!(
        "{path} takes {}, not {method}{meant}",
        methods.join(", ")
    ))
}

/// Slips that a client makes, each tried: the first that leads to an operation is named.
fn mended(door: Door, method: &Method, path: &str, audience: Audience) -> Option<String> {
    // `/{api_version}` takes whatever is left of a path.
    let says = |row: &Row| {
        row.template
            .split('/')
            .any(|part| param_of(part).is_none() && !part.is_empty())
    };
    let known = |path: &str| {
        let row = find(door, method, path)?.route.row;
        (says(row) || path == "/").then_some(row.name)
    };
    let others = Door::ALL.into_iter().filter(|other| *other != door);
    let mut served = others.filter_map(|other| Some((other, find(other, method, path)?)));
    if let Some((other, found)) = served.next() {
        let [right, wrong] = [other, door].map(|door| Advice::AddressOf(door).told_to(audience));
        return Some(format!(
            "{} is served at {right}, not at {wrong}",
            found.route.row.name
        ));
    }
    if path.contains("//")
        && let Some(name) = known(&path.replace("//", "/"))
    {
        return Some(format!(
            "`//` was sent where {name} has `/`: does the client's base URL end in a slash?"
        ));
    }
    if let Some(name) = path.strip_suffix('/').and_then(known) {
        return Some(format!("{name} has no slash at its end"));
    }
    for version in ["/v2", "/v3"] {
        if let Some(name) = path.strip_prefix(version).and_then(known) {
            return Some(format!(
                "{version} is too much before the path of {name}: does the client's base URL end in it?"
            ));
        }
    }
    for prefix in ["/v2/manage", "/v2", "/v3/manage"] {
        if let Some(name) = known(&format!("{prefix}{path}")) {
            return Some(format!("{name} begins with {prefix}"));
        }
    }
    slashed_repository(path).find_map(|(dollared, name)| {
        let operation = known(&dollared)?;
        let dollars = name.replace('/', "$");
        Some(format!(
            "{operation} takes `$` for each `/` of a repository's name: {dollars}"
        ))
    })
}

/// `.../repos/one/two/tags` with the slashes of a repository's name written as the service wants them, and the name:
/// first taking the least for the name, last all that follows, unless that looks like a slip in something else.
fn slashed_repository(path: &str) -> impl Iterator<Item = (String, String)> {
    let place = ["/repos/", "/repositories/"]
        .iter()
        .find_map(|literal| Some(path.find(literal)? + literal.len()));
    let (before, rest) = path.split_at(place.unwrap_or(path.len()));
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

/// What may follow a repository in a path: `tags`, `access`, ...
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

/// How far a path is from a template, and the first difference in words.
fn difference(template: &str, path: &str) -> (usize, String) {
    let wanted: Vec<&str> = template.split('/').skip(1).collect();
    let sent: Vec<&str> = path.split('/').skip(1).collect();
    // Edit distance over segments; `cost[i][j]` is that of what follows `wanted[i]` and `sent[j]`.
    let mut cost = vec![vec![0; sent.len() + 1]; wanted.len() + 1];
    let cheapest = |cost: &[Vec<usize>], i: usize, j: usize| {
        let both = (i < wanted.len() && j < sent.len())
            .then(|| (cost[i + 1][j + 1] + unlike(wanted[i], sent[j]), Edit::Both));
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
            Edit::Both if unlike(wanted[i], sent[j]) <= 1 => {
                (i, j) = (i + 1, j + 1);
                continue;
            }
            Edit::Both => format!("`{}` where `{}` was sent", wanted[i], sent[j]),
            Edit::Missing => format!("`{}` is missing", wanted[i]),
            Edit::Extra => format!("`{}` is too much", sent[j]),
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

/// What it costs to take a segment for that of a template: a literal is better met than a parameter.
fn unlike(wanted: &str, sent: &str) -> usize {
    match param_of(wanted) {
        _ if wanted == sent => 0,
        Some(_) if !sent.is_empty() && sent != "manage" => 1,
        Some(_) => 7,
        None if is_like(wanted, sent, 0.8) => 2,
        None if similar(wanted, sent) || is_synonym(wanted, sent) => 3,
        None => 7,
    }
}

/// Words of the console and of other registries for those of the paths.
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

/// Whether one may be meant by the other: `repo` or `repositories` by `repos`, or a slip of the keyboard.
fn similar(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    let stem = short.strip_suffix('s').unwrap_or(short);
    stem.len() >= 3 && long.starts_with(stem) || is_like(a, b, 0.6)
}
