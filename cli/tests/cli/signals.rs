//! Ctrl-C and SIGTERM in the middle: what was measured is printed and written.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::support::herdlab;

/// A run that would take long, once it has said how far it is.
fn under_way(args: &[&str]) -> (Child, BufReader<std::process::ChildStderr>) {
    let mut child = herdlab(args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut progress = BufReader::new(child.stderr.take().expect("stderr is piped"));
    let mut line = String::new();
    while !line.contains("req/s") {
        line.clear();
        assert!(
            progress.read_line(&mut line).expect("stderr is text") > 0,
            "it ended before it said how far it is"
        );
    }
    (child, progress)
}

fn send(signal: &str, child: &Child) {
    let sent =
        Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill runs");
    assert!(sent.success());
}

/// The record of a run that was ended by a signal, and its exit code.
fn ended_by(signal: &str, args: &[&str]) -> (Option<i32>, Value) {
    let (child, progress) = under_way(args);
    send(signal, &child);
    let output = child.wait_with_output().expect("it ends");
    drop(progress);
    (output.status.code(), serde_json::from_slice(&output.stdout).expect("a record"))
}

#[test]
fn an_interrupted_run_prints_what_it_measured_and_exits_with_130_or_143() {
    let long = ["run", "flush", "--duration", "300d", "--format", "json"];
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let (exit, record) = ended_by(signal, &long);
        assert_eq!(exit, Some(code));
        assert_eq!(record["partial"].as_bool(), Some(true));
        crate::record::holds(&record);
        assert!(record["lanes"][0]["summary"]["requests"].as_u64().expect("a count") > 0);
    }
}

#[test]
fn a_comparison_that_is_interrupted_judges_nobody_by_what_was_not_run() {
    let (child, progress) = under_way(&["compare", "flush", "--duration", "300d"]);
    send("-INT", &child);
    let output = child.wait_with_output().expect("it ends");
    drop(progress);
    assert_eq!(output.status.code(), Some(130));
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(text.contains("No verdict: the run was cut short"), "{text}");
    assert!(!text.contains("never"), "{text}");
    if std::thread::available_parallelism().is_ok_and(|cores| cores.get() < 5) {
        assert!(text.contains("lanes-not-run:"), "one of five lanes had not begun: {text}");
        assert!(!text.contains("\nstale-while-revalidate "), "{text}");
    }
}

#[test]
fn a_real_run_that_is_terminated_leaves_a_partial_record_and_no_server() {
    let args = [
        "compare",
        "hot-key-expiry",
        "-s",
        "ttl,lock",
        "--on",
        "redis",
        "--set",
        "warmup=0s",
        "--format",
        "json",
    ];
    let (mut child, progress) = under_way(&args);
    let servers = redis_servers_below(child.id());
    assert_eq!(servers.len(), 1, "one private server");
    send("-TERM", &child);
    let mut stdout = child.stdout.take().expect("stdout is piped");
    let mut text = String::new();
    std::io::Read::read_to_string(&mut stdout, &mut text).expect("a record");
    assert_eq!(child.wait().expect("it ends").code(), Some(143));
    drop(progress);
    let record: Value = serde_json::from_str(&text).expect("a record");
    assert_eq!(
        (record["partial"].as_bool(), record["lanes"].as_array().map(Vec::len)),
        (Some(true), Some(1))
    );
    crate::record::holds(&record);
    assert!(!alive(servers[0]), "the private server is gone when the program is");
}

/// The redis-servers among the descendants of a process.
fn redis_servers_below(ancestor: u32) -> Vec<u32> {
    let all: Vec<(u32, u32, String)> = std::fs::read_dir("/proc")
        .expect("there is /proc")
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok())
        .filter_map(|pid| {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            let (name, rest) = stat.split_once('(')?.1.rsplit_once(')')?;
            Some((pid, rest.split_whitespace().nth(1)?.parse().ok()?, name.to_owned()))
        })
        .collect();
    let below = |mut pid: u32| loop {
        match all.iter().find(|(child, ..)| *child == pid) {
            Some((_, parent, _)) if *parent == ancestor => return true,
            Some((_, parent, _)) if *parent > 1 => pid = *parent,
            _ => return false,
        }
    };
    all.iter()
        .filter(|(pid, _, name)| name.starts_with("redis-server") && below(*pid))
        .map(|(pid, ..)| *pid)
        .collect()
}

fn alive(pid: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}
