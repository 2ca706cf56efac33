//! Private servers, and what becomes of a run whose server dies.
use std::io::{BufRead, BufReader};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::common::*;
use herdlab_loadgen::{PrivateServer, Service, Target};
use herdlab_sim::measure::Progress;
use herdlab_sim::plan::OnError;
use herdlab_sim::time::Nanos;
use herdlab_sim::world::Failure;
use rustix::process::{Pid, Signal, kill_process};

fn kill(pid: u32) {
    let pid = Pid::from_raw(pid as i32).expect("a process id");
    kill_process(pid, Signal::KILL).expect("it is ours and alive");
}

fn lives(pid: u32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

#[test]
fn a_run_outlives_its_server_and_uses_it_again_when_it_is_back() {
    for (on_error, failure) in [(OnError::Origin, None), (OnError::Fail, Some(Failure::Cache))] {
        let target = private();
        let Target::Private(server) = &target else { unreachable!() };
        let mut plan = hot_key(300.0, Nanos::from_secs(5));
        plan.cache.on_error = on_error;
        let mut second = 0;
        let mut observer = |_: &Progress| {
            second += 1;
            match second {
                1 => kill(server.pid()),
                2 => server.restart().expect("it starts again"),
                _ => {}
            }
            ControlFlow::Continue(())
        };
        let run =
            run(&plan, &lane("ttl", Nanos::from_secs(60)), &target, &settings(), &mut observer)
                .expect("a run");
        assert_eq!(run.lane.requests.requests(), scheduled(&plan), "{on_error:?}, seed {SEED}");
        let [.., degraded, failed] = run.lane.requests.outcomes();
        assert_eq!(
            (degraded > 0, failed > 0),
            (failure.is_none(), failure.is_some()),
            "{on_error:?}"
        );
        if let Some(failure) = failure {
            assert_eq!(run.lane.requests.failures(failure), failed);
        }
        assert!(run.lane.cache.errors > 0);
        assert!((1..=8).contains(&run.figures.reconnects), "{} reconnects", run.figures.reconnects);
        let last = run.lane.requests.seconds()[4];
        assert!(last.hits > last.requests / 2, "it hits again: {last:?}");
    }
}

#[test]
fn a_dropped_server_is_gone_with_its_directory() {
    let server =
        PrivateServer::start(Service::Redis).expect("redis-server is installed and starts");
    let (pid, directory) = (server.pid(), server.directory().to_owned());
    assert!(lives(pid) && directory.exists());
    drop(server);
    assert!(!lives(pid) && !directory.exists());
}

#[test]
fn a_restarted_server_is_another_process_and_empty() {
    let target = private();
    let Target::Private(server) = &target else { unreachable!() };
    redis::cmd("SET").arg("a").arg("1").exec(&mut connect(&target)).expect("SET");
    let before = server.pid();
    server.restart().expect("it starts again");
    assert_ne!(server.pid(), before);
    assert_eq!(keys(&target), 0);
}

#[test]
#[ignore = "started by the test below, to be killed"]
fn holds_a_server_until_it_is_killed() {
    let server =
        PrivateServer::start(Service::Redis).expect("redis-server is installed and starts");
    println!("\nholding {} {}", server.pid(), server.directory().display());
    std::thread::park();
}

#[test]
fn a_killed_process_leaves_no_server_and_no_directory() {
    let program = std::env::current_exe().expect("this test");
    let mut child = Command::new(program)
        .args(["--ignored", "--exact", "server::holds_a_server_until_it_is_killed", "--nocapture"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let held = lines
        .map_while(Result::ok)
        .find_map(|line| line.strip_prefix("holding ").map(str::to_owned));
    let held = held.expect("it says what it holds");
    let (pid, directory) = held.split_once(' ').expect("a process id and a directory");
    let pid: u32 = pid.parse().expect("a process id");
    assert!(lives(pid));
    kill(child.id());
    child.wait().expect("it was ours");
    let begun = Instant::now();
    while lives(pid) || Path::new(directory).exists() {
        assert!(begun.elapsed() < Duration::from_secs(20), "{held} is still there");
        std::thread::yield_now();
    }
}
