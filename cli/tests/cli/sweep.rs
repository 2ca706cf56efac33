//! `herdlab sweep`: its record, its files, its statistics, its errors.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::support::{err, json, ok, out, root, run};

/// One hot key, an origin without limit, round trips that cost nothing: what the formulas assume.
const IDEAL: &str = r#"
schema = 1
name = "ideal"
duration = "120s"
warmup = "2s"
seed = 42
[traffic]
rate = "1000/s"
keys = { uniform = true, count = 1 }
processes = 1
[cache]
ttl = "1500ms"
latency = { constant = "0s" }
[origin]
latency = { constant = "50ms" }
[[strategy]]
use = "ttl"
[[strategy]]
use = "xfetch"
[[strategy]]
use = "lock"
"#;

/// A small sweep of a lane that a field concerns and one that it does not.
const SMALL: [&str; 10] = [
    "sweep",
    "hot-key-expiry",
    "-s",
    "ttl,xfetch",
    "--vary",
    "strategy.beta=0.5,2",
    "--seeds",
    "3",
    "--duration",
    "40s",
];

fn with<'a>(args: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [args, more].concat()
}

fn ideal(folder: &tempfile::TempDir) -> String {
    let file = folder.path().join("ideal.toml");
    fs::write(&file, IDEAL).expect("written");
    file.to_str().expect("a path of text").to_owned()
}

fn holds(record: &Value) {
    let schema = fs::read_to_string(root().join("docs/herdlab.sweep.schema.json"))
        .expect("the schema is there");
    let schema: Value = serde_json::from_str(&schema).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is a schema");
    let errors: Vec<String> =
        validator.iter_errors(record).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

fn rows(record: &Value) -> &Vec<Value> {
    record["rows"].as_array().expect("rows")
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is a number"))
}

#[test]
fn the_record_keeps_its_schema_and_has_every_metric_of_every_seed() {
    let record = json(&SMALL);
    holds(&record);
    assert_eq!(record["partial"], false);
    let lanes: Vec<&str> = rows(&record).iter().filter_map(|row| row["lane"].as_str()).collect();
    assert_eq!(lanes, ["ttl", "xfetch", "xfetch"], "ttl has no beta and is run once");
    assert_eq!(rows(&record)[0]["parameters"], serde_json::json!({}));
    assert_eq!(rows(&record)[2]["parameters"], serde_json::json!({ "strategy.beta": 2.0 }));
    for row in rows(&record) {
        let metrics = row["metrics"].as_object().expect("metrics");
        assert_eq!(metrics.len(), herdlab_sim::measure::Summary::METRICS.len());
        for (name, case) in metrics {
            let values: Vec<f64> =
                case["values"].as_array().expect("values").iter().map(number).collect();
            let mean = values.iter().sum::<f64>() / 3.0;
            assert!((number(&case["mean"]) - mean).abs() <= 1e-9 * mean.abs().max(1.0), "{name}");
        }
    }
}

#[test]
fn each_value_is_that_of_a_run_of_its_own() {
    let record = json(&SMALL);
    for seed in 0..3 {
        let seed_text = (42 + seed).to_string();
        let run = json(&[
            "compare",
            "hot-key-expiry",
            "-s",
            "ttl,xfetch",
            "--set",
            "strategy.beta=2",
            "--duration",
            "40s",
            "--seed",
            &seed_text,
        ]);
        for (row, lane) in [(0, 0), (2, 1)] {
            for metric in ["herd.avg", "origin.calls", "latency.p99.9_us"] {
                assert_eq!(
                    number(&rows(&record)[row]["metrics"][metric]["values"][seed]),
                    number(&run["lanes"][lane]["summary"][metric]),
                    "{metric} of seed {seed_text}"
                );
            }
        }
    }
}

#[test]
fn one_thread_and_two_print_the_same_bytes() {
    for format in ["json", "human", "csv", "markdown"] {
        let printed =
            |threads| ok(&with(&SMALL, &["-q", "--format", format, "--threads", threads]));
        assert_eq!(printed("1"), printed("2"), "{format}");
    }
}

#[test]
fn herds_of_xfetch_are_as_large_as_the_papers_formula_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = ideal(&folder);
    let record = json(&[
        "sweep",
        &file,
        "-s",
        "xfetch",
        "--vary",
        "strategy.beta=0.25..2:8",
        "--seeds",
        "30",
    ]);
    assert_eq!(rows(&record).len(), 8);
    for row in rows(&record) {
        for metric in ["herd.avg", "early.gap.avg_us"] {
            let case = &row["metrics"][metric];
            let values: Vec<f64> =
                case["values"].as_array().expect("values").iter().map(number).collect();
            let (mean, theory) = (number(&case["mean"]), number(&case["theory"]["value"]));
            let spread = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / 29.0;
            let error = (spread / 30.0).sqrt();
            assert!(
                (mean - theory).abs() <= 3.0 * error,
                "{metric} at {}: {mean}, theory {theory}, standard error {error}, seed 42",
                row["parameters"]
            );
        }
    }
}

#[test]
fn the_interval_of_a_bare_ttl_holds_its_closed_form_and_a_lock_is_one_call_a_herd() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = ideal(&folder);
    let record = json(&[
        "sweep",
        &file,
        "-s",
        "ttl,lock",
        "--vary",
        "traffic.rate=500/s,1000/s",
        "--seeds",
        "8",
    ]);
    for (row, expected) in rows(&record).iter().zip([26.0, 1.0, 51.0, 1.0]) {
        let case = &row["metrics"]["herd.avg"];
        let (low, high) = (number(&case["ci95"][0]), number(&case["ci95"][1]));
        assert_eq!(number(&case["theory"]["value"]), expected);
        assert!(
            low <= expected && expected <= high,
            "{}: {low} to {high}, theory {expected}",
            row["lane"]
        );
        assert!(case["theory"]["source"].as_str().is_some_and(|source| !source.is_empty()));
    }
}

#[test]
fn differences_are_taken_seed_by_seed_against_the_first_lane() {
    let record = json(&SMALL);
    let paired = record["paired"].as_array().expect("differences");
    assert_eq!(paired.len(), 2, "xfetch at each beta against the one ttl");
    for (difference, row) in paired.iter().zip([1, 2]) {
        let values = |row: usize| &rows(&record)[row]["metrics"]["origin.calls"]["values"];
        let by_seed = (0..3).map(|seed| number(&values(row)[seed]) - number(&values(0)[seed]));
        let mean = by_seed.sum::<f64>() / 3.0;
        assert!((number(&difference["metrics"]["origin.calls"]["mean"]) - mean).abs() < 1e-9);
        assert_eq!(difference["against"], "ttl");
    }
}

#[test]
fn csv_is_tidy_one_line_a_point_lane_and_metric() {
    let text = ok(&with(&SMALL, &["-q", "--format", "csv"]));
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(lines[0], ["strategy.beta", "lane", "metric", "mean", "low", "high", "theory", "n"]);
    assert!(lines.iter().all(|line| line.len() == 8));
    assert_eq!(lines.len(), 1 + 3 * herdlab_sim::measure::Summary::METRICS.len());
    let keys: BTreeSet<&[&str]> = lines.iter().map(|line| &line[..3]).collect();
    assert_eq!(keys.len(), lines.len(), "no line twice");
    let herd =
        lines.iter().find(|line| line[..3] == ["2", "xfetch", "herd.avg"]).expect("the line");
    assert!(herd[3..].iter().all(|cell| cell.parse::<f64>().is_ok()), "{herd:?}");
}

#[test]
fn files_are_what_their_names_say() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("text").to_owned();
    let (record, table, page) = (path("a.json"), path("a.csv"), path("a.md"));
    ok(&with(&SMALL, &["-q", "-o", &record, "-o", &table, "-o", &page]));
    for (file, format) in [(record, "json"), (table, "csv"), (page, "markdown")] {
        let printed = ok(&with(&SMALL, &["-q", "--format", format]));
        assert_eq!(fs::read_to_string(&file).expect("the file is there"), printed, "{format}");
    }
}

#[test]
fn a_person_reads_a_verdict_a_table_and_a_plot_in_eighty_columns() {
    let text = ok(&[
        "sweep",
        "hot-key-expiry",
        "-s",
        "ttl,xfetch",
        "--vary",
        "strategy.beta=0.25..4:log6",
        "--seeds",
        "4",
        "--duration",
        "60s",
        "-q",
    ]);
    for words in [
        "Knee: herd.avg of xfetch bends",
        "Pareto front",
        "Theory: the closed form",
        "o ttl  x xfetch  · theory",
        "herd.avg (log scale)",
        "±",
        "repeat: herdlab sweep hot-key-expiry",
    ] {
        assert!(text.contains(words), "{words:?} is missing:\n{text}");
    }
    let long = text.lines().find(|line| line.chars().count() > 80 && !line.starts_with("repeat:"));
    assert_eq!(long, None, "{text}");
}

#[test]
fn two_varied_fields_are_a_heat_table() {
    let text = ok(&[
        "sweep",
        "hot-key-expiry",
        "-s",
        "ttl,xfetch",
        "--vary",
        "strategy.beta=1,2",
        "--vary",
        "cache.ttl=5s,10s",
        "--seeds",
        "2",
        "--duration",
        "40s",
        "-q",
    ]);
    assert!(text.contains("xfetch: herd.avg, strategy.beta down, cache.ttl across"), "{text}");
    assert!(text.contains("6 rows of 2 seeds"), "ttl is run for each cache.ttl only: {text}");
}

#[test]
fn the_repeated_command_prints_the_same() {
    let first = ok(&with(&SMALL, &["-q", "--metric", "hit.rate,herd.max"]));
    let repeat = first
        .lines()
        .find_map(|line| line.strip_prefix("repeat: herdlab "))
        .expect("a repeat line");
    let again: Vec<&str> = repeat.split_whitespace().chain(["-q"]).collect();
    assert_eq!(ok(&again), first);
}

#[test]
fn what_is_wrong_is_said_with_what_to_do_and_exits_with_2() {
    let wrong = |more: &[&str], says: &[&str]| {
        let output = run(&with(&["sweep", "flush"], more));
        let said = err(&output);
        assert_eq!(
            (output.status.code(), out(&output)),
            (Some(2), String::new()),
            "{more:?}: {said}"
        );
        for words in says {
            assert!(said.contains(words), "{more:?} should say {words:?}: {said}");
        }
    };
    wrong(
        &["--vary", "strategy.betta=1,2"],
        &["--vary strategy.betta=1", "did you mean strategy.beta?"],
    );
    wrong(&["--vary", "cache.tll=1s,2s"], &["no field \"tll\"", "did you mean ttl?"]);
    wrong(&["--vary", "cache.ttl=1s..5s"], &["how many points", "0.25..4:16"]);
    wrong(&["--vary", "cache.ttl=1,5"], &["--vary cache.ttl=1", "needs a unit"]);
    wrong(&["--vary", "cache.ttl=0..5:log3"], &["above 0"]);
    wrong(&["--vary", "cache.ttl"], &["PATH=VALUES"]);
    wrong(&["-s", "ttl", "--vary", "strategy.beta=1,2"], &["no lane has it", "-s"]);
    wrong(&["--vary", "cache.ttl=1s,2s", "--vary", "cache.ttl=3s"], &["given twice"]);
    wrong(&["--vary", "strategy.beta=0..1:50000"], &["runs", "more than 100,000", "--seeds"]);
    wrong(
        &["--vary", "cache.ttl=1s,2s", "--metric", "herd.agv"],
        &["did you mean herd.avg?", "list metrics"],
    );
    wrong(&["--vary", "cache.ttl=1s,2s", "-o", "sweep.xml"], &[".json", ".csv, .md"]);
    wrong(&["--vary", "cache.ttl=1s,2s", "--seeds", "0"], &["--seeds"]);
    wrong(&[], &["--vary"]);
}

#[test]
fn a_point_that_cannot_be_run_is_told_and_the_others_are_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("users.toml");
    let text = "schema = 1\nduration = \"5s\"\n[traffic]\nusers = 3\n[cache]\nwarm = \"full\"\n\
                latency = { constant = \"0s\" }\n[[strategy]]\nuse = \"ttl\"\n";
    fs::write(&file, text).expect("written");
    let think = "traffic.think={ constant = \"0s\" },{ constant = \"10ms\" }";
    let file = file.to_str().expect("text");
    let output = run(&["sweep", file, "--vary", think, "--seeds", "2", "--format", "json", "-q"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("users ask without end"), "{}", err(&output));
    let record: Value = serde_json::from_str(&out(&output)).expect("a record");
    holds(&record);
    assert_eq!((record["partial"].as_bool(), rows(&record).len()), (Some(true), 1));
    let note = record["notes"][0].as_str().expect("a note");
    assert!(note.contains("a row is missing: seed 42"), "{note}");
}

#[test]
fn an_interrupted_sweep_has_the_points_that_are_complete() {
    use std::io::{BufRead, BufReader};
    use std::process::Stdio;
    // The first point is over at once, the second takes for ever.
    let args = [
        "sweep",
        "hot-key-expiry",
        "-s",
        "xfetch",
        "--vary",
        "duration=20s,300d",
        "--seeds",
        "2",
        "--format",
        "json",
    ];
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let mut child = crate::support::herdlab(&args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut progress = BufReader::new(child.stderr.take().expect("stderr is piped"));
        let mut line = String::new();
        while !line.contains("[2/4 runs]") {
            line.clear();
            assert!(
                progress.read_line(&mut line).expect("stderr is text") > 0,
                "it ended too soon"
            );
        }
        let id = child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().expect("kill runs").success());
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(code));
        let record: Value = serde_json::from_slice(&output.stdout).expect("a record");
        holds(&record);
        assert_eq!((record["partial"].as_bool(), rows(&record).len()), (Some(true), 1));
        assert_eq!(rows(&record)[0]["parameters"], serde_json::json!({ "duration": "20s" }));
    }
}
