//! From a trace's ids to small dense numbers, in order of first appearance as long as all are kept.
//!
//! So popular keys, which appear early, lie close together in every policy's tables. An open-addressing table of slots, 4
//! bytes a place and at most half full, beside the slots' ids: of the popular ones few lines of memory are used. Ids
//! are looked up in groups, and each step is taken for the whole group, so that the misses in memory overlap.

use super::Request;

/// Ids looked up together.
const GROUP: usize = 32;

/// An odd number without structure, for multiplicative hashing.
const SALT: u64 = 0x9e37_79b9_7f4a_7c15;

/// Which slot each id has.
#[derive(Clone, Debug)]
pub struct Slots {
    /// For each place an id's slot, from 1; 0 is a free place.
    table: Vec<u32>,
    /// The id of each slot, from 1; the first is nobody's.
    ids: Vec<u64>,
    /// Slots that are nobody's again; the lowest is the last.
    free: Vec<u32>,
    /// A hash's upper bits are its place.
    shift: u32,
}

impl Default for Slots {
    fn default() -> Self {
        Self { table: vec![0; 1 << 10], ids: vec![0], free: Vec::new(), shift: 64 - 10 }
    }
}

impl Slots {
    /// How many slots there are, all below it: as many as different ids, unless some were [let go](Self::keep).
    #[must_use]
    pub const fn distinct(&self) -> usize {
        self.ids.len() - 1
    }

    /// How many slots are an id's.
    #[must_use]
    pub const fn used(&self) -> usize {
        self.distinct() - self.free.len()
    }

    /// Lets go of all slots but those `known`: their ids are new when they come again, and others get the slots.
    pub fn keep(&mut self, known: impl Fn(u32) -> bool) {
        // Which are known cannot be foretold, so no jump hangs on it.
        let end = self.ids.len();
        let (mut kept, mut used) = (vec![0; end], 0);
        self.free.resize(end, 0);
        let mut free = 0;
        for slot in (1..end as u32).rev() {
            let known = known(slot - 1);
            kept[used] = slot;
            used += usize::from(known);
            self.free[free] = slot;
            free += usize::from(!known);
        }
        self.free.truncate(free);
        self.table.fill(0);
        kept[..used].iter().rev().for_each(|slot| self.enter(*slot));
    }

    /// The id's slot, a new one if it is new.
    ///
    /// # Panics
    /// With more than 2^32 - 3 different ids.
    #[inline]
    pub fn of(&mut self, id: u64) -> u32 {
        let mut place = self.place(id);
        loop {
            match self.table[place] {
                0 => return self.add(place, id),
                slot if self.ids[slot as usize] == id => return slot - 1,
                _ => place = (place + 1) & (self.table.len() - 1),
            }
        }
    }

    /// The slots of all these requests, appended to `out`.
    pub fn of_all(&mut self, requests: &[Request], out: &mut Vec<u32>) {
        out.reserve(requests.len());
        let (groups, rest) = requests.as_chunks::<GROUP>();
        for group in groups {
            let mut slots = [0; GROUP];
            for (slot, request) in slots.iter_mut().zip(group) {
                *slot = self.table[self.place(request.id)];
            }
            // Whether an id is where it is looked for first cannot be foretold, so no jump hangs on it.
            let (mut elsewhere, mut count) = ([0_u8; GROUP], 0);
            for (n, (slot, request)) in slots.iter_mut().zip(group).enumerate() {
                elsewhere[count] = n as u8;
                count += usize::from((*slot == 0) | (self.ids[*slot as usize] != request.id));
                *slot = slot.wrapping_sub(1);
            }
            for n in &elsewhere[..count] {
                slots[usize::from(*n)] = self.of(group[usize::from(*n)].id);
            }
            out.extend_from_slice(&slots);
        }
        out.extend(rest.iter().map(|request| self.of(request.id)));
    }

    #[inline(always)]
    fn place(&self, id: u64) -> usize {
        let wide = u128::from(id ^ SALT) * u128::from(SALT);
        (((wide >> 64) as u64 ^ wide as u64) >> self.shift) as usize
    }

    #[inline]
    fn add(&mut self, place: usize, id: u64) -> u32 {
        let Some(slot) = self.free.pop() else { return self.push(place, id) };
        self.ids[slot as usize] = id;
        self.table[place] = slot;
        slot - 1
    }

    #[cold]
    #[inline(never)]
    fn push(&mut self, place: usize, id: u64) -> u32 {
        assert!(self.ids.len() < u32::MAX as usize - 2, "more than 2^32 - 3 different keys");
        let slot = self.ids.len() as u32;
        self.ids.push(id);
        self.table[place] = slot;
        if self.ids.len() * 2 > self.table.len() {
            self.double();
        }
        slot - 1
    }

    /// The popular ids, which came first, get the places that are theirs first.
    fn double(&mut self) {
        let places = self.table.len() * 2;
        self.table = Vec::new(); // the ids know all that was in it
        self.table = vec![0; places];
        self.shift -= 1;
        for slot in 1..self.ids.len() {
            self.enter(slot as u32);
        }
    }

    /// Writes a slot that is not in the table where its id is looked for.
    #[inline]
    fn enter(&mut self, slot: u32) {
        let mut place = self.place(self.ids[slot as usize]);
        while self.table[place] != 0 {
            place = (place + 1) & (self.table.len() - 1);
        }
        self.table[place] = slot;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::{HashMap, HashSet};

    /// Ids of which some come often.
    fn ids() -> impl Strategy<Value = Vec<u64>> {
        prop::collection::vec(prop_oneof![0..50_u64, any::<u64>()], 0..4_000)
    }

    fn requests(ids: &[u64]) -> Vec<Request> {
        ids.iter().map(|id| Request::read(*id)).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        #[test]
        fn slots_number_ids_by_first_appearance(ids in ids()) {
            let (mut slots, mut found, mut model) = (Slots::default(), Vec::new(), HashMap::new());
            slots.of_all(&requests(&ids), &mut found);
            for (id, slot) in ids.iter().zip(found) {
                let next = model.len() as u32;
                prop_assert_eq!(slot, *model.entry(*id).or_insert(next));
            }
            prop_assert_eq!(slots.distinct(), model.len());
        }

        #[test]
        fn slots_that_are_kept_stay_their_ids_and_the_others_are_given_out_again(
            rounds in prop::collection::vec((ids(), 1..9_u64), 1..6)
        ) {
            let (mut slots, mut model) = (Slots::default(), HashMap::<u64, u32>::new());
            for (ids, kept) in rounds {
                let mut found = Vec::new();
                slots.of_all(&requests(&ids), &mut found);
                for (id, slot) in ids.iter().zip(found) {
                    prop_assert_eq!(slot, *model.entry(*id).or_insert(slot), "id {}", id);
                }
                let different: HashSet<u32> = model.values().copied().collect();
                prop_assert_eq!((slots.used(), different.len()), (model.len(), model.len()));
                prop_assert!(different.iter().all(|slot| (*slot as usize) < slots.distinct()));
                model.retain(|_, slot| u64::from(*slot) % kept == 0);
                let (below, known) = (slots.distinct(), HashSet::<u32>::from_iter(model.values().copied()));
                slots.keep(|slot| known.contains(&slot));
                prop_assert_eq!((slots.used(), slots.distinct()), (model.len(), below));
            }
        }
    }
}
