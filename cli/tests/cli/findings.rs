//! Findings: each rule is seen in what it is said to be seen in, and nowhere else in the library.

use herdlab_sim::findings::RULES;

use crate::support::{json, ok};

/// (rule, lane) of every finding of a run.
fn found(args: &[&str]) -> Vec<(String, String)> {
    let record = json(args);
    let all = record["findings"].as_array().expect("findings");
    let text = |finding: &serde_json::Value, field: &str| {
        finding[field].as_str().expect("a text").to_owned()
    };
    all.iter().map(|finding| (text(finding, "rule"), text(finding, "lane"))).collect()
}

#[test]
fn every_rule_is_shown_by_the_command_it_names() {
    for rule in RULES {
        let Some(command) = rule.shown_by else { continue };
        let args: Vec<&str> = command.split(' ').collect();
        let said = found(&args);
        assert!(said.iter().any(|(name, _)| name == rule.name), "{}: {said:?}", rule.name);
    }
}

#[test]
fn the_library_shows_what_its_scenarios_are_about() {
    let expected = [
        (
            "hot-key-expiry",
            &[
                ("never-early", "xfetch-article"),
                ("duplicate-share", "ttl"),
                ("duplicate-share", "single-flight"),
                ("duplicate-share", "stale-while-revalidate"),
            ][..],
        ),
        (
            "flush",
            &[
                ("cold-xfetch", "xfetch"),
                ("echo", "ttl"),
                ("echo", "lock"),
                ("echo", "xfetch"),
                ("echo", "single-flight"),
                ("echo", "stale-while-revalidate"),
            ],
        ),
        (
            "flush-lockup",
            &[
                ("metastable-lock-up", "ttl"),
                ("metastable-lock-up", "single-flight-dies"),
                ("overloaded-origin", "single-flight"),
            ],
        ),
    ];
    for (scenario, expected) in expected {
        let said = found(&["compare", scenario]);
        let said: Vec<(&str, &str)> =
            said.iter().map(|(rule, lane)| (rule.as_str(), lane.as_str())).collect();
        assert_eq!(said, expected, "{scenario}");
    }
}

#[test]
fn a_lane_that_does_well_has_no_findings() {
    assert_eq!(found(&["run", "hot-key-expiry", "-s", "lock"]), []);
    let text = ok(&["run", "hot-key-expiry", "-s", "lock", "-q"]);
    assert!(!text.contains("advice:"), "{text}");
}

#[test]
fn findings_stand_between_the_table_and_the_command_that_repeats_the_run() {
    let text = ok(&["run", "hot-key-expiry", "-s", "ttl", "-q"]);
    let place = |word: &str| text.find(word).unwrap_or_else(|| panic!("no {word:?} in:\n{text}"));
    assert!(place("\nlane") < place("\nduplicate-share:\n"), "{text}");
    assert!(place("\n  advice: ") < place("\nrepeat: "), "{text}");
}
