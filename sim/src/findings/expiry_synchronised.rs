//! `expiry-synchronised`: many keys that were stored together expire together.

use super::Rule;
use super::run::{mean, part, peak};
use crate::plan::Warm;
use crate::text::count;
use crate::time::Nanos;

/// Keys; fewer have no common expiry worth the name.
const KEYS: u32 = 100;
/// How many times the mean second's origin calls the second of the expiry has; the mean has the wave's own tail in it.
const TIMES: f64 = 3.0;
/// Calls in that second: fewer hurt nobody.
const CALLS: u32 = 50;
/// Seconds after the expiry that belong to it: the popular keys are asked for at once.
const LONG: usize = 2;

pub(super) const RULE: Rule = Rule {
    name: "expiry-synchronised",
    line: "many keys that were stored together expire together",
    means: "Keys that were stored at the same time, by a warmer, a deploy or a flush, with the same TTL, expire at the same \
            time: each with a small herd or none, together a wave that no lock a key can break.",
    fires: "the cache began full (all of at least 100 keys stored at time 0), and in the second one TTL later, or the next, \
            came at least 50 origin calls and at least 3 times those of the mean measured second.",
    source: "M keys of l reads a second each without jitter: M (1 - e^(-l t)) calls in the first t seconds; \
             sim::theory::jitter.",
    shown_by: Some("run flush -s ttl --set cache.warm=full --duration 75s --set cache.ttl=30s"),
    explained_by: &["metastable-lock-up"],
    judge: |run| {
        run.each(|seen| {
            let keys = run.plan.entries();
            let second = seen.lane.strategy.ttl().as_secs() as usize;
            if run.plan.cache.warm != Warm::Full || keys < KEYS || second < run.first() {
                return None;
            }
            let until = seen.lane.strategy.ttl() + Nanos::from_secs(LONG as u64);
            let disturbed = run.disturbed(Nanos::ZERO, until, None);
            let calls = &seen.record.series.origin_calls;
            let most = peak(part(calls, second..second + LONG));
            let usual = mean(part(calls, run.first()..calls.len()));
            if disturbed || most < CALLS || f64::from(most) < TIMES * usual {
                return None;
            }
            Some((
                format!(
                    "{} keys that were stored together expired together at {}: {} origin calls in one second, against {} \
                     in the mean second.",
                    count(u64::from(keys)),
                    seen.lane.strategy.ttl(),
                    count(u64::from(most)),
                    count(usual.round() as u64)
                ),
                "Spread the TTLs by a jitter, or warm the cache over a whole TTL.".to_owned(),
            ))
        })
    },
};

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::findings::made_up::{Told, at, plan, says};
    use crate::plan::{Change, Keys, Plan, Warm};

    fn told(plan: &Plan, calls: u32, usual: u32) -> bool {
        let mut told = Told::new(plan, 0);
        told.record.series.origin_calls.fill(usual);
        told.record.series.origin_calls[10] = calls;
        says(&RULE, plan, &told).is_some()
    }

    #[test]
    fn a_full_cache_whose_keys_expire_in_one_second_is_told() {
        let mut plan = plan(&["ttl"]);
        plan.traffic.keys = Keys::Uniform { count: 100 };
        assert!(!told(&plan, 500, 10), "the cache did not begin full");
        plan.cache.warm = Warm::Full;
        assert!(told(&plan, 50, 0));
        assert!(!told(&plan, 49, 0), "too few to hurt");
        assert!(told(&plan, 62, 20)); // the mean second has 20.4
        assert!(!told(&plan, 61, 20), "not above what is usual");
        plan.traffic.keys = Keys::Uniform { count: 99 };
        assert!(!told(&plan, 500, 10), "too few keys");
    }

    #[test]
    fn what_a_flush_took_away_does_not_expire() {
        let mut plan = at(plan(&["ttl"]), 5, Change::Flush);
        plan.traffic.keys = Keys::Uniform { count: 100 };
        plan.cache.warm = Warm::Full;
        assert!(!told(&plan, 500, 10));
    }
}
