//! A run: a lane on a real cache, from connecting to cleaning up.
//!
//! The calling thread conducts: it fills the cache, starts the clock, carries out the scenario's events, tells the
//! observer how far the lane is, and waits. The requests run on the cores' own threads.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{self, ScopedJoinHandle};
use std::time::Duration;

use herdlab_sim::measure::{CacheCounts, LaneRun, Ledger, Observer, Progress, Recorder};
use herdlab_sim::plan::{Change, Event, Lane, Plan};
use herdlab_sim::strategy::{AnyStrategy, Strategy, Visitor};
use herdlab_sim::time::Nanos;
use tokio::sync::watch;

use crate::backend::redis::RedisStore;
use crate::backend::{Sent, Store};
use crate::clock::{Clock, cpu_time, monotonic};
use crate::contain;
use crate::engine::{CoreRun, Report, Seat, Tally};
use crate::error::RunError;
use crate::figures::{self, Figures};
use crate::origin::SharedOrigin;
use crate::settings::Settings;
use crate::target::{Address, Target};
use crate::warm;

/// Preloading takes about this long an entry; the clock starts when it should be done.
const PRELOAD_EACH: Nanos = Nanos::from_micros(5);
/// From the start signal to the start: every core has heard of it by then.
const LEAD: Nanos = Nanos::from_millis(20);

/// A lane that was run in real time.
#[derive(Clone, Debug)]
pub struct RealRun {
    /// What virtual time would tell as well.
    pub lane: LaneRun,
    /// What only a real run has to tell.
    pub figures: Figures,
}

/// Runs a lane of the plan against `target`, and leaves nothing behind there. Blocks until it is over.
///
/// `observer` is called about once a second on this thread; if it breaks, the run is cut short and partial.
///
/// # Errors
/// A [`RunError`] if there was no run. A cache that fails during the run is no error: its requests fail or degrade.
pub fn run(
    plan: &Plan,
    lane: &Lane,
    target: &Target,
    settings: &Settings,
    observer: &mut dyn Observer,
) -> Result<RealRun, RunError> {
    run_with(plan, Listed(lane.strategy.clone()), target, settings, observer)
}

/// [`run`] with a strategy that is not in the list.
///
/// # Errors
/// As [`run`].
pub fn run_strategy<S: Strategy + Clone + Send>(
    plan: &Plan,
    strategy: &S,
    target: &Target,
    settings: &Settings,
    observer: &mut dyn Observer,
) -> Result<RealRun, RunError> {
    run_with(plan, Own(strategy.clone()), target, settings, observer)
}

/// A strategy that can go to another thread before its type is known there.
trait Travels: Clone + Send {
    fn visit<V: Visitor>(&self, visitor: V) -> V::Output;
}

#[derive(Clone)]
struct Listed(AnyStrategy);

impl Travels for Listed {
    fn visit<V: Visitor>(&self, visitor: V) -> V::Output {
        self.0.visit(visitor)
    }
}

#[derive(Clone)]
struct Own<S>(S);

impl<S: Strategy + Clone + Send> Travels for Own<S> {
    fn visit<V: Visitor>(&self, visitor: V) -> V::Output {
        visitor.visit(&self.0)
    }
}

/// How long a strategy's entries are fresh, and kept beyond that.
struct Spans;

impl Visitor for Spans {
    type Output = (Nanos, Nanos);

    fn visit<S: Strategy + Clone>(self, strategy: &S) -> (Nanos, Nanos) {
        (strategy.ttl(), strategy.grace())
    }
}

fn run_with<T: Travels>(
    plan: &Plan,
    strategy: T,
    target: &Target,
    settings: &Settings,
    observer: &mut dyn Observer,
) -> Result<RealRun, RunError> {
    contain::quieten();
    let cores = settings.cores.clamp(1, plan.traffic.processes.max(1) as usize); // more would have nothing to do
    let settings = &Settings { cores, ..settings.clone() };
    let address = Address::of(target, settings)?;
    let prefix = prefix();
    let store = RedisStore::open(&address, settings, prefix.clone(), plan.cache.value_size)?;
    let cpu = cpu_time();
    let keys = Keys { store: &store, cleared: false };
    let mut played = play(plan, &strategy, settings, &store, observer)?;
    played.warnings.extend(keys.clear(&prefix));
    Ok(played.into_run(plan, settings, &store, prefix, cpu_time() - cpu))
}

/// A name of its own for every run, so that two of them on one server do not meet.
fn prefix() -> String {
    use std::hash::{BuildHasher, RandomState};
    format!("herdlab:{:016x}", RandomState::new().hash_one(monotonic().as_nanos()))
}

/// Our keys. Whatever way the run ends, also by a panic, they go.
struct Keys<'a, St: Store> {
    store: &'a St,
    cleared: bool,
}

impl<St: Store> Keys<'_, St> {
    /// Deletes them; a warning if that failed.
    fn clear(mut self, prefix: &str) -> Option<String> {
        self.cleared = true;
        let error = self.store.clear().err()?;
        Some(format!("keys that begin with {prefix}: may be left behind: {error}"))
    }
}

impl<St: Store> Drop for Keys<'_, St> {
    fn drop(&mut self) {
        if !self.cleared {
            let _ = self.store.clear(); // the error that brought us here is the one to tell
        }
    }
}

/// A run that was played to its end, or cut short.
struct Played {
    cores: Vec<CoreRun>,
    origin: Ledger,
    partial: bool,
    warnings: Vec<String>,
}

impl Played {
    fn into_run<St: Store>(
        self,
        plan: &Plan,
        settings: &Settings,
        store: &St,
        prefix: String,
        cpu: Nanos,
    ) -> RealRun {
        let mut requests = Recorder::new(plan.window(), plan.traffic.timeout);
        let (mut cache, mut sent, mut panics_behind) = (CacheCounts::default(), Sent::default(), 0);
        for core in self.cores {
            requests.merge(core.requests);
            cache.merge(&core.cache);
            sent.merge(core.sent);
            panics_behind += core.panics;
        }
        let figures = Figures {
            server: store.version().to_owned(),
            prefix,
            settings: settings.clone(),
            operation_timeout: plan.cache.timeout.unwrap_or(settings.operation_timeout),
            connections: sent.connections,
            reconnects: sent.reconnects,
            commands: sent.commands,
            panics_behind,
            cpu_seconds: cpu.as_secs_f64(),
            overloaded: figures::overloaded(&mut requests, settings),
            warnings: self.warnings,
        };
        let lane = LaneRun { requests, origin: self.origin, cache, partial: self.partial };
        RealRun { lane, figures }
    }
}

/// Starts the cores, conducts the run, and collects what they found.
fn play<T: Travels, St: Store>(
    plan: &Plan,
    strategy: &T,
    settings: &Settings,
    store: &St,
    observer: &mut dyn Observer,
) -> Result<Played, RunError> {
    let cores = settings.cores;
    let (over, ends) = watch::channel(false);
    thread::scope(|scope| {
        let over = over; // dropped if we unwind, which ends the cores
        let (reports, told) = mpsc::channel();
        let (mut starts, mut threads, mut tallies) = (Vec::new(), Vec::new(), Vec::new());
        for index in 0..cores {
            let (start, started) = mpsc::channel();
            let tally = Arc::new(Tally::default());
            starts.push(start);
            tallies.push(Arc::clone(&tally));
            let (reports, over, strategy) = (reports.clone(), ends.clone(), strategy.clone());
            threads.push(scope.spawn(move || {
                let (start, _gone) = (started, Gone(reports.clone()));
                strategy.visit(Seat {
                    index,
                    cores,
                    plan,
                    settings,
                    store,
                    tally,
                    reports,
                    start,
                    over,
                })
            }));
        }
        drop(reports);
        await_ready(&told, cores)?;
        let clock = warm_up(plan, strategy, store)?;
        let origin = Arc::new(SharedOrigin::new(&plan.origin, plan.seed, plan.window(), clock));
        for start in &starts {
            let _ = start.send((clock, Arc::clone(&origin)));
        }
        let mut conductor =
            Conductor { plan, store, clock, origin: &origin, tallies, told, warnings: Vec::new() };
        let partial = conductor.conduct(cores, observer)?.is_break();
        let ledger = origin.ledger(); // before the cores drop what is still under way
        let _ = over.send(true);
        let cores = threads.into_iter().map(collect).collect::<Result<_, _>>()?;
        Ok(Played { cores, origin: ledger, partial, warnings: conductor.warnings })
    })
}

/// Tells the conductor that a core's thread is gone, however it went.
struct Gone(mpsc::Sender<Report>);

impl Drop for Gone {
    fn drop(&mut self) {
        let _ = self.0.send(Report::Gone); // nobody listens once the run is over
    }
}

fn collect(thread: ScopedJoinHandle<'_, Option<CoreRun>>) -> Result<CoreRun, RunError> {
    thread.join().ok().flatten().ok_or(RunError::Crashed)
}

fn await_ready(told: &mpsc::Receiver<Report>, cores: usize) -> Result<(), RunError> {
    for _ in 0..cores {
        match told.recv() {
            Ok(Report::Ready(ready)) => ready?,
            _ => return Err(RunError::Crashed),
        }
    }
    Ok(())
}

/// Fills the cache as the plan has it; the clock of a run that begins when that is done.
fn warm_up<T: Travels, St: Store>(
    plan: &Plan,
    strategy: &T,
    store: &St,
) -> Result<Clock, RunError> {
    let (ttl, grace) = strategy.visit(Spans);
    let delta = plan.origin.latency.mean();
    let entries: Vec<_> = warm::entries(plan, ttl).collect();
    let span = Nanos::from_nanos(PRELOAD_EACH.as_nanos() * entries.len() as u64);
    let begin = monotonic() + span + LEAD;
    let mut stored = entries.iter().map(|entry| entry.stored(delta, grace, begin - monotonic()));
    store.preload(&mut stored)?;
    Ok(Clock::starting_at(begin.max(monotonic() + LEAD)))
}

/// What happens beside the requests.
struct Conductor<'a, St> {
    plan: &'a Plan,
    store: &'a St,
    clock: Clock,
    origin: &'a SharedOrigin,
    tallies: Vec<Arc<Tally>>,
    told: mpsc::Receiver<Report>,
    warnings: Vec<String>,
}

impl<St: Store> Conductor<'_, St> {
    /// Carries out events and ticks until every request has ended, or the observer breaks.
    fn conduct(
        &mut self,
        mut running: usize,
        observer: &mut dyn Observer,
    ) -> Result<ControlFlow<()>, RunError> {
        let plan = self.plan;
        let mut events = plan.events.iter().filter(|event| event.at < plan.duration).peekable();
        let mut tick = Nanos::SECOND;
        while running > 0 {
            let next = events.peek().map_or(tick, |event| event.at.min(tick));
            match self.told.recv_timeout(span(next - self.clock.now())) {
                Ok(Report::Ended) => running -= 1,
                Ok(_) | Err(RecvTimeoutError::Disconnected) => return Err(RunError::Crashed),
                Err(RecvTimeoutError::Timeout) => {}
            }
            let now = self.clock.now();
            while let Some(event) = events.next_if(|event| event.at <= now) {
                self.carry_out(event);
            }
            if now >= tick {
                tick = Nanos::from_secs(now.as_secs() + 1);
                if observer.tick(&self.progress(now)).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn carry_out(&mut self, event: &Event) {
        let done = match event.change {
            Change::Flush => self.store.clear(),
            Change::Expire(item) => self.store.expire(item.key()),
            Change::SlowOrigin(factor) => {
                self.origin.slow(factor);
                Ok(())
            }
            Change::StopOrigin => {
                self.origin.stop();
                Ok(())
            }
            Change::RestoreOrigin => {
                self.origin.restore();
                Ok(())
            }
            Change::Rate(_) => Ok(()), // the schedule knows it
        };
        if let Err(error) = done {
            let name = event.change.name();
            self.warnings
                .push(format!("the event {name} at {} was not carried out: {error}", event.at));
        }
    }

    fn progress(&self, now: Nanos) -> Progress {
        let (origin_calls, origin_duplicates) = self.origin.counts();
        let mut progress = Progress { now, origin_calls, origin_duplicates, ..Progress::default() };
        for tally in &self.tallies {
            progress.requests += tally.requests.load(Relaxed);
            progress.hits += tally.hits.load(Relaxed);
            progress.failed += tally.failed.load(Relaxed);
            progress.in_flight += tally.in_flight.load(Relaxed);
        }
        progress
    }
}

fn span(span: Nanos) -> Duration {
    Duration::from_nanos(span.as_nanos())
}
