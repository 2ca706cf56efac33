//! The program in real time, on private servers.

use herdlab_loadgen::{PrivateServer, Service};

use crate::record::holds;
use crate::support::{err, herdlab, json, out};

const SHORT: &[&str] =
    &["--set", "warmup=0s", "--duration", "3s", "--rate", "300/s", "--set", "cache.ttl=1s"];

#[test]
fn a_comparison_on_a_private_redis_keeps_the_schema_and_tells_its_lateness() {
    let record =
        json(&[&["compare", "hot-key-expiry", "-s", "ttl,lock", "--on", "redis"], SHORT].concat());
    holds(&record);
    assert_eq!(record["clock"].as_str(), Some("real"));
    let model = json(&[&["compare", "hot-key-expiry", "-s", "ttl,lock"], SHORT].concat());
    for (real, model) in
        record["lanes"].as_array().unwrap().iter().zip(model["lanes"].as_array().unwrap())
    {
        assert_eq!(
            real["summary"]["requests"], model["summary"]["requests"],
            "both clocks have one schedule"
        );
        assert!(real["histograms"]["lateness"].is_string());
    }
    let environment = &record["environment"];
    assert!(
        environment["lanes"][0]["server"]
            .as_str()
            .is_some_and(|server| server.starts_with("redis ")),
        "{environment}"
    );
}

#[test]
fn a_server_of_the_users_is_left_as_it_was() {
    let server = PrivateServer::start(Service::Redis).expect("redis-server starts");
    let client = redis::Client::open(server.url()).expect("an address");
    let mut connection = client.get_connection().expect("it answers");
    redis::cmd("SET").arg("theirs").arg("1").exec(&mut connection).expect("SET");
    let url = server.url();
    let output =
        herdlab(&[&["run", "hot-key-expiry", "-s", "lock", "-q", "--on", &url], SHORT].concat())
            .output()
            .expect("the binary starts");
    assert!(matches!(output.status.code(), Some(0 | 5)), "{}", err(&output));
    assert!(out(&output).contains("99% of requests were sent at most"), "{}", out(&output));
    let keys: Vec<String> = redis::cmd("KEYS").arg("*").query(&mut connection).expect("KEYS");
    assert_eq!(keys, ["theirs"]);
}

#[test]
fn a_threshold_that_aborts_ends_a_run_in_real_time_and_no_other_lane_begins() {
    let abort = r#"thresholds=[{ expr = "herd.max <= 1", abort = true }]"#;
    let more = ["--set", "warmup=0s", "--duration", "60s", "--rate", "300/s", "--set", abort];
    let args = ["compare", "hot-key-expiry", "-s", "ttl,lock", "-q", "--format", "json"];
    let output =
        herdlab(&[&args[..], &["--on", "redis", "--set", "cache.warm=cold"], &more].concat())
            .output()
            .expect("the binary starts");
    assert_eq!(output.status.code(), Some(3), "{}", err(&output));
    let record: serde_json::Value = serde_json::from_str(&out(&output)).expect("a record");
    holds(&record);
    let lanes = record["lanes"].as_array().expect("lanes");
    let seconds = lanes[0]["series"]["requests"].as_array().map_or(0, Vec::len);
    assert!(lanes.len() == 1 && (1..=3).contains(&seconds), "{seconds} seconds of 60");
    let verdict = &record["thresholds"][0];
    assert_eq!((&verdict["aborted"], &verdict["passed"]), (&true.into(), &false.into()));
    assert_eq!(record["partial"], true);
}

#[test]
fn an_interval_log_in_real_time_has_latency_service_and_lateness_and_in_virtual_time_the_same_bytes()
 {
    let folder = tempfile::tempdir().expect("a folder");
    let logged = |name: &str, on: &str| {
        let file = folder.path().join(name);
        let args = ["run", "hot-key-expiry", "-s", "lock", "-q", "--on", on, "-o"];
        let args = [&args[..], &[file.to_str().expect("text")], SHORT].concat();
        let output = herdlab(&args).output().expect("the binary starts");
        assert!(matches!(output.status.code(), Some(0 | 3 | 5)), "{}", err(&output));
        std::fs::read_to_string(file).expect("a log")
    };
    let real = logged("real.hlog", "redis");
    for tag in ["lock", "lock.service", "lock.lateness"] {
        let lines = real.lines().filter(|line| line.starts_with(&format!("Tag={tag},"))).count();
        assert!((3..=4).contains(&lines), "{lines} of {tag}:\n{real}");
    }
    let model = logged("model.hlog", "model");
    assert!(model.starts_with("#[Histogram log format version 1.3]\n"), "{model}");
    assert_eq!(model, logged("again.hlog", "model"));
    assert!(!model.contains(".service"), "in virtual time it is the latency");
}

#[test]
fn progress_in_real_time_is_told_every_second() {
    let args = ["run", "hot-key-expiry", "-s", "lock", "--on", "redis", "--set", "warmup=0s"];
    let more = ["--duration", "5s", "--rate", "100/s"];
    let output = herdlab(&[&args[..], &more].concat()).output().expect("the binary starts");
    let said = err(&output);
    let lines = said.lines().filter(|line| line.contains("req/s")).count();
    assert!((4..=6).contains(&lines), "{lines} lines in five seconds:\n{said}");
}

#[test]
fn a_password_in_a_url_is_neither_in_the_summary_nor_in_the_record() {
    let server = PrivateServer::start(Service::Redis).expect("redis-server starts");
    let client = redis::Client::open(server.url()).expect("an address");
    let mut connection = client.get_connection().expect("it answers");
    redis::cmd("CONFIG")
        .arg(&["SET", "requirepass", "s3cret"])
        .exec(&mut connection)
        .expect("CONFIG SET");
    let url = format!("{}?pass=s3cret", server.url());
    for format in ["human", "json"] {
        let args = ["run", "hot-key-expiry", "-s", "lock", "--format", format, "--on", &url];
        let output = herdlab(&[&args[..], SHORT].concat()).output().expect("the binary starts");
        assert!(matches!(output.status.code(), Some(0 | 5)), "{}", err(&output));
        assert!(out(&output).contains("pass=***"), "{}", out(&output));
        assert!(!(out(&output) + &err(&output)).contains("s3cret"), "{}", out(&output));
    }
}
