//! Why a trace cannot be read: where, what stands there, and what to do.

use std::fmt;
use std::io;

/// Why a trace could not be read, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// Nothing is in it.
    #[error("the trace holds no requests")]
    Empty,
    /// No format fits.
    #[error("cannot tell the trace's format: it begins with {0}; say --format, one of {1}")]
    Unknown(Content, String),
    /// A record that cannot be one.
    #[error("{format}: record {number}, at byte {offset}: {what}: {content}")]
    Record {
        /// The format it was read as.
        format: &'static str,
        /// Counted from 1; a line, where lines are records.
        number: u64,
        /// Where it begins, after decompression.
        offset: u64,
        /// What is wrong with it.
        what: String,
        /// What stands there.
        content: Content,
    },
    /// The file ends within a record.
    #[error(
        "{format}: the file ends within record {number}, at byte {offset}: {got} bytes of {needed}"
    )]
    Truncated {
        /// The format it was read as.
        format: &'static str,
        /// Counted from 1.
        number: u64,
        /// Where it begins, after decompression.
        offset: u64,
        /// Bytes that are there.
        got: usize,
        /// Bytes a record has.
        needed: usize,
    },
    /// The file could not be read to its end.
    #[error("at byte {offset}: {source}")]
    Read {
        /// Bytes read, after decompression.
        offset: u64,
        /// What the reader said.
        source: io::Error,
    },
    /// A description of columns that cannot be meant.
    #[error("columns: {0}")]
    Columns(String),
}

/// The beginning of what stands somewhere, fit for a terminal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Content(Vec<u8>);

impl Content {
    /// So many bytes are shown.
    const SHOWN: usize = 48;

    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self(bytes[..bytes.len().min(Self::SHOWN + 1)].to_vec())
    }
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = &self.0[..self.0.len().min(Self::SHOWN)];
        let more = if self.0.len() > Self::SHOWN { "..." } else { "" };
        if shown.iter().all(|byte| (0x20..0x7f).contains(byte)) {
            return write!(f, "\"{}\"{more}", shown.escape_ascii());
        }
        let hex: Vec<String> = shown.iter().take(24).map(|byte| format!("{byte:02x}")).collect();
        write!(f, "{}{}", hex.join(" "), if self.0.len() > 24 { " ..." } else { "" })
    }
}
