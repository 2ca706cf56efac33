//! How often keys were asked for, approximately: a counting Bloom filter that forgets by halves.

use crate::random::bits;

/// Counters a key would have to itself and counters a key has, for one false answer in a thousand: -ln p / (ln 2)^2 and
/// ln 2 times that (Fan, Cao, Almeida, Broder, Summary cache, IEEE/ACM ToN 8(3), 2000).
const COUNTERS: f64 = 14.377_587_5;
const HASHES: u64 = 10;

/// The counters.
#[derive(Clone, Debug)]
pub(super) struct Sketch(Vec<u16>);

impl Sketch {
    /// For so many keys at a time.
    pub(super) fn new(keys: u64) -> Self {
        let counters = (keys as f64 * COUNTERS).ceil().max(2.0 * HASHES as f64);
        Self(vec![0; counters as usize])
    }

    /// Two hashes make ten (Kirsch and Mitzenmacher, Less hashing, same performance, 2006).
    fn places(&self, key: u32) -> impl Iterator<Item = usize> + use<> {
        let hash = bits(0, u64::from(key), 0);
        let (first, step, all) = (hash >> 32, hash & 0xffff_ffff | 1, self.0.len() as u64);
        (0..HASHES).map(move |n| ((first + n * step) % all) as usize)
    }

    /// The key was asked for.
    pub(super) fn add(&mut self, key: u32) {
        for place in self.places(key) {
            self.0[place] = self.0[place].saturating_add(1);
        }
    }

    /// At most how often, since the halvings before.
    pub(super) fn count(&self, key: u32) -> u16 {
        self.places(key).map(|place| self.0[place]).min().unwrap_or(0)
    }

    /// All counters forget half.
    pub(super) fn halve(&mut self) {
        self.0.iter_mut().for_each(|counter| *counter >>= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_never_too_low_and_in_a_fitting_sketch_nearly_always_right() {
        let mut sketch = Sketch::new(1_000);
        (0..1_000).for_each(|key| (0..key % 7).for_each(|_| sketch.add(key)));
        let wrong = (0..1_000).filter(|key| {
            let (found, right) = (sketch.count(*key), (key % 7) as u16);
            assert!(found >= right, "key {key}: {found} of {right}");
            found > right
        });
        assert!(wrong.count() <= 5);
        sketch.halve();
        assert_eq!(sketch.count(6), 3);
    }
}
