//! `lru`: the least recently used entry goes.
//!
//! A doubly linked list threaded through the slots themselves: no map and no allocation an access.

use super::Policy;

/// The list's two ends, as a slot that no cache gives out.
const END: u32 = u32::MAX;

/// Least recently used.
#[derive(Clone, Debug)]
pub struct Lru {
    /// For each slot its neighbours: towards the oldest, towards the newest.
    links: Vec<(u32, u32)>,
    oldest: u32,
    newest: u32,
}

impl Default for Lru {
    fn default() -> Self {
        Self { links: Vec::new(), oldest: END, newest: END }
    }
}

impl Lru {
    fn unlink(&mut self, slot: u32) {
        let (older, newer) = self.links[slot as usize];
        match older {
            END => self.oldest = newer,
            _ => self.links[older as usize].1 = newer,
        }
        match newer {
            END => self.newest = older,
            _ => self.links[newer as usize].0 = older,
        }
    }

    fn push(&mut self, slot: u32) {
        self.links[slot as usize] = (self.newest, END);
        match self.newest {
            END => self.oldest = slot,
            newest => self.links[newest as usize].1 = slot,
        }
        self.newest = slot;
    }
}

impl Policy for Lru {
    fn inserted(&mut self, slot: u32) {
        if slot as usize >= self.links.len() {
            self.links.resize(slot as usize + 1, (END, END));
        }
        self.push(slot);
    }

    fn touched(&mut self, slot: u32) {
        if slot != self.newest {
            self.unlink(slot);
            self.push(slot);
        }
    }

    fn removed(&mut self, slot: u32) {
        self.unlink(slot);
    }

    fn victim(&self) -> Option<u32> {
        (self.oldest != END).then_some(self.oldest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_list_agrees_with_a_naive_one(steps in prop::collection::vec((0..3_u8, 0..20_u32), 0..400)) {
            let (mut lru, mut naive) = (Lru::default(), Vec::<u32>::new());
            for (what, slot) in steps {
                let known = naive.contains(&slot);
                naive.retain(|s| *s != slot);
                match (what, known) {
                    (0 | 1, false) => { lru.inserted(slot); naive.push(slot); }
                    (0 | 1, true) => { lru.touched(slot); naive.push(slot); }
                    (_, true) => lru.removed(slot),
                    (_, false) => {}
                }
                prop_assert_eq!(lru.victim(), naive.first().copied());
            }
        }
    }
}
