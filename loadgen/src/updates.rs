//! Updates at the origin: each invalidates, at its time, from a process of its own.

use std::rc::Rc;

use herdlab_sim::plan::{Invalidation, Moment, Plan};
use herdlab_sim::random::process_of;
use herdlab_sim::service::Work;
use herdlab_sim::time::Nanos;
use herdlab_sim::traffic::Commits;

use crate::backend::Backend;
use crate::engine::Core;
use crate::world::{Behind, Request};

/// What the number of a request that is really an update begins with, as in virtual time.
const UPDATER: u64 = 1 << 62;

/// Invalidates what processes that are `ours` update, until the end of the run.
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
        if ours(process) {
            core.timer.at(core.clock.monotonic(at - ahead)).await;
            let request = Rc::new(Request::update(number, process));
            let _ = core.later.send(Behind { request, work: Work::Updated(rank) }); // the run may be over
        }
    }
}
