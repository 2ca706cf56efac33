//! The scenario's events, as far as they are the origin's.

use herdlab_sim::plan::Change;

use super::shared::Shared;
use crate::timer::Timer;

/// Carries out, in their time, what happens to the origin. Everything else is the cache's or its clients'.
pub(super) async fn events(shared: &Shared, timer: &Timer) {
    for event in &shared.site.events {
        timer.at(shared.clock.monotonic(event.at)).await;
        shared.origin.change(event.change);
    }
}

/// Whether a change is one of an origin that serves whatever it is asked for: it has no replica that could lag.
pub(crate) const fn is_ours(change: Change) -> bool {
    matches!(
        change,
        Change::SlowOrigin(_)
            | Change::FailOrigin(_)
            | Change::StopOrigin
            | Change::RestoreOrigin
            | Change::Concurrency(_)
    )
}
