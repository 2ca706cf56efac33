use std::collections::HashMap as Model;

use super::*;
use crate::eviction::Eviction;
use crate::plan::{Backend, Capacity, LocMem};
use proptest::prelude::*;

fn plan(capacity: Option<Capacity>) -> plan::Cache {
    plan::Cache { capacity, ..plan::Cache::default() }
}

fn at(s: u64) -> Nanos {
    Nanos::from_secs(s)
}

fn stored(bits: u64) -> Entry {
    Entry { value: Value::token(bits), fresh_until: at(5), delta: at(1) }
}

#[test]
fn an_entry_is_live_before_its_expiry_and_not_at_it() {
    let mut cache = MemoryCache::new(1, &plan(None));
    cache.set(at(0), Item(0).key(), stored(7), Ttl::after(at(10)));
    assert_eq!(cache.get(Nanos::from_nanos(9_999_999_999), Item(0).key()), Some(stored(7)));
    assert_eq!(cache.get(at(10), Item(0).key()), None);
}

#[test]
fn an_owner_removes_its_own_lock_only() {
    let mut cache = MemoryCache::new(1, &plan(None));
    let lock = Item(0).lock();
    assert!(cache.add(at(0), lock, Entry::token(1), Ttl::after(at(30))));
    assert!(!cache.add(at(1), lock, Entry::token(2), Ttl::after(at(30))));
    assert!(!cache.delete_if(at(1), lock, Value::token(2)));
    assert!(cache.delete_if(at(1), lock, Value::token(1)));
    assert!(cache.add(at(1), lock, Entry::token(2), Ttl::after(at(30))));
}

#[test]
fn a_full_cache_evicts_the_least_recently_used_and_counts_it() {
    let mut cache = MemoryCache::new(3, &plan(Some(Capacity::Bytes(2 * 164))));
    for item in [0, 1] {
        cache.set(at(0), Item(item).key(), stored(0), Ttl::FOREVER);
    }
    assert!(cache.get(at(1), Item(0).key()).is_some());
    cache.set(at(1), Item(2).key(), stored(0), Ttl::FOREVER);
    assert_eq!(cache.get(at(1), Item(1).key()), None);
    assert!(cache.get(at(1), Item(0).key()).is_some());
    assert_eq!(cache.evictions(), 1);
}

#[test]
fn a_redis_counts_what_its_structures_take() {
    let policy =
        plan::Cache { eviction: Eviction::RedisLru, ..plan(Some(Capacity::Bytes(1 << 20))) };
    let mut cache = MemoryCache::new(10_000, &policy);
    for item in 0..10_000 {
        cache.set(at(0), Item(item).key(), stored(0), Ttl::after(at(60)));
    }
    // A name of 32 bytes, a value of 100 and two dictEntries: 216. Of two tables one has doubled to 8,192 places.
    let tables = (8_192 + 4_096) * 8;
    assert_eq!(cache.held().0, ((1 << 20) - tables) / 216);
}

#[test]
fn what_never_fits_is_not_stored() {
    let mut cache = MemoryCache::new(1, &plan(Some(Capacity::Bytes(100))));
    cache.set(at(0), Item(0).key(), stored(0), Ttl::FOREVER);
    assert_eq!(cache.get(at(0), Item(0).key()), None);
}

fn locmem(max_entries: u32, cull_frequency: u32) -> MemoryCache {
    let limits = LocMem { max_entries, cull_frequency };
    let backend = Backend::LocMem;
    MemoryCache::new(1_000, &plan::Cache { backend, locmem: limits, ..plan(None) })
}

fn entries(cache: &mut MemoryCache, items: u32) -> Vec<u32> {
    (0..items).filter(|item| cache.get(at(0), Item(*item).key()).is_some()).collect()
}

/// Django 5.2.19: overwriting one key of 300 left 200, and a thousand sets leave at most 300.
#[test]
fn locmem_culls_a_third_before_a_write_also_before_one_that_replaces() {
    let mut cache = locmem(300, 3);
    for item in 0..300 {
        cache.set(at(0), Item(item).key(), stored(0), Ttl::FOREVER);
    }
    cache.set(at(0), Item(299).key(), stored(0), Ttl::FOREVER);
    assert_eq!(entries(&mut cache, 1_000), (100..300).collect::<Vec<_>>());
    assert_eq!(cache.evictions(), 100);
    for item in 0..1_000 {
        cache.set(at(0), Item(item).key(), stored(0), Ttl::FOREVER);
        let held = cache.slots.iter().filter(|slot| slot[3] != 0).count();
        assert!(held <= 300);
    }
}

#[test]
fn locmem_with_a_cull_frequency_of_zero_drops_everything() {
    let mut cache = locmem(10, 0);
    for item in 0..11 {
        cache.set(at(0), Item(item).key(), stored(0), Ttl::FOREVER);
    }
    assert_eq!(entries(&mut cache, 20), [10]);
}

/// memcached, doc/protocol.txt, "Meta Get" and "Meta Delete": one reader gets W, the others Z.
#[test]
fn a_meta_read_tells_exactly_one_reader_to_compute() {
    let mut cache = MemoryCache::new(1, &plan(None));
    let key = Item(0).key();
    let terms = Terms { vivify: Ttl::after(at(30)), recache: at(3) };
    let read = |cache: &mut MemoryCache, s| {
        let found = cache.meta_get(at(s), key, terms);
        (found.entry.is_some(), found.won, found.stale)
    };
    assert_eq!(read(&mut cache, 0), (false, true, false), "a miss leaves a stub, and wins");
    assert_eq!(read(&mut cache, 1), (false, false, false), "the stub has no value");
    assert_eq!(read(&mut cache, 30), (false, true, false), "the winner stored nothing in time");
    cache.set(at(31), key, stored(7), Ttl::after(at(10)));
    assert_eq!(read(&mut cache, 37), (true, false, false), "four seconds are left");
    assert_eq!(read(&mut cache, 39), (true, true, false), "two seconds are left");
    assert_eq!(read(&mut cache, 39), (true, false, false), "and somebody is at it");
    cache.set(at(40), key, stored(8), Ttl::after(at(10)));
    assert!(cache.mark_stale(at(41), key, Ttl::after(at(30))));
    assert_eq!(read(&mut cache, 42), (true, true, true));
    assert_eq!(read(&mut cache, 43), (true, false, true));
    cache.set(at(44), key, stored(9), Ttl::after(at(10)));
    assert_eq!(read(&mut cache, 45), (true, false, false));
    assert!(cache.delete(at(46), key) && !cache.mark_stale(at(46), key, Ttl::FOREVER));
}

#[test]
fn a_squeezed_cache_keeps_what_fits_whatever_goes_and_grows_back() {
    for &eviction in Eviction::ALL {
        let mut cache =
            MemoryCache::new(200, &plan::Cache { eviction, ..plan(Some(Capacity::Entries(100))) });
        let fill = |cache: &mut MemoryCache, s| {
            (0..200).for_each(|n| {
                cache.set(at(s), Item(n).key(), stored(1), Ttl::after(at(1_000)));
            });
            cache.held().0
        };
        let most = eviction.room(100);
        let filled = fill(&mut cache, 0);
        cache.squeeze(at(1), 0.25);
        let squeezed = if eviction == Eviction::None { filled } else { most / 4 };
        assert!(cache.held().0 <= squeezed, "{}", eviction.name());
        assert!(fill(&mut cache, 2) <= squeezed, "{}", eviction.name());
        cache.squeeze(at(3), 1.0);
        let again = fill(&mut cache, 4);
        assert!(again > squeezed.min(most / 4) && again <= most, "{}", eviction.name());
    }
}

/// memcached, doc/protocol.txt, "Expiration times"; read on Debian's 1.6.18: `set k 0 2` at 0.9 s is gone at 2 s.
#[test]
fn a_memcached_keeps_whole_seconds_from_its_last_tick() {
    let backend = Backend::Memcached;
    let mut cache = MemoryCache::new(2, &plan::Cache { backend, ..plan(None) });
    let ms = Nanos::from_millis;
    let key = Item(0).key();
    for (ttl, gone) in [(1, 1_000), (1_000, 1_000), (1_001, 2_000), (2_000, 2_000)] {
        cache.set(ms(900), key, stored(7), Ttl::after(ms(ttl)));
        assert!(cache.get(ms(gone - 1), key).is_some(), "{ttl} ms");
        assert!(cache.get(ms(gone), key).is_none(), "{ttl} ms");
    }
    cache.set(ms(900), key, stored(7), Ttl::FOREVER);
    assert!(cache.get(Nanos::from_secs(1 << 30), key).is_some());
    assert!(cache.touch(ms(900), key, Ttl::after(ms(100))));
    assert!(cache.get(ms(1_000), key).is_none());
    cache.set_phase(ms(400)); // it ticks at 0.6 s, 1.6 s, and so on
    cache.set(ms(0), key, stored(7), Ttl::after(ms(500)));
    assert!(cache.get(ms(599), key).is_some() && cache.get(ms(600), key).is_none());
    cache.set(ms(600), key, stored(7), Ttl::after(ms(1_500)));
    assert!(cache.get(ms(2_599), key).is_some() && cache.get(ms(2_600), key).is_none());
}

/// "R: if remaining TTL is less than token, win for recache", in whole seconds: at least one is always left.
#[test]
fn a_memcacheds_early_refresh_counts_whole_seconds_too() {
    let backend = Backend::Memcached;
    let mut cache = MemoryCache::new(1, &plan::Cache { backend, ..plan(None) });
    let (key, ms) = (Item(0).key(), Nanos::from_millis);
    let won = |cache: &mut MemoryCache, now, recache| {
        cache.meta_get(ms(now), key, Terms { vivify: Ttl::after(at(30)), recache: ms(recache) }).won
    };
    cache.set(ms(100), key, stored(7), Ttl::after(at(3)));
    assert!(!won(&mut cache, 2_999, 1_000), "one second is left, and none less than one");
    assert!(!won(&mut cache, 1_999, 1_001), "two are left, and two are not less than two");
    assert!(!won(&mut cache, 2_999, 0), "zero is nobody");
    assert!(won(&mut cache, 2_000, 1_001));
    assert!(!won(&mut cache, 2_000, 1_001), "he is at it");
    cache.set(ms(100), key, stored(7), Ttl::FOREVER);
    assert!(!won(&mut cache, 2_000, 30_000), "what never ends is never refreshed");
}

#[test]
fn under_a_new_name_nothing_is_found_and_the_old_entries_still_take_their_room() {
    let mut cache = MemoryCache::new(4, &plan(Some(Capacity::Entries(3))));
    for item in 0..3 {
        cache.set(at(0), Item(item).key(), stored(0), Ttl::FOREVER);
    }
    cache.bump();
    assert_eq!(cache.get(at(0), Item(2).key()), None);
    cache.set(at(0), Item(2).key(), stored(7), Ttl::FOREVER);
    assert_eq!(cache.evictions(), 1, "the room of an old entry");
    assert_eq!(cache.get(at(0), Item(2).key()), Some(stored(7)));
    assert!(!cache.add(at(0), Item(2).key(), stored(8), Ttl::FOREVER));
}

#[test]
fn a_value_weighs_the_same_under_every_name() {
    let mut cache = MemoryCache::new(3, &plan(Some(Capacity::Bytes(2 * 164))));
    for version in 1..4 {
        cache.set(at(0), Item(0).at_version(version), stored(0), Ttl::FOREVER);
    }
    assert_eq!(cache.evictions(), 1, "two values of 100 bytes fit, whatever their version");
    cache.bump();
    for item in 0..3 {
        cache.set(at(0), Item(item).key(), stored(0), Ttl::FOREVER);
    }
    assert_eq!(cache.evictions(), 4);
}

proptest! {
    #[test]
    fn the_cache_agrees_with_a_plain_map(steps in prop::collection::vec((0..8_u8, 0..6_u32, 0..4_u64, 0..5_u64), 0..300)) {
        let mut cache = MemoryCache::new(3, &plan(None));
        let mut model: Model<Key, (u64, Nanos)> = Model::new();
        let mut now = Nanos::ZERO;
        for (what, which, bits, span) in steps {
            let key = if which < 3 { Item(which).key() } else { Item(which - 3).lock() };
            let (ttl, entry) = (Ttl::after(at(span)), stored(bits));
            model.retain(|_, (_, expires)| now < *expires);
            let before = model.get(&key).copied();
            match what {
                0 | 1 => prop_assert_eq!(cache.get(now, key).map(|e| e.value.bits()), before.map(|b| b.0)),
                2 => { cache.set(now, key, entry, ttl); model.insert(key, (bits, now + at(span))); }
                3 => {
                    prop_assert_eq!(cache.add(now, key, entry, ttl), before.is_none());
                    model.entry(key).or_insert((bits, now + at(span)));
                }
                4 => { prop_assert_eq!(cache.delete(now, key), before.is_some()); model.remove(&key); }
                5 => {
                    let mine = before.is_some_and(|b| b.0 == bits);
                    prop_assert_eq!(cache.delete_if(now, key, Value::token(bits)), mine);
                    if mine { model.remove(&key); }
                }
                6 => {
                    prop_assert_eq!(cache.incr(now, key), before.map(|b| b.0 + 1));
                    if let Some(b) = model.get_mut(&key) { b.0 += 1; }
                }
                _ => {
                    prop_assert_eq!(cache.touch(now, key, ttl), before.is_some());
                    if let Some(b) = model.get_mut(&key) { b.1 = now + at(span); }
                }
            }
            now += Nanos::from_secs(u64::from(what == 1));
        }
    }
}
