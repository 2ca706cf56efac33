//! HdrHistogram's slots (lowest value 1, three digits), in blocks of which only those in use are ever looked at.
//!
//! Most of the 28,000 slots are empty: a cache answers in hundreds of microseconds, and whoever waited for an origin has
//! hundreds of milliseconds. A bit for each block tells which are not.

use super::distribution::LONGEST_US;

/// Bits of a value that are told apart: 2,048 slots up to twice the precision of three digits.
const BITS: u32 = 11;
const HALF: usize = 1 << (BITS - 1);

/// Slots a block: one cache line.
const BLOCK: usize = 16;
const BLOCKS: usize = slot(LONGEST_US) / BLOCK + 1;
const WORDS: usize = BLOCKS.div_ceil(64);

/// How often something fell into each slot.
#[derive(Clone, Debug)]
pub(super) struct Slots {
    blocks: Vec<[u32; BLOCK]>,
    /// A bit for each block that may not be all zeros.
    used: [u64; WORDS],
}

impl Default for Slots {
    fn default() -> Self {
        Self { blocks: vec![[0; BLOCK]; BLOCKS], used: [0; WORDS] }
    }
}

impl Slots {
    /// A value of at most [`LONGEST_US`] came so often.
    #[inline]
    pub(super) fn count(&mut self, us: u64, times: u32) {
        let slot = slot(us);
        let block = slot / BLOCK;
        self.blocks[block][slot % BLOCK] += times;
        self.used[block / 64] |= 1 << (block % 64);
    }

    /// Adds another's counts.
    pub(super) fn add(&mut self, other: &Self) {
        for block in in_use(other.used) {
            let sums = self.blocks[block].iter_mut().zip(other.blocks[block]);
            sums.for_each(|(sum, count)| *sum += count);
        }
        self.used.iter_mut().zip(other.used).for_each(|(mine, theirs)| *mine |= theirs);
    }

    /// Adds what came to `other` since `known` was the same as it, and makes `known` the same again.
    pub(super) fn add_new(&mut self, other: &Self, known: &mut Self) {
        for block in in_use(other.used) {
            let (now, before) = (&other.blocks[block], &mut known.blocks[block]);
            if now != before {
                let new = now.iter().zip(before.iter()).map(|(now, before)| now - before);
                self.blocks[block].iter_mut().zip(new).for_each(|(sum, count)| *sum += count);
                *before = *now;
                self.used[block / 64] |= 1 << (block % 64);
            }
        }
        known.used = other.used;
    }

    /// The slots that are not empty and their counts, in order.
    #[inline]
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, u32)> {
        in_use(self.used).flat_map(|block| {
            let counts = self.blocks[block].iter().enumerate().filter(|(_, count)| **count > 0);
            counts.map(move |(at, count)| (block * BLOCK + at, *count))
        })
    }

    /// The slots up to which so many are, for several numbers in ascending order; the last one in use for one that is
    /// never reached.
    pub(super) fn reaching<const N: usize>(&self, targets: [u64; N]) -> [usize; N] {
        let (mut reached, mut next, mut seen) = ([0; N], 0, 0);
        for block in in_use(self.used) {
            let counts = &self.blocks[block];
            let all: u32 = counts.iter().sum();
            let mut below = seen;
            seen += u64::from(all);
            for (at, count) in counts.iter().enumerate() {
                if next == N || seen < targets[next] {
                    break;
                }
                below += u64::from(*count);
                while next < N && below >= targets[next] {
                    reached[next] = block * BLOCK + at;
                    next += 1;
                }
            }
        }
        reached
    }

    /// Empties all.
    pub(super) fn clear(&mut self) {
        for block in in_use(self.used) {
            self.blocks[block] = [0; BLOCK];
        }
        self.used = [0; WORDS];
    }
}

/// The numbers of the bits that are set.
#[inline]
fn in_use(words: [u64; WORDS]) -> impl Iterator<Item = usize> {
    words.into_iter().enumerate().flat_map(|(at, mut word)| {
        std::iter::from_fn(move || {
            let bit = (word != 0).then(|| word.trailing_zeros() as usize)?;
            word &= word - 1;
            Some(at * 64 + bit)
        })
    })
}

/// The slot of a value: exact below 2,048, then in steps that double with each power of two.
const fn slot(us: u64) -> usize {
    let shift = (us | (2 * HALF as u64 - 1)).ilog2() + 1 - BITS;
    shift as usize * HALF + (us >> shift) as usize
}

/// The least value of a slot, and by which power of two its values are told apart.
const fn least(slot: usize) -> (u64, u32) {
    let shift = (slot / HALF).saturating_sub(1);
    (((slot - shift * HALF) as u64) << shift, shift as u32)
}

/// The least value of a slot.
pub(super) const fn lowest(slot: usize) -> u64 {
    least(slot).0
}

/// The highest value of a slot.
pub(super) const fn highest(slot: usize) -> u64 {
    let (lowest, shift) = least(slot);
    lowest + (1 << shift) - 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_value_lies_within_its_slot() {
        for us in [0, 1, 2_047, 2_048, 2_049, 4_095, 4_096, 1 << 36, LONGEST_US] {
            let slot = slot(us);
            assert!((lowest(slot)..=highest(slot)).contains(&us), "{us} in {slot}");
            assert_eq!(lowest(slot + 1), highest(slot) + 1);
        }
    }

    fn counted(all: &[u64]) -> Slots {
        let mut slots = Slots::default();
        all.iter().for_each(|us| slots.count(*us, 1));
        slots
    }

    proptest! {
        #[test]
        fn what_is_new_and_what_was_known_are_all(
            first in prop::collection::vec(0..100_000_u64, 0..60), then in prop::collection::vec(0..100_000_u64, 0..60),
        ) {
            let list = |slots: &Slots| slots.iter().collect::<Vec<_>>();
            let (mut known, mut new) = (Slots::default(), Slots::default());
            new.add_new(&counted(&first), &mut known);
            prop_assert_eq!(list(&new), list(&counted(&first)));
            new.clear();
            prop_assert_eq!(list(&new), vec![]);
            let all = counted(&[first.clone(), then.clone()].concat());
            new.add_new(&all, &mut known);
            prop_assert_eq!(list(&new), list(&counted(&then)));
            new.add(&counted(&first));
            prop_assert_eq!(list(&new), list(&known));
        }

        #[test]
        fn as_many_as_wanted_lie_up_to_the_slot_that_reaches_them(
            all in prop::collection::vec(0..100_000_u64, 1..60), wanted in 1..60_u64,
        ) {
            let wanted = wanted.min(all.len() as u64);
            let [first, reached] = counted(&all).reaching([1, wanted]);
            let mut sorted: Vec<usize> = all.iter().map(|us| slot(*us)).collect();
            sorted.sort_unstable();
            prop_assert_eq!((first, reached), (sorted[0], sorted[wanted as usize - 1]));
        }
    }
}
