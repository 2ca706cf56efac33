//! The house keeps its order: imports run one way, and the repository names no machine.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use crate::support::root;

#[test]
fn imports_between_the_crates_run_one_way() {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON");
    let mut imports: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in metadata["packages"].as_array().expect("a list") {
        let ours = package["dependencies"]
            .as_array()
            .expect("a list")
            .iter()
            .filter(|d| d["kind"].is_null());
        let ours =
            ours.filter_map(|d| d["name"].as_str()).filter(|name| name.starts_with("herdlab"));
        imports.insert(
            package["name"].as_str().expect("a name").to_owned(),
            ours.map(str::to_owned).collect(),
        );
    }
    let allowed = |name: &str| -> &[&str] {
        match name {
            "herdlab-sim" => &[],
            "herdlab-scenarios" | "herdlab-loadgen" | "herdlab-tui" => &["herdlab-sim"],
            _ => &["herdlab-sim", "herdlab-scenarios", "herdlab-loadgen", "herdlab-tui"],
        }
    };
    assert!(imports.len() >= 5, "{imports:?}");
    for (name, uses) in imports {
        let wrong: Vec<_> =
            uses.iter().filter(|used| !allowed(&name).contains(&used.as_str())).collect();
        assert!(wrong.is_empty(), "{name} may not use {wrong:?}");
    }
}

#[test]
fn a_strategy_uses_only_the_world_keys_and_time() {
    let folder = root().join("sim/src/strategy");
    let mut seen = 0;
    for file in std::fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("an entry").path())
    {
        let text = std::fs::read_to_string(&file).expect("a text file");
        for line in text.lines().filter(|line| line.starts_with("use ")) {
            let fine = ["use crate::key", "use crate::time", "use crate::world", "use super::"];
            assert!(fine.iter().any(|start| line.starts_with(start)), "{}: {line}", file.display());
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen} imports looked at");
}
