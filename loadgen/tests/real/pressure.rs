//! A Redis that is full, held against the model: what a key takes of its memory, and what goes.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::common::*;
use herdlab_loadgen::Target;
use herdlab_sim::cache::{Heap, Overhead, Tables};
use herdlab_sim::eviction::{Eviction, Space};
use herdlab_sim::random::{bits, unit};
use herdlab_sim::replay::{Batch, Cell, Op, Setting, cell};
use herdlab_sim::time::Nanos;

/// Bytes of a key's name here.
const NAME: u32 = 16;

fn name(key: u32) -> String {
    format!("key:{key:012}")
}

/// Values have 60 to 459 bytes, each key always the same.
fn value_size(key: u32) -> u32 {
    60 + (bits(SEED, u64::from(key), 7) % 400) as u32
}

fn number(target: &Target, section: &str, line: &str) -> u64 {
    info(target, section, line).expect("a line of INFO").parse().expect("a number")
}

/// How far apart this server's smallest size classes are: what its allocator says of itself.
fn quantum(target: &Target) -> u64 {
    let stats: String = redis::cmd("MEMORY")
        .arg("MALLOC-STATS")
        .query(&mut connect(target))
        .expect("a Redis with jemalloc");
    let line = stats.lines().find_map(|line| line.trim().strip_prefix("Quantum size:"));
    line.expect("jemalloc's own words").trim().parse().expect("a number")
}

#[test]
fn a_keys_memory_is_what_the_server_says_to_the_byte_but_for_its_own_dict_entry() {
    let server = private();
    let mut connection = connect(&server);
    let quantum = quantum(&server);
    for name in [1_usize, 8, 14, 15, 29, 30, 31, 32, 60, 124, 255, 256, 300] {
        for value in [1, 12, 13, 28, 44, 45, 60, 61, 124, 253, 255, 256, 1_000, 5_000, 30_000] {
            let (key, text) = ("k".repeat(name), "v".repeat(value));
            let () = redis::cmd("SET").arg(&key).arg(&text).query(&mut connection).expect("OK");
            let mut usage = redis::cmd("MEMORY");
            let said: u64 = usage.arg("USAGE").arg(&key).query(&mut connection).expect("bytes");
            let heap = Heap { quantum, name: name as u32 };
            let counted = heap.entry(value as u64, false);
            // The server takes the dictEntry for its 24 bytes, and not for the class they lie in.
            assert_eq!(said - 24, counted - heap.class(24), "{name} and {value} bytes");
        }
    }
}

#[test]
fn the_memory_of_many_keys_and_of_their_tables_is_what_the_server_reports_within_one_percent() {
    const KEYS: u32 = 30_000; // the last doubling, at 16,384, is done: the table before it has been moved and freed
    for expires in [false, true] {
        let server = private();
        let mut wire = Wire::to(&server);
        let heap = Heap { quantum: quantum(&server), name: NAME };
        let before = wire.empty();
        let (mut tables, mut counted) = (Tables::default(), 0);
        for first in (0..KEYS).step_by(100) {
            let keys: Vec<u32> = (first..first + 100).collect();
            wire.set(&keys, expires);
            for key in keys {
                counted += heap.entry(u64::from(value_size(key)), expires);
                counted += tables.come(expires, i64::MAX);
            }
        }
        let took = wire.used_memory() - before;
        assert!(took.abs_diff(counted) * 100 < counted, "took {took}, counted {counted}");
        assert_eq!(number(&server, "stats", "evicted_keys"), 0);
    }
}

/// A connection that sends many commands at once, and reads their answers.
struct Wire {
    socket: UnixStream,
    answers: BufReader<UnixStream>,
    commands: Vec<u8>,
    answer: Vec<u8>,
}

impl Wire {
    fn to(target: &Target) -> Self {
        let Target::Private(server) = target else { panic!("a private server") };
        let socket = UnixStream::connect(server.directory().join("s.sock")).expect("it is up");
        let answers = BufReader::new(socket.try_clone().expect("a second handle"));
        Self { socket, answers, commands: Vec::new(), answer: Vec::new() }
    }

    fn command(&mut self, arguments: &[&[u8]]) {
        write!(self.commands, "*{}\r\n", arguments.len()).expect("memory");
        for argument in arguments {
            write!(self.commands, "${}\r\n", argument.len()).expect("memory");
            self.commands.extend_from_slice(argument);
            self.commands.extend_from_slice(b"\r\n");
        }
    }

    fn send(&mut self) {
        self.socket.write_all(&self.commands).expect("the server takes it");
        self.commands.clear();
    }

    /// Reads an answer into `answer`: true if there is a value, or OK.
    fn read(&mut self) -> bool {
        let mut head = String::new();
        self.answers.read_line(&mut head).expect("the server answers");
        match (head.as_bytes()[0], head[1..].trim()) {
            (b'+', _) => true,
            (b'$', "-1") => false,
            (b'$', length) => {
                self.answer.resize(length.parse::<usize>().expect("a length") + 2, 0);
                self.answers.read_exact(&mut self.answer).expect("a value");
                true
            }
            _ => panic!("the server says {head}"),
        }
    }

    fn ask(&mut self, words: &[&str]) -> bool {
        let words: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
        self.command(&words);
        self.send();
        self.read()
    }

    /// Which of these keys are there.
    fn get(&mut self, keys: &[u32]) -> Vec<bool> {
        keys.iter().for_each(|key| self.command(&[b"GET", name(*key).as_bytes()]));
        self.send();
        keys.iter().map(|_| self.read()).collect()
    }

    fn set(&mut self, keys: &[u32], expires: bool) {
        let text = [b'v'; 460];
        for key in keys {
            let (name, value) = (name(*key), &text[..value_size(*key) as usize]);
            let words: [&[u8]; 5] = [b"SET", name.as_bytes(), value, b"EX", b"9000"];
            self.command(&words[..if expires { 5 } else { 3 }]);
        }
        self.send();
        keys.iter().for_each(|_| assert!(self.read()));
    }

    /// What the server takes without any key, once this connection has its buffers and each command its histogram of
    /// latencies, 37 KB, which comes with its first call.
    fn empty(&mut self) -> u64 {
        let keys: Vec<u32> = (0..AT_ONCE as u32).collect();
        for _ in 0..2 {
            self.set(&keys, false);
            self.get(&keys);
            assert!(self.ask(&["FLUSHALL", "SYNC"]));
            self.used_memory();
        }
        self.used_memory()
    }

    /// INFO's used_memory.
    fn used_memory(&mut self) -> u64 {
        self.ask(&["INFO", "memory"]);
        let text = String::from_utf8_lossy(&self.answer);
        let line = text.lines().find_map(|line| line.strip_prefix("used_memory:"));
        line.expect("a line of INFO").trim().parse().expect("a number")
    }
}

const KEYS: u32 = 20_000;
const REQUESTS: usize = 40_000;
/// Commands at once; less if a key comes again, so that the model can take them one after the other.
const AT_ONCE: usize = 32;

/// About what an entry takes, in bytes.
const ENTRY: u64 = 330;
/// More than a client's buffers take of maxmemory while it sends and reads many commands: the same at every size, 20 to 30 KB.
const BUFFERS: u64 = 48 << 10;

/// Keys asked for by a Zipf law.
fn stream(exponent: f64) -> Vec<u32> {
    let mut sum = 0.0;
    let weights = (1..=KEYS).map(|rank| f64::from(rank).powf(-exponent));
    let upto: Vec<f64> = weights
        .map(|weight| {
            sum += weight;
            sum
        })
        .collect();
    let draw = |request| {
        let place = unit(bits(SEED, request, 3)) * sum;
        upto.partition_point(|upto| *upto < place).min(KEYS as usize - 1) as u32
    };
    (0..REQUESTS as u64).map(draw).collect()
}

/// A server and a model of it on the same keys.
struct Pair {
    what: String,
    server: Target,
    wire: Wire,
    model: Box<dyn Cell>,
    hits: u64,
    /// How far it is in its stream.
    done: usize,
}

impl Pair {
    /// Both with room for so many bytes beside what the server has to itself.
    fn new(eviction: Eviction, exponent: f64, capacity: u64) -> Self {
        let server = private();
        let mut wire = Wire::to(&server);
        let policy = eviction.name().replace("redis", "allkeys");
        assert!(wire.ask(&["CONFIG", "SET", "maxmemory-policy", &policy]));
        let heap = Heap { quantum: quantum(&server), name: NAME };
        let limit = (wire.empty() + capacity).to_string();
        assert!(wire.ask(&["CONFIG", "SET", "maxmemory", &limit]));
        let overhead = Overhead::Redis(heap);
        let space = Space::bytes(capacity, ENTRY);
        let model = cell(eviction, &space, &Setting { overhead, ..Setting::default() });
        let what = format!("{policy}, Zipf {exponent}, {capacity} bytes");
        Self { what, server, wire, model, hits: 0, done: 0 }
    }

    /// Reads some keys and writes what was not there, on both.
    fn step(&mut self, stream: &[u32]) {
        let mut seen = HashSet::new();
        let rest = stream[self.done..].iter().take(AT_ONCE);
        let keys: Vec<u32> = rest.copied().take_while(|key| seen.insert(*key)).collect();
        let found = self.wire.get(&keys);
        let missed: Vec<u32> =
            keys.iter().zip(&found).filter(|(_, found)| !**found).map(|(key, _)| *key).collect();
        self.wire.set(&missed, false);
        self.hits += (keys.len() - missed.len()) as u64;
        self.done += keys.len();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
        let now = Nanos::from_secs(now.as_secs()); // the server's clock ticks when this one does
        let details = keys.iter().map(|key| (NAME + value_size(*key), 0, Op::Read)).collect();
        let batch = Batch { times: vec![now; keys.len()], slots: keys, details };
        self.model.feed(&batch, KEYS as usize);
    }

    /// What the two do not agree on.
    fn difference(&self) -> Option<String> {
        let (tally, ratio) = (self.model.tally(), |hits: u64| hits as f64 / REQUESTS as f64);
        let (real, model) = (ratio(self.hits), ratio(tally.requests - tally.misses));
        let (held, counted) = (keys(&self.server), tally.misses - tally.evictions);
        let evicted = number(&self.server, "stats", "evicted_keys");
        let line = format!(
            "{}: hits {real:.4}, in the model {model:.4}; {held} keys held, {counted}; {evicted} evicted, {}",
            self.what, tally.evictions
        );
        eprintln!("{line}");
        let alike = (real - model).abs() < 0.01 && held.abs_diff(counted) * ENTRY < BUFFERS;
        (!alike || evicted < 1_000).then_some(line)
    }
}

/// All of them side by side, so that each lasts long enough for the server's clock of seconds to tell keys apart.
#[test]
fn a_full_redis_hits_as_often_as_its_model_within_a_point_at_three_skews_and_three_sizes() {
    let _beside = beside();
    let skews = [0.8, 1.0, 1.2];
    let streams = skews.map(stream);
    let mut pairs = Vec::new();
    for eviction in [Eviction::RedisLru, Eviction::RedisLfu] {
        for (stream, exponent) in skews.iter().enumerate() {
            for capacity in [400_000, 700_000, 1_200_000] {
                pairs.push((stream, Pair::new(eviction, *exponent, capacity)));
            }
        }
    }
    while pairs.iter().any(|(_, pair)| pair.done < REQUESTS) {
        pairs.iter_mut().for_each(|(stream, pair)| pair.step(&streams[*stream]));
    }
    let wrong: Vec<String> = pairs.iter().filter_map(|(_, pair)| pair.difference()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
