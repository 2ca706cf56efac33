//! Flags and their help.

use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use herdlab_loadgen::Settings;

use crate::bench::args::{self as bench, BenchArgs};
use crate::exit::Exit;
use crate::load::args::{self as load, LoadArgs};
use crate::matrix::args::{self as matrix, MatrixArgs};
use crate::origin::args::{self as origin, OriginArgs};
use crate::replay::args::{self as replay, ReplayArgs};
use crate::sweep::args::{self as sweep, SweepArgs};
use crate::tls::TlsArgs;
use crate::trace::args::TraceCommand;
use crate::verify::args::{self as verify, VerifyArgs};

/// Will your database survive when the cache does not?
#[derive(Debug, Parser)]
#[command(name = "herdlab", version, about, max_term_width = 100, after_help = EXITS)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

const EXITS: &str = "Exit codes: 0 done, 1 error at run time, 2 wrong flag or scenario, 3 threshold failed, 4 backend unreachable, \
5 generator overloaded, 130 interrupted, 143 terminated (the summary and the record are still written)";
const _: () = assert!(Exit::Overloaded.code() == 5 && Exit::Unreachable.code() == 4);

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run one strategy of a scenario
    #[command(after_long_help = "Examples:
  herdlab run flush-lockup                       its first strategy, in virtual time
  herdlab run hot-key-expiry -s lock --seed 7    another one, on other requests
  herdlab run flush -s xfetch --format json      the record, for a program
  herdlab run flush -s lock --assert 'herd.max <= 1'    exit code 3 if it is more")]
    Run(RunArgs),
    /// Compare strategies on the same stream of requests
    #[command(after_long_help = "Examples:
  herdlab compare hot-key-expiry                               every strategy of the scenario, in virtual time
  herdlab compare flush -s ttl,lock,xfetch --set strategy.beta=2
  herdlab compare hot-key-expiry --rate 500/s --duration 60s -o run.json
  herdlab compare hot-key-expiry --assert 'herd.max{lock} <= 1' -o run.json -o run.csv -o run.md
  herdlab compare hot-key-expiry -s ttl,lock --duration 12s --on redis    a real Redis of our own, in real time")]
    Compare(RunArgs),
    /// Run a grid of any fields over seeds: means with intervals, theory, the Pareto front, the knee
    #[command(after_long_help = sweep::HELP)]
    Sweep(SweepArgs),
    /// Run every strategy against every fault: protected, partly, no or worse, with the figures that decide
    #[command(after_long_help = matrix::HELP)]
    Matrix(MatrixArgs),
    /// Benchmark real caches side by side: rounds in turn, differences with intervals, the highest rate that meets a bound
    #[command(after_long_help = bench::HELP)]
    Bench(BenchArgs),
    /// Put load on a site over HTTP: hits and misses told, herds at an origin of ours behind it, leaks
    #[command(after_long_help = load::HELP)]
    Load(Box<LoadArgs>),
    /// Serve a slow HTTP origin to put behind your own cache, and count what reaches it
    #[command(after_long_help = origin::HELP)]
    Origin(Box<OriginArgs>),
    /// Open a record in the terminal UI
    #[command(after_long_help = "Examples:
  herdlab compare flush -q -o run.json
  herdlab view run.json")]
    View(ViewArgs),
    /// Hold the model against a real cache on one scenario: figures side by side, and whether they agree
    #[command(after_long_help = verify::HELP)]
    Verify(VerifyArgs),
    /// Replay traces through eviction policies and sizes: exact miss counts, the miss-ratio curve
    #[command(after_long_help = replay::HELP)]
    Replay(ReplayArgs),
    /// What a trace is like, and traces in other formats
    #[command(subcommand)]
    Trace(TraceCommand),
    /// Show a scenario resolved: every field, its value and where it comes from
    #[command(after_long_help = "Examples:
  herdlab check hot-key-expiry
  herdlab check flush --set cache.ttl=30s")]
    Check(CheckArgs),
    /// Write a scenario to begin with: every field, with what it is and may be
    #[command(after_long_help = "Examples:
  herdlab new                                    my-scenario.toml
  herdlab new shop --from flush -o shop.toml     as a scenario of the library")]
    New(NewArgs),
    /// Print the JSON Schema of scenarios, for editors
    #[command(after_long_help = "Examples:
  herdlab schema

Save it, and say so on a scenario's first line: #:schema ./herdlab.schema.json
Editors that know TOML (Taplo, VS Code with Even Better TOML) then complete and explain fields.")]
    Schema,
    /// List what there is: scenarios, strategies, evictions, metrics
    #[command(after_long_help = "Examples:
  herdlab list
  herdlab list metrics")]
    List(ListArgs),
    /// Explain a topic, metric, strategy or finding: its meaning, formula, source, and a command that shows it
    #[command(after_long_help = "Examples:
  herdlab explain                   the names there are
  herdlab explain stampede
  herdlab explain herd.max
  herdlab explain never-early")]
    Explain(ExplainArgs),
}

#[derive(Clone, Debug, Args)]
pub(crate) struct ScenarioArgs {
    /// Set a field of the scenario, such as cache.ttl=5s or strategy.beta=2 (repeatable)
    #[arg(
        long,
        value_name = "PATH=VALUE",
        env = "HERDLAB_SET",
        value_delimiter = '\u{1f}',
        help_heading = "Workload"
    )]
    pub(crate) set: Vec<String>,
    /// Seed of every stream of draws: the same seed, the same requests
    #[arg(long, env = "HERDLAB_SEED", help_heading = "Workload")]
    pub(crate) seed: Option<u64>,
    /// How long requests are due, such as 60s
    #[arg(long, env = "HERDLAB_DURATION", help_heading = "Workload")]
    pub(crate) duration: Option<String>,
    /// Requests a second, such as 2000/s
    #[arg(long, env = "HERDLAB_RATE", help_heading = "Workload")]
    pub(crate) rate: Option<String>,
    /// Keep these lanes, or add these strategies, such as ttl,lock
    #[arg(
        short,
        long = "strategy",
        value_name = "NAMES",
        env = "HERDLAB_STRATEGY",
        value_delimiter = ',',
        help_heading = "Strategy"
    )]
    pub(crate) strategies: Vec<String>,
    /// When errors are coloured
    #[arg(long, env = "HERDLAB_COLOR", value_enum, default_value_t = Colour::Auto, help_heading = "Display")]
    pub(crate) color: Colour,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct RunArgs {
    /// A scenario of the library (`herdlab list`), or a .toml file
    pub(crate) scenario: String,
    #[command(flatten)]
    pub(crate) with: ScenarioArgs,
    /// Where: model (virtual time); in real time redis, memcached (private), memory, or a server's URL
    #[arg(
        long,
        value_name = "WHERE",
        env = "HERDLAB_ON",
        hide_env_values = true, // it may hold a password
        default_value = "model",
        help_heading = "Backend"
    )]
    pub(crate) on: String,
    /// Allow a server on another machine
    #[arg(long, env = "HERDLAB_ALLOW_REMOTE", value_parser = FalseyValueParser::new(), help_heading = "Backend")]
    pub(crate) allow_remote: bool,
    /// Let a scenario's flush empty the whole database of a server of yours, with what others keep there
    #[arg(long, env = "HERDLAB_ALLOW_FLUSH", hide_short_help = true, value_parser = FalseyValueParser::new(), help_heading = "Backend")]
    pub(crate) allow_flush: bool,
    #[command(flatten)]
    pub(crate) tls: TlsArgs,
    /// What must hold, else exit code 3 (repeatable)
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
    /// Also write it to this .json, .csv, .md or .hlog (repeatable)
    #[arg(
        short,
        long,
        value_name = "FILE",
        env = "HERDLAB_OUTPUT",
        value_delimiter = '\u{1f}',
        help_heading = "Output"
    )]
    pub(crate) output: Vec<PathBuf>,
    /// No progress and no warnings on stderr
    #[arg(short, long, env = "HERDLAB_QUIET", value_parser = FalseyValueParser::new(), help_heading = "Output")]
    pub(crate) quiet: bool,
    #[command(flatten)]
    pub(crate) screen: ScreenArgs,
}

impl RunArgs {
    /// For the load generator.
    pub(crate) fn settings(&self) -> Settings {
        let Self { allow_remote, allow_flush, .. } = *self;
        Settings { allow_remote, allow_flush, tls: self.tls.settings(), ..Settings::default() }
    }
}

/// Where a result goes that is no run's.
#[derive(Clone, Debug, Args)]
pub(crate) struct ResultArgs {
    /// How the result is printed
    #[arg(long, env = "HERDLAB_FORMAT", value_enum, default_value_t = Format::Human, help_heading = "Output")]
    pub(crate) format: Format,
    /// Also write it to this .json, .csv or .md (repeatable)
    #[arg(
        short,
        long,
        value_name = "FILE",
        env = "HERDLAB_OUTPUT",
        value_delimiter = '\u{1f}',
        help_heading = "Output"
    )]
    pub(crate) output: Vec<PathBuf>,
}

/// When the terminal UI opens, and how it looks.
#[derive(Clone, Debug, Args)]
pub(crate) struct ShowArgs {
    /// Plain lines instead of the terminal UI
    #[arg(long, env = "HERDLAB_NO_TUI", value_parser = FalseyValueParser::new(), help_heading = "Output")]
    pub(crate) no_tui: bool,
    #[command(flatten)]
    pub(crate) look: LookArgs,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct ScreenArgs {
    #[command(flatten)]
    pub(crate) show: ShowArgs,
    /// Play the terminal UI without a terminal: 'run 20s; key f; run 10s; snap out.svg'
    #[arg(long, value_name = "SCRIPT", help_heading = "Display", hide_short_help = true)]
    pub(crate) script: Option<String>,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct LookArgs {
    /// Frames a second of the terminal UI, at the most
    #[arg(long, env = "HERDLAB_FPS", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=120), help_heading = "Display", hide_short_help = true)]
    pub(crate) fps: u32,
    /// What charts are drawn with
    #[arg(long, env = "HERDLAB_GLYPHS", value_enum, default_value_t = GlyphSet::Auto, help_heading = "Display", hide_short_help = true)]
    pub(crate) glyphs: GlyphSet,
    /// Colours of the terminal UI
    #[arg(long, env = "HERDLAB_PALETTE", value_enum, default_value_t = Colours::Auto, help_heading = "Display", hide_short_help = true)]
    pub(crate) palette: Colours,
    /// Give the mouse to the terminal UI: lanes and instants by a click, zoom by the wheel
    #[arg(long, env = "HERDLAB_MOUSE", value_parser = FalseyValueParser::new(), help_heading = "Display", hide_short_help = true)]
    pub(crate) mouse: bool,
}

#[derive(Copy, Clone, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum GlyphSet {
    /// Blocks, or ASCII if the locale is not UTF-8
    Auto,
    Block,
    Braille,
    Ascii,
}

#[derive(Copy, Clone, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Colours {
    /// Full colours if COLORTERM says that there are, else the terminal's own; none with NO_COLOR
    Auto,
    Full,
    /// Told apart by colour-blind people
    OkabeIto,
    /// The terminal's own sixteen
    Ansi,
    Mono,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct ViewArgs {
    /// A record: run.json
    pub(crate) record: PathBuf,
    #[command(flatten)]
    pub(crate) look: LookArgs,
    /// Play the terminal UI without a terminal: 'key End; snap out.svg'
    #[arg(long, value_name = "SCRIPT", help_heading = "Display", hide_short_help = true)]
    pub(crate) script: Option<String>,
    /// When there is colour
    #[arg(long, env = "HERDLAB_COLOR", value_enum, default_value_t = Colour::Auto, help_heading = "Display")]
    pub(crate) color: Colour,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct CheckArgs {
    /// Scenarios of the library, or .toml files
    #[arg(required = true)]
    pub(crate) scenarios: Vec<String>,
    #[command(flatten)]
    pub(crate) with: ScenarioArgs,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct NewArgs {
    /// Its name
    #[arg(default_value = "my-scenario")]
    pub(crate) name: String,
    /// Where to write it, if not to NAME.toml
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Begin as this scenario, of the library or a .toml file
    #[arg(long, value_name = "SCENARIO")]
    pub(crate) from: Option<String>,
    /// Write over a file that is there
    #[arg(long)]
    pub(crate) force: bool,
    /// When errors are coloured
    #[arg(long, env = "HERDLAB_COLOR", value_enum, default_value_t = Colour::Auto, help_heading = "Display")]
    pub(crate) color: Colour,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct ListArgs {
    /// Which; all if not said
    pub(crate) what: Option<What>,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct ExplainArgs {
    /// What; the names there are if not said
    pub(crate) name: Option<String>,
}

#[derive(Copy, Clone, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum What {
    /// Scenarios that come with the program
    Scenarios,
    /// Strategies and their parameters
    Strategies,
    /// Eviction policies
    Evictions,
    /// Metrics of a run's record
    Metrics,
}

#[derive(Copy, Clone, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Format {
    /// A verdict, a table, and the command that repeats it
    Human,
    /// The record, as its schema has it
    Json,
    /// Tidy rows: one a second and lane, or of a sweep one a point, lane and metric
    Csv,
    /// The table, for a comment on a change
    Markdown,
    /// A histogram a second and lane, HdrHistogram's log: for files only
    #[value(skip)]
    IntervalLog,
}

#[derive(Copy, Clone, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Colour {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    Always,
    Never,
}

impl Colour {
    /// Whether the terminal UI has colour.
    pub(crate) fn on_screen(self) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => std::env::var_os("NO_COLOR").is_none_or(|said| said.is_empty()),
        }
    }

    /// Whether stderr is coloured.
    pub(crate) fn on_stderr(self) -> bool {
        use std::io::IsTerminal;
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => {
                std::io::stderr().is_terminal()
                    && std::env::var_os("NO_COLOR").is_none_or(|said| said.is_empty())
                    && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
            }
        }
    }
}
