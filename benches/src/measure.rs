//! CPU time and memory of a process; medians of figures; installed programs.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rustix::thread::{CpuSet, sched_getcpu, sched_setaffinity};
use rustix::time::{ClockId, clock_gettime};

/// Returns the user and system time of the whole process.
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

/// Pins the process to the current core. Call it before the process starts a second thread.
pub(crate) fn pin_to_one_core() {
    let mut cores = CpuSet::new();
    cores.set(sched_getcpu());
    sched_setaffinity(None, &cores).expect("the process can be pinned to a core");
}

/// Returns the resident memory of this process, in KiB.
pub(crate) fn resident() -> f64 {
    Process::this().status("VmRSS:")
}

pub(crate) fn threads() -> f64 {
    Process::this().status("Threads:")
}

/// A process as `/proc` shows it.
pub(crate) struct Process(String);

impl Process {
    pub(crate) fn this() -> Process {
        Process("self".to_owned())
    }

    pub(crate) fn of(number: u32) -> Process {
        Process(number.to_string())
    }

    /// Returns the peak growth of its resident memory during `work`, in bytes.
    pub(crate) fn growth(&self, work: impl FnOnce()) -> f64 {
        // 5 resets the peak.
        fs::write(format!("/proc/{}/clear_refs", self.0), "5")
            .expect("/proc is readable (needs Linux)");
        let before = self.status("VmRSS:");
        work();
        (self.status("VmHWM:") - before) * 1024.0
    }

    fn status(&self, key: &str) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0))
            .expect("/proc is readable (needs Linux)");
        let line = status.lines().find_map(|line| line.strip_prefix(key));
        let figure = line.and_then(|line| line.split_whitespace().next());
        figure
            .and_then(|figure| figure.parse().ok())
            .expect("the status of the process has the figure")
    }
}

pub(crate) fn open_files() -> f64 {
    fs::read_dir("/proc/self/fd")
        .expect("/proc is readable (needs Linux)")
        .count() as f64
}

/// Returns the path of a program, if it is installed.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|directory| directory.join(name))
        .find(|program| program.is_file())
}

pub(crate) fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

/// Returns the duration of `work`, in microseconds.
pub(crate) fn timed(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    micros(start.elapsed())
}

pub(crate) fn median(figures: &[f64]) -> f64 {
    quantile(figures, 0.5)
}

pub(crate) fn quantile(figures: &[f64], fraction: f64) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[((sorted.len() - 1) as f64 * fraction).round() as usize]
}
