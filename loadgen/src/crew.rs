//! A run's threads: one a core, started together, brought home together.

use std::sync::atomic::AtomicU32;
use std::sync::{Arc, mpsc};
use std::thread::{self, Scope, ScopedJoinHandle};

use herdlab_sim::cache::warm;
use herdlab_sim::measure::{Ledger, Observer};
use herdlab_sim::plan::{Plan, Rules};
use herdlab_sim::strategy::{Strategy, Visitor};
use herdlab_sim::time::Nanos;
use herdlab_sim::traffic::Fan;
use herdlab_sim::world::Ttl;
use tokio::sync::mpsc::unbounded_channel;
use tokio::sync::watch;

use crate::backend::Store;
use crate::books::Tally;
use crate::clock::{Clock, cpu_time, monotonic};
use crate::conduct::Conductor;
use crate::course;
use crate::engine::{Asks, CoreRun, Report, Seat, Start};
use crate::error::RunError;
use crate::faults::Faults;
use crate::latencies::Latencies;
use crate::lookout::Lookout;
use crate::origin::SharedOrigin;
use crate::settings::Settings;

/// Preloading takes about this long an entry; the clock starts when it should be done.
const PRELOAD_EACH: Nanos = Nanos::from_micros(5);
/// From the start signal to the start: every core has heard of it by then.
const LEAD: Nanos = Nanos::from_millis(20);

/// A strategy that can go to another thread before its type is known there.
pub(crate) trait Travels: Clone + Send {
    fn visit<V: Visitor>(&self, visitor: V) -> V::Output;

    /// Whether it needs a cache with meta commands.
    fn needs_meta(&self) -> bool {
        self.visit(NeedsMeta)
    }
}

/// Whether a strategy needs a cache with meta commands.
struct NeedsMeta;

impl Visitor for NeedsMeta {
    type Output = bool;

    fn visit<S: Strategy + Clone>(self, strategy: &S) -> bool {
        strategy.needs_meta()
    }
}

/// How long a strategy's entries are fresh, and kept beyond that.
pub(crate) struct Spans;

impl Visitor for Spans {
    type Output = (Nanos, Nanos);

    fn visit<S: Strategy + Clone>(self, strategy: &S) -> (Nanos, Nanos) {
        (strategy.ttl(), strategy.grace())
    }
}

/// A run that was played to its end, or cut short.
pub(crate) struct Played {
    pub(crate) cores: Vec<CoreRun>,
    pub(crate) origin: Ledger,
    pub(crate) partial: bool,
    /// The latencies that they have handed over before.
    pub(crate) latencies: Option<Latencies>,
    /// CPU time of this process from the start on.
    pub(crate) cpu: Nanos,
    /// Entries that the server evicted meanwhile.
    pub(crate) evictions: u64,
    /// Why the service that computes was let alone, if so.
    pub(crate) origin_down: Option<String>,
    pub(crate) warnings: Vec<String>,
}

/// A core's thread and the ends that belong to it.
struct Hand<'scope> {
    thread: ScopedJoinHandle<'scope, Option<CoreRun>>,
    start: mpsc::Sender<Start>,
    tally: Arc<Tally>,
    asks: Asks,
}

/// What every core needs.
#[derive(Clone)]
struct Orders<'a, St> {
    plan: &'a Plan,
    rules: Rules,
    settings: &'a Settings,
    store: &'a St,
    reports: mpsc::Sender<Report>,
    over: watch::Receiver<bool>,
    watched: bool,
}

/// Starts the cores, conducts the run, and collects what they found.
pub(crate) fn play<T: Travels, St: Store>(
    plan: &Plan,
    strategy: &T,
    rules: &Rules,
    settings: &Settings,
    store: &St,
    faults: &Faults<'_>,
    observer: &mut dyn Observer,
) -> Result<Played, RunError> {
    let (over, ends) = watch::channel(false);
    let (reports, told) = mpsc::channel();
    let watched = observer.first_look() < Nanos::FOREVER;
    let orders = Orders { plan, rules: *rules, settings, store, reports, over: ends, watched };
    thread::scope(move |scope| {
        let over = over; // dropped if the observer panics, which ends the cores
        let hands: Vec<Hand<'_>> =
            (0..settings.cores).map(|index| orders.hire(scope, index, strategy)).collect();
        drop(orders);
        let conducted = conduct(plan, (strategy, rules), store, faults, &told, &hands, observer);
        let _ = over.send(true);
        let homes: Vec<_> = hands.into_iter().map(Hand::come_home).collect();
        let mut played = conducted?;
        played.cores = homes.into_iter().collect::<Result<_, _>>()?;
        Ok(played)
    })
}

impl<'a, St: Store> Orders<'a, St> {
    fn hire<'scope, T: Travels + 'scope>(
        &self,
        scope: &'scope Scope<'scope, 'a>,
        index: usize,
        strategy: &T,
    ) -> Hand<'scope> {
        let (start, started) = mpsc::channel();
        let (asks, asked) = unbounded_channel();
        let tally = Arc::new(Tally::default());
        let seat = Seat {
            index,
            cores: self.settings.cores,
            plan: self.plan,
            rules: self.rules,
            settings: self.settings,
            store: self.store,
            tally: Arc::clone(&tally),
            reports: self.reports.clone(),
            asked,
            watched: self.watched,
            start: started,
            over: self.over.clone(),
        };
        let (strategy, gone) = (strategy.clone(), Gone(self.reports.clone()));
        let thread = scope.spawn(move || {
            let _gone = gone;
            strategy.visit(seat)
        });
        Hand { thread, start, tally, asks }
    }
}

impl Hand<'_> {
    fn come_home(self) -> Result<CoreRun, RunError> {
        drop(self.start); // a core that was never started waits for it
        self.thread.join().ok().flatten().ok_or(RunError::Crashed)
    }
}

/// Tells the conductor that a core's thread is gone, however it went.
struct Gone(mpsc::Sender<Report>);

impl Drop for Gone {
    fn drop(&mut self) {
        let _ = self.0.send(Report::Gone); // nobody listens once the run is over
    }
}

/// Warms the cache up, starts the cores together, and conducts. What the cores found is still missing in the result.
fn conduct<T: Travels, St: Store>(
    plan: &Plan,
    (strategy, rules): (&T, &Rules),
    store: &St,
    faults: &Faults<'_>,
    told: &mpsc::Receiver<Report>,
    hands: &[Hand<'_>],
    observer: &mut dyn Observer,
) -> Result<Played, RunError> {
    for _ in hands {
        match told.recv() {
            Ok(Report::Ready(ready)) => ready?,
            _ => return Err(RunError::Crashed),
        }
    }
    let warnings = store.limit(plan.cache.capacity, plan.cache.eviction)?.into_iter().collect();
    let clock = warm_up(plan, strategy, rules.layers.jitter, store)?;
    let origin = Arc::new(SharedOrigin::new(&plan.origin, plan.seed, plan.window(), clock));
    if observer.first_look() < Nanos::FOREVER {
        origin.watch();
    }
    let renamed = Arc::new(AtomicU32::new(0));
    let start = Start { clock, origin: Arc::clone(&origin), renamed: Arc::clone(&renamed) };
    for hand in hands {
        let _ = hand.start.send(start.clone()); // a core that is gone has said so
    }
    let (cpu, evicted) = (cpu_time(), store.evicted()?);
    let tallies = hands.iter().map(|hand| Arc::clone(&hand.tally)).collect();
    let mut conductor = Conductor {
        plan,
        store,
        clock,
        origin: &origin,
        renamed,
        fan: Fan::new(plan.seed, &plan.traffic),
        lookout: Lookout::new(plan, tallies, hands.iter().map(|hand| hand.asks.clone()).collect()),
        faults,
        evicted,
        lost_evictions: 0,
        warnings,
        origin_down: None,
    };
    let due = plan.events.iter().filter(|event| event.at < plan.duration).copied().collect();
    let partial = course::conduct(&mut conductor, due, told, hands.len(), observer)?.is_break();
    let cpu = cpu_time() - cpu;
    if let Err(error) = conductor.restore_cache() {
        conductor.warnings.push(format!("the cache is not back: {error}"));
    }
    Ok(Played {
        cores: Vec::new(),
        origin: origin.ledger(), // before the cores drop what is still under way
        partial,
        cpu,
        evictions: conductor.evictions(),
        latencies: conductor.lookout.latencies,
        origin_down: conductor.origin_down,
        warnings: conductor.warnings,
    })
}

/// Fills the cache as the plan has it; the clock of a run that begins when that is done.
fn warm_up<T: Travels, St: Store>(
    plan: &Plan,
    strategy: &T,
    jitter: f64,
    store: &St,
) -> Result<Clock, RunError> {
    let (ttl, grace) = strategy.visit(Spans);
    let caches = store.caches();
    let entries: Vec<Vec<_>> =
        (0..caches).map(|nth| warm(plan, ttl, jitter, nth, caches).collect()).collect();
    let count: usize = entries.iter().map(Vec::len).sum();
    let mut span = Nanos::from_nanos(PRELOAD_EACH.as_nanos() * count as u64);
    loop {
        let began = monotonic();
        let begin = began + span + LEAD;
        for (nth, entries) in (0..caches).zip(&entries) {
            let mut stored = entries.iter().map(|(item, entry)| {
                let ahead = begin - monotonic(); // what is written before the beginning lives that much longer
                (item.key(), *entry, Ttl::after(entry.fresh_until + grace + ahead))
            });
            store.preload(nth, &mut stored)?;
        }
        let now = monotonic();
        if now <= begin {
            return Ok(Clock::starting_at(begin));
        }
        // It took longer than that: what was written goes too early. Once more, with the time it takes.
        span = (now - began).scale(1.5);
    }
}
