//! The open loop: request i has its instant before the run begins, whatever happens in it.
//!
//! Rates are piecewise constant. Gaps are drawn at rate one and stretched through the pieces, so a change of rate moves
//! no request before it and none is drawn twice (the time-change of an inhomogeneous Poisson process).

use rand_distr::{Distribution, Exp1};
use rand_pcg::Pcg64Dxsm;

use crate::plan::{Arrivals, Change, Event};
use crate::random::stream;
use crate::time::Nanos;

/// The due times of an open loop, in order, until the end of the run.
#[derive(Clone, Debug)]
pub struct Schedule {
    rng: Pcg64Dxsm,
    arrivals: Arrivals,
    /// Where each rate begins, in nanoseconds, and the rate per nanosecond; the last piece ends the run.
    pieces: Vec<(f64, f64)>,
    piece: usize,
    /// The present piece's end and mean gap.
    until: f64,
    mean_gap: f64,
    at: f64,
    end: f64,
}

impl Schedule {
    /// The schedule of `rate` requests a second, as `events` change it, until `end`.
    #[must_use]
    pub fn new(seed: u64, arrivals: Arrivals, rate: f64, events: &[Event], end: Nanos) -> Self {
        let mut schedule = Self::of("arrivals", seed, arrivals, rate, end);
        schedule.pieces.extend(events.iter().filter_map(|event| match event.change {
            Change::Rate(rate) => Some((event.at.as_nanos() as f64, rate / 1e9)),
            _ => None,
        }));
        schedule.enter(0);
        schedule
    }

    /// A schedule of `rate` a second on the stream of that name, until `end`.
    #[must_use]
    pub fn of(name: &str, seed: u64, arrivals: Arrivals, rate: f64, end: Nanos) -> Self {
        let mut schedule = Self {
            rng: stream(seed, name),
            arrivals,
            pieces: vec![(0.0, rate / 1e9)],
            piece: 0,
            until: 0.0,
            mean_gap: 0.0,
            at: 0.0,
            end: end.as_nanos() as f64,
        };
        schedule.enter(0);
        schedule
    }

    /// The piece of that number begins.
    fn enter(&mut self, piece: usize) {
        self.piece = piece;
        self.until = self.pieces.get(piece + 1).map_or(self.end, |next| next.0.min(self.end));
        self.mean_gap = 1.0 / self.pieces[piece].1;
    }

    /// How many requests there will be, as expected; the end is in nanoseconds.
    #[must_use]
    pub fn expected(&self) -> f64 {
        let ends = self.pieces.iter().skip(1).map(|p| p.0.min(self.end)).chain([self.end]);
        self.pieces.iter().zip(ends).map(|(&(from, rate), to)| (to - from).max(0.0) * rate).sum()
    }
}

/// The due times, until the run is over.
impl Iterator for Schedule {
    type Item = Nanos;

    #[inline(always)] // the open loop draws in batches
    fn next(&mut self) -> Option<Nanos> {
        let mut gap: f64 = match self.arrivals {
            Arrivals::Poisson => Exp1.sample(&mut self.rng),
            Arrivals::Constant => 1.0,
        };
        loop {
            let reach = self.at + gap * self.mean_gap;
            if reach < self.until {
                self.at = reach;
                return Some(Nanos::from_nanos(reach as u64));
            }
            if self.until >= self.end {
                self.at = self.end;
                return None;
            }
            gap -= (self.until - self.at) / self.mean_gap;
            self.at = self.until;
            self.enter(self.piece + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dues(schedule: &mut Schedule) -> Vec<Nanos> {
        schedule.collect()
    }

    #[test]
    fn poisson_gaps_have_the_mean_and_variance_of_the_exponential() {
        let mut schedule =
            Schedule::new(42, Arrivals::Poisson, 1_000.0, &[], Nanos::from_secs(300));
        let dues = dues(&mut schedule);
        let gaps: Vec<f64> = dues.windows(2).map(|w| (w[1] - w[0]).as_secs_f64()).collect();
        let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
        let variance = gaps.iter().map(|g| (g - mean).powi(2)).sum::<f64>() / gaps.len() as f64;
        assert!((mean * 1e3 - 1.0).abs() < 0.01, "mean gap {mean} s, seed 42");
        assert!((variance * 1e6 - 1.0).abs() < 0.03, "variance {variance} s2, seed 42");
    }

    #[test]
    fn a_changed_rate_moves_no_request_before_the_change() {
        let change = [Event { at: Nanos::from_secs(5), change: Change::Rate(4_000.0) }];
        let steady =
            dues(&mut Schedule::new(7, Arrivals::Poisson, 1_000.0, &[], Nanos::from_secs(10)));
        let changed =
            dues(&mut Schedule::new(7, Arrivals::Poisson, 1_000.0, &change, Nanos::from_secs(10)));
        let before = |dues: &[Nanos]| {
            dues.iter().filter(|d| **d < Nanos::from_secs(5)).copied().collect::<Vec<_>>()
        };
        assert_eq!(before(&steady), before(&changed));
        let after = changed.len() - before(&changed).len();
        assert!(
            (after as f64 / 20_000.0 - 1.0).abs() < 0.03,
            "{after} requests in the 5 s after, expected 20000"
        );
    }

    #[test]
    fn constant_arrivals_are_exact_and_a_rate_of_zero_is_a_pause() {
        let events = [
            Event { at: Nanos::from_secs(2), change: Change::Rate(0.0) },
            Event { at: Nanos::from_secs(4), change: Change::Rate(10.0) },
        ];
        let mut schedule = Schedule::new(1, Arrivals::Constant, 10.0, &events, Nanos::from_secs(5));
        assert!((schedule.expected() - 30.0).abs() < 1e-6);
        let dues = dues(&mut schedule);
        assert_eq!(
            dues.len(),
            29,
            "the first comes one gap after the start, the one due at the end is not sent"
        );
        assert!(dues.iter().all(|d| *d < Nanos::from_secs(2) || *d >= Nanos::from_secs(4)));
    }
}
