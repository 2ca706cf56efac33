//! The highest rate that still meets a bound, found by doubling and then bisecting.
//!
//! One short run is noisy, so a rate is judged by the majority of its runs, and the two rates at the edge are run three
//! times each before they are believed. A rate whose judgement changes moves the edge, and the search goes on from there.

/// The edge is found when the rates on its two sides differ by no more than this factor.
const PRECISION: f64 = 1.05;
/// Runs of each of the two rates at the edge.
const REPEATS: usize = 3;
/// Above this rate nothing here can send.
const HIGHEST: f64 = 1e7;
/// Below this rate a short run has no quantiles.
const LOWEST: f64 = 10.0;
/// A machine too noisy to be judged ends the search here.
const MOST_RUNS: usize = 60;

/// A search under way.
#[derive(Clone, Debug)]
pub struct Search {
    start: f64,
    /// Rates in the order of their first run, and whether each run met the bound.
    tried: Vec<(f64, Vec<bool>)>,
}

/// What a search found.
#[derive(Copy, Clone, PartialEq, Debug)]
pub enum Found {
    /// The highest rate that meets the bound, and the lowest above it that does not.
    Edge {
        /// Meets it.
        meets: f64,
        /// Does not.
        fails: f64,
    },
    /// Every rate tried meets it.
    AtLeast(f64),
    /// No rate tried meets it.
    Below(f64),
}

impl Search {
    /// A search that begins with this rate, a second.
    #[must_use]
    pub fn new(start: f64) -> Self {
        Self { start: start.clamp(LOWEST, HIGHEST), tried: Vec::new() }
    }

    /// The rate to run next; `None` when the search is over.
    #[must_use]
    pub fn next(&self) -> Option<f64> {
        if self.tried.iter().map(|(_, runs)| runs.len()).sum::<usize>() >= MOST_RUNS {
            return None;
        }
        match self.edge() {
            (None, None) => Some(self.start),
            (Some(low), None) => Some(low * 2.0).filter(|rate| *rate <= HIGHEST),
            (None, Some(high)) => Some(high / 2.0).filter(|rate| *rate >= LOWEST),
            (Some(low), Some(high)) if high / low > PRECISION => Some((low * high).sqrt()),
            (Some(low), Some(high)) => {
                [low, high].into_iter().find(|rate| self.runs_of(*rate) < REPEATS)
            }
        }
    }

    /// A run at that rate met the bound, or not.
    pub fn tell(&mut self, rate: f64, met: bool) {
        match self.tried.iter_mut().find(|(tried, _)| *tried == rate) {
            Some((_, runs)) => runs.push(met),
            None => self.tried.push((rate, vec![met])),
        }
    }

    /// What is known so far; nothing before the first run.
    #[must_use]
    pub fn found(&self) -> Option<Found> {
        match self.edge() {
            (Some(meets), Some(fails)) => Some(Found::Edge { meets, fails }),
            (Some(meets), None) => Some(Found::AtLeast(meets)),
            (None, Some(fails)) => Some(Found::Below(fails)),
            (None, None) => None,
        }
    }

    /// The lowest rate that fails, and the highest below it that meets.
    fn edge(&self) -> (Option<f64>, Option<f64>) {
        let fails = |runs: &[bool]| runs.iter().filter(|met| **met).count() * 2 <= runs.len();
        let of = |failing: bool| {
            self.tried.iter().filter(move |(_, runs)| fails(runs) == failing).map(|(rate, _)| *rate)
        };
        let high = of(true).min_by(f64::total_cmp);
        let low = of(false).filter(|rate| high.is_none_or(|high| *rate < high));
        (low.max_by(f64::total_cmp), high)
    }

    fn runs_of(&self, rate: f64) -> usize {
        self.tried.iter().find(|(tried, _)| *tried == rate).map_or(0, |(_, runs)| runs.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use herdlab_sim::random::{bits, unit};

    /// The search's result if rates up to `limit` meet the bound, but one run of `lies` in a hundred tells the contrary.
    fn searched(start: f64, limit: f64, lies: u64, seed: u64) -> (Option<Found>, usize) {
        let (mut search, mut runs) = (Search::new(start), 0);
        while let Some(rate) = search.next() {
            runs += 1;
            let lie = unit(bits(seed, runs as u64, 0)) * 100.0 <= lies as f64;
            search.tell(rate, (rate <= limit) != lie);
            assert!(runs <= MOST_RUNS);
        }
        (search.found(), runs)
    }

    #[test]
    fn the_edge_is_found_to_five_percent_from_wherever_the_search_begins() {
        for limit in [37.0, 1_234.0, 56_789.0, 2_000_000.0] {
            for start in [10.0, 1_000.0, 1e6] {
                let (found, runs) = searched(start, limit, 0, 1);
                let Some(Found::Edge { meets, fails }) = found else { panic!("{found:?}") };
                assert!(meets <= limit && limit < fails && fails / meets <= PRECISION);
                assert!(runs <= 32, "{runs} runs from {start} to {limit}");
            }
        }
    }

    #[test]
    fn a_bound_that_all_or_none_meet_has_no_edge() {
        let (all, _) = searched(1_000.0, 1e12, 0, 1);
        assert!(matches!(all, Some(Found::AtLeast(rate)) if rate > HIGHEST / 2.1), "{all:?}");
        let (none, _) = searched(1_000.0, 0.0, 0, 1);
        assert!(matches!(none, Some(Found::Below(rate)) if rate < LOWEST * 2.1), "{none:?}");
        assert_eq!(Search::new(1.0).found(), None);
    }

    #[test]
    fn a_lie_at_the_edge_is_outvoted() {
        let mut search = Search::new(100.0);
        let (mut lied, limit) = (false, 100.0);
        while let Some(rate) = search.next() {
            let lie = !lied && (95.0..limit).contains(&rate);
            lied |= lie;
            search.tell(rate, (rate <= limit) != lie);
        }
        let Some(Found::Edge { meets, .. }) = search.found() else { panic!("an edge") };
        assert!(meets >= 92.0, "{meets}");
    }

    #[test]
    fn every_search_ends_however_noisy_the_runs_are() {
        for seed in 0..200 {
            let (_, runs) = searched(1_000.0, 50_000.0, 30, seed);
            assert!(runs <= MOST_RUNS, "seed {seed}");
        }
    }
}
