use bytes::Bytes;
use http::HeaderMap;
use sha2::{Digest, Sha256};

use super::{Column, Context, Pick, Row};
use crate::contestants::{HYPER_SHA256, MOCK_SWR};
use crate::exchange::{Call, Sample};
use crate::measure::timed;
use crate::pushing::{Image, OCTETS, Wire, begin_upload, closing, digest, get, head};
use crate::registries::{DOCKER, FERRO, Registry, TESTKIT, repo_at};

pub(crate) const ROW: Row = Row {
    key: "blob",
    title: "a blob of 256 MiB",
    note: "The blob is pushed with POST and one PUT, then with POST, one PATCH and an empty PUT, and then pulled. \
           \"Peak\" is the growth of the server's resident memory during each push, as a multiple of the blob. The \
           client sends the same MiB again and again. Raw hyper collects the body and hashes it as it arrives. \
           registry-testkit does not check digests. docker-registry stores its files in a tmpfs, which does not \
           count.",
    lines: &[HYPER_SHA256, TESTKIT, FERRO, DOCKER, MOCK_SWR],
    columns: &[
        Column::new("push, PUT: MiB/s", 0, Pick::Highest),
        Column::new("push, PATCH: MiB/s", 0, Pick::Highest),
        Column::new("pull: MiB/s", 0, Pick::Highest),
        Column::without_ratio("peak, PUT", 2, Pick::Median),
        Column::without_ratio("peak, PATCH", 2, Pick::Median),
    ],
    rounds: 5,
    one_core: false,
    call: Call::Show,
    measure,
};

const MIB: usize = 1024 * 1024;

/// A blob that repeats one piece.
struct Repeated {
    repo: &'static str,
    piece: Vec<u8>,
    times: usize,
    digest: String,
}

impl Repeated {
    fn new(repo: &'static str, seed: u64, times: usize) -> Repeated {
        // Pseudorandom content, so that no server can profit from a pattern.
        let mut state = seed;
        let words = std::iter::repeat_with(|| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 24).to_le_bytes()
        });
        let piece: Vec<u8> = words.take(MIB / 8).flatten().collect();
        let hasher = (0..times).fold(Sha256::new(), |hasher, _| hasher.chain_update(&piece));
        Repeated {
            repo,
            piece,
            times,
            digest: digest(hasher),
        }
    }

    fn size(&self) -> usize {
        self.times * MIB
    }

    fn put(&self, wire: &mut Wire) {
        wire.exchange(&begin_upload(self.repo));
        let target = closing(&wire.location, &self.digest);
        self.send(wire, "PUT", &target);
    }

    fn patch(&self, wire: &mut Wire) {
        wire.exchange(&begin_upload(self.repo));
        let target = wire.location.clone();
        self.send(wire, "PATCH", &target);
        let target = closing(&wire.location, &self.digest);
        wire.exchange(&head("PUT", &target, OCTETS, 0));
    }

    fn send(&self, wire: &mut Wire, method: &str, target: &str) {
        wire.send(&head(method, target, OCTETS, self.size()));
        wire.send_repeated(&self.piece, self.times);
        wire.receive_success();
    }

    fn pull(&self, wire: &mut Wire) {
        let length = wire.exchange(&get(&format!("/v2/{}/blobs/{}", self.repo, self.digest)));
        assert_eq!(length, self.size(), "the blob has another length");
    }
}

fn measure(line: &str, context: &Context) -> Vec<f64> {
    let mib = if context.smoke { 16 } else { 256 };
    let repo = repo_at(line);
    let (first, second) = (Repeated::new(repo, 1, mib), Repeated::new(repo, 2, mib));
    let registry = Registry::start(line);
    let mut wire = Wire::open(registry.address);
    // A first push, so that one-time setup is not measured.
    Image::numbered(repo, 0).push_whole(&mut wire);
    let mut pushing = |push: &mut dyn FnMut(&mut Wire)| {
        let mut time = 0.0;
        let growth = registry.process.growth(|| time = timed(|| push(&mut wire)));
        (mib as f64 / time * 1e6, growth / (mib * MIB) as f64)
    };
    let (put, put_peak) = pushing(&mut |wire| first.put(wire));
    let (patch, patch_peak) = pushing(&mut |wire| second.patch(wire));

    let raw = (line == HYPER_SHA256).then(|| Registry::raw(full_response(&first), false));
    let mut wire = Wire::open(raw.as_ref().unwrap_or(&registry).address);
    let pulls = (0..4).map(|_| timed(|| first.pull(&mut wire)));
    let pull = pulls.fold(f64::INFINITY, f64::min);
    vec![put, patch, mib as f64 / pull * 1e6, put_peak, patch_peak]
}

/// Returns the response of raw hyper, with the whole blob.
fn full_response(blob: &Repeated) -> Sample {
    Sample {
        status: 200,
        headers: HeaderMap::new(),
        body: Bytes::from(blob.piece.repeat(blob.times)),
    }
}
