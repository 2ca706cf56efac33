//! A lane's strategy as changed parameters made it: requests that run keep the one they began with.

use std::cell::{Cell, OnceCell};
use std::ops::Deref;

use crate::plan::Setting;
use crate::strategy::{Job, Strategy};
use crate::time::Nanos;

/// Makes a strategy with a changed parameter, if it has it.
pub(super) type Renew<S> = fn(&S, Setting) -> Option<S>;

/// Where later strategies lie, each behind the one before it, so that none ever moves.
#[derive(Debug)]
pub(super) struct Later<S>(OnceCell<Box<(S, Self)>>);

impl<S> Default for Later<S> {
    fn default() -> Self {
        Self(OnceCell::new())
    }
}

/// The strategy that requests begin with.
#[derive(Debug)]
pub(super) struct Versions<'a, S> {
    current: Cell<&'a S>,
    last: Cell<&'a Later<S>>,
    renew: Renew<S>,
}

impl<'a, S> Versions<'a, S> {
    pub(super) const fn new(first: &'a S, later: &'a Later<S>, renew: Renew<S>) -> Self {
        Self { current: Cell::new(first), last: Cell::new(later), renew }
    }

    #[inline]
    pub(super) const fn current(&self) -> &'a S {
        self.current.get()
    }
}

/// What the executor needs of the current strategy, whichever it is.
pub(super) trait Changing {
    /// Requests that begin from now on have this parameter, if the strategy has it.
    fn set(&self, setting: Setting);
    /// Its job.
    fn job(&self) -> Option<Job>;
    /// How long what it stores is fresh, and how much longer it is kept.
    fn life(&self) -> (Nanos, Nanos);
}

impl<S: Strategy> Changing for Versions<'_, S> {
    fn job(&self) -> Option<Job> {
        self.current().job()
    }

    fn life(&self) -> (Nanos, Nanos) {
        (self.current().ttl(), self.current().grace())
    }

    fn set(&self, setting: Setting) {
        if let Some(renewed) = (self.renew)(self.current(), setting) {
            let (current, last) =
                &**self.last.get().0.get_or_init(|| Box::new((renewed, Later::default())));
            self.current.set(current);
            self.last.set(last);
        }
    }
}

/// The strategy that is current whenever it is asked.
#[derive(Debug)]
pub(super) struct Current<'v, 'a, S>(pub(super) &'v Versions<'a, S>);

impl<S> Deref for Current<'_, '_, S> {
    type Target = S;

    #[inline]
    fn deref(&self) -> &S {
        self.0.current()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategy::{Setpoint, XFetch, renewed};

    #[test]
    fn a_strategy_lives_on_when_a_later_one_is_current() {
        let (first, later) = (XFetch::default(), Later::default());
        let versions = Versions::new(&first, &later, |s, set| renewed(s, set.parameter, set.value));
        let before = versions.current();
        for beta in [2.0, 3.0] {
            versions.set(Setting { parameter: "beta", value: Setpoint::Number(beta) });
        }
        versions.set(Setting { parameter: "grace", value: Setpoint::Number(7.0) });
        versions.set(Setting { parameter: "beta", value: Setpoint::Switch(true) });
        assert_eq!((before.beta, versions.current().beta), (1.0, 3.0));
    }
}
