//! Work that the service does by itself when its time has come.
//!
//! Nothing runs in the background: whoever locks the state settles what is due before anything else. Work runs in order
//! of time, and the service's clock shows the instant at which it was due. So a clock that jumps a year runs each piece
//! of work at its own time, and costs as much as there is work, not as there are days.

use std::collections::BTreeMap;

use super::{Cause, State};
use crate::base::clock::{Clock, Time};

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Work {
    /// Notes that it was done, and is due again so many times, after so long each.
    #[cfg(test)]
    Probe {
        name: &'static str,
        times: u32,
        every: std::time::Duration,
    },
}

/// The work that is not done yet. It belongs to the state, so a world has it as well.
#[derive(Debug, Clone)]
pub(super) struct Schedule {
    /// When the first is due; [`Time::NEVER`] if there is none.
    next: Time,
    /// By time, and in order of scheduling within one instant.
    items: BTreeMap<(Time, u64), Work>,
    #[cfg(test)]
    last: u64,
    #[cfg(test)]
    done: Vec<(Time, &'static str)>,
}

impl Default for Schedule {
    fn default() -> Schedule {
        Schedule {
            next: Time::NEVER,
            items: BTreeMap::new(),
            #[cfg(test)]
            last: 0,
            #[cfg(test)]
            done: Vec::new(),
        }
    }
}

impl Schedule {
    /// Takes out the first item, if it is due by then.
    fn take(&mut self, by: Time) -> Option<(Time, Work)> {
        let first = self.items.first_entry().filter(|entry| entry.key().0 <= by);
        let taken = first.map(|entry| {
            let ((at, _), work) = entry.remove_entry();
            (at, work)
        });
        let next = self.items.first_key_value();
        self.next = next.map_or(Time::NEVER, |((at, _), _)| *at);
        taken
    }
}

impl State {
    /// Does what is due by now, and says whether anything was. While nothing is scheduled, which is usual, this costs
    /// one comparison.
    pub(crate) fn settle(&mut self) -> bool {
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

    /// Has work done at an instant, or at once if that has passed.
    #[cfg(test)]
    fn schedule(&mut self, at: Time, work: Work) {
        let schedule = &mut self.schedule;
        schedule.last += 1;
        schedule.items.insert((at, schedule.last), work);
        schedule.next = schedule.next.min(at);
    }

    fn run(&mut self, work: Work) {
        match work {
            #[cfg(test)]
            Work::Probe { name, times, every } => {
                let now = self.clock.now();
                self.schedule.done.push((now, name));
                if let Some(times) = times.checked_sub(1) {
                    self.schedule(now.after(every), Work::Probe { name, times, every });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

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

    /// Moves the clock, and does what is due.
    fn advance(state: &mut State, by: Duration) -> Vec<(Time, &'static str)> {
        state.clock.advance(by);
        state.settle();
        std::mem::take(&mut state.schedule.done)
    }

    #[test]
    fn work_is_done_in_order_of_time_at_its_own_instant() {
        let mut state = state();
        state.schedule(day(3), once("c"));
        state.schedule(day(1), once("a"));
        state.schedule(day(2), once("b"));
        let done = advance(&mut state, days(10));
        assert_eq!(done, [(day(1), "a"), (day(2), "b"), (day(3), "c")]);
        assert_eq!(state.clock.now(), day(10));
        assert_eq!(advance(&mut state, days(10)), []);
    }

    #[test]
    fn work_of_one_instant_is_done_in_the_order_in_which_it_was_scheduled() {
        let mut state = state();
        for name in ["first", "second", "third"] {
            state.schedule(day(1), once(name));
        }
        let done = advance(&mut state, days(1));
        assert_eq!(
            done,
            ["first", "second", "third"].map(|name| (day(1), name))
        );
    }

    #[test]
    fn work_that_comes_again_is_done_between_other_work() {
        let mut state = state();
        let daily = Work::Probe {
            name: "daily",
            times: 2,
            every: days(1),
        };
        state.schedule(day(1), daily);
        state.schedule(day(2), once("once"));
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
    fn a_clock_that_stands_does_nothing() {
        let mut state = state();
        state.schedule(start().after(Duration::from_micros(1)), once("later"));
        assert_eq!(advance(&mut state, Duration::ZERO), []);
        state.schedule(start(), once("now"));
        assert_eq!(advance(&mut state, Duration::ZERO), [(start(), "now")]);
    }

    #[test]
    fn a_clock_that_runs_does_what_has_become_due() {
        let mut state = State::of_acme();
        let past = Time::wall().before(days(1));
        state.schedule(past, once("past"));
        state.schedule(Time::wall().after(days(1)), once("to come"));
        assert_eq!(advance(&mut state, Duration::ZERO), [(past, "past")]);
    }

    #[test]
    fn the_longest_jump_does_all_work_and_costs_no_more_than_that() {
        let mut state = state();
        state.schedule(day(365 * 5000), once("far away"));
        let done = advance(&mut state, Duration::MAX);
        assert_eq!(done, [(day(365 * 5000), "far away")]);
        // The end of time itself is never reached.
        state.schedule(Time::NEVER, once("never"));
        assert_eq!(advance(&mut state, Duration::MAX), []);
    }

    #[test]
    fn a_world_goes_on_with_its_work_and_a_restored_one_does_it_again() {
        let mut state = state();
        state.schedule(day(1), once("work"));
        let world = state.clone();
        assert_eq!(advance(&mut state, days(2)), [(day(1), "work")]);

        let mut restored = world.clone();
        restored.follow(&state);
        assert_eq!(restored.clock.now(), start(), "the clock goes back as well");
        assert_eq!(advance(&mut restored, Duration::ZERO), []);
        assert_eq!(advance(&mut restored, days(1)), [(day(1), "work")]);
    }

    #[test]
    fn a_clock_that_is_set_back_does_nothing_twice() {
        let mut state = state();
        state.schedule(day(1), once("first"));
        state.schedule(day(3), once("second"));
        assert_eq!(advance(&mut state, days(2)), [(day(1), "first")]);
        state.clock = Clock::frozen_at(start());
        assert_eq!(advance(&mut state, days(2)), []);
        assert_eq!(advance(&mut state, days(1)), [(day(3), "second")]);
    }

    #[test]
    fn the_service_itself_is_the_cause_of_its_work() {
        let mut state = state();
        state.begin(Cause::Request(7));
        state.schedule(day(1), once("work"));
        advance(&mut state, days(1));
        assert_eq!(state.cause(), Cause::Due);
    }
}
