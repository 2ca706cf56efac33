//! How an entry lies in a real cache: a header of 28 bytes, padded to the scenario's value size.
//!
//! | bytes | what |
//! |---|---|
//! | 0..4 | `HLAB` |
//! | 4..12 | the value's bits |
//! | 12..20 | fresh until, nanoseconds since the run began |
//! | 20..28 | what its compute cost, nanoseconds |
//! | 28.. | padding: the low byte of its own position |
//!
//! All numbers are little endian. Tokens and counters are plain decimal text instead, as `SET lock token NX` and `INCR`
//! want them; no digit is an `H`, so the two cannot be mistaken.

use herdlab_sim::time::Nanos;
use herdlab_sim::world::{Entry, Value};

use super::BackendError;

const MAGIC: [u8; 4] = *b"HLAB";
const HEADER: usize = 28;

/// Writes and reads entries of one value size.
#[derive(Clone, Debug)]
pub(super) struct Codec {
    /// A whole value: a header to be filled in, and the padding.
    blank: Vec<u8>,
}

impl Codec {
    /// Values of `size` bytes, or as many as the header needs.
    pub(super) fn new(size: u32) -> Self {
        let mut blank: Vec<u8> = (0..HEADER.max(size as usize)).map(|at| at as u8).collect();
        blank[..4].copy_from_slice(&MAGIC);
        Self { blank }
    }

    /// The entry's bytes.
    pub(super) fn encode(&self, entry: Entry) -> Vec<u8> {
        if entry == Entry::token(entry.value.bits()) {
            return entry.value.bits().to_string().into_bytes();
        }
        let mut bytes = self.blank.clone();
        bytes[4..12].copy_from_slice(&entry.value.bits().to_le_bytes());
        bytes[12..20].copy_from_slice(&entry.fresh_until.as_nanos().to_le_bytes());
        bytes[20..28].copy_from_slice(&entry.delta.as_nanos().to_le_bytes());
        bytes
    }

    /// The entry of these bytes, every one of which is looked at.
    ///
    /// # Errors
    /// [`BackendError::Refused`] if we never wrote them.
    #[inline]
    pub(super) fn decode(&self, bytes: &[u8]) -> Result<Entry, BackendError> {
        if !bytes.starts_with(&MAGIC) {
            let text = str::from_utf8(bytes).map_err(|_| BackendError::Refused)?;
            // Memcached pads a counter that has become shorter with spaces.
            return text
                .trim_end_matches(' ')
                .parse()
                .map(Entry::token)
                .map_err(|_| BackendError::Refused);
        }
        if bytes.len() != self.blank.len() || bytes[HEADER..] != self.blank[HEADER..] {
            return Err(BackendError::Refused);
        }
        Ok(Entry {
            value: Value::token(number(bytes, 4)),
            fresh_until: Nanos::from_nanos(number(bytes, 12)),
            delta: Nanos::from_nanos(number(bytes, 20)),
        })
    }
}

#[inline]
fn number(bytes: &[u8], at: usize) -> u64 {
    let mut number = [0; 8];
    number.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: Entry = Entry {
        value: Value::data(Nanos::from_micros(123_456), 7),
        fresh_until: Nanos::from_secs(9),
        delta: Nanos::from_millis(250),
    };

    #[test]
    fn entries_of_every_size_come_back_as_they_went() {
        for size in [0, 28, 29, 2_048] {
            let codec = Codec::new(size);
            let bytes = codec.encode(ENTRY);
            assert_eq!(bytes.len(), HEADER.max(size as usize));
            assert_eq!(codec.decode(&bytes), Ok(ENTRY));
        }
    }

    #[test]
    fn tokens_and_counters_are_plain_numbers() {
        let codec = Codec::new(2_048);
        assert_eq!(codec.encode(Entry::token(42)), b"42");
        assert_eq!(codec.decode(b"43"), Ok(Entry::token(43)));
        assert_eq!(codec.decode(b"0  "), Ok(Entry::token(0)), "padded by memcached");
    }

    #[test]
    fn what_we_never_wrote_is_refused() {
        let codec = Codec::new(100);
        let good = codec.encode(ENTRY);
        let mut changed = good.clone();
        changed[99] ^= 1;
        for bad in [&changed[..], &good[..99], &good[..20], b"", b"-1", b"text", b"\xff"] {
            assert_eq!(codec.decode(bad), Err(BackendError::Refused), "{bad:?}");
        }
    }
}
