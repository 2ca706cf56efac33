//! Bytes of a trace, unpacked, and how far we are.

use std::io::{self, Read};

use flate2::read::MultiGzDecoder;
use lzma_rust2::XzReader;
use ruzstd::decoding::StreamingDecoder;

use super::error::TraceError;

/// Bytes read at a time.
const CHUNK: usize = 1 << 16;
/// The longest line, in bytes: a MONITOR line has the whole value of a SET, cut by nobody.
const LONGEST_LINE: usize = 16 << 20;

/// A trace's bytes.
pub struct Source<'a> {
    inner: Box<dyn Read + 'a>,
    /// What was read and is not done with lies from `start` to `end`.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Where `start` is in the whole, unpacked.
    offset: u64,
    over: bool,
}

impl<'a> Source<'a> {
    /// Unpacks gzip, xz and zstd, told by their first bytes.
    ///
    /// # Errors
    /// If it cannot be read, or is packed wrongly.
    pub fn new(input: impl Read + 'a) -> Result<Self, TraceError> {
        let mut raw = Self::plain(Box::new(input));
        let head = raw.ahead(6)?;
        let (gzip, zstd) =
            (head.starts_with(&[0x1f, 0x8b]), head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]));
        let xz = head.starts_with(&[0xfd, b'7', b'z', b'X', b'Z', 0]);
        Ok(if gzip {
            Self::plain(Box::new(MultiGzDecoder::new(raw)))
        } else if zstd {
            Self::plain(Box::new(Frames { raw: Some(raw), frame: None }))
        } else if xz {
            Self::plain(Box::new(XzReader::new(raw, true)))
        } else {
            raw
        })
    }

    fn plain(inner: Box<dyn Read + 'a>) -> Self {
        Self { inner, buffer: vec![0; CHUNK], start: 0, end: 0, offset: 0, over: false }
    }

    /// Where we are, unpacked.
    pub(super) const fn offset(&self) -> u64 {
        self.offset
    }

    /// The bytes ahead, at least so many unless the trace ends before.
    pub(super) fn ahead(&mut self, least: usize) -> Result<&[u8], TraceError> {
        while self.end - self.start < least && !self.over {
            self.fetch()?;
        }
        Ok(&self.buffer[self.start..self.end])
    }

    /// So many of the bytes ahead are done with.
    pub(super) fn skip(&mut self, count: usize) {
        self.start += count;
        self.offset += count as u64;
    }

    /// The length of the line ahead without its end, and with it; `None` at the end of the trace.
    pub(super) fn line(&mut self) -> Result<Option<(usize, usize)>, TraceError> {
        let mut searched = 0;
        loop {
            let ahead = &self.buffer[self.start..self.end];
            if let Some(found) = ahead[searched..].iter().position(|byte| *byte == b'\n') {
                return Ok(Some((searched + found, searched + found + 1)));
            }
            searched = ahead.len();
            if self.over || searched > LONGEST_LINE {
                return Ok((searched > 0).then_some((searched, searched)));
            }
            self.fetch()?;
        }
    }

    fn fetch(&mut self) -> Result<(), TraceError> {
        let held = self.end - self.start;
        if held * 2 > self.buffer.len() {
            let mut larger = vec![0; self.buffer.len() * 2];
            larger[..held].copy_from_slice(&self.buffer[self.start..self.end]);
            self.buffer = larger;
        } else {
            self.buffer.copy_within(self.start..self.end, 0);
        }
        (self.start, self.end) = (0, held);
        let got = loop {
            match self.inner.read(&mut self.buffer[held..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                got => break got,
            }
        };
        self.end += *got.as_ref().unwrap_or(&0);
        self.over = !matches!(got, Ok(1..));
        let offset = self.offset + held as u64;
        got.map(|_| ()).map_err(|source| TraceError::Read { offset, source })
    }
}

/// What is left of a source is read as it is: the packed bytes, for whoever unpacks them.
impl Read for Source<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.start == self.end {
            return self.inner.read(into);
        }
        let count = into.len().min(self.end - self.start);
        into[..count].copy_from_slice(&self.buffer[self.start..self.start + count]);
        self.skip(count);
        Ok(count)
    }
}

impl std::fmt::Debug for Source<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source").field("offset", &self.offset).finish_non_exhaustive()
    }
}

type Frame<'a> = StreamingDecoder<Source<'a>, ruzstd::decoding::FrameDecoder>;

/// Zstd frames one after another, as `zstd a b` and parallel writers leave them.
struct Frames<'a> {
    raw: Option<Source<'a>>,
    frame: Option<Box<Frame<'a>>>,
}

impl Read for Frames<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(frame) = &mut self.frame {
                let got = frame.read(into)?;
                if got > 0 || into.is_empty() {
                    return Ok(got);
                }
            }
            if let Some(frame) = self.frame.take() {
                self.raw = Some(frame.into_inner());
            }
            let Some(mut raw) = self.raw.take() else { return Ok(0) };
            if raw.ahead(1).map_err(io::Error::other)?.is_empty() {
                return Ok(0);
            }
            let frame = StreamingDecoder::new(raw).map_err(io::Error::other)?;
            self.frame = Some(Box::new(frame));
        }
    }
}
