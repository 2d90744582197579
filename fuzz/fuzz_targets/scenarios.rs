//! Scenario files. A server that starts from a valid one responds, and reports its expectations.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use mock_swr_fuzz::{mutate, parsed, run_scenario};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate(data, size, max_size, seed, 0)
});

fuzz_target!(|input: &[u8]| {
    if let Some((_, scenario)) = parsed(input) {
        run_scenario(&scenario);
    }
});
