//! The findings, for a person: alike ones together, the worst first, and no more than fit in a glance.

use herdlab_sim::findings::Finding;

use super::format::{list, wrapped};

/// So many groups are shown; the record has them all.
const SHOWN: usize = 5;

/// The findings as paragraphs after an empty line; nothing if there are none.
pub(super) fn findings(all: &[Finding], width: usize) -> String {
    let groups = grouped(all);
    let mut text = String::new();
    for group in groups.iter().take(SHOWN) {
        text.push_str(&format!("\n{}:\n", group[0].rule));
        for (lanes, sentence) in sentences(group) {
            text.push_str(&indented(&format!("{}: {sentence}", list(&lanes)), width));
        }
        text.push_str(&indented(&format!("advice: {}", group[0].advice), width));
    }
    let more: usize = groups.iter().skip(SHOWN).map(Vec::len).sum();
    if more > 0 {
        let them =
            if more == 1 { "1 more finding is" } else { &format!("{more} more findings are") };
        text.push_str(&format!("\n{them} in the record (--format json).\n"));
    }
    if let Some(first) = all.first() {
        let more = format!("more on a finding: herdlab explain {}", first.rule);
        text.push_str(&format!("\n{}\n", wrapped(&more, width)));
    }
    text
}

/// Findings of one rule that advise the same.
fn grouped(all: &[Finding]) -> Vec<Vec<&Finding>> {
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    for finding in all {
        let alike = |group: &&mut Vec<&Finding>| {
            (&group[0].rule, &group[0].advice) == (&finding.rule, &finding.advice)
        };
        match groups.iter_mut().find(alike) {
            Some(group) => group.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    groups
}

/// What is said in a group, each sentence once with the lanes it is said of.
fn sentences<'a>(group: &[&'a Finding]) -> Vec<(Vec<&'a str>, &'a str)> {
    let mut all: Vec<(Vec<&str>, &str)> = Vec::new();
    for finding in group {
        match all.iter_mut().find(|(_, text)| *text == finding.text) {
            Some((lanes, _)) => lanes.push(&finding.lane),
            None => all.push((vec![&finding.lane], &finding.text)),
        }
    }
    all
}

fn indented(sentence: &str, width: usize) -> String {
    format!("{}\n", wrapped(&format!("  {sentence}"), width))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(rule: &str, lane: &str, text: &str, advice: &str) -> Finding {
        let [rule, lane, text, advice] = [rule, lane, text, advice].map(str::to_owned);
        Finding { rule, lane, text, advice }
    }

    #[test]
    fn lanes_of_which_the_same_is_said_share_a_line_and_those_that_need_the_same_its_advice() {
        let all = [
            finding("not-run", "a", "no.", "Again."),
            finding("not-run", "b", "no.", "Again."),
            finding("not-run", "c", "nearly.", "Again."),
            finding("not-run", "d", "no.", "Never."),
        ];
        let text = findings(&all, 80);
        assert_eq!(
            text,
            "\nnot-run:\n  a and b: no.\n  c: nearly.\n  advice: Again.\n\nnot-run:\n  d: no.\n  advice: Never.\n\nmore on a finding: herdlab explain not-run\n"
        );
        assert_eq!(findings(&[], 80), "");
    }

    #[test]
    fn what_is_not_shown_is_counted() {
        let all: Vec<Finding> =
            (0..8).map(|n| finding(&format!("rule-{n}"), "a", "no.", "Again.")).collect();
        let text = findings(&all, 80);
        assert!(text.contains("rule-4:") && !text.contains("rule-5:"), "{text}");
        assert!(text.contains("\n3 more findings are in the record (--format json).\n"), "{text}");
        assert!(findings(&all[..6], 80).contains("1 more finding is"));
    }

    #[test]
    fn nothing_is_wider_than_the_terminal() {
        let long = "one two three four five six seven eight nine ten eleven twelve";
        let text = findings(&[finding("a-rule", "lane", long, long)], 40);
        assert!(text.lines().all(|line| line.chars().count() <= 40), "{text}");
    }
}
