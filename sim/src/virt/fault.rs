//! What the scenario does to the cache, as the machine's operations feel it.
//!
//! A stopped cache is a stopped process behind a socket: what was sent lies there, takes effect when the process goes on,
//! and is answered then. When that will be is known from the scenario, so an operation knows at once how long it takes.

use super::machine::Machine;
use super::operation::Write;
use super::queue::{Class, Event, Target};
use crate::plan::Change;
use crate::time::Nanos;

/// The state of the cache.
#[derive(Copy, Clone, PartialEq, Eq, Default, Debug)]
pub(super) enum Fault {
    /// It works.
    #[default]
    None,
    /// It stands still until then; `dies` says that it goes on no more.
    Stopped { until: Nanos, dies: bool },
    /// Nobody is there.
    Killed,
    /// Every round trip takes so much longer.
    Slow(Nanos),
}

impl Fault {
    /// What `change` makes of the cache, if it is about it; `next` are the changes that follow.
    pub(super) fn of(
        change: Change,
        mut next: impl Iterator<Item = (Nanos, Change)>,
    ) -> Option<Self> {
        Some(match change {
            Change::RestoreCache => Self::None,
            Change::KillCache => Self::Killed,
            Change::SlowCache(span) => Self::Slow(span),
            Change::StopCache => {
                let ends = |change: &Change| {
                    matches!(
                        change,
                        Change::RestoreCache | Change::KillCache | Change::SlowCache(_)
                    )
                };
                let end = next.find(|(_, change)| ends(change));
                let until = end.map_or(Nanos::FOREVER, |(at, _)| at);
                Self::Stopped { until, dies: end.is_some_and(|(_, by)| by == Change::KillCache) }
            }
            _ => return None,
        })
    }
}

impl Machine {
    /// As [`Machine::send`], of a cache that something was done to.
    #[cold]
    pub(super) fn send_into(
        &mut self,
        fault: Fault,
        lands: impl FnOnce() -> Option<Write>,
    ) -> (Option<Event>, bool) {
        let target: Target = self.polling.target();
        let (span, dies) = match fault {
            Fault::None => (self.trip(), false),
            Fault::Slow(more) => (self.trip() + more, false),
            Fault::Killed => (Nanos::ZERO, true),
            Fault::Stopped { until: Nanos::FOREVER, .. } => (Nanos::FOREVER, true),
            Fault::Stopped { until, dies: true } => (until - self.now, true),
            Fault::Stopped { until, dies: false } => (until - self.now + self.trip(), false),
        };
        let fails = dies || self.times_out(span, lands);
        let answer = span.min(self.cache_timeout);
        if answer == Nanos::FOREVER {
            return (Some(Event::NEVER), true); // nobody will ever answer
        }
        (Some(self.queue.push(self.now, answer, Class::Result, target)), fails)
    }
}
