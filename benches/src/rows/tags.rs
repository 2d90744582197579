use std::net::SocketAddr;

use http::Method;

use super::{Column, Context, Pick, Row};
use crate::exchange::{Call, TOKEN, api_of, request};
use crate::measure::{median, timed};
use crate::pushing::{Image, Wire, get};
use crate::registries::{DOCKER, REGISTRIES, Registry, TESTKIT, repo_at};

pub(crate) const ROW: Row = Row {
    key: "tags",
    title: "lists of 10,000 tags",
    note: "In milliseconds: the whole list, and pages of 100 at the start, in the middle and at the end. The last \
           column is a page of 100 from the middle of ListRepositoryTags, which has more fields for each tag. \
           registry-testkit lists no tags. docker-registry 2.8 returns the whole list for every page.",
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
    call: Call::Show,
    measure,
};

/// The figure for something that a server cannot do.
const UNSUPPORTED: f64 = f64::NAN;
const PAGE: usize = 100;

fn measure(line: &str, context: &Context) -> Vec<f64> {
    if line == TESTKIT {
        return vec![UNSUPPORTED; ROW.columns.len()];
    }
    let tags = context.times(10_000).max(2 * PAGE);
    let registry = Registry::start(line);
    let repo = repo_at(line);
    push(registry.address, repo, tags);

    let path = format!("/v2/{repo}/tags/list");
    let measure =
        |address, request: &[u8], rows| median_time(address, request, rows, context.times(200));
    let mut times = vec![measure(registry.address, &get(&path), tags)];
    for before in [None, Some(tags / 2), Some(tags - PAGE)] {
        let last = before.map_or(String::new(), |before| format!("&last={}", tag(before - 1)));
        let page = get(&format!("{path}?n={PAGE}{last}"));
        times.push(match line {
            DOCKER => UNSUPPORTED,
            _ => measure(registry.address, &page, PAGE),
        });
    }
    times.push(registry.swr.as_ref().map_or(UNSUPPORTED, |swr| {
        let (api, offset) = (api_of(swr), tags / 2);
        let target =
            format!("/v2/manage/namespaces/library/repos/web/tags?limit={PAGE}&offset={offset}");
        measure(api, &request(&Method::GET, &target, api, TOKEN, ""), PAGE)
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
    // The push of the image created the first tag.
    for number in 1..tags {
        wire.exchange(&image.tag_request(&tag(number)));
    }
}

/// Returns the median time of a list of `rows` tags, in milliseconds.
fn median_time(address: SocketAddr, request: &[u8], rows: usize, count: usize) -> f64 {
    let mut wire = Wire::open(address);
    let mut measure = || {
        timed(|| {
            let length = wire.exchange(request);
            assert!(length > rows * tag(0).len(), "the list is too short");
        })
    };
    measure();
    let times: Vec<f64> = (0..count).map(|_| measure()).collect();
    median(&times) / 1e3
}
