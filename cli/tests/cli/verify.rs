//! `herdlab verify`: the model against real caches, on short runs of a scenario of the library.

use serde_json::Value;

use crate::support::{err, out, root, run};

/// Two seconds of the hot key, with an expiry every second.
const SHORT: &[&str] = &[
    "verify",
    "hot-key-expiry",
    "--duration",
    "2s",
    "--rate",
    "200/s",
    "--set",
    "cache.ttl=1s",
    "--set",
    "warmup=0s",
    "-q",
];

/// The record of a verification that may find its own machine too busy, or a difference that such short runs make.
fn verify(args: &[&str]) -> Value {
    let all = [SHORT, args, &["--format", "json"]].concat();
    let output = run(&all);
    assert!(matches!(output.status.code(), Some(0 | 3 | 5)), "{all:?}: {}", err(&output));
    let record: Value = serde_json::from_slice(&output.stdout).expect("a record");
    holds(&record);
    record
}

/// Holds a record against the schema and against itself.
fn holds(record: &Value) {
    let schema = std::fs::read_to_string(root().join("docs/herdlab.verify.schema.json"));
    let schema: Value = serde_json::from_str(&schema.expect("the schema")).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let errors: Vec<String> =
        validator.iter_errors(record).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
    for (_, figure) in figures(record) {
        let mean = |of: &str| figure[of]["mean"].as_f64().expect("a mean");
        let apart = mean("real") - mean("model");
        assert!((mean("difference") - apart).abs() <= 1e-9 * apart.abs().max(1.0), "{figure}");
        for values in ["model", "real"] {
            let count = figure["values"][values].as_array().map(Vec::len);
            assert_eq!(count, record["rounds"].as_u64().map(|n| n as usize), "{figure}");
        }
    }
}

/// Every figure with its metric's name.
fn figures(record: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let caches = record["caches"].as_array().expect("caches").iter();
    let lanes = caches.flat_map(|cache| cache["lanes"].as_array().expect("lanes"));
    lanes.flat_map(|lane| {
        lane["metrics"].as_object().expect("metrics").iter().map(|(name, one)| (name.as_str(), one))
    })
}

#[test]
fn model_and_caches_run_the_same_requests_and_a_lock_lets_one_through_on_each() {
    let record = verify(&["-s", "ttl,lock", "--on", "redis", "--on", "memcached", "--rounds", "2"]);
    assert_eq!(record["partial"], false);
    let names: Vec<_> = record["caches"].as_array().unwrap().iter().map(|c| &c["on"]).collect();
    assert_eq!(names, ["redis", "memcached"]);
    for (metric, figure) in figures(&record).filter(|(metric, _)| *metric == "requests") {
        assert_eq!(figure["difference"]["mean"], 0.0, "{metric}: one schedule");
        assert_eq!(figure["verdict"], "agree");
    }
    for cache in record["caches"].as_array().unwrap() {
        let [ttl, lock] = [0, 1].map(|nth| &cache["lanes"][nth]["metrics"]["herd.avg"]);
        for of in ["model", "real"] {
            let herd = |figure: &Value| figure[of]["mean"].as_f64().unwrap();
            assert_eq!(herd(lock), 1.0, "{cache}");
            assert!(herd(ttl) > 10.0, "a herd: {cache}");
        }
        assert_eq!(lock["verdict"], "agree");
    }
    let notes = record["notes"].as_array().unwrap();
    assert!(notes.iter().any(|note| note.as_str().is_some_and(|n| n.contains("whole seconds"))));
}

#[test]
fn the_figures_stand_side_by_side_for_a_person_and_for_a_page() {
    let folder = tempfile::tempdir().expect("a folder");
    let [page, table] = ["v.md", "v.csv"].map(|name| folder.path().join(name));
    let files = [page.to_str().unwrap(), table.to_str().unwrap()];
    let more = ["-s", "lock", "--on", "memory", "--rounds", "2", "-o", files[0], "-o", files[1]];
    let output = run(&[SHORT, &more].concat());
    let text = out(&output);
    assert!(matches!(output.status.code(), Some(0 | 3 | 5)), "{}", err(&output));
    for words in ["the model against memory of this process, 2 rounds", "herd.avg", "difference"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(text.contains("figures agree within 5.00%"), "{text}");
    let repeat = text.lines().find_map(|line| line.strip_prefix("repeat: herdlab verify "));
    assert!(repeat.is_some_and(|words| words.contains("--on memory --rounds 2")), "{text}");
    let page = std::fs::read_to_string(page).expect("a page");
    assert!(page.contains("| lane | metric | model | memory | difference |"), "{page}");
    let table = std::fs::read_to_string(table).expect("a table");
    assert!(table.starts_with("cache,lane,metric,model,model.low,model.high,real,"), "{table}");
    assert!(
        table.lines().count() == 7
            && table.contains("\nmemory,lock,herd.avg,1,1,1,1,1,1,0,0,0,agree\n"),
        "{table}"
    );
}

#[test]
fn what_cannot_be_compared_is_said_before_anything_is_run() {
    for (args, words) in [
        (&["--on", "model"][..], "against itself"),
        (&["--rounds", "1"], "2..=1000"),
        (&["--within", "much"], "is no share"),
        (&["--metric", "herd.agv"], "did you mean herd.avg?"),
        (&["-o", "v.hlog"], "an interval log is of one run"),
    ] {
        let output = run(&[SHORT, args].concat());
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", err(&output));
        assert!(err(&output).contains(words), "{args:?}: {}", err(&output));
    }
}
