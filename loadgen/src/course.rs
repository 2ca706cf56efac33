//! The course of a run, whatever it loads: events, looks and ticks in their time, until every request has ended.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use herdlab_sim::measure::{LaneRun, Observer};
use herdlab_sim::plan::{Change, Event, Plan};
use herdlab_sim::time::Nanos;

use crate::clock::Clock;
use crate::engine::Report;
use crate::error::RunError;
use crate::look::Watch;
use crate::lookout::Lookout;
use crate::origin::SharedOrigin;

/// A run that has begun.
pub(crate) trait Conducted {
    /// What is run.
    fn plan(&self) -> &Plan;
    /// Its clock.
    fn clock(&self) -> Clock;
    /// Where its cores are seen from.
    fn lookout(&self) -> &Lookout;
    /// Its origin, if it is ours to see.
    fn origin(&self) -> Option<&SharedOrigin>;
    /// When it has something of its own to mind, beside events.
    fn next(&self) -> Nanos;
    /// Minds what is its own; whether the run goes on.
    fn mind(&mut self, now: Nanos) -> ControlFlow<()>;
    /// Makes a change, or says why it cannot.
    fn change(&mut self, change: Change) -> Result<(), RunError>;
    /// Keeps what somebody should know.
    fn warn(&mut self, warning: String);
    /// What all cores measured so far; nothing if one of them does not answer in time.
    fn present(&self) -> Option<LaneRun>;
}

/// Carries out events, looks and ticks until every request has ended on so many cores, or the observer breaks.
pub(crate) fn conduct(
    run: &mut impl Conducted,
    mut events: VecDeque<Event>,
    told: &Receiver<Report>,
    mut running: usize,
    observer: &mut dyn Observer,
) -> Result<ControlFlow<()>, RunError> {
    let (mut watch, mut tick) = (Watch::from(observer.first_look()), Nanos::SECOND);
    while running > 0 {
        let next = events.front().map_or(tick, |event| event.at.min(tick));
        let next = next.min(watch.next).min(run.next());
        match told.recv_timeout(span(next - run.clock().now())) {
            Ok(Report::Ended) => running -= 1,
            Ok(_) | Err(RecvTimeoutError::Disconnected) => return Err(RunError::Crashed),
            Err(RecvTimeoutError::Timeout) => {}
        }
        let now = run.clock().now();
        if run.mind(now).is_break() {
            return Ok(ControlFlow::Break(()));
        }
        while let Some(event) = events.pop_front_if(|event| event.at <= now) {
            carry_out(run, &event);
        }
        if now >= watch.next {
            let ControlFlow::Continue(acts) = watch.look(now, run, observer) else {
                return Ok(ControlFlow::Break(()));
            };
            events.extend(acts);
            events.make_contiguous().sort_by_key(|event| event.at);
        }
        if now >= tick {
            tick = Nanos::from_secs(now.as_secs() + 1);
            run.lookout().gather();
            let counts = run.origin().map_or((0, 0), SharedOrigin::counts);
            let progress = run.lookout().progress(now, counts);
            if observer.tick(&progress, &mut || run.present()).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
    }
    if watch.next < Nanos::FOREVER {
        watch.last_look(run.clock().now(), run, observer);
    }
    Ok(ControlFlow::Continue(()))
}

fn carry_out(run: &mut impl Conducted, event: &Event) {
    if let Err(error) = run.change(event.change) {
        let name = event.change.name();
        run.warn(format!("the event {name} at {} was not carried out: {error}", event.at));
    }
}

fn span(span: Nanos) -> Duration {
    Duration::from_nanos(span.as_nanos())
}
