//! What is wrong is said with what to do, and the exit code tells what kind it is.

use std::fs;

use crate::support::{err, herdlab, out, run};

fn wrong(args: &[&str], code: i32, says: &[&str]) {
    let output = run(args);
    let said = err(&output);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
    for words in says {
        assert!(said.contains(words), "{args:?} should say {words:?}: {said}");
    }
    assert_eq!(out(&output), "", "{args:?}");
}

#[test]
fn usage_errors_are_told_with_what_was_meant_and_exit_with_2() {
    wrong(
        &["compare", "hot-key-expirey"],
        2,
        &["there is no scenario", "did you mean hot-key-expiry?"],
    );
    wrong(&["compare", "no/such/file.toml"], 2, &["cannot read the scenario no/such/file.toml"]);
    wrong(&["compare", "flush", "--set", "cache.tll=5s"], 2, &["did you mean ttl?"]);
    wrong(&["compare", "flush", "--set", "nonsense"], 2, &["PATH=VALUE"]);
    wrong(&["compare", "flush", "--rate", "fast"], 2, &["--rate fast", "per time"]);
    wrong(&["compare", "flush", "-s", "xfetsh"], 2, &["did you mean xfetch?"]);
    wrong(
        &["compare", "flush", "--on", "postgres"],
        2,
        &["does not run on \"postgres\"", "redis://host:port/db"],
    );
    wrong(
        &["compare", "flush", "--on", "redis://192.0.2.1:6379"],
        2,
        &["not on this machine", "--allow-remote"],
    );
    wrong(
        &["compare", "flush", "--on", "rediss://127.0.0.1:1", "--tls-ca", "no/such.pem"],
        2,
        &["cannot use TLS", "no/such.pem"],
    );
    wrong(&["bench", "redis", "--tls-cert", "mine.pem"], 2, &["required", "--tls-key"]);
    wrong(&["compare"], 2, &["required", "SCENARIO"]);
    wrong(&["compare", "flush", "--frobnicate"], 2, &["unexpected argument"]);
    wrong(&["frobnicate"], 2, &["unrecognized subcommand"]);
}

#[test]
fn every_mistake_of_a_file_is_shown_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("mine.toml");
    fs::write(&file, "schema = 1\nduration = 5\n[[strategy]]\nuse = \"tll\"\n").expect("written");
    wrong(
        &["check", file.to_str().unwrap()],
        2,
        &["mine.toml:2:12", "needs a unit", "mine.toml:4:7", "did you mean \"ttl\"?"],
    );
}

#[test]
fn a_trace_is_looked_for_beside_its_scenario() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("mine.toml");
    fs::write(
        &file,
        "schema = 1\n[traffic]\nkeys = { trace = \"ids.txt\" }\n[[strategy]]\nuse = \"ttl\"\n",
    )
    .expect("written");
    let file = file.to_str().unwrap();
    wrong(&["run", file], 2, &["the trace ids.txt cannot be read"]);
    fs::write(folder.path().join("ids.txt"), "a\nb\na\n").expect("written");
    assert_eq!(run(&["run", file, "-q"]).status.code(), Some(0));
}

#[test]
fn a_server_that_does_not_answer_is_told_without_its_password_and_exits_with_4() {
    wrong(
        &["run", "flush", "-q", "--on", "redis://:s3cret@127.0.0.1:1/0"],
        4,
        &["cannot connect", "127.0.0.1:1"],
    );
    let output = run(&["run", "flush", "-q", "--on", "redis://:s3cret@127.0.0.1:1/0"]);
    assert!(!err(&output).contains("s3cret"));
}

#[test]
fn no_password_is_ever_shown_neither_in_an_error_nor_in_help() {
    for on in ["redis://:s3cret@127.0.0.1:1/0", "redis:s3cret", ":s3cret@127.0.0.1", "x:s3cret://y"]
    {
        for args in [&["run", "flush", "-q"][..], &["run", "--help"]] {
            let output = herdlab(args).env("HERDLAB_ON", on).output().expect("the binary starts");
            let shown = out(&output) + &err(&output);
            assert!(!shown.contains("s3cret"), "{on} {args:?}: {shown}");
        }
    }
}

#[test]
fn run_does_not_drop_a_strategy_in_silence() {
    wrong(&["run", "flush", "-s", "ttl,lock"], 2, &["one strategy", "herdlab compare"]);
}

#[test]
fn a_record_that_cannot_be_written_is_told_and_the_result_is_still_printed() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("run.json");
    fs::create_dir(&file).expect("a folder where the file should go");
    let file = file.to_str().unwrap();
    let output = run(&["run", "flush", "-q", "-o", file]);
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains(&format!("cannot write the record to {file}")), "{output:?}");
    assert!(
        out(&output).contains("repeat: herdlab run flush") && !out(&output).contains("record:")
    );
    let left = fs::read_dir(folder.path()).expect("the folder is there").count();
    assert_eq!(left, 1, "nothing temporary is left");
}

#[test]
fn a_full_disk_is_told() {
    let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("there is /dev/full");
    let output = herdlab(&["run", "flush", "-q"]).stdout(full).output().expect("it starts");
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("cannot write the result"), "{}", err(&output));
}

#[test]
fn where_a_record_cannot_go_is_told_before_the_run() {
    wrong(&["run", "flush", "-o", "/no/such/folder/run.json"], 2, &["no folder /no/such/folder"]);
    wrong(&["run", "flush", "-o", "run.html"], 2, &["run.html", "ends in .json"]);
}
