//! Both Redis clients, and connections shared or in a pool: the same answers, counted alike.

use crate::common::*;
use herdlab_loadgen::RealRun;
use herdlab_sim::plan::{Arrivals, Client, Engine, Load, Plan, Sharing};
use herdlab_sim::time::Nanos;

/// Herds on a few keys, at instants that no client's own speed moves.
fn herds() -> Plan {
    let mut plan = hot_key(400.0, Nanos::from_secs(2));
    plan.traffic.load = Load::open(400.0, Arrivals::Constant);
    plan
}

fn with(client: Client) -> RealRun {
    run_lane(&Plan { client, ..herds() }, &lane("lock", ms(480)), &private())
}

#[test]
fn the_redis_crates_client_gives_the_same_outcomes_calls_and_commands_as_ours() {
    let of = |engine| with(Client { engine, ..Client::default() });
    let (own, library) = (of(Engine::Own), of(Engine::RedisRs));
    for run in [&own, &library] {
        assert_eq!(run.lane.requests.requests(), scheduled(&herds()), "seed {SEED}");
        assert_eq!((run.lane.cache.errors, run.figures.connections), (0, 8));
    }
    assert_eq!(own.lane.origin.calls(), library.lane.origin.calls());
    assert_eq!(own.lane.cache.hits > 700, library.lane.cache.hits > 700);
    for command in ["set", "evalsha"] {
        let sent = |run: &RealRun| run.figures.commands.get(command).copied();
        let (own, library) = (sent(&own), sent(&library));
        // Whoever waits asks again after a while, and less often where the machine is late.
        let near = own.zip(library).is_some_and(|(a, b)| a.max(b) <= 2 * a.min(b));
        assert!(near, "{command}: {own:?} and {library:?}: waiters ask again as often");
    }
}

#[test]
fn who_finds_all_connections_of_a_pool_taken_waits_and_the_wait_is_told() {
    let pool = |connections, pool_wait| Client {
        connections,
        sharing: Sharing::Pool,
        pool_wait,
        ..Client::default()
    };
    let wide = with(pool(64, Nanos::SECOND));
    let figures = wide.figures.pool.expect("a pool has figures");
    assert_eq!(figures.given_up, 0);
    let operations: u64 = wide.figures.commands.values().sum();
    assert_eq!(figures.operations, operations, "each had a connection to itself");
    assert_eq!(wide.figures.connections, 64);
    assert!(with(Client::default()).figures.pool.is_none());
}

#[test]
fn who_waits_too_long_for_a_connection_fails_like_any_cache_operation() {
    // 20,000 a second at one connection a core: all due at once, many wait longer than no time at all.
    let mut plan = hot_key(20_000.0, ms(300));
    plan.client = Client {
        connections: 1,
        sharing: Sharing::Pool,
        pool_wait: Nanos::from_nanos(1),
        ..Client::default()
    };
    let run = run_lane(&plan, &lane("ttl", Nanos::from_secs(9)), &private());
    let pool = run.figures.pool.expect("a pool has figures");
    assert!(pool.given_up > 0, "{pool:?}");
    assert_eq!(run.lane.cache.errors, pool.given_up);
    assert_eq!(run.lane.requests.outcomes().iter().sum::<u64>(), scheduled(&plan), "seed {SEED}");
}
