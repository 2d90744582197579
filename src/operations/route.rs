//! The router: path templates and their index.
//!
//! A literal segment wins over a parameter, from left to right, with backtracking. Only `manage` is never matched as a
//! parameter, so that `/v2/manage/...` is not an enterprise path of a project called `manage`.

use std::borrow::Cow;

use http::Method;
use once_cell::sync::Lazy;

use crate::base::endpoints::Door;
use crate::base::request::decode;
use crate::operations::op::{Row, TABLE};

/// A path template: its row, and the names of its parameters.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) row: &'static Row,
    pub(crate) params: Vec<&'static str>,
}

const MAX_PARAMS: usize = 6;

/// The template that matches a path, and the byte ranges of the parameters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    pub(crate) route: &'static Route,
    spans: [(u32, u32); MAX_PARAMS],
}

impl Found {
    /// The name of each parameter, and its byte range in the path.
    pub(crate) fn params(&self) -> impl Iterator<Item = (&'static str, (u32, u32))> {
        self.route.params.iter().copied().zip(self.spans)
    }
}

/// Decodes a parameter as the service does: percent-decoding, and `$` means `/` in the name of a repository.
pub(crate) fn param_value<'a>(name: &str, raw: &'a str) -> Cow<'a, str> {
    let value = if raw.contains('%') {
        Cow::Owned(decode(raw))
    } else {
        Cow::Borrowed(raw)
    };
    if is_repository(name) && value.contains('$') {
        Cow::Owned(value.replace('$', "/"))
    } else {
        value
    }
}

/// Whether [`param_value`] can return this value for any request.
pub(crate) fn can_have_value(name: &str, value: &str) -> bool {
    let is_rewritten = is_repository(name) && value.contains('$');
    !value.is_empty() && !is_rewritten
}

fn is_repository(name: &str) -> bool {
    matches!(name, "repository" | "repository_name")
}

#[derive(Default)]
struct Node {
    literals: Vec<(&'static str, Node)>,
    param: Option<Box<Node>>,
    routes: Vec<Route>,
}

static API: Lazy<Node> = Lazy::new(|| Node::of(Door::Api));
static REGISTRY: Lazy<Node> = Lazy::new(|| Node::of(Door::Registry));
static STORAGE: Lazy<Node> = Lazy::new(|| Node::of(Door::Storage));
/// Templates with `{name}`. They are matched from the right end of the path. The name of a repository has any number of
/// segments, and these may be called `blobs` or `tags`.
static NAMED: Lazy<Vec<Named>> = Lazy::new(|| {
    let rows = TABLE.iter().filter(|row| row.door() == Door::Registry);
    rows.flat_map(|row| spellings(row).filter_map(|template| Named::of(row, template)))
        .collect()
});

fn spellings(row: &'static Row) -> impl Iterator<Item = &'static str> {
    std::iter::once(row.template).chain(row.also)
}

/// A template with the name of a repository.
struct Named {
    route: Route,
    /// The segments after the name, last first.
    tail: Vec<&'static str>,
}

impl Named {
    fn of(row: &'static Row, template: &'static str) -> Option<Named> {
        let tail: Vec<&str> = template
            .strip_prefix(NAMED_PREFIX)?
            .split('/')
            .rev()
            .collect();
        let params = std::iter::once("name")
            .chain(tail.iter().rev().filter_map(|segment| param_of(segment)));
        Some(Named {
            route: Route {
                row,
                params: params.collect(),
            },
            tail,
        })
    }

    fn find(&'static self, method: &Method, path: &str, last: &LastSegments<'_>) -> Option<Found> {
        if self.route.row.method != *method {
            return None;
        }
        let mut spans = [(0, 0); MAX_PARAMS];
        let mut end = path.len();
        let mut place = self.route.params.len();
        for (segment, sent) in self.tail.iter().zip(last) {
            let (start, sent) = (*sent)?;
            match param_of(segment) {
                Some(_) if sent.is_empty() => return None,
                Some(_) => {
                    place -= 1;
                    spans[place] = (start as u32, end as u32);
                }
                None if sent != *segment => return None,
                None => {}
            }
            end = start - 1;
        }
        let start = "/v2/".len();
        if end <= start || !path.starts_with("/v2/") {
            return None;
        }
        spans[0] = (start as u32, end as u32);
        Some(Found {
            route: &self.route,
            spans,
        })
    }
}

/// The last segments of a path with their positions, last first. They are split once for all templates.
type LastSegments<'a> = [Option<(usize, &'a str)>; MAX_TAIL];

/// The most segments after the name of a repository: `blobs/uploads/{upload}`.
const MAX_TAIL: usize = 3;

fn last_segments(path: &str) -> LastSegments<'_> {
    let mut end = path.len();
    [(); MAX_TAIL].map(|()| {
        let start = path[..end].rfind('/')? + 1;
        let segment = &path[start..end];
        end = start - 1;
        Some((start, segment))
    })
}

const NAMED_PREFIX: &str = "/v2/{name}/";

/// Finds the operation of a path.
pub(crate) fn find(door: Door, method: &Method, path: &str) -> Option<Found> {
    let root = match door {
        Door::Api => &API,
        Door::Registry => &REGISTRY,
        Door::Storage => &STORAGE,
    };
    let mut spans = [(0, 0); MAX_PARAMS];
    let rest = path.strip_prefix('/')?;
    let found = root
        .find(method, rest, 1, &mut spans, 0)
        .map(|route| Found { route, spans });
    match door {
        Door::Api | Door::Storage => found,
        Door::Registry => found.or_else(|| {
            let last = last_segments(path);
            NAMED
                .iter()
                .find_map(|named| named.find(method, path, &last))
        }),
    }
}

impl Node {
    fn of(door: Door) -> Node {
        let mut root = Node::default();
        for row in TABLE.iter().filter(|row| row.door() == door) {
            for template in spellings(row).filter(|template| !template.starts_with(NAMED_PREFIX)) {
                root.insert(row, template);
            }
        }
        root
    }

    fn insert(&mut self, row: &'static Row, template: &'static str) {
        let mut node = self;
        let mut params = Vec::new();
        for segment in template.split('/').skip(1) {
            node = match param_of(segment) {
                Some(name) => {
                    params.push(name);
                    node.param.get_or_insert_default()
                }
                None => {
                    let place = node
                        .literals
                        .iter()
                        .position(|(literal, _)| *literal == segment);
                    let place = place.unwrap_or_else(|| {
                        node.literals.push((segment, Node::default()));
                        node.literals.len() - 1
                    });
                    &mut node.literals[place].1
                }
            };
        }
        node.routes.push(Route { row, params });
    }

    fn find(
        &'static self,
        method: &Method,
        rest: &str,
        start: u32,
        spans: &mut [(u32, u32); MAX_PARAMS],
        depth: usize,
    ) -> Option<&'static Route> {
        let end = rest
            .bytes()
            .position(|byte| byte == b'/')
            .unwrap_or(rest.len());
        let segment = &rest[..end];
        let end = start + segment.len() as u32;
        let tail = rest.get(segment.len() + 1..);
        let step = |node: &'static Node, spans: &mut _, depth| match tail {
            Some(tail) => node.find(method, tail, end + 1, spans, depth),
            None => node.routes.iter().find(|route| route.row.method == *method),
        };
        if let Some((literal, node)) = self
            .literals
            .iter()
            .find(|(literal, _)| *literal == segment)
        {
            let found = step(node, spans, depth);
            if found.is_some() || *literal == "manage" {
                return found;
            }
        }
        // A parameter is never empty: the real service responds "no such API" to `namespaces//repos` (recorded).
        let node = self
            .param
            .as_deref()
            .filter(|_| !segment.is_empty() && depth < MAX_PARAMS)?;
        spans[depth] = (start, end);
        step(node, spans, depth + 1)
    }
}

pub(crate) fn param_of(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::advice::Audience;
    use crate::engine::hint::nearest;
    use crate::operations::op::Api;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn any_path_is_routed_and_gets_a_hint(path in any::<String>(), rooted in any::<bool>(), row in row()) {
            let path = if rooted { format!("/{path}") } else { path };
            for door in Door::ALL {
                find(door, &row.method, &path);
                prop_assert!(!nearest(door, &row.method, &path, Audience::Test).is_empty());
            }
        }

        #[test]
        fn the_template_with_the_leftmost_literals_wins(
            (row, path) in filled(prop_oneof!["[a-zA-Z0-9._$%-]{1,12}", literal()])
        ) {
            let found = find(row.door(), &row.method, &path).expect("its own row fits");
            let best = spellings()
                .filter(|(other, _)| other.door() == row.door() && other.method == row.method)
                .filter(|(_, template)| fits(template, &path))
                .max_by_key(|(_, template)| literals(template));
            prop_assert_eq!(found.route.row.name, best.unwrap().0.name, "{}", path);
        }

        #[test]
        fn the_range_of_each_parameter_is_found((row, path) in filled("[a-z0-9._$-]{1,12}")) {
            let found = find(row.door(), &row.method, &path).unwrap();
            let values: Vec<&str> = found
                .params()
                .map(|(_, (start, end))| &path[start as usize..end as usize])
                .collect();
            let template = spellings().find(|(row, template)| {
                std::ptr::eq(*row, found.route.row) && fits(template, &path)
            });
            let expected: Vec<&str> = template.unwrap().1
                .split('/')
                .zip(path.split('/'))
                .filter_map(|(segment, sent)| param_of(segment).map(|_| sent))
                .collect();
            prop_assert_eq!(values, expected);
        }

        #[test]
        fn a_path_under_manage_never_leads_to_the_enterprise_edition(
            row in row(),
            (enterprise, path) in filled(prop_oneof!["[a-z0-9-]{1,8}", literal()]),
            rest in "(/[a-z0-9-]{0,8}){0,6}",
        ) {
            let of_a_project = path.strip_prefix("/v2/").and_then(|rest| rest.split_once('/'));
            let as_manage = match (enterprise.api, of_a_project) {
                (Api::Enterprise, Some((_, rest))) => format!("/v2/manage/{rest}"),
                _ => format!("/v2/manage{rest}"),
            };
            let found = find(Door::Api, &row.method, &as_manage);
            prop_assert!(found.is_none_or(|found| found.route.row.api == Api::Basic), "{as_manage}");
        }

        #[test]
        fn every_encoding_of_a_slash_in_a_repository_is_decoded(
            segments in proptest::collection::vec("[a-z0-9._-]{1,8}", 1..5),
            spelling in proptest::sample::select(&["$", "%24", "%2F", "%2f"][..]),
        ) {
            for name in ["repository", "repository_name"] {
                let raw = segments.join(spelling);
                prop_assert_eq!(param_value(name, &raw), segments.join("/"));
            }
            let raw = segments.join("$");
            prop_assert_eq!(param_value("tag", &raw), raw.as_str());
        }
    }

    fn row() -> impl Strategy<Value = &'static Row> {
        (0..TABLE.len()).prop_map(|place| &TABLE[place])
    }

    /// A row, and its template or alternative path with a value for each parameter.
    fn filled(
        segment: impl Strategy<Value = String>,
    ) -> impl Strategy<Value = (&'static Row, String)> {
        let segments = proptest::collection::vec(segment, MAX_PARAMS);
        (row(), any::<bool>(), segments).prop_map(|(row, also, segments)| {
            let template = row.also.filter(|_| also).unwrap_or(row.template);
            let mut values = segments.iter();
            let path: Vec<&str> = template
                .split('/')
                .map(|segment| match param_of(segment) {
                    Some(_) => values.next().unwrap(),
                    None => segment,
                })
                .collect();
            (row, path.join("/"))
        })
    }

    /// A literal segment of any template, except the reserved `manage`.
    fn literal() -> impl Strategy<Value = String> {
        let literals: Vec<String> = TABLE
            .iter()
            .flat_map(|row| row.template.split('/'))
            .filter(|segment| !matches!(*segment, "" | "manage") && param_of(segment).is_none())
            .map(str::to_owned)
            .collect();
        proptest::sample::select(literals)
    }

    fn spellings() -> impl Iterator<Item = (&'static Row, &'static str)> {
        TABLE.iter().flat_map(|row| {
            std::iter::once(row.template)
                .chain(row.also)
                .map(move |template| (row, template))
        })
    }

    fn fits(template: &str, path: &str) -> bool {
        template.split('/').count() == path.split('/').count()
            && template
                .split('/')
                .zip(path.split('/'))
                .all(|(segment, sent)| segment == sent || param_of(segment).is_some())
    }

    /// For each segment, whether it is a literal. Earlier literals compare as greater.
    fn literals(template: &str) -> Vec<bool> {
        template
            .split('/')
            .map(|segment| param_of(segment).is_none())
            .collect()
    }
}
