//! What only a real run has to tell, beside its [`LaneRun`](herdlab_sim::measure::LaneRun).

use std::collections::BTreeMap;

use herdlab_sim::measure::{Distribution, Recorder};
use herdlab_sim::time::Nanos;
use serde::Serialize;

use crate::backend::Waits;
use crate::settings::Settings;

/// The figures of a real run, for its record.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Figures {
    /// The server's name and version.
    pub server: String,
    /// What every key of the run began with.
    pub prefix: String,
    /// How the generator was set.
    pub settings: Settings,
    /// The time an operation had.
    pub operation_timeout: Nanos,
    /// Connections in all.
    pub connections: u32,
    /// Connections that were lost and made anew.
    pub reconnects: u64,
    /// How operations fared that have a connection to themselves; nothing where connections are shared.
    pub pool: Option<PoolFigures>,
    /// Whether they led through a proxy of ours, as the scenario does something to the way to its cache. It costs each
    /// round trip some tens of microseconds, and CPU time of this process.
    pub proxied: bool,
    /// Commands sent on behalf of requests, by the name under which the server counts them. A compare-and-delete is
    /// one `evalsha`; the server counts what its script does as well.
    pub commands: BTreeMap<String, u64>,
    /// Tasks behind requests that panicked.
    pub panics_behind: u64,
    /// CPU time of this process during the run, in seconds. A private server is another process.
    pub cpu_seconds: f64,
    /// Why the generator itself could not keep up, if so: then the latencies are partly its own.
    pub overloaded: Option<String>,
    /// Why the service that computed got no more calls, if so: that ended the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin_down: Option<String>,
    /// What else somebody should know: an event that could not be carried out, keys left behind.
    pub warnings: Vec<String>,
}

/// A pool of connections, in figures. Waits are in microseconds, of all operations: 0 where one was free.
#[derive(Copy, Clone, PartialEq, Debug, Serialize)]
pub struct PoolFigures {
    /// Operations that asked for a connection.
    pub operations: u64,
    /// Half of them waited no longer.
    pub wait_p50_us: u64,
    /// 99 in 100 waited no longer.
    pub wait_p99_us: u64,
    /// The longest wait.
    pub wait_max_us: u64,
    /// Those that gave up waiting.
    pub given_up: u64,
}

impl PoolFigures {
    pub(crate) fn new(mut waits: Waits) -> Self {
        Self {
            operations: waits.spans.count(),
            wait_p50_us: waits.spans.quantile_us(0.5),
            wait_p99_us: waits.spans.quantile_us(0.99),
            wait_max_us: waits.spans.max_us(),
            given_up: waits.given_up,
        }
    }
}

/// Why a generator that was this late could not keep up: its p99 lateness exceeds the limit of the settings and a tenth
/// of the p99 latency by more than the tick, which is lateness that was asked for.
pub(crate) fn overloaded(requests: &mut Recorder, settings: &Settings) -> Option<String> {
    let mut lateness = requests.lateness().clone();
    late(&mut lateness, requests.latency(), settings)
}

/// [`overloaded`], from the distributions themselves.
pub(crate) fn late(
    lateness: &mut Distribution,
    latency: &mut Distribution,
    settings: &Settings,
) -> Option<String> {
    let lateness = Nanos::from_micros(lateness.quantile_us(0.99));
    let tenth = Nanos::from_micros(latency.quantile_us(0.99) / 10);
    let limit = settings.lateness_limit.max(tenth) + settings.tick;
    (lateness > limit).then(|| {
        format!(
            "one request in a hundred was sent {lateness} late or more (limit {limit}); use fewer requests a second, \
             more cores, or an idle machine"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use herdlab_sim::measure::{Outcome, Window};

    #[test]
    fn a_generator_is_overloaded_if_it_is_late_both_absolutely_and_beside_the_latency() {
        let settings = Settings { lateness_limit: Nanos::from_millis(5), ..Settings::default() };
        let overload = |late_ms, latency_ms| {
            let window = Window { warmup: Nanos::ZERO, end: Nanos::SECOND };
            let mut recorder = Recorder::new(window, None);
            recorder.sent_late(Nanos::from_millis(late_ms));
            recorder.ended(Nanos::ZERO, Nanos::from_millis(latency_ms), Outcome::Fresh);
            overloaded(&mut recorder, &settings).is_some()
        };
        assert!(!overload(4, 5));
        assert!(overload(8, 9));
        assert!(!overload(8, 500));
    }

    #[test]
    fn lateness_that_a_coarse_tick_asks_for_is_no_overload() {
        let limit = Nanos::from_millis(5);
        let overload = |late_ms, tick| {
            let settings = Settings { lateness_limit: limit, tick, ..Settings::default() };
            let (mut lateness, mut latency) = (Distribution::default(), Distribution::default());
            lateness.record(Nanos::from_millis(late_ms));
            latency.record(Nanos::from_millis(late_ms + 1));
            late(&mut lateness, &mut latency, &settings).is_some()
        };
        let (fine, coarse) = (Nanos::from_micros(50), Nanos::from_millis(100));
        assert!(overload(99, fine) && !overload(99, coarse) && overload(120, coarse));
    }
}
