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

/// What came of requests that ended together.
#[derive(Copy, Clone, Default, Debug)]
pub(super) struct Answers {
    answered: u64,
    reads: Reads,
    pub(super) errors: Errors,
}

impl FromIterator<Result<Reads, BackendError>> for Answers {
    fn from_iter<I: IntoIterator<Item = Result<Reads, BackendError>>>(results: I) -> Self {
        let mut all = Self::default();
        for result in results {
            match result {
                Ok(reads) => {
                    all.answered += 1;
                    all.reads.merge(reads);
                }
                Err(error) => all.errors.count(error),
            }
        }
        all
    }
}

impl Tally {
    /// So many requests are sent together.
    pub(super) fn sent(&mut self, course: &Course, due: Nanos, sent: Nanos, count: u64) {
        if course.measures(due) {
            self.requests += count;
            self.lateness.record_many(sent - due, count);
        }
    }

    /// They have ended, together.
    pub(super) fn ended(&mut self, course: &Course, went: Went, answers: &Answers) {
        if course.measures(went.ended) {
            self.answered += answers.answered;
        }
        if !course.measures(went.due) {
            return;
        }
        self.latency.record_many(went.ended - went.due, answers.answered);
        self.service.record_many(went.ended - went.sent, answers.answered);
        self.reads.merge(answers.reads);
        self.errors.merge(answers.errors);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.requests += other.requests;
        self.answered += other.answered;
        self.latency.merge(&other.latency);
        self.service.merge(&other.service);
        self.lateness.merge(&other.lateness);
        self.reads.merge(other.reads);
        self.errors.merge(other.errors);
    }
}
