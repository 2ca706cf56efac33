//! `herdlab matrix`, and the documents that stand on it.

use serde_json::Value as Json;

use crate::support::{err, ok, root, run};

fn document(name: &str) -> String {
    std::fs::read_to_string(root().join("docs").join(name)).expect("the document is there")
}

/// What `--format markdown` says of a fault.
fn section<'a>(text: &'a str, fault: &str) -> &'a str {
    let (_, rest) = text.split_once(&format!("### {fault}\n")).expect("the fault has its table");
    rest.split("### ").next().unwrap_or_default().trim()
}

#[test]
fn the_documents_tables_are_the_programs_own() {
    let printed =
        ok(&["matrix", "--fault", "hot-key-expiry,lock-holder-crash", "--format", "markdown"]);
    let written = document("matrix.md");
    for fault in ["hot-key-expiry", "lock-holder-crash"] {
        assert_eq!(section(&printed, fault), section(&written, fault));
    }
}

#[test]
fn each_cell_has_the_figures_that_decide_and_the_word_goes_by_them() {
    let printed = ok(&["matrix", "-s", "lock", "--fault", "lock-holder-crash", "--format", "json"]);
    let record: Json = serde_json::from_str(&printed).expect("it is JSON");
    assert_eq!(record["schema"], "herdlab.matrix/1");
    assert_eq!(record["lanes"], serde_json::json!(["ttl", "lock"]));
    let lock = &record["cells"][1];
    assert_eq!((lock["word"].as_str(), lock["by"].as_str()), (Some("worse"), Some("late")));
    let late = &lock["figures"][1];
    assert!(late["value"].as_f64() > Some(0.3) && late["bare"].as_f64() < Some(0.01), "{late}");
    assert_eq!(record["thresholds"]["protected"], 0.1);
}

#[test]
fn every_record_of_a_matrix_keeps_the_schema() {
    let schema: Json =
        serde_json::from_str(&document("herdlab.matrix.schema.json")).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is a schema");
    let faults = "mass-expiry,lock-holder-crash,update-race";
    let printed = ok(&["matrix", "-s", "lock,xfetch", "--fault", faults, "--format", "json"]);
    let record: Json = serde_json::from_str(&printed).expect("it is JSON");
    let errors: Vec<String> = validator.iter_errors(&record).map(|e| e.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    let mut wrong = record;
    wrong["cells"][0]["word"] = Json::from("perhaps");
    assert!(!validator.is_valid(&wrong));
}

#[test]
fn a_few_lanes_are_told_with_their_figures() {
    let text = ok(&["matrix", "-s", "lease", "--fault", "update-race"]);
    assert!(text.contains("update-race        protected outdated.rate"), "{text}");
}

#[test]
fn a_wrong_name_leads_to_the_nearest() {
    let wrong = run(&["matrix", "--fault", "flsh"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(err(&wrong).contains("did you mean flush?"), "{}", err(&wrong));
    let wrong = run(&["matrix", "-s", "lok", "--fault", "flush"]);
    assert!(err(&wrong).contains("did you mean lock?"), "{}", err(&wrong));
}

#[test]
fn every_bug_of_the_article_has_its_line_and_every_test_it_names_is_there() {
    let text = document("article-bugs.md");
    let numbers = [("X", 5), ("K", 9), ("V", 7), ("C", 11)];
    for (letter, last) in numbers {
        for number in 1..=last {
            assert!(text.contains(&format!("\n| {letter}{number} |")), "{letter}{number}");
        }
    }
    let library = ok(&["list", "scenarios"]);
    for line in text.lines().filter(|line| line.starts_with("| ")) {
        for named in line.split("T `").skip(1) {
            let mut parts = named.split('`');
            let (file, test) = (parts.next().expect("a file"), parts.nth(1).expect("a test"));
            let code = std::fs::read_to_string(root().join(file)).expect("the file is there");
            assert!(code.contains(&format!("fn {test}(")), "{file}: {test}");
        }
        for named in line.split("S `").skip(1) {
            let scenario = named.split('`').next().expect("a name");
            assert!(library.contains(&format!("  {scenario}\n")), "{scenario}");
        }
    }
}
