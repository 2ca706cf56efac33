//! Real caches, one module each: what a core does with one ([`Backend`]) and what a run does with it ([`Store`]).

mod codec;
mod endpoint;
mod links;
pub(crate) mod memcached;
pub(crate) mod memory;
pub(crate) mod redis;
pub(crate) mod tls;
mod wire;

use std::collections::BTreeMap;

use herdlab_sim::key::Key;
use herdlab_sim::plan::{Cache, Capacity, Eviction};
use herdlab_sim::time::Nanos;
use herdlab_sim::world::{Entry, Found, Terms, Ttl, Value};

use crate::background::Background;
use crate::error::RunError;
use crate::server::Program;
use crate::settings::Settings;
use crate::target::Address;
use crate::timer::Timer;

pub(crate) use endpoint::{Duplex, Endpoint};
pub(crate) use links::Waits;

/// One core's clients of a cache. The semantics of each operation are [`World`](herdlab_sim::world::World)'s.
///
/// An operation that was sent is finished though its caller leaves: a write takes effect, and the counts are those of
/// the server.
pub(crate) trait Backend: 'static {
    /// What this process sees of it. Only of a cache that each process has for itself is that not all of it.
    fn of(&self, process: u32) -> &Self {
        let _ = process;
        self
    }

    async fn get(&self, key: Key) -> Result<Option<Entry>, BackendError>;
    async fn set(&self, key: Key, entry: Entry, ttl: Ttl) -> Result<(), BackendError>;
    async fn add(&self, key: Key, entry: Entry, ttl: Ttl) -> Result<bool, BackendError>;
    async fn delete(&self, key: Key) -> Result<bool, BackendError>;
    async fn delete_if(&self, key: Key, mine: Value) -> Result<bool, BackendError>;
    async fn incr(&self, key: Key) -> Result<Option<u64>, BackendError>;
    async fn touch(&self, key: Key, ttl: Ttl) -> Result<bool, BackendError>;
    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Entry>>, BackendError>;
    async fn set_many(&self, entries: &[(Key, Entry)], ttl: Ttl) -> Result<(), BackendError>;

    /// A read that says who should compute. Only a cache with meta commands has it; a lane that needs them is refused
    /// on any other before it begins.
    async fn meta_get(&self, _: Key, _: Terms) -> Result<Found, BackendError> {
        Err(BackendError::Refused)
    }

    /// Marks a live entry as stale: a meta command, as [`Backend::meta_get`].
    async fn mark_stale(&self, _: Key, _: Ttl) -> Result<bool, BackendError> {
        Err(BackendError::Refused)
    }

    /// From now on operations go over the connection of that number, one behind the other: a pipeline; or over any.
    fn hold(&self, _: Option<usize>) {}

    /// Refuses everything from now on, and resolves when all that was sent before has taken effect.
    async fn settle(&self);
    /// What was sent so far.
    fn sent(&self) -> Sent;
}

/// What a run does with a cache, beside its requests. These calls block; they come from the thread that conducts the
/// run.
pub(crate) trait Store: Sync + Sized + 'static {
    /// Its name, which is also how its URLs begin.
    const NAME: &'static str;
    /// How its URLs are written.
    const URLS: &'static [&'static str];
    /// Its server, if we can start one.
    const PROGRAM: Option<Program>;
    /// Whether it has [`Backend::meta_get`] and [`Backend::mark_stale`].
    const HAS_META: bool = false;

    type Backend: Backend;

    /// Looks whether the server answers and suits the run.
    ///
    /// # Errors
    /// [`RunError::Unreachable`] if it does not answer, [`RunError::Backend`] if it answers with an error,
    /// [`RunError::Unsuited`] if it cannot do what the lane needs.
    fn open(opening: &Opening<'_>) -> Result<Self, RunError>;

    /// How many caches it is: one for all, or one for each process.
    fn caches(&self) -> u32 {
        1
    }

    /// Where its server listens; nothing if it has none.
    fn endpoint(&self) -> Option<Endpoint> {
        None
    }

    /// From now on requests go there instead: to a proxy in front of the server.
    fn lead_through(&mut self, proxy: Endpoint) {
        let _ = proxy;
    }

    /// A core's clients. Called on the core's runtime.
    async fn connect(
        &self,
        timer: &Timer,
        background: &Background,
    ) -> Result<Self::Backend, RunError>;
    /// Stores these entries in the `nth` cache.
    fn preload(
        &self,
        nth: u32,
        entries: &mut dyn Iterator<Item = (Key, Entry, Ttl)>,
    ) -> Result<(), RunError>;
    /// Removes an item's entry.
    fn expire(&self, key: Key) -> Result<(), RunError>;
    /// Removes everything that this run ever stored, and nothing else.
    fn clear(&self) -> Result<(), RunError>;
    /// Empties the cache, as far as that is ours to do: by the server's own command if it is our server, or its owner
    /// allows it; else as [`Store::clear`].
    fn flush(&self) -> Result<(), RunError> {
        self.clear()
    }
    /// Gives the cache the scenario's capacity and eviction if they are ours to set; otherwise why the server's own rule.
    fn limit(
        &self,
        capacity: Option<Capacity>,
        eviction: Eviction,
    ) -> Result<Option<String>, RunError>;
    /// Entries that the server has evicted since it was started, also other people's.
    fn evicted(&self) -> Result<u64, RunError>;
    /// Commands that the server says it has carried out since it was started, also other people's; `None` if it does
    /// not say.
    fn served(&self) -> Result<Option<u64>, RunError> {
        Ok(None)
    }
    /// The server's name and version.
    fn version(&self) -> &str;
}

/// What a store needs to know of a run before it begins.
pub(crate) struct Opening<'a> {
    pub(crate) address: &'a Address,
    pub(crate) settings: &'a Settings,
    /// What all keys of the run begin with.
    pub(crate) prefix: String,
    pub(crate) cache: &'a Cache,
    /// How many different values there can be.
    pub(crate) entries: u32,
    pub(crate) processes: u32,
    /// How long the lane's strategy has its values kept.
    pub(crate) kept: Nanos,
}

/// What a core's clients sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sent {
    /// Commands by name, as the server counts them.
    pub(crate) commands: BTreeMap<String, u64>,
    /// Connections kept.
    pub(crate) connections: u32,
    /// Connections that were lost and made anew.
    pub(crate) reconnects: u64,
    /// How long operations waited for a connection, if they have one to themselves.
    pub(crate) waits: Option<Waits>,
}

impl Sent {
    pub(crate) fn merge(&mut self, other: Self) {
        for (name, count) in other.commands {
            *self.commands.entry(name).or_default() += count;
        }
        self.connections += other.connections;
        self.reconnects += other.reconnects;
        if let Some(waits) = other.waits {
            self.waits.get_or_insert_default().merge(&waits);
        }
    }
}

/// Why a cache operation failed.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum BackendError {
    /// There is no connection at the moment; nothing was sent.
    Down,
    /// All connections were taken for as long as an operation waits; nothing was sent.
    NoConnection,
    /// The connection was lost on the way.
    Lost,
    /// The server answered with an error, or with something that we never wrote.
    Refused,
    /// No answer within the operation's time; a write may still take effect.
    Timeout,
}
