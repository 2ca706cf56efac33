//! The fuzzer's corpus, and scenarios that are damaged line by line: each comes to a plan or to mistakes with lines.

#[path = "../fuzz/property.rs"]
mod property;

use std::fs;
use std::path::Path;

use herdlab_scenarios::library;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::property::holds;

#[test]
fn every_file_of_the_corpus_comes_to_a_plan_or_to_mistakes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut seen = 0;
    for folder in ["fuzz/corpus/read", "tests/broken", "library"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            holds(&fs::read(entry.unwrap().path()).unwrap());
            seen += 1;
        }
    }
    assert!(seen > 80, "{seen} files");
}

/// What may happen to a scenario's lines.
#[derive(Clone, Debug)]
enum Damage {
    Drop(Index),
    Double(Index),
    Move(Index, Index),
    /// The values behind the `=` of two lines change places.
    Swap(Index, Index),
    Flip(Index, u8),
}

fn damage() -> impl Strategy<Value = Damage> {
    let line = || any::<Index>();
    prop_oneof![
        line().prop_map(Damage::Drop),
        line().prop_map(Damage::Double),
        (line(), line()).prop_map(|(from, to)| Damage::Move(from, to)),
        (line(), line()).prop_map(|(a, b)| Damage::Swap(a, b)),
        (line(), 0..8_u8).prop_map(|(at, bit)| Damage::Flip(at, bit)),
    ]
}

/// The value of a line, if it has one.
fn value(line: &str) -> Option<(String, String)> {
    line.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()))
}

fn damaged(text: &str, all: &[Damage]) -> Vec<u8> {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut flips = Vec::new();
    for damage in all {
        let place = |index: &Index| index.index(lines.len());
        match damage {
            _ if lines.is_empty() => {}
            Damage::Drop(at) => _ = lines.remove(place(at)),
            Damage::Double(at) => lines.insert(place(at), lines[place(at)].clone()),
            Damage::Move(from, to) => {
                let (from, to) = (place(from), place(to));
                let line = lines.remove(from);
                lines.insert(to.min(lines.len()), line);
            }
            Damage::Swap(a, b) => {
                let (a, b) = (place(a), place(b));
                if let (Some(one), Some(other)) = (value(&lines[a]), value(&lines[b])) {
                    lines[a] = format!("{}={}", one.0, other.1);
                    lines[b] = format!("{}={}", other.0, one.1);
                }
            }
            Damage::Flip(at, bit) => flips.push((at, bit)),
        }
    }
    let mut bytes = lines.join("\n").into_bytes();
    for (at, bit) in flips {
        let length = bytes.len().max(1);
        if let Some(byte) = bytes.get_mut(at.index(length)) {
            *byte ^= 1 << bit;
        }
    }
    bytes
}

proptest! {
    #[test]
    fn a_damaged_scenario_comes_to_a_plan_or_to_mistakes(
        which in 0..library().len() + 2,
        damages in prop::collection::vec(damage(), 1..6),
    ) {
        let seeds = [include_str!("../fuzz/corpus/read/open.toml"), include_str!("../fuzz/corpus/read/closed.toml")];
        let text = library().get(which).map_or_else(|| seeds[which - library().len()], |s| s.text);
        holds(&damaged(text, &damages));
    }
}
