//! `never-early`: a lane that means to refresh early never does.

use super::Rule;
use crate::text::{count, micros, percent};
use crate::theory::xfetch::XFetch;

/// Early refreshes that are due by the formula before their absence is no chance: e^-14 is one in a million.
const DUE: f64 = 14.0;

pub(super) const RULE: Rule = Rule {
    name: "never-early",
    line: "a lane that means to refresh early never does",
    means: "XFetch protects a key only by refreshing it before it expires. A lane that never does is a bare TTL with \
            extra steps. The usual cause is the sign: log(u) is never positive, so now + delta * beta * log(u) looks \
            back instead of ahead, and the value is never refreshed early. The article prints it so.",
    fires: "no herd began early, though at least 14 early refreshes of the hottest key were due: rate * beta * delta of \
            them an expiry, once a TTL.",
    source: "Vattani, Chierichetti, Lowenstein, PVLDB 8(8), 2015: P(no early refresh) = e^(-rate * beta * delta).",
    shown_by: Some("run hot-key-expiry -s xfetch-article --duration 32s"),
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
            // A key that is never warm has nothing to refresh; a run shorter than its TTL, no expiry.
            let expiries = (run.seconds() / early.ttl.as_secs_f64()).floor();
            let due = expiries * key.early_triggers();
            if s.early_count > 0 || s.herd_count == 0 || s.fresh == 0 || due < DUE {
                return None;
            }
            let text = format!(
                "none of its {} herds began before the entry's expiry; with beta {} and computes of {} a key of {} reads \
                 a second should be refreshed early {} of the time.",
                count(s.herd_count),
                early.beta,
                micros(key.delta * 1e6),
                count(key.rate.round() as u64),
                percent(1.0 - key.no_early_refresh()),
            );
            let advice = if early.reversed {
                "Its sign is reversed: recompute when now - delta * beta * ln(u) >= expiry (sign_fixed = true, or the \
                 strategy xfetch)."
            } else {
                "See that entries remember what their compute cost, and that the look-ahead is subtracted, not added."
            };
            Some((text, advice.to_owned()))
        })
    },
};

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::findings::made_up::{Told, plan, says};
    use crate::plan::Keys;

    #[test]
    fn a_hot_key_that_is_never_refreshed_early_is_told_and_one_early_herd_is_enough_not_to() {
        let plan = plan(&["xfetch-article"]);
        let mut told = Told::new(&plan, 0);
        assert_eq!(says(&RULE, &plan, &told), None);
        told.summary().early_count = 0;
        let found = says(&RULE, &plan, &told).unwrap();
        assert!(found.text.contains("none of its 110 herds"), "{}", found.text);
        assert!(found.advice.contains("sign is reversed"), "{}", found.advice);
    }

    #[test]
    fn a_cold_key_a_rare_key_and_other_strategies_have_no_early_refresh_to_miss() {
        let mut plan = plan(&["xfetch", "ttl"]);
        let silent = |plan: &crate::plan::Plan, lane: usize, fresh: u64| {
            let mut told = Told::new(plan, lane);
            told.summary().early_count = 0;
            told.summary().fresh = fresh;
            says(&RULE, plan, &told)
        };
        assert!(silent(&plan, 0, 1).is_some());
        assert_eq!(silent(&plan, 0, 0), None, "never warm");
        assert_eq!(silent(&plan, 1, 1), None, "a bare TTL");
        // 11 expiries of 1,000 / n reads a second at 100 ms: 14 early refreshes are due up to 78 keys.
        plan.traffic.keys = Keys::Uniform { count: 78 };
        assert!(silent(&plan, 0, 1).is_some());
        plan.traffic.keys = Keys::Uniform { count: 79 };
        assert_eq!(silent(&plan, 0, 1), None, "too rare to tell");
    }
}
