//! How things stand at an instant, as far as they can be changed by hand: a function of the plan and what happened.

use herdlab_sim::plan::{Change, Event, Load, Plan, Setting};
use herdlab_sim::strategy::Setpoint;
use herdlab_sim::time::Nanos;

/// What can be changed, and how it is.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Knobs {
    /// Requests a second; nothing in a closed loop.
    pub(crate) rate: Option<f64>,
    /// Computes at a time.
    pub(crate) concurrency: Option<u32>,
    /// How many times as long a compute takes.
    pub(crate) slow: f64,
    pub(crate) ttl: Nanos,
    /// Of the first lane that has one.
    pub(crate) beta: Option<f64>,
    pub(crate) origin_stopped: bool,
    pub(crate) cache_gone: bool,
}

impl Knobs {
    /// How things stand when all events up to `now` have happened.
    pub(crate) fn at<'a>(plan: &Plan, events: impl Iterator<Item = &'a Event>, now: Nanos) -> Self {
        let lanes = || plan.lanes.iter().map(|lane| &lane.strategy);
        let beta = lanes().find_map(|strategy| match strategy.parameter("beta") {
            Some(Setpoint::Number(beta)) => Some(beta),
            _ => None,
        });
        let mut knobs = Self {
            rate: match &plan.traffic.load {
                Load::Open { rate, profile, .. } => {
                    let mut steps = profile.iter().filter(|step| step.at <= now);
                    Some(steps.next_back().map_or(*rate, |step| step.rate))
                }
                Load::Closed { .. } | Load::Recorded { .. } => None,
            },
            concurrency: plan.origin.concurrency,
            slow: 1.0,
            ttl: lanes().next().map_or(Nanos::ZERO, |strategy| strategy.ttl()),
            beta,
            origin_stopped: false,
            cache_gone: false,
        };
        let mut events: Vec<&Event> = events.filter(|event| event.at <= now).collect();
        events.sort_by_key(|event| event.at);
        events.into_iter().for_each(|event| knobs.turn(event.change));
        knobs
    }

    fn turn(&mut self, change: Change) {
        match change {
            Change::Rate(rate) => self.rate = Some(rate),
            Change::Concurrency(slots) => self.concurrency = slots,
            Change::SlowOrigin(factor) => self.slow = factor,
            Change::StopOrigin => self.origin_stopped = true,
            Change::RestoreOrigin => (self.origin_stopped, self.slow) = (false, 1.0),
            Change::KillCache | Change::StopCache => self.cache_gone = true,
            Change::RestoreCache
            | Change::SlowCache(_)
            | Change::LoseCache(_)
            | Change::Reconnect(_) => {
                self.cache_gone = false;
            }
            Change::Set(Setting { parameter, value }) => match (parameter, value) {
                ("ttl", Setpoint::Span(ttl)) => self.ttl = ttl,
                ("beta", Setpoint::Number(beta)) => self.beta = self.beta.map(|_| beta),
                _ => {}
            },
            Change::Flush
            | Change::Bump
            | Change::Expire(_)
            | Change::FailOrigin(_)
            | Change::Crash(_)
            | Change::LagOrigin(_)
            | Change::LagCache(_)
            | Change::SkewClocks(_)
            | Change::Deploy { .. }
            | Change::Squeeze(_)
            | Change::Load
            | Change::ResetCache => {}
        }
    }

    /// Computes a second that the origin can do, if that has an end.
    pub(crate) fn capacity(&self, plan: &Plan) -> Option<f64> {
        let compute = plan.origin.latency.mean().as_secs_f64() * self.slow;
        let slots = f64::from(self.concurrency?);
        (compute > 0.0).then(|| if self.origin_stopped { 0.0 } else { slots / compute })
    }
}
