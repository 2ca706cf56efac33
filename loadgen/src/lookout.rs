//! Where a run's cores are seen from: their counts so far, and what they answer when they are asked.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc;
use std::time::Duration;

use herdlab_sim::measure::{CacheCounts, Progress, Recorder};
use herdlab_sim::plan::Plan;
use herdlab_sim::time::Nanos;

use crate::books::{Glance, Tally};
use crate::engine::{Asks, Question, Share};
use crate::latencies::Latencies;

/// How long the cores may take to tell what they measured so far. One that is behind answers late or not at all; then
/// there are no figures this second.
const ANSWER: Duration = Duration::from_millis(500);
/// How long they may take to tell what is new.
const GLANCE: Duration = Duration::from_millis(50);

/// Where a run's cores are seen from.
pub(crate) struct Lookout {
    pub(crate) tallies: Vec<Arc<Tally>>,
    pub(crate) asks: Vec<Asks>,
    /// The cores' latencies by the second, if they are not kept to the end.
    pub(crate) latencies: Option<Latencies>,
}

impl Lookout {
    /// On cores with these counts, which are asked there.
    pub(crate) fn new(plan: &Plan, tallies: Vec<Arc<Tally>>, asks: Vec<Asks>) -> Self {
        let gathers = asks.len() > 1 && !plan.interval_log;
        let latencies = gathers.then(|| Latencies::new(asks.len()));
        Self { tallies, asks, latencies }
    }

    /// Has the cores hand over what need not be kept.
    pub(crate) fn gather(&self) {
        self.latencies.iter().for_each(|latencies| latencies.gather(&self.asks));
    }

    /// What all cores measured so far; nothing if one of them does not answer in time.
    pub(crate) fn requests(&self, plan: &Plan) -> Option<(Recorder, CacheCounts)> {
        let (tell, told) = mpsc::channel();
        for asks in &self.asks {
            asks.send(Question::Share(tell.clone())).ok()?;
        }
        let mut requests = Recorder::new(plan.window(), plan.traffic.patience());
        let mut cache = CacheCounts::default();
        for _ in &self.asks {
            let Share { requests: theirs, cache: counts } = told.recv_timeout(ANSWER).ok()?;
            requests.merge(theirs);
            cache.merge(&counts);
        }
        self.latencies.iter().for_each(|latencies| latencies.add_to(&mut requests));
        Some((requests, cache))
    }

    /// What each core has to tell, as far as they answer in time.
    pub(crate) fn glances(&self) -> Vec<Glance> {
        let (tell, told) = mpsc::channel();
        for asks in &self.asks {
            let _ = asks.send(Question::Glance(tell.clone()));
        }
        drop(tell);
        std::iter::from_fn(|| told.recv_timeout(GLANCE).ok()).collect()
    }

    /// Requests sent and not ended.
    pub(crate) fn in_flight(&self) -> u64 {
        self.tallies.iter().map(|tally| tally.in_flight.load(Relaxed)).sum()
    }

    /// How far the run is; the origin has been asked for so many calls and duplicates.
    pub(crate) fn progress(&self, now: Nanos, (calls, duplicates): (u64, u64)) -> Progress {
        let sum = |count: fn(&Tally) -> u64| self.tallies.iter().map(|tally| count(tally)).sum();
        Progress {
            now,
            requests: sum(|tally| tally.requests.load(Relaxed)),
            hits: sum(|tally| tally.hits.load(Relaxed)),
            failed: sum(|tally| tally.failed.load(Relaxed)),
            unknown: sum(|tally| tally.unknown.load(Relaxed)),
            origin_calls: calls,
            origin_duplicates: duplicates,
            in_flight: self.in_flight(),
        }
    }
}
