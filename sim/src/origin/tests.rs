use super::*;
use crate::law::Law;

const MS: fn(u64) -> Nanos = Nanos::from_millis;

fn origin(slots: u32, on_abandon: OnAbandon) -> Origin {
    with(plan::Origin { concurrency: Some(slots), on_abandon, ..plan::Origin::default() })
}

fn with(plan: plan::Origin) -> Origin {
    Origin::new(&plan, 42, Window { warmup: Nanos::ZERO, end: Nanos::from_secs(60) })
}

fn ask(item: u32) -> Ask {
    let request = u64::from(item);
    let deadline = Nanos::FOREVER;
    let (item, gap, variant, absent) = (Item(item), Nanos::ZERO, 0, false);
    Ask { item, request, attempt: 0, gap, variant, absent, deadline }
}

fn submit(origin: &mut Origin, now: Nanos, item: u32) -> (CallId, Option<Start>) {
    match origin.submit(now, ask(item)) {
        Submitted::Started(call, start) => (call, Some(start)),
        Submitted::Queued(call) => (call, None),
        Submitted::Shed => panic!("the queue has no limit"),
    }
}

fn begins(call: CallId, ms: u64) -> Next {
    Next { start: Some(Start { call, done_at: MS(ms) }), expired: Vec::new() }
}

#[test]
fn calls_beyond_the_slots_wait_in_order_and_the_wait_is_counted() {
    let mut o = origin(1, OnAbandon::Work);
    let (a, started) = submit(&mut o, MS(0), 1);
    assert_eq!(started, Some(Start { call: a, done_at: MS(100) }));
    let (b, _) = submit(&mut o, MS(10), 2);
    let (_c, nothing) = submit(&mut o, MS(20), 3);
    assert_eq!((nothing, o.queued(), o.ledger.queue_max()), (None, 2, 2));
    let done = o.finish(MS(100), a);
    assert_eq!(done, Finish::Done(Ok(Value::data(MS(0), 0)), begins(b, 200)));
    assert_eq!(o.ledger.wait().max_us(), 90_000);
}

#[test]
fn an_abandoned_call_is_worked_off_and_wasted_or_dropped_while_queued() {
    let mut works = origin(1, OnAbandon::Work);
    let (a, _) = submit(&mut works, MS(0), 1);
    let (b, _) = submit(&mut works, MS(0), 2);
    works.abandon(b);
    assert!(matches!(works.finish(MS(100), a), Finish::Done(_, next) if next == begins(b, 200)));
    works.finish(MS(200), b);
    assert_eq!((works.ledger.wasted(), works.ledger.dropped()), (1, 0));

    let mut drops = origin(1, OnAbandon::Drop);
    let (a, _) = submit(&mut drops, MS(0), 1);
    let (b, _) = submit(&mut drops, MS(0), 2);
    drops.abandon(b);
    assert_eq!(drops.queued(), 0);
    assert!(matches!(drops.finish(MS(100), a), Finish::Done(_, next) if next == Next::default()));
    assert_eq!((drops.ledger.wasted(), drops.ledger.dropped()), (0, 1));
}

#[test]
fn a_stop_moves_every_end_by_its_length() {
    let mut o = origin(2, OnAbandon::Work);
    let (a, _) = submit(&mut o, MS(0), 1);
    let (b, _) = submit(&mut o, MS(90), 2);
    o.stop(MS(50));
    o.stop(MS(60));
    assert_eq!(o.finish(MS(100), a), Finish::Frozen);
    assert_eq!(o.restore(MS(150)).0, [Start { call: a, done_at: MS(200) }]);
    assert_eq!(o.finish(MS(190), b), Finish::Later(Start { call: b, done_at: MS(290) }));
    assert!(matches!(o.finish(MS(290), b), Finish::Done(..)));
}

#[test]
fn what_arrives_while_it_stands_still_starts_when_it_is_restored() {
    let mut o = origin(2, OnAbandon::Work);
    o.stop(MS(0));
    let (a, nothing) = submit(&mut o, MS(10), 1);
    assert_eq!(nothing, None);
    assert_eq!(o.restore(MS(500)).0, [Start { call: a, done_at: MS(600) }]);
}

#[test]
fn slowness_touches_only_calls_that_start_later_and_service_times_depend_on_request_and_attempt_alone()
 {
    let mut o = origin(9, OnAbandon::Work);
    let (_, early) = submit(&mut o, MS(0), 1);
    o.slow(10.0);
    let (_, late) = submit(&mut o, MS(0), 2);
    assert_eq!((early.unwrap().done_at, late.unwrap().done_at), (MS(100), MS(1_000)));

    let plan = plan::Origin { latency: Law::Exponential(MS(80)), ..plan::Origin::default() };
    let window = Window { warmup: Nanos::ZERO, end: Nanos::FOREVER };
    let end = |before: u32| {
        let mut o = Origin::new(&plan, 42, window);
        (0..before).for_each(|i| _ = submit(&mut o, MS(0), 100 + i));
        submit(&mut o, MS(0), 7).1
    };
    assert_eq!(end(0).unwrap().done_at, end(5).unwrap().done_at, "other calls do not disturb it");
}

fn queue(limit: Option<u32>, discipline: Discipline) -> Origin {
    with(plan::Origin {
        concurrency: Some(1),
        queue: Queue { limit, discipline },
        ..plan::Origin::default()
    })
}

#[test]
fn a_full_queue_sheds_at_once_and_the_call_is_over() {
    let mut o = queue(Some(1), Discipline::Fifo);
    submit(&mut o, MS(0), 1);
    submit(&mut o, MS(0), 2);
    assert_eq!(o.submit(MS(0), ask(3)), Submitted::Shed);
    assert_eq!((o.ledger.calls(), o.ledger.shed_calls(), o.queued()), (3, 1, 1));
}

#[test]
fn the_last_to_come_is_next_where_the_queue_is_a_stack() {
    let mut o = queue(None, Discipline::Lifo);
    let (a, _) = submit(&mut o, MS(0), 1);
    submit(&mut o, MS(0), 2);
    let (c, _) = submit(&mut o, MS(0), 3);
    assert!(matches!(o.finish(MS(100), a), Finish::Done(_, next) if next == begins(c, 200)));
}

#[test]
fn a_call_past_its_clients_patience_is_passed_over_and_said_to_be() {
    let mut o = queue(None, Discipline::DropExpired);
    let (a, _) = submit(&mut o, MS(0), 1);
    let late = Ask { deadline: MS(99), ..ask(2) };
    let Submitted::Queued(b) = o.submit(MS(0), late) else { panic!("the slot is taken") };
    let just = Ask { deadline: MS(100), ..ask(3) };
    let Submitted::Queued(c) = o.submit(MS(0), just) else { panic!("the slot is taken") };
    let Finish::Done(_, next) = o.finish(MS(100), a) else { panic!("it is done") };
    assert_eq!(next, Next { expired: vec![b], ..begins(c, 200) });
    assert_eq!((o.ledger.dropped(), o.queued()), (1, 0));
}

#[test]
fn the_share_of_computes_that_fail_is_the_plans_until_an_event_changes_it() {
    let plan = plan::Origin { failure_rate: 0.2, ..plan::Origin::default() };
    let mut o = with(plan);
    let failed = |o: &mut Origin, from: u32| {
        let fails = |i: &u32| {
            let (call, _) = submit(o, MS(0), *i);
            matches!(o.finish(MS(100), call), Finish::Done(Err(Failure::Origin), _))
        };
        (from..from + 10_000).filter(fails).count()
    };
    let usual = failed(&mut o, 0);
    assert!((1_880..2_120).contains(&usual), "{usual} of 10000, expected 2000 +- 3 x 40, seed 42");
    o.fail(1.0);
    assert_eq!(failed(&mut o, 10_000), 10_000);
    o.restore(MS(0));
    assert!(failed(&mut o, 0) == usual, "the same requests fail again");
    assert_eq!(o.ledger.failed(), (2 * usual + 10_000) as u64);
}
