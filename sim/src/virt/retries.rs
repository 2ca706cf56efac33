//! Clients that ask again: requests between two attempts.

use super::who::Retry;
use crate::plan;
use crate::time::Nanos;

/// The requests between two attempts, by number.
#[derive(Debug)]
pub(super) struct Retries {
    plan: plan::Retries,
    seed: u64,
    waiting: Vec<Retry>,
    free: Vec<u32>,
}

impl Retries {
    pub(super) const fn new(plan: plan::Retries, seed: u64) -> Self {
        Self { plan, seed, waiting: Vec::new(), free: Vec::new() }
    }

    /// Whether a client that has asked so often before asks once more.
    #[inline]
    pub(super) const fn any_left(&self, attempt: u8) -> bool {
        (attempt as u32) < self.plan.max
    }

    /// A client will ask again: its number, and in how long.
    pub(super) fn wait(&mut self, retry: Retry) -> (u32, Nanos) {
        let pause = self.plan.pause(self.seed, retry.request, u32::from(retry.attempt));
        if let Some(number) = self.free.pop() {
            self.waiting[number as usize] = retry;
            return (number, pause);
        }
        self.waiting.push(retry);
        (self.waiting.len() as u32 - 1, pause)
    }

    /// The client of that number asks now.
    pub(super) fn take(&mut self, number: u32) -> Retry {
        self.free.push(number);
        self.waiting[number as usize]
    }
}
