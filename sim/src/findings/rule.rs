//! A rule: when something is worth saying, and what it means.

use super::{Finding, Run};

/// One rule.
#[derive(Debug)]
pub struct Rule {
    /// Its name, in kebab-case: what records and `herdlab explain` call it.
    pub name: &'static str,
    /// What it is, in a line.
    pub line: &'static str,
    /// What it means.
    pub means: &'static str,
    /// When it is said, with the thresholds: a clause that goes on from "said if".
    pub fires: &'static str,
    /// Where that comes from.
    pub source: &'static str,
    /// The arguments of a `herdlab` command that shows it; `None` if nothing that ships does it.
    pub shown_by: Option<&'static str>,
    /// Rules that, if they speak of a lane, have said already why.
    pub(super) explained_by: &'static [&'static str],
    /// Looks at the run.
    pub(super) judge: fn(&Run<'_>) -> Vec<Said>,
}

/// What a rule says of a lane.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) lane: String,
    pub(super) text: String,
    pub(super) advice: String,
}

impl Rule {
    /// What it says of each lane.
    #[must_use]
    pub fn findings(&self, run: &Run<'_>) -> Vec<Finding> {
        let finding = |said: Said| Finding {
            rule: self.name.to_owned(),
            lane: said.lane,
            text: said.text,
            advice: said.advice,
        };
        (self.judge)(run).into_iter().map(finding).collect()
    }
}
