//! Flags of `herdlab matrix`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

pub(crate) const HELP: &str = "Examples:
  herdlab matrix                                   all strategies against all faults
  herdlab matrix -s lock,lease --fault flush       with the figures that decide
  herdlab matrix --fault slow-origin --format markdown
  herdlab matrix --fault flush -o matrix.json -o matrix.md

Words: protected (at most 10% of the harm that the bare ttl suffers is left), partly (at most 70%), no, worse (more than 125%).";

#[derive(Clone, Debug, Args)]
pub(crate) struct MatrixArgs {
    /// Only these strategies or layers, beside ttl, which all are held against
    #[arg(
        short = 's',
        long = "strategy",
        value_name = "NAMES",
        value_delimiter = ',',
        help_heading = "Strategy"
    )]
    pub(crate) lanes: Vec<String>,
    /// Only these faults
    #[arg(long = "fault", value_name = "NAMES", value_delimiter = ',', help_heading = "Workload")]
    pub(crate) faults: Vec<String>,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t = MatrixFormat::Human, help_heading = "Output")]
    pub(crate) format: MatrixFormat,
    /// Also write it to this .json or .md (repeatable)
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub(crate) output: Vec<PathBuf>,
}

#[derive(Copy, Clone, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum MatrixFormat {
    /// A table of marks; of a few lanes also the figures
    Human,
    /// Tables of words and figures
    Markdown,
    /// Every cell with its figures
    Json,
}
