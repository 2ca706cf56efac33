//! Time as the model counts it: whole nanoseconds since the run began, on both clocks.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

use serde::{Deserialize, Serialize};

/// An instant since the run began, or a span between two: whole nanoseconds.
///
/// Arithmetic saturates, so [`Nanos::FOREVER`] stays forever and nothing wraps.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Nanos(u64);

impl Nanos {
    /// The beginning of the run, or no time at all.
    pub const ZERO: Self = Self(0);
    /// Later than everything (584 years).
    pub const FOREVER: Self = Self(u64::MAX);
    /// One second.
    pub const SECOND: Self = Self(1_000_000_000);

    /// `n` nanoseconds.
    #[must_use]
    pub const fn from_nanos(n: u64) -> Self {
        Self(n)
    }

    /// `n` microseconds.
    #[must_use]
    pub const fn from_micros(n: u64) -> Self {
        Self(n.saturating_mul(1_000))
    }

    /// `n` milliseconds.
    #[must_use]
    pub const fn from_millis(n: u64) -> Self {
        Self(n.saturating_mul(1_000_000))
    }

    /// `n` seconds.
    #[must_use]
    pub const fn from_secs(n: u64) -> Self {
        Self(n.saturating_mul(1_000_000_000))
    }

    /// `s` seconds, cut to the nanosecond; negative and NaN become zero.
    #[must_use]
    pub fn from_secs_f64(s: f64) -> Self {
        Self((s * 1e9) as u64)
    }

    /// Whole nanoseconds.
    #[must_use]
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Whole microseconds, cut.
    #[must_use]
    pub const fn as_micros(self) -> u64 {
        self.0 / 1_000
    }

    /// Whole seconds, cut.
    #[must_use]
    pub const fn as_secs(self) -> u64 {
        self.0 / 1_000_000_000
    }

    /// Seconds.
    #[must_use]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// This span `factor` times over; negative and NaN factors give zero.
    #[must_use]
    pub fn scale(self, factor: f64) -> Self {
        if self == Self::FOREVER { self } else { Self((self.0 as f64 * factor) as u64) }
    }
}

impl Add for Nanos {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Nanos {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

/// Saturates at zero: how much later `self` is than `other`, if it is.
impl Sub for Nanos {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

/// The shortest exact text with a unit, as scenarios write it: `250ms`, `1.5s`, `2m`.
impl fmt::Display for Nanos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(&str, u64); 6] = [
            ("h", 3_600_000_000_000),
            ("m", 60_000_000_000),
            ("s", 1_000_000_000),
            ("ms", 1_000_000),
            ("us", 1_000),
            ("ns", 1),
        ];
        if *self == Self::FOREVER {
            return f.write_str("forever");
        }
        if self.0 == 0 {
            return f.write_str("0s");
        }
        let whole =
            UNITS.iter().find(|(_, unit)| self.0.is_multiple_of(*unit)).unwrap_or(&UNITS[5]);
        // Seconds and below read better with a decimal point than as a long count of a smaller unit.
        let scaled = UNITS[2..].iter().find(|(_, unit)| self.0 >= *unit).unwrap_or(&UNITS[5]);
        if self.0 / whole.1 < 1_000 {
            write!(f, "{}{}", self.0 / whole.1, whole.0)
        } else {
            write!(f, "{}{}", self.0 as f64 / scaled.1 as f64, scaled.0)
        }
    }
}

impl fmt::Debug for Nanos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::Nanos;

    #[test]
    fn text_is_the_shortest_exact_one() {
        let cases = [
            (0, "0s"),
            (1, "1ns"),
            (1_500, "1.5us"),
            (250_000_000, "250ms"),
            (1_500_000_000, "1.5s"),
            (90_000_000_000, "90s"),
            (120_000_000_000, "2m"),
            (3_600_000_000_000, "1h"),
        ];
        for (nanos, text) in cases {
            assert_eq!(Nanos::from_nanos(nanos).to_string(), text);
        }
    }

    #[test]
    fn arithmetic_saturates() {
        assert_eq!(Nanos::FOREVER + Nanos::SECOND, Nanos::FOREVER);
        assert_eq!(Nanos::ZERO - Nanos::SECOND, Nanos::ZERO);
        assert_eq!(Nanos::FOREVER.scale(0.5), Nanos::FOREVER);
    }
}
