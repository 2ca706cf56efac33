//! Figures and lists as a person reads them.

/// `1,234,567`.
#[must_use]
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A share: `97.50%`, and `100%` only if nothing is missing.
#[must_use]
pub fn percent(share: f64) -> String {
    if share >= 1.0 {
        return "100%".to_owned();
    }
    // Cut, not rounded: 99.996 % is not all.
    format!("{:.2}%", (share * 10_000.0).floor() / 100.0)
}

/// Microseconds: `0`, `300us`, `1.20ms`, `251ms`, `2.00s`.
#[must_use]
pub fn micros(us: f64) -> String {
    match us {
        us if us < 0.5 => "0".to_owned(),
        us if us < 1e3 => format!("{us:.0}us"),
        us if us < 10e3 => format!("{:.2}ms", us / 1e3),
        us if us < 100e3 => format!("{:.1}ms", us / 1e3),
        us if us < 1e6 => format!("{:.0}ms", us / 1e3),
        us if us < 100e6 => format!("{:.2}s", us / 1e6),
        us => format!("{:.0}s", us / 1e6),
    }
}

/// A mean of counts: `1`, `2.58`, `501.9`.
#[must_use]
pub fn mean(value: f64) -> String {
    match value {
        v if v == v.round() && v < 1e3 => format!("{v:.0}"),
        v if v < 10.0 => format!("{v:.2}"),
        v if v < 1e3 => format!("{v:.1}"),
        v => count(v.round() as u64),
    }
}

/// `a`, `a and b`, `a, b and c`.
#[must_use]
pub fn list(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_well_at_every_size() {
        assert_eq!(
            [0, 12, 123, 1_234, 1_234_567].map(count),
            ["0", "12", "123", "1,234", "1,234,567"]
        );
        assert_eq!([0.0, 0.975, 0.999_99, 1.0].map(percent), ["0.00%", "97.50%", "99.99%", "100%"]);
        assert_eq!(
            [0.0, 300.0, 1_200.0, 25_100.0, 250_600.0, 2e6, 250e6].map(micros),
            ["0", "300us", "1.20ms", "25.1ms", "251ms", "2.00s", "250s"]
        );
        assert_eq!([1.0, 2.583, 501.9, 12_345.6].map(mean), ["1", "2.58", "501.9", "12,346"]);
        assert_eq!([list(&["a"]), list(&["a", "b", "c"])], ["a", "a, b and c"]);
    }
}
