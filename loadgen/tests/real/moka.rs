//! moka itself, asked the same as the model's `moka`: same requests and faults, same computes. Both clocks are virtual.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use crate::common::*;
use herdlab_sim::law::Law;
use herdlab_sim::plan::{Arrivals, Load, OnTimeout, Plan};
use herdlab_sim::time::Nanos;
use herdlab_sim::traffic::Schedule;
use herdlab_sim::virt;
use moka::future::Cache;

/// Requests for one key, 10 ms apart for 200 ms, in one process; a compute takes 100 ms.
fn plan() -> Plan {
    let mut plan = hot_key(100.0, ms(200));
    plan.traffic.load = Load::open(100.0, Arrivals::Constant);
    plan.traffic.processes = 1;
    plan.traffic.on_timeout = OnTimeout::Cancel;
    plan.origin.latency = Law::Constant(ms(100));
    plan
}

/// Computes, and requests that were not answered.
type Counts = (u64, u64);

/// Who waits for what, in the model.
fn model(plan: &Plan) -> Counts {
    let run = virt::run(plan, &lane("moka", Nanos::from_secs(60)), &mut ()).expect("a run");
    (run.origin.calls(), run.requests.outcomes()[5])
}

/// The same requests to moka's cache: `try_get_with` at their times, dropped when their client's patience ends.
fn real(plan: &Plan) -> Counts {
    let schedule = Schedule::new(plan.seed, &plan.traffic.load, &plan.events, plan.duration);
    let times: Vec<Nanos> = schedule.expect("an open loop").collect();
    let fails = plan.origin.failure_rate > 0.0;
    let patience = plan.traffic.timeout.expect("clients with an end to their patience");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let (cache, computes) = (Cache::<u32, u32>::new(10), Arc::new(AtomicU64::new(0)));
        let tasks: Vec<_> = times
            .into_iter()
            .map(|due| {
                let (cache, computes) = (cache.clone(), Arc::clone(&computes));
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_nanos(due.as_nanos())).await;
                    let compute = async {
                        computes.fetch_add(1, Relaxed);
                        tokio::time::sleep(Duration::from_millis(100)).await;
                        if fails { Err("the origin fails") } else { Ok(1) }
                    };
                    let answer = cache.try_get_with(0, compute);
                    let patience = Duration::from_nanos(patience.as_nanos());
                    matches!(tokio::time::timeout(patience, answer).await, Ok(Ok(1)))
                })
            })
            .collect();
        let mut failed = 0;
        for task in tasks {
            failed += u64::from(!task.await.expect("no task panics"));
        }
        (computes.load(Relaxed), failed)
    })
}

#[test]
fn a_cold_key_is_computed_once_by_both() {
    assert_eq!((real(&plan()), model(&plan())), ((1, 0), (1, 0)));
}

#[test]
fn an_error_goes_to_all_who_wait_and_the_next_to_come_tries_again_on_both() {
    let mut failing = plan();
    failing.origin.failure_rate = 1.0;
    let (real, model) = (real(&failing), model(&failing));
    assert_eq!(real, model);
    // Who comes within the 100 ms of the first shares its error, the others that of a second.
    assert_eq!(real, (2, scheduled(&failing)));
}

#[test]
fn a_compute_whose_caller_is_dropped_is_begun_anew_by_one_who_waits_on_both() {
    for patience in [95, 75, 55, 35] {
        let mut hasty = plan();
        hasty.traffic.timeout = Some(ms(patience));
        let (real, model) = (real(&hasty), model(&hasty));
        assert_eq!(real, model, "patience of {patience} ms");
        assert!(real.0 > 2, "{real:?}: each heir begins anew");
    }
}
