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
