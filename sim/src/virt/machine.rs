//! What all requests of a lane share: the clock, the queue, the cache, the origin, and who each task is.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::calls::Calls;
use super::deploy::Deploys;
use super::fault::Fault;
use super::flights::Flights;
use super::operation::Write;
use super::queue::{Class, Event, Queue, Target};
use super::replica::Replica;
use super::who::{TaskRef, Who};
use crate::cache::{MemoryCache, warm};
use crate::key::{Item, Key, Space};
use crate::law::Sampler;
use crate::measure::{CacheCounts, Window};
use crate::origin::Origin;
use crate::plan::{Backend, Change, Discipline, Event as ScriptEvent, OnError, Plan, Rules};
use crate::random::{bits, generator, process_of, purpose, unit};
use crate::strategy::Strategy;
use crate::time::Nanos;
use crate::traffic::Fan;
use crate::world::{Entry, Failure, Process, Served, Ttl, Value};

/// How many things may be ready without waiting in one poll, before it counts as a loop.
const READY_LIMIT: u32 = 100_000;

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

/// A request that the scenario kills is thrown out of its poll with this.
#[derive(Debug)]
pub(super) struct Crashed;

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
    /// Where each process has a cache of its own: those of all but the first.
    pub(super) others: Vec<MemoryCache>,
    /// Whether the present task's cache may be another than that of the last one, or look different.
    pub(super) own: bool,
    /// What answers reads in the cache's place, if the scenario has such a thing.
    pub(super) replica: Option<Replica>,
    pub(super) deploys: Deploys,
    /// How often the process of each cache had begun anew when it last looked.
    pub(super) lives: Vec<u32>,
    /// Who asks for this item next dies.
    crash: Option<Item>,
    pub(super) origin: Origin,
    /// The place in line, at any instant, of what is put to the scenario's events while the lane runs: behind those that
    /// the scenario has, before all else.
    pub(super) act: u64,
    pub(super) fan: Fan,
    /// How the items of pages were served that have just been answered.
    pub(super) tally: Vec<(Item, Served)>,
    /// How long clients wait, if the origin asks for it; otherwise for ever.
    pub(super) patience: Nanos,
    /// When each attempt after a request's first began, if the origin asks for it.
    pub(super) retried: HashMap<(u64, u8), Nanos, FixedState>,
    pub(super) counts: CacheCounts,
    pub(super) requests: Vec<Who>,
    pub(super) behinds: Vec<Who>,
    pub(super) degrades: bool,
    ready: u32,
    pub(super) seed: u64,
    pub(super) processes: u32,
    pub(super) warmup: Nanos,
    /// Evictions before the measured part began, once it has.
    pub(super) evicted_before: Option<u64>,
    latency: Sampler,
    /// What is wrong with the cache; always nothing with one that lies in the process.
    pub(super) fault: Fault,
    /// Until then the connections to it are not made anew.
    pub(super) cut_until: Nanos,
    /// The round trip of a cache that works, if it is always the same.
    pub(super) steady: Option<Nanos>,
    /// Whether the cache is behind a round trip, where something can happen to it.
    pub(super) apart: bool,
    pub(super) cache_timeout: Nanos,
    pub(super) calls: Calls,
    flights: Flights,
    jobs: Vec<Job>,
    free_jobs: Vec<u32>,
    writes: Vec<Option<Write>>,
}

impl Machine {
    /// The lane's beginning: cache warm, origin idle, the scenario's events in the queue.
    pub(super) fn new(plan: &Plan, strategy: &impl Strategy, rules: &Rules) -> Self {
        let settings = plan.cache_of(rules);
        let caches = match settings.backend {
            Backend::Shared | Backend::Memcached => 1,
            Backend::LocMem => plan.traffic.processes,
        };
        let grace = strategy.grace();
        let jitter = rules.layers.jitter;
        let filled = |process| {
            let mut cache = MemoryCache::new(plan.entries(), &settings);
            cache.set_phase(Nanos::SECOND.scale(unit(bits(plan.seed, 0, purpose::CACHE_PHASE))));
            for (item, entry) in warm(plan, strategy.ttl(), jitter, process, caches) {
                cache.set(Nanos::ZERO, item.key(), entry, Ttl::after(entry.fresh_until + grace));
            }
            cache
        };
        let lags = |event: &ScriptEvent| matches!(event.change, Change::LagCache(_));
        let replica = plan.events.iter().any(lags);
        let deploys = Deploys::new(plan);
        let patience = match plan.origin.queue.discipline {
            Discipline::DropExpired => plan.traffic.timeout.unwrap_or(Nanos::FOREVER),
            Discipline::Fifo | Discipline::Lifo => Nanos::FOREVER,
        };
        let mut queue = Queue::new();
        for (index, event) in plan.events.iter().enumerate() {
            queue.push(Nanos::ZERO, event.at, Class::Result, Target::Script(index as u32));
        }
        let act = queue.set_aside();
        let window: Window = plan.window();
        Self {
            now: Nanos::ZERO,
            current: Event::default(),
            polling: TaskRef::default(),
            queue,
            cache: filled(0),
            own: caches > 1 || deploys.are_rolling(),
            replica: replica.then(|| Replica::new(filled(0))),
            deploys,
            lives: vec![0; caches as usize],
            crash: None,
            others: (1..caches).map(filled).collect(),
            fan: Fan::new(plan.seed, &plan.traffic),
            tally: Vec::new(),
            patience,
            retried: HashMap::default(),
            origin: Origin::new(&plan.origin, plan.seed, window),
            act,
            counts: CacheCounts::default(),
            requests: Vec::new(),
            behinds: Vec::new(),
            degrades: plan.cache.on_error == OnError::Origin,
            ready: 0,
            seed: plan.seed,
            processes: plan.traffic.processes,
            warmup: plan.warmup,
            evicted_before: None,
            steady: steady(&settings.latency.sampler()),
            latency: settings.latency.sampler(),
            fault: Fault::None,
            cut_until: Nanos::ZERO,
            apart: settings.backend.is_shared(),
            cache_timeout: settings.timeout.unwrap_or(Nanos::FOREVER),
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
        let slot = self.polling.slot();
        if self.polling.is_behind() { &mut self.behinds[slot] } else { &mut self.requests[slot] }
    }

    /// The scenario will have this event, which it did not have.
    pub(super) fn foresee(&mut self, act: &ScriptEvent) {
        self.deploys.put(act);
    }

    /// The process of the present task.
    pub(super) fn process(&mut self) -> Process {
        let request = self.who().request;
        let number = process_of(self.seed, request, self.processes);
        Process { number, life: self.deploys.lives(number, self.now) }
    }

    /// Whether who has just asked for `item` dies of it.
    #[inline]
    pub(super) fn crashes(&mut self, item: Item) -> bool {
        self.crash == Some(item) && self.crash.take().is_some()
    }

    /// Who asks for `item` next dies.
    pub(super) const fn will_crash(&mut self, item: Item) {
        self.crash = Some(item);
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
    #[inline(always)] // a call's registers cost it a tenth
    pub(super) fn send(&mut self, lands: impl FnOnce() -> Option<Write>) -> (Option<Event>, bool) {
        let Some(span) = self.steady else { return self.send_into(self.fault, lands) };
        let target = self.polling.target();
        if span == Nanos::ZERO {
            return (None, false);
        }
        let fails = self.times_out(span, lands);
        (Some(self.queue.push_trip(self.now, span.min(self.cache_timeout), target)), fails)
    }

    /// Whether an operation that takes `span` fails. The reply comes too late, but a write does arrive.
    #[inline]
    pub(super) fn times_out(&mut self, span: Nanos, lands: impl FnOnce() -> Option<Write>) -> bool {
        let fails = span > self.cache_timeout;
        if fails && let Some(write) = lands() {
            let at = self.queue.reserve(self.now, span, Class::Result, Target::Write(0));
            self.orphan(at, write);
        }
        fails
    }

    /// Something happens to the cache.
    pub(super) fn suffer(&mut self, fault: Fault) {
        if self.apart {
            self.fault = fault;
            self.steady = steady(&self.latency).filter(|_| fault == Fault::None && !self.is_cut());
            if fault == Fault::Killed {
                self.flush();
            }
        }
    }

    /// Whether nobody is there to answer what arrives now.
    #[inline]
    pub(super) fn is_gone(&self) -> bool {
        self.fault == Fault::Killed || self.is_cut()
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
    pub(super) fn trip(&mut self) -> Nanos {
        let seed = self.seed;
        let who = self.who();
        let n = u64::from(who.trips) | u64::from(who.reserved) << 20;
        who.trips += 1;
        let mut rng = generator(seed, who.request, purpose::CACHE_LATENCY + n);
        self.latency.sample(&mut rng)
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
        self.begin(Job { item, note, flight, who });
    }

    /// Makes a job begin after the present poll, at this instant.
    pub(super) fn begin(&mut self, job: Job) {
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
        if let Some(write) = self.writes[number as usize].take()
            && !self.is_gone()
        {
            write.apply(self);
        }
        while let Some(None) = self.writes.last() {
            self.writes.pop();
        }
    }
}

/// A round trip that is always the same.
const fn steady(latency: &Sampler) -> Option<Nanos> {
    match latency {
        Sampler::Constant(span) => Some(*span),
        _ => None,
    }
}
