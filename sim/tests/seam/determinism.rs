//! Same plan, same seed, same bytes; and lanes that differ only by their strategy.

use herdlab_sim::key::Item;
use herdlab_sim::law::Law;
use herdlab_sim::measure::LaneRun;
use herdlab_sim::plan::{
    Arrivals, Backend, Breaker, Capacity, Change, Discipline, Event, Invalidation, Keys, Layers,
    Load, Local, Moment, Nothing, OnAbandon, OnTimeout, Plan, Queue, Retries, Retry, Rules, Step,
    Updates, Variants, Warm,
};
use herdlab_sim::strategy::{AnyStrategy, TtlOnly};
use herdlab_sim::time::Nanos;
use herdlab_sim::virt;
use herdlab_sim::world::{Failure, Served, World};

use crate::support::{DONE, Serve, ms, outcomes, plan, run, run_lane, script};

fn busy() -> Plan {
    let mut plan = plan(0);
    plan.duration = Nanos::from_secs(30);
    plan.traffic.load = Load::open(2_000.0, herdlab_sim::plan::Arrivals::Poisson);
    plan.traffic.keys = Keys::Zipf { exponent: 1.0, count: 500 };
    plan.traffic.processes = 8;
    plan.traffic.timeout = Some(ms(400));
    plan.traffic.on_timeout = OnTimeout::Cancel;
    plan.cache.latency = Law::Lognormal { median: Nanos::from_micros(300), p99: ms(2) };
    plan.cache.warm = Warm::Stationary;
    plan.origin.concurrency = Some(30);
    plan.origin.latency = Law::Exponential(ms(60));
    plan.events = vec![
        Event { at: Nanos::from_secs(10), change: Change::Flush },
        Event { at: Nanos::from_secs(20), change: Change::Rate(500.0) },
    ];
    plan
}

fn lane_runs(plan: &Plan) -> Vec<LaneRun> {
    let named = AnyStrategy::ALL.iter().map(|about| AnyStrategy::named(about.name).unwrap());
    named
        .map(|strategy| {
            let lane = herdlab_sim::plan::Lane {
                name: strategy.name().to_owned(),
                strategy,
                rules: herdlab_sim::plan::Rules::default(),
            };
            virt::run(plan, &lane, &mut ()).unwrap()
        })
        .collect()
}

#[test]
fn two_runs_are_equal_to_the_last_figure() {
    for (a, b) in lane_runs(&busy()).into_iter().zip(lane_runs(&busy())) {
        assert_eq!(format!("{a:?}"), format!("{b:?}"), "seed 42");
    }
}

#[test]
fn another_seed_is_another_run() {
    let mut other = busy();
    other.seed = 43;
    let (a, b) = (run(&busy(), &TtlOnly::default()), run(&other, &TtlOnly::default()));
    assert_ne!(outcomes(&a), outcomes(&b));
}

#[test]
fn lanes_see_the_same_requests() {
    let seen: Vec<Vec<u32>> = lane_runs(&busy())
        .iter()
        .map(|ran| ran.requests.seconds().iter().map(|second| second.requests).collect())
        .collect();
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "seed 42");
}

/// Draws, asks, and draws again, in an order that differs by `swapped`.
struct Draws {
    swapped: bool,
    log: std::rc::Rc<std::cell::RefCell<Vec<(u64, Nanos)>>>,
}

impl Serve for Draws {
    async fn serve<W: World>(&self, w: &W, item: Item, _: u64) -> Result<Served, Failure> {
        if self.swapped {
            w.sleep(ms(7)).await; // other requests come in between
        }
        let draw = w.random();
        let asked = w.now();
        w.ask(item).await?;
        self.log.borrow_mut().push((draw.to_bits(), w.now() - asked));
        DONE
    }
}

#[test]
fn draws_and_service_times_of_a_request_do_not_depend_on_what_others_do() {
    let mut logs = [false, true].map(|swapped| {
        let log = std::rc::Rc::default();
        let mut plan = busy();
        plan.traffic.timeout = None;
        plan.origin.concurrency = None;
        plan.events.clear();
        run(&plan, &script(Draws { swapped, log: std::rc::Rc::clone(&log) }));
        log.take()
    });
    logs.iter_mut().for_each(|log| log.sort_unstable());
    assert!(logs[0].len() > 50_000);
    assert_eq!(logs[0], logs[1], "seed 42");
}

#[test]
fn in_a_closed_loop_each_users_items_and_thoughts_are_his_own() {
    let mut plan = busy();
    plan.traffic.load = Load::Closed { users: 50, think: Law::Uniform(ms(10), Nanos::SECOND) };
    plan.events.clear();
    let ran = run(&plan, &TtlOnly::default());
    // 30 s of cycles of about 0.505 s and the answers' time.
    let requests = ran.requests.requests();
    assert!((2_700..3_000).contains(&requests), "{requests} requests, seed 42");
    let again = run(&plan, &TtlOnly::default());
    assert_eq!(format!("{ran:?}"), format!("{again:?}"));
}

#[test]
fn a_closed_loop_in_which_no_time_passes_is_an_error_that_says_what_to_set() {
    let mut plan = plan(1);
    plan.cache.warm = Warm::Full;
    plan.traffic.load = Load::Closed { users: 1, think: Law::Constant(Nanos::ZERO) };
    let error = virt::run_strategy(&plan, &TtlOnly::default(), &mut ()).unwrap_err();
    assert!(error.to_string().contains("traffic.think"), "{error}");
}

/// All that a plan can say at once.
fn everything() -> Plan {
    let mut plan = busy();
    plan.duration = Nanos::from_secs(4);
    plan.traffic.load = Load::Open {
        rate: 800.0,
        arrivals: Arrivals::Bursty { mean: 3 },
        profile: vec![Step { at: Nanos::from_secs(2), rate: 1_500.0, ramp: Nanos::SECOND }],
    };
    plan.traffic.keys = Keys::Hotspot { hot: 10, share: 0.7, count: 200 };
    plan.traffic.page = 3;
    plan.traffic.variants = Variants { kept: 2, all: 6 };
    plan.traffic.absent = 0.1;
    plan.traffic.retries = Retries { max: 2, backoff: ms(30) };
    plan.traffic.updates = Updates { rate: 20.0, transaction: ms(15) };
    plan.cache.timeout = Some(ms(2));
    plan.cache.capacity = Some(Capacity::Entries(300));
    plan.origin.latency = Law::Gamma { mean: ms(40), shape: 2.0 };
    plan.origin.queue = Queue { limit: Some(50), discipline: Discipline::DropExpired };
    plan.origin.failure_rate = 0.05;
    plan.origin.on_abandon = OnAbandon::Drop;
    let changes = [
        Change::Bump,
        Change::FailOrigin(0.5),
        Change::RestoreOrigin,
        Change::SlowOrigin(3.0),
        Change::StopOrigin,
        Change::RestoreOrigin,
        Change::Flush,
        Change::Expire(Item(3)),
        Change::Crash(Item(2)),
        Change::LagOrigin(ms(300)),
        Change::LagCache(ms(200)),
        Change::SkewClocks(ms(500)),
        Change::Deploy { every: ms(100), rename: true },
        Change::Reconnect(ms(400)),
        Change::Squeeze(0.5),
        Change::Load,
    ];
    plan.events =
        (3..).zip(changes).map(|(nth, change)| Event { at: ms(200 * nth), change }).collect();
    plan
}

fn every_layer() -> Layers {
    Layers {
        jitter: 0.2,
        local: Some(Local { ttl: ms(500), lag: Some(ms(50)) }),
        nothing: Nothing { missed: true, ttl: Some(ms(300)) },
        hedge: Some(ms(60)),
        retry: Some(Retry { most: 2, budget: 0.2 }),
        breaker: Some(Breaker { failures: 5, open: ms(700), slow: Some(ms(400)) }),
    }
}

/// Every strategy of the list under rules of each kind.
fn ruled(plan: &Plan) -> Vec<LaneRun> {
    let rules = [
        Rules::default(),
        Rules { invalidation: Invalidation::Delete(Moment::BeforeCommit), ..Rules::default() },
        Rules {
            hottest: Some(5),
            invalidation: Invalidation::Bump(Moment::AfterCommit),
            backend: Some(Backend::LocMem),
            layers: every_layer(),
        },
    ];
    let lanes = AnyStrategy::ALL.iter().flat_map(|about| rules.map(|rules| (about.name, rules)));
    lanes.map(|(name, rules)| run_lane(plan, AnyStrategy::named(name).unwrap(), rules)).collect()
}

#[test]
fn two_runs_are_equal_to_the_last_figure_with_everything_on_at_once() {
    for on_timeout in [OnTimeout::Detach, OnTimeout::Cancel] {
        let mut plan = everything();
        plan.traffic.on_timeout = on_timeout;
        for (nth, (a, b)) in ruled(&plan).into_iter().zip(ruled(&plan)).enumerate() {
            assert_eq!(format!("{a:?}"), format!("{b:?}"), "{on_timeout:?}, seed 42");
            let lane = AnyStrategy::ALL[nth / 3].name;
            assert!(a.requests.retries() > 0, "{lane}");
            assert_eq!(a.panic, None, "{lane}");
        }
    }
}

#[test]
fn lanes_with_and_without_rules_see_the_same_requests() {
    let seen: Vec<Vec<u32>> = ruled(&everything())
        .iter()
        .map(|ran| ran.requests.seconds().iter().map(|second| second.requests).collect())
        .collect();
    assert!(seen[0].iter().sum::<u32>() > 3_000);
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "seed 42");
}
