//! `lanes-not-run`: a lane of the plan is missing.

use super::Rule;
use super::rule::Said;

pub(super) const RULE: Rule = Rule {
    name: "lanes-not-run",
    line: "a lane of the plan is missing",
    means: "The scenario has a lane that was never begun: the run was interrupted, or ended by an error, before its turn.",
    fires: "a lane of the plan has no record.",
    source: "Real-time lanes run one after another; virtual ones as processors are free.",
    shown_by: None,
    explained_by: &[],
    judge: |run| {
        let was_run = |name: &str| run.lanes.iter().any(|seen| seen.lane.name == name);
        let missing = run.plan.lanes.iter().filter(|lane| !was_run(&lane.name));
        let said = |lane: &crate::plan::Lane| Said {
            lane: lane.name.clone(),
            text: "not run: the run ended before its turn.".to_owned(),
            advice: "Repeat the run, with a shorter --duration or fewer lanes if time is short."
                .to_owned(),
        };
        missing.map(said).collect()
    },
};

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::findings::made_up::{Told, plan, run};

    #[test]
    fn every_lane_without_a_record_is_named() {
        let plan = plan(&["ttl", "lock", "xfetch"]);
        let all = [0, 1, 2].map(|index| Told::new(&plan, index));
        assert!(RULE.findings(&run(&plan, &all)).is_empty());
        let missing = RULE.findings(&run(&plan, &all[..1]));
        assert_eq!(missing.iter().map(|f| f.lane.as_str()).collect::<Vec<_>>(), ["lock", "xfetch"]);
    }
}
