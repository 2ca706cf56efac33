//! Recorded traffic: the formats of cache traces, and a trace as a run replays it.

mod cache2k;
mod columns;
mod csv;
mod error;
mod format;
mod ids;
mod monitor;
mod oracle_general;
mod parse;
mod reader;
mod source;
mod twitter;
mod vscsi;
mod webcachesim;

#[cfg(test)]
mod tests;

use std::io::Read;

use crate::key::Item;
use crate::replay::{Op, Request, Slots};
use crate::time::Nanos;

pub use columns::Columns;
pub use error::{Content, TraceError};
pub use format::Format;
pub use parse::Says;
pub use reader::TraceReader;
pub use source::Source;

/// Requests read at a time.
const BATCH: usize = 1 << 14;

/// A recorded sequence of items, numbered by popularity: item 0 is asked for most.
#[derive(Clone, PartialEq, Debug)]
pub struct Trace {
    items: Vec<Item>,
    /// When each was asked for, since the first; empty if the trace does not say.
    times: Vec<Nanos>,
    /// What was written or deleted, and when.
    writes: Vec<(Nanos, Item)>,
    /// How long what is stored of an item is kept, in seconds, from when on; by item and time.
    ttls: Vec<(Item, Nanos, u32)>,
    distinct: u32,
}

impl Trace {
    /// Reads a trace of any format, plain, gzip, xz or zstd, told by its first bytes.
    ///
    /// # Errors
    /// If the reader fails, a record is none, or nobody asks for anything.
    pub fn read(input: impl Read) -> Result<Self, TraceError> {
        Self::read_as(input, None, &Columns::default())
    }

    /// The same, of a format that is known.
    ///
    /// # Errors
    /// As [`Trace::read`].
    pub fn read_as(
        input: impl Read,
        format: Option<Format>,
        columns: &Columns,
    ) -> Result<Self, TraceError> {
        let mut reader = TraceReader::open(input, format, columns)?;
        let timed = reader.says().times;
        let mut recording = Recording::default();
        let mut batch = Vec::new();
        while reader.read(&mut batch, BATCH)? {
            batch.drain(..).for_each(|request| recording.add(&request, timed));
        }
        recording.ranked().ok_or(TraceError::Empty)
    }

    /// A trace of requests that are already known.
    ///
    /// # Errors
    /// If nobody asks for anything.
    pub fn of(requests: &[Request], timed: bool) -> Result<Self, TraceError> {
        let mut recording = Recording::default();
        requests.iter().for_each(|request| recording.add(request, timed));
        recording.ranked().ok_or(TraceError::Empty)
    }

    /// The items in order.
    #[must_use]
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// When each was asked for, since the first; empty if the trace does not say.
    #[must_use]
    pub fn times(&self) -> &[Nanos] {
        &self.times
    }

    /// What was written or deleted, and when, in order.
    #[must_use]
    pub fn writes(&self) -> &[(Nanos, Item)] {
        &self.writes
    }

    /// Whether writes say how long what they store is kept.
    #[must_use]
    pub const fn says_ttls(&self) -> bool {
        !self.ttls.is_empty()
    }

    /// How long what is stored of that item is kept, as the last write until `now` said, if the recording is played so many
    /// times as fast; `None` if none did.
    #[must_use]
    pub fn ttl(&self, item: Item, now: Nanos, speed: f64) -> Option<Nanos> {
        let is_over =
            |(other, from, _): &(Item, Nanos, u32)| (*other, played(*from, speed)) <= (item, now);
        let upto = self.ttls.partition_point(is_over);
        let (other, _, seconds) = *self.ttls[..upto].last()?;
        (other == item && seconds > 0).then(|| Nanos::from_secs(u64::from(seconds)))
    }

    /// Requests a second on average; 0 if the trace does not say, or all came at once.
    #[must_use]
    pub fn rate(&self) -> f64 {
        let span = self.times.last().map_or(0.0, |last| last.as_secs_f64());
        if span > 0.0 { self.items.len() as f64 / span } else { 0.0 }
    }

    /// How many different ones.
    #[must_use]
    pub const fn distinct(&self) -> u32 {
        self.distinct
    }

    /// How often each is asked for, by rank.
    #[must_use]
    pub fn counts(&self) -> Vec<u64> {
        let mut counts = vec![0; self.distinct as usize];
        for item in &self.items {
            counts[item.0 as usize] += 1;
        }
        counts
    }
}

/// When something recorded at `at` is done, if a recording is played so many times as fast.
pub(super) fn played(at: Nanos, speed: f64) -> Nanos {
    Nanos::from_nanos((at.as_nanos() as f64 / speed).round() as u64)
}

/// A trace on its way: ids are numbered as they come.
#[derive(Default)]
struct Recording {
    slots: Slots,
    sequence: Vec<u32>,
    times: Vec<Nanos>,
    writes: Vec<(Nanos, u32)>,
    /// Of each slot, what was said last.
    ttl: Vec<u32>,
    /// Slot, time and TTL where another is said than before.
    ttls: Vec<(u32, Nanos, u32)>,
    counts: Vec<u64>,
    began: Option<Nanos>,
}

impl Recording {
    fn add(&mut self, request: &Request, timed: bool) {
        let slot = self.slots.of(request.id);
        self.counts.resize(self.slots.distinct(), 0);
        self.ttl.resize(self.slots.distinct(), 0);
        let time = request.time - *self.began.get_or_insert(request.time);
        if request.op != Op::Read {
            self.note_ttl(request, time, slot);
            if request.op != Op::Expire {
                self.writes.push((time, slot));
            }
            return;
        }
        self.counts[slot as usize] += 1;
        self.sequence.push(slot);
        if timed {
            self.times.push(time);
        }
    }

    fn note_ttl(&mut self, request: &Request, time: Nanos, slot: u32) {
        let said = &mut self.ttl[slot as usize];
        if request.says_ttl() && *said != request.ttl {
            *said = request.ttl;
            self.ttls.push((slot, time, request.ttl));
        }
    }

    /// Numbered by popularity; equal ones keep the order of their first appearance. `None` if nobody asked for anything.
    fn ranked(self) -> Option<Trace> {
        if self.sequence.is_empty() {
            return None;
        }
        let mut by_count: Vec<u32> = (0..self.counts.len() as u32).collect();
        by_count.sort_by_key(|id| std::cmp::Reverse(self.counts[*id as usize]));
        let mut rank = vec![Item(0); self.counts.len()];
        for (place, id) in (0..).zip(by_count) {
            rank[id as usize] = Item(place);
        }
        let mut ttls: Vec<(Item, Nanos, u32)> =
            self.ttls.iter().map(|(id, from, ttl)| (rank[*id as usize], *from, *ttl)).collect();
        ttls.sort_by_key(|(item, from, _)| (*item, *from)); // stable: of one instant the last one counts
        Some(Trace {
            items: self.sequence.iter().map(|id| rank[*id as usize]).collect(),
            times: self.times,
            writes: self.writes.iter().map(|(at, id)| (*at, rank[*id as usize])).collect(),
            ttls,
            distinct: self.counts.len() as u32,
        })
    }
}
