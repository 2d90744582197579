use std::thread;
use std::time::{Duration, Instant};

use super::{Column, Context, Pick, Row};
use crate::exchange::Ask;
use crate::measure::timed;
use crate::pushing::{Image, Wire};
use crate::registries::{REGISTRIES, Registry, repo_at};

pub(crate) const ROW: Row = Row {
    key: "images",
    title: "small images, one core",
    note: "Images per second. An image is a configuration, three layers of 4 KiB and a manifest; pushed with nine requests \
           (POST and PUT for each blob, then the manifest under a tag) and pulled with five, on one connection, and on \
           eight, of which two threads ask four each. Ratios are to registry-testkit, which checks nothing.",
    lines: REGISTRIES,
    columns: &[
        Column::new("push", 0, Pick::Highest),
        Column::new("push, 8", 0, Pick::Highest),
        Column::new("pull", 0, Pick::Highest),
        Column::new("pull, 8", 0, Pick::Highest),
    ],
    rounds: 7,
    one_core: true,
    ask: Ask::Show,
    measure,
};

pub(crate) const ROW_ALL_CORES: Row = Row {
    key: "images-all-cores",
    title: "the same on all cores",
    note: "On one connection it is chance whether a core has to be woken for each request.",
    one_core: false,
    ..ROW
};

/// How many there are for each kind of push.
const IMAGES: usize = 3_000;
/// Whoever is slow does not get through all.
const LONGEST: Duration = Duration::from_millis(300);

fn measure(line: &str, context: &Context) -> Vec<f64> {
    let count = context.times(IMAGES);
    let image = |number| Image::numbered(repo_at(line), number);
    let images: Vec<Image> = (0..2 * count).map(image).collect();
    let registry = Registry::start(line);
    let wires = |count| (0..count).map(|_| Wire::open(registry.address)).collect();
    let (mut one, mut eight): (Vec<Wire>, Vec<Wire>) = (wires(1), wires(8));
    let (first, second) = images.split_at(count);

    let (pushed, push) = all(&mut one, first, Image::PUSH, &|image, step, wire| {
        image.push(step, &wire.location)
    });
    let (_, push_8) = all(&mut eight, second, Image::PUSH, &|image, step, wire| {
        image.push(step, &wire.location)
    });
    let pushed = &first[..pushed];
    let (_, pull) = all(&mut one, pushed, Image::PULL, &|image, step, _| {
        image.pull(step)
    });
    let (_, pull_8) = all(&mut eight, pushed, Image::PULL, &|image, step, _| {
        image.pull(step)
    });
    vec![push, push_8, pull, pull_8]
}

/// What to ask at a step of an image's way.
type Step<'a> = &'a (dyn Fn(&Image, usize, &Wire) -> Vec<u8> + Sync);

/// So many images are timed together; the best of them count, since other work on the machine only adds to it.
const SLICE: usize = 160;

/// Brings images through all steps. How many images there was time for, and how many a second it was at best.
fn all(wires: &mut [Wire], images: &[Image], steps: usize, step: Step<'_>) -> (usize, f64) {
    let start = Instant::now();
    let (mut done, mut best) = (0, 0.0);
    for images in images.chunks(SLICE) {
        let time = timed(|| ask(wires, images, steps, step));
        done += images.len();
        best = f64::max(best, images.len() as f64 / time * 1e6);
        if start.elapsed() > LONGEST {
            break;
        }
    }
    (done, best)
}

/// Two threads, if there are connections for two: each sends on each of its connections, then reads an answer from each.
fn ask(wires: &mut [Wire], images: &[Image], steps: usize, step: Step<'_>) {
    let askers = wires.len().min(2);
    let (wires_each, images_each) = (wires.len() / askers, images.len().div_ceil(askers));
    thread::scope(|scope| {
        let shares = wires.chunks_mut(wires_each).zip(images.chunks(images_each));
        for (wires, images) in shares {
            scope.spawn(move || ask_for_share(wires, images, steps, step));
        }
    });
}

fn ask_for_share(wires: &mut [Wire], images: &[Image], steps: usize, step: Step<'_>) {
    for images in images.chunks(wires.len()) {
        for number in 0..steps {
            for (wire, image) in wires.iter_mut().zip(images) {
                let request = step(image, number, wire);
                wire.send(&request);
            }
            for (wire, _) in wires.iter_mut().zip(images) {
                wire.receive_well();
            }
        }
    }
}
