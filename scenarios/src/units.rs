//! Durations, rates and sizes: text with a unit.

use herdlab_sim::time::Nanos;

/// The longest duration the language knows: a year.
pub(crate) const LONGEST: Nanos = Nanos::from_secs(365 * 86_400);

const SPANS: &[(&str, f64)] = &[
    ("ns", 1.0),
    ("us", 1e3),
    ("µs", 1e3),
    ("ms", 1e6),
    ("s", 1e9),
    ("m", 60e9),
    ("h", 3_600e9),
    ("d", 86_400e9),
];

const SIZES: &[(&str, f64)] = &[
    ("B", 1.0),
    ("KB", 1e3),
    ("MB", 1e6),
    ("GB", 1e9),
    ("KiB", 1_024.0),
    ("MiB", 1_048_576.0),
    ("GiB", 1_073_741_824.0),
];

/// A number, as a pattern.
const NUMBER: &str = r"[0-9.+_]+([eE][-+]?[0-9]+)?";

/// What text with a unit looks like: a regular expression for editors.
fn pattern(units: &[(&str, f64)]) -> String {
    let names: Vec<&str> = units.iter().map(|(name, _)| *name).collect();
    format!(r"^\s*[0-9.+_]+\s*({})\s*$", names.join("|"))
}

/// The pattern of a duration.
pub(crate) fn span_pattern() -> String {
    pattern(SPANS)
}

/// The pattern of a size.
pub(crate) fn size_pattern() -> String {
    pattern(SIZES)
}

/// The pattern of a rate.
pub(crate) fn rate_pattern() -> String {
    format!(r"^\s*{NUMBER}\s*[kKM]?\s*/\s*[smh]\s*$")
}

/// `250ms`, `1.5s`, `2m`.
///
/// # Errors
/// What is wrong with it, as the end of a sentence about it.
pub fn span(text: &str) -> Result<Nanos, String> {
    let (number, unit) = split(text, SPANS, "a duration", "10s, 250ms or 2m")?;
    let nanos = number * unit;
    if nanos > LONGEST.as_nanos() as f64 {
        return Err("is longer than a year".to_owned());
    }
    if number > 0.0 && nanos < 1.0 {
        return Err("is shorter than a nanosecond".to_owned());
    }
    Ok(Nanos::from_nanos(nanos.round() as u64))
}

/// `2000/s`, `120/m`, `2k/s`: per second.
///
/// # Errors
/// What is wrong with it, as the end of a sentence about it.
pub fn rate(text: &str) -> Result<f64, String> {
    let example = "2000/s, 2k/s or 120/m";
    let Some((count, per)) = text.trim().split_once('/') else {
        return Err(format!("is no rate; write it per time, such as {example}"));
    };
    let seconds = match per.trim() {
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3_600.0,
        _ => return Err(format!("is no rate: {per:?} is no unit of time; write {example}")),
    };
    let count = count.trim();
    let (digits, factor) = match count.strip_suffix(['k', 'K']) {
        Some(digits) => (digits, 1e3),
        None => count.strip_suffix('M').map_or((count, 1.0), |digits| (digits, 1e6)),
    };
    let number = number(digits).ok_or_else(|| format!("is no rate; write {example}"))?;
    Ok(number * factor / seconds)
}

/// `2KiB`, `64MiB`: bytes.
///
/// # Errors
/// What is wrong with it, as the end of a sentence about it.
pub fn size(text: &str) -> Result<u64, String> {
    let (number, unit) = split(text, SIZES, "a size", "2KiB or 64MiB")?;
    let bytes = number * unit;
    if bytes > 1e15 { Err("is more than a petabyte".to_owned()) } else { Ok(bytes.round() as u64) }
}

fn split(
    text: &str,
    units: &[(&str, f64)],
    what: &str,
    example: &str,
) -> Result<(f64, f64), String> {
    let text = text.trim();
    let digits = text
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '_' | '-' | '+')))
        .unwrap_or(text.len());
    let (number_text, unit_text) = text.split_at(digits);
    let number =
        number(number_text).ok_or_else(|| format!("is not {what}; write one such as {example}"))?;
    let unit = unit_text.trim();
    if unit.is_empty() {
        return Err(format!("needs a unit, such as {example}"));
    }
    let known = units.iter().find(|(name, _)| *name == unit);
    let names = || units.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    known
        .map(|(_, factor)| (number, *factor))
        .ok_or_else(|| format!("has no unit of {what}: {unit:?} is none of {}", names()))
}

/// A number that is neither negative nor infinite.
fn number(text: &str) -> Option<f64> {
    let plain: String = text.trim().chars().filter(|c| *c != '_').collect();
    plain.parse().ok().filter(|n: &f64| n.is_finite() && *n >= 0.0)
}

/// A rate as the language writes it.
pub(crate) fn rate_text(per_second: f64) -> String {
    format!("{per_second}/s")
}

/// A size as the language writes it: the largest unit that keeps it whole.
pub(crate) fn size_text(bytes: u64) -> String {
    for (name, unit) in [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)] {
        if bytes >= unit && bytes.is_multiple_of(unit) {
            return format!("{}{name}", bytes / unit);
        }
    }
    format!("{bytes}B")
}

/// A figure for a person: two digits below ten, thousands apart above.
pub(crate) fn figure(value: f64) -> String {
    if value < 9.95 {
        let text = if value < 0.95 { format!("{value:.2}") } else { format!("{value:.1}") };
        let short = if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.')
        } else {
            &text
        };
        return short.to_owned();
    }
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Bytes for a person, in the unit that leaves few digits.
pub(crate) fn figure_of_bytes(bytes: u64) -> String {
    let units = [("GiB", 1_u64 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    match units.into_iter().find(|(_, unit)| bytes >= *unit) {
        Some((name, unit)) => format!("{} {name}", figure(bytes as f64 / unit as f64)),
        None => format!("{bytes} B"),
    }
}

/// A span for a person: three digits of it.
pub(crate) fn coarse(span: Nanos) -> Nanos {
    let nanos = span.as_nanos();
    let unit = 10_u64.pow(nanos.checked_ilog10().unwrap_or(0).saturating_sub(2));
    Nanos::from_nanos((nanos + unit / 2) / unit * unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn units_mean_what_they_say() {
        assert_eq!(span("1.5s"), Ok(Nanos::from_millis(1_500)));
        assert_eq!(span("2m"), Ok(Nanos::from_secs(120)));
        assert_eq!(span("300 us"), Ok(Nanos::from_micros(300)));
        assert_eq!(rate("2k/s"), Ok(2_000.0));
        assert_eq!(rate("120/m"), Ok(2.0));
        assert_eq!(size("2KiB"), Ok(2_048));
        assert_eq!(size("1.5MB"), Ok(1_500_000));
    }

    #[test]
    fn figures_are_short() {
        let shown = [0.0, 0.04, 0.2, 1.0, 2.55, 9.96, 12.4, 999.6, 1_234_567.0].map(figure);
        assert_eq!(shown, ["0", "0.04", "0.2", "1", "2.5", "10", "12", "1,000", "1,234,567"]);
        assert_eq!([0, 2_112, 3 << 30].map(figure_of_bytes), ["0 B", "2.1 KiB", "3 GiB"]);
        assert_eq!(coarse(Nanos::from_nanos(90_195_213)), Nanos::from_micros(90_200));
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert!(span("10").unwrap_err().contains("needs a unit"));
        assert!(span("10 parsecs").unwrap_err().contains("none of ns, us"));
        assert!(span("-3s").unwrap_err().contains("not a duration"));
        assert!(span("400d").unwrap_err().contains("longer than a year"));
        assert!(rate("100").unwrap_err().contains("per time"));
        assert!(rate("1/fortnight").unwrap_err().contains("no unit of time"));
        assert!(size("12").unwrap_err().contains("needs a unit"));
    }

    proptest! {
        #[test]
        fn a_printed_span_reads_back_as_itself(nanos in 0..LONGEST.as_nanos()) {
            let printed = Nanos::from_nanos(nanos).to_string();
            let read = span(&printed).unwrap();
            // A long odd span is printed with a decimal point: exact to a part in 1e15.
            prop_assert!(read.as_nanos().abs_diff(nanos) <= nanos / 1_000_000_000_000_000 + 1, "{printed}");
        }

        #[test]
        fn any_text_gives_a_value_or_a_reason(text: String) {
            let _ = (span(&text), rate(&text), size(&text));
        }
    }
}
