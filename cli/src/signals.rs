//! Ctrl-C and SIGTERM: the run is cut short, and what was measured is still written.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag::{register, register_conditional_shutdown};

use crate::exit::Exit;

/// Whether somebody wants us to end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Signals {
    interrupt: Arc<AtomicBool>,
    terminate: Arc<AtomicBool>,
}

impl Signals {
    /// Listens from now on. The second signal of a kind ends the program on the spot; private servers go with it.
    pub(crate) fn listen() -> io::Result<Self> {
        let signals = Self::default();
        for (signal, flag, exit) in [
            (SIGINT, &signals.interrupt, Exit::Interrupted),
            (SIGTERM, &signals.terminate, Exit::Terminated),
        ] {
            register_conditional_shutdown(signal, i32::from(exit.code()), Arc::clone(flag))?;
            register(signal, Arc::clone(flag))?;
        }
        Ok(signals)
    }

    /// How the program should end, if it should.
    pub(crate) fn stop(&self) -> Option<Exit> {
        if self.terminate.load(Ordering::Relaxed) {
            Some(Exit::Terminated)
        } else if self.interrupt.load(Ordering::Relaxed) {
            Some(Exit::Interrupted)
        } else {
            None
        }
    }
}
