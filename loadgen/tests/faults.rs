//! What the scenario does to a private cache: requests bear it, and nothing of it is left behind.

mod common;

use std::path::Path;

use common::*;
use herdlab_loadgen::{RunError, Target, run};
use herdlab_sim::law::Law;
use herdlab_sim::plan::{Capacity, Change, Event, Keys, OnError, Plan, Warm};
use herdlab_sim::random::stream;
use herdlab_sim::time::Nanos;
use herdlab_sim::virt;
use herdlab_sim::world::Failure;
use rand::RngExt;

/// A hot key that lives long, and what happens to its cache.
fn faulty(seconds: u64, events: &[(u64, Change)]) -> Plan {
    let mut plan = hot_key(300.0, Nanos::from_secs(seconds));
    plan.cache.warm = Warm::Full;
    plan.cache.latency = Law::Constant(Nanos::from_micros(200));
    plan.events = events.iter().map(|&(at, change)| Event { at: ms(at), change }).collect();
    plan
}

fn pid(target: &Target) -> u32 {
    let Target::Private(server) = target else { panic!("a private server") };
    server.pid()
}

#[test]
fn a_killed_cache_has_the_same_classes_of_outcomes_on_both_clocks_and_is_back_with_its_limits() {
    for on_error in [OnError::Origin, OnError::Fail] {
        let target = private();
        let before = pid(&target);
        let mut plan = faulty(4, &[(1_000, Change::KillCache), (2_000, Change::RestoreCache)]);
        plan.cache.on_error = on_error;
        plan.cache.capacity = Some(Capacity::Bytes(8 << 20));
        let lane = lane("ttl", Nanos::from_secs(60));
        let real = run_lane(&plan, &lane, &target);
        let model = virt::run(&plan, &lane, &mut ()).expect("the model runs it");
        let outcomes = real.lane.requests.outcomes();
        assert_eq!(outcomes.iter().sum::<u64>(), scheduled(&plan), "{on_error:?}, seed {SEED}");
        for (class, (real, model)) in
            outcomes.into_iter().zip(model.requests.outcomes()).enumerate()
        {
            // An empty cache is filled by a compute or by a degraded request that is still under way.
            if class != 3 {
                assert_eq!(real > 0, model > 0, "{on_error:?}: class {class}: {real}, {model}");
            }
        }
        let hurt = outcomes[4] + outcomes[5];
        // Connecting anew takes the real one a moment more: at most half a second.
        assert!((250..=500).contains(&hurt), "{on_error:?}: {hurt} of about 300 in that second");
        assert_eq!(real.lane.requests.failures(Failure::Cache), outcomes[5]);
        assert!(real.lane.cache.errors >= hurt && real.figures.reconnects > 0);
        let last = real.lane.requests.seconds()[3];
        assert!(last.hits > last.requests / 2, "it hits again: {last:?}");
        assert_ne!(pid(&target), before);
        assert_eq!((keys(&target), real.figures.warnings.len()), (0, 0));
        assert_eq!(info(&target, "memory", "maxmemory").as_deref(), Some("8388608"));
    }
}

#[test]
fn a_stopped_cache_answers_when_it_goes_on_and_its_operations_time_out_if_they_have_less_time() {
    for (timeout, degrades) in [(None, false), (Some(ms(100)), true)] {
        let target = private();
        let before = pid(&target);
        let mut plan = faulty(3, &[(1_000, Change::StopCache), (2_000, Change::RestoreCache)]);
        plan.cache.timeout = timeout;
        let lane = lane("ttl", Nanos::from_secs(60));
        let mut real = run_lane(&plan, &lane, &target);
        let model = virt::run(&plan, &lane, &mut ()).expect("the model runs it");
        let [.., degraded, failed] = real.lane.requests.outcomes();
        let [.., modelled, _] = model.requests.outcomes();
        assert_eq!(real.lane.requests.requests(), scheduled(&plan), "seed {SEED}");
        assert_eq!((degraded > 0, modelled > 0, failed), (degrades, degrades, 0), "{timeout:?}");
        assert_eq!(real.lane.cache.errors > 0, degrades);
        let longest = real.lane.requests.latency().max_us();
        assert_eq!(longest > 900_000, !degrades, "{timeout:?}: {longest} us");
        assert_eq!((pid(&target), keys(&target), real.figures.reconnects), (before, 0, 0));
    }
}

#[test]
fn a_cache_that_is_never_restored_is_whole_again_for_the_next_run() {
    for change in [Change::StopCache, Change::KillCache] {
        let target = private();
        let mut plan = faulty(2, &[(1_000, change)]);
        plan.cache.timeout = Some(ms(50));
        let hurt = run_lane(&plan, &lane("ttl", Nanos::from_secs(60)), &target);
        assert_eq!(hurt.lane.requests.requests(), scheduled(&plan), "{change:?}, seed {SEED}");
        assert_eq!(keys(&target), 0, "{change:?}");
        plan.events.clear();
        plan.cache.timeout = None;
        let whole = run_lane(&plan, &lane("ttl", Nanos::from_secs(60)), &target);
        assert_eq!(whole.lane.requests.outcomes()[0], scheduled(&plan), "{change:?}");
    }
}

#[test]
fn a_server_that_stands_still_does_not_outlive_its_owner() {
    let target = private();
    let Target::Private(server) = &target else { unreachable!() };
    server.stop().expect("it is ours");
    let (pid, directory) = (server.pid(), server.directory().to_owned());
    drop(target);
    assert!(!directory.exists() && !Path::new(&format!("/proc/{pid}")).exists());
}

#[test]
fn somebody_elses_server_is_neither_stopped_nor_killed() {
    let server = private();
    let Target::Private(private) = &server else { unreachable!() };
    let theirs = Target::Url(private.url());
    for change in [Change::StopCache, Change::KillCache] {
        let plan = faulty(2, &[(1_000, change)]);
        let refused = run(&plan, &lane("ttl", ms(500)), &theirs, &settings(), &mut ());
        assert!(matches!(refused, Err(RunError::NotOurs { .. })), "{change:?}");
    }
    assert_eq!(keys(&server), 0);
}

#[test]
fn a_cache_killed_again_and_again_at_random_moments_loses_no_request_and_leaves_nothing() {
    let text = std::env::var("HERDLAB_KILLS").unwrap_or_else(|_| "5".to_owned());
    let kills: u64 = text.parse().expect("HERDLAB_KILLS is how often the cache is killed");
    let mut draws = stream(SEED, "kills");
    let mut events = Vec::new();
    for nth in 0..kills {
        let at = nth * 1_000 + draws.random_range(100..500);
        events.push((at, Change::KillCache));
        events.push((at + draws.random_range(50..400), Change::RestoreCache));
    }
    let target = private();
    let mut plan = faulty(kills + 1, &events);
    plan.traffic.keys = Keys::Zipf { exponent: 1.0, count: 200 };
    let run = run_lane(&plan, &lane("lock", Nanos::from_secs(60)), &target);
    assert_eq!(run.lane.requests.requests(), scheduled(&plan), "seed {SEED}, {events:?}");
    assert_eq!((run.figures.warnings.len(), keys(&target)), (0, 0), "{:?}", run.figures.warnings);
    assert!(run.figures.reconnects <= 8 * kills, "{} reconnects", run.figures.reconnects);
    let clients: u64 = info(&target, "clients", "connected_clients")
        .and_then(|clients| clients.parse().ok())
        .expect("a count");
    assert_eq!(clients, 1, "only who asks now");
    let last = run.lane.requests.seconds()[kills as usize];
    assert!(last.hits > last.requests / 2, "it hits again: {last:?}");
}
