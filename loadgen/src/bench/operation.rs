//! What is asked of a cache, one request each.

use herdlab_sim::key::{Item, Key};
use herdlab_sim::time::Nanos;
use herdlab_sim::world::{Entry, Ttl, Value};
use serde::Serialize;

use crate::backend::{Backend, BackendError};

/// Everything that is stored goes by itself after a day, should we be killed before we can delete it.
pub(super) const KEPT: Ttl = Ttl::after(Nanos::from_secs(86_400));
/// A lock's own limit.
const LOCKED: Ttl = Ttl::after(Nanos::from_secs(10));
/// Values have a logical expiry, as a strategy's have: with none, they would be stored as bare tokens.
const FRESH: Nanos = Nanos::from_secs(86_400);

/// What no item has.
const FOREIGN: Value = Value::token(u64::MAX);

/// An operation of a cache.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// Read one value.
    Get,
    /// Store one value.
    Set,
    /// Store one value unless there is one.
    Add,
    /// Count one up.
    Incr,
    /// Read several values at once.
    GetMany,
    /// Take a lock and release it, only if it is still ours: two operations.
    Lock,
    /// Remove one value.
    Delete,
    /// Remove one value if it is ours, which it is not: on Redis a Lua script, on memcached a read.
    DeleteIf,
}

impl Op {
    /// All there are.
    pub const ALL: [Self; 8] = [
        Self::Get,
        Self::Set,
        Self::Add,
        Self::Incr,
        Self::GetMany,
        Self::Lock,
        Self::Delete,
        Self::DeleteIf,
    ];

    /// As a flag and a record name it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Set => "set",
            Self::Add => "add",
            Self::Incr => "incr",
            Self::GetMany => "get_many",
            Self::Lock => "lock",
            Self::Delete => "delete",
            Self::DeleteIf => "delete_if",
        }
    }
}

/// One request's operation, drawn.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Asked {
    pub(super) op: Op,
    pub(super) item: Item,
    /// Whether the item was preloaded.
    pub(super) present: bool,
    /// Of a `get_many`, the other items.
    pub(super) more: Vec<Item>,
    /// A lock's token.
    pub(super) token: u64,
}

/// What reads found.
#[derive(Copy, Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Reads {
    pub(super) hits: u64,
    pub(super) misses: u64,
}

impl Reads {
    pub(super) const fn merge(&mut self, other: Self) {
        self.hits += other.hits;
        self.misses += other.misses;
    }
}

/// The item's value, which tells whose it is.
pub(super) fn value(item: Item) -> Entry {
    Entry { value: Value::token(u64::from(item.0)), fresh_until: FRESH, delta: Nanos::ZERO }
}

/// Where a write goes. One about an item that is to be missed goes to a key that nobody reads, so that misses stay
/// misses; so do `add` and `delete`, so that hits stay hits.
const fn written(asked: &Asked) -> Key {
    if asked.present && matches!(asked.op, Op::Set) {
        asked.item.key()
    } else {
        asked.item.at_version(2)
    }
}

/// Carries it out; what reads found. The most frequent one stays small without the others, which are boxed: a pipeline
/// holds thousands of them.
pub(super) async fn carry_out<B: Backend>(
    backend: &B,
    asked: &Asked,
) -> Result<Reads, BackendError> {
    match asked.op {
        Op::Get => get(backend, asked.item).await,
        Op::GetMany => Box::pin(get_many(backend, asked)).await,
        Op::Lock => Box::pin(lock(backend, asked)).await,
        Op::Set | Op::Add | Op::Delete | Op::DeleteIf | Op::Incr => {
            Box::pin(write(backend, asked)).await
        }
    }
}

async fn get<B: Backend>(backend: &B, item: Item) -> Result<Reads, BackendError> {
    looked(item, backend.get(item.key()).await?)
}

async fn write<B: Backend>(backend: &B, asked: &Asked) -> Result<Reads, BackendError> {
    let (item, key) = (asked.item, written(asked));
    match asked.op {
        Op::Add => _ = backend.add(key, value(item), KEPT).await?,
        Op::Delete => _ = backend.delete(key).await?,
        Op::DeleteIf => _ = backend.delete_if(item.key(), FOREIGN).await?,
        Op::Incr => _ = backend.incr(item.version()).await?,
        _ => backend.set(key, value(item), KEPT).await?,
    }
    Ok(Reads::default())
}

async fn lock<B: Backend>(backend: &B, asked: &Asked) -> Result<Reads, BackendError> {
    let (key, token) = (asked.item.lock(), Entry::token(asked.token));
    if backend.add(key, token, LOCKED).await? {
        backend.delete_if(key, token.value).await?;
    }
    Ok(Reads::default())
}

async fn get_many<B: Backend>(backend: &B, asked: &Asked) -> Result<Reads, BackendError> {
    let items = || asked.more.iter().chain([&asked.item]);
    let keys: Vec<Key> = items().map(|item| item.key()).collect();
    let found = backend.get_many(&keys).await?;
    let mut reads = Reads::default();
    for (item, entry) in items().zip(found) {
        reads.merge(looked(*item, entry)?);
    }
    Ok(reads)
}

/// A hit or a miss; another item's value is neither.
fn looked(item: Item, entry: Option<Entry>) -> Result<Reads, BackendError> {
    match entry {
        None => Ok(Reads { hits: 0, misses: 1 }),
        Some(entry) if entry.value == value(item).value => Ok(Reads { hits: 1, misses: 0 }),
        Some(_) => Err(BackendError::Refused),
    }
}
