//! Thresholds end to end, and the formats that other programs read.

use std::fs;

use serde_json::Value;

use crate::record::holds;
use crate::support::{err, ok, out, run};

const SHORT: [&str; 8] = [
    "compare",
    "hot-key-expiry",
    "-s",
    "ttl,lock",
    "--duration",
    "32s",
    "--set",
    "thresholds=[]", // those of the test only
];

fn compared(more: &[&str]) -> std::process::Output {
    run(&[&SHORT[..], &["-q"], more].concat())
}

fn record(more: &[&str]) -> (Option<i32>, Value) {
    let output = compared(&[&["--format", "json"], more].concat());
    let record = serde_json::from_str(&out(&output)).unwrap_or_else(|_| panic!("{}", err(&output)));
    holds(&record);
    (output.status.code(), record)
}

#[test]
fn a_failure_is_exit_code_3_and_stands_before_what_passed() {
    let output = compared(&[
        "--assert",
        "herd.max <= 1",
        "--assert",
        "origin.calls{lock}<0.9*origin.calls{ttl}",
    ]);
    let text = out(&output);
    assert_eq!(output.status.code(), Some(3), "{text}{}", err(&output));
    let verdicts: Vec<&str> =
        text.lines().filter(|line| line.starts_with("FAIL") || line.starts_with("PASS")).collect();
    assert_eq!(verdicts.len(), 3, "{text}");
    assert!(
        verdicts[0].starts_with("FAIL herd.max <= 1 in ttl: ") && verdicts[0].ends_with("limit 1"),
        "{text}"
    );
    assert_eq!(verdicts[1], "PASS herd.max <= 1 in lock: 1");
    assert!(
        verdicts[2].starts_with("PASS origin.calls{lock} < 0.9 * origin.calls{ttl}: "),
        "{text}"
    );
    assert_eq!(compared(&["--assert", "herd.max{lock} == 1"]).status.code(), Some(0));
}

#[test]
fn the_record_has_every_verdict_and_a_percentile_that_no_summary_has() {
    let (code, record) =
        record(&["--assert", "latency.p99.5 < 10s", "--assert", "hits.sum{ttl} > 1M"]);
    assert_eq!(code, Some(3));
    let verdicts = record["thresholds"].as_array().expect("verdicts");
    let passed: Vec<_> =
        verdicts.iter().map(|one| (one["lane"].as_str(), one["passed"].as_bool())).collect();
    assert_eq!(
        passed,
        [(Some("ttl"), Some(true)), (Some("lock"), Some(true)), (Some("ttl"), Some(false))]
    );
    let lane = &record["lanes"][0]["summary"];
    let (p99, p999) = (lane["latency.p99_us"].as_f64(), lane["latency.p99.9_us"].as_f64());
    assert!(
        verdicts[0]["value"].as_f64() >= p99 && verdicts[0]["value"].as_f64() <= p999,
        "{verdicts:?}"
    );
    let hits = lane["fresh"].as_f64().unwrap_or(0.0) + lane["stale"].as_f64().unwrap_or(0.0);
    assert_eq!(verdicts[2]["value"].as_f64(), Some(hits));
}

#[test]
fn an_abort_ends_every_lane_in_the_second_of_the_failure() {
    // The entry expires in the eleventh second, the warm-up's first after; once a herd is large it stays the largest.
    for (delay, seconds) in [("0s", 11), ("5s", 15)] {
        let set = format!(
            r#"thresholds=[{{ expr = "herd.max <= 1", abort = true, delay = "{delay}" }}]"#
        );
        let (_, cut) = record(&["--set", &set]);
        for lane in cut["lanes"].as_array().expect("lanes") {
            assert_eq!(
                lane["series"]["requests"].as_array().map(Vec::len),
                Some(seconds),
                "{delay}"
            );
        }
    }
    let abort = r#"thresholds=[{ expr = "herd.max <= 1", abort = true, delay = "5s" }]"#;
    let (code, cut) = record(&["--set", abort]);
    assert_eq!((code, cut["partial"].as_bool()), (Some(3), Some(true)));
    let aborted: Vec<_> = cut["thresholds"]
        .as_array()
        .expect("verdicts")
        .iter()
        .filter(|one| one["aborted"] == true)
        .collect();
    assert_eq!(aborted.len(), 1, "{cut}");
    assert_eq!(
        (&aborted[0]["lane"], &aborted[0]["passed"]),
        (&Value::from("ttl"), &Value::from(false))
    );
    assert_eq!(record(&["--set", abort]).1, cut, "and always in the same");
}

#[test]
fn an_abort_that_never_comes_changes_nothing() {
    let never = r#"thresholds=[{ expr = "herd.max < 1M", abort = true }]"#;
    let ((code, with), (_, without)) = (record(&["--set", never]), record(&[]));
    assert_eq!(code, Some(0));
    assert_eq!(with["lanes"], without["lanes"]);
}

#[test]
fn a_threshold_that_cannot_be_is_refused_at_its_place() {
    for (more, words) in [
        (&["--assert", "herd.mx <= 1"][..], "did you mean herd.max?"),
        (&["--assert", "herd.max{lok} <= 1"], "did you mean lock?"),
        (&["--assert", "herd.max{xfetch} <= 1"], "no lane \"xfetch\" is run"),
        (&["--assert", "latency.p99 < 200"], "200ms"),
        (&["--assert", "hit.rate > 1% after 40s"], "the run is over at 32s"),
        (&["--set", "thresholds=[\"herd.max{lok} <= 1\"]"], "did you mean lock?"),
        (
            &["--set", "thresholds=[{ expr = \"herd.max{lock} < herd.max{ttl}\", abort = true }]"],
            "compares lanes",
        ),
        (&["-o", "run.xml"], ".json, .csv, .md or .hlog"),
    ] {
        let output = compared(more);
        assert_eq!(output.status.code(), Some(2), "{more:?}");
        assert!(err(&output).contains(words), "{more:?}: {}", err(&output));
    }
}

#[test]
fn a_threshold_of_the_file_about_a_lane_that_was_not_chosen_is_skipped_and_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("mine.toml");
    let text = "schema = 1\nduration = \"3s\"\nthresholds = [\n  \"herd.max{lock} <= 1\",\n  \"herd.mx < 2\",\n]\n\
                [[strategy]]\nuse = \"ttl\"\n[[strategy]]\nuse = \"lock\"\n";
    fs::write(&file, text).expect("written");
    let name = file.to_str().expect("a name");
    let wrong = run(&["compare", name]);
    assert!(err(&wrong).contains("mine.toml:5:4"), "the very place: {}", err(&wrong));
    fs::write(&file, text.replace("herd.mx < 2", "requests > 1")).expect("written");
    let text = ok(&["compare", name, "-s", "ttl", "-q"]);
    assert!(
        text.contains("a threshold is about a lane that was not chosen")
            && text.contains("PASS requests > 1 in ttl"),
        "{text}"
    );
    assert!(ok(&["check", name]).contains("\"herd.max{lock} <= 1\""));
}

#[test]
fn csv_has_the_seconds_of_the_record() {
    let folder = tempfile::tempdir().expect("a folder");
    let (csv, json, md) = ("a.csv", "a.json", "a.md");
    let path = |name: &str| folder.path().join(name).to_str().expect("a name").to_owned();
    let printed = ok(&[
        &SHORT[..],
        &["-q", "--format", "csv", "-o", &path(csv), "-o", &path(json), "-o", &path(md)],
    ]
    .concat());
    assert_eq!(fs::read_to_string(path(csv)).expect("csv"), printed);
    let record: Value =
        serde_json::from_str(&fs::read_to_string(path(json)).expect("json")).expect("a record");
    let mut rows = printed.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let head = rows.next().expect("a head");
    assert_eq!(head[..2], ["lane", "second"]);
    let rows: Vec<Vec<&str>> = rows.collect();
    for lane in record["lanes"].as_array().expect("lanes") {
        for (column, name) in head.iter().enumerate().skip(2) {
            let series = lane["series"][name]
                .as_array()
                .expect("a series")
                .iter()
                .map(|n| n.as_u64().expect("a count"));
            let column: Vec<u64> = rows
                .iter()
                .filter(|row| lane["name"] == row[0])
                .map(|row| row[column].parse().expect("a count"))
                .collect();
            assert_eq!(column, series.collect::<Vec<_>>(), "{name}");
        }
    }
    let table = fs::read_to_string(path(md)).expect("markdown");
    assert!(table.starts_with("### hot-key-expiry\n\n| lane | hit | in time |"), "{table}");
    assert!(table.contains("\n| ttl | ") && table.contains("\n| lock | "), "{table}");
}
