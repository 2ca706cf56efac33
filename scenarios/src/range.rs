//! Points between two quantities, at equal steps or at equal ratios.

use herdlab_sim::time::Nanos;

use crate::units;
use crate::vary::{EXAMPLES, MOST_POINTS, Point};

/// What a quantity measures.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Number,
    Span,
    Rate,
    Size,
}

impl Kind {
    /// A quantity in its own unit: nanoseconds, a second, bytes.
    pub(crate) fn read(text: &str) -> Option<(Self, f64)> {
        let text = text.trim();
        let plain: String = text.chars().filter(|c| *c != '_').collect();
        let number = plain.parse::<f64>().ok().filter(|n| n.is_finite());
        number
            .map(|n| (Self::Number, n))
            .or_else(|| units::span(text).ok().map(|span| (Self::Span, span.as_nanos() as f64)))
            .or_else(|| units::rate(text).ok().map(|rate| (Self::Rate, rate)))
            .or_else(|| units::size(text).ok().map(|size| (Self::Size, size as f64)))
    }

    fn text(self, value: f64) -> String {
        match self {
            Self::Number => value.to_string(),
            Self::Span => Nanos::from_nanos(value.round() as u64).to_string(),
            Self::Rate => units::rate_text(value),
            Self::Size => units::size_text(value.round() as u64),
        }
    }

    /// What a plot's axis counts in: seconds, not nanoseconds.
    pub(crate) fn shown(self, value: f64) -> f64 {
        if self == Self::Span { value / 1e9 } else { value }
    }
}

/// `a..b:n` or `a..b:logn`.
pub(crate) struct Range {
    pub(crate) kind: Kind,
    from: f64,
    to: f64,
    count: usize,
    pub(crate) geometric: bool,
}

impl Range {
    /// Reads what stands on both sides of the two dots.
    pub(crate) fn parse(from: &str, rest: &str) -> Result<Self, String> {
        let Some((to, count)) = rest.split_once(':') else {
            return Err(format!("a range says how many points it has; write {EXAMPLES}"));
        };
        let (geometric, digits) = match count.trim().strip_prefix("log") {
            Some(digits) => (true, digits),
            None => (false, count.trim()),
        };
        let points = digits.parse().ok().filter(|n| (2..=MOST_POINTS).contains(n));
        let Some(points) = points else {
            let what = format!("{:?} is no number of points, 2 to {MOST_POINTS}", count.trim());
            return Err(format!("{what}; write {EXAMPLES}"));
        };
        let end = |text: &str| {
            Kind::read(text).ok_or_else(|| {
                let what =
                    format!("{:?} is no quantity that a range can begin or end with", text.trim());
                format!("{what}; write {EXAMPLES}, with units where the field has them: 5s..60s:4")
            })
        };
        let ((kind, from), (other, to)) = (end(from)?, end(to)?);
        if kind != other {
            return Err(
                "both ends of a range have the same kind of unit, such as 5s..60s:4".to_owned()
            );
        }
        if from == to {
            return Err(
                "the range begins where it ends; give one value, or two different ends".to_owned()
            );
        }
        if geometric && (from <= 0.0 || to <= 0.0) {
            return Err(
                "points at equal ratios need both ends above 0; begin higher, or leave out log"
                    .to_owned(),
            );
        }
        Ok(Self { kind, from, to, count: points, geometric })
    }

    fn exact(&self, index: usize) -> f64 {
        let last = (self.count - 1) as f64;
        let share = index as f64 / last;
        match index {
            0 => self.from,
            i if i + 1 == self.count => self.to,
            _ if self.geometric => self.from * (self.to / self.from).powf(share),
            i => self.from * ((last - i as f64) / last) + self.to * share,
        }
    }

    /// Its points, both ends among them.
    pub(crate) fn points(&self) -> Result<Vec<Point>, String> {
        let exact: Vec<f64> = (0..self.count).map(|index| self.exact(index)).collect();
        let step = exact.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(f64::MAX, f64::min);
        let inner = 1..self.count - 1;
        let all = |digits: usize| -> Vec<f64> {
            let round = |index: usize| {
                if inner.contains(&index) { rounded(exact[index], digits) } else { exact[index] }
            };
            (0..self.count).map(round).collect()
        };
        let near = |values: &[f64]| {
            values.iter().zip(&exact).all(|(value, exact)| (value - exact).abs() <= step / 1e3)
        };
        let values = (6..=17).map(all).find(|values| near(values)).unwrap_or_else(|| exact.clone());
        let texts: Vec<String> = values.iter().map(|value| self.kind.text(*value)).collect();
        if texts.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err("the points are too near to be told apart; ask for fewer".to_owned());
        }
        let point = |text: String| {
            let number = Kind::read(&text).map(|(kind, value)| kind.shown(value));
            Point { text, number }
        };
        Ok(texts.into_iter().map(point).collect())
    }
}

/// So many significant digits of it.
fn rounded(value: f64, digits: usize) -> f64 {
    format!("{value:.*e}", digits - 1).parse().unwrap_or(value)
}
