//! Clocks that differ: each process's own is ahead of the truth by a draw of its own.
//!
//! It matters where one process compares its clock with an expiry that another wrote (X5 of the article's XFetch: its
//! `time.time()`): a value looks older to a clock that is ahead, and younger to one that is behind.

use crate::plan::{Change, Plan};
use crate::random::{bits, purpose, unit};
use crate::time::Nanos;
use crate::world::World;

/// From when on clocks differ, and by how much at most.
#[derive(Debug)]
pub(super) struct Skew {
    seed: u64,
    changes: Vec<(Nanos, Nanos)>,
}

impl Skew {
    pub(super) fn new(plan: &Plan) -> Self {
        let changes = plan.events.iter().filter_map(|event| match event.change {
            Change::SkewClocks(most) => Some((event.at, most)),
            _ => None,
        });
        Self { seed: plan.seed, changes: changes.collect() }
    }

    pub(super) const fn is_none(&self) -> bool {
        self.changes.is_empty()
    }

    /// What the clock of this process says.
    pub(super) fn now<W: World>(&self, w: &W) -> Nanos {
        let now = w.now();
        match self.changes.iter().rev().find(|(at, _)| *at <= now) {
            None => now,
            Some((_, most)) => {
                let draw = bits(self.seed, u64::from(w.process().number), purpose::SKEW);
                now + most.scale(unit(draw))
            }
        }
    }
}
