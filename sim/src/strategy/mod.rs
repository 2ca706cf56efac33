//! Cache strategies: one file each, one readable async function each.
//!
//! To add one: write its file (docs with the source, the parameters, the function, its tests) and add one line to
//! the list at the end of this file. Scenarios, `check`, `list` and both clocks then know it.

mod caffeine_refresh;
mod cashews_early;
mod cashews_soft;
mod django_redis_herd;
mod dogpile;
mod fusion_cache;
mod get_many;
mod get_or_set;
mod laravel_flexible;
mod lease;
mod lock;
mod memcached_meta;
mod moka;
mod nginx;
mod parameter;
mod rails;
mod refresh_ahead;
mod single_flight;
mod stale_if_error;
mod stale_while_revalidate;
mod symfony;
mod ttl;
mod varnish_grace;
mod versioned;
mod xfetch;
mod xfetch_article;
mod xfetch_lock;

use crate::key::Item;
use crate::time::Nanos;
use crate::world::{Failure, Served, Task, World};

pub use caffeine_refresh::CaffeineRefresh;
pub use cashews_early::CashewsEarly;
pub use cashews_soft::CashewsSoft;
pub use django_redis_herd::DjangoRedisHerd;
pub use dogpile::Dogpile;
pub use fusion_cache::FusionCache;
pub use get_many::GetMany;
pub use get_or_set::GetOrSet;
pub use laravel_flexible::LaravelFlexible;
pub use lease::Lease;
pub use lock::Lock;
pub use memcached_meta::MemcachedMeta;
pub use moka::Moka;
pub use nginx::Nginx;
pub use parameter::{Parameter, Setpoint, Slot};
pub use rails::Rails;
pub use refresh_ahead::RefreshAhead;
pub use single_flight::SingleFlight;
pub use stale_if_error::StaleIfError;
pub use stale_while_revalidate::StaleWhileRevalidate;
pub use symfony::Symfony;
pub use ttl::TtlOnly;
pub use varnish_grace::VarnishGrace;
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

    /// A job of its own that the application runs beside its requests, if it has one.
    fn job(&self) -> Option<Job> {
        None
    }

    /// What that job does about one item.
    async fn work<W: World>(&self, _: &W, _: Item) {}

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

/// The strategy with a parameter changed; nothing if it has none of that name and kind.
#[must_use]
pub fn renewed<S: Strategy + Clone>(strategy: &S, parameter: &str, value: Setpoint) -> Option<S> {
    let mut renewed = strategy.clone();
    let found = renewed.parameters().into_iter().find(|found| found.name == parameter);
    found?.set(value).then_some(renewed)
}

/// A job that runs over and over: a cron entry.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Job {
    /// From the beginning of one run to the next; the first is that long after the start.
    pub every: Nanos,
    /// It is about so many of the most popular items, one after another.
    pub items: u32,
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

            /// What a parameter is now; nothing if there is none of that name.
            #[must_use]
            pub fn parameter(&self, name: &str) -> Option<Setpoint> {
                let mut strategy = self.clone();
                let found = strategy.parameters().into_iter().find(|found| found.name == name)?;
                Some(match found.slot {
                    Slot::Span(span) => Setpoint::Span(*span),
                    Slot::Number(number) => Setpoint::Number(*number),
                    Slot::Count(count) => Setpoint::Count(*count),
                    Slot::Switch(switch) => Setpoint::Switch(*switch),
                })
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
    "stale-if-error" StaleIfError(StaleIfError) = StaleIfError::default(),
        "an expired value stands in for a compute that failed", "RFC 5861, section 4";
    "refresh-ahead" RefreshAhead(RefreshAhead) = RefreshAhead::default(),
        "a job of its own recomputes the most popular items before they expire; all others as ttl", "cron, Celery beat";
    "lease" Lease(Lease) = Lease::default(),
        "one reader in 10 s may compute and store, and an update takes that from him; the others ask again", "Nishtala et al., Scaling Memcache at Facebook, NSDI 2013";
    "dogpile" Dogpile(Dogpile) = Dogpile::default(),
        "who gets the mutex recomputes an expired value, the others have the old one; without a value all wait for the mutex", "dogpile.cache, dogpile/lock.py";
    "django-redis-herd" DjangoRedisHerd(DjangoRedisHerd) = DjangoRedisHerd::default(),
        "an expired value is served or taken for gone, as each reader's dice say", "django-redis, client/herd.py";
    "cashews-early" CashewsEarly(CashewsEarly) = CashewsEarly::default(),
        "from a third of its ttl on, the holder of a lock refreshes a value behind its readers", "cashews, decorators/cache/early.py";
    "cashews-soft" CashewsSoft(CashewsSoft) = CashewsSoft::default(),
        "from a third of its ttl on, every reader computes a value anew, and has the old one if that fails", "cashews, decorators/cache/soft.py";
    "rails" Rails(Rails) = Rails::default(),
        "the first to find an entry expired makes it fresh again for a while, and computes", "Rails, active_support/cache.rb, race_condition_ttl";
    "symfony" Symfony(Symfony) = Symfony::default(),
        "xfetch behind a lock on one of each host's 25 files", "Symfony, Component/Cache/LockRegistry.php";
    "laravel-flexible" LaravelFlexible(LaravelFlexible) = LaravelFlexible::default(),
        "an expired value is served, and refreshed after the response under a lock that never ends", "Laravel, Illuminate/Cache/Repository.php, flexible";
    "fusion-cache" FusionCache(FusionCache) = FusionCache::default(),
        "coalesced and refreshed early; whoever has an old value waits little, and has it if the compute fails", "FusionCache, docs: EagerRefresh, FailSafe, Timeouts";
    "caffeine-refresh" CaffeineRefresh(CaffeineRefresh) = CaffeineRefresh::default(),
        "past half its ttl the first read refreshes a value behind it; one load per process", "Caffeine, refreshAfterWrite";
    "moka" Moka(Moka) = Moka::default(),
        "one init future per process and key, handed on if its caller is cancelled", "moka, future/value_initializer.rs";
    "nginx" Nginx(Nginx) = Nginx::default(),
        "one request fetches what is not there, the others look every 500 ms for 5 s; what is expired is served while it is updated", "nginx, ngx_http_file_cache.c";
    "varnish-grace" VarnishGrace(VarnishGrace) = VarnishGrace::default(),
        "an object in its grace is delivered while it is fetched; what is not there is fetched by one, the others wait", "Varnish, cache_hash.c";
}
