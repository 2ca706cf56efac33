//! Flags of `herdlab trace`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::replay::args::ReadingArgs;

/// What to do with a trace.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum TraceCommand {
    /// What a trace is like: keys, skew, reuse, rate
    #[command(after_long_help = "Examples:
  herdlab trace info ids.txt
  herdlab trace info ids.txt --limit 5")]
    Info(InfoArgs),
    /// Write a trace in another format
    #[command(after_long_help = "Examples:
  herdlab trace convert ids.txt ids.csv
  herdlab trace convert ids.txt ids.bin --to oracle-general")]
    Convert(ConvertArgs),
    /// The formats that are read
    #[command(after_long_help = "Examples:
  herdlab trace formats")]
    Formats,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct InfoArgs {
    /// A trace, plain, .gz, .xz or .zst; - is stdin
    pub(crate) trace: PathBuf,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct ConvertArgs {
    /// A trace, plain, .gz, .xz or .zst; - is stdin
    pub(crate) trace: PathBuf,
    /// Where to write it
    pub(crate) output: PathBuf,
    /// The format; told by the name's extension if not said: .csv, .txt (ids), .bin (oracle-general)
    #[arg(long, value_enum)]
    pub(crate) to: Option<To>,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
}

/// A format that is written.
#[derive(Copy, Clone, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum To {
    /// time,id,size,operation,ttl with a header
    Csv,
    /// One id a line
    Ids,
    /// libCacheSim's, with the number of the next request for each id; holds 12 bytes a request in memory
    OracleGeneral,
}
