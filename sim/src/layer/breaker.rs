//! A circuit breaker: an origin that fails is left alone for a while.
//!
//! Nygard, Release It!, 2007; as pybreaker and Akka have it: so many failures in a row *open* the circuit of a process,
//! and every call is refused at once. After a while one call is let through as a trial: a success closes the circuit, a
//! failure opens it again. A trial that is never reported is followed by another after as long again.

use super::per_process::PerProcess;
use crate::plan::Breaker;
use crate::time::Nanos;
use crate::world::World;

#[derive(Debug, Default)]
struct Circuit {
    /// Failures in a row.
    failures: u32,
    /// While it is open: when the next trial may go.
    trial: Nanos,
}

/// The circuit of each process.
#[derive(Debug)]
pub(super) struct Circuits {
    pub(super) plan: Breaker,
    circuits: PerProcess<Circuit>,
}

impl Circuits {
    pub(super) fn new(plan: Breaker) -> Self {
        Self { plan, circuits: PerProcess::new() }
    }

    /// Whether a call may go now.
    pub(super) fn admits<W: World>(&self, w: &W) -> bool {
        let now = w.now();
        self.circuits.of(w.process(), |circuit| {
            if circuit.failures < self.plan.failures {
                return true;
            }
            let may = now >= circuit.trial;
            if may {
                circuit.trial = now + self.plan.open;
            }
            may
        })
    }

    /// A call ended well, or did not.
    pub(super) fn report<W: World>(&self, w: &W, well: bool) {
        let now = w.now();
        self.circuits.of(w.process(), |circuit| {
            if well {
                circuit.failures = 0;
                return;
            }
            circuit.failures = circuit.failures.saturating_add(1);
            if circuit.failures >= self.plan.failures {
                circuit.trial = now + self.plan.open;
            }
        });
    }
}
