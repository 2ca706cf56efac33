//! Strategies: their semantics in words, beside what the list of strategies says of them.

use herdlab_sim::strategy::AnyStrategy;

use super::page::{Page, Part, parts};
use crate::list::parameters;

macro_rules! files {
    ($($name:literal,)*) => {
        &[$(($name, include_str!(concat!("strategies/", $name, ".md"))),)*]
    };
}

const TEXTS: &[(&str, &str)] = files![
    "ttl",
    "get-or-set",
    "get-many",
    "versioned",
    "lock",
    "lock-article",
    "xfetch",
    "xfetch-article",
    "xfetch-lock",
    "memcached-meta",
    "single-flight",
    "stale-while-revalidate",
    "stale-if-error",
    "refresh-ahead",
    "lease",
    "dogpile",
    "django-redis-herd",
    "cashews-early",
    "cashews-soft",
    "rails",
    "symfony",
    "laravel-flexible",
    "fusion-cache",
    "caffeine-refresh",
    "moka",
    "nginx",
    "varnish-grace",
];

pub(super) fn pages() -> Vec<Page> {
    TEXTS.iter().filter_map(|(name, text)| page(name, text)).collect()
}

/// The text's parts, with the parameters and the source from the list put in.
fn page(name: &str, text: &str) -> Option<Page> {
    let about = AnyStrategy::ALL.iter().find(|about| about.name == name)?;
    let strategy = AnyStrategy::named(name)?;
    let (_, written) = parts(text);
    let mut all = Vec::new();
    for part in written {
        let meaning = part.head == "What it means";
        let formula = part.head == "Formula";
        all.push(part);
        if meaning {
            let lines: Vec<String> =
                parameters(strategy.clone()).into_iter().map(|line| format!("- {line}")).collect();
            all.push(Part::new("Parameters", lines.join("\n")));
        }
        if formula {
            all.push(Part::new("Source", about.source));
        }
    }
    Some(Page { name: name.to_owned(), kind: "strategy", line: about.line.to_owned(), parts: all })
}
