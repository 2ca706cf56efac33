//! Flags of `herdlab origin` and their help.

use std::path::PathBuf;

use clap::Args;
use clap::builder::FalseyValueParser;

use crate::args::{Colour, Format};

/// What `--help` says at its end.
pub(crate) const HELP: &str = "Every path is computed and served: as slowly, and so many at a time, as the scenario's [origin] says, with
its events from the start on. A page for a person is at /, figures for a program at /_herdlab/figures.

Examples:
  herdlab origin --duration 1s                               127.0.0.1:9000, 250 ms an answer
  herdlab origin flush --duration 1s --listen 127.0.0.1:0    as the origin of a scenario
  herdlab origin --duration 1s --listen 127.0.0.1:9008 --cache-control max-age=10 --etag
  herdlab origin --duration 1s --listen 127.0.0.1:9009 --format json";

/// The flags.
#[derive(Clone, Debug, Args)]
pub(crate) struct OriginArgs {
    /// A scenario of the library (`herdlab list`), or a .toml file, whose origin it is
    pub(crate) scenario: Option<String>,
    /// Where it listens; port 0 is any that is free
    #[arg(
        long,
        value_name = "ADDRESS",
        env = "HERDLAB_LISTEN",
        default_value = "127.0.0.1:9000",
        help_heading = "Server"
    )]
    pub(crate) listen: String,
    /// Listen where other machines reach it
    #[arg(long, env = "HERDLAB_ALLOW_REMOTE", value_parser = FalseyValueParser::new(), help_heading = "Server")]
    pub(crate) allow_remote: bool,
    /// End after so long; when interrupted, if not said
    #[arg(long, env = "HERDLAB_DURATION", help_heading = "Server")]
    pub(crate) duration: Option<String>,
    #[command(flatten)]
    pub(crate) caching: CachingArgs,
    /// Set a field of the scenario, such as origin.concurrency=20 or origin.queue='{ limit = 100 }' (repeatable)
    #[arg(
        long,
        value_name = "PATH=VALUE",
        env = "HERDLAB_SET",
        value_delimiter = '\u{1f}',
        help_heading = "Origin"
    )]
    pub(crate) set: Vec<String>,
    /// Seed of its service times and failures
    #[arg(long, env = "HERDLAB_SEED", help_heading = "Origin")]
    pub(crate) seed: Option<u64>,
    /// What must hold of its figures, else exit code 3 (repeatable)
    #[arg(
        long = "assert",
        value_name = "EXPR",
        env = "HERDLAB_ASSERT",
        value_delimiter = '\u{1f}',
        help_heading = "Output"
    )]
    pub(crate) asserts: Vec<String>,
    /// How the result is printed
    #[arg(long, env = "HERDLAB_FORMAT", value_enum, default_value_t = Format::Human, help_heading = "Output")]
    pub(crate) format: Format,
    /// Also write it to this .json (repeatable)
    #[arg(
        short,
        long,
        value_name = "FILE",
        env = "HERDLAB_OUTPUT",
        value_delimiter = '\u{1f}',
        help_heading = "Output"
    )]
    pub(crate) output: Vec<PathBuf>,
    /// Nothing on stderr
    #[arg(short, long, env = "HERDLAB_QUIET", value_parser = FalseyValueParser::new(), help_heading = "Output")]
    pub(crate) quiet: bool,
    /// When errors are coloured
    #[arg(long, env = "HERDLAB_COLOR", value_enum, default_value_t = Colour::Auto, help_heading = "Output")]
    pub(crate) color: Colour,
}

/// What the origin tells caches.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct CachingArgs {
    /// Cache-Control of answers; max-age as the scenario's cache.ttl if not said
    #[arg(
        long,
        value_name = "TEXT",
        env = "HERDLAB_CACHE_CONTROL",
        hide_short_help = true,
        help_heading = "Origin"
    )]
    pub(crate) cache_control: Option<String>,
    /// Allow caches to serve an answer so long past its time while they ask for a new one
    #[arg(
        long,
        value_name = "SPAN",
        env = "HERDLAB_STALE_WHILE_REVALIDATE",
        hide_short_help = true,
        help_heading = "Origin"
    )]
    pub(crate) stale_while_revalidate: Option<String>,
    /// Header that answers depend on (repeatable)
    #[arg(
        long,
        value_name = "HEADER",
        env = "HERDLAB_VARY",
        value_delimiter = ',',
        hide_short_help = true,
        help_heading = "Origin"
    )]
    pub(crate) vary: Vec<String>,
    /// Send an ETag, and 304 to who has it
    #[arg(long, env = "HERDLAB_ETAG", value_parser = FalseyValueParser::new(), hide_short_help = true, help_heading = "Origin")]
    pub(crate) etag: bool,
}
