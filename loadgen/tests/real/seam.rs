//! The seam in real time: who leads, who follows, who dies, and that none of it hurts anybody else.

use crate::common::*;
use herdlab_loadgen::RealRun;
use herdlab_sim::key::Item;
use herdlab_sim::law::Law;
use herdlab_sim::plan::{self, OnAbandon, OnTimeout, Plan};
use herdlab_sim::random::{bits, unit};
use herdlab_sim::strategy::{Parameter, SingleFlight, Strategy};
use herdlab_sim::time::Nanos;
use herdlab_sim::world::{Failure, Lead, Promise, Served, Task, Value, World, follow, refresh};

/// One key, one process, an origin of 200 ms, clients who wait 150 ms and are then cancelled.
fn impatient() -> Plan {
    let mut plan = hot_key(500.0, Nanos::from_secs(1));
    plan.origin.latency = Law::Constant(ms(200));
    plan.traffic.processes = 1;
    plan.traffic.timeout = Some(ms(150));
    plan.traffic.on_timeout = OnTimeout::Cancel;
    plan
}

fn single_flight(plan: &Plan, detached: bool) -> RealRun {
    let strategy = SingleFlight { ttl: Nanos::from_secs(60), detached };
    own(plan, &strategy)
}

fn own<S: Strategy + Clone + Send>(plan: &Plan, strategy: &S) -> RealRun {
    run_strategy(plan, strategy, &private()).expect("a run")
}

#[test]
fn a_leader_that_dies_with_its_request_hands_on_to_followers_who_die_too() {
    let plan = impatient();
    let run = single_flight(&plan, false);
    assert_eq!(run.lane.requests.failures(Failure::Timeout), scheduled(&plan), "seed {SEED}");
    assert!(run.lane.origin.calls() > scheduled(&plan) / 2, "almost every one leads once");
}

#[test]
fn a_detached_leader_survives_its_request() {
    let plan = impatient();
    let run = single_flight(&plan, true);
    assert_eq!(run.lane.origin.calls(), 1);
    let served: u64 = run.lane.requests.outcomes()[..4].iter().sum();
    assert!(served > scheduled(&plan) * 3 / 4, "{served} served, seed {SEED}");
}

#[test]
fn a_leader_whose_client_only_left_goes_on_and_stores() {
    let mut plan = impatient();
    plan.traffic.on_timeout = OnTimeout::Detach;
    let run = single_flight(&plan, false);
    assert_eq!((run.lane.origin.calls(), run.lane.origin.wasted()), (1, 0));
    assert!(run.lane.requests.outcomes()[0] > 0, "what it stored is served");
}

#[test]
fn abandoned_work_is_done_and_wasted_or_dropped_from_the_queue() {
    for on_abandon in [OnAbandon::Work, OnAbandon::Drop] {
        let mut plan = hot_key(200.0, ms(500));
        let latency = Law::Constant(ms(20));
        plan.origin =
            plan::Origin { concurrency: Some(1), latency, on_abandon, ..plan::Origin::default() };
        plan.traffic.timeout = Some(ms(50));
        plan.traffic.on_timeout = OnTimeout::Cancel;
        let run = own(&plan, &Never);
        let (ledger, computed) = (&run.lane.origin, run.lane.requests.outcomes()[3]);
        assert_eq!(ledger.calls(), scheduled(&plan), "seed {SEED}");
        assert!(ledger.wasted() > 5, "{on_abandon:?}: a call that runs is done, whoever waits");
        match on_abandon {
            OnAbandon::Work => assert_eq!(ledger.dropped(), 0),
            OnAbandon::Drop => {
                let open = ledger.calls() - computed - ledger.wasted() - ledger.dropped();
                assert!(open <= 1, "{open} neither delivered nor wasted nor dropped");
            }
        }
    }
}

/// Caches nothing.
#[derive(Clone, Debug)]
struct Never;

impl Strategy for Never {
    async fn serve<W: World>(&self, w: &W, item: Item) -> Result<Served, Failure> {
        w.ask(item).await.map(Served::Computed)
    }

    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        Vec::new()
    }

    fn ttl(&self) -> Nanos {
        Nanos::SECOND
    }
}

/// Every tenth request misbehaves.
#[derive(Clone, Debug)]
struct Naughty {
    spins: bool,
}

impl Strategy for Naughty {
    async fn serve<W: World>(&self, w: &W, item: Item) -> Result<Served, Failure> {
        if w.random() <= 0.1 {
            assert!(self.spins, "on purpose");
            loop {
                w.sleep(Nanos::ZERO).await;
            }
        }
        w.ask(item).await.map(Served::Computed)
    }

    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        Vec::new()
    }

    fn ttl(&self) -> Nanos {
        Nanos::SECOND
    }
}

#[test]
fn a_strategy_that_panics_or_spins_fails_exactly_its_own_requests() {
    for (spins, failure) in [(false, Failure::Panic), (true, Failure::Spin)] {
        let plan = hot_key(300.0, Nanos::from_secs(1));
        let run = own(&plan, &Naughty { spins });
        let naughty =
            (0..scheduled(&plan)).filter(|n| unit(bits(SEED, *n, 0)) <= 0.1).count() as u64;
        assert_eq!(run.lane.requests.failures(failure), naughty, "{failure:?}, seed {SEED}");
        let [.., computed, _, failed] = run.lane.requests.outcomes();
        assert_eq!((computed, failed), (scheduled(&plan) - naughty, naughty));
        assert_eq!(run.lane.panic.is_some(), !spins);
    }
}

/// The first leader, or the first task behind, panics after a while.
#[derive(Clone, Debug)]
struct Unlucky {
    behind: bool,
}

impl Unlucky {
    async fn lead<W: World>(&self, w: &W, item: Item) -> Result<Value, Failure> {
        w.sleep(ms(100)).await;
        assert!(w.now() > ms(300), "on purpose");
        w.ask(item).await
    }
}

impl Strategy for Unlucky {
    async fn serve<W: World>(&self, w: &W, item: Item) -> Result<Served, Failure> {
        if self.behind {
            return follow(refresh(w, item).0).await.map(Served::Waited);
        }
        match w.join(item).await {
            Lead::Theirs(outcome) => outcome.map(Served::Waited),
            Lead::Mine(promise) => {
                let outcome = self.lead(w, item).await;
                promise.keep(outcome);
                outcome.map(Served::Computed)
            }
        }
    }

    async fn behind<W: World>(&self, w: &W, task: Task<W::Promise>) {
        let outcome = self.lead(w, task.item).await;
        if let Some(promise) = task.promise {
            promise.keep(outcome);
        }
    }

    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        Vec::new()
    }

    fn ttl(&self) -> Nanos {
        Nanos::SECOND
    }
}

#[test]
fn whoever_follows_a_panicking_leader_is_answered_by_the_next() {
    let plan = hot_key(100.0, Nanos::from_secs(1));
    let run = own(&plan, &Unlucky { behind: false });
    let panics = run.lane.requests.failures(Failure::Panic);
    assert!(
        (1..=8).contains(&panics),
        "{panics}: one after another until 0.3 s, in each of two processes"
    );
    assert_eq!(run.lane.requests.outcomes()[5], panics, "nobody else failed");
    assert_eq!(run.lane.requests.requests(), scheduled(&plan), "seed {SEED}");
}

#[test]
fn followers_of_a_task_that_panics_are_lost_and_the_next_request_starts_a_new_one() {
    let plan = hot_key(100.0, Nanos::from_secs(1));
    let run = own(&plan, &Unlucky { behind: true });
    let lost = run.lane.requests.failures(Failure::Lost);
    assert!(lost > 0 && run.figures.panics_behind > 0);
    assert!(run.lane.requests.outcomes()[2] > scheduled(&plan) / 2, "later ones are answered");
    assert_eq!(run.lane.requests.outcomes()[5], lost);
}
