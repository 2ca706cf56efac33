//! Who computes what is not there, and who waits how long for it.

use herdlab_sim::law::Law;
use herdlab_sim::measure::LaneRun;
use herdlab_sim::plan::{Keys, OnTimeout, Plan};
use herdlab_sim::strategy::{
    AnyStrategy, CaffeineRefresh, Dogpile, Moka, Nginx, SingleFlight, Symfony, VarnishGrace,
};
use herdlab_sim::time::Nanos;

use super::{TTL, failing, ran};
use crate::support::{ms, outcomes, plan};

fn dogpile() -> Dogpile {
    Dogpile { ttl: TTL, ..Dogpile::default() }
}

fn longest(run: &mut LaneRun) -> u64 {
    run.requests.latency().max_us().div_ceil(1_000)
}

#[test]
fn a_cold_key_has_one_compute_and_all_others_wait_for_it_as_long_as_it_takes() {
    let lanes = [
        AnyStrategy::Dogpile(dogpile()),
        AnyStrategy::Moka(Moka { ttl: TTL }),
        AnyStrategy::CaffeineRefresh(CaffeineRefresh { ttl: TTL, ..CaffeineRefresh::default() }),
        AnyStrategy::VarnishGrace(VarnishGrace { ttl: TTL, ..VarnishGrace::default() }),
    ];
    for lane in lanes {
        let mut run = ran(&plan(400), lane.clone());
        assert_eq!(outcomes(&run), [200, 0, 199, 1, 0, 0], "{}", lane.name());
        assert_eq!((run.origin.calls(), longest(&mut run)), (1, 200), "{}", lane.name());
    }
}

#[test]
fn who_waits_for_a_file_looks_every_100_ms_and_who_waits_for_nginx_every_500() {
    let symfony = Symfony { ttl: TTL, beta: 0.0, ..Symfony::default() };
    let mut run = ran(&plan(400), AnyStrategy::Symfony(symfony));
    // The value is there 201 ms after the start: who came at 2 ms looks at 102, 202; who came at 101, at 201.
    assert_eq!(outcomes(&run), [200, 0, 199, 1, 0, 0]);
    assert_eq!(
        run.requests.latency().mean_us() as u64,
        (200_000 + 99 * 200_000 + 100 * 100_000) / 400
    );
    let mut run = ran(&plan(400), AnyStrategy::Nginx(Nginx { ttl: TTL, ..Nginx::default() }));
    assert_eq!(outcomes(&run), [200, 0, 199, 1, 0, 0]);
    assert_eq!(longest(&mut run), 500);
}

#[test]
fn two_keys_of_one_file_wait_for_each_other() {
    for (files, alone) in [(1, false), (2, true)] {
        let mut plan = plan(2_000);
        plan.traffic.keys = Keys::Uniform { count: 2 };
        let symfony =
            Symfony { ttl: Nanos::from_secs(100), beta: 0.0, files, ..Symfony::default() };
        let mut run = ran(&plan, AnyStrategy::Symfony(symfony));
        assert_eq!((run.origin.calls(), run.origin.duplicates()), (2, 0));
        // The second key's first reader waits for the first key's compute, and then for his own.
        assert_eq!(longest(&mut run) <= 201, alone, "{files} files: {} ms", longest(&mut run));
    }
}

#[test]
fn behind_a_creator_that_fails_the_waiters_try_one_after_another() {
    let five = || failing(plan(5), 0);
    let convoys = [
        AnyStrategy::Dogpile(dogpile()),
        AnyStrategy::CaffeineRefresh(CaffeineRefresh { ttl: TTL, ..CaffeineRefresh::default() }),
    ];
    for lane in convoys {
        let mut run = ran(&five(), lane.clone());
        assert_eq!((outcomes(&run)[5], run.origin.calls()), (5, 5), "{}", lane.name());
        assert_eq!(longest(&mut run), 5 * 200 - 4, "{}: the fifth came at 5 ms", lane.name());
    }
}

#[test]
fn moka_and_varnish_give_a_failure_to_all_who_wait() {
    let lanes = [
        AnyStrategy::Moka(Moka { ttl: TTL }),
        AnyStrategy::VarnishGrace(VarnishGrace { ttl: TTL, ..VarnishGrace::default() }),
    ];
    for lane in lanes {
        let mut run = ran(&failing(plan(5), 0), lane.clone());
        assert_eq!((outcomes(&run)[5], run.origin.calls()), (5, 1), "{}", lane.name());
        assert_eq!(longest(&mut run), 200, "{}", lane.name());
    }
}

#[test]
fn a_mutex_in_the_cache_is_one_for_all_processes() {
    for (distributed, calls) in [(false, 4), (true, 1)] {
        let mut plan = plan(400);
        plan.traffic.processes = 4;
        let run = ran(&plan, AnyStrategy::Dogpile(Dogpile { distributed, ..dogpile() }));
        assert_eq!(run.origin.calls(), calls, "distributed: {distributed}");
    }
}

#[test]
fn an_init_future_whose_caller_is_cancelled_is_handed_on() {
    let mut plan = plan(1_000);
    plan.traffic.timeout = Some(ms(150));
    plan.traffic.on_timeout = OnTimeout::Cancel;
    let moka = ran(&plan, AnyStrategy::Moka(Moka { ttl: TTL }));
    let attached = SingleFlight { ttl: TTL, detached: false };
    let single = ran(&plan, AnyStrategy::SingleFlight(attached));
    assert_eq!(outcomes(&moka), outcomes(&single));
    assert_eq!(moka.origin.calls(), single.origin.calls());
    assert!(moka.origin.calls() > 1, "each heir begins anew");
}

/// Five requests at 1 to 5 ms for an element that takes 7 s to fetch.
fn slow_upstream() -> Plan {
    let mut plan = plan(5);
    plan.origin.latency = Law::Constant(Nanos::from_secs(7));
    plan
}

#[test]
fn after_five_seconds_one_more_may_store_and_the_others_fetch_in_vain() {
    let run = ran(&slow_upstream(), AnyStrategy::Nginx(Nginx { ttl: TTL, ..Nginx::default() }));
    assert_eq!((outcomes(&run)[3], run.origin.calls()), (5, 5));
    assert_eq!(run.cache.sets, 2, "the first, and at 5.002 s the one who finds the lock too old");
    let unlocked = Nginx { ttl: TTL, lock: false, ..Nginx::default() };
    let run = ran(&slow_upstream(), AnyStrategy::Nginx(unlocked));
    assert_eq!((run.origin.calls(), run.cache.sets), (5, 5));
}
