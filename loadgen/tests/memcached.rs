//! Memcached: its own counts agree with ours, nobody else's keys are touched, and what it cannot do is refused.

mod common;

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

use common::*;
use herdlab_loadgen::{PrivateServer, RunError, Service, Target, run};
use herdlab_sim::plan::{Change, Event, Keys, Warm};
use herdlab_sim::time::Nanos;

fn server() -> PrivateServer {
    PrivateServer::start(Service::Memcached).expect("memcached is installed and starts")
}

/// What the server answers to a command, up to the end that is expected.
fn ask(server: &PrivateServer, command: &str, end: &str) -> String {
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

fn stat(server: &PrivateServer, name: &str) -> u64 {
    let text = ask(server, "stats\r\n", "END\r\n");
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
        assert_eq!(stat(server, "cmd_get"), sent("get"), "{strategy}");
        assert_eq!(stat(server, "cmd_set"), sent("set"), "{strategy}");
        let deletes = stat(server, "delete_hits") + stat(server, "delete_misses");
        assert_eq!(deletes, sent("delete"), "{strategy}");
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
    assert_eq!(stat(&server, "curr_items"), 1);
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
