//! Maps of issued credentials that expire, with limits on their number and size.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::UserNo;
use crate::base::clock::{Time, days};

/// The maximum number of entries in one map.
const MAX_ENTRIES: usize = 10_000;
/// The maximum number of bytes in all entries of one map.
const MAX_BYTES: usize = 64 << 20;

/// A credential that expires.
pub(super) trait Expiring: Clone {
    fn user(&self) -> Option<UserNo>;
    fn expires(&self) -> Time;
    /// Makes it expire now, unless it has already expired.
    fn expire(&mut self, now: Time);
    /// Its size in bytes, without its key, if it can be large.
    fn bytes(&self) -> usize {
        0
    }
}

/// Credentials of one kind, by their text. An expired credential stays for a day, so that a refusal can name it. When
/// the map is full, the credential that expires first is dropped.
#[derive(Debug, Clone)]
pub(super) struct ExpiringMap<T>(Arc<Entries<T>>);

#[derive(Debug, Clone)]
struct Entries<T> {
    by_text: BTreeMap<Arc<str>, T>,
    by_expiry: BTreeSet<(Time, Arc<str>)>,
    bytes: usize,
}

impl<T> Default for ExpiringMap<T> {
    fn default() -> ExpiringMap<T> {
        ExpiringMap(Arc::new(Entries {
            by_text: BTreeMap::new(),
            by_expiry: BTreeSet::new(),
            bytes: 0,
        }))
    }
}

impl<T: Expiring> ExpiringMap<T> {
    pub(super) fn get(&self, text: &str) -> Option<&T> {
        self.0.by_text.get(text)
    }

    /// Inserts a credential. Returns the texts of those that were dropped.
    pub(super) fn insert(&mut self, text: Arc<str>, what: T, now: Time) -> Vec<Arc<str>> {
        let entries = Arc::make_mut(&mut self.0);
        entries.remove(&text);
        let bytes = text.len() + what.bytes();
        let mut dropped = Vec::new();
        while let Some((end, first)) = entries.by_expiry.first()
            && (is_stale(*end, now)
                || entries.by_text.len() >= MAX_ENTRIES
                || entries.bytes + bytes > MAX_BYTES)
        {
            let first = Arc::clone(first);
            entries.remove(&first);
            dropped.push(first);
        }
        entries.bytes += bytes;
        entries
            .by_expiry
            .insert((what.expires(), Arc::clone(&text)));
        entries.by_text.insert(text, what);
        dropped
    }

    /// Makes all credentials of a user expire.
    pub(super) fn expire(&mut self, user: UserNo, now: Time) {
        let entries = Arc::make_mut(&mut self.0);
        let all = entries.by_text.iter_mut();
        for (text, what) in all.filter(|(_, what)| what.user() == Some(user)) {
            entries
                .by_expiry
                .remove(&(what.expires(), Arc::clone(text)));
            what.expire(now);
            entries.by_expiry.insert((what.expires(), Arc::clone(text)));
        }
    }
}

impl<T: Expiring> Entries<T> {
    fn remove(&mut self, text: &Arc<str>) {
        if let Some(what) = self.by_text.remove(text) {
            self.by_expiry.remove(&(what.expires(), Arc::clone(text)));
            self.bytes -= text.len() + what.bytes();
        }
    }
}

fn is_stale(expires: Time, now: Time) -> bool {
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
    fn a_full_map_drops_the_entry_that_expires_first() {
        let now = Time::parse("2026-01-31T08:00:00Z").unwrap();
        let mut map = ExpiringMap::default();
        for number in 0..MAX_ENTRIES as u64 {
            // The last entry expires first.
            let end = now.after(Duration::from_secs(MAX_ENTRIES as u64 - number));
            let dropped = map.insert(number.to_string().into(), login(end), now);
            assert!(dropped.is_empty());
        }
        let soon = login(now.after(Duration::from_millis(1)));
        let dropped = map.insert("new".into(), soon, now);
        assert_eq!(dropped, ["9999".into()]);
        assert!(map.get("new").is_some() && map.get("9999").is_none());
        assert!(map.get("0").is_some());
    }

    #[test]
    fn a_map_is_limited_in_bytes() {
        let now = Time::parse("2026-01-31T08:00:00Z").unwrap();
        let mut map = ExpiringMap::default();
        let text = |number: u8| -> Arc<str> { format!("{number}{}", "x".repeat(9 << 20)).into() };
        for number in 0..8 {
            map.insert(text(number), login(now.after(days(1))), now);
        }
        assert!(map.get(&text(0)).is_none() && map.get(&text(7)).is_some());
        assert!(map.0.bytes <= MAX_BYTES);
    }

    #[test]
    fn an_entry_is_dropped_a_day_after_it_expires() {
        let now = Time::parse("2026-01-31T08:00:00Z").unwrap();
        let mut map = ExpiringMap::default();
        map.insert("a".into(), login(now.after(days(9))), now);
        map.insert("b".into(), login(now.after(days(9))), now);
        map.expire(ADMIN, now);
        assert_eq!(map.get("a").unwrap().expires, now);
        let later = now.after(days(1));
        let dropped = map.insert("c".into(), login(later), later);
        assert_eq!(dropped, ["a".into(), "b".into()]);
    }
}
