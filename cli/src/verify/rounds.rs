//! The rounds: every lane on the model and on each cache, with one seed a round.

use std::cell::Cell;
use std::ops::ControlFlow;
use std::time::Instant;

use herdlab_loadgen::{RealRun, Service, Settings, Target};
use herdlab_sim::measure::{LaneRun, Progress, Summary};
use herdlab_sim::plan::{Backend, Lane, Plan};
use herdlab_sim::virt;

use crate::exit::Stop;
use crate::lanes::guarded;
use crate::place::Place;
use crate::progress::Board;

/// A cache, and the plan that the model has of it.
pub(super) struct Contest {
    pub(super) name: String,
    target: Target,
    plan: Plan,
    /// Its name and version, once it has said so.
    pub(super) server: String,
    /// A lane each, as in the plan.
    pub(super) lanes: Vec<Pairs>,
}

/// What a lane measured, round by round, on the model and on the cache.
#[derive(Clone, Debug, Default)]
pub(super) struct Pairs {
    pub(super) model: Vec<Vec<f64>>,
    pub(super) real: Vec<Vec<f64>>,
}

impl Contest {
    /// Starts the cache if it is to be ours.
    pub(super) fn new(place: &Place, plan: &Plan) -> Result<Self, Stop> {
        let target = place.target()?.ok_or_else(|| {
            let hint = "--on takes redis, memcached, memory or a server's URL";
            Stop::usage(format!("error: the model cannot be held against itself\n  = help: {hint}"))
        })?;
        let lanes = vec![Pairs::default(); plan.lanes.len()];
        let (name, plan) = (place.shown(), twin(plan, place));
        Ok(Self { name, target, plan, server: String::new(), lanes })
    }

    /// Whether the model was given the cache's own clock, which the scenario did not say.
    pub(super) fn is_twin(&self, plan: &Plan) -> bool {
        self.plan.cache.backend != plan.cache.backend
    }
}

/// The plan, with the semantics of a memcached where the cache is one and the scenario names none.
fn twin(plan: &Plan, place: &Place) -> Plan {
    let service = match place {
        Place::Model => None,
        Place::Own(service) => Some(*service),
        Place::Url(url) => Service::of_url(url),
    };
    let mut plan = plan.clone();
    if service == Some(Service::Memcached) && plan.cache.backend == Backend::Shared {
        plan.cache.backend = Backend::Memcached;
    }
    plan
}

/// Runs the rounds, and looks after what they have in common.
pub(super) struct Desk<'a> {
    pub(super) board: &'a Board,
    pub(super) settings: &'a Settings,
    pub(super) rounds: u32,
    begun: Instant,
    /// The worst that a generator had to say.
    pub(super) overloaded: Cell<Option<String>>,
}

impl<'a> Desk<'a> {
    pub(super) fn new(board: &'a Board, settings: &'a Settings, rounds: u32) -> Self {
        let begun = Instant::now();
        Self { board, settings, rounds, begun, overloaded: Cell::new(None) }
    }

    /// Runs all rounds; how many were complete when somebody or something ended them.
    pub(super) fn run(&self, contests: &mut [Contest]) -> (u32, Result<(), Stop>) {
        for round in 0..self.rounds {
            for at in 0..contests.len() {
                match self.turn(contests, at, round) {
                    Ok(ControlFlow::Continue(())) => {}
                    Ok(ControlFlow::Break(())) => return (round, Ok(())),
                    Err(stop) => return (round, Err(stop)),
                }
            }
        }
        (self.rounds, Ok(()))
    }

    /// One cache's part of a round.
    fn turn(&self, all: &mut [Contest], at: usize, round: u32) -> Result<ControlFlow<()>, Stop> {
        let (caches, contest) = (all.len() as u32, &mut all[at]);
        let seed = contest.plan.seed.wrapping_add(u64::from(round));
        let plan = Plan { seed, ..contest.plan.clone() };
        for (nth, lane) in plan.lanes.iter().enumerate() {
            let turns = plan.lanes.len() as u32;
            let done = (round * caches + at as u32) * turns + nth as u32;
            let far = Far { done, all: self.rounds * caches * turns };
            let Some(model) = guarded(|| self.on_the_model(&plan, lane))? else {
                return Ok(ControlFlow::Break(()));
            };
            let what =
                format!("round {}/{} {} {}", round + 1, self.rounds, contest.name, lane.name);
            let target = &contest.target;
            let Some(real) = guarded(|| self.for_real(&plan, lane, target, &what, far))? else {
                return Ok(ControlFlow::Break(()));
            };
            contest.server = real.figures.server;
            self.overloaded.set(real.figures.overloaded.or(self.overloaded.take()));
            contest.lanes[nth].model.push(values(&plan, model));
            contest.lanes[nth].real.push(values(&plan, real.lane));
        }
        Ok(ControlFlow::Continue(()))
    }

    fn on_the_model(&self, plan: &Plan, lane: &Lane) -> Result<Option<LaneRun>, Stop> {
        let mut watch = |_: &Progress| self.look();
        let run = virt::run(plan, lane, &mut watch)
            .map_err(|error| Stop::runtime(format!("error: lane {}: {error}", lane.name)))?;
        Ok((!run.partial).then_some(run))
    }

    fn for_real(
        &self,
        plan: &Plan,
        lane: &Lane,
        target: &Target,
        what: &str,
        far: Far,
    ) -> Result<Option<RealRun>, Stop> {
        let mut watch = |progress: &Progress| {
            if self.board.is_due() {
                let share = progress.now.as_secs_f64() / plan.duration.as_secs_f64();
                let left = far.left(share.min(1.0), self.begun.elapsed().as_secs_f64());
                self.board.say(&format!("{what}  about {left:.0}s left"));
            }
            self.look()
        };
        let run = herdlab_loadgen::run(plan, lane, target, self.settings, &mut watch)?;
        Ok((!run.lane.partial).then_some(run))
    }

    fn look(&self) -> ControlFlow<()> {
        if self.board.stopped() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// How far it is: lanes that were run, of all.
#[derive(Copy, Clone)]
struct Far {
    done: u32,
    all: u32,
}

impl Far {
    /// Seconds that are left if it goes on as it did, with so much of the present lane done.
    fn left(self, share: f64, seconds: f64) -> f64 {
        let done = (f64::from(self.done) + share).max(1e-3);
        seconds / done * (f64::from(self.all) - done)
    }
}

/// Every metric of a run.
fn values(plan: &Plan, mut run: LaneRun) -> Vec<f64> {
    Summary::new(plan.window(), &mut run.requests, &mut run.origin, &run.cache).values()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_told_from_what_is_done() {
        let left = Far { done: 1, all: 4 }.left(0.5, 30.0);
        assert!((left - 50.0).abs() < 1e-9, "{left}");
    }

    #[test]
    fn the_model_of_a_memcached_has_its_clock_and_that_of_a_redis_not() {
        let backend = |place: &Place, plan: &Plan| twin(plan, place).cache.backend;
        let mut plan = Plan::default();
        assert_eq!(backend(&Place::Own(Service::Memcached), &plan), Backend::Memcached);
        assert_eq!(backend(&Place::Url("memcached://a".to_owned()), &plan), Backend::Memcached);
        assert_eq!(backend(&Place::Own(Service::Redis), &plan), Backend::Shared);
        plan.cache.backend = Backend::LocMem;
        assert_eq!(backend(&Place::Own(Service::Memcached), &plan), Backend::LocMem);
    }
}
