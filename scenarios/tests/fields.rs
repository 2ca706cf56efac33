//! What each field comes to in the plan; the resolved document; rules of lanes; files of durations.

mod support;

use herdlab_scenarios::library;
use herdlab_sim::key::Item;
use herdlab_sim::law::Law;
use herdlab_sim::plan::{
    Arrivals, Backend, Capacity, Change, Discipline, Event, Invalidation, Keys, Load, LocMem,
    Moment, Plan, Queue, Remote, Retries, Rules, Setting, Step, Variants,
};
use herdlab_sim::strategy::Setpoint;
use herdlab_sim::time::Nanos;

use crate::support::{RIGHT, plan, read, try_read};

/// Every field of the language that no scenario of the library says, said once.
const OPEN: &str = r#"
schema = 1
[traffic]
rate = "800/s"
profile = [{ at = "30s", rate = "0/s" }, { at = "40s", rate = "4000/s", ramp = "10s" }]
arrivals = "bursty"
burst = 25
keys = { hotspot = 10, share = 0.9, count = 10_000 }
page = 20
timeout = "2s"
retries = { max = 2 }
[data]
writes = "5/s"
transaction = "20ms"
value_size = "4KiB"
vary = [{ name = "lang", values = 3 }, { name = "user", values = 100, forgotten = true }]
[cache]
backend = "redis"
entries = 500
cull_frequency = 4
latency = { pareto = { least = "200us", alpha = 2.5 } }
[origin]
queue = { limit = 100, discipline = "drop-expired" }
failure_rate = "1%"
http = { url = "http://127.0.0.1:8000/{item}", rate = "50/s", failed = "20%" }
latency = { measured = "latencies.txt" }
[[strategy]]
use = "lock"
hottest = 5
[[strategy]]
use = "versioned"
invalidation = "bump"
invalidate = "before-commit"
[[strategy]]
use = "ttl"
invalidation = "delete"
backend = "locmem"
[[event]]
at = "20s"
do = "bump"
[[event]]
at = "25s"
do = "fail"
share = 0.5
for = "3s"
"#;

const CLOSED: &str = r#"
schema = 1
[traffic]
users = 20
think = { gamma = { mean = "80ms", shape = 2.5 } }
[cache]
backend = "locmem"
cull_frequency = 0
[[strategy]]
use = "ttl"
[[strategy]]
use = "xfetch"
backend = "memory"
"#;

#[test]
fn the_resolved_document_is_a_scenario_that_means_the_same() {
    for text in library().iter().map(|shipped| shipped.text).chain([OPEN, CLOSED]) {
        let scenario = read(text, &[]);
        let document: toml::Value = serde_json::from_value(scenario.resolved()).unwrap();
        let again = read(&toml::to_string(&document).unwrap(), &[]);
        assert_eq!(format!("{:?}", plan(&again)), format!("{:?}", plan(&scenario)));
        assert_eq!(again.resolved(), scenario.resolved());
    }
}

#[test]
fn traffic_and_data_come_to_the_plan_as_they_are_said() {
    let Plan { traffic, cache, .. } = plan(&read(OPEN, &[]));
    let s = Nanos::from_secs;
    let profile = vec![
        Step { at: s(30), rate: 0.0, ramp: Nanos::ZERO },
        Step { at: s(40), rate: 4_000.0, ramp: s(10) },
    ];
    let arrivals = Arrivals::Bursty { mean: 25 };
    assert_eq!(traffic.load, Load::Open { rate: 800.0, arrivals, profile });
    assert!(matches!(traffic.keys, Keys::Hotspot { hot: 10, share: 0.9, count: 10_000 }));
    assert_eq!(traffic.page, 20);
    assert_eq!(traffic.retries, Retries { max: 2, backoff: Nanos::from_millis(100) });
    assert_eq!(traffic.variants, Variants { kept: 3, all: 300 });
    assert_eq!((traffic.updates.rate, traffic.updates.transaction), (5.0, Nanos::from_millis(20)));
    assert_eq!(cache.value_size, 4_096);
}

#[test]
fn the_origin_and_its_laws_come_to_the_plan_as_they_are_said() {
    let Plan { origin, cache, events, .. } = plan(&read(OPEN, &[]));
    let queue = Queue { limit: Some(100), discipline: Discipline::DropExpired };
    assert_eq!((origin.queue, origin.failure_rate), (queue, 0.01));
    let usual = Remote::at("http://127.0.0.1:8000/{item}".to_owned());
    assert_eq!(origin.http, Some(Remote { rate: 50.0, failed: 0.2, ..usual.clone() }));
    let said = "origin.http=http://127.0.0.1:8000/{item}";
    assert_eq!(plan(&read(RIGHT, &[said])).origin.http, Some(usual));
    assert_eq!(plan(&read(RIGHT, &[])).origin.http, None);
    let us = Nanos::from_micros;
    let measured = [10_000, 12_500, 12_500, 1_000_000].map(us);
    assert_eq!(origin.latency, Law::Measured(measured.into()));
    assert_eq!(cache.latency, Law::Pareto { least: us(200), alpha: 2.5 });
    let happens: Vec<(u64, Change)> =
        events.iter().map(|event| (event.at.as_secs(), event.change)).collect();
    let failing = (25, Change::FailOrigin(0.5));
    assert_eq!(happens, [(20, Change::Bump), failing, (28, Change::RestoreOrigin)]);
}

#[test]
fn lanes_have_rules_of_their_own_and_are_shown_with_those_that_somebody_says() {
    let scenario = read(OPEN, &[]);
    let rules: Vec<Rules> = plan(&scenario).lanes.iter().map(|lane| lane.rules).collect();
    let said = [
        Rules { hottest: Some(5), ..Rules::default() },
        Rules { invalidation: Invalidation::Bump(Moment::BeforeCommit), ..Rules::default() },
        Rules {
            invalidation: Invalidation::Delete(Moment::AfterCommit),
            backend: Some(Backend::LocMem),
            ..Rules::default()
        },
    ];
    assert_eq!(rules, said);
    let listed = |path: &str| scenario.fields().iter().any(|field| field.path == path);
    assert!(listed("strategy.lock.hottest") && !listed("strategy.ttl.hottest"));
    assert!(listed("strategy.ttl.invalidation") && !listed("strategy.ttl.invalidate"));
    let all = plan(&read(OPEN, &["strategy.hottest=7", "strategy.lock.backend=locmem"]));
    assert!(all.lanes.iter().all(|lane| lane.rules.hottest == Some(7)));
    assert_eq!(all.lanes[0].rules.backend, Some(Backend::LocMem));
}

#[test]
fn a_locmem_has_djangos_limits_and_no_round_trip() {
    let Plan { cache, .. } = plan(&read(CLOSED, &["strategy.xfetch.backend=locmem"]));
    assert_eq!(cache.backend, Backend::LocMem);
    assert_eq!(cache.locmem, LocMem { max_entries: 300, cull_frequency: 0 });
    assert_eq!(
        (cache.capacity, cache.latency, cache.timeout),
        (None, Law::Constant(Nanos::ZERO), None)
    );
    let entries = |sets: &[&str]| plan(&read(RIGHT, sets)).cache.locmem.max_entries;
    assert_eq!(entries(&["cache.backend=locmem", "cache.entries=50"]), 50);
    assert_eq!(entries(&["strategy.ttl.backend=locmem", "cache.entries=50"]), 50);
    let mixed = plan(&read(OPEN, &[])).cache;
    assert_eq!(mixed.capacity, Some(Capacity::Entries(500)), "the shared lanes' limit");
    assert_eq!(mixed.locmem, LocMem { max_entries: 500, cull_frequency: 4 });
}

#[test]
fn a_memcached_is_shared_and_takes_no_value_beyond_its_items() {
    let Plan { cache, .. } =
        plan(&read(RIGHT, &["cache.backend=memcached", "cache.capacity=1MiB"]));
    assert_eq!(
        (cache.backend, cache.capacity),
        (Backend::Memcached, Some(Capacity::Bytes(1 << 20)))
    );
    let lane = read(RIGHT, &["strategy.ttl.backend=memcached"]);
    assert_eq!(plan(&lane).lanes[0].rules.backend, Some(Backend::Memcached));
    let text =
        RIGHT.replace("[cache]", "[data]\nvalue_size = \"1MiB\"\n[cache]\nbackend = \"memcached\"");
    let told = try_read(&text, &[], &[]).unwrap_err().to_string();
    assert!(told.contains("no value of more than 1 MiB") && told.contains("value_size"), "{told}");
}

#[test]
fn a_flag_that_asks_for_a_locmem_passes_over_the_round_trips_of_the_file() {
    let text =
        RIGHT.replace("ttl = \"5s\"", "latency = { constant = \"1ms\" }\ncapacity = \"1MiB\"");
    assert_eq!(plan(&read(&text, &["cache.backend=locmem"])).cache.backend, Backend::LocMem);
    let said = text.replace("[cache]", "[cache]\nbackend = \"locmem\"");
    let told = try_read(&said, &[], &[]).unwrap_err().to_string();
    assert!(told.contains("no round trip") && told.contains("no limit in bytes"), "{told}");
}

#[test]
fn a_site_has_a_target_and_is_written_with_it_and_no_cache_runs_it() {
    let text = "schema = 1\n[cache]\nbackend = \"http\"\ntarget = \"http://127.0.0.1:80/{id}\"\nttl = \"5s\"\n";
    let site = read(text, &[]);
    assert_eq!(site.resolved().get("strategy"), None);
    assert_eq!(plan(&site).lanes[0].strategy.ttl(), Nanos::from_secs(5));
    assert_eq!(site.target(), Some("http://127.0.0.1:80/{id}"));
    let again = read(&site.written(&[]), &[]);
    assert_eq!((again.target(), again.resolved()), (site.target(), site.resolved()));
    assert!(site.resolved()["cache"].get("capacity").is_none(), "a site decides that itself");
    let told = site.is_about_a_cache().unwrap_err().to_string();
    assert!(told.contains("cache.backend is \"http\""), "{told}");
    assert!(told.contains(":3:") && told.contains("herdlab load --scenario"), "{told}");
    assert!(read(RIGHT, &[]).is_about_a_cache().is_ok() && read(RIGHT, &[]).target().is_none());
    let flags = ["cache.backend=http", "cache.target=\"http://127.0.0.1/\"", "cache.ttl=3s"];
    let limited = RIGHT.replace("[cache]", "[cache]\ncapacity = \"1MiB\"");
    assert_eq!(read(&limited, &flags).target(), Some("http://127.0.0.1/"), "flags go first");
    let cache = try_read(text, &["cache.backend=memory"], &["ttl"]);
    assert!(cache.is_ok_and(|cache| cache.target().is_none()), "flags go first");
    let told = try_read(text, &[], &["lock"]).unwrap_err().to_string();
    assert!(told.contains("it has no [[strategy]]"), "{told}");
}

#[test]
fn what_is_wrong_with_a_file_of_durations_is_told_with_its_line() {
    let told = |file: &str| {
        let set = format!("origin.latency={{ measured = \"{file}\" }}");
        try_read(RIGHT, &[&set], &[]).unwrap_err().to_string()
    };
    let bare = told("bare.txt");
    assert!(bare.contains("origin.latency.measured names \"bare.txt\", whose line 2"), "{bare}");
    assert!(
        bare.contains("needs a unit") && bare.contains("one duration a line: 12.5ms"),
        "{bare}"
    );
    assert!(told("empty.txt").contains("has no durations"));
    assert!(told("none.txt").contains("cannot be read: no such file"));
    assert!(told("").contains("names no file"));
}

#[test]
fn a_played_scenario_is_written_as_one_that_means_the_same() {
    let set = |parameter, value| Change::Set(Setting { parameter, value });
    let changes = [
        Change::Flush,
        Change::Bump,
        Change::Expire(Item(0)),
        Change::SlowOrigin(10.0),
        Change::FailOrigin(0.25),
        Change::StopOrigin,
        Change::RestoreOrigin,
        Change::StopCache,
        Change::KillCache,
        Change::SlowCache(Nanos::from_micros(1_500)),
        Change::LoseCache(0.125),
        Change::ResetCache,
        Change::RestoreCache,
        Change::Crash(Item(0)),
        Change::LagOrigin(Nanos::from_millis(250)),
        Change::LagCache(Nanos::from_millis(750)),
        Change::SkewClocks(Nanos::from_millis(40)),
        Change::Deploy { every: Nanos::from_millis(1_500), rename: false },
        Change::Deploy { every: Nanos::SECOND, rename: true },
        Change::Reconnect(Nanos::from_secs(3)),
        Change::Squeeze(0.25),
        Change::Load,
        Change::Rate(1_234.5),
        Change::Concurrency(Some(7)),
        Change::Concurrency(None),
        set("beta", Setpoint::Number(1.5)),
        set("ttl", Setpoint::Span(Nanos::from_millis(2_500))),
        set("grace", Setpoint::Span(Nanos::SECOND)),
    ];
    let acts: Vec<Event> = (changes.into_iter().zip(1..))
        .map(|(change, n)| Event { at: Nanos::from_millis(n * 610), change })
        .collect();
    for text in library().iter().map(|shipped| shipped.text).chain([OPEN]) {
        let scenario = read(text, &[]);
        let Plan { mut events, traffic, .. } = plan(&scenario);
        let closed = matches!(traffic.load, Load::Closed { .. });
        let fits = |act: &&Event| !(closed && matches!(act.change, Change::Rate(_)));
        let acts: Vec<Event> = acts.iter().filter(fits).copied().collect();
        events.extend(acts.iter().copied());
        events.sort_by_key(|event| event.at);
        let again = read(&scenario.written(&acts), &[]);
        assert_eq!(plan(&again).events, events, "{}", scenario.name);
        assert_eq!(read(&again.written(&[]), &[]).resolved(), again.resolved());
        let unplayed = read(&scenario.written(&[]), &[]);
        assert_eq!(unplayed.resolved(), scenario.resolved());
    }
}

#[test]
fn an_event_is_said_in_a_line() {
    let scenario = read(OPEN, &[]);
    let s = Nanos::from_secs;
    let said = |line: &str| scenario.said(line, s(7), &support::files);
    let one = |at, change| Ok(vec![Event { at: s(at), change }]);
    let set = |parameter, value| Change::Set(Setting { parameter, value });
    assert_eq!(said("flush"), one(7, Change::Flush));
    assert_eq!(said("at +5s flush"), one(12, Change::Flush));
    assert_eq!(said("at 50s expire"), one(50, Change::Expire(Item(0))));
    assert_eq!(said("slow origin 10x"), one(7, Change::SlowOrigin(10.0)));
    assert_eq!(said("kill origin"), one(7, Change::StopOrigin));
    assert_eq!(said("kill cache"), one(7, Change::KillCache));
    assert_eq!(said("fail origin 20%"), one(7, Change::FailOrigin(0.2)));
    assert_eq!(said("rate 500/s"), one(7, Change::Rate(500.0)));
    assert_eq!(said("set traffic.rate 500/s"), one(7, Change::Rate(500.0)));
    assert_eq!(said("set strategy.beta 1.5"), one(7, set("beta", Setpoint::Number(1.5))));
    assert_eq!(
        said("set cache.ttl 250ms"),
        one(7, set("ttl", Setpoint::Span(Nanos::from_millis(250))))
    );
    assert_eq!(said("set origin.concurrency unlimited"), one(7, Change::Concurrency(None)));
    assert_eq!(said("load"), one(7, Change::Load));
    assert_eq!(said("lose cache 10%"), one(7, Change::LoseCache(0.1)));
    assert_eq!(said("reset cache"), one(7, Change::ResetCache));
    assert_eq!(said("crash 0"), one(7, Change::Crash(Item(0))));
    assert_eq!(said("lag cache 500ms"), one(7, Change::LagCache(Nanos::from_millis(500))));
    assert_eq!(said("lag origin 2s"), one(7, Change::LagOrigin(s(2))));
    assert_eq!(said("skew 200ms"), one(7, Change::SkewClocks(Nanos::from_millis(200))));
    let deploy = |rename| Change::Deploy { every: s(2), rename };
    assert_eq!(said("deploy every 2s"), one(7, deploy(false)));
    assert_eq!(said("deploy every 2s rename"), one(7, deploy(true)));
    assert_eq!(said("reconnect over 5s"), one(7, Change::Reconnect(s(5))));
    assert_eq!(said("squeeze 50%"), one(7, Change::Squeeze(0.5)));
    let stopped = vec![
        Event { at: s(9), change: Change::StopOrigin },
        Event { at: s(12), change: Change::RestoreOrigin },
    ];
    assert_eq!(said("at +2s stop origin for 3s"), Ok(stopped));
}

#[test]
fn what_is_wrong_with_a_line_is_said_in_a_line() {
    let scenario = read(OPEN, &[]);
    let wrong =
        |line: &str| scenario.said(line, Nanos::from_secs(7), &support::files).expect_err(line);
    assert_eq!(wrong("flash"), "\"flash\" cannot be done: did you mean flush?");
    assert_eq!(
        wrong("slow origin"),
        "slow is said like this: slow origin 10x for 20s, slow cache 5ms"
    );
    assert_eq!(wrong("at 3s flush"), "3s is over: it is 7s");
    assert_eq!(
        wrong("set strategy.betta 1"),
        "field is \"strategy.betta\", which no event can set: did you mean \"strategy.beta\"?"
    );
    assert_eq!(
        wrong("set cache.ttl 5"),
        "value is a bare number and needs a unit: write a duration, such as \"10s\""
    );
    assert_eq!(
        wrong("at 1h flush"),
        "an event at 1h comes after the end of the run at 1m: move it, or raise duration"
    );
    assert_eq!(
        wrong("slow origin 10x\nseed = 7"),
        "slow is said like this: slow origin 10x for 20s, slow cache 5ms"
    );
    assert_eq!(wrong("expire ]"), "item is text, expected a whole number, 0 to 9999");
}
