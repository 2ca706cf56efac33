//! `herdlab bench` as a user runs it, on private servers.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use herdlab_loadgen::{PrivateServer, Service};
use serde_json::Value;

use crate::support::{err, herdlab, out, root, run};

/// Short rounds that need little of the machine.
const SHORT: &[&str] = &["--duration", "100ms", "--keys", "uniform:500", "--value-size", "64B"];

/// Holds a record against the schema and against itself.
fn holds(record: &Value) {
    let schema = std::fs::read_to_string(root().join("docs/herdlab.bench.schema.json"));
    let schema: Value = serde_json::from_str(&schema.expect("the schema")).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let errors: Vec<String> =
        validator.iter_errors(record).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
    for round in record["backends"].as_array().unwrap().iter().flat_map(rounds) {
        let errors: u64 =
            round["errors"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
        assert!(round["requests"].as_u64().unwrap() >= errors);
    }
}

fn rounds(backend: &Value) -> impl Iterator<Item = &Value> {
    backend["rounds"].as_array().expect("rounds").iter()
}

/// The record of a benchmark that may find its own machine too busy.
fn bench(args: &[&str]) -> Value {
    let all = [&["bench"], args, SHORT, &["--format", "json", "-q"]].concat();
    let output = run(&all);
    assert!(matches!(output.status.code(), Some(0 | 5)), "{all:?}: {}", err(&output));
    let record = serde_json::from_slice(&output.stdout).expect("a record");
    holds(&record);
    record
}

#[test]
fn two_caches_take_turns_and_are_compared_round_by_round() {
    let record = bench(&["redis", "redis", "--rounds", "3", "--ops", "get=9,set=1"]);
    assert_eq!(record["partial"], false);
    let backends = record["backends"].as_array().unwrap();
    let names: Vec<&str> = backends.iter().filter_map(|one| one["name"].as_str()).collect();
    assert_eq!(names, ["redis", "redis#2"]);
    for backend in backends {
        assert_eq!(backend["metrics"]["throughput"]["values"].as_array().unwrap().len(), 3);
        assert!(backend["metrics"]["throughput"]["mean"].as_f64().unwrap() > 0.0);
        assert_eq!(backend["metrics"]["errors"]["mean"], 0.0);
        assert_eq!(backend["metrics"]["hit.rate"]["mean"], 1.0);
    }
    let paired = &record["paired"][0];
    assert_eq!((&paired["backend"], &paired["against"]), (&"redis#2".into(), &"redis".into()));
    let of = |at: usize| record["backends"][at]["metrics"]["throughput"]["mean"].as_f64().unwrap();
    let difference = paired["metrics"]["throughput"]["mean"].as_f64().unwrap();
    assert!((difference - (of(1) - of(0))).abs() < 1e-6 * of(0));
}

#[test]
fn every_operation_works_and_the_server_counts_what_we_sent() {
    for op in ["get", "set", "add", "incr", "get_many", "lock", "delete"] {
        let record = bench(&["redis", "--rounds", "1", "--ops", op]);
        let round = &record["backends"][0]["rounds"][0];
        assert_eq!(record["backends"][0]["metrics"]["errors"]["mean"], 0.0, "{op}: {round}");
        let sent: u64 =
            round["commands"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
        let served = round["served"].as_u64().expect("Redis says");
        assert!(sent > 0 && served >= sent, "{op}: we sent {sent}, it served {served}");
        // Connecting takes some; so does what scripts do.
        let within = if matches!(op, "incr" | "lock") { 3 * sent } else { sent } + 500;
        assert!(served <= within, "{op}: we sent {sent}, it served {served}");
    }
}

#[test]
fn the_measured_hit_ratio_is_the_one_that_was_asked_for_and_writes_do_not_change_it() {
    let mix = "get=5,set=3,add=1,delete=1";
    let record = bench(&["redis", "--rounds", "2", "--hit", "70%", "--ops", mix]);
    for hits in record["backends"][0]["metrics"]["hit.rate"]["values"].as_array().unwrap() {
        let hits = hits.as_f64().unwrap();
        let reads = record["backends"][0]["rounds"][0]["hits"].as_f64().unwrap();
        let chance = 5.0 * (0.7 * 0.3 / reads.max(1.0)).sqrt() + 0.01;
        assert!((hits - 0.7).abs() < chance, "{hits}, seed 42");
    }
}

#[test]
fn an_open_loop_sends_what_it_said_and_tells_its_lateness() {
    let args = ["redis", "--rounds", "2", "--rate", "2000/s", "--arrivals", "constant"];
    let record = bench(&args);
    for round in rounds(&record["backends"][0]) {
        assert_eq!(round["requests"], 200, "2000 a second for 100 ms");
    }
    assert!(record["backends"][0]["histograms"]["lateness"].is_string());
    assert_eq!(record["workload"]["rate"], 2000.0);
}

#[test]
fn a_search_has_an_edge_and_a_curve() {
    let record = bench(&["redis", "--search", "p99 < 20ms", "--rate", "500/s"]);
    let search = &record["backends"][0]["search"];
    let runs = search["runs"].as_array().expect("runs");
    assert_eq!(runs[0]["rate"], 500.0);
    assert!(runs.len() >= 3, "{search}");
    if let (Some(meets), Some(fails)) = (search["meets"].as_f64(), search["fails"].as_f64()) {
        assert!(meets < fails, "{search}");
    }
    let none = bench(&["redis", "--search", "p99 < 1us", "--rate", "100/s"]);
    assert!(none["backends"][0]["search"]["meets"].is_null(), "{none}");
}

#[test]
fn every_format_has_its_file_and_the_summary_says_who_is_better() {
    let folder = tempfile::tempdir().expect("a folder");
    let args = ["bench", "redis", "redis", "--rounds", "2", "-q"];
    let files = ["-o", "b.json", "-o", "b.csv", "-o", "b.md"];
    let output = herdlab(&[&args, SHORT, &files].concat()).current_dir(folder.path()).output();
    let output = output.expect("the binary starts");
    assert!(matches!(output.status.code(), Some(0 | 5)), "{}", err(&output));
    let said = out(&output);
    assert!(said.contains("by chance") || said.contains("more than chance"), "{said}");
    assert!(said.contains("repeat: herdlab bench redis redis --ops get"), "{said}");
    let read = |name| std::fs::read_to_string(folder.path().join(name)).expect(name);
    holds(&serde_json::from_str(&read("b.json")).expect("a record"));
    assert!(read("b.csv").starts_with("cache,round,metric,value\nredis,1,"));
    assert!(read("b.md").contains("| redis#2 |"));
}

#[test]
fn a_server_of_the_users_is_left_as_it_was_and_its_password_is_not_shown() {
    let server = PrivateServer::start(Service::Redis).expect("redis-server starts");
    let client = redis::Client::open(server.url()).expect("an address");
    let mut connection = client.get_connection().expect("it answers");
    redis::cmd("SET").arg("theirs").arg("1").exec(&mut connection).expect("SET");
    let password = ["SET", "requirepass", "s3cret"];
    redis::cmd("CONFIG").arg(&password).exec(&mut connection).expect("CONFIG SET");
    let url = format!("{}?pass=s3cret", server.url());
    let all = "get,set,add,incr,get_many,lock,delete";
    let args = ["bench", &url, "--rounds", "1", "--ops", all];
    let output = run(&[&args, SHORT].concat());
    assert!(matches!(output.status.code(), Some(0 | 5)), "{}", err(&output));
    assert!(!(out(&output) + &err(&output)).contains("s3cret"), "{}", out(&output));
    let keys: Vec<String> = redis::cmd("KEYS").arg("*").query(&mut connection).expect("KEYS");
    assert_eq!(keys, ["theirs"]);
}

#[test]
fn ctrl_c_keeps_the_rounds_that_are_complete_and_takes_the_keys_away() {
    let server = PrivateServer::start(Service::Redis).expect("redis-server starts");
    let url = server.url();
    let args = ["bench", &url, "--rounds", "10000", "--warmup", "0s", "--format", "json"];
    let mut child = herdlab(&[&args, SHORT].concat())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut progress = BufReader::new(child.stderr.take().expect("stderr is piped")).lines();
    let told = progress.find(|line| line.as_ref().is_ok_and(|line| line.contains("left")));
    assert!(told.is_some(), "it says how much is left");
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(sent.expect("kill runs").success());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130));
    let record: Value = serde_json::from_slice(&output.stdout).expect("a record");
    holds(&record);
    assert_eq!(record["partial"], true);
    assert!(rounds(&record["backends"][0]).count() > 0);
    let client = redis::Client::open(server.url()).expect("an address");
    let mut connection = client.get_connection().expect("it answers");
    let keys: u64 = redis::cmd("DBSIZE").query(&mut connection).expect("DBSIZE");
    assert_eq!(keys, 0);
}

#[test]
fn what_cannot_be_measured_is_refused_before_anything_starts() {
    for (args, code, said) in [
        (&["model"][..], 2, "real caches"),
        (&["redis://192.0.2.1"], 2, "--allow-remote"),
        (&["redis://127.0.0.1:1"], 4, "cannot connect"),
        (&["redis", "--ops", "gte"], 2, "did you mean get?"),
        (&["redis", "-o", "bench.xml"], 2, "extension"),
    ] {
        let output = run(&[&["bench"], args].concat());
        assert_eq!(output.status.code(), Some(code), "{args:?}: {}", err(&output));
        assert!(err(&output).contains(said), "{args:?}: {}", err(&output));
    }
}
