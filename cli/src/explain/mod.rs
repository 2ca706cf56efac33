//! `herdlab explain`: what a word means, its formula, where it comes from, and a command that shows it.
//!
//! The texts are data: `topics/*.md`, `strategies/*.md` and `metrics/*.md`, built into the program. A finding's is
//! part of its rule. What is known already (a metric's line, a strategy's parameters and source) is not said twice.

mod findings;
mod metrics;
mod page;
mod strategies;
mod topics;

use herdlab_scenarios::nearest;

use self::page::Page;
use crate::exit::Stop;
use crate::print;
use crate::summary::format::wrapped;
use crate::summary::width;

/// Lines longer than this are hard to read, however wide the terminal.
const WIDEST: usize = 100;

/// Prints every page of that name; the names by group if none is said.
pub(crate) fn explain(what: Option<&str>) -> Result<(), Stop> {
    let pages = pages();
    let width = width().min(WIDEST);
    let Some(what) = what else { return print(&names(&pages, width)) };
    let said = what.trim().to_lowercase().replace(' ', "-");
    let found: Vec<String> =
        pages.iter().filter(|page| page.name == said).map(|page| page.text(width)).collect();
    if found.is_empty() {
        return Err(unknown(what, &said, &pages));
    }
    print(&found.join("\n"))
}

fn unknown(what: &str, said: &str, pages: &[Page]) -> Stop {
    let hint = nearest(said, pages.iter().map(|page| page.name.as_str())).map_or_else(
        || "herdlab explain lists what there is".to_owned(),
        |name| format!("did you mean {name}? herdlab explain lists what there is"),
    );
    Stop::usage(format!("error: there is nothing called {what:?} to explain\n  = help: {hint}"))
}

/// All there is, in the order of the list.
fn pages() -> Vec<Page> {
    let groups = [topics::pages(), strategies::pages(), findings::pages(), metrics::pages()];
    groups.into_iter().flatten().collect()
}

/// The names by group: with their line, where there are few.
fn names(pages: &[Page], width: usize) -> String {
    let mut text =
        "herdlab explain NAME: what it means, its formula, its source, a command that shows it\n"
            .to_owned();
    for kind in ["topic", "strategy", "finding", "metric"] {
        let of = || pages.iter().filter(|page| page.kind == kind);
        let widest = of().map(|page| page.name.len()).max().unwrap_or(0);
        text.push_str(&format!("\n{}\n", heading(kind)));
        if kind == "topic" {
            let lines = of().map(|page| format!("  {:<widest$}  {}\n", page.name, page.line));
            text.extend(lines);
        } else {
            let names: Vec<&str> = of().map(|page| page.name.as_str()).collect();
            text.push_str(&format!("{}\n", wrapped(&format!("  {}", names.join(", ")), width)));
        }
    }
    text
}

fn heading(kind: &str) -> &str {
    match kind {
        "topic" => "Topics",
        "strategy" => "Strategies",
        "finding" => "Findings",
        _ => "Metrics",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use herdlab_sim::findings::RULES;
    use herdlab_sim::measure::Summary;
    use herdlab_sim::strategy::AnyStrategy;

    fn named(kind: &str) -> Vec<String> {
        let mut names: Vec<String> =
            pages().into_iter().filter(|page| page.kind == kind).map(|page| page.name).collect();
        names.sort();
        names
    }

    fn sorted<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
        let mut names: Vec<String> = names.map(str::to_owned).collect();
        names.sort();
        names
    }

    #[test]
    fn every_metric_strategy_and_finding_has_a_page_and_no_page_is_about_what_does_not_exist() {
        assert_eq!(named("metric"), sorted(Summary::METRICS.iter().map(|(name, _)| *name)));
        assert_eq!(named("strategy"), sorted(AnyStrategy::ALL.iter().map(|about| about.name)));
        assert_eq!(named("finding"), sorted(RULES.iter().map(|rule| rule.name)));
    }

    #[test]
    fn every_file_of_texts_is_in_its_list() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/explain");
        let files = |name: &str| {
            let entries = std::fs::read_dir(folder.join(name)).expect("the folder is there");
            let stem = |entry: std::io::Result<std::fs::DirEntry>| {
                let path = entry.expect("an entry").path();
                path.file_stem().expect("a name").to_string_lossy().into_owned()
            };
            let mut names: Vec<String> = entries.map(stem).collect();
            names.sort();
            names
        };
        assert_eq!(files("topics"), named("topic"));
        assert_eq!(files("strategies"), named("strategy"));
        assert_eq!(files("metrics").len(), metrics::FILES.len());
    }

    #[test]
    fn every_page_has_every_part_in_order_and_ends_with_a_command() {
        for page in pages() {
            let mut heads: Vec<&str> = page.parts.iter().map(|part| part.head.as_str()).collect();
            heads.retain(|head| *head != "Parameters");
            let nothing_shows_it =
                RULES.iter().any(|rule| rule.name == page.name && rule.shown_by.is_none());
            let expected = ["What it means", "Formula", "Source", "Try"];
            let expected =
                if nothing_shows_it && page.kind == "finding" { &expected[..3] } else { &expected };
            assert_eq!(heads, expected, "{} ({})", page.name, page.kind);
            for part in &page.parts {
                assert!(!part.body.trim().is_empty(), "{}: {} is empty", page.name, part.head);
                let command = part.body.trim().starts_with("herdlab ");
                assert_eq!(command, part.head == "Try", "{}: {}", page.name, part.head);
            }
            assert!(!page.line.is_empty(), "{}", page.name);
        }
    }

    #[test]
    fn a_name_is_used_once_in_its_group() {
        for kind in ["topic", "strategy", "finding", "metric"] {
            let all = named(kind);
            let mut once = all.clone();
            once.dedup();
            assert_eq!(all, once);
        }
    }

    #[test]
    fn a_word_that_is_no_name_leads_to_the_nearest() {
        let hint = |what: &str| unknown(what, what, &pages()).message;
        assert!(hint("stampeed").contains("did you mean stampede?"), "{}", hint("stampeed"));
        assert!(hint("zzzz").ends_with("help: herdlab explain lists what there is"));
    }

    #[test]
    fn no_page_is_wider_than_the_terminal() {
        for page in pages() {
            for width in [60, 80, 100] {
                let text = page.text(width);
                // Commands and formulas are not broken: they are there to be copied.
                let prose = text.lines().filter(|line| !line.starts_with("    "));
                let long: Vec<&str> = prose.filter(|line| line.chars().count() > width).collect();
                assert!(long.is_empty(), "{} at {width}: {long:?}", page.name);
            }
        }
    }
}
