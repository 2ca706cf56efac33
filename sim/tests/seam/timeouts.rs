//! Clients that give up, and what becomes of their work.

use herdlab_sim::key::Item;
use herdlab_sim::law::Law;
use herdlab_sim::measure::LaneRun;
use herdlab_sim::plan::{Keys, OnAbandon, OnError, OnTimeout, Plan};
use herdlab_sim::strategy::{Lock, TtlOnly};
use herdlab_sim::world::{Failure, Served, World, first_ok, within};

use crate::support::{DONE, Serve, ms, outcomes, plan, run, script};

fn impatient(requests: u64, on_timeout: OnTimeout) -> Plan {
    let mut plan = plan(requests);
    plan.traffic.timeout = Some(ms(150));
    plan.traffic.on_timeout = on_timeout;
    plan
}

#[test]
fn a_detached_workers_result_is_stored_though_its_client_is_gone() {
    // 200 ms a compute, 150 ms of patience: all who miss give up, and what they store saves those after them.
    let ran = run(&impatient(1_000, OnTimeout::Detach), &TtlOnly::default());
    let [fresh, _, _, computed, _, failed] = outcomes(&ran);
    assert_eq!((fresh, computed, failed), (800, 0, 200));
    assert_eq!((ran.origin.calls(), ran.origin.wasted()), (200, 0));
}

#[test]
fn a_cancelled_requests_result_is_lost_and_everyone_computes_for_nothing() {
    let ran = run(&impatient(1_000, OnTimeout::Cancel), &TtlOnly::default());
    assert_eq!(outcomes(&ran), [0, 0, 0, 0, 0, 1_000]);
    assert_eq!(ran.origin.calls(), 1_000);
}

#[test]
fn a_cancelled_holder_leaves_its_lock_behind() {
    let mut plan = impatient(1_000, OnTimeout::Cancel);
    plan.traffic.keys = Keys::Uniform { count: 1 };
    let ran = run(&plan, &Lock::default());
    assert_eq!((ran.origin.calls(), ran.cache.adds > 1), (1, true), "the lock outlives the run");
    let ran = run(&plan, &Lock { lock_ttl: ms(300), ..Lock::default() });
    assert_eq!(ran.origin.calls(), 4, "a new holder each 300 ms");
}

fn abandoned(on_abandon: OnAbandon) -> LaneRun {
    let mut plan = impatient(100, OnTimeout::Cancel);
    plan.origin.concurrency = Some(1);
    plan.origin.on_abandon = on_abandon;
    run(&plan, &TtlOnly::default())
}

#[test]
fn an_origin_works_on_for_nobody_or_drops_what_is_still_queued() {
    let works = abandoned(OnAbandon::Work);
    assert_eq!((works.origin.calls(), works.origin.dropped()), (100, 0));
    let drops = abandoned(OnAbandon::Drop);
    assert_eq!(drops.origin.calls(), 100);
    assert_eq!(
        drops.origin.dropped(),
        98,
        "one was being worked on when its client left, one started meanwhile"
    );
}

/// Waits 50 ms for its call and then leaves it.
struct Leaves;

impl Serve for Leaves {
    async fn serve<W: World>(&self, w: &W, item: Item, nth: u64) -> Result<Served, Failure> {
        if nth == 0 {
            return DONE;
        }
        let _ = within(w, ms(50), w.ask(item)).await;
        w.sleep(ms(500)).await;
        DONE
    }
}

#[test]
fn a_call_that_was_left_is_worked_off_and_counted_as_wasted() {
    let ran = run(&plan(3), &script(Leaves));
    assert_eq!((ran.origin.calls(), ran.origin.duplicates(), ran.origin.wasted()), (2, 1, 2));
}

/// Asks twice and takes the first.
struct Hedges;

impl Serve for Hedges {
    async fn serve<W: World>(&self, w: &W, item: Item, _: u64) -> Result<Served, Failure> {
        let mut first = w.ask(item);
        let value = match within(w, ms(50), &mut first).await {
            Ok(result) => result?,
            Err(_) => first_ok(first, w.ask(item)).await?,
        };
        w.sleep(ms(500)).await;
        Ok(Served::Computed(value))
    }
}

#[test]
fn a_hedges_loser_is_wasted_and_nothing_else_is() {
    let ran = run(&plan(1), &script(Hedges));
    assert_eq!((ran.origin.calls(), ran.origin.wasted(), outcomes(&ran)[3]), (2, 1, 1));
}

#[test]
fn a_slow_cache_fails_or_degrades_but_a_write_still_lands() {
    let mut plan = plan(300);
    plan.cache.latency = Law::Constant(ms(20));
    plan.cache.timeout = Some(ms(10));
    assert_eq!(run(&plan, &TtlOnly::default()).requests.failures(Failure::Cache), 300);

    plan.cache.on_error = OnError::Origin;
    let ran = run(&plan, &TtlOnly::default());
    assert_eq!(outcomes(&ran), [0, 0, 0, 0, 300, 0], "every read fails, the origin answers");
    assert_eq!((ran.cache.gets, ran.cache.sets, ran.cache.errors), (300, 300, 600));
    let ran = run(&plan, &Lock::default());
    assert_eq!(outcomes(&ran), [0, 0, 0, 0, 300, 0], "an absent cache gives everyone the lock");
}

#[test]
fn latency_runs_from_the_intended_start() {
    let mut ran = run(&plan(1), &TtlOnly::default());
    assert_eq!(ran.requests.latency().max_us(), 200_000);
}
