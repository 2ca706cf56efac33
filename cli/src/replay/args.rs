//! Flags of `herdlab replay` and their help.

use std::path::PathBuf;

use clap::Args;
use clap::builder::FalseyValueParser;

use crate::args::ResultArgs;

/// What `--help` says at its end.
pub(crate) const HELP: &str = "Sizes: 1% of the trace's keys, 5000 entries, 64MiB (entries then weigh their size). Several,
separated by commas; with --overhead redis they are what maxmemory leaves to entries, and an entry weighs what it
does in a Redis as its makers build it (redis-debian: as Debian and Ubuntu do). Policies: herdlab list evictions; belady is the bound that nothing beats, and holds the trace in
memory, 8 bytes a request.
What a trace says is used: writes, deletes and TTLs, if it has them (--as-reads takes everything for a read).

Examples:
  herdlab replay ids.txt --policy lru,sieve,s3-fifo --size 1%,10%,5000
  herdlab replay ids.txt --policy lru,belady --size 10% --curve
  herdlab replay ids.txt --policy lru --size 100 --ttl 60s --rate 100/s
  herdlab replay ids.txt --policy lru,arc --size 20% --sample 0.5 --format json
  herdlab replay ids.txt --policy redis-lru,redis-lfu --size 64KiB --overhead redis --key-size 24";

/// The flags.
#[derive(Clone, Debug, Args)]
pub(crate) struct ReplayArgs {
    /// Traces, plain, .gz, .xz or .zst; - is stdin
    #[arg(required = true, value_name = "TRACE")]
    pub(crate) traces: Vec<PathBuf>,
    /// Eviction policies (`herdlab list evictions`), and belady
    #[arg(
        long,
        value_name = "NAMES",
        env = "HERDLAB_POLICY",
        value_delimiter = ',',
        default_value = "lru,sieve,s3-fifo",
        help_heading = "Cache"
    )]
    pub(crate) policy: Vec<String>,
    /// Sizes: 1%, 5000, 64MiB
    #[arg(
        long,
        value_name = "SIZES",
        env = "HERDLAB_SIZE",
        value_delimiter = ',',
        default_value = "1%,10%",
        help_heading = "Cache"
    )]
    pub(crate) size: Vec<String>,
    /// How long entries are kept whose trace does not say, such as 60s; for ever if not said
    #[arg(long, env = "HERDLAB_TTL", help_heading = "Cache")]
    pub(crate) ttl: Option<String>,
    /// Expired entries give up their room at once, and not when they are next looked at
    #[arg(long, env = "HERDLAB_ACTIVE_EXPIRY", value_parser = FalseyValueParser::new(), help_heading = "Cache")]
    pub(crate) active_expiry: bool,
    /// For sizes in bytes: what an entry takes beside its size, 56 or redis or redis-debian
    #[arg(
        long,
        value_name = "BYTES",
        env = "HERDLAB_OVERHEAD",
        default_value = "0",
        help_heading = "Cache"
    )]
    pub(crate) overhead: String,
    /// Bytes of an entry's size that are its key's name, where a Redis' overhead is counted
    #[arg(
        long,
        value_name = "BYTES",
        env = "HERDLAB_KEY_SIZE",
        default_value_t = 32,
        help_heading = "Cache"
    )]
    pub(crate) key_size: u32,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
    /// Take every request for a read, and use no TTLs of the trace: what other simulators do
    #[arg(long, env = "HERDLAB_AS_READS", value_parser = FalseyValueParser::new(), help_heading = "Trace")]
    pub(crate) as_reads: bool,
    /// Requests a second of a trace that has no times
    #[arg(long, env = "HERDLAB_RATE", default_value = "1000/s", help_heading = "Trace")]
    pub(crate) rate: String,
    /// Only this share of the keys, in caches as much smaller, with the error of that: for huge traces
    #[arg(long, value_name = "SHARE", env = "HERDLAB_SAMPLE", help_heading = "Trace")]
    pub(crate) sample: Option<f64>,
    /// LRU at every size, exactly, in the same pass; drawn, and in the record
    #[arg(long, env = "HERDLAB_CURVE", value_parser = FalseyValueParser::new(), help_heading = "Output")]
    pub(crate) curve: bool,
    /// Threads; one a core if not said
    #[arg(long, value_name = "N", env = "HERDLAB_THREADS", hide_short_help = true,
        value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = "Output")]
    pub(crate) threads: Option<u16>,
    #[command(flatten)]
    pub(crate) result: ResultArgs,
}

/// How a trace is read.
#[derive(Clone, Debug, Args)]
pub(crate) struct ReadingArgs {
    /// Its format, if it should not be told from its first bytes: `herdlab trace formats` has them
    #[arg(long, value_name = "FORMAT", env = "HERDLAB_TRACE_FORMAT", help_heading = "Trace")]
    pub(crate) trace_format: Option<String>,
    /// Of a csv: which column is what, such as time-col=2,obj-id-col=5
    #[arg(long, value_name = "COLUMNS", env = "HERDLAB_COLUMNS", help_heading = "Trace")]
    pub(crate) columns: Option<String>,
    /// Only so many requests
    #[arg(long, value_name = "N", env = "HERDLAB_LIMIT", help_heading = "Trace")]
    pub(crate) limit: Option<u64>,
}
