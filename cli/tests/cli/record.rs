//! The record: its schema, its sums, its bytes.

use std::fs;

use serde_json::Value;

use crate::support::{json, ok, root};

fn validate(record: &Value) {
    let schema = fs::read_to_string(root().join("docs/herdlab.run.schema.json"))
        .expect("the schema is there");
    let schema: Value = serde_json::from_str(&schema).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is a schema");
    let errors: Vec<String> =
        validator.iter_errors(record).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

pub(crate) fn holds(record: &Value) {
    validate(record);
    for lane in record["lanes"].as_array().expect("lanes") {
        let summary = &lane["summary"];
        let count =
            |name: &str| summary[name].as_u64().unwrap_or_else(|| panic!("{name} is a count"));
        let parts: u64 =
            ["fresh", "stale", "waited", "computed", "degraded", "failed"].map(count).iter().sum();
        assert_eq!(parts, count("requests"), "outcomes sum to requests");
        let sum = |name: &str| {
            lane["series"][name]
                .as_array()
                .expect("a series")
                .iter()
                .filter_map(Value::as_u64)
                .sum::<u64>()
        };
        assert_eq!(sum("requests"), count("requests"));
        assert_eq!(sum("hits"), count("fresh") + count("stale"));
        assert_eq!(sum("origin.calls"), count("origin.calls"));
        assert_eq!(sum("origin.duplicates"), count("origin.duplicates"));
    }
}

#[test]
fn every_record_of_the_library_keeps_the_schema_and_adds_up() {
    for scenario in ["hot-key-expiry", "flush", "flush-lockup"] {
        let record = json(&["compare", scenario]);
        holds(&record);
        assert_eq!(
            (record["clock"].as_str(), record["partial"].as_bool()),
            (Some("virtual"), Some(false))
        );
        assert!(record.get("environment").is_none(), "virtual runs are the same everywhere");
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    let args =
        |seed| ["compare", "flush", "--duration", "90s", "--format", "json", "-q", "--seed", seed];
    assert_eq!(ok(&args("7")), ok(&args("7")));
    assert_ne!(ok(&args("7")), ok(&args("8")));
}

#[test]
fn the_file_is_what_json_prints() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("run.json");
    let printed = ok(&["run", "flush", "-q", "--format", "json", "-o", file.to_str().unwrap()]);
    assert_eq!(fs::read_to_string(&file).expect("the file is there"), printed);
    assert_eq!(
        fs::read_dir(folder.path()).expect("the folder is there").count(),
        1,
        "nothing temporary is left"
    );
}

#[test]
fn the_scenario_in_a_record_runs_again_to_the_same_lanes() {
    let record = json(&["compare", "flush", "--duration", "70s", "--set", "strategy.beta=2"]);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("again.toml");
    let document: toml::Value =
        serde_json::from_value(record["scenario"].clone()).expect("the scenario is TOML");
    fs::write(&file, toml::to_string(&document).expect("it prints")).expect("written");
    let again = json(&["compare", file.to_str().unwrap()]);
    assert_eq!(again["lanes"], record["lanes"]);
}

#[test]
fn the_schema_has_every_metric_with_its_meaning() {
    let schema = fs::read_to_string(root().join("docs/herdlab.run.schema.json"))
        .expect("the schema is there");
    let schema: Value = serde_json::from_str(&schema).expect("the schema is JSON");
    let properties = schema["$defs"]["summary"]["properties"].as_object().expect("properties");
    assert_eq!(properties.len(), herdlab_sim::measure::Summary::METRICS.len());
    for (name, about) in herdlab_sim::measure::Summary::METRICS {
        assert_eq!(properties[*name]["description"].as_str(), Some(about.trim()), "{name}");
    }
}
