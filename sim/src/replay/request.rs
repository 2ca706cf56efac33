//! A recorded request, and many of them.

use super::Slots;
use crate::time::Nanos;

/// What a request does.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
#[repr(u8)]
pub enum Op {
    /// Reads; a miss reads the origin and stores.
    #[default]
    Read,
    /// Stores, whatever was there.
    Write,
    /// Removes.
    Delete,
    /// Leaves what is there, or changes it, to be kept as long as it would have been; or else stores: `INCR`, `APPEND`,
    /// `SET` with `NX` or `KEEPTTL`, memcached's `add`.
    Amend,
    /// What is there is kept for another while, or for ever: `EXPIRE`, `PERSIST`.
    Expire,
}

/// A recorded request.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Request {
    /// When, since the trace began, or since an epoch of its own.
    pub time: Nanos,
    /// What for. A number of the trace's own, or the hash of a text.
    pub id: u64,
    /// Bytes; 1 if the trace does not say.
    pub size: u32,
    /// How long what it stores, or finds, is kept, in seconds; 0 if the trace does not say.
    pub ttl: u32,
    /// What it does.
    pub op: Op,
}

impl Op {
    /// How many there are.
    pub const COUNT: usize = 5;
}

impl Request {
    /// Whether it says how long its key is kept; a write that gives no TTL says that it is kept for ever.
    #[must_use]
    pub const fn says_ttl(&self) -> bool {
        match self.op {
            Op::Write | Op::Expire => true,
            Op::Amend => self.ttl > 0,
            Op::Read | Op::Delete => false,
        }
    }

    /// A read at time zero of something of size 1: all that a list of ids says.
    #[must_use]
    pub const fn read(id: u64) -> Self {
        Self { time: Nanos::ZERO, id, size: 1, ttl: 0, op: Op::Read }
    }
}

/// Some requests in order, their ids as slots; a table a part, so that a cell reads only what it needs.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// Which key, as a small number.
    pub slots: Vec<u32>,
    /// When.
    pub times: Vec<Nanos>,
    /// Bytes, TTL in seconds, operation; empty if nobody asks.
    pub details: Vec<(u32, u32, Op)>,
}

impl Batch {
    /// These requests, whose keys get their slots here; with their details if a cell [wants](super::Cell::wants_details)
    /// them.
    pub fn refill(&mut self, requests: &[Request], slots: &mut Slots, detailed: bool) {
        self.slots.clear();
        self.times.clear();
        self.details.clear();
        slots.of_all(requests, &mut self.slots);
        self.times.extend(requests.iter().map(|request| request.time));
        if detailed {
            let details = |request: &Request| (request.size, request.ttl, request.op);
            self.details.extend(requests.iter().map(details));
        }
    }
}
