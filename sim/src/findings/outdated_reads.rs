//! `outdated-reads`: clients were told what was no longer so.

use super::Rule;
use crate::plan::{Invalidation, Moment};
use crate::text::{micros, percent};
use crate::time::Nanos;

pub(super) const RULE: Rule = Rule {
    name: "outdated-reads",
    line: "clients were told what was no longer so",
    means: "A request was served a value older than the item's last committed write. A bare TTL bounds how old it can be \
            and does nothing about how often: nothing tells the cache that the origin has changed.",
    fires: "the share of outdated values is above 0.",
    source: "1 - (1 - e^(-wT)) / (wT) of the hits, for w writes a second of the item and a TTL of T; sim::theory::ttl.",
    shown_by: Some("run hot-key-expiry -s ttl --duration 32s --set data.writes=1/s"),
    explained_by: &[],
    judge: |run| {
        run.each(|seen| {
            let s = &seen.record.summary;
            (s.outdated_rate > 0.0).then(|| {
                (
                    format!(
                        "{} of the values served were older than the item's last write, 99% of them by at most {}.",
                        percent(s.outdated_rate),
                        micros(s.age_p99_us as f64)
                    ),
                    advice(seen.lane.rules.invalidation, seen.lane.strategy.ttl()),
                )
            })
        })
    },
};

fn advice(invalidation: Invalidation, ttl: Nanos) -> String {
    match invalidation.moment() {
        None => format!(
            "Nothing invalidates here: delete or bump the key after each write commits, or shorten the TTL ({ttl}), which is \
             all that bounds the age."
        ),
        Some(Moment::BeforeCommit) => {
            "Invalidate after the commit: a reader between the two caches the old data again, for \
                                       a whole TTL."
                .to_owned()
        }
        Some(Moment::AfterCommit) => format!(
            "Look for what an invalidation after the commit cannot reach: computes that began before a commit and stored after \
             it (a lease refuses them), or a version counter that was evicted; a shorter TTL ({ttl}) bounds both."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::made_up::{Told, plan, says};

    #[test]
    fn outdated_answers_are_told_with_their_age() {
        let plan = plan(&["ttl"]);
        let mut told = Told::new(&plan, 0);
        assert_eq!(says(&RULE, &plan, &told), None);
        told.summary().outdated_rate = 0.125;
        told.summary().age_p99_us = 9_800_000;
        let found = says(&RULE, &plan, &told).unwrap();
        assert!(found.text.starts_with("12.50%") && found.text.contains("9.80s"), "{}", found.text);
        assert!(found.advice.contains("(10s)"), "{}", found.advice);
    }

    #[test]
    fn the_advice_depends_on_what_invalidates_already() {
        let advice = |invalidation| advice(invalidation, Nanos::SECOND);
        assert!(advice(Invalidation::None).starts_with("Nothing invalidates"));
        let before = advice(Invalidation::Delete(Moment::BeforeCommit));
        assert!(before.starts_with("Invalidate after the commit"), "{before}");
        assert!(advice(Invalidation::Bump(Moment::AfterCommit)).contains("lease"));
    }
}
