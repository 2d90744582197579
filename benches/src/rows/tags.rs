use std::net::SocketAddr;

use http::Method;

use super::{Column, Context, Pick, Row};
use crate::exchange::{Ask, TOKEN, api_of, request};
use crate::measure::{median, timed};
use crate::pushing::{Image, Wire, get};
use crate::registries::{DOCKER, REGISTRIES, Registry, TESTKIT, repo_at};

pub(crate) const ROW: Row = Row {
    key: "tags",
    title: "lists of 10,000 tags",
    note: "In milliseconds: the whole list; pages of 100 at the start, in the middle and at the end. The last is a page of \
           100 from the middle of ListRepositoryTags, which has much more to say of each. registry-testkit lists no \
           tags, and docker-registry 2.8 gives the whole list for every page.",
    lines: REGISTRIES,
    columns: &[
        Column::without_ratio("all", 3, Pick::Lowest),
        Column::without_ratio("start", 3, Pick::Lowest),
        Column::without_ratio("middle", 3, Pick::Lowest),
        Column::without_ratio("end", 3, Pick::Lowest),
        Column::without_ratio("ListRepositoryTags", 3, Pick::Lowest),
    ],
    rounds: 5,
    one_core: false,
    ask: Ask::Show,
    measure,
};

const CANNOT: f64 = f64::NAN;
const PAGE: usize = 100;

fn measure(line: &str, context: &Context) -> Vec<f64> {
    if line == TESTKIT {
        return vec![CANNOT; ROW.columns.len()];
    }
    let tags = context.times(10_000).max(2 * PAGE);
    let registry = Registry::start(line);
    let repo = repo_at(line);
    push(registry.address, repo, tags);

    let path = format!("/v2/{repo}/tags/list");
    let ask = |address, request: &[u8], rows| ask(address, request, rows, context.times(200));
    let mut times = vec![ask(registry.address, &get(&path), tags)];
    for before in [None, Some(tags / 2), Some(tags - PAGE)] {
        let last = before.map_or(String::new(), |before| format!("&last={}", tag(before - 1)));
        let page = get(&format!("{path}?n={PAGE}{last}"));
        times.push(match line {
            DOCKER => CANNOT,
            _ => ask(registry.address, &page, PAGE),
        });
    }
    times.push(registry.swr.as_ref().map_or(CANNOT, |swr| {
        let (api, offset) = (api_of(swr), tags / 2);
        let target =
            format!("/v2/manage/namespaces/library/repos/web/tags?limit={PAGE}&offset={offset}");
        ask(api, &request(&Method::GET, &target, api, TOKEN, ""), PAGE)
    }));
    times
}

fn tag(number: usize) -> String {
    format!("tag-{number:05}")
}

fn push(address: SocketAddr, repo: &'static str, tags: usize) {
    let image = Image::numbered(repo, 0);
    let mut wire = Wire::open(address);
    image.push_whole(&mut wire);
    // The image has brought the first.
    for number in 1..tags {
        wire.ask(&image.tagging(&tag(number)));
    }
}

/// The median, in milliseconds, of asking for so many tags.
fn ask(address: SocketAddr, request: &[u8], rows: usize, count: usize) -> f64 {
    let mut wire = Wire::open(address);
    let mut ask = || timed(|| assert!(wire.ask(request) > rows * tag(0).len(), "a short list"));
    ask();
    let times: Vec<f64> = (0..count).map(|_| ask()).collect();
    median(&times) / 1e3
}
