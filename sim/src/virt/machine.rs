//! What all requests of a lane share: the clock, the queue, the cache, the origin, and who each task is.

use super::calls::{Calls, Dropped};
use super::flights::Flights;
use super::operation::Write;
use super::queue::{Class, Event, Queue, Target};
use crate::cache::{MemoryCache, warm};
use crate::key::{Item, Key, Space};
use crate::law::Sampler;
use crate::measure::{CacheCounts, Window};
use crate::origin::{Ask, CallId, Finish, Origin, Start};
use crate::plan::{Change, OnError, Plan};
use crate::random::{bits, generator, process_of, purpose, unit};
use crate::strategy::Strategy;
use crate::time::Nanos;
use crate::world::{Entry, Failure, Value};

/// How many things may be ready without waiting in one poll, before it counts as a loop.
const READY_LIMIT: u32 = 100_000;

/// A task: a request, or work behind one.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct TaskRef(u32);

impl TaskRef {
    const BEHIND: u32 = 1 << 31;

    pub(super) const fn request(slot: u32) -> Self {
        Self(slot)
    }

    pub(super) const fn behind(slot: u32) -> Self {
        Self(slot | Self::BEHIND)
    }

    const fn target(self) -> Target {
        if self.0 & Self::BEHIND == 0 {
            Target::Request(self.0)
        } else {
            Target::Behind(self.0 & !Self::BEHIND)
        }
    }
}

/// Who a task is: what its draws, its attempts and its accounts go by.
#[derive(Copy, Clone, Debug, Default)]
pub(super) struct Who {
    /// Events with a lower number are for the slot's earlier tenant.
    pub(super) born: u64,
    /// The request it belongs to.
    pub(super) request: u64,
    /// When the request was due.
    pub(super) due: Nanos,
    /// Its item.
    pub(super) item: Item,
    /// The closed loop's user, or `NOBODY`.
    pub(super) user: u32,
    /// Logical expiry of the entry it last saw under its item's key; zero if it saw none.
    seen: Nanos,
    draws: u32,
    trips: u32,
    calls: u32,
    /// For work behind a request: the attempt that its first call stands for, plus one.
    reserved: u32,
    /// Measured results it got from the origin and has not stored since.
    pub(super) unstored: u32,
    /// Whether the cache failed on the way.
    pub(super) degraded: bool,
    /// Whether its client has given up.
    pub(super) gone: bool,
}

impl Who {
    /// Nobody: an open loop's requests have no user.
    pub(super) const NOBODY: u32 = u32::MAX;

    /// A new request.
    pub(super) fn new(born: u64, request: u64, due: Nanos, item: Item, user: u32) -> Self {
        Self { born, request, due, item, user, ..Self::default() }
    }

    fn next_attempt(&mut self) -> u64 {
        let nth = self.calls;
        self.calls += 1;
        match self.reserved {
            0 => u64::from(nth),
            reserved => u64::from(reserved - 1) | u64::from(nth) << 16,
        }
    }
}

/// Work given to `later`, as plain data.
#[derive(Copy, Clone, Debug)]
pub(super) struct Job {
    pub(super) item: Item,
    pub(super) note: u64,
    /// The flight it leads.
    pub(super) flight: Option<u32>,
    pub(super) who: Who,
}

/// A strategy that lets no time pass is thrown out of its poll with this.
#[derive(Debug)]
pub(super) struct Spinning;

/// Everything that a lane's requests share.
#[derive(Debug)]
pub(super) struct Machine {
    pub(super) now: Nanos,
    /// The event under way: what is due later in this instant has not happened yet.
    pub(super) current: Event,
    /// The task being polled.
    pub(super) polling: TaskRef,
    pub(super) queue: Queue,
    pub(super) cache: MemoryCache,
    pub(super) origin: Origin,
    pub(super) counts: CacheCounts,
    pub(super) requests: Vec<Who>,
    pub(super) behinds: Vec<Who>,
    pub(super) degrades: bool,
    ready: u32,
    seed: u64,
    processes: u32,
    warmup: Nanos,
    latency: Sampler,
    cache_timeout: Nanos,
    calls: Calls,
    flights: Flights,
    jobs: Vec<Job>,
    free_jobs: Vec<u32>,
    writes: Vec<Option<Write>>,
}

impl Machine {
    /// The lane's beginning: cache warm, origin idle, the scenario's events in the queue.
    pub(super) fn new(plan: &Plan, strategy: &impl Strategy) -> Self {
        let latency = plan.cache.latency.sampler();
        let mut cache = MemoryCache::new(plan.traffic.keys.count(), &plan.cache);
        for (item, entry) in warm(plan, strategy.ttl()) {
            cache.store(item.key(), entry, entry.fresh_until + strategy.grace());
        }
        let mut queue = Queue::new();
        for (index, event) in plan.events.iter().enumerate() {
            queue.push(Nanos::ZERO, event.at, Class::Result, Target::Script(index as u32));
        }
        let window: Window = plan.window();
        Self {
            now: Nanos::ZERO,
            current: Event::default(),
            polling: TaskRef::default(),
            queue,
            cache,
            origin: Origin::new(&plan.origin, plan.seed, window),
            counts: CacheCounts::default(),
            requests: Vec::new(),
            behinds: Vec::new(),
            degrades: plan.cache.on_error == OnError::Origin,
            ready: 0,
            seed: plan.seed,
            processes: plan.traffic.processes,
            warmup: plan.warmup,
            latency,
            cache_timeout: plan.cache.timeout.unwrap_or(Nanos::FOREVER),
            calls: Calls::default(),
            flights: Flights::default(),
            jobs: Vec::new(),
            free_jobs: Vec::new(),
            writes: Vec::new(),
        }
    }

    /// The task being polled.
    #[inline]
    pub(super) fn who(&mut self) -> &mut Who {
        let slot = (self.polling.0 & !TaskRef::BEHIND) as usize;
        if self.polling.0 & TaskRef::BEHIND == 0 {
            &mut self.requests[slot]
        } else {
            &mut self.behinds[slot]
        }
    }

    /// A poll of this task begins.
    #[inline]
    pub(super) fn begin_poll(&mut self, task: TaskRef) {
        self.polling = task;
        self.ready = 0;
    }

    /// This event happens now.
    #[inline]
    pub(super) fn advance(&mut self, event: Event) {
        self.now = event.at();
        self.current = event;
    }

    /// Something was ready without waiting; true if there were too many in this poll.
    #[inline]
    pub(super) fn spins(&mut self) -> bool {
        self.ready += 1;
        self.ready > READY_LIMIT
    }

    /// An event that polls the present task `span` from now.
    pub(super) fn call_back(&mut self, span: Nanos, class: Class) -> Event {
        self.queue.push(self.now, span, class, self.polling.target())
    }

    /// Sends a cache operation: when it is answered, or `None` if it takes no time; and whether the answer is that it
    /// took too long. What `lands` makes of it is then on its way on its own.
    #[inline]
    pub(super) fn send(&mut self, lands: impl FnOnce() -> Option<Write>) -> (Option<Event>, bool) {
        let target = self.polling.target();
        let Sampler::Constant(span) = self.latency else {
            let span = self.trip();
            let fails = self.times_out(span, lands);
            let answer =
                self.queue.push(self.now, span.min(self.cache_timeout), Class::Result, target);
            return (Some(answer), fails);
        };
        if span == Nanos::ZERO {
            return (None, false);
        }
        let fails = self.times_out(span, lands);
        (Some(self.queue.push_trip(self.now, span.min(self.cache_timeout), target)), fails)
    }

    /// Whether an operation that takes `span` fails. The reply comes too late, but a write does arrive.
    #[inline]
    fn times_out(&mut self, span: Nanos, lands: impl FnOnce() -> Option<Write>) -> bool {
        let fails = span > self.cache_timeout;
        if fails && let Some(write) = lands() {
            let at = self.queue.reserve(self.now, span, Class::Result, Target::Write(0));
            self.orphan(at, write);
        }
        fails
    }

    pub(super) fn wake(&mut self, task: TaskRef) {
        self.queue.push_at_once(self.now, task.target());
    }

    /// The request's next draw.
    pub(super) fn random(&mut self) -> f64 {
        let seed = self.seed;
        let who = self.who();
        // Work behind a request draws from numbers of its own, so that it does not move the request's.
        let n = u64::from(who.draws) | u64::from(who.reserved) << 20;
        who.draws += 1;
        unit(bits(seed, who.request, n))
    }

    /// How long the present task's next cache operation takes, by its law.
    fn trip(&mut self) -> Nanos {
        let (seed, latency) = (self.seed, self.latency);
        let who = self.who();
        let n = u64::from(who.trips) | u64::from(who.reserved) << 20;
        who.trips += 1;
        latency.sample(&mut generator(seed, who.request, purpose::CACHE_LATENCY + n))
    }

    /// Whether what is sent now is measured.
    #[inline]
    pub(super) fn measures(&self) -> bool {
        self.now >= self.warmup
    }

    /// The present task read this under `key`.
    #[inline]
    pub(super) fn saw(&mut self, key: Key, entry: Option<&Entry>) {
        let measured = self.measures();
        self.counts.hits += u64::from(measured && entry.is_some());
        if key.space == Space::Data {
            self.who().seen = entry.map_or(Nanos::ZERO, |entry| entry.fresh_until);
        }
    }

    /// The present task stored a value (or will, for a write that is on its way).
    pub(super) fn stored(&mut self) {
        self.who().unstored = 0;
    }

    // --- the origin

    /// The present task asks the origin; a handle on the call.
    pub(super) fn ask(&mut self, item: Item) -> u32 {
        let (now, task) = (self.now, self.polling);
        let who = self.who();
        let ask =
            Ask { item, request: who.request, attempt: who.next_attempt(), gap: who.seen - now };
        let (call, start) = self.origin.submit(now, ask);
        if let Some(start) = start {
            self.schedule(start);
        }
        let measured = self.measures();
        self.calls.watch(call, task, measured)
    }

    fn schedule(&mut self, start: Start) {
        self.queue.push(
            self.now,
            start.done_at - self.now,
            Class::Result,
            Target::Origin(start.call.0),
        );
    }

    /// What came of a call, if it is over; the handle is then spent.
    pub(super) fn take_call(&mut self, handle: u32) -> Option<Result<Value, Failure>> {
        let (outcome, measured) = self.calls.take(handle)?;
        self.who().unstored += u32::from(measured && outcome.is_ok());
        Some(outcome)
    }

    pub(super) fn drop_call(&mut self, handle: u32) {
        match self.calls.drop_handle(handle) {
            Dropped::Abandoned(call) => self.origin.abandon(call),
            Dropped::Unseen { measured: true } => self.origin.ledger.waste(),
            Dropped::Unseen { measured: false } => {}
        }
    }

    /// A call's time is up.
    pub(super) fn finish_call(&mut self, call: u32) {
        let call = CallId(call);
        match self.origin.finish(self.now, call) {
            Finish::Frozen => {}
            Finish::Later(start) => self.schedule(start),
            Finish::Done(value, next) => {
                if let Some(task) = self.calls.finished(call, Ok(value)) {
                    self.wake(task);
                }
                if let Some(start) = next {
                    self.schedule(start);
                }
            }
        }
    }

    // --- flights

    /// The present task's place in line for `item`.
    pub(super) fn join(&mut self, item: Item) -> u32 {
        let (request, task) = (self.who().request, self.polling);
        self.flights.join(process_of(self.seed, request, self.processes), item, task)
    }

    pub(super) fn flights(&mut self) -> &mut Flights {
        &mut self.flights
    }

    pub(super) fn leave(&mut self, place: u32) {
        if let Some(heir) = self.flights.leave(place) {
            self.wake(heir);
        }
    }

    pub(super) fn lose(&mut self, flight: u32) {
        if let Some(heir) = self.flights.lose(flight) {
            self.wake(heir);
        }
    }

    pub(super) fn keep(&mut self, flight: u32, outcome: Result<Value, Failure>) {
        let Self { flights, queue, now, .. } = self;
        let delivered = flights.keep(flight, outcome, |task| {
            queue.push_at_once(*now, task.target());
        });
        if delivered && outcome.is_ok() {
            self.stored();
        }
    }

    // --- work behind requests

    /// Takes a job in, to begin after the present poll, at this instant.
    pub(super) fn later(&mut self, item: Item, note: u64, flight: Option<u32>) {
        let parent = *self.who();
        let reserved = self.who().next_attempt() as u32 + 1;
        let who = Who { reserved, draws: 0, trips: 0, calls: 0, unstored: 0, gone: true, ..parent };
        let job = Job { item, note, flight, who };
        let number = match self.free_jobs.pop() {
            Some(free) => {
                self.jobs[free as usize] = job;
                free
            }
            None => {
                self.jobs.push(job);
                self.jobs.len() as u32 - 1
            }
        };
        self.queue.push_at_once(self.now, Target::Begin(number));
    }

    pub(super) fn take_job(&mut self, number: u32) -> Job {
        self.free_jobs.push(number);
        self.jobs[number as usize]
    }

    /// A task without a client is over: what it computed and did not store is wasted.
    #[inline]
    pub(super) fn settle(&mut self, unstored: u32) {
        (0..unstored).for_each(|_| self.origin.ledger.waste());
    }

    // --- writes whose sender is gone

    /// Makes a write on its way take effect at `at` on its own.
    pub(super) fn orphan(&mut self, at: Event, write: Write) {
        self.writes.push(Some(write));
        self.queue.insert(at.retarget(Target::Write(self.writes.len() as u32 - 1)));
    }

    pub(super) fn apply_orphan(&mut self, number: u32) {
        if let Some(write) = self.writes[number as usize].take() {
            write.apply(self);
        }
        while let Some(None) = self.writes.last() {
            self.writes.pop();
        }
    }

    // --- the scenario's events

    pub(super) fn happen(&mut self, change: Change) {
        match change {
            Change::Flush => self.cache.flush(),
            Change::Expire(item) => _ = self.cache.delete(self.now, item.key()),
            Change::SlowOrigin(factor) => self.origin.slow(factor),
            Change::StopOrigin => self.origin.stop(self.now),
            Change::RestoreOrigin => {
                for start in self.origin.restore(self.now) {
                    self.schedule(start);
                }
            }
            Change::Rate(_) => {} // in the schedule already
        }
    }
}
