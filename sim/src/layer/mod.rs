//! Layers: a world around the world of a lane's strategy.
//!
//! What the field puts around any strategy (a TTL's jitter, a cache in the process, a hedge, a retry budget, a circuit
//! breaker, clocks that differ) is no strategy of its own here. It is a [`World`] that stands between a strategy and its
//! world and changes single calls, so it composes with every strategy, on both clocks, and no strategy knows of it.
//!
//! From the strategy outwards: the clock of its process; the process's own cache (`local`); what is made of "there is
//! no such item"; jitter on what is stored; and, for origin calls, retries around a breaker around a hedge.

mod breaker;
mod budget;
mod call;
mod lifetimes;
mod local;
mod per_process;
mod skew;

use std::future::Future;

use crate::key::{Item, Key, Space};
use crate::plan::{Layers, Plan, Rules};
use crate::time::Nanos;
use crate::world::{Entry, Failure, Found, Process, Served, Task, Terms, Ttl, Value, World};

use self::breaker::Circuits;
use self::budget::Budgets;
use self::call::Call;
use self::lifetimes::Lifetimes;
use self::local::Locals;
use self::skew::Skew;

/// A lane's layers and what they remember.
#[derive(Debug)]
pub(crate) struct Stack {
    layers: Layers,
    skew: Skew,
    lifetimes: Option<Lifetimes>,
    locals: Option<Locals>,
    budgets: Option<Budgets>,
    circuits: Option<Circuits>,
}

impl Stack {
    pub(crate) fn new(plan: &Plan, rules: &Rules) -> Self {
        let layers = rules.layers;
        Self {
            layers,
            skew: Skew::new(plan),
            lifetimes: Lifetimes::new(plan),
            locals: layers.local.map(Locals::new),
            budgets: layers.retry.map(Budgets::new),
            circuits: layers.breaker.map(Circuits::new),
        }
    }

    /// Whether there is nothing in between.
    pub(crate) fn is_empty(&self) -> bool {
        self.layers == Layers::default() && self.skew.is_none() && self.lifetimes.is_none()
    }

    /// The world as a strategy sees it through these layers.
    pub(crate) const fn around<'a, W: World>(&'a self, w: &'a W) -> Layered<'a, W> {
        Layered { w, stack: self }
    }

    /// All processes but the one that invalidated hear of it, after their lag: what they have of `item` goes.
    pub(crate) async fn spread<W: World>(&self, w: &W, item: Item) {
        if let Some(locals) = &self.locals
            && let Some(lag) = locals.lag()
        {
            w.sleep(lag).await;
            locals.forget_everywhere(item.key());
        }
    }

    /// What is really stored, and for how long.
    fn shaped<W: World>(&self, w: &W, key: Key, entry: Entry, ttl: Ttl) -> (Entry, Ttl) {
        if key.space != Space::Data {
            return (entry, ttl);
        }
        let now = self.skew.now(w);
        let (entry, ttl) = match self.layers.nothing.ttl {
            Some(span) if entry.value.is_nothing() => {
                (Entry { fresh_until: now + span, ..entry }, Ttl::after(span))
            }
            _ => (entry, ttl),
        };
        let Some(span) = ttl.span().filter(|_| self.layers.jitter > 0.0) else {
            return (entry, ttl);
        };
        let fresh_until = jittered(now, entry.fresh_until, self.layers.jitter, w.random());
        let ttl = Ttl::after(span - (entry.fresh_until - fresh_until));
        (Entry { fresh_until, ..entry }, ttl)
    }

    /// What a strategy gets to see of what was found.
    fn seen(&self, found: Option<Entry>) -> Option<Entry> {
        found.filter(|entry| !(self.layers.nothing.missed && entry.value.is_nothing()))
    }
}

/// An expiry, nearer to `now` by up to `jitter` of the time between; `draw` is uniform in (0, 1].
pub(crate) fn jittered(now: Nanos, expiry: Nanos, jitter: f64, draw: f64) -> Nanos {
    expiry - (expiry - now).scale(jitter * draw)
}

/// A world seen through layers.
#[derive(Debug)]
pub(crate) struct Layered<'a, W> {
    w: &'a W,
    stack: &'a Stack,
}

impl<'a, W: World> World for Layered<'a, W> {
    type Call = Call<'a, W>;
    type Join = W::Join;
    type Promise = W::Promise;

    fn now(&self) -> Nanos {
        self.stack.skew.now(self.w)
    }

    fn random(&self) -> f64 {
        self.w.random()
    }

    fn sleep(&self, span: Nanos) -> impl Future<Output = ()> {
        self.w.sleep(span)
    }

    fn process(&self) -> Process {
        self.w.process()
    }

    fn ttl(&self, item: Item, own: Nanos) -> Nanos {
        let said = self.stack.lifetimes.as_ref();
        said.and_then(|said| said.of(self.w.rank(item), self.w.now())).unwrap_or(own)
    }

    async fn get(&self, key: Key) -> Result<Option<Entry>, Failure> {
        let Some(locals) = &self.stack.locals else {
            return Ok(self.stack.seen(self.w.get(key).await?));
        };
        if let Some(entry) = locals.get(self.w, key) {
            return Ok(self.stack.seen(Some(entry)));
        }
        let found = self.w.get(key).await?;
        if let Some(entry) = found {
            locals.keep(self.w, key, entry);
        }
        Ok(self.stack.seen(found))
    }

    async fn set(&self, key: Key, entry: Entry, ttl: Ttl) -> Result<(), Failure> {
        let (entry, ttl) = self.stack.shaped(self.w, key, entry, ttl);
        self.w.set(key, entry, ttl).await?;
        if let Some(locals) = &self.stack.locals {
            locals.keep(self.w, key, entry);
        }
        Ok(())
    }

    fn add(&self, key: Key, entry: Entry, ttl: Ttl) -> impl Future<Output = Result<bool, Failure>> {
        let (entry, ttl) = self.stack.shaped(self.w, key, entry, ttl);
        self.w.add(key, entry, ttl)
    }

    async fn delete(&self, key: Key) -> Result<bool, Failure> {
        if let Some(locals) = &self.stack.locals {
            locals.forget(self.w, key);
        }
        self.w.delete(key).await
    }

    fn delete_if(&self, key: Key, mine: Value) -> impl Future<Output = Result<bool, Failure>> {
        self.w.delete_if(key, mine)
    }

    fn incr(&self, key: Key) -> impl Future<Output = Result<Option<u64>, Failure>> {
        self.w.incr(key)
    }

    fn touch(&self, key: Key, ttl: Ttl) -> impl Future<Output = Result<bool, Failure>> {
        self.w.touch(key, ttl)
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Entry>>, Failure> {
        let Some(locals) = &self.stack.locals else {
            let found = self.w.get_many(keys).await?;
            return Ok(found.into_iter().map(|entry| self.stack.seen(entry)).collect());
        };
        let mut found: Vec<_> = keys.iter().map(|key| locals.get(self.w, *key)).collect();
        let missing: Vec<usize> = (0..keys.len()).filter(|nth| found[*nth].is_none()).collect();
        if !missing.is_empty() {
            let asked: Vec<Key> = missing.iter().map(|nth| keys[*nth]).collect();
            for (nth, entry) in missing.into_iter().zip(self.w.get_many(&asked).await?) {
                if let Some(entry) = entry {
                    locals.keep(self.w, keys[nth], entry);
                }
                found[nth] = entry;
            }
        }
        Ok(found.into_iter().map(|entry| self.stack.seen(entry)).collect())
    }

    /// One TTL for all: each entry's jitter is in its own expiry, and the shortest of them ends the life of all.
    async fn set_many(&self, entries: &[(Key, Entry)], ttl: Ttl) -> Result<(), Failure> {
        let mut shortest = ttl;
        let shaped: Vec<(Key, Entry)> = entries
            .iter()
            .map(|(key, entry)| {
                let (entry, ttl) = self.stack.shaped(self.w, *key, *entry, ttl);
                shortest = if ttl.span() < shortest.span() { ttl } else { shortest };
                (*key, entry)
            })
            .collect();
        self.w.set_many(&shaped, shortest).await?;
        if let Some(locals) = &self.stack.locals {
            shaped.iter().for_each(|(key, entry)| locals.keep(self.w, *key, *entry));
        }
        Ok(())
    }

    fn meta_get(&self, key: Key, terms: Terms) -> impl Future<Output = Result<Found, Failure>> {
        self.w.meta_get(key, terms)
    }

    fn mark_stale(&self, key: Key, ttl: Ttl) -> impl Future<Output = Result<bool, Failure>> {
        self.w.mark_stale(key, ttl)
    }

    fn ask(&self, item: Item) -> Self::Call {
        Call::new(self.w, self.stack, item)
    }

    fn join(&self, item: Item) -> Self::Join {
        self.w.join(item)
    }

    fn rank(&self, item: Item) -> u32 {
        self.w.rank(item)
    }

    fn tally(&self, item: Item, served: Served) {
        self.w.tally(item, served);
    }

    fn later(&self, task: Task<Self::Promise>) {
        self.w.later(task);
    }
}
