use std::thread;
use std::time::{Duration, Instant};

use super::{Column, Context, Pick, Row};
use crate::exchange::Ask;
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

/// Brings images through all steps, on several connections at once: each thread sends on each of its connections, then
/// reads an answer from each. How many images there was time for, and how many a second.
fn all(wires: &mut [Wire], images: &[Image], steps: usize, step: Step<'_>) -> (usize, f64) {
    let askers = wires.len().min(2);
    let each = wires.len() / askers;
    let share = images.len().div_ceil(askers);
    let start = Instant::now();
    let done = thread::scope(|scope| {
        let shares = wires.chunks_mut(each).zip(images.chunks(share));
        let asking: Vec<_> = shares
            .map(|(wires, images)| scope.spawn(move || ask(wires, images, steps, step)))
            .collect();
        let done = asking.into_iter().map(|asker| asker.join());
        done.map(|done| done.expect("an asker failed")).sum()
    });
    (done, done as f64 / start.elapsed().as_secs_f64())
}

fn ask(wires: &mut [Wire], images: &[Image], steps: usize, step: Step<'_>) -> usize {
    let start = Instant::now();
    let mut done = 0;
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
        done += images.len();
        if start.elapsed() > LONGEST {
            break;
        }
    }
    done
}
