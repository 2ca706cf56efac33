//! What a lane's record does not say of how it was run.

use crate::measure::LaneRun;
use crate::world::Failure;

/// How a lane was run.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Facts {
    /// The first message of a strategy that panicked, if one did.
    pub panic: Option<String>,
    /// Requests that failed by it.
    pub panicked: u64,
    /// Requests that looped without letting time pass.
    pub spun: u64,
    /// Requests that waited for something that never comes.
    pub stuck: u64,
    /// Whether the lane was cut short.
    pub partial: bool,
    /// Why the generator could not keep up, if so; real time only.
    pub overloaded: Option<String>,
}

impl From<&LaneRun> for Facts {
    fn from(run: &LaneRun) -> Self {
        let failed = |failure| run.requests.failures(failure);
        Self {
            panic: run.panic.clone(),
            panicked: failed(Failure::Panic),
            spun: failed(Failure::Spin),
            stuck: failed(Failure::Stuck),
            partial: run.partial,
            overloaded: None,
        }
    }
}
