//! What is printed.

use crate::support::{err, ok, out, root, run};

#[test]
fn herdlab_alone_says_how_to_start_and_its_first_command_works() {
    let text = ok(&[]);
    assert!(text.lines().count() <= 12, "{text}");
    let first = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("herdlab compare"))
        .expect("a first command");
    let scenario = first.split_whitespace().next().expect("a scenario");
    assert!(ok(&["compare", scenario, "-q"]).contains("repeat: herdlab compare"));
}

#[test]
fn the_comparison_of_the_readme_is_what_the_program_prints() {
    let printed = ok(&["compare", "hot-key-expiry", "-q"]);
    let readme = std::fs::read_to_string(root().join("README.md")).expect("there is a README");
    assert!(readme.contains(printed.trim()), "README.md should show:\n{printed}");
    let lockup = ok(&["compare", "flush-lockup", "-q"]);
    assert!(readme.contains(lockup.trim()), "README.md should show:\n{lockup}");
    let vary = "strategy.beta=0.5,1,2,4";
    let swept = ok(&["sweep", "beta-curve", "-s", "xfetch", "--vary", vary, "--seeds", "5", "-q"]);
    assert!(readme.contains(swept.trim()), "README.md should show:\n{swept}");
}

#[test]
fn the_repeated_command_prints_the_same() {
    let args = [
        "compare",
        "flush",
        "-s",
        "ttl,xfetch",
        "--set",
        "strategy.beta=2",
        "--duration",
        "70s",
        "--seed",
        "7",
        "-q",
    ];
    let first = ok(&args);
    let repeat = first
        .lines()
        .find_map(|line| line.strip_prefix("repeat: herdlab "))
        .expect("a repeat line");
    let again: Vec<&str> = repeat.split_whitespace().chain(["-q"]).collect();
    assert_eq!(ok(&again), first);
}

#[test]
fn run_takes_one_lane_and_says_it_in_a_sentence() {
    let text = ok(&["run", "flush-lockup", "-s", "single-flight", "-q"])
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    assert!(
        text.contains("single-flight: 89.")
            && text.contains("After the flush at 60s it was itself again after 12s."),
        "{text}"
    );
    assert!(!text.contains("single-flight-dies"), "{text}");
}

#[test]
fn check_says_where_each_value_comes_from() {
    let text = ok(&["check", "hot-key-expiry", "--set", "cache.ttl=20s"]);
    let line = |path: &str| {
        text.lines().find(|line| line.trim_start().starts_with(path)).unwrap_or_default().to_owned()
    };
    assert!(
        line("cache.ttl").contains("\"20s\"") && line("cache.ttl").contains("--set cache.ttl=20s"),
        "{text}"
    );
    assert!(line("traffic.rate").contains("line 13"), "{text}");
    assert!(line("origin.on_abandon").contains("default"), "{text}");
    assert!(text.contains("about 240,000 requests"), "{text}");
}

#[test]
fn list_has_every_strategy_scenario_and_metric() {
    let text = ok(&["list"]);
    for word in [
        "hot-key-expiry",
        "flush-lockup",
        "xfetch-article",
        "detached = true",
        "PVLDB 8(8)",
        "origin.qps.peak",
        "herd.avg",
    ] {
        assert!(text.contains(word), "{word} is missing:\n{text}");
    }
}

#[test]
fn warnings_go_to_stderr_and_quiet_silences_them() {
    let loud = run(&["run", "flush-lockup", "--duration", "70s"]);
    assert!(err(&loud).contains("without the cache it is overloaded"));
    let quiet = run(&["run", "flush-lockup", "--duration", "70s", "--quiet"]);
    assert_eq!((err(&quiet), out(&quiet)), (String::new(), out(&loud)));
}

#[test]
fn a_reader_who_has_seen_enough_is_no_error() {
    use std::process::Stdio;
    let mut child = crate::support::herdlab(&["compare", "flush", "-q", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), err(&output)), (Some(0), String::new()));
}

#[test]
fn a_stderr_that_is_gone_changes_neither_result_nor_exit_code() {
    for args in [&["run", "flush-lockup", "--duration", "70s"][..], &["run", "no-such"]] {
        let heard = run(args);
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let unheard = crate::support::herdlab(args).stderr(writer).output().expect("it starts");
        assert_eq!((unheard.status, unheard.stdout), (heard.status, heard.stdout), "{args:?}");
    }
}

#[test]
fn what_a_terminal_would_obey_in_a_scenario_does_not_reach_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("mine.toml");
    let text =
        "schema = 1\nname = \"a\\u001b[2Jb\"\nabout = \"c\\u009bd\"\n[[strategy]]\nuse = \"ttl\"\n";
    std::fs::write(&file, text).expect("written");
    for command in ["run", "compare", "check"] {
        let text = ok(&[command, file.to_str().unwrap(), "--set", "duration=5s"]);
        assert!(text.starts_with("a[2Jb: cd\n"), "{command}: {text:?}");
    }
}

#[test]
fn the_repeated_command_allows_a_remote_server_again() {
    let text = ok(&["run", "flush", "--duration", "70s", "--allow-remote", "-q"]);
    assert!(text.trim_end().ends_with("--seed 42 --allow-remote"), "{text}");
}

#[test]
fn requests_that_the_cache_failed_are_told() {
    let slow = ["run", "hot-key-expiry", "-q", "--duration", "12s", "--set", "cache.timeout=100us"];
    let text = ok(&slow).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains("degraded: ttl: the cache failed")
            && text.contains("and the origin answered them"),
        "{text}"
    );
}
