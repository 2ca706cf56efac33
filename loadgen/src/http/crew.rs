//! A run's threads: one a core, started together, brought home together.

use std::sync::{Arc, mpsc};
use std::thread::{Scope, ScopedJoinHandle};

use herdlab_sim::plan::Plan;
use tokio::sync::mpsc::unbounded_channel;
use tokio::sync::watch;

use super::core::{Found, Seat};
use super::exchange::Desk;
use crate::books::Tally;
use crate::clock::Clock;
use crate::engine::Report;
use crate::error::RunError;
use crate::latencies::Latencies;
use crate::lookout::Lookout;
use crate::settings::Settings;

/// A run's threads.
pub(super) struct Crew<'scope> {
    threads: Vec<ScopedJoinHandle<'scope, Option<Found>>>,
    starts: Vec<mpsc::Sender<Clock>>,
    pub(super) lookout: Lookout,
    pub(super) told: mpsc::Receiver<Report>,
}

impl<'scope> Crew<'scope> {
    /// A thread for each desk, with so many connections; `watched` if somebody looks closely.
    pub(super) fn hire<'env>(
        scope: &'scope Scope<'scope, 'env>,
        plan: &'env Plan,
        settings: &'env Settings,
        desks: Vec<Desk>,
        connections: usize,
        watched: bool,
        over: &watch::Receiver<bool>,
    ) -> Self {
        let (reports, told) = mpsc::channel();
        let (mut threads, mut starts) = (Vec::new(), Vec::new());
        let (mut tallies, mut all_asks) = (Vec::new(), Vec::new());
        for (index, desk) in desks.into_iter().enumerate() {
            let (start, started) = mpsc::channel();
            let (asks, asked) = unbounded_channel();
            let tally = Arc::new(Tally::default());
            tallies.push(Arc::clone(&tally));
            all_asks.push(asks);
            starts.push(start);
            let (reports, over, start) = (reports.clone(), over.clone(), started);
            let gone = Gone(reports.clone());
            let seat = Seat {
                index,
                plan,
                settings,
                desk,
                connections,
                watched,
                tally,
                reports,
                asked,
                start,
                over,
            };
            threads.push(scope.spawn(move || {
                let _gone = gone;
                seat.run()
            }));
        }
        Self { threads, starts, lookout: Lookout::new(plan, tallies, all_asks), told }
    }

    /// Waits until all can begin.
    pub(super) fn ready(&self) -> Result<(), RunError> {
        for _ in &self.starts {
            match self.told.recv() {
                Ok(Report::Ready(ready)) => ready?,
                _ => return Err(RunError::Crashed),
            }
        }
        Ok(())
    }

    /// All begin.
    pub(super) fn start(&self, clock: Clock) {
        self.starts.iter().for_each(|start| _ = start.send(clock)); // a core that is gone has said so
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.threads.len()
    }

    /// What they found, and the latencies that they have handed over before; nothing if one of them panicked.
    pub(super) fn come_home(self) -> Option<(Vec<Found>, Option<Latencies>)> {
        let homes: Vec<_> = self.threads.into_iter().map(ScopedJoinHandle::join).collect();
        let found = homes.into_iter().map(|found| found.ok().flatten()).collect::<Option<_>>()?;
        Some((found, self.lookout.latencies))
    }
}

/// Tells the conductor that a core's thread is gone, however it went.
struct Gone(mpsc::Sender<Report>);

impl Drop for Gone {
    fn drop(&mut self) {
        let _ = self.0.send(Report::Gone); // nobody listens once the run is over
    }
}
