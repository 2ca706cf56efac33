//! What the scenario does to a private cache: requests bear it, and nothing of it is left behind.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use crate::common::*;
use crate::memcached::stat;
use herdlab_loadgen::{RunError, Service, Settings, Target};
use herdlab_sim::law::Law;
use herdlab_sim::plan::{Capacity, Change, Event, OnError, Plan, Warm};
use herdlab_sim::time::Nanos;
use herdlab_sim::virt;
use herdlab_sim::world::Failure;

/// A hot key that lives long, and what happens to its cache.
pub(crate) fn faulty(seconds: u64, events: &[(u64, Change)]) -> Plan {
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

/// How many entries a server of ours still holds. A memcached forgets at once what `flush_all` took, and counts it a
/// second later, when its maintainer has come by.
pub(crate) fn left(target: &Target) -> u64 {
    let counted = || match target {
        Target::Private(server) if server.service() == Service::Memcached => {
            stat(server, "stats", "curr_items")
        }
        _ => keys(target),
    };
    let patience = Instant::now();
    while counted() > 0 && patience.elapsed() < Duration::from_secs(3) {
        thread::yield_now();
    }
    counted()
}

/// How many bytes it may hold.
fn limit(target: &Target) -> u64 {
    match target {
        Target::Private(server) if server.service() == Service::Memcached => {
            stat(server, "stats settings", "maxbytes")
        }
        _ => {
            info(target, "memory", "maxmemory").and_then(|most| most.parse().ok()).expect("a count")
        }
    }
}

#[test]
fn a_killed_cache_has_the_same_classes_of_outcomes_on_both_clocks_and_is_back_with_its_limits() {
    for (service, on_error) in [
        (Service::Redis, OnError::Origin),
        (Service::Redis, OnError::Fail),
        (Service::Memcached, OnError::Origin),
        (Service::Memcached, OnError::Fail),
    ] {
        let target = Target::start(service).expect("its server is installed and starts");
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
        assert_eq!((left(&target), real.figures.warnings.len()), (0, 0));
        assert_eq!(limit(&target), 8 << 20, "{service:?}");
    }
}

#[test]
fn a_stopped_cache_answers_when_it_goes_on_and_its_operations_time_out_if_they_have_less_time() {
    for (service, timeout, degrades) in [
        (Service::Redis, None, false),
        (Service::Redis, Some(ms(100)), true),
        (Service::Memcached, None, false),
        (Service::Memcached, Some(ms(100)), true),
    ] {
        let target = Target::start(service).expect("its server is installed and starts");
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
        assert_eq!((pid(&target), left(&target), real.figures.reconnects), (before, 0, 0));
    }
}

#[test]
fn a_cache_that_is_never_restored_is_whole_again_for_the_next_run() {
    for (service, change) in [
        (Service::Redis, Change::StopCache),
        (Service::Redis, Change::KillCache),
        (Service::Memcached, Change::StopCache),
        (Service::Memcached, Change::KillCache),
    ] {
        let target = Target::start(service).expect("its server is installed and starts");
        let mut plan = faulty(2, &[(1_000, change)]);
        plan.cache.timeout = Some(ms(50));
        let hurt = run_lane(&plan, &lane("ttl", Nanos::from_secs(60)), &target);
        assert_eq!(hurt.lane.requests.requests(), scheduled(&plan), "{change:?}, seed {SEED}");
        assert_eq!(left(&target), 0, "{change:?}");
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
fn a_flush_takes_only_our_keys_from_somebody_elses_redis_unless_its_owner_allows_more() {
    for allow_flush in [false, true] {
        let server = private();
        let Target::Private(private) = &server else { unreachable!() };
        let theirs = Target::Url(private.url());
        let mut connection = connect(&server);
        let () = redis::cmd("SET").arg("theirs").arg(1).query(&mut connection).expect("it is set");
        let plan = faulty(2, &[(1_000, Change::Flush)]);
        let settings = Settings { allow_flush, ..settings() };
        let ran = run(&plan, &lane("ttl", Nanos::from_secs(60)), &theirs, &settings, &mut ());
        assert!(ran.expect("it runs").lane.origin.calls() > 0, "our keys are gone");
        let left: u64 = redis::cmd("EXISTS").arg("theirs").query(&mut connection).expect("a count");
        assert_eq!((left, keys(&server)), if allow_flush { (0, 0) } else { (1, 1) });
    }
}
