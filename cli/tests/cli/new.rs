//! `herdlab new` and `herdlab schema`; broken files at the real binary.

use std::fs;

use crate::support::{err, herdlab, ok, out, root, run};

/// Runs in a folder: exit code, stdout, stderr.
fn run_in(folder: &std::path::Path, args: &[&str]) -> (Option<i32>, String, String) {
    let output = herdlab(args).current_dir(folder).output().expect("the binary starts");
    (output.status.code(), out(&output), err(&output))
}

#[test]
fn a_new_scenario_is_right_runs_and_says_every_field() {
    let folder = tempfile::tempdir().expect("a folder");
    let (code, told, _) = run_in(folder.path(), &["new", "shop"]);
    assert_eq!((code, told.lines().next()), (Some(0), Some("written to shop.toml")));
    let (code, checked, warned) = run_in(folder.path(), &["check", "shop.toml"]);
    assert_eq!((code, warned.as_str()), (Some(0), ""));
    assert!(checked.starts_with("shop: ") && !checked.contains("warning"), "{checked}");
    let (code, ..) = run_in(folder.path(), &["compare", "shop.toml", "-q", "--duration", "40s"]);
    assert_eq!(code, Some(0));
    let text = fs::read_to_string(folder.path().join("shop.toml")).expect("it is written");
    let schema: serde_json::Value = serde_json::from_str(&ok(&["schema"])).expect("JSON");
    for section in ["traffic", "data", "cache", "origin"] {
        let fields = schema["properties"][section]["properties"].as_object().expect("fields");
        let body = text.split(&format!("[{section}]")).nth(1).expect(section);
        let body = body.split("\n[").next().expect("up to the next section");
        for (name, field) in fields {
            assert!(body.contains(&format!("{name} = ")), "{section}.{name}");
            let about = field["description"].as_str().expect("what it is");
            assert!(body.contains(about), "{section}.{name}: {about}");
        }
    }
}

#[test]
fn a_scenario_as_another_one_means_the_same_under_its_own_name() {
    let folder = tempfile::tempdir().expect("a folder");
    for from in ["flush", "hot-key-expiry", "flush-lockup"] {
        run_in(folder.path(), &["new", "mine", "--from", from, "-o", "a.toml", "--force"]);
        let (_, mine, _) = run_in(folder.path(), &["run", "a.toml", "-q", "--format", "json"]);
        let theirs = ok(&["run", from, "-q", "--format", "json"]);
        let json = |text: &str| -> serde_json::Value { serde_json::from_str(text).expect("JSON") };
        let (mine, theirs) = (json(&mine), json(&theirs));
        assert_eq!(mine["scenario"]["name"].as_str(), Some("mine"));
        assert_eq!(mine["lanes"], theirs["lanes"], "{from}");
    }
}

#[test]
fn a_file_that_is_there_is_not_written_over_unless_it_is_meant() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("my-scenario.toml");
    fs::write(&file, "mine").expect("written");
    let (code, told, warned) = run_in(folder.path(), &["new"]);
    assert_eq!((code, told.as_str()), (Some(2), ""));
    assert!(warned.contains("is there already") && warned.contains("--force"), "{warned}");
    assert_eq!(fs::read_to_string(&file).expect("it is there"), "mine");
    assert_eq!(run_in(folder.path(), &["new", "--force"]).0, Some(0));
    assert_ne!(fs::read_to_string(&file).expect("it is there"), "mine");
    for wrong in [&["new", "../x"][..], &["new", ""], &["new", "a", "--from", "flosh"]] {
        assert_eq!(run_in(folder.path(), wrong).0, Some(2), "{wrong:?}");
    }
    assert_eq!(run_in(folder.path(), &["new", "a", "-o", "no/such/a.toml"]).0, Some(1));
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "nothing else is left");
}

#[test]
fn every_broken_scenario_ends_with_exit_code_2_and_no_panic() {
    let mut seen = 0;
    for entry in fs::read_dir(root().join("scenarios/tests/broken")).expect("there are some") {
        let file = entry.expect("an entry").path();
        let output = run(&["check", file.to_str().expect("UTF-8")]);
        assert_eq!(output.status.code(), Some(2), "{}", file.display());
        assert!(err(&output).starts_with("error: ") && out(&output).is_empty());
        assert!(!err(&output).contains("panicked"), "{}", err(&output));
        seen += 1;
    }
    assert!(seen >= 40, "{seen} files");
}

#[test]
fn durations_are_measured_in_a_file_beside_the_scenario() {
    let folder = tempfile::tempdir().expect("a folder");
    let text =
        "schema = 1\n[origin]\nlatency = { measured = \"ms.txt\" }\n[[strategy]]\nuse = \"ttl\"\n";
    fs::write(folder.path().join("a.toml"), text).expect("written");
    let (code, _, told) = run_in(folder.path(), &["check", "a.toml"]);
    assert!(code == Some(2) && told.contains("a.toml:3:24") && told.contains("ms.txt"), "{told}");
    fs::write(folder.path().join("ms.txt"), "10ms\n20ms\n").expect("written");
    let (code, checked, _) = run_in(folder.path(), &["check", "a.toml"]);
    assert!(code == Some(0) && checked.contains("x 15ms)"), "{checked}");
}
