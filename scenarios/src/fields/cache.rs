//! `[cache]` and `[data]`: whose semantics, how much fits, how long it takes, what an entry weighs.

use herdlab_sim::law::Law;
use herdlab_sim::plan::{Cache, Capacity, Eviction, OnError, Warm};
use herdlab_sim::time::Nanos;
use serde_json::json;

use super::traffic::show_rate;
use crate::section::{Section, Wrong, or_word, positive_span, with_unit};
use crate::tree::Node;
use crate::units;

/// The two sections, read.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Cached {
    pub(crate) cache: Cache,
    /// How long entries are fresh.
    pub(crate) ttl: Nanos,
    /// Updates a second at the origin.
    pub(crate) writes: f64,
}

pub(crate) fn cache(cache: Section<'_>, data: Section<'_>) -> Cached {
    cache.choice(
        "backend",
        "whose semantics",
        "memory",
        &[("memory", "memory"), ("redis", "redis")],
    );
    let ttl = cache.field(
        "ttl",
        "how long an entry is fresh, unless a strategy says otherwise",
        Nanos::from_secs(60),
        |ttl| json!(ttl.to_string()),
        positive_span,
    );
    let read = Cache {
        warm: cache.choice(
            "warm",
            "what is in it when the run begins",
            Warm::Cold,
            &[("cold", Warm::Cold), ("stationary", Warm::Stationary), ("full", Warm::Full)],
        ),
        capacity: capacity(&cache),
        eviction: cache.choice(
            "eviction",
            "what goes when it is full",
            Eviction::Lru,
            &[("lru", Eviction::Lru)],
        ),
        latency: cache.law(
            "latency",
            "a round trip, of the model",
            Law::Constant(Nanos::from_micros(300)),
        ),
        timeout: cache.span_or_none("timeout", "a round trip that takes longer fails"),
        on_error: cache.choice(
            "on_error",
            "what a cache failure does to a request: the origin answers, or it fails",
            OnError::Origin,
            &[("origin", OnError::Origin), ("fail", OnError::Fail)],
        ),
        value_size: data.field(
            "value_size",
            "bytes of a value",
            2_048,
            |size| json!(units::size_text(u64::from(*size))),
            value_size,
        ),
        ..Cache::default()
    };
    let about =
        "updates a second at the origin, of items by their popularity; they invalidate nothing";
    let writes = data.field("writes", about, 0.0, show_rate, read_writes);
    cache.finish();
    data.finish();
    Cached { cache: read, ttl, writes }
}

/// `capacity = "64MiB"` or `entries = 300`. Where the file says one and a flag the other, the flag decides.
fn capacity(cache: &Section<'_>) -> Option<Capacity> {
    let (by_size, by_count) = (cache.entry("capacity"), cache.entry("entries"));
    if by_count.is_none() || cache.outranks("capacity", "entries") {
        return bytes(cache).map(Capacity::Bytes);
    }
    if let Some(entry) = by_size.filter(|_| !cache.outranks("entries", "capacity")) {
        let what = "cache.capacity and cache.entries exclude each other";
        let hint = Some("say how much fits in bytes or in entries".to_owned());
        cache.reading.fault(Some(entry.place.clone()), what, "beside entries", hint);
    }
    Some(Capacity::Entries(cache.count("entries", "how many entries fit", 1, 1, u32::MAX)))
}

fn bytes(cache: &Section<'_>) -> Option<u64> {
    let show =
        |size: &Option<u64>| json!(size.map_or_else(|| "unlimited".to_owned(), units::size_text));
    cache.field("capacity", "how many bytes fit", None, show, |node| {
        or_word(node, "unlimited", size)
    })
}

fn size(node: &Node) -> Result<u64, Wrong> {
    match with_unit(node, units::size, "a size, such as \"64MiB\"")? {
        0 => Err(Wrong::new("must be more than nothing").at(node)),
        bytes => Ok(bytes),
    }
}

fn read_writes(node: &Node) -> Result<f64, Wrong> {
    let rate = with_unit(node, units::rate, "a rate, such as \"5/s\"")?;
    if rate <= 1e9 { Ok(rate) } else { Err(Wrong::new("must be at most 1e9 a second").at(node)) }
}

fn value_size(node: &Node) -> Result<u32, Wrong> {
    let bytes = size(node)?;
    u32::try_from(bytes)
        .ok()
        .filter(|bytes| *bytes <= 512 << 20)
        .ok_or_else(|| Wrong::new("is more than 512MiB, the largest value Redis takes").at(node))
}
