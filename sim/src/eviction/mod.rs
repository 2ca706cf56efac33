//! What goes when a cache is full: one policy a file.
//!
//! The same code serves the full simulator and a replay of traces at tens of millions of requests a second: slots are
//! small dense numbers, so a policy's memory is plain tables, and no key is hashed on the way.
//!
//! To add one: write its file and add a line to the list at the end of this one.

mod arc;
mod belady;
mod clock;
mod django;
mod fifo;
mod lfu;
mod list;
mod lru;
mod members;
mod memcached;
mod nearest;
mod none;
mod random;
mod redis;
mod s3_fifo;
mod s4lru;
mod segments;
mod sieve;
mod sketch;
mod two_q;
mod w_tiny_lfu;
mod weight;

#[cfg(test)]
mod naive;

use std::fmt::Debug;

use crate::time::Nanos;
use redis::Rule;

pub use arc::Arc;
pub use belady::Belady;
pub use clock::Clock;
pub use django::{Alphabet, Culled};
pub use fifo::Fifo;
pub use lfu::Lfu;
pub use lru::Lru;
pub use memcached::Memcached;
pub use nearest::Nearest;
pub use none::Never;
pub use random::Random;
pub use redis::Redis;
pub use s3_fifo::S3Fifo;
pub use s4lru::S4Lru;
pub use sieve::Sieve;
pub use two_q::TwoQ;
pub use w_tiny_lfu::WTinyLfu;
pub use weight::{Alike, Noted, Weights};

/// Knows the slots of a cache and which of them should go. Slots are small dense numbers that the cache gives out; as
/// long as none is given to another key, a policy may remember slots that it evicted.
///
/// For each request a cache calls [`Policy::touch`]; if the slot is not filled and is to be, [`Policy::evict`] until
/// there is room, and [`Policy::insert`].
pub trait Policy: Debug + Send {
    /// Slots below this number may come.
    fn reserve(&mut self, slots: usize);

    /// A slot was asked for, or overwritten: whether it is filled. If so, it was used just now.
    fn touch(&mut self, slot: u32, now: Nanos) -> bool;

    /// Empties a slot so that `coming` has room, and says which; `None` if nothing may go. [`NOBODY`] comes where room is
    /// made for its own sake.
    fn evict(&mut self, coming: u32, now: Nanos) -> Option<u32>;

    /// An empty slot was filled.
    fn insert(&mut self, slot: u32, entry: Filling);

    /// A filled slot was emptied by something else: its entry was deleted or had expired.
    fn remove(&mut self, slot: u32);

    /// A filled slot's entry expires at another time.
    fn renew(&mut self, _slot: u32, _expires: Nanos) {}

    /// Reads what is first needed of a slot, and changes nothing: done for many slots before their requests, the misses in
    /// memory overlap.
    #[inline(always)]
    fn warm(&self, _slot: u32) -> u32 {
        0
    }

    /// Whether anything is remembered of a slot: that it is filled, or what it was before it went. Of which nothing is may
    /// be another key's without being [forgotten](Self::forget). A policy that cannot tell remembers all.
    fn knows(&self, _slot: u32) -> bool {
        true
    }

    /// An empty slot will be another key's: what is remembered of it is not true any more.
    fn forget(&mut self, _slot: u32) {}

    /// A slot that the policy emptied unasked, to keep its parts in shape; call until there is none.
    #[inline(always)]
    fn surplus(&mut self) -> Option<u32> {
        None
    }

    /// How many entries go at once when one has to, if that is more than one by rule; a write that finds the cache full
    /// then makes them go even if it replaces an entry.
    #[inline(always)]
    fn culls(&self) -> Option<u64> {
        None
    }
}

/// No slot.
pub const NOBODY: u32 = u32::MAX;

/// What a policy is told of an entry that comes.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Filling {
    /// When it comes.
    pub now: Nanos,
    /// When it will have expired; [`Nanos::FOREVER`] if never.
    pub expires: Nanos,
    /// What it weighs, in the unit of the capacity.
    pub weight: u32,
}

impl Default for Filling {
    /// An entry that never expires, at the beginning.
    fn default() -> Self {
        Self { now: Nanos::ZERO, expires: Nanos::FOREVER, weight: 1 }
    }
}

/// How much fits into a cache.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Space {
    /// In entries or bytes.
    pub capacity: u64,
    /// About how many entries that is.
    pub entries: u64,
    /// Whether the capacity is in bytes.
    pub in_bytes: bool,
    /// Django's CULL_FREQUENCY: one entry in so many goes at a time, 0 is all.
    pub cull_frequency: u32,
}

impl Space {
    /// Room for so many entries.
    #[must_use]
    pub const fn entries(entries: u64) -> Self {
        Self { capacity: entries, entries, in_bytes: false, cull_frequency: 3 }
    }

    /// Room for so many bytes, an entry of which has about `each`.
    #[must_use]
    pub fn bytes(capacity: u64, each: u64) -> Self {
        let entries = (capacity / each.max(1)).max(1);
        Self { capacity, entries, in_bytes: true, cull_frequency: 3 }
    }

    /// A part of it, cut to the whole unit.
    fn share(&self, part: f64) -> u64 {
        (self.capacity as f64 * part) as u64
    }
}

/// Makes a table of bytes long enough for so many slots.
fn grow(table: &mut Vec<u8>, slots: usize) {
    if slots > table.len() {
        table.resize(slots, 0);
    }
}

/// Work to be done with a policy of a type that is not known until run time.
pub trait Visitor {
    /// What comes of it.
    type Output;
    /// Called with the concrete policy, so that everything behind is compiled for it.
    fn visit<P: Policy + 'static>(self, policy: P) -> Self::Output;
}

/// Boxes it.
struct Boxed;

impl Visitor for Boxed {
    type Output = Box<dyn Policy>;
    fn visit<P: Policy + 'static>(self, policy: P) -> Box<dyn Policy> {
        Box::new(policy)
    }
}

macro_rules! policies {
    ($($name:literal $variant:ident = $make:tt, $line:literal;)*) => {
        /// What goes when the cache is full.
        #[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
        pub enum Eviction {
            $(#[doc = $line] $variant,)*
        }

        impl Eviction {
            /// Every policy there is, in the order of the list.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name scenarios and commands use.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// One line: what goes.
            #[must_use]
            pub const fn line(self) -> &'static str {
                match self { $(Self::$variant => $line,)* }
            }

            /// The policy of that name.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|policy| policy.name() == name)
            }

            /// Hands the concrete policy, for a cache of that size, to `visitor`.
            pub fn visit<V: Visitor>(self, space: &Space, visitor: V) -> V::Output {
                match self { $(Self::$variant => policies!(@visit $make space visitor),)* }
            }

            /// Whether it is one of Redis' own.
            #[must_use]
            pub fn is_redis(self) -> bool {
                self.name().starts_with("redis-")
            }

            /// How much fits of what: Django's database culls when a write finds more than its limit.
            #[must_use]
            pub const fn room(self, capacity: u64) -> u64 {
                match self {
                    Self::DjangoDatabase => capacity + 1,
                    _ => capacity,
                }
            }

            /// The policy for a cache of that size, its type forgotten.
            #[must_use]
            pub fn policy(self, space: &Space) -> Box<dyn Policy> {
                self.visit(space, Boxed)
            }
        }
    };
    // A policy with parts that have limits of their own is compiled for entries and for bytes.
    (@visit [$type:ident] $space:ident $visitor:ident) => {
        if $space.in_bytes {
            $visitor.visit($type::<Noted>::new($space))
        } else {
            $visitor.visit($type::<Alike>::new($space))
        }
    };
    (@visit ($make:expr) $space:ident $visitor:ident) => {
        $visitor.visit($make($space))
    };
}

// The list. Each line: name, variant = how it is made from the space there is (in square brackets: compiled for entries
// and for bytes), what goes.
policies! {
    "lru" Lru = (Lru::new), "the entry that was used longest ago";
    "fifo" Fifo = (Fifo::new), "the entry that came first";
    "clock" Clock = (Clock::new), "the entry that came first and was not read since the clock's hand passed";
    "lfu" Lfu = (Lfu::new), "the entry that was used least often since it came";
    "sieve" Sieve = (Sieve::new), "the oldest entry that was not read since the hand passed; new ones are sifted fast";
    "arc" Arc = [Arc], "the oldest of those seen once or of those seen again, by which it regrets more";
    "2q" TwoQ = [TwoQ], "the oldest newcomer, unless it was asked for again after it went";
    "s4lru" S4Lru = [S4Lru], "the oldest of the lowest of four lists; each hit lifts an entry by one";
    "s3-fifo" S3Fifo = [S3Fifo], "the oldest of a small queue for newcomers, or of the main one";
    "w-tinylfu" WTinyLfu = [WTinyLfu], "the newcomer, unless it was asked for more often than whom it would replace";
    "random" Random = (Random::new), "any entry";
    "ttl" Ttl = (Nearest::new), "the entry that expires next";
    "none" None = (Never::new), "nothing: a full cache takes nothing in";
    "redis-lru" RedisLru = (|_| Redis::all_keys(Rule::Lru)), "Redis' allkeys-lru: of a few keys the one used longest ago";
    "redis-lfu" RedisLfu = (|_| Redis::all_keys(Rule::Lfu)), "Redis' allkeys-lfu: of a few keys the one used least often";
    "redis-random" RedisRandom = (|_| Redis::all_keys(Rule::Random)), "Redis' allkeys-random: any key";
    "redis-volatile-lru" RedisVolatileLru = (|_| Redis::volatile(Rule::Lru)), "redis-lru among the keys that expire";
    "redis-volatile-lfu" RedisVolatileLfu = (|_| Redis::volatile(Rule::Lfu)), "redis-lfu among the keys that expire";
    "redis-volatile-random" RedisVolatileRandom = (|_| Redis::volatile(Rule::Random)), "any key that expires";
    "redis-volatile-ttl" RedisVolatileTtl = (|_| Redis::volatile(Rule::Ttl)), "of a few keys the one that expires next";
    "memcached" Memcached = [Memcached], "memcached's segmented LRU: the oldest that is cold";
    "django-locmem" DjangoLocMem = (|space: &Space| Culled::new(Lru::new(space), space.cull_frequency)),
        "Django's locmem: a third at a time, what was used longest ago";
    "django-file" DjangoFile = (|space: &Space| Culled::new(Random::new(space), space.cull_frequency)),
        "Django's file cache: a third at a time, any";
    "django-database" DjangoDatabase = (|space: &Space| Culled::new(Alphabet::default(), space.cull_frequency)),
        "Django's database cache: what has expired, then a third at a time, the first in the alphabet";
}
