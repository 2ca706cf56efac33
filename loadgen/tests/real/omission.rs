//! Coordinated omission: a stall of the server is in the figures in full, though nobody could send meanwhile.
use std::ops::ControlFlow;
use std::time::Instant;

use crate::common::{SEED, alone, hot_key, lane, scheduled, settings};
use herdlab_loadgen::{Service, Target, run};
use herdlab_sim::measure::Progress;
use herdlab_sim::plan::{Arrivals, Load, Warm};
use herdlab_sim::time::Nanos;
use rustix::process::{Pid, Signal, kill_process};

#[test]
fn the_p99_of_a_run_with_a_stall_is_the_stall_less_a_hundredth_of_the_run() {
    let _quiet = alone();
    for service in [Service::Redis, Service::Memcached] {
        stall(&Target::start(service).expect("its server is installed and starts"));
    }
}

fn stall(target: &Target) {
    let Target::Private(server) = target else { unreachable!() };
    let pid = Pid::from_raw(server.pid() as i32).expect("a process id");
    let mut plan = hot_key(2_000.0, Nanos::from_secs(8));
    plan.traffic.load = Load::open(2_000.0, Arrivals::Constant); // so that the formula is exact
    plan.cache.warm = Warm::Full;
    let (mut second, mut stopped, mut stall) = (0, None, 0.0);
    let mut observer = |_: &Progress| {
        second += 1;
        match second {
            1 => {
                kill_process(pid, Signal::STOP).expect("it is ours");
                stopped = Some(Instant::now());
            }
            3 => {
                kill_process(pid, Signal::CONT).expect("it is ours");
                stall = stopped.expect("stopped two seconds ago").elapsed().as_secs_f64();
            }
            _ => {}
        }
        ControlFlow::Continue(())
    };
    let mut run =
        run(&plan, &lane("ttl", Nanos::from_secs(60)), target, &settings(), &mut observer)
            .expect("a run");
    let requests = &mut run.lane.requests;
    assert_eq!(requests.requests(), scheduled(&plan), "seed {SEED}");
    let expected = stall - 0.01 * plan.duration.as_secs_f64();
    let p99 = requests.latency().quantile_us(0.99) as f64 / 1e6;
    assert_eq!(run.figures.overloaded, None, "{target}: the pause is the server's");
    let allowed = expected * 0.02 + requests.lateness().clone().quantile_us(0.99) as f64 / 1e6;
    assert!(
        (p99 - expected).abs() <= allowed,
        "{target}: p99 {p99} s, expected {expected} +- {allowed} s"
    );
}
