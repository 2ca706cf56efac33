//! What the application does beside its requests: updates at the origin, each invalidating at its time from a process
//! of its own, and a strategy's job.

use std::rc::Rc;

use herdlab_sim::plan::{Invalidation, Moment, Plan};
use herdlab_sim::random::{JOB, UPDATER, process_of};
use herdlab_sim::service::Work;
use herdlab_sim::strategy::Job;
use herdlab_sim::time::Nanos;
use herdlab_sim::traffic::Commits;

use crate::backend::Backend;
use crate::engine::Core;
use crate::world::{Behind, Request};

/// Invalidates what processes that are `ours` update, until the end of the run; of what others update, ours hear.
pub(crate) async fn invalidate<B: Backend>(
    core: Rc<Core<B>>,
    plan: Plan,
    invalidation: Invalidation,
    ours: impl Fn(u32) -> bool,
) {
    let (Some(moment), Some(commits)) = (invalidation.moment(), Commits::new(&plan)) else {
        return;
    };
    let ahead = match moment {
        Moment::BeforeCommit => plan.traffic.updates.transaction,
        Moment::AfterCommit => Nanos::ZERO,
    };
    for (nth, (at, rank)) in commits.enumerate() {
        let number = UPDATER | nth as u64;
        let process = process_of(plan.seed, number, plan.traffic.processes);
        let work = if ours(process) { Work::Updated(rank) } else { Work::Heard(rank) };
        core.timer.at(core.clock.monotonic(at - ahead)).await;
        let request = Rc::new(Request::update(number, process));
        let _ = core.later.send(Behind { request, work }); // the run may be over
    }
}

/// Runs a strategy's job over and over, each run in a process of its own, until the end of the run.
pub(crate) async fn work<B: Backend>(
    core: Rc<Core<B>>,
    plan: Plan,
    job: Job,
    ours: impl Fn(u32) -> bool,
) {
    let mut at = job.every;
    for nth in 0.. {
        if at >= plan.duration {
            return;
        }
        let number = JOB | nth;
        let process = process_of(plan.seed, number, plan.traffic.processes);
        if ours(process) {
            core.timer.at(core.clock.monotonic(at)).await;
            let request = Rc::new(Request::update(number, process));
            let _ = core.later.send(Behind { request, work: Work::Job }); // the run may be over
        }
        at += job.every;
    }
}
