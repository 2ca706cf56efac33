//! Whole runs on a private server: what is counted adds up, and nothing is left behind.

mod common;

use common::*;
use herdlab_sim::time::Nanos;

#[test]
fn the_outcomes_of_a_hot_key_sum_to_the_schedule_and_the_server_counted_the_same_commands() {
    let target = private();
    let plan = hot_key(2_000.0, Nanos::from_secs(2));
    let mut run = run_lane(&plan, &lane("ttl", ms(500)), &target);
    eprintln!("{:?} {:?}", run.lane.requests.outcomes(), run.figures);
    eprintln!(
        "lat {} {} late {} {}",
        run.lane.requests.latency().quantile_us(0.5),
        run.lane.requests.latency().quantile_us(0.99),
        run.lane.requests.lateness().quantile_us(0.5),
        run.lane.requests.lateness().quantile_us(0.99)
    );
    assert_eq!(run.lane.requests.requests(), scheduled(&plan), "seed {SEED}");
    for (command, count) in &run.figures.commands {
        assert_eq!(server_calls(&target, command), *count, "{command}");
    }
    assert_eq!(keys(&target), 0);
}
