//! `degraded`: the cache failed, and the origin answered in its place.

use super::Rule;
use crate::text::{count, percent};

pub(super) const RULE: Rule = Rule {
    name: "degraded",
    line: "the cache failed, and the origin answered in its place",
    means: "A cache operation failed or took longer than cache.timeout, and the request went to the origin as if there \
            were no cache. That is graceful for the client and hard on the origin.",
    fires: "at least one request was degraded.",
    source: "The article, \"graceful degradation\"; cache.on_error = \"origin\".",
    shown_by: Some("run hot-key-expiry -s ttl --duration 12s --set cache.timeout=100us"),
    explained_by: &[],
    judge: |run| {
        run.each(|seen| {
            let s = &seen.record.summary;
            let share = s.degraded as f64 / s.requests.max(1) as f64;
            let advice = run.plan.cache.timeout.map_or_else(
                || "See that the origin can bear it.".to_owned(),
                |timeout| {
                    format!(
                        "See that the origin can bear it, and that cache.timeout ({timeout}) is above what a healthy cache \
                         takes."
                    )
                },
            );
            (s.degraded > 0).then(|| {
                (
                    format!(
                        "the cache failed {} requests ({} of all), and the origin answered them.",
                        count(s.degraded),
                        percent(share)
                    ),
                    advice,
                )
            })
        })
    },
};

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::findings::made_up::{Told, plan, says};
    use crate::time::Nanos;

    #[test]
    fn degraded_requests_are_told_and_a_timeout_is_named() {
        let mut plan = plan(&["ttl"]);
        plan.cache.timeout = Some(Nanos::from_micros(100));
        let mut told = Told::new(&plan, 0);
        assert_eq!(says(&RULE, &plan, &told), None);
        told.summary().degraded = 11_000;
        let found = says(&RULE, &plan, &told).unwrap();
        assert!(found.text.contains("11,000 requests (10.00% of all)"), "{}", found.text);
        assert!(found.advice.contains("100us"), "{}", found.advice);
    }
}
