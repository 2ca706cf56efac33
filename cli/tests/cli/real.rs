//! The program in real time, on private servers.

use herdlab_loadgen::PrivateRedis;

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
    let server = PrivateRedis::start().expect("redis-server starts");
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
    let server = PrivateRedis::start().expect("redis-server starts");
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
