//! The whole text of mistakes in the fields of changing traffic, varied data, queues, failures and rules of lanes.

use herdlab_scenarios::{Given, Scenario};
use insta::assert_snapshot;

/// What is said about a file that has this behind a right beginning.
fn told(added: &str) -> String {
    let text = format!("schema = 1\n[[strategy]]\nuse = \"ttl\"\n{added}");
    Scenario::read("shop.toml", text.as_bytes(), &Given::default()).expect_err(&text).to_string()
}

#[test]
fn traffic_that_changes_and_repeats() {
    assert_snapshot!(told(r#"[traffic]
profile = [{ at = "10s", rate = "500/s", ramp = "20s" }, { at = "20s", rate = "0/s" }]
"#), @r##"
    error: traffic.profile has a step at 20s that cuts the ramp before it, which ends at 30s
     --> shop.toml:5:58
      |
    5 | profile = [{ at = "10s", rate = "500/s", ramp = "20s" }, { at = "20s", rate = "0/s" }]
      |                                                          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ here
      |
      = help: shorten the ramp, or begin the step when it has ended
    "##);
    assert_snapshot!(told(r#"[traffic]
users = 5
profile = [{ at = "10s", rate = "5/s" }]
burst = 3
"#), @r##"
    error: traffic.profile and traffic.users exclude each other
     --> shop.toml:6:1
      |
    6 | profile = [{ at = "10s", rate = "5/s" }]
      | ^^^^^^^ beside users
      |
      = help: an open loop has a rate, a closed one has users

    error: traffic.burst and traffic.users exclude each other
     --> shop.toml:7:1
      |
    7 | burst = 3
      | ^^^^^ beside users
      |
      = help: an open loop has a rate, a closed one has users
    "##);
    assert_snapshot!(told(r#"[traffic]
keys = { hotspot = 50, share = 0.9, count = 10 }
retries = { max = 20 }
"#), @r##"
    error: traffic.keys has 50 hot items of 10: none is left that is not hot
     --> shop.toml:5:20
      |
    5 | keys = { hotspot = 50, share = 0.9, count = 10 }
      |                    ^^ here
      |
      = help: say fewer, or uniform = true

    error: traffic.retries.max is 20, expected 0 to 15
     --> shop.toml:6:19
      |
    6 | retries = { max = 20 }
      |                   ^^ here
    "##);
    assert_snapshot!(told(r#"[traffic]
keys = { trace = "shop.txt" }
page = 20
"#), @r##"
    error: a trace has one item a request, so there are no pages
     --> shop.toml:6:8
      |
    6 | page = 20
      |        ^^ here
      |
      = help: drop page, or say other traffic.keys
    "##);
}

#[test]
fn data_that_varies() {
    assert_snapshot!(told(r#"[data]
vary = [{ name = "lang", values = 300 }, { name = "user", values = 300 }]
"#), @r##"
    error: data.vary makes 90000 variants, more than 65536
     --> shop.toml:5:42
      |
    5 | vary = [{ name = "lang", values = 300 }, { name = "user", values = 300 }]
      |                                          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ here
      |
      = help: their values are multiplied: say fewer
    "##);
    assert_snapshot!(told(r#"[data]
vary = [{ name = "lang" }]
writes = "many"
"#), @r##"
    error: data.vary needs a values
     --> shop.toml:5:9
      |
    5 | vary = [{ name = "lang" }]
      |         ^^^^^^^^^^^^^^^^^ here
      |
      = help: write { name = "lang", values = 3 }

    error: data.writes is no rate; write it per time, such as 2000/s, 2k/s or 120/m
     --> shop.toml:6:10
      |
    6 | writes = "many"
      |          ^^^^^^ here
    "##);
}

#[test]
fn a_cache_in_each_process() {
    assert_snapshot!(told(r#"[cache]
backend = "locmem"
capacity = "64MiB"
latency = { constant = "1ms" }
"#), @r##"
    error: a locmem has no limit in bytes, only cache.entries (its MAX_ENTRIES)
     --> shop.toml:6:1
      |
    6 | capacity = "64MiB"
      | ^^^^^^^^ said here
      |
      = help: drop capacity, or say entries = 300

    error: a locmem lies in the process: there is no round trip to it
     --> shop.toml:7:1
      |
    7 | latency = { constant = "1ms" }
      | ^^^^^^^ said here
      |
      = help: drop it, or say another cache.backend
    "##);
    assert_snapshot!(told(r#"[cache]
cull_frequency = 3
"#), @r##"
    error: cache.cull_frequency belongs to a locmem
     --> shop.toml:5:1
      |
    5 | cull_frequency = 3
      | ^^^^^^^^^^^^^^ said here
      |
      = help: say cache.backend = "locmem" too
    "##);
}

#[test]
fn an_origin_that_queues_and_fails() {
    assert_snapshot!(told(r#"[origin]
queue = { limit = 10, discipline = "drop-expired" }
failure_rate = "101%"
"#), @r##"
    error: a queue that drops expired calls needs clients who give up
     --> shop.toml:5:9
      |
    5 | queue = { limit = 10, discipline = "drop-expired" }
      |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ here
      |
      = help: say traffic.timeout = "2s" too

    error: origin.failure_rate is 1.01, expected a share from 0 to 1
     --> shop.toml:6:16
      |
    6 | failure_rate = "101%"
      |                ^^^^^^ here
    "##);
    assert_snapshot!(told(r#"[origin]
latency = { measured = "none.txt" }
"#), @r##"
    error: origin.latency.measured names "none.txt", which cannot be read: there are no files beside this scenario
     --> shop.toml:5:24
      |
    5 | latency = { measured = "none.txt" }
      |                        ^^^^^^^^^^ here
      |
      = help: it names a file beside the scenario, with one duration a line: 12.5ms
    "##);
    assert_snapshot!(told(r#"[origin]
latency = { pareto = { least = "10ms", alpha = 1 } }
"#), @r##"
    error: origin.latency.pareto.alpha is 1, expected more than 1, at most 1000
     --> shop.toml:5:48
      |
    5 | latency = { pareto = { least = "10ms", alpha = 1 } }
      |                                                ^ here
      |
      = help: at 1 and below, a Pareto law has no mean
    "##);
}

#[test]
fn rules_of_a_lane() {
    assert_snapshot!(told(r#"invalidation = "bump"
[[strategy]]
use = "versioned"
invalidate = "before-commit"
"#), @r##"
    error: the keys of ttl have no version to raise
     --> shop.toml:4:16
      |
    4 | invalidation = "bump"
      |                ^^^^^^ here
      |
      = help: say invalidation = "delete", or use = "versioned"

    error: invalidate says when, and nothing says what
     --> shop.toml:7:1
      |
    7 | invalidate = "before-commit"
      | ^^^^^^^^^^ said here
      |
      = help: say invalidation = "delete" too
    "##);
    assert_snapshot!(told(r#"hottest = 0
backend = "redis"
"#), @r##"
    error: strategy.ttl.hottest is 0, expected 1 to 100000000
     --> shop.toml:4:11
      |
    4 | hottest = 0
      |           ^ here

    error: strategy.ttl.backend cannot be "redis"
     --> shop.toml:5:11
      |
    5 | backend = "redis"
      |           ^^^^^^^ here
      |
      = help: it is one of: memory, memcached, locmem
    "##);
}

#[test]
fn events_that_fail() {
    assert_snapshot!(told(r#"[[event]]
at = "5s"
do = "fail"
share = "150%"
for = "0s"
"#), @r##"
    error: event.0.share is 1.5, expected a share from 0 to 1
     --> shop.toml:7:9
      |
    7 | share = "150%"
      |         ^^^^^^ here

    error: event.0.for must be longer than zero
     --> shop.toml:8:7
      |
    8 | for = "0s"
      |       ^^^^ here
    "##);
}

#[test]
fn events_that_set_what_cannot_be_set() {
    assert_snapshot!(told(r#"[[event]]
at = "1s"
do = "set"
field = "strategy.betta"
value = 2
[[event]]
at = "2s"
do = "set"
field = "cache.ttl"
value = 5
[[event]]
at = "3s"
do = "set"
field = "origin.concurrency"
"#), @r##"
    error: event.0.field is "strategy.betta", which no event can set
     --> shop.toml:7:9
      |
    7 | field = "strategy.betta"
      |         ^^^^^^^^^^^^^^^^ here
      |
      = help: did you mean "strategy.beta"?

    error: event.1.value is a bare number and needs a unit
      --> shop.toml:13:9
       |
    13 | value = 5
       |         ^ here
       |
       = help: write a duration, such as "10s"

    error: a set event says its value
      --> shop.toml:14:1
       |
    14 | [[event]]
       | ^^^^^^^^^ this event
       |
       = help: write field = "strategy.beta" and value = 1.5
    "##);
}
