//! The matrix: every strategy against every fault, on the same requests.
//!
//! A fault is a scenario without lanes, in `matrix/NAME.toml`, and the figures by which it is judged. Its lanes are every
//! strategy of the list, and each layer around the bare one. To add a fault: write its file and add a line here.

use herdlab_sim::matrix::Figure;
use herdlab_sim::plan::Plan;
use herdlab_sim::strategy::AnyStrategy;

use crate::fault::Faults;
use crate::files::NoFiles;
use crate::given::Given;
use crate::scenario::Scenario;

/// A fault of the matrix.
#[derive(Copy, Clone, Debug)]
pub struct MatrixFault {
    /// Its name.
    pub name: &'static str,
    /// What decides.
    pub figures: &'static [Figure],
    text: &'static str,
}

macro_rules! faults {
    ($($name:literal by $($figure:ident),+;)*) => {
        /// All of them.
        pub const MATRIX: &[MatrixFault] = &[$(MatrixFault {
            name: $name,
            figures: &[$(Figure::$figure),+],
            text: include_str!(concat!("../matrix/", $name, ".toml")),
        },)*];
    };
}

faults! {
    "hot-key-expiry" by Duplicates, Late;
    "mass-expiry" by Peak, Late;
    "flush" by Duplicates, Late;
    "version-bump" by Duplicates, Late;
    "eviction-pressure" by Duplicates, Late;
    "slow-origin" by Duplicates, Late;
    "failing-origin" by Duplicates, Late;
    "stopped-origin" by Duplicates, Late;
    "lock-holder-crash" by Duplicates, Late;
    "cache-restart" by Duplicates, Late;
    "cache-unreachable" by Duplicates, Late;
    "slow-cache" by Duplicates, Late;
    "reconnect-storm" by Duplicates, Late;
    "update-race" by Outdated;
    "replica-lag" by Outdated;
    "clock-skew" by Duplicates, Late;
    "rolling-deploy" by Duplicates, Late;
    "caches-of-workers" by Duplicates, Late;
}

/// What a layer's lane is called, and what it says beside `use = "ttl"`.
const LAYERS: &[(&str, &str)] = &[
    ("jitter", "jitter = 0.5"),
    ("two-tier", "l1 = \"2s\"\nl1_lag = \"50ms\""),
    ("hedge", "hedge = \"250ms\""),
    ("retries", "retries = 3"),
    ("breaker", "breaker = 5\nbreaker_slow = \"500ms\""),
];

/// The lane that all others are held against.
pub const BARE: &str = "ttl";

impl MatrixFault {
    /// The fault's run of all lanes: [`BARE`] is the first.
    ///
    /// # Errors
    /// If its file has a mistake.
    pub fn plan(&self) -> Result<Plan, Faults> {
        let mut text = self.text.to_owned();
        for about in AnyStrategy::ALL {
            text.push_str(&lane(about.name, about.name, own(about.name)));
        }
        for (name, layer) in LAYERS {
            text.push_str(&lane(BARE, name, layer));
        }
        let scenario = Scenario::read(self.name, text.as_bytes(), &Given::default())?;
        scenario.plan(&NoFiles)
    }

    /// What happens, in a sentence.
    #[must_use]
    pub fn about(&self) -> &'static str {
        let line = self.text.lines().find_map(|line| line.strip_prefix("about    = \""));
        line.unwrap_or_default().trim_end_matches('"')
    }
}

/// What a strategy says here beside its defaults: a list that its job can work off within the TTL.
fn own(strategy: &str) -> &'static str {
    match strategy {
        "refresh-ahead" => "items = 40",
        _ => "",
    }
}

fn lane(strategy: &str, name: &str, more: &str) -> String {
    format!(
        "\n[[strategy]]\nuse = {strategy:?}\nname = {name:?}\ninvalidation = \"delete\"\n{more}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_has_a_plan_of_every_strategy_and_says_what_happens() {
        for fault in MATRIX {
            let plan = fault.plan().unwrap_or_else(|wrong| panic!("{}", wrong.render(false)));
            assert_eq!(plan.lanes.len(), AnyStrategy::ALL.len() + LAYERS.len());
            assert_eq!(plan.lanes[0].name, BARE);
            assert!(fault.about().ends_with('.'), "{}", fault.name);
        }
    }
}
