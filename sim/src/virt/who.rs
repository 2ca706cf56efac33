//! Who a task is: what its draws, its attempts and its accounts go by.

use super::queue::Target;
use crate::key::Item;
use crate::random::{JOB, UPDATER};
use crate::time::Nanos;

/// A task: a request, or work behind one.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct TaskRef(u32);

impl TaskRef {
    const BEHIND: u32 = 1 << 31;

    pub(super) const fn request(slot: u32) -> Self {
        Self(slot)
    }

    pub(super) const fn behind(slot: u32) -> Self {
        Self(slot | Self::BEHIND)
    }

    /// Its slot among its kind.
    pub(super) const fn slot(self) -> usize {
        (self.0 & !Self::BEHIND) as usize
    }

    /// Whether it is work that no client waits for.
    pub(super) const fn is_behind(self) -> bool {
        self.0 & Self::BEHIND != 0
    }

    pub(super) const fn target(self) -> Target {
        if self.0 & Self::BEHIND == 0 {
            Target::Request(self.0)
        } else {
            Target::Behind(self.0 & !Self::BEHIND)
        }
    }
}

/// Who a task is: what its draws, its attempts and its accounts go by.
#[derive(Copy, Clone, Debug, Default)]
pub(super) struct Who {
    /// Events with a lower number are for the slot's earlier tenant.
    pub(super) born: u64,
    /// The request it belongs to.
    pub(super) request: u64,
    /// When the request was due.
    pub(super) due: Nanos,
    /// Its item.
    pub(super) item: Item,
    /// The closed loop's user, or `NOBODY`.
    pub(super) user: u32,
    /// Logical expiry of the entry it last saw under its item's key; zero if it saw none.
    pub(super) seen: Nanos,
    pub(super) draws: u32,
    pub(super) trips: u32,
    pub(super) calls: u32,
    /// For work behind a request: the attempt that its first call stands for, plus one.
    pub(super) reserved: u32,
    /// Measured results it got from the origin and has not stored since.
    pub(super) unstored: u32,
    /// How often its client has asked before.
    pub(super) attempt: u8,
    /// Whether the cache failed on the way.
    pub(super) degraded: bool,
    /// Whether its client has given up.
    pub(super) gone: bool,
}

impl Who {
    /// Nobody: an open loop's requests have no user.
    pub(super) const NOBODY: u32 = u32::MAX;

    /// A new request.
    pub(super) fn new(born: u64, request: u64, due: Nanos, item: Item, user: u32) -> Self {
        Self { born, request, due, item, user, ..Self::default() }
    }

    /// The application as it does the origin's update of that number: its draws are no request's.
    pub(super) fn updater(number: u64) -> Self {
        Self { request: UPDATER | number, gone: true, ..Self::default() }
    }

    /// The strategy's job in its run of that number.
    pub(super) fn job(number: u64) -> Self {
        Self { request: JOB | number, gone: true, ..Self::default() }
    }

    /// The same request, asked once more: its draws are others than before.
    pub(super) fn again(born: u64, retry: &Retry) -> Self {
        let Retry { request, due, item, user, attempt } = *retry;
        let first = u32::from(attempt) << 16;
        let draws = Self { draws: first, trips: first, calls: first, attempt, ..Self::default() };
        Self { born, request, due, item, user, ..draws }
    }

    pub(super) fn next_attempt(&mut self) -> u64 {
        let nth = self.calls;
        self.calls += 1;
        match self.reserved {
            0 => u64::from(nth),
            reserved => u64::from(reserved - 1) | u64::from(nth) << 20,
        }
    }
}

/// A request whose client will ask again.
#[derive(Copy, Clone, Debug)]
pub(super) struct Retry {
    pub(super) request: u64,
    pub(super) due: Nanos,
    pub(super) item: Item,
    pub(super) user: u32,
    /// How often it has asked then.
    pub(super) attempt: u8,
}
