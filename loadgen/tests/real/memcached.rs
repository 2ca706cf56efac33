//! Memcached: its own counts agree with ours, nobody else's keys are touched, and what it cannot do is refused.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

use crate::common::*;
use crate::tee::Tee;
use herdlab_loadgen::{PrivateServer, RunError, Service, Target};
use herdlab_sim::plan::{
    Backend, Change, Event, Invalidation, Keys, Lane, Moment, Plan, Rules, Updates, Warm,
};
use herdlab_sim::strategy::{AnyStrategy, MemcachedMeta};
use herdlab_sim::time::Nanos;
use herdlab_sim::virt;

fn server() -> PrivateServer {
    PrivateServer::start(Service::Memcached).expect("memcached is installed and starts")
}

/// What the server answers to a command, up to the end that is expected.
pub(crate) fn ask(server: &PrivateServer, command: &str, end: &str) -> String {
    let url = server.url();
    let path = url.strip_prefix("memcached+unix://").expect("our own URL");
    let mut socket = UnixStream::connect(path).expect("the server is up");
    socket.write_all(command.as_bytes()).expect("it listens");
    let (mut text, mut chunk) = (String::new(), [0; 4_096]);
    while !text.ends_with(end) {
        let count = socket.read(&mut chunk).expect("it answers");
        assert!(count > 0, "{command}: {text}");
        text.push_str(&String::from_utf8_lossy(&chunk[..count]));
    }
    text
}

pub(crate) fn stat(server: &PrivateServer, stats: &str, name: &str) -> u64 {
    let text = ask(server, &format!("{stats}\r\n"), "END\r\n");
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("STAT {name} ")));
    line.expect("a figure").parse().expect("a count")
}

#[test]
fn the_server_counted_the_commands_that_we_say_we_sent() {
    for strategy in ["ttl", "lock"] {
        let (mut plan, server) = (hot_key(500.0, Nanos::from_secs(2)), server());
        plan.warmup = Nanos::ZERO;
        let target = Target::Private(server);
        let run = run_lane(&plan, &lane(strategy, Nanos::SECOND), &target);
        let Target::Private(server) = &target else { unreachable!() };
        assert_eq!(run.lane.requests.requests(), scheduled(&plan), "seed {SEED}");
        let sent = |name: &str| run.figures.commands.get(name).copied().unwrap_or(0);
        assert!(sent("get") > 0 && sent("set") > 0);
        assert_eq!(stat(server, "stats", "cmd_get"), sent("get"), "{strategy}");
        assert_eq!(stat(server, "stats", "cmd_set"), sent("set"), "{strategy}");
        let deletes = stat(server, "stats", "delete_hits") + stat(server, "stats", "delete_misses");
        assert_eq!(deletes, sent("delete") + sent("md"), "{strategy}");
    }
}

#[test]
fn on_somebodys_server_only_our_keys_go() {
    let server = server();
    ask(&server, "set theirs 0 0 1\r\n1\r\n", "STORED\r\n");
    let target = Target::Url(server.url());
    let mut plan = hot_key(500.0, Nanos::SECOND);
    plan.traffic.keys = Keys::Zipf { exponent: 1.0, count: 2_000 };
    plan.cache.warm = Warm::Full;
    plan.events = vec![Event { at: ms(500), change: Change::Flush }];
    let run = run_lane(&plan, &lane("ttl", Nanos::from_secs(60)), &target);
    assert!(run.lane.origin.calls() > 0, "the flush at half time makes every item miss again");
    assert_eq!(stat(&server, "stats", "curr_items"), 1);
    assert_eq!(ask(&server, "get theirs\r\n", "END\r\n"), "VALUE theirs 0 1\r\n1\r\nEND\r\n");
}

#[test]
fn a_ttl_of_half_a_second_and_values_beyond_its_item_size_are_refused() {
    let target = Target::Private(server());
    let mut plan = hot_key(100.0, Nanos::SECOND);
    let refused = run(&plan, &lane("ttl", ms(500)), &target, &settings(), &mut ());
    assert!(matches!(refused, Err(RunError::Unsuited { .. })));
    plan.cache.value_size = 1 << 20;
    let refused = run(&plan, &lane("ttl", Nanos::SECOND), &target, &settings(), &mut ());
    assert!(matches!(refused, Err(RunError::Unsuited { .. })));
}

/// A key that lives for three seconds and is refreshed in the last of them; its item is written once a second.
fn leased() -> (Plan, Lane) {
    let mut plan = hot_key(300.0, Nanos::from_secs(5));
    plan.cache.backend = Backend::Memcached;
    plan.cache.latency = herdlab_sim::law::Law::Constant(Nanos::from_micros(200));
    plan.traffic.updates = Updates { rate: 1.0, transaction: Nanos::ZERO };
    let strategy = MemcachedMeta {
        ttl: Nanos::from_secs(3),
        recache: Nanos::from_secs(2),
        poll_every: ms(10),
        ..MemcachedMeta::default()
    };
    let invalidation = Invalidation::Delete(Moment::AfterCommit);
    let rules = Rules { invalidation, ..Rules::default() };
    (plan, Lane { rules, ..lane_of(AnyStrategy::MemcachedMeta(strategy)) })
}

fn lane_of(strategy: AnyStrategy) -> Lane {
    Lane { name: "meta".to_owned(), strategy, rules: Rules::default() }
}

#[test]
fn the_cache_itself_says_who_computes_alike_on_the_model_and_for_real() {
    let (plan, lane) = leased();
    let model = virt::run(&plan, &lane, &mut ()).expect("a run in virtual time");
    let real = run_lane(&plan, &lane, &Target::Private(server())).lane;
    for (clock, run) in [("virtual", &model), ("real", &real)] {
        let [fresh, stale, waited, computed, degraded, failed] = run.requests.outcomes();
        assert_eq!(run.requests.requests(), scheduled(&plan), "{clock}, seed {SEED}");
        let served = (fresh > 1_000, stale > 10, waited > 5, computed > 3);
        assert_eq!(served, (true, true, true, true), "{clock}: {:?}", run.requests.outcomes());
        assert_eq!((degraded, failed), (0, 0), "{clock}");
        // A write while somebody computes sends a second reader, as `md` with I forgets who was sent; it takes 20 ms of
        // every second, so at most one of the five writes does that here.
        let (herds, duplicates) = (run.origin.herds().max, run.origin.duplicates());
        assert!(
            u64::from(herds) == 1 + duplicates && duplicates <= 1,
            "{clock}: {herds}, {duplicates}"
        );
        assert_eq!(run.origin.calls(), computed, "{clock}");
    }
    assert!(
        model.origin.calls().abs_diff(real.origin.calls()) <= 2,
        "as many computes but for a tick"
    );
    for (class, (model, real)) in
        model.requests.outcomes().into_iter().zip(real.requests.outcomes()).enumerate()
    {
        assert!(
            model.abs_diff(real) <= 45,
            "class {class}: {model} in virtual, {real} in real time"
        );
    }
}

#[test]
fn the_flags_on_the_wire_are_those_of_the_protocol() {
    let (plan, lane) = leased();
    let server = server();
    let url = server.url();
    let tee = Tee::before(url.trim_start_matches("memcached+unix://").into());
    let place = Target::Url(format!("memcached+unix://{}", tee.socket().display()));
    let run = run_lane(&plan, &lane, &place);
    let asked = tee.asked();
    let of = |verb: &str| -> Vec<Vec<&str>> {
        let lines = asked.iter().filter(|line| line.starts_with(&format!("{verb} ")));
        lines.map(|line| line.split(' ').skip(2).collect()).collect()
    };
    let (reads, marks) = (of("mg"), of("md"));
    assert_eq!(reads.len() as u64, run.figures.commands["mg"]);
    assert_eq!(marks.len() as u64, run.figures.commands["md"]);
    assert!(reads.iter().all(|flags| *flags == ["v", "N30", "R2"]), "{reads:?}");
    assert!(marks.iter().all(|flags| *flags == ["I", "T30"]), "{marks:?}");
    let answered = tee.answered();
    let told: Vec<Vec<&str>> = answered
        .iter()
        .filter_map(|line| line.strip_prefix("VA "))
        .map(|line| line.split(' ').skip(1).collect())
        .collect();
    assert_eq!(told.len(), reads.len(), "every read is answered with VA: N leaves no miss");
    let with = |flag| told.iter().filter(|flags| flags.contains(&flag)).count() as u64;
    assert_eq!(with("W"), run.lane.origin.calls(), "who won, and nobody else, computed");
    assert!(with("Z") > 0 && with("X") >= run.lane.requests.outcomes()[1]);
    assert!(told.iter().flatten().all(|flag| ["W", "Z", "X"].contains(flag)), "nothing unasked");
    assert_eq!(stat(&server, "stats", "curr_items"), 0, "stubs go too");
}
