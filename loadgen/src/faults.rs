//! What the scenario does to a cache: one that we started is stopped, killed, and in the end always whole again; the way
//! to any is slow, loses packets, or is cut.
//!
//! A server that is somebody else's is never touched: a plan that would is refused before anything is sent. Only our own
//! connections go through the proxy. One thing is wrong at a time, as in virtual time: the last that happened.

use std::cell::Cell;

use herdlab_sim::plan::{Change, Plan};
use herdlab_sim::time::Nanos;

use crate::error::RunError;
use crate::proxy::Proxy;
use crate::server::PrivateServer;
use crate::target::Target;

/// The state of our server.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
enum State {
    Works,
    Stopped,
    Killed,
}

/// Does what the scenario says to a private server, and to the way to any. Dropped, the server works again.
#[derive(Debug)]
pub(crate) struct Faults<'a> {
    server: Option<&'a PrivateServer>,
    proxy: Option<Proxy>,
    state: Cell<State>,
}

/// Whether the plan does something to the way to its cache.
pub(crate) fn need_proxy(plan: &Plan) -> bool {
    plan.events.iter().any(|event| on_the_way(event.change))
}

const fn on_the_way(change: Change) -> bool {
    matches!(change, Change::SlowCache(_) | Change::LoseCache(_) | Change::ResetCache)
}

impl<'a> Faults<'a> {
    /// What can be done to the target, and to the way to it through `proxy`.
    ///
    /// # Errors
    /// [`RunError::NotOurs`] if the plan stops or kills a server that we did not start, [`RunError::Fixed`] if it has what
    /// only the model can do, as [`Faults::check`].
    pub(crate) fn of(
        target: &'a Target,
        proxy: Option<Proxy>,
        plan: &Plan,
    ) -> Result<Self, RunError> {
        let server = match target {
            Target::Private(server) => Some(server),
            Target::Memory | Target::Url(_) => None,
        };
        let faults = Self { server, proxy, state: Cell::new(State::Works) };
        plan.events.iter().try_for_each(|event| faults.check(event.change))?;
        Ok(faults)
    }

    /// Whether that can be done here: nothing is, to the server of somebody else.
    pub(crate) const fn check(&self, change: Change) -> Result<(), RunError> {
        let event = change.name();
        match change {
            Change::Set(_) => Err(RunError::Fixed),
            change if change.model_only() => Err(RunError::ModelOnly { event }),
            Change::StopCache | Change::KillCache if self.server.is_none() => {
                Err(RunError::NotOurs { event })
            }
            change if on_the_way(change) && self.proxy.is_none() => {
                Err(RunError::NoProxy { event })
            }
            _ => Ok(()),
        }
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
        self.heal();
        self.act(State::Stopped, PrivateServer::stop)
    }

    /// It is gone, and its content.
    ///
    /// # Errors
    /// [`RunError::System`] if it was gone.
    pub(crate) fn kill(&self) -> Result<(), RunError> {
        self.heal();
        self.act(State::Killed, PrivateServer::kill)
    }

    /// Round trips take so much longer.
    pub(crate) fn slow(&self, more: Nanos) {
        if let Some(proxy) = &self.proxy {
            proxy.slow(more);
        }
    }

    /// This share of round trips loses a packet.
    pub(crate) fn lose(&self, share: f64) {
        if let Some(proxy) = &self.proxy {
            proxy.lose(share);
        }
    }

    /// Every connection is cut.
    pub(crate) fn cut(&self) {
        if let Some(proxy) = &self.proxy {
            proxy.cut();
        }
    }

    /// The way is itself again.
    fn heal(&self) {
        self.slow(Nanos::ZERO);
    }

    /// It works again, and so does the way to it; true if it is another, an empty one.
    ///
    /// # Errors
    /// [`RunError::Start`] if it does not come up, [`RunError::System`] if it is gone.
    pub(crate) fn restore(&self) -> Result<bool, RunError> {
        self.heal();
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
