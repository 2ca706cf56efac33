//! Flags of `herdlab load` and their help.

use clap::Args;
use clap::builder::FalseyValueParser;

use crate::args::{Colour, ResultArgs, ShowArgs};
use crate::origin::args::CachingArgs;
use crate::tick::TickArgs;
use crate::tls::TlsArgs;

/// What `--help` says at its end.
pub(crate) const HELP: &str = "In URLs, headers, cookies and bodies {id} is the item, 0 for the most popular, and every --var has its name;
a brace that is meant is written twice. Whether an answer is a hit is told from Cache-Status (RFC 9211), X-Cache-Status,
CF-Cache-Status, X-Cache, X-Varnish, Server-Timing or Age, the first that says something; one that says nothing is
unknown. --hit has a rule instead:
  header X-Foo | header X-Foo = HIT | header X-Foo contains HIT | status = 203 | body contains cached | latency < 5ms

Examples:
  herdlab load 'http://127.0.0.1:9004/p/{id}' --origin 127.0.0.1:9004 --duration 2s    no cache
  herdlab load 'http://127.0.0.1:9001/{id}' --origin 127.0.0.1:9001 --users 50 --duration 2s
  herdlab load 'http://127.0.0.1:9002/{l}' --origin 127.0.0.1:9002 --duration 2s --var l=en,de
  herdlab load http://127.0.0.1:9003/ --origin 127.0.0.1:9003 --duration 2s --assert 'failed <= 0'
Without --rate or --users it is 100/s; without a scenario it takes 10 s, the first of them not measured, and clients wait 10 s.";

/// The flags.
#[derive(Clone, Debug, Args)]
pub(crate) struct LoadArgs {
    /// URL with variables, such as 'http://127.0.0.1:8000/product/{id}?lang={lang}'
    #[arg(required_unless_present = "scenario")]
    pub(crate) url: Option<String>,
    /// Scenario whose traffic, thresholds and origin are meant, and whose target without a URL; a plain one if not said
    #[arg(long, env = "HERDLAB_SCENARIO", hide_short_help = true, help_heading = "Workload")]
    pub(crate) scenario: Option<String>,
    /// Requests a second whatever the answers do (open loop)
    #[arg(long, env = "HERDLAB_RATE", conflicts_with = "users", help_heading = "Workload")]
    pub(crate) rate: Option<String>,
    /// Gaps of --rate
    #[arg(long, env = "HERDLAB_ARRIVALS", hide_short_help = true, value_parser = ["poisson", "constant", "bursty"], help_heading = "Workload")]
    pub(crate) arrivals: Option<String>,
    /// Users who ask again when answered (closed loop)
    #[arg(long, value_name = "N", env = "HERDLAB_USERS", help_heading = "Workload")]
    pub(crate) users: Option<u32>,
    /// Pause of a user between an answer and the next request
    #[arg(
        long,
        value_name = "SPAN",
        env = "HERDLAB_THINK",
        hide_short_help = true,
        requires = "users",
        help_heading = "Workload"
    )]
    pub(crate) think: Option<String>,
    /// Items: zipf:1.0:10k, uniform:1000, hotspot:10:90%:10k, trace:FILE
    #[arg(long, value_name = "LAW", env = "HERDLAB_KEYS", help_heading = "Workload")]
    pub(crate) keys: Option<String>,
    /// How long requests are due, such as 60s
    #[arg(long, env = "HERDLAB_DURATION", help_heading = "Workload")]
    pub(crate) duration: Option<String>,
    /// Part of that before the measured part
    #[arg(long, env = "HERDLAB_WARMUP", hide_short_help = true, help_heading = "Workload")]
    pub(crate) warmup: Option<String>,
    /// A client's patience
    #[arg(long, env = "HERDLAB_TIMEOUT", hide_short_help = true, help_heading = "Workload")]
    pub(crate) timeout: Option<String>,
    /// Seed of every draw
    #[arg(long, env = "HERDLAB_SEED", hide_short_help = true, help_heading = "Workload")]
    pub(crate) seed: Option<u64>,
    /// Set a field of the scenario, such as traffic.profile (repeatable)
    #[arg(
        long,
        value_name = "PATH=VALUE",
        env = "HERDLAB_SET",
        value_delimiter = '\u{1f}',
        hide_short_help = true,
        help_heading = "Workload"
    )]
    pub(crate) set: Vec<String>,
    /// Variable with its values, such as lang=en,de or user=1..1000 (repeatable)
    #[arg(
        long = "var",
        value_name = "NAME=VALUES",
        env = "HERDLAB_VAR",
        value_delimiter = '\u{1f}',
        help_heading = "Request"
    )]
    pub(crate) variables: Vec<String>,
    /// Header with variables, such as 'Accept-Language: {lang}' (repeatable)
    #[arg(
        short = 'H',
        long = "header",
        value_name = "HEADER",
        env = "HERDLAB_HEADER",
        hide_env_values = true, // it may hold a password
        value_delimiter = '\u{1f}',
        help_heading = "Request"
    )]
    pub(crate) headers: Vec<String>,
    /// Cookie with variables, such as 'session={user}' (repeatable)
    #[arg(
        long = "cookie",
        value_name = "COOKIE",
        env = "HERDLAB_COOKIE",
        hide_env_values = true,
        value_delimiter = '\u{1f}',
        hide_short_help = true,
        help_heading = "Request"
    )]
    pub(crate) cookies: Vec<String>,
    /// Method; GET if not said
    #[arg(
        short = 'X',
        long,
        env = "HERDLAB_METHOD",
        hide_short_help = true,
        help_heading = "Request"
    )]
    pub(crate) method: Option<String>,
    /// Body with variables
    #[arg(
        long,
        value_name = "TEXT",
        env = "HERDLAB_BODY",
        hide_short_help = true,
        help_heading = "Request"
    )]
    pub(crate) body: Option<String>,
    /// Take compressed answers, and unpack them
    #[arg(long, env = "HERDLAB_COMPRESSED", value_parser = FalseyValueParser::new(), hide_short_help = true, help_heading = "Request")]
    pub(crate) compressed: bool,
    /// Requests at a time; who comes beyond waits for a connection
    #[arg(long, value_name = "N", env = "HERDLAB_CONNECTIONS", default_value_t = 100, hide_short_help = true,
        value_parser = clap::value_parser!(u32).range(1..=100_000), help_heading = "Connection")]
    pub(crate) connections: u32,
    /// A new connection for each request
    #[arg(long, env = "HERDLAB_CHURN", value_parser = FalseyValueParser::new(), hide_short_help = true, help_heading = "Connection")]
    pub(crate) churn: bool,
    /// Speak HTTP/2 from the first byte on
    #[arg(long, env = "HERDLAB_HTTP2", value_parser = FalseyValueParser::new(), hide_short_help = true, conflicts_with = "churn", help_heading = "Connection")]
    pub(crate) http2: bool,
    /// Redirects in a row that are followed, within the host
    #[arg(long, value_name = "N", env = "HERDLAB_REDIRECTS", default_value_t = 5, hide_short_help = true,
        value_parser = clap::value_parser!(u32).range(0..=100), help_heading = "Connection")]
    pub(crate) redirects: u32,
    /// Longest body that is read, on the wire and unpacked
    #[arg(
        long,
        value_name = "SIZE",
        env = "HERDLAB_BODY_LIMIT",
        default_value = "16MiB",
        hide_short_help = true,
        help_heading = "Connection"
    )]
    pub(crate) body_limit: String,
    /// Rule of what a hit is, such as 'header X-Foo = HIT'
    #[arg(long, value_name = "RULE", env = "HERDLAB_HIT", help_heading = "Judgement")]
    pub(crate) hit: Option<String>,
    /// What an answer must hold, such as 'Hello {user}'; one that holds another's was leaked
    #[arg(long, value_name = "TEXT", env = "HERDLAB_MUST_CONTAIN", help_heading = "Judgement")]
    pub(crate) must_contain: Option<String>,
    /// What must hold, else exit code 3 (repeatable)
    #[arg(
        long = "assert",
        value_name = "EXPR",
        env = "HERDLAB_ASSERT",
        value_delimiter = '\u{1f}',
        help_heading = "Judgement"
    )]
    pub(crate) asserts: Vec<String>,
    /// Origin behind the site: an address to start one at, or the http:// URL of one that runs
    #[arg(long, value_name = "WHERE", env = "HERDLAB_ORIGIN", help_heading = "Origin")]
    pub(crate) origin: Option<String>,
    #[command(flatten)]
    pub(crate) caching: CachingArgs,
    /// Allow a site on another machine
    #[arg(long, env = "HERDLAB_ALLOW_REMOTE", value_parser = FalseyValueParser::new(), hide_short_help = true, help_heading = "Backend")]
    pub(crate) allow_remote: bool,
    /// Allow more than 100 requests a second there
    #[arg(long, env = "HERDLAB_YES", value_parser = FalseyValueParser::new(), hide_short_help = true, help_heading = "Backend")]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) tls: TlsArgs,
    #[command(flatten)]
    pub(crate) tick: TickArgs,
    #[command(flatten)]
    pub(crate) result: ResultArgs,
    #[command(flatten)]
    pub(crate) show: ShowArgs,
    /// No progress and no warnings on stderr
    #[arg(short, long, env = "HERDLAB_QUIET", value_parser = FalseyValueParser::new(), hide_short_help = true, help_heading = "Output")]
    pub(crate) quiet: bool,
    /// When errors are coloured
    #[arg(long, env = "HERDLAB_COLOR", value_enum, default_value_t = Colour::Auto, hide_short_help = true, help_heading = "Output")]
    pub(crate) color: Colour,
}
