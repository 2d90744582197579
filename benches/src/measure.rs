//! What the process has used, and what a list of figures says.

use std::fs;
use std::time::{Duration, Instant};

use rustix::thread::{CpuSet, sched_getcpu, sched_setaffinity};
use rustix::time::{ClockId, clock_gettime};

/// User and system time of the whole process.
pub(crate) fn cpu_of_process() -> Duration {
    cpu(ClockId::ProcessCPUTime)
}

pub(crate) fn cpu_of_thread() -> Duration {
    cpu(ClockId::ThreadCPUTime)
}

fn cpu(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// The process, as long as it has one thread only.
pub(crate) fn hold_to_one_core() {
    let mut cores = CpuSet::new();
    cores.set(sched_getcpu());
    sched_setaffinity(None, &cores).expect("a separate core");
}

/// Of the process, in KiB.
pub(crate) fn resident() -> f64 {
    Process::this().status("VmRSS:")
}

pub(crate) fn threads() -> f64 {
    Process::this().status("Threads:")
}

/// A process that is looked at from outside, or this one.
pub(crate) struct Process(String);

impl Process {
    pub(crate) fn this() -> Process {
        Process("self".to_owned())
    }

    pub(crate) fn of(number: u32) -> Process {
        Process(number.to_string())
    }

    /// How far its resident memory grows during the work, at most, in bytes.
    pub(crate) fn growth(&self, work: impl FnOnce()) -> f64 {
        // Forgets the peak so far.
        fs::write(format!("/proc/{}/clear_refs", self.0), "5").expect("a Linux");
        let before = self.status("VmRSS:");
        work();
        (self.status("VmHWM:") - before) * 1024.0
    }

    fn status(&self, key: &str) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0)).expect("a Linux");
        let line = status.lines().find_map(|line| line.strip_prefix(key));
        let figure = line.and_then(|line| line.split_whitespace().next());
        figure
            .and_then(|figure| figure.parse().ok())
            .expect("a figure")
    }
}

pub(crate) fn open_files() -> f64 {
    fs::read_dir("/proc/self/fd").expect("a Linux").count() as f64
}

pub(crate) fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

/// How long it takes, in microseconds.
pub(crate) fn timed(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    micros(start.elapsed())
}

pub(crate) fn median(figures: &[f64]) -> f64 {
    quantile(figures, 0.5)
}

pub(crate) fn quantile(figures: &[f64], part: f64) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[((sorted.len() - 1) as f64 * part).round() as usize]
}
