//! The record of a run, schema `herdlab.run/1`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{CacheCounts, Ledger, Recorder, Summary, Window, recovery};
use crate::findings::Finding;
use crate::plan::{Event, Lane};
use crate::strategy::{AnyStrategy, Slot};

/// The schema's name; a change that old readers cannot bear raises the number.
pub const SCHEMA: &str = "herdlab.run/1";

/// Which clock a run went by.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Clock {
    /// The model's.
    Virtual,
    /// The wall's.
    Real,
}

/// A whole run. `S` is the resolved scenario, `E` the environment, which only real runs have.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record<S, E> {
    /// [`SCHEMA`].
    pub schema: String,
    /// Of herdlab.
    pub version: String,
    /// The command that repeats the run.
    pub command: String,
    /// Which clock.
    pub clock: Clock,
    /// Seeds every stream.
    pub seed: u64,
    /// Whether the run was cut short.
    pub partial: bool,
    /// The scenario, every default filled.
    pub scenario: S,
    /// Machine, backend and settings of a run in real time.
    #[serde(skip_serializing_if = "Option::is_none", default = "Option::default")]
    pub environment: Option<E>,
    /// A lane a strategy.
    pub lanes: Vec<LaneRecord>,
    /// What the rules say of the lanes, the worst first.
    pub findings: Vec<Finding>,
    /// Thresholds and whether they held.
    pub thresholds: Vec<ThresholdRecord>,
}

/// A threshold, held against one lane.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ThresholdRecord {
    /// What must hold.
    pub expr: String,
    /// Where.
    pub lane: String,
    /// What was measured: microseconds, shares, counts or rates. None if there was nothing to measure it by.
    pub value: Option<f64>,
    /// What it is held against, in the same unit.
    pub limit: Option<f64>,
    /// Whether it holds.
    pub passed: bool,
    /// Whether it ended the run.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub aborted: bool,
    /// Why there is no value or no limit.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
}

/// One lane of a record.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct LaneRecord {
    /// The lane's name.
    pub name: String,
    /// Its strategy and every parameter.
    pub strategy: StrategyRecord,
    /// Its figures.
    pub summary: Summary,
    /// Its seconds.
    pub series: Series,
    /// Its distributions.
    pub histograms: Histograms,
    /// What the events did to it.
    pub events: Vec<EventRecord>,
}

/// A strategy with its parameters as text, as a scenario would write them.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct StrategyRecord {
    /// The strategy.
    #[serde(rename = "use")]
    pub name: String,
    /// Spans as text with a unit; numbers and switches as such.
    #[serde(flatten)]
    pub parameters: BTreeMap<String, Parameter>,
}

/// A parameter's value in a record.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Parameter {
    /// On or off.
    Switch(bool),
    /// A whole number.
    Count(u32),
    /// A number.
    Number(f64),
    /// A span.
    Span(String),
}

impl StrategyRecord {
    fn new(strategy: &AnyStrategy) -> Self {
        let mut strategy = strategy.clone();
        let name = strategy.name().to_owned();
        let parameters = strategy.parameters().into_iter().map(|parameter| {
            let value = match parameter.slot {
                Slot::Span(span) => Parameter::Span(span.to_string()),
                Slot::Number(number) => Parameter::Number(*number),
                Slot::Count(count) => Parameter::Count(*count),
                Slot::Switch(switch) => Parameter::Switch(*switch),
            };
            (parameter.name.to_owned(), value)
        });
        Self { name, parameters: parameters.collect() }
    }
}

/// The seconds of a run. Every list has one figure a bucket, from the beginning of the run; the warm-up's are zero.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Series {
    /// The length of a bucket in milliseconds.
    pub bucket_ms: u32,
    /// Requests due in it.
    pub requests: Vec<u32>,
    /// Of these, answered from the cache.
    pub hits: Vec<u32>,
    /// Of these, answered in time.
    pub in_time: Vec<u32>,
    /// Of these, answered though the cache failed.
    #[serde(default)]
    pub degraded: Vec<u32>,
    /// Of these, not answered.
    #[serde(default)]
    pub failed: Vec<u32>,
    /// Origin calls submitted in it.
    #[serde(rename = "origin.calls")]
    pub origin_calls: Vec<u32>,
    /// Of these, duplicates.
    #[serde(rename = "origin.duplicates")]
    pub origin_duplicates: Vec<u32>,
    /// p99 latency of the requests that ended in it, in microseconds.
    #[serde(rename = "latency.p99_us")]
    pub latency_p99_us: Vec<u64>,
}

impl Series {
    fn new(requests: &mut Recorder, origin: &Ledger) -> Self {
        let buckets = requests.seconds().len().max(origin.seconds().len());
        let due = |pick: fn(&super::Second) -> u32, of: &Recorder| {
            padded(of.seconds().iter().map(pick), buckets)
        };
        Self {
            bucket_ms: 1_000,
            latency_p99_us: requests.p99_series(buckets),
            requests: due(|s| s.requests, requests),
            hits: due(|s| s.hits, requests),
            in_time: due(|s| s.in_time, requests),
            degraded: due(|s| s.degraded, requests),
            failed: due(|s| s.failed, requests),
            origin_calls: padded(origin.seconds().iter().map(|s| s.calls), buckets),
            origin_duplicates: padded(origin.seconds().iter().map(|s| s.duplicates), buckets),
        }
    }
}

fn padded(counts: impl Iterator<Item = u32>, buckets: usize) -> Vec<u32> {
    let mut all: Vec<u32> = counts.collect();
    all.resize(buckets, 0);
    all
}

/// Distributions, as compressed HdrHistogram V2 in base64; microseconds.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Histograms {
    /// From the intended start.
    pub latency: String,
    /// From the send; real time only.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub service: Option<String>,
    /// How late the generator sent; real time only.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lateness: Option<String>,
}

impl Histograms {
    /// The latency that a share `q` of requests does not exceed, in microseconds; none if the text is no histogram.
    #[must_use]
    pub fn latency_quantile(&self, q: f64) -> Option<u64> {
        super::distribution::decoded(&self.latency).map(|read| read.value_at_quantile(q))
    }
}

/// An event and how the lane bore it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct EventRecord {
    /// What happened.
    pub event: String,
    /// When, in seconds.
    pub at_s: f64,
    /// Whether the lane was itself again before the end.
    pub recovered: bool,
    /// After how many seconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub seconds: Option<f64>,
}

impl LaneRecord {
    /// The record of a lane that was counted so.
    #[must_use]
    pub fn new(
        lane: &Lane,
        window: Window,
        events: &[Event],
        requests: &mut Recorder,
        origin: &mut Ledger,
        cache: &CacheCounts,
    ) -> Self {
        let events = events.iter().map(|event| {
            let seconds = recovery(requests.seconds(), event.at.as_secs() as usize);
            EventRecord {
                event: event.change.name().to_owned(),
                at_s: event.at.as_secs_f64(),
                recovered: seconds.is_some(),
                seconds: seconds.map(|s| s as f64),
            }
        });
        let events = events.collect();
        let encoded = |d: &mut super::Distribution| (d.count() > 0).then(|| d.encoded());
        Self {
            name: lane.name.clone(),
            strategy: StrategyRecord::new(&lane.strategy),
            summary: Summary::new(window, requests, origin, cache),
            series: Series::new(requests, origin),
            histograms: Histograms {
                latency: requests.latency().encoded(),
                service: encoded(requests.service()),
                lateness: encoded(requests.lateness()),
            },
            events,
        }
    }
}
