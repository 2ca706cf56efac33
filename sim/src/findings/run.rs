//! What a rule may look at.

use std::ops::Range;

use super::Facts;
use super::rule::Said;
use crate::measure::LaneRecord;
use crate::plan::{Change, Event, Keys, Lane, Load, Plan};
use crate::strategy::AnyStrategy;
use crate::time::Nanos;

/// A run that is over.
#[derive(Clone, Debug)]
pub struct Run<'a> {
    /// What was to be run.
    pub plan: &'a Plan,
    /// The lanes that were, in the plan's order.
    pub lanes: Vec<Seen<'a>>,
}

/// A lane that was run.
#[derive(Copy, Clone, Debug)]
pub struct Seen<'a> {
    /// Its strategy.
    pub lane: &'a Lane,
    /// What it measured.
    pub record: &'a LaneRecord,
    /// How it was run.
    pub facts: &'a Facts,
}

/// What a strategy that refreshes early goes by.
#[derive(Copy, Clone, Debug)]
pub(super) struct Early {
    pub(super) beta: f64,
    pub(super) ttl: Nanos,
    /// Whether it looks back where it should look ahead.
    pub(super) reversed: bool,
}

impl Run<'_> {
    /// What `look` says of each lane.
    pub(super) fn each(&self, look: impl Fn(&Seen<'_>) -> Option<(String, String)>) -> Vec<Said> {
        let said = |seen: &Seen<'_>| {
            let (text, advice) = look(seen)?;
            Some(Said { lane: seen.lane.name.clone(), text, advice })
        };
        self.lanes.iter().filter_map(said).collect()
    }

    /// Seconds of the measured part of the run.
    pub(super) fn seconds(&self) -> f64 {
        self.plan.window().seconds()
    }

    /// The first measured second.
    pub(super) fn first(&self) -> usize {
        self.plan.warmup.as_secs() as usize
    }

    /// A compute's mean, in seconds.
    pub(super) fn compute(&self) -> f64 {
        self.plan.origin.latency.mean().as_secs_f64()
    }

    /// Reads a second of the most popular entry, as measured.
    pub(super) fn hottest(&self, seen: &Seen<'_>) -> f64 {
        let share = hottest_share(&self.plan.traffic.keys)
            / f64::from(self.plan.traffic.variants.kept.max(1));
        seen.record.summary.items as f64 / self.seconds().max(1e-9) * share
    }

    /// Whether the rate's profile, or an event other than `but`, changes anything between these instants.
    pub(super) fn disturbed(&self, from: Nanos, to: Nanos, but: Option<&Event>) -> bool {
        let events = self.plan.events.iter().filter(|event| but != Some(event));
        let steps = match &self.plan.traffic.load {
            Load::Open { profile, .. } => profile.as_slice(),
            Load::Closed { .. } | Load::Recorded { .. } => &[],
        };
        events.map(|event| event.at).any(|at| at >= from && at <= to)
            || steps.iter().any(|step| step.at + step.ramp >= from && step.at <= to)
    }

    /// Events that empty the cache, or the only entry that matters, in the measured part of the run.
    pub(super) fn flushes(&self) -> impl Iterator<Item = &Event> {
        let one_entry = self.plan.entries() == 1;
        self.plan.events.iter().filter(move |event| {
            let empties = match event.change {
                Change::Flush | Change::Bump | Change::KillCache => true,
                Change::Expire(_) => one_entry,
                _ => false,
            };
            empties && event.at >= self.plan.warmup
        })
    }
}

impl Seen<'_> {
    /// How the lane refreshes early, if it means to.
    pub(super) const fn early(&self) -> Option<Early> {
        match &self.lane.strategy {
            AnyStrategy::XFetch(x) => Some(Early { beta: x.beta, ttl: x.ttl, reversed: false }),
            AnyStrategy::XFetchLock(x) => {
                Some(Early { beta: x.xfetch.beta, ttl: x.xfetch.ttl, reversed: false })
            }
            AnyStrategy::XFetchArticle(x) => {
                Some(Early { beta: x.beta, ttl: x.ttl, reversed: !x.sign_fixed })
            }
            _ => None,
        }
    }
}

/// Those of `seconds` that lie in `range`, as far as there are any.
pub(super) fn part(seconds: &[u32], range: Range<usize>) -> &[u32] {
    let end = range.end.min(seconds.len());
    &seconds[range.start.min(end)..end]
}

/// The largest of them.
pub(super) fn peak(seconds: &[u32]) -> u32 {
    seconds.iter().copied().max().unwrap_or(0)
}

/// Their mean; zero if there are none.
pub(super) fn mean(seconds: &[u32]) -> f64 {
    if seconds.is_empty() {
        return 0.0;
    }
    seconds.iter().map(|n| f64::from(*n)).sum::<f64>() / seconds.len() as f64
}

/// Terms of Zipf's sum that are added one by one; the rest is an integral, within 1e-6 of its sum.
const ADDED: u32 = 10_000;

/// The share of requests that ask for the most popular item.
fn hottest_share(keys: &Keys) -> f64 {
    match keys {
        Keys::Uniform { count } => 1.0 / f64::from((*count).max(1)),
        Keys::Zipf { exponent, count } => {
            let head = (*count).min(ADDED);
            let sum: f64 = (1..=head).map(|rank| f64::from(rank).powf(-exponent)).sum();
            let (low, high) = (f64::from(head) + 0.5, f64::from(*count) + 0.5);
            let tail = if (exponent - 1.0).abs() < 1e-9 {
                (high / low).ln()
            } else {
                (high.powf(1.0 - exponent) - low.powf(1.0 - exponent)) / (1.0 - exponent)
            };
            1.0 / (sum + tail)
        }
        Keys::Hotspot { hot, share, count } => {
            let each = |share: f64, items: u32| share / f64::from(items.max(1));
            each(*share, *hot).max(each(1.0 - share, count.saturating_sub(*hot)))
        }
        Keys::Trace(trace) => {
            let most = trace.counts().into_iter().max().unwrap_or(0);
            most as f64 / trace.items().len().max(1) as f64
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::made_up::{at, plan, run};
    use crate::traffic::shares;

    #[test]
    fn the_hottest_share_is_that_of_the_whole_law() {
        for exponent in [0.0, 0.6, 1.0, 1.3] {
            for count in [1, 100, 300_000] {
                let keys = Keys::Zipf { exponent, count };
                let (quick, whole) = (hottest_share(&keys), shares(&keys)[0]);
                assert!((quick / whole - 1.0).abs() < 1e-6, "{keys:?}: {quick}, {whole}");
            }
        }
        assert_eq!(hottest_share(&Keys::Uniform { count: 4 }), 0.25);
        let few = Keys::Hotspot { hot: 2, share: 0.9, count: 100 };
        assert!((hottest_share(&few) / shares(&few)[0] - 1.0).abs() < 1e-9);
    }

    #[test]
    fn an_event_or_a_step_of_the_profile_disturbs_what_it_falls_into() {
        use crate::plan::{Arrivals, Step};
        let secs = Nanos::from_secs;
        let mut plan = at(plan(&["ttl"]), 60, Change::Flush);
        let step = Step { at: secs(20), rate: 9.0, ramp: secs(5) };
        let load = Load::Open { rate: 1.0, arrivals: Arrivals::Constant, profile: vec![step] };
        plan.traffic.load = load;
        let run = run(&plan, &[]);
        let disturbed = |from, to| run.disturbed(secs(from), secs(to), None);
        assert!(disturbed(60, 60) && disturbed(25, 30) && disturbed(10, 20));
        assert!(!disturbed(61, 99) && !disturbed(26, 59) && !disturbed(0, 19));
        assert!(!run.disturbed(secs(60), secs(60), Some(&plan.events[0])));
    }

    #[test]
    fn a_part_beyond_the_end_is_empty() {
        assert_eq!(part(&[1, 2, 3], 1..9), [2, 3]);
        assert!(part(&[1, 2, 3], 5..9).is_empty());
        assert_eq!((peak(&[]), mean(&[]), mean(&[1, 2])), (0, 0.0, 1.5));
    }
}
