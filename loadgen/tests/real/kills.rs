//! A cache that is killed twenty times in a run: no request is lost from the figures, every gap ends, nothing leaks.
//!
//! In a process of its own, so that its descriptors and its memory are those of the run and of nothing else.

use std::fs;
use std::ops::ControlFlow;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use herdlab_loadgen::{Service, Target};
use herdlab_sim::key::Item;
use herdlab_sim::measure::Progress;
use herdlab_sim::plan::{Change, Event, Keys, OnError, Plan};
use herdlab_sim::random::stream;
use herdlab_sim::strategy::{Parameter, Strategy};
use herdlab_sim::time::Nanos;
use herdlab_sim::world::{Entry, Failure, Served, Ttl, World};
use rand::RngExt;

use crate::common::*;
use crate::faults::{faulty, left};

const KILLS: u64 = 20;
/// In each of these spans there is one.
const SPAN: u64 = 800;
/// What a run's memory may grow by in its second half, in bytes.
const GROWTH: u64 = 8 << 20;

/// Reads, and fills what is missing; remembers when the cache answered.
#[derive(Clone, Debug, Default)]
struct Witness {
    answered: Arc<Mutex<Vec<Nanos>>>,
}

impl Strategy for Witness {
    async fn serve<W: World>(&self, w: &W, item: Item) -> Result<Served, Failure> {
        let found = w.get(item.key()).await?;
        self.answered.lock().unwrap_or_else(PoisonError::into_inner).push(w.now());
        if let Some(entry) = found {
            return Ok(Served::Fresh(entry.value));
        }
        let value = w.ask(item).await?;
        w.set(item.key(), Entry { value, ..Entry::token(0) }, Ttl::FOREVER).await?;
        Ok(Served::Computed(value))
    }

    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        Vec::new()
    }

    fn ttl(&self) -> Nanos {
        Nanos::FOREVER
    }
}

/// When the cache is killed, and when it is restored: at random, one in every span.
fn moments(seed: u64) -> Vec<(u64, u64)> {
    let mut draws = stream(seed, "kills");
    let mut moment = |span: u64| {
        let kill = span * SPAN + draws.random_range(50..250);
        (kill, kill + draws.random_range(20..200))
    };
    (0..KILLS).map(&mut moment).collect()
}

fn plan(moments: &[(u64, u64)]) -> Plan {
    let mut plan = faulty(1, &[]);
    plan.duration = ms(KILLS * SPAN + 500);
    plan.cache.on_error = OnError::Fail; // so that who is not answered hears of it
    plan.traffic.keys = Keys::Zipf { exponent: 1.0, count: 200 };
    let happens = |at, change| Event { at: ms(at), change };
    let of = |&(kill, back): &(u64, u64)| {
        [happens(kill, Change::KillCache), happens(back, Change::RestoreCache)]
    };
    plan.events = moments.iter().flat_map(of).collect();
    plan
}

/// How many sockets a process has.
fn sockets(pid: u32) -> usize {
    let all = fs::read_dir(format!("/proc/{pid}/fd")).expect("a process of ours").flatten();
    let links = all.filter_map(|fd| fs::read_link(fd.path()).ok());
    links.filter(|to| to.to_string_lossy().starts_with("socket:")).count()
}

/// How many it has once it has noticed who is gone.
fn at_rest(pid: u32) -> usize {
    let (begun, mut least) = (Instant::now(), usize::MAX);
    while begun.elapsed() < Duration::from_millis(300) {
        least = least.min(sockets(pid));
    }
    least
}

/// How many servers run in that directory.
fn servers(program: &str, directory: &str) -> usize {
    let all = fs::read_dir("/proc").expect("processes").flatten();
    let line = |process: fs::DirEntry| fs::read(process.path().join("cmdline")).ok();
    let runs = |line: &Vec<u8>| {
        let line = String::from_utf8_lossy(line);
        line.starts_with(program) && line.contains(directory)
    };
    all.filter_map(line).filter(runs).count()
}

/// The memory of this process, in bytes.
fn memory() -> u64 {
    let text = fs::read_to_string("/proc/self/statm").expect("a process");
    let pages: u64 = text.split(' ').nth(1).and_then(|n| n.parse().ok()).expect("a count");
    pages * 4_096
}

/// How long after each restore the cache answered again.
fn recoveries(moments: &[(u64, u64)], answered: &[Nanos]) -> Vec<Nanos> {
    let of = |&(_, back): &(u64, u64)| {
        let first = answered.iter().copied().filter(|at| *at > ms(back)).min();
        first.expect("it answers again before the run is over") - ms(back)
    };
    moments.iter().map(of).collect()
}

fn kill_it_again_and_again(service: Service) {
    let seed = std::env::var("HERDLAB_SEED").map_or(SEED, |seed| seed.parse().expect("a number"));
    let (moments, witness) = (moments(seed), Witness::default());
    let plan = plan(&moments);
    let target = Target::start(service).expect("its server is installed and starts");
    let Target::Private(server) = &target else { unreachable!() };
    let (ours, theirs) = (sockets(std::process::id()), at_rest(server.pid()));
    let (mut used, first) = (Vec::new(), server.pid());
    let mut observer = |_: &Progress| {
        used.push(memory());
        ControlFlow::Continue(())
    };
    let run = herdlab_loadgen::run_strategy(&plan, &witness, &target, &settings(), &mut observer)
        .expect("a run");
    let outcomes = run.lane.requests.outcomes();
    assert_eq!(outcomes.iter().sum::<u64>(), scheduled(&plan), "{service:?}, seed {seed}");
    assert_eq!(run.lane.requests.failures(Failure::Cache), outcomes[5], "all that failed was its");
    assert!(outcomes[5] > KILLS && run.lane.cache.errors >= outcomes[5], "{outcomes:?}");
    let answered = witness.answered.lock().unwrap_or_else(PoisonError::into_inner);
    let mut recoveries = recoveries(&moments, &answered);
    recoveries.sort_unstable();
    let (median, worst) = (recoveries[recoveries.len() / 2], recoveries[recoveries.len() - 1]);
    println!("{service:?}, seed {seed}: back after {median}, at most {worst}; {outcomes:?}");
    assert!(median < ms(600), "{service:?}, seed {seed}: {recoveries:?}");
    let connections = u64::from(run.figures.connections);
    assert!(run.figures.reconnects <= connections * KILLS, "{}", run.figures.reconnects);
    assert_eq!(run.figures.warnings, [""; 0], "every event was carried out");
    // Nothing stays: no connection on either side, no entry, no server but the last, no memory.
    assert_eq!(sockets(std::process::id()), ours, "{service:?}: connections of ours");
    assert_eq!(at_rest(server.pid()), theirs, "{service:?}: connections of the server's");
    assert_eq!(left(&target), 0, "{service:?}");
    let directory = server.directory().display().to_string();
    let program = if service == Service::Redis { "redis-server" } else { "memcached" };
    assert_ne!(server.pid(), first);
    assert_eq!(servers(program, &directory), 1, "{service:?}");
    drop(target);
    assert_eq!(servers(program, &directory), 0, "{service:?}");
    let (half, end) = (used[used.len() / 2], used[used.len() - 1]);
    assert!(end < half + GROWTH, "{service:?}: from {half} to {end} bytes");
}

#[test]
#[ignore = "run by the test below, in a process of its own"]
fn redis_alone() {
    kill_it_again_and_again(Service::Redis);
}

#[test]
#[ignore = "run by the test below, in a process of its own"]
fn memcached_alone() {
    kill_it_again_and_again(Service::Memcached);
}

#[test]
fn a_cache_killed_twenty_times_at_random_loses_no_request_recovers_each_time_and_leaks_nothing() {
    let _beside = beside();
    let program = std::env::current_exe().expect("this test");
    let alone = ["kills::redis_alone", "kills::memcached_alone"].map(|name| {
        let mut command = Command::new(&program);
        command.args(["--ignored", "--exact", name, "--nocapture"]);
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        command.spawn().expect("it starts")
    });
    for child in alone {
        let output = child.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        print!("{said}");
        assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
        assert!(said.contains("back after"), "{said}");
    }
}
