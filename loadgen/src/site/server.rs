//! The origin as a server: a thread of its own that listens until it is told to end.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use herdlab_sim::measure::{LaneRun, Window};
use herdlab_sim::plan::{self, Event};
use herdlab_sim::time::Nanos;
use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::watch;

use super::caching::Caching;
use super::connection::serve;
use super::figures::SiteFigures;
use super::shared::Shared;
use crate::clock::{Clock, monotonic};
use crate::error::RunError;
use crate::origin::SharedOrigin;

/// The timer of the server fires at most this often.
const TICK: Nanos = Nanos::from_micros(50);

/// What an origin is.
#[derive(Clone, Debug)]
pub struct Site {
    /// Where it listens; port 0 is any that is free.
    pub listen: SocketAddr,
    /// Seeds its service times and failures.
    pub seed: u64,
    /// Its slots, queue, latency and failures.
    pub origin: plan::Origin,
    /// What happens to it, from its start on. Events of others are passed over.
    pub events: Vec<Event>,
    /// Bytes of an answer, at least.
    pub value_size: u32,
    /// How long clients wait, as far as a queue that drops the expired believes.
    pub patience: Option<Nanos>,
    /// What it tells caches.
    pub caching: Caching,
}

/// An origin that listens. Dropped, it is gone.
#[derive(Debug)]
pub struct OriginServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    over: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl OriginServer {
    /// Starts an origin that counts from now on.
    ///
    /// # Errors
    /// [`RunError::Listen`] if it cannot listen there, [`RunError::System`] if there is no thread for it.
    pub fn start(site: Site) -> Result<Self, RunError> {
        let window = Window { warmup: Nanos::ZERO, end: Nanos::FOREVER };
        Self::start_at(site, Clock::starting_at(monotonic()), window)
    }

    /// Starts an origin that counts what a run measures, on the run's clock.
    pub(crate) fn start_at(mut site: Site, clock: Clock, window: Window) -> Result<Self, RunError> {
        site.events.retain(|event| event.change.is_of_origin());
        let refused = |error: std::io::Error| RunError::Listen {
            address: site.listen.to_string(),
            reason: error.to_string(),
        };
        let listener = TcpListener::bind(site.listen).map_err(refused)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::new(site, clock, window));
        let (over, ends) = watch::channel(false);
        let serving = Arc::clone(&shared);
        let thread = thread::Builder::new().name("origin".to_owned()).spawn(move || {
            let runtime =
                Builder::new_current_thread().enable_all().build_local(LocalOptions::default());
            // Whoever started it sees that it is not alive.
            let _ = runtime.map(|runtime| runtime.block_on(serve(serving, listener, TICK, ends)));
        })?;
        Ok(Self { address, shared, over, thread: Some(thread) })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it measured so far.
    #[must_use]
    pub fn figures(&self) -> SiteFigures {
        self.shared.figures()
    }

    /// The same as a lane of a run, which thresholds and records are made for.
    #[must_use]
    pub fn lane(&self) -> LaneRun {
        self.shared.lane()
    }

    /// How long it has been there.
    #[must_use]
    pub fn age(&self) -> Nanos {
        self.shared.age()
    }

    /// Its state machine and its ledger.
    pub(crate) fn origin(&self) -> &SharedOrigin {
        &self.shared.origin
    }

    /// Whether its thread is still there.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.thread.as_ref().is_some_and(|thread| !thread.is_finished())
    }
}

impl Drop for OriginServer {
    fn drop(&mut self) {
        let _ = self.over.send(true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join(); // a panic there has been printed
        }
    }
}
