use http::Method;
use mock_swr::{MockSwr, World};

use super::{Column, Context, Pick, Row};
use crate::client::Connection;
use crate::contestants::start_mock_swr;
use crate::exchange::{Call, REPO, api_of, request};
use crate::measure::{median, timed};

pub(crate) const ROW: Row = Row {
    key: "size",
    title: "cost against size, mock-swr alone, one core",
    note: "The first column is the number of repositories, in 100 organizations. Lists are ListReposDetails with 100 \
           rows per page. \"Page\" and \"far page\" are in default order, at the start and near the end. \
           \"Filtered\" is by a part of the name. \"Sorted\" is by name, at the start and in the middle. Then a \
           `World` is taken, CreateRepo runs while it is held, and CreateRepo runs again.",
    lines: &["10", "1,000", "100,000"],
    columns: &[
        Column::without_ratio("show µs", 1, Pick::Lowest),
        Column::without_ratio("page µs", 0, Pick::Lowest),
        Column::without_ratio("far page µs", 0, Pick::Lowest),
        Column::without_ratio("filtered µs", 0, Pick::Lowest),
        Column::without_ratio("sorted µs", 0, Pick::Lowest),
        Column::without_ratio("sorted, middle µs", 0, Pick::Lowest),
        Column::without_ratio("World µs", 1, Pick::Lowest),
        Column::without_ratio("first write µs", 0, Pick::Lowest),
        Column::without_ratio("next write µs", 0, Pick::Lowest),
    ],
    rounds: 4,
    one_core: true,
    call: Call::Show,
    measure,
};

/// Creates a world of `repos` repositories in up to 100 organizations, `group/web` among them.
pub(crate) fn world_of(repos: usize) -> World {
    let swr = MockSwr::start();
    swr.seed_repo(REPO);
    for number in 1..repos {
        swr.seed_repo(&format!("group{}/repo-{number}", number % 100));
    }
    swr.world()
}

fn measure(line: &str, context: &Context) -> Vec<f64> {
    let repos: usize = line
        .replace(',', "")
        .parse()
        .expect("the line is named by a number");
    let swr = start_mock_swr(world_of(repos));
    let mut times = vec![median_time(&swr, context.times(2_000), Call::Show.path())];
    let (far, middle) = (repos.saturating_sub(100), repos / 2);
    let name = format!("po-{}", repos / 10);
    for list in [
        "limit=100&offset=0".to_owned(),
        format!("limit=100&offset={far}"),
        format!("limit=100&offset=0&name={name}"),
        "limit=100&offset=0&order_column=name&order_type=asc".to_owned(),
        format!("limit=100&offset={middle}&order_column=name&order_type=asc"),
    ] {
        times.push(median_time(
            &swr,
            context.times(200),
            &format!("/v2/manage/repos?{list}"),
        ));
    }
    times.extend(write_after_a_world(&swr, context.times(20)));
    times
}

/// Returns the median time of a GET of `target`, in microseconds.
fn median_time(swr: &MockSwr, count: usize, target: &str) -> f64 {
    let address = api_of(swr);
    let request = request(
        &Method::GET,
        target,
        address,
        &swr.user("admin").token(),
        "",
    );
    let mut connection = Connection::open(address);
    let mut measure = || {
        timed(|| {
            let response = connection.exchange(&request);
            assert!(
                response.starts_with(b"HTTP/1.1 200"),
                "{target} was refused"
            );
        })
    };
    measure();
    let times: Vec<f64> = (0..count).map(|_| measure()).collect();
    median(&times)
}

/// Returns the median times of taking a world, of the first write while the world exists, and of the next write.
fn write_after_a_world(swr: &MockSwr, count: usize) -> [f64; 3] {
    let address = api_of(swr);
    let token = swr.user("admin").token();
    let mut connection = Connection::open(address);
    let mut write = |name: &str| {
        let target = format!("/v2/manage/namespaces/group/repos?repository={name}&is_public=false");
        let request = request(&Method::POST, &target, address, &token, "");
        timed(|| {
            let response = connection.exchange(&request);
            assert!(
                response.starts_with(b"HTTP/1.1 201"),
                "CreateRepo was refused"
            );
        })
    };
    let mut times = [const { Vec::new() }; 3];
    for number in 0..count {
        let mut world = None;
        times[0].push(timed(|| world = Some(swr.world())));
        times[1].push(write(&format!("first-{number}")));
        times[2].push(write(&format!("next-{number}")));
        drop(world);
    }
    times.map(|times| median(&times))
}
