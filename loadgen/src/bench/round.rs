//! A round's figures.

use std::collections::BTreeMap;

use herdlab_sim::measure::Distribution;
use herdlab_sim::time::Nanos;
use serde::Serialize;

use super::tally::Tally;
use crate::backend::{BackendError, Sent};
use crate::figures;
use crate::settings::Settings;

/// Requests that were not answered, by the reason.
#[derive(Copy, Clone, PartialEq, Eq, Default, Debug, Serialize)]
pub struct Errors {
    /// There was no connection, or none was free in time; nothing was sent.
    pub down: u64,
    /// The connection was lost on the way.
    pub lost: u64,
    /// The server answered with an error, or with a value that is not the item's.
    pub refused: u64,
    /// No answer long after the round.
    pub unanswered: u64,
}

impl Errors {
    pub(super) fn count(&mut self, error: BackendError) {
        *match error {
            BackendError::Down | BackendError::NoConnection => &mut self.down,
            BackendError::Lost => &mut self.lost,
            BackendError::Refused => &mut self.refused,
            BackendError::Timeout => &mut self.unanswered,
        } += 1;
    }

    pub(super) const fn merge(&mut self, other: Self) {
        self.down += other.down;
        self.lost += other.lost;
        self.refused += other.refused;
        self.unanswered += other.unanswered;
    }

    /// All of them.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.down + self.lost + self.refused + self.unanswered
    }
}

/// What one contender did in one round.
#[derive(Clone, Debug)]
pub struct Round {
    /// Requests due in the measured part. Answers and errors add up to them.
    pub requests: u64,
    /// Answers that came within the measured part, whenever their requests were due.
    pub answered: u64,
    /// The same, a second.
    pub throughput: f64,
    /// From the intended start to the answer.
    pub latency: Distribution,
    /// From the send to the answer.
    pub service: Distribution,
    /// From the intended start to the send: how late the generator was.
    pub lateness: Distribution,
    /// Values read that were there.
    pub hits: u64,
    /// Values read that were not.
    pub misses: u64,
    /// Requests without an answer.
    pub errors: Errors,
    /// CPU time of this process for an answer in the measured part, in microseconds. Zero without an answer.
    pub cpu_us: f64,
    /// The share of the generator's cores that it used, 0 to 1.
    pub busy: f64,
    /// Commands that we sent in the whole round, by the name under which the server counts them.
    pub commands: BTreeMap<String, u64>,
    /// Commands that the server says it carried out meanwhile, if it says: also other people's, and those within
    /// scripts.
    pub served: Option<u64>,
    /// Connections that were lost and made anew.
    pub reconnects: u64,
    /// Why the generator itself could not keep up, if so: then the latencies are partly its own.
    pub overloaded: Option<String>,
}

impl Round {
    pub(super) fn new(
        mut tally: Tally,
        sent: Sent,
        cpu: Nanos,
        duration: Nanos,
        settings: &Settings,
    ) -> Self {
        let seconds = duration.as_secs_f64().max(1e-9);
        // What is still open is neither an answer nor an error that somebody told of.
        tally.errors.unanswered +=
            tally.requests.saturating_sub(tally.latency.count() + tally.errors.total());
        Self {
            requests: tally.requests,
            answered: tally.answered,
            throughput: tally.answered as f64 / seconds,
            hits: tally.reads.hits,
            misses: tally.reads.misses,
            errors: tally.errors,
            cpu_us: match tally.answered {
                0 => 0.0,
                answered => cpu.as_secs_f64() * 1e6 / answered as f64,
            },
            busy: cpu.as_secs_f64() / seconds / settings.cores as f64,
            commands: sent.commands,
            served: None,
            reconnects: sent.reconnects,
            overloaded: figures::late(&mut tally.lateness, &mut tally.latency, settings),
            latency: tally.latency,
            service: tally.service,
            lateness: tally.lateness,
        }
    }

    /// The share of values read that were there; `None` if none was read.
    #[must_use]
    pub fn hit_rate(&self) -> Option<f64> {
        let reads = self.hits + self.misses;
        (reads > 0).then(|| self.hits as f64 / reads as f64)
    }
}
