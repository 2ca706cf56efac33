//! `echo`: what was filled together expires together, one TTL later.

use super::run::{mean, part, peak};
use super::{Rule, Run, Seen};
use crate::plan::Event;
use crate::text::count;
use crate::time::Nanos;

/// The hump's worst second against the mean second before the event.
const ABOVE_BEFORE: f64 = 1.5;
/// The hump's worst second against the mean second just before it: a hump has two sides.
const ABOVE_VALLEY: f64 = 2.0;
/// Standard deviations of a Poisson count that the hump is above both: five are no chance.
const NOISE: f64 = 5.0;
/// How far from one TTL after the event the hump may be, as a share of the TTL.
const NEAR: f64 = 0.1;
/// Seconds before the event that are needed to know what is usual.
const USUAL: usize = 5;

pub(super) const RULE: Rule = Rule {
    name: "echo",
    line: "what was filled together expires together, one TTL later",
    means: "A flush makes the popular keys expire together: they are filled in the same second, so they live exactly as \
            long, and come back as a second wave one TTL later, and weaker ones after that.",
    fires: "within 10 % of one TTL after a flush or an expiry a second has at least 1.5 times the origin calls of the \
            mean second before the event, twice those of the seconds just before the hump, and 5 standard deviations more.",
    source: "Entries stored at t expire at t + TTL; jitter of a share j of the TTL spreads them over j * TTL.",
    shown_by: Some("run flush -s ttl --duration 135s"),
    explained_by: &["metastable-lock-up"],
    judge: |run| {
        run.each(|seen| {
            let (event, hump) = run.flushes().find_map(|event| Some((event, hump(run, seen, event)?)))?;
            Some((
                format!(
                    "the {} at {}s came back one TTL later: {} origin calls in second {}, against {} a second before it.",
                    event.change.name(),
                    event.at.as_secs_f64(),
                    count(u64::from(hump.calls)),
                    hump.second,
                    count(hump.before.round() as u64),
                ),
                "Spread the TTLs by a jitter, so that what is filled together does not expire together.".to_owned(),
            ))
        })
    },
};

/// A second wave.
struct Hump {
    second: usize,
    calls: u32,
    /// Calls in the mean second before the event.
    before: f64,
}

fn hump(run: &Run<'_>, seen: &Seen<'_>, event: &Event) -> Option<Hump> {
    let second = |time: Nanos| time.as_secs() as usize;
    let calls = &seen.record.series.origin_calls;
    let ttl = seen.lane.strategy.ttl();
    let later = event.at + ttl;
    // From the second of the echo itself: what is a little early is not what was filled by the event.
    let hump = second(later)..second(later + ttl.scale(NEAR)) + 1;
    let valley = second(later - ttl.scale(2.0 * NEAR))..second(later - ttl.scale(NEAR)).max(1);
    let usual = run.first().max(second(event.at - ttl))..second(event.at);
    let disturbed = run.disturbed(event.at - ttl, later + ttl.scale(NEAR), Some(event));
    if disturbed || usual.len() < USUAL || valley.is_empty() || hump.end > calls.len() {
        return None;
    }
    let (before, valley) = (mean(part(calls, usual)), mean(part(calls, valley)));
    let start = hump.start;
    let most = peak(part(calls, hump.clone()));
    let second = start + part(calls, hump).iter().position(|n| *n == most)?;
    let above = |level: f64, times: f64| {
        let most = f64::from(most);
        most >= times * level && most >= level + NOISE * level.max(1.0).sqrt()
    };
    (above(before, ABOVE_BEFORE) && above(valley, ABOVE_VALLEY)).then_some(Hump {
        second,
        calls: most,
        before,
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::findings::made_up::{Told, at, plan, says};
    use crate::plan::{Change, Plan};
    use crate::strategy::AnyStrategy;

    /// A TTL of 40 s and a flush at 60 s.
    fn flushed() -> Plan {
        let mut plan = at(plan(&["ttl"]), 60, Change::Flush);
        if let AnyStrategy::Ttl(ttl) = &mut plan.lanes[0].strategy {
            ttl.ttl = crate::time::Nanos::from_secs(40);
        }
        plan
    }

    /// 100 calls a second, `valley` from the flush on, and `hump` of them in second `when`.
    fn told(plan: &Plan, valley: u32, hump: u32, when: usize) -> Option<String> {
        let mut told = Told::new(plan, 0);
        let calls = &mut told.record.series.origin_calls;
        calls.fill(100);
        calls[60..].fill(valley);
        calls[when] = hump;
        says(&RULE, plan, &told).map(|found| found.text)
    }

    #[test]
    fn a_hump_one_ttl_after_the_flush_is_its_echo() {
        let plan = flushed();
        let text = told(&plan, 50, 150, 101).unwrap();
        assert!(text.contains("150 origin calls in second 101, against 100 a second"), "{text}");
        assert_eq!(told(&plan, 50, 149, 101), None, "not above what is usual");
        assert!(told(&plan, 75, 150, 101).is_some());
        assert_eq!(told(&plan, 76, 150, 101), None, "not above the seconds just before");
        assert_eq!(told(&plan, 50, 150, 99), None, "too early");
        assert!(told(&plan, 50, 150, 104).is_some());
        assert_eq!(told(&plan, 50, 150, 105), None, "too late");
    }

    #[test]
    fn with_another_event_between_nobody_knows_whose_hump_it_is() {
        let plan = at(flushed(), 80, Change::Rate(4_000.0));
        assert_eq!(told(&plan, 50, 400, 101), None);
    }

    #[test]
    fn few_calls_are_chance() {
        let plan = flushed();
        let mut few = Told::new(&plan, 0);
        few.record.series.origin_calls[101] = 5;
        assert_eq!(says(&RULE, &plan, &few), None);
        few.record.series.origin_calls[101] = 6;
        assert!(says(&RULE, &plan, &few).is_some());
    }
}
