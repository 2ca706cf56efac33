//! A recording played in real time: each request at its time, and its writes too.

use std::sync::Arc;

use crate::common::*;
use herdlab_sim::plan::{Keys, Load, Plan};
use herdlab_sim::replay::{Op, Request};
use herdlab_sim::time::Nanos;
use herdlab_sim::traffic::Trace;
use herdlab_sim::virt;

/// Twenty seconds: two requests a second for one key, but forty in the sixth; the key is written after ten.
fn recording() -> Trace {
    let at = |tenths: u64| Request { time: ms(100 * tenths), ..Request::read(7) };
    let mut requests: Vec<Request> = (0..40).map(|nth| at(5 * nth)).collect();
    requests.extend((0..40).map(|nth| Request { time: ms(5_000 + 20 * nth + 10), ..at(0) }));
    requests.push(Request { op: Op::Write, time: ms(10_250), ..at(0) });
    requests.sort_by_key(|request| request.time);
    Trace::of(&requests, true).expect("requests")
}

fn plan(trace: Trace, speed: f64) -> Plan {
    let trace = Arc::new(trace);
    let mut plan = hot_key(1.0, Nanos::from_secs_f64(20.0 / speed));
    plan.traffic.load = Load::Recorded { trace: Arc::clone(&trace), speed, ttls: true };
    plan.traffic.keys = Keys::Trace(trace);
    plan.origin.latency = herdlab_sim::law::Law::Constant(ms(1));
    plan
}

#[test]
fn a_recording_ten_times_as_fast_takes_a_tenth_and_each_request_has_the_second_that_is_its_own() {
    let plan = plan(recording(), 10.0);
    let lane = lane("ttl", Nanos::from_secs(60));
    let virt = virt::run(&plan, &lane, &mut ()).expect("a run in virtual time");
    let real = run_lane(&plan, &lane, &private()).lane;
    let seconds = |run: &herdlab_sim::measure::LaneRun| -> Vec<u32> {
        run.requests.seconds().iter().map(|second| second.requests).collect()
    };
    assert_eq!(seconds(&real), seconds(&virt));
    assert_eq!(seconds(&real), [60, 20], "the sixth second's forty are in the first");
    assert_eq!((real.requests.requests(), real.origin.calls()), (80, 1));
    // All reads behind the write, which deletes nothing here, are of what it made old; a late one before it may be, too.
    assert_eq!(virt.requests.outdated(), 19);
    assert!((19..=20).contains(&real.requests.outdated()), "{}", real.requests.outdated());
}

/// The same without its busy second, the key written at its beginning with seven seconds to live.
fn of_seven_seconds() -> Trace {
    let at = |tenths: u64| Request { time: ms(100 * tenths), ..Request::read(7) };
    let write = Request { op: Op::Write, ttl: 7, ..at(0) };
    let requests: Vec<Request> =
        [write].into_iter().chain((0..40).map(|nth| at(5 * nth))).collect();
    Trace::of(&requests, true).expect("requests")
}

#[test]
fn a_ttl_that_a_recording_says_is_kept_in_real_time_and_at_its_speed() {
    let lane = lane("ttl", Nanos::from_secs(60));
    let mut plan = plan(of_seven_seconds(), 10.0);
    // 0.7 s: stored at the beginning and again with the next request behind 0.7 and 1.4 s.
    assert_eq!(run_lane(&plan, &lane, &private()).lane.origin.calls(), 3);
    let Load::Recorded { ttls, .. } = &mut plan.traffic.load else { unreachable!("as above") };
    *ttls = false;
    assert_eq!(run_lane(&plan, &lane, &private()).lane.origin.calls(), 1);
}
