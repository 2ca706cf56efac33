//! The screen without a terminal: pictures, scripts, what was played and written, records.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{err, herdlab, out, root, words};

/// Runs in a folder; what it printed.
fn ok_in(folder: &Path, args: &[&str]) -> String {
    let output = herdlab(args).current_dir(folder).output().expect("the binary starts");
    assert!(matches!(output.status.code(), Some(0 | 3)), "{args:?}: {}", err(&output));
    out(&output)
}

fn read(folder: &Path, file: &str) -> String {
    fs::read_to_string(folder.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

#[test]
fn the_pictures_of_the_readme_are_what_its_commands_draw() {
    let readme = read(root(), "README.md");
    let commands = readme.lines().filter(|line| line.contains("--script") && line.contains(".svg"));
    let folder = tempfile::tempdir().expect("a folder");
    for line in commands {
        let args = words(line.trim_start_matches("$ herdlab "));
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        ok_in(folder.path(), &args);
    }
    let mut seen = 0;
    for picture in fs::read_dir(folder.path()).expect("the folder is there") {
        let name = picture.expect("an entry").file_name().into_string().expect("a name");
        let drawn = read(folder.path(), &name);
        let kept = root().join("docs/pictures").join(&name);
        if std::env::var_os("HERDLAB_TAKE_PICTURES").is_some() {
            fs::create_dir_all(root().join("docs/pictures")).expect("the folder");
            fs::write(&kept, &drawn).expect("the picture is written");
        }
        assert!(readme.contains(&format!("(docs/pictures/{name})")), "README.md shows {name}");
        let told = "HERDLAB_TAKE_PICTURES=1 cargo test -p herdlab --test cli pictures";
        assert!(
            fs::read_to_string(kept).is_ok_and(|kept| kept == drawn),
            "{name} has changed: {told}"
        );
        seen += 1;
    }
    assert_eq!(seen, 3);
}

const ACTS: &str = "run 12.3s; key B; key f; run 2s; key k; run 700ms; key k; say at +5s slow origin 10x for 3s; \
                    run 10s; key R; run 5s; key K; run 1s; key K";

#[test]
fn what_was_played_and_written_gives_the_same_record_when_it_is_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let small = ["--duration", "70s", "--rate", "200/s", "--set", "warmup=5s"];
    let script = format!("{ACTS}; key w");
    let played = [
        &["compare", "flush", "-s", "ttl,xfetch,lock"],
        &small[..],
        &["--script", &script, "-q", "-o", "played.json"],
    ]
    .concat();
    ok_in(folder, &played);
    let written = read(folder, "flush-played.toml");
    assert_eq!(written.matches("do = ").count(), 10, "nine acts and the scenario's own: {written}");
    ok_in(folder, &["compare", "flush-played.toml", "--no-tui", "-q", "-o", "again.json"]);
    assert_eq!(read(folder, "played.json"), read(folder, "again.json"));
    let record: Value = serde_json::from_str(&read(folder, "again.json")).expect("a record");
    crate::record::holds(&record);
    assert_eq!(record["command"], "herdlab compare flush-played.toml --seed 42");
}

#[test]
fn a_screen_saved_by_a_key_is_the_screen_and_none_is_lost() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let script = "size 90x30; run 12s; snap snap.txt; key c; run 1s; key c; quit";
    let run = ["run", "flush", "-s", "ttl", "--rate", "200/s", "-q", "-o", "flush.json"];
    ok_in(folder, &[&run[..], &["--script", script]].concat());
    let (first, second) = (read(folder, "flush-screen.txt"), read(folder, "flush-screen-2.txt"));
    assert_eq!(first, read(folder, "snap.txt"));
    assert_ne!(first, second);
    ok_in(folder, &["view", "flush.json", "--script", "key c; quit"]);
    assert!(read(folder, "flush-screen-3.txt").contains("RECORD"));
}

#[test]
fn what_was_played_and_not_written_is_repeated_by_the_records_command() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let args = [
        "run",
        "flush",
        "-s",
        "xfetch",
        "--duration",
        "70s",
        "--rate",
        "200/s",
        "--set",
        "warmup=0s",
    ];
    ok_in(folder, &[&args[..], &["--script", ACTS, "-q", "-o", "played.json"]].concat());
    let record: Value = serde_json::from_str(&read(folder, "played.json")).expect("a record");
    let command = words(record["command"].as_str().expect("a command"));
    let again: Vec<&str> = command[1..].iter().map(String::as_str).collect();
    ok_in(folder, &[&again[..], &["-q", "-o", "again.json"]].concat());
    assert_eq!(read(folder, "played.json"), read(folder, "again.json"));
}

#[test]
fn an_act_that_is_taken_back_leaves_no_trace() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let args = [
        "compare",
        "flush",
        "-s",
        "ttl,lock",
        "--duration",
        "70s",
        "--rate",
        "200/s",
        "--set",
        "warmup=0s",
    ];
    let played = |script: &str, file: &str| {
        ok_in(folder, &[&args[..], &["--script", script, "-q", "-o", file]].concat());
        read(folder, file)
    };
    let undone =
        played("run 9.87s; key f; run 3s; key R; run 2s; key u; key u; run 1s", "undone.json");
    assert_eq!(undone, played("run 5s", "untouched.json"));
    ok_in(folder, &[&args[..], &["--no-tui", "-q", "-o", "plain.json"]].concat());
    assert_eq!(undone, read(folder, "plain.json"));
}

#[test]
fn a_script_with_a_mistake_says_which_statement_and_what_is_right() {
    for (script, what) in [
        ("run 5s; jump", "\"jump\": a script has run, key, say"),
        ("key b", "no lane here has a beta"),
        ("say flash", "did you mean flush?"),
        ("snap nowhere/x.svg", "there is no folder nowhere"),
    ] {
        let output =
            herdlab(&["compare", "flush", "-s", "ttl", "--duration", "70s", "--script", script])
                .output()
                .expect("the binary starts");
        assert_eq!(output.status.code(), Some(2), "{script}");
        assert!(err(&output).contains(what), "{script}: {}", err(&output));
    }
}

#[test]
fn a_record_is_viewed_on_the_same_screen() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    ok_in(folder, &["compare", "hot-key-expiry", "--duration", "40s", "-q", "-o", "run.json"]);
    ok_in(folder, &["view", "run.json", "--script", "snap compare.txt; key 1; snap run.txt"]);
    let compare = read(folder, "compare.txt");
    let record: Value = serde_json::from_str(&read(folder, "run.json")).expect("a record");
    let calls = record["lanes"][0]["summary"]["origin.calls"].as_u64().expect("a count");
    let shown = format!("{},{:03}", calls / 1_000, calls % 1_000);
    assert!(compare.contains("RECORD") && compare.contains(&shown), "{shown} calls:\n{compare}");
    assert!(read(folder, "run.txt").contains("latency so far"));
    let refused = herdlab(&["view", "run.json", "--script", "key f"]).current_dir(folder).output();
    let refused = refused.expect("the binary starts");
    assert!(err(&refused).contains("nothing can be done to it any more"), "{}", err(&refused));
}
