//! A map that is cheap to clone.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// The number of parts of a large index. With 100,000 entries, each part has about 400.
const PARTS: usize = 256;
/// The maximum number of entries of an index with a single part.
const SMALL: usize = 512;

/// An unordered map. A clone shares the parts of the original. The first write to a part copies only that part, so a
/// write stays cheap after a [`World`](crate::World) was taken.
#[derive(Debug, Clone)]
pub(super) struct Index<K, V> {
    parts: Arc<Vec<Arc<BTreeMap<K, V>>>>,
    len: usize,
}

impl<K, V> Default for Index<K, V> {
    fn default() -> Index<K, V> {
        Index {
            parts: Arc::default(),
            len: 0,
        }
    }
}

impl<K: Ord + Hash + Clone, V: Clone> Index<K, V> {
    pub(super) fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Ord + Hash + ?Sized,
    {
        self.parts.get(self.part_of(key))?.get(key)
    }

    pub(super) fn insert(&mut self, key: K, value: V) -> Option<V> {
        if self.len == SMALL && self.parts.len() == 1 {
            self.split();
        }
        let part = self.part_of(&key);
        let parts = Arc::make_mut(&mut self.parts);
        if parts.is_empty() {
            parts.push(Arc::default());
        }
        let before = Arc::make_mut(&mut parts[part]).insert(key, value);
        self.len += usize::from(before.is_none());
        before
    }

    pub(super) fn remove<Q>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Ord + Hash + ?Sized,
    {
        self.get(key)?;
        let part = self.part_of(key);
        let removed = Arc::make_mut(&mut Arc::make_mut(&mut self.parts)[part]).remove(key);
        self.len -= usize::from(removed.is_some());
        removed
    }

    /// Splits the single part into many.
    fn split(&mut self) {
        let whole = std::mem::take(&mut self.parts);
        self.parts = Arc::new(vec![Arc::default(); PARTS]);
        self.len = 0;
        for (key, value) in whole.iter().flat_map(|part| part.iter()) {
            self.insert(key.clone(), value.clone());
        }
    }

    /// The part of a key. It is the same in every run, because the hasher has no seed.
    fn part_of<Q: Hash + ?Sized>(&self, key: &Q) -> usize {
        if self.parts.len() < PARTS {
            return 0;
        }
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        (hasher.finish() % PARTS as u64) as usize
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        #[test]
        fn an_index_contains_the_same_entries_as_a_map(
            steps in vec((any::<bool>(), 0..2000_u32, any::<u8>()), 0..2500)
        ) {
            let (mut index, mut map) = (Index::default(), BTreeMap::new());
            for (removes, key, value) in steps {
                if removes {
                    prop_assert_eq!(index.remove(&key), map.remove(&key));
                } else {
                    prop_assert_eq!(index.insert(key, value), map.insert(key, value));
                }
                prop_assert_eq!(index.get(&key), map.get(&key));
            }
            prop_assert_eq!(index.len, map.len());
        }
    }

    #[test]
    fn a_write_does_not_change_a_clone() {
        let mut index = Index::default();
        for number in 0..1000 {
            index.insert(number, number);
        }
        let copy = index.clone();
        index.insert(7, 0);
        index.remove(&8);
        assert_eq!((copy.get(&7), copy.get(&8)), (Some(&7), Some(&8)));
    }
}
