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
                advice(&seen.lane.strategy, run.plan.traffic.processes),
            ))
        })
    },
};

fn advice(strategy: &AnyStrategy, processes: u32) -> String {
    match strategy {
        AnyStrategy::SingleFlight(flight) if !flight.detached => {
            "Let the leader of a flight survive its request (detached = true): each that dies leaves its call behind.".to_owned()
        }
        AnyStrategy::SingleFlight(_) | AnyStrategy::StaleWhileRevalidate(_) if processes > 1 => format!(
            "Each of the {processes} processes computes once for itself; a lock in the shared cache would make it one in all."
        ),
        AnyStrategy::Lock(_) | AnyStrategy::LockArticle(_) | AnyStrategy::XFetchLock(_) => {
            "See that the lock outlives the slowest compute (lock_ttl), and that no waiter computes for itself."
                .to_owned()
        }
        _ => "Let one compute and the others wait or take the old value: lock, single-flight, stale-while-revalidate."
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{RULE, advice};
    use crate::findings::made_up::{Told, plan, says};
    use crate::strategy::{AnyStrategy, SingleFlight};

    #[test]
    fn half_the_calls_and_a_herd_of_twelve_are_a_stampede() {
        let plan = plan(&["ttl"]);
        let told = |duplicates, herd| {
            let mut told = Told::new(&plan, 0);
            told.summary().origin_calls = 1_000;
            told.summary().origin_duplicates = duplicates;
            told.summary().herd_max = herd;
            says(&RULE, &plan, &told)
        };
        let found = told(500, 12).unwrap();
        assert_eq!(
            found.text,
            "50.00% of 1,000 origin calls were duplicates; the largest herd was 12."
        );
        assert_eq!(told(499, 12), None);
        assert_eq!(told(500, 11), None);
    }

    #[test]
    fn the_advice_is_never_what_the_lane_does_already() {
        let advice = |name, processes| advice(&AnyStrategy::named(name).unwrap(), processes);
        assert!(advice("ttl", 16).starts_with("Let one compute"));
        assert!(advice("single-flight", 16).starts_with("Each of the 16 processes"));
        assert!(advice("lock", 16).contains("lock_ttl"));
        let dies =
            AnyStrategy::SingleFlight(SingleFlight { detached: false, ..Default::default() });
        assert!(super::advice(&dies, 16).contains("detached = true"));
    }
}
