//! What only a run over HTTP has to tell.

use std::collections::BTreeMap;

use herdlab_sim::measure::Distribution;
use herdlab_sim::time::Nanos;
use serde::Serialize;

use super::template::Wanted;
use super::trouble::Trouble;
use super::verdict::{Told, Verdict};
use crate::settings::Settings;

/// So many leaks are shown; all are counted.
const SHOWN: usize = 10;

/// The figures of a run over HTTP, for its record. Counts are of measured requests.
#[derive(Clone, Debug, Serialize)]
pub struct HttpFigures {
    /// Where requests went.
    pub place: String,
    /// How the generator was set.
    pub settings: Settings,
    /// Answers that did not say where they came from.
    pub unknown: u64,
    /// Answers by who told where they came from.
    pub told: BTreeMap<&'static str, u64>,
    /// Answers by status.
    pub statuses: BTreeMap<u16, u64>,
    /// Failures by kind.
    pub failures: BTreeMap<&'static str, u64>,
    /// Redirects that were followed.
    pub redirects: u64,
    /// Bytes of bodies, on the wire.
    pub bytes: u64,
    /// Latencies of hits, fresh and stale.
    pub hits: Spans,
    /// Latencies of misses.
    pub misses: Spans,
    /// Waits for one of the connections.
    pub waits: Spans,
    /// Leaked answers, the first few.
    pub leaks: Vec<Leak>,
    /// CPU time of this process during the run, in seconds.
    pub cpu_seconds: f64,
    /// Why the generator itself could not keep up, if so: then the latencies are partly its own.
    pub overloaded: Option<String>,
    /// What else somebody should know.
    pub warnings: Vec<String>,
}

/// A distribution in microseconds.
#[derive(Copy, Clone, PartialEq, Eq, Default, Debug, Serialize)]
pub struct Spans {
    /// How many.
    pub count: u64,
    /// Half of them are no longer.
    pub p50_us: u64,
    /// 99 in 100 are no longer.
    pub p99_us: u64,
    /// The longest.
    pub max_us: u64,
}

impl Spans {
    fn of(spans: &mut Distribution) -> Self {
        Self {
            count: spans.count(),
            p50_us: spans.quantile_us(0.5),
            p99_us: spans.quantile_us(0.99),
            max_us: spans.max_us(),
        }
    }
}

/// An answer that was made for another.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Leak {
    /// The request that got it.
    pub got: String,
    /// The request that it was made for.
    pub made_for: String,
}

/// What one core counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    told: BTreeMap<Told, u64>,
    unknown: u64,
    statuses: BTreeMap<u16, u64>,
    failures: BTreeMap<Trouble, u64>,
    redirects: u64,
    bytes: u64,
    hits: Distribution,
    misses: Distribution,
    waits: Distribution,
    pub(super) leaks: Vec<(Wanted, u16)>,
}

/// What there is to count of a request.
#[derive(Copy, Clone, Debug)]
pub(super) struct Went {
    pub(super) latency: Nanos,
    pub(super) status: u16,
    pub(super) redirects: u32,
    pub(super) bytes: u64,
    pub(super) ended: Result<(Verdict, Told), Trouble>,
}

impl Counts {
    pub(super) fn count(&mut self, went: Went) {
        if went.status > 0 {
            *self.statuses.entry(went.status).or_default() += 1;
        }
        self.redirects += u64::from(went.redirects);
        self.bytes += went.bytes;
        match went.ended {
            Ok((verdict, told)) => {
                *self.told.entry(told).or_default() += 1;
                match verdict {
                    Verdict::Hit | Verdict::Stale => self.hits.record(went.latency),
                    Verdict::Miss | Verdict::Waited => self.misses.record(went.latency),
                    Verdict::Unknown => self.unknown += 1,
                }
            }
            Err(trouble) => *self.failures.entry(trouble).or_default() += 1,
        }
    }

    /// Answers that did not say where they came from.
    pub(super) const fn unknown(&self) -> u64 {
        self.unknown
    }

    pub(super) fn leaked(&mut self, wanted: Wanted, of: u16) {
        if self.leaks.len() < SHOWN {
            self.leaks.push((wanted, of));
        }
    }

    pub(super) fn waited(&mut self, span: Nanos) {
        self.waits.record(span);
    }

    pub(super) fn merge(&mut self, other: Self) {
        other.told.into_iter().for_each(|(told, n)| *self.told.entry(told).or_default() += n);
        self.unknown += other.unknown;
        other
            .statuses
            .into_iter()
            .for_each(|(status, n)| *self.statuses.entry(status).or_default() += n);
        other
            .failures
            .into_iter()
            .for_each(|(trouble, n)| *self.failures.entry(trouble).or_default() += n);
        self.redirects += other.redirects;
        self.bytes += other.bytes;
        self.hits.merge(&other.hits);
        self.misses.merge(&other.misses);
        self.waits.merge(&other.waits);
        let room = SHOWN.saturating_sub(self.leaks.len());
        self.leaks.extend(other.leaks.into_iter().take(room));
    }

    /// For a record.
    pub(super) fn into_figures(
        mut self,
        place: String,
        settings: Settings,
        leaks: Vec<Leak>,
    ) -> HttpFigures {
        HttpFigures {
            place,
            settings,
            unknown: self.unknown,
            told: self.told.into_iter().map(|(told, n)| (told.name(), n)).collect(),
            statuses: self.statuses,
            failures: self.failures.into_iter().map(|(trouble, n)| (trouble.name(), n)).collect(),
            redirects: self.redirects,
            bytes: self.bytes,
            hits: Spans::of(&mut self.hits),
            misses: Spans::of(&mut self.misses),
            waits: Spans::of(&mut self.waits),
            leaks,
            cpu_seconds: 0.0,
            overloaded: None,
            warnings: Vec::new(),
        }
    }
}
