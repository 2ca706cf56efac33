//! Findings: what a run shows, in plain sentences, by rules, after it ended.
//!
//! A rule looks at the plan and at what the lanes measured, and says nothing unless the figures leave little doubt.
//! To add one: write its file (its thresholds with their reasons, what it says, its explanation, its tests) and add it
//! to [`RULES`]. The record, the summary and `herdlab explain` then know it.

mod cold_xfetch;
mod cut_short;
mod degraded;
mod duplicate_share;
mod echo;
mod expiry_synchronised;
mod facts;
mod generator_overloaded;
mod lanes_not_run;
mod leak;
mod lock_give_up;
#[cfg(test)]
mod made_up;
mod metastable_lock_up;
mod never_early;
mod outdated_reads;
mod overloaded_origin;
mod panic;
mod refresh_storm;
mod rule;
mod run;
mod spin;
mod stuck;

use serde::{Deserialize, Serialize};

pub use facts::Facts;
pub use rule::Rule;
pub use run::{Run, Seen};

/// Every rule, the worst first: what makes the figures worthless, what takes a system down, what costs it.
pub const RULES: &[Rule] = &[
    panic::RULE,
    spin::RULE,
    stuck::RULE,
    generator_overloaded::RULE,
    lanes_not_run::RULE,
    cut_short::RULE,
    leak::RULE,
    metastable_lock_up::RULE,
    never_early::RULE,
    lock_give_up::RULE,
    refresh_storm::RULE,
    cold_xfetch::RULE,
    overloaded_origin::RULE,
    duplicate_share::RULE,
    echo::RULE,
    expiry_synchronised::RULE,
    degraded::RULE,
    outdated_reads::RULE,
];

/// A sentence about a lane, and what to do.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Finding {
    /// The rule that found it.
    pub rule: String,
    /// The lane it is about.
    pub lane: String,
    /// What was seen: one sentence, with the figures that show it.
    pub text: String,
    /// What to do: one sentence.
    pub advice: String,
}

/// What the rules say of a run, the worst first; at most one finding a rule and lane.
#[must_use]
pub fn findings(run: &Run<'_>) -> Vec<Finding> {
    let mut all: Vec<Finding> = Vec::new();
    for rule in RULES {
        let explained = |lane: &str| {
            let said = |rule: &str| all.iter().any(|f| f.lane == lane && f.rule == rule);
            rule.explained_by.iter().any(|by| said(by))
        };
        let mut new = rule.findings(run);
        new.retain(|finding| !explained(&finding.lane));
        all.append(&mut new);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::made_up::{Told, plan, run};

    #[test]
    fn every_rule_has_a_name_of_its_own_in_kebab_case_and_an_explanation() {
        for (index, rule) in RULES.iter().enumerate() {
            let kebab = |c: char| c.is_ascii_lowercase() || c == '-';
            assert!(!rule.name.is_empty() && rule.name.chars().all(kebab), "{}", rule.name);
            assert!(RULES[..index].iter().all(|other| other.name != rule.name), "{}", rule.name);
            for text in [rule.means, rule.fires, rule.source] {
                assert!(text.ends_with('.'), "{}: {text:?} is a sentence", rule.name);
            }
        }
    }

    #[test]
    fn what_explains_a_finding_is_a_worse_rule() {
        for (index, rule) in RULES.iter().enumerate() {
            for by in rule.explained_by {
                let worse = RULES[..index].iter().any(|other| other.name == *by);
                assert!(worse, "{} is explained by {by}, which comes later", rule.name);
            }
        }
    }

    #[test]
    fn the_worst_comes_first_and_what_it_explains_is_not_said_again() {
        let plan = plan(&["xfetch-article", "ttl"]);
        let mut told = [Told::new(&plan, 0), Told::new(&plan, 1)];
        for told in &mut told {
            told.summary().origin_calls = 1_000;
            told.summary().origin_duplicates = 900;
            told.summary().herd_max = 100;
            told.summary().early_count = 0;
        }
        let said: Vec<(String, String)> =
            findings(&run(&plan, &told)).into_iter().map(|f| (f.rule, f.lane)).collect();
        let expected = [("never-early", "xfetch-article"), ("duplicate-share", "ttl")]
            .map(|(rule, lane)| (rule.to_owned(), lane.to_owned()));
        assert_eq!(said, expected);
    }

    #[test]
    fn a_run_without_harm_has_no_findings() {
        for strategy in crate::strategy::AnyStrategy::ALL {
            let plan = plan(&[strategy.name]);
            let told = [Told::new(&plan, 0)];
            let found = findings(&run(&plan, &told));
            assert!(found.is_empty(), "{}: {found:?}", strategy.name);
        }
    }
}
