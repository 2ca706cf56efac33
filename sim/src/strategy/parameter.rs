//! A strategy's parameters by name: scenarios set them, `check` prints them, `--set` names them.

use crate::time::Nanos;

/// One named parameter, borrowed from its strategy.
#[derive(Debug)]
pub struct Parameter<'a> {
    /// The name scenarios use.
    pub name: &'static str,
    /// One line: what it is.
    pub about: &'static str,
    /// Where its value lives.
    pub slot: Slot<'a>,
    /// The least value allowed, in the slot's own unit (seconds for a span).
    pub least: f64,
}

/// A parameter's type and place.
#[derive(Debug)]
pub enum Slot<'a> {
    /// A span of time.
    Span(&'a mut Nanos),
    /// A number.
    Number(&'a mut f64),
    /// A whole number.
    Count(&'a mut u32),
    /// On or off.
    Switch(&'a mut bool),
}

/// A value of a parameter's own kind.
#[derive(Copy, Clone, PartialEq, Debug)]
pub enum Setpoint {
    /// A span of time.
    Span(Nanos),
    /// A number.
    Number(f64),
    /// A whole number.
    Count(u32),
    /// On or off.
    Switch(bool),
}

impl<'a> Parameter<'a> {
    /// A span of time.
    pub fn span(name: &'static str, about: &'static str, slot: &'a mut Nanos) -> Self {
        Self { name, about, slot: Slot::Span(slot), least: 0.0 }
    }

    /// A number.
    pub fn number(name: &'static str, about: &'static str, slot: &'a mut f64) -> Self {
        Self { name, about, slot: Slot::Number(slot), least: 0.0 }
    }

    /// A whole number.
    pub fn count(name: &'static str, about: &'static str, slot: &'a mut u32) -> Self {
        Self { name, about, slot: Slot::Count(slot), least: 0.0 }
    }

    /// On or off.
    pub fn switch(name: &'static str, about: &'static str, slot: &'a mut bool) -> Self {
        Self { name, about, slot: Slot::Switch(slot), least: 0.0 }
    }

    /// The same with a least value.
    #[must_use]
    pub fn at_least(self, least: f64) -> Self {
        Self { least, ..self }
    }

    /// Sets it; false if the value is of another kind.
    pub fn set(self, value: Setpoint) -> bool {
        match (self.slot, value) {
            (Slot::Span(slot), Setpoint::Span(span)) => *slot = span,
            (Slot::Number(slot), Setpoint::Number(number)) => *slot = number,
            (Slot::Count(slot), Setpoint::Count(count)) => *slot = count,
            (Slot::Switch(slot), Setpoint::Switch(switch)) => *slot = switch,
            _ => return false,
        }
        true
    }

    /// The cache's TTL, which every strategy has.
    pub fn ttl(slot: &'a mut Nanos) -> Self {
        Self::span("ttl", "how long an entry is fresh", slot).at_least(1e-9)
    }
}
