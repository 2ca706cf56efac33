//! `lock-give-up`: waiters for a lock lost patience and computed for themselves.

use super::Rule;
use crate::strategy::AnyStrategy;
use crate::text::{count, micros};
use crate::time::Nanos;

/// The least herd that counts: a holder, and one reader between its SET and its DELETE, make two without anybody giving up.
const HERD: u64 = 3;

pub(super) const RULE: Rule = Rule {
    name: "lock-give-up",
    line: "waiters for a lock lost patience and computed for themselves",
    means: "A waiter that gives up computes for itself and stores nothing. The lock works while a compute is shorter than \
            the waiters' patience, and lets everybody through as soon as it is longer: just when the origin is slow.",
    fires: "the lane's lock has polls > 0, a herd of at least 3 got through it (or one of the warm-up that \
            never ended), and something took at least polls * poll_every.",
    source: "The article, get_or_compute_locked: 20 looks 0.1 s apart; 1 + L (D - 2) computes for D above 2 s.",
    shown_by: Some("run lock-giveup -s lock-article"),
    explained_by: &[],
    judge: |run| {
        run.each(|seen| {
            let (AnyStrategy::Lock(lock) | AnyStrategy::LockArticle(lock)) = &seen.lane.strategy else {
                return None;
            };
            let s = &seen.record.summary;
            let patience = lock.poll_every.scale(f64::from(lock.polls));
            let waited = Nanos::from_micros(s.origin_wait_p99_us) + run.plan.origin.latency.mean();
            let slowest = waited.max(Nanos::from_micros(s.latency_max_us));
            let herd = if s.herd_count == 0 { s.origin_duplicates } else { s.herd_max };
            let outlived = patience >= lock.lock_ttl; // then the lock is gone before anybody gives up
            if lock.polls == 0 || outlived || herd < HERD || slowest < patience {
                return None;
            }
            Some((
                format!(
                    "its waiters gave up after {} looks {} apart and computed for themselves: {} of {} origin calls \
                     were duplicates, and an answer took up to {}.",
                    lock.polls,
                    lock.poll_every,
                    count(s.origin_duplicates),
                    count(s.origin_calls),
                    micros(slowest.as_micros() as f64),
                ),
                "Let waiters wait to the end (polls = 0), serve them an old value, or fail them: never let them compute."
                    .to_owned(),
            ))
        })
    },
};

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::findings::made_up::{Told, plan, says};

    #[test]
    fn a_herd_behind_a_lock_whose_waiters_give_up_is_told() {
        let plan = plan(&["lock-article", "lock"]);
        let told = |lane, herd, latency_max_us| {
            let mut told = Told::new(&plan, lane);
            told.summary().herd_max = herd;
            told.summary().latency_max_us = latency_max_us;
            says(&RULE, &plan, &told)
        };
        let found = told(0, 3, 2_000_000).unwrap();
        assert!(found.text.contains("20 looks 100ms apart"), "{}", found.text);
        assert_eq!(told(0, 2, 2_000_000), None, "two are a race, not an end of patience");
        assert_eq!(told(0, 3, 1_999_999), None, "nobody waited that long");
        assert_eq!(told(1, 3, 9_000_000), None, "the right lock's waiters never give up");
    }
}
