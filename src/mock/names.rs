//! The names that handles refer to by number.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

/// The names that handles refer to by number, because a number makes a handle `Copy`.
#[derive(Debug, Default)]
pub(crate) struct Names(Mutex<Interned>);

#[derive(Debug, Default)]
struct Interned {
    numbers: HashMap<Arc<str>, usize>,
    names: Vec<Arc<str>>,
}

impl Names {
    pub(crate) fn number(&self, name: &str) -> usize {
        let Interned { numbers, names } = &mut *self.0.lock();
        if let Some(number) = numbers.get(name) {
            return *number;
        }
        let name: Arc<str> = name.into();
        numbers.insert(Arc::clone(&name), names.len());
        names.push(name);
        names.len() - 1
    }

    pub(crate) fn name(&self, number: usize) -> Arc<str> {
        Arc::clone(&self.0.lock().names[number])
    }
}
