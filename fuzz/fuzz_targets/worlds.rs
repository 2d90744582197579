//! World files. A server that starts from a valid one shows it, now and after a long time.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use mock_swr_fuzz::{mutate, parsed, run_world};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate(data, size, max_size, seed, 0)
});

fuzz_target!(|input: &[u8]| {
    if let Some((text, world)) = parsed(input) {
        run_world(text, world);
    }
});
