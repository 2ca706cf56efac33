//! Requests, counted: each has exactly one outcome, and its latency runs from its intended start.

use super::interval_log::Kind;
use super::live::{RequestSample, RequestScope};
use super::track::Track;
use super::{Distribution, Handed, Seconds, Window};
use crate::key::Item;
use crate::time::Nanos;
use crate::world::{Failure, Served, Value};

/// What became of a request: exactly one of these.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Outcome {
    /// From the cache, within its logical TTL.
    Fresh,
    /// From the cache, past the entry's own logical expiry.
    Stale,
    /// Another's compute answered it.
    Waited,
    /// It ran the origin itself.
    Computed,
    /// The cache failed, the origin answered.
    Degraded,
    /// Not answered.
    Failed(Failure),
}

impl Outcome {
    /// The outcome of a strategy's answer; `degraded` if the cache failed on the way.
    #[must_use]
    pub const fn of(answer: &Result<Served, Failure>, degraded: bool) -> Self {
        match answer {
            Ok(Served::Fresh(_)) => Self::Fresh,
            Ok(Served::Stale(_)) => Self::Stale,
            Ok(Served::Waited(_)) => Self::Waited,
            Ok(Served::Computed(_)) if degraded => Self::Degraded,
            Ok(Served::Computed(_)) => Self::Computed,
            Err(failure) => Self::Failed(*failure),
        }
    }

    pub(super) const fn index(self) -> usize {
        match self {
            Self::Fresh => 0,
            Self::Stale => 1,
            Self::Waited => 2,
            Self::Computed => 3,
            Self::Degraded => 4,
            Self::Failed(_) => 5,
        }
    }
}

/// One second of a run, by the time requests were *due*.
#[derive(Copy, Clone, PartialEq, Eq, Default, Debug)]
pub struct Second {
    /// Requests due.
    pub requests: u32,
    /// Of these, answered from the cache.
    pub hits: u32,
    /// Of these, answered within the client's patience.
    pub in_time: u32,
    /// Of these, answered though the cache failed.
    pub degraded: u32,
    /// Of these, not answered.
    pub failed: u32,
}

impl Second {
    /// A request was answered without the cache, or not at all.
    #[cold]
    const fn troubled(&mut self, outcome: usize) {
        let troubled = if outcome == 4 { &mut self.degraded } else { &mut self.failed };
        *troubled += 1;
    }
}

/// The requests of one lane, or of one core's share of it.
#[derive(Clone, Debug)]
pub struct Recorder {
    window: Window,
    timeout: Nanos,
    outcomes: [u64; 6],
    failures: [u64; 8],
    in_time: u64,
    retries: u64,
    items: u64,
    item_hits: u64,
    leaked: u64,
    outdated: u64,
    seconds: Vec<Second>,
    /// The second under way of what follows, by the time of the answer.
    interval_second: u64,
    interval_end: Nanos,
    latency: Track,
    service: Track,
    lateness: Track,
    age: Distribution,
    /// What is counted besides, if somebody looks closely.
    scope: Option<Box<RequestScope>>,
}

impl Recorder {
    /// A recorder for that part of the run; `timeout` is the clients' patience.
    #[must_use]
    pub fn new(window: Window, timeout: Option<Nanos>) -> Self {
        Self {
            window,
            timeout: timeout.unwrap_or(Nanos::FOREVER),
            outcomes: [0; 6],
            failures: [0; 8],
            in_time: 0,
            retries: 0,
            items: 0,
            item_hits: 0,
            leaked: 0,
            outdated: 0,
            seconds: Vec::new(),
            interval_second: 0,
            interval_end: Nanos::SECOND,
            latency: Track::default(),
            service: Track::default(),
            lateness: Track::default(),
            age: Distribution::default(),
            scope: None,
        }
    }

    /// Keeps the spans of each second, if so: for an interval log. It takes a few kilobytes a second, at most 500.
    #[must_use]
    pub const fn keeping_seconds(mut self, keeps: bool) -> Self {
        if keeps {
            self.service.keep_seconds();
            self.lateness.keep_seconds();
        }
        self.keeping_latencies(keeps)
    }

    /// Keeps the latencies of each second, if so, until they are [handed over](Self::hand_over): because it will be
    /// merged with others, and the seconds' p99s shall be those of all requests.
    #[must_use]
    pub const fn keeping_latencies(mut self, keeps: bool) -> Self {
        if keeps {
            self.latency.keep_seconds();
        }
        self
    }

    /// Hands over the latencies that it kept of seconds that are over at `now`, since this was last asked.
    pub fn hand_over(&mut self, now: Nanos) -> Handed {
        if now >= self.interval_end {
            self.close_interval(now.as_secs());
        }
        Handed { seconds: self.latency.hand_over(), under_way: self.interval_second }
    }

    /// Adds the seconds' latencies that this and the recorders merged into it have handed over.
    pub fn take_in(&mut self, seconds: &Seconds) {
        self.latency.take_in(seconds);
    }

    /// Counts besides what [samples](Self::sample) have, from now on.
    #[must_use]
    pub fn watched(mut self) -> Self {
        self.scope = Some(Box::default());
        self
    }

    /// What happened since this was last asked, the warm-up included; nothing if it is not [watched](Self::watched).
    pub fn sample(&mut self) -> RequestSample {
        let Self { scope: Some(scope), latency, .. } = self else {
            return RequestSample::default();
        };
        let so_far = (self.outcomes, self.in_time);
        scope.take(so_far, (self.outdated, self.leaked), latency.under_way())
    }

    /// The latencies of [`QUANTILES`](super::QUANTILES) as of the last [sample](Self::sample); zeros if it is not [watched](Self::watched).
    pub fn latency_so_far(&mut self) -> [u64; 7] {
        self.scope.as_mut().map(|scope| scope.latency_us()).unwrap_or_default()
    }

    /// Whether a request due then is measured.
    #[must_use]
    pub fn measures(&self, due: Nanos) -> bool {
        due >= self.window.warmup
    }

    /// A request due at `due` ended at `done` with this outcome. Times of `done` come in order, but for small steps
    /// back in real time.
    #[inline(always)]
    pub fn ended(&mut self, due: Nanos, done: Nanos, outcome: Outcome) {
        let latency = done - due;
        if !self.measures(due) {
            if let Some(scope) = &mut self.scope {
                scope.ended_early(latency, outcome, self.timeout);
            }
            return;
        }
        let index = outcome.index();
        self.outcomes[index] += 1;
        if let Outcome::Failed(failure) = outcome {
            self.failures[failure as usize] += 1;
        }
        let in_time = index < 5 && latency <= self.timeout;
        self.in_time += u64::from(in_time);
        let second = self.second(due);
        second.requests += 1;
        second.hits += u32::from(index < 2);
        second.in_time += u32::from(in_time);
        if index >= 4 {
            second.troubled(index);
        }
        if done >= self.interval_end {
            self.close_interval(done.as_secs());
        }
        self.latency.record(latency);
    }

    #[inline]
    fn second(&mut self, due: Nanos) -> &mut Second {
        let index = due.as_secs() as usize;
        if index >= self.seconds.len() {
            self.seconds.resize(index + 1, Second::default());
        }
        &mut self.seconds[index]
    }

    fn close_interval(&mut self, next: u64) {
        if let Some(scope) = &mut self.scope {
            scope.carry(self.latency.under_way());
        }
        for track in [&mut self.latency, &mut self.service, &mut self.lateness] {
            track.close(self.interval_second);
        }
        self.interval_second = next;
        self.interval_end = Nanos::from_secs(next.saturating_add(1));
    }

    /// The client of a request due at `due` asks once more.
    pub fn asked_again(&mut self, due: Nanos) {
        self.retries += u64::from(self.measures(due));
    }

    /// The items of a measured request's page were served like this.
    pub fn page_served(&mut self, items: &[(Item, Served)]) {
        let hit = |served: &Served| matches!(served, Served::Fresh(_) | Served::Stale(_));
        self.items += items.len() as u64;
        self.item_hits += items.iter().filter(|(_, served)| hit(served)).count() as u64;
    }

    /// The value served to a measured request at `now`: leaked if computed for another variant, outdated if older than
    /// the item's last committed write.
    pub fn value_served(
        &mut self,
        now: Nanos,
        value: Value,
        variant: u16,
        last_write: Option<Nanos>,
    ) {
        self.leaked += u64::from(value.variant() != variant);
        if let Some(written) = last_write
            && value.as_of().as_micros() < written.as_micros()
        {
            self.outdated += 1;
            self.age.record(now - written);
        }
    }

    /// A measured request was sent this long after it was due (real time only). It is told of with its answer, and
    /// counts for the second of that.
    pub fn sent_late(&mut self, lateness: Nanos) {
        if let Some(scope) = &mut self.scope {
            scope.sent_late(lateness);
        }
        self.lateness.record(lateness);
    }

    /// A measured request took this long from its send (real time only; in virtual time it is the latency).
    pub fn served_in(&mut self, span: Nanos) {
        self.service.record(span);
    }

    /// Adds another core's requests. A second's p99 is that of all its requests if both
    /// [keep latencies](Self::keeping_latencies), otherwise the higher of the two.
    pub fn merge(&mut self, mut other: Self) {
        other.close_interval(u64::MAX);
        self.close_interval(self.interval_second);
        for (mine, theirs) in self.outcomes.iter_mut().zip(other.outcomes) {
            *mine += theirs;
        }
        for (mine, theirs) in self.failures.iter_mut().zip(other.failures) {
            *mine += theirs;
        }
        self.in_time += other.in_time;
        self.retries += other.retries;
        self.items += other.items;
        self.item_hits += other.item_hits;
        self.leaked += other.leaked;
        self.outdated += other.outdated;
        self.seconds.resize(self.seconds.len().max(other.seconds.len()), Second::default());
        for (mine, theirs) in self.seconds.iter_mut().zip(other.seconds) {
            mine.requests += theirs.requests;
            mine.hits += theirs.hits;
            mine.in_time += theirs.in_time;
            mine.degraded += theirs.degraded;
            mine.failed += theirs.failed;
        }
        self.latency.merge(other.latency);
        self.service.merge(other.service);
        self.lateness.merge(other.lateness);
        self.age.merge(&other.age);
    }

    /// Requests that ended, by outcome in the order of [`Outcome`].
    #[must_use]
    pub const fn outcomes(&self) -> [u64; 6] {
        self.outcomes
    }

    /// Requests that failed in this way.
    #[must_use]
    pub const fn failures(&self, failure: Failure) -> u64 {
        self.failures[failure as usize]
    }

    /// Requests that ended.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.outcomes.iter().sum()
    }

    /// Requests answered within the client's patience.
    #[must_use]
    pub const fn in_time(&self) -> u64 {
        self.in_time
    }

    /// Attempts beyond requests' first.
    #[must_use]
    pub const fn retries(&self) -> u64 {
        self.retries
    }

    /// Items served, and of these from the cache: a request's one, or as many as its page has.
    #[must_use]
    pub fn items(&self) -> (u64, u64) {
        let [fresh, stale, _, _, _, failed] = self.outcomes;
        let alone = (self.requests() - failed, fresh + stale);
        if self.items == 0 { alone } else { (self.items, self.item_hits) }
    }

    /// Values served to another variant than they were computed for.
    #[must_use]
    pub const fn leaked(&self) -> u64 {
        self.leaked
    }

    /// Values served that were older than the item's last committed write.
    #[must_use]
    pub const fn outdated(&self) -> u64 {
        self.outdated
    }

    /// The seconds of the run by the time requests were due.
    #[must_use]
    pub fn seconds(&self) -> &[Second] {
        &self.seconds
    }

    /// The p99 latency in microseconds of each of the first `seconds` seconds, by the time of the answer; 0 where none
    /// was given.
    #[must_use]
    pub fn p99_series(&mut self, seconds: usize) -> Vec<u64> {
        self.close_interval(self.interval_second);
        let mut series = vec![0; seconds];
        for (second, p99) in self.latency.p99_us() {
            if let Some(slot) = series.get_mut(second as usize) {
                *slot = p99;
            }
        }
        series
    }

    /// The spans of one kind, by the second.
    pub(super) fn track(&mut self, kind: Kind) -> &Track {
        self.close_interval(self.interval_second);
        match kind {
            Kind::Latency => &self.latency,
            Kind::Service => &self.service,
            Kind::Lateness => &self.lateness,
        }
    }

    /// Latencies from the intended start.
    pub fn latency(&mut self) -> &mut Distribution {
        self.close_interval(self.interval_second);
        self.latency.total()
    }

    /// Latencies from the send; empty in virtual time, where a request is sent when it is due.
    pub fn service(&mut self) -> &mut Distribution {
        self.close_interval(self.interval_second);
        self.service.total()
    }

    /// How late the generator sent; empty in virtual time.
    pub fn lateness(&mut self) -> &mut Distribution {
        self.close_interval(self.interval_second);
        self.lateness.total()
    }

    /// How long outdated values had been outdated.
    pub fn age(&mut self) -> &mut Distribution {
        &mut self.age
    }
}

#[cfg(test)]
mod tests;
