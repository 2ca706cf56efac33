//! Whole runs on a private server: what is counted adds up, and nothing is left behind.

use std::ops::ControlFlow;

use crate::common::*;
use herdlab_loadgen::{RunError, Target};
use herdlab_sim::key::Item;
use herdlab_sim::law::Law;
use herdlab_sim::measure::Progress;
use herdlab_sim::plan::{Capacity, Change, Event, Keys, Load, OnTimeout, Warm};
use herdlab_sim::time::Nanos;
use herdlab_sim::world::Failure;

#[test]
fn the_outcomes_of_a_hot_key_sum_to_the_schedule_and_the_server_counted_the_same_commands() {
    let target = private();
    let plan = hot_key(1_000.0, Nanos::from_secs(2));
    let run = run_lane(&plan, &lane("ttl", ms(500)), &target);
    assert_eq!(run.lane.requests.requests(), scheduled(&plan), "seed {SEED}");
    let [fresh, stale, waited, computed, degraded, failed] = run.lane.requests.outcomes();
    assert_eq!((waited, degraded, failed), (0, 0, 0));
    assert!(fresh > 0 && stale < fresh && computed > 0);
    assert_eq!(run.lane.origin.calls(), computed);
    assert_eq!(run.figures.commands["get"], run.lane.cache.gets);
    for (command, count) in &run.figures.commands {
        assert_eq!(server_calls(&target, command), *count, "{command}");
    }
    assert_eq!((run.lane.partial, run.figures.warnings.len()), (false, 0));
}

#[test]
fn one_lock_holder_at_a_time_computes_for_all_processes_and_every_command_is_counted() {
    let target = private();
    let plan = hot_key(500.0, Nanos::from_secs(2));
    let run = run_lane(&plan, &lane("lock", ms(700)), &target);
    assert_eq!(run.lane.requests.requests(), scheduled(&plan), "seed {SEED}");
    assert_eq!((run.lane.origin.herds().max, run.lane.origin.duplicates()), (1, 0));
    let sent = |name: &str| run.figures.commands.get(name).copied().unwrap_or(0);
    assert_eq!(server_calls(&target, "evalsha"), sent("evalsha"));
    assert_eq!(sent("evalsha"), run.lane.cache.delete_ifs);
    assert_eq!(server_calls(&target, "set"), run.lane.cache.sets + run.lane.cache.adds);
    // The script that releases a lock reads and deletes it, and Redis counts that too.
    assert_eq!(server_calls(&target, "get"), sent("get") + sent("evalsha"));
}

#[test]
fn a_run_leaves_nothing_behind_and_touches_nobody_elses_keys() {
    let target = private();
    let Target::Private(server) = &target else { unreachable!() };
    let somebody_elses = Target::Url(server.url());
    let mut connection = connect(&target);
    redis::cmd("SET").arg("theirs").arg("1").exec(&mut connection).expect("SET");
    redis::cmd("SET").arg("herdlab:0:theirs").arg("2").exec(&mut connection).expect("SET");
    let mut plan = hot_key(500.0, Nanos::from_secs(1));
    plan.traffic.keys = Keys::Zipf { exponent: 1.0, count: 5_000 };
    plan.cache.warm = Warm::Full;
    plan.events = vec![Event { at: ms(500), change: Change::Flush }];
    let run = run_lane(&plan, &lane("ttl", Nanos::from_secs(60)), &somebody_elses);
    let half = run.lane.origin.calls();
    assert!(half > 0, "the flush at half time makes every item miss again");
    assert!(half < scheduled(&plan) * 3 / 4, "until then all {} items were there", 5_000);
    assert_eq!(keys(&target), 2);
    let theirs: String = redis::cmd("GET").arg("theirs").query(&mut connection).expect("GET");
    assert_eq!(theirs, "1");
}

#[test]
fn an_observer_that_panics_leaves_no_keys() {
    let target = private();
    let mut plan = hot_key(500.0, Nanos::from_secs(30));
    plan.cache.warm = Warm::Full;
    let unwound = std::panic::catch_unwind(|| {
        let mut observer = |_: &Progress| -> ControlFlow<()> { panic!("on purpose") };
        run(&plan, &lane("ttl", Nanos::from_secs(60)), &target, &settings(), &mut observer).is_ok()
    });
    assert!(unwound.is_err());
    assert_eq!(keys(&target), 0);
}

#[test]
fn a_run_that_is_cut_short_is_partial_and_does_not_count_what_was_in_flight() {
    let target = private();
    let mut plan = hot_key(200.0, Nanos::from_secs(60));
    plan.origin.latency = Law::Constant(Nanos::from_secs(30));
    plan.traffic.timeout = None;
    let mut seen = Progress::default();
    let mut observer = |progress: &Progress| {
        seen = *progress;
        ControlFlow::Break(())
    };
    let run =
        run(&plan, &lane("ttl", ms(500)), &target, &settings(), &mut observer).expect("a run");
    assert!(run.lane.partial);
    assert!(seen.in_flight > 0 && seen.origin_calls > 0, "{seen:?}");
    assert_eq!(run.lane.requests.requests(), 0);
    assert_eq!(keys(&target), 0);
}

#[test]
fn clients_give_up_when_their_patience_counted_from_the_due_time_is_over() {
    let target = private();
    for on_timeout in [OnTimeout::Detach, OnTimeout::Cancel] {
        let mut plan = hot_key(200.0, Nanos::from_secs(1));
        plan.traffic.timeout = Some(ms(100));
        plan.traffic.on_timeout = on_timeout;
        plan.events = vec![Event { at: Nanos::ZERO, change: Change::StopOrigin }];
        let run = run_lane(&plan, &lane("ttl", Nanos::from_secs(60)), &target);
        assert_eq!(
            run.lane.requests.failures(Failure::Timeout),
            scheduled(&plan),
            "{on_timeout:?}"
        );
    }
}

#[test]
fn what_a_stopped_origin_holds_for_ever_fails_as_stuck() {
    let target = private();
    let mut plan = hot_key(100.0, ms(500));
    plan.traffic.timeout = None;
    plan.events = vec![Event { at: Nanos::ZERO, change: Change::StopOrigin }];
    let settings = herdlab_loadgen::Settings { drain: ms(300), ..settings() };
    let run = run(&plan, &lane("ttl", ms(500)), &target, &settings, &mut ()).expect("a run");
    assert_eq!(run.lane.requests.failures(Failure::Stuck), scheduled(&plan));
}

#[test]
fn a_restored_origin_answers_who_waited() {
    let target = private();
    let mut plan = hot_key(100.0, Nanos::from_secs(1));
    plan.origin.concurrency = Some(1);
    plan.events = vec![
        Event { at: Nanos::ZERO, change: Change::StopOrigin },
        Event { at: ms(500), change: Change::RestoreOrigin },
        Event { at: ms(800), change: Change::Expire(Item(0)) },
    ];
    let run = run_lane(&plan, &lane("single-flight", Nanos::from_secs(60)), &target);
    let [fresh, _, waited, computed, _, failed] = run.lane.requests.outcomes();
    assert_eq!(fresh + waited + computed, scheduled(&plan), "{failed} failed");
    assert!(fresh > 0 && waited > 0);
    assert!(
        (3..=4).contains(&run.lane.origin.calls()),
        "each process once, and once more each that sees the expiry"
    );
}

#[test]
fn a_closed_loops_users_wait_for_their_answers() {
    let target = private();
    let mut plan = hot_key(0.0, Nanos::from_secs(1));
    plan.traffic.load = Load::Closed { users: 10, think: Law::Constant(ms(20)) };
    plan.traffic.processes = 4;
    let run = run_lane(&plan, &lane("ttl", Nanos::from_secs(60)), &target);
    let requests = run.lane.requests.requests();
    assert!(
        (100..=490).contains(&requests),
        "{requests}: at most 49 thoughts of 20 ms end in a second, for each of 10"
    );
    assert_eq!(run.figures.commands["get"], requests);
}

#[test]
fn a_server_that_is_not_there_is_unreachable_and_its_password_stays_secret() {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|l| l.local_addr())
        .expect("a port")
        .port();
    let target = Target::Url(format!("redis://:s3cret@127.0.0.1:{port}/0"));
    let plan = hot_key(100.0, ms(100));
    let error = run(&plan, &lane("ttl", ms(500)), &target, &settings(), &mut ())
        .expect_err("nobody listens");
    assert!(matches!(error, RunError::Unreachable { .. }), "{error}");
    assert!(!format!("{error} {error:?} {target:?}").contains("s3cret"));
}

#[test]
fn figures_are_a_json_object_that_names_every_setting() {
    let run = run_lane(&hot_key(100.0, ms(100)), &lane("ttl", ms(500)), &private());
    let json = serde_json::to_value(&run.figures).expect("JSON");
    assert_eq!(json["settings"]["cores"], 2);
    assert_eq!(json["connections"], 8);
    assert_eq!(json["settings"]["client"]["nodelay"], true);
    assert!(
        json["server"]
            .as_str()
            .is_some_and(|server| server.starts_with("redis ") || server.starts_with("valkey "))
    );
}

#[test]
fn a_generator_that_is_behind_says_so_and_still_sends_and_answers_everything() {
    let mut plan = hot_key(2e6, ms(20));
    plan.cache.warm = Warm::Full;
    plan.traffic.timeout = None;
    let run = run_lane(&plan, &lane("ttl", Nanos::from_secs(60)), &private());
    assert_eq!(run.lane.requests.outcomes()[0], scheduled(&plan), "seed {SEED}");
    assert!(
        run.figures.overloaded.is_some(),
        "40,000 requests in 20 ms are too many for any machine"
    );
}

#[test]
fn a_private_server_has_the_scenarios_capacity_and_its_evictions_are_counted() {
    let target = private();
    let mut plan = hot_key(500.0, Nanos::from_secs(1));
    plan.traffic.keys = Keys::Uniform { count: 5_000 };
    plan.cache.value_size = 4_096;
    plan.cache.capacity = Some(Capacity::Bytes(3 << 20));
    let run = run_lane(&plan, &lane("ttl", Nanos::from_secs(60)), &target);
    assert!(
        run.lane.cache.evictions > 0,
        "500 values of 4 KiB do not fit beside the server's own memory"
    );
    assert_eq!(run.figures.warnings, [""; 0]);
    plan.cache.capacity = Some(Capacity::Entries(10));
    let run = run_lane(&plan, &lane("ttl", Nanos::from_secs(60)), &target);
    assert!(run.figures.warnings[0].contains("cache.capacity was not applied"));
}
