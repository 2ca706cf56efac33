//! Flags of `herdlab bench` and their help.

use clap::builder::FalseyValueParser;
use clap::{Args, ValueEnum};
use herdlab_sim::plan::Engine;

use crate::args::ResultArgs;
use crate::tick::TickArgs;
use crate::tls::TlsArgs;

/// What `--help` says at its end.
pub(crate) const HELP: &str = "Operations of --ops, with weights: get, set, add, incr, get_many, lock, delete,
delete_if (a Lua script on Redis).
Writes about an item that is to be missed go to a key that nobody reads, so the share of hits stays as --hit says.

Examples:
  herdlab bench redis --duration 200ms --rounds 2    a private server: requests a second, latency, CPU a request
  herdlab bench redis redis --duration 200ms --rounds 3 --ops get=95,set=5 --hit 90%    A against A: no difference
  herdlab bench redis --duration 200ms --rounds 2 --rate 2k/s --pipeline 1 --format markdown    open loop
  herdlab bench redis --duration 200ms --search 'p99 < 50ms'    the highest rate that meets it
  herdlab bench redis://127.0.0.1:6379/9 redis://127.0.0.1:6380 --pipeline 16 -o bench.json";

/// The flags.
#[derive(Clone, Debug, Args)]
pub(crate) struct BenchArgs {
    /// Caches, as --on of `run` takes them: redis (a private server), redis://host:port/db; one may be there twice
    #[arg(required = true, value_name = "WHERE")]
    pub(crate) backends: Vec<String>,
    /// Operations with weights, such as get=95,set=5
    #[arg(
        long,
        value_name = "MIX",
        env = "HERDLAB_OPS",
        default_value = "get",
        help_heading = "Workload"
    )]
    pub(crate) ops: String,
    /// Bytes a value, such as 2KiB; at least 28B
    #[arg(
        long,
        value_name = "SIZE",
        env = "HERDLAB_VALUE_SIZE",
        hide_short_help = true,
        default_value = "512B",
        help_heading = "Workload"
    )]
    pub(crate) value_size: String,
    /// Which items: zipf:EXPONENT:COUNT or uniform:COUNT
    #[arg(
        long,
        value_name = "LAW",
        env = "HERDLAB_KEYS",
        default_value = "zipf:1.0:10k",
        help_heading = "Workload"
    )]
    pub(crate) keys: String,
    /// Share of reads that are hits: as many items are stored before the first round
    #[arg(
        long,
        value_name = "SHARE",
        env = "HERDLAB_HIT",
        default_value = "100%",
        help_heading = "Workload"
    )]
    pub(crate) hit: String,
    /// Items a get_many
    #[arg(long, value_name = "N", env = "HERDLAB_BATCH", hide_short_help = true, default_value_t = 10,
        value_parser = clap::value_parser!(u32).range(1..=10_000), help_heading = "Workload")]
    pub(crate) batch: u32,
    /// Seed of every draw
    #[arg(
        long,
        env = "HERDLAB_SEED",
        hide_short_help = true,
        default_value_t = 42,
        help_heading = "Workload"
    )]
    pub(crate) seed: u64,
    /// Requests a second whatever the answers do (open loop), such as 10k/s
    #[arg(long, env = "HERDLAB_RATE", help_heading = "Load")]
    pub(crate) rate: Option<String>,
    /// Gaps of --rate
    #[arg(long, env = "HERDLAB_ARRIVALS", hide_short_help = true, value_enum, default_value_t = Gaps::Poisson, help_heading = "Load")]
    pub(crate) arrivals: Gaps,
    /// Users who ask again when answered (closed loop); if not said, one a connection
    #[arg(long, value_name = "N", env = "HERDLAB_USERS", hide_short_help = true, conflicts_with = "rate",
        value_parser = clap::value_parser!(u32).range(1..=1_000_000), help_heading = "Load")]
    pub(crate) users: Option<u32>,
    /// Connections in all
    #[arg(long, value_name = "N", env = "HERDLAB_CONNECTIONS", default_value_t = 8,
        value_parser = clap::value_parser!(u32).range(1..=10_000), help_heading = "Load")]
    pub(crate) connections: u32,
    /// Requests that a user sends at once over one connection, before it waits for the answers
    #[arg(long, value_name = "DEPTH", env = "HERDLAB_PIPELINE", default_value_t = 1,
        value_parser = clap::value_parser!(u32).range(1..=10_000), help_heading = "Load")]
    pub(crate) pipeline: u32,
    /// Whose Redis client: herdlab's own, or the redis crate's
    #[arg(long, env = "HERDLAB_ENGINE", hide_short_help = true, value_enum, default_value_t = Client::Own, help_heading = "Load")]
    pub(crate) engine: Client,
    /// Cores of the generator; all if not said
    #[arg(long, value_name = "N", env = "HERDLAB_CORES", hide_short_help = true,
        value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = "Load")]
    pub(crate) cores: Option<u16>,
    /// Measured part of a round; 5s, and 1s with --search, if not said
    #[arg(long, env = "HERDLAB_DURATION", help_heading = "Rounds")]
    pub(crate) duration: Option<String>,
    /// Part of a round before it; a fifth of the duration if not said
    #[arg(long, env = "HERDLAB_WARMUP", hide_short_help = true, help_heading = "Rounds")]
    pub(crate) warmup: Option<String>,
    /// Rounds; in each every cache has its turn
    #[arg(long, value_name = "N", env = "HERDLAB_ROUNDS", default_value_t = 5,
        value_parser = clap::value_parser!(u32).range(1..=10_000), help_heading = "Rounds")]
    pub(crate) rounds: u32,
    /// Instead of rounds, find the highest rate that meets this, such as 'p99 < 2ms'
    #[arg(
        long,
        value_name = "BOUND",
        env = "HERDLAB_SEARCH",
        conflicts_with = "users",
        help_heading = "Rounds"
    )]
    pub(crate) search: Option<String>,
    /// Allow a server on another machine
    #[arg(long, env = "HERDLAB_ALLOW_REMOTE", hide_short_help = true, value_parser = FalseyValueParser::new(), help_heading = "Backend")]
    pub(crate) allow_remote: bool,
    #[command(flatten)]
    pub(crate) tls: TlsArgs,
    #[command(flatten)]
    pub(crate) tick: TickArgs,
    #[command(flatten)]
    pub(crate) result: ResultArgs,
    /// No progress on stderr
    #[arg(short, long, env = "HERDLAB_QUIET", hide_short_help = true, value_parser = FalseyValueParser::new(), help_heading = "Output")]
    pub(crate) quiet: bool,
}

/// Whose Redis client.
#[derive(Copy, Clone, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Client {
    /// herdlab's own, which costs the least
    Own,
    /// The redis crate's multiplexed connection
    RedisRs,
}

impl From<Client> for Engine {
    fn from(client: Client) -> Self {
        match client {
            Client::Own => Self::Own,
            Client::RedisRs => Self::RedisRs,
        }
    }
}

/// The law of the gaps between requests.
#[derive(Copy, Clone, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Gaps {
    /// As of very many users who know nothing of each other
    Poisson,
    /// All alike
    Constant,
}
