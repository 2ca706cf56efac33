//! What the flags' texts mean: operations, keys, shares, bounds. Each gives a value or the end of a sentence about it.

use herdlab_loadgen::bench::Op;
use herdlab_scenarios::{nearest, units};
use herdlab_sim::plan::Keys;
use herdlab_sim::time::Nanos;

/// More items than this have no place in a table of shares.
const MOST_ITEMS: f64 = 1e8;

/// `get=95,set=5`, or `get,set` for equal weights.
pub(super) fn mix(text: &str) -> Result<Vec<(Op, f64)>, String> {
    let mut mix: Vec<(Op, f64)> = Vec::new();
    for part in text.split(',').map(str::trim) {
        let (name, weight) = part.split_once('=').unwrap_or((part, "1"));
        let (op, weight) = (operation(name.trim())?, weight.trim());
        let weight = weight
            .parse()
            .ok()
            .filter(|weight: &f64| weight.is_finite() && *weight >= 0.0 && *weight <= 1e9)
            .ok_or_else(|| format!("has the weight {weight:?}; write a number, such as get=95"))?;
        if mix.iter().any(|(there, _)| *there == op) {
            return Err(format!("has {} twice", op.name()));
        }
        mix.push((op, weight));
    }
    if mix.iter().all(|(_, weight)| *weight == 0.0) {
        return Err("has no weight above zero".to_owned());
    }
    Ok(mix)
}

fn operation(name: &str) -> Result<Op, String> {
    let plain = name.replace('-', "_");
    Op::ALL.into_iter().find(|op| op.name() == plain).ok_or_else(|| {
        let names = Op::ALL.map(Op::name);
        let near = nearest(name, names)
            .map_or_else(String::new, |near| format!(" (did you mean {near}?)"));
        format!("{name:?} is no operation{near}; there are {}", names.join(", "))
    })
}

/// `zipf:1.0:100k` or `uniform:1000`.
pub(crate) fn keys(text: &str) -> Result<Keys, String> {
    let example = "write zipf:1.0:100k or uniform:1000";
    match text.trim().split(':').collect::<Vec<_>>()[..] {
        ["uniform", count] => Ok(Keys::Uniform { count: items(count)? }),
        ["zipf", exponent, count] => {
            let exponent = exponent.trim().parse().ok();
            let exponent = exponent
                .filter(|exponent| (0.0..=10.0).contains(exponent))
                .ok_or_else(|| format!("has an exponent that is none from 0 to 10; {example}"))?;
            Ok(Keys::Zipf { exponent, count: items(count)? })
        }
        _ => Err(format!("is no law of keys; {example}")),
    }
}

/// `1000`, `100k`, `2M`: how many items.
pub(crate) fn items(text: &str) -> Result<u32, String> {
    let text = text.trim();
    let (digits, factor) = match text.chars().last() {
        Some('k' | 'K') => (&text[..text.len() - 1], 1e3),
        Some('M') => (&text[..text.len() - 1], 1e6),
        _ => (text, 1.0),
    };
    let number: Option<f64> = digits.replace('_', "").parse().ok();
    number
        .map(|number| number * factor)
        .filter(|count| (1.0..=MOST_ITEMS).contains(count) && count.fract() == 0.0)
        .map(|count| count as u32)
        .ok_or_else(|| format!("has the count {text:?}; write 1 to 100M, such as 100k"))
}

/// `90%`.
pub(crate) fn share(text: &str) -> Result<f64, String> {
    let number = text.trim().strip_suffix('%').and_then(|digits| digits.trim().parse().ok());
    number
        .filter(|percent: &f64| (0.0..=100.0).contains(percent))
        .map(|percent| percent / 100.0)
        .ok_or_else(|| "is no share; write 0% to 100%".to_owned())
}

/// What a rate has to meet.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Bound {
    /// The quantile of the latency, 0 to 1.
    pub(super) quantile: f64,
    /// Its name, such as p99.
    pub(super) name: String,
    pub(super) limit: Nanos,
    /// Whether the limit itself is allowed.
    pub(super) inclusive: bool,
}

impl Bound {
    /// `p99 < 2ms`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let example = "write a quantile of the latency and its limit, such as 'p99 < 2ms'";
        let (name, limit) =
            text.split_once('<').ok_or_else(|| format!("is no bound; {example}"))?;
        let (inclusive, limit) =
            limit.strip_prefix('=').map_or((false, limit), |limit| (true, limit));
        let name = name.trim();
        let percent = name.strip_prefix('p').and_then(|digits| digits.parse().ok());
        let quantile = match name {
            "max" => Some(1.0),
            _ => percent.filter(|p: &f64| *p > 0.0 && *p < 100.0).map(|p| p / 100.0),
        };
        let quantile = quantile.ok_or_else(|| {
            format!("bounds {name:?}, which is neither max nor p50, p99...; {example}")
        })?;
        let limit = units::span(limit).map_err(|reason| format!("has a limit that {reason}"))?;
        if limit.as_micros() == 0 {
            return Err(
                "has a limit below a microsecond, which nothing here can tell apart".to_owned()
            );
        }
        Ok(Self { quantile, name: name.to_owned(), limit, inclusive })
    }

    /// Whether so many microseconds meet it.
    pub(super) fn is_met_by(&self, us: u64) -> bool {
        let limit = self.limit.as_micros();
        if self.inclusive { us <= limit } else { us < limit }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_have_the_weights_that_are_said_and_equal_ones_if_none() {
        assert_eq!(mix("get=95, set=5").unwrap(), [(Op::Get, 95.0), (Op::Set, 5.0)]);
        assert_eq!(mix("get-many,lock").unwrap(), [(Op::GetMany, 1.0), (Op::Lock, 1.0)]);
        for (bad, said) in [
            ("gte", "did you mean get?"),
            ("get=x", "\"x\""),
            ("get=-1", "\"-1\""),
            ("get=nan", "\"nan\""),
            ("get,get", "twice"),
            ("get=0", "no weight"),
            ("", "is no operation"),
        ] {
            let reason = mix(bad).unwrap_err();
            assert!(reason.contains(said), "{bad}: {reason}");
        }
    }

    #[test]
    fn keys_are_a_law_and_a_count() {
        assert!(matches!(keys("zipf:1.1:100k"), Ok(Keys::Zipf { exponent: 1.1, count: 100_000 })));
        assert!(matches!(keys("uniform:5_000"), Ok(Keys::Uniform { count: 5_000 })));
        for bad in
            ["zipf", "zipf:1", "zipf:-1:5", "uniform:0", "uniform:1.5", "uniform:9e99", "µ:é"]
        {
            assert!(keys(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn shares_have_a_percent_sign() {
        assert_eq!(share("90%"), Ok(0.9));
        for bad in ["0.9", "101%", "-1%", "%", "nan%"] {
            assert!(share(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_bound_is_met_below_its_limit_and_at_it_only_if_that_is_said() {
        let below = Bound::parse("p99 < 2ms").unwrap();
        let (limit, quantile) = (below.limit, below.quantile);
        assert_eq!((limit, quantile), (Nanos::from_millis(2), 0.99));
        assert!(below.is_met_by(1_999) && !below.is_met_by(2_000));
        assert!(Bound::parse("max<=2ms").unwrap().is_met_by(2_000));
        for bad in ["p99", "p99 > 2ms", "p100 < 1s", "p0<1s", "x<1s", "p99 < 2", "p99 < 1ns"] {
            assert!(Bound::parse(bad).is_err(), "{bad}");
        }
    }
}
