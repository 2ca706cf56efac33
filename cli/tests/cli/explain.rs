//! Everything explains itself, and every command it names works.

use std::collections::BTreeSet;

use herdlab_sim::findings::RULES;
use herdlab_sim::measure::Summary;
use herdlab_sim::strategy::AnyStrategy;

use crate::support::{err, ok, run, words};

/// The names of the topics, from the list.
fn topics() -> Vec<String> {
    let list = ok(&["explain"]);
    let lines = list.lines().skip_while(|line| *line != "Topics").skip(1);
    let topics = lines.take_while(|line| !line.is_empty());
    topics.map(|line| line.split_whitespace().next().expect("a name").to_owned()).collect()
}

fn names() -> BTreeSet<String> {
    let known = (Summary::METRICS.iter().map(|(name, _)| *name))
        .chain(AnyStrategy::ALL.iter().map(|about| about.name))
        .chain(RULES.iter().map(|rule| rule.name));
    known.map(str::to_owned).chain(topics()).collect()
}

#[test]
fn every_metric_strategy_finding_and_topic_explains_itself() {
    assert!(topics().len() >= 10, "{:?}", topics());
    for name in names() {
        let text = ok(&["explain", &name]);
        assert!(text.starts_with(&format!("{name} (")), "{text}");
        for head in ["\nWhat it means\n", "\nFormula\n", "\nSource\n"] {
            assert!(text.contains(head), "{name} has no {head:?}");
        }
    }
}

#[test]
fn the_words_people_ask_for_are_there() {
    for word in [
        "stampede",
        "herd",
        "xfetch",
        "beta",
        "lock",
        "echo",
        "metastable",
        "coordinated-omission",
        "open loop",
        "common-random-numbers",
        "outdated",
        "leaked",
        "warm",
        "recovery",
        "thresholds",
        "sweep",
        "Hit-Rate",
    ] {
        assert!(ok(&["explain", word]).len() > 200, "{word}");
    }
}

#[test]
fn every_command_that_a_page_says_to_try_works() {
    let mut commands = BTreeSet::new();
    for name in names() {
        let text = ok(&["explain", &name]);
        let tries = text.lines().filter_map(|line| line.strip_prefix("    herdlab "));
        commands.extend(tries.map(str::to_owned));
    }
    assert!(commands.len() >= 20, "{commands:?}");
    for command in commands {
        let words = words(&command);
        let args: Vec<&str> = words.iter().map(String::as_str).collect();
        assert!(!ok(&args).is_empty(), "herdlab {command}");
    }
}

#[test]
fn a_name_of_two_things_explains_both() {
    let text = ok(&["explain", "degraded"]);
    assert!(text.contains("degraded (finding)") && text.contains("degraded (metric)"), "{text}");
}

#[test]
fn an_unknown_word_is_an_error_that_names_the_nearest() {
    let output = run(&["explain", "stampeed"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("did you mean stampede?"), "{}", err(&output));
}
