use std::thread;
use std::time::{Duration, Instant};

use super::{Column, Context, Pick, Row};
use crate::exchange::Call;
use crate::measure::timed;
use crate::pushing::{Image, Wire};
use crate::registries::{REGISTRIES, Registry, repo_at};

pub(crate) const ROW: Row = Row {
    key: "images",
    title: "small images, one core",
    note: "Images per second. An image is a configuration, three layers of 4 KiB and a manifest. A push takes nine \
           requests (POST and PUT for each blob, then the manifest under a tag), a pull takes five. They run on one \
           connection, and on eight with two threads. Ratios are to registry-testkit, which checks nothing.",
    lines: REGISTRIES,
    columns: &[
        Column::new("push", 0, Pick::Highest),
        Column::new("push, 8", 0, Pick::Highest),
        Column::new("pull", 0, Pick::Highest),
        Column::new("pull, 8", 0, Pick::Highest),
    ],
    rounds: 7,
    one_core: true,
    call: Call::Show,
    measure,
};

pub(crate) const ROW_ALL_CORES: Row = Row {
    key: "images-all-cores",
    title: "the same on all cores",
    note: "On one connection, it is random whether a request must wake a core.",
    one_core: false,
    ..ROW
};

/// The number of images for each kind of push.
const IMAGES: usize = 3_000;
/// The time limit of one measurement. Slow registries do not finish all images.
const LONGEST: Duration = Duration::from_millis(300);

fn measure(line: &str, context: &Context) -> Vec<f64> {
    let count = context.times(IMAGES);
    let image = |number| Image::numbered(repo_at(line), number);
    let images: Vec<Image> = (0..2 * count).map(image).collect();
    let registry = Registry::start(line);
    let wires = |count| (0..count).map(|_| Wire::open(registry.address)).collect();
    let (mut one, mut eight): (Vec<Wire>, Vec<Wire>) = (wires(1), wires(8));
    let (first, second) = images.split_at(count);

    let (pushed, push) = run(
        &mut one,
        first,
        Image::PUSH_REQUESTS,
        &|image, step, wire| image.push_request(step, &wire.location),
    );
    let (_, push_8) = run(
        &mut eight,
        second,
        Image::PUSH_REQUESTS,
        &|image, step, wire| image.push_request(step, &wire.location),
    );
    let pushed = &first[..pushed];
    let (_, pull) = run(&mut one, pushed, Image::PULL_REQUESTS, &|image, step, _| {
        image.pull_request(step)
    });
    let (_, pull_8) = run(
        &mut eight,
        pushed,
        Image::PULL_REQUESTS,
        &|image, step, _| image.pull_request(step),
    );
    vec![push, push_8, pull, pull_8]
}

/// Returns the request for one step of a push or pull.
type Step<'a> = &'a (dyn Fn(&Image, usize, &Wire) -> Vec<u8> + Sync);

/// The number of images that are timed together. The fastest slice counts, because other work on the machine only adds
/// time.
const SLICE: usize = 160;

/// Runs all steps for each image. Returns the number of images that fit in the time limit, and the best rate per
/// second.
fn run(wires: &mut [Wire], images: &[Image], steps: usize, step: Step<'_>) -> (usize, f64) {
    let start = Instant::now();
    let (mut done, mut best) = (0, 0.0);
    for images in images.chunks(SLICE) {
        let time = timed(|| run_slice(wires, images, steps, step));
        done += images.len();
        best = f64::max(best, images.len() as f64 / time * 1e6);
        if start.elapsed() > LONGEST {
            break;
        }
    }
    (done, best)
}

/// Splits the images between two threads, or uses one if there is one connection. Each thread sends a request on every
/// connection, then reads a response from every connection.
fn run_slice(wires: &mut [Wire], images: &[Image], steps: usize, step: Step<'_>) {
    let threads = wires.len().min(2);
    let (wires_each, images_each) = (wires.len() / threads, images.len().div_ceil(threads));
    thread::scope(|scope| {
        let shares = wires.chunks_mut(wires_each).zip(images.chunks(images_each));
        for (wires, images) in shares {
            scope.spawn(move || run_share(wires, images, steps, step));
        }
    });
}

fn run_share(wires: &mut [Wire], images: &[Image], steps: usize, step: Step<'_>) {
    for images in images.chunks(wires.len()) {
        for number in 0..steps {
            for (wire, image) in wires.iter_mut().zip(images) {
                let request = step(image, number, wire);
                wire.send(&request);
            }
            for (wire, _) in wires.iter_mut().zip(images) {
                wire.receive_success();
            }
        }
    }
}
