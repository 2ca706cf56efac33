//! The origin's queue: its limit, and who is next.

use std::cell::RefCell;
use std::rc::Rc;

use herdlab_sim::key::Item;
use herdlab_sim::plan::{Discipline, OnTimeout, Plan, Queue};
use herdlab_sim::strategy::TtlOnly;
use herdlab_sim::time::Nanos;
use herdlab_sim::world::{Failure, Served, World};

use crate::support::{DONE, Serve, ms, outcomes, plan, run, script};

/// One slot of 200 ms, and a request every millisecond.
fn narrow(requests: u64, limit: Option<u32>, discipline: Discipline) -> Plan {
    let mut plan = plan(requests);
    plan.origin.concurrency = Some(1);
    plan.origin.queue = Queue { limit, discipline };
    plan
}

#[test]
fn a_call_beyond_the_limit_is_shed_at_once() {
    let mut ran = run(&narrow(100, Some(5), Discipline::Fifo), &TtlOnly::default());
    assert_eq!(outcomes(&ran), [0, 0, 0, 6, 0, 94], "one at work, five in line");
    assert_eq!((ran.requests.failures(Failure::Shed), ran.origin.shed_calls()), (94, 94));
    assert_eq!((ran.origin.calls(), ran.origin.queue_max()), (100, 5), "shed calls were offered");
    assert_eq!(ran.requests.latency().quantile_us(0.5), 0, "who is shed hears of it at once");
}

#[test]
fn a_queue_of_none_sheds_all_but_whom_it_can_serve() {
    let ran = run(&narrow(100, Some(0), Discipline::Fifo), &TtlOnly::default());
    assert_eq!((outcomes(&ran)[3], ran.origin.shed_calls()), (1, 99));
}

/// Asks, and says when it is answered.
struct Asks(Rc<RefCell<Vec<(u64, Nanos)>>>);

impl Serve for Asks {
    async fn serve<W: World>(&self, w: &W, item: Item, nth: u64) -> Result<Served, Failure> {
        w.ask(item).await?;
        self.0.borrow_mut().push((nth, w.now()));
        DONE
    }
}

#[test]
fn the_first_comes_first_or_the_last() {
    for (discipline, order) in
        [(Discipline::Fifo, [0, 1, 2, 3, 4]), (Discipline::Lifo, [0, 4, 3, 2, 1])]
    {
        let log = Rc::default();
        run(&narrow(5, None, discipline), &script(Asks(Rc::clone(&log))));
        let answered: Vec<(u64, Nanos)> =
            (1..).zip(order).map(|(turn, nth)| (nth, ms(1 + 200 * turn))).collect();
        assert_eq!(log.take(), answered, "{discipline:?}");
    }
}

#[test]
fn calls_past_their_clients_patience_are_dropped_and_those_at_its_very_end_are_not() {
    // At 201 ms, clients due before 51 ms have left; the one due at 51 ms is served, until 401 ms, when all have.
    for on_timeout in [OnTimeout::Detach, OnTimeout::Cancel] {
        let mut plan = narrow(100, None, Discipline::DropExpired);
        plan.traffic.timeout = Some(ms(150));
        plan.traffic.on_timeout = on_timeout;
        let ran = run(&plan, &TtlOnly { ttl: Nanos::from_nanos(1) });
        assert_eq!((ran.origin.calls(), ran.origin.dropped()), (100, 98), "{on_timeout:?}");
        assert_eq!(ran.requests.failures(Failure::Timeout), 100);
    }
}

#[test]
fn without_impatient_clients_nothing_is_dropped() {
    let ran = run(&narrow(20, None, Discipline::DropExpired), &TtlOnly::default());
    assert_eq!((ran.origin.dropped(), outcomes(&ran)[3]), (0, 20));
}
