//! Whether a lane was itself again after an event, as far as the run can tell.

use herdlab_sim::measure::LaneRecord;

/// A lane is itself again when it has been so for this many seconds together.
const JUDGED_OVER: f64 = 5.0;

/// What can be said of a lane after an event.
#[derive(Copy, Clone, PartialEq, Debug)]
pub(super) enum Recovery {
    /// Itself again after so many seconds.
    After(f64),
    /// Not until the end of the run.
    Never,
    /// The run ended too soon after the event, or before it.
    Unknown,
}

/// What can be said of `lane` after event `index`; `cut` if the run was cut short.
pub(super) fn recovery(lane: &LaneRecord, index: usize, cut: bool) -> Recovery {
    let Some(event) = lane.events.get(index) else { return Recovery::Unknown };
    let left = lane.series.requests.len() as f64 - event.at_s;
    match event.seconds {
        Some(seconds) => Recovery::After(seconds),
        None if cut || left < JUDGED_OVER => Recovery::Unknown,
        None => Recovery::Never,
    }
}
