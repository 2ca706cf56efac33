//! The open loop: request i has its instant before the run begins, whatever happens in it.
//!
//! Rates are piecewise constant or straight lines. Gaps are drawn at rate one and stretched through the pieces, so a
//! change of rate moves no request before it and none is drawn twice (the time-change of an inhomogeneous Poisson
//! process: Cinlar, Introduction to Stochastic Processes, 1975, section 4.7).

use std::sync::Arc;

use rand::Rng;
use rand_distr::{Distribution, Exp1};
use rand_pcg::Pcg64Dxsm;

use super::Trace;
use super::trace::played;
use crate::plan::{Arrivals, Change, Event, Load, Step};
use crate::random::{stream, unit};
use crate::time::Nanos;

/// The due times of an open loop, in order, until the end of the run.
#[derive(Clone, Debug)]
pub struct Schedule {
    rng: Pcg64Dxsm,
    gaps: Gaps,
    pieces: Vec<Piece>,
    /// The piece under way, where it ends, its mean gap at its beginning, and whether that stays.
    piece: usize,
    until: f64,
    mean_gap: f64,
    level: bool,
    at: f64,
    end: f64,
}

/// What the gaps between requests follow.
#[derive(Clone, Debug)]
enum Gaps {
    /// A law, at rate one.
    Law(Arrivals),
    /// A recording, in nanoseconds; the piece's rate is then one a nanosecond.
    Recorded { trace: Arc<Trace>, speed: f64, next: usize },
}

/// A part of the run whose rate is a straight line, in nanoseconds.
#[derive(Copy, Clone, PartialEq, Debug)]
struct Piece {
    from: f64,
    rate: f64,
    slope: f64,
}

impl Piece {
    fn rate_at(&self, at: f64) -> f64 {
        self.rate + self.slope * (at - self.from)
    }

    /// Requests expected between two instants of the piece.
    fn between(&self, from: f64, to: f64) -> f64 {
        0.5 * (self.rate_at(from) + self.rate_at(to)) * (to - from)
    }

    /// How long after `from` so many requests are expected: the root of rate * t + slope * t^2 / 2 = `requests`.
    fn span(&self, from: f64, requests: f64) -> f64 {
        let rate = self.rate_at(from);
        2.0 * requests / (rate + (rate * rate + 2.0 * self.slope * requests).max(0.0).sqrt())
    }
}

impl Schedule {
    /// The schedule of a load as its profile and `events` change its rate, until `end`; `None` for a closed loop.
    #[must_use]
    pub fn new(seed: u64, load: &Load, events: &[Event], end: Nanos) -> Option<Self> {
        let (rate, arrivals, profile) = match load {
            Load::Open { rate, arrivals, profile } => (rate, arrivals, profile),
            Load::Recorded { trace, speed, .. } => return Some(Self::recorded(trace, *speed, end)),
            Load::Closed { .. } => return None,
        };
        let changes = events.iter().filter_map(|event| match event.change {
            Change::Rate(rate) => Some(Step { at: event.at, rate, ramp: Nanos::ZERO }),
            _ => None,
        });
        let mut steps: Vec<Step> = profile.iter().copied().chain(changes).collect();
        steps.sort_by_key(|step| step.at);
        let mut schedule = Self::of("arrivals", seed, *arrivals, *rate, end);
        steps.iter().for_each(|step| schedule.append(step));
        schedule.enter(0);
        Some(schedule)
    }

    /// The times of a recording, so many times as fast.
    fn recorded(trace: &Arc<Trace>, speed: f64, end: Nanos) -> Self {
        let gaps = Gaps::Recorded { trace: Arc::clone(trace), speed, next: 0 };
        Self { gaps, ..Self::of("arrivals", 0, Arrivals::Constant, 1e9, end) }
    }

    /// A schedule of `rate` a second on the stream of that name, until `end`.
    #[must_use]
    pub fn of(name: &str, seed: u64, arrivals: Arrivals, rate: f64, end: Nanos) -> Self {
        let mut schedule = Self {
            rng: stream(seed, name),
            gaps: Gaps::Law(arrivals),
            pieces: vec![Piece { from: 0.0, rate: rate / 1e9, slope: 0.0 }],
            piece: 0,
            until: 0.0,
            mean_gap: 0.0,
            level: true,
            at: 0.0,
            end: end.as_nanos() as f64,
        };
        schedule.enter(0);
        schedule
    }

    /// The rate changes by that step, also if the step before is still on its way.
    fn append(&mut self, step: &Step) {
        let (from, rate) = (step.at.as_nanos() as f64, step.rate / 1e9);
        self.pieces.retain(|piece| piece.from <= from);
        let before = self.pieces.last().map_or(0.0, |piece| piece.rate_at(from));
        let ramp = step.ramp.as_nanos() as f64;
        if ramp > 0.0 {
            self.pieces.push(Piece { from, rate: before, slope: (rate - before) / ramp });
        }
        self.pieces.push(Piece { from: from + ramp, rate, slope: 0.0 });
    }

    /// The piece of that number begins.
    fn enter(&mut self, piece: usize) {
        self.piece = piece;
        self.until = self.pieces.get(piece + 1).map_or(self.end, |next| next.from.min(self.end));
        self.mean_gap = 1.0 / self.pieces[piece].rate;
        self.level = self.pieces[piece].slope == 0.0;
    }

    /// How many requests there will be, as expected.
    #[must_use]
    pub fn expected(&self) -> f64 {
        if let Gaps::Recorded { .. } = self.gaps {
            return self.clone().count() as f64;
        }
        let ends = self.pieces.iter().skip(1).map(|p| p.from.min(self.end)).chain([self.end]);
        self.pieces.iter().zip(ends).map(|(piece, to)| piece.between(piece.from.min(to), to)).sum()
    }

    /// The highest rate of the run, a second.
    #[must_use]
    pub fn peak(&self) -> f64 {
        if let Gaps::Recorded { .. } = self.gaps {
            let dues: Vec<Nanos> = self.clone().collect();
            let seconds = dues.chunk_by(|a, b| a.as_secs() == b.as_secs());
            return seconds.map(|second| second.len() as f64).fold(0.0, f64::max);
        }
        let ends = self.pieces.iter().skip(1).map(|p| p.from.min(self.end)).chain([self.end]);
        let ran = self.pieces.iter().zip(ends).filter(|(piece, _)| piece.from < self.end);
        ran.map(|(piece, to)| piece.rate.max(piece.rate_at(to)) * 1e9).fold(0.0, f64::max)
    }

    /// The next gap at rate one.
    #[inline(always)]
    fn gap(&mut self) -> f64 {
        match self.gaps {
            Gaps::Law(Arrivals::Poisson) => Exp1.sample(&mut self.rng),
            Gaps::Law(Arrivals::Constant) => 1.0,
            Gaps::Law(Arrivals::Bursty { mean }) => self.burst_gap(f64::from(mean)),
            Gaps::Recorded { .. } => self.recorded_gap(),
        }
    }

    /// Until the next of a recording; for ever after the last.
    #[cold]
    fn recorded_gap(&mut self) -> f64 {
        let Gaps::Recorded { trace, speed, next } = &mut self.gaps else { return f64::INFINITY };
        let Some(time) = trace.times().get(*next) else { return f64::INFINITY };
        *next += 1;
        played(*time, *speed).as_nanos() as f64 - self.at
    }

    /// None within a burst, whose size is geometric; between bursts exponential, as much longer as bursts are larger.
    fn burst_gap(&mut self, mean: f64) -> f64 {
        if unit(self.rng.next_u64()) * mean > 1.0 {
            return 0.0;
        }
        let gap: f64 = Exp1.sample(&mut self.rng);
        gap * mean
    }
}

/// The due times, until the run is over.
impl Iterator for Schedule {
    type Item = Nanos;

    #[inline(always)] // the open loop draws in batches
    fn next(&mut self) -> Option<Nanos> {
        let mut gap = self.gap();
        loop {
            let span = if self.level {
                gap * self.mean_gap
            } else {
                self.pieces[self.piece].span(self.at, gap)
            };
            let reach = self.at + span;
            if reach < self.until {
                self.at = reach;
                return Some(Nanos::from_nanos(reach as u64));
            }
            if self.until >= self.end {
                self.at = self.end;
                return None;
            }
            gap -= self.pieces[self.piece].between(self.at, self.until);
            self.at = self.until;
            self.enter(self.piece + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECS: fn(u64) -> Nanos = Nanos::from_secs;

    fn dues(schedule: &mut Schedule) -> Vec<Nanos> {
        schedule.collect()
    }

    fn open(seed: u64, rate: f64, arrivals: Arrivals, events: &[Event], end: u64) -> Schedule {
        Schedule::new(seed, &Load::open(rate, arrivals), events, SECS(end)).unwrap()
    }

    #[test]
    fn poisson_gaps_have_the_mean_and_variance_of_the_exponential() {
        let dues = dues(&mut open(42, 1_000.0, Arrivals::Poisson, &[], 300));
        let gaps: Vec<f64> = dues.windows(2).map(|w| (w[1] - w[0]).as_secs_f64()).collect();
        let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
        let variance = gaps.iter().map(|g| (g - mean).powi(2)).sum::<f64>() / gaps.len() as f64;
        assert!((mean * 1e3 - 1.0).abs() < 0.01, "mean gap {mean} s, seed 42");
        assert!((variance * 1e6 - 1.0).abs() < 0.03, "variance {variance} s2, seed 42");
    }

    #[test]
    fn bursts_keep_the_rate_and_have_a_geometric_size() {
        let dues = dues(&mut open(42, 1_000.0, Arrivals::Bursty { mean: 10 }, &[], 1_000));
        assert!((dues.len() as f64 / 1e6 - 1.0).abs() < 0.02, "{} requests", dues.len());
        let sizes: Vec<f64> =
            dues.chunk_by(|a, b| a == b).map(|burst| burst.len() as f64).collect();
        let mean = sizes.iter().sum::<f64>() / sizes.len() as f64;
        let lone = sizes.iter().filter(|size| **size == 1.0).count() as f64 / sizes.len() as f64;
        assert!((mean / 10.0 - 1.0).abs() < 0.02, "mean burst {mean}, seed 42");
        assert!((lone / 0.1 - 1.0).abs() < 0.03, "share of lone requests {lone}, seed 42");
    }

    #[test]
    fn a_ramp_has_as_many_requests_as_the_area_under_it() {
        let profile = vec![Step { at: SECS(10), rate: 5_000.0, ramp: SECS(20) }];
        let load = Load::Open { rate: 1_000.0, arrivals: Arrivals::Poisson, profile };
        let mut schedule = Schedule::new(42, &load, &[], SECS(40)).unwrap();
        assert!((schedule.expected() - 120_000.0).abs() < 1e-3, "10 s, a trapezoid, 10 s");
        assert!((schedule.peak() - 5_000.0).abs() < 1e-6);
        let dues = dues(&mut schedule);
        let between = |from, to| {
            dues.iter().filter(|due| **due >= SECS(from) && **due < SECS(to)).count() as f64
        };
        for (from, to, expected) in
            [(0, 10, 10e3), (10, 15, 7.5e3), (15, 30, 52.5e3), (30, 40, 50e3)]
        {
            let found = between(from, to);
            assert!((found - expected).abs() < 4.0 * expected.sqrt(), "{from} s: {found}, seed 42");
        }
        assert!(dues.windows(2).all(|pair| pair[0] <= pair[1]));
    }

    #[test]
    fn a_ramp_that_the_run_does_not_see_the_end_of_peaks_where_the_run_ends() {
        let profile = vec![Step { at: SECS(0), rate: 2_000.0, ramp: SECS(20) }];
        let load = Load::Open { rate: 0.0, arrivals: Arrivals::Poisson, profile };
        let peak = Schedule::new(1, &load, &[], SECS(10)).unwrap().peak();
        assert!((peak - 1_000.0).abs() < 1e-6, "{peak}");
    }

    #[test]
    fn a_step_cuts_a_ramp_that_is_still_under_way() {
        let profile = vec![
            Step { at: SECS(0), rate: 2_000.0, ramp: SECS(20) },
            Step { at: SECS(10), rate: 100.0, ramp: Nanos::ZERO },
        ];
        let load = Load::Open { rate: 0.001, arrivals: Arrivals::Constant, profile };
        let schedule = Schedule::new(1, &load, &[], SECS(20)).unwrap();
        assert!((schedule.expected() - 6_000.0).abs() < 1.0, "5,000 up the ramp, 1,000 after it");
    }

    #[test]
    fn a_changed_rate_moves_no_request_before_the_change() {
        let change = [Event { at: SECS(5), change: Change::Rate(4_000.0) }];
        let steady = dues(&mut open(7, 1_000.0, Arrivals::Poisson, &[], 10));
        let changed = dues(&mut open(7, 1_000.0, Arrivals::Poisson, &change, 10));
        let before =
            |dues: &[Nanos]| dues.iter().filter(|d| **d < SECS(5)).copied().collect::<Vec<_>>();
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
            Event { at: SECS(2), change: Change::Rate(0.0) },
            Event { at: SECS(4), change: Change::Rate(10.0) },
        ];
        let mut schedule = open(1, 10.0, Arrivals::Constant, &events, 5);
        assert!((schedule.expected() - 30.0).abs() < 1e-6);
        let dues = dues(&mut schedule);
        assert_eq!(
            dues.len(),
            29,
            "the first comes one gap after the start, the one due at the end is not sent"
        );
        assert!(dues.iter().all(|d| *d < SECS(2) || *d >= SECS(4)));
    }
}
