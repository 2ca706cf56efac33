//! When things take effect, and what comes first at equal times.

use std::cell::RefCell;
use std::rc::Rc;

use herdlab_sim::key::Item;
use herdlab_sim::law::Law;
use herdlab_sim::plan::{Change, Event, OnTimeout, Warm};
use herdlab_sim::strategy::TtlOnly;
use herdlab_sim::time::Nanos;
use herdlab_sim::world::{Entry, Failure, Served, Ttl, Value, World, within};

use crate::support::{DONE, Serve, ms, outcomes, plan, run, script};

type Log = Rc<RefCell<Vec<(u64, Nanos, bool)>>>;

/// The first request writes, all read at once on arrival.
struct WriteThenReads(Log);

impl Serve for WriteThenReads {
    async fn serve<W: World>(&self, w: &W, item: Item, nth: u64) -> Result<Served, Failure> {
        if nth == 0 {
            w.set(item.key(), Entry::token(7), Ttl::FOREVER).await?;
            return DONE;
        }
        let found = w.get(item.key()).await?.is_some();
        self.0.borrow_mut().push((nth, w.now(), found));
        DONE
    }
}

#[test]
fn an_operation_takes_effect_at_the_instant_its_latency_ends() {
    // The write is sent at 1 ms and lands at 11 ms. The read sent at 2 ms lands later and finds it.
    let log = Log::default();
    let mut plan = plan(2);
    plan.cache.latency = Law::Constant(ms(10));
    run(&plan, &script(WriteThenReads(Rc::clone(&log))));
    assert_eq!(*log.borrow(), [(1, ms(12), true)]);
}

#[test]
fn a_write_once_sent_takes_effect_though_its_sender_is_cancelled() {
    let log = Log::default();
    let mut plan = plan(20);
    plan.cache.latency = Law::Constant(ms(10));
    plan.traffic.timeout = Some(ms(5));
    plan.traffic.on_timeout = OnTimeout::Cancel;
    struct Detached(Log);
    impl Serve for Detached {
        async fn serve<W: World>(&self, w: &W, item: Item, nth: u64) -> Result<Served, Failure> {
            match nth {
                0 => w.set(item.key(), Entry::token(7), Ttl::FOREVER).await?,
                19 => w.later(herdlab_sim::world::Task { item, note: nth, promise: None }),
                _ => {}
            }
            DONE
        }
        async fn behind<W: World>(&self, w: &W, task: herdlab_sim::world::Task<W::Promise>) {
            let found = w.get(task.item.key()).await.is_ok_and(|entry| entry.is_some());
            self.0.borrow_mut().push((task.note, w.now(), found));
        }
    }
    // Request 19 is answered at 20 ms; the run ends, so a 21st keeps it going until the read behind it lands.
    plan.duration = ms(40);
    let ran = run(&plan, &script(Detached(Rc::clone(&log))));
    assert_eq!(*log.borrow(), [(19, ms(30), true)]);
    assert_eq!(ran.requests.failures(Failure::Timeout), 1);
}

/// Looks once at 1 ms + 10 ms for what the origin says at the very same instant.
struct TiesWithSleep(Log);

impl Serve for TiesWithSleep {
    async fn serve<W: World>(&self, w: &W, item: Item, _: u64) -> Result<Served, Failure> {
        let call = w.ask(item);
        let result = within(w, ms(10), call).await;
        self.0.borrow_mut().push((0, w.now(), result.is_ok()));
        DONE
    }
}

#[test]
fn at_equal_times_a_result_comes_before_a_sleep() {
    let log = Log::default();
    let mut plan = plan(1);
    plan.origin.latency = Law::Constant(ms(10));
    run(&plan, &script(TiesWithSleep(Rc::clone(&log))));
    assert_eq!(*log.borrow(), [(0, ms(11), true)]);
}

#[test]
fn at_equal_times_a_result_comes_before_the_clients_deadline() {
    let mut plan = plan(1);
    plan.traffic.timeout = Some(ms(200));
    assert_eq!(outcomes(&run(&plan, &TtlOnly::default())), [0, 0, 0, 1, 0, 0]);
    plan.traffic.timeout = Some(ms(199));
    assert_eq!(outcomes(&run(&plan, &TtlOnly::default())), [0, 0, 0, 0, 0, 1]);
}

/// Sleeps to the very instant of its deadline.
struct Sleeps;

impl Serve for Sleeps {
    async fn serve<W: World>(&self, w: &W, _: Item, _: u64) -> Result<Served, Failure> {
        w.sleep(ms(100)).await;
        DONE
    }
}

#[test]
fn at_equal_times_the_clients_deadline_comes_before_a_sleep() {
    let mut plan = plan(1);
    plan.traffic.timeout = Some(ms(100));
    assert_eq!(run(&plan, &script(Sleeps)).requests.failures(Failure::Timeout), 1);
    plan.traffic.timeout = Some(ms(101));
    assert_eq!(outcomes(&run(&plan, &script(Sleeps))), [1, 0, 0, 0, 0, 0]);
}

#[test]
fn at_equal_times_results_and_sleeps_come_before_arrivals() {
    struct Reads(Log);
    impl Serve for Reads {
        async fn serve<W: World>(&self, w: &W, item: Item, nth: u64) -> Result<Served, Failure> {
            if nth == 0 {
                w.sleep(ms(1)).await;
                w.set(item.key(), Entry::token(7), Ttl::FOREVER).await?;
            } else {
                let found = w.get(item.key()).await?.is_some();
                self.0.borrow_mut().push((nth, w.now(), found));
            }
            DONE
        }
    }
    let log = Log::default();
    run(&plan(2), &script(Reads(Rc::clone(&log))));
    assert_eq!(*log.borrow(), [(1, ms(2), true)]);
}

#[test]
fn within_a_kind_the_earlier_sent_comes_first() {
    // Two writes land in one instant: the later sent one wins.
    struct TwoWrites(Log);
    impl Serve for TwoWrites {
        async fn serve<W: World>(&self, w: &W, item: Item, nth: u64) -> Result<Served, Failure> {
            if nth < 2 {
                w.sleep(ms(10 - nth)).await; // both wake at 11 ms, the first one's sleep was set first
                w.set(item.key(), Entry::token(nth), Ttl::FOREVER).await?;
            } else {
                w.sleep(ms(10)).await;
                let found =
                    w.get(item.key()).await?.is_some_and(|entry| entry.value == Value::token(1));
                self.0.borrow_mut().push((nth, w.now(), found));
            }
            DONE
        }
    }
    let log = Log::default();
    run(&plan(3), &script(TwoWrites(Rc::clone(&log))));
    assert_eq!(*log.borrow(), [(2, ms(13), true)]);
}

#[test]
fn a_scenarios_events_happen_at_their_instant_before_what_is_due_then() {
    let mut plan = plan(10);
    plan.cache.warm = Warm::Full;
    plan.origin.latency = Law::Constant(ms(1));
    plan.events = vec![Event { at: ms(5), change: Change::Flush }];
    // Fresh at 1..4 ms, computed at 5 ms; its answer lands at 6 ms before the request due then.
    assert_eq!(outcomes(&run(&plan, &TtlOnly::default())), [9, 0, 0, 1, 0, 0]);
}

#[test]
fn expire_and_stop_and_slow_do_what_they_say() {
    let mut plan = plan(1_000);
    plan.cache.warm = Warm::Full;
    plan.origin.latency = Law::Constant(ms(10));
    let at = |at, change| Event { at: ms(at), change };
    plan.events = vec![at(100, Change::Expire(Item(0)))];
    assert_eq!(run(&plan, &TtlOnly::default()).origin.calls(), 10, "10 requests miss in 10 ms");
    plan.events = vec![at(90, Change::SlowOrigin(3.0)), at(100, Change::Expire(Item(0)))];
    assert_eq!(run(&plan, &TtlOnly::default()).origin.calls(), 30);
    plan.events = vec![
        at(100, Change::Expire(Item(0))),
        at(105, Change::StopOrigin),
        at(205, Change::RestoreOrigin),
    ];
    assert_eq!(
        run(&plan, &TtlOnly::default()).origin.calls(),
        110,
        "the call sent at 100 ms ends at 210 ms"
    );
}
