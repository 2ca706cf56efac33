//! The whole text of mistakes, as a person sees it: every kind of mistake once, by the part of the language. Long, because
//! the texts are the test, and one place where all can be read is better than seven.

use herdlab_scenarios::{Given, Override, Scenario};
use insta::assert_snapshot;

/// What is said about a file that is read with these `--set` flags.
fn told(text: &str, sets: &[&str]) -> String {
    let overrides: Vec<Override> = sets.iter().map(|set| Override::set(set).unwrap()).collect();
    Scenario::read(
        "shop.toml",
        text.as_bytes(),
        &Given { overrides: &overrides, ..Given::default() },
    )
    .expect_err(text)
    .to_string()
}

#[test]
fn the_file_as_a_whole() {
    assert_snapshot!(told(r#""#, &[]), @r##"
    error: a scenario says which version of the language it is in
     --> shop.toml:1:1
      |
    1 |
      | ^ before this
      |
      = help: write schema = 1

    error: a scenario has at least one [[strategy]]
     --> shop.toml:1:1
      |
    1 |
      | ^ none so far
      |
      = help: write [[strategy]] and use = "ttl"; `herdlab list strategies` has them all
    "##);
    assert_snapshot!(told(r#"schema = 2
[[strategy]]
use = "ttl"
"#, &[]), @r##"
    error: this herdlab reads schema 1
     --> shop.toml:1:10
      |
    1 | schema = 2
      |          ^ another schema
      |
      = help: write schema = 1
    "##);
    assert_snapshot!(told(r#"schema = 1
name = "no lanes"
"#, &[]), @r##"
    error: a scenario has at least one [[strategy]]
     --> shop.toml:2:18
      |
    2 | name = "no lanes"
      |                  ^ none so far
      |
      = help: write [[strategy]] and use = "ttl"; `herdlab list strategies` has them all
    "##);
    assert_snapshot!(told(r#"schema = 1
duration = soon
[cache
[[strategy]]
use = "ttl"
"#, &[]), @r##"
    error: this is not TOML
     --> shop.toml:2:12
      |
    2 | duration = soon
      |            ^^^^ string values must be quoted, expected literal string

    error: this is not TOML
     --> shop.toml:3:7
      |
    3 | [cache
      |       ^ unclosed table, expected `]`
    "##);
    assert_snapshot!(told(r#"schema = 1
duration = "1m"
duration = "2m"
[[strategy]]
use = "ttl"
"#, &[]), @r##"
    error: this is not TOML
     --> shop.toml:3:1
      |
    3 | duration = "2m"
      | ^^^^^^^^ duplicate key
    "##);
    assert_snapshot!(told(r#"schema = 1
[strategy]
use = "ttl"
"#, &[]), @r##"
    error: strategy is a list of tables, each written [[strategy]]
     --> shop.toml:2:1
      |
    2 | [strategy]
      | ^^^^^^^^^^ a table
    "##);
    assert_snapshot!(told(r#"schema = 1
traffic = 5
[[strategy]]
use = "ttl"
"#, &[]), @r##"
    error: traffic is a section, so it is written [traffic]
     --> shop.toml:2:11
      |
    2 | traffic = 5
      |           ^ a whole number
    "##);
    assert_snapshot!(told(r#"schema = 1
[[strategy]]
use = "ttl"
[trafic]
rate = "5/s"
"#, &[]), @r##"
    error: a scenario has no field "trafic"
     --> shop.toml:4:2
      |
    4 | [trafic]
      |  ^^^^^^ unknown
      |
      = help: did you mean traffic?
    "##);
}

#[test]
fn time() {
    assert_snapshot!(told(r#"schema = 1
duration = 60
[[strategy]]
use = "ttl"
"#, &[]), @r##"
    error: duration is a bare number and needs a unit
     --> shop.toml:2:12
      |
    2 | duration = 60
      |            ^^ here
      |
      = help: write a duration, such as "10s"
    "##);
    assert_snapshot!(told(r#"schema = 1
duration = "60"
[[strategy]]
use = "ttl"
"#, &[]), @r##"
    error: duration needs a unit, such as 10s, 250ms or 2m
     --> shop.toml:2:12
      |
    2 | duration = "60"
      |            ^^^^ here
    "##);
    assert_snapshot!(told(r#"schema = 1
duration = "1 fortnight"
[[strategy]]
use = "ttl"
"#, &[]), @r##"
    error: duration has no unit of a duration: "fortnight" is none of ns, us, µs, ms, s, m, h, d
     --> shop.toml:2:12
      |
    2 | duration = "1 fortnight"
      |            ^^^^^^^^^^^^^ here
    "##);
    assert_snapshot!(told(r#"schema = 1
duration = "400d"
[[strategy]]
use = "ttl"
"#, &[]), @r##"
    error: duration is longer than a year
     --> shop.toml:2:12
      |
    2 | duration = "400d"
      |            ^^^^^^ here
    "##);
    assert_snapshot!(told(r#"schema = 1
duration = "0s"
[[strategy]]
use = "ttl"
"#, &[]), @r##"
    error: duration must be longer than zero
     --> shop.toml:2:12
      |
    2 | duration = "0s"
      |            ^^^^ here
    "##);
    assert_snapshot!(told(r#"schema = 1
duration = "-5s"
[[strategy]]
use = "ttl"
"#, &[]), @r##"
    error: duration is not a duration; write one such as 10s, 250ms or 2m
     --> shop.toml:2:12
      |
    2 | duration = "-5s"
      |            ^^^^^ here
    "##);
    assert_snapshot!(told(r#"schema = 1
duration = "10s"
warmup = "10s"
[[strategy]]
use = "ttl"
"#, &[]), @r##"
    error: warmup is 10s, and the run is over at 10s: nothing is measured
     --> shop.toml:3:10
      |
    3 | warmup = "10s"
      |          ^^^^^ here
      |
      = help: shorten warmup or lengthen duration
    "##);
    assert_snapshot!(told(r#"schema = 1
seed = -1
[[strategy]]
use = "ttl"
"#, &[]), @r##"
    error: seed is -1, expected a whole number, 0 to 9223372036854775807
     --> shop.toml:2:8
      |
    2 | seed = -1
      |        ^^ here
    "##);
}

#[test]
fn traffic() {
    assert_snapshot!(told(r#"schema = 1
[[strategy]]
use = "ttl"
[traffic]
rate = 2000
"#, &[]), @r##"
    error: traffic.rate is a bare number and needs a unit
     --> shop.toml:5:8
      |
    5 | rate = 2000
      |        ^^^^ here
      |
      = help: write a rate, such as "2000/s"
    "##);
    assert_snapshot!(told(r#"schema = 1
[[strategy]]
use = "ttl"
[traffic]
rate = "0/s"
"#, &[]), @r##"
    error: traffic.rate must be above 0 and at most 1e9 a second
     --> shop.toml:5:8
      |
    5 | rate = "0/s"
      |        ^^^^^ here
    "##);
    assert_snapshot!(told(r#"schema = 1
[[strategy]]
use = "ttl"
[traffic]
rate = "nan/s"
"#, &[]), @r##"
    error: traffic.rate is no rate; write 2000/s, 2k/s or 120/m
     --> shop.toml:5:8
      |
    5 | rate = "nan/s"
      |        ^^^^^^^ here
    "##);
    assert_snapshot!(told(r#"schema = 1
[[strategy]]
use = "ttl"
[traffic]
rate = "5/s"
users = 3
"#, &[]), @r##"
    error: traffic.rate and traffic.users exclude each other
     --> shop.toml:5:1
      |
    5 | rate = "5/s"
      | ^^^^ beside users
      |
      = help: an open loop has a rate, a closed one has users
    "##);
    assert_snapshot!(told(r#"schema = 1
[[strategy]]
use = "ttl"
[traffic]
users = 3
think = { uniform = ["1s", "10ms"] }
"#, &[]), @r##"
    error: traffic.think.uniform ends at 10ms before it begins at 1s
     --> shop.toml:6:21
      |
    6 | think = { uniform = ["1s", "10ms"] }
      |                     ^^^^^^^^^^^^^^ here
    "##);
    assert_snapshot!(told(r#"schema = 1
[[strategy]]
use = "ttl"
[traffic]
keys = { zipf = 1.0, count = 1_000_000_000 }
"#, &[]), @r##"
    error: traffic.keys.count is 1000000000, expected 1 to 100000000
     --> shop.toml:5:30
      |
    5 | keys = { zipf = 1.0, count = 1_000_000_000 }
      |                              ^^^^^^^^^^^^^ here
    "##);
    assert_snapshot!(told(r#"schema = 1
[[strategy]]
use = "ttl"
[traffic]
keys = { zipf = inf, count = 10 }
"#, &[]), @r##"
    error: traffic.keys.zipf is inf, expected a number from 0 to 1e12
     --> shop.toml:5:17
      |
    5 | keys = { zipf = inf, count = 10 }
      |                 ^^^ here
    "##);
    assert_snapshot!(told(r#"schema = 1
[[strategy]]
use = "ttl"
[traffic]
keys = { zipf = 1.0, trace = "shop.txt" }
"#, &[]), @r##"
    error: traffic.keys needs exactly one of uniform, zipf, hotspot, trace
     --> shop.toml:5:8
      |
    5 | keys = { zipf = 1.0, trace = "shop.txt" }
      |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ here
      |
      = help: write { zipf = 1.0, count = 10_000 }, { uniform = true, count = 1 }, { hotspot = 10, share = 0.9, count = 10_000 } or { trace = "file" }
    "##);
    assert_snapshot!(told(r#"schema = 1
[[strategy]]
use = "ttl"
[traffic]
on_timeout = "cancle"
processes = 0
"#, &[]), @r##"
    error: traffic.on_timeout cannot be "cancle"
     --> shop.toml:5:14
      |
    5 | on_timeout = "cancle"
      |              ^^^^^^^^ here
      |
      = help: did you mean "cancel"?

    error: traffic.processes is 0, expected 1 to 65535
     --> shop.toml:6:13
      |
    6 | processes = 0
      |             ^ here
    "##);
}

#[test]
fn cache_and_origin() {
    assert_snapshot!(told(r#"schema = 1
[[strategy]]
use = "ttl"
[cache]
backend = "postgres"
"#, &[]), @r##"
    error: cache.backend cannot be "postgres"
     --> shop.toml:5:11
      |
    5 | backend = "postgres"
      |           ^^^^^^^^^^ here
      |
      = help: it is one of: memory, redis, memcached, locmem, http
    "##);
    assert_snapshot!(told(r#"schema = 1
[[strategy]]
use = "ttl"
[cache]
capacity = "64MiB"
entries = 300
"#, &[]), @r##"
    error: cache.capacity and cache.entries exclude each other
     --> shop.toml:5:1
      |
    5 | capacity = "64MiB"
      | ^^^^^^^^ beside entries
      |
      = help: say how much fits in bytes or in entries
    "##);
    assert_snapshot!(told(r#"schema = 1
[[strategy]]
use = "ttl"
[cache]
capacity = "64 MiBs"
"#, &[]), @r##"
    error: cache.capacity has no unit of a size: "MiBs" is none of B, KB, MB, GB, KiB, MiB, GiB
     --> shop.toml:5:12
      |
    5 | capacity = "64 MiBs"
      |            ^^^^^^^^^ here
      |
      = help: or write "unlimited"
    "##);
    assert_snapshot!(told(r#"schema = 1
[[strategy]]
use = "ttl"
[data]
value_size = "1GiB"
"#, &[]), @r##"
    error: data.value_size is more than 512MiB, the largest value Redis takes
     --> shop.toml:5:14
      |
    5 | value_size = "1GiB"
      |              ^^^^^^ here
    "##);
    assert_snapshot!(told(r#"schema = 1
[[strategy]]
use = "ttl"
[origin]
concurrency = "unlimted"
"#, &[]), @r##"
    error: origin.concurrency is text, expected a whole number, 1 to 10000000
     --> shop.toml:5:15
      |
    5 | concurrency = "unlimted"
      |               ^^^^^^^^^^ here
      |
      = help: did you mean "unlimited"?
    "##);
    assert_snapshot!(told(r#"schema = 1
[[strategy]]
use = "ttl"
[origin]
latency = { lognormal = { median = "1s", p99 = "1ms" } }
"#, &[]), @r##"
    error: origin.latency.lognormal has a p99 of 1ms below its median of 1s
     --> shop.toml:5:25
      |
    5 | latency = { lognormal = { median = "1s", p99 = "1ms" } }
      |                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ here
    "##);
    assert_snapshot!(told(r#"schema = 1
[[strategy]]
use = "ttl"
[cache]
timeout = "never"
"#, &[]), @r##"
    error: cache.timeout is not a duration; write one such as 10s, 250ms or 2m
     --> shop.toml:5:11
      |
    5 | timeout = "never"
      |           ^^^^^^^ here
      |
      = help: or write "none"
    "##);
    assert_snapshot!(told(r#"schema = 1
[[strategy]]
use = "ttl"
[origin]
latency = { expnential = "80ms" }
"#, &[]), @r##"
    error: origin.latency has no "expnential"
     --> shop.toml:5:13
      |
    5 | latency = { expnential = "80ms" }
      |             ^^^^^^^^^^ here
      |
      = help: did you mean exponential?
    "##);
}

#[test]
fn strategies() {
    assert_snapshot!(told(r#"schema = 1
[[strategy]]
use = "xfetsh"
beta = 2
"#, &[]), @r##"
    error: strategy.xfetsh.use names no strategy: "xfetsh"
     --> shop.toml:3:7
      |
    3 | use = "xfetsh"
      |       ^^^^^^^^ here
      |
      = help: did you mean "xfetch"?
    "##);
    assert_snapshot!(told(r#"schema = 1
[[strategy]]
use = "xfetch"
betta = 2
"#, &[]), @r##"
    error: [strategy] has no field "betta"
     --> shop.toml:4:1
      |
    4 | betta = 2
      | ^^^^^ unknown
      |
      = help: did you mean beta?
    "##);
    assert_snapshot!(told(r#"schema = 1
[[strategy]]
use = "xfetch"
beta = -1.0
"#, &[]), @r##"
    error: strategy.xfetch.beta is -1, expected a number from 0 to 1e12
     --> shop.toml:4:8
      |
    4 | beta = -1.0
      |        ^^^^ here
    "##);
    assert_snapshot!(told(r#"schema = 1
[[strategy]]
name = "mine"
"#, &[]), @r##"
    error: a [[strategy]] says which it uses
     --> shop.toml:2:1
      |
    2 | [[strategy]]
      | ^^^^^^^^^^^^ without use
      |
      = help: write use = "ttl"; `herdlab list strategies` has them all
    "##);
    assert_snapshot!(told(r#"schema = 1
[[strategy]]
use = "ttl"
[[strategy]]
use = "ttl"
"#, &[]), @r##"
    error: two lanes are named "ttl"
     --> shop.toml:4:1
      |
    4 | [[strategy]]
      | ^^^^^^^^^^^^ the second
      |
      = help: give one a name of its own: name = "..."
    "##);
    assert_snapshot!(told(r#"schema = 1
[[strategy]]
use = "lock"
lock_ttl = "0s"
token = "yes"
"#, &[]), @r##"
    error: strategy.lock.lock_ttl is 0s, expected at least 1ms
     --> shop.toml:4:12
      |
    4 | lock_ttl = "0s"
      |            ^^^^ here

    error: strategy.lock.token is text, expected true or false
     --> shop.toml:5:9
      |
    5 | token = "yes"
      |         ^^^^^ here
    "##);
}

#[test]
fn events() {
    assert_snapshot!(told(r#"schema = 1
[[strategy]]
use = "ttl"
[[event]]
do = "slow"
factor = 3.0
"#, &[]), @r##"
    error: an [[event]] says "at"
     --> shop.toml:4:1
      |
    4 | [[event]]
      | ^^^^^^^^^ this event
      |
      = help: write at = "60s" and do = "flush"
    "##);
    assert_snapshot!(told(r#"schema = 1
[[strategy]]
use = "ttl"
[[event]]
at = "61s"
do = "flush"
"#, &[]), @r##"
    error: an event at 61s comes after the end of the run at 1m
     --> shop.toml:5:6
      |
    5 | at = "61s"
      |      ^^^^^ here
      |
      = help: move it, or raise duration
    "##);
    assert_snapshot!(told(r#"schema = 1
[[strategy]]
use = "ttl"
[[event]]
at = "5s"
do = "flsh"
"#, &[]), @r##"
    error: event.0.do cannot be "flsh"
     --> shop.toml:6:6
      |
    6 | do = "flsh"
      |      ^^^^^^ here
      |
      = help: did you mean "flush"?
    "##);
    assert_snapshot!(told(r#"schema = 1
[[strategy]]
use = "ttl"
[[event]]
at = "5s"
do = "flush"
for = "5s"
"#, &[]), @r##"
    error: [event] has no field "for"
     --> shop.toml:7:1
      |
    7 | for = "5s"
      | ^^^ unknown
      |
      = help: [event] knows: at, do
    "##);
    assert_snapshot!(told(r#"schema = 1
[[strategy]]
use = "ttl"
[[event]]
at = "5s"
do = "expire"
item = 10_000
"#, &[]), @r##"
    error: event.0.item is 10000, expected 0 to 9999
     --> shop.toml:7:8
      |
    7 | item = 10_000
      |        ^^^^^^ here
    "##);
    assert_snapshot!(told(r#"schema = 1
[[strategy]]
use = "ttl"
[traffic]
users = 5
[[event]]
at = "5s"
do = "rate"
rate = "9/s"
"#, &[]), @r##"
    error: a closed loop has no rate to change
     --> shop.toml:6:1
      |
    6 | [[event]]
      | ^^^^^^^^^ this event
      |
      = help: give traffic.rate instead of traffic.users
    "##);
    assert_snapshot!(told(r#"schema = 1
[[strategy]]
use = "ttl"
[[event]]
at = "5s"
do = "kill"
target = "origin"
"#, &[]), @r##"
    error: event.0.target cannot be "origin"
     --> shop.toml:7:10
      |
    7 | target = "origin"
      |          ^^^^^^^^ here
      |
      = help: it is one of: cache
    "##);
}

#[test]
fn flags() {
    assert_snapshot!(told(r#"schema = 1
[[strategy]]
use = "ttl"
"#, &["cache.ttl=5"]), @r##"
    error: cache.ttl is a bare number and needs a unit
     --> the command line:1:1
      |
    1 | --set cache.ttl=5
      | ^^^^^^^^^^^^^^^^^ here
      |
      = help: write a duration, such as "10s"
    "##);
    assert_snapshot!(told(r#"schema = 1
[[strategy]]
use = "ttl"
"#, &["cahce.ttl=5s"]), @r##"
    error: a scenario has no field "cahce"
     --> the command line:1:1
      |
    1 | --set cahce.ttl=5s
      | ^^^^^^^^^^^^^^^^^^ unknown
      |
      = help: did you mean cache?
    "##);
    assert_snapshot!(told(r#"schema = 1
[[strategy]]
use = "ttl"
"#, &["strategy.tll.ttl=5s"]), @r##"
    error: there is no lane "tll"
     --> the command line:1:1
      |
    1 | --set strategy.tll.ttl=5s
      | ^^^^^^^^^^^^^^^^^^^^^^^^^ given here
      |
      = help: did you mean ttl?
    "##);
    assert_snapshot!(told(r#"schema = 1
[[strategy]]
use = "xfetch"
"#, &["strategy.betta=2"]), @r##"
    error: no lane's strategy has a field "betta"
     --> the command line:1:1
      |
    1 | --set strategy.betta=2
      | ^^^^^^^^^^^^^^^^^^^^^^ given here
      |
      = help: did you mean strategy.beta?
    "##);
    assert_snapshot!(told(r#"schema = 1
[[strategy]]
use = "ttl"
[[event]]
at = "5s"
do = "flush"
"#, &["event.1.at=9s"]), @r##"
    error: "event.1" names no event
     --> the command line:1:1
      |
    1 | --set event.1.at=9s
      | ^^^^^^^^^^^^^^^^^^^ given here
      |
      = help: events are counted from 0 in the order of the file, which has 1: event.0.at
    "##);
    assert_snapshot!(told(r#"schema = 1
[[strategy]]
use = "ttl"
"#, &["seed.x=1", "seed.x.y=1"]), @r##"
    error: seed is a table, expected a whole number, 0 to 9223372036854775807
     --> the command line:1:1
      |
    1 | --set seed.x=1
      | ^^^^^^^^^^^^^^ here

    error: seed.x is not a table, so it has no fields
     --> the command line:1:1
      |
    1 | --set seed.x.y=1
      | ^^^^^^^^^^^^^^^^ given here
      |
      = help: set seed.x itself; `herdlab check` has all paths
    "##);
}
