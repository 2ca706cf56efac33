//! A sweep's record in each of its formats.

use herdlab_sim::sweep::{Study, SweepRecord};
use serde_json::Value as Json;

use super::table::{columns, markdown, table};
use super::verdict::verdict;
use super::{csv, heat, plot};
use crate::args::Format;
use crate::exit::Stop;
use crate::record::no_log;
use crate::summary::format::{count, plain, wrapped};

/// Rows of the table that a person reads.
const MOST_ROWS: usize = 80;

/// Everything that a report is made of.
#[derive(Clone, Debug)]
pub(super) struct Report {
    pub(super) name: String,
    pub(super) study: Study,
    pub(super) record: SweepRecord<Json>,
    pub(super) metrics: Vec<&'static str>,
}

impl Report {
    /// The report as text; `width` columns wide if a person reads it.
    pub(super) fn text(&self, format: Format, width: usize) -> Result<String, Stop> {
        match format {
            Format::Json => serde_json::to_string(&self.record)
                .map(|text| text + "\n")
                .map_err(|error| Stop::runtime(format!("error: no record: {error}"))),
            Format::Csv => Ok(csv::csv(&self.study)),
            Format::Markdown => Ok(self.markdown()),
            Format::Human => Ok(plain(&self.human(width))),
            Format::IntervalLog => Err(no_log()),
        }
    }

    fn title(&self) -> String {
        let (rows, seeds) = (self.study.rows().len(), self.record.seeds);
        let runs = count(rows as u64 * u64::from(seeds));
        let cut = if self.record.partial { "; rows are missing" } else { "" };
        let (row, seed) =
            (if rows == 1 { "row" } else { "rows" }, if seeds == 1 { "seed" } else { "seeds" });
        format!("{}: {rows} {row} of {seeds} {seed}, {runs} runs in virtual time{cut}", self.name)
    }

    fn verdict(&self) -> Vec<String> {
        let record = &self.record;
        verdict(&self.study, self.metrics[0], &record.knees, &record.pareto, &record.paired)
    }

    fn human(&self, width: usize) -> String {
        let mut text = format!("{}\n\n", wrapped(&self.title(), width));
        for sentence in self.verdict() {
            text.push_str(&format!("{}\n", wrapped(&sentence, width)));
        }
        let columns = columns(&self.study, &self.metrics, &self.record.pareto.rows);
        text.push_str(&format!("\n{}", table(columns, width, MOST_ROWS)));
        let legend = format!(
            "* on the Pareto front. Means over {} seeds, ± half of their 95% interval.",
            self.record.seeds
        );
        text.push_str(&format!("{}\n", wrapped(&legend, width)));
        let picture = plot::plot(&self.study, self.metrics[0], width)
            .or_else(|| heat::heat(&self.study, self.metrics[0], width));
        if let Some(picture) = picture {
            text.push_str(&format!("\n{picture}"));
        }
        for note in &self.record.notes {
            text.push_str(&format!("\n{}\n", wrapped(&format!("note: {note}"), width)));
        }
        text.push_str(&format!("\nrepeat: {}\n", self.record.command));
        text
    }

    fn markdown(&self) -> String {
        let columns = columns(&self.study, &self.metrics, &self.record.pareto.rows);
        let said: String =
            self.verdict().iter().map(|sentence| format!("- {sentence}\n")).collect();
        let notes: String =
            self.record.notes.iter().map(|note| format!("- Note: {note}\n")).collect();
        let title = plain(&self.title());
        format!(
            "## {title}\n\n{}{}\n{}\n`*` is on the Pareto front; `±` is half of the 95% interval over the seeds.\n\n```sh\n{}\n```\n",
            plain(&said),
            plain(&notes),
            plain(&markdown(&columns)),
            plain(&self.record.command)
        )
    }
}
