//! How far a benchmark is, and whether it should go on.

use std::cell::Cell;
use std::ops::ControlFlow;
use std::time::Instant;

use super::plan::Plan;
use crate::progress::Board;
use crate::signals::Signals;

/// Progress on stderr, with what is left; and what the rounds have in common.
pub(super) struct Desk {
    board: Board,
    begun: Instant,
    overloaded: Cell<bool>,
}

impl Desk {
    pub(super) fn new(quiet: bool, plan: &Plan, signals: Signals) -> Self {
        Self {
            board: Board::new(quiet, 1, plan.course.end(), signals),
            begun: Instant::now(),
            overloaded: Cell::new(false),
        }
    }

    /// Says so if a line is due.
    pub(super) fn say(&self, line: &str) {
        if self.board.is_due() {
            self.board.say(line);
        }
    }

    pub(super) fn clear(&self) {
        self.board.clear();
    }

    /// The generator could not keep up in a way that spoils the result.
    pub(super) fn mark_overloaded(&self) {
        self.overloaded.set(true);
    }

    pub(super) fn overloaded(&self) -> bool {
        self.overloaded.get()
    }

    pub(super) fn stopped(&self) -> bool {
        self.board.stopped()
    }

    /// Looks at a round whose beginning is `from` of all that is to be done, and whose end `to`, if that is known.
    pub(super) fn look(&self, what: &str, share: f64, all: Option<[f64; 2]>) -> ControlFlow<()> {
        if self.stopped() {
            return ControlFlow::Break(());
        }
        let far = all.map(|[from, to]| from + (to - from) * share.min(1.0));
        let left = far.filter(|far| *far > 0.0).map(|far| {
            let seconds = self.begun.elapsed().as_secs_f64() * (1.0 - far) / far;
            format!("  {:.0}% of all, about {seconds:.0}s left", far * 100.0)
        });
        self.say(&format!("{what}{}", left.unwrap_or_default()));
        ControlFlow::Continue(())
    }
}
