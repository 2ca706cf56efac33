//! `refresh-storm`: early refresh so early that it never ends.

use super::Rule;
use crate::text::{count, micros};
use crate::theory::xfetch::XFetch;

/// The share of the TTL that the early gap takes. At a half, a key is computed twice as often as its TTL asks.
const SHARE: f64 = 0.5;
/// How many times the calls that a lone key's expiries ask for: where refreshes never end, no herd ends to be counted.
const TIMES: f64 = 3.0;

pub(super) const RULE: Rule = Rule {
    name: "refresh-storm",
    line: "early refresh so early that it never ends",
    means: "XFetch's look-ahead grows with beta, with the compute time and with the reads a second. Where it comes near \
            the TTL, an entry is refreshed again as soon as it is stored, and the cache is a way of computing all the time.",
    fires: "the formula's mean early gap of the hottest key is at least half its TTL, and so was the measured one, or a lone \
            key had at least 3 times the calls that its expiries ask for.",
    source: "Mean early gap = beta * delta * (ln(rate * beta * delta) + 0.577...), from Vattani, Chierichetti, Lowenstein, \
             PVLDB 8(8), 2015; sim::theory::xfetch.",
    shown_by: Some("run hot-key-expiry -s xfetch --duration 32s --set strategy.beta=20"),
    explained_by: &[],
    judge: |run| {
        run.each(|seen| {
            let early = seen.early()?;
            let s = &seen.record.summary;
            let key = XFetch {
                rate: run.hottest(seen),
                delta: run.compute(),
                beta: early.beta,
            };
            let ttl = early.ttl.as_secs_f64();
            let gap = key.early_gap_mean();
            let expiries = run.seconds() / ttl + 1.0;
            let alone = run.plan.entries() == 1;
            let many = alone && s.origin_calls as f64 >= TIMES * key.herd_mean() * expiries;
            let measured = s.early_gap_avg_us >= SHARE * ttl * 1e6 || many;
            if early.reversed || gap < SHARE * ttl || !measured {
                return None;
            }
            Some((
                format!(
                    "it refreshes all the time: with beta {} the formula has it refresh {} before the expiry, and the TTL is {}; \
                     {} origin calls in {:.0}s.",
                    early.beta,
                    micros(gap * 1e6),
                    early.ttl,
                    count(s.origin_calls),
                    run.seconds(),
                ),
                format!(
                    "Lower beta ({}) or raise the TTL: the early gap should be a small part of it.",
                    early.beta
                ),
            ))
        })
    },
};

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::findings::made_up::{Told, plan, says};
    use crate::strategy::AnyStrategy;

    #[test]
    fn a_gap_of_half_the_ttl_is_a_storm_if_the_formula_agrees() {
        let mut plan = plan(&["xfetch"]);
        let gap_us = |plan: &crate::plan::Plan, us| {
            let mut told = Told::new(plan, 0);
            told.summary().early_gap_avg_us = us;
            told.summary().origin_calls = 12;
            says(&RULE, plan, &told)
        };
        // beta 1: 0.1 s (ln 100 + 0.577) = 0.52 s of a TTL of 10 s.
        assert_eq!(gap_us(&plan, 9e6), None);
        if let AnyStrategy::XFetch(xfetch) = &mut plan.lanes[0].strategy {
            xfetch.beta = 8.0; // 0.8 s (ln 800 + 0.577) = 5.8 s
        }
        assert!(gap_us(&plan, 5e6).is_some());
        assert_eq!(gap_us(&plan, 4.99e6), None);
        // 110 s have 12 expiries at most, of e^(1/8) = 1.13 calls each: three times that is 40.8.
        let calls = |calls| {
            let mut told = Told::new(&plan, 0);
            told.summary().origin_calls = calls;
            says(&RULE, &plan, &told)
        };
        assert_eq!(calls(40), None);
        assert!(calls(41).is_some());
    }
}
