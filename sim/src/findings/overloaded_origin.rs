//! `overloaded-origin`: calls queue for longer than they compute.

use super::Rule;
use crate::text::{count, micros};

/// How many times a mean compute the slowest hundredth of calls waited. At five, a client sees six computes for one.
const TIMES: f64 = 5.0;
/// How many times its concurrency the queue was long; a shorter one is over in a few computes.
const QUEUE: u64 = 5;

pub(super) const RULE: Rule = Rule {
    name: "overloaded-origin",
    line: "calls queue for longer than they compute",
    means: "The origin was asked for more than it can do at a time, for long enough that calls waited many times as long \
            as they compute. Everybody's latency is the queue's then, not the origin's.",
    fires: "the p99 of the time in the origin's queue is at least 5 mean computes, and the queue was at least 5 times \
            origin.concurrency long.",
    source: "M/M/c: the wait grows without bound as calls a second come near concurrency / mean compute; sim::theory::queue.",
    shown_by: Some("run hot-key-expiry -s ttl --duration 32s --set origin.concurrency=20"),
    explained_by: &["metastable-lock-up", "lock-give-up"],
    judge: |run| {
        run.each(|seen| {
            let s = &seen.record.summary;
            let servers = u64::from(run.plan.origin.concurrency?);
            let compute = run.compute();
            let wait = s.origin_wait_p99_us as f64;
            if wait < TIMES * compute * 1e6 || s.origin_queue_max < QUEUE * servers {
                return None;
            }
            let needed = (s.origin_qps_peak as f64 * compute).ceil() as u64;
            let advice = if s.origin_duplicates * 2 >= s.origin_calls {
                "Coalesce the calls (most are duplicates) before you buy capacity.".to_owned()
            } else {
                format!(
                    "Its worst second needs about {} computes at a time where there are {}: spread the misses, bound the \
                     queue, or add capacity.",
                    count(needed.max(servers + 1)),
                    count(servers)
                )
            };
            Some((
                format!(
                    "the origin was overloaded: one call in a hundred waited {} or longer to begin a compute of {}, in a \
                     queue of up to {}.",
                    micros(wait),
                    micros(compute * 1e6),
                    count(s.origin_queue_max)
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
    fn a_wait_of_five_computes_in_a_long_queue_is_overload() {
        let mut plan = plan(&["ttl"]);
        let told = |plan: &crate::plan::Plan, wait_us, queue| {
            let mut told = Told::new(plan, 0);
            told.summary().origin_wait_p99_us = wait_us;
            told.summary().origin_queue_max = queue;
            told.summary().origin_qps_peak = 400;
            says(&RULE, plan, &told)
        };
        let found = told(&plan, 500_000, 50).unwrap();
        assert!(found.text.contains("500ms") && found.advice.contains("about 40"), "{found:?}");
        assert_eq!(told(&plan, 499_999, 50), None);
        assert_eq!(told(&plan, 500_000, 49), None);
        plan.origin.concurrency = None;
        assert_eq!(told(&plan, 500_000, 50), None, "an origin without a limit has no queue");
    }
}
