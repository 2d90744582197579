//! What is given out for a while, and how much of it is kept.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::UserNo;
use crate::base::clock::{Time, days};

/// So many of each kind are kept,
const MAX_LENT: usize = 10_000;
/// of so many bytes together.
const MAX_BYTES: usize = 64 << 20;

/// Something that is good for a while.
pub(super) trait Passing: Clone {
    fn user(&self) -> Option<UserNo>;
    fn expires(&self) -> Time;
    fn expire(&mut self, now: Time);
    /// What it takes, beside its text, where that can be much.
    fn bytes(&self) -> usize {
        0
    }
}

/// One kind of what was given out, by its text. What is over is refused by name for a day, and then no more known. Where
/// clients ask for more than is kept, what ends soonest is forgotten.
#[derive(Debug, Clone)]
pub(super) struct Lent<T>(Arc<Kept<T>>);

#[derive(Debug, Clone)]
struct Kept<T> {
    by_text: BTreeMap<Arc<str>, T>,
    by_end: BTreeSet<(Time, Arc<str>)>,
    bytes: usize,
}

impl<T> Default for Lent<T> {
    fn default() -> Lent<T> {
        Lent(Arc::new(Kept {
            by_text: BTreeMap::new(),
            by_end: BTreeSet::new(),
            bytes: 0,
        }))
    }
}

impl<T: Passing> Lent<T> {
    pub(super) fn get(&self, text: &str) -> Option<&T> {
        self.0.by_text.get(text)
    }

    /// Keeps it; the texts that are forgotten for it.
    pub(super) fn insert(&mut self, text: Arc<str>, what: T, now: Time) -> Vec<Arc<str>> {
        let kept = Arc::make_mut(&mut self.0);
        kept.remove(&text);
        let bytes = text.len() + what.bytes();
        let mut forgotten = Vec::new();
        while let Some((end, first)) = kept.by_end.first()
            && (is_forgotten(*end, now)
                || kept.by_text.len() >= MAX_LENT
                || kept.bytes + bytes > MAX_BYTES)
        {
            let first = Arc::clone(first);
            kept.remove(&first);
            forgotten.push(first);
        }
        kept.bytes += bytes;
        kept.by_end.insert((what.expires(), Arc::clone(&text)));
        kept.by_text.insert(text, what);
        forgotten
    }

    /// Ends all that a user was given.
    pub(super) fn expire(&mut self, user: UserNo, now: Time) {
        let kept = Arc::make_mut(&mut self.0);
        let all = kept.by_text.iter_mut();
        for (text, what) in all.filter(|(_, what)| what.user() == Some(user)) {
            kept.by_end.remove(&(what.expires(), Arc::clone(text)));
            what.expire(now);
            kept.by_end.insert((what.expires(), Arc::clone(text)));
        }
    }
}

impl<T: Passing> Kept<T> {
    fn remove(&mut self, text: &Arc<str>) {
        if let Some(what) = self.by_text.remove(text) {
            self.by_end.remove(&(what.expires(), Arc::clone(text)));
            self.bytes -= text.len() + what.bytes();
        }
    }
}

fn is_forgotten(expires: Time, now: Time) -> bool {
    expires.after(days(1)) <= now
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::state::{ADMIN, TemporaryLogin};

    fn login(expires: Time) -> TemporaryLogin {
        TemporaryLogin {
            password: String::new(),
            user: ADMIN,
            project: "cn-north-4".into(),
            expires,
        }
    }

    #[test]
    fn so_many_are_kept_and_what_ends_soonest_is_forgotten() {
        let now = Time::parse("2026-01-31T08:00:00Z").unwrap();
        let mut lent = Lent::default();
        for number in 0..MAX_LENT as u64 {
            // The last ends first.
            let end = now.after(Duration::from_secs(MAX_LENT as u64 - number));
            let forgotten = lent.insert(number.to_string().into(), login(end), now);
            assert!(forgotten.is_empty());
        }
        let soon = login(now.after(Duration::from_millis(1)));
        let forgotten = lent.insert("new".into(), soon, now);
        assert_eq!(forgotten, ["9999".into()]);
        assert!(lent.get("new").is_some() && lent.get("9999").is_none());
        assert!(lent.get("0").is_some());
    }

    #[test]
    fn so_many_bytes_are_kept() {
        let now = Time::parse("2026-01-31T08:00:00Z").unwrap();
        let mut lent = Lent::default();
        let text = |number: u8| -> Arc<str> { format!("{number}{}", "x".repeat(9 << 20)).into() };
        for number in 0..8 {
            lent.insert(text(number), login(now.after(days(1))), now);
        }
        assert!(lent.get(&text(0)).is_none() && lent.get(&text(7)).is_some());
        assert!(lent.0.bytes <= MAX_BYTES);
    }

    #[test]
    fn what_is_over_for_a_day_is_forgotten_and_what_is_ended_is_over() {
        let now = Time::parse("2026-01-31T08:00:00Z").unwrap();
        let mut lent = Lent::default();
        lent.insert("a".into(), login(now.after(days(9))), now);
        lent.insert("b".into(), login(now.after(days(9))), now);
        lent.expire(ADMIN, now);
        assert_eq!(lent.get("a").unwrap().expires, now);
        let later = now.after(days(1));
        let forgotten = lent.insert("c".into(), login(later), later);
        assert_eq!(forgotten, ["a".into(), "b".into()]);
    }
}
