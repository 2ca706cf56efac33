//! What every format's reader stands on: records of a fixed length, and lines.

use super::error::{Content, TraceError};
use super::source::Source;
use crate::replay::Request;

/// A format's reader.
pub(super) trait Parse {
    /// Appends at most about so many requests; nothing at the end of the trace.
    fn parse(
        &mut self,
        source: &mut Source<'_>,
        out: &mut Vec<Request>,
        most: usize,
    ) -> Result<(), TraceError>;

    /// What the format says of a request beside its id.
    fn says(&self) -> Says;
}

/// What a trace says of a request beside its id.
#[derive(Copy, Clone, PartialEq, Eq, Default, Debug)]
pub struct Says {
    /// When.
    pub times: bool,
    /// How large.
    pub sizes: bool,
    /// Whether it reads or writes.
    pub operations: bool,
    /// How long what it writes is kept.
    pub ttls: bool,
}

/// A format with one request in so many bytes.
pub(super) trait Fixed<const N: usize> {
    const NAME: &'static str;
    const SAYS: Says;
    /// The request of a record; `None` if it is none.
    fn request(&mut self, record: &[u8; N]) -> Result<Option<Request>, String>;
}

/// The reader of a format with records of a fixed length.
pub(super) struct Records<F, const N: usize> {
    format: F,
    number: u64,
}

impl<F: Fixed<N>, const N: usize> Records<F, N> {
    pub(super) const fn new(format: F) -> Self {
        Self { format, number: 0 }
    }
}

impl<F: Fixed<N>, const N: usize> Parse for Records<F, N> {
    fn parse(
        &mut self,
        source: &mut Source<'_>,
        out: &mut Vec<Request>,
        most: usize,
    ) -> Result<(), TraceError> {
        let enough = out.len() + most;
        while out.len() < enough {
            let offset = source.offset();
            let ahead = source.ahead(N)?;
            let (records, rest) = ahead.as_chunks::<N>();
            if records.is_empty() {
                let (got, number) = (rest.len(), self.number + 1);
                if got == 0 {
                    return Ok(());
                }
                source.skip(got);
                return Err(TraceError::Truncated {
                    format: F::NAME,
                    number,
                    offset,
                    got,
                    needed: N,
                });
            }
            let mut taken = 0;
            let mut wrong = None;
            for record in records.iter().take(enough - out.len()) {
                taken += 1;
                match self.format.request(record) {
                    Ok(request) => out.extend(request),
                    Err(what) => {
                        wrong = Some((what, Content::of(record)));
                        break;
                    }
                }
            }
            self.number += taken as u64;
            source.skip(taken * N);
            if let Some((what, content)) = wrong {
                let (number, offset) = (self.number, offset + ((taken - 1) * N) as u64);
                return Err(TraceError::Record { format: F::NAME, number, offset, what, content });
            }
        }
        Ok(())
    }

    fn says(&self) -> Says {
        F::SAYS
    }
}

/// A format of lines.
pub(super) trait Line {
    const NAME: &'static str;
    /// The requests of a line, without blanks around it; none is fine.
    fn requests(&mut self, line: &[u8], out: &mut Vec<Request>) -> Result<(), String>;
    fn says(&self) -> Says;
}

/// The reader of a format of lines.
pub(super) struct Lines<L> {
    format: L,
    number: u64,
}

impl<L: Line> Lines<L> {
    pub(super) const fn new(format: L) -> Self {
        Self { format, number: 0 }
    }
}

impl<L: Line> Parse for Lines<L> {
    fn parse(
        &mut self,
        source: &mut Source<'_>,
        out: &mut Vec<Request>,
        most: usize,
    ) -> Result<(), TraceError> {
        let enough = out.len() + most;
        while out.len() < enough
            && let Some((length, whole)) = source.line()?
        {
            self.number += 1;
            let offset = source.offset();
            let line = source.ahead(length)?[..length].trim_ascii();
            if let Err(what) = self.format.requests(line, out) {
                let (number, content) = (self.number, Content::of(line));
                return Err(TraceError::Record { format: L::NAME, number, offset, what, content });
            }
            source.skip(whole);
        }
        Ok(())
    }

    fn says(&self) -> Says {
        self.format.says()
    }
}

/// An id from its text: a plain decimal number is itself, everything else a hash of 64 bits. Among 1e8 keys two share
/// a hash with a chance of one in 3,700.
pub(super) fn id_of(text: &[u8]) -> u64 {
    number(text).filter(|_| text[0] != b'0' || text.len() == 1).unwrap_or_else(|| {
        let word = |chunk: &[u8]| {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            u64::from_le_bytes(word)
        };
        let first = text.len() as u64;
        text.chunks(8).fold(first, |hash, chunk| crate::random::bits(hash, word(chunk), 0))
    })
}

/// A decimal number, if it is one and fits.
pub(super) fn number(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0_u64, |sum, byte| {
        let digit = byte.wrapping_sub(b'0');
        (digit < 10).then_some(())?;
        sum.checked_mul(10)?.checked_add(u64::from(digit))
    })
}

/// Seconds with or without decimals, if they are some, as nanoseconds.
pub(super) fn seconds(text: &[u8]) -> Option<crate::time::Nanos> {
    use crate::time::Nanos;
    let point = text.iter().position(|byte| *byte == b'.');
    let (whole, part) = point.map_or((text, &b""[..]), |at| (&text[..at], &text[at + 1..]));
    let whole = number(whole)?;
    let kept = &part[..part.len().min(9)];
    let part = if kept.is_empty() { 0 } else { number(kept)? };
    let nanos = part * 10_u64.pow(9 - kept.len() as u32);
    Some(Nanos::from_secs(whole) + Nanos::from_nanos(nanos))
}
