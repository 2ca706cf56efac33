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

    /// The cache's TTL, which every strategy has.
    pub fn ttl(slot: &'a mut Nanos) -> Self {
        Self::span("ttl", "how long an entry is fresh", slot).at_least(1e-9)
    }
}
