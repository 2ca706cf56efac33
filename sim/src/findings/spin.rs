//! `spin`: a strategy looped without letting time pass.

use super::Rule;
use crate::text::count;

pub(super) const RULE: Rule = Rule {
    name: "spin",
    line: "the strategy looped without letting time pass",
    means: "A request went round and round without ever waiting for anything, so its clock stood still. herdlab ends \
            such a request, where a real server would burn a processor.",
    fires: "at least one request of the lane was ended for it.",
    source: "A bug of the strategy: a retry loop without a sleep.",
    shown_by: None,
    explained_by: &[],
    judge: |run| {
        run.each(|seen| {
            let failed = count((seen.facts.spun > 0).then_some(seen.facts.spun)?);
            Some((
                format!("the strategy looped without letting time pass: {failed} requests failed."),
                "Put a sleep or a cache operation into its retry loop.".to_owned(),
            ))
        })
    },
};

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::findings::made_up::{Told, plan, says};

    #[test]
    fn one_request_that_lets_no_time_pass_is_enough() {
        let plan = plan(&["lock"]);
        let mut told = Told::new(&plan, 0);
        assert_eq!(says(&RULE, &plan, &told), None);
        told.facts.spun = 1;
        assert!(says(&RULE, &plan, &told).unwrap().text.contains("1 requests failed"));
    }
}
