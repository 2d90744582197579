//! The events of one server, oldest first.

use std::collections::VecDeque;

use parking_lot::Mutex;

use crate::base::event::Event;

/// The maximum number of events that are kept.
const CAPACITY: usize = if cfg!(test) { 10 } else { 10_000 };

/// The events of one server. They are kept outside the state, so `restore` does not change them.
#[derive(Debug, Default)]
pub(crate) struct Events(Mutex<KeptEvents>);

#[derive(Debug, Default)]
struct KeptEvents {
    events: VecDeque<Event>,
    lost: u64,
}

impl Events {
    pub(crate) fn add(&self, events: Vec<Event>) {
        if events.is_empty() {
            return;
        }
        let mut kept = self.0.lock();
        kept.events.extend(events);
        let excess = kept.events.len().saturating_sub(CAPACITY);
        kept.events.drain(..excess);
        kept.lost += excess as u64;
    }

    pub(crate) fn all(&self) -> Vec<Event> {
        self.after(0)
    }

    /// The number of all events so far, including dropped ones.
    pub(crate) fn total(&self) -> u64 {
        let kept = self.0.lock();
        kept.lost + kept.events.len() as u64
    }

    /// The kept events after the first `count` of all events.
    pub(crate) fn after(&self, count: u64) -> Vec<Event> {
        let kept = self.0.lock();
        let skipped = count.saturating_sub(kept.lost);
        let skipped = usize::try_from(skipped).unwrap_or(usize::MAX);
        kept.events.iter().skip(skipped).cloned().collect()
    }

    /// The number of dropped events, which were the oldest.
    pub(crate) fn lost(&self) -> u64 {
        self.0.lock().lost
    }
}

#[cfg(test)]
mod tests {
    use crate::{Auth, Level, MockSwr, ProblemKind};

    #[test]
    fn the_newest_events_are_kept_and_dropped_ones_are_a_problem() {
        let swr = MockSwr::builder()
            .auth(Auth::Off)
            .level(ProblemKind::JournalFull, Level::Warn)
            .start();
        swr.seed_repo("group/web").image("v1");
        let url = format!("http://{}/v2/group/web/manifests/v1", swr.registry());
        for _ in 0..13 {
            reqwest::blocking::get(&url).unwrap();
        }
        let causes: Vec<Option<u64>> = swr.events().iter().map(crate::Event::cause).collect();
        assert_eq!(causes, (4..=13).map(Some).collect::<Vec<_>>());
        let message = &swr.problems()[0].message;
        assert!(message.ends_with("the oldest 3 were dropped"), "{message}");
    }
}
