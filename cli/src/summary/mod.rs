//! What an engineer reads in ten seconds: a verdict, a table, what the events did, what was found, and how to repeat it.

mod findings;
pub(crate) mod format;
mod recovery;
pub(crate) mod table;
pub(crate) mod thresholds;
mod verdict;

use std::path::Path;

use herdlab_sim::findings::Finding;
use herdlab_sim::measure::{LaneRecord, ThresholdRecord};
use terminal_size::terminal_size_of;

/// Everything that the summary is about.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Summarized<'a> {
    pub(crate) name: &'a str,
    pub(crate) about: &'a str,
    pub(crate) lanes: &'a [LaneRecord],
    /// Whether a lane was cut short: then lanes are not alike in length, and an event may not have had its time.
    pub(crate) cut: bool,
    pub(crate) findings: &'a [Finding],
    pub(crate) thresholds: &'a [ThresholdRecord],
    pub(crate) notes: &'a [String],
    pub(crate) command: &'a str,
    /// Where the result was written.
    pub(crate) files: &'a [&'a Path],
    /// Columns of text that fit.
    pub(crate) width: usize,
}

/// How wide the result may be: the terminal, or 80 columns where there is none.
pub(crate) fn width() -> usize {
    terminal_size_of(std::io::stdout()).map_or(80, |(width, _)| usize::from(width.0).max(40))
}

/// The summary as text. Names and messages in it are data: their control characters never reach a terminal.
pub(crate) fn summarize(s: &Summarized<'_>) -> String {
    let mut text = format!("{}: {}\n\n", s.name, s.about.trim());
    for sentence in verdict::verdict(s.lanes, s.cut) {
        text.push_str(&format!("{}\n", format::wrapped(&sentence, s.width)));
    }
    text.push_str(&thresholds::lines(s.thresholds, s.cut, s.width));
    text.push('\n');
    text.push_str(&table::table(s.lanes, s.width));
    for line in table::events(s.lanes, s.cut) {
        text.push_str(&format!("{}\n", format::wrapped(&line, s.width)));
    }
    text.push_str(&findings::findings(s.findings, s.width));
    if !s.notes.is_empty() {
        text.push('\n');
        for note in s.notes {
            text.push_str(&format!("{}\n", format::wrapped(&format!("note: {note}"), s.width)));
        }
    }
    text.push('\n');
    for file in s.files {
        text.push_str(&format!("record: {}\n", file.display()));
    }
    text.push_str(&format!("repeat: {}\n", s.command));
    format::plain(&text)
}
