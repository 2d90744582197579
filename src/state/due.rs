//! Scheduled work of the service.
//!
//! Nothing runs in the background: each lock of the state first runs the work that is due. Work runs in order of time,
//! and while it runs, the service's clock shows the time at which it was due. A jump of the clock by a year therefore
//! runs each piece of work at its own time. Its cost depends on the amount of work, not on the number of days.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::{Cause, NamespaceName, RepoName, RepoPath, State};
use crate::base::clock::{Clock, Time};

/// A piece of scheduled work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Work {
    /// Evaluates the retention policy of a repository.
    Retain {
        region: Arc<str>,
        namespace: NamespaceName,
        repo: RepoName,
    },
    /// Changes the job with this id to its next state.
    ContinueJob(u64),
    /// Records that it ran, and schedules itself again `times` times, each after `every`.
    #[cfg(test)]
    Probe {
        name: &'static str,
        times: u32,
        every: std::time::Duration,
    },
}

/// The work that has not run yet. It is part of the state, and therefore of a world.
#[derive(Debug, Clone)]
pub(super) struct Schedule {
    /// When the first item is due; [`Time::NEVER`] if there is none.
    next: Time,
    /// The items by due time, then by the id of the policy or job, then in the order of scheduling. A world file keeps
    /// ids, so a server that starts from it runs its work in the same order.
    items: BTreeMap<(Time, u64, u64), Work>,
    last: u64,
    #[cfg(test)]
    done: Vec<(Time, &'static str)>,
}

/// Finds scheduled work: when it is due, the id of its policy or job, and its number in the order of scheduling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DueKey((Time, u64, u64));

impl DueKey {
    pub(super) fn at(self) -> Time {
        self.0.0
    }

    /// The id of the policy or job.
    pub(super) fn id(self) -> u64 {
        self.0.1
    }
}

impl Default for Schedule {
    fn default() -> Schedule {
        Schedule {
            next: Time::NEVER,
            items: BTreeMap::new(),
            last: 0,
            #[cfg(test)]
            done: Vec::new(),
        }
    }
}

impl Schedule {
    /// Removes and returns the first item, if it is due by this time.
    fn take(&mut self, by: Time) -> Option<(Time, Work)> {
        let first = self.items.first_entry().filter(|entry| entry.key().0 <= by);
        let taken = first.map(|entry| {
            let ((at, ..), work) = entry.remove_entry();
            (at, work)
        });
        self.note_next();
        taken
    }

    fn note_next(&mut self) {
        let next = self.items.first_key_value();
        self.next = next.map_or(Time::NEVER, |((at, ..), _)| *at);
    }
}

impl State {
    /// Runs the work that is due, and returns whether there was any. While nothing is scheduled, which is usual, this
    /// costs one comparison.
    pub(crate) fn run_due(&mut self) -> bool {
        if self.schedule.next == Time::NEVER {
            return false;
        }
        let now = self.clock.now();
        let was_due = self.schedule.next <= now;
        while let Some((at, work)) = self.schedule.take(now) {
            let clock = std::mem::replace(&mut self.clock, Clock::frozen_at(at));
            self.begin(Cause::Due);
            self.run(work);
            self.clock = clock;
        }
        was_due
    }

    /// How long it takes until work is due. `None` if nothing is scheduled, or if the clock is frozen.
    pub(crate) fn until_due(&self) -> Option<Duration> {
        let next = self.schedule.next;
        if next == Time::NEVER || self.clock.frozen().is_some() {
            return None;
        }
        let now = self.clock.now().system();
        let left = next.system().duration_since(now).unwrap_or_default();
        // The clock of the alarm is less precise.
        Some(left + Duration::from_millis(1))
    }

    /// Sets the clock, runs the work that is due then, and schedules the rest by the new time.
    pub(crate) fn set_time(&mut self, time: Time) {
        self.clock.set(time);
        self.run_due();
        self.schedule_all_retentions();
    }

    /// Schedules work of a policy or job for a time. If the time has passed, the work is due at once.
    pub(super) fn schedule(&mut self, at: Time, id: u64, work: Work) -> DueKey {
        let schedule = &mut self.schedule;
        schedule.last += 1;
        let key = (at, id, schedule.last);
        schedule.items.insert(key, work);
        schedule.next = schedule.next.min(at);
        DueKey(key)
    }

    /// Drops scheduled work, if it is not done yet.
    pub(super) fn unschedule(&mut self, key: DueKey) {
        self.schedule.items.remove(&key.0);
        self.schedule.note_next();
    }

    fn run(&mut self, work: Work) {
        match work {
            Work::Retain {
                region,
                namespace,
                repo,
            } => {
                let Some(registry) = self.find_region(&region) else {
                    return;
                };
                let path = RepoPath {
                    registry,
                    namespace: namespace.as_str().into(),
                    repo: repo.as_str().into(),
                };
                self.alter_automation(&path, |automation| automation.due = None);
                self.retain(&path);
                self.schedule_retention(&path);
            }
            Work::ContinueJob(id) => self.continue_job(id),
            #[cfg(test)]
            Work::Probe { name, times, every } => {
                let now = self.clock.now();
                self.schedule.done.push((now, name));
                if let Some(times) = times.checked_sub(1) {
                    self.schedule(now.after(every), 0, Work::Probe { name, times, every });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::days;

    const START: &str = "2026-01-01T00:00:00Z";

    fn state() -> State {
        let mut state = State::of_acme();
        state.clock = Clock::frozen_at(start());
        state
    }

    fn start() -> Time {
        Time::parse(START).unwrap()
    }

    fn day(number: u64) -> Time {
        start().after(days(number))
    }

    fn once(name: &'static str) -> Work {
        Work::Probe {
            name,
            times: 0,
            every: Duration::ZERO,
        }
    }

    /// Moves the clock and runs the due work. Returns what ran.
    fn advance(state: &mut State, by: Duration) -> Vec<(Time, &'static str)> {
        state.clock.advance(by);
        state.run_due();
        std::mem::take(&mut state.schedule.done)
    }

    #[test]
    fn work_runs_in_order_of_time_at_the_time_it_is_due() {
        let mut state = state();
        state.schedule(day(3), 0, once("c"));
        state.schedule(day(1), 0, once("a"));
        state.schedule(day(2), 0, once("b"));
        let done = advance(&mut state, days(10));
        assert_eq!(done, [(day(1), "a"), (day(2), "b"), (day(3), "c")]);
        assert_eq!(state.clock.now(), day(10));
        assert_eq!(advance(&mut state, days(10)), []);
    }

    #[test]
    fn work_of_the_same_id_and_time_runs_in_the_order_of_scheduling() {
        let mut state = state();
        for name in ["first", "second", "third"] {
            state.schedule(day(1), 0, once(name));
        }
        let done = advance(&mut state, days(1));
        assert_eq!(
            done,
            ["first", "second", "third"].map(|name| (day(1), name))
        );
    }

    #[test]
    fn work_due_at_the_same_time_runs_in_the_order_of_its_ids() {
        let mut state = state();
        for (id, name) in [(2, "second"), (1, "first"), (3, "third")] {
            state.schedule(day(1), id, once(name));
        }
        let done = advance(&mut state, days(1));
        assert_eq!(
            done,
            ["first", "second", "third"].map(|name| (day(1), name))
        );
    }

    #[test]
    fn repeated_work_runs_between_other_work() {
        let mut state = state();
        let daily = Work::Probe {
            name: "daily",
            times: 2,
            every: days(1),
        };
        state.schedule(day(1), 0, daily);
        state.schedule(day(2), 0, once("once"));
        let done = advance(&mut state, days(5));
        let expected = [
            (day(1), "daily"),
            (day(2), "once"),
            (day(2), "daily"),
            (day(3), "daily"),
        ];
        assert_eq!(done, expected);
    }

    #[test]
    fn a_stopped_clock_runs_only_work_that_is_already_due() {
        let mut state = state();
        state.schedule(start().after(Duration::from_micros(1)), 0, once("later"));
        assert_eq!(advance(&mut state, Duration::ZERO), []);
        state.schedule(start(), 0, once("now"));
        assert_eq!(advance(&mut state, Duration::ZERO), [(start(), "now")]);
    }

    #[test]
    fn a_running_clock_runs_work_that_is_due() {
        let mut state = State::of_acme();
        let past = Time::wall().before(days(1));
        state.schedule(past, 0, once("past"));
        state.schedule(Time::wall().after(days(1)), 0, once("to come"));
        assert_eq!(advance(&mut state, Duration::ZERO), [(past, "past")]);
    }

    #[test]
    fn the_longest_jump_runs_all_work() {
        let mut state = state();
        state.schedule(day(365 * 5000), 0, once("far away"));
        let done = advance(&mut state, Duration::MAX);
        assert_eq!(done, [(day(365 * 5000), "far away")]);
        // The clock never reaches `Time::NEVER`.
        state.schedule(Time::NEVER, 0, once("never"));
        assert_eq!(advance(&mut state, Duration::MAX), []);
    }

    #[test]
    fn a_restored_world_runs_its_work_again() {
        let mut state = state();
        state.schedule(day(1), 0, once("work"));
        let world = state.clone();
        assert_eq!(advance(&mut state, days(2)), [(day(1), "work")]);

        let mut restored = world.clone();
        restored.follow(&state);
        assert_eq!(restored.clock.now(), start(), "the clock goes back as well");
        assert_eq!(advance(&mut restored, Duration::ZERO), []);
        assert_eq!(advance(&mut restored, days(1)), [(day(1), "work")]);
    }

    #[test]
    fn work_does_not_run_twice_after_the_clock_is_set_back() {
        let mut state = state();
        state.schedule(day(1), 0, once("first"));
        state.schedule(day(3), 0, once("second"));
        assert_eq!(advance(&mut state, days(2)), [(day(1), "first")]);
        state.clock = Clock::frozen_at(start());
        assert_eq!(advance(&mut state, days(2)), []);
        assert_eq!(advance(&mut state, days(1)), [(day(3), "second")]);
    }

    #[test]
    fn scheduled_work_has_the_service_as_its_cause() {
        let mut state = state();
        state.begin(Cause::Request(7));
        state.schedule(day(1), 0, once("work"));
        advance(&mut state, days(1));
        assert_eq!(state.cause(), Cause::Due);
    }
}
