//! Benchmarks of a cache, against a private server.

use std::ops::ControlFlow;

use crate::common::{keys, ms, private, server_calls, settings};
use herdlab_loadgen::bench::{Contender, Course, Op, Pace, Workload};
use herdlab_loadgen::{PrivateServer, Service, Target};
use herdlab_sim::plan::{Arrivals, Keys};
use herdlab_sim::time::Nanos;

fn workload(mix: &[(Op, f64)]) -> Workload {
    let keys = Keys::Zipf { exponent: 1.0, count: 1_000 };
    Workload { mix: mix.to_vec(), value_size: 64, keys, hit: 0.9, batch: 10, seed: 42 }
}

fn course(pace: Pace, duration: Nanos) -> Course {
    Course { pace, warmup: ms(20), duration, number: 0 }
}

fn constant(per_second: f64) -> Pace {
    Pace::Rate { per_second, arrivals: Arrivals::Constant }
}

#[test]
fn answers_and_errors_add_up_to_the_requests_in_both_loops() {
    let mut contender =
        Contender::open(private(), &settings(), &workload(&[(Op::Get, 1.0)])).expect("it opens");
    for pace in [Pace::Users { users: 8, pipeline: 1 }, constant(2_000.0)] {
        let round = contender.round(&course(pace, ms(200)), &mut |_| ControlFlow::Continue(()));
        let round = round.expect("a round").expect("nobody cut it short");
        assert_eq!(round.requests, round.latency.count() + round.errors.total(), "{pace:?}");
        assert_eq!((round.errors.total(), round.hits + round.misses), (0, round.requests));
        assert!(round.throughput > 100.0 && round.cpu_us > 0.0, "{pace:?}");
    }
}

#[test]
fn a_server_that_stands_still_is_seen_by_every_request_that_was_due() {
    let target = private();
    let Target::Private(server) = &target else { panic!("a private server") };
    let pid = server.pid().to_string();
    let signal = |name: &str| {
        let sent = std::process::Command::new("kill").args([name, &pid]).status();
        assert!(sent.expect("kill runs").success());
    };
    let mut contender =
        Contender::open(target, &settings(), &workload(&[(Op::Get, 1.0)])).expect("it opens");
    let (mut stopped, mut went_on) = (false, false);
    // The second quarter of a two-second round.
    let round = contender.round(&course(constant(1_000.0), ms(2_000)), &mut |share| {
        if share > 0.25 && !stopped {
            stopped = true;
            signal("-STOP");
        } else if share > 0.5 && !went_on {
            went_on = true;
            signal("-CONT");
        }
        ControlFlow::Continue(())
    });
    let mut round = round.expect("a round").expect("nobody cut it short");
    assert_eq!((round.requests, round.errors.total()), (2_000, 0));
    // A quarter of the requests waited up to half a second: the worst 5 % of all at least 0.4 s.
    let p95 = round.latency.quantile_us(0.95);
    assert!(p95 >= 300_000, "p95 {p95} us");
}

#[test]
fn a_server_that_dies_is_counted_and_the_round_goes_on() {
    let target = private();
    let Target::Private(server) = &target else { panic!("a private server") };
    let pid = server.pid().to_string();
    let mut contender =
        Contender::open(target, &settings(), &workload(&[(Op::Get, 1.0)])).expect("it opens");
    let mut killed = false;
    let round = contender.round(&course(constant(1_000.0), ms(600)), &mut |share| {
        if share > 0.5 && !killed {
            killed = true;
            let sent = std::process::Command::new("kill").args(["-9", &pid]).status();
            assert!(sent.expect("kill runs").success());
        }
        ControlFlow::Continue(())
    });
    let round = round.expect("a round").expect("nobody cut it short");
    assert_eq!(round.requests, 600);
    assert!(round.errors.down > 0, "{:?}", round.errors);
    assert_eq!(round.requests, round.latency.count() + round.errors.total());
}

#[test]
fn a_round_that_is_cut_short_is_none_and_no_key_stays_behind() {
    let server = PrivateServer::start(Service::Redis).expect("redis-server starts");
    let url = Target::Url(server.url());
    let all = Op::ALL.map(|op| (op, 1.0));
    let mut contender = Contender::open(url, &settings(), &workload(&all)).expect("it opens");
    let place = Target::Private(server);
    assert!(keys(&place) >= 900, "preloaded");
    let long = course(Pace::Users { users: 4, pipeline: 1 }, Nanos::from_secs(3_600));
    let mut looks = 0;
    let cut = contender.round(&long, &mut |_| {
        looks += 1;
        if looks > 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert!(cut.expect("no error").is_none());
    assert_eq!(contender.clear(), None);
    assert_eq!(keys(&place), 0);
    assert!(server_calls(&place, "get") > 0);
}

#[test]
fn both_sides_of_a_comparison_see_the_same_requests() {
    let open = || {
        let target = private();
        Contender::open(target, &settings(), &workload(&[(Op::Get, 1.0)])).expect("it opens")
    };
    let [a, b] = [open(), open()].map(|mut contender| {
        let round = contender
            .round(&course(constant(5_000.0), ms(200)), &mut |_| ControlFlow::Continue(()))
            .expect("a round")
            .expect("nobody cut it short");
        (round.requests, round.hits, round.misses)
    });
    assert_eq!(a, b, "seed 42");
}
