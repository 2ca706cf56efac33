//! `metastable-lock-up`: the trigger is over, the failure is not.

use super::run::{mean, part};
use super::{Rule, Run, Seen};
use crate::measure::EventRecord;
use crate::plan::{Change, Event, OnTimeout};
use crate::text::{count, percent};
use crate::time::Nanos;

/// Seconds that are left after the event: fewer may only be a slow recovery.
const LEFT: usize = 30;
/// The share of requests answered in time before the event: a system that was ill already is not locked up by it.
const WELL: f64 = 0.9;
/// The share at the end of the run: more is hurt, not down.
const DOWN: f64 = 0.5;
/// Over how many of the last seconds that is looked at.
const END: usize = 10;
/// Before the event likewise, as recovery is.
const BEFORE: usize = 10;

pub(super) const RULE: Rule = Rule {
    name: "metastable-lock-up",
    line: "the trigger is over, the failure is not",
    means: "The event that started it is over, and the load is what it was, yet the system stays down: clients give up \
            before the overloaded origin answers, what it computes for them is thrown away, so the cache is never filled \
            again and the origin stays overloaded. The failure feeds itself.",
    fires: "after a flush, a bump, an expiry or a restored origin, with nothing else changed since and at least 30 s \
            left, the lane never recovered, and in the last 10 s at most half of the requests were answered in time, where at least 0.9 \
            were before.",
    source: "Bronson et al., Metastable Failures in Distributed Systems, HotOS 2021; Huang et al., OSDI 2022.",
    shown_by: Some("run flush-lockup -s ttl --duration 100s"),
    explained_by: &[],
    judge: |run| {
        run.each(|seen| {
            let events = run.plan.events.iter().zip(&seen.record.events);
            let (_, event) = events.into_iter().find(|(event, after)| locked_up(run, seen, event, after))?;
            let s = &seen.record.summary;
            let (_, now) = shares(run, seen, event.at_s as usize);
            let keep = match run.plan.traffic.on_timeout {
                OnTimeout::Cancel => "Let computes survive the client who asked (a detached leader that stores its result)",
                OnTimeout::Detach => "Let one compute serve all who wait (a detached single flight)",
            };
            Some((
                format!(
                    "it never got out of the {} at {}s: in the last {END} s {} of requests were answered in time, and {} of {} \
                     origin calls were for nothing.",
                    event.event,
                    event.at_s,
                    percent(now),
                    count(s.origin_wasted),
                    count(s.origin_calls),
                ),
                format!("{keep}, and bound the origin's queue to less than the clients' patience."),
            ))
        })
    },
};

/// The shares of requests answered in time before the event and at the end.
fn shares(run: &Run<'_>, seen: &Seen<'_>, at: usize) -> (f64, f64) {
    let series = &seen.record.series;
    let end = series.requests.len().min(run.plan.duration.as_secs() as usize);
    let share = |range: std::ops::Range<usize>| {
        let due = mean(part(&series.requests, range.clone()));
        if due == 0.0 { 0.0 } else { mean(part(&series.in_time, range)) / due }
    };
    (share(at.saturating_sub(BEFORE)..at), share(end.saturating_sub(END)..end))
}

fn locked_up(run: &Run<'_>, seen: &Seen<'_>, event: &Event, after: &EventRecord) -> bool {
    let over = matches!(
        event.change,
        Change::Flush
            | Change::Bump
            | Change::Expire(_)
            | Change::RestoreOrigin
            | Change::RestoreCache
    );
    let disturbed = run.disturbed(event.at, Nanos::FOREVER, Some(event));
    let at = event.at.as_secs() as usize;
    let left = seen.record.series.requests.len().saturating_sub(at);
    let bounded = run.plan.origin.concurrency.is_some();
    if !over || disturbed || after.recovered || left < LEFT || seen.facts.partial || !bounded {
        return false;
    }
    let (before, now) = shares(run, seen, at);
    before >= WELL && now <= DOWN
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::findings::made_up::{Told, at, plan, says};
    use crate::plan::{Change, Plan};

    /// Of 1,000 requests a second these were answered in time before and after the flush at 60 s.
    fn told(plan: &Plan, before: u32, after: u32, seconds: usize) -> Option<String> {
        let mut told = Told::new(plan, 0);
        told.record.series.in_time[..60].fill(before);
        told.record.series.in_time[60..].fill(after);
        told.record.series.in_time.truncate(seconds);
        told.record.series.requests.truncate(seconds);
        told.record.events[0].recovered = false;
        told.summary().origin_wasted = 50;
        says(&RULE, plan, &told).map(|found| found.text)
    }

    #[test]
    fn a_lane_that_stays_down_after_a_flush_is_locked_up() {
        let plan = at(plan(&["ttl"]), 60, Change::Flush);
        let text = told(&plan, 900, 500, 120).unwrap();
        assert!(text.contains("flush at 60s") && text.contains("50 of 110"), "{text}");
        assert_eq!(told(&plan, 899, 500, 120), None, "it was not well before");
        assert_eq!(told(&plan, 900, 501, 120), None, "it is hurt, not down");
        assert!(told(&plan, 900, 500, 90).is_some());
        assert_eq!(told(&plan, 900, 500, 89), None, "too soon to say never");
    }

    #[test]
    fn what_goes_on_hurting_is_no_lock_up() {
        let rate = at(plan(&["ttl"]), 60, Change::Rate(9_000.0));
        assert_eq!(told(&rate, 1_000, 0, 120), None);
        let later = at(at(plan(&["ttl"]), 60, Change::Flush), 70, Change::StopOrigin);
        assert_eq!(told(&later, 1_000, 0, 120), None);
        assert!(told(&at(plan(&["ttl"]), 60, Change::RestoreOrigin), 1_000, 0, 120).is_some());
    }
}
