//! A lane in real time, looked at closely: what its cores counted since the last look, put together.
//!
//! Nobody is held: a core answers between two requests, and one that is behind is not waited for long.

use std::ops::ControlFlow;

use herdlab_sim::measure::{LaneRun, Live, Observer, Onward, RequestSample, Sample, SoFar, Totals};
use herdlab_sim::plan::Event;
use herdlab_sim::time::Nanos;

use crate::books::Glance;
use crate::course::Conducted;

/// What was seen so far.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    /// When the lane is looked at next; never, if nobody does.
    pub(crate) next: Nanos,
    so_far: SoFar,
    totals: Totals,
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

impl Watch {
    /// From that instant on, if ever.
    pub(crate) fn from(first: Nanos) -> Self {
        Self { next: first, ..Self::default() }
    }

    /// The observer looks; what it wants to happen, or that it wants the end.
    pub(crate) fn look(
        &mut self,
        at: Nanos,
        run: &impl Conducted,
        observer: &mut dyn Observer,
    ) -> ControlFlow<(), Vec<Event>> {
        let (sample, totals) = self.now(at, run);
        let figures = || run.present();
        let Onward { next, acts } =
            observer.look(&mut Now { at, sample, totals, figures: &figures })?;
        self.next = next.max(at + Nanos::from_millis(1));
        ControlFlow::Continue(acts)
    }

    /// The observer looks once more, when all is over.
    pub(crate) fn last_look(
        &mut self,
        at: Nanos,
        run: &impl Conducted,
        observer: &mut dyn Observer,
    ) {
        let (sample, totals) = self.now(at, run);
        observer.last_look(&mut Now { at, sample, totals, figures: &|| None });
    }

    fn now(&mut self, at: Nanos, run: &impl Conducted) -> (Sample, Totals) {
        let mut requests = RequestSample::default();
        let mut totals = Totals::default();
        for glance in run.lookout().glances() {
            let Glance { sample, outcomes, in_time, outdated, leaked, unknown } = glance;
            requests.merge(&sample);
            totals.outcomes.iter_mut().zip(outcomes).for_each(|(sum, n)| *sum += n);
            totals.in_time += in_time;
            totals.outdated += outdated;
            totals.leaked += leaked;
            totals.unknown += unknown;
        }
        if totals.requests() < self.totals.requests() {
            totals = self.totals; // a core did not answer; what it has comes with its next answer
        }
        if at > run.plan().warmup {
            self.so_far.add(&requests);
        }
        let in_flight = run.lookout().in_flight();
        let (origin, computing, queued) =
            run.origin().map_or_else(Default::default, |origin| origin.look(&mut totals));
        totals.latency_us = self.so_far.latency_us();
        self.totals = totals;
        let sample =
            Sample { at, requests, origin, in_flight, computing, queued, ..Sample::default() };
        (sample, totals)
    }
}
