//! Recorded traffic: one id a line, plain or gzip.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Chain, Cursor, Read};

use flate2::read::MultiGzDecoder;
use foldhash::fast::FixedState;

use crate::key::Item;

/// A recorded sequence of items, numbered by popularity: item 0 is asked for most.
#[derive(Clone, Debug)]
pub struct Trace {
    items: Vec<Item>,
    distinct: u32,
}

/// Why a trace could not be read.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// The file holds no ids.
    #[error("the trace holds no ids; it needs one id a line")]
    Empty,
    /// A line that cannot be an id.
    #[error("line {line}: {what}; a trace has one id a line, at most {LONGEST} bytes long")]
    Line {
        /// Counted from 1.
        line: u64,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The file could not be read to its end.
    #[error("line {line}: {source}")]
    Read {
        /// Counted from 1.
        line: u64,
        /// What the reader said.
        source: std::io::Error,
    },
}

/// The longest id in bytes: four times what Memcached would take as a key.
const LONGEST: usize = 1_000;

impl Trace {
    /// Reads one id a line, any text, plain or gzip (told by its first two bytes). Empty lines and lines of a single
    /// `*` (the LIRS traces' separator) are skipped.
    ///
    /// # Errors
    /// If the reader fails, a line is too long or not a line of text, or there is no id at all.
    pub fn read(mut input: impl Read) -> Result<Self, TraceError> {
        let mut magic = [0; 2];
        let got = read_up_to(&mut input, &mut magic)
            .map_err(|source| TraceError::Read { line: 1, source })?;
        let whole: Chain<Cursor<Vec<u8>>, _> = Cursor::new(magic[..got].to_vec()).chain(input);
        if magic == [0x1f, 0x8b] {
            Self::read_lines(BufReader::new(MultiGzDecoder::new(whole)))
        } else {
            Self::read_lines(BufReader::new(whole))
        }
    }

    fn read_lines(mut input: impl BufRead) -> Result<Self, TraceError> {
        let mut ids: HashMap<Vec<u8>, u32, FixedState> = HashMap::default();
        let (mut sequence, mut counts) = (Vec::new(), Vec::new());
        let mut text = Vec::new();
        for line in 1.. {
            text.clear();
            let got = (&mut input)
                .take(LONGEST as u64 + 2)
                .read_until(b'\n', &mut text)
                .map_err(|source| TraceError::Read { line, source })?;
            if got == 0 {
                break;
            }
            let id = text.trim_ascii();
            if id.is_empty() || id == b"*" {
                continue;
            }
            if id.len() > LONGEST {
                return Err(TraceError::Line { line, what: "an id that is too long" });
            }
            if id.iter().any(|byte| *byte < 0x20) {
                return Err(TraceError::Line { line, what: "not text (is this a binary trace?)" });
            }
            let id = match ids.get(id) {
                Some(known) => *known,
                None => {
                    let new = counts.len() as u32;
                    ids.insert(id.to_vec(), new);
                    counts.push(0_u64);
                    new
                }
            };
            counts[id as usize] += 1;
            sequence.push(id);
        }
        if sequence.is_empty() {
            return Err(TraceError::Empty);
        }
        Ok(Self::ranked(&sequence, &counts))
    }

    /// Renumbers ids by popularity; equal ones keep the order of their first appearance.
    fn ranked(sequence: &[u32], counts: &[u64]) -> Self {
        let mut by_count: Vec<u32> = (0..counts.len() as u32).collect();
        by_count.sort_by_key(|id| std::cmp::Reverse(counts[*id as usize]));
        let mut rank = vec![0; counts.len()];
        for (place, id) in by_count.iter().enumerate() {
            rank[*id as usize] = place as u32;
        }
        Self {
            items: sequence.iter().map(|id| Item(rank[*id as usize])).collect(),
            distinct: counts.len() as u32,
        }
    }

    /// The items in order.
    #[must_use]
    pub fn items(&self) -> &[Item] {
        &self.items
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

fn read_up_to(input: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut got = 0;
    while got < buffer.len() {
        match input.read(&mut buffer[got..]) {
            Ok(0) => break,
            Ok(n) => got += n,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(got)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    use proptest::prelude::*;

    fn items(trace: &Trace) -> Vec<u32> {
        trace.items().iter().map(|item| item.0).collect()
    }

    #[test]
    fn ids_are_numbered_by_popularity_then_by_first_appearance() {
        let trace = Trace::read(&b"x\ny\nz\nz\n\n*\ny\nz\n"[..]).unwrap();
        assert_eq!(items(&trace), [2, 1, 0, 0, 1, 0]);
        assert_eq!(trace.counts(), [3, 2, 1]);
    }

    #[test]
    fn gzip_is_told_by_its_magic_and_reads_the_same() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(b"1\n2\n1\n").unwrap();
        let packed = gzip.finish().unwrap();
        assert_eq!(items(&Trace::read(&packed[..]).unwrap()), [0, 1, 0]);
        let cut = &packed[..packed.len() - 6];
        assert!(
            matches!(Trace::read(cut), Err(TraceError::Read { .. })),
            "a truncated gzip is an error, not a short trace"
        );
    }

    #[test]
    fn nothing_a_long_line_and_binary_are_named_with_their_line() {
        assert!(matches!(Trace::read(&b"\n\n"[..]), Err(TraceError::Empty)));
        let long = [b"a\n".as_slice(), &vec![b'x'; 5_000]].concat();
        assert!(matches!(Trace::read(&long[..]), Err(TraceError::Line { line: 2, .. })));
        assert!(matches!(
            Trace::read(&b"a\nb\nc\x01\n"[..]),
            Err(TraceError::Line { line: 3, .. })
        ));
    }

    proptest! {
        #[test]
        fn any_bytes_give_a_trace_or_an_error_and_never_panic(bytes: Vec<u8>) {
            if let Ok(trace) = Trace::read(&bytes[..]) {
                prop_assert!(trace.items().iter().all(|item| item.0 < trace.distinct()));
                prop_assert_eq!(trace.counts().iter().sum::<u64>(), trace.items().len() as u64);
            }
        }
    }
}
