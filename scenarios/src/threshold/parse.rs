//! From a line of text to a threshold, or to what is wrong with it and where.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use super::metric::{Metric, Unknown};
use super::scan::Scan;
use super::unit::{Kind, Quantity};
use super::{Limit, Op, Term, Threshold};
use crate::units;

/// What is wrong with the text of a threshold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Misread {
    /// Where: bytes of the text.
    pub bytes: Range<usize>,
    /// What, in a sentence.
    pub what: String,
    /// What to do.
    pub hint: Option<String>,
}

impl fmt::Display for Misread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Misread {}

/// The largest number in a threshold, and the longest text of one.
const MOST: f64 = 1e15;
const LONGEST: usize = 1_000;
const SHAPE: &str =
    "write one such as: herd.max{lock} <= 1, latency.p99.9 < 200ms, hit.rate > 94% after 10s";

impl Scan<'_> {
    /// `metric[{lane}]`, and where the metric stands; whether it said its unit.
    fn term(&mut self) -> Result<(Term, Range<usize>, bool), Misread> {
        let (name, bytes) = self.take(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_'));
        if name.is_empty() {
            return self.wrong(self.here(), "a metric is expected here", SHAPE);
        }
        let metric = Metric::named(name).map_err(|unknown| misread(&bytes, unknown))?;
        let mut lane = None;
        if self.eat("{") {
            let start = self.at;
            let Some(length) = self.rest().find('}') else {
                return self.wrong(start - 1..self.text.len(), "the { is never closed", SHAPE);
            };
            let named = self.rest()[..length].trim();
            self.at += length + 1;
            if named.is_empty() {
                return self.wrong(
                    start - 1..self.at,
                    "{} names no lane",
                    "leave it out, and every lane is meant",
                );
            }
            lane = Some(named.to_owned());
        }
        Ok((Term { metric, lane }, bytes, name.ends_with("_us")))
    }

    fn op(&mut self) -> Result<Op, Misread> {
        for (text, op) in Op::ALL {
            if self.eat(text) {
                return Ok(op);
            }
        }
        let what = "an operator is expected here";
        self.wrong(self.here(), what, "it is one of: <, <=, >, >=, ==, !=")
    }

    fn number(&mut self) -> Result<f64, Misread> {
        let (digits, bytes) = self.take(|c| c.is_ascii_digit() || matches!(c, '.' | '_'));
        let plain: String = digits.chars().filter(|c| *c != '_').collect();
        match plain.parse::<f64>() {
            Ok(number) if number <= MOST => Ok(number),
            Ok(_) => self.wrong(bytes, "the number is larger than any figure", SHAPE),
            Err(_) => self.wrong(bytes, format!("{digits:?} is no number"), SHAPE),
        }
    }

    /// A number with its unit, or a metric with or without a factor.
    fn limit(&mut self, kind: Kind, in_micros: bool) -> Result<(Limit, Range<usize>), Misread> {
        self.space();
        let start = self.at;
        if !self.rest().starts_with(|c: char| c.is_ascii_digit() || c == '.') {
            if self.rest().starts_with('-') {
                return self.wrong(self.here(), "no figure is below zero", SHAPE);
            }
            let (term, bytes, _) = self.term()?;
            return Ok((Limit::Times(1.0, term), bytes));
        }
        let number = self.number()?;
        if self.eat("*") {
            let (term, bytes, _) = self.term()?;
            return Ok((Limit::Times(number, term), bytes));
        }
        let before = self.at;
        let (mut unit, bytes) = self.take(|c| c.is_alphabetic() || matches!(c, '%' | '/'));
        if matches!(unit, "over" | "after") {
            (unit, self.at) = ("", before);
        }
        let unit = if unit.is_empty() && in_micros { "us" } else { unit };
        match kind.units().iter().find(|(known, _)| *known == unit) {
            Some(unit) => Ok((Limit::Number(Quantity { number, unit: *unit }), start..self.at)),
            None => {
                let (what, example) = kind.words();
                let said =
                    if unit.is_empty() { "a bare number".to_owned() } else { format!("{unit:?}") };
                let bytes = if unit.is_empty() { start..before } else { bytes };
                let what = format!("the metric is {what}, and {said} is no unit of that");
                self.wrong(bytes, what, format!("write it as {example}"))
            }
        }
    }

    /// `over 10s`, `after 10s`: whole seconds, at least `least`.
    fn seconds(&mut self, word: &str) -> Result<Option<(u32, Range<usize>)>, Misread> {
        self.space();
        let start = self.at;
        if !self.eat(word) {
            return Ok(None);
        }
        let (said, bytes) = self.take(|c| c.is_alphanumeric() || matches!(c, '.' | '_'));
        let hint = format!("write it in whole seconds, such as {word} 10s");
        match units::span(said) {
            Err(what) => self.wrong(bytes, format!("{said:?} {what}"), hint),
            Ok(span) if span.as_nanos() == 0 || !span.as_nanos().is_multiple_of(1_000_000_000) => {
                let what = "figures are kept by the second, and this is not a whole number of them";
                self.wrong(bytes, what, hint)
            }
            Ok(span) => Ok(Some((span.as_secs() as u32, start..self.at))),
        }
    }
}

fn misread(bytes: &Range<usize>, (what, hint): Unknown) -> Misread {
    Misread { bytes: bytes.clone(), what, hint: Some(hint) }
}

/// What `over` and `after` ask of a metric.
fn by_seconds(term: Term, bytes: &Range<usize>, over: bool) -> Result<Term, Misread> {
    let metric = term.metric.by_seconds().map_err(|unknown| misread(bytes, unknown))?;
    if over && !metric.has_windows() {
        let what = format!("{} has no windows for over", metric.name);
        let hint = "over takes min, max or peak of counts and shares, such as origin.qps.peak or hit.rate.min";
        return Err(misread(bytes, (what, hint.to_owned())));
    }
    Ok(Term { metric, ..term })
}

impl FromStr for Threshold {
    type Err = Misread;

    fn from_str(text: &str) -> Result<Self, Misread> {
        let mut scan = Scan { text, at: 0 };
        if text.len() > LONGEST {
            return scan.wrong(0..text.len(), "this is too long for a threshold", SHAPE);
        }
        let (mut left, left_bytes, in_micros) = scan.term()?;
        let op = scan.op()?;
        let kind = left.metric.kind;
        let (mut limit, limit_bytes) = scan.limit(kind, in_micros)?;
        if let Limit::Times(_, term) = &limit
            && term.metric.kind != kind
        {
            let (left, right) = (kind.words().0, term.metric.kind.words().0);
            let what = format!("{left} cannot be held against {right}");
            return scan.wrong(limit_bytes, what, "compare figures of one kind");
        }
        let over = scan.seconds("over")?.map(|(seconds, _)| seconds);
        let after = scan.seconds("after")?.map(|(seconds, _)| seconds);
        scan.space();
        if !scan.rest().is_empty() {
            let end = scan.at..text.len();
            return scan.wrong(end, "this does not belong to a threshold", SHAPE);
        }
        if over.is_some() || after.is_some() {
            left = by_seconds(left, &left_bytes, over.is_some())?;
            if let Limit::Times(factor, term) = limit {
                limit = Limit::Times(factor, by_seconds(term, &limit_bytes, over.is_some())?);
            }
        }
        Ok(Self { left, op, limit, over, after, abort: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn wrong(text: &str) -> String {
        let misread = text.parse::<Threshold>().expect_err(text);
        format!("{} [{}] {}", misread.what, &text[misread.bytes], misread.hint.unwrap_or_default())
    }

    #[test]
    fn what_is_written_is_printed_in_one_way() {
        for (said, printed) in [
            ("herd.max{lock}<=1", "herd.max{lock} <= 1"),
            ("latency.p99.9_us < 200000", "latency.p99.9 < 200000us"),
            ("latency.p99.95 < 0.2 s", "latency.p99.95 < 0.2s"),
            ("goodput >= 99.9%", "goodput >= 99.9%"),
            (
                "origin.qps.peak < 2k/s over 10s after 1m",
                "origin.qps.peak < 2k/s over 10s after 60s",
            ),
            (
                "origin.calls{lock} < 0.9*origin.calls{ttl}",
                "origin.calls{lock} < 0.9 * origin.calls{ttl}",
            ),
            ("latency.p99_us.max != latency.p50", "latency.p99.max != latency.p50"),
            ("hit.rate > 94% after 10s", "hit.rate > 94% after 10s"),
        ] {
            assert_eq!(
                said.parse::<Threshold>().map(|read| read.to_string()),
                Ok(printed.to_owned())
            );
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_a_hint() {
        for (said, words) in [
            ("latency.p99 < 200", "a bare number is no unit of that [200] write it as 200ms"),
            ("herd.max < 5%", "[%]"),
            ("herd.mx < 5", "[herd.mx] did you mean herd.max? `herdlab list metrics`"),
            ("herd.max < 5 after 10s", "known for the whole run only"),
            ("latency.p99.9 < 1s after 10s", "latency.p99.max"),
            ("latency.p99.max < 1s over 10s", "has no windows"),
            ("origin.calls < 10 over 10s", "has no windows"),
            ("hits < 5", "say which: hits.avg"),
            ("hit.rate.sum < 5", "have no sum"),
            ("latency.p10 < 1s", "from latency.p50"),
            ("herd.max = 5", "an operator is expected here [=]"),
            ("herd.max < ", "a metric is expected"),
            ("herd.max < -1", "below zero"),
            ("herd.max{lock < 1", "never closed"),
            ("herd.max{} < 1", "names no lane"),
            ("herd.max < 1 please", "no unit"),
            ("herd.max < 1k please", "does not belong"),
            ("origin.qps.peak < 5 over 1500ms", "whole number"),
            ("herd.max < latency.p99", "cannot be held against"),
        ] {
            assert!(wrong(said).contains(words), "{said}: {}", wrong(said));
        }
    }

    fn any_threshold() -> impl Strategy<Value = String> {
        let left = prop::sample::select(vec!["herd.max", "origin.calls{a b}", "requests.max"]);
        let unit = prop::sample::select(vec![
            "",
            "k",
            "M",
            " * origin.calls",
            " over 3s after 4s",
            " over ",
        ]);
        let op = prop::sample::select(vec!["<", "<=", ">", ">=", "==", "!=", "="]);
        (left, op, 0.0..1e15, unit)
            .prop_map(|(left, op, number, unit)| format!("{left} {op} {number}{unit}"))
    }

    proptest! {
        #[test]
        fn any_text_gives_a_threshold_or_a_reason(text: String) {
            if let Err(misread) = text.parse::<Threshold>() {
                prop_assert!(text.get(misread.bytes.clone()).is_some(), "{misread:?}");
            }
        }

        #[test]
        fn a_printed_threshold_reads_back_as_itself(text in any_threshold()) {
            if let Ok(read) = text.parse::<Threshold>() {
                prop_assert_eq!(read.to_string().parse::<Threshold>(), Ok(read));
            }
        }
    }
}
