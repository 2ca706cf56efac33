//! `cold-xfetch`: early refresh has nothing to refresh in a cold cache.

use std::ops::Range;

use super::run::{part, peak};
use super::{Rule, Run, Seen};
use crate::plan::Warm;
use crate::strategy::AnyStrategy;
use crate::text::count;

/// Duplicates in the worst cold second: fewer are no stampede.
const DUPLICATES: u32 = 10;
/// How many times those of the worst usual second: less is XFetch's usual herd.
const TIMES: u32 = 3;
/// Seconds before that are needed to know what is usual; without them, those after do.
const USUAL: usize = 5;
/// The share of a bare TTL's duplicates in those seconds, where a lane of it was run: less would be a protection.
const AS_MANY: f64 = 0.8;
/// Seconds after it was emptied that the cache counts as cold, beside a compute.
const COLD: usize = 2;

pub(super) const RULE: Rule = Rule {
    name: "cold-xfetch",
    line: "early refresh has nothing to refresh in a cold cache",
    means: "XFetch refreshes what is there before it expires. After a flush, a version bump, an eviction or a cold start \
            nothing is there, and every reader computes, as with a bare TTL.",
    fires: "in the two seconds (and a compute) after a flush, an expiry or a cold start came at least 10 duplicates a \
            second, at least 3 times those of any second before (after, for a cold start), and at least 0.8 times those of a ttl lane, if there is one.",
    source: "Vattani et al. protect a key that expires; no part of XFetch coordinates misses.",
    shown_by: Some("compare flush -s ttl,xfetch --duration 75s"),
    explained_by: &["never-early", "metastable-lock-up"],
    judge: |run| {
        run.each(|seen| {
            seen.early()?;
            let cold = colds(run).into_iter().find(|cold| stampedes(run, seen, &cold.seconds))?;
            let duplicates = peak(part(&seen.record.series.origin_duplicates, cold.seconds));
            Some((
                format!(
                    "{} found nothing to refresh: {} duplicate origin calls in one second, as many as under a bare TTL.",
                    cold.what,
                    count(u64::from(duplicates))
                ),
                "Give it a lock or a single flight for misses, or warm the cache before its traffic: early refresh \
                 protects warm keys only."
                    .to_owned(),
            ))
        })
    },
};

/// A time when the cache was cold.
struct Cold {
    what: String,
    seconds: Range<usize>,
}

fn colds(run: &Run<'_>) -> Vec<Cold> {
    let long = COLD + run.compute().ceil() as usize;
    let from = |second: usize| second..second + long;
    let mut colds: Vec<Cold> = Vec::new();
    if run.plan.cache.warm == Warm::Cold && run.plan.warmup.as_secs() == 0 {
        colds.push(Cold { what: "the cold start".to_owned(), seconds: from(0) });
    }
    colds.extend(run.flushes().map(|event| Cold {
        what: format!("the {} at {}s", event.change.name(), event.at.as_secs_f64()),
        seconds: from(event.at.as_secs() as usize),
    }));
    colds
}

fn stampedes(run: &Run<'_>, seen: &Seen<'_>, cold: &Range<usize>) -> bool {
    let all = &seen.record.series.origin_duplicates;
    let worst = peak(part(all, cold.clone()));
    let before = part(all, run.first()..cold.start.max(run.first()));
    let usual = if before.len() >= USUAL { before } else { part(all, cold.end..all.len()) };
    let other = peak(usual);
    let bare =
        run.lanes.iter().filter(|other| matches!(other.lane.strategy, AnyStrategy::Ttl(_))).map(
            |other| f64::from(peak(part(&other.record.series.origin_duplicates, cold.clone()))),
        );
    let as_many = bare.fold(f64::from(worst), f64::max) * AS_MANY;
    worst >= DUPLICATES && worst >= TIMES * other && f64::from(worst) >= as_many
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::findings::made_up::{Told, at, plan, run, says};
    use crate::plan::{Change, Warm};
    use crate::time::Nanos;

    #[test]
    fn a_flush_that_stampedes_is_told_and_the_usual_herds_are_not() {
        let plan = at(plan(&["xfetch", "lock"]), 60, Change::Flush);
        let told = |lane, cold, other| {
            let mut told = Told::new(&plan, lane);
            told.record.series.origin_duplicates[60] = cold;
            told.record.series.origin_duplicates[40] = other;
            told.record.series.origin_duplicates[100] = 99; // later: an echo is no excuse
            says(&RULE, &plan, &told)
        };
        assert!(told(0, 10, 3).unwrap().text.starts_with("the flush at 60s found nothing"));
        assert_eq!(told(0, 9, 0), None);
        assert_eq!(told(0, 10, 4), None);
        assert_eq!(told(1, 10, 3), None, "no early refresh, no word of it");
    }

    #[test]
    fn beside_a_bare_ttl_it_must_be_as_bad() {
        let plan = at(plan(&["ttl", "xfetch"]), 60, Change::Flush);
        let found = |bare| {
            let mut told = [Told::new(&plan, 0), Told::new(&plan, 1)];
            told[0].record.series.origin_duplicates[60] = bare;
            told[1].record.series.origin_duplicates[60] = 80;
            RULE.findings(&run(&plan, &told)).len()
        };
        assert_eq!((found(100), found(101)), (1, 0));
    }

    #[test]
    fn a_cold_start_counts_if_it_is_measured() {
        let mut plan = plan(&["xfetch"]);
        plan.cache.warm = Warm::Cold;
        let found = |plan: &crate::plan::Plan| {
            let mut told = Told::new(plan, 0);
            told.record.series.origin_duplicates[0] = 50;
            says(&RULE, plan, &told).is_some()
        };
        assert!(!found(&plan));
        plan.warmup = Nanos::ZERO;
        assert!(found(&plan));
    }
}
