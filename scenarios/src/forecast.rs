//! What is to be expected of a plan before anything runs: the load that it offers, and what of it a cache leaves.
//!
//! Of an item asked for l times a second whose entry lives T seconds, a stationary bare TTL misses one request in
//! 1 + l T: a cycle is one miss and the l T hits of the entry's life. All figures are those of the busiest second.

use herdlab_sim::cache::{bytes_each, bytes_of};
use herdlab_sim::plan::{Backend, Capacity, Lane, Load, Plan};
use herdlab_sim::time::Nanos;
use herdlab_sim::traffic::Schedule;

use crate::popularity::{Class, classes};
use crate::units::{coarse, figure, figure_of_bytes, size_text};

/// What is to be expected of a plan.
#[derive(Clone, Debug)]
pub struct Forecast<'a> {
    plan: &'a Plan,
    /// Requests expected in all; not known of a closed loop.
    requests: Option<f64>,
    /// Requests a second at most; of a closed loop, if no answer took time.
    pub(crate) peak: f64,
    /// Computes a second that the origin can do; `None` is any number.
    pub(crate) capacity: Option<f64>,
    classes: Vec<Class>,
}

/// Lanes that a bare TTL would leave the same load.
#[derive(Clone, Debug)]
pub(crate) struct Warm<'a> {
    pub(crate) lanes: Vec<&'a str>,
    ttl: Nanos,
    pub(crate) backend: Backend,
    /// The share of what is asked for that is found.
    hits: f64,
    /// Computes a second for the rest.
    pub(crate) misses: f64,
    /// How many entries one cache holds.
    pub(crate) entries: f64,
}

impl<'a> Forecast<'a> {
    /// The forecast of a plan.
    #[must_use]
    pub fn new(plan: &'a Plan) -> Self {
        let schedule = Schedule::new(plan.seed, &plan.traffic.load, &plan.events, plan.duration);
        let peak = match (&plan.traffic.load, &schedule) {
            (Load::Closed { users, think }, _) => {
                f64::from(*users) / (think.mean() + fastest(plan)).as_secs_f64().max(1e-6)
            }
            (_, Some(schedule)) => schedule.peak(),
            (Load::Open { rate, .. }, None) => *rate,
            (Load::Recorded { trace, speed, .. }, None) => trace.rate() * speed,
        };
        let compute = plan.origin.latency.mean().as_secs_f64().max(1e-9);
        Self {
            plan,
            requests: schedule.map(|schedule| schedule.expected()),
            peak,
            capacity: plan.origin.concurrency.map(|slots| f64::from(slots) / compute),
            classes: classes(&plan.traffic.keys),
        }
    }

    /// Items a second that are asked for.
    pub(crate) fn items(&self) -> f64 {
        self.peak * f64::from(self.plan.traffic.page)
    }

    /// Computes a second if nothing is cached and every attempt is made.
    pub(crate) fn offered(&self) -> f64 {
        self.items() * f64::from(self.plan.traffic.retries.max + 1)
    }

    /// Requests a second for the hottest key.
    pub(crate) fn hottest(&self) -> f64 {
        let share = self.classes.first().map_or(0.0, |class| class.share);
        self.items() * share / f64::from(self.plan.traffic.variants.kept)
    }

    /// What a stationary cache leaves to the origin, by what lanes differ in; nobody knows where a recording says how long
    /// each entry is kept.
    pub(crate) fn warm(&self) -> Vec<Warm<'a>> {
        let mut groups: Vec<Warm<'a>> = Vec::new();
        if self.plan.traffic.load.ttls_count() {
            return groups;
        }
        for lane in &self.plan.lanes {
            let (ttl, backend) = (lane.strategy.ttl(), self.backend(lane));
            match groups.iter_mut().find(|group| group.ttl == ttl && group.backend == backend) {
                Some(group) => group.lanes.push(&lane.name),
                None => groups.push(self.stationary(lane, ttl, backend)),
            }
        }
        groups
    }

    fn backend(&self, lane: &Lane) -> Backend {
        lane.rules.backend.unwrap_or(self.plan.cache.backend)
    }

    fn stationary(&self, lane: &'a Lane, ttl: Nanos, backend: Backend) -> Warm<'a> {
        let caches = match backend {
            Backend::Shared | Backend::Memcached => 1.0,
            Backend::LocMem => f64::from(self.plan.traffic.processes),
        };
        let kept = f64::from(self.plan.traffic.variants.kept);
        let (rate, ttl_s) = (self.items() / kept / caches, ttl.as_secs_f64());
        let (mut misses, mut entries) = (0.0, 0.0);
        for class in &self.classes {
            let alike = rate * class.share;
            misses += class.items * alike / (1.0 + alike * ttl_s);
            entries += class.items * alike * ttl_s / (1.0 + alike * ttl_s);
        }
        let misses = misses * kept * caches;
        let hits = if self.items() > 0.0 { 1.0 - misses / self.items() } else { 0.0 };
        Warm { lanes: vec![&lane.name], ttl, backend, hits, misses, entries: entries * kept }
    }

    /// Short lines for a person.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let warm = self.warm();
        let mut lines = vec![self.traffic_line(), self.bare_line()];
        lines.extend(warm.iter().map(|group| self.warm_line(group, warm.len() > 1)));
        lines.push(self.herd_line());
        lines.push(self.memory_line());
        lines
    }

    fn traffic_line(&self) -> String {
        let (traffic, peak) = (&self.plan.traffic, figure(self.peak));
        let page =
            if traffic.page > 1 { format!(" of {} items", traffic.page) } else { String::new() };
        let items = many(f64::from(traffic.keys.count()), "item");
        match &traffic.load {
            Load::Open { .. } | Load::Recorded { .. } => format!(
                "about {} requests{page} for {items} in {}, at most {peak}/s",
                figure(self.requests.unwrap_or_default()),
                self.plan.duration
            ),
            Load::Closed { users, .. } => format!(
                "{} users on {items} for {}: at most {peak} requests/s{page}",
                figure(f64::from(*users)),
                self.plan.duration
            ),
        }
    }

    fn bare_line(&self) -> String {
        let asked = format!("without a cache: {}/s at the origin", figure(self.items()));
        match self.capacity {
            Some(capacity) => {
                format!("{asked}, which can do {}/s{}", figure(capacity), self.used(self.items()))
            }
            None => format!("{asked}, which has no limit"),
        }
    }

    fn warm_line(&self, group: &Warm<'_>, named: bool) -> String {
        let of = if named { format!(" ({})", group.lanes.join(", ")) } else { String::new() };
        format!(
            "with a warm one and a ttl of {}{of}: {:.2}% are hits, {}/s at the origin{}",
            group.ttl,
            (group.hits * 1e4).floor() / 1e2,
            figure(group.misses),
            self.used(group.misses)
        )
    }

    /// What so many computes a second are of all that the origin can do.
    fn used(&self, computes: f64) -> String {
        self.capacity.map_or_else(String::new, |capacity| {
            format!(" ({}% of it)", figure(100.0 * computes / capacity))
        })
    }

    fn herd_line(&self) -> String {
        let compute = coarse(self.plan.origin.latency.mean());
        let (hottest, mut herd) = (self.hottest(), 1.0 + self.hottest() * compute.as_secs_f64());
        if let Load::Closed { users, .. } = self.plan.traffic.load {
            herd = herd.min(f64::from(users));
        }
        format!(
            "hottest key: {}/s; under a bare ttl each expiry sends a herd of {} (1 + {}/s x {compute})",
            figure(hottest),
            figure(herd),
            figure(hottest),
        )
    }

    fn memory_line(&self) -> String {
        let cache = &self.plan.cache;
        let keys = u64::from(self.plan.entries());
        let room = match cache.capacity {
            _ if cache.backend == Backend::LocMem => {
                format!("; each process has room for {}", cache.locmem.max_entries)
            }
            Some(Capacity::Bytes(bytes)) => format!("; there is room for {}", size_text(bytes)),
            Some(Capacity::Entries(entries)) => format!("; there is room for {entries} entries"),
            None => String::new(),
        };
        let (needed, each) = (figure_of_bytes(bytes_of(cache, keys)), bytes_each(cache));
        format!("memory: {needed} for {}, {each} bytes each{room}", many(keys as f64, "key"))
    }
}

/// `1 item`, `2 items`.
fn many(count: f64, what: &str) -> String {
    format!("{} {what}{}", figure(count), if count == 1.0 { "" } else { "s" })
}

/// What a request takes at least: one round trip.
fn fastest(plan: &Plan) -> Nanos {
    if plan.cache.backend == Backend::LocMem { Nanos::ZERO } else { plan.cache.latency.mean() }
}
