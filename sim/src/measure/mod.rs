//! What is counted, and how: the words of the product made numbers.
//!
//! A [`Recorder`] counts requests (one a core in real time, merged afterwards); a [`Ledger`] counts what reached the
//! origin (one for the whole run, as the origin is). [`LaneRecord`] is what the two say together.

mod distribution;
mod interval;
mod interval_log;
mod lane_run;
mod ledger;
mod live;
mod record;
mod recorder;
mod recovery;
mod seconds;
mod slots;
mod summary;
mod track;

use serde::{Deserialize, Serialize};

use crate::time::Nanos;

pub use distribution::Distribution;
pub use interval_log::{IntervalLog, write_interval_log};
pub use lane_run::{LaneRun, Observer, Progress};
pub use ledger::{HerdSizes, Ledger, OriginSecond};
pub use live::{
    Live, Look, Onward, OriginSample, QUANTILES, RequestSample, Sample, SoFar, Totals, WATCHED,
    interval_of,
};
pub use record::{
    Clock, EventRecord, Histograms, LaneRecord, Record, SCHEMA, Series, StrategyRecord,
    ThresholdRecord,
};
pub use recorder::{Outcome, Recorder, Second};
pub use recovery::recovery;
pub use seconds::{Handed, Seconds};
pub use summary::Summary;

/// Which part of a run is measured: requests due, calls submitted and herds begun from `warmup` on.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Window {
    /// Measured from here on.
    pub warmup: Nanos,
    /// Requests are due until here; what they set in motion is followed to its end.
    pub end: Nanos,
}

impl Window {
    /// Its length in seconds.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        (self.end - self.warmup).as_secs_f64()
    }
}

/// Cache operations by kind, as sent; and what the cache did of itself.
#[derive(Copy, Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct CacheCounts {
    /// Single reads.
    pub gets: u64,
    /// Single reads that found something live.
    pub hits: u64,
    /// Unconditional writes.
    pub sets: u64,
    /// Writes if absent.
    pub adds: u64,
    /// Plain removals.
    pub deletes: u64,
    /// Removals by the owner only.
    pub delete_ifs: u64,
    /// Counter increments.
    pub incrs: u64,
    /// TTL changes.
    pub touches: u64,
    /// Reads of several keys in one round trip.
    pub get_manys: u64,
    /// Writes of several keys in one round trip.
    pub set_manys: u64,
    /// Live entries that went because the cache was full.
    pub evictions: u64,
    /// Operations that failed.
    pub errors: u64,
}

impl CacheCounts {
    /// Adds another core's counts.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.fields().into_iter().zip(other.clone().fields()) {
            *mine += *theirs;
        }
    }

    fn fields(&mut self) -> [&mut u64; 12] {
        [
            &mut self.gets,
            &mut self.hits,
            &mut self.sets,
            &mut self.adds,
            &mut self.deletes,
            &mut self.delete_ifs,
            &mut self.incrs,
            &mut self.touches,
            &mut self.get_manys,
            &mut self.set_manys,
            &mut self.evictions,
            &mut self.errors,
        ]
    }
}
