//! Thresholds: what must hold at the end of a run, in one line that a person writes and a build reads.
//!
//! `metric[.aggregate][{lane}] op limit [over DURATION] [after DURATION]`, where the limit is a number with its unit,
//! or another metric, or a factor times one. Which combinations mean something:
//! - A name of `Summary::METRICS`, with or without its `_us`, is that figure of the whole measured run.
//! - `latency.p50` to `latency.p99.999` is read from the lane's histogram.
//! - A series (`requests`, `hits`, `in_time`, `origin.calls`, `origin.duplicates`, `origin.qps`, `stampede.qps`,
//!   `hit.rate`, `goodput`, `latency.p99`) with `avg`, `min`, `max`, `peak`, `sum` or `last` is read from its seconds,
//!   from the end of the warm-up until no request is due any more. A share has no sum, nor has a latency.
//! - `after` leaves out the seconds before that time of the run. It needs a series, or a figure that one can tell.
//! - `over` takes means over so many seconds instead of single ones. It needs `min`, `max` or `peak`, of counts or
//!   shares: percentiles of several seconds have no mean that means anything.
//! - Both sides are read over the same seconds. Without `{lane}` a threshold holds for every lane, and a right side
//!   without one is of the lane on the left.

mod judge;
mod metric;
mod parse;
mod scan;
mod unit;

use std::fmt;

use herdlab_sim::time::Nanos;

use metric::Metric;
use unit::{Kind, Quantity};

pub use judge::Judged;
pub use metric::{GROUPS, Group};
pub use parse::Misread;

/// What must hold, and whether the run ends as soon as it does not.
#[derive(Clone, PartialEq, Debug)]
pub struct Threshold {
    left: Term,
    op: Op,
    limit: Limit,
    /// Whole seconds that a window is long, if single seconds are not meant.
    over: Option<u32>,
    /// The first second that counts, if that is not the warm-up's end.
    after: Option<u32>,
    /// If the run ends when it fails: looked at from this time of the run on.
    abort: Option<Nanos>,
}

/// A metric of one lane, or of each.
#[derive(Clone, PartialEq, Debug)]
struct Term {
    metric: Metric,
    lane: Option<String>,
}

/// What a value is held against.
#[derive(Clone, PartialEq, Debug)]
enum Limit {
    Number(Quantity),
    Times(f64, Term),
}

/// How.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
enum Op {
    Less,
    AtMost,
    More,
    AtLeast,
    Equal,
    Unequal,
}

impl Op {
    /// The longer ones first, so that `<=` is not read as `<`.
    const ALL: [(&'static str, Self); 6] = [
        ("<=", Self::AtMost),
        (">=", Self::AtLeast),
        ("==", Self::Equal),
        ("!=", Self::Unequal),
        ("<", Self::Less),
        (">", Self::More),
    ];

    fn holds(self, value: f64, limit: f64) -> bool {
        match self {
            Self::Less => value < limit,
            Self::AtMost => value <= limit,
            Self::More => value > limit,
            Self::AtLeast => value >= limit,
            Self::Equal => value == limit,
            Self::Unequal => value != limit,
        }
    }

    fn text(self) -> &'static str {
        Self::ALL.iter().find(|(_, op)| *op == self).map_or("", |(text, _)| text)
    }
}

impl Threshold {
    /// The same, ending a run that it fails in; looked at from `delay` on.
    ///
    /// # Errors
    /// If it compares lanes: they run on clocks of their own, and none knows the other's figures.
    pub fn aborting(self, delay: Nanos) -> Result<Self, String> {
        match &self.limit {
            Limit::Times(_, term) if term.lane.is_some() && term.lane != self.left.lane => {
                Err("compares lanes, and a lane that runs does not know another's figures: it cannot abort".to_owned())
            }
            _ => Ok(Self { abort: Some(delay), ..self }),
        }
    }

    /// From when on a failure ends the run, if it does.
    #[must_use]
    pub const fn abort(&self) -> Option<Nanos> {
        self.abort
    }

    /// The lanes that it names.
    pub fn lanes(&self) -> impl Iterator<Item = &str> {
        let right = match &self.limit {
            Limit::Times(_, term) => term.lane.as_deref(),
            Limit::Number(_) => None,
        };
        self.left.lane.as_deref().into_iter().chain(right)
    }

    /// The first second that counts, if it says so.
    #[must_use]
    pub const fn after(&self) -> Option<u32> {
        self.after
    }

    /// Whether its values are times in microseconds.
    #[must_use]
    pub fn is_time(&self) -> bool {
        self.left.metric.kind == Kind::Time
    }

    /// Whether its values are shares, from 0 to 1.
    #[must_use]
    pub fn is_share(&self) -> bool {
        self.left.metric.kind == Kind::Share
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.metric.name)?;
        match &self.lane {
            Some(lane) => write!(f, "{{{lane}}}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ", self.left, self.op.text())?;
        match &self.limit {
            Limit::Number(quantity) => write!(f, "{quantity}")?,
            Limit::Times(1.0, term) => write!(f, "{term}")?,
            Limit::Times(factor, term) => write!(f, "{factor} * {term}")?,
        }
        for (word, seconds) in [("over", self.over), ("after", self.after)] {
            if let Some(seconds) = seconds {
                write!(f, " {word} {seconds}s")?;
            }
        }
        Ok(())
    }
}
