//! Every example in `--help` and in the README works.

use crate::support::{err, ok, out, root, run, words};

/// The commands after `herdlab` in a text, as argument lists; what a shell would need more than words is refused.
fn examples(text: &str) -> Vec<Vec<String>> {
    let lines = text.lines().map(|line| line.trim().trim_start_matches("$ "));
    lines
        .filter_map(|line| {
            line.strip_prefix("herdlab ").or_else(|| line.strip_prefix("cargo run --release -- "))
        })
        .map(|line| line.split("   ").next().unwrap_or(line).split(" #").next().unwrap_or(line))
        .map(words)
        .collect()
}

/// Runs an example in a folder of its own: real time for a few seconds, on a server of our own.
fn works(example: &[String]) {
    let mut args: Vec<&str> = example.iter().map(String::as_str).collect();
    if args.contains(&"--on") && !args.contains(&"--duration") {
        args.extend(["--duration", "3s", "--set", "warmup=0s", "--rate", "200/s"]);
        args.extend(["-s", "ttl"]);
    }
    let own_file = args[0] != "new" && args.iter().any(|arg| arg.ends_with(".toml"));
    if own_file || args.iter().any(|arg| arg.starts_with("redis://")) {
        return; // a user's own server or file: other tests have theirs
    }
    let folder = tempfile::tempdir().expect("a folder");
    crate::replay::fill(folder.path());
    let output = crate::support::herdlab(&args)
        .current_dir(folder.path())
        .output()
        .expect("the binary starts");
    // Two rounds of a few seconds may differ where the machine was busy; what that means is told elsewhere.
    let differs = args[0] == "verify" && output.status.code() == Some(3);
    assert!(
        differs || matches!(output.status.code(), Some(0 | 5)),
        "herdlab {}: {}",
        args.join(" "),
        err(&output)
    );
    let said = out(&output)
        + if args[..2.min(args.len())] == ["trace", "convert"] { "a file" } else { "" };
    assert!(!said.is_empty(), "herdlab {}", args.join(" "));
}

#[test]
fn every_example_of_the_help_works() {
    let mut seen = 0;
    for command in [
        "run", "compare", "sweep", "bench", "load", "origin", "verify", "matrix", "check", "new",
        "schema", "list", "explain",
    ] {
        for example in examples(&ok(&[command, "--help"])) {
            works(&example);
            seen += 1;
        }
    }
    for command in
        [&["replay"][..], &["trace", "info"], &["trace", "convert"], &["trace", "formats"]]
    {
        for example in examples(&ok(&[command, &["--help"]].concat())) {
            works(&example);
            seen += 1;
        }
    }
    assert!(seen >= 10, "{seen} examples");
}

#[test]
fn every_example_of_the_readme_works() {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("there is a README");
    let all = examples(&readme);
    assert!(all.len() >= 5, "{all:?}");
    all.iter().for_each(|example| works(example));
}

/// In one folder, one after the other: what is converted is looked at after.
#[test]
fn every_command_of_the_page_on_traces_works() {
    let page = std::fs::read_to_string(root().join("docs/traces.md")).expect("the page is there");
    let folder = tempfile::tempdir().expect("a folder");
    crate::replay::fill(folder.path());
    let all = examples(&page);
    assert!(all.len() >= 7, "{all:?}");
    for example in all {
        let args: Vec<&str> = example.iter().map(String::as_str).collect();
        let output = crate::support::herdlab(&args).current_dir(folder.path()).output();
        let output = output.expect("the binary starts");
        assert_eq!(output.status.code(), Some(0), "{args:?}: {}", err(&output));
    }
}

#[test]
fn every_flag_is_in_the_help_and_has_a_variable() {
    let help = ok(&["compare", "--help"]);
    for flag in [
        "--set",
        "--assert",
        "--seed",
        "--duration",
        "--rate",
        "--on",
        "--format",
        "--output",
        "--quiet",
        "--no-tui",
        "--color",
        "--allow-remote",
    ] {
        assert!(help.contains(flag), "{flag}");
    }
    assert!(help.matches("HERDLAB_").count() >= 10, "{help}");
    let output =
        crate::support::herdlab(&["run", "flush", "--duration", "70s", "--format", "json"])
            .env("HERDLAB_SEED", "9")
            .output()
            .expect("the binary starts");
    let record: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a record");
    assert_eq!(record["seed"].as_u64(), Some(9));
}

#[test]
fn short_help_fits_a_screen() {
    for command in [
        "run", "compare", "sweep", "bench", "load", "origin", "check", "new", "schema", "list",
        "explain",
    ] {
        let text = ok(&[command, "-h"]);
        assert!(text.lines().count() <= 40, "{command}: {} lines", text.lines().count());
    }
    assert_eq!(run(&["--help"]).status.code(), Some(0));
}

#[test]
fn a_switch_in_the_environment_takes_what_people_write() {
    for (value, quiet) in [("1", true), ("true", true), ("yes", true), ("0", false), ("no", false)]
    {
        let output = crate::support::herdlab(&["run", "flush-lockup", "--duration", "70s"])
            .env("HERDLAB_QUIET", value)
            .output()
            .expect("the binary starts");
        assert_eq!(output.status.code(), Some(0), "HERDLAB_QUIET={value}: {}", err(&output));
        assert_eq!(err(&output).is_empty(), quiet, "HERDLAB_QUIET={value}: {}", err(&output));
    }
}
