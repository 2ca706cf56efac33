//! The scenarios that come with the program.
//!
//! To add one: write `library/NAME.toml` and add a line here.

/// A scenario that comes with the program.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Shipped {
    /// Its name.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

macro_rules! library {
    ($($name:literal),* $(,)?) => {
        const LIBRARY: &[Shipped] =
            &[$(Shipped { name: $name, text: include_str!(concat!("../library/", $name, ".toml")) }),*];
    };
}

library![
    "hot-key-expiry",
    "beta-curve",
    "flush",
    "echo",
    "flush-lockup",
    "slow-origin",
    "lock-giveup",
    "locmem-workers",
    "version-bump",
    "version-key-evicted",
    "commit-race",
    "personalised-leak",
    "list-page",
    "article-checklist",
    "black-friday",
    "redisconf-2017",
    "mass-expiry",
    "lock-holder-crash",
    "origin-errors",
    "stale-set",
    "replica-lag",
    "two-tier-lag",
    "none-not-cached",
    "rolling-deploy",
    "reconnect-storm",
    "noisy-neighbour",
    "clock-skew",
];

/// All of them.
#[must_use]
pub const fn library() -> &'static [Shipped] {
    LIBRARY
}

/// The one of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Shipped> {
    LIBRARY.iter().find(|shipped| shipped.name == name)
}
