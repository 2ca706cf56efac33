//! What each process remembers for itself, and forgets when it begins anew.

use std::cell::RefCell;
use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::world::Process;

/// A memory for each process.
#[derive(Debug)]
pub(super) struct PerProcess<T>(RefCell<HashMap<u32, (u32, T), FixedState>>);

impl<T: Default> PerProcess<T> {
    pub(super) fn new() -> Self {
        Self(RefCell::default())
    }

    /// Looks at what that process remembers: nothing yet, if it began anew.
    pub(super) fn of<R>(&self, process: Process, look: impl FnOnce(&mut T) -> R) -> R {
        let mut all = self.0.borrow_mut();
        let (life, memory) = all.entry(process.number).or_default();
        if *life != process.life {
            (*life, *memory) = (process.life, T::default());
        }
        look(memory)
    }

    /// Changes what every process remembers.
    pub(super) fn all(&self, mut change: impl FnMut(&mut T)) {
        self.0.borrow_mut().values_mut().for_each(|(_, memory)| change(memory));
    }
}
