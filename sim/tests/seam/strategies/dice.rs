//! django-redis' HerdClient: the dice that each reader rolls.

use herdlab_sim::plan::{Arrivals, Keys, Load};
use herdlab_sim::strategy::{AnyStrategy, DjangoRedisHerd};

use super::{TTL, ran, warm};
use crate::support::outcomes;

#[test]
fn x_seconds_past_its_expiry_a_value_is_a_miss_with_probability_x_plus_1_in_60() {
    let mut plan = warm(20_000);
    // So many keys that hardly any is asked for twice: 20,000 requests in 20 s.
    plan.traffic.keys = Keys::Uniform { count: 1_000_000 };
    plan.traffic.load = Load::open(1_000.0, Arrivals::Constant);
    let lane = DjangoRedisHerd { ttl: TTL, ..DjangoRedisHerd::default() };
    let run = ran(&plan, AnyStrategy::DjangoRedisHerd(lane));
    let misses = |second: usize| {
        let second = run.requests.seconds()[second];
        f64::from(second.requests - second.hits) / f64::from(second.requests)
    };
    // In the second that begins at t, x = t - 1; three standard errors of a share in 1,000.
    for second in [0, 1, 4, 10, 19] {
        let expected = if second < 2 { 0.0 } else { second as f64 / 60.0 };
        let allowed = 3.0 * (expected * (1.0 - expected) / 1_000.0).sqrt() + 0.002;
        let share = misses(second);
        assert!((share - expected).abs() <= allowed, "second {second}: {share}, seed 42");
    }
    assert_eq!(outcomes(&run)[5], 0);
}
