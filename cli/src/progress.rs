//! How far a run is, on stderr: one line a second of wall time; on a terminal always the same line.

use std::io::{self, IsTerminal, Write};
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use herdlab_sim::measure::{LaneRun, Observer, Progress};
use herdlab_sim::time::Nanos;
use herdlab_tui::words::hit_rate;
use terminal_size::terminal_size_of;

use crate::signals::Signals;
use crate::summary::format::count;

/// A line this often.
const EVERY: Duration = Duration::from_secs(1);

/// Where progress goes; all lanes share it.
#[derive(Debug)]
pub(crate) struct Board {
    /// When the next line is due.
    due: Mutex<Instant>,
    quiet: bool,
    /// Whether stderr is a terminal, on which a line can be written over.
    terminal: bool,
    end: Nanos,
    begun: Instant,
    /// How much there is to do in all, and how much of it is done: nanoseconds of the lanes' clocks.
    whole: u64,
    done: AtomicU64,
    signals: Signals,
}

impl Board {
    /// A board for so many lanes that each go on until `end`.
    pub(crate) fn new(quiet: bool, lanes: usize, end: Nanos, signals: Signals) -> Self {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self {
            due: Mutex::new(Instant::now() + EVERY),
            quiet,
            terminal: io::stderr().is_terminal() && !dumb,
            end,
            begun: Instant::now(),
            whole: end.as_nanos() * lanes as u64,
            done: AtomicU64::new(0),
            signals,
        }
    }

    /// How long it will be until all lanes are done, if they go on as they did.
    fn left(&self) -> Option<Duration> {
        let done = self.done.load(Relaxed) as f64 / self.whole.max(1) as f64;
        (done > 0.0).then(|| self.begun.elapsed().mul_f64(((1.0 - done) / done).max(0.0)))
    }

    /// An observer for one lane.
    pub(crate) fn watch<'a>(&'a self, lane: &'a str) -> Watch<'a> {
        Watch { board: self, lane, before: Progress::default(), told: Nanos::ZERO }
    }

    /// Whether there is a terminal, and so perhaps somebody who watches.
    pub(crate) const fn is_watched(&self) -> bool {
        self.terminal && !self.quiet
    }

    /// Takes the line away, so that what follows has a clean one.
    pub(crate) fn clear(&self) {
        if self.is_watched() {
            let _ = write!(io::stderr().lock(), "\r\x1b[K");
        }
    }

    /// Whether a signal asked for the end.
    pub(crate) fn stopped(&self) -> bool {
        self.signals.stop().is_some()
    }

    /// Whether a line is due now; then the next one is a second later, so that ticks a second apart all have theirs.
    pub(crate) fn is_due(&self) -> bool {
        let Ok(mut due) = self.due.lock() else { return false };
        let now = Instant::now();
        if self.quiet || now < *due {
            return false;
        }
        *due = (*due + EVERY).max(now + EVERY / 2);
        true
    }

    /// Shows how far it is.
    pub(crate) fn say(&self, line: &str) {
        let mut err = io::stderr().lock();
        // A stderr that is gone is no reason to lose a measurement.
        let _ = if self.terminal {
            let room = terminal_size_of(&err).map_or(80, |(width, _)| usize::from(width.0));
            let line: String = line.chars().take(room.saturating_sub(1)).collect(); // a second line would stay behind
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
    /// How far the board knows the lane to be.
    told: Nanos,
}

impl Observer for Watch<'_> {
    fn tick(&mut self, now: &Progress, _: &mut dyn FnMut() -> Option<LaneRun>) -> ControlFlow<()> {
        if self.board.stopped() {
            return ControlFlow::Break(());
        }
        let at = now.now.min(self.board.end);
        self.board.done.fetch_add((at - self.told).as_nanos(), Relaxed);
        self.told = at;
        if self.board.is_due() {
            let eta = self
                .board
                .left()
                .map_or_else(String::new, |left| format!("  ETA {}s", left.as_secs()));
            self.board.say(&format!("{}{eta}", line(self.lane, self.board.end, &self.before, now)));
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
    let hits = (now.hits - before.hits) as f64 / requests.max(1) as f64;
    let (unknown, failed) = (now.unknown - before.unknown, now.failed - before.failed);
    let is_untold = unknown > 0 && unknown == requests - failed;
    format!(
        "[{:>4}s/{}s] {lane}: {} req/s  hit {}  origin {}/s  duplicates {}/s  in flight {}",
        now.now.as_secs(),
        end.as_secs(),
        rate(now.requests, before.requests),
        hit_rate(hits, is_untold),
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
            unknown: 0,
        };
        assert_eq!(
            line("ttl", at(60), &before, &now),
            "[  12s/60s] ttl: 1,000 req/s  hit 90.00%  origin 100/s  duplicates 10/s  in flight 7"
        );
        let now = Progress { hits: 500, failed: 100, unknown: 1_900, ..now };
        assert!(line("site", at(60), &before, &now).contains("  hit unknown  "));
    }
}
