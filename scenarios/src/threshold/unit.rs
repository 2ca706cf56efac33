//! What a figure is, and the units that its limit is written in.

use std::fmt;

/// What a figure is, and so which units its limit takes.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// Microseconds.
    Time,
    /// 0 to 1.
    Share,
    /// Per second.
    Rate,
    Count,
}

/// A unit and what one of it is in the figure's own.
pub(super) type Unit = (&'static str, f64);

const TIMES: &[Unit] =
    &[("ns", 1e-3), ("us", 1.0), ("µs", 1.0), ("ms", 1e3), ("s", 1e6), ("m", 60e6)];
const SHARES: &[Unit] = &[("", 1.0), ("%", 0.01)];
const COUNTS: &[Unit] = &[("", 1.0), ("k", 1e3), ("K", 1e3), ("M", 1e6)];
const RATES: &[Unit] = &[
    ("", 1.0),
    ("/s", 1.0),
    ("k", 1e3),
    ("K", 1e3),
    ("k/s", 1e3),
    ("K/s", 1e3),
    ("M", 1e6),
    ("M/s", 1e6),
];

impl Kind {
    /// By the name that a summary gives it.
    pub(super) fn of(name: &str) -> Self {
        match name {
            _ if name.ends_with("_us") => Self::Time,
            _ if name.ends_with(".rate") || name == "goodput" => Self::Share,
            _ if name.contains(".qps.") => Self::Rate,
            _ => Self::Count,
        }
    }

    pub(super) const fn units(self) -> &'static [Unit] {
        match self {
            Self::Time => TIMES,
            Self::Share => SHARES,
            Self::Rate => RATES,
            Self::Count => COUNTS,
        }
    }

    /// What it is, and how one is written.
    pub(super) const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Time => ("a time", "200ms"),
            Self::Share => ("a share", "99% or 0.99"),
            Self::Rate => ("a rate", "2000/s or 2k/s"),
            Self::Count => ("a count", "1 or 10k"),
        }
    }
}

/// A number as it was written.
#[derive(Copy, Clone, PartialEq, Debug)]
pub(super) struct Quantity {
    pub(super) number: f64,
    pub(super) unit: Unit,
}

impl Quantity {
    /// In the figure's own unit.
    pub(super) fn value(self) -> f64 {
        // Divided, because 99 / 100 is the same number as 0.99, and 99 * 0.01 is not.
        if self.unit.1 < 1.0 {
            self.number / (1.0 / self.unit.1).round()
        } else {
            self.number * self.unit.1
        }
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.number, self.unit.0)
    }
}
