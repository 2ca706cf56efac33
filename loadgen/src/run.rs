//! A run: a lane on a real cache, from connecting to cleaning up.
//!
//! The calling thread conducts: it fills the cache, starts the clock, carries out the scenario's events, tells the
//! observer how far the lane is, and waits. The requests run on the cores' own threads.

use std::thread;
use std::time::Duration;

use herdlab_sim::contain::silence;
use herdlab_sim::measure::{CacheCounts, LaneRun, Observer, Recorder};
use herdlab_sim::plan::{Backend, Lane, Plan, Rules};
use herdlab_sim::strategy::{AnyStrategy, Strategy, Visitor};

use crate::backend::{Opening, Sent, Store};
use crate::clock::monotonic;
use crate::crew::{Played, Spans, Travels, play};
use crate::error::RunError;
use crate::faults::{Faults, need_proxy};
use crate::figures::{self, Figures, PoolFigures};
use crate::http::{Caller, Place};
use crate::proxy::Proxy;
use crate::service::Visit;
use crate::settings::Settings;
use crate::target::{Address, Target};

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
    run_with(plan, Listed(lane.strategy.clone()), &lane.rules, target, settings, observer)
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
    run_with(plan, Own(strategy.clone()), &Rules::default(), target, settings, observer)
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

fn run_with<T: Travels>(
    plan: &Plan,
    strategy: T,
    rules: &Rules,
    target: &Target,
    settings: &Settings,
    observer: &mut dyn Observer,
) -> Result<RealRun, RunError> {
    silence();
    let cores = settings.cores.clamp(1, plan.traffic.processes.max(1) as usize); // more would have nothing to do
    let settings = &Settings { cores, client: plan.client.clone(), ..settings.clone() };
    check_origin(plan, settings)?;
    let address = match plan.cache_of(rules).backend {
        Backend::Shared | Backend::Memcached => Address::of(target)?,
        Backend::LocMem => Address::in_process(), // wherever the other lanes' cache is
    };
    let service = address.service();
    service.visit(OnStore { plan, strategy, rules, target, address: &address, settings, observer })
}

/// A service that really computes has to be there, and is not ours to slow or stop.
fn check_origin(plan: &Plan, settings: &Settings) -> Result<(), RunError> {
    let Some(service) = &plan.origin.http else { return Ok(()) };
    if let Some(event) = plan.events.iter().find(|event| event.change.is_of_origin()) {
        let reason =
            format!("its event {} is about an origin that is not ours", event.change.name());
        return Err(RunError::Unsuited { address: service.url.clone(), reason });
    }
    Caller::new(service, settings)?;
    Place::of(&service.url, settings.allow_remote)?.reach()
}

/// A run, before it is known what its cache is.
struct OnStore<'a, T> {
    plan: &'a Plan,
    strategy: T,
    rules: &'a Rules,
    target: &'a Target,
    address: &'a Address,
    settings: &'a Settings,
    observer: &'a mut dyn Observer,
}

impl<T: Travels> Visit for OnStore<'_, T> {
    type Output = Result<RealRun, RunError>;

    fn visit<St: Store>(self) -> Self::Output {
        let (plan, prefix) = (self.plan, prefix());
        if self.strategy.needs_meta() && !St::HAS_META {
            let address = self.address.shown().to_owned();
            let reason = "its strategy uses memcached's meta commands; run it on memcached, in memory or on the model (--on memcached, memory, model)";
            return Err(RunError::Unsuited { address, reason: reason.to_owned() });
        }
        let (ttl, grace) = self.strategy.visit(Spans);
        let mut store = St::open(&Opening {
            address: self.address,
            settings: self.settings,
            prefix: prefix.clone(),
            cache: &plan.cache_of(self.rules),
            entries: plan.entries(),
            processes: plan.traffic.processes,
            kept: ttl + grace,
        })?;
        let (rules, settings) = (self.rules, self.settings);
        let shared = plan.cache_of(rules).backend.is_shared();
        let proxy = if shared && need_proxy(plan) {
            let server = store.endpoint().ok_or_else(|| self.no_way())?;
            let proxy = Proxy::before(server, settings, plan.seed)?;
            store.lead_through(proxy.endpoint());
            Some(proxy)
        } else {
            None
        };
        let proxied = proxy.is_some();
        let keys = Keys { store: &store, cleared: false };
        // Dropped before the keys: a server that stands still deletes none.
        let faults = Faults::of(self.target, proxy, plan)?;
        let mut played =
            play(plan, &self.strategy, rules, settings, &store, &faults, self.observer)?;
        if played.cores.iter().any(|core| core.cache.errors > 0) {
            thread::sleep(UNSEEN);
        }
        played.warnings.extend(keys.clear(&prefix));
        let mut run = played.into_run(plan, settings, &store, prefix);
        run.figures.proxied = proxied;
        Ok(run)
    }
}

impl<T> OnStore<'_, T> {
    /// There is nothing between us and this cache that could be slow, lossy or cut.
    fn no_way(&self) -> RunError {
        let address = self.address.shown().to_owned();
        let reason = "the scenario slows, loses or cuts what goes to its cache, and there is no way to a cache in this process; run it --on redis, memcached or model";
        RunError::Unsuited { address, reason: reason.to_owned() }
    }
}

/// A name of its own for every run, so that two of them on one server do not meet.
pub(crate) fn prefix() -> String {
    use std::hash::{BuildHasher, RandomState};
    format!("herdlab:{:016x}", RandomState::new().hash_one(monotonic().as_nanos()))
}

/// An operation that we gave up, as the cache did not answer in time, may still lie before it; it takes that long at most
/// to carry it out once it works again. Keys that were deleted before that would come back.
const UNSEEN: Duration = Duration::from_millis(100);

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

impl Played {
    fn into_run<St: Store>(
        self,
        plan: &Plan,
        settings: &Settings,
        store: &St,
        prefix: String,
    ) -> RealRun {
        let mut requests = Recorder::new(plan.window(), plan.traffic.patience());
        let (mut cache, mut sent) = (CacheCounts::default(), Sent::default());
        let (mut panics_behind, mut panic) = (0, None);
        for core in self.cores {
            requests.merge(core.requests);
            cache.merge(&core.cache);
            sent.merge(core.sent);
            panics_behind += core.panics;
            panic = panic.or(core.panic);
        }
        self.latencies.iter().for_each(|latencies| latencies.add_to(&mut requests));
        cache.evictions = self.evictions;
        let figures = Figures {
            server: store.version().to_owned(),
            prefix,
            settings: settings.clone(),
            operation_timeout: plan.cache.timeout.unwrap_or(settings.operation_timeout),
            connections: sent.connections,
            reconnects: sent.reconnects,
            pool: sent.waits.map(PoolFigures::new),
            proxied: false,
            commands: sent.commands,
            panics_behind,
            cpu_seconds: self.cpu.as_secs_f64(),
            overloaded: figures::overloaded(&mut requests, settings),
            origin_down: self.origin_down,
            warnings: self.warnings,
        };
        let lane = LaneRun { requests, origin: self.origin, cache, partial: self.partial, panic };
        RealRun { lane, figures }
    }
}
