//! What one core counts during a round.

use herdlab_sim::measure::Distribution;
use herdlab_sim::time::Nanos;

use super::course::Course;
use super::operation::Reads;
use super::round::Errors;
use crate::backend::BackendError;

/// One request, as it went.
#[derive(Copy, Clone, Debug)]
pub(super) struct Went {
    pub(super) due: Nanos,
    pub(super) sent: Nanos,
    pub(super) ended: Nanos,
}

/// A core's counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    /// Requests due in the window.
    pub(super) requests: u64,
    /// Requests answered within the window, whenever they were due: the throughput.
    pub(super) answered: u64,
    /// From the intended start, of requests due in the window that were answered.
    pub(super) latency: Distribution,
    /// From the send.
    pub(super) service: Distribution,
    /// From the intended start to the send, of all requests due in the window.
    pub(super) lateness: Distribution,
    pub(super) reads: Reads,
    pub(super) errors: Errors,
}

impl Tally {
    /// A request is sent.
    pub(super) fn sent(&mut self, course: &Course, due: Nanos, sent: Nanos) {
        if course.measures(due) {
            self.requests += 1;
            self.lateness.record(sent - due);
        }
    }

    /// It has ended.
    pub(super) fn ended(
        &mut self,
        course: &Course,
        went: Went,
        result: Result<Reads, BackendError>,
    ) {
        if result.is_ok() && course.measures(went.ended) {
            self.answered += 1;
        }
        if !course.measures(went.due) {
            return;
        }
        match result {
            Ok(reads) => {
                self.latency.record(went.ended - went.due);
                self.service.record(went.ended - went.sent);
                self.reads.hits += reads.hits;
                self.reads.misses += reads.misses;
            }
            Err(error) => self.errors.count(error),
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.requests += other.requests;
        self.answered += other.answered;
        self.latency.merge(&other.latency);
        self.service.merge(&other.service);
        self.lateness.merge(&other.lateness);
        self.reads.hits += other.reads.hits;
        self.reads.misses += other.reads.misses;
        self.errors.merge(other.errors);
    }
}
