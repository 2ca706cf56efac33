//! `[cache]`: whose semantics, how much fits, how long it takes.

use herdlab_sim::law::Law;
use herdlab_sim::plan::{Backend, Cache, Capacity, Eviction, Expiry, LocMem, OnError, Warm};
use herdlab_sim::time::Nanos;
use serde_json::json;

use super::site::{SiteField, no_site, site};
use crate::fault::Place;
use crate::kind::Kind;
use crate::section::{Section, show_span};
use crate::tree::{Table, Value};
use crate::units;
use crate::values::{or_word, positive_span, size};

/// What `cache.backend` may be.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Named {
    Memory,
    Redis,
    Memcached,
    LocMem,
    Http,
}

const BACKENDS: &[(&str, Named)] = &[
    ("memory", Named::Memory),
    ("redis", Named::Redis),
    ("memcached", Named::Memcached),
    ("locmem", Named::LocMem),
    ("http", Named::Http),
];
/// The largest value that a memcached takes unless it was started with another -I: an item of 1 MiB, less its key and
/// header.
const MEMCACHED_VALUE: u32 = (1 << 20) - 512;

/// Which kinds of cache a scenario has: the run's own, and those that lanes say.
#[derive(Copy, Clone, Debug)]
struct Has {
    shared: bool,
    locmem: bool,
}

/// The section, read, how long entries are fresh, and the site if the cache is one's. `lanes` may say a backend of their
/// own, which has limits here.
pub(crate) fn cache(
    section: Section<'_>,
    value_size: u32,
    lanes: &[(&Table, &Place)],
) -> (Cache, Nanos, Option<SiteField>) {
    let about = "whose semantics: memory and redis are one for all processes, memcached is too but keeps whole seconds, locmem is Django's, one in each, http is a site's own (herdlab load)";
    let named = section.choice("backend", about, Named::Memory, BACKENDS);
    let backend = match named {
        Named::Memory | Named::Redis | Named::Http => Backend::Shared,
        Named::Memcached => Backend::Memcached,
        Named::LocMem => Backend::LocMem,
    };
    if backend == Backend::Memcached && value_size > MEMCACHED_VALUE {
        let what = "a memcached takes no value of more than 1 MiB with its key and header";
        let hint = Some("say a smaller data.value_size".to_owned());
        let place = section.entry("backend").map(|entry| entry.place.clone());
        section.reading.fault(place, what, "this one has no room for data.value_size", hint);
    }
    let has = Has::of(backend, lanes);
    let ttl = section.field(
        "ttl",
        "how long an entry is fresh, unless a strategy says otherwise",
        Kind::Span,
        Nanos::from_secs(60),
        show_span,
        positive_span,
    );
    if named == Named::Http {
        let site = site(&section);
        section.finish();
        return (Cache { value_size, ..Cache::default() }, ttl, site);
    }
    no_site(&section);
    let warm = section.choice(
        "warm",
        "what is in it when the run begins",
        Warm::Cold,
        &[("cold", Warm::Cold), ("stationary", Warm::Stationary), ("full", Warm::Full)],
    );
    let (capacity, locmem) = room(&section, backend, has);
    let eviction = eviction(&section, has);
    let expiry = section.choice(
        "expiry",
        "when an expired entry gives up its room: when it is next looked at, or at once",
        Expiry::Lazy,
        &[("lazy", Expiry::Lazy), ("active", Expiry::Active)],
    );
    let (latency, timeout) = round_trip(&section, has);
    let on_error = section.choice(
        "on_error",
        "what a cache failure does to a request: the origin answers, or it fails",
        OnError::Origin,
        &[("origin", OnError::Origin), ("fail", OnError::Fail)],
    );
    section.finish();
    let read = Cache {
        backend,
        warm,
        capacity,
        eviction,
        expiry,
        locmem,
        latency,
        timeout,
        on_error,
        value_size,
    };
    (read, ttl, None)
}

impl Has {
    fn of(backend: Backend, lanes: &[(&Table, &Place)]) -> Self {
        let say = |words: &[&str]| {
            lanes.iter().any(|(table, _)| {
                match table.said("backend").map(|entry| &entry.node.value) {
                    Some(Value::Text(word)) => words.contains(&word.as_str()),
                    _ => false,
                }
            })
        };
        Self {
            shared: backend.is_shared() || say(&["memory", "redis", "memcached"]),
            locmem: backend == Backend::LocMem || say(&["locmem"]),
        }
    }
}

/// How much fits.
fn room(section: &Section<'_>, backend: Backend, has: Has) -> (Option<Capacity>, LocMem) {
    let default = LocMem::default();
    let cull_frequency = if has.locmem {
        let about = "of a full locmem, one entry in so many goes; 0 is all of them";
        section.count("cull_frequency", about, default.cull_frequency, 0, 1_000_000)
    } else {
        let what = "cache.cull_frequency belongs to a locmem";
        section.refuse("cull_frequency", "backend", what, "say cache.backend = \"locmem\" too");
        default.cull_frequency
    };
    let locmem = |max_entries| LocMem { max_entries, cull_frequency };
    if !has.shared {
        let what = "a locmem has no limit in bytes, only cache.entries (its MAX_ENTRIES)";
        section.refuse("capacity", "backend", what, "drop capacity, or say entries = 300");
    }
    if backend == Backend::LocMem && !section.outranks("capacity", "entries") {
        let about = "how many entries fit into each process's cache (MAX_ENTRIES)";
        let entries = section.count("entries", about, default.max_entries, 1, u32::MAX);
        return (None, locmem(entries));
    }
    let capacity = capacity(section);
    let entries = match capacity {
        Some(Capacity::Entries(entries)) => entries,
        _ => default.max_entries,
    };
    (capacity, locmem(entries))
}

/// `capacity = "64MiB"` or `entries = 300`. Where the file says one and a flag the other, the flag decides.
fn capacity(section: &Section<'_>) -> Option<Capacity> {
    let (by_size, by_count) = (section.entry("capacity"), section.entry("entries"));
    if by_count.is_none() || section.outranks("capacity", "entries") {
        return bytes(section).map(Capacity::Bytes);
    }
    if let Some(entry) = by_size.filter(|_| !section.outranks("entries", "capacity")) {
        let what = "cache.capacity and cache.entries exclude each other";
        let hint = Some("say how much fits in bytes or in entries".to_owned());
        section.reading.fault(Some(entry.place.clone()), what, "beside entries", hint);
    }
    Some(Capacity::Entries(section.count("entries", "how many entries fit", 1, 1, u32::MAX)))
}

fn bytes(section: &Section<'_>) -> Option<u64> {
    let show =
        |size: &Option<u64>| json!(size.map_or_else(|| "unlimited".to_owned(), units::size_text));
    let kind = Kind::Size.or("unlimited");
    section.field("capacity", "how many bytes fit", kind, None, show, |node| {
        or_word(node, "unlimited", size)
    })
}

/// What goes when it is full; Django's locmem has no choice.
fn eviction(section: &Section<'_>, has: Has) -> Eviction {
    let about = "what goes when it is full: herdlab list evictions says what each means";
    let words: Vec<_> = Eviction::ALL.iter().map(|policy| (policy.name(), *policy)).collect();
    let eviction = section.choice("eviction", about, Eviction::Lru, &words);
    if !has.shared && eviction != Eviction::Lru {
        let what = "a locmem culls what was read longest ago, and nothing else";
        section.refuse("eviction", "backend", what, "drop eviction, or say another cache.backend");
    }
    eviction
}

/// How long a round trip takes, and may take. There is none to what lies in the process.
fn round_trip(section: &Section<'_>, has: Has) -> (Law, Option<Nanos>) {
    if has.shared {
        let default = Law::Constant(Nanos::from_micros(300));
        let latency = section.law("latency", "a round trip, of the model", default);
        return (latency, section.span_or_none("timeout", "a round trip that takes longer fails"));
    }
    let what = "a locmem lies in the process: there is no round trip to it";
    let hint = "drop it, or say another cache.backend";
    section.refuse("latency", "backend", what, hint);
    section.refuse("timeout", "backend", what, hint);
    (Law::Constant(Nanos::ZERO), None)
}
