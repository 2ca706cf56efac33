//! How far a trace is read, on a terminal: once a second, always the same line.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;
use std::time::Instant;

use herdlab_sim::time::Nanos;

use crate::progress::Board;
use crate::signals::Signals;
use crate::summary::format::{count, percent};

/// Tells how far it is.
pub(super) struct Gauge {
    board: Board,
    name: String,
    /// Bytes of the file, packed as it is; of stdin nobody knows.
    whole: Option<u64>,
    read: Rc<Cell<u64>>,
    begun: Instant,
}

/// Counts what is read.
pub(super) struct Counted<R> {
    inner: R,
    read: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let got = self.inner.read(into)?;
        self.read.set(self.read.get() + got as u64);
        Ok(got)
    }
}

impl Gauge {
    pub(super) fn new(name: String, whole: Option<u64>, signals: Signals) -> Self {
        let board = Board::new(false, 1, Nanos::SECOND, signals);
        Self { board, name, whole, read: Rc::default(), begun: Instant::now() }
    }

    /// Counts what is read of the file.
    pub(super) fn counted<R>(&self, inner: R) -> Counted<R> {
        Counted { inner, read: Rc::clone(&self.read) }
    }

    /// Says how far it is, if that is due and somebody watches.
    pub(super) fn look(&self, requests: u64) {
        if self.board.is_watched() && self.board.is_due() {
            self.board.say(&self.line(requests, self.begun.elapsed().as_secs_f64()));
        }
    }

    pub(super) fn clear(&self) {
        self.board.clear();
    }

    fn line(&self, requests: u64, seconds: f64) -> String {
        let rate = count((requests as f64 / seconds.max(1e-9)) as u64);
        let line = format!("{}: {} requests, {rate}/s", self.name, count(requests));
        let far = self.whole.filter(|whole| *whole > 0).map(|whole| {
            let share = (self.read.get() as f64 / whole as f64).min(1.0);
            let left = seconds * (1.0 - share) / share.max(1e-9);
            format!(", {} of the file, ETA {left:.0}s", percent(share))
        });
        line + &far.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_fast_it_goes_and_of_a_file_when_it_will_be_done() {
        let signals = || Signals::listen().expect("signals");
        let gauge = Gauge::new("t.bin".to_owned(), Some(4_000), signals());
        let mut read = gauge.counted(&[0; 1_000][..]);
        read.read_to_end(&mut Vec::new()).expect("memory can be read");
        assert_eq!(gauge.line(500, 2.0), "t.bin: 500 requests, 250/s, 25.00% of the file, ETA 6s");
        let gauge = Gauge::new("-".to_owned(), None, signals());
        assert_eq!(gauge.line(500, 2.0), "-: 500 requests, 250/s");
    }
}
