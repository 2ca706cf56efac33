//! `duplicate-share`: most origin calls asked for what was being computed already.

use super::Rule;
use crate::strategy::AnyStrategy;
use crate::text::{count, percent};

/// The share of origin calls that are duplicates: half of the origin's work is for nothing.
const SHARE: f64 = 0.5;
/// The largest herd. XFetch's with beta 1 is above ten once in a hundred, and that is its price, not a stampede.
const HERD: u64 = 12;

pub(super) const RULE: Rule = Rule {
    name: "duplicate-share",
    line: "most origin calls asked for what was being computed already",
    means: "A stampede: when an entry expires, everybody who finds nothing computes it, though one compute would have \
            answered all. A duplicate is an origin call for a key for which another is in flight.",
    fires: "at least half of the origin calls were duplicates, and the largest herd was at least 12.",
    source: "1 + L * D computes an expiry under a bare TTL, for L reads a second and a compute of D seconds.",
    shown_by: Some("run hot-key-expiry -s ttl --duration 32s"),
    explained_by: &[
        "metastable-lock-up",
        "never-early",
        "lock-give-up",
        "refresh-storm",
        "cold-xfetch",
    ],
    judge: |run| {
        run.each(|seen| {
            let s = &seen.record.summary;
            let share = s.origin_duplicates as f64 / s.origin_calls.max(1) as f64;
            // A herd that began in the warm-up is counted if it ends; where none was, one never did.
            let endless = s.herd_count == 0;
            if share < SHARE || (s.herd_max < HERD && !endless) {
                return None;
            }
            let processes = u64::from(run.plan.traffic.processes);
            let advice = match &seen.lane.strategy {
                AnyStrategy::SingleFlight(_) | AnyStrategy::StaleWhileRevalidate(_)
                    if s.herd_max <= processes && !endless =>
                {
                    format!(
                        "Each of the {processes} processes computes once for itself; a lock in the shared cache would make \
                         it one in all."
                    )
                }
                _ => "Let one compute and the others wait or take the old value: lock, single-flight, \
                      stale-while-revalidate."
                    .to_owned(),
            };
            Some((
                format!(
                    "{} of {} origin calls were duplicates; {}.",
                    percent(share),
                    count(s.origin_calls),
                    if endless {
                        "a herd of the warm-up never ended".to_owned()
                    } else {
                        format!("the largest herd was {}", count(s.herd_max))
                    }
                ),
                advice,
            ))
        })
    },
};

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::findings::made_up::{Told, plan, says};

    #[test]
    fn half_the_calls_and_a_herd_of_twelve_are_a_stampede() {
        let mut plan = plan(&["ttl", "single-flight"]);
        plan.traffic.processes = 16;
        let told = |lane, duplicates, herd| {
            let mut told = Told::new(&plan, lane);
            told.summary().origin_calls = 1_000;
            told.summary().origin_duplicates = duplicates;
            told.summary().herd_max = herd;
            says(&RULE, &plan, &told)
        };
        let found = told(0, 500, 12).unwrap();
        assert_eq!(
            found.text,
            "50.00% of 1,000 origin calls were duplicates; the largest herd was 12."
        );
        assert_eq!(told(0, 499, 12), None);
        assert_eq!(told(0, 500, 11), None);
        assert!(told(1, 900, 16).unwrap().advice.contains("16 processes"));
        assert!(told(1, 900, 17).unwrap().advice.starts_with("Let one compute"));
    }
}
