//! Flags of `herdlab verify` and their help.

use clap::Args;
use clap::builder::FalseyValueParser;

use crate::args::{ResultArgs, ScenarioArgs};
use crate::tls::TlsArgs;

/// What `--help` says at its end.
pub(crate) const HELP: &str = "Every round runs every lane on the model and on each cache, on the same requests; the next round has the next seed.
A figure agrees if the 95% interval of the difference lies within --within of the model's mean, differs if it lies
outside, and is open if neither can be said: then take more rounds. Exit code 3 if a figure differs.

Real time: it takes rounds x lanes x caches x duration.

Examples:
  herdlab verify hot-key-expiry -s ttl --duration 3s --set cache.ttl=1s --set warmup=0s --rounds 2
  herdlab verify hot-key-expiry -s lock --duration 2s --set warmup=0s --on redis --on memcached";

/// The flags.
#[derive(Clone, Debug, Args)]
pub(crate) struct VerifyArgs {
    /// A scenario of the library (`herdlab list`), or a .toml file
    pub(crate) scenario: String,
    /// What to hold the model against: redis, memcached (private), memory, or a server's URL (repeatable)
    #[arg(
        long,
        value_name = "WHERE",
        env = "HERDLAB_ON",
        hide_env_values = true, // it may hold a password
        default_value = "redis",
        help_heading = "Backend"
    )]
    pub(crate) on: Vec<String>,
    /// Rounds: the scenario's seed, and those that follow it
    #[arg(
        long,
        value_name = "N",
        env = "HERDLAB_ROUNDS",
        default_value_t = 5,
        value_parser = clap::value_parser!(u32).range(2..=1_000),
        help_heading = "Workload"
    )]
    pub(crate) rounds: u32,
    #[command(flatten)]
    pub(crate) with: ScenarioArgs,
    /// A difference of less than this share of the model's mean does not matter
    #[arg(
        long,
        value_name = "SHARE",
        env = "HERDLAB_WITHIN",
        default_value = "5%",
        help_heading = "Output"
    )]
    pub(crate) within: String,
    /// Metrics to compare (`herdlab list metrics`)
    #[arg(
        long,
        value_name = "NAMES",
        env = "HERDLAB_METRIC",
        value_delimiter = ',',
        help_heading = "Output"
    )]
    pub(crate) metric: Vec<String>,
    /// Allow a server on another machine
    #[arg(long, env = "HERDLAB_ALLOW_REMOTE", hide_short_help = true, value_parser = FalseyValueParser::new(), help_heading = "Backend")]
    pub(crate) allow_remote: bool,
    /// Let a scenario's flush empty the whole database of a server of yours, with what others keep there
    #[arg(long, env = "HERDLAB_ALLOW_FLUSH", hide_short_help = true, value_parser = FalseyValueParser::new(), help_heading = "Backend")]
    pub(crate) allow_flush: bool,
    #[command(flatten)]
    pub(crate) tls: TlsArgs,
    #[command(flatten)]
    pub(crate) result: ResultArgs,
    /// No progress and no warnings on stderr
    #[arg(short, long, env = "HERDLAB_QUIET", value_parser = FalseyValueParser::new(), help_heading = "Output")]
    pub(crate) quiet: bool,
}
