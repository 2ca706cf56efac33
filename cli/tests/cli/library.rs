//! The scenarios that come with the program show what they say they show.

use serde_json::Value as Json;

use crate::support::ok;

/// Every scenario of the library by name.
fn library() -> Vec<String> {
    let text = ok(&["list", "scenarios"]);
    let name = |line: &str| {
        line.strip_prefix("  ").filter(|rest| !rest.starts_with(' ')).map(str::to_owned)
    };
    text.lines().filter_map(name).collect()
}

#[test]
fn every_scenario_of_the_library_says_in_three_sentences_what_it_shows_and_meets_its_own_thresholds()
 {
    let names = library();
    assert!(names.len() >= 16, "{names:?}");
    for name in names {
        let record: Json =
            serde_json::from_str(&ok(&["compare", &name, "-q", "--format", "json"])).unwrap();
        let thresholds = record["thresholds"].as_array().unwrap();
        assert!(thresholds.len() >= 2, "{name} says with thresholds what it shows");
        assert!(thresholds.iter().all(|one| one["passed"] == true), "{name}: {thresholds:?}");
        let about = record["scenario"]["about"].as_str().unwrap().trim();
        assert_eq!(about.lines().filter(|line| line.ends_with('.')).count(), 3, "{name}: {about}");
    }
}
