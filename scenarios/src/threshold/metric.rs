//! The names on a threshold's two sides: which figure each means.

use herdlab_sim::measure::Summary;

use super::unit::Kind;
use crate::nearest::nearest;

/// The seconds of a run that a threshold can be about.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Stream {
    Requests,
    Hits,
    InTime,
    Calls,
    Duplicates,
    HitRate,
    Goodput,
    P99,
}

const STREAMS: &[(&str, Stream)] = &[
    ("requests", Stream::Requests),
    ("hits", Stream::Hits),
    ("in_time", Stream::InTime),
    ("origin.calls", Stream::Calls),
    ("origin.duplicates", Stream::Duplicates),
    ("origin.qps", Stream::Calls),
    ("stampede.qps", Stream::Duplicates),
    ("hit.rate", Stream::HitRate),
    ("goodput", Stream::Goodput),
    ("latency.p99", Stream::P99),
    ("latency.p99_us", Stream::P99),
];

impl Stream {
    const fn kind(self, aggregate: Aggregate) -> Kind {
        match self {
            Self::HitRate | Self::Goodput => Kind::Share,
            Self::P99 => Kind::Time,
            _ if matches!(aggregate, Aggregate::Sum) => Kind::Count,
            _ => Kind::Rate,
        }
    }
}

/// How seconds become one figure.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Aggregate {
    Avg,
    Min,
    Max,
    Sum,
    Last,
}

const AGGREGATES: &[(&str, Aggregate)] = &[
    ("avg", Aggregate::Avg),
    ("min", Aggregate::Min),
    ("max", Aggregate::Max),
    ("peak", Aggregate::Max),
    ("sum", Aggregate::Sum),
    ("last", Aggregate::Last),
];

/// Where a figure is read.
#[derive(Copy, Clone, PartialEq, Debug)]
pub(super) enum Source {
    /// In the summary, by its place in [`Summary::METRICS`].
    Summary(usize),
    /// In the latency histogram: the share of requests that it is not above for.
    Percentile(f64),
    Seconds(Stream, Aggregate),
}

/// A figure by its name.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Metric {
    /// As it is printed: without `_us`.
    pub(super) name: String,
    pub(super) source: Source,
    pub(super) kind: Kind,
}

/// Figures of a summary that the seconds can tell as well.
const BY_SECONDS: &[(&str, Stream, Aggregate)] = &[
    ("requests", Stream::Requests, Aggregate::Sum),
    ("origin.calls", Stream::Calls, Aggregate::Sum),
    ("origin.duplicates", Stream::Duplicates, Aggregate::Sum),
    ("origin.qps.avg", Stream::Calls, Aggregate::Avg),
    ("origin.qps.peak", Stream::Calls, Aggregate::Max),
    ("stampede.qps.avg", Stream::Duplicates, Aggregate::Avg),
    ("stampede.qps.peak", Stream::Duplicates, Aggregate::Max),
    ("hit.rate", Stream::HitRate, Aggregate::Avg),
    ("goodput", Stream::Goodput, Aggregate::Avg),
];

/// What is said of a name that means nothing: what is wrong, and what to do.
pub(super) type Unknown = (String, String);

impl Metric {
    pub(super) fn named(said: &str) -> Result<Self, Unknown> {
        let name = said.strip_suffix("_us").unwrap_or(said).to_owned();
        let summary = Summary::METRICS
            .iter()
            .position(|(known, _)| *known == said || known.strip_suffix("_us") == Some(said));
        if let Some(index) = summary {
            let kind = Kind::of(Summary::METRICS[index].0);
            return Ok(Self { name, source: Source::Summary(index), kind });
        }
        if let Some(percent) = name.strip_prefix("latency.p").and_then(percent) {
            let percent = percent?;
            return Ok(Self {
                name,
                source: Source::Percentile(percent / 100.0),
                kind: Kind::Time,
            });
        }
        if let Some((base, word)) = said.rsplit_once('.')
            && let Some((_, stream)) = STREAMS.iter().find(|(known, _)| *known == base)
        {
            return Self::aggregate(said, *stream, word);
        }
        Err(unknown(said))
    }

    fn aggregate(said: &str, stream: Stream, word: &str) -> Result<Self, Unknown> {
        let Some((_, aggregate)) = AGGREGATES.iter().find(|(known, _)| *known == word) else {
            let names: Vec<&str> = AGGREGATES.iter().map(|(name, _)| *name).collect();
            return Err((
                format!("{said}: {word:?} is no aggregate of a series"),
                format!("it is one of: {}", names.join(", ")),
            ));
        };
        let kind = stream.kind(*aggregate);
        if *aggregate == Aggregate::Sum && matches!(kind, Kind::Share | Kind::Time) {
            return Err((
                format!(
                    "{said}: {}s of single seconds have no sum",
                    kind.words().0.trim_start_matches("a ")
                ),
                "avg, min, max and last are".to_owned(),
            ));
        }
        // `latency.p99_us.max` is printed as it is known without its unit.
        let name = said.replace("_us.", ".");
        Ok(Self { name, source: Source::Seconds(stream, *aggregate), kind })
    }

    /// The same figure, read in the seconds: what `over` and `after` need.
    pub(super) fn by_seconds(self) -> Result<Self, Unknown> {
        if matches!(self.source, Source::Seconds(..)) {
            return Ok(self);
        }
        let found = BY_SECONDS.iter().find(|(name, ..)| *name == self.name);
        match found {
            Some((_, stream, aggregate)) => {
                Ok(Self { source: Source::Seconds(*stream, *aggregate), ..self })
            }
            None => {
                let names: Vec<&str> = BY_SECONDS.iter().map(|(name, ..)| *name).collect();
                Err((
                    format!("{} is known for the whole run only, not by the second", self.name),
                    format!(
                        "over and after take {}, and a series with an aggregate, such as latency.p99.max or hit.rate.min",
                        names.join(", ")
                    ),
                ))
            }
        }
    }

    /// Whether means over several seconds make sense.
    pub(super) const fn has_windows(&self) -> bool {
        matches!(
            self.source,
            Source::Seconds(stream, Aggregate::Min | Aggregate::Max) if !matches!(stream, Stream::P99)
        )
    }
}

/// The number behind `latency.p`, if that is one.
fn percent(text: &str) -> Option<Result<f64, Unknown>> {
    let plain = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || c == '.');
    let percent: f64 = plain.then(|| text.parse().ok()).flatten()?;
    Some(if (50.0..=99.999).contains(&percent) {
        Ok(percent)
    } else {
        Err((
            format!("latency.p{text} is no percentile that is kept"),
            "they go from latency.p50 to latency.p99.999; latency.max is the longest".to_owned(),
        ))
    })
}

fn unknown(said: &str) -> Unknown {
    if let Some((name, _)) = STREAMS.iter().find(|(name, _)| *name == said) {
        let what = format!("{name} is a figure for each second, and a threshold needs one");
        return (what, format!("say which: {name}.avg, .min, .max, .sum or .last"));
    }
    let full = Summary::METRICS.iter().map(|(name, _)| *name);
    let short = full.clone().filter_map(|name| name.strip_suffix("_us"));
    let hint = nearest(said, short.chain(full)).map_or_else(
        || "`herdlab list metrics` has them all".to_owned(),
        |near| format!("did you mean {near}? `herdlab list metrics` has them all"),
    );
    (format!("there is no metric {said:?}"), hint)
}

/// Metrics of one kind, for a list.
#[derive(Copy, Clone, Debug)]
pub struct Group {
    /// What they are and which units a limit takes.
    pub title: &'static str,
    kind: Kind,
}

/// All kinds.
pub const GROUPS: &[Group] = &[
    Group {
        title: "Times (microseconds in a record; a limit takes ns, us, ms, s, m)",
        kind: Kind::Time,
    },
    Group { title: "Shares (0 to 1; a limit takes 0.99 or 99%)", kind: Kind::Share },
    Group { title: "Rates (per second; a limit takes 2000, 2000/s, 2k/s)", kind: Kind::Rate },
    Group { title: "Counts (a limit takes 1, 10k, 2M)", kind: Kind::Count },
];

impl Group {
    /// Its metrics: name, what it is, and whether it is known by the second, so that `after` may follow.
    pub fn metrics(self) -> impl Iterator<Item = (&'static str, &'static str, bool)> {
        Summary::METRICS.iter().filter(move |(name, _)| Kind::of(name) == self.kind).map(
            |(name, about)| (*name, *about, BY_SECONDS.iter().any(|(known, ..)| known == name)),
        )
    }

    /// The series of a run, each of which takes an aggregate.
    pub fn series() -> impl Iterator<Item = &'static str> {
        STREAMS.iter().map(|(name, _)| *name).filter(|name| !name.ends_with("_us"))
    }

    /// The aggregates.
    pub fn aggregates() -> impl Iterator<Item = &'static str> {
        AGGREGATES.iter().map(|(name, _)| *name)
    }
}
