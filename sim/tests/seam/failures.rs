//! Strategies that panic, spin or wait for ever: their request fails, the run goes on.

use std::future::pending;

use herdlab_sim::key::Item;
use herdlab_sim::strategy::SingleFlight;
use herdlab_sim::world::{Failure, Lead, Promise, Served, Task, World, follow, refresh};

use crate::support::{DONE, Serve, ms, outcomes, plan, run, script};

struct PanicsEveryTenth;

impl Serve for PanicsEveryTenth {
    async fn serve<W: World>(&self, w: &W, item: Item, nth: u64) -> Result<Served, Failure> {
        let _ = w.get(item.key()).await?;
        assert!(nth % 10 != 3, "request {nth} is out of luck");
        DONE
    }
}

#[test]
fn a_panic_fails_its_own_request_and_its_first_message_is_kept() {
    let ran = run(&plan(100), &script(PanicsEveryTenth));
    assert_eq!(outcomes(&ran), [90, 0, 0, 0, 0, 10]);
    assert_eq!(ran.requests.failures(Failure::Panic), 10);
    assert!(ran.panic.is_some_and(|message| message.contains("request 3 is out of luck")));
}

/// Leads a flight and panics; followers must not hang.
struct LeaderPanics;

impl Serve for LeaderPanics {
    async fn serve<W: World>(&self, w: &W, item: Item, nth: u64) -> Result<Served, Failure> {
        match w.join(item).await {
            Lead::Theirs(outcome) => Ok(Served::Waited(outcome?)),
            Lead::Mine(promise) => {
                let value = w.ask(item).await?;
                assert!(nth != 0, "the first leader panics");
                promise.keep(Ok(value));
                Ok(Served::Computed(value))
            }
        }
    }
}

#[test]
fn a_panicking_leaders_lead_passes_to_the_first_follower() {
    let ran = run(&plan(100), &script(LeaderPanics));
    assert_eq!(outcomes(&ran), [0, 0, 98, 1, 0, 1]);
    assert_eq!(ran.origin.calls(), 2);
}

/// The refresh behind a request panics, the first time.
struct RefreshPanics;

impl Serve for RefreshPanics {
    async fn serve<W: World>(&self, w: &W, item: Item, _: u64) -> Result<Served, Failure> {
        let (turn, mine) = refresh(w, item);
        let value = follow(turn).await?;
        Ok(if mine { Served::Computed(value) } else { Served::Waited(value) })
    }

    async fn behind<W: World>(&self, w: &W, task: Task<W::Promise>) {
        let value = w.ask(task.item).await;
        assert!(w.now() > ms(300), "the first refresh panics");
        if let Some(promise) = task.promise {
            promise.keep(value);
        }
    }
}

#[test]
fn followers_of_a_refresh_that_panicked_fail_as_lost_and_the_next_request_starts_a_new_one() {
    let ran = run(&plan(300), &script(RefreshPanics));
    let [_, _, waited, computed, _, failed] = outcomes(&ran);
    assert_eq!(ran.requests.failures(Failure::Lost), failed);
    assert_eq!((failed, waited + computed, computed), (200, 100, 1));
}

struct SpinsOnReads;

impl Serve for SpinsOnReads {
    async fn serve<W: World>(&self, w: &W, item: Item, nth: u64) -> Result<Served, Failure> {
        if nth == 5 {
            loop {
                let _ = w.get(item.key()).await?;
            }
        }
        DONE
    }
}

#[test]
fn a_loop_of_ready_things_is_caught() {
    let ran = run(&plan(10), &script(SpinsOnReads));
    assert_eq!((outcomes(&ran)[0], ran.requests.failures(Failure::Spin)), (9, 1));
}

struct SpinsOnSleeps;

impl Serve for SpinsOnSleeps {
    async fn serve<W: World>(&self, w: &W, _: Item, nth: u64) -> Result<Served, Failure> {
        if nth == 5 {
            loop {
                w.sleep(ms(0)).await;
            }
        }
        DONE
    }
}

#[test]
fn a_loop_across_polls_that_lets_no_time_pass_is_caught() {
    let ran = run(&plan(10), &script(SpinsOnSleeps));
    assert_eq!((outcomes(&ran)[0], ran.requests.failures(Failure::Spin)), (9, 1));
}

struct WaitsForNothing;

impl Serve for WaitsForNothing {
    async fn serve<W: World>(&self, _: &W, _: Item, nth: u64) -> Result<Served, Failure> {
        if nth == 5 {
            pending::<()>().await;
        }
        DONE
    }
}

#[test]
fn a_request_that_waits_for_something_foreign_is_named_stuck() {
    let ran = run(&plan(10), &script(WaitsForNothing));
    assert_eq!((outcomes(&ran)[0], ran.requests.failures(Failure::Stuck)), (9, 1));
}

#[test]
fn an_observer_may_cut_a_run_short_and_what_was_measured_is_kept() {
    use std::ops::ControlFlow;
    let mut ticks = 0;
    let mut observer = |_: &herdlab_sim::measure::Progress| {
        ticks += 1;
        if ticks == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let ran =
        herdlab_sim::virt::run_strategy(&plan(10_000), &SingleFlight::default(), &mut observer)
            .unwrap();
    assert!(ran.partial);
    assert_eq!(ran.requests.requests(), 3_000, "the tick at 3 s comes after the request due then");
}
