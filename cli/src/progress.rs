//! How far a run is, on stderr: one line a second of wall time; on a terminal always the same line.

use std::io::{IsTerminal, Write};
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use herdlab_sim::measure::{Observer, Progress};
use herdlab_sim::time::Nanos;

use crate::signals::Signals;
use crate::summary::format::{count, percent};

/// Where progress goes; all lanes share it.
#[derive(Debug)]
pub(crate) struct Board {
    last: Mutex<Instant>,
    quiet: bool,
    terminal: bool,
    end: Nanos,
    signals: Signals,
}

impl Board {
    pub(crate) fn new(quiet: bool, end: Nanos, signals: Signals) -> Self {
        Self {
            last: Mutex::new(Instant::now()),
            quiet,
            terminal: std::io::stderr().is_terminal(),
            end,
            signals,
        }
    }

    /// An observer for one lane.
    pub(crate) fn watch<'a>(&'a self, lane: &'a str) -> Watch<'a> {
        Watch { board: self, lane, before: Progress::default() }
    }

    /// Takes the line away, so that what follows has a clean one.
    pub(crate) fn clear(&self) {
        if self.terminal && !self.quiet {
            eprint!("\r\x1b[K");
        }
    }

    fn say(&self, line: &str) {
        let mut err = std::io::stderr().lock();
        // A stderr that is gone is no reason to lose a measurement.
        let _ = if self.terminal {
            write!(err, "\r\x1b[K{line}").and_then(|()| err.flush())
        } else {
            writeln!(err, "{line}")
        };
    }
}

/// Looks on while a lane runs, and cuts it short on a signal.
#[derive(Debug)]
pub(crate) struct Watch<'a> {
    board: &'a Board,
    lane: &'a str,
    before: Progress,
}

impl Observer for Watch<'_> {
    fn tick(&mut self, now: &Progress) -> ControlFlow<()> {
        if self.board.signals.stop().is_some() {
            return ControlFlow::Break(());
        }
        let Ok(mut last) = self.board.last.lock() else { return ControlFlow::Continue(()) };
        if !self.board.quiet && last.elapsed() >= Duration::from_secs(1) {
            *last = Instant::now();
            self.board.say(&line(self.lane, self.board.end, &self.before, now));
            self.before = *now;
        }
        ControlFlow::Continue(())
    }
}

/// What happened since the line before, per second of the run's own clock.
fn line(lane: &str, end: Nanos, before: &Progress, now: &Progress) -> String {
    let seconds = (now.now - before.now).as_secs_f64().max(1e-9);
    let rate = |new: u64, old: u64| count(((new - old) as f64 / seconds).round() as u64);
    let requests = now.requests - before.requests;
    let hits = if requests == 0 { 0.0 } else { (now.hits - before.hits) as f64 / requests as f64 };
    format!(
        "[{:>4}s/{}s] {lane}: {} req/s  hit {}  origin {}/s  duplicates {}/s  in flight {}",
        now.now.as_secs(),
        end.as_secs(),
        rate(now.requests, before.requests),
        percent(hits),
        rate(now.origin_calls, before.origin_calls),
        rate(now.origin_duplicates, before.origin_duplicates),
        count(now.in_flight),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_what_happened_since_the_one_before() {
        let at = |s| Nanos::from_secs(s);
        let before = Progress { now: at(10), requests: 1_000, hits: 500, ..Progress::default() };
        let now = Progress {
            now: at(12),
            requests: 3_000,
            hits: 2_300,
            origin_calls: 200,
            origin_duplicates: 20,
            in_flight: 7,
            failed: 0,
        };
        assert_eq!(
            line("ttl", at(60), &before, &now),
            "[  12s/60s] ttl: 1,000 req/s  hit 90.00%  origin 100/s  duplicates 10/s  in flight 7"
        );
    }
}
