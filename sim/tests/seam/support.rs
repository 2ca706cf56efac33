//! Plans and strategies that the tests share.

use std::cell::RefCell;
use std::rc::Rc;

use herdlab_sim::key::Item;
use herdlab_sim::law::Law;
use herdlab_sim::measure::LaneRun;
use herdlab_sim::plan::{Lane, Origin, Plan, Rules};
use herdlab_sim::strategy::{AnyStrategy, Parameter, Strategy};
use herdlab_sim::time::Nanos;
use herdlab_sim::virt::{self, run_strategy};
use herdlab_sim::world::{Failure, Served, Task, Value, World};

pub(crate) const fn ms(n: u64) -> Nanos {
    Nanos::from_millis(n)
}

/// `requests` of one key, one every millisecond from 1 ms on; zero latency, cold, unlimited origin of 200 ms.
pub(crate) fn plan(requests: u64) -> Plan {
    Plan {
        seed: 42,
        duration: ms(requests) + Nanos::from_nanos(1),
        origin: Origin { latency: Law::Constant(ms(200)), ..Origin::default() },
        ..Plan::default()
    }
}

/// Runs it; every request must have exactly one outcome.
pub(crate) fn run<S: Strategy>(plan: &Plan, strategy: &S) -> LaneRun {
    let ran = run_strategy(plan, strategy, &mut ()).expect("the plan is not overloaded");
    assert_eq!(ran.requests.outcomes().iter().sum::<u64>(), ran.requests.requests());
    ran
}

/// Outcomes in the order fresh, stale, waited, computed, degraded, failed.
pub(crate) fn outcomes(ran: &LaneRun) -> [u64; 6] {
    ran.requests.outcomes()
}

/// A strategy written as one async closure over the request's number in order of arrival.
pub(crate) struct Script<F> {
    pub(crate) serve: F,
    pub(crate) seen: RefCell<u64>,
}

/// What a scripted request does.
pub(crate) trait Serve: 'static {
    async fn serve<W: World>(&self, w: &W, item: Item, nth: u64) -> Result<Served, Failure>;
    async fn behind<W: World>(&self, _: &W, _: Task<W::Promise>) {}
}

pub(crate) fn script<F: Serve>(serve: F) -> Script<F> {
    Script { serve, seen: RefCell::new(0) }
}

impl<F: Serve> Strategy for Script<F> {
    async fn serve<W: World>(&self, w: &W, item: Item) -> Result<Served, Failure> {
        let nth = {
            let mut seen = self.seen.borrow_mut();
            *seen += 1;
            *seen - 1
        };
        self.serve.serve(w, item, nth).await
    }

    async fn behind<W: World>(&self, w: &W, task: Task<W::Promise>) {
        self.serve.behind(w, task).await;
    }

    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        Vec::new()
    }

    fn ttl(&self) -> Nanos {
        Nanos::SECOND
    }
}

/// An answer that says nothing.
pub(crate) const DONE: Result<Served, Failure> = Ok(Served::Fresh(Value::token(0)));

/// Runs a lane: a strategy of the list with rules around it.
pub(crate) fn run_lane(plan: &Plan, strategy: AnyStrategy, rules: Rules) -> LaneRun {
    let lane = Lane { name: strategy.name().to_owned(), strategy, rules };
    let ran = virt::run(plan, &lane, &mut ()).expect("the plan is not overloaded");
    assert_eq!(ran.requests.outcomes().iter().sum::<u64>(), ran.requests.requests());
    ran
}

/// The rank and the instant of every request of a plan, in order of arrival.
pub(crate) fn arrivals(plan: &Plan) -> Vec<(u32, Nanos)> {
    struct Logs(Rc<RefCell<Vec<(u32, Nanos)>>>);
    impl Serve for Logs {
        async fn serve<W: World>(&self, w: &W, item: Item, _: u64) -> Result<Served, Failure> {
            self.0.borrow_mut().push((w.rank(item), w.now()));
            DONE
        }
    }
    let log = Rc::default();
    run(plan, &script(Logs(Rc::clone(&log))));
    log.take()
}
