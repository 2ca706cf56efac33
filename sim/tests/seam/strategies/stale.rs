//! What is served past its expiry, to whom, and who computes meanwhile.

use herdlab_sim::key::Item;
use herdlab_sim::plan::{Change, Event};
use herdlab_sim::strategy::{
    AnyStrategy, CashewsSoft, Dogpile, FusionCache, LaravelFlexible, Nginx, Rails, StaleIfError,
    VarnishGrace,
};
use herdlab_sim::time::Nanos;

use super::{TTL, failing, ran, warm};
use crate::support::{ms, outcomes};

fn dogpile() -> Dogpile {
    Dogpile { ttl: TTL, ..Dogpile::default() }
}

fn nginx() -> Nginx {
    Nginx { ttl: TTL, ..Nginx::default() }
}

#[test]
fn at_an_expiry_one_computes_and_the_others_have_the_old_value() {
    let in_turn = [
        AnyStrategy::Dogpile(dogpile()),
        AnyStrategy::Nginx(Nginx { background: false, ..nginx() }),
    ];
    for lane in in_turn {
        let run = ran(&warm(2_000), lane.clone());
        assert_eq!(outcomes(&run), [1_800, 199, 0, 1, 0, 0], "{}", lane.name());
        assert_eq!(run.origin.calls(), 1, "{}", lane.name());
    }
    let behind = [
        AnyStrategy::Dogpile(Dogpile { background: true, ..dogpile() }),
        AnyStrategy::Nginx(nginx()),
        AnyStrategy::VarnishGrace(VarnishGrace { ttl: TTL, ..VarnishGrace::default() }),
        AnyStrategy::LaravelFlexible(LaravelFlexible { ttl: TTL, ..LaravelFlexible::default() }),
    ];
    for lane in behind {
        let mut run = ran(&warm(2_000), lane.clone());
        assert_eq!(outcomes(&run), [1_800, 200, 0, 0, 0, 0], "{}", lane.name());
        assert_eq!(
            (run.origin.calls(), run.requests.latency().max_us()),
            (1, 0),
            "{}",
            lane.name()
        );
    }
}

#[test]
fn nginxs_lock_is_not_for_what_has_expired() {
    let lock_only = Nginx { updating: false, background: false, ..nginx() };
    let run = ran(&warm(2_000), AnyStrategy::Nginx(lock_only));
    assert_eq!(outcomes(&run), [1_800, 0, 0, 200, 0, 0]);
}

#[test]
fn rails_makes_an_expired_entry_fresh_for_all_but_the_one_who_computes() {
    let rails = Rails { ttl: TTL, race_ttl: Nanos::from_secs(10) };
    let run = ran(&warm(2_000), AnyStrategy::Rails(rails.clone()));
    assert_eq!(outcomes(&run), [1_999, 0, 0, 1, 0, 0]);
    assert_eq!(run.cache.sets, 2, "the old value once more, and the new one");
    // A compute that takes longer than that is begun again.
    let short = Rails { race_ttl: ms(50), ..rails.clone() };
    let run = ran(&warm(2_000), AnyStrategy::Rails(short));
    assert_eq!(outcomes(&run)[3], 4, "at 1, 1.05, 1.1 and 1.15 s, until the value is there");
    let off = Rails { race_ttl: Nanos::ZERO, ..rails };
    assert_eq!(outcomes(&ran(&warm(2_000), AnyStrategy::Rails(off)))[3], 200);
}

#[test]
fn an_old_value_stands_in_for_an_error() {
    let lane = StaleIfError { ttl: TTL, ..StaleIfError::default() };
    let run = ran(&failing(warm(2_000), 500), AnyStrategy::StaleIfError(lane.clone()));
    assert_eq!(outcomes(&run), [999, 1_001, 0, 0, 0, 0]);
    assert_eq!(run.origin.calls(), 1_001, "every reader tries for himself");
    let none = StaleIfError { grace: Nanos::ZERO, ..lane };
    let run = ran(&failing(warm(2_000), 500), AnyStrategy::StaleIfError(none));
    assert_eq!(outcomes(&run), [999, 0, 0, 0, 0, 1_001]);
}

#[test]
fn cashews_soft_computes_from_a_third_of_the_ttl_on_and_falls_back_on_what_is_there() {
    let soft = CashewsSoft { ttl: TTL, ..CashewsSoft::default() };
    let run = ran(&warm(1_000), AnyStrategy::CashewsSoft(soft.clone()));
    // From 330 ms on 200 readers compute; the last of them stores at 729 ms.
    assert_eq!(outcomes(&run), [800, 0, 0, 200, 0, 0]);
    let run = ran(&failing(warm(1_500), 0), AnyStrategy::CashewsSoft(soft));
    // The error comes 200 ms later: up to 799 ms the value is still fresh then, up to 999 ms it was there to begin with.
    assert_eq!(outcomes(&run), [799, 200, 0, 0, 0, 501]);
}

fn fusion() -> FusionCache {
    FusionCache { ttl: TTL, eager: 1.0, soft: ms(50), ..FusionCache::default() }
}

#[test]
fn whoever_has_an_old_value_waits_for_the_new_one_no_longer_than_the_soft_timeout() {
    let mut run = ran(&warm(2_000), AnyStrategy::FusionCache(fusion()));
    assert_eq!(outcomes(&run), [1_800, 150, 50, 0, 0, 0], "the last 50 ms of 200");
    assert_eq!((run.origin.calls(), run.requests.latency().max_us()), (1, 50_000));
    let eager = FusionCache { eager: 0.7, ..fusion() };
    let run = ran(&warm(1_500), AnyStrategy::FusionCache(eager));
    assert_eq!((outcomes(&run)[0], run.origin.calls()), (1_500, 1), "done before it expires");
}

#[test]
fn after_a_failure_the_old_value_counts_as_good_for_the_throttles_span() {
    let lane = FusionCache { throttle: ms(300), ..fusion() };
    let run = ran(&failing(warm(1_999), 500), AnyStrategy::FusionCache(lane));
    // Computes fail at 1.2, 1.7 s; each is followed by 300 ms in which nobody tries.
    assert_eq!((outcomes(&run)[5], run.origin.calls()), (0, 2));
}

#[test]
fn a_key_without_an_old_value_waits_for_the_hard_timeout_and_fails() {
    let lane = FusionCache { hard: ms(80), ..fusion() };
    let run = ran(&crate::support::plan(400), AnyStrategy::FusionCache(lane));
    let [fresh, _, waited, computed, _, failed] = outcomes(&run);
    assert_eq!((fresh, waited + computed, failed), (200, 80, 120));
}

#[test]
fn only_the_holder_of_laravels_lock_refreshes_and_every_stale_reader_tries_for_it() {
    let lane = LaravelFlexible { ttl: TTL, ..LaravelFlexible::default() };
    let run = ran(&warm(2_000), AnyStrategy::LaravelFlexible(lane));
    assert_eq!((run.cache.adds, run.origin.calls()), (200, 1));
}

#[test]
fn a_worker_who_dies_with_laravels_endless_lock_stops_all_refreshes() {
    let crash = || {
        let mut plan = warm(4_000);
        plan.events = vec![Event { at: ms(900), change: Change::Crash(Item(0)) }];
        plan
    };
    let endless = LaravelFlexible { ttl: TTL, grace: TTL, lock_ttl: Nanos::ZERO };
    let run = ran(&crash(), AnyStrategy::LaravelFlexible(endless.clone()));
    // Nothing is refreshed from 1 s on; at 2 s the value is gone, and 200 readers compute.
    assert_eq!(outcomes(&run)[3], 200);
    assert_eq!(run.origin.calls(), 201);
    let ends = LaravelFlexible { lock_ttl: ms(300), ..endless };
    let run = ran(&crash(), AnyStrategy::LaravelFlexible(ends));
    assert_eq!((outcomes(&run)[3], outcomes(&run)[5]), (0, 0), "the next one refreshes at 1.3 s");
    assert_eq!(run.origin.calls(), 4);
}
