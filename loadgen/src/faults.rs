//! What the scenario does to a cache that we started: it is stopped, killed, and in the end always whole again.
//!
//! A server that is somebody else's is never touched: a plan that would is refused before anything is sent.

use std::cell::Cell;

use herdlab_sim::plan::{Change, Plan};

use crate::error::RunError;
use crate::server::PrivateServer;
use crate::target::Target;

/// The state of our server.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
enum State {
    Works,
    Stopped,
    Killed,
}

/// Does to a private server what the scenario says. Dropped, the server works again.
#[derive(Debug)]
pub(crate) struct Faults<'a> {
    server: Option<&'a PrivateServer>,
    state: Cell<State>,
}

impl<'a> Faults<'a> {
    /// What can be done to the target.
    ///
    /// # Errors
    /// [`RunError::NotOurs`] if the plan stops, kills or slows a server that we did not start.
    pub(crate) fn of(target: &'a Target, plan: &Plan) -> Result<Self, RunError> {
        let server = match target {
            Target::Private(server) => Some(server),
            Target::Memory | Target::Url(_) => None,
        };
        let faults = plan.events.iter().map(|event| event.change);
        for change in faults {
            if matches!(change, Change::SlowCache(_)) {
                return Err(RunError::Slow);
            }
            if server.is_none() && touches(change) {
                return Err(RunError::NotOurs { event: change.name() });
            }
        }
        Ok(Self { server, state: Cell::new(State::Works) })
    }

    /// Whether the server answers anybody.
    pub(crate) fn works(&self) -> bool {
        self.state.get() == State::Works
    }

    /// It stands still.
    ///
    /// # Errors
    /// [`RunError::System`] if it is gone.
    pub(crate) fn stop(&self) -> Result<(), RunError> {
        self.act(State::Stopped, PrivateServer::stop)
    }

    /// It is gone, and its content.
    ///
    /// # Errors
    /// [`RunError::System`] if it was gone.
    pub(crate) fn kill(&self) -> Result<(), RunError> {
        self.act(State::Killed, PrivateServer::kill)
    }

    /// It works again; true if it is another, an empty one.
    ///
    /// # Errors
    /// [`RunError::Start`] if it does not come up, [`RunError::System`] if it is gone.
    pub(crate) fn restore(&self) -> Result<bool, RunError> {
        let before = self.state.get();
        match before {
            State::Works => {}
            State::Stopped => self.act(State::Works, PrivateServer::go_on)?,
            State::Killed => self.act(State::Works, PrivateServer::restart)?,
        }
        Ok(before == State::Killed)
    }

    fn act(
        &self,
        after: State,
        what: impl FnOnce(&PrivateServer) -> Result<(), RunError>,
    ) -> Result<(), RunError> {
        if let Some(server) = self.server {
            what(server)?;
            self.state.set(after);
        }
        Ok(())
    }
}

impl Drop for Faults<'_> {
    fn drop(&mut self) {
        let _ = self.restore(); // who needs the server next will be told that it is not there
    }
}

const fn touches(change: Change) -> bool {
    matches!(
        change,
        Change::StopCache | Change::KillCache | Change::SlowCache(_) | Change::RestoreCache
    )
}
