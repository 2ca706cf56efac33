//! `cut-short`: a lane did not run to its end.

use super::Rule;

pub(super) const RULE: Rule = Rule {
    name: "cut-short",
    line: "a lane did not run to its end",
    means: "The lane was interrupted. Its figures are true of what was measured, but lanes did not get equally far, and \
            an event may not have had its time: do not compare them.",
    fires: "the lane ended before its duration.",
    source: "A signal, or an error of a backend.",
    shown_by: None,
    explained_by: &[],
    judge: |run| {
        run.each(|seen| {
            let seconds = seen.record.series.requests.len();
            seen.facts.partial.then(|| {
                (
                    format!(
                        "cut short, with the figures until then: {seconds}s of {}.",
                        run.plan.duration
                    ),
                    "Repeat it to the end before you compare it with other lanes.".to_owned(),
                )
            })
        })
    },
};

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::findings::made_up::{Told, plan, says};

    #[test]
    fn a_lane_that_was_cut_says_how_far_it_came() {
        let plan = plan(&["ttl"]);
        let mut told = Told::new(&plan, 0);
        assert_eq!(says(&RULE, &plan, &told), None);
        told.facts.partial = true;
        told.record.series.requests.truncate(34);
        assert!(says(&RULE, &plan, &told).unwrap().text.ends_with("34s of 2m."));
    }
}
