//! The scenario's events, as far as they are the origin's.

use herdlab_sim::plan::{Change, Event};

use super::shared::Shared;
use crate::timer::Timer;

/// Carries out, in their time, what happens to the origin. Everything else is the cache's or its clients'.
pub(super) async fn events(shared: &Shared, timer: &Timer) {
    for event in &shared.site.events {
        timer.at(shared.clock.monotonic(event.at)).await;
        carry_out(shared, event);
    }
}

fn carry_out(shared: &Shared, event: &Event) {
    let origin = &shared.origin;
    match event.change {
        Change::SlowOrigin(factor) => origin.slow(factor),
        Change::FailOrigin(share) => origin.fail(share),
        Change::StopOrigin => origin.stop(),
        Change::RestoreOrigin => origin.restore(),
        Change::Concurrency(slots) => origin.resize(slots),
        _ => {}
    }
}

/// Whether an event is one of the origin's.
pub(crate) const fn is_ours(event: &Event) -> bool {
    matches!(
        event.change,
        Change::SlowOrigin(_)
            | Change::FailOrigin(_)
            | Change::StopOrigin
            | Change::RestoreOrigin
            | Change::Concurrency(_)
    )
}
