//! The record of a replay, schema `herdlab.replay/1`.

use serde::Serialize;

/// The schema's name; a change that old readers cannot bear raises the number.
pub const SCHEMA: &str = "herdlab.replay/1";

/// A whole replay.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Replay {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// Of herdlab.
    pub version: &'static str,
    /// The command that repeats it.
    pub command: String,
    /// Whether a trace was not read to its end: a signal, a broken record.
    pub partial: bool,
    /// What was read.
    pub traces: Vec<Recorded>,
    /// One a trace, policy and size.
    pub rows: Vec<Row>,
    /// LRU at many sizes, exactly; only if asked for.
    pub curves: Vec<Curve>,
    /// What a reader must know before he believes the figures.
    pub notes: Vec<String>,
}

/// A trace.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Recorded {
    /// Its name.
    pub trace: String,
    /// The format it was read as.
    pub format: &'static str,
    /// Requests, of all kinds.
    pub requests: u64,
    /// Different keys; `None` if nobody had to count them: one policy at one size knows only what it remembers.
    pub distinct: Option<u64>,
}

/// What a policy at a size did.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Row {
    /// The trace's name.
    pub trace: String,
    /// The policy's.
    pub policy: String,
    /// The size as it was said.
    pub size: String,
    /// The size.
    pub capacity: u64,
    /// What the size is in: `entries` or `bytes`.
    pub unit: &'static str,
    /// Reads.
    pub requests: u64,
    /// Reads that found nothing; of a sample, as many as there would be.
    pub misses: u64,
    /// Misses a read.
    pub miss_ratio: f64,
    /// The 95 % interval of the miss ratio, if it is of a sample.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ci95: Option<[f64; 2]>,
    /// Bytes of the misses as a share of all bytes read.
    pub byte_miss_ratio: Option<f64>,
    /// Reads that found an entry past its expiry.
    pub expired: u64,
    /// Writes and deletes.
    pub writes: u64,
    /// Entries that the policy made go.
    pub evictions: u64,
    /// Entries that were not taken in.
    pub refused: u64,
}

/// LRU at many sizes.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Curve {
    /// The trace's name.
    pub trace: String,
    /// `lru`.
    pub policy: &'static str,
    /// Entries, ascending.
    pub sizes: Vec<u64>,
    /// Misses at each.
    pub misses: Vec<u64>,
}
