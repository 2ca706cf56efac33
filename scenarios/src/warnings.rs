//! What may not be meant, told before anything runs, with the numbers that say so.

use herdlab_sim::plan::{Backend, Capacity, Discipline, Invalidation, Lane, OnTimeout, Plan};
use herdlab_sim::strategy::{AnyStrategy, Slot};
use herdlab_sim::theory;
use herdlab_sim::time::Nanos;
use herdlab_sim::traffic::Commits;

use crate::forecast::Forecast;
use crate::units::{coarse, figure, size_text};

/// What of a plan may not be meant, in sentences.
#[must_use]
pub fn warnings(plan: &Plan) -> Vec<String> {
    let forecast = Forecast::new(plan);
    let computes = Computes::new(plan);
    let mut warnings: Vec<String> = [
        overload(plan, &forecast),
        computes.impatience(plan),
        computes.short_lived(plan),
        no_room(plan),
        lock_up(plan, &forecast),
    ]
    .into_iter()
    .flatten()
    .collect();
    let long_lived = plan.lanes.iter().filter(|lane| lane.strategy.ttl() >= computes.slow);
    warnings.extend(long_lived.filter_map(|lane| storm(plan, &forecast, lane)));
    warnings.extend(plan.lanes.iter().filter_map(|lane| computes.outlast_the_lock(lane)));
    warnings.extend(crowded(plan, &forecast));
    warnings.extend(idle_invalidation(plan));
    warnings
}

/// How long computes take: drawn once, as some laws have to be.
#[derive(Copy, Clone, Debug)]
struct Computes {
    /// Half of them take longer.
    half: Nanos,
    /// One in a hundred takes longer.
    slow: Nanos,
}

impl Computes {
    fn new(plan: &Plan) -> Self {
        let quantile = |share| plan.origin.latency.quantile(share);
        Self { half: quantile(0.5), slow: quantile(0.99) }
    }

    fn impatience(self, plan: &Plan) -> Option<String> {
        let (timeout, half) = (plan.traffic.timeout?, coarse(self.half));
        (timeout < self.half).then(|| {
            format!(
                "traffic.timeout ({timeout}) is shorter than a compute takes (half take longer than {half}): who computes is not answered in time"
            )
        })
    }

    fn short_lived(self, plan: &Plan) -> Option<String> {
        let lanes = plan.lanes.iter().filter(|lane| lane.strategy.ttl() < self.slow);
        let names: Vec<&str> = lanes.map(|lane| lane.name.as_str()).collect();
        let slow = coarse(self.slow);
        (!names.is_empty()).then(|| {
            format!(
                "the ttl is shorter than a compute may take, at p99 ({slow}): {}",
                names.join(", ")
            )
        })
    }

    /// A lock that is gone, or given up, before its holder is done.
    fn outlast_the_lock(self, lane: &Lane) -> Option<String> {
        let (name, slow) = (&lane.name, coarse(self.slow));
        let lock_ttl = number(lane, "lock_ttl")?;
        if lock_ttl < self.slow.as_secs_f64() {
            let lock_ttl = Nanos::from_secs_f64(lock_ttl);
            return Some(format!(
                "{name}: a lock is gone after {lock_ttl}, a compute may take {slow} (p99): then there are two holders"
            ));
        }
        let patience = number(lane, "polls")? * number(lane, "poll_every")?;
        (patience > 0.0 && patience < self.slow.as_secs_f64()).then(|| {
            let patience = Nanos::from_secs_f64(patience);
            format!(
                "{name}: waiters give up after {patience}, a compute may take {slow} (p99): then each computes for itself"
            )
        })
    }
}

/// What the origin can do is less than a warm cache leaves, or than what is asked for without one.
fn overload(plan: &Plan, forecast: &Forecast<'_>) -> Option<String> {
    let capacity = forecast.capacity?;
    let lost: Vec<_> =
        forecast.warm().into_iter().filter(|group| group.misses > capacity).collect();
    if let Some(least) = lost.iter().map(|group| group.misses).min_by(f64::total_cmp) {
        let lanes: Vec<&str> = lost.iter().flat_map(|group| group.lanes.iter().copied()).collect();
        return Some(format!(
            "a warm cache leaves {}/s of misses, the origin can do {}/s: the cache cannot save it ({})",
            figure(least),
            figure(capacity),
            lanes.join(", ")
        ));
    }
    (forecast.offered() > capacity).then(|| {
        format!(
            "traffic asks for up to {}/s{}, the origin can do {}/s: without the cache it is overloaded",
            plain(forecast.offered()),
            made_of(plan, forecast),
            plain(capacity)
        )
    })
}

/// A rate without its thousands apart, as `traffic.rate` is written.
fn plain(rate: f64) -> String {
    figure(rate).replace(',', "")
}

/// How requests become so many computes.
fn made_of(plan: &Plan, forecast: &Forecast<'_>) -> String {
    let (page, tries) = (plan.traffic.page, plan.traffic.retries.max + 1);
    let mut parts = Vec::new();
    if page > 1 {
        parts.push(format!(" of {page} items"));
    }
    if tries > 1 {
        parts.push(format!(", tried up to {tries} times"));
    }
    if parts.is_empty() {
        return String::new();
    }
    format!(" ({} requests/s{})", plain(forecast.peak), parts.concat())
}

fn no_room(plan: &Plan) -> Option<String> {
    let value = plan.cache.value_size;
    let Some(Capacity::Bytes(bytes)) = plan.cache.capacity else { return None };
    (bytes < u64::from(value)).then(|| {
        format!(
            "cache.capacity is {}, a value is {}: nothing is ever stored",
            size_text(bytes),
            size_text(u64::from(value)),
        )
    })
}

/// A queue that is longer than its clients wait is full of work that nobody waits for. Seen in simulations of a flush:
/// the origin recovers if and only if a full queue is done within a client's patience, or work survives its requester.
fn lock_up(plan: &Plan, forecast: &Forecast<'_>) -> Option<String> {
    let (limit, timeout, capacity) =
        (plan.origin.queue.limit?, plan.traffic.timeout?, forecast.capacity?);
    let wait = Nanos::from_secs_f64(f64::from(limit) / capacity);
    let fills = forecast.offered() > capacity && plan.origin.queue.discipline == Discipline::Fifo;
    let then = match plan.traffic.on_timeout {
        OnTimeout::Cancel => "it may stay full for ever (lock-up)",
        OnTimeout::Detach => "nobody is answered in time",
    };
    (fills && wait > timeout).then(|| {
        format!("a full origin.queue of {limit} is {wait} of work, clients wait {timeout}: once it is full, {then}")
    })
}

/// XFetch refreshes so early that it refreshes all the time.
fn storm(plan: &Plan, forecast: &Forecast<'_>, lane: &Lane) -> Option<String> {
    if !matches!(lane.strategy, AnyStrategy::XFetch(_) | AnyStrategy::XFetchLock(_)) {
        return None;
    }
    let key = theory::xfetch::XFetch {
        rate: forecast.hottest(),
        delta: plan.origin.latency.mean().as_secs_f64(),
        beta: number(lane, "beta")?,
    };
    let (gap, ttl) = (Nanos::from_secs_f64(key.early_gap_mean()), lane.strategy.ttl());
    (gap > ttl).then(|| {
        format!(
            "{} refreshes the hottest key {:.1}s early on average, and the ttl is {ttl}: it refreshes all the time",
            lane.name,
            gap.as_secs_f64()
        )
    })
}

/// A parameter of the lane's strategy, in seconds if it is a span.
fn number(lane: &Lane, name: &str) -> Option<f64> {
    let mut strategy = lane.strategy.clone();
    let parameter = strategy.parameters().into_iter().find(|parameter| parameter.name == name)?;
    match parameter.slot {
        Slot::Span(span) => Some(span.as_secs_f64()),
        Slot::Number(number) => Some(*number),
        Slot::Count(count) => Some(f64::from(*count)),
        Slot::Switch(_) => None,
    }
}

/// Each process would like to keep more than its locmem has room for.
fn crowded(plan: &Plan, forecast: &Forecast<'_>) -> Vec<String> {
    let room = plan.cache.locmem.max_entries;
    let groups = forecast.warm().into_iter();
    groups
        .filter(|group| group.backend == Backend::LocMem && group.entries > f64::from(room))
        .map(|group| {
            format!(
                "each process would keep about {} entries, its locmem has room for {room} (cache.entries): it culls all the time ({})",
                figure(group.entries),
                group.lanes.join(", ")
            )
        })
        .collect()
}

fn idle_invalidation(plan: &Plan) -> Option<String> {
    let lanes: Vec<&str> = plan
        .lanes
        .iter()
        .filter(|lane| lane.rules.invalidation != Invalidation::None)
        .map(|lane| lane.name.as_str())
        .collect();
    (!Commits::any(plan) && !lanes.is_empty()).then(|| {
        format!(
            "there are no updates that could invalidate (data.writes is 0/s): {}",
            lanes.join(", ")
        )
    })
}
