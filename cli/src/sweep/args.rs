//! Flags of `herdlab sweep` and their help.

use std::path::PathBuf;

use clap::Args;
use clap::builder::FalseyValueParser;

use crate::args::{Format, ScenarioArgs};

/// What `--help` says at its end.
pub(crate) const HELP: &str = "Values of --vary:
  0.25..4:16         16 points at equal steps, both ends among them
  0.25..4:log16      16 points at equal ratios
  1,2,5              these; with units where the field has them: 5s..60s:4, 500/s,1000/s
  strategy.beta is varied in every lane that has one, strategy.NAME.beta in that lane. A lane that nothing varied
  concerns is run once a seed.

Examples:
  herdlab sweep hot-key-expiry -s ttl,xfetch --vary strategy.beta=0.5..2:4 --seeds 3
  herdlab sweep hot-key-expiry -s xfetch --vary strategy.beta=0.5..4:log4 --vary cache.ttl=5s,10s --seeds 2
  herdlab sweep flush --vary traffic.rate=500/s,1000/s --seeds 2 --duration 70s --format csv";

/// The flags.
#[derive(Clone, Debug, Args)]
pub(crate) struct SweepArgs {
    /// A scenario of the library (`herdlab list`), or a .toml file
    pub(crate) scenario: String,
    /// Give a field one value after another, such as strategy.beta=0.25..4:16 (repeatable: every combination)
    #[arg(
        long,
        value_name = "PATH=VALUES",
        env = "HERDLAB_VARY",
        value_delimiter = '\u{1f}',
        required = true,
        help_heading = "Workload"
    )]
    pub(crate) vary: Vec<String>,
    /// Runs a point: with the scenario's seed, and those that follow it
    #[arg(
        long,
        value_name = "N",
        env = "HERDLAB_SEEDS",
        default_value_t = 10,
        value_parser = clap::value_parser!(u32).range(1..=100_000),
        help_heading = "Workload"
    )]
    pub(crate) seeds: u32,
    #[command(flatten)]
    pub(crate) with: ScenarioArgs,
    /// Metrics of the table; the first is plotted (`herdlab list metrics`)
    #[arg(
        long,
        value_name = "NAMES",
        env = "HERDLAB_METRIC",
        value_delimiter = ',',
        help_heading = "Output"
    )]
    pub(crate) metric: Vec<String>,
    /// How the result is printed
    #[arg(long, env = "HERDLAB_FORMAT", value_enum, default_value_t = Format::Human, help_heading = "Output")]
    pub(crate) format: Format,
    /// Also write it to this file: .json, .csv or .md (repeatable)
    #[arg(short, long, value_name = "FILE", env = "HERDLAB_OUTPUT", help_heading = "Output")]
    pub(crate) output: Vec<PathBuf>,
    /// No progress and no warnings on stderr
    #[arg(short, long, env = "HERDLAB_QUIET", value_parser = FalseyValueParser::new(), help_heading = "Output")]
    pub(crate) quiet: bool,
    /// Runs at a time; the cores there are, if not said. The result is the same
    #[arg(
        long,
        value_name = "N",
        env = "HERDLAB_THREADS",
        value_parser = clap::value_parser!(u16).range(1..=1024),
        help_heading = "Workload"
    )]
    pub(crate) threads: Option<u16>,
}
