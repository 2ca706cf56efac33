//! What the scenario does to the cache, as the machine's operations feel it.
//!
//! A stopped cache is a stopped process behind a socket: what was sent lies there, takes effect when the process goes on,
//! and is answered then. When that will be is known from the scenario, so an operation knows at once how long it takes.

use super::machine::Machine;
use super::operation::Write;
use super::queue::{Class, Event, Target};
use crate::plan::{Change, RECONNECT, RETRANSMIT};
use crate::random::{bits, purpose, unit};
use crate::time::Nanos;

/// The state of the cache.
#[derive(Copy, Clone, PartialEq, Default, Debug)]
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
    /// This share of round trips loses a packet.
    Lossy(f64),
    /// It accepts one process after another again, all of them that long after `since`.
    Reconnecting { since: Nanos, over: Nanos },
}

impl Fault {
    /// What `change` makes of the cache, if it is about it; `next` are the changes that follow.
    pub(super) fn of(
        now: Nanos,
        change: Change,
        mut next: impl Iterator<Item = (Nanos, Change)>,
    ) -> Option<Self> {
        Some(match change {
            Change::RestoreCache => Self::None,
            Change::KillCache => Self::Killed,
            Change::SlowCache(span) => Self::Slow(span),
            Change::LoseCache(share) => Self::Lossy(share),
            Change::Reconnect(over) => Self::Reconnecting { since: now, over },
            Change::StopCache => {
                let ends = |change: Change| change.of_cache() && change != Change::StopCache;
                let end = next.find(|(_, change)| ends(*change));
                let until = end.map_or(Nanos::FOREVER, |(at, _)| at);
                Self::Stopped { until, dies: end.is_some_and(|(_, by)| by == Change::KillCache) }
            }
            _ => return None,
        })
    }
}

impl Machine {
    /// Every connection is cut: what is on its way fails when its answer is due, what is sent before they are made anew
    /// at once. An answer that is due still later than that is none of a cache that answers within 20 ms.
    pub(super) fn cut(&mut self) {
        let slow = match self.fault {
            Fault::Stopped { .. } | Fault::Killed => return, // there is none
            Fault::Slow(more) => more,
            Fault::Lossy(_) | Fault::Reconnecting { .. } | Fault::None => Nanos::ZERO,
        };
        if self.apart {
            self.cut_until = self.now + RECONNECT + slow;
            self.steady = None;
        }
    }

    pub(super) fn is_cut(&self) -> bool {
        self.now < self.cut_until
    }

    /// Whether a packet of the present task's next cache operation is lost.
    fn loses(&mut self, share: f64) -> bool {
        let seed = self.seed;
        let who = self.who();
        let n = u64::from(who.trips) | u64::from(who.reserved) << 20;
        unit(bits(seed, who.request, purpose::CACHE_LOSS + n)) < share
    }

    /// When the present task's process has its connections again.
    fn accepted_at(&mut self, since: Nanos, over: Nanos) -> Nanos {
        let place = f64::from(self.process().number + 1) / f64::from(self.processes);
        since + over.scale(place)
    }

    /// As [`Machine::send`], of a cache that something was done to.
    #[cold]
    pub(super) fn send_into(
        &mut self,
        fault: Fault,
        lands: impl FnOnce() -> Option<Write>,
    ) -> (Option<Event>, bool) {
        let target: Target = self.polling.target();
        let (span, dies) = match fault {
            _ if self.is_cut() => (Nanos::ZERO, true),
            Fault::None => (self.trip(), false),
            Fault::Slow(more) => (self.trip() + more, false),
            Fault::Lossy(share) => {
                let more = if self.loses(share) { RETRANSMIT } else { Nanos::ZERO };
                (self.trip() + more, false)
            }
            Fault::Reconnecting { since, over } => {
                (self.accepted_at(since, over) - self.now + self.trip(), false)
            }
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
