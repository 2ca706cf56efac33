//! How the run behind a golden row is set up in the virtual world.
//!
//! Every experiment is repeated with other seeds, so that its own scatter says how sure its figures are.

use std::time::Duration;

use herdlab_sim::law::Law;
use herdlab_sim::plan::{
    Arrivals, Backend, Capacity, Change, Client, Event, Invalidation, Keys, Layers, Load, LocMem,
    Moment, Origin, Plan, Rules, Traffic, Updates, Warm,
};
use herdlab_sim::strategy::{
    AnyStrategy, GetOrSet, Lock, Rails, SingleFlight, StaleWhileRevalidate, TtlOnly, XFetch,
    XFetchArticle,
};
use herdlab_sim::theory;
use herdlab_sim::time::Nanos;

use crate::table::Row;

const RUNS: u64 = 40;
/// So many herds a run; 2,000 a row in all.
const HERDS: u32 = 50;
/// So many requests a run, where requests are what is counted,
const REQUESTS: f64 = 100_000.0;
/// but no more seconds than that: each costs the recorder as much as some hundred requests do.
const SECONDS: f64 = 1_500.0;
/// Later than every run: the TTL of an entry that never expires again.
const FOR_EVER: f64 = 1e9;

/// A run, to be repeated.
pub(crate) struct Experiment {
    /// The plan but for its seed.
    pub(crate) plan: Plan,
    pub(crate) strategy: AnyStrategy,
    pub(crate) rules: Rules,
    /// Whether the first request of a run is killed as soon as it has begun.
    pub(crate) crashes: bool,
    /// When the entries that a warm cache begins with expire.
    pub(crate) preset: Nanos,
    pub(crate) runs: u64,
    /// Runs begin to measure at even steps over this span, so that a rhythm they have in common falls nowhere.
    pub(crate) rhythm: Nanos,
}

impl Experiment {
    /// The experiment of a row; `None` if no strategy of the list does what the row is about.
    pub(crate) fn of(row: &Row) -> Option<Self> {
        let ttl = seconds(if row.ttl.is_finite() { row.ttl } else { FOR_EVER });
        let one_episode = row.ttl.is_infinite();
        Some(match row.strategy.split(['(', ' ']).next()? {
            "xfetch" => {
                let strategy =
                    AnyStrategy::XFetch(XFetch { ttl, beta: row.beta, ..XFetch::default() });
                if one_episode { Self::early(row, strategy) } else { Self::long_run(row, strategy) }
            }
            "ttl_set" if row.strategy.contains("zipf") => Self::hit_ratio(row),
            "ttl_set" => {
                let strategy = AnyStrategy::Ttl(TtlOnly { ttl });
                if one_episode { Self::cold(row, strategy) } else { Self::long_run(row, strategy) }
            }
            "singleflight" | "singleflight_per_process_shared_cache" => {
                let strategy = SingleFlight { ttl, ..SingleFlight::default() };
                let mut this = Self::long_run(row, AnyStrategy::SingleFlight(strategy));
                this.plan.traffic.processes = row.number_after("P=").unwrap_or(1.0) as u32;
                this
            }
            "swr" => {
                let strategy =
                    StaleWhileRevalidate { ttl, grace: seconds(row.number_after("grace=")?) };
                Self::long_run(row, AnyStrategy::StaleWhileRevalidate(strategy))
            }
            "seed_xfetch" => {
                let sign_fixed = row.strategy.contains("sign fixed");
                let strategy = XFetchArticle { ttl, beta: row.beta, sign_fixed };
                Self::long_run(row, AnyStrategy::XFetchArticle(strategy))
            }
            "ttl_add" => Self::long_run(row, AnyStrategy::GetOrSet(GetOrSet { ttl })),
            "local_cache_per_process" => Self::caches_of_processes(row),
            "invalidate_before_commit" => Self::early_invalidation(row),
            "seed_lock" => {
                let lock = AnyStrategy::LockArticle(Lock { ttl, ..Lock::article() });
                if row.strategy.contains("rtt") {
                    Self::race(row, lock)
                } else {
                    Self::lock(row, lock)
                }
            }
            "reported_redis_hit" if row.strategy.contains("(get_or_set") => {
                Self::reported_hits(row)
            }
            "rails_race_condition_ttl" => Self::extension(row),
            "hedge" => Self::hedge(row),
            "jitter" => Self::together(row),
            "origin" => Self::queue(row),
            "lru" => Self::lru(row),
            _ => return None,
        })
    }

    /// The plan of one of its runs.
    pub(crate) fn plan_of(&self, number: u64, seed: u64) -> Plan {
        let mut plan = Plan { seed, ..self.plan.clone() };
        let step = self.rhythm.scale((number as f64 + 0.5) / self.runs as f64);
        plan.warmup += step;
        plan.duration += step;
        plan
    }

    /// About how many requests all its runs have.
    pub(crate) fn requests(&self) -> f64 {
        let Load::Open { rate, .. } = self.plan.traffic.load else { return 0.0 };
        rate * self.plan.duration.as_secs_f64() * self.runs as f64
    }

    fn new(row: &Row, strategy: AnyStrategy) -> Self {
        let preset = strategy.ttl();
        let (rules, rhythm) = (Rules::default(), Nanos::ZERO);
        Self { plan: plan(row), strategy, rules, crashes: false, preset, runs: RUNS, rhythm }
    }

    /// One episode each of many independent keys, which are absent.
    fn cold(row: &Row, strategy: AnyStrategy) -> Self {
        let mut this = Self::new(row, strategy);
        this.plan.duration = seconds(after_expiry(row));
        this.each_of(HERDS)
    }

    /// One episode each of many independent keys that expire at a preset time, so late that no herd would have begun
    /// before the run.
    fn early(row: &Row, strategy: AnyStrategy) -> Self {
        let mut this = Self::new(row, strategy);
        let stored = row.number_after("stored delta ");
        // An exponential cost is now and then a dozen times its mean, and the gap with it.
        let cost = stored.unwrap_or(row.delta) * if row.exponential { 12.0 } else { 1.0 };
        let margin = if row.exponential { 6.0 } else { 16.0 };
        let gap = theory::xfetch::XFetch { rate: row.rate, delta: cost, beta: row.beta };
        let preset = gap.early_gap_mean() + margin * row.beta * cost;
        this.preset = seconds(preset);
        this.plan.cache.warm = Warm::Full;
        this.plan.duration = seconds(preset + after_expiry(row));
        if let Some(stored) = stored {
            this.plan.origin.latency = Law::Constant(seconds(stored));
            let slow = Change::SlowOrigin(row.delta / stored);
            this.plan.events.push(Event { at: Nanos::ZERO, change: slow });
        }
        this.each_of(HERDS)
    }

    /// A long run on one key, measured from some point of its cycle on. Where requests are few, ten independent keys run side by
    /// side, a tenth as long.
    fn long_run(row: &Row, strategy: AnyStrategy) -> Self {
        let mut this = Self::new(row, strategy);
        let gap = match this.strategy {
            AnyStrategy::XFetch(_) => {
                theory::xfetch::XFetch { rate: row.rate, delta: row.delta, beta: row.beta }
                    .early_gap_mean()
            }
            _ => 0.0,
        };
        let cycle = row.ttl + row.delta + 1.0 / row.rate - gap.min(0.5 * row.ttl);
        this.plan.cache.warm = Warm::Stationary;
        this.plan.warmup = seconds(3.0 * (row.ttl + row.delta));
        this.rhythm = seconds(cycle);
        let keys = if row.rate > 100.0 { 1 } else { 10 };
        this.plan.duration = this.plan.warmup + seconds(f64::from(HERDS / keys) * cycle);
        this.each_of(keys)
    }

    /// The same with a cache in each process.
    fn caches_of_processes(row: &Row) -> Self {
        let mut this = Self::long_run(row, AnyStrategy::Ttl(TtlOnly { ttl: seconds(row.ttl) }));
        this.rules.backend = Some(Backend::LocMem);
        this.plan.cache.locmem = LocMem { max_entries: u32::MAX, ..LocMem::default() };
        this.plan.traffic.processes = row.number_after("P=").expect("the row says how many") as u32;
        this
    }

    /// Keys that nothing but an update ever removes, too early by the row's window; computes take no time. Each key is
    /// updated every 500 windows, so that windows hardly ever overlap, and has been before anything is measured.
    fn early_invalidation(row: &Row) -> Self {
        let mut this = Self::new(row, AnyStrategy::Ttl(TtlOnly { ttl: seconds(FOR_EVER) }));
        let (keys, every) = (100, 500.0 * row.delta);
        this.plan.origin.latency = Law::Constant(Nanos::ZERO);
        this.plan.traffic.updates =
            Updates { rate: f64::from(keys) / every, transaction: seconds(row.delta) };
        this.rules.invalidation = Invalidation::Delete(Moment::BeforeCommit);
        this.plan.warmup = seconds(8.0 * every);
        this.plan.duration = this.plan.warmup + seconds(10.0 * every);
        this.runs = 10;
        this.each_of(keys)
    }

    /// One episode each of many independent cold keys, behind round trips that scatter; the compute is longer than they
    /// ever are, so that who comes second comes after it.
    fn race(row: &Row, strategy: AnyStrategy) -> Self {
        let trip = row.number_after("Exp(").expect("the row says how long");
        let mut this = Self::new(row, strategy);
        this.plan.cache.latency = Law::Exponential(seconds(trip));
        this.plan.origin.latency = Law::Constant(seconds(50.0 * trip));
        this.plan.duration = seconds(16.0 / row.rate + 90.0 * trip);
        this.each_of(HERDS)
    }

    /// One key whose TTL makes the row's share of requests miss; nothing takes any time.
    fn reported_hits(row: &Row) -> Self {
        let miss = row.number_after("true miss=").expect("the row says how many");
        let rate = 1_000.0;
        let ttl = seconds((1.0 / miss - 1.0) / rate).max(Nanos::from_nanos(1));
        let mut this = Self::new(row, AnyStrategy::GetOrSet(GetOrSet { ttl }));
        this.plan.traffic.load = Load::open(rate, Arrivals::Poisson);
        this.plan.duration = seconds(5.0);
        this
    }

    /// One cold key, requests until the time the row names, all followed to their answer; as many episodes as the golden
    /// simulation ran.
    fn lock(row: &Row, strategy: AnyStrategy) -> Self {
        let mut this = Self::new(row, strategy);
        this.plan.duration = seconds(row.number_after("stop at t=").expect("the row says when"));
        this.runs = row.number_after("n=").expect("the row says how many") as u64;
        this.crashes = row.strategy.contains("crashes");
        if let Some(until) = row.number_after("errors until ") {
            this.plan.events = vec![
                Event { at: Nanos::ZERO, change: Change::FailOrigin(1.0) },
                Event { at: seconds(until), change: Change::RestoreOrigin },
            ];
        }
        this
    }

    /// One expiry each of many keys that the first reader extends, as late as the row says: that is what a write takes.
    fn extension(row: &Row) -> Self {
        let rails = Rails { ttl: seconds(FOR_EVER), ..Rails::default() };
        let mut this = Self::new(row, AnyStrategy::Rails(rails));
        let delay = row.number_after("delay ").expect("the row says how late");
        this.preset = seconds(0.1);
        this.plan.cache.warm = Warm::Full;
        this.plan.cache.latency = Law::Constant(seconds(delay));
        this.plan.origin.latency = Law::Constant(seconds(50.0 * delay));
        this.plan.duration = seconds(0.1 + 16.0 / row.rate);
        this.each_of(HERDS)
    }

    /// Calls that each have a hedge, behind a cache that keeps nothing.
    fn hedge(row: &Row) -> Self {
        let ttl = Nanos::from_nanos(1);
        let mut this = Self::new(row, AnyStrategy::Ttl(TtlOnly { ttl }));
        let hedge = Some(seconds(row.number_after("after=").expect("the row says when")));
        this.rules.layers = Layers { hedge, ..Layers::default() };
        let rate = 1_000.0;
        this.plan.traffic.load = Load::open(rate, Arrivals::Poisson);
        this.plan.duration = seconds(REQUESTS / rate);
        this.runs = 10;
        this
    }

    /// Many keys that were stored together with jitter on their TTLs, until all have expired once. All takes ten times as
    /// long as in the row, so that its tenth of a second is one of our seconds.
    fn together(row: &Row) -> Self {
        let ttl = seconds(10.0 * row.ttl);
        let strategy = SingleFlight { ttl, ..SingleFlight::default() };
        let mut this = Self::new(row, AnyStrategy::SingleFlight(strategy));
        this.rules.layers.jitter = row.number_after("j=").expect("the row says how much");
        this.plan.cache.warm = Warm::Full;
        this.plan.traffic.load = Load::open(row.rate / 10.0, Arrivals::Poisson);
        this.plan.duration = ttl + seconds(3.0);
        this.runs = 10;
        this.each_of(row.number_after("keys=").expect("the row says how many") as u32)
    }

    /// A limited origin behind a cache that keeps nothing.
    fn queue(row: &Row) -> Self {
        let ttl = Nanos::from_nanos(1);
        let mut this = Self::new(row, AnyStrategy::Ttl(TtlOnly { ttl }));
        let servers = row.number_after("/M/").or_else(|| row.number_after("/D/"));
        let servers = servers.expect("the row names its servers");
        this.plan.origin.concurrency = Some(servers as u32);
        // The relaxation time of M/M/c (Cohen), which is longer than that of M/D/c.
        let load = row.rate * row.delta / servers;
        let relaxation = row.delta / servers / (1.0 - load.sqrt()).powi(2);
        this.plan.warmup = seconds(8.0 * relaxation);
        this.plan.duration = this.plan.warmup + seconds(SECONDS.min(REQUESTS / row.rate));
        this
    }

    /// Very many keys in a cache without a limit.
    fn hit_ratio(row: &Row) -> Self {
        let ttl = seconds(row.ttl);
        let mut this = Self::new(row, AnyStrategy::Ttl(TtlOnly { ttl }));
        this.plan.traffic.keys = zipf(row);
        this.plan.cache.warm = Warm::Stationary;
        this.plan.warmup = ttl;
        this.plan.duration = ttl + seconds(3.0 * REQUESTS / row.rate);
        this.runs = 10;
        this
    }

    /// Very many keys in a small cache without a TTL. What an LRU cache holds depends on the last requests only, as many
    /// as an entry stays for.
    fn lru(row: &Row) -> Self {
        let ttl = seconds(FOR_EVER);
        let mut this = Self::new(row, AnyStrategy::Ttl(TtlOnly { ttl }));
        this.plan.traffic.keys = zipf(row);
        let entries = row.number_after("C=").expect("the row names its capacity");
        this.plan.cache.capacity = Some(Capacity::Entries(entries as u32));
        let rate = 1e6;
        this.plan.traffic.load = Load::open(rate, Arrivals::Poisson);
        let shares = herdlab_sim::traffic::shares(&this.plan.traffic.keys);
        this.plan.warmup = seconds(1.5 * theory::lru::Che::new(&shares, entries).stay / rate);
        this.plan.duration = this.plan.warmup + seconds(3.0 * REQUESTS / rate);
        this.runs = 10;
        this
    }

    /// The same for so many keys side by side.
    fn each_of(mut self, keys: u32) -> Self {
        self.plan.traffic.keys = Keys::Uniform { count: keys };
        if let Load::Open { rate, .. } = &mut self.plan.traffic.load {
            *rate *= f64::from(keys);
        }
        self
    }
}

/// How long after an expiry every key has had its herd, all of it, but for one key in millions.
fn after_expiry(row: &Row) -> f64 {
    16.0 / row.rate + row.delta * if row.exponential { 16.0 } else { 1.0 }
}

fn zipf(row: &Row) -> Keys {
    let exponent = row.number_after("alpha=").expect("the row names its skew");
    Keys::Zipf { exponent, count: row.number_after("N=").expect("the row names its items") as u32 }
}

fn seconds(s: f64) -> Nanos {
    Nanos::from_nanos(Duration::from_secs_f64(s).as_nanos() as u64)
}

/// One cold key, no round trips, an unlimited origin.
fn plan(row: &Row) -> Plan {
    let span = seconds(if row.delta.is_nan() { 0.0 } else { row.delta });
    Plan {
        traffic: Traffic { load: Load::open(row.rate, Arrivals::Poisson), ..Traffic::default() },
        client: Client::default(),
        origin: Origin {
            latency: if row.exponential { Law::Exponential(span) } else { Law::Constant(span) },
            ..Origin::default()
        },
        ..Plan::default()
    }
}
