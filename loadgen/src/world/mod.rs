//! The seam in real time: what a strategy sees of one core.

mod call;
mod flight;
mod request;

use std::future::Future;
use std::rc::Rc;

use herdlab_sim::key::{Item, Key, Space};
use herdlab_sim::measure::CacheCounts;
use herdlab_sim::origin::Ask;
use herdlab_sim::plan::OnError;
use herdlab_sim::random;
use herdlab_sim::service::{Service, Work};
use herdlab_sim::strategy::Strategy;
use herdlab_sim::time::Nanos;
use herdlab_sim::world::{
    Either, Entry, Failure, Found, Process, Served, Task, Terms, Ttl, Value, World, race,
};
use tokio::task::spawn_local;

use crate::backend::{Backend, BackendError};
use crate::contain;
use crate::engine::Core;

pub(crate) use call::Call;
pub(crate) use flight::{Flights, Join, Promise};
pub(crate) use request::Request;

/// One request's view of the world.
pub(crate) struct RealWorld<B> {
    core: Rc<Core<B>>,
    request: Rc<Request>,
}

/// Work that no client waits for, on its way: behind a request, or behind an update.
pub(crate) struct Behind {
    pub(crate) request: Rc<Request>,
    pub(crate) work: Work<Promise>,
}

impl<B: Backend> RealWorld<B> {
    pub(crate) const fn new(core: Rc<Core<B>>, request: Rc<Request>) -> Self {
        Self { core, request }
    }

    fn backend(&self) -> &B {
        self.core.backend.of(self.request.process)
    }

    /// A cache operation: counted, limited in time, and made an absent cache's answer if it fails and the scenario
    /// says so.
    async fn operate<T>(
        &self,
        count: impl FnOnce(&mut CacheCounts),
        absent: T,
        operation: impl Future<Output = Result<T, BackendError>>,
    ) -> Result<T, Failure> {
        self.count(count);
        let limited = race(operation, self.core.timer.after(self.core.operation_timeout)).await;
        let error = match limited {
            Either::Left(Ok(answer)) => return Ok(answer),
            Either::Left(Err(error)) => error,
            Either::Right(()) => BackendError::Timeout,
        };
        self.count(|c| c.errors += 1);
        if error == BackendError::Down {
            contain::ready(); // failed without waiting
        }
        match self.core.on_error {
            OnError::Origin => {
                self.request.degrade();
                Ok(absent)
            }
            OnError::Fail => Err(Failure::Cache),
        }
    }

    /// Counts in the measured part of the run.
    fn count(&self, count: impl FnOnce(&mut CacheCounts)) {
        if self.now() >= self.core.warmup {
            count(&mut self.core.cache.borrow_mut());
        }
    }

    /// A write of what was computed. While nothing else is known it lands, even if we leave.
    async fn store(
        &self,
        count: impl FnOnce(&mut CacheCounts),
        write: impl Future<Output = Result<(), BackendError>>,
    ) -> Result<(), Failure> {
        let saved = self.request.save();
        let write = async { write.await.inspect_err(|_| self.request.lose(saved)) };
        self.operate(count, (), write).await
    }

    fn see(&self, key: Key, entry: Option<Entry>) {
        if key.space == Space::Data {
            self.request.see(key.item, entry.map(|entry| entry.fresh_until));
        }
    }
}

impl<B: Backend> World for RealWorld<B> {
    type Call = Call;
    type Join = Join;
    type Promise = Promise;

    fn now(&self) -> Nanos {
        self.core.clock.now()
    }

    fn random(&self) -> f64 {
        random::unit(random::bits(self.core.seed, self.request.number, self.request.next_draw()))
    }

    async fn sleep(&self, span: Nanos) {
        self.core.timer.after(span).await;
    }

    fn process(&self) -> Process {
        Process { number: self.request.process, life: self.core.renames() }
    }

    async fn get(&self, key: Key) -> Result<Option<Entry>, Failure> {
        let key = self.core.named(key);
        let entry = self.operate(|c| c.gets += 1, None, self.backend().get(key)).await?;
        self.count(|c| c.hits += u64::from(entry.is_some()));
        self.see(key, entry);
        Ok(entry)
    }

    async fn set(&self, key: Key, entry: Entry, ttl: Ttl) -> Result<(), Failure> {
        let key = self.core.named(key);
        self.store(|c| c.sets += 1, self.backend().set(key, entry, ttl)).await
    }

    async fn add(&self, key: Key, entry: Entry, ttl: Ttl) -> Result<bool, Failure> {
        let key = self.core.named(key);
        self.operate(|c| c.adds += 1, true, self.backend().add(key, entry, ttl)).await
    }

    async fn delete(&self, key: Key) -> Result<bool, Failure> {
        let key = self.core.named(key);
        self.operate(|c| c.deletes += 1, false, self.backend().delete(key)).await
    }

    async fn delete_if(&self, key: Key, mine: Value) -> Result<bool, Failure> {
        let key = self.core.named(key);
        self.operate(|c| c.delete_ifs += 1, false, self.backend().delete_if(key, mine)).await
    }

    async fn incr(&self, key: Key) -> Result<Option<u64>, Failure> {
        let key = self.core.named(key);
        self.operate(|c| c.incrs += 1, None, self.backend().incr(key)).await
    }

    async fn touch(&self, key: Key, ttl: Ttl) -> Result<bool, Failure> {
        let key = self.core.named(key);
        self.operate(|c| c.touches += 1, false, self.backend().touch(key, ttl)).await
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Entry>>, Failure> {
        let absent = vec![None; keys.len()];
        let keys: Vec<Key> = keys.iter().map(|key| self.core.named(*key)).collect();
        let entries =
            self.operate(|c| c.get_manys += 1, absent, self.backend().get_many(&keys)).await?;
        keys.iter().zip(&entries).for_each(|(key, entry)| self.see(*key, *entry));
        Ok(entries)
    }

    async fn set_many(&self, entries: &[(Key, Entry)], ttl: Ttl) -> Result<(), Failure> {
        let entries: Vec<(Key, Entry)> =
            entries.iter().map(|(key, entry)| (self.core.named(*key), *entry)).collect();
        self.store(|c| c.set_manys += 1, self.backend().set_many(&entries, ttl)).await
    }

    async fn meta_get(&self, key: Key, terms: Terms) -> Result<Found, Failure> {
        let key = self.core.named(key);
        let absent = Found { entry: None, won: true, stale: false };
        let read = self.backend().meta_get(key, terms);
        let found = self.operate(|c| c.gets += 1, absent, read).await?;
        self.count(|c| c.hits += u64::from(found.entry.is_some()));
        self.see(key, found.entry);
        Ok(found)
    }

    async fn mark_stale(&self, key: Key, ttl: Ttl) -> Result<bool, Failure> {
        let key = self.core.named(key);
        self.operate(|c| c.deletes += 1, false, self.backend().mark_stale(key, ttl)).await
    }

    fn ask(&self, item: Item) -> Call {
        let submitted = self.core.origin.submit(Ask {
            item,
            request: self.request.number,
            attempt: self.request.next_attempt(),
            gap: self.request.gap(item, self.now()),
            variant: self.core.fan.variant(self.request.number),
            absent: self.core.fan.is_absent(item),
            deadline: self.request.deadline(),
        });
        Call::new(&self.core, &self.request, item, submitted)
    }

    fn join(&self, item: Item) -> Join {
        self.core.flights.join(&self.request, item)
    }

    fn rank(&self, item: Item) -> u32 {
        self.core.fan.rank(item)
    }

    fn tally(&self, item: Item, served: Served) {
        self.request.tally(item, served);
    }

    fn later(&self, mut task: Task<Promise>) {
        let request = Rc::new(self.request.behind());
        if let Some(promise) = &mut task.promise {
            promise.hand_to(&request);
        }
        let behind = Behind { request, work: Work::Behind(task) };
        let _ = self.core.later.send(behind); // at shutdown nobody runs it; a promise in it passes on
    }
}

/// Does work that no client waits for.
pub(crate) fn run_behind<S, B>(core: &Rc<Core<B>>, service: &Rc<Service<Rc<S>>>, behind: Behind)
where
    S: Strategy,
    B: Backend,
{
    let (core, service) = (Rc::clone(core), Rc::clone(service));
    spawn_local(async move {
        let request = behind.request;
        let world = RealWorld::new(Rc::clone(&core), Rc::clone(&request));
        if contain::contained(service.behind(&world, behind.work)).await.is_err() {
            core.panics.set(core.panics.get() + 1);
        }
        core.origin.waste(request.unclaimed());
    });
}
