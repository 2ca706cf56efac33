//! From a trace's ids to small dense numbers, in order of first appearance.
//!
//! So popular keys, which appear early, lie close together in every policy's tables. An open-addressing table of 16 bytes
//! a place, at most three quarters full; ids are looked up in groups, so that the misses in memory overlap.

use super::Request;

/// Ids looked up together.
const GROUP: usize = 32;

/// An odd number without structure, for multiplicative hashing.
const SALT: u64 = 0x9e37_79b9_7f4a_7c15;

/// Which slot each id has.
#[derive(Clone, Debug)]
pub struct Slots {
    /// An id, and its slot plus 1; 0 is a free place.
    table: Vec<(u64, u32)>,
    /// A hash's upper bits are its place.
    shift: u32,
    distinct: u32,
}

impl Default for Slots {
    fn default() -> Self {
        Self { table: vec![(0, 0); 1 << 10], shift: 64 - 10, distinct: 0 }
    }
}

impl Slots {
    /// How many different ids there were: all slots are below it.
    #[must_use]
    pub const fn distinct(&self) -> usize {
        self.distinct as usize
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
                (found, slot) if found == id && slot != 0 => return slot - 1,
                (_, 0) => return self.add(place, id),
                _ => place = (place + 1) & (self.table.len() - 1),
            }
        }
    }

    /// The slots of all these requests, appended to `out`.
    pub fn of_all(&mut self, requests: &[Request], out: &mut Vec<u32>) {
        out.reserve(requests.len());
        for group in requests.chunks(GROUP) {
            let warm = group.iter().map(|request| self.table[self.place(request.id)].1);
            std::hint::black_box(warm.fold(0, |sum, slot| sum ^ slot));
            out.extend(group.iter().map(|request| self.of(request.id)));
        }
    }

    #[inline(always)]
    fn place(&self, id: u64) -> usize {
        let wide = u128::from(id ^ SALT) * u128::from(SALT);
        (((wide >> 64) as u64 ^ wide as u64).wrapping_mul(SALT) >> self.shift) as usize
    }

    #[cold]
    #[inline(never)]
    fn add(&mut self, place: usize, id: u64) -> u32 {
        assert!(self.distinct < u32::MAX - 3, "more than 2^32 - 3 different keys");
        self.distinct += 1;
        self.table[place] = (id, self.distinct);
        let slot = self.distinct - 1;
        if self.distinct as usize * 4 > self.table.len() * 3 {
            self.double();
        }
        slot
    }

    fn double(&mut self) {
        let larger = vec![(0, 0); self.table.len() * 2];
        let old = std::mem::replace(&mut self.table, larger);
        self.shift -= 1;
        for (id, slot) in old.into_iter().filter(|(_, slot)| *slot != 0) {
            let mut place = self.place(id);
            while self.table[place].1 != 0 {
                place = (place + 1) & (self.table.len() - 1);
            }
            self.table[place] = (id, slot);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        #[test]
        fn slots_number_ids_by_first_appearance(ids in prop::collection::vec(prop_oneof![0..50_u64, any::<u64>()], 0..4_000)) {
            let requests: Vec<Request> = ids.iter().map(|id| Request::read(*id)).collect();
            let (mut slots, mut found, mut model) = (Slots::default(), Vec::new(), HashMap::new());
            slots.of_all(&requests, &mut found);
            for (id, slot) in ids.iter().zip(found) {
                let next = model.len() as u32;
                prop_assert_eq!(slot, *model.entry(*id).or_insert(next));
            }
            prop_assert_eq!(slots.distinct(), model.len());
        }
    }
}
