//! Cache strategies: one file each, one readable async function each.
//!
//! To add one: write its file (docs with the source, the parameters, the function, its tests) and add one line to
//! the list at the end of this file. Scenarios, `check`, `list` and both clocks then know it.

mod get_many;
mod get_or_set;
mod lock;
mod memcached_meta;
mod parameter;
mod single_flight;
mod stale_while_revalidate;
mod ttl;
mod versioned;
mod xfetch;
mod xfetch_article;
mod xfetch_lock;

use crate::key::Item;
use crate::time::Nanos;
use crate::world::{Failure, Served, Task, World};

pub use get_many::GetMany;
pub use get_or_set::GetOrSet;
pub use lock::Lock;
pub use memcached_meta::MemcachedMeta;
pub use parameter::{Parameter, Slot};
pub use single_flight::SingleFlight;
pub use stale_while_revalidate::StaleWhileRevalidate;
pub use ttl::TtlOnly;
pub use versioned::Versioned;
pub use xfetch::XFetch;
pub use xfetch_article::XFetchArticle;
pub use xfetch_lock::XFetchLock;

/// What a request does to get its item.
#[expect(async_fn_in_trait, reason = "no Send bound on purpose: every world is single-threaded")]
pub trait Strategy: 'static {
    /// Answers one request for `item`.
    async fn serve<W: World>(&self, w: &W, item: Item) -> Result<Served, Failure>;

    /// The second entry point: work that [`World::later`] runs behind a request.
    async fn behind<W: World>(&self, _: &W, _: Task<W::Promise>) {}

    /// Answers a request for several items; the answers come in their order. One after another, unless a strategy knows
    /// better.
    async fn serve_page<W: World>(&self, w: &W, items: &[Item]) -> Result<Vec<Served>, Failure> {
        let mut served = Vec::with_capacity(items.len());
        for item in items {
            served.push(self.serve(w, *item).await?);
        }
        Ok(served)
    }

    /// The application updated `item` and deletes what is cached of it.
    async fn delete<W: World>(&self, w: &W, item: Item) -> Result<(), Failure> {
        w.delete(item.key()).await?;
        Ok(())
    }

    /// The application updated `item` and raises the version that is part of its key. Does nothing for a strategy whose
    /// keys have none: see [`Strategy::versioned`].
    async fn bump<W: World>(&self, _: &W, _: Item) -> Result<(), Failure> {
        Ok(())
    }

    /// Whether keys have a version that [`Strategy::bump`] raises.
    fn versioned(&self) -> bool {
        false
    }

    /// Whether it needs a cache with meta commands: memcached, and the model's caches.
    fn needs_meta(&self) -> bool {
        false
    }

    /// Every parameter of the strategy, to be read, set and described by name.
    fn parameters(&mut self) -> Vec<Parameter<'_>>;

    /// How long an entry is fresh.
    fn ttl(&self) -> Nanos;

    /// How much longer than [`Strategy::ttl`] the backend keeps an entry.
    fn grace(&self) -> Nanos {
        Nanos::ZERO
    }
}

/// Work to be done with a strategy of a type that is not known until run time.
pub trait Visitor {
    /// What comes of it.
    type Output;
    /// Called with the concrete strategy, so that everything behind is compiled for it.
    fn visit<S: Strategy + Clone>(self, strategy: &S) -> Self::Output;
}

/// What `list` says of a strategy.
#[derive(Copy, Clone, Debug)]
pub struct About {
    /// The name scenarios use.
    pub name: &'static str,
    /// One line: what it does.
    pub line: &'static str,
    /// Where it comes from.
    pub source: &'static str,
}

macro_rules! strategies {
    ($($name:literal $variant:ident($type:ty) = $make:expr, $line:literal, $source:literal;)*) => {
        /// Any strategy of the list, with its parameters.
        #[derive(Clone, Debug)]
        pub enum AnyStrategy {
            $(#[doc = $line] $variant($type),)*
        }

        impl AnyStrategy {
            /// Every strategy there is.
            pub const ALL: &[About] = &[$(About { name: $name, line: $line, source: $source },)*];

            /// The strategy of that name with its defaults.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant($make)),)*
                    _ => None,
                }
            }

            /// The name scenarios use.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$variant(_) => $name,)* }
            }

            /// Every parameter, to be read, set and described by name.
            pub fn parameters(&mut self) -> Vec<Parameter<'_>> {
                match self { $(Self::$variant(s) => s.parameters(),)* }
            }

            /// How long an entry is fresh.
            #[must_use]
            pub fn ttl(&self) -> Nanos {
                match self { $(Self::$variant(s) => s.ttl(),)* }
            }

            /// Whether its keys have a version that an update can raise.
            #[must_use]
            pub fn versioned(&self) -> bool {
                match self { $(Self::$variant(s) => s.versioned(),)* }
            }

            /// Whether it needs a cache with meta commands.
            #[must_use]
            pub fn needs_meta(&self) -> bool {
                match self { $(Self::$variant(s) => s.needs_meta(),)* }
            }

            /// Hands the concrete strategy to `visitor`.
            pub fn visit<V: Visitor>(&self, visitor: V) -> V::Output {
                match self { $(Self::$variant(s) => visitor.visit(s),)* }
            }
        }
    };
}

// The list. Each line: name, variant(type) = defaults, what it does, where it comes from.
strategies! {
    "ttl" Ttl(TtlOnly) = TtlOnly::default(),
        "read, else compute and store; nothing protects the origin", "the article, \"TTL-only\"";
    "get-or-set" GetOrSet(GetOrSet) = GetOrSet::default(),
        "every reader that misses computes; the first to store wins, and the others return its value", "Django's BaseCache.get_or_set";
    "get-many" GetMany(GetMany) = GetMany::default(),
        "the items of a page in one round trip each way; single items as ttl", "Django's get_many and set_many";
    "versioned" Versioned(Versioned) = Versioned::default(),
        "a counter in the cache is part of the key; raising it hides every entry under it", "the article, \"Versioned keys\"";
    "lock" Lock(Lock) = Lock::default(),
        "one lock holder recomputes; the others wait and retry until they have the value", "redis-py's Lock: token, release by comparison";
    "lock-article" LockArticle(Lock) = Lock::article(),
        "the article's lock: no token, no second look, waiters give up after 2 s", "the article, get_or_compute_locked";
    "memcached-meta" MemcachedMeta(MemcachedMeta) = MemcachedMeta::default(),
        "the cache itself says who computes: on a miss, shortly before the expiry, and after an invalidation", "memcached's meta commands, doc/protocol.txt";
    "xfetch" XFetch(XFetch) = XFetch::default(),
        "each reader may refresh early, the likelier the nearer the expiry", "Vattani, Chierichetti, Lowenstein, PVLDB 8(8), 2015";
    "xfetch-article" XFetchArticle(XFetchArticle) = XFetchArticle::default(),
        "the article's XFetch, its sign reversed: it never refreshes early", "the article, xfetch";
    "xfetch-lock" XFetchLock(XFetchLock) = XFetchLock::default(),
        "as xfetch, but only a lock's holder refreshes; who finds it held serves the value he has", "the Internet Archive's harness, RedisConf 2017";
    "single-flight" SingleFlight(SingleFlight) = SingleFlight::default(),
        "one compute per process and item; the others wait for it", "golang.org/x/sync/singleflight";
    "stale-while-revalidate" StaleWhileRevalidate(StaleWhileRevalidate) = StaleWhileRevalidate::default(),
        "an expired value is served at once while one refresh runs behind", "RFC 5861, section 3";
}
