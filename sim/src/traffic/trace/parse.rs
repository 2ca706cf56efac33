//! What every format's reader stands on: records of a fixed length, and lines.

use std::marker::PhantomData;

use super::error::{Content, TraceError};
use super::source::Source;
use crate::replay::Request;
use crate::time::Nanos;

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

/// Times do not go back: a request that was recorded late counts as of the last before it.
#[derive(Copy, Clone, Default)]
struct Latest(Nanos);

impl Latest {
    #[inline(always)]
    fn settle(&mut self, request: Request) -> Request {
        self.0 = self.0.max(request.time);
        Request { time: self.0, ..request }
    }
}

/// A format with one request in so many bytes.
pub(super) trait Fixed<const N: usize> {
    const NAME: &'static str;
    const SAYS: Says;

    /// Whether a record is a request, and not something else that may be there; or what is wrong with it.
    #[inline(always)]
    fn is_request(_record: &[u8; N]) -> Result<bool, String> {
        Ok(true)
    }

    /// The request of a record that is one.
    fn request(record: &[u8; N]) -> Request;
}

/// The reader of a format with records of a fixed length.
pub(super) struct Records<F, const N: usize> {
    format: PhantomData<F>,
    number: u64,
    latest: Latest,
}

impl<F: Fixed<N>, const N: usize> Records<F, N> {
    pub(super) fn new(_: F) -> Self {
        Self { format: PhantomData, number: 0, latest: Latest::default() }
    }

    /// Appends the requests of records up to the first that is none, and says how many those are.
    fn take(&mut self, records: &[[u8; N]], out: &mut Vec<Request>) -> usize {
        let is_other = |record: &[u8; N]| !matches!(F::is_request(record), Ok(true));
        let end = records.iter().position(is_other).unwrap_or(records.len());
        let mut latest = self.latest; // in a register
        out.extend(records[..end].iter().map(|record| latest.settle(F::request(record))));
        self.latest = latest;
        self.number += end as u64;
        end
    }

    /// Why the trace ends with less than a record.
    fn truncated(&self, offset: u64, got: usize) -> TraceError {
        let number = self.number + 1;
        TraceError::Truncated { format: F::NAME, number, offset, got, needed: N }
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
            let (records, rest) = source.ahead(N)?.as_chunks::<N>();
            if records.is_empty() {
                let got = rest.len();
                source.skip(got);
                return if got == 0 { Ok(()) } else { Err(self.truncated(offset, got)) };
            }
            let records = &records[..records.len().min(enough - out.len())];
            let mut taken = self.take(records, out);
            if let Some(other) = records.get(taken) {
                self.number += 1;
                if let Err(what) = F::is_request(other) {
                    let (number, offset) = (self.number, offset + (taken * N) as u64);
                    let content = Content::of(other);
                    source.skip((taken + 1) * N);
                    let format = F::NAME;
                    return Err(TraceError::Record { format, number, offset, what, content });
                }
                taken += 1;
            }
            source.skip(taken * N);
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
    latest: Latest,
}

impl<L: Line> Lines<L> {
    pub(super) const fn new(format: L) -> Self {
        Self { format, number: 0, latest: Latest(Nanos::ZERO) }
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
            let before = out.len();
            let read = self.format.requests(line, out);
            out[before..].iter_mut().for_each(|request| *request = self.latest.settle(*request));
            if let Err(what) = read {
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
pub(super) fn seconds(text: &[u8]) -> Option<Nanos> {
    let point = text.iter().position(|byte| *byte == b'.');
    let (whole, part) = point.map_or((text, &b""[..]), |at| (&text[..at], &text[at + 1..]));
    let whole = number(whole)?;
    let kept = &part[..part.len().min(9)];
    let part = if kept.is_empty() { 0 } else { number(kept)? };
    let nanos = part * 10_u64.pow(9 - kept.len() as u32);
    Some(Nanos::from_secs(whole) + Nanos::from_nanos(nanos))
}
