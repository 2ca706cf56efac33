//! A lane in real time, looked at closely: what its cores counted since the last look, put together.
//!
//! Nobody is held: a core answers between two requests, and one that is behind is not waited for long.

use std::ops::ControlFlow;

use herdlab_sim::measure::{LaneRun, Live, Observer, Onward, RequestSample, Sample, SoFar, Totals};
use herdlab_sim::plan::Event;
use herdlab_sim::time::Nanos;

use crate::backend::Store;
use crate::books::Glance;
use crate::conduct::Conductor;

/// What was seen so far.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    /// When the lane is looked at next; never, if nobody does.
    pub(crate) next: Nanos,
    so_far: SoFar,
    totals: Totals,
}

impl Watch {
    /// From that instant on, if ever.
    pub(crate) fn from(first: Nanos) -> Self {
        Self { next: first, ..Self::default() }
    }
}

/// The lane as it is now.
struct Now<'a> {
    at: Nanos,
    sample: Sample,
    totals: Totals,
    figures: &'a dyn Fn() -> Option<LaneRun>,
}

impl Live for Now<'_> {
    fn now(&self) -> Nanos {
        self.at
    }

    fn sample(&mut self) -> Sample {
        std::mem::take(&mut self.sample)
    }

    fn totals(&mut self) -> Totals {
        self.totals
    }

    fn figures(&mut self) -> Option<LaneRun> {
        (self.figures)()
    }
}

impl<St: Store> Conductor<'_, St> {
    /// The observer looks; what it wants to happen, or that it wants the end.
    pub(crate) fn look(
        &mut self,
        at: Nanos,
        observer: &mut dyn Observer,
    ) -> ControlFlow<(), Vec<Event>> {
        let (sample, totals) = self.now(at);
        let Onward { next, acts } = {
            let figures = || self.present();
            observer.look(&mut Now { at, sample, totals, figures: &figures })?
        };
        self.watch.next = next.max(at + Nanos::from_millis(1));
        ControlFlow::Continue(acts)
    }

    /// The observer looks once more, when all is over.
    pub(crate) fn look_again(&mut self, observer: &mut dyn Observer) {
        let at = self.clock.now();
        let (sample, totals) = self.now(at);
        observer.last_look(&mut Now { at, sample, totals, figures: &|| None });
    }

    fn now(&mut self, at: Nanos) -> (Sample, Totals) {
        let mut requests = RequestSample::default();
        let mut totals = Totals::default();
        for Glance { sample, outcomes, in_time, outdated, leaked } in self.lookout.glances() {
            requests.merge(&sample);
            totals.outcomes.iter_mut().zip(outcomes).for_each(|(sum, n)| *sum += n);
            totals.in_time += in_time;
            totals.outdated += outdated;
            totals.leaked += leaked;
        }
        if totals.requests() < self.watch.totals.requests() {
            totals = self.watch.totals; // a core did not answer; what it has comes with its next answer
        }
        if at > self.plan.warmup {
            self.watch.so_far.add(&requests);
        }
        let in_flight = self.lookout.in_flight();
        let (origin, computing, queued) = self.origin.look(&mut totals);
        totals.latency_us = self.watch.so_far.latency_us();
        self.watch.totals = totals;
        let sample =
            Sample { at, requests, origin, in_flight, computing, queued, ..Sample::default() };
        (sample, totals)
    }
}
