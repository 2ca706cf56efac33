//! Findings: each rule carries its explanation.

use herdlab_sim::findings::{RULES, Rule};

use super::page::{Page, Part};

pub(super) fn pages() -> Vec<Page> {
    RULES.iter().map(page).collect()
}

fn page(rule: &Rule) -> Page {
    let mut parts = vec![
        Part::new("What it means", rule.means),
        Part::new("Formula", format!("Said if {}", rule.fires)),
        Part::new("Source", rule.source),
    ];
    if let Some(command) = rule.shown_by {
        parts.push(Part::new("Try", format!("    herdlab {command}")));
    }
    Page { name: rule.name.to_owned(), kind: "finding", line: rule.line.to_owned(), parts }
}
