//! Names of what the origin is asked for, as the items that its ledger counts by.

use std::collections::HashMap;

use foldhash::fast::FixedState;
use herdlab_sim::key::Item;

/// So many different things are told apart, and names of so many bytes in all. Whoever asks for more is refused: memory
/// must not grow with the imagination of clients.
const MOST: usize = 1 << 20;
/// See [`MOST`].
const MOST_BYTES: usize = 128 << 20;

/// Names, numbered in the order in which they were first asked for.
#[derive(Debug, Default)]
pub(super) struct Names {
    numbers: HashMap<Box<str>, u32, FixedState>,
    bytes: usize,
}

impl Names {
    /// The item of that name; nothing if there are too many.
    pub(super) fn item(&mut self, name: &str) -> Option<Item> {
        if let Some(number) = self.numbers.get(name) {
            return Some(Item(*number));
        }
        let number = self.numbers.len();
        if number >= MOST || self.bytes + name.len() > MOST_BYTES {
            return None;
        }
        self.bytes += name.len();
        self.numbers.insert(name.into(), number as u32);
        Some(Item(number as u32))
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.numbers.len()
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
        let mut long = Names::default();
        let rest = "x".repeat(1 << 20);
        let all = (0..200).filter(|n| long.item(&format!("{n}{rest}")).is_some());
        assert_eq!(all.count(), 127, "a little more than a mebibyte each");
    }
}
