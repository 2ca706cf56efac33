//! What a replay makes of `MONITOR`, held against the server that printed it: which keys are there at the end, and for how
//! long.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::common::*;
use herdlab_loadgen::Target;
use herdlab_sim::eviction::{Eviction, Space};
use herdlab_sim::random::bits;
use herdlab_sim::replay::{Batch, Setting, Slots, Tally, cell};
use herdlab_sim::traffic::{Columns, Format, TraceReader};

/// Commands, as MONITOR shows them; `{key}` and `{ttl}` are drawn, `{at}` is that many seconds from now.
const COMMANDS: &[&str] = &[
    "SET {key} 7",
    "SET {key} 7 EX {ttl}",
    "SET {key} 7 PX {ttl}000",
    "SET {key} 7 EXAT {at}",
    "SET {key} 7 KEEPTTL",
    "SET {key} 7 NX EX {ttl}",
    "SETEX {key} {ttl} 7",
    "PSETEX {key} {ttl}000 7",
    "SETNX {key} 7",
    "GETSET {key} 7",
    "APPEND {key} 7",
    "INCR {key}",
    "SETRANGE {key} 0 7",
    "HSET {key} field 7",
    "EXPIRE {key} {ttl}",
    "PEXPIREAT {key} {at}000",
    "EXPIRE {key} -1",
    "PERSIST {key}",
    "DEL {key}",
    "GETEX {key} EX {ttl}",
    "GETEX {key} PERSIST",
];
const KEYS: u64 = 40;

fn send(connection: &mut redis::Connection, line: &str) -> Option<i64> {
    let mut words = line.split(' ');
    let mut command = redis::cmd(words.next()?);
    words.for_each(|word| _ = command.arg(word));
    command.query(connection).ok() // of the wrong type, say: then nothing was changed
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs()
}

/// Milliseconds that a key is kept for, -1 for ever, -2 if it is not there.
fn left(connection: &mut redis::Connection, key: &str) -> i64 {
    send(connection, &format!("PTTL {key}")).expect("a number")
}

/// What the server printed of 600 commands, and what it then says of each key.
fn monitored(server: &Target) -> (String, Vec<i64>) {
    let (mut watcher, mut connection) = (connect(server), connect(server));
    let monitor = redis::cmd("MONITOR").get_packed_command();
    watcher.send_packed_command(&monitor).expect("sent");
    watcher.recv_response().expect("OK");
    for n in 0..600 {
        let [command, key, ttl] = [1, 2, 3].map(|draw| bits(SEED, n, draw));
        let (key, ttl) = (format!("k{}", key % KEYS), 1_000 + ttl % 9_000);
        let command = COMMANDS[command as usize % COMMANDS.len()];
        // A replay's read stores what it missed, a server's does not.
        if command.starts_with("GET") && left(&mut connection, &key) == -2 {
            continue;
        }
        let at = (now() + ttl).to_string();
        let line = command.replace("{key}", &key).replace("{ttl}", &ttl.to_string());
        send(&mut connection, &line.replace("{at}", &at));
    }
    let kept = (0..KEYS).map(|key| left(&mut connection, &format!("k{key}"))).collect();
    send(&mut connection, "ECHO done");
    let mut text = String::new();
    while !text.ends_with("\"ECHO\" \"done\"\n") {
        let line: String =
            redis::from_redis_value(watcher.recv_response().expect("a line")).expect("text");
        text.push_str(&line);
        text.push('\n');
    }
    (text, kept)
}

fn replayed(text: &str) -> Tally {
    let setting = Setting { operations: true, trace_ttls: true, ..Setting::default() };
    let mut cell = cell(Eviction::Lru, &Space::entries(1_000), &setting);
    let format = Some(Format::Monitor);
    let mut reader =
        TraceReader::open(text.as_bytes(), format, &Columns::default()).expect("a trace");
    let (mut slots, mut requests, mut batch) = (Slots::default(), Vec::new(), Batch::default());
    while reader.read(&mut requests, 1_000).expect("lines of MONITOR") {
        batch.refill(&requests, &mut slots, true);
        cell.feed(&batch, slots.distinct());
        requests.clear();
    }
    cell.tally()
}

#[test]
fn a_replay_of_monitor_keeps_each_key_as_long_as_the_server_that_printed_it() {
    let (text, kept) = monitored(&private());
    let there = kept.iter().filter(|left| **left != -2).count();
    let ending = kept.iter().filter(|left| **left >= 0).count();
    assert!(there > 10 && ending > 5 && there - ending > 5, "{kept:?}, seed {SEED}");
    let end: f64 = text
        .lines()
        .last()
        .and_then(|line| line.split(' ').next())
        .expect("a line")
        .parse()
        .expect("a time");
    // Each key is asked for two seconds before and after its end; one that never ends, late.
    let mut asked: Vec<(f64, usize)> = Vec::new();
    for (key, left) in kept.iter().enumerate() {
        match left {
            -2 => asked.push((0.0, key)),
            -1 => asked.push((1e6, key)),
            left => asked.extend([-2.0, 2.0].map(|by| (*left as f64 / 1_000.0 + by, key))),
        }
    }
    asked.sort_by(|a, b| a.0.total_cmp(&b.0));
    let get = |(after, key): &(f64, usize)| {
        format!("{:.6} [0 127.0.0.1:50000] \"GET\" \"k{key}\"\n", end + after)
    };
    let before = replayed(&text);
    assert_eq!(before.misses, 0, "only what was there was read, seed {SEED}");
    let after = replayed(&(text + &asked.iter().map(get).collect::<String>()));
    let misses = kept.len() - there + ending;
    assert_eq!((after.misses, after.expired), (misses as u64, ending as u64), "seed {SEED}");
    assert_eq!(after.requests, before.requests + asked.len() as u64);
}
