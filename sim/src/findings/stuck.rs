//! `stuck`: a strategy waits for something that never comes.

use super::Rule;
use crate::text::count;

pub(super) const RULE: Rule = Rule {
    name: "stuck",
    line: "the strategy waited for something that never comes",
    means: "When everything else had ended, requests were still waiting for something that nothing could bring any \
            more: a flight without a leader, a promise that was never kept.",
    fires: "at least one request of the lane was ended for it.",
    source: "A bug of the strategy; old single-flight libraries had it after a panic of the leader.",
    shown_by: None,
    explained_by: &[],
    judge: |run| {
        run.each(|seen| {
            let failed = count((seen.facts.stuck > 0).then_some(seen.facts.stuck)?);
            Some((
                format!("{failed} requests waited for something that never came."),
                "See that every way out of the leader's work keeps its promise, errors included."
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
    fn one_request_that_waits_for_ever_is_enough() {
        let plan = plan(&["single-flight"]);
        let mut told = Told::new(&plan, 0);
        assert_eq!(says(&RULE, &plan, &told), None);
        told.facts.stuck = 7;
        assert!(says(&RULE, &plan, &told).unwrap().text.starts_with("7 requests waited"));
    }
}
