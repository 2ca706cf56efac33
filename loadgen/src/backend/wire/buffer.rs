//! Bytes that were read and are not understood yet.

use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, ReadBuf};

/// Room at the beginning; it is doubled for a reply that needs more.
const ROOM: usize = 64 << 10;

/// A buffer that is read into at its end and used up from its beginning.
pub(super) struct Buffer {
    bytes: Vec<u8>,
    /// What of it was read and not used.
    held: Range<usize>,
}

impl Buffer {
    pub(super) fn new() -> Self {
        Self { bytes: vec![0; ROOM], held: 0..0 }
    }

    /// What was read and not used.
    pub(super) fn held(&self) -> &[u8] {
        &self.bytes[self.held.clone()]
    }

    /// So many of them are used.
    pub(super) fn consume(&mut self, count: usize) {
        self.held.start += count;
        if self.held.is_empty() {
            self.held = 0..0;
        }
    }

    /// Reads once; how many bytes, 0 at the stream's end.
    pub(super) fn poll_fill(
        &mut self,
        stream: Pin<&mut impl AsyncRead>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        self.make_room();
        let mut room = ReadBuf::new(&mut self.bytes[self.held.end..]);
        ready!(stream.poll_read(cx, &mut room))?;
        let count = room.filled().len();
        self.held.end += count;
        Poll::Ready(Ok(count))
    }

    fn make_room(&mut self) {
        if self.held.end < self.bytes.len() {
            return;
        }
        if self.held.start == 0 {
            self.bytes.resize(self.bytes.len() * 2, 0);
        } else {
            self.bytes.copy_within(self.held.clone(), 0);
            self.held = 0..self.held.len();
        }
    }
}
