//! The scenario's events, as far as they are the origin's.

use super::shared::Shared;
use crate::timer::Timer;

/// Carries out, in their time, what happens to the origin. Everything else is the cache's or its clients'.
pub(super) async fn events(shared: &Shared, timer: &Timer) {
    for event in &shared.site.events {
        timer.at(shared.clock.monotonic(event.at)).await;
        shared.origin.change(event.change);
    }
}
