//! Cache operations: sent at their first poll, in effect at the instant their latency ends.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::machine::{Machine, Spinning};
use super::queue::{Class, Event};
use crate::key::Key;
use crate::time::Nanos;
use crate::world::{Entry, Failure, Found, Terms, Ttl, Value};

/// One kind of cache operation.
pub(super) trait Kind: Unpin {
    /// What it answers.
    type Output;
    /// What an absent cache would answer.
    fn absent(&self) -> Self::Output;
    /// Counts it as sent.
    fn count(&self, machine: &mut Machine);
    /// Takes effect.
    fn apply(&mut self, machine: &mut Machine) -> Self::Output;
    /// Whether the cache answers with an error instead: what lies there is not of the kind that is asked for.
    fn is_refused(&self, machine: &mut Machine) -> bool {
        let _ = machine;
        false
    }
    /// What must happen though the sender is gone.
    fn orphan(&self) -> Option<Write>;
}

/// A write on its own, as plain data.
#[derive(Clone, Debug)]
pub(super) enum Write {
    Set(Key, Entry, Ttl),
    Add(Key, Entry, Ttl),
    Delete(Key),
    DeleteIf(Key, Value),
    Incr(Key),
    Touch(Key, Ttl),
    SetMany(Vec<(Key, Entry)>, Ttl),
    MarkStale(Key, Ttl),
    /// Of a meta read whose reader is gone: the stub, or that somebody won.
    MetaGet(Key, Terms),
}

impl Write {
    /// Takes effect; what came of it as a number: whether it did, or a counter's new value plus one.
    pub(super) fn apply(&self, machine: &mut Machine) -> u64 {
        let done = self.land(machine);
        if machine.has_replica() {
            self.keys(|key| machine.replicate(key));
        }
        done
    }

    fn land(&self, machine: &mut Machine) -> u64 {
        let now = machine.now;
        let cache = machine.cache();
        match self {
            Self::Set(key, entry, ttl) => cache.set(now, *key, *entry, *ttl),
            Self::SetMany(entries, ttl) => {
                for (key, entry) in entries {
                    cache.set(now, *key, *entry, *ttl);
                }
            }
            Self::Add(key, entry, ttl) => return u64::from(cache.add(now, *key, *entry, *ttl)),
            Self::Delete(key) => return u64::from(cache.delete(now, *key)),
            Self::DeleteIf(key, mine) => return u64::from(cache.delete_if(now, *key, *mine)),
            Self::MarkStale(key, ttl) => return u64::from(cache.mark_stale(now, *key, *ttl)),
            Self::MetaGet(key, terms) => _ = cache.meta_get(now, *key, *terms),
            Self::Touch(key, ttl) => return u64::from(cache.touch(now, *key, *ttl)),
            Self::Incr(key) if cache.is_no_number(now, *key) => return 0,
            Self::Incr(key) => {
                return cache.incr(now, *key).map_or(0, |value| value.wrapping_add(1));
            }
        }
        1
    }

    /// What it is about.
    fn keys(&self, mut each: impl FnMut(Key)) {
        match self {
            Self::SetMany(entries, _) => entries.iter().for_each(|(key, _)| each(*key)),
            Self::Set(key, ..)
            | Self::Add(key, ..)
            | Self::Delete(key)
            | Self::DeleteIf(key, _)
            | Self::Incr(key)
            | Self::Touch(key, _)
            | Self::MarkStale(key, _)
            | Self::MetaGet(key, _) => each(*key),
        }
    }

    const fn stores(&self) -> bool {
        matches!(self, Self::Set(..) | Self::SetMany(..))
    }
}

/// A write that is waited for, and how its number is read.
#[derive(Debug)]
pub(super) struct Written<T> {
    pub(super) write: Write,
    pub(super) read: fn(u64) -> T,
}

impl<T> Kind for Written<T> {
    type Output = T;

    fn absent(&self) -> T {
        // An absent cache lets everybody have the lock: the request then computes, as it would without a cache.
        (self.read)(u64::from(matches!(self.write, Write::Add(..))))
    }

    fn count(&self, machine: &mut Machine) {
        let counts = &mut machine.counts;
        *match self.write {
            Write::Set(..) => &mut counts.sets,
            Write::Add(..) => &mut counts.adds,
            Write::Delete(..) | Write::MarkStale(..) => &mut counts.deletes,
            Write::MetaGet(..) => &mut counts.gets,
            Write::DeleteIf(..) => &mut counts.delete_ifs,
            Write::Incr(..) => &mut counts.incrs,
            Write::Touch(..) => &mut counts.touches,
            Write::SetMany(..) => &mut counts.set_manys,
        } += 1;
    }

    fn apply(&mut self, machine: &mut Machine) -> T {
        let done = self.write.apply(machine);
        if self.write.stores() {
            machine.stored();
        }
        (self.read)(done)
    }

    fn is_refused(&self, machine: &mut Machine) -> bool {
        let now = machine.now;
        matches!(self.write, Write::Incr(key) if machine.cache().is_no_number(now, key))
    }

    fn orphan(&self) -> Option<Write> {
        Some(self.write.clone())
    }
}

/// A single read.
#[derive(Debug)]
pub(super) struct Read(pub(super) Key);

impl Kind for Read {
    type Output = Option<Entry>;

    fn absent(&self) -> Self::Output {
        None
    }

    fn count(&self, machine: &mut Machine) {
        machine.counts.gets += 1;
    }

    #[inline(always)]
    fn apply(&mut self, machine: &mut Machine) -> Self::Output {
        let now = machine.now;
        let entry = machine.read_cache().get(now, self.0);
        machine.saw(self.0, entry.as_ref());
        entry
    }

    fn orphan(&self) -> Option<Write> {
        None
    }
}

/// A read that says who should compute.
#[derive(Debug)]
pub(super) struct MetaRead(pub(super) Key, pub(super) Terms);

impl Kind for MetaRead {
    type Output = Found;

    fn absent(&self) -> Found {
        // An absent cache tells everybody to compute.
        Found { entry: None, won: true, stale: false }
    }

    fn count(&self, machine: &mut Machine) {
        machine.counts.gets += 1;
    }

    fn apply(&mut self, machine: &mut Machine) -> Found {
        let now = machine.now;
        let found = machine.cache().meta_get(now, self.0, self.1);
        machine.saw(self.0, found.entry.as_ref());
        found
    }

    fn orphan(&self) -> Option<Write> {
        Some(Write::MetaGet(self.0, self.1))
    }
}

/// Several reads in one round trip.
#[derive(Debug)]
pub(super) struct ReadMany(pub(super) Vec<Key>);

impl Kind for ReadMany {
    type Output = Vec<Option<Entry>>;

    fn absent(&self) -> Self::Output {
        vec![None; self.0.len()]
    }

    fn count(&self, machine: &mut Machine) {
        machine.counts.get_manys += 1;
    }

    fn apply(&mut self, machine: &mut Machine) -> Self::Output {
        let now = machine.now;
        let cache = machine.read_cache();
        self.0.iter().map(|key| cache.get(now, *key)).collect()
    }

    fn orphan(&self) -> Option<Write> {
        None
    }
}

/// An operation of one kind, as a future.
#[derive(Debug)]
pub(super) struct Operation<'m, K: Kind> {
    machine: &'m RefCell<Machine>,
    kind: K,
    /// When it takes effect; zero until it is sent.
    due: Event,
    fails: bool,
    over: bool,
}

impl<'m, K: Kind> Operation<'m, K> {
    pub(super) const fn new(machine: &'m RefCell<Machine>, kind: K) -> Self {
        Self { machine, kind, due: Event::ZERO, fails: false, over: false }
    }

    /// Sends it. `Ready` if it takes no time.
    #[inline(always)]
    fn send(&mut self) -> Poll<Result<K::Output, Failure>> {
        let mut machine = self.machine.borrow_mut();
        if machine.measures() {
            self.kind.count(&mut machine);
        }
        let (answer, fails) = machine.send(|| self.kind.orphan());
        if let Some(answer) = answer {
            self.due = answer;
            self.fails = fails;
            return Poll::Pending;
        }
        if machine.spins() {
            drop(machine);
            std::panic::resume_unwind(Box::new(Spinning));
        }
        self.over = true;
        Poll::Ready(if self.kind.is_refused(&mut machine) {
            self.failed(&mut machine)
        } else {
            Ok(self.kind.apply(&mut machine))
        })
    }

    /// The answer of an operation that failed.
    #[cold]
    fn failed(&mut self, machine: &mut Machine) -> Result<K::Output, Failure> {
        if machine.measures() {
            machine.counts.errors += 1;
        }
        if !machine.degrades {
            return Err(Failure::Cache);
        }
        machine.who().degraded = true;
        Ok(self.kind.absent())
    }
}

impl<K: Kind> Future for Operation<'_, K> {
    type Output = Result<K::Output, Failure>;

    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if this.due == Event::ZERO {
            return this.send();
        }
        let mut machine = this.machine.borrow_mut();
        if machine.current < this.due {
            return Poll::Pending;
        }
        this.over = true;
        Poll::Ready(if this.fails || machine.is_gone() || this.kind.is_refused(&mut machine) {
            this.failed(&mut machine)
        } else {
            Ok(this.kind.apply(&mut machine))
        })
    }
}

/// A write once sent takes effect though its sender is gone.
impl<K: Kind> Drop for Operation<'_, K> {
    #[inline]
    fn drop(&mut self) {
        if self.over || self.due == Event::ZERO || self.fails {
            return;
        }
        if let Some(write) = self.kind.orphan() {
            let mut machine = self.machine.borrow_mut();
            if write.stores() {
                machine.stored();
            }
            machine.orphan(self.due, write);
        }
    }
}

/// Time passing.
#[derive(Debug)]
pub(super) struct Sleep<'m> {
    machine: &'m RefCell<Machine>,
    span: Nanos,
    due: Event,
}

impl<'m> Sleep<'m> {
    pub(super) const fn new(machine: &'m RefCell<Machine>, span: Nanos) -> Self {
        Self { machine, span, due: Event::ZERO }
    }
}

impl Future for Sleep<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        let mut machine = self.machine.borrow_mut();
        if self.due == Event::ZERO {
            let due = machine.call_back(self.span, Class::Sleep);
            drop(machine);
            self.due = due;
            return Poll::Pending;
        }
        if machine.current < self.due { Poll::Pending } else { Poll::Ready(()) }
    }
}
