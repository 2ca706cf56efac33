//! Exit codes: documented, and never changed.
//!
//! If several apply, what is worse for the figures goes first: a signal (130, 143), then an error that ended the run
//! (1, or 4 for a backend that cannot be reached), then a generator that could not keep up (5), and last a threshold that
//! failed (3): its verdict would be about figures that are not to be trusted.

use herdlab_loadgen::RunError;

/// Why the program ends.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Exit {
    /// Everything done.
    Done,
    /// An error at run time.
    Runtime,
    /// A wrong flag or scenario.
    Usage,
    /// A threshold does not hold, or ended the run.
    Failed,
    /// A backend or origin cannot be reached.
    Unreachable,
    /// The generator could not keep up: the figures are partly its own.
    Overloaded,
    /// Interrupted (Ctrl-C); what was measured was written.
    Interrupted,
    /// Terminated; what was measured was written.
    Terminated,
}

impl Exit {
    /// The code.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Runtime => 1,
            Self::Usage => 2,
            Self::Failed => 3,
            Self::Unreachable => 4,
            Self::Overloaded => 5,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }
}

/// An end before the end, and what to say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Stop {
    pub(crate) exit: Exit,
    pub(crate) message: String,
}

impl Stop {
    pub(crate) fn runtime(message: impl Into<String>) -> Self {
        Self { exit: Exit::Runtime, message: message.into() }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, message: message.into() }
    }

    /// What a flag says is wrong.
    pub(crate) fn flag(flag: &str, text: &str, reason: &str) -> Self {
        Self::usage(format!("error: {flag} {text}: {reason}"))
    }
}

/// A flag's text, understood, or why not.
pub(crate) fn understood<T>(
    flag: &str,
    text: &str,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Result<T, Stop> {
    parse(text).map_err(|reason| Stop::flag(flag, text, &reason))
}

impl From<RunError> for Stop {
    fn from(error: RunError) -> Self {
        let exit = match error {
            RunError::Address { .. }
            | RunError::Remote { .. }
            | RunError::NotOurs { .. }
            | RunError::Credentials { .. }
            | RunError::Fixed
            | RunError::ModelOnly { .. }
            | RunError::NoProxy { .. }
            | RunError::OutOfReach { .. }
            | RunError::Template { .. }
            | RunError::Heavy { .. }
            | RunError::Listen { .. }
            | RunError::Unsuited { .. } => Exit::Usage,
            RunError::Unreachable { .. }
            | RunError::Backend { .. }
            | RunError::NoServer { .. }
            | RunError::Start { .. }
            | RunError::Down => Exit::Unreachable,
            RunError::System(_) | RunError::Crashed => Exit::Runtime,
        };
        Self { exit, message: format!("error: {error}") }
    }
}
