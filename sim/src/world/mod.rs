//! The seam: everything a strategy may see or do, on either clock.
//!
//! A strategy is one plain async function over [`World`]. It is compiled once for virtual time (`virt`) and once for
//! real time (the crate `herdlab-loadgen`), and cannot tell which.
//!
//! Three calls look unusual and carry the design:
//!
//! - [`World::ask`] submits an origin call *at once* and returns a handle that only watches. Drop it and you have left;
//!   race `&mut call` and you keep it. The call lives on: a database does not know that nobody waits.
//! - [`World::join`] takes a place in line for this process's flight of an item. Awaited, it says who computes:
//!   [`Lead::Mine`] or [`Lead::Theirs`]. A promise dropped unkept passes to the first living follower, *as leader*.
//!   (To wake everybody and let them join again was built and was wrong: a new arrival slips in between, and the two
//!   clocks disagreed tenfold.)
//! - [`World::later`] takes plain data and runs the strategy's second entry point behind the request. A promise may
//!   travel in it: a *detached leader* is a promise given to `later`.
//!
//! No `Send` anywhere: real time runs one current-thread runtime per core, and the simulator stays free of atomics.

mod flow;

use std::future::Future;

use serde::{Deserialize, Serialize};

use crate::key::{Item, Key};
use crate::time::Nanos;

pub use flow::{Either, Elapsed, fill, first_ok, follow, race, refresh, within};

/// Everything a strategy may see or do. One value per request.
///
/// A cache operation takes effect at the instant its latency ends; a write once sent takes effect though its sender is
/// cancelled. Cache failures reach a strategy only if the scenario says `on_error = "fail"`; otherwise the world
/// answers as an absent cache would (a read misses, a write is lost, an `add` succeeds) and marks the request degraded.
#[expect(async_fn_in_trait, reason = "no Send bound on purpose: every world is single-threaded")]
pub trait World: Sized {
    /// An origin call. It outlives its holder: await it, race `&mut` it, or drop it and leave.
    type Call: Future<Output = Result<Value, Failure>> + Unpin;
    /// A place in line for a flight; it may turn out that we lead.
    type Join: Join<Self::Promise>;
    /// The leader's end of a flight.
    type Promise: Promise;

    /// Time since the run began.
    fn now(&self) -> Nanos;
    /// Uniform in (0, 1]: the n-th draw of this request, a function of (seed, request, n) alone.
    fn random(&self) -> f64;
    /// A token that nobody else has, from this request's next draw.
    fn token(&self) -> u64 {
        (self.random() * (1_u64 << 53) as f64) as u64
    }
    /// Resolves `span` from now, after every result of that instant.
    async fn sleep(&self, span: Nanos);
    /// The application process that we are in.
    fn process(&self) -> Process;

    /// How long what is computed of `item` now is fresh: the strategy's own TTL, unless a recording says it of that item.
    fn ttl(&self, _item: Item, own: Nanos) -> Nanos {
        own
    }

    /// The live entry under `key`.
    async fn get(&self, key: Key) -> Result<Option<Entry>, Failure>;
    /// Stores unconditionally; the last writer wins.
    async fn set(&self, key: Key, entry: Entry, ttl: Ttl) -> Result<(), Failure>;
    /// Stores only if nothing live is there (SET NX); true if it did.
    async fn add(&self, key: Key, entry: Entry, ttl: Ttl) -> Result<bool, Failure>;
    /// Removes; true if something live was there.
    async fn delete(&self, key: Key) -> Result<bool, Failure>;
    /// Removes only if the live entry's value is `mine`, in one step; true if it did.
    async fn delete_if(&self, key: Key, mine: Value) -> Result<bool, Failure>;
    /// Adds one to a counter that exists, and keeps its TTL; its new value, or `None` if nothing live is there.
    async fn incr(&self, key: Key) -> Result<Option<u64>, Failure>;
    /// Gives a live entry a new TTL; false if nothing live is there.
    async fn touch(&self, key: Key, ttl: Ttl) -> Result<bool, Failure>;
    /// Several reads in one round trip, answered in order.
    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Entry>>, Failure>;
    /// Several unconditional writes in one round trip.
    async fn set_many(&self, entries: &[(Key, Entry)], ttl: Ttl) -> Result<(), Failure>;

    /// A read that says who should compute: memcached's `mg` with N and R (doc/protocol.txt). Only caches with meta
    /// commands have it: see `Strategy::needs_meta`.
    async fn meta_get(&self, key: Key, terms: Terms) -> Result<Found, Failure>;
    /// Marks a live entry as stale and gives it this TTL, so that its next reader should compute: memcached's `md` with
    /// I and T. False if nothing live is there.
    async fn mark_stale(&self, key: Key, ttl: Ttl) -> Result<bool, Failure>;

    /// Submits an origin call now. Its service time is a function of (seed, request, attempt).
    fn ask(&self, item: Item) -> Self::Call;
    /// Takes a place in line for this process's flight of `item`, opening one if there is none.
    fn join(&self, item: Item) -> Self::Join;
    /// The popularity rank of an item, 0 for the most popular, whatever its variant.
    fn rank(&self, item: Item) -> u32;
    /// An item of the request's page was served like this.
    fn tally(&self, item: Item, served: Served);
    /// Runs `Strategy::behind` with `task` behind the request, beginning after the current poll, at this instant.
    /// May be called from a `Drop`.
    fn later(&self, task: Task<Self::Promise>);
}

/// An application process.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
pub struct Process {
    /// Which of them.
    pub number: u32,
    /// How often it has begun anew: what it kept in memory before is gone.
    pub life: u32,
}

/// A place in line for a flight.
pub trait Join<P>: Future<Output = Lead<P>> + Unpin {
    /// Takes the lead if nobody has it and we are first, without waiting. Our place in line stays: whoever takes the
    /// promise answers it.
    fn try_lead(&mut self) -> Option<P>;
}

/// The leader's end of a flight. Dropped unkept (`?`, cancel, panic) it passes to the first living follower.
pub trait Promise {
    /// Ends the flight: everyone in line gets this outcome.
    fn keep(self, outcome: Result<Value, Failure>);
}

/// Who computes.
#[must_use]
#[derive(Debug)]
pub enum Lead<P> {
    /// We do: nobody did, or the leader was lost and we were first in line.
    Mine(P),
    /// Somebody did, with this outcome.
    Theirs(Result<Value, Failure>),
}

/// Work to be done behind a request.
#[derive(Debug)]
pub struct Task<P> {
    /// The item it is about.
    pub item: Item,
    /// The strategy's own: a lock token, a kind of work.
    pub note: u64,
    /// A lead that travels with the work.
    pub promise: Option<P>,
}

/// What the origin computed, or a token: 64 opaque bits to a strategy.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
pub struct Value(u64);

impl Value {
    const AS_OF_BITS: u32 = 47;
    /// Set for [`Value::nothing`].
    const NOTHING: u64 = 1 << Self::AS_OF_BITS;
    const VARIANT_SHIFT: u32 = 48;

    /// Data as the origin saw it at `as_of` (kept to the microsecond, for 4.4 years), for `variant` (a language, a
    /// user).
    #[must_use]
    pub const fn data(as_of: Nanos, variant: u16) -> Self {
        Self(
            (variant as u64) << Self::VARIANT_SHIFT
                | as_of.as_micros() & ((1 << Self::AS_OF_BITS) - 1),
        )
    }

    /// The origin looked at `as_of`, and there is no such item: `None`, a 404.
    #[must_use]
    pub const fn nothing(as_of: Nanos, variant: u16) -> Self {
        Self(Self::data(as_of, variant).0 | Self::NOTHING)
    }

    /// Whether it says that there is no such item.
    #[must_use]
    pub const fn is_nothing(self) -> bool {
        self.0 & Self::NOTHING != 0
    }

    /// A lock's token or a counter.
    #[must_use]
    pub const fn token(bits: u64) -> Self {
        Self(bits)
    }

    /// The bits, as a backend stores them.
    #[must_use]
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// When the origin read the data, for a value made by [`Value::data`].
    #[must_use]
    pub const fn as_of(self) -> Nanos {
        Nanos::from_micros(self.0 & ((1 << Self::AS_OF_BITS) - 1))
    }

    /// Whom the data was computed for, for a value made by [`Value::data`].
    #[must_use]
    pub const fn variant(self) -> u16 {
        (self.0 >> Self::VARIANT_SHIFT) as u16
    }
}

/// What lies under a key.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// The value.
    pub value: Value,
    /// The entry's own logical expiry; a backend may keep it longer.
    pub fresh_until: Nanos,
    /// What its compute cost, for strategies that weigh it.
    pub delta: Nanos,
}

impl Entry {
    /// A lock: a token, and nothing else to remember.
    #[must_use]
    pub const fn token(bits: u64) -> Self {
        Self { value: Value::token(bits), fresh_until: Nanos::FOREVER, delta: Nanos::ZERO }
    }

    /// This entry served from the cache at `now`: fresh, or stale if past its own expiry.
    #[must_use]
    pub fn served(self, now: Nanos) -> Served {
        if now < self.fresh_until { Served::Fresh(self.value) } else { Served::Stale(self.value) }
    }
}

/// How long a backend keeps an entry.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Ttl(Nanos);

impl Ttl {
    /// Until it is deleted or evicted.
    pub const FOREVER: Self = Self(Nanos::FOREVER);

    /// For `span` from the write.
    #[must_use]
    pub const fn after(span: Nanos) -> Self {
        Self(span)
    }

    /// For `span` from the write; zero is for ever, as locks have it that need not end.
    #[must_use]
    pub fn limit(span: Nanos) -> Self {
        if span == Nanos::ZERO { Self::FOREVER } else { Self::after(span) }
    }

    /// The span, or `None` for ever.
    #[must_use]
    pub fn span(self) -> Option<Nanos> {
        (self.0 != Nanos::FOREVER).then_some(self.0)
    }

    /// The instant of expiry of a write at `now`; [`Nanos::FOREVER`] if there is none.
    #[must_use]
    pub fn expiry(self, now: Nanos) -> Nanos {
        now + self.0
    }
}

/// What a meta read asks for beside the value.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Terms {
    /// An absent key gets an empty stub that lives this long, and who made it should compute (flag N).
    pub vivify: Ttl,
    /// The first reader of an entry that has less left than this should compute (flag R).
    pub recache: Nanos,
}

/// What a meta read found.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// The live entry; nothing for a stub, which somebody is about to fill.
    pub entry: Option<Entry>,
    /// Whether this reader should compute: he was the first to see that somebody must (flag W).
    pub won: bool,
    /// Whether the entry was marked as stale (flag X).
    pub stale: bool,
}

/// How a request was answered.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Served {
    /// From the cache, within its logical expiry.
    Fresh(Value),
    /// From the cache, past the entry's own logical expiry.
    Stale(Value),
    /// By another's compute.
    Waited(Value),
    /// By the request's own origin call.
    Computed(Value),
}

impl Served {
    /// The value served.
    #[must_use]
    pub const fn value(self) -> Value {
        match self {
            Self::Fresh(v) | Self::Stale(v) | Self::Waited(v) | Self::Computed(v) => v,
        }
    }
}

impl Failure {
    /// Whether a client that hears of it may ask again.
    #[must_use]
    pub const fn may_pass(self) -> bool {
        !matches!(self, Self::Panic | Self::Spin | Self::Stuck)
    }
}

/// Why a request was not answered.
#[derive(
    Copy,
    Clone,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Debug,
    thiserror::Error,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Failure {
    /// The cache failed and the scenario says that this fails the request.
    #[error("the cache failed")]
    Cache,
    /// The origin answered with an error.
    #[error("the origin failed")]
    Origin,
    /// The client's patience, or a strategy's own limit, ran out.
    #[error("timed out")]
    Timeout,
    /// The origin refused the call, or a circuit breaker before it.
    #[error("shed by the origin")]
    Shed,
    /// The leader that was followed went away, and this follower would not lead.
    #[error("the leader was lost")]
    Lost,
    /// The strategy panicked. Made by the world.
    #[error("the strategy panicked")]
    Panic,
    /// The strategy looped without letting time pass. Made by the world.
    #[error("the strategy let no time pass")]
    Spin,
    /// The strategy waits for something that never comes. Made by the world.
    #[error("the strategy waits for something that never comes")]
    Stuck,
}
