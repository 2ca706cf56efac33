//! `--vary path=values`: a field that a sweep gives one value after another.
//!
//! Values are a list, `a,b,c`, or a range: `0.25..4:16` is 16 points at equal steps, both ends among them, and
//! `0.25..4:log16` 16 points at equal ratios. Both take units: `5s..60s:4`, `500/s,1000/s`. The points between the ends
//! of a range are rounded to as few digits as keep them within a thousandth of a step, six at least; the rounded value
//! is what runs, so a point's text is exactly its value.

use herdlab_sim::plan::Lane;

use crate::fields::every_lane_has;
use crate::overrides::Override;
use crate::range::{Kind, Range};
use crate::tree::LanePath;

/// More points than any sweep has runs.
pub(crate) const MOST_POINTS: usize = 100_000;

pub(crate) const EXAMPLES: &str =
    "0.25..4:16 (16 points at equal steps), 0.25..4:log16 (at equal ratios) or a list, 1,2,5";

/// A field, and the values that it takes in turn.
#[derive(Clone, PartialEq, Debug)]
pub struct Vary {
    path: String,
    points: Vec<Point>,
    kind: Option<Kind>,
    geometric: bool,
}

/// One value of a varied field.
#[derive(Clone, PartialEq, Debug)]
pub struct Point {
    /// As `--set` takes it.
    pub text: String,
    /// As a number: seconds of a duration, a second of a rate, bytes of a size. `None` for what is no quantity.
    pub number: Option<f64>,
}

impl Vary {
    /// Reads what `--vary` was given.
    ///
    /// # Errors
    /// What is wrong with it and what to write instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = |what: String| format!("--vary {text}: {what}");
        let (path, values) = match text.split_once('=') {
            Some((path, values)) if !path.trim().is_empty() => (path.trim(), values.trim()),
            _ => {
                let what = "expected PATH=VALUES, such as strategy.beta=0.25..4:16";
                return Err(wrong(what.to_owned()));
            }
        };
        let items = split(values);
        let (points, kind, geometric) = match (items.as_slice(), values.split_once("..")) {
            ([_], Some((from, rest))) if !values.starts_with(['"', '\'', '[', '{']) => {
                let range = Range::parse(from, rest).map_err(wrong)?;
                (range.points().map_err(wrong)?, Some(range.kind), range.geometric)
            }
            _ => {
                let (points, kind) = list(&items).map_err(wrong)?;
                (points, kind, false)
            }
        };
        Ok(Self { path: path.to_owned(), points, kind, geometric })
    }

    /// The field, as `--set` names it.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The values, in the order they were given.
    #[must_use]
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// Whether every value is a quantity of one kind, so that they have their places on an axis.
    #[must_use]
    pub const fn is_numeric(&self) -> bool {
        self.kind.is_some()
    }

    /// Whether the points are at equal ratios.
    #[must_use]
    pub const fn is_geometric(&self) -> bool {
        self.geometric
    }

    /// The unit of [`Point::number`]; empty for a plain number.
    #[must_use]
    pub const fn unit(&self) -> &'static str {
        match self.kind {
            Some(Kind::Span) => "s",
            Some(Kind::Rate) => "/s",
            Some(Kind::Size) => "B",
            Some(Kind::Number) | None => "",
        }
    }

    /// The override that sets the field to a point.
    #[must_use]
    pub fn at(&self, point: &Point) -> Override {
        Override {
            given: format!("--vary {}={}", self.path, point.text),
            path: self.path.clone(),
            value: point.text.clone(),
        }
    }

    /// Whether the field makes a difference to a lane: a strategy's parameter only to lanes that have it, a rule to all.
    #[must_use]
    pub fn concerns(&self, lane: &Lane) -> bool {
        let Some(path) = LanePath::of(&self.path) else { return true };
        let mut strategy = lane.strategy.clone();
        path.lane.is_none_or(|name| name == lane.name)
            && (every_lane_has(path.field)
                || strategy.parameters().iter().any(|parameter| parameter.name == path.field))
    }
}

/// The points of a list, and their kind if they have one.
fn list(items: &[&str]) -> Result<(Vec<Point>, Option<Kind>), String> {
    if items.len() > MOST_POINTS {
        return Err(format!("{} values are more than {MOST_POINTS}", items.len()));
    }
    for (index, item) in items.iter().enumerate() {
        if item.is_empty() {
            return Err(format!("value {} of the list is empty; write {EXAMPLES}", index + 1));
        }
        if items[..index].contains(item) {
            return Err(format!("{item} is in the list twice; leave one out"));
        }
    }
    let read: Vec<Option<(Kind, f64)>> = items.iter().map(|item| Kind::read(item)).collect();
    let kind = read[0].map(|(kind, _)| kind);
    let kind =
        kind.filter(|kind| read.iter().all(|read| read.is_some_and(|(other, _)| other == *kind)));
    let points = items.iter().zip(read).map(|(item, read)| Point {
        text: (*item).to_owned(),
        number: read.map(|(kind, value)| kind.shown(value)),
    });
    Ok((points.collect(), kind))
}

/// The values between the commas that stand in no bracket and no quotes.
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0_usize);
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '[' | '{') => depth += 1,
            (None, ']' | '}') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                parts.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text[start..].trim());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(values: &str) -> Vec<String> {
        let vary = Vary::parse(&format!("x={values}")).unwrap();
        vary.points().iter().map(|point| point.text.clone()).collect()
    }

    fn wrong(text: &str) -> String {
        Vary::parse(text).unwrap_err()
    }

    #[test]
    fn a_range_has_both_ends_and_equal_steps() {
        assert_eq!(texts("1..2:5"), ["1", "1.25", "1.5", "1.75", "2"]);
        assert_eq!(texts("0.1..0.4:4"), ["0.1", "0.2", "0.3", "0.4"]);
        assert_eq!(texts("1..2:4"), ["1", "1.33333", "1.66667", "2"]);
        assert_eq!(texts("3..1:3"), ["3", "2", "1"]);
        let sixteen = texts("0.25..4:16");
        assert_eq!(
            (sixteen.len(), &*sixteen[0], &*sixteen[1], &*sixteen[15]),
            (16, "0.25", "0.5", "4")
        );
    }

    #[test]
    fn a_log_range_has_equal_ratios() {
        assert_eq!(texts("1..16:log5"), ["1", "2", "4", "8", "16"]);
        assert_eq!(texts("1ms..1s:log4"), ["1ms", "10ms", "100ms", "1s"]);
    }

    #[test]
    fn units_are_kept_and_may_differ_between_the_ends() {
        assert_eq!(texts("5s..50s:4"), ["5s", "20s", "35s", "50s"]);
        assert_eq!(texts("500ms..2s:4"), ["500ms", "1s", "1.5s", "2s"]);
        assert_eq!(texts("500/s..2k/s:4"), ["500/s", "1000/s", "1500/s", "2000/s"]);
        assert_eq!(texts("1KiB..4KiB:4"), ["1KiB", "2KiB", "3KiB", "4KiB"]);
        let vary = Vary::parse("cache.ttl=500ms,2s").unwrap();
        assert_eq!(
            (vary.unit(), vary.points()[0].number, vary.points()[1].number),
            ("s", Some(0.5), Some(2.0))
        );
    }

    #[test]
    fn a_list_keeps_what_was_written_and_tables_hold_together() {
        assert_eq!(texts("true, false"), ["true", "false"]);
        assert_eq!(
            texts("{ zipf = 1.0, count = 5 },{ uniform = true, count = 5 }"),
            ["{ zipf = 1.0, count = 5 }", "{ uniform = true, count = 5 }"]
        );
        assert!(!Vary::parse("cache.warm=cold,full").unwrap().is_numeric());
    }

    #[test]
    fn what_is_wrong_is_said_with_what_to_write() {
        assert!(wrong("strategy.beta").contains("PATH=VALUES"));
        assert!(wrong("strategy.beta=0.25..4").contains("how many points"));
        assert!(wrong("strategy.beta=0.25..4:one").contains("\"one\" is no number of points"));
        assert!(wrong("strategy.beta=0.25..4:1").contains("2 to 100000"));
        assert!(wrong("strategy.beta=0..4:log8").contains("above 0"));
        assert!(wrong("cache.ttl=5s..9:3").contains("same kind of unit"));
        assert!(wrong("cache.ttl=soon..later:3").contains("\"soon\" is no quantity"));
        assert!(wrong("cache.ttl=5s..5s:3").contains("begins where it ends"));
        assert!(wrong("cache.ttl=1ns..2ns:9").contains("too near"));
        assert!(wrong("cache.ttl=5s,,9s").contains("value 2 of the list is empty"));
        assert!(wrong("cache.ttl=5s,9s,5s").contains("twice"));
    }

    proptest! {
        #[test]
        fn any_text_gives_points_or_a_reason(text: String) {
            let _ = Vary::parse(&format!("x={text}"));
        }

        #[test]
        fn points_rise_from_end_to_end_within_a_thousandth_of_a_step(
            from in -1e6..1e6_f64, width in 1e-3..1e6_f64, count in 2..200_usize,
        ) {
            let vary = Vary::parse(&format!("x={from}..{}:{count}", from + width)).unwrap();
            let numbers: Vec<f64> = vary.points().iter().filter_map(|point| point.number).collect();
            prop_assert_eq!((numbers.len(), numbers[0], numbers[count - 1]), (count, from, from + width));
            let step = width / (count - 1) as f64;
            for (index, number) in numbers.iter().enumerate() {
                prop_assert!((number - from - step * index as f64).abs() <= step / 500.0, "{vary:?}");
            }
        }

        #[test]
        fn a_points_text_is_exactly_its_value(from in 1e-3..1e3_f64, ratio in 1.1..1e3_f64, count in 2..50_usize) {
            let vary = Vary::parse(&format!("x={from}..{}:log{count}", from * ratio)).unwrap();
            for point in vary.points() {
                prop_assert_eq!(point.text.parse::<f64>().ok(), point.number);
            }
        }
    }
}
