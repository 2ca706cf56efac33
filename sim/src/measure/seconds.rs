//! Latencies second by second, put together from several cores while they run.
//!
//! A second's p99 of several cores is not the highest of theirs: their spans have to be put together first. Once all
//! cores have handed over a second, only its p99 is left of it, so that a run may be as long as it likes.

use std::collections::BTreeMap;

use super::interval::Packed;

/// What a core hands over: the latencies of seconds that are over, and the number of the one under way.
#[derive(Clone, Debug, Default)]
pub struct Handed {
    pub(super) seconds: BTreeMap<u64, Packed>,
    pub(super) under_way: u64,
}

/// The seconds of all cores.
#[derive(Clone, Debug)]
pub struct Seconds {
    /// Those that are not over for every core.
    open: BTreeMap<u64, Packed>,
    /// The p99s of the others, in microseconds.
    p99: Vec<(u64, u64)>,
    /// Each core's second under way.
    under_way: Vec<u64>,
}

impl Seconds {
    /// Of so many cores, which have handed over nothing.
    #[must_use]
    pub fn new(cores: usize) -> Self {
        Self { open: BTreeMap::new(), p99: Vec::new(), under_way: vec![0; cores] }
    }

    /// The `core` has handed this over.
    pub fn add(&mut self, core: usize, handed: Handed) {
        for (second, spans) in handed.seconds {
            self.open.entry(second).or_default().merge(&spans);
        }
        self.under_way[core] = handed.under_way;
        let first = self.under_way.iter().min().copied().unwrap_or(0);
        while let Some(entry) = self.open.first_entry()
            && *entry.key() < first
        {
            let (second, spans) = entry.remove_entry();
            self.p99.push((second, spans.quantile_us(0.99)));
        }
    }

    /// How many seconds' spans are kept.
    #[must_use]
    pub fn open(&self) -> usize {
        self.open.len()
    }

    pub(super) const fn parts(&self) -> (&BTreeMap<u64, Packed>, &Vec<(u64, u64)>) {
        (&self.open, &self.p99)
    }
}
