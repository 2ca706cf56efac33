//! The one clock of a run: CLOCK_MONOTONIC, read through the vDSO, told as time since the run began.

use herdlab_sim::time::Nanos;
use rustix::time::{ClockId, Timespec, clock_gettime};

fn nanos(time: Timespec) -> Nanos {
    Nanos::from_nanos(time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64)
}

/// CLOCK_MONOTONIC: time since the machine was started.
pub(crate) fn monotonic() -> Nanos {
    nanos(clock_gettime(ClockId::Monotonic))
}

/// CPU time that all threads of this process have used.
#[must_use]
pub fn cpu_time() -> Nanos {
    nanos(clock_gettime(ClockId::ProcessCPUTime))
}

/// When a run began. The same on every core, so that instants of different cores compare.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Clock {
    zero: Nanos,
}

impl Clock {
    /// A run that begins at this monotonic instant.
    pub(crate) const fn starting_at(zero: Nanos) -> Self {
        Self { zero }
    }

    /// Since the run began; zero before.
    pub(crate) fn now(self) -> Nanos {
        monotonic() - self.zero
    }

    /// The monotonic instant of an instant of the run.
    pub(crate) fn monotonic(self, at: Nanos) -> Nanos {
        self.zero + at
    }
}
