//! A lane in figures: flat, and its names are the names that thresholds and `list metrics` use.

use serde::{Deserialize, Serialize};

use super::{CacheCounts, Ledger, Recorder, Window};
use crate::world::Failure;

macro_rules! summary {
    ($($(#[doc = $doc:literal])+ $name:literal $field:ident: $type:ty,)*) => {
        /// A lane in figures. Counts are exact; times are microseconds; rates are per second.
        #[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
        pub struct Summary { $($(#[doc = $doc])+ #[serde(rename = $name)] pub $field: $type,)* }

        impl Summary {
            /// Every metric: its name and what it is.
            pub const METRICS: &[(&'static str, &'static str)] = &[$(($name, concat!($($doc),+)),)*];

            /// Every metric's value, in the order of [`Summary::METRICS`].
            #[must_use]
            pub fn values(&self) -> Vec<f64> {
                vec![$(self.$field as f64,)*]
            }
        }
    };
}

summary! {
    /// Requests due in the measured part of the run.
    "requests" requests: u64,
    /// Requests answered from the cache, within the entry's logical TTL.
    "fresh" fresh: u64,
    /// Requests answered from the cache, past the entry's own logical expiry.
    "stale" stale: u64,
    /// Requests answered by another's compute.
    "waited" waited: u64,
    /// Requests answered by their own origin call.
    "computed" computed: u64,
    /// Requests answered by the origin because the cache failed.
    "degraded" degraded: u64,
    /// Requests not answered: timeout, error, shed.
    "failed" failed: u64,
    /// Of the failed, those whose client's patience ran out.
    "failed.timeout" failed_timeout: u64,
    /// Of the failed, those that the origin refused because its queue was full, or a breaker before it.
    "failed.shed" failed_shed: u64,
    /// Of the failed, those that the origin or the cache answered with an error.
    "failed.error" failed_error: u64,
    /// Attempts of clients beyond their first.
    "retries" retries: u64,
    /// Items served: one a request, as many as it has for a page.
    "items" items: u64,
    /// Items served from the cache / items.
    "items.hit.rate" items_hit_rate: f64,
    /// Values served to a request whose variant is not the one they were computed for.
    "leaked" leaked: u64,
    /// (fresh + stale) / requests.
    "hit.rate" hit_rate: f64,
    /// Requests answered within their timeout / requests; one that is asked again has one for each attempt.
    "goodput" goodput: f64,
    /// Computes that reached the origin, those it refused among them.
    "origin.calls" origin_calls: u64,
    /// Origin calls submitted while another for the same item was in flight.
    "origin.duplicates" origin_duplicates: u64,
    /// Origin calls whose result was neither stored nor delivered.
    "origin.wasted" origin_wasted: u64,
    /// Queued origin calls dropped because nobody waited for them any more.
    "origin.dropped" origin_dropped: u64,
    /// Origin calls refused because the queue was full.
    "origin.shed" origin_shed: u64,
    /// Origin calls that ended in an error.
    "origin.failed" origin_failed: u64,
    /// Origin calls a second, over the measured part of the run.
    "origin.qps.avg" origin_qps_avg: f64,
    /// Origin calls in the worst aligned second.
    "origin.qps.peak" origin_qps_peak: u64,
    /// Duplicate origin calls a second, over the measured part of the run.
    "stampede.qps.avg" stampede_qps_avg: f64,
    /// Duplicate origin calls in the worst aligned second.
    "stampede.qps.peak" stampede_qps_peak: u64,
    /// The longest the origin's queue ever was.
    "origin.queue.max" origin_queue_max: u64,
    /// Mean time of an origin call in the queue.
    "origin.wait.avg_us" origin_wait_avg_us: f64,
    /// 99th percentile of that.
    "origin.wait.p99_us" origin_wait_p99_us: u64,
    /// Herds: the calls for a key from the first until none is in flight.
    "herd.count" herd_count: u64,
    /// Calls a herd.
    "herd.avg" herd_avg: f64,
    /// 99th percentile of the calls a herd.
    "herd.p99" herd_p99: u64,
    /// The largest herd.
    "herd.max" herd_max: u64,
    /// Herds still open when the run ended.
    "herd.open" herd_open: u64,
    /// Herds that began before the entry's expiry.
    "early.count" early_count: u64,
    /// Mean time from a herd's first call to the entry's expiry, 0 for a herd that began after it.
    "early.gap.avg_us" early_gap_avg_us: f64,
    /// Mean latency, from the intended start.
    "latency.avg_us" latency_avg_us: f64,
    /// Median latency.
    "latency.p50_us" latency_p50_us: u64,
    /// 99th percentile of latency.
    "latency.p99_us" latency_p99_us: u64,
    /// 99.9th percentile of latency.
    "latency.p99.9_us" latency_p999_us: u64,
    /// The longest latency.
    "latency.max_us" latency_max_us: u64,
    /// 99th percentile of service time, from the send.
    "service.p99_us" service_p99_us: u64,
    /// 99th percentile of how late the generator sent.
    "lateness.p99_us" lateness_p99_us: u64,
    /// The longest that the generator was late.
    "lateness.max_us" lateness_max_us: u64,
    /// Served values older than the item's last committed write / items.
    "outdated.rate" outdated_rate: f64,
    /// 99th percentile of how long outdated values had been outdated.
    "age.p99_us" age_p99_us: u64,
    /// Single cache reads.
    "cache.gets" cache_gets: u64,
    /// Single cache reads that found something live.
    "cache.hits" cache_hits: u64,
    /// Unconditional cache writes.
    "cache.sets" cache_sets: u64,
    /// Cache writes if absent.
    "cache.adds" cache_adds: u64,
    /// Cache removals, by anyone and by the owner only.
    "cache.deletes" cache_deletes: u64,
    /// Raised counters.
    "cache.incrs" cache_incrs: u64,
    /// Reads of several keys in one round trip.
    "cache.get_manys" cache_get_manys: u64,
    /// Live cache entries that went because the cache was full.
    "cache.evictions" cache_evictions: u64,
    /// Cache operations that failed.
    "cache.errors" cache_errors: u64,
}

impl Summary {
    /// What the recorder, the ledger and the cache say together.
    #[must_use]
    pub fn new(
        window: Window,
        requests: &mut Recorder,
        origin: &mut Ledger,
        cache: &CacheCounts,
    ) -> Self {
        let n = requests.requests();
        let share = |count: u64| if n == 0 { 0.0 } else { count as f64 / n as f64 };
        let per_second = |count: u64| {
            if window.seconds() == 0.0 { 0.0 } else { count as f64 / window.seconds() }
        };
        let [fresh, stale, waited, computed, degraded, failed] = requests.outcomes();
        let (items, item_hits) = requests.items();
        let herds = origin.herds();
        let latency_p99_us = requests.latency().quantile_us(0.99);
        let service_p99_us = if requests.service().count() == 0 {
            latency_p99_us
        } else {
            requests.service().quantile_us(0.99)
        };
        Self {
            requests: n,
            fresh,
            stale,
            waited,
            computed,
            degraded,
            failed,
            failed_timeout: requests.failures(Failure::Timeout),
            failed_shed: requests.failures(Failure::Shed),
            failed_error: requests.failures(Failure::Origin) + requests.failures(Failure::Cache),
            retries: requests.retries(),
            items,
            items_hit_rate: if items == 0 { 0.0 } else { item_hits as f64 / items as f64 },
            leaked: requests.leaked(),
            hit_rate: share(fresh + stale),
            goodput: share(requests.in_time()),
            origin_calls: origin.calls(),
            origin_duplicates: origin.duplicates(),
            origin_wasted: origin.wasted(),
            origin_dropped: origin.dropped(),
            origin_shed: origin.shed_calls(),
            origin_failed: origin.failed(),
            origin_qps_avg: per_second(origin.calls()),
            origin_qps_peak: origin.seconds().iter().map(|s| u64::from(s.calls)).max().unwrap_or(0),
            stampede_qps_avg: per_second(origin.duplicates()),
            stampede_qps_peak: origin
                .seconds()
                .iter()
                .map(|s| u64::from(s.duplicates))
                .max()
                .unwrap_or(0),
            origin_queue_max: u64::from(origin.queue_max()),
            origin_wait_avg_us: origin.wait().mean_us(),
            origin_wait_p99_us: origin.wait().quantile_us(0.99),
            herd_count: herds.count,
            herd_avg: herds.mean,
            herd_p99: u64::from(herds.p99),
            herd_max: u64::from(herds.max),
            herd_open: herds.open,
            early_count: herds.early,
            early_gap_avg_us: herds.gap_mean_us,
            latency_avg_us: requests.latency().mean_us(),
            latency_p50_us: requests.latency().quantile_us(0.5),
            latency_p99_us,
            latency_p999_us: requests.latency().quantile_us(0.999),
            latency_max_us: requests.latency().max_us(),
            service_p99_us,
            lateness_p99_us: requests.lateness().quantile_us(0.99),
            lateness_max_us: requests.lateness().max_us(),
            outdated_rate: if items == 0 { 0.0 } else { requests.outdated() as f64 / items as f64 },
            age_p99_us: requests.age().quantile_us(0.99),
            cache_gets: cache.gets,
            cache_hits: cache.hits,
            cache_sets: cache.sets,
            cache_adds: cache.adds,
            cache_deletes: cache.deletes + cache.delete_ifs,
            cache_incrs: cache.incrs,
            cache_get_manys: cache.get_manys,
            cache_evictions: cache.evictions,
            cache_errors: cache.errors,
        }
    }
}
