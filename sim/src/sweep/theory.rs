//! The closed form beside a measured figure, where there is one.
//!
//! A formula is given only where the plan keeps what it assumes: an open Poisson load on keys that are all alike, one
//! law of compute times, an origin that is never full, patient clients, a cache that loses nothing, no events. Where an
//! assumption holds nearly, the formula is given with a note. Nothing here is fitted to what the simulator does.

use serde::Serialize;

use crate::law::Law;
use crate::plan::{Arrivals, Backend, Capacity, Keys, Lane, Load, Plan, Rules, Variants, Warm};
use crate::strategy::{self, AnyStrategy};
use crate::theory::flight::herd_mean_per_process;
use crate::theory::ttl::Ttl;
use crate::theory::xfetch::XFetch;
use crate::time::Nanos;

const XFETCH: &str = "Vattani, Chierichetti, Lowenstein, PVLDB 8(8), 2015";
const RENEWAL: &str = "renewal theory: 1 + rate x compute time";
const BIRTHDAY: &str = "birthday problem: 1F1(1; 1 + a; a), a = rate x compute time";
const EXCLUSION: &str = "mutual exclusion: one compute at a time";
const PROCESSES: &str = "renewal theory: one compute a process that is asked meanwhile";

/// A round trip of more than this share of a compute is no longer nearly nothing.
const NEARLY: f64 = 0.1;

/// What theory says of one metric.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct ClosedForm {
    /// The metric, by its name in [`Summary::METRICS`](crate::measure::Summary::METRICS).
    #[serde(skip)]
    pub metric: &'static str,
    /// Its value, in the metric's unit.
    pub value: f64,
    /// Where the formula comes from.
    pub source: &'static str,
    /// What the formula neglects here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Every closed form that holds for a lane of a plan.
#[must_use]
pub fn closed_forms(plan: &Plan, lane: &Lane) -> Vec<ClosedForm> {
    if lane.rules != Rules::default() {
        return Vec::new(); // they are about strategies alone
    }
    Key::of(plan).map_or_else(Vec::new, |key| key.forms(lane))
}

/// One of a plan's keys, which are all alike.
struct Key<'a> {
    plan: &'a Plan,
    /// Requests a second for it.
    rate: f64,
    /// Mean seconds of a compute, and whether they are always the same.
    delta: f64,
    constant: bool,
    note: Option<String>,
}

impl<'a> Key<'a> {
    /// The key, if the plan is one that the formulas are about.
    fn of(plan: &'a Plan) -> Option<Self> {
        let Load::Open { rate, arrivals: Arrivals::Poisson, profile } = &plan.traffic.load else {
            return None;
        };
        let rate = *rate;
        let Keys::Uniform { count } = plan.traffic.keys else { return None };
        let constant = match plan.origin.latency {
            Law::Constant(_) => true,
            Law::Exponential(_) => false,
            _ => return None,
        };
        let delta = plan.origin.latency.mean().as_secs_f64();
        let patience =
            plan.traffic.timeout.map_or(f64::INFINITY, |patience| patience.as_secs_f64());
        let begun = plan.cache.warm != Warm::Cold || plan.warmup.as_secs_f64() > 2.0 * delta;
        let trip = plan.cache.latency.mean().as_secs_f64();
        let plain = profile.is_empty()
            && plan.traffic.page == 1
            && plan.traffic.variants == Variants::default()
            && plan.traffic.retries.max == 0
            && plan.traffic.updates.rate == 0.0
            && plan.origin.failure_rate == 0.0
            && plan.cache.backend == Backend::Shared;
        let holds = plain
            && plan.events.is_empty()
            && begun
            && delta > 0.0
            && rate > 0.0
            && patience > 2.0 * delta
            && plan.cache.timeout.is_none_or(|limit| limit.as_secs_f64() > 10.0 * trip)
            && trip <= NEARLY * delta
            && fits(plan, count);
        let note = (trip > 0.0).then(|| {
            let trip = Nanos::from_micros(plan.cache.latency.mean().as_micros());
            format!("round trips of {trip} are left out")
        });
        holds.then(|| Self { plan, rate: rate / f64::from(count), delta, constant, note })
    }

    fn forms(&self, lane: &Lane) -> Vec<ClosedForm> {
        match &lane.strategy {
            AnyStrategy::Ttl(ttl) => self.ttl(ttl.ttl.as_secs_f64()),
            AnyStrategy::XFetch(strategy::XFetch { ttl, beta, resolution, .. })
                if *resolution == Nanos::ZERO =>
            {
                self.xfetch(ttl.as_secs_f64(), *beta)
            }
            AnyStrategy::SingleFlight(flight)
                if self.constant && self.lasts(flight.ttl.as_secs_f64()) =>
            {
                let processes = self.plan.traffic.processes;
                let herd = herd_mean_per_process(self.rate, self.delta, processes);
                let source = if processes == 1 { EXCLUSION } else { PROCESSES };
                self.herd(herd, source).into_iter().collect()
            }
            AnyStrategy::Lock(lock)
                if lock.re_read
                    && lock.polls == 0
                    && lock.lock_ttl.as_secs_f64() > 2.0 * self.delta
                    && self.constant
                    && self.lasts(lock.ttl.as_secs_f64()) =>
            {
                self.herd(1.0, EXCLUSION).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    fn ttl(&self, ttl: f64) -> Vec<ClosedForm> {
        if !self.lasts(ttl) {
            return Vec::new();
        }
        let key = Ttl { rate: self.rate, delta: self.delta, ttl };
        let herd = if self.constant {
            self.herd(key.herd_mean(), RENEWAL)
        } else {
            self.herd(key.herd_mean_exponential(), BIRTHDAY)
        };
        herd.into_iter().collect()
    }

    fn xfetch(&self, ttl: f64, beta: f64) -> Vec<ClosedForm> {
        if !self.constant || !self.lasts(ttl) {
            return Vec::new();
        }
        let key = XFetch { rate: self.rate, delta: self.delta, beta };
        // Readers look ahead by beta computes on average: five times that before the gap, one in 150 herds would begin
        // even earlier, and a TTL that leaves less room cuts the gap short.
        let (gap, ahead) = (if beta > 0.0 { key.early_gap_mean() } else { 0.0 }, beta * self.delta);
        if ttl < gap + 2.0 * ahead {
            return Vec::new();
        }
        let short = (ttl < gap + 5.0 * ahead)
            .then(|| "approximate where the TTL is not much longer than the early gap".to_owned());
        let note = |form: ClosedForm| ClosedForm {
            note: match (&form.note, &short) {
                (Some(one), Some(other)) => Some(format!("{one}; {other}")),
                (one, other) => one.clone().or_else(|| other.clone()),
            },
            ..form
        };
        let herd = self.herd(key.herd_mean(), XFETCH).map(note);
        let gap = herd.as_ref().map(|_| note(self.form("early.gap.avg_us", gap * 1e6, XFETCH)));
        herd.into_iter().chain(gap).collect()
    }

    /// The TTL is long enough for a herd to be over before the next one begins.
    fn lasts(&self, ttl: f64) -> bool {
        ttl > 4.0 * self.delta
    }

    /// The herd's mean, if the origin has room for it.
    fn herd(&self, mean: f64, source: &'static str) -> Option<ClosedForm> {
        let keys = f64::from(self.plan.traffic.keys.count());
        // At most all requests of a compute's time at once, a Poisson number; or few herds, each of a geometric size, of
        // which one in a thousand is seven times the mean.
        let all = keys * (1.0 + self.rate * self.delta);
        let most = (all + 4.0 * all.sqrt()).min(7.0 * mean * keys);
        let room = self.plan.origin.concurrency.map_or(f64::INFINITY, f64::from);
        (most <= room).then(|| self.form("herd.avg", mean, source))
    }

    fn form(&self, metric: &'static str, value: f64, source: &'static str) -> ClosedForm {
        ClosedForm { metric, value, source, note: self.note.clone() }
    }
}

/// Whether the cache never runs out of room.
fn fits(plan: &Plan, items: u32) -> bool {
    // A lock is an entry of its own.
    match plan.cache.capacity {
        None => true,
        Some(Capacity::Entries(entries)) => u64::from(entries) >= 2 * u64::from(items),
        Some(Capacity::Bytes(bytes)) => {
            bytes / 2 >= u64::from(items) * u64::from(plan.cache.value_size)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Cache, Client, Origin, Traffic};

    fn plan(rate: f64, compute: Law) -> Plan {
        Plan {
            seed: 42,
            duration: Nanos::from_secs(60),
            warmup: Nanos::SECOND,
            traffic: Traffic { load: Load::open(rate, Arrivals::Poisson), ..Traffic::default() },
            cache: Cache { warm: Warm::Stationary, ..Cache::default() },
            client: Client::default(),
            origin: Origin { latency: compute, ..Origin::default() },
            ..Plan::default()
        }
    }

    fn lane(name: &str) -> Lane {
        let strategy = AnyStrategy::named(name).unwrap();
        Lane { name: name.to_owned(), strategy, rules: Rules::default() }
    }

    fn herd(plan: &Plan, name: &str) -> Option<f64> {
        let forms = closed_forms(plan, &lane(name));
        forms.iter().find(|form| form.metric == "herd.avg").map(|form| form.value)
    }

    fn constant(ms: u64) -> Law {
        Law::Constant(Nanos::from_millis(ms))
    }

    /// L = 1000/s, D = 0.1 s: the paper's e for beta = 1, 1 + LD, the birthday problem's 12.9, one.
    #[test]
    fn each_strategy_has_the_herd_that_its_mathematics_says() {
        let p = plan(1_000.0, constant(100));
        assert!((herd(&p, "xfetch").unwrap() - std::f64::consts::E).abs() < 1e-4);
        assert_eq!(herd(&p, "ttl"), Some(101.0));
        assert_eq!((herd(&p, "lock"), herd(&p, "single-flight")), (Some(1.0), Some(1.0)));
        let random = plan(1_000.0, Law::Exponential(Nanos::from_millis(100)));
        assert!((herd(&random, "ttl").unwrap() - 12.9).abs() < 0.05);
        assert_eq!(herd(&random, "xfetch"), None, "no formula here is for random compute times");
    }

    #[test]
    fn the_early_gap_is_in_microseconds() {
        let forms = closed_forms(&plan(1_000.0, constant(100)), &lane("xfetch"));
        let gap = forms.iter().find(|form| form.metric == "early.gap.avg_us").unwrap();
        assert!((gap.value - 518_240.0).abs() < 5.0, "{}", gap.value);
    }

    #[test]
    fn single_flight_in_many_processes_is_one_herd_a_process_at_most() {
        let mut p = plan(100.0, constant(100));
        p.traffic.processes = 4;
        assert!((herd(&p, "single-flight").unwrap() - 3.754).abs() < 1e-3);
    }

    #[test]
    fn many_keys_alike_share_the_rate() {
        let mut p = plan(1_000.0, constant(100));
        p.traffic.keys = Keys::Uniform { count: 10 };
        assert_eq!(herd(&p, "ttl"), Some(11.0));
        p.traffic.keys = Keys::Zipf { exponent: 1.0, count: 10 };
        assert_eq!(herd(&p, "ttl"), None);
    }

    #[test]
    fn a_plan_that_breaks_an_assumption_has_no_theory() {
        let breaks: [fn(&mut Plan); 8] = [
            |p| p.origin.concurrency = Some(20),
            |p| p.traffic.timeout = Some(Nanos::from_millis(150)),
            |p| p.traffic.load = Load::open(1_000.0, Arrivals::Constant),
            |p| p.traffic.load = Load::Closed { users: 10, think: constant(10) },
            |p| p.cache.latency = constant(50),
            |p| p.cache.capacity = Some(Capacity::Entries(1)),
            |p| (p.cache.warm, p.warmup) = (Warm::Cold, Nanos::ZERO),
            |p| {
                p.events.push(crate::plan::Event {
                    at: Nanos::SECOND,
                    change: crate::plan::Change::Flush,
                })
            },
        ];
        for (number, break_it) in breaks.iter().enumerate() {
            let mut p = plan(1_000.0, constant(100));
            break_it(&mut p);
            assert_eq!(herd(&p, "ttl"), None, "assumption {number}");
        }
        let mut tiny = lane("xfetch");
        if let AnyStrategy::XFetch(xfetch) = &mut tiny.strategy {
            xfetch.ttl = Nanos::from_millis(600);
        }
        assert_eq!(closed_forms(&plan(1_000.0, constant(100)), &tiny), []);
    }

    #[test]
    fn what_is_neglected_is_said() {
        let mut p = plan(1_000.0, constant(100));
        p.cache.latency = constant(1);
        let forms = closed_forms(&p, &lane("ttl"));
        assert_eq!(forms[0].note.as_deref(), Some("round trips of 1ms are left out"));
    }
}
