//! Topics: one file each. To add one, write its file and add its line here.

use super::page::{Page, parts};

macro_rules! files {
    ($($name:literal,)*) => {
        &[$(($name, include_str!(concat!("topics/", $name, ".md"))),)*]
    };
}

/// From the basics on.
const TOPICS: &[(&str, &str)] = files![
    "stampede",
    "herd",
    "beta",
    "metastable",
    "recovery",
    "warm",
    "outdated",
    "hit-rate",
    "open-loop",
    "coordinated-omission",
    "common-random-numbers",
    "jitter",
    "two-tier",
    "negative-caching",
    "hedge",
    "retry-budget",
    "circuit-breaker",
    "thresholds",
    "sweep",
    "bench",
];

pub(super) fn pages() -> Vec<Page> {
    let page = |(name, text): &(&str, &str)| {
        let (line, parts) = parts(text);
        Page { name: (*name).to_owned(), kind: "topic", line: line.to_owned(), parts }
    };
    TOPICS.iter().map(page).collect()
}
