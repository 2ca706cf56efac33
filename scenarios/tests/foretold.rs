//! What is told of a plan before anything runs: warnings and the forecast, each with its figures.

mod support;

use herdlab_scenarios::{Forecast, find, warnings};

use crate::support::{RIGHT, plan, read, try_read};

#[test]
fn what_is_hardly_meant_is_warned_of_with_its_numbers() {
    let warned = |sets: &[&str]| warnings(&plan(&read(RIGHT, sets))).join("; ");
    assert_eq!(warned(&[]), "");
    let cases: &[(&[&str], &[&str])] = &[
        (
            &["traffic.timeout=1ms"],
            &["traffic.timeout (1ms) is shorter than a compute takes", "100ms"],
        ),
        (
            &["strategy.ttl.ttl=1ms"],
            &["ttl is shorter than a compute may take, at p99 (100ms): ttl"],
        ),
        (&["cache.capacity=1KiB"], &["a value is 2KiB: nothing is ever stored"]),
        (&["traffic.rate=2000/s"], &["up to 2000/s, the origin can do 1000/s: without the cache"]),
        (&["traffic.page=20", "traffic.rate=60/s"], &["1200/s (60 requests/s of 20 items)"]),
        (
            &["traffic.retries={ max = 3 }", "traffic.rate=300/s"],
            &["1200/s (300 requests/s, tried up to 4 times)"],
        ),
        (
            &["traffic.profile=[{ at = \"10s\", rate = \"5k/s\" }]"],
            &["up to 5000/s, the origin can do 1000/s"],
        ),
        (
            &["traffic.keys={ uniform = true, count = 1_000_000 }", "traffic.rate=2000/s"],
            &[
                "leaves 1,980/s of misses, the origin can do 1,000/s: the cache cannot save it (ttl, xfetch-1.5)",
            ],
        ),
        (
            &["strategy.xfetch-1.5.beta=20", "traffic.keys={ uniform = true, count = 1 }"],
            &[
                "xfetch-1.5 refreshes the hottest key 16.",
                "the ttl is 5s: it refreshes all the time",
            ],
        ),
        (
            &["origin.queue={ limit = 3000 }", "traffic.timeout=2s", "traffic.rate=1500/s"],
            &["a full origin.queue of 3000 is 3s of work, clients wait 2s", "without the cache"],
        ),
        (
            &[
                "cache.backend=locmem",
                "traffic.keys={ uniform = true, count = 5000 }",
                "traffic.processes=1",
            ],
            &["each process would keep about 2,500 entries, its locmem has room for 300"],
        ),
        (&["strategy.ttl.invalidation=delete"], &["no updates that could invalidate", ": ttl"]),
    ];
    for (sets, says) in cases {
        let told = warned(sets);
        for words in *says {
            assert!(told.contains(words), "{sets:?} should warn {words:?}: {told}");
        }
        assert!(
            told.matches("; ").count() < says.len(),
            "{sets:?} warns of one thing twice: {told}"
        );
    }
}

#[test]
fn a_lock_that_ends_before_its_holder_is_done_is_warned_of() {
    let warned = |sets: &[&str]| {
        warnings(&plan(&try_read(RIGHT, sets, &["lock", "lock-article"]).unwrap())).join("; ")
    };
    assert_eq!(warned(&[]), "");
    let slow = "origin.latency={ constant = \"3s\" }";
    let told = warned(&[slow]);
    assert!(told.ends_with("lock-article: waiters give up after 2s, a compute may take 3s (p99): then each computes for itself"), "{told}");
    let told = warned(&[slow, "strategy.lock.lock_ttl=2s"]);
    assert!(told.contains("lock: a lock is gone after 2s, a compute may take 3s (p99)"), "{told}");
}

#[test]
fn an_origin_that_cannot_bear_the_traffic_alone_is_warned_of() {
    let told = warnings(&plan(&read(find("flush-lockup").unwrap().text, &[])));
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("1000/s, the origin can do 250/s"), "{told:?}");
}

#[test]
fn the_forecast_has_the_formulas_figures() {
    let lines = |sets: &[&str]| Forecast::new(&plan(&read(RIGHT, sets))).lines().join("\n");
    let told = lines(&[
        "traffic.keys={ uniform = true, count = 10 }",
        "traffic.rate=500/s",
        "strategy.ttl.ttl=1s",
    ]);
    // 50/s a key: 1 of 51 misses at 1 s, 1 of 251 at 5 s; 1 + 50/s x 0.1 s in a herd.
    for words in [
        "about 30,000 requests for 10 items in 1m, at most 500/s",
        "without a cache: 500/s at the origin, which can do 1,000/s (50% of it)",
        "a ttl of 1s (ttl): 98.03% are hits, 9.8/s at the origin (1% of it)",
        "a ttl of 5s (xfetch-1.5): 99.60% are hits, 2/s at the origin (0.2% of it)",
        "hottest key: 50/s; under a bare ttl each expiry sends a herd of 6 (1 + 50/s x 100ms)",
        "memory: 21 KiB for 10 keys, 2112 bytes each",
    ] {
        assert!(told.contains(words), "{words:?} in: {told}");
    }
    // In a Redis: 2 x 24 of dictEntry, 40 of name, 16 + 2,560 of value; and two tables of 16 places of 8.
    let redis = lines(&[
        "traffic.keys={ uniform = true, count = 10 }",
        "cache.capacity=1MiB",
        "cache.eviction=redis-lru",
    ]);
    assert!(
        redis.contains("memory: 26 KiB for 10 keys, 2664 bytes each; there is room for 1MiB"),
        "{redis}"
    );
    let recorded = lines(&["traffic.keys={ trace = \"kept.csv\", speed = 1 }"]);
    assert!(!recorded.contains("with a warm one"), "{recorded}");
    let told = lines(&["traffic.profile=[{ at = \"30s\", rate = \"3k/s\", ramp = \"10s\" }]"]);
    assert!(
        told.contains("about 110,000 requests for 10,000 items in 1m, at most 3,000/s"),
        "{told}"
    );
    let closed = lines(&["traffic.users=5", "traffic.think={ constant = \"100ms\" }"]);
    assert!(closed.contains("5 users on 10,000 items for 1m: at most 50 requests/s"), "{closed}");
}
