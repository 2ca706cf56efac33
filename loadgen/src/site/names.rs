//! Names of what the origin is asked for, as the items that its ledger counts by.

use std::collections::HashMap;

use foldhash::fast::FixedState;
use herdlab_sim::key::Item;

/// So many different things are told apart. Whoever asks for more is refused: memory must not grow with the imagination
/// of clients.
const MOST: usize = 1 << 20;

/// Names, numbered in the order in which they were first asked for.
#[derive(Debug, Default)]
pub(super) struct Names(HashMap<Box<str>, u32, FixedState>);

impl Names {
    /// The item of that name; nothing if there are too many.
    pub(super) fn item(&mut self, name: &str) -> Option<Item> {
        if let Some(number) = self.0.get(name) {
            return Some(Item(*number));
        }
        let number = self.0.len();
        if number >= MOST {
            return None;
        }
        self.0.insert(name.into(), number as u32);
        Some(Item(number as u32))
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_item_and_there_are_only_so_many() {
        let mut names = Names::default();
        assert_eq!(names.item("/a"), Some(Item(0)));
        assert_eq!(names.item("/b"), Some(Item(1)));
        assert_eq!(names.item("/a"), Some(Item(0)));
        for n in 2..MOST {
            assert!(names.item(&n.to_string()).is_some());
        }
        assert_eq!((names.item("one too many"), names.count()), (None, MOST));
        assert_eq!(names.item("/b"), Some(Item(1)), "who is known stays known");
    }
}
